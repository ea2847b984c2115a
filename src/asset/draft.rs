//! Drafts: phrases nobody has recorded yet, spoken by a program of the user's choice, so that a track can be heard
//! before anyone enters a studio.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use thiserror::Error;
use wait_timeout::ChildExt;

use super::cache::{Cache, Key, KeyBuilder};
use crate::decode::decode_all;
use crate::diag::{Help, Remedy, sentence};
use crate::facts::DRAFT_PATH;
use crate::files::Trust;
use crate::script::language::Language;
use crate::script::voice::Voice;
use crate::unit::SampleRate;

/// The longest a draft command may take for one phrase.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Between two beats of a phrase, in seconds: enough to cut it there.
const BEAT_GAP: f64 = 0.45;

/// Why a phrase could not be drafted.
#[derive(Debug, Error)]
pub enum DraftError {
    /// The program is not there.
    #[error(
        "the draft command `{program}` is not there; install it, or name another one as `draft` in {voice}"
    )]
    Absent {
        /// The program.
        program: String,
        /// The file that can name another one.
        voice: String,
    },
    /// The course names a command, and nobody trusts it.
    #[error(
        "{voice} wants to run a program on this machine, which was not done: {command}; if you know what it does, trust the course"
    )]
    Untrusted {
        /// The file that names it.
        voice: String,
        /// The program and its arguments.
        command: String,
    },
    /// It could not be started, or failed.
    #[error("the draft command `{program}` failed: {reason}")]
    Failed {
        /// The program.
        program: String,
        /// What it said.
        reason: String,
    },
    /// It took too long.
    #[error("the draft command `{program}` took longer than {} s for one phrase and was stopped", TIME_LIMIT.as_secs())]
    Slow {
        /// The program.
        program: String,
    },
    /// It wrote no sound.
    #[error("the draft command `{program}` wrote no sound that can be used: {reason}")]
    Nonsense {
        /// The program.
        program: String,
        /// Why it cannot be used.
        reason: String,
    },
}

impl DraftError {
    /// What is wrong, and what to do about it.
    pub fn told(&self) -> (String, Vec<Help>) {
        let (wrong, remedies) = sentence(&self.to_string());
        match self {
            Self::Untrusted { .. } => (wrong, vec!["if you know what it does".into(), Remedy::Trust.into()]),
            Self::Absent { .. } | Self::Failed { .. } | Self::Slow { .. } | Self::Nonsense { .. } => {
                (wrong, remedies)
            }
        }
    }

    /// Whether the same may well work a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Slow { .. })
    }
}

/// The drafts of a course: spoken once and kept in the cache, or in memory where that keeps nothing.
#[derive(Debug, Default)]
pub struct Drafts {
    trust: Trust,
    spoken: Mutex<BTreeMap<String, Spoken>>,
}

/// Where the bytes of a draft are.
#[derive(Clone, Debug)]
enum Spoken {
    Cached(Key),
    Held(Arc<Vec<u8>>),
}

impl Drafts {
    /// Drafts of a course that is trusted so far: a command that it names is run only if that is among it.
    pub fn trusting(trust: Trust) -> Self {
        Self { trust, ..Self::default() }
    }

    /// Speaks a phrase, beat by beat, or finds it spoken before; the path under which its bytes are found.
    ///
    /// # Errors
    /// [`DraftError`] if the command is not trusted, is absent, fails, hangs or writes nonsense.
    pub fn speak(&self, voice: &Voice, beats: &[String], cache: &Cache) -> Result<String, DraftError> {
        let command = match &voice.draft {
            Some(command) if !self.trust.runs(command) => {
                return Err(DraftError::Untrusted {
                    voice: format!("{}/voice.toml", voice.folder()),
                    command: command.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" "),
                });
            }
            Some(command) => command.clone(),
            None => usual_command(&voice.language),
        };
        let key = key(&command, beats);
        let path = format!("{DRAFT_PATH}{key}");
        if self.knows(&path) {
            return Ok(path);
        }
        if cache.get("drafts", &key).is_none() {
            let bytes = speak_beats(&command, beats, voice)?;
            cache.put("drafts", &key, &bytes);
            if cache.get("drafts", &key).is_none() {
                self.note(&path, Spoken::Held(Arc::new(bytes)));
                return Ok(path);
            }
        }
        self.note(&path, Spoken::Cached(key));
        Ok(path)
    }

    /// Whether something lies behind the path of a draft.
    pub fn knows(&self, path: &str) -> bool {
        self.spoken().contains_key(path)
    }

    /// The bytes behind the path of a draft, a WAV file; `None` for another path, or if the cache has lost them.
    pub fn bytes(&self, path: &str, cache: &Cache) -> Option<Vec<u8>> {
        let spoken = self.spoken().get(path).cloned()?;
        match spoken {
            Spoken::Cached(key) => cache.get("drafts", &key),
            Spoken::Held(bytes) => Some(bytes.to_vec()),
        }
    }

    fn note(&self, path: &str, spoken: Spoken) {
        self.spoken().insert(path.to_owned(), spoken);
    }

    fn spoken(&self) -> MutexGuard<'_, BTreeMap<String, Spoken>> {
        self.spoken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(command: &[String], beats: &[String]) -> Key {
    let mut key = KeyBuilder::new("draft").number("arguments", command.len() as u64);
    for argument in command {
        key = key.field("argument", argument);
    }
    for beat in beats {
        key = key.field("beat", beat);
    }
    key.finish()
}

