//! Tags of FLAC and Ogg: Vorbis comments, including chapters and the cover.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::export::tags::{Cover, GENERATION};
use crate::export::text::clock::{clock, milliseconds};
use crate::export::{Tags, TrackSpec};

/// The vendor string.
pub(super) const VENDOR: &str = concat!("adem ", env!("CARGO_PKG_VERSION"));
/// The picture type of a front cover (ID3v2.4, 4.14, also used by FLAC).
pub(super) const FRONT_COVER: u32 = 3;

/// Names and values (Xiph's field names; chapters after its "Chapter Extension", pictures after RFC 9639, 8.8).
/// Ogg stores pictures as fields; FLAC has a block for them.
pub(super) fn fields(tags: &Tags, spec: &TrackSpec, with_cover: bool) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut field = |name: &str, value: Option<String>| {
        fields.extend(value.filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
    };
    field("TITLE", Some(tags.title.clone()));
    field("ARTIST", Some(tags.artist.clone()));
    field("ALBUMARTIST", tags.album_artist.clone());
    field("ALBUM", Some(tags.album.clone()));
    field("COMPOSER", tags.author.clone());
    field("TRACKNUMBER", tags.track.map(|track| track.to_string()));
    field("DISCNUMBER", tags.week.map(|week| week.to_string()));
    field("DATE", tags.year.map(|year| year.to_string()));
    field("GENRE", Some(tags.genre.clone()));
    field("LANGUAGE", Some(tags.language.to_string()));
    field("COMMENT", tags.comment.clone());
    field("COPYRIGHT", tags.copyright.clone());
    field("LYRICS", tags.lyrics.clone());
    field("LICENSE", tags.licence.clone());
    field(GENERATION, tags.generation.clone());
    field("ENCODER", Some(VENDOR.to_owned()));
    for (index, chapter) in tags.chapters.iter().enumerate().take(MOST_CHAPTERS) {
        field(&format!("CHAPTER{index:03}"), Some(clock(milliseconds(chapter.start, spec.rate))));
        field(&format!("CHAPTER{index:03}NAME"), Some(chapter.title.clone()));
    }
    let cover = tags.cover.as_ref().filter(|_| with_cover);
    field("METADATA_BLOCK_PICTURE", cover.map(|cover| BASE64_STANDARD.encode(picture_block(cover))));
    fields
}

/// The most chapters: their numbers have three digits.
pub(super) const MOST_CHAPTERS: usize = 1_000;

/// A picture block (RFC 9639, 8.8).
fn picture_block(cover: &Cover) -> Vec<u8> {
    let mut block = Vec::with_capacity(cover.bytes.len() + 64);
    let number = |block: &mut Vec<u8>, value: u32| block.extend(value.to_be_bytes());
    number(&mut block, FRONT_COVER);
    number(&mut block, cover.media_type.len() as u32);
    block.extend(cover.media_type.as_bytes());
    number(&mut block, 0); // no description
    for value in [cover.width, cover.height, cover.bits, 0, cover.bytes.len() as u32] {
        number(&mut block, value);
    }
    block.extend(&cover.bytes);
    block
}
