//! Drafts: synthetic speech for phrases that have no recording yet, made by a program of the user's choice, so that a
//! track can be heard before it is recorded.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use thiserror::Error;
use wait_timeout::ChildExt;

use super::cache::{Cache, CacheKey, CacheKeyBuilder};
use crate::decode::decode_all;
use crate::diag::{Help, Remedy, sentence};
use crate::facts::DRAFT_PATH;
use crate::files::Trust;
use crate::script::language::Language;
use crate::script::voice::Voice;
use crate::unit::SampleRate;

/// The time limit of a draft command for one phrase.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// The silence between two beats of a phrase, in seconds; long enough for the phrase to be cut there.
const BEAT_GAP: f64 = 0.45;

/// Why a draft could not be made.
#[derive(Debug, Error)]
pub enum DraftError {
    /// The program was not found.
    #[error(
        "the draft command `{program}` was not found; install it, or set another command as `draft` in {voice}"
    )]
    NotFound {
        program: String,
        /// The file in which another command can be set.
        voice: String,
    },
    /// The course specifies a command that is not trusted.
    #[error(
        "{voice} wants to run a program on this machine, which was not run: {command}; check what it does, then trust the course"
    )]
    Untrusted {
        /// The file that specifies it.
        voice: String,
        command: String,
    },
    /// The program could not be started, or returned an error.
    #[error("the draft command `{program}` failed: {reason}")]
    Failed {
        program: String,
        /// Its exit status and error output.
        reason: String,
    },
    #[error("the draft command `{program}` took longer than {} s for one phrase and was stopped", TIME_LIMIT.as_secs())]
    Slow { program: String },
    /// The program wrote no usable audio.
    #[error("the draft command `{program}` wrote no usable audio: {reason}")]
    Unusable { program: String, reason: String },
}

impl DraftError {
    /// What is wrong, and what to do about it.
    pub fn problem_and_advice(&self) -> (String, Vec<Help>) {
        let (wrong, remedies) = sentence(&self.to_string());
        match self {
            Self::Untrusted { .. } => (wrong, vec![Remedy::TrustProgram.into()]),
            Self::NotFound { .. } | Self::Failed { .. } | Self::Slow { .. } | Self::Unusable { .. } => {
                (wrong, remedies)
            }
        }
    }

    /// Whether a retry may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Slow { .. })
    }
}

/// The drafts of one course, stored in the cache, or in memory if there is none.
#[derive(Debug, Default)]
pub struct Drafts {
    trust: Trust,
    spoken: Mutex<BTreeMap<String, SpokenDraft>>,
}

/// A draft that was spoken.
#[derive(Clone, Debug)]
struct SpokenDraft {
    bytes: DraftBytes,
    /// The hash of its bytes, once they have been read.
    source: Option<CacheKey>,
}

/// Where the bytes of a draft are stored.
#[derive(Clone, Debug)]
enum DraftBytes {
    Cached(CacheKey),
    Held(Arc<Vec<u8>>),
}

impl Drafts {
    /// Drafts of a course with this trust: a command that the course specifies is only run if it is trusted.
    pub fn trusting(trust: Trust) -> Self {
        Self { trust, ..Self::default() }
    }

