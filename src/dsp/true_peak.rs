//! The true peak: the highest value of the waveform between the samples, according to ITU-R BS.1770-5, annex 2.

use std::f64::consts::PI;

use crate::unit::{Gain, SampleRate};

/// Filter taps per interpolated value. The filter in the annex has 12; 24 keep the gain within 0.02 dB up to 0.41 of
/// the rate (20 kHz at 48 kHz), where 12 are 0.3 dB off.
pub(crate) const TAPS: usize = 24;
/// How many of those precede the sample just before the interpolated value.
pub(crate) const BEFORE: usize = TAPS / 2 - 1;
/// Frames processed together.
pub(crate) const CHUNK: usize = 64;
/// A chunk and the frames around it that its interpolation needs.
pub(crate) const SPAN: usize = CHUNK + TAPS - 1;

/// The oversampling factor of a true-peak meter: such that it gives 192 kHz (BS.1770-5, annex 2).
pub fn oversampling(rate: SampleRate) -> usize {
    match rate.hz() {
        0..96_000 => 4,
        96_000..192_000 => 2,
        _ => 1,
    }
}

/// Computes values between samples, and upper bounds for them.
///
/// Each value is the output of a windowed sinc (Kaiser, β = 6.25) over [`TAPS`] samples, scaled to a sum of one. The
/// bound: a value lies on the straight line between its two neighbours, except for a term that depends on the second
/// differences of the samples (by summation by parts). Most speech is so smooth that its samples alone rule out a
/// higher peak in between.
#[derive(Clone, Debug)]
pub(crate) struct Interpolator {
    phases: Vec<[f32; TAPS]>,
    /// The largest ratio of an interpolated value to the largest sample.
    overshoot: f32,
    /// The same for a straight line; barely more than 1.
    straight: f32,
    /// The factor of the largest second difference in the bound.
    bend: f32,
}

impl Interpolator {
    /// An interpolator of `factor` equally spaced values per frame, including the sample itself.
    pub(crate) fn new(factor: usize) -> Self {
        let mut interpolator = Self { phases: Vec::new(), overshoot: 1.0, straight: 1.0, bend: 0.0 };
        for place in (1..factor).map(|step| step as f64 / factor as f64) {
            let taps = taps(place);
            let (moment, bend) = residues(&taps, place);
            interpolator.phases.push(taps.map(|tap| tap as f32));
            let overshoot = taps.iter().map(|tap| tap.abs()).sum::<f64>();
            interpolator.overshoot = interpolator.overshoot.max(rounded_up(overshoot));
            interpolator.straight = interpolator.straight.max(rounded_up(1.0 + 2.0 * moment));
            interpolator.bend = interpolator.bend.max(rounded_up(bend));
        }
        interpolator
    }

    /// Whether the samples are so small that no value between them can exceed `limit`.
    pub(crate) fn is_quiet(&self, samples: &[f32], limit: f32) -> bool {
        sample_peak(samples) * self.overshoot <= limit
    }

    /// Whether no value among these samples can exceed `limit`, including rounding. Fast for quiet signals, and tight
    /// for smooth ones.
    pub(crate) fn stays_under(&self, window: &[f32; SPAN], limit: f32) -> bool {
        let peak = sample_peak(window);
        if peak * self.overshoot <= limit {
            return true;
        }
        if peak > limit {
            return false;
        }
        let mut bends = [0.0; SPAN - 2];
        for (bend, x) in bends.iter_mut().zip(window.windows(3)) {
            *bend = x[0] - 2.0 * x[1] + x[2];
        }
        peak * self.straight + sample_peak(&bends) * self.bend <= limit
    }

    /// For each frame of a chunk, which begins [`BEFORE`] frames into the window, the largest magnitude from that
    /// frame up to the next one.
    pub(crate) fn peaks(&self, window: &[f32; SPAN], peaks: &mut [f32; CHUNK]) {
        const LANES: usize = 16;
        for (lane, peaks) in peaks.chunks_exact_mut(LANES).enumerate() {
            let window = &window[lane * LANES..lane * LANES + LANES + TAPS - 1];
            for (peak, sample) in peaks.iter_mut().zip(&window[BEFORE..]) {
                *peak = sample.abs();
            }
            for phase in &self.phases {
                let mut values = [0.0; LANES];
                for (tap, samples) in phase.iter().zip(window.windows(LANES)) {
                    for (value, sample) in values.iter_mut().zip(samples) {
                        *value += tap * sample;
                    }
                }
                for (peak, value) in peaks.iter_mut().zip(values) {
                    *peak = peak.max(value.abs());
                }
            }
        }
    }
}

