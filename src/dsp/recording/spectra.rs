//! The spectra of a recording, fifty a second, in lines of 25 Hz: one pass for everything that listens to them.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;

use crate::unit::SampleRate;

/// The distance of two lines in Hz, and how many spectra there are in a second.
pub(super) const LINE: f64 = 25.0;
pub(super) const SPECTRA: usize = 50;

/// Nothing listens higher than this, in Hz.
const HIGHEST: f64 = 14_000.0;

/// Gives the power of each line, as a share of full scale, in each spectrum of a recording, with its number.
pub(super) fn each_spectrum(mono: &[f32], rate: SampleRate, mut hear: impl FnMut(usize, &[f64])) {
    let length = (rate.as_f64() / LINE).round() as usize;
    let hop = rate.hz() as usize / SPECTRA;
    let forward = RealFftPlanner::<f64>::new().plan_fft_forward(length);
    let (mut input, mut output) = (forward.make_input_vec(), forward.make_output_vec());
    // Blackman and Harris: side lobes at -92 dB.
    let weight = |n: usize| {
        let turn = TAU * n as f64 / length as f64;
        0.358_75 - 0.488_29 * turn.cos() + 0.141_28 * (2.0 * turn).cos() - 0.011_68 * (3.0 * turn).cos()
    };
    let weights: Vec<f64> = (0..length).map(weight).collect();
    let whole = 2.0 / (weights.iter().map(|weight| weight * weight).sum::<f64>() * length as f64);
    let mut lines = vec![0.0; output.len().min(line(HIGHEST))];
    for (number, start) in (0..(mono.len() + 1).saturating_sub(length)).step_by(hop.max(1)).enumerate() {
        let samples = mono[start..start + length].iter().zip(&weights);
        for (input, (sample, weight)) in input.iter_mut().zip(samples) {
            *input = f64::from(*sample) * weight;
        }
        if forward.process(&mut input, &mut output).is_err() {
            return;
        }
        lines.iter_mut().zip(&output).for_each(|(line, bin)| *line = whole * bin.norm_sqr());
        hear(number, &lines);
    }
}

/// The line of a frequency.
pub(super) fn line(hz: f64) -> usize {
    (hz / LINE).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_has_its_power_at_its_line() {
        for hz in [8_000, 22_050, 48_000] {
            let rate = SampleRate::new(hz).unwrap();
            let sine: Vec<f32> = (0..hz)
                .map(|n| (0.5 * (TAU * 1_000.0 * f64::from(n) / rate.as_f64()).sin()) as f32)
                .collect();
            let mut count = 0;
            each_spectrum(&sine, rate, |_, lines| {
                let power: f64 = lines[line(1_000.0) - 4..=line(1_000.0) + 4].iter().sum();
                assert!((power - 0.125).abs() < 1e-4, "{hz}: {power}");
                count += 1;
            });
            assert_eq!(count, 49, "{hz}");
        }
        each_spectrum(&[0.1; 100], SampleRate::DEFAULT, |_, _| panic!("too short"));
    }
}
