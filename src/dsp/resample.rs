//! Sample rate conversion with linear phase, no delay and an exact output length.
//!
//! It uses rubato's FFT resampler: a block is transformed, filtered just below the lower of the two Nyquist
//! frequencies, and transformed back at the other length. This module chooses block sizes whose delay is a whole
//! number of frames at both rates, so that trimming removes it completely, and computes lengths in integers.

use audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use crate::unit::{Frames, SampleRate};

/// The least length of the filter in frames at the lower rate. At 44.1 kHz it is flat to above 21.5 kHz.
const LEAST_BLOCK: usize = 4_096;
/// The longest block. It allows every pair of rates between 8 and 192 kHz, and stops a file with an absurd rate from
/// using all memory.
const LONGEST_BLOCK: usize = 1 << 19;
/// How many pairs of rates a [`Resampler`] keeps ready. A course rarely has more than two.
const KEPT_PAIRS: usize = 4;

/// Why a sound could not be resampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResampleError {
    /// The ratio of the rates is so complex, or so large, that the filter would use too much memory.
    #[error("cannot convert {from} to {to}; convert the file to a common rate such as 48000 Hz first")]
    Rates { from: SampleRate, to: SampleRate },
}

/// The length of a sound at another rate, computed in integers: ⌈frames · to / from⌉.
pub fn resampled_length(frames: Frames, from: SampleRate, to: SampleRate) -> Frames {
    let scaled = u128::from(frames.0) * u128::from(to.hz());
    Frames(u64::try_from(scaled.div_ceil(u128::from(from.hz()))).expect("a length of a file fits 64 bits"))
}

/// Resamples clips one at a time. Use one per thread: it keeps the filters of the last few pairs of rates.
#[derive(Debug, Default)]
pub struct Resampler {
    pairs: Vec<StreamResampler>,
}

impl Resampler {
    pub fn new() -> Self {
        Self::default()
    }

    /// Resamples a clip to [`resampled_length`], with a shift in time of less than a thousandth of a frame. Equal
    /// rates give a copy. The result does not depend on earlier clips.
    ///
    /// # Errors
    /// If the pair of rates cannot be converted.
    pub fn resample(
        &mut self,
        mono: &[f32],
        from: SampleRate,
        to: SampleRate,
    ) -> Result<Vec<f32>, ResampleError> {
        self.resample_into(mono, from, to, Vec::new())
    }

    /// As [`Self::resample`], appending to `output` and returning it.
    ///
    /// # Errors
    /// If the pair of rates cannot be converted.
    pub fn resample_into(
        &mut self,
        mono: &[f32],
        from: SampleRate,
        to: SampleRate,
        mut output: Vec<f32>,
    ) -> Result<Vec<f32>, ResampleError> {
        let pair = self.pair(from, to)?;
        // The last block is converted whole before the excess is cut off.
        let surplus = pair.block[0].len();
        output.reserve_exact(resampled_length(Frames(mono.len() as u64), from, to).index() + surplus);
        let mut output = [output];
        pair.push(&[mono], &mut output);
        pair.finish(&mut output);
        let [output] = output;
        Ok(output)
    }

    /// The converter for these rates, moved to the end of the list as the most recently used.
    fn pair(&mut self, from: SampleRate, to: SampleRate) -> Result<&mut StreamResampler, ResampleError> {
        let found = self.pairs.iter().position(|pair| pair.from == from && pair.to == to);
        let pair = match found {
            Some(index) => self.pairs.remove(index),
            None => StreamResampler::new(from, to, 1)?,
        };
        if self.pairs.len() == KEPT_PAIRS {
            self.pairs.remove(0);
        }
        self.pairs.push(pair);
        Ok(self.pairs.last_mut().expect("one was just pushed"))
    }
}

