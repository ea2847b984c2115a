//! An encoded file is decoded again before anybody sees it: is it as long, as loud and at the same place as the mix?

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::World;
use super::output::Written;
use crate::decode::{DecodeError, Decoder};
use crate::dsp::meter::{Measurement, Meter};
use crate::export::TrackSpec;
use crate::export::ear::{Heard, PIECE, Piece};
use crate::export::format::facts;
use crate::files::{Source, is_transient};
use crate::unit::{Frames, SampleRate};

/// How far a lossy file may be off in loudness before something must be wrong, in LU. The codecs here stay within a
/// tenth at their usual bit rates; a small bit rate loses some of the treble.
const LOUDNESS: f64 = 1.0;
/// The lags that are looked at, in frames: beyond every encoder's delay (MP3: 1105 by LAME, 529 by the decoder).
const MOST_LAG: usize = 2_048;
/// A codec smears the piece, so that it seems to lie a few frames away; no encoder's delay is as short.
const SMEAR: u64 = 4;
/// Below this correlation a piece was changed too much to tell where it is.
const ALIKE: f64 = 0.6;
/// No place further away may be nearly as alike: a lone tone looks the same a wave later.
const CLEARLY: f64 = 0.02;

/// What a decoded file measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verified {
    /// Its length, at its own rate.
    pub frames: Frames,
    /// How many frames late it starts; `None` where the sound is too soft or too much changed to tell.
    pub lag: Option<i64>,
    /// Loudness and peaks; `None` for lossless formats, whose checksum or size says enough.
    pub levels: Option<Measurement>,
}

/// How an encoded file differs from what was planned.
#[derive(Debug, Error)]
pub enum EncodedFault {
    /// It cannot be read back.
    #[error("cannot be read back ({0})")]
    Unreadable(io::Error),
    /// It cannot be decoded.
    #[error(transparent)]
    Undecodable(DecodeError),
    /// It is too short.
    #[error("has {found} bytes instead of {planned}")]
    Short {
        /// Its bytes.
        found: u64,
        /// The bytes of a whole one.
        planned: u64,
    },
    /// It is of another length, or has other channels.
    #[error("has {} frames of {channels} channels instead of {} of {planned_channels}", frames.0, planned.0)]
    Shape {
        /// Its length.
        frames: Frames,
        /// Its channels.
        channels: usize,
        /// The length of the mix.
        planned: Frames,
        /// The channels of the mix.
        planned_channels: usize,
    },
    /// It starts late, or early.
    #[error("starts {0} frames late")]
    Late(i64),
    /// It is not as loud as the mix.
    #[error("is at {file:.1} LUFS instead of {mix:.1}")]
    Loudness {
        /// Its loudness, in LUFS.
        file: f64,
        /// That of the mix.
        mix: f64,
    },
}

impl EncodedFault {
    /// Whether the same may well work a little later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Unreadable(error) => is_transient(error),
            Self::Undecodable(error) => error.is_transient(),
            Self::Short { .. } | Self::Shape { .. } | Self::Late(_) | Self::Loudness { .. } => false,
        }
    }
}

/// A file that waits to be compared.
pub(super) struct Unverified {
    path: PathBuf,
    spec: TrackSpec,
    /// `None` for a stream or a device, which nobody can read back.
    source: Option<Box<dyn Source>>,
}

impl Unverified {
    /// Opens what was written.
    ///
    /// # Errors
    /// [`World::Encoded`] if it cannot be read back.
    pub(super) fn open(written: &Written) -> Result<Self, World> {
        let (path, spec) = (written.path.clone(), written.spec);
        match written.source() {
            Ok(source) => Ok(Self { path, spec, source }),
            Err(error) => Err(encoded(&path, EncodedFault::Unreadable(error))),
        }
    }

    /// Decodes it and compares it with what was heard of the mix. A WAV is what was written if all of it is there.
    ///
    /// # Errors
    /// [`World::Encoded`] if the file is not what was planned.
    pub(super) fn verify(self, heard: Option<&Heard>) -> Result<Verified, World> {
        let Self { path, spec, source } = self;
        compare(&spec, source, heard).map_err(|fault| encoded(&path, fault))
    }
}

