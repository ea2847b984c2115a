//! The true-peak limiter at the end of the chain. It is a safeguard that rarely acts.
//!
//! It looks 2 ms ahead, so the gain falls along a smooth curve, is held for at least one period of a low wave, and
//! recovers slowly. Gains are kept as integers, so that moving sums never drift and the gain is exactly one where
//! nothing is limited.

use std::collections::VecDeque;

use crate::dsp::true_peak::{BEFORE, CHUNK, Interpolator, SPAN, TAPS, oversampling, sample_peak};
use crate::unit::{Gain, SampleRate};

/// The gain reduction that means silence. Reductions are integers from 0 up to this.
const WHOLE: u64 = 1 << 40;
/// The frames on each side of a peak that get the same gain: those that contribute to a value between samples.
const REACH: usize = TAPS / 2;
/// A reduction is held for one period of this frequency, in Hz, so that the gain does not follow the waveform.
pub(super) const HOLD_HZ: u32 = 50;
/// How many chunks one check can skip while the signal is quiet.
const RUN: usize = 16;
/// The release time constant in seconds: the reduction falls to 37 % in this time.
pub(super) const RELEASE: f64 = 0.3;
/// The gain recovers towards a value slightly above one, so that it reaches one.
const BEYOND: u64 = WHOLE >> 12;

/// How much a limiter has done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimiterWork {
    /// The number of frames whose gain was below one.
    pub frames: u64,
    /// The lowest gain.
    pub least: Gain,
}

/// Limits the true peak of all channels together. The output has no delay and the same length as the input.
///
/// Where nothing reaches the ceiling, the output equals the input bit for bit. Splitting the input into blocks
/// differently changes nothing.
#[derive(Clone, Debug)]
pub struct Limiter {
    ceiling: f32,
    interpolator: Interpolator,
    envelope: GainReduction,
    /// Input that has not been output yet, with silence before the start.
    waiting: Vec<Vec<f32>>,
    /// The next frame of `waiting` to examine. The next frame to output lies [`GainReduction::delay`] before it.
    next: usize,
    /// How many frames of the silence before the start are still to be skipped.
    before: usize,
    taken: u64,
    given: u64,
    work: LimiterWork,
}

impl Limiter {
    /// A limiter at the start of a sound. It oversamples twice as much as a meter must, so that the peaks another
    /// meter finds in between are less than 0.05 dB higher, up to a quarter of the rate.
    ///
    /// # Panics
    /// If there are no channels, or the ceiling is not above zero.
    pub fn new(rate: SampleRate, ceiling: Gain, channels: usize) -> Self {
        assert!(channels > 0, "a sound has a channel");
        assert!(ceiling.0 > 0.0 && ceiling.0.is_finite(), "a ceiling is above zero");
        let mut limiter = Self {
            ceiling: ceiling.factor(),
            interpolator: Interpolator::new(2 * oversampling(rate)),
            envelope: GainReduction::new(rate),
            waiting: vec![Vec::new(); channels],
            next: 0,
            before: 0,
            taken: 0,
            given: 0,
            work: LimiterWork { frames: 0, least: Gain::UNITY },
        };
        limiter.start();
        limiter
    }

    /// Resets everything but its work.
    fn start(&mut self) {
        self.envelope.reset();
        let delay = self.envelope.delay();
        for plane in &mut self.waiting {
            plane.clear();
            plane.resize(delay, 0.0);
        }
        (self.next, self.before) = (delay, delay);
        (self.taken, self.given) = (0, 0);
    }

    /// Takes one slice of input per channel and appends the finished frames to the planes of `output`.
    ///
    /// # Panics
    /// If the slices differ in length, or their number or that of the planes is not the number of channels.
    pub fn push(&mut self, input: &[&[f32]], output: &mut [Vec<f32>]) {
        assert_eq!(
            (input.len(), output.len()),
            (self.waiting.len(), self.waiting.len()),
            "one slice a channel"
        );
        assert!(input.iter().all(|slice| slice.len() == input[0].len()), "slices are of one length");
        self.taken += input[0].len() as u64;
        for (plane, slice) in self.waiting.iter_mut().zip(input) {
            plane.extend_from_slice(slice);
        }
        self.limit(output);
    }

