use super::*;
use crate::diag::{FileId, Span, Spanned};
use crate::files::Grant;
use crate::script::speech_engine::SpeechEngine;
use crate::script::voice::Chain;

fn voice(command: &[&str]) -> Voice {
    Voice {
        id: "x".to_owned(),
        language: Language::parse("nl").unwrap(),
        span: Span::new(FileId(0), 0..0),
        name: String::new(),
        kind: VoiceKind::Human,
        credit: String::new(),
        licence: Spanned::new(String::new(), Span::new(FileId(0), 0..0)),
        consent: None,
        chain: Chain::draft(),
        strength: 0.5,
        engine: None,
        draft: Some(DraftProgram { command: owned(command), batch: false }),
        level: None,
        takes: Vec::new(),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Drafts with the usual engines.
fn drafts(trust: Trust) -> Drafts {
    Drafts::trusting(trust, Engines::default())
}

fn speak(command: &[&str]) -> Result<Vec<u8>, DraftError> {
    let drafts = drafts(Trust::Everything);
    let paths = drafts.speak(&voice(command), &[&owned(&["Een", "twee"])], &Cache::off())?;
    Ok(drafts.bytes(&paths[0], &Cache::off()).unwrap())
}

#[test]
fn every_way_a_command_can_go_wrong_is_told_with_its_name() {
    let absent = speak(&["no-such-program", "{text}", "{out}"]).unwrap_err();
    assert!(matches!(absent, DraftError::NotFound { .. }));
    assert!(absent.to_string().contains("voice/nl/x/voice.toml"), "{absent}");
    let failed = speak(&["sh", "-c", "echo no voice >&2; exit 3", "{text}", "{out}"]).unwrap_err();
    assert!(failed.to_string().contains("no voice"), "{failed}");
    for script in ["true", "echo hello > \"$1\""] {
        let unusable = speak(&["sh", "-c", script, "{text}", "{out}"]).unwrap_err();
        assert!(matches!(unusable, DraftError::Unusable { .. }), "{script}: {unusable}");
    }
}

#[test]
fn a_command_that_nobody_trusts_is_shown_and_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("it ran");
    let command = ["touch", mark.to_str().unwrap(), "{text}\u{1b}[2J", "{out}"];
    let other =
        Trust::Granted(Grant { commands: [owned(&["touch", "{text}", "{out}"])].into(), ..Grant::default() });
    for trust in [Trust::Nothing, other] {
        let refused = drafts(trust).speak(&voice(&command), &[&owned(&["Een"])], &Cache::off());
        let told = refused.unwrap_err().to_string();
        assert!(told.contains("touch") && told.contains("trust the course"), "{told}");
        assert!(!told.contains(char::is_control), "{told:?}");
        assert!(!mark.exists());
    }
}

#[test]
fn a_command_may_talk_more_than_a_pipe_holds() {
    let talk = "i=0; while [ $i -lt 4000 ]; do echo 'a line of forty letters or a few more than that' >&2; \
                i=$((i+1)); done; printf 'the reason \\033[31m%s' \"$1\" >&2; exit 3";
    let failed = speak(&["sh", "-c", talk, "{text}", "{out}"]).unwrap_err();
    assert!(matches!(failed, DraftError::Failed { .. }), "{failed}");
    let said = failed.to_string();
    assert!(said.contains("the reason") && !said.contains(char::is_control), "{said:?}");
}

#[test]
fn beats_are_spoken_apart_with_silence_between_and_words_never_reach_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("sound.wav");
    let tone: Vec<f32> = (0..4_800).map(|frame| 0.5 * (frame as f32 * 0.1).sin()).collect();
    std::fs::write(&sound, wav(&tone, SampleRate::DEFAULT).unwrap()).unwrap();
    let drafts = drafts(Trust::Everything);
    let command = ["cp", "--", sound.to_str().unwrap(), "{out}"];
    let mut spoken_by = voice(&command);
    // The words are an argument of their own, whatever they hold.
    spoken_by.draft.as_mut().unwrap().command.insert(1, "--suffix={text}".to_owned());
    let beats = ["$(rm -rf x); `y`".to_owned(), "twee".to_owned()];
    let paths = drafts.speak(&spoken_by, &[&beats], &Cache::off()).unwrap();
    let bytes = drafts.bytes(&paths[0], &Cache::off()).unwrap();
    let decoded = decode_all(Box::new(Cursor::new(bytes))).unwrap().buffer;
    assert_eq!(decoded.frames().0, 2 * 4_800 + 21_600);
    assert!(decoded.plane(0)[4_800..4_800 + 21_600].iter().all(|sample| *sample == 0.0));
}