/// Resamples a long sound of any number of channels block by block, with a memory use limited by its filter.
/// Splitting the input into blocks differently does not change the output.
#[derive(Debug)]
pub struct StreamResampler {
    from: SampleRate,
    to: SampleRate,
    /// `None` if the rates are equal and samples pass unchanged.
    filter: Option<Fft<f32>>,
    /// Input that does not fill a block yet, one plane per channel.
    waiting: Vec<Vec<f32>>,
    /// The output buffer of the filter.
    block: Vec<Vec<f32>>,
    /// How many frames of the filter's delay are still to be dropped.
    delay: usize,
    taken: u64,
    given: u64,
}

impl StreamResampler {
    /// # Errors
    /// If the pair of rates cannot be converted.
    ///
    /// # Panics
    /// If there are no channels.
    pub fn new(from: SampleRate, to: SampleRate, channels: usize) -> Result<Self, ResampleError> {
        assert!(channels > 0, "a sound has a channel");
        let filter = if from == to { None } else { Some(filter(from, to, channels)?) };
        let mut resampler = Self {
            from,
            to,
            waiting: vec![Vec::new(); channels],
            block: vec![vec![0.0; filter.as_ref().map_or(0, Fft::fft_size_out)]; channels],
            filter,
            delay: 0,
            taken: 0,
            given: 0,
        };
        resampler.reset();
        Ok(resampler)
    }

    /// Clears the state.
    pub fn reset(&mut self) {
        if let Some(filter) = &mut self.filter {
            filter.reset();
            self.delay = filter.output_delay();
        }
        self.waiting.iter_mut().for_each(Vec::clear);
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
        let Some(filter) = &self.filter else {
            self.given = self.taken;
            output.iter_mut().zip(input).for_each(|(plane, slice)| plane.extend_from_slice(slice));
            return;
        };
        let size = filter.fft_size_in();
        let mut rest = 0;
        while rest < input[0].len() {
            let count = (size - self.waiting[0].len()).min(input[0].len() - rest);
            for (plane, slice) in self.waiting.iter_mut().zip(input) {
                plane.extend_from_slice(&slice[rest..rest + count]);
            }
            rest += count;
            if self.waiting[0].len() == size {
                self.convert(output);
            }
        }
    }

    /// Appends the remaining frames, up to the exact length, and resets.
    ///
    /// # Panics
    /// If the number of planes is not the number of channels.
    pub fn finish(&mut self, output: &mut [Vec<f32>]) {
        assert_eq!(output.len(), self.waiting.len(), "one plane a channel");
        let total = resampled_length(Frames(self.taken), self.from, self.to).0;
        while self.given < total {
            let size = self.filter.as_ref().map_or(0, Fft::fft_size_in);
            self.waiting.iter_mut().for_each(|plane| plane.resize(size, 0.0));
            self.convert(output);
            let surplus = self.given.saturating_sub(total) as usize;
            for plane in output.iter_mut() {
                plane.truncate(plane.len() - surplus);
            }
        }
        self.reset();
    }

    /// Converts the pending block.
    fn convert(&mut self, output: &mut [Vec<f32>]) {
        let filter = self.filter.as_mut().expect("equal rates need no filter");
        let (size_in, size_out) = (filter.fft_size_in(), filter.fft_size_out());
        let channels = self.waiting.len();
        let input = SequentialSliceOfVecs::new(&self.waiting, channels, size_in).expect("a block is full");
        let mut block =
            SequentialSliceOfVecs::new_mut(&mut self.block, channels, size_out).expect("a block is full");
        filter.process_into_buffer(&input, &mut block, None).expect("blocks have the size of the filter");
        let skipped = self.delay.min(size_out);
        self.delay -= skipped;
        for (plane, block) in output.iter_mut().zip(&self.block) {
            plane.extend_from_slice(&block[skipped..]);
        }
        self.given += (size_out - skipped) as u64;
        self.waiting.iter_mut().for_each(Vec::clear);
    }
}