    /// Returns the path of the draft of a phrase (see [`DRAFT_PATH`]), running the draft command for each beat unless
    /// the cache already has the draft.
    ///
    /// # Errors
    /// [`DraftError`] if the command is not trusted, is missing, fails, exceeds the time limit or writes no usable
    /// audio.
    pub fn speak(&self, voice: &Voice, beats: &[String], cache: &Cache) -> Result<String, DraftError> {
        let command = match &voice.draft {
            Some(command) if !self.trust.runs(command) => {
                return Err(DraftError::Untrusted {
                    voice: format!("{}/voice.toml", voice.folder()),
                    command: command.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" "),
                });
            }
            Some(command) => command.clone(),
            None => default_command(&voice.language),
        };
        let key = key(&command, beats);
        let path = format!("{DRAFT_PATH}{key}");
        if self.contains(&path) {
            return Ok(path);
        }
        if cache.get("drafts", &key).is_none() {
            let bytes = speak_beats(&command, beats, &format!("{}/voice.toml", voice.folder()))?;
            cache.put("drafts", &key, &bytes);
            if cache.get("drafts", &key).is_none() {
                self.note(&path, DraftBytes::Held(Arc::new(bytes)));
                return Ok(path);
            }
        }
        self.note(&path, DraftBytes::Cached(key));
        Ok(path)
    }

    /// Whether there is a draft with this path.
    pub fn contains(&self, path: &str) -> bool {
        self.spoken().contains_key(path)
    }

    /// The bytes of a draft, a WAV file; `None` for any other path, or if the entry has been deleted from the cache.
    pub fn bytes(&self, path: &str, cache: &Cache) -> Option<Vec<u8>> {
        let spoken = self.spoken().get(path).cloned()?;
        match spoken.bytes {
            DraftBytes::Cached(key) => cache.get("drafts", &key),
            DraftBytes::Held(bytes) => Some(bytes.to_vec()),
        }
    }

    /// The hash of the bytes of a draft that this process has read before.
    pub(super) fn source(&self, path: &str) -> Option<CacheKey> {
        self.spoken().get(path)?.source
    }

    /// Remembers the hash of the bytes of a draft.
    pub(super) fn note_source(&self, path: &str, source: CacheKey) {
        if let Some(spoken) = self.spoken().get_mut(path) {
            spoken.source = Some(source);
        }
    }

    fn note(&self, path: &str, bytes: DraftBytes) {
        self.spoken().insert(path.to_owned(), SpokenDraft { bytes, source: None });
    }

    fn spoken(&self) -> MutexGuard<'_, BTreeMap<String, SpokenDraft>> {
        self.spoken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(command: &[String], beats: &[String]) -> CacheKey {
    let mut key = CacheKeyBuilder::new("draft").number("arguments", command.len() as u64);
    for argument in command {
        key = key.field("argument", argument);
    }
    for beat in beats {
        key = key.field("beat", beat);
    }
    key.finish()
}

/// The default draft command of a language: espeak-ng with a soft voice and slow speech (`-s 110`, measured as three
/// syllables of Dutch per second).
pub fn default_command(language: &Language) -> Vec<String> {
    let voice = draft_voice(language).unwrap_or_else(|| format!("{}+f2", language.as_str().to_lowercase()));
    let command = [
        "espeak-ng",
        "-v",
        &voice,
        "-s",
        "110",
        "-p",
        "38",
        "-g",
        "3",
        "-a",
        "120",
        "-w",
        "{out}",
        "--",
        "{text}",
    ];
    command.map(str::to_owned).to_vec()
}

/// A text as the default voice of a language says it, as a WAV file; `None` where there is no such voice or the program fails.
pub fn say(language: &Language, text: &str) -> Option<Vec<u8>> {
    draft_voice(language)?;
    speak_beats(&default_command(language), &[text.to_owned()], "voice.toml").ok()
}

/// The voice of espeak-ng for a language: of its region where there is one, else of the language. `None` if it does not speak it.
pub fn draft_voice(language: &Language) -> Option<String> {
    let tag = language.as_str().to_lowercase();
    match tag.as_str() {
        "en" => return Some("en-gb+f3".to_owned()),
        "fr" => return Some("fr-fr+f2".to_owned()),
        _ => {}
    }
    let own = REGIONS.contains(&tag.as_str()).then(|| tag.clone()).or_else(|| {
        let first = tag.split('-').next().unwrap_or(&tag);
        let known = SPOKEN.split(' ').any(|known| known == first);
        let named = match first {
            "zh" if tag.split('-').any(|part| part == "hk") => "yue",
            "zh" => "cmn",
            "no" => "nb",
            other if known => other,
            _ => return None,
        };
        Some(named.to_owned())
    })?;
    Some(format!("{own}+f2"))
}

/// The regions that espeak-ng 1.51 speaks apart from their languages, and its languages (`espeak-ng --voices`).
const REGIONS: [&str; 9] =
    ["en-gb", "en-us", "en-029", "es-419", "fr-be", "fr-ch", "fr-fr", "pt-br", "fa-latn"];
const SPOKEN: &str = "af am an ar as az ba be bg bn bpy bs ca cmn cs cv cy da de el en eo es et eu fa fi fr ga gd gn grc gu \
                      hak haw he hi hr ht hu hy ia id io is it ja jbo ka kk kl kn ko kok ku ky la lb lfn lt ltg lv mi mk ml mr \
                      ms mt mto my nb nci ne nl nog om or pa pap piqd pl pt py qdb qu quc qya ro ru sd shn si sjn sk sl smj sq \
                      sr sv sw ta te th tk tn tr tt ug uk ur uz vi yue";