fn encoded(path: &Path, fault: EncodedFault) -> World {
    World::Encoded { name: path.display().to_string(), fault }
}

fn compare(
    spec: &TrackSpec,
    source: Option<Box<dyn Source>>,
    heard: Option<&Heard>,
) -> Result<Verified, EncodedFault> {
    let as_planned = Verified { frames: spec.frames, lag: None, levels: None };
    let Some(source) = source else { return Ok(as_planned) };
    if let Some(planned) = facts(spec.format).least_bytes.map(|bytes| bytes(spec)) {
        let found = source.byte_len();
        return if found >= planned { Ok(as_planned) } else { Err(EncodedFault::Short { found, planned }) };
    }
    let decoder = Decoder::open(source).map_err(EncodedFault::Undecodable)?;
    let heard = heard.filter(|_| spec.format.is_lossy());
    let found = listen(decoder, spec.rate, heard).map_err(EncodedFault::Undecodable)?;
    found.compare(spec, heard)
}

/// What was decoded.
struct Found {
    frames: Frames,
    rate: SampleRate,
    channels: usize,
    lag: Option<i64>,
    levels: Option<Measurement>,
}

/// Goes through a whole file, with memory for no more than the pieces.
fn listen(mut decoder: Decoder, rate: SampleRate, heard: Option<&Heard>) -> Result<Found, DecodeError> {
    let (own, channels) = (decoder.rate(), decoder.channels());
    let mut meter = heard.map(|_| Meter::new(own, channels));
    let pieces = heard.iter().flat_map(|heard| &heard.pieces);
    let mut searches: Vec<_> = pieces.filter_map(|piece| Search::new(piece, own.hz() / rate.hz())).collect();
    let mut frames = Frames::ZERO;
    let mut block = Vec::new();
    while decoder.next_block(&mut block)? {
        let planes: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
        if let Some(meter) = &mut meter {
            meter.push(&planes);
        }
        searches.iter_mut().for_each(|search| search.push(frames.0, &planes));
        frames += Frames(planes[0].len() as u64);
    }
    decoder.refuse_flaws()?;
    let levels = meter.map(|meter| meter.finish());
    let lags = searches.iter().filter_map(Search::lag);
    let lag = lags.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, lag)| lag);
    Ok(Found { frames, rate: own, channels, lag, levels })
}

impl Found {
    /// Whether it is what was planned.
    fn compare(self, spec: &TrackSpec, heard: Option<&Heard>) -> Result<Verified, EncodedFault> {
        // Opus is always decoded at 48 kHz, a whole multiple of each rate it takes.
        let times = u64::from(self.rate.hz() / spec.rate.hz()).max(1);
        let planned = Frames(spec.frames.0 * times);
        if self.frames != planned || self.channels != spec.channels {
            let (frames, channels, planned_channels) = (self.frames, self.channels, spec.channels);
            return Err(EncodedFault::Shape { frames, channels, planned, planned_channels });
        }
        if let Some(lag) = self.lag.filter(|lag| lag.unsigned_abs() > SMEAR * times) {
            return Err(EncodedFault::Late(lag));
        }
        let loudness = |levels: &Measurement| levels.integrated.map(|level| level.0);
        if let (Some(mix), Some(file)) =
            (heard.and_then(|heard| loudness(&heard.levels)), self.levels.as_ref().and_then(loudness))
            && (mix - file).abs() > LOUDNESS
        {
            return Err(EncodedFault::Loudness { file, mix });
        }
        Ok(Verified { frames: self.frames, lag: self.lag, levels: self.levels })
    }
}

/// Looks for a piece near its place.
struct Search<'a> {
    piece: &'a Piece,
    /// The decoded rate is so many times that of the piece.
    times: usize,
    /// The first decoded frame that is kept.
    first: u64,
    kept: Vec<f32>,
}

