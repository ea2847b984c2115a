//! Holes in the spectrum, as a coder leaves them that had too few bits: within a sound, bands fall silent for a moment and
//! come back.

use super::spectra::line;

/// Bands of this many lines (250 Hz), from 2 to 8.5 kHz.
const BAND: usize = 10;
const FROM: f64 = 2_000.0;
const TO: f64 = 8_500.0;
/// So near under the highest frequency there is, the edge itself is no hole, in Hz.
const EDGE: f64 = 300.0;
/// A hole lies so many times under a band on both sides of it, which is one or two bands away: 20 dB.
const DEEP: f64 = 100.0;
/// Fewer bands tell nothing.
const LEAST_BANDS: usize = 7;
/// Nor do fewer spectra.
const LEAST_SPECTRA: usize = 15;

/// Counts the holes of a recording.
pub(super) struct SpectralHoles {
    bands: usize,
    holes: usize,
    looked: usize,
    spectra: usize,
}

impl SpectralHoles {
    /// For a recording whose highest frequency is this.
    pub(super) fn below(highest: f64) -> Self {
        let top = line((highest - EDGE).min(TO));
        Self { bands: top.saturating_sub(line(FROM)) / BAND, holes: 0, looked: 0, spectra: 0 }
    }

    /// Hears a spectrum in which somebody speaks.
    pub(super) fn hear(&mut self, lines: &[f64]) {
        if self.bands < LEAST_BANDS {
            return;
        }
        let band = |band: usize| lines[line(FROM) + band * BAND..][..BAND].iter().sum::<f64>();
        let powers: Vec<f64> = (0..self.bands).map(band).collect();
        self.spectra += 1;
        self.looked += self.bands - 4;
        let is_hole = |around: &&[f64]| {
            f64::max(around[0], around[1]).min(f64::max(around[3], around[4])) > DEEP * around[2]
        };
        self.holes += powers.windows(5).filter(is_hole).count();
    }

    /// How many of a thousand bands are holes.
    pub(super) fn share(&self) -> Option<f64> {
        (self.spectra >= LEAST_SPECTRA).then(|| 1_000.0 * self.holes as f64 / self.looked as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::spectra::each_spectrum;
    use super::*;
    use crate::dsp::voice::signals::noise;
    use crate::unit::SampleRate;

    fn share(samples: &[f32]) -> Option<f64> {
        let mut holes = SpectralHoles::below(8_500.0);
        each_spectrum(samples, SampleRate::DEFAULT, |_, lines| holes.hear(lines));
        holes.share()
    }

    #[test]
    fn a_band_that_is_missing_within_a_sound_is_a_hole() {
        let hiss = noise(5, 0.1, 96_000);
        assert!(share(&hiss).unwrap() < 1.0);
        // Sines in every band but one.
        let sine = |n: usize, hz: usize| (std::f64::consts::TAU * (hz * n) as f64 / 48_000.0).sin() as f32;
        let broken: Vec<f32> = (0..48_000)
            .map(|n| (0..26).filter(|band| *band != 9).map(|band| 0.01 * sine(n, 2_125 + 250 * band)).sum())
            .collect();
        // One of 22 bands.
        assert!((49.0..51.0).contains(&share(&broken).unwrap()), "{:?}", share(&broken));
        assert_eq!(share(&hiss[..4_000]), None);
    }
}