/// Synthesises each beat and joins them, separated by silence, into one WAV file. `file` is where a voice names its command.
fn speak_beats(command: &[String], beats: &[String], file: &str) -> Result<Vec<u8>, DraftError> {
    let program = command.first().cloned().unwrap_or_default();
    let unusable = |reason: String| DraftError::Unusable { program: program.clone(), reason };
    let mut joined: Vec<f32> = Vec::new();
    let mut rate: Option<SampleRate> = None;
    for text in beats {
        let spoken = speak_one(command, text, file)?;
        let sound =
            decode_all(Box::new(Cursor::new(spoken))).map_err(|error| unusable(error.to_string()))?.buffer;
        if rate.is_some_and(|rate| rate != sound.rate()) {
            return Err(unusable("its files have different sample rates".to_owned()));
        }
        rate = Some(sound.rate());
        if !joined.is_empty() {
            joined.resize(joined.len() + (BEAT_GAP * sound.rate().as_f64()) as usize, 0.0);
        }
        joined.extend_from_slice(sound.plane(0));
    }
    let rate = rate.ok_or_else(|| unusable("the phrase has no text".to_owned()))?;
    wav(&joined, rate).map_err(|error| unusable(error.to_string()))
}

fn wav(samples: &[f32], rate: SampleRate) -> Result<Vec<u8>, hound::Error> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate.hz(),
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec)?;
    samples.iter().try_for_each(|sample| writer.write_sample(*sample))?;
    writer.finalize()?;
    Ok(bytes.into_inner())
}

/// Runs the command for one text and returns the bytes of the file it wrote.
fn speak_one(command: &[String], text: &str, file: &str) -> Result<Vec<u8>, DraftError> {
    let program = command.first().cloned().unwrap_or_default();
    let failed = |reason: String| DraftError::Failed { program: program.clone(), reason };
    let folder =
        tempfile::tempdir().map_err(|error| failed(format!("cannot create a temporary folder: {error}")))?;
    let out = folder.path().join("draft.wav");
    let fill = |argument: &String| argument.replace("{out}", &out.to_string_lossy()).replace("{text}", text);
    let mut prepared = Command::new(&program);
    prepared.args(command[1..].iter().map(fill));
    let (status, said) = run(&mut prepared, TIME_LIMIT).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            DraftError::NotFound { program: program.clone(), voice: file.to_owned() }
        } else {
            failed(error.to_string())
        }
    })?;
    let Some(status) = status else { return Err(DraftError::Slow { program }) };
    if !status.success() {
        return Err(failed(format!("{status}{}", error_output(&said))));
    }
    std::fs::read(&out)
        .map_err(|_| DraftError::Unusable { program, reason: "it wrote no file at {out}".to_owned() })
}

/// How many bytes are kept of the end of a command's standard error, where it says why it failed.
const KEPT: usize = 4_096;
/// How long to wait for standard error to close after the command has ended, since a process that it started may keep
/// it open.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Runs a command and returns its exit status, `None` if it was killed at the time limit, and the end of its standard
/// error. That is read while the command runs, since a full pipe would block it.
fn run(command: &mut Command, limit: Duration) -> io::Result<(Option<ExitStatus>, Vec<u8>)> {
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = silent.stderr(Stdio::piped()).spawn()?;
    let (sender, said) = mpsc::channel();
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || sender.send(end_of(stderr)));
    }
    let status = child.wait_timeout(limit)?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    // A process that it started may keep the pipe open, so this does not wait for the end.
    Ok((status, said.recv_timeout(AFTERWARDS).unwrap_or_default()))
}