impl<'a> Search<'a> {
    fn new(piece: &'a Piece, times: u32) -> Option<Self> {
        let times = times.max(1) as usize;
        let first = (piece.start.0 * times as u64).checked_sub((MOST_LAG * times) as u64)?;
        Some(Self { piece, times, first, kept: Vec::new() })
    }

    /// Every n-th frame of the sum of the channels, from the first that matters.
    fn push(&mut self, at: u64, planes: &[&[f32]]) {
        let most = PIECE + 2 * MOST_LAG;
        for frame in 0..planes[0].len() {
            let place = at + frame as u64;
            if self.kept.len() == most || place < self.first {
                continue;
            }
            if (place - self.first).is_multiple_of(self.times as u64) {
                self.kept.push(planes.iter().map(|plane| plane[frame]).sum());
            }
        }
    }

    /// The best correlation and its lag at the decoded rate, where it is clearly the best. Of differences, as low tones
    /// look alike at many lags.
    fn lag(&self) -> Option<(f64, i64)> {
        if self.kept.len() < PIECE + 2 * MOST_LAG {
            return None;
        }
        let difference =
            |samples: &[f32]| samples.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
        let (piece, kept) = (difference(&self.piece.samples), difference(&self.kept));
        let energy = |samples: &[f32]| samples.iter().map(|s| f64::from(s * s)).sum::<f64>();
        let own = energy(&piece);
        let likeness = |lag: usize| {
            let there = &kept[lag..lag + piece.len()];
            let product: f64 = piece
                .chunks(512)
                .zip(there.chunks(512))
                .map(|(a, b)| f64::from(a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>()))
                .sum();
            product / (own * energy(there)).sqrt().max(f64::MIN_POSITIVE)
        };
        let found: Vec<f64> = (0..=2 * MOST_LAG).map(likeness).collect();
        let best = (0..found.len()).max_by(|one, other| found[*one].total_cmp(&found[*other]))?;
        let far = found.iter().enumerate().filter(|(lag, _)| lag.abs_diff(best) as u64 > SMEAR);
        let rival = far.map(|(_, likeness)| *likeness).fold(0.0, f64::max);
        let lag = (best as i64 - MOST_LAG as i64) * self.times as i64;
        (found[best] > ALIKE && found[best] > rival + CLEARLY).then_some((found[best], lag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64) -> impl Iterator<Item = f32> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        })
    }

    #[test]
    fn a_file_that_starts_late_is_found_out_to_the_frame() {
        let sound: Vec<f32> = noise(1).take(40_000).collect();
        let piece = Piece { start: Frames(10_000), samples: sound[10_000..10_000 + PIECE].to_vec() };
        for lag in [0usize, 1, 529, 1_105] {
            let mut search = Search::new(&piece, 1).unwrap();
            let late: Vec<f32> = std::iter::repeat_n(0.0, lag).chain(sound.iter().copied()).collect();
            for (at, block) in late.chunks(1_000).enumerate() {
                search.push(at as u64 * 1_000, &[block]);
            }
            assert_eq!(search.lag().map(|(_, lag)| lag), Some(lag as i64));
        }
    }

    #[test]
    fn a_lone_tone_tells_no_place_as_it_looks_the_same_a_wave_later() {
        let sound: Vec<f32> = (0..40_000).map(|n| (n as f32 * 0.05).sin()).collect();
        let piece = Piece { start: Frames(10_000), samples: sound[10_000..10_000 + PIECE].to_vec() };
        let mut search = Search::new(&piece, 1).unwrap();
        search.push(0, &[&sound]);
        assert_eq!(search.lag(), None);
    }

    #[test]
    fn something_else_has_no_place() {
        let piece = Piece { start: Frames(10_000), samples: noise(1).take(PIECE).collect() };
        let mut search = Search::new(&piece, 1).unwrap();
        search.push(0, &[&noise(2).take(40_000).collect::<Vec<_>>()]);
        assert_eq!(search.lag(), None);
    }
}
