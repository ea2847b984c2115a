//! A streaming meter for whole files: loudness according to EBU R 128 (Tech 3341, Tech 3342) and peaks.

use std::collections::VecDeque;

use crate::dsp::loudness::{HOPS_A_BLOCK, KWeightingOf, energy_of, gated, loudness_of, mean_above};
use crate::dsp::true_peak::TruePeak;
use crate::unit::{Db, Gain, Lufs, SampleRate};

/// A hop has this many steps of 10 ms, so that the maximum momentary loudness finds a burst of 400 ms at any position
/// (Tech 3341, case 13).
const STEPS_A_HOP: usize = 10;
/// Short-term loudness covers this many hops: 3 s (Tech 3341).
const SHORT_TERM_HOPS: usize = 30;
/// How far below the mean a value still counts for the loudness range (Tech 3342).
const RANGE_GATE: Db = Db(20.0);
/// The weight of a surround channel, about +1.5 dB (BS.1770-5, annex 1).
const SURROUND: f64 = 1.41;

/// The measured values of a file. A value is `None` where it does not exist: silence has no loudness, and a file
/// shorter than a window has no maximum over that window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// Integrated loudness, gated.
    pub integrated: Option<Lufs>,
    /// Loudness range (LRA), in LU.
    pub range: Option<Db>,
    /// Maximum momentary loudness (400 ms), in steps of 10 ms.
    pub max_momentary: Option<Lufs>,
    /// Maximum short-term loudness (3 s), in steps of 10 ms.
    pub max_short_term: Option<Lufs>,
    /// The true peak of the loudest channel.
    pub true_peak: Gain,
    /// The largest sample of any channel.
    pub sample_peak: Gain,
}

/// Measures a file block by block. Splitting it into blocks differently changes nothing.
#[derive(Clone, Debug)]
pub struct Meter {
    loudness: LoudnessMeter,
    peaks: Vec<TruePeak>,
}

impl Meter {
    /// A meter at the start of a file, with channels as in [`LoudnessMeter`].
    ///
    /// # Panics
    /// If there are no channels.
    pub fn new(rate: SampleRate, channels: usize) -> Self {
        Self { loudness: LoudnessMeter::new(rate, channels), peaks: vec![TruePeak::new(rate); channels] }
    }

    /// Measures the next block, one slice per channel.
    ///
    /// # Panics
    /// If the slices differ in length, or their number is not that of the channels.
    pub fn push(&mut self, planes: &[&[f32]]) {
        self.loudness.push(planes);
        for (peak, plane) in self.peaks.iter_mut().zip(planes) {
            peak.push(plane);
        }
    }

    /// Makes the meter also store the mean energy of every step of 10 ms: 400 bytes per second.
    #[must_use]
    pub fn keeping_steps(mut self) -> Self {
        self.loudness.windows.kept = Some(Vec::new());
        self
    }

    /// The mean K-weighted energy of every complete step of 10 ms so far, as input for [`loudness_of`]; empty unless
    /// steps are stored.
    pub fn steps(&self) -> &[f32] {
        self.loudness.windows.kept.as_deref().unwrap_or_default()
    }

    /// The values measured so far. More blocks may follow.
    pub fn finish(&self) -> Measurement {
        let loudest = |peak: fn(&TruePeak) -> Gain| {
            Gain(self.peaks.iter().map(|channel| peak(channel).0).fold(0.0, f64::max))
        };
        let windows = &self.loudness.windows;
        Measurement {
            integrated: self.loudness.integrated(),
            range: windows.clone().range(),
            max_momentary: loudness_of(windows.max_momentary),
            max_short_term: loudness_of(windows.max_short_term),
            true_peak: loudest(TruePeak::peak),
            sample_peak: loudest(TruePeak::sample_peak),
        }
    }
}

/// Measures only loudness, which costs a fraction of measuring peaks too. Splitting a file into blocks differently
/// changes nothing.
///
/// One channel counts as sent equally to left and right. Two are left and right, three left, right and centre, four
/// left, right and two surrounds, five those with a centre. From six on the order is that of WAVE files: left, right,
/// centre, LFE (not counted), two surrounds; any others have the weight of front channels.
#[derive(Clone, Debug)]
pub struct LoudnessMeter {
    channels: usize,
    lanes: Vec<Lane>,
    windows: Windows,
    rate: SampleRate,
    /// The current step of the hop, and the number of frames it still lacks.
    step: usize,
    missing: usize,
}