/// Reads to the end and keeps the last [`KEPT`] bytes.
fn end_of(mut stderr: ChildStderr) -> Vec<u8> {
    let (mut kept, mut block) = (Vec::new(), [0; KEPT]);
    loop {
        match stderr.read(&mut block) {
            Ok(0) => return kept,
            Ok(read) => {
                kept.extend_from_slice(&block[..read]);
                kept.drain(..kept.len().saturating_sub(KEPT));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return kept,
        }
    }
}

/// The last line that a failed command wrote to its standard error, without control characters.
fn error_output(output: &[u8]) -> String {
    const LONGEST: usize = 200;
    let text = String::from_utf8_lossy(output);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    let plain = |line: &str| line.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>();
    last.map_or(String::new(), |line| format!(", {}", plain(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{FileId, Span, Spanned};
    use crate::files::Grant;
    use crate::script::voice::{Chain, VoiceKind};

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
            draft: Some(command.iter().map(|argument| (*argument).to_owned()).collect()),
            level: None,
            takes: Vec::new(),
        }
    }

    fn speak(command: &[&str]) -> Result<Vec<u8>, DraftError> {
        let drafts = Drafts::trusting(Trust::Everything);
        let path = drafts.speak(&voice(command), &["Een".to_owned(), "twee".to_owned()], &Cache::off())?;
        Ok(drafts.bytes(&path, &Cache::off()).unwrap())
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
        let other = Trust::Granted(Grant {
            commands: [voice(&["touch", "{text}", "{out}"]).draft.unwrap()].into(),
            ..Grant::default()
        });
        for trust in [Trust::Nothing, other] {
            let refused = Drafts::trusting(trust).speak(&voice(&command), &["Een".to_owned()], &Cache::off());
            let told = refused.unwrap_err().to_string();
            assert!(told.contains("touch") && told.contains("trust the course"), "{told}");
            assert!(!told.contains(char::is_control), "{told:?}");
            assert!(!mark.exists());
        }
    }

    #[test]
    fn a_command_that_hangs_is_stopped() {
        let (status, _) = run(Command::new("sleep").arg("30"), Duration::from_millis(20)).unwrap();
        assert!(status.is_none());
    }

    #[test]
    fn a_command_may_talk_more_than_a_pipe_holds() {
        let talk = "i=0; while [ $i -lt 4000 ]; do echo 'a line of forty letters or a few more than that' >&2; \
                    i=$((i+1)); done; printf 'the reason \\033[31m%s' \"$1\" >&2; exit 3";
        let failed = speak(&["sh", "-c", talk, "{text}", "{out}"]).unwrap_err();
        assert!(matches!(failed, DraftError::Failed { .. }), "{failed}");
        let said = failed.to_string();
        assert!(said.contains("the reason") && !said.contains(char::is_control), "{said:?}");
        let (status, said) =
            run(Command::new("sh").args(["-c", "head -c 1000000 /dev/zero >&2"]), TIME_LIMIT).unwrap();
        assert!(status.is_some_and(|status| status.success()));
        assert!(said.len() <= KEPT);
        assert!(error_output(&[b'x'; 3_000]).len() < 300);
    }

    #[test]
    fn a_program_that_a_command_leaves_behind_is_not_waited_for() {
        let mut command = Command::new("sh");
        let (status, _) = run(command.args(["-c", "sleep 30 & exit 0"]), Duration::from_secs(20)).unwrap();
        assert!(status.is_some_and(|status| status.success()));
    }

    #[test]
    fn beats_are_spoken_apart_with_silence_between_and_words_never_reach_a_shell() {
        let folder = tempfile::tempdir().unwrap();
        let sound = folder.path().join("sound.wav");
        let tone: Vec<f32> = (0..4_800).map(|frame| 0.5 * (frame as f32 * 0.1).sin()).collect();
        std::fs::write(&sound, wav(&tone, SampleRate::DEFAULT).unwrap()).unwrap();
        let drafts = Drafts::trusting(Trust::Everything);
        let command = ["cp", "--", sound.to_str().unwrap(), "{out}"];
        let mut spoken_by = voice(&command);
        // The words are an argument of their own, whatever they hold.
        spoken_by.draft.as_mut().unwrap().insert(1, "--suffix={text}".to_owned());
        let beats = ["$(rm -rf x); `y`".to_owned(), "twee".to_owned()];
        let path = drafts.speak(&spoken_by, &beats, &Cache::off()).unwrap();
        let bytes = drafts.bytes(&path, &Cache::off()).unwrap();
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
        let first = Drafts::trusting(Trust::Everything).speak(&voice(&command), &beats, &cache).unwrap();
        std::fs::remove_file(&sound).unwrap();
        let drafts = Drafts::trusting(Trust::Everything);
        assert_eq!(drafts.speak(&voice(&command), &beats, &cache).unwrap(), first);
        assert!(drafts.bytes(&first, &cache).is_some_and(|bytes| bytes.starts_with(b"RIFF")));
        assert!(drafts.bytes(&first, &Cache::off()).is_none(), "they lie in the cache alone");
    }
}
