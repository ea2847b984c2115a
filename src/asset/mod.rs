//! Recordings: what a file holds, decoded and prepared.

mod container;
pub mod decode;
#[cfg(test)]
mod decode_tests;
mod opus;
mod packets;
pub mod speech;

pub use decode::{DecodeError, Decoded, Decoder, decode_all};
