//! Old recordings: a finished track, with a bed under its voice, becomes a script with its clips, bells and bed. Nothing is
//! written here.

mod cutter;
mod doubtful;
mod files;
mod heard;
mod matching;
mod pause;
mod plan;
mod shown;
mod spectrum;
mod strike;
mod texture;
mod transcript;

pub use cutter::{CutFile, cut};
pub use doubtful::{between, place_doubtful};
pub use files::AdoptionNames;
pub use heard::{ANALYSED, HearError, HeardRecording, RecordingFault};
pub use matching::{TimedPhrase, matched};
pub use plan::{AdoptedPause, AdoptedRow, AdoptedSound, AdoptionPlan, PhrasePlace};
pub use shown::{late_by, places};
pub use texture::TexturePiece;
pub use transcript::{TranscribedPhrase, TranscriptError, WrittenWords};

/// Speech that is not in the transcript: more than this share of the speech that is, and more than so many seconds, means that a
/// part of the transcript is missing.
const UNWRITTEN_SHARE: f64 = 0.1;
const UNWRITTEN: f64 = 3.0;
/// A phrase that ends so near to the end of the recording, in seconds, was cut off if it is as loud there as speech.
const CUT_OFF: f64 = 0.06;
const AS_LOUD: f64 = 14.0;

impl AdoptionPlan {
    /// The speech that is not in the transcript, if it is so much that a part of that is missing.
    pub fn missing_words(&self) -> Option<&[(f64, f64)]> {
        let of = |spans: &mut dyn Iterator<Item = (f64, f64)>| spans.map(|(from, to)| to - from).sum::<f64>();
        let unwritten = of(&mut self.unwritten.iter().copied());
        let written = of(&mut self.phrases().map(|(_, _, place)| (place.from, place.to)));
        (unwritten > UNWRITTEN.max(UNWRITTEN_SHARE * written)).then_some(&self.unwritten)
    }
}

impl HeardRecording {
    /// Whether the recording ends in the middle of a word.
    pub fn ends_in_word(&self, places: &[PhrasePlace]) -> bool {
        let Some(last) = places.iter().rfind(|place| place.confidence > 0.0) else { return false };
        let end = self.seconds();
        let speech = pause::level(pause::part(&self.mono, last.from, last.to));
        let edge = pause::level(pause::part(&self.mono, end - CUT_OFF, end));
        last.to >= end - CUT_OFF && edge > speech - AS_LOUD
    }
}
