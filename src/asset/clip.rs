//! Turns a decoded recording into a clip that can be placed: mono, trimmed to its speech, at the render rate.
//!
//! Levels stay as recorded: gains are facts next to the samples and are applied in the mix.

use thiserror::Error;

use super::clip_chain::treat;
use crate::audio::Buffer;
use crate::dsp::speech::{Speech, find_speech};
use crate::dsp::voice::fitting::Fitting;
use crate::dsp::voice::room_noise::RoomNoise;
use crate::dsp::voice::tone::SpectralBalance;
use crate::facts::ChainEffects;
use crate::script::voice::Chain;
use crate::unit::{Frames, SampleRate};

/// The version of decoding and preparing clips, part of every cache key of a clip. Raised only when samples, cut
/// points or onsets change.
pub const SOUND_VERSION: u32 = 9;

/// Resamples mono samples: n become `(n · to).div_ceil(from)`, without any shift in time.
pub type Resample<'a, E> = &'a mut dyn FnMut(Vec<f32>, SampleRate, SampleRate) -> Result<Vec<f32>, E>;

/// A prepared clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    pub samples: Vec<f32>,
    pub rate: SampleRate,
    /// Where the voice begins, in frames at `rate` from the first sample. On a grid this frame is placed on the beat.
    /// Zero where the chain is off.
    pub onset: Frames,
    /// The islands of speech, in frames at `rate` from the first sample.
    pub islands: Vec<(Frames, Frames)>,
    /// The first frame of the recording that was kept, at its own rate.
    pub in_point: Frames,
    /// The frame after the last one that was kept, at the recording's own rate.
    pub out_point: Frames,
    pub source_rate: SampleRate,
    /// Its bass and treble as recorded; the default value where the chain does not use them.
    pub balance: SpectralBalance,
    /// How far each s is over its vowels before it was lowered, in dB.
    pub sibilants: Vec<f32>,
    /// The background noise in its pauses.
    pub room: Option<RoomNoise>,
    pub effects: ChainEffects,
}

/// How a clip is processed: the chain of its voice, and what fits it to the other clips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Treatment {
    pub chain: Chain,
    pub fitting: Fitting,
}

impl From<Chain> for Treatment {
    fn from(chain: Chain) -> Self {
        Self { chain, fitting: Fitting::default() }
    }
}

impl Prepared {
    /// The whole clip as one [`Speech`], to cut it into beats; in frames at [`rate`](Self::rate).
    pub fn speech(&self) -> Speech {
        let islands = self.islands.iter().map(|(from, to)| (from.index(), to.index())).collect();
        Speech { start: 0, onset: self.onset.index(), end: self.samples.len(), islands }
    }
}

/// Why a recording cannot be used as a clip. The messages continue a sentence that begins with the name of the file,
/// which the caller knows.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ClipError<E> {
    /// Only silence or background noise.
    #[error("contains no speech, only silence; record the phrase again")]
    Silent,
    /// More than two channels.
    #[error("has {channels} channels, but a voice must be mono or stereo; export it as mono")]
    Channels { channels: usize },
    #[error("cannot be resampled: {0}")]
    Resample(E),
}

/// The longest fades at the edges, in seconds. They lie in the padding, never in the speech.
const FADE_IN: f64 = 0.008;
const FADE_OUT: f64 = 0.030;
/// The shortest fade, in seconds: enough to avoid a click where a sound begins or ends with the file.
const LEAST_FADE: f64 = 0.002;

