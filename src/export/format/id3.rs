//! Tags as MP3 and WAV hold them: ID3v2.3, with its chapters (Chapter Frame Addendum).
//!
//! Not ID3v2.4: its sizes of frames have seven bits in a byte, and Apple Podcasts reads those of frames within chapters as
//! if they had eight, so that a title of 128 bytes or more hides every chapter of the file
//! (`radio-t/radio-t-site`, pull request 211).

use std::io;

use id3::frame::{Chapter, Comment, Content, ExtendedText, Lyrics, Picture, PictureType, TableOfContents};
use id3::{Encoder, Frame, Tag, TagLike, Version};

use super::vorbis_comment;
use crate::export::tags::GENERATION;
use crate::export::text::clock::milliseconds;
use crate::export::{Tags, TrackSpec};
use crate::unit::Position;

/// The byte offset that means that the times are used (Chapter Frame Addendum, 3.1).
const NO_OFFSET: u32 = u32::MAX;
/// A table of contents counts its entries in one byte (Chapter Frame Addendum, 3.2).
const MOST_ENTRIES: usize = 255;
/// The chapters that fit two levels of tables.
pub(super) const MOST_CHAPTERS: usize = MOST_ENTRIES * MOST_ENTRIES;

/// Which tags are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    All,
    /// All except cover and chapters.
    Texts,
}

/// The whole tag.
///
/// # Errors
/// If a value cannot be encoded; the message is that of the encoder.
pub(super) fn tag(tags: &Tags, spec: &TrackSpec, parts: Parts) -> io::Result<Vec<u8>> {
    let mut tag = Tag::new();
    let mut text = |id: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            tag.set_text(id, value);
        }
    };
    text("TIT2", Some(tags.title.clone()));
    text("TPE1", Some(tags.artist.clone()));
    text("TPE2", tags.album_artist.clone());
    text("TALB", Some(tags.album.clone()));
    text("TCOM", tags.author.clone());
    text("TRCK", tags.track.map(|track| track.to_string()));
    text("TPOS", tags.week.map(|week| week.to_string()));
    text("TYER", tags.year.map(|year| year.to_string()));
    text("TCON", Some(tags.genre.clone()));
    text("TLAN", Some(tags.language_code().to_owned()));
    text("TCOP", tags.copyright.clone());
    text("TSSE", Some(vorbis_comment::VENDOR.to_owned()));
    if let Some(licence) = &tags.licence {
        tag.add_frame(ExtendedText { description: "LICENSE".to_owned(), value: licence.clone() });
    }
    if let Some(generation) = &tags.generation {
        tag.add_frame(ExtendedText { description: GENERATION.to_owned(), value: generation.clone() });
    }
    if let Some(text) = &tags.comment {
        let (lang, description) = ("eng".to_owned(), String::new());
        tag.add_frame(Comment { lang, description, text: text.clone() });
    }
    if let Some(text) = &tags.lyrics {
        let (lang, description) = (tags.language_code().to_owned(), String::new());
        tag.add_frame(Lyrics { lang, description, text: text.clone() });
    }
    if let Some(cover) = tags.cover.as_ref().filter(|_| parts == Parts::All) {
        tag.add_frame(Picture {
            mime_type: cover.media_type.to_owned(),
            picture_type: PictureType::CoverFront,
            description: String::new(),
            data: cover.bytes.clone(),
        });
    }
    if parts == Parts::All {
        add_chapters(&mut tag, tags, spec);
    }
    let bytes = encoded(&tag, 0)?;
    // Some readers of WAV ignore the padding byte after a chunk of odd size; a tag may contain padding.
    if bytes.len() % 2 == 1 { encoded(&tag, 1) } else { Ok(bytes) }
}

fn encoded(tag: &Tag, padding: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoded = Encoder::new().version(Version::Id3v23).padding(padding).encode(tag, &mut bytes);
    encoded.map_err(|error| io::Error::other(format!("the tags cannot be written: {error}")))?;
    Ok(bytes)
}

/// Each chapter ends at the start of the next one, the last at the end of the track.
fn add_chapters(tag: &mut Tag, tags: &Tags, spec: &TrackSpec) {
    let end = Position::START + spec.frames;
    let chapters = tags.chapters.iter().filter(|chapter| chapter.start < end);
    let chapters: Vec<_> = chapters.take(MOST_CHAPTERS).collect();
    if chapters.is_empty() {
        return;
    }
    let ids: Vec<_> = (0..chapters.len()).map(|index| format!("chp{index}")).collect();
    let table = |element_id: String, top_level: bool, elements: Vec<String>| TableOfContents {
        element_id,
        top_level,
        ordered: true,
        elements,
        frames: Vec::new(),
    };
    if ids.len() <= MOST_ENTRIES {
        tag.add_frame(table("toc".to_owned(), true, ids.clone()));
    } else {
        let tables: Vec<_> = ids.chunks(MOST_ENTRIES).enumerate().collect();
        let names = tables.iter().map(|(index, _)| format!("toc{index}")).collect();
        tag.add_frame(table("toc".to_owned(), true, names));
        for (index, ids) in tables {
            tag.add_frame(table(format!("toc{index}"), false, ids.to_vec()));
        }
    }
    let ends = chapters.iter().skip(1).map(|next| next.start).chain([end]);
    for ((chapter, end), element_id) in chapters.iter().zip(ends).zip(ids) {
        let time = |at| u32::try_from(milliseconds(at, spec.rate)).unwrap_or(u32::MAX);
        tag.add_frame(Chapter {
            element_id,
            start_time: time(chapter.start),
            end_time: time(end),
            start_offset: NO_OFFSET,
            end_offset: NO_OFFSET,
            frames: vec![Frame::with_content("TIT2", Content::Text(chapter.title.clone()))],
        });
    }
}
