//! Drafts: synthetic speech for phrases that have no recording yet, made by the best engine that is installed or a program of
//! the user's choice, so that a track can be heard before it is recorded.

mod engines;
mod program;

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use self::engines::{DraftSpeaker, Manner, espeak};
pub use self::engines::{Engines, draft_voice};
use super::cache::{Cache, CacheKey, CacheKeyBuilder};
use crate::decode::{DecodeError, decode_all, decode_short};
use crate::diag::{Help, Remedy, sentence};
use crate::facts::{DRAFT_PATH, OWN_PATH};
use crate::files::Trust;
use crate::script::language::Language;
use crate::script::own::LONGEST_OWN;
use crate::script::speech_engine::DraftVoice;
use crate::script::voice::{DraftProgram, Voice, VoiceKind};
use crate::unit::SampleRate;

/// The silence between two beats of a phrase, in seconds; long enough for the phrase to be cut there.
const BEAT_GAP: f64 = 0.45;
/// How many phrases are spoken by one run of a program that takes many: loading takes it seconds, and more runs than one can
/// share the work.
const IN_ONE_RUN: usize = 8;

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
    #[error("the draft command `{program}` took longer than {seconds} s and was stopped")]
    Slow { program: String, seconds: u64 },
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
    engines: Engines,
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
    /// Drafts of a course with this trust: a command that the course specifies is only run if it is trusted. The engines
    /// that adem knows need no trust, as no course says how they are run.
    pub fn trusting(trust: Trust, engines: Engines) -> Self {
        Self { trust, engines, ..Self::default() }
    }

    /// Who speaks the drafts of a voice.
    ///
    /// # Errors
    /// [`DraftError::Untrusted`] if the voice names a command that may not be run.
    fn speaker(&self, voice: &Voice) -> Result<DraftSpeaker, DraftError> {
        let Some(DraftProgram { command, batch }) = &voice.draft else { return Ok(self.engines.best(voice)) };
        if !self.trust.runs(command) {
            return Err(DraftError::Untrusted {
                voice: voice_file(voice),
                command: command.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" "),
            });
        }
        Ok(DraftSpeaker::named(command, if *batch { Manner::Lines } else { Manner::Phrase }))
    }

    /// Why nothing can be spoken in a voice, if its program is not installed or may not be run.
    pub fn unspoken(&self, voice: &Voice) -> Option<DraftError> {
        match self.speaker(voice) {
            Ok(speaker) => {
                let program = speaker.command.first().filter(|program| !engines::is_on_path(program))?;
                Some(DraftError::NotFound { program: program.clone(), voice: voice_file(voice) })
            }
            Err(error) => Some(error),
        }
    }

    /// Who speaks the drafts of a voice, and whether it has to speak the whole track: it does where the clips of the voice
    /// were made by another engine, so that no track has the voices of two machines.
    ///
    /// # Errors
    /// [`DraftError::Untrusted`] if the voice names a command that may not be run.
    pub fn spoken_by(&self, voice: &Voice) -> Result<DraftVoice, DraftError> {
        let speaker = self.speaker(voice)?;
        let made_clips = voice.engine.filter(|_| voice.kind == VoiceKind::Synthetic);
        let other = made_clips.filter(|own| speaker.engine != Some(*own));
        Ok(DraftVoice { instead_of: other.map(|own| own.name().to_owned()), ..speaker.voice })
    }

    /// What the drafts of a voice sound like depends on their words and on this. A command that may not be run counts too, as
    /// nothing is spoken otherwise.
    pub fn recipe(&self, voice: &Voice) -> Vec<String> {
        match &voice.draft {
            Some(program) => program.command.clone(),
            None => self.engines.best(voice).recipe,
        }
    }

    /// How many phrases are best spoken by one call of [`Drafts::speak`].
    pub fn at_once(&self, voice: &Voice) -> usize {
        self.speaker(voice).map_or(1, |speaker| match speaker.manner {
            Manner::Phrase => 1,
            Manner::Lines => IN_ONE_RUN,
        })
    }

    /// Returns the paths of the drafts of some phrases (see [`DRAFT_PATH`]), speaking each beat unless the cache already
    /// has the draft.
    ///
    /// # Errors
    /// [`DraftError`] if the command is not trusted, is missing, fails, exceeds the time limit or writes no usable
    /// audio.
    pub fn speak(
        &self,
        voice: &Voice,
        phrases: &[&[String]],
        cache: &Cache,
    ) -> Result<Vec<String>, DraftError> {
        let speaker = self.speaker(voice)?;
        let keys: Vec<_> = phrases.iter().map(|beats| key(&speaker.recipe, beats)).collect();
        let mut missing: BTreeMap<String, (&CacheKey, &[String])> = BTreeMap::new();
        for (key, beats) in keys.iter().zip(phrases) {
            let path = path_of(key);
            if self.contains(&path) {
                continue;
            }
            if cache.get("drafts", key).is_some() {
                self.note(&path, DraftBytes::Cached(*key));
            } else {
                missing.insert(path, (key, beats));
            }
        }
        let texts: Vec<_> =
            missing.values().flat_map(|(_, beats)| *beats).map(|beat| one_line(beat)).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let spoken =
            if texts.is_empty() { Vec::new() } else { program::speak(&speaker, &texts, &voice_file(voice))? };
        let mut spoken = spoken.into_iter();
        for (path, (key, beats)) in missing {
            let bytes = join(&speaker, spoken.by_ref().take(beats.len()))?;
            cache.put("drafts", key, &bytes);
            let stored = cache.get("drafts", key).is_some();
            self.note(
                &path,
                if stored { DraftBytes::Cached(*key) } else { DraftBytes::Held(Arc::new(bytes)) },
            );
        }
        Ok(keys.iter().map(path_of).collect())
    }

    /// Holds the recording of a listener, and returns its path. It is kept as the clip it becomes: one channel, so that nothing
    /// of its file but the sound is read again.
    ///
    /// # Errors
    /// [`DecodeError`] if it is no whole recording, or longer than own words may be.
    pub fn hold_own(&self, recording: Vec<u8>, cache: &Cache) -> Result<String, DecodeError> {
        let (name, path) = (CacheKey::of(&recording), own_recording_path(&recording));
        let key = CacheKeyBuilder::new("own").field("recording", name.to_string()).finish();
        if self.contains(&path) && self.bytes(&path, cache).is_some() {
            return Ok(path);
        }
        if cache.get("drafts", &key).is_none() {
            let sound = decode_short(Box::new(Cursor::new(recording)), LONGEST_OWN)?;
            let planes = sound.planes();
            let count = planes.len() as f32;
            let mono: Vec<f32> = (0..planes[0].len())
                .map(|at| planes.iter().map(|plane| plane[at]).sum::<f32>() / count)
                .collect();
            let bytes = wav(&mono, sound.rate()).map_err(|error| DecodeError::Io(io::Error::other(error)))?;
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

fn key(recipe: &[String], beats: &[String]) -> CacheKey {
    let mut key = CacheKeyBuilder::new("draft").number("arguments", recipe.len() as u64);
    for word in recipe {
        key = key.field("argument", word);
    }
    for beat in beats {
        key = key.field("beat", beat);
    }
    key.finish()
}

fn path_of(key: &CacheKey) -> String {
    format!("{DRAFT_PATH}{key}")
}

/// The path by which a recording of a listener is held.
pub fn own_recording_path(recording: &[u8]) -> String {
    format!("{OWN_PATH}{}", CacheKey::of(recording))
}

fn voice_file(voice: &Voice) -> String {
    format!("{}/voice.toml", voice.folder())
}

/// A text on one line, without what would end it in a list.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A text as espeak-ng says it, as a WAV file; `None` where it does not speak the language or fails.
pub fn say(language: &Language, text: &str) -> Option<Vec<u8>> {
    draft_voice(language)?;
    let speaker = espeak(language, "");
    let spoken = program::speak(&speaker, &[text], "voice.toml").ok()?;
    join(&speaker, spoken.into_iter()).ok()
}

/// Joins the beats of a phrase, separated by silence, into one WAV file.
fn join(speaker: &DraftSpeaker, beats: impl Iterator<Item = Vec<u8>>) -> Result<Vec<u8>, DraftError> {
    let unusable = |reason: String| DraftError::Unusable { program: speaker.program(), reason };
    let mut joined: Vec<f32> = Vec::new();
    let mut rate: Option<SampleRate> = None;
    for beat in beats {
        let sound =
            decode_all(Box::new(Cursor::new(beat))).map_err(|error| unusable(error.to_string()))?.buffer;
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

#[cfg(test)]
mod tests;