    /// Appends the remaining frames and resets; only its work continues.
    ///
    /// # Panics
    /// If the number of planes is not the number of channels.
    pub fn finish(&mut self, output: &mut [Vec<f32>]) {
        assert_eq!(output.len(), self.waiting.len(), "one plane a channel");
        while self.given < self.taken {
            for plane in &mut self.waiting {
                plane.resize(plane.len() + CHUNK, 0.0);
            }
            self.limit(output);
        }
        self.start();
    }

    /// How many frames the output lags behind an input whose length is a multiple of `CHUNK`.
    pub fn lag(rate: SampleRate) -> usize {
        GainReduction::new(rate).delay() + CHUNK * (SPAN - BEFORE - CHUNK).div_ceil(CHUNK)
    }

    /// After how many frames nothing that came before them matters: a limiter that begins in silence so many frames earlier
    /// gives the same output.
    ///
    /// A larger reduction never becomes smaller than a smaller one, and without demand even the largest is back at none after
    /// this time; so two limiters with the same input meet in it, at a demand or at none.
    pub fn memory(rate: SampleRate) -> usize {
        let envelope = GainReduction::new(rate);
        let full = (WHOLE / BEYOND + 1) as f64;
        // A hundredth more, as steps of the release are rounded down.
        let release = (1.01 * RELEASE * full.ln() * rate.as_f64()).ceil() as usize;
        release + envelope.memory as usize + 2 * envelope.delay() + SPAN
    }

    /// What it has done so far.
    pub fn work(&self) -> LimiterWork {
        self.work
    }

    /// Processes all chunks whose following frames are there, then drops the frames that have been output.
    fn limit(&mut self, output: &mut [Vec<f32>]) {
        let delay = self.envelope.delay();
        loop {
            let chunks = (self.waiting[0].len() - self.next + BEFORE + CHUNK).saturating_sub(SPAN) / CHUNK;
            let run = chunks.min(RUN);
            if run == 0 {
                break;
            }
            if self.envelope.is_idle() && self.is_quiet(run * CHUNK) {
                self.output(None, run * CHUNK, output);
                continue;
            }
            for _ in 0..run {
                let gains = self.examine();
                self.output(gains.as_ref(), CHUNK, output);
            }
        }
        for plane in &mut self.waiting {
            plane.drain(..self.next - delay);
        }
        self.next = delay;
    }

    /// Whether the next frames are so quiet that their samples alone show that no peak lies between them.
    fn is_quiet(&self, frames: usize) -> bool {
        let start = self.next - BEFORE;
        let span = start..start + frames + SPAN - CHUNK;
        self.waiting.iter().all(|plane| self.interpolator.is_quiet(&plane[span.clone()], self.ceiling))
    }

    /// Examines the next chunk and returns the gains it determines, which apply to the frames
    /// [`GainReduction::delay`] earlier; `None` if all are one.
    fn examine(&mut self) -> Option<[f32; CHUNK]> {
        let start = self.next - BEFORE;
        let mut loudest = [0f32; CHUNK];
        for plane in &self.waiting {
            let window = plane[start..start + SPAN].try_into().expect("a span of samples is there");
            if self.interpolator.stays_under(window, self.ceiling) {
                continue;
            }
            let mut peaks = [0.0; CHUNK];
            self.interpolator.peaks(window, &mut peaks);
            for (loudest, peak) in loudest.iter_mut().zip(peaks) {
                *loudest = loudest.max(peak);
            }
        }
        if self.envelope.is_idle() && sample_peak(&loudest) <= self.ceiling {
            return None;
        }
        let mut gains = loudest;
        for gain in &mut gains {
            let reduction = self.envelope.next(reduction(*gain, self.ceiling));
            *gain = ((WHOLE - reduction) as f64 / WHOLE as f64) as f32;
        }
        Some(gains)
    }

