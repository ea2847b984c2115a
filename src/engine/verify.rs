//! Reads each encoded file back before it gets its name, and checks that its length, loudness and delay match the mix.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::World;
use super::output::UncommittedTrack;
use crate::decode::{DecodeError, Decoder, whole_flac};
use crate::delivery::format::Format;
use crate::dsp::meter::{Measurement, Meter};
use crate::export::TrackSpec;
use crate::export::analysis::{AudioExcerpt, EXCERPT_FRAMES, TrackAnalysis};
use crate::export::format::facts;
use crate::files::{Source, is_transient};
use crate::unit::{Frames, SampleRate};

/// How far the loudest three seconds of a lossy file may differ from those of the mix, in LU. The codecs stay within 0.1 at
/// usual bit rates; low bit rates lose some treble.
const LOUDNESS: f64 = 1.0;
/// The largest lag that is searched, in frames; every encoder delay is smaller (MP3: 1105 by LAME, 529 by the decoder).
const MOST_LAG: usize = 2_048;
/// The tolerance of a measured lag, in frames: a codec smears the excerpt. Every encoder delay is longer.
const LAG_TOLERANCE: u64 = 4;
/// Below this correlation the excerpt has changed too much to measure a lag.
const LEAST_CORRELATION: f64 = 0.6;
/// The best lag must exceed all others by this correlation: a steady tone correlates again one period later.
const LEAST_MARGIN: f64 = 0.02;

/// The measurements of a decoded file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verified {
    /// Its length, at its own rate.
    pub frames: Frames,
    /// Its delay in frames; `None` if the sound is too soft or has changed too much to measure it.
    pub lag: Option<i64>,
    /// Loudness and peaks; `None` for lossless formats, where the checksums or the size are checked instead.
    pub levels: Option<Measurement>,
}

/// How an encoded file differs from what was planned.
#[derive(Debug, Error)]
pub enum EncodedFault {
    #[error("cannot be read back ({0})")]
    Unreadable(io::Error),
    #[error(transparent)]
    Undecodable(DecodeError),
    #[error("has {found} bytes instead of {planned}")]
    Short {
        /// The size of the file.
        found: u64,
        /// The size of a complete one.
        planned: u64,
    },
    /// Another length or number of channels.
    #[error("has {} frames of {channels} channels instead of {} of {planned_channels}", frames.0, planned.0)]
    Shape { frames: Frames, channels: usize, planned: Frames, planned_channels: usize },
    /// A delay in frames; negative if it starts early.
    #[error("starts {0} frames late")]
    Late(i64),
    /// Another loudness than the mix.
    #[error("is at {file:.1} LUFS where it is loudest, instead of {mix:.1}")]
    Loudness {
        /// The loudest three seconds of the file, in LUFS.
        file: f64,
        /// The loudest three seconds of the mix, in LUFS.
        mix: f64,
    },
}

impl EncodedFault {
    /// Whether a retry may succeed.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Unreadable(error) => is_transient(error),
            Self::Undecodable(error) => error.is_transient(),
            Self::Short { .. } | Self::Shape { .. } | Self::Late(_) | Self::Loudness { .. } => false,
        }
    }
}

/// A file that is still to be verified.
pub(super) struct Unverified {
    path: PathBuf,
    spec: TrackSpec,
    /// `None` for a stream or a device, which cannot be read back.
    source: Option<Box<dyn Source>>,
}

impl Unverified {
    /// Opens the written file.
    ///
    /// # Errors
    /// [`World::Encoded`] if it cannot be read back.
    pub(super) fn open(written: &UncommittedTrack) -> Result<Self, World> {
        let (path, spec) = (written.path.clone(), written.spec);
        match written.source() {
            Ok(source) => Ok(Self { path, spec, source }),
            Err(error) => Err(encoded(&path, EncodedFault::Unreadable(error))),
        }
    }

    /// Decodes it and compares it with the analysis of the mix. Of a WAV only the size is checked, of a FLAC every frame and
    /// its checksum.
    ///
    /// # Errors
    /// [`World::Encoded`] if the file differs.
    pub(super) fn verify(self, analysis: Option<&TrackAnalysis>) -> Result<Verified, World> {
        let Self { path, spec, source } = self;
        compare(&spec, source, analysis).map_err(|fault| encoded(&path, fault))
    }
}

fn encoded(path: &Path, fault: EncodedFault) -> World {
    World::Encoded { name: path.display().to_string(), fault }
}

