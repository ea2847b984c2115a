//! Finished sound on its way out: formats, their tags, captions, and files that appear whole or not at all.

mod beside;
pub mod captions;
pub mod chapters;
pub mod ear;
mod error;
pub mod file;
mod flac;
mod id3;
pub mod labels;
mod language_code;
mod m4a;
mod moment;
#[cfg(feature = "mp3")]
mod mp3;
mod opus;
mod pack;
mod page;
mod pcm;
pub mod picture;
pub mod practice;
pub mod reaper;
pub mod report;
pub mod tags;
#[cfg(test)]
mod tests_sound;
pub mod track;
pub mod transcript;
mod vorbis;
mod vorbis_comment;
pub mod wav;
pub mod words;

pub use error::{ExportError, Failure};
pub use file::{OutputFile, write_whole};
pub use flac::FlacWriter;
pub use m4a::M4aWriter;
#[cfg(feature = "mp3")]
pub use mp3::Mp3Writer;
pub use opus::OpusWriter;
pub use tags::Tags;
pub use track::{TrackSpec, TrackWriter, track_writer};
pub use vorbis::VorbisWriter;
pub use wav::{WavFormat, WavSpec, WavWriter};
