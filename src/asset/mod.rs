//! Sounds: recordings decoded and prepared, bells and beds made, and the facts of them all that layout may know.

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
mod room_tone;
pub mod store;
pub mod takes;

pub use bell::BellSource;
pub use cache::{Cache, Key, KeyBuilder, SampleFile, SampleWriter};
pub use catalogue::{Catalogue, GatherError, gather};
pub use draft::{DraftError, Drafts};
pub use room_tone::RoomSound;
pub use store::{ClipShelf, SoundError, Store, told_of_file};
