//! Recordings: what a file holds, decoded and prepared.

pub mod cache;
pub mod clip;
mod container;
pub mod decode;
#[cfg(test)]
mod decode_tests;
pub mod facts;
mod opus;
mod packets;
pub mod speech;

pub use cache::{Cache, Key, KeyBuilder, SampleFile, SampleWriter};
pub use clip::{Chain, ChainSettings, ClipError, Prepared, prepare};
pub use decode::{DecodeError, Decoded, Decoder, decode_all};
pub use speech::{Beat, Speech, beats, find_speech};