impl LoudnessMeter {
    /// # Panics
    /// If there are no channels.
    pub fn new(rate: SampleRate, channels: usize) -> Self {
        assert!(channels > 0, "a sound has a channel");
        Self {
            channels,
            lanes: lanes(rate, channels),
            windows: Windows::new(rate),
            rate,
            step: 0,
            missing: step_frames(rate, 0),
        }
    }

    /// Measures the next block, one slice per channel.
    ///
    /// # Panics
    /// If the slices differ in length, or their number is not that of the channels.
    pub fn push(&mut self, planes: &[&[f32]]) {
        assert_eq!(planes.len(), self.channels, "one slice a channel");
        assert!(planes.iter().all(|plane| plane.len() == planes[0].len()), "slices are of one length");
        let mut start = 0;
        while start < planes[0].len() {
            let end = planes[0].len().min(start + self.missing);
            for lane in &mut self.lanes {
                lane.push(planes, start, end);
            }
            self.missing -= end - start;
            start = end;
            if self.missing == 0 {
                self.end_step();
            }
        }
    }

    /// The gated integrated loudness so far; `None` for silence.
    pub fn integrated(&self) -> Option<Lufs> {
        gated(&self.windows.blocks)
    }

    /// The maximum short-term loudness so far; `None` for silence, or before 3 s.
    pub fn max_short_term(&self) -> Option<Lufs> {
        loudness_of(self.windows.max_short_term)
    }

    fn end_step(&mut self) {
        let energy = self.lanes.iter_mut().map(Lane::take_energy).sum();
        self.windows.end_step(energy);
        self.step = (self.step + 1) % STEPS_A_HOP;
        // At a rate of a few Hz a step may have no frames; it then ends at once.
        self.missing = step_frames(self.rate, self.step);
        if self.missing == 0 {
            self.end_step();
        }
    }
}

/// The frames of one step; ten steps together are exactly a hop.
fn step_frames(rate: SampleRate, step: usize) -> usize {
    let boundary = |step: usize| rate.hop().max(1) * step / STEPS_A_HOP;
    boundary(step + 1) - boundary(step)
}

/// One or two channels that are filtered together.
#[derive(Clone, Debug)]
enum Lane {
    One { channel: usize, weight: f64, filter: KWeightingOf<1>, energy: [f64; 1] },
    Two { channels: [usize; 2], weight: f64, filter: KWeightingOf<2>, energy: [f64; 2] },
}

/// The counted channels, in pairs of equal weight where possible.
fn lanes(rate: SampleRate, channels: usize) -> Vec<Lane> {
    let one = |channel, weight| Lane::One { channel, weight, filter: KWeightingOf::new(rate), energy: [0.0] };
    let two = |left, weight| Lane::Two {
        channels: [left, left + 1],
        weight,
        filter: KWeightingOf::new(rate),
        energy: [0.0; 2],
    };
    match channels {
        // Sent to both left and right, so twice the energy.
        1 => vec![one(0, 2.0)],
        2 => vec![two(0, 1.0)],
        3 => vec![two(0, 1.0), one(2, 1.0)],
        4 => vec![two(0, 1.0), two(2, SURROUND)],
        5 => vec![two(0, 1.0), one(2, 1.0), two(3, SURROUND)],
        _ => {
            let others = (6..channels).map(|channel| one(channel, 1.0));
            [two(0, 1.0), one(2, 1.0), two(4, SURROUND)].into_iter().chain(others).collect()
        }
    }
}

impl Lane {
    fn push(&mut self, planes: &[&[f32]], start: usize, end: usize) {
        match self {
            Self::One { channel, filter, energy, .. } => {
                filter.add_energy([&planes[*channel][start..end]], energy);
            }
            Self::Two { channels, filter, energy, .. } => {
                filter.add_energy(channels.map(|channel| &planes[channel][start..end]), energy);
            }
        }
    }

    /// The weighted energy since the last call.
    fn take_energy(&mut self) -> f64 {
        match self {
            Self::One { weight, filter, energy, .. } => {
                filter.settle();
                *weight * std::mem::take(&mut energy[0])
            }
            Self::Two { weight, filter, energy, .. } => {
                filter.settle();
                let [left, right] = std::mem::take(energy);
                *weight * (left + right)
            }
        }
    }
}

