//! Sounds: recordings decoded and prepared, bells and beds made, and the facts of them all that layout may know.

pub mod bed;
mod bell;
pub mod cache;
pub mod chain;
#[cfg(test)]
mod chain_tests;
pub mod clip;
mod container;
pub mod decode;
#[cfg(test)]
mod decode_tests;
pub mod draft;
pub mod facts;
mod gather;
mod generate;
pub mod labels;
mod mp4;
mod opus;
pub mod pace;
mod packets;
mod pcm;
pub mod room;
mod room_tone;
pub mod speech;
pub mod store;
pub mod takes;

pub use bell::BellSource;
pub use cache::{Cache, Key, KeyBuilder, SampleFile, SampleWriter};
pub use draft::{DraftError, Drafts};
pub use gather::{GatherError, gather};
pub use room_tone::RoomSound;
pub use store::{ClipShelf, SoundError, Store};
