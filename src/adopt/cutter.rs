//! Cuts a recording: decodes it once, and gives every stretch that is wanted as a file.

use std::io::Cursor;

use super::heard::HearError;
use super::texture::{TexturePiece, append};
use crate::decode::Decoder;
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
    let (rate, channels) = (decoder.rate(), decoder.channels());
    let place = |seconds: f64| Seconds::from_f64(seconds.max(0.0)).unwrap_or(Seconds::ZERO).frames(rate).0;
    let of_cuts = cuts.iter().enumerate().map(|(number, cut)| CutSpan {
        from: cut.from.frames(rate).0,
        to: cut.to.frames(rate).0,
        file: Some(number),
        planes: vec![Vec::new(); channels],
    });
    let of_bed = pieces.iter().map(|piece| CutSpan {
        from: place(piece.from),
        to: place(piece.to),
        file: None,
        planes: vec![Vec::new(); channels],
    });
    let mut waiting: Vec<CutSpan> = of_cuts.chain(of_bed).collect();
    waiting.sort_by_key(|wanted| (wanted.from, wanted.to));
    let mut texture: Vec<Vec<f32>> = Vec::new();
    let mut gains = pieces.iter().map(|piece| piece.gain);
    let (mut block, mut at) = (Vec::new(), 0u64);
    let encode = |cut: &CutFile, planes: &[Vec<f32>]| flac(planes, rate, &cut.title, language);
    while decoder.next_block(&mut block).map_err(HearError::from)? {
        let end = at + block[0].len() as u64;
        for wanted in waiting.iter_mut().take_while(|wanted| wanted.from < end) {
            wanted.fill(&block, at);
        }
        at = end;
        let mut rest = Vec::new();
        for wanted in std::mem::take(&mut waiting) {
            match wanted.file {
                _ if wanted.to > end => rest.push(wanted),
                Some(number) => take(&cuts[number].path, encode(&cuts[number], &wanted.planes)?)?,
                None => append(&mut texture, &wanted.planes, gains.next().unwrap_or_default(), rate),
            }
        }
        waiting = rest;
    }
    // What the recording lacks at its end by rounding.
    for wanted in waiting.into_iter().filter(|wanted| !wanted.planes[0].is_empty()) {
        match wanted.file {
            Some(number) => take(&cuts[number].path, encode(&cuts[number], &wanted.planes)?)?,
            None => append(&mut texture, &wanted.planes, gains.next().unwrap_or_default(), rate),
        }
    }
    if !texture.is_empty() {
        take(&bed.path, encode(bed, &texture)?)?;
    }
    Ok(())
}

/// A stretch that is being collected.
struct CutSpan {
    from: u64,
    to: u64,
    /// The number of its file; `None` for a piece of the bed.
    file: Option<usize>,
    planes: Vec<Vec<f32>>,
}

impl CutSpan {
    /// Takes what a block that begins at frame `at` has of it.
    fn fill(&mut self, block: &[Vec<f32>], at: u64) {
        let end = at + block[0].len() as u64;
        let (from, to) = (self.from.max(at), self.to.min(end));
        if from >= to {
            return;
        }
        let range = (from - at) as usize..(to - at) as usize;
        self.planes
            .iter_mut()
            .zip(block)
            .for_each(|(own, plane)| own.extend_from_slice(&plane[range.clone()]));
    }
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
