//! Sounds: recordings decoded and prepared, bells and beds made, and the facts of them all that layout may know.

pub mod bed;
pub mod cache;
pub mod clip;
mod container;
pub mod decode;
#[cfg(test)]
mod decode_tests;
pub mod draft;
pub mod facts;
mod gather;
mod opus;
pub mod pace;
mod packets;
mod pcm;
pub mod room;
pub mod speech;
pub mod store;
pub mod takes;

pub use cache::{Cache, Key, KeyBuilder, SampleFile, SampleWriter};
pub use draft::{DraftError, Drafts};
pub use gather::{GatherError, gather};
pub use store::{ClipShelf, SoundError, Store};
