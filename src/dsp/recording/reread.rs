//! Whether a text is read a second time: what is said after a pause in the middle is as like what is said before it as two
//! readings of the same words are.
//!
//! Both halves are laid against each other by dynamic time warping (Sakoe and Chiba, IEEE ASSP-26(1), 1978). Readings differ
//! in how like they are to themselves, so their distance is compared with that of the first half to the second played
//! backwards, which has the same sounds in another order.

use super::spectra::{LINE, SPECTRA};

/// Bands of equal width on the mel scale between these frequencies.
const BANDS: usize = 13;
const RANGE: (f64, f64) = (120.0, 5_000.0);
/// What lies so far under the loudest band is no sound, in dB.
const HEARD: f64 = 50.0;
/// Both readings take a share of the speech between these.
const SHARE: (f64, f64) = (0.38, 0.62);
/// So many of the longest pauses are tried.
const PAUSES: usize = 4;
/// A reading is compared in at most so many places.
const PLACES: usize = 400;
/// A shorter reading tells nothing.
const LEAST_PLACES: usize = 15;
/// One reading may run ahead of the other by this share of its length, and so many places more.
const AHEAD: f64 = 0.15;
const SLACK: usize = 2;

type MelLevels = [f32; BANDS];

/// The sounds of a recording, one a spectrum.
pub(super) struct SecondReading {
    edges: [usize; BANDS + 1],
    sounds: Vec<MelLevels>,
}

impl SecondReading {
    pub(super) fn new() -> Self {
        let mel = |hz: f64| 1_127.0 * (1.0 + hz / 700.0).ln();
        let hz = |mel: f64| 700.0 * ((mel / 1_127.0).exp() - 1.0);
        let step = (mel(RANGE.1) - mel(RANGE.0)) / BANDS as f64;
        let edges = std::array::from_fn(|band| (hz(mel(RANGE.0) + step * band as f64) / LINE) as usize);
        Self { edges, sounds: Vec::new() }
    }

    /// Hears the next spectrum.
    pub(super) fn hear(&mut self, lines: &[f64]) {
        let band = |band: usize| {
            let (from, to) = (self.edges[band], self.edges[band + 1].max(self.edges[band] + 1));
            let power: f64 = lines[from.min(lines.len())..to.min(lines.len())].iter().sum();
            (10.0 * (power + 1e-16).log10()) as f32
        };
        let sound = std::array::from_fn(band);
        self.sounds.push(sound);
    }

