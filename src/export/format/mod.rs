//! File formats, each with its own header, tags and chapters.

mod flac;
mod id3;
pub(in crate::export) mod language_code;
mod m4a;
#[cfg(feature = "mp3")]
mod mp3;
mod opus;
mod pack;
mod pcm;
#[cfg(test)]
pub(crate) mod tests_sound;
pub mod track;
mod vorbis;
mod vorbis_comment;
pub mod wav;

pub use flac::FlacWriter;
pub use m4a::M4aWriter;
#[cfg(feature = "mp3")]
pub use mp3::Mp3Writer;
pub use opus::OpusWriter;
pub use track::{TrackSpec, TrackWriter, track_writer};
pub use vorbis::VorbisWriter;
pub use wav::{WavFormat, WavSpec, WavWriter};