    /// Outputs `frames` examined frames with their gains, except those before the start or after the end of the
    /// sound.
    fn output(&mut self, gains: Option<&[f32; CHUNK]>, frames: usize, output: &mut [Vec<f32>]) {
        let start = self.next - self.envelope.delay();
        let early = self.before.min(frames);
        self.before -= early;
        let count = (frames - early).min((self.taken - self.given) as usize);
        let gains = gains.map(|gains| &gains[early..early + count]);
        for (plane, output) in self.waiting.iter().zip(output) {
            let frames = &plane[start + early..start + early + count];
            match gains {
                Some(gains) => output.extend(frames.iter().zip(gains).map(|(frame, gain)| frame * gain)),
                None => output.extend_from_slice(frames),
            }
        }
        self.next += frames;
        self.given += count as u64;
        for gain in gains.unwrap_or_default().iter().filter(|gain| **gain < 1.0) {
            self.work.frames += 1;
            self.work.least = Gain(self.work.least.0.min(f64::from(*gain)));
        }
    }
}

/// The reduction, relative to [`WHOLE`], that brings `peak` to `ceiling`. Rounded up.
fn reduction(peak: f32, ceiling: f32) -> u64 {
    if peak <= ceiling {
        return 0;
    }
    ((1.0 - f64::from(ceiling) / f64::from(peak)) * WHOLE as f64).ceil() as u64
}

/// The gain reduction over time: the largest demand around each frame, held, released slowly, and smoothed by two
/// moving averages, so that it falls along two parabolas within the look-ahead.
#[derive(Clone, Debug)]
struct GainReduction {
    clock: u64,
    /// The number of recent demands of which the largest is taken.
    memory: u64,
    /// The demands that may still become the largest, in falling order, each with the clock at which it arrived.
    demands: VecDeque<(u64, u64)>,
    released: u64,
    /// The share of the distance to one that is covered per frame of release, as a fraction of 2^24.
    release: u64,
    averages: [MovingSum; 2],
}

impl GainReduction {
    fn new(rate: SampleRate) -> Self {
        // Two averages of just over 1 ms each give a look-ahead of 2 ms.
        let length = rate.hz().div_ceil(1_000) as usize + 1;
        let mut envelope = Self {
            clock: 0,
            memory: 0,
            demands: VecDeque::new(),
            released: 0,
            release: (f64::from(1 << 24) / (RELEASE * rate.as_f64())).ceil() as u64,
            averages: [MovingSum::new(length), MovingSum::new(length)],
        };
        envelope.memory = (envelope.delay() + REACH + 1) as u64 + u64::from(rate.hz() / HOLD_HZ);
        envelope
    }

    /// How many frames a demand arrives before the gain that answers it.
    fn delay(&self) -> usize {
        self.averages.iter().map(|average| average.row.len() - 1).sum::<usize>() + REACH
    }

    fn reset(&mut self) {
        self.clock = 0;
        self.demands.clear();
        self.released = 0;
        self.averages.iter_mut().for_each(MovingSum::reset);
    }

    /// Whether the reduction is zero and stays so without a new demand. Frames without demand can then be skipped.
    fn is_idle(&self) -> bool {
        self.demands.is_empty() && self.released == 0 && self.averages.iter().all(|average| average.sum == 0)
    }

    /// Takes the demand of the next frame and returns the reduction for the frame `delay` before it.
    fn next(&mut self, demand: u64) -> u64 {
        let largest = self.largest(demand);
        let back = ((self.released + BEYOND) * self.release) >> 24;
        self.released = largest.max(self.released.saturating_sub(back));
        let sum = self.averages.iter_mut().fold(self.released, |value, average| average.next(value));
        let share: usize = self.averages.iter().map(|average| average.row.len()).product();
        sum.div_ceil(share as u64)
    }

    /// The largest of the last `memory` demands.
    fn largest(&mut self, demand: u64) -> u64 {
        while self.demands.back().is_some_and(|&(_, earlier)| earlier <= demand) {
            self.demands.pop_back();
        }
        if demand > 0 {
            self.demands.push_back((self.clock, demand));
        }
        self.clock += 1;
        while self.demands.front().is_some_and(|&(came, _)| came + self.memory < self.clock) {
            self.demands.pop_front();
        }
        self.demands.front().map_or(0, |&(_, largest)| largest)
    }
}

