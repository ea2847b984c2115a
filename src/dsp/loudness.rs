//! Loudness according to ITU-R BS.1770-5: K-weighting, blocks of 400 ms, and gating.

use std::f64::consts::PI;

use crate::dsp::biquad::Coefficients;
use crate::unit::{Lufs, SampleRate};

/// Cancels the gain of the K-weighting at 997 Hz, in dB (BS.1770-5, annex 1).
const OFFSET: f64 = -0.691;
/// The frequency of the calibration tone, whose loudness equals its level (BS.1770-5, annex 1).
const CALIBRATION_HZ: f64 = 997.0;
/// Blocks at or below this loudness are silence (BS.1770-5, annex 1).
const ABSOLUTE_GATE: f64 = -70.0;
/// Blocks this far or further below the mean of the blocks above the absolute gate are pauses (BS.1770-5, annex 1).
const RELATIVE_GATE: f64 = -10.0;
/// A gating block is this many hops long, so blocks overlap by 75 % (BS.1770-5, annex 1).
pub(crate) const HOPS_A_BLOCK: usize = 4;

/// The loudness of a mean K-weighted energy, summed over the channels with their weights; `None` for silence.
pub fn loudness_of(energy: f64) -> Option<Lufs> {
    (energy > 0.0).then(|| Lufs(OFFSET + 10.0 * energy.log10()))
}

/// The inverse of [`loudness_of`].
pub fn energy_of(loudness: Lufs) -> f64 {
    10f64.powf((loudness.0 - OFFSET) / 10.0)
}

/// The two stages of the K-weighting for one rate: the shelf for the effect of the head, and the RLB high-pass.
///
/// BS.1770-5 gives coefficients for 48 kHz and asks for the same response at other rates. At those, the filter is
/// scaled so that its gain at 997 Hz, the calibration tone, is the same as at 48 kHz.
fn k_weighting(rate: SampleRate) -> [Coefficients; 2] {
    let at_calibration = |stages: &[Coefficients; 2], rate| -> f64 {
        stages.iter().map(|stage| stage.magnitude(rate, CALIBRATION_HZ)).product()
    };
    let mut stages = prototypes(rate);
    let reference = prototypes(SampleRate::DEFAULT);
    let scale = at_calibration(&reference, SampleRate::DEFAULT) / at_calibration(&stages, rate);
    let pass = &mut stages[1];
    (pass.b0, pass.b1, pass.b2) = (pass.b0 * scale, pass.b1 * scale, pass.b2 * scale);
    stages
}

/// The analogue prototypes of the published coefficients, through the bilinear transform: a shelf of 3.99984 dB at
/// 1681.97 Hz with Q 0.70718, a high-pass at 38.1355 Hz with Q 0.50033 (B. De Man, "Evaluation of implementations of
/// the EBU R128 loudness measurement", AES 2018). The published numerator of the high-pass is 1, -2, 1.
fn prototypes(rate: SampleRate) -> [Coefficients; 2] {
    // A rate too low for the corner frequency is not a real recording, but a file may declare it.
    let bent = |hz: f64| (PI * (hz / rate.as_f64()).min(0.49)).tan();
    let (k, q) = (bent(1_681.974_450_955_533), 0.707_175_236_955_419_6);
    let high = 10f64.powf(3.999_843_853_973_347 / 20.0);
    let middle = high.powf(0.499_666_774_154_541_6);
    let a0 = 1.0 + k / q + k * k;
    let shelf = Coefficients {
        b0: (high + middle * k / q + k * k) / a0,
        b1: 2.0 * (k * k - high) / a0,
        b2: (high - middle * k / q + k * k) / a0,
        a1: 2.0 * (k * k - 1.0) / a0,
        a2: (1.0 - k / q + k * k) / a0,
    };
    let (k, q) = (bent(38.135_470_876_024_44), 0.500_327_037_323_877_3);
    let a0 = 1.0 + k / q + k * k;
    let (a1, a2) = (2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0);
    [shelf, Coefficients { b0: 1.0, b1: -2.0, b2: 1.0, a1, a2 }]
}

/// The K-weighting filter of one channel.
pub type KWeighting = KWeightingOf<1>;