/// The command that speaks a language unless a voice names another: espeak-ng, slowly (three
/// syllables of Dutch a second at `-s 110`, measured) and with a soft variant.
pub fn usual_command(language: &Language) -> Vec<String> {
    let voice = match language.as_str() {
        "nl" => "nl+f2".to_owned(),
        "en" => "en-gb+f3".to_owned(),
        "fr" => "fr-fr+f2".to_owned(),
        other => format!("{}+f2", other.to_lowercase()),
    };
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

/// Speaks each beat and joins them, with silence between, into one WAV file.
fn speak_beats(command: &[String], beats: &[String], voice: &Voice) -> Result<Vec<u8>, DraftError> {
    let program = command.first().cloned().unwrap_or_default();
    let nonsense = |reason: String| DraftError::Nonsense { program: program.clone(), reason };
    let mut joined: Vec<f32> = Vec::new();
    let mut rate: Option<SampleRate> = None;
    for text in beats {
        let spoken = speak_one(command, text, voice)?;
        let sound =
            decode_all(Box::new(Cursor::new(spoken))).map_err(|error| nonsense(error.to_string()))?.buffer;
        if rate.is_some_and(|rate| rate != sound.rate()) {
            return Err(nonsense("its files differ in rate".to_owned()));
        }
        rate = Some(sound.rate());
        if !joined.is_empty() {
            joined.resize(joined.len() + (BEAT_GAP * sound.rate().as_f64()) as usize, 0.0);
        }
        joined.extend_from_slice(sound.plane(0));
    }
    let rate = rate.ok_or_else(|| nonsense("there was nothing to say".to_owned()))?;
    wav(&joined, rate).map_err(|error| nonsense(error.to_string()))
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

/// Runs the command for one text; the bytes of the file it wrote.
fn speak_one(command: &[String], text: &str, voice: &Voice) -> Result<Vec<u8>, DraftError> {
    let program = command.first().cloned().unwrap_or_default();
    let failed = |reason: String| DraftError::Failed { program: program.clone(), reason };
    let folder = tempfile::tempdir().map_err(|error| failed(format!("no folder for its file: {error}")))?;
    let out = folder.path().join("draft.wav");
    let fill = |argument: &String| argument.replace("{out}", &out.to_string_lossy()).replace("{text}", text);
    let mut prepared = Command::new(&program);
    prepared.args(command[1..].iter().map(fill));
    let (status, said) = run(&mut prepared, TIME_LIMIT).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            DraftError::Absent { program: program.clone(), voice: format!("{}/voice.toml", voice.folder()) }
        }
        _ => failed(error.to_string()),
    })?;
    let Some(status) = status else { return Err(DraftError::Slow { program }) };
    if !status.success() {
        return Err(failed(format!("{status}{}", complaint(&said))));
    }
    std::fs::read(&out)
        .map_err(|_| DraftError::Nonsense { program, reason: "there is no file at {out}".to_owned() })
}

/// How much of what a command writes to its standard error is kept: its end, where it says why it failed.
const KEPT: usize = 4_096;
/// How long a program that a command has left behind may hold its standard error open.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Runs a command: how it ended, `None` where it was stopped at the time limit, and the end of what it wrote to its
/// standard error. That is read while it runs, however much it is: a full pipe would stop the program.
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
    // A program that it started may hold the pipe open and go on: nobody waits for that one.
    Ok((status, said.recv_timeout(AFTERWARDS).unwrap_or_default()))
}

/// Reads to the end and keeps the last of it.
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

/// The last line a failed command wrote to its standard error, without what would confuse a terminal.
fn complaint(said: &[u8]) -> String {
    const LONGEST: usize = 200;
    let said = String::from_utf8_lossy(said);
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    let plain = |line: &str| line.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>();
    last.map_or(String::new(), |line| format!(", {}", plain(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{FileId, Span};
    use crate::script::voice::{Chain, VoiceKind};

    fn voice(command: &[&str]) -> Voice {
        Voice {
            id: "x".to_owned(),
            language: Language::parse("nl").unwrap(),
            span: Span::new(FileId(0), 0..0),
            name: String::new(),
            kind: VoiceKind::Human,
            credit: String::new(),
            licence: String::new(),
            chain: Chain::draft(),
            draft: Some(command.iter().map(|argument| (*argument).to_owned()).collect()),
            level: None,
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
        assert!(matches!(absent, DraftError::Absent { .. }));
        assert!(absent.to_string().contains("voice/nl/x/voice.toml"), "{absent}");
        let failed = speak(&["sh", "-c", "echo no voice >&2; exit 3", "{text}", "{out}"]).unwrap_err();
        assert!(failed.to_string().contains("no voice"), "{failed}");
        for script in ["true", "echo hello > \"$1\""] {
            let nonsense = speak(&["sh", "-c", script, "{text}", "{out}"]).unwrap_err();
            assert!(matches!(nonsense, DraftError::Nonsense { .. }), "{script}: {nonsense}");
        }
    }

    #[test]
    fn a_command_that_nobody_trusts_is_shown_and_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("it ran");
        let command = ["touch", mark.to_str().unwrap(), "{text}\u{1b}[2J", "{out}"];
        let other = Trust::Commands([voice(&["touch", "{text}", "{out}"]).draft.unwrap()].into());
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
        assert!(complaint(&[b'x'; 3_000]).len() < 300);
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