/// The sliding windows of loudness over a sequence of steps, all as mean energies.
#[derive(Clone, Debug)]
struct Windows {
    hop: f64,
    steps: u64,
    /// The last ten steps; and, for each of the last 300 steps, the energy of the hop that ended with it.
    recent: VecDeque<f64>,
    hops: VecDeque<f64>,
    /// Momentary loudness at whole hops: the gating blocks.
    blocks: Vec<f64>,
    /// Short-term loudness at whole hops, for the range.
    short_terms: Vec<f64>,
    max_momentary: f64,
    max_short_term: f64,
    /// The mean energy of every step, if these are stored.
    kept: Option<Vec<f32>>,
}

impl Windows {
    fn new(rate: SampleRate) -> Self {
        Self {
            hop: rate.hop().max(1) as f64,
            steps: 0,
            recent: VecDeque::with_capacity(STEPS_A_HOP + 1),
            hops: VecDeque::with_capacity(SHORT_TERM_HOPS * STEPS_A_HOP + 1),
            blocks: Vec::new(),
            short_terms: Vec::new(),
            max_momentary: 0.0,
            max_short_term: 0.0,
            kept: None,
        }
    }

    fn end_step(&mut self, energy: f64) {
        self.steps += 1;
        if let Some(kept) = &mut self.kept {
            kept.push((energy * STEPS_A_HOP as f64 / self.hop) as f32);
        }
        keep(&mut self.recent, energy, STEPS_A_HOP);
        keep(&mut self.hops, self.recent.iter().sum(), SHORT_TERM_HOPS * STEPS_A_HOP);
        let whole_hop = self.steps.is_multiple_of(STEPS_A_HOP as u64);
        if let Some(momentary) = self.mean(HOPS_A_BLOCK) {
            self.max_momentary = self.max_momentary.max(momentary);
            if whole_hop {
                self.blocks.push(momentary);
            }
        }
        if let Some(short_term) = self.mean(SHORT_TERM_HOPS) {
            self.max_short_term = self.max_short_term.max(short_term);
            if whole_hop {
                self.short_terms.push(short_term);
            }
        }
    }

    /// The mean energy of the last `hops` hops, once there have been that many.
    fn mean(&self, hops: usize) -> Option<f64> {
        let steps = hops * STEPS_A_HOP;
        (self.steps >= steps as u64).then(|| {
            let sum: f64 = self.hops.iter().rev().step_by(STEPS_A_HOP).take(hops).sum();
            sum / (hops as f64 * self.hop)
        })
    }

    /// The loudness range (Tech 3342), over windows that lie within the sound: with silence counted after the end, as
    /// its section on files suggests, a steady tone of a few seconds would have a range.
    fn range(self) -> Option<Db> {
        let silence = Lufs(-70.0);
        let sounding = loudness_of(mean_above(self.short_terms.iter(), silence)?)?;
        let least = energy_of(sounding - RANGE_GATE).max(energy_of(silence));
        let mut kept: Vec<f64> = self.short_terms.into_iter().filter(|&energy| energy > least).collect();
        kept.sort_unstable_by(f64::total_cmp);
        let percentile = |share: f64| kept[((kept.len() - 1) as f64 * share).round() as usize];
        Some(loudness_of(percentile(0.95))? - loudness_of(percentile(0.10))?)
    }
}