/// Prepares a decoded recording. If the chain is off, speech is only searched for if `islands` are wanted; the
/// samples are the same either way.
///
/// # Errors
/// [`ClipError`] for a silent recording (unless the chain is off), one of more than two channels, or when the
/// resampler fails.
pub fn prepare<E>(
    decoded: Buffer,
    treatment: Treatment,
    islands: bool,
    rate: SampleRate,
    resample: Resample<'_, E>,
) -> Result<Prepared, ClipError<E>> {
    let source_rate = decoded.rate();
    let mut mono = mix_to_mono(decoded)?;
    let (mut balance, mut room, mut effects) = (SpectralBalance::default(), None, ChainEffects::default());
    let mut sibilants = Vec::new();
    let speech = match treatment.chain {
        Chain::Speech(stages) => {
            remove_offset(&mut mono);
            let treated = treat(&mut mono, source_rate, &stages, treatment.fitting);
            let treated = treated.ok_or(ClipError::Silent)?;
            (balance, room, effects) = (treated.balance, treated.room, treated.effects);
            sibilants = treated.sibilants;
            treated.speech
        }
        Chain::Off => whole(islands.then(|| find_speech(&mono, source_rate)).flatten(), mono.len()),
    };
    if treatment.chain.is_on() {
        mono.truncate(speech.end);
        mono.drain(..speech.start);
        fade_edges(&mut mono, &speech, source_rate);
    }
    let samples = if rate == source_rate {
        mono
    } else {
        resample(mono, source_rate, rate).map_err(ClipError::Resample)?
    };
    let last = Frames(samples.len() as u64);
    let convert = |frame: usize| at_rate(frame - speech.start, source_rate, rate).min(last);
    Ok(Prepared {
        onset: convert(speech.onset),
        islands: speech.islands.iter().map(|(from, to)| (convert(*from), convert(*to))).collect(),
        in_point: Frames(speech.start as u64),
        out_point: Frames(speech.end as u64),
        samples,
        rate,
        source_rate,
        balance,
        sibilants,
        room,
        effects,
    })
}

/// A clip that is not trimmed. Its islands are still used to cut it into beats.
fn whole(found: Option<Speech>, frames: usize) -> Speech {
    let islands = found.map_or_else(|| vec![(0, frames)], |speech| speech.islands);
    Speech { start: 0, onset: 0, end: frames, islands }
}

/// Converts a frame number to another rate; halves round up.
fn at_rate(frame: usize, from: SampleRate, to: SampleRate) -> Frames {
    let (frame, from, to) = (frame as u128, u128::from(from.hz()), u128::from(to.hz()));
    Frames(((2 * frame * to + from) / (2 * from)) as u64)
}

/// How far one of two channels is below the other when it is taken to be silent, in dB.
const SILENT_CHANNEL: f64 = 40.0;
/// How far the mix of two channels is below their mean power when they are taken to be in opposite phase, in dB.
const CANCELLED: f64 = 20.0;

/// Mixes one or two channels to mono. Two are averaged, unless one is silent, which would lose 6 dB, or they have
/// opposite polarity and would cancel. In those cases the louder channel is used.
fn mix_to_mono<E>(decoded: Buffer) -> Result<Vec<f32>, ClipError<E>> {
    let channels = decoded.channels();
    let mut planes = decoded.into_planes();
    match channels {
        1 => Ok(planes.swap_remove(0)),
        2 => Ok(mix_two(&planes[0], &planes[1])),
        _ => Err(ClipError::Channels { channels }),
    }
}

pub(super) fn mix_two(left: &[f32], right: &[f32]) -> Vec<f32> {
    let (in_left, in_right) = (energy(left.iter().copied()), energy(right.iter().copied()));
    let mix = left.iter().zip(right).map(|(l, r)| f32::midpoint(*l, *r));
    let (weak, strong) = (in_left.min(in_right), in_left.max(in_right));
    let one_is_silent = weak < strong * 10f64.powf(-SILENT_CHANNEL / 10.0);
    let cancelled = energy(mix.clone()) < 0.5 * (in_left + in_right) * 10f64.powf(-CANCELLED / 10.0);
    if !(one_is_silent || cancelled) {
        mix.collect()
    } else if in_left >= in_right {
        left.to_vec()
    } else {
        right.to_vec()
    }
}

/// The energy of a channel without its DC offset.
fn energy(samples: impl Iterator<Item = f32> + Clone) -> f64 {
    let mean = mean(samples.clone());
    samples.map(|sample| (f64::from(sample) - mean).powi(2)).sum()
}