/// The filter for the value a fraction `place` of the way from one sample to the next.
fn taps(place: f64) -> [f64; TAPS] {
    const BETA: f64 = 6.25;
    let taps: [f64; TAPS] = std::array::from_fn(|k| {
        let t = k as f64 - BEFORE as f64 - place;
        let across = t / (TAPS / 2) as f64;
        (PI * t).sin() / (PI * t) * bessel(BETA * (1.0 - across * across).sqrt())
    });
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| tap / sum)
}

/// I₀, the modified Bessel function of the Kaiser window, by its power series.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    (1..40).fold(1.0, |sum, k| {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum + term
    })
}

/// How a filter differs from linear interpolation: the sums of the magnitudes of the weights of the first and second
/// differences (summation by parts, twice).
fn residues(taps: &[f64; TAPS], place: f64) -> (f64, f64) {
    let mut rest = *taps;
    rest[BEFORE] -= 1.0 - place;
    rest[BEFORE + 1] -= place;
    let (mut once, mut twice, mut bend) = (0.0, 0.0, 0.0);
    for tap in &rest[..TAPS - 1] {
        bend += f64::abs(twice);
        once += tap;
        twice += once;
    }
    (f64::abs(twice), bend)
}

/// Adds a margin for the rounding of f32 sums.
fn rounded_up(x: f64) -> f32 {
    (x * (1.0 + 2e-5)) as f32
}

