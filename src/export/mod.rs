//! Finished sound on its way out: sample formats, and files that appear whole or not at all.

pub mod wav;

pub use wav::{Dither, WavFormat, WavSpec, WavWriter};
