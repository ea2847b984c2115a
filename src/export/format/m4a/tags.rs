//! Tags of M4A: iTunes tags and Nero chapters. Neither is standardised; players read both.

use super::boxes::Boxes;
use super::movie::M4aChapter;
use crate::export::format::vorbis_comment;
use crate::export::tags::{Cover, GENERATION};
use crate::export::{Tags, TrackSpec};

/// The type of a value ("Well-Known Types" of Apple's QuickTime File Format).
const NUMBERS: u32 = 0;
const TEXT: u32 = 1;
const JPEG: u32 = 13;
const PNG: u32 = 14;
/// The longest title of a Nero chapter: its length is one byte.
const MOST_TITLE: usize = 255;

/// The box `udta`, for a track with `delay` frames before the sound and `padding` after it.
pub(super) fn labels(
    tags: &Tags,
    spec: &TrackSpec,
    delay: u64,
    padding: u64,
    parts: &[M4aChapter],
) -> Vec<u8> {
    let mut row = Boxes::default();
    row.put(*b"udta", |user| {
        user.full(*b"meta", 0, 0, |meta| {
            meta.full(*b"hdlr", 0, 0, |handler| {
                handler.u32(0);
                handler.bytes(b"mdirappl");
                handler.zeros(9);
            });
            meta.put(*b"ilst", |list| {
                texts(list, tags);
                numbers(list, tags);
                tags.cover.iter().for_each(|cover| picture(list, cover));
                let gap = gap(delay, padding, spec.frames.0);
                named(list, "iTunSMPB", &gap);
                tags.licence.iter().for_each(|licence| named(list, "LICENSE", licence));
                tags.generation.iter().for_each(|generation| named(list, GENERATION, generation));
            });
        });
        if !parts.is_empty() {
            chapters(user, spec, parts);
        }
    });
    row.into_bytes()
}

fn texts(list: &mut Boxes, tags: &Tags) {
    let mut text = |name: [u8; 4], text: Option<&str>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            list.put(name, |item| value(item, TEXT, text.as_bytes()));
        }
    };
    text(*b"\xA9nam", Some(&tags.title));
    text(*b"\xA9ART", Some(&tags.artist));
    text(*b"aART", tags.album_artist.as_deref());
    text(*b"\xA9alb", Some(&tags.album));
    text(*b"\xA9wrt", tags.author.as_deref());
    text(*b"\xA9day", tags.year.map(|year| year.to_string()).as_deref());
    text(*b"\xA9gen", Some(&tags.genre));
    text(*b"\xA9cmt", tags.comment.as_deref());
    text(*b"\xA9lyr", tags.lyrics.as_deref());
    text(*b"cprt", tags.copyright.as_deref());
    text(*b"\xA9too", Some(vorbis_comment::VENDOR));
}

/// Track and disc numbers, each without a total.
fn numbers(list: &mut Boxes, tags: &Tags) {
    let mut number = |name: [u8; 4], number: Option<u32>, bytes: usize| {
        if let Some(number) = number.and_then(|number| u16::try_from(number).ok()) {
            let mut numbers = vec![0; bytes];
            numbers[2..4].copy_from_slice(&number.to_be_bytes());
            list.put(name, |item| value(item, NUMBERS, &numbers));
        }
    };
    number(*b"trkn", tags.track, 8);
    number(*b"disk", tags.week, 6);
}

fn picture(list: &mut Boxes, cover: &Cover) {
    let kind = if cover.media_type == "image/jpeg" { JPEG } else { PNG };
    list.put(*b"covr", |item| value(item, kind, &cover.bytes));
}

fn value(item: &mut Boxes, kind: u32, bytes: &[u8]) {
    item.put(*b"data", |data| {
        data.u32(kind);
        data.u32(0); // any country, any language
        data.bytes(bytes);
    });
}

/// A value with a custom name.
fn named(list: &mut Boxes, name: &str, text: &str) {
    list.put(*b"----", |item| {
        item.full(*b"mean", 0, 0, |mean| mean.bytes(b"com.apple.iTunes"));
        item.full(*b"name", 0, 0, |own| own.bytes(name.as_bytes()));
        value(item, TEXT, text.as_bytes());
    });
}

/// The gapless information of iTunes, for players without edit lists: delay, padding and length.
fn gap(delay: u64, padding: u64, frames: u64) -> String {
    format!(" 00000000 {delay:08X} {padding:08X} {frames:016X}{}", " 00000000".repeat(8))
}

/// The most chapters in a Nero chapter list.
pub(in crate::export::format) const MOST_LISTED: usize = 255;

/// The Nero chapter list: starts in units of 100 ns, and titles with a length of one byte.
fn chapters(user: &mut Boxes, spec: &TrackSpec, parts: &[M4aChapter]) {
    user.full(*b"chpl", 1, 0, |list| {
        list.u32(0);
        let parts = &parts[..parts.len().min(MOST_LISTED)];
        list.u8(parts.len() as u8);
        for part in parts {
            let rate = u128::from(spec.rate.hz());
            list.u64(((u128::from(part.start) * 20_000_000 + rate) / (2 * rate)) as u64);
            let title = cut(&part.title, MOST_TITLE);
            list.u8(title.len() as u8);
            list.bytes(title.as_bytes());
        }
    });
}

/// A text cut to a number of bytes, at a character boundary.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_cut_between_letters() {
        assert_eq!(cut("adem", 9), "adem");
        assert_eq!(cut("場所", 5), "場");
        assert_eq!(cut("場所", 2), "");
    }

    #[test]
    fn what_to_leave_out_is_told_as_itunes_does() {
        let told = gap(1_024, 72, 3_000);
        assert!(told.starts_with(" 00000000 00000400 00000048 0000000000000BB8 00000000"), "{told}");
        assert_eq!(told.split_whitespace().count(), 12);
    }
}
