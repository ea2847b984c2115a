//! Finished sound on its way out: formats, their tags, captions, and files that appear whole or not at all.

mod beside;
pub mod captions;
mod error;
pub mod file;
mod flac;
mod language_code;
#[cfg(feature = "mp3")]
mod mp3;
mod pcm;
pub mod tags;
#[cfg(test)]
mod tests_sound;
pub mod track;
pub mod wav;
pub mod words;

pub use error::{ExportError, Failure};
pub use file::{OutputFile, write_whole};
pub use flac::FlacWriter;
#[cfg(feature = "mp3")]
pub use mp3::Mp3Writer;
pub use tags::Tags;
pub use track::{TrackSpec, TrackWriter, track_writer};
pub use wav::{WavFormat, WavSpec, WavWriter};