    /// Where a second reading begins, in seconds, and its distance from the first as a share of what other words have; `None`
    /// where the speech has no pause in its middle. The islands of speech are given in frames, of which so many are a hop.
    pub(super) fn again(mut self, islands: &[(usize, usize)], hop: usize) -> Option<(f64, f64)> {
        let islands: Vec<(usize, usize)> = islands
            .iter()
            .map(|(from, to)| (from / hop, (to / hop).min(self.sounds.len())))
            .filter(|(from, to)| from < to)
            .collect();
        self.level(&islands);
        let spoken =
            |islands: &[(usize, usize)]| islands.iter().map(|(from, to)| to - from).sum::<usize>() as f64;
        let all = spoken(&islands);
        let is_middle = |at: &usize| (SHARE.0..SHARE.1).contains(&(spoken(&islands[..*at]) / all));
        let pause = |at: &usize| std::cmp::Reverse(islands[*at].0 - islands[at - 1].1);
        let mut pauses: Vec<usize> = (1..islands.len()).filter(is_middle).collect();
        pauses.sort_by_key(pause);
        let first = islands.first()?.0;
        let last = islands.last()?.1;
        let compared = pauses.into_iter().take(PAUSES).filter_map(|at| {
            let (to, from) = (islands[at - 1].1, islands[at].0);
            Some((from as f64 / SPECTRA as f64, likeness(&self.sounds[first..to], &self.sounds[from..last])?))
        });
        compared.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Takes the mean of the speech off, so that the voice itself makes nothing alike.
    fn level(&mut self, islands: &[(usize, usize)]) {
        let loudest = self.sounds.iter().flatten().copied().fold(f32::NEG_INFINITY, f32::max);
        let least = loudest - HEARD as f32;
        self.sounds.iter_mut().flatten().for_each(|level| *level = level.max(least));
        let spoken = || islands.iter().flat_map(|(from, to)| &self.sounds[*from..*to]);
        let count = spoken().count().max(1) as f32;
        let mean: MelLevels =
            std::array::from_fn(|band| spoken().map(|sound| sound[band]).sum::<f32>() / count);
        for sound in &mut self.sounds {
            sound.iter_mut().zip(mean).for_each(|(level, mean)| *level -= mean);
        }
    }
}

/// The distance of two readings as a share of that of the first to the second played backwards; `None` if they are too short.
fn likeness(one: &[MelLevels], other: &[MelLevels]) -> Option<f64> {
    let step = one.len().max(other.len()).div_ceil(PLACES).max(1);
    let one: Vec<MelLevels> = one.iter().step_by(step).copied().collect();
    let mut other: Vec<MelLevels> = other.iter().step_by(step).copied().collect();
    if one.len().min(other.len()) < LEAST_PLACES {
        return None;
    }
    let own = warped(&one, &other);
    other.reverse();
    Some(own / warped(&one, &other))
}

/// The mean distance of two readings along the path on which they are nearest to each other.
fn warped(one: &[MelLevels], other: &[MelLevels]) -> f64 {
    let (rows, columns) = (one.len(), other.len());
    let wide = (AHEAD * columns as f64) as usize + SLACK;
    let mut last = vec![f64::INFINITY; columns + 1];
    last[0] = 0.0;
    for (row, sound) in one.iter().enumerate() {
        let middle = row * columns / rows;
        let mut next = vec![f64::INFINITY; columns + 1];
        for column in middle.saturating_sub(wide)..(middle + wide + 1).min(columns) {
            let nearest = last[column].min(last[column + 1]).min(next[column]);
            next[column + 1] = nearest + distance(sound, &other[column]);
        }
        last = next;
    }
    last[columns] / (rows + columns) as f64
}

fn distance(one: &MelLevels, other: &MelLevels) -> f64 {
    f64::from(one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>() / BANDS as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::spectra::each_spectrum;
    use super::*;
    use crate::dsp::voice::signals::noise;
    use crate::unit::SampleRate;

    /// Sines that follow each other, a tenth of a second each, by the numbers of a seed.
    fn reading(seed: u64, tenths: usize, slower: f64) -> Vec<f32> {
        let steps = noise(seed, 1.0, tenths);
        let length = (4_800.0 * slower) as usize;
        let tone = |step: &f32| {
            let hz = 400.0 * 8f32.powf(f32::midpoint(*step, 1.0));
            (0..length).map(move |n| 0.2 * (n as f32 * hz * std::f32::consts::TAU / 48_000.0).sin())
        };
        steps.iter().flat_map(tone).collect()
    }

    fn again(one: &[f32], other: &[f32]) -> (f64, f64) {
        let pause = vec![0.0; 24_000];
        let mut words = SecondReading::new();
        each_spectrum(&[one, &pause, other].concat(), SampleRate::DEFAULT, |_, lines| words.hear(lines));
        let islands = [(0, one.len()), (one.len() + 24_000, one.len() + 24_000 + other.len())];
        words.again(&islands, 960).unwrap()
    }

    #[test]
    fn the_same_words_are_alike_however_fast_they_are_said_and_others_are_not() {
        let first = reading(3, 30, 1.0);
        for slower in [1.0, 1.08] {
            let (at, likeness) = again(&first, &reading(3, 30, slower));
            assert!(likeness < 0.5 && (at - 3.5).abs() < 0.05, "{at} {likeness}");
        }
        let (_, likeness) = again(&first, &reading(4, 30, 1.0));
        assert!(likeness > 0.8, "{likeness}");
    }

    #[test]
    fn what_has_no_pause_in_its_middle_is_read_once() {
        assert_eq!(SecondReading::new().again(&[], 960), None);
        let mut words = SecondReading::new();
        each_spectrum(&reading(3, 10, 1.0), SampleRate::DEFAULT, |_, lines| words.hear(lines));
        assert_eq!(words.again(&[(0, 48_000)], 960), None);
    }
}