fn mean(samples: impl Iterator<Item = f32>) -> f64 {
    let (sum, count) = samples.fold((0.0, 0u64), |(sum, count), x| (sum + f64::from(x), count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}

fn remove_offset(samples: &mut [f32]) {
    let offset = mean(samples.iter().copied());
    for sample in samples {
        *sample = (f64::from(*sample) - offset) as f32;
    }
}

/// Fades both edges of a trimmed clip, as far as the padding allows.
fn fade_edges(clip: &mut [f32], speech: &Speech, rate: SampleRate) {
    let frames = |seconds: f64| (seconds * rate.as_f64()).round() as usize;
    let first = speech.islands.first().map_or(speech.onset, |island| island.0);
    let last = speech.islands.last().map_or(speech.end, |island| island.1);
    let before = (first - speech.start).clamp(frames(LEAST_FADE), frames(FADE_IN)).min(clip.len());
    let after = (speech.end - last).clamp(frames(LEAST_FADE), frames(FADE_OUT)).min(clip.len());
    fade(clip[..before].iter_mut());
    fade(clip.iter_mut().rev().take(after));
}

/// A raised cosine from 0 to 1: (1 − cos(π·(n + ½)/N)) / 2.
fn fade<'a>(samples: impl ExactSizeIterator<Item = &'a mut f32>) {
    let step = std::f64::consts::PI / samples.len() as f64;
    for (n, sample) in samples.enumerate() {
        *sample *= (0.5 - 0.5 * ((n as f64 + 0.5) * step).cos()) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::voice::Stages;

    const RATE: SampleRate = SampleRate::DEFAULT;
    const OFF: Chain = Chain::Off;
    /// Cut, faded, and nothing else.
    fn speech() -> Chain {
        Chain::Speech(Stages::none())
    }

    /// A stand-in that keeps the promise of length and place: straight lines between samples.
    fn lines(mono: &[f32], from: SampleRate, to: SampleRate) -> Vec<f32> {
        let length = (mono.len() as u64 * u64::from(to.hz())).div_ceil(u64::from(from.hz()));
        let step = from.as_f64() / to.as_f64();
        (0..length)
            .map(|n| {
                let at = n as f64 * step;
                let (one, share) = (at as usize, at.fract() as f32);
                let next = mono.get(one + 1).copied().unwrap_or(mono[one]);
                mono[one] * (1.0 - share) + next * share
            })
            .collect()
    }

    fn run(planes: Vec<Vec<f32>>, chain: Chain, hz: u32) -> Result<Prepared, ClipError<String>> {
        let mut resample = |mono: Vec<f32>, from, to| Ok(lines(&mono, from, to));
        prepare(
            Buffer::from_planes(RATE, planes),
            chain.into(),
            true,
            SampleRate::new(hz).unwrap(),
            &mut resample,
        )
    }

    /// One second of silence, one of a tone, one of silence.
    fn tone(level: f32) -> Vec<f32> {
        (0..144_000)
            .map(|n| if (48_000..96_000).contains(&n) { level * (n as f32 * 0.05).sin() } else { 0.0 })
            .collect()
    }

    #[test]
    fn a_clip_is_cut_to_its_speech_and_stays_in_its_place() {
        let clip = run(vec![tone(0.1)], speech(), 48_000).unwrap();
        assert_eq!(clip.samples.len() as u64, (clip.out_point - clip.in_point).0);
        assert!((40_000..45_500).contains(&clip.in_point.0), "{:?}", clip.in_point);
        assert!((102_000..109_000).contains(&clip.out_point.0), "{:?}", clip.out_point);
        assert!((clip.in_point + clip.onset).0.abs_diff(48_000) < 100);
        let original = &tone(0.1)[clip.in_point.index()..clip.out_point.index()];
        let worst = clip.samples.iter().zip(original).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "only the mean of the clip is taken off: {worst}");
    }

    #[test]
    fn places_follow_the_rate() {
        let here = run(vec![tone(0.1)], speech(), 48_000).unwrap();
        for hz in [8_000, 44_100, 96_000] {
            let there = run(vec![tone(0.1)], speech(), hz).unwrap();
            assert_eq!(
                there.samples.len() as u64,
                (here.samples.len() as u64 * u64::from(hz)).div_ceil(48_000)
            );
            let expected = here.onset.0 as f64 * f64::from(hz) / 48_000.0;
            assert!((there.onset.0 as f64 - expected).abs() <= 0.5);
            assert_eq!((there.in_point, there.source_rate), (here.in_point, RATE));
            let speech = there.speech();
            assert!(speech.islands.iter().all(|(from, to)| from < to && *to <= speech.end));
        }
    }

    #[test]
    fn the_chain_that_is_off_changes_nothing() {
        let mut samples = tone(0.1);
        for sample in &mut samples {
            *sample += 0.01;
        }
        let clip = run(vec![samples.clone()], OFF, 48_000).unwrap();
        assert_eq!(clip.samples, samples);
        assert_eq!((clip.onset, clip.in_point, clip.out_point), (Frames(0), Frames(0), Frames(144_000)));
        assert_eq!(clip.islands.len(), 1);
        assert_eq!(run(vec![vec![0.0; 500]], OFF, 48_000).unwrap().samples, vec![0.0; 500]);
    }

    #[test]
    fn an_offset_is_taken_off_and_the_edges_are_faded() {
        let shifted: Vec<f32> = tone(0.1).iter().map(|x| x + 0.2).collect();
        let clip = run(vec![shifted], speech(), 48_000).unwrap();
        assert!(clip.samples[0].abs() < 1e-4 && clip.samples[clip.samples.len() - 1].abs() < 1e-4);
        // Full from edge to edge: the fades are short, and the sound itself stays.
        let full: Vec<f32> = (0..48_000).map(|n| 0.1 * (n as f32 * 0.05 + 1.5).sin()).collect();
        let clip = run(vec![full.clone()], speech(), 48_000).unwrap();
        assert_eq!(clip.samples.len(), 48_000);
        assert!(clip.samples[0].abs() < 1e-3);
        assert!(
            (clip.samples[200] - full[200]).abs() < 1e-3
                && (clip.samples[47_800] - full[47_800]).abs() < 1e-3
        );
    }

    #[test]
    fn two_channels_become_one_without_loss() {
        let (voice, silence) = (tone(0.1), vec![0.0; 144_000]);
        let upside_down: Vec<f32> = voice.iter().map(|x| -x).collect();
        let faint: Vec<f32> = voice.iter().map(|x| x * 0.009 + 0.05).collect();
        let mono = run(vec![voice.clone()], OFF, 48_000).unwrap().samples;
        for planes in [
            vec![voice.clone(), voice.clone()],
            vec![voice.clone(), silence.clone()],
            vec![silence.clone(), voice.clone()],
            vec![voice.clone(), upside_down],
            vec![voice.clone(), faint],
        ] {
            assert_eq!(run(planes, OFF, 48_000).unwrap().samples, mono);
        }
        let half: Vec<f32> = voice.iter().map(|x| x * 0.5).collect();
        let mixed = run(vec![voice.clone(), half], OFF, 48_000).unwrap().samples;
        assert!(mixed.iter().zip(&voice).all(|(a, b)| (a - 0.75 * b).abs() < 1e-6));
    }

    #[test]
    fn what_makes_no_clip_says_why() {
        assert_eq!(run(vec![vec![0.0; 48_000]], speech(), 48_000).unwrap_err(), ClipError::Silent);
        let surround = vec![tone(0.1); 6];
        assert_eq!(run(surround, speech(), 48_000).unwrap_err(), ClipError::Channels { channels: 6 });
        let broken = prepare(
            Buffer::from_planes(RATE, vec![tone(0.1)]),
            speech().into(),
            true,
            SampleRate::new(44_100).unwrap(),
            &mut |_, _, _| Err("no"),
        );
        assert_eq!(broken.unwrap_err(), ClipError::Resample("no"));
    }
}