/// The K-weighting filters of several channels side by side, which cost hardly more than one.
///
/// Direct form I in f64: one pass through memory, with the shortest chain of dependencies between frames.
#[derive(Clone, Debug)]
pub struct KWeightingOf<const CHANNELS: usize> {
    stages: [Coefficients; 2],
    /// The last two samples before, between and after the two stages, latest first.
    history: [[[f64; CHANNELS]; 2]; 3],
}

impl<const CHANNELS: usize> KWeightingOf<CHANNELS> {
    pub fn new(rate: SampleRate) -> Self {
        Self { stages: k_weighting(rate), history: [[[0.0; CHANNELS]; 2]; 3] }
    }

    /// Clears the state.
    pub fn reset(&mut self) {
        self.history = [[[0.0; CHANNELS]; 2]; 3];
    }

    /// Filters the samples and adds their squares to `energy`, in order, so that splitting the input into blocks
    /// changes no bit.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn add_energy(&mut self, planes: [&[f32]; CHANNELS], energy: &mut [f64; CHANNELS]) {
        let frames = planes[0].len();
        let planes = planes.map(|plane| &plane[..frames]);
        let [shelf, pass] = self.stages;
        let [[mut x1, mut x2], [mut y1, mut y2], [mut z1, mut z2]] = self.history;
        let mut sum = *energy;
        #[allow(clippy::needless_range_loop, reason = "frame runs over all planes at once")]
        for frame in 0..frames {
            for c in 0..CHANNELS {
                let x = f64::from(planes[c][frame]);
                // The older terms are summed first, so that the newest sample waits for only one product.
                let y = (shelf.b0 * x + shelf.b1 * x1[c] + shelf.b2 * x2[c] - shelf.a2 * y2[c])
                    - shelf.a1 * y1[c];
                let z = ((y + y2[c] - 2.0 * y1[c]) * pass.b0 - pass.a2 * z2[c]) - pass.a1 * z1[c];
                sum[c] += z * z;
                (x2[c], x1[c]) = (x1[c], x);
                (y2[c], y1[c]) = (y1[c], y);
                (z2[c], z1[c]) = (z1[c], z);
            }
        }
        self.history = [[x1, x2], [y1, y2], [z1, z2]];
        *energy = sum;
    }

    /// Clears the state when it has decayed far below anything audible, before it becomes subnormal, which would slow
    /// down arithmetic. Call it at frames that do not depend on how the input is split into blocks.
    pub fn settle(&mut self) {
        for stage in &mut self.history {
            if stage.as_flattened().iter().all(|x| x.abs() < 1e-100) {
                *stage = [[0.0; CHANNELS]; 2];
            }
        }
    }
}

/// The energies of the blocks of a clip, as input for [`gated`] and [`momentary_max`].
///
/// The clip counts as sent equally to left and right. A block is the mean of four hops of [`SampleRate::hop`] frames.
/// There is one block per hop, from the one that ends with the clip's first hop to the last that overlaps the clip;
/// the clip is surrounded by silence. An empty clip has no blocks.
pub fn clip_blocks(mono: &[f32], rate: SampleRate) -> Vec<f64> {
    let hop = rate.hop();
    let mut filter = KWeighting::new(rate);
    let mut hops = vec![0.0; HOPS_A_BLOCK - 1];
    let silence = vec![0.0; hop];
    let mut add = |parts: [&[f32]; 2]| {
        let mut energy = [0.0];
        for part in parts {
            filter.add_energy([part], &mut energy);
        }
        filter.settle();
        // Left and right: twice the energy of one.
        hops.push(2.0 * energy[0] / (HOPS_A_BLOCK * hop) as f64);
    };
    for part in mono.chunks(hop) {
        add([part, &silence[part.len()..]]);
    }
    if !mono.is_empty() {
        (1..HOPS_A_BLOCK).for_each(|_| add([&silence, &[]]));
    }
    hops.windows(HOPS_A_BLOCK).map(|block| block.iter().sum()).collect()
}

