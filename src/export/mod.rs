//! Finished sound on its way out: formats, their tags, texts, pictures, and files that appear whole or not at all.

pub mod analysis;
mod encoder_thread;
mod error;
pub mod file;
pub mod format;
pub mod picture;
pub mod project;
pub mod tags;
pub mod text;

pub use error::{ExportError, ExportErrorKind};
pub use file::{OutputFile, write_whole};
pub use format::{TrackSpec, TrackWriter, WavFormat, WavSpec, WavWriter, track_writer};
pub use tags::Tags;
