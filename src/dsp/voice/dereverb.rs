//! Lowers the echo of a room: the late reverberation, which smears words and fills their pauses.
//!
//! What rings at a moment is the spectrum some time before, fallen as the room falls (Lebart, Boucher and Denbigh, Acta Acustica
//! 87(3), 2001). That much is taken off each spectrum, down to a limit. How fast the room falls is measured in the clip itself.
//! A dry recording keeps every bit.

use realfft::num_complex::Complex;

use super::powers;
use super::windows::{OVERLAP, OverlapWindows};
use crate::dsp::recording::ringing_of;
use crate::unit::{Db, SampleRate};

/// Windows are at least this long, in seconds.
const WINDOW: f64 = 0.032;
/// What is later than this is echo; what is earlier makes a voice fuller, in seconds.
const LATE: f64 = 0.05;
/// Rooms that ring for less are not heard, in seconds.
const DRY: f64 = 0.45;
/// Powers are averaged over so many seconds.
const AVERAGED: f64 = 0.03;
/// A gain moves by this share of its distance in a window.
const FOLLOWS: f64 = 0.4;
/// So much of what is heard at a moment is of the room; the rest comes straight from the voice.
const OF_ROOM: f64 = 0.7;
/// Less is silence.
const NOTHING: f64 = 1e-14;

/// Lowers the echo of a clip by so much at most, and returns how much its quiet moments fell.
pub fn lower_echo(samples: &mut [f32], rate: SampleRate, most: Db) -> Db {
    let Some(ringing) = ringing_of(samples, rate).filter(|seconds| *seconds > DRY) else { return Db(0.0) };
    let before = quiet(samples, rate);
    let length = ((WINDOW * rate.as_f64()) as usize).next_power_of_two().max(16);
    let windows = OverlapWindows::of_length(length);
    let seconds = (length / OVERLAP) as f64 / rate.as_f64();
    let mut room = LateEcho::of(length / 2 + 1, ringing, seconds, most);
    let mut spectra = windows.spectra(samples);
    spectra.iter_mut().for_each(|bins| room.take_off(bins));
    windows.join(spectra, samples);
    before - quiet(samples, rate)
}

/// The level of the quiet moments in dBFS: a quarter of all windows of 20 ms is softer.
fn quiet(samples: &[f32], rate: SampleRate) -> Db {
    let mut powers = powers(samples, super::frames(0.02, rate));
    powers.sort_by(f64::total_cmp);
    Db(10.0 * powers.get(powers.len() / 4).map_or(NOTHING, |power| power.max(NOTHING)).log10())
}

/// What is still in the room of the spectra before.
struct LateEcho {
    /// The averaged powers of the last windows, the oldest first.
    past: std::collections::VecDeque<Vec<f64>>,
    gains: Vec<f64>,
    /// What is left of a power when it counts as late.
    left: f64,
    keep: f64,
    least: f64,
}

impl LateEcho {
    fn of(lines: usize, ringing: f64, hop: f64, most: Db) -> Self {
        let late = (LATE / hop).round().max(1.0);
        Self {
            past: vec![vec![0.0; lines]; late as usize].into(),
            gains: vec![1.0; lines],
            left: OF_ROOM * 10f64.powf(-6.0 * late * hop / ringing),
            keep: (-hop / AVERAGED).exp(),
            least: 10f64.powf(-most.0 / 10.0),
        }
    }

    fn take_off(&mut self, bins: &mut [Complex<f64>]) {
        let Some(late) = self.past.pop_front() else { return };
        let powers: Vec<f64> = bins.iter().map(Complex::norm_sqr).collect();
        let last = self.past.back().unwrap_or(&late);
        let averaged = last
            .iter()
            .zip(&powers)
            .map(|(last, power)| self.keep * last + (1.0 - self.keep) * power)
            .collect();
        for ((gain, power), late) in self.gains.iter_mut().zip(&powers).zip(&late) {
            let wanted = (1.0 - self.left * late / power.max(NOTHING)).max(self.least).sqrt();
            *gain += FOLLOWS * (wanted - *gain);
        }
        let gains = &self.gains;
        for (line, bin) in bins.iter_mut().enumerate() {
            let around = &gains[line.saturating_sub(1)..(line + 2).min(gains.len())];
            *bin *= around.iter().sum::<f64>() / around.len() as f64;
        }
        self.past.push_back(averaged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{db, noise, sine};

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// Words of half a second with as much between them, and after each a tail that falls by 60 dB in these seconds.
    fn words(ringing: f64) -> Vec<f32> {
        let mut samples = vec![0.0; 4 * 48_000];
        let voice: Vec<f32> = (1..20)
            .map(|k| sine(130.0 * f64::from(k), 0.2 / f64::from(k), 24_000))
            .fold(vec![0.0; 24_000], |sum, part| sum.iter().zip(&part).map(|(a, b)| a + b).collect());
        let tail = noise(8, 0.1, 24_000);
        for word in 0..4 {
            for n in 0..24_000 {
                samples[word * 48_000 + n] += voice[n];
                samples[word * 48_000 + 24_000 + n] +=
                    tail[n] * 10f64.powf(-3.0 * n as f64 / (48_000.0 * ringing)) as f32;
            }
        }
        samples
    }

    #[test]
    fn an_echo_falls_by_what_is_asked_and_words_keep_their_level() {
        let before = words(0.8);
        for most in [3.0, 6.0] {
            let mut after = before.clone();
            let told = lower_echo(&mut after, RATE, Db(most)).0;
            let fell = |from: usize, to: usize| db(&before[from..to]) - db(&after[from..to]);
            let echo = fell(48_000 + 34_000, 48_000 + 44_000);
            assert!((0.4 * most..most + 0.1).contains(&echo), "{most}: {echo}");
            let word = fell(50_000, 70_000);
            assert!(word < 2.0 && word < echo - 0.5, "{most}: {word} {echo}");
            assert!(told > 0.5 && told <= most + 0.1, "{most}: {told}");
        }
    }

    #[test]
    fn a_dry_recording_keeps_every_bit() {
        for samples in [words(0.2), noise(3, 0.2, 48_000), vec![0.0; 4_800], Vec::new()] {
            let mut after = samples.clone();
            assert_eq!(lower_echo(&mut after, RATE, Db(6.0)), Db(0.0));
            assert_eq!(after, samples);
        }
    }
}