fn compare(
    spec: &TrackSpec,
    source: Option<Box<dyn Source>>,
    analysis: Option<&TrackAnalysis>,
) -> Result<Verified, EncodedFault> {
    let as_planned = Verified { frames: spec.frames, lag: None, levels: None };
    let Some(source) = source else { return Ok(as_planned) };
    if let Some(planned) = facts(spec.format).least_bytes.map(|bytes| bytes(spec)) {
        let found = source.byte_len();
        return if found >= planned { Ok(as_planned) } else { Err(EncodedFault::Short { found, planned }) };
    }
    if spec.format == Format::Flac {
        // It is lossless: a file whose frames have arrived unchanged has the sound that was encoded.
        let (frames, channels) = whole_flac(source).map_err(EncodedFault::Undecodable)?;
        let (planned, planned_channels) = (spec.frames, spec.channels);
        return if (frames, channels) == (planned, planned_channels) {
            Ok(as_planned)
        } else {
            Err(EncodedFault::Shape { frames, channels, planned, planned_channels })
        };
    }
    let decoder = Decoder::open(source).map_err(EncodedFault::Undecodable)?;
    let analysis = analysis.filter(|_| spec.format.is_lossy());
    let found = decode(decoder, spec.rate, analysis).map_err(EncodedFault::Undecodable)?;
    found.compare(spec, analysis)
}

/// The facts of a decoded file.
struct DecodedFacts {
    frames: Frames,
    rate: SampleRate,
    channels: usize,
    lag: Option<i64>,
    levels: Option<Measurement>,
}

/// Decodes a whole file block by block and measures it.
fn decode(
    mut decoder: Decoder,
    rate: SampleRate,
    analysis: Option<&TrackAnalysis>,
) -> Result<DecodedFacts, DecodeError> {
    let (own, channels) = (decoder.rate(), decoder.channels());
    let mut meter = analysis.map(|_| Meter::new(own, channels));
    let excerpts = analysis.iter().flat_map(|analysis| &analysis.excerpts);
    let mut searches: Vec<_> =
        excerpts.filter_map(|excerpt| LagSearch::new(excerpt, own.hz() / rate.hz())).collect();
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
    let lags = searches.iter().filter_map(LagSearch::lag);
    let lag = lags.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, lag)| lag);
    Ok(DecodedFacts { frames, rate: own, channels, lag, levels })
}

impl DecodedFacts {
    /// Compares it with the plan.
    fn compare(self, spec: &TrackSpec, analysis: Option<&TrackAnalysis>) -> Result<Verified, EncodedFault> {
        // Opus is always decoded at 48 kHz, a whole multiple of each rate it takes.
        let times = u64::from(self.rate.hz() / spec.rate.hz()).max(1);
        let planned = Frames(spec.frames.0 * times);
        if self.frames != planned || self.channels != spec.channels {
            let (frames, channels, planned_channels) = (self.frames, self.channels, spec.channels);
            return Err(EncodedFault::Shape { frames, channels, planned, planned_channels });
        }
        if let Some(lag) = self.lag.filter(|lag| lag.unsigned_abs() > LAG_TOLERANCE * times) {
            return Err(EncodedFault::Late(lag));
        }
        if let (Some(mix), Some(file)) =
            (analysis.and_then(|analysis| loudest(&analysis.levels)), self.levels.as_ref().and_then(loudest))
            && (mix - file).abs() > LOUDNESS
        {
            return Err(EncodedFault::Loudness { file, mix });
        }
        Ok(Verified { frames: self.frames, lag: self.lag, levels: self.levels })
    }
}

/// The loudest three seconds, in LUFS; of shorter sounds the loudest 400 ms. Integrated loudness would not do: where a bed lies
/// near its gate, 10 LU under the mean (ITU-R BS.1770-5, annex 1), a hundredth of a decibel moves it by 3 LU.
fn loudest(levels: &Measurement) -> Option<f64> {
    levels.max_short_term.or(levels.max_momentary).map(|level| level.0)
}

/// Searches for an excerpt of the mix near its position.
struct LagSearch<'a> {
    excerpt: &'a AudioExcerpt,
    /// The decoded rate divided by the rate of the excerpt.
    times: usize,
    /// The first decoded frame that is kept.
    first: u64,
    kept: Vec<f32>,
}