/// A filter whose blocks have an even number of frames at both rates: its delay of half a block is then a whole
/// number of frames at both, and trimming removes it completely.
fn filter(from: SampleRate, to: SampleRate, channels: usize) -> Result<Fft<f32>, ResampleError> {
    let refused = ResampleError::Rates { from, to };
    let common = greatest_common_divisor(from.hz(), to.hz());
    let (unit_in, unit_out) = ((from.hz() / common) as usize, (to.hz() / common) as usize);
    let units = LEAST_BLOCK.div_ceil(unit_in.min(unit_out)).next_multiple_of(2);
    if units.saturating_mul(unit_in.max(unit_out)) > LONGEST_BLOCK {
        return Err(refused);
    }
    let filter = Fft::new_custom(
        from.hz() as usize,
        to.hz() as usize,
        units * unit_in,
        1,
        channels,
        WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .map_err(|_| refused)?;
    assert_eq!((filter.fft_size_in(), filter.fft_size_out()), (units * unit_in, units * unit_out));
    assert!(filter.fft_size_in().is_multiple_of(2) && filter.fft_size_out().is_multiple_of(2));
    Ok(filter)
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use proptest::prelude::*;

    const PAIRS: [(u32, u32); 12] = [
        (44_100, 48_000),
        (48_000, 44_100),
        (22_050, 48_000),
        (24_000, 48_000),
        (11_025, 48_000),
        (16_000, 44_100),
        (192_000, 48_000),
        (96_000, 44_100),
        (8_000, 192_000),
        (48_000, 8_000),
        (44_056, 48_000),
        (47_999, 48_000),
    ];

    fn rate(hz: u32) -> SampleRate {
        SampleRate::of_file(hz).unwrap()
    }

    fn convert(signal: &[f32], from: u32, to: u32) -> Vec<f32> {
        Resampler::new().resample(signal, rate(from), rate(to)).unwrap()
    }

    /// Samples `signal`, a function of seconds.
    fn sampled(hz: u32, seconds: f64, signal: impl Fn(f64) -> f64) -> Vec<f32> {
        (0..(seconds * f64::from(hz)) as usize).map(|n| signal(n as f64 / f64::from(hz)) as f32).collect()
    }

    fn rms(samples: impl Iterator<Item = f64>) -> f64 {
        let (sum, count) = samples.fold((0.0, 0), |(sum, count), x| (sum + x * x, count + 1));
        (sum / f64::from(count)).sqrt()
    }

    /// A Gaussian pulse, too slow for any of the rates to notice.
    fn pulse(t: f64) -> f64 {
        (-((t - 0.25) / 0.000_5).powi(2)).exp()
    }

    #[test]
    fn a_pulse_stays_where_it_was_to_a_thousandth_of_a_frame() {
        for (from, to) in PAIRS {
            let output = convert(&sampled(from, 0.5, pulse), from, to);
            let energy: f64 = output.iter().map(|&x| f64::from(x).powi(2)).sum();
            let moment: f64 = output.iter().enumerate().map(|(n, &x)| n as f64 * f64::from(x).powi(2)).sum();
            let centre = moment / energy;
            assert!((centre - 0.25 * f64::from(to)).abs() < 0.001, "{from} -> {to}: {centre}");
        }
    }

    #[test]
    fn a_sweep_is_the_sweep_of_the_other_rate() {
        for (from, to) in PAIRS {
            // It ends at 80 % of the lower Nyquist frequency, faded so that nothing but the sweep is judged.
            let top = 0.4 * f64::from(from.min(to));
            let sweep = |t: f64| {
                let fade = (t / 0.05).min((0.5 - t) / 0.05).clamp(0.0, 1.0);
                0.5 * (fade * TAU / 4.0).sin().powi(2) * (TAU * (20.0 * t + (top - 20.0) * t * t)).sin()
            };
            let output = convert(&sampled(from, 0.5, sweep), from, to);
            let ideal = sampled(to, 0.5, sweep);
            let error = rms(output.iter().zip(&ideal).map(|(a, b)| f64::from(a - b)));
            let level = 20.0 * (error / rms(ideal.iter().map(|&x| f64::from(x)))).log10();
            // Rates with nothing in common need a block so long that f32 shows.
            let bar = if from == 47_999 { -95.0 } else { -110.0 };
            assert!(level < bar, "{from} -> {to}: {level:.1} dB");
        }
    }

    #[test]
    fn a_tone_of_997_hz_comes_out_clean() {
        for (from, to) in PAIRS {
            let tone = |t: f64| 0.891 * (TAU * 997.0 * t).sin();
            let output = convert(&sampled(from, 0.6, tone), from, to);
            // A quarter of a second in, far from both ends, for 100 whole periods or nearly.
            let span = to as usize / 4..to as usize * 7 / 20;
            let pairs = || span.clone().map(|n| (f64::from(output[n]), tone(n as f64 / f64::from(to))));
            let (dot, own) = pairs().fold((0.0, 0.0), |(dot, own), (y, x)| (dot + x * y, own + x * x));
            let gain = dot / own;
            assert!((gain - 1.0).abs() < 1e-4, "{from} -> {to}: gain {gain}");
            let level =
                20.0 * (rms(pairs().map(|(y, x)| y - gain * x)) / rms(pairs().map(|(_, x)| x))).log10();
            assert!(level < if from == 47_999 { -100.0 } else { -120.0 }, "{from} -> {to}: {level:.1} dB");
        }
    }

    /// What a tone becomes: its gain in dB, and what is left beside it in dB of the tone.
    fn tone_through(hz: f64, from: u32, to: u32) -> (f64, f64) {
        let output = convert(&sampled(from, 1.0, |t| 0.891 * (TAU * hz * t).sin()), from, to);
        // Far from both ends, for 0.4 s: whole periods of every multiple of 2.5 Hz.
        let span = to as usize * 3 / 10..to as usize * 7 / 10;
        let angle = |n: usize| TAU * hz * n as f64 / f64::from(to);
        let share = |wave: fn(f64) -> f64| {
            let sum: f64 = span.clone().map(|n| f64::from(output[n]) * wave(angle(n))).sum();
            2.0 * sum / span.len() as f64
        };
        let (sine, cosine) = (share(f64::sin), share(f64::cos));
        let rest =
            rms(span.clone().map(|n| f64::from(output[n]) - sine * angle(n).sin() - cosine * angle(n).cos()));
        let gain = sine.hypot(cosine) / 0.891;
        (20.0 * gain.log10(), 20.0 * (rest * std::f64::consts::SQRT_2 / 0.891).log10())
    }

    #[test]
    fn from_20_hz_to_20_khz_no_tone_changes_and_nothing_appears_beside_it() {
        // docs/sound.md, section 6: ripple of 0.1 dB, images below −100 dB.
        for (from, to) in
            [(44_100, 48_000), (48_000, 44_100), (96_000, 48_000), (48_000, 96_000), (192_000, 48_000)]
        {
            for hz in [20.0, 50.0, 200.0, 997.5, 5_000.0, 10_000.0, 15_000.0, 18_000.0, 19_000.0, 20_000.0] {
                let (gain, rest) = tone_through(hz, from, to);
                assert!(gain.abs() < 0.01, "{from} -> {to}: {gain:.4} dB at {hz} Hz");
                assert!(rest < -110.0, "{from} -> {to}: {rest:.1} dB beside {hz} Hz");
            }
        }
    }

    #[test]
    fn what_lies_above_the_lower_half_rate_is_a_hundred_decibels_down() {
        for (from, to) in [(48_000, 44_100), (96_000, 48_000), (96_000, 44_100), (192_000, 48_000)] {
            let half = f64::from(to) / 2.0;
            let top = f64::from(from) / 2.0;
            for share in [0.05, 0.2, 0.4, 0.7, 0.95] {
                let hz = half + share * (top - half);
                let output = convert(&sampled(from, 0.6, |t| 0.891 * (TAU * hz * t).sin()), from, to);
                let middle = to as usize / 5..to as usize * 2 / 5;
                let level = 20.0 * (rms(output[middle].iter().map(|&x| f64::from(x))) / 0.63).log10();
                assert!(level < -100.0, "{from} -> {to}: {level:.1} dB of {hz:.0} Hz");
            }
        }
    }

    #[test]
    fn constant_input_stays_constant() {
        for (from, to) in PAIRS {
            let output = convert(&vec![0.5; from as usize * 3 / 5], from, to);
            for &x in &output[to as usize / 4..to as usize * 7 / 20] {
                assert!((x / 0.5 - 1.0).abs() < 0.001, "{from} -> {to}: {x}");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_gone_and_no_image_appears() {
        // 23 kHz fits no 44.1 kHz file; a tone at 10 kHz must have no image at 34 or 38 kHz.
        let above = convert(&sampled(48_000, 0.6, |t| (TAU * 23_000.0 * t).sin()), 48_000, 44_100);
        assert!(rms(above[11_025..15_435].iter().map(|&x| f64::from(x))) < 1e-5);
        let tone = |t: f64| (TAU * 10_000.0 * t).sin();
        let doubled = convert(&sampled(44_100, 0.6, tone), 44_100, 88_200);
        let error = rms((22_050..30_870).map(|n| f64::from(doubled[n]) - tone(n as f64 / 88_200.0)));
        assert!(error < 1e-5, "{error}");
    }

    #[test]
    fn two_seconds_of_44100_are_two_seconds_of_48000() {
        assert_eq!(resampled_length(Frames(176_400), rate(44_100), rate(48_000)), Frames(192_000));
        for (from, to) in PAIRS {
            for frames in [0, 1, 2, 4_115, 4_116, 4_117, 20_001] {
                let output = convert(&vec![0.1; frames], from, to);
                assert_eq!(output.len(), (frames * to as usize).div_ceil(from as usize), "{from} -> {to}");
            }
        }
    }

    #[test]
    fn equal_rates_give_a_copy() {
        let signal = sampled(48_000, 0.1, |t| (TAU * 440.0 * t).sin());
        assert_eq!(convert(&signal, 48_000, 48_000), signal);
    }

    #[test]
    fn every_pair_of_render_rates_is_converted_and_hopeless_ones_are_refused() {
        assert!(filter(rate(191_999), rate(192_000), 1).is_ok());
        assert!(filter(rate(8_000), rate(192_000), 1).is_ok());
        let refused = convert_error(4_294_967_291, 48_000);
        assert!(refused.to_string().contains("convert the file to a common rate"));
        convert_error(1, 48_000);
    }

    fn convert_error(from: u32, to: u32) -> ResampleError {
        Resampler::new().resample(&[0.0; 8], rate(from), rate(to)).unwrap_err()
    }

    #[test]
    fn a_used_resampler_equals_a_new_one() {
        let signal = sampled(44_100, 0.3, |t| (TAU * 3_000.0 * t).sin());
        let mut used = Resampler::new();
        for (from, to) in PAIRS {
            used.resample(&signal, rate(from), rate(to)).unwrap();
        }
        assert_eq!(used.pairs.len(), KEPT_PAIRS);
        for _ in 0..2 {
            let again = used.resample(&signal, rate(44_100), rate(48_000)).unwrap();
            assert_eq!(again, convert(&signal, 44_100, 48_000));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn cutting_the_input_changes_no_bit(cuts in prop::collection::vec(0..6_000usize, 1..8)) {
            let left: Vec<f32> = (0..cuts.iter().sum()).map(|n| ((n * n) as f32 * 1e-3).sin()).collect();
            let right: Vec<f32> = left.iter().map(|x| x * 0.5 - 0.1).collect();
            let mut stream = StreamResampler::new(rate(44_100), rate(48_000), 2).unwrap();
            let mut planes = vec![Vec::new(); 2];
            let mut start = 0;
            for cut in cuts {
                stream.push(&[&left[start..start + cut], &right[start..start + cut]], &mut planes);
                start += cut;
            }
            stream.finish(&mut planes);
            prop_assert_eq!(&planes[0], &convert(&left, 44_100, 48_000));
            prop_assert_eq!(&planes[1], &convert(&right, 44_100, 48_000));
        }
    }
}
