//! Turns the phases of a voice whose peaks stand far over its loudness, so that fewer of them have to be lowered.
//!
//! The partials of a voice begin each of its periods almost together, which makes a high peak on one side. All-pass filters
//! of the first order delay the low ones by a few thousandths of a second and change the level of none, so that the same
//! sound has lower peaks. Broadcasters have done so before their limiters since the 1960s.
//!
//! Filters are added one after another, each the one of several that brings the highest peak down most, until it is within
//! the crest, none helps, or the delay of the lowest partials is as long as it may be.

use std::f64::consts::PI;

use crate::dsp::loudness::{clip_blocks, gated};
use crate::unit::{Db, SampleRate};

/// The frequencies at which a filter may turn by a quarter, in Hz.
const CORNERS: [f64; 8] = [60.0, 100.0, 160.0, 250.0, 400.0, 650.0, 1_000.0, 1_600.0];
/// The longest delay of all filters together, that of the lowest frequencies, in seconds.
const MOST_DELAY: f64 = 0.009;
/// A filter that brings the peak down by less, in dB, is not worth it.
const WORTH: f64 = 0.05;

/// An all-pass filter of the first order, at rest.
#[derive(Clone, Copy, Debug)]
struct AllPass {
    gain: f64,
    /// How much later the lowest frequencies are, in seconds.
    delay: f64,
    input: f64,
    output: f64,
}

impl AllPass {
    fn new(corner: f64, rate: SampleRate) -> Self {
        let turn = (PI * corner / rate.as_f64()).tan();
        Self { gain: (turn - 1.0) / (turn + 1.0), delay: 1.0 / (PI * corner), input: 0.0, output: 0.0 }
    }

    fn next(&mut self, sample: f64) -> f64 {
        self.output = self.gain * (sample - self.output) + self.input;
        self.input = sample;
        self.output
    }
}

/// Turns the phases of a clip whose highest peak is over `crest` above its loudness. Returns how far that peak fell.
pub fn turn_phases(samples: &mut [f32], rate: SampleRate, crest: Db) -> Db {
    let Some(loudness) = gated(&clip_blocks(samples, rate)) else { return Db(0.0) };
    let wanted = 10f64.powf((loudness + crest).0 / 20.0);
    let mut turned: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
    let before = peak(turned.iter().copied());
    let (mut height, mut delay) = (before, 0.0);
    while height > wanted {
        let Some((filters, lower)) = best(&turned, rate, MOST_DELAY - delay) else { break };
        if lower > height * 10f64.powf(-WORTH / 20.0) {
            break;
        }
        delay += filters.iter().map(|filter| filter.delay).sum::<f64>();
        turned = through(&turned, filters).collect();
        height = lower;
    }
    if delay == 0.0 {
        return Db(0.0);
    }
    samples.iter_mut().zip(turned).for_each(|(sample, turned)| *sample = turned as f32);
    Db(20.0 * (before / height).log10())
}

/// The filter, or two of them, after which the highest peak is lowest, with that peak.
fn best(samples: &[f64], rate: SampleRate, delay: f64) -> Option<(Vec<AllPass>, f64)> {
    let filters = CORNERS.into_iter().flat_map(|corner| {
        let one = AllPass::new(corner, rate);
        [vec![one], vec![one; 2]]
    });
    let fitting = filters.filter(|filters| filters.iter().map(|filter| filter.delay).sum::<f64>() <= delay);
    let tried = fitting.map(|filters| {
        let height = peak(through(samples, filters.clone()));
        (filters, height)
    });
    tried.min_by(|one, other| one.1.total_cmp(&other.1))
}

fn through(samples: &[f64], mut filters: Vec<AllPass>) -> impl Iterator<Item = f64> {
    samples.iter().map(move |sample| filters.iter_mut().fold(*sample, |sample, filter| filter.next(sample)))
}

fn peak(samples: impl Iterator<Item = f64>) -> f64 {
    samples.map(f64::abs).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{db, noise, response, sine};

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// Two seconds of a voice of 120 Hz whose partials begin together.
    fn buzz() -> Vec<f32> {
        let partials: Vec<_> = (1..=30).map(|n| sine(120.0 * f64::from(n), 0.03, 96_000)).collect();
        // Cosines: a quarter of a period of the lowest on.
        (0..80_000)
            .map(|at| partials.iter().zip(1..).map(|(partial, n)| partial[at + 100 / n]).sum())
            .collect()
    }

    fn height(samples: &[f32]) -> f64 {
        20.0 * peak(samples.iter().map(|sample| f64::from(*sample))).log10()
    }

    #[test]
    fn peaks_of_partials_that_begin_together_come_down_and_their_levels_stay() {
        let before = buzz();
        let mut after = before.clone();
        let fell = turn_phases(&mut after, RATE, Db(6.0));
        assert!(fell.0 > 2.5, "{fell:?}");
        assert!((height(&before) - height(&after) - fell.0).abs() < 0.01);
        assert!((db(&before[9_600..]) - db(&after[9_600..])).abs() < 0.05);
        // No more than is needed.
        let mut little = before.clone();
        let wanted = height(&before) - gated(&clip_blocks(&before, RATE)).unwrap().0 - 0.3;
        let less = turn_phases(&mut little, RATE, Db(wanted));
        assert!(less.0 >= 0.29 && less.0 <= fell.0, "{less:?}");
    }

    #[test]
    fn each_filter_passes_every_frequency_at_its_level() {
        for corner in CORNERS {
            for hz in [50.0, 300.0, 2_000.0, 12_000.0] {
                let change = response(hz, 0.5, |samples| {
                    let mut filter = AllPass::new(corner, RATE);
                    samples.iter_mut().for_each(|sample| *sample = filter.next(f64::from(*sample)) as f32);
                });
                assert!(change.abs() < 0.01, "{corner} {hz}: {change}");
            }
        }
    }

    #[test]
    fn what_has_no_high_peaks_keeps_every_bit() {
        for plain in [sine(200.0, 0.9, 48_000), noise(3, 0.5, 48_000), vec![0.0; 100]] {
            let mut same = plain.clone();
            assert_eq!(turn_phases(&mut same, RATE, Db(12.5)), Db(0.0));
            assert_eq!(same, plain);
        }
    }
}
