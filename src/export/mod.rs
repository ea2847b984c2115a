//! Finished sound on its way out: sample formats, and files that appear whole or not at all.

mod error;
pub mod file;
pub mod wav;

pub use error::{ExportError, Failure};
pub use file::{OutputFile, write_whole};
pub use wav::{WavFormat, WavSpec, WavWriter};
