//! Cuts a recording: decodes it once, and gives every stretch that is wanted as a file.

use std::io::Cursor;

use super::heard::HearError;
use super::texture::{TexturePiece, append};
use crate::decode::{Decoder, stretches};
use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::export::{Tags, TrackSpec, track_writer};
use crate::files::Source;
use crate::script::language::Language;
use crate::unit::{Frames, SampleRate, Seconds};

/// A stretch of a recording that becomes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutFile {
    pub path: String,
    /// What it is, for its tags.
    pub title: String,
    pub from: Seconds,
    pub to: Seconds,
}

/// What is done with a file that was cut: its name and its bytes.
pub type CutTaker<'a, E> = &'a mut dyn FnMut(&str, Vec<u8>) -> Result<(), E>;

/// Decodes a recording and passes on each cut as a FLAC, and at last the bed at `bed`, if it has pieces.
///
/// # Errors
/// [`HearError`] if the recording cannot be decoded, and those of `take`.
pub fn cut<E: From<HearError>>(
    source: Box<dyn Source>,
    language: &Language,
    cuts: &[CutFile],
    (bed, pieces): (&CutFile, &[TexturePiece]),
    take: CutTaker<'_, E>,
) -> Result<(), E> {
    let mut decoder = Decoder::open(source).map_err(HearError::from)?;
    let rate = decoder.rate();
    let place = |seconds: f64| Seconds::from_f64(seconds.max(0.0)).unwrap_or(Seconds::ZERO).frames(rate).0;
    let of_cuts = cuts.iter().map(|cut| cut.from.frames(rate).0..cut.to.frames(rate).0);
    let of_bed = pieces.iter().map(|piece| place(piece.from)..place(piece.to));
    let spans: Vec<_> = of_cuts.chain(of_bed).collect();
    let mut texture: Vec<Vec<f32>> = Vec::new();
    let encode = |cut: &CutFile, planes: &[Vec<f32>]| flac(planes, rate, &cut.title, language);
    let failed = |error| E::from(HearError::from(error));
    stretches(&mut decoder, &spans, failed, |number, planes| {
        match cuts.get(number) {
            Some(cut) => take(&cut.path, encode(cut, &planes)?)?,
            None => append(&mut texture, &planes, pieces[number - cuts.len()].gain, rate),
        }
        Ok(())
    })?;
    if !texture.is_empty() {
        take(&bed.path, encode(bed, &texture)?)?;
    }
    Ok(())
}

fn flac(
    planes: &[Vec<f32>],
    rate: SampleRate,
    title: &str,
    language: &Language,
) -> Result<Vec<u8>, HearError> {
    let spec = TrackSpec {
        format: Format::Flac,
        rate,
        channels: planes.len(),
        frames: Frames(planes[0].len() as u64),
        seed: 0,
        coding: Coding::default(),
    };
    let mut writer = track_writer(Cursor::new(Vec::new()), &spec, &Tags::titled(title, language))?;
    for first in (0..planes[0].len()).step_by(BLOCK) {
        let part: Vec<&[f32]> =
            planes.iter().map(|plane| &plane[first..(first + BLOCK).min(plane.len())]).collect();
        writer.write(&part)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Frames written at a time.
const BLOCK: usize = 8_192;