/// The sum of the last values, always exact.
#[derive(Clone, Debug)]
struct MovingSum {
    row: Vec<u64>,
    oldest: usize,
    sum: u64,
}

impl MovingSum {
    fn new(length: usize) -> Self {
        Self { row: vec![0; length], oldest: 0, sum: 0 }
    }

    fn reset(&mut self) {
        self.row.fill(0);
        (self.oldest, self.sum) = (0, 0);
    }

    fn next(&mut self, value: u64) -> u64 {
        self.sum = self.sum + value - self.row[self.oldest];
        self.row[self.oldest] = value;
        self.oldest = if self.oldest + 1 == self.row.len() { 0 } else { self.oldest + 1 };
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use ebur128::{EbuR128, Mode};

    use super::*;
    use crate::dsp::biquad::{Biquad, Coefficients};
    use crate::dsp::true_peak::TruePeak;
    use crate::unit::Db;
    use proptest::prelude::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    fn limit(planes: &[&[f32]], ceiling: Db) -> (Vec<Vec<f32>>, u64) {
        let mut limiter = Limiter::new(RATE, ceiling.gain(), planes.len());
        let mut output = vec![Vec::new(); planes.len()];
        limiter.push(planes, &mut output);
        limiter.finish(&mut output);
        (output, limiter.work().frames)
    }

    #[test]
    fn what_came_before_its_memory_changes_nothing() {
        for hz in [8_000, 48_000] {
            let rate = SampleRate::new(hz).unwrap();
            let memory = Limiter::memory(rate).next_multiple_of(CHUNK);
            // A full burst, then syllables of which some are louder than the release, and others are not.
            let mut samples = noise(2 * memory + 4_096, 5);
            for (n, sample) in samples.iter_mut().enumerate() {
                let syllable = (n as f32 / (0.2 * hz as f32)).sin().powi(2);
                *sample *= if n < memory / 8 { 1.0 } else { 0.02 + 0.2 * syllable * (n % 3) as f32 };
            }
            let limited = |samples: &[f32]| {
                let mut limiter = Limiter::new(rate, Gain(0.1), 1);
                let mut output = [Vec::new()];
                limiter.push(&[samples], &mut output);
                let lag = samples.len() - output[0].len();
                limiter.finish(&mut output);
                assert!(limiter.work().frames > 0);
                let [output] = output;
                (output, lag)
            };
            let start = (memory / 8).next_multiple_of(CHUNK);
            let (whole, lag) = limited(&samples);
            assert_eq!(lag, Limiter::lag(rate));
            let (late, _) = limited(&samples[start..]);
            assert!(whole[start + memory..] == late[memory..], "{hz} Hz");
            assert!(whole[start..] != late[..], "and what came within it does");
        }
    }

    fn noise(frames: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        (0..frames)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
            })
            .collect()
    }

    /// Noise like a loud voice: below 6 kHz, in syllables.
    fn voice(frames: usize, gain: f32, seed: u64) -> Vec<f32> {
        let mut samples = noise(frames, seed);
        for hz in [3_000.0, 6_000.0] {
            Biquad::new(Coefficients::low_pass(RATE, hz, 0.7)).process(&mut samples);
        }
        for (n, sample) in samples.iter_mut().enumerate() {
            *sample *= gain * (n as f32 / 5_000.0).sin().powi(2);
        }
        samples
    }

    fn sine(hz: f64, amplitude: f64, frames: usize) -> Vec<f32> {
        (0..frames).map(|n| (amplitude * (TAU * hz * n as f64 / 48_000.0).sin()) as f32).collect()
    }

    /// The true peak in dB after another meter's interpolator.
    fn other_true_peak(samples: &[f32]) -> f64 {
        let mut meter = EbuR128::new(1, 48_000, Mode::TRUE_PEAK).unwrap();
        meter.add_frames_f32(samples).unwrap();
        20.0 * meter.true_peak(0).unwrap().log10()
    }

    /// The true peak in dB at 32 values a frame, through sincs twice as long as the limiter's.
    fn dense_true_peak(samples: &[f32]) -> f64 {
        let taps = |place: f64| -> Vec<f64> {
            (-24..=24)
                .map(|k| {
                    let t = f64::from(k) - place;
                    let window = 0.5 + 0.5 * (TAU / 2.0 * t / 25.0).cos();
                    if t == 0.0 { 1.0 } else { window * (TAU / 2.0 * t).sin() / (TAU / 2.0 * t) }
                })
                .collect()
        };
        let phases: Vec<_> = (0..32).map(|step| taps(f64::from(step) / 32.0)).collect();
        let loud = sample_peak(samples);
        let mut peak = f64::from(loud);
        for window in samples.windows(49).filter(|window| window[24].max(window[25]) > 0.5 * loud) {
            for phase in &phases {
                let value: f64 = phase.iter().zip(window).map(|(tap, &x)| tap * f64::from(x)).sum();
                peak = peak.max(value.abs());
            }
        }
        20.0 * peak.log10()
    }

    #[test]
    fn a_signal_under_the_ceiling_is_unchanged() {
        // The sine ends on a whole period, since a cut edge would ring above its peak.
        let (left, right) = (voice(19_200, 0.5, 1), sine(440.0, 0.79, 19_200));
        let (output, touched) = limit(&[&left, &right], Db(-2.0));
        assert!(touched == 0 && output == [left, right]);
    }

    #[test]
    fn two_other_meters_find_no_true_peak_over_the_ceiling() {
        let mut step = sine(500.0, 1e-4, 9_000);
        step.extend(sine(700.0, 10.0, 9_000));
        let mut edges = vec![0.9; 3_000];
        edges.extend((0..3_000).map(|n| if n / 50 % 2 == 0 { 2.0 } else { -2.0 }));
        let signals = [
            ("voice", voice(48_000, 6.0, 1)),
            ("a loud voice", voice(48_000, 60.0, 2)),
            ("5 kHz", sine(5_000.0, 3.0, 9_000)),
            ("60 Hz", sine(60.0, 3.0, 24_000)),
            ("a step of 100 dB", step),
        ];
        for (name, signal) in signals {
            for ceiling in [-1.0, -2.0] {
                let (output, touched) = limit(&[&signal], Db(ceiling));
                let over = other_true_peak(&output[0]).max(dense_true_peak(&output[0])) - ceiling;
                assert!(touched > 0 && (-0.1..0.05).contains(&over), "{name}: {over} dB over {ceiling}");
            }
        }
        // Interpolators differ most on full-scale white noise, which no programme contains.
        let (output, _) = limit(&[&noise(24_000, 4)], Db(-6.0));
        assert!(other_true_peak(&output[0]) < -5.9);
    }

    #[test]
    fn a_step_of_a_hundred_decibels_is_limited_at_once_and_released() {
        // A whisper, a tenth of a second 100 dB louder, and the whisper again.
        let (whisper, burst) = (48_000..52_800, 1e5);
        let signal: Vec<f32> = sine(997.0, 1e-4, 288_000)
            .into_iter()
            .enumerate()
            .map(|(n, x)| if whisper.contains(&n) { x * burst } else { x })
            .collect();
        for ceiling in [-1.0, -2.0, -3.0] {
            let (output, touched) = limit(&[&signal], Db(ceiling));
            let output = &output[0];
            assert!(output.iter().all(|x| x.is_finite()));
            assert!(f64::from(sample_peak(output)) <= Db(ceiling).gain().0 * 1.000_001);
            assert!(other_true_peak(output) <= ceiling + 0.05, "{} dBTP", other_true_peak(output));
            // It looks 2 ms ahead and recovers to exactly one: 20 dB at 37 % per 0.3 s takes four seconds.
            let first = output.iter().zip(&signal).position(|(out, x)| out != x).unwrap();
            let last = output.iter().zip(&signal).rposition(|(out, x)| out != x).unwrap();
            assert!((whisper.start - 240..whisper.start).contains(&first), "{first}");
            assert!(last < whisper.end + 4 * 48_000, "{last}");
            assert!(touched as usize >= whisper.len() && touched as usize <= last - first + 1);
        }
    }

    #[test]
    fn the_gain_is_shared_comes_down_smoothly_and_returns_to_exactly_one() {
        // One channel rings once, the other is constant and shows the gain.
        let mut left = vec![0.0; 200_000];
        for (n, x) in sine(1_000.0, 1.5, 480).into_iter().enumerate() {
            left[50_000 + n] = x;
        }
        let right = vec![0.25; 200_000];
        let (output, touched) = limit(&[&left, &right], Db(-1.0));
        let gains: Vec<f32> = output[1].iter().map(|x| x / 0.25).collect();
        let least = gains.iter().copied().fold(1.0, f32::min);
        assert!((f64::from(least) - Db(-1.0).gain().0 / 1.5).abs() < 0.001, "{least}");
        let first = gains.iter().position(|&gain| gain < 1.0).unwrap();
        let last = gains.iter().rposition(|&gain| gain < 1.0).unwrap();
        assert!((49_880..50_000).contains(&first) && last < 160_000, "{first} {last}");
        assert_eq!(touched, (last - first + 1) as u64);
        let steps = gains.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(steps.clone().all(|step| (-0.012..0.000_1).contains(&step)));
        // No corner: the slope itself changes little from frame to frame.
        let corners = gains.windows(3).map(|g| (g[2] - 2.0 * g[1] + g[0]).abs());
        assert!(corners.fold(0.0, f32::max) < 0.000_4);
        // Left and right get the same gain.
        for n in 50_001..50_480 {
            assert!((output[0][n] - left[n] * gains[n]).abs() < 1e-6);
        }
    }

    #[test]
    fn the_output_has_the_length_of_the_input() {
        for frames in [0, 1, 63, 64, 65, 300, 1_000] {
            let signal = voice(frames, 5.0, 9);
            assert_eq!(limit(&[&signal], Db(-1.0)).0[0].len(), frames);
        }
    }

    #[test]
    fn a_finished_limiter_equals_a_new_one() {
        let signal = voice(5_000, 8.0, 3);
        let mut limiter = Limiter::new(RATE, Db(-1.0).gain(), 1);
        let mut outputs = [vec![Vec::new()], vec![Vec::new()]];
        for output in &mut outputs {
            limiter.push(&[&signal], output);
            limiter.finish(output);
        }
        assert!(outputs[0] == outputs[1]);
        assert_eq!(limiter.work().frames, 2 * limit(&[&signal], Db(-1.0)).1);
    }

    #[test]
    fn extreme_samples_come_out_finite_and_under_the_ceiling() {
        let mut signal = voice(2_000, 0.5, 7);
        for (n, value) in [(500, f32::MAX), (501, f32::MIN), (502, f32::MAX), (900, 1e20), (1_500, -1e5)] {
            signal[n] = value;
        }
        for rate in [8_000, 44_100, 192_000] {
            let mut limiter = Limiter::new(SampleRate::new(rate).unwrap(), Db(-1.0).gain(), 1);
            let mut output = vec![Vec::new()];
            limiter.push(&[&signal], &mut output);
            limiter.finish(&mut output);
            assert!(output[0].iter().all(|x| x.abs() <= Db(-1.0).gain().factor() * 1.000_001));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn cutting_the_input_changes_no_bit(
            cuts in prop::collection::vec(0..900usize, 1..20), gain in 0.5f32..100.0, seed in any::<u64>()
        ) {
            let frames = cuts.iter().sum();
            let (left, right) = (voice(frames, gain, seed), voice(frames, 0.7, !seed));
            let mut limiter = Limiter::new(RATE, Db(-1.0).gain(), 2);
            let mut output = vec![Vec::new(); 2];
            let mut start = 0;
            for cut in cuts {
                limiter.push(&[&left[start..start + cut], &right[start..start + cut]], &mut output);
                start += cut;
            }
            limiter.finish(&mut output);
            let whole = limit(&[&left, &right], Db(-1.0));
            prop_assert!(output == whole.0 && limiter.work().frames == whole.1);
            for plane in &output {
                let mut meter = TruePeak::new(RATE);
                meter.push(plane);
                prop_assert!(meter.peak().0 <= Db(-0.97).gain().0, "{:?}", meter.peak().db());
            }
        }
    }
}
