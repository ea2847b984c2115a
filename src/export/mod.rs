//! Writes the outputs of a render: audio formats with tags, texts, pictures, projects for audio editors, and the files
//! themselves, which appear only when they are complete.

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
pub use file::{FolderLock, OutputFile, SUMS, stray_files, write_whole};
pub use format::{TrackSpec, TrackWriter, WavFormat, WavSpec, WavWriter, track_writer};
pub use tags::Tags;
