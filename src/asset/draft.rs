//! Drafts: phrases nobody has recorded yet, spoken by a program of the user's choice, so that a track can be heard
//! before anyone enters a studio.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use super::cache::{Cache, CacheKey, CacheKeyBuilder};
use crate::decode::decode_all;
use crate::facts::DRAFT_PATH;
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

/// The drafts of a workshop: spoken once and kept in the cache, or in memory where that keeps nothing.
#[derive(Debug, Default)]
pub struct Drafts {
    spoken: Mutex<BTreeMap<String, Spoken>>,
}

/// Where the bytes of a draft are.
#[derive(Clone, Debug)]
enum Spoken {
    Cached(CacheKey),
    Held(Arc<Vec<u8>>),
}

impl Drafts {
    /// Speaks a phrase, beat by beat, or finds it spoken before; the path under which its bytes are found.
    ///
    /// # Errors
    /// [`DraftError`] if the command is absent, fails, hangs or writes nonsense.
    pub fn speak(&self, voice: &Voice, beats: &[String], cache: &Cache) -> Result<String, DraftError> {
        let command = voice.draft.clone().unwrap_or_else(|| usual_command(&voice.language));
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
    let mut child = Command::new(&program)
        .args(command[1..].iter().map(fill))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => DraftError::Absent {
                program: program.clone(),
                voice: format!("{}/voice.toml", voice.folder()),
            },
            _ => failed(error.to_string()),
        })?;
    let status = wait(&mut child, TIME_LIMIT).map_err(|error| failed(error.to_string()))?;
    let Some(status) = status else { return Err(DraftError::Slow { program }) };
    if !status.success() {
        return Err(failed(format!("{status}{}", complaint(&mut child))));
    }
    std::fs::read(&out)
        .map_err(|_| DraftError::Nonsense { program, reason: "there is no file at {out}".to_owned() })
}

/// Waits for a child, or stops it at the time limit.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<std::process::ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The last line a failed command wrote to its standard error.
fn complaint(child: &mut Child) -> String {
    let mut said = String::new();
    let read = child.stderr.take().map(|stderr| stderr.take(4_096).read_to_string(&mut said));
    match (read, said.lines().last()) {
        (Some(Ok(_)), Some(line)) => format!(", {}", line.trim()),
        _ => String::new(),
    }
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
        let drafts = Drafts::default();
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
    fn a_command_that_hangs_is_stopped() {
        let mut child = Command::new("sleep").arg("30").spawn().unwrap();
        assert!(wait(&mut child, Duration::from_millis(20)).unwrap().is_none());
        assert!(child.try_wait().unwrap().is_some(), "it has ended");
    }

    #[test]
    fn beats_are_spoken_apart_with_silence_between_and_words_never_reach_a_shell() {
        let folder = tempfile::tempdir().unwrap();
        let sound = folder.path().join("sound.wav");
        let tone: Vec<f32> = (0..4_800).map(|frame| 0.5 * (frame as f32 * 0.1).sin()).collect();
        std::fs::write(&sound, wav(&tone, SampleRate::DEFAULT).unwrap()).unwrap();
        let drafts = Drafts::default();
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
        let first = Drafts::default().speak(&voice(&command), &beats, &cache).unwrap();
        std::fs::remove_file(&sound).unwrap();
        let drafts = Drafts::default();
        assert_eq!(drafts.speak(&voice(&command), &beats, &cache).unwrap(), first);
        assert!(drafts.bytes(&first, &cache).is_some_and(|bytes| bytes.starts_with(b"RIFF")));
        assert!(drafts.bytes(&first, &Cache::off()).is_none(), "they lie in the cache alone");
    }
}