/// The largest magnitude among samples.
pub(crate) fn sample_peak(samples: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [0f32; LANES];
    let (blocks, rest) = samples.as_chunks::<LANES>();
    for block in blocks {
        for (lane, sample) in lanes.iter_mut().zip(block) {
            *lane = if sample.abs() > *lane { sample.abs() } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// Measures the true peak of one channel, block by block. Splitting it into blocks differently changes nothing.
#[derive(Clone, Debug)]
pub struct TruePeak {
    interpolator: Interpolator,
    /// The current chunk, with the preceding frames that its interpolation needs.
    window: [f32; SPAN],
    filled: usize,
    peak: f32,
    sample_peak: f32,
}

impl TruePeak {
    pub fn new(rate: SampleRate) -> Self {
        Self {
            interpolator: Interpolator::new(oversampling(rate)),
            window: [0.0; SPAN],
            filled: BEFORE,
            peak: 0.0,
            sample_peak: 0.0,
        }
    }

    /// Measures the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        self.sample_peak = self.sample_peak.max(sample_peak(samples));
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(SPAN - self.filled));
            self.window[self.filled..self.filled + now.len()].copy_from_slice(now);
            self.filled += now.len();
            rest = later;
            if self.filled == SPAN {
                self.examine();
                self.window.copy_within(CHUNK.., 0);
                self.filled = TAPS - 1;
            }
        }
    }

    /// The largest magnitude at and between the samples so far, followed by silence.
    pub fn peak(&self) -> Gain {
        let mut end = self.clone();
        end.push(&[0.0; SPAN]);
        Gain(f64::from(end.peak))
    }

    /// The largest magnitude of the samples so far.
    pub fn sample_peak(&self) -> Gain {
        Gain(f64::from(self.sample_peak))
    }

    /// Examines a chunk, unless nothing in it can exceed the peak so far.
    fn examine(&mut self) {
        if self.interpolator.stays_under(&self.window, self.peak) {
            return;
        }
        let mut peaks = [0.0; CHUNK];
        self.interpolator.peaks(&self.window, &mut peaks);
        self.peak = self.peak.max(sample_peak(&peaks));
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use proptest::prelude::*;

    fn true_peak(samples: &[f32], rate: SampleRate) -> Gain {
        let mut meter = TruePeak::new(rate);
        meter.push(samples);
        meter.peak()
    }

    fn assert_reads(name: &str, samples: &[f32], expected: f64) {
        let db = true_peak(samples, SampleRate::DEFAULT).db().unwrap().0;
        assert!((-0.4..=0.2).contains(&(db - expected)), "{name}: {db:.2} dBTP");
    }

    /// A tone with `period` frames, faded in and out so that no edge rings.
    fn tone(period: f64, degrees: f64, amplitude: f64) -> Vec<f32> {
        let fade = |n: f64| (n / 2_000.0).min((10_000.0 - n) / 2_000.0).min(1.0);
        let value = |n: f64| amplitude * fade(n) * (TAU * n / period + degrees.to_radians()).sin();
        (0..10_000).map(|n| value(f64::from(n)) as f32).collect()
    }

    #[test]
    fn tech_3341_cases_15_to_19_read_the_height_of_the_tone() {
        for (case, period, degrees, amplitude, dbtp) in [
            (15, 4.0, 0.0, 0.5, -6.0),
            (16, 4.0, 45.0, 0.5, -6.0),
            (17, 6.0, 60.0, 0.5, -6.0),
            (18, 8.0, 67.5, 0.5, -6.0),
            (19, 4.0, 45.0, 1.41, 3.0),
        ] {
            assert_reads(&format!("case {case}"), &tone(period, degrees, amplitude), dbtp);
        }
    }

    #[test]
    fn tech_3341_cases_20_to_23_find_a_peak_wherever_it_falls_between_the_samples() {
        // At four times the rate: a tone of fs/6 at 0.5, in its midst one period of fs/4 at 1.0.
        // Its peak falls on a sample, or one, two or three quarters of the way to the next.
        let slow = |n: i32| 0.5 * (TAU * f64::from(n) / 24.0).sin();
        let fast = |n: i32| (TAU * f64::from(n) / 16.0).sin();
        let dense: Vec<f64> =
            (-24_000..0).map(slow).chain((0..16).map(fast)).chain((0..24_000).map(slow)).collect();
        for offset in 0..4 {
            let signal: Vec<f32> =
                dense[8_000 + offset..40_000].iter().step_by(4).map(|&x| x as f32).collect();
            assert_reads(&format!("case {}", 20 + offset), &signal, 0.0);
        }
    }

    #[test]
    fn higher_rates_oversample_less_but_still_find_the_peak() {
        for (hz, worst) in [(44_100, -0.01), (96_000, -0.7), (192_000, -3.02)] {
            let db = true_peak(&tone(4.0, 45.0, 1.0), SampleRate::new(hz).unwrap()).db().unwrap().0;
            assert!(db > worst && db < 0.01, "{hz}: {db}");
        }
    }

    #[test]
    fn an_audible_tone_reads_within_the_error_of_the_oversampling() {
        for hz in [50.0, 997.0, 5_000.0, 12_345.0, 15_000.0, 20_000.0] {
            let db = true_peak(&tone(48_000.0 / hz, 33.0, 1.0), SampleRate::DEFAULT).db().unwrap().0;
            let spacing = 20.0 * (PI * hz / 48_000.0 / 4.0).cos().log10();
            assert!(db < 0.02 && db > spacing - 0.02, "{hz}: {db}");
        }
    }

    #[test]
    fn the_waveform_after_the_last_sample_counts_too() {
        let click = true_peak(&[0.0, 0.0, 1.0, 1.0], SampleRate::DEFAULT);
        let padded = true_peak(&[vec![0.0; 70], vec![1.0, 1.0], vec![0.0; 70]].concat(), SampleRate::DEFAULT);
        assert!(click == padded && click.0 > 1.2);
        assert_eq!(true_peak(&[], SampleRate::DEFAULT), Gain::SILENCE);
    }

    /// The peak without leaving anything out.
    fn exhaustive(samples: &[f32]) -> f32 {
        let interpolator = Interpolator::new(4);
        let padded = [vec![0.0; BEFORE], samples.to_vec(), vec![0.0; 2 * SPAN]].concat();
        let mut peak = 0f32;
        for start in (0..padded.len() - SPAN).step_by(CHUNK) {
            let mut peaks = [0.0; CHUNK];
            interpolator.peaks(padded[start..start + SPAN].try_into().unwrap(), &mut peaks);
            peak = peak.max(sample_peak(&peaks));
        }
        peak
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn skipping_and_cutting_change_no_bit(
            seed in any::<u64>(), smooth in 0..12u32, cut in 1..300usize, length in 0..2_000usize
        ) {
            let mut state = seed;
            let mut samples: Vec<f32> = (0..length).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
            }).collect();
            for _ in 0..smooth {
                samples = samples.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
            }
            let mut meter = TruePeak::new(SampleRate::DEFAULT);
            samples.chunks(cut).for_each(|block| meter.push(block));
            prop_assert_eq!(meter.peak(), Gain(f64::from(exhaustive(&samples))));
            prop_assert!(meter.peak() >= meter.sample_peak());
        }

        #[test]
        fn nothing_above_a_limit_is_called_under_it(samples in prop::collection::vec(-1f32..1.0, SPAN), smooth in any::<bool>()) {
            let mut window: [f32; SPAN] = samples.try_into().unwrap();
            if smooth {
                for n in 1..SPAN {
                    window[n] = 0.9 * window[n - 1] + 0.1 * window[n];
                }
            }
            let interpolator = Interpolator::new(8);
            let mut peaks = [0.0; CHUNK];
            interpolator.peaks(&window, &mut peaks);
            let peak = sample_peak(&peaks);
            prop_assert!(!interpolator.stays_under(&window, peak * 0.999_999));
            prop_assert!(interpolator.stays_under(&window, sample_peak(&window) * 2.6));
        }
    }
}