#[test]
fn what_was_spoken_once_is_found_in_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path().join("cache"));
    let sound = folder.path().join("sound.wav");
    std::fs::write(&sound, wav(&vec![0.1; 4_800], SampleRate::DEFAULT).unwrap()).unwrap();
    let command = ["cp", "--suffix={text}", "--", sound.to_str().unwrap(), "{out}"];
    let beats = ["Een".to_owned()];
    let first = drafts(Trust::Everything).speak(&voice(&command), &[&beats], &cache).unwrap();
    std::fs::remove_file(&sound).unwrap();
    let drafts = drafts(Trust::Everything);
    assert_eq!(drafts.speak(&voice(&command), &[&beats], &cache).unwrap(), first);
    assert!(drafts.bytes(&first[0], &cache).is_some_and(|bytes| bytes.starts_with(b"RIFF")));
    assert!(drafts.bytes(&first[0], &Cache::off()).is_none(), "they lie in the cache alone");
}

/// A program that copies a sound to every file of its list, and writes the list down.
fn batch(sound: &std::path::Path, list: &std::path::Path) -> Vec<String> {
    let script = "tee -a \"$2\" | cut -f 1 | while read -r out; do cp -- \"$1\" \"$out\"; done";
    owned(&["sh", "-c", script, "sh", sound.to_str().unwrap(), list.to_str().unwrap()])
}

#[test]
fn many_phrases_are_spoken_in_one_run_and_only_those_that_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (sound, list) = (folder.path().join("sound.wav"), folder.path().join("list"));
    std::fs::write(&sound, wav(&vec![0.1; 4_800], SampleRate::DEFAULT).unwrap()).unwrap();
    let mut speaks = voice(&[]);
    speaks.draft = Some(DraftProgram { command: batch(&sound, &list), batch: true });
    let cache = Cache::at(folder.path().join("cache"));
    let [one, two, three] = [owned(&["Een,", "twee"]), owned(&["Drie\tvier\n"]), owned(&["Vijf"])];
    let drafts = drafts(Trust::Everything);
    assert_eq!(drafts.at_once(&speaks), IN_ONE_RUN);
    let first = drafts.speak(&speaks, &[&one, &two, &one], &cache).unwrap();
    assert_eq!(first[0], first[2]);
    let spoken = drafts.bytes(&first[0], &cache).unwrap();
    let sound = decode_all(Box::new(Cursor::new(spoken))).unwrap().buffer;
    assert_eq!(sound.frames().0, 2 * 4_800 + 21_600, "its beats are joined");
    assert_eq!(drafts.speak(&speaks, &[&two, &three], &cache).unwrap()[0], first[1]);
    let mut said: Vec<String> = std::fs::read_to_string(&list)
        .unwrap()
        .lines()
        .map(|line| line.split_once('\t').unwrap().1.to_owned())
        .collect();
    assert_eq!(said.pop().unwrap(), "Vijf", "only this was missing in the second run");
    said.sort();
    assert_eq!(said, ["Drie vier", "Een,", "twee"]);
}

