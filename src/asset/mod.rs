//! Prepares sounds: decodes recordings and cleans them, generates bells and beds, and computes the facts that layout
//! uses.

pub mod bed;
mod bell;
pub mod cache;
mod catalogue;
pub mod clip;
pub mod clip_chain;
#[cfg(test)]
mod clip_chain_tests;
pub mod draft;
mod generate;
mod hashes;
mod in_use;
mod judge;
mod recorded;
mod room_tone;
mod sessions;
pub mod store;
mod survey;
pub mod takes;
mod whole;

pub use bell::BellSource;
pub use cache::{Cache, CacheKey, CacheKeyBuilder, CleanError, Removed, SampleFile, SampleWriter};
pub use catalogue::{Catalogue, GatherError, gather};
pub use draft::{DraftError, Drafts, Engines as SpeechEngines, draft_voice, own_recording_path};
pub use judge::{JudgedPhrase, judge, told_damage, told_flaw};
pub use room_tone::{RoomMeasures, RoomSound, RoomStages};
pub use store::{ClipShelf, SoundError, Store, told_of_file};
pub use survey::{TakeCount, VoiceSurvey, survey_bells, survey_recordings, unusable_clip};
pub use takes::{has_recordings, takes};
pub use whole::WholeRecording;

/// The version of all sounds that are prepared or made here: files that were made by another version may sound
/// otherwise.
pub fn sound_version() -> String {
    format!(
        "clip {} bed {}.{} cue {}",
        clip::SOUND_VERSION,
        bed::BED_VERSION,
        bed::SEARCH_VERSION,
        store::CUE_VERSION
    )
}