/// The gated loudness of the blocks of one or many clips: blocks at or below −70 LUFS are dropped, then those 10 LU
/// or more below the mean of the rest; the result is the loudness of the mean of the remaining ones. `None` if none
/// remain.
pub fn gated<'a>(blocks: impl IntoIterator<Item = &'a f64, IntoIter: Clone>) -> Option<Lufs> {
    let blocks = blocks.into_iter();
    let sounding = mean_above(blocks.clone(), Lufs(ABSOLUTE_GATE))?;
    let threshold = loudness_of(sounding)?.0 + RELATIVE_GATE;
    loudness_of(mean_above(blocks, Lufs(threshold.max(ABSOLUTE_GATE)))?)
}

/// The mean of the energies above a loudness; `None` if there are none.
pub(crate) fn mean_above<'a>(blocks: impl Iterator<Item = &'a f64>, threshold: Lufs) -> Option<f64> {
    let least = energy_of(threshold);
    let (sum, count) = blocks.filter(|&&energy| energy > least).fold((0.0, 0u64), |(s, n), e| (s + e, n + 1));
    (count > 0).then(|| sum / count as f64)
}

/// The loudness of the loudest block, ungated; `None` if all are silent.
pub fn momentary_max<'a>(blocks: impl IntoIterator<Item = &'a f64>) -> Option<Lufs> {
    loudness_of(blocks.into_iter().copied().fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use ebur128::{Channel, EbuR128, Mode};

    use super::*;

    fn rate(hz: u32) -> SampleRate {
        SampleRate::of_file(hz).unwrap()
    }

    fn tone(hz: f64, dbfs: f64, seconds: f64, rate: SampleRate) -> Vec<f32> {
        let amplitude = 10f64.powf(dbfs / 20.0);
        let frames = (seconds * rate.as_f64()) as usize;
        (0..frames).map(|n| (amplitude * (TAU * hz * n as f64 / rate.as_f64()).sin()) as f32).collect()
    }

    /// Bursts of noise of several levels with silence between, deterministic.
    fn bursts(frames: usize) -> Vec<f32> {
        let mut state = 1u64;
        (0..frames)
            .map(|n| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let noise = (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
                noise * [0.3, 0.0, 0.05, 0.5, 0.0, 0.001, 0.1][n / 20_000 % 7]
            })
            .collect()
    }

    #[test]
    fn the_printed_coefficients_come_back_at_48_khz() {
        let [shelf, pass] = k_weighting(SampleRate::DEFAULT);
        let found =
            [shelf.b0, shelf.b1, shelf.b2, shelf.a1, shelf.a2, pass.b0, pass.b1, pass.b2, pass.a1, pass.a2];
        // BS.1770-5, annex 1, tables 1 and 2.
        let printed = [
            1.535_124_859_586_97,
            -2.691_696_189_406_38,
            1.198_392_810_852_85,
            -1.690_659_293_182_41,
            0.732_480_774_215_85,
            1.0,
            -2.0,
            1.0,
            -1.990_047_454_833_98,
            0.990_072_250_366_21,
        ];
        for (found, printed) in found.iter().zip(printed) {
            assert!((found - printed).abs() < 1e-12, "{found} {printed}");
        }
    }

    #[test]
    fn every_rate_weighs_alike() {
        let gain =
            |hz, rate| k_weighting(rate).iter().map(|stage| stage.magnitude(rate, hz)).product::<f64>();
        for (other, top) in [(22_050, 2_000.0), (44_100, 10_000.0), (96_000, 10_000.0), (192_000, 10_000.0)] {
            for hz in [30.0, 100.0, 400.0, 997.0, 2_000.0, 5_000.0, 10_000.0] {
                let ratio = 20.0 * (gain(hz, rate(other)) / gain(hz, SampleRate::DEFAULT)).log10();
                assert!(hz > top || ratio.abs() < 0.1, "{other}: {hz} Hz is off by {ratio} dB");
            }
        }
        for other in [8_000, 11_025, 44_056, 384_000] {
            assert!((20.0 * gain(997.0, rate(other)).log10() + OFFSET).abs() < 0.001, "{other}");
        }
    }

    #[test]
    fn a_tone_of_997_hz_reads_its_level_when_sent_to_left_and_right() {
        for hz in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000] {
            let blocks = clip_blocks(&tone(997.0, -20.0, 3.0, rate(hz)), rate(hz));
            let loudness = gated(&blocks[3..30]).unwrap();
            assert!((loudness.0 + 20.0).abs() < 0.05, "{hz}: {loudness}");
            assert!((momentary_max(&blocks).unwrap().0 + 20.0).abs() < 0.06);
        }
    }

    #[test]
    fn blocks_begin_three_hops_early_and_end_with_the_last_that_touches_the_clip() {
        let hop = SampleRate::DEFAULT.hop();
        for (frames, blocks) in [(0, 0), (1, 4), (hop, 4), (hop + 1, 5), (10 * hop, 13)] {
            assert_eq!(clip_blocks(&vec![0.1; frames], SampleRate::DEFAULT).len(), blocks, "{frames} frames");
        }
        // One frame: its energy is in all four blocks that hold its hop, and the ring of the filter after it.
        let click = clip_blocks(&[1.0], SampleRate::DEFAULT);
        assert!(
            click[0] > 0.0 && click.windows(2).all(|pair| pair[1] >= pair[0] && pair[1] < pair[0] * 1.001)
        );
    }

    #[test]
    fn gates_drop_silence_and_pauses() {
        let loud = energy_of(Lufs(-20.0));
        assert!((gated(&[loud, loud, energy_of(Lufs(-75.0)), 0.0]).unwrap().0 + 20.0).abs() < 1e-9);
        // The mean of -20 and -26 is -22.04, so a block at -33 is dropped and one at -31.9 is kept.
        let near = |quiet: f64| gated(&[loud, energy_of(Lufs(-26.0)), energy_of(Lufs(quiet))]).unwrap().0;
        assert!((near(-34.0) - near(-60.0)).abs() < 1e-9 && near(-32.0) < near(-34.0) - 1.0);
        assert_eq!(gated(&[]), None);
        assert_eq!(gated(&[0.0, energy_of(Lufs(-70.1))]), None);
        assert_eq!(momentary_max(&[0.0]), None);
    }

    #[test]
    fn the_blocks_of_a_clip_agree_with_another_meter_on_the_padded_clip() {
        let clip = bursts(480_000);
        let ours = gated(&clip_blocks(&clip, SampleRate::DEFAULT)).unwrap();
        let mut other = EbuR128::new(1, 48_000, Mode::I).unwrap();
        other.set_channel(0, Channel::DualMono).unwrap();
        // Three hops before and four after make the other meter see the same blocks.
        let padded = [vec![0.0; 14_400], clip, vec![0.0; 19_200]].concat();
        other.add_frames_f32(&padded).unwrap();
        assert!((ours.0 - other.loudness_global().unwrap()).abs() < 1e-4, "{ours:?}");
    }

    #[test]
    fn two_channels_side_by_side_weigh_as_each_alone_however_they_are_cut() {
        let left = bursts(50_000);
        let right: Vec<f32> = left.iter().rev().map(|x| x * 0.3).collect();
        let mut energy = [0.0; 2];
        let mut both = KWeightingOf::<2>::new(SampleRate::DEFAULT);
        for start in (0..50_000).step_by(3_333) {
            let end = (start + 3_333).min(50_000);
            both.add_energy([&left[start..end], &right[start..end]], &mut energy);
        }
        for (plane, energy) in [left, right].iter().zip(energy) {
            let mut alone = [0.0];
            KWeighting::new(SampleRate::DEFAULT).add_energy([plane], &mut alone);
            assert_eq!(alone[0], energy);
        }
    }

    #[test]
    fn a_reset_filter_is_a_new_one_and_a_long_silence_empties_it() {
        let mut filter = KWeighting::new(SampleRate::DEFAULT);
        let (mut energy, mut again) = ([0.0], [0.0]);
        filter.add_energy([&[0.5; 99]], &mut energy);
        filter.reset();
        filter.add_energy([&[0.5; 99]], &mut again);
        assert_eq!(energy, again);
        for _ in 0..300 {
            filter.add_energy([&[0.0; 480]], &mut energy);
            filter.settle();
        }
        assert_eq!(filter.history, [[[0.0]; 2]; 3]);
    }
}
