//! A waterfall: a wide noise that surges a little, and the splashes of the water that comes down nearby.

use super::fluctuation::Fluctuation;
use super::generator::Generator;
use super::pan::StereoPan;
use super::scatter::{Slots, amplitude, between, mean_square};
use super::shot::{Shots, patter};
use super::spectrum::{Gains, OCTAVES, ShapedNoise, THIRDS, amplitudes, between_octaves};
use crate::dsp::noise::seed as seed_from;
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 1 dB.
pub const LEVEL: Db = Db(-24.0);

/// The levels of the thirds by octave in dB: of a thin fall over rocks and of a wide one into a deep pool.
const THIN_DB: [f64; OCTAVES] = [-24.0, -20.0, -14.0, -8.0, -3.0, 0.0, 0.0, -1.0, -5.0];
const WIDE_DB: [f64; OCTAVES] = [-2.0, 0.0, 1.0, 1.0, 0.0, -2.0, -5.0, -9.0, -15.0];
/// The correlation of left and right in each octave.
const CORRELATION: [f64; OCTAVES] = [0.7, 0.6, 0.5, 0.35, 0.25, 0.2, 0.1, 0.1, 0.1];
/// How each octave surges in each channel: seconds between random points, and the largest deviation in dB.
const SURGES: [(f64, f64); 3] = [(2.9, 1.4), (0.45, 2.0), (0.11, 2.0)];
/// Splashes per second in a thin fall, and how many times more a wide one has.
const FEWEST: f64 = 250.0;
const MORE: f64 = 4.0;
/// The share of splashes in the power, for a fall at 0.6.
const SPLASH: f64 = 0.1;
/// The nearest splash relative to the farthest, pitches in Hz, decays in seconds, and kinds.
const NEAREST: f64 = 6.0;
const SPLASH_HZ: (f64, f64) = (900.0, 8_000.0);
const SPLASH_DECAY: (f64, f64) = (0.000_3, 0.003);
const KINDS: u64 = 128;
/// The slots in which splashes are scattered are a hundredth of a second long.
const SLOTS_PER_SECOND: u32 = 100;

/// The kind of waterfall. Both values are clamped to 0 to 1; neither changes the level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaterfallSettings {
    /// 0 is a thin fall over rocks, 1 a wide one into a deep pool.
    pub flow: f64,
    /// How prominent single splashes are.
    pub nearness: f64,
}

/// A waterfall in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Waterfall {
    rate: SampleRate,
    seed: u64,
    noise: ShapedNoise,
    thirds: [f64; THIRDS],
    surges: Fluctuation<{ SURGES.len() }>,
    splashes: Shots,
    mean: f64,
    /// The amplitude of the farthest splash.
    farthest: f64,
}

impl Waterfall {
    pub fn new(rate: SampleRate, seed: u64, fall: WaterfallSettings) -> Self {
        let (flow, nearness) = (fall.flow.clamp(0.0, 1.0), fall.nearness.clamp(0.0, 1.0));
        let hz = rate.as_f64();
        let power = LEVEL.gain().0.powi(2);
        let splash = SPLASH * (nearness / 0.6).powi(2);
        let per_second = FEWEST * MORE.powf(flow);
        let levels = std::array::from_fn(|band| THIN_DB[band] + flow * (WIDE_DB[band] - THIN_DB[band]));
        let noise = (power * (1.0 - splash)).sqrt();
        Self {
            rate,
            seed,
            noise: ShapedNoise::new(rate, seed_from(&[seed, 0]), CORRELATION),
            thirds: amplitudes(between_octaves(levels)).map(|gain| gain * noise),
            surges: Fluctuation::new(&SURGES, |[channel, band, scale]| {
                seed_from(&[seed, 1, channel, band, scale])
            }),
            splashes: Shots::new(seed_from(&[seed, 2]), KINDS, |place, random| {
                let decay = between(SPLASH_DECAY, random.fraction(1_000_000));
                patter(random, between(SPLASH_HZ, place), 0.8, decay, hz)
            }),
            mean: per_second / f64::from(SLOTS_PER_SECOND),
            // Half of the energy is in each channel.
            farthest: (2.0 * power * splash * hz / (per_second * mean_square(NEAREST))).sqrt(),
        }
    }

    /// The gain of each third in each channel at a time.
    fn gains(&self, seconds: f64) -> Gains {
        std::array::from_fn(|channel| {
            let deviation = self.surges.gains(channel, seconds);
            std::array::from_fn(|third| (self.thirds[third] * deviation[third]) as f32)
        })
    }
}

impl Generator for Waterfall {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        self.noise.run(first, left, right, &mut |frame| self.gains(frame as f64 / hz));
        if self.farthest == 0.0 {
            return;
        }
        let slots = Slots {
            seed: [self.seed, 3],
            frames: u64::from(self.rate.hz() / SLOTS_PER_SECOND),
            longest: self.splashes.longest() + (0.001 * hz) as u64,
        };
        slots.each(
            first,
            left.len() as u64,
            |_| self.mean,
            |start, random| {
                let amplitude = self.farthest * amplitude(NEAREST, random.fraction(1));
                let pan = StereoPan::new(2.0 * random.fraction(2) - 1.0, amplitude, hz);
                self.splashes.add(random.fraction(3), &pan, start, first, left, right);
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{
        density_db, joins_without_a_seam, made, order_does_not_matter, rms_db,
    };

    fn fall(flow: f64, nearness: f64) -> Waterfall {
        Waterfall::new(SampleRate::DEFAULT, 5, WaterfallSettings { flow, nearness })
    }

    #[test]
    fn grains_can_be_made_in_any_order_and_join_as_if_the_water_had_never_been_cut() {
        order_does_not_matter(&fall(0.5, 0.6));
        joins_without_a_seam(&fall(0.5, 1.0));
    }

    #[test]
    fn a_wide_fall_is_deeper_than_a_thin_one_and_as_loud() {
        let heard = |flow| {
            let plane = made(&fall(flow, 0.6), 0).swap_remove(0);
            (rms_db(&plane), density_db(&plane, 48_000.0, 125.0) - density_db(&plane, 48_000.0, 4_000.0))
        };
        let (thin, wide) = (heard(0.0), heard(1.0));
        assert!(wide.1 > thin.1 + 15.0, "{thin:?} {wide:?}");
        assert!([thin.0, wide.0].iter().all(|level| (level - LEVEL.0).abs() < 1.2), "{thin:?} {wide:?}");
    }
}