fn keep(row: &mut VecDeque<f64>, value: f64, most: usize) {
    if row.len() == most {
        row.pop_front();
    }
    row.push_back(value);
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use ebur128::{EbuR128, Mode};

    use super::*;
    use proptest::prelude::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// A row of 1 kHz tones: seconds and level of each, None being silence.
    fn tones(parts: &[(f64, Option<f64>)]) -> Vec<f32> {
        // One period is 48 frames, so a table does for the sine.
        let period: Vec<f64> = (0..48).map(|n| (TAU * f64::from(n) / 48.0).sin()).collect();
        let mut signal = Vec::new();
        for (seconds, dbfs) in parts {
            let amplitude = dbfs.map_or(0.0, |db| 10f64.powf(db / 20.0));
            let frames = (seconds * 48_000.0).round() as usize;
            signal.extend((0..frames).map(|n| (amplitude * period[n % 48]) as f32));
        }
        signal
    }

    /// In phase on both sides.
    fn stereo(parts: &[(f64, Option<f64>)]) -> Measurement {
        let signal = tones(parts);
        let mut meter = Meter::new(RATE, 2);
        meter.push(&[&signal, &signal]);
        meter.finish()
    }

    fn assert_near(name: &str, found: Option<Lufs>, expected: f64) {
        let found = found.unwrap_or_else(|| panic!("{name}: no value"));
        assert!((found.0 - expected).abs() <= 0.1, "{name}: {} instead of {expected}", found.0);
    }

    #[test]
    fn tech_3341_cases_1_to_5_read_right() {
        for level in [-23.0, -33.0] {
            let read = stereo(&[(20.0, Some(level))]);
            assert_near("case 1, 2 I", read.integrated, level);
            assert_near("case 1, 2 M", read.max_momentary, level);
            assert_near("case 1, 2 S", read.max_short_term, level);
        }
        let (loud, quiet, faint) = (Some(-23.0), Some(-36.0), Some(-72.0));
        let read = stereo(&[(10.0, quiet), (60.0, loud), (10.0, quiet)]);
        assert_near("case 3", read.integrated, -23.0);
        let read = stereo(&[(10.0, faint), (10.0, quiet), (60.0, loud), (10.0, quiet), (10.0, faint)]);
        assert_near("case 4", read.integrated, -23.0);
        let read = stereo(&[(20.0, Some(-26.0)), (20.1, Some(-20.0)), (20.0, Some(-26.0))]);
        assert_near("case 5", read.integrated, -23.0);
    }

    #[test]
    fn tech_3341_case_6_weighs_the_surrounds() {
        let [front, centre, surround] = [-28.0, -24.0, -30.0].map(|level| tones(&[(20.0, Some(level))]));
        let mut meter = Meter::new(RATE, 5);
        meter.push(&[&front, &front, &centre, &surround, &surround]);
        assert_near("case 6", meter.finish().integrated, -23.0);
        let mut meter = Meter::new(RATE, 6);
        meter.push(&[&front, &front, &centre, &centre, &surround, &surround]);
        assert_near("case 6 with bass", meter.finish().integrated, -23.0);
    }

    /// The loudness of every window of a row once `seconds` have passed.
    fn windows_after(signal: &[f32], seconds: usize, hops: usize) -> Vec<f64> {
        let mut meter = Meter::new(RATE, 2);
        signal
            .chunks_exact(4_800)
            .enumerate()
            .filter_map(|(hop, part)| {
                meter.push(&[part, part]);
                (hop >= seconds * 10)
                    .then(|| loudness_of(meter.loudness.windows.mean(hops).unwrap()).unwrap().0)
            })
            .collect()
    }

    #[test]
    fn tech_3341_cases_9_and_12_stay_constant() {
        let row = tones(&[(1.34, Some(-20.0)), (1.66, Some(-30.0))].repeat(5));
        assert!(windows_after(&row, 3, SHORT_TERM_HOPS).iter().all(|x| (x + 23.0).abs() <= 0.1));
        let row = tones(&[(0.18, Some(-20.0)), (0.22, Some(-30.0))].repeat(25));
        assert!(windows_after(&row, 1, HOPS_A_BLOCK).iter().all(|x| (x + 23.0).abs() <= 0.1));
    }

    #[test]
    fn tech_3341_cases_10_and_13_find_the_burst_wherever_it_falls() {
        for i in 0..20 {
            let i = f64::from(i);
            let read = stereo(&[(i * 0.15, None), (3.0, Some(-23.0)), (1.0, None)]);
            assert_near(&format!("case 10, {i}"), read.max_short_term, -23.0);
            let read = stereo(&[(i * 0.02, None), (0.4, Some(-23.0)), (1.0, None)]);
            assert_near(&format!("case 13, {i}"), read.max_momentary, -23.0);
        }
    }

    #[test]
    fn tech_3341_cases_11_and_14_find_each_burst_in_turn() {
        let (mut short, mut brief) = (Meter::new(RATE, 2), Meter::new(RATE, 2));
        for i in 0..20 {
            let i = f64::from(i);
            let level = -38.0 + i;
            let row = tones(&[(i * 0.15, None), (3.0, Some(level)), (3.0 - i * 0.15, None)]);
            short.push(&[&row, &row]);
            assert_near(&format!("case 11, {i}"), short.finish().max_short_term, level);
            let row = tones(&[(i * 0.02, None), (0.4, Some(level)), (0.4 - i * 0.02, None)]);
            brief.push(&[&row, &row]);
            assert_near(&format!("case 14, {i}"), brief.finish().max_momentary, level);
        }
    }

    #[test]
    fn tech_3342_cases_1_to_4_have_their_range() {
        for (case, levels, range) in [
            (1, vec![-20.0, -30.0], 10.0),
            (2, vec![-20.0, -15.0], 5.0),
            (3, vec![-40.0, -20.0], 20.0),
            (4, vec![-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
        ] {
            let parts: Vec<_> = levels.into_iter().map(|level| (20.0, Some(level))).collect();
            let found = stereo(&parts).range.unwrap().0;
            assert!((found - range).abs() <= 1.0, "case {case}: {found}");
        }
    }

    #[test]
    fn a_steady_tone_has_no_range_however_short() {
        for seconds in [3.5, 5.0, 20.0] {
            let found = stereo(&[(seconds, Some(-20.0))]).range.unwrap().0;
            assert!(found.abs() < 0.01, "{seconds} s: {found}");
        }
    }

    /// Deterministic noise in bursts of a third of a second and of several levels.
    fn bursts(frames: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        (0..frames)
            .map(|n| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let noise = (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
                noise * [0.3, 0.02, 0.05, 0.5, 0.0, 0.001, 0.1][n / 16_000 % 7]
            })
            .collect()
    }

    #[test]
    fn another_meter_agrees_on_bursts_of_noise() {
        for hz in [44_100, 48_000] {
            let (left, right) = (bursts(480_000, 1), bursts(480_000, 2));
            let mut ours = Meter::new(SampleRate::new(hz).unwrap(), 2);
            ours.push(&[&left, &right]);
            let mut other = EbuR128::new(2, hz, Mode::I | Mode::LRA | Mode::SAMPLE_PEAK).unwrap();
            other.add_frames_planar_f32(&[&left, &right]).unwrap();
            let ours = ours.finish();
            assert!((ours.integrated.unwrap().0 - other.loudness_global().unwrap()).abs() < 0.01);
            // It takes a window each second, ours ten.
            assert!((ours.range.unwrap().0 - other.loudness_range().unwrap()).abs() < 1.0);
            let peak = other.sample_peak(0).unwrap().max(other.sample_peak(1).unwrap());
            assert_eq!(ours.sample_peak, Gain(peak));
            assert!(ours.true_peak > ours.sample_peak);
        }
    }

    #[test]
    fn one_channel_is_counted_as_left_and_right() {
        let signal = bursts(200_000, 3);
        let (mut mono, mut stereo) = (Meter::new(RATE, 1), Meter::new(RATE, 2));
        mono.push(&[&signal]);
        stereo.push(&[&signal, &signal]);
        assert_eq!(mono.finish(), stereo.finish());
    }

    #[test]
    fn where_there_is_no_value_there_is_none() {
        let empty = Meter::new(RATE, 2).finish();
        assert_eq!((empty.integrated, empty.range, empty.max_momentary), (None, None, None));
        assert_eq!((empty.true_peak, empty.sample_peak), (Gain::SILENCE, Gain::SILENCE));
        let silence = stereo(&[(5.0, None)]);
        assert_eq!((silence.integrated, silence.max_short_term, silence.range), (None, None, None));
        let short = stereo(&[(0.39, Some(-20.0))]);
        assert_eq!((short.integrated, short.max_momentary), (None, None));
        assert!(short.sample_peak.0 > 0.09);
        let crumb = SampleRate::of_file(7).unwrap();
        Meter::new(crumb, 1).push(&[&[0.1; 99]]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn cutting_changes_no_bit(cuts in prop::collection::vec(1..40_000usize, 1..8), hz in 8_000..50_000u32) {
            let rate = SampleRate::new(hz).unwrap();
            let frames = cuts.iter().sum();
            let (left, right) = (bursts(frames, 5), bursts(frames, 6));
            let (mut whole, mut parts) = (Meter::new(rate, 2), Meter::new(rate, 2));
            whole.push(&[&left, &right]);
            let mut start = 0;
            for cut in cuts {
                parts.push(&[&left[start..start + cut], &right[start..start + cut]]);
                start += cut;
            }
            prop_assert_eq!(whole.finish(), parts.finish());
        }
    }
}
