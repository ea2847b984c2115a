//! Small sounds, such as drops and bubbles, scattered randomly over time without keeping state.
//!
//! Time is divided into slots, independent of grains. A slot and a number within it determine a sound completely, so
//! it is the same in every grain that it rings into.

use crate::dsp::noise::{HashNoise, seed as seed_from};

/// The slots in which sounds begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slots {
    /// The random numbers of a slot are seeded with these and its index.
    pub(crate) seed: [u64; 2],
    /// The length of a slot, in frames.
    pub(crate) frames: u64,
    /// The longest duration of a sound, in frames.
    pub(crate) longest: u64,
}

impl Slots {
    /// Calls `sound` for every sound that can be heard in a window of `length` frames from `first` on, in the order
    /// of the slots, with the frame it begins at and its random numbers (index 0 is already used). `mean` gives the
    /// average number of sounds in the slot that begins at a frame.
    pub(crate) fn each(
        &self,
        first: u64,
        length: u64,
        mean: impl Fn(u64) -> f64,
        mut sound: impl FnMut(u64, HashNoise),
    ) {
        let reach = self.longest / self.frames + 1;
        for index in (first / self.frames).saturating_sub(reach)..=(first + length - 1) / self.frames {
            let random = HashNoise::new(seed_from(&[self.seed[0], self.seed[1], index]));
            let slot = index * self.frames;
            for number in 0..poisson(mean(slot), random.fraction(0)) {
                let random = HashNoise::new(random.bits(number + 1));
                sound(slot + (random.fraction(0) * self.frames as f64) as u64, random);
            }
        }
    }
}

/// A value between two, on a scale of ratios.
pub(crate) fn between((low, high): (f64, f64), place: f64) -> f64 {
    low * (high / low).powf(place)
}

/// The amplitude of a sound at a random place on the plane around the listener, relative to the farthest: 1/distance,
/// with distances in proportion to area, up to `nearest`.
pub(crate) fn amplitude(nearest: f64, fraction: f64) -> f64 {
    let cut = nearest.powi(-2);
    (cut + (1.0 - cut) * (1.0 - fraction)).sqrt().recip()
}

/// The mean square of [`amplitude`].
pub(crate) fn mean_square(nearest: f64) -> f64 {
    2.0 * nearest.ln() / (1.0 - nearest.powi(-2))
}

/// A Poisson-distributed count, by inversion: how many whole steps of the cumulative sum lie below `fraction`, 0 to
/// 1.
fn poisson(mean: f64, fraction: f64) -> u64 {
    let mut share = (-mean).exp();
    let (mut count, mut sum) = (0, share);
    while sum <= fraction && share > 1e-18 {
        count += 1;
        share *= mean / count as f64;
        sum += share;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_sounds_are_few_and_have_the_power_they_should() {
        let random = HashNoise::new(2);
        let amplitudes: Vec<f64> = (0..100_000).map(|index| amplitude(7.0, random.fraction(index))).collect();
        assert!(amplitudes.iter().all(|amplitude| (1.0..=7.001).contains(amplitude)));
        let power = amplitudes.iter().map(|amplitude| amplitude * amplitude).sum::<f64>() / 100_000.0;
        assert!((power / mean_square(7.0) - 1.0).abs() < 0.03, "{power}");
    }

    #[test]
    fn counts_have_the_mean_and_variance_of_poisson() {
        let random = HashNoise::new(1);
        for mean in [0.4, 6.4] {
            let counts: Vec<f64> =
                (0..20_000).map(|index| poisson(mean, random.fraction(index)) as f64).collect();
            let average = counts.iter().sum::<f64>() / 20_000.0;
            let variance = counts.iter().map(|count| (count - average).powi(2)).sum::<f64>() / 20_000.0;
            assert!(
                (average / mean - 1.0).abs() < 0.05 && (variance / mean - 1.0).abs() < 0.08,
                "{average} {variance}"
            );
        }
        assert_eq!(poisson(0.0, 0.999_999), 0);
    }
}
