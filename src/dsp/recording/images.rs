//! Mirror images: a recording that was brought to a higher rate by repeating its samples, or by straight lines between them, has
//! each of its highs a second time, mirrored at half of the lower rate.

use super::spectra::LINE;
use crate::unit::SampleRate;

/// Half of the rates that recordings are brought from, in Hz.
const FOLDS: [f64; 6] = [4_000.0, 5_512.5, 6_000.0, 8_000.0, 11_025.0, 12_000.0];
/// So much on both sides is compared, in Hz, at least and at most, without what lies so near to the fold.
const LEAST_WIDE: f64 = 800.0;
const MOST_WIDE: f64 = 1_500.0;
const BESIDE: f64 = 150.0;
/// So near under half of the rate there is the filter of the recording, in Hz.
const FILTER: f64 = 100.0;
/// What lies so far under the speech is no sound, in dB.
const HEARD: f64 = 90.0;
/// The course of a spectrum is its mean over so many lines on both sides; what it has beside that is compared.
const SMOOTH: usize = 4;
/// Two likenesses are the same if they differ by less.
const ALIKE: f64 = 0.02;

/// Compares the highs below and above each fold.
pub(super) struct MirrorImages {
    /// The least power of a line that counts.
    least: f64,
    folds: Vec<Fold>,
}

struct Fold {
    hz: f64,
    /// Lines below the fold, and what a line and its image have together.
    below: std::ops::Range<usize>,
    both: usize,
    cross: f64,
    powers: [f64; 2],
}

impl MirrorImages {
    /// For a recording of this rate, whose speech has this level in dBFS.
    pub(super) fn of(rate: SampleRate, speech: f64) -> Self {
        let fold = |hz: f64| {
            let wide = (rate.as_f64() / 2.0 - hz - FILTER).min(MOST_WIDE);
            let from = ((hz - wide) / LINE).ceil() as usize;
            let to = ((hz - BESIDE) / LINE) as usize;
            let both = (2.0 * hz / LINE).round() as usize;
            (wide >= LEAST_WIDE).then_some(Fold { hz, below: from..to, both, cross: 0.0, powers: [0.0; 2] })
        };
        Self {
            least: 10f64.powf((speech - HEARD) / 10.0),
            folds: FOLDS.into_iter().filter_map(fold).collect(),
        }
    }

    /// Hears a spectrum in which somebody speaks.
    pub(super) fn hear(&mut self, lines: &[f64]) {
        let least = self.least;
        let level = |line: usize| 10.0 * lines[line].max(least).log10();
        for fold in &mut self.folds {
            let own: Vec<f64> = fold.below.clone().map(level).collect();
            let image: Vec<f64> = fold.below.clone().map(|line| level(fold.both - line)).collect();
            for (own, image) in fine(&own).zip(fine(&image)) {
                fold.cross += own * image;
                fold.powers[0] += own * own;
                fold.powers[1] += image * image;
            }
        }
    }

    /// How like the sound is to its mirror image at the fold where it is likest, 1 where it is the same, and that fold in Hz: the
    /// lowest, as what is repeated has more of them above.
    pub(super) fn likest(&self) -> Option<(f64, f64)> {
        let likeness =
            |fold: &Fold| (fold.cross / (fold.powers[0] * fold.powers[1]).sqrt().max(1e-9), fold.hz);
        let found: Vec<(f64, f64)> = self.folds.iter().map(likeness).collect();
        let most = found.iter().map(|(likeness, _)| *likeness).reduce(f64::max)?;
        found.into_iter().find(|(likeness, _)| *likeness > most - ALIKE)
    }
}

/// What a spectrum has beside its course.
fn fine(levels: &[f64]) -> impl Iterator<Item = f64> {
    levels
        .windows(2 * SMOOTH + 1)
        .map(|around| around[SMOOTH] - around.iter().sum::<f64>() / around.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::spectra::each_spectrum;
    use super::*;
    use crate::dsp::voice::signals::noise;

    fn likest(samples: &[f32]) -> (f64, f64) {
        let mut images = MirrorImages::of(SampleRate::DEFAULT, -25.0);
        each_spectrum(samples, SampleRate::DEFAULT, |_, lines| images.hear(lines));
        images.likest().unwrap()
    }

    #[test]
    fn sounds_that_were_repeated_are_their_own_image_and_others_are_not() {
        let hiss = noise(5, 0.1, 48_000);
        assert!(likest(&hiss).0 < 0.2, "{:?}", likest(&hiss));
        for (times, hz) in [(3, 8_000.0), (4, 6_000.0)] {
            let repeated: Vec<f32> = (0..48_000).map(|n| hiss[n / times]).collect();
            let found = likest(&repeated);
            assert!(found.0 > 0.95 && found.1 == hz, "{found:?}");
        }
    }
}