impl<'a> LagSearch<'a> {
    fn new(excerpt: &'a AudioExcerpt, times: u32) -> Option<Self> {
        let times = times.max(1) as usize;
        let first = (excerpt.start.0 * times as u64).checked_sub((MOST_LAG * times) as u64)?;
        Some(Self { excerpt, times, first, kept: Vec::new() })
    }

    /// Keeps every n-th frame of the channel sum within the search range.
    fn push(&mut self, at: u64, planes: &[&[f32]]) {
        let most = EXCERPT_FRAMES + 2 * MOST_LAG;
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

    /// The best correlation and its lag at the decoded rate, if it is clearly the best. Uses sample differences, as low
    /// tones correlate at many lags.
    fn lag(&self) -> Option<(f64, i64)> {
        if self.kept.len() < EXCERPT_FRAMES + 2 * MOST_LAG {
            return None;
        }
        let difference =
            |samples: &[f32]| samples.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
        let (excerpt, kept) = (difference(&self.excerpt.samples), difference(&self.kept));
        let energy = |samples: &[f32]| samples.iter().map(|s| f64::from(s * s)).sum::<f64>();
        let own = energy(&excerpt);
        let correlation = |lag: usize| {
            let there = &kept[lag..lag + excerpt.len()];
            let product: f64 = excerpt
                .chunks(512)
                .zip(there.chunks(512))
                .map(|(a, b)| f64::from(a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>()))
                .sum();
            product / (own * energy(there)).sqrt().max(f64::MIN_POSITIVE)
        };
        let found: Vec<f64> = (0..=2 * MOST_LAG).map(correlation).collect();
        let best = (0..found.len()).max_by(|one, other| found[*one].total_cmp(&found[*other]))?;
        let far = found.iter().enumerate().filter(|(lag, _)| lag.abs_diff(best) as u64 > LAG_TOLERANCE);
        let rival = far.map(|(_, correlation)| *correlation).fold(0.0, f64::max);
        let lag = (best as i64 - MOST_LAG as i64) * self.times as i64;
        (found[best] > LEAST_CORRELATION && found[best] > rival + LEAST_MARGIN).then_some((found[best], lag))
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
        let excerpt =
            AudioExcerpt { start: Frames(10_000), samples: sound[10_000..10_000 + EXCERPT_FRAMES].to_vec() };
        for lag in [0usize, 1, 529, 1_105] {
            let mut search = LagSearch::new(&excerpt, 1).unwrap();
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
        let excerpt =
            AudioExcerpt { start: Frames(10_000), samples: sound[10_000..10_000 + EXCERPT_FRAMES].to_vec() };
        let mut search = LagSearch::new(&excerpt, 1).unwrap();
        search.push(0, &[&sound]);
        assert_eq!(search.lag(), None);
    }

    /// A third of a minute of noise that is loud at first, and then at the gate of integrated loudness.
    fn measured(background: f32, gain: f32) -> Measurement {
        let mut meter = Meter::new(SampleRate::DEFAULT, 1);
        let sound: Vec<f32> = noise(3)
            .take(20 * 48_000)
            .enumerate()
            .map(|(at, x)| gain * x * if at < 10 * 48_000 { 0.2 } else { background })
            .collect();
        meter.push(&[&sound]);
        meter.finish()
    }

    #[test]
    fn loudness_at_the_gate_is_no_fault_of_the_file() {
        let gate = 0.2 * (1.0f32 / 19.0).sqrt();
        let (over, under) = (measured(gate * 1.02, 1.0), measured(gate * 0.98, 1.0));
        let integrated = |levels: &Measurement| levels.integrated.unwrap().0;
        assert!(integrated(&under) - integrated(&over) > LOUDNESS, "{over:?} {under:?}");
        assert!((loudest(&under).unwrap() - loudest(&over).unwrap()).abs() < 0.01);
        let soft = measured(gate, 0.85);
        assert!(loudest(&over).unwrap() - loudest(&soft).unwrap() > LOUDNESS);
    }

    #[test]
    fn something_else_has_no_place() {
        let excerpt =
            AudioExcerpt { start: Frames(10_000), samples: noise(1).take(EXCERPT_FRAMES).collect() };
        let mut search = LagSearch::new(&excerpt, 1).unwrap();
        search.push(0, &[&noise(2).take(40_000).collect::<Vec<_>>()]);
        assert_eq!(search.lag(), None);
    }
}