#[test]
fn a_run_that_leaves_a_phrase_out_is_told() {
    let mut speaks = voice(&[]);
    speaks.draft = Some(DraftProgram { command: owned(&["cat"]), batch: true });
    let left_out = drafts(Trust::Everything).speak(&speaks, &[&owned(&["Een"])], &Cache::off());
    let told = left_out.unwrap_err().to_string();
    assert!(told.contains("`cat`") && told.contains("every file of its list"), "{told}");
}

/// An engine as `install.py` leaves it, whose Python is a shell script that copies a sound.
#[cfg(unix)]
fn install(folder: &std::path::Path, engine: &str, speech: u32) {
    use std::os::unix::fs::PermissionsExt;
    let own = folder.join(engine);
    std::fs::create_dir_all(own.join("python/bin")).unwrap();
    let facts = format!("{{ \"version\": \"0.2\", \"licence\": \"Apache-2.0\", \"speech\": {speech} }}");
    std::fs::write(own.join("engine.json"), facts).unwrap();
    std::fs::write(own.join("sound.wav"), wav(&vec![0.1; 4_800], SampleRate::DEFAULT).unwrap()).unwrap();
    let python = own.join("python/bin/python");
    let script = format!(
        "#!/bin/sh\necho \"$@\" > {0}/called\ncut -f 1 | while read -r out; do cp {0}/sound.wav \"$out\"; done\n",
        own.display()
    );
    std::fs::write(&python, script).unwrap();
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn the_best_engine_that_is_installed_speaks_without_trust_and_is_part_of_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let engines = || Engines { folder: Some(folder.path().to_owned()), ..Engines::default() };
    let found = || Drafts::trusting(Trust::Nothing, engines());
    let mut speaks = voice(&[]);
    speaks.draft = None;
    let who = || found().spoken_by(&speaks).unwrap();
    assert_eq!(who().engine, "espeak-ng", "nothing is installed");
    let by_espeak = found().recipe(&speaks);
    install(folder.path(), "kokoro", 1);
    install(folder.path(), "hibari", 1);
    assert_eq!(who().to_string(), "kokoro 0.2, if_sara, Apache-2.0", "hibari speaks no Dutch");
    let by_kokoro = found().recipe(&speaks);
    assert_ne!(by_kokoro, by_espeak);
    let path = found().speak(&speaks, &[&owned(&["Een"])], &Cache::off()).unwrap();
    let called = std::fs::read_to_string(folder.path().join("kokoro/called")).unwrap();
    assert!(called.ends_with("speak.py kokoro if_sara nl 0.85\n"), "{called}");
    install(folder.path(), "kokoro", 2);
    assert_ne!(found().recipe(&speaks), by_kokoro, "it sounds otherwise now");
    assert_ne!(found().speak(&speaks, &[&owned(&["Een"])], &Cache::off()).unwrap(), path);
    let asked = Engines { preferred: Some(SpeechEngine::Espeak), ..engines() };
    assert_eq!(Drafts::trusting(Trust::Nothing, asked).spoken_by(&speaks).unwrap().engine, "espeak-ng");
    let english = Voice { language: Language::parse("en-GB").unwrap(), ..speaks.clone() };
    assert_eq!(found().spoken_by(&english).unwrap().engine, "hibari");
    let swedish = Voice { language: Language::parse("sv").unwrap(), ..speaks.clone() };
    assert_eq!(found().spoken_by(&swedish).unwrap().voice, "sv+f2");
}

#[test]
fn an_engine_that_did_not_make_the_clips_of_a_synthetic_voice_speaks_all_of_a_track() {
    let mut speaks = voice(&[]);
    (speaks.draft, speaks.engine) = (None, Some(SpeechEngine::Kokoro));
    let instead_of = |voice: &Voice| drafts(Trust::Nothing).spoken_by(voice).unwrap().instead_of;
    assert_eq!(instead_of(&speaks), None, "a person has her own voice");
    speaks.kind = VoiceKind::Synthetic;
    assert_eq!(instead_of(&speaks).as_deref(), Some("kokoro"));
    speaks.engine = Some(SpeechEngine::Espeak);
    assert_eq!(instead_of(&speaks), None);
}
