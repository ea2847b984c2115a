//! The metadata chunks of a WAV: `bext` (EBU Tech 3285), chapters as labelled cue points (`cue ` and `LIST adtl`), tags
//! as `LIST INFO` (all three Multimedia Programming Interface 1.0), and the same tags as ID3 for players.

use std::io;

use super::header::chunk;
use crate::export::format::{id3, vorbis_comment};
use crate::export::tags::GENERATION_MARK;
use crate::export::{Tags, TrackSpec};

/// All metadata chunks.
///
/// # Errors
/// If the tags cannot be written as ID3.
pub fn about(tags: &Tags, spec: &TrackSpec) -> io::Result<Vec<u8>> {
    let mut chunks = chunk(*b"bext", &broadcast(tags));
    if !tags.chapters.is_empty() {
        chunks.extend(chunk(*b"cue ", &cue_points(tags)));
        chunks.extend(chunk(*b"LIST", &labels(tags)));
    }
    chunks.extend(chunk(*b"LIST", &info(tags)));
    // No ID3 chapters: players that read both would show each chapter twice.
    chunks.extend(chunk(*b"id3 ", &id3::tag(tags, spec, id3::Parts::Texts)?));
    Ok(chunks)
}

/// The broadcast extension, version 1 (EBU Tech 3285, 2.3): without a date, so that renders are reproducible, and
/// with a start time of midnight.
fn broadcast(tags: &Tags) -> Vec<u8> {
    let mut body = Vec::with_capacity(602);
    let description = format!("{} · {}", tags.title, tags.album);
    fixed(&mut body, &description, 256);
    fixed(&mut body, tags.author.as_deref().unwrap_or(vorbis_comment::VENDOR), 32);
    // The reference that the originator gives.
    let reference = tags.generation.as_ref().map(|generation| format!("{GENERATION_MARK}{generation}"));
    fixed(&mut body, reference.as_deref().unwrap_or_default(), 32);
    fixed(&mut body, "", 10 + 8 + 8);
    body.extend(1u16.to_le_bytes());
    // No UMID; reserved bytes.
    body.resize(602, 0);
    body
}

/// A text in a field of fixed size, cut at a character boundary.
fn fixed(body: &mut Vec<u8>, text: &str, bytes: usize) {
    let end = body.len() + bytes;
    let most = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    body.extend(&text.as_bytes()[..most.unwrap_or_default()]);
    body.resize(end, 0);
}

/// A cue point for each chapter, numbered from 1.
fn cue_points(tags: &Tags) -> Vec<u8> {
    let mut body = (tags.chapters.len() as u32).to_le_bytes().to_vec();
    for (id, chapter) in (1u32..).zip(&tags.chapters) {
        // Cue points have 32 bits: 24 hours at 48 kHz. Later ones are clamped.
        let at = u32::try_from(chapter.start.0).unwrap_or(u32::MAX);
        body.extend(id.to_le_bytes());
        body.extend(at.to_le_bytes());
        body.extend(b"data");
        body.extend([0; 8]);
        body.extend(at.to_le_bytes());
    }
    body
}

fn labels(tags: &Tags) -> Vec<u8> {
    let mut body = b"adtl".to_vec();
    for (id, chapter) in (1u32..).zip(&tags.chapters) {
        let label = [&id.to_le_bytes()[..], chapter.title.as_bytes(), &[0]].concat();
        body.extend(chunk(*b"labl", &label));
    }
    body
}

/// The tags that `LIST INFO` defines.
fn info(tags: &Tags) -> Vec<u8> {
    let mut body = b"INFO".to_vec();
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    for (name, value) in [
        (b"INAM", Some(tags.title.clone())),
        (b"IART", Some(tags.artist.clone())),
        (b"IPRD", Some(tags.album.clone())),
        (b"IPRT", number(tags.track)),
        (b"ICRD", number(tags.year)),
        (b"IGNR", Some(tags.genre.clone())),
        (b"ILNG", Some(tags.language_code().to_owned())),
        (b"ICMT", tags.comment.clone()),
        (b"ICOP", tags.copyright.clone()),
        (b"ISFT", Some(vorbis_comment::VENDOR.to_owned())),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            body.extend(chunk(*name, &[value.as_bytes(), &[0]].concat()));
        }
    }
    body
}
