//! The swell of a breath: noise that gets louder and brighter during the in-breath and softer and darker during the
//! out-breath, so that the listener can follow the breath without counting.

use crate::audio::Buffer;
use crate::dsp::fade::{Curve, equal_power, fade_in, fade_out};
use crate::dsp::noise::HashNoise;
use crate::dsp::svf::{SvfCoefficients, SvfState};
use crate::unit::{Db, Frames, SampleRate};

/// The RMS of each channel at the loudest point, in dBFS. It is the same for every breath; peaks reach about −12
/// dBFS.
pub const TOP: Db = Db(-24.5);

/// The centre frequency at the start of the in-breath and at its end, in Hz.
const EMPTY_HZ: f64 = 280.0;
const FULL_HZ: f64 = 1_150.0;
/// A mild resonance, for a hollow sound rather than a hiss.
const Q: f64 = 0.9;
/// How much of the band-pass is added to the low-pass: it changes the slope from 12 to 6 dB per octave, for an airy
/// sound.
const AIR: f64 = 0.35;
/// The cutoff of the high-pass, against rumble, in Hz.
const LOWEST_HZ: f64 = 100.0;
/// The stereo width, from 0 to 1.
const WIDTH: f64 = 0.6;
/// The filter is updated every this many frames, often enough to be inaudible.
const STEP: usize = 32;
/// The fade at both ends, which matters if a breath has no in-breath or no out-breath.
const EDGE_SECONDS: f64 = 0.02;

/// A breath in stereo, `inhale` + `exhale` frames long. The RMS follows sin(π/2·t) over the in-breath and cos(π/2·t)
/// over the out-breath (t from 0 to 1 over each) times [`TOP`], within 1 dB plus the fluctuation of noise: −4 dB at
/// half a breath, silence at both ends. The centre frequency rises with it from 280 to 1150 Hz and falls again.
pub fn swell(inhale: Frames, exhale: Frames, rate: SampleRate, seed: u64) -> Buffer {
    let length = (inhale + exhale).index();
    let mut buffer = Buffer::silence(rate, 2, length);
    let [left, right] = buffer.planes_mut() else { panic!("a swell has two planes") };
    let mut air = Air::new(rate, seed);
    for (start, (left, right)) in (0..).step_by(STEP).zip(left.chunks_mut(STEP).zip(right.chunks_mut(STEP))) {
        air.open(fullness(start, inhale, exhale));
        for ((frame, left), right) in (start..).zip(left).zip(right) {
            let level = fullness(frame, inhale, exhale);
            let sample = air.step(frame);
            (*left, *right) = ((level * sample[0]) as f32, (level * sample[1]) as f32);
        }
    }
    let edge = ((EDGE_SECONDS * rate.as_f64()) as usize).min(length / 2);
    for plane in buffer.planes_mut() {
        fade_in(&mut plane[..edge], Curve::RaisedCosine);
        fade_out(&mut plane[length - edge..], Curve::RaisedCosine);
    }
    buffer
}

/// The phase of the breath at a frame: 0 is empty, 1 full.
fn fullness(frame: u64, inhale: Frames, exhale: Frames) -> f64 {
    if frame < inhale.0 {
        equal_power(frame as f64 / inhale.0 as f64)
    } else {
        equal_power(1.0 - (frame - inhale.0) as f64 / exhale.0 as f64)
    }
}

/// Noise through a filter with a moving cutoff.
struct Air {
    noise: HashNoise,
    rate: f64,
    highpass: SvfCoefficients,
    shape: SvfCoefficients,
    gain: f64,
    filters: [(SvfState, SvfState); 2],
}

impl Air {
    fn new(rate: SampleRate, seed: u64) -> Self {
        let rate = rate.as_f64();
        let highpass = SvfCoefficients::new(LOWEST_HZ, 0.5f64.sqrt(), rate);
        let shape = SvfCoefficients::new(EMPTY_HZ, Q, rate);
        Self { noise: HashNoise::new(seed), rate, highpass, shape, gain: 0.0, filters: Default::default() }
    }

    /// Sets the filter for a phase of the breath, and its gain so that the level stays at [`TOP`].
    fn open(&mut self, fullness: f64) {
        let hz = EMPTY_HZ * (FULL_HZ / EMPTY_HZ).powf(fullness);
        self.shape = SvfCoefficients::new(hz, Q, self.rate);
        // |H|² of (1 + b·s)/(s² + s/Q + 1) over all frequencies is π/2·Q·(1 + b²) times the centre frequency, and the
        // noise has a power of 1/3 over half the rate.
        let band = std::f64::consts::FRAC_PI_2 * Q * (1.0 + (AIR / Q).powi(2)) * hz;
        self.gain = TOP.gain().0 / (band / (1.5 * self.rate)).sqrt();
    }

    /// The next sample of left and right.
    fn step(&mut self, frame: u64) -> [f64; 2] {
        let (middle, side) = self.noise.pair(frame);
        let middle = f64::from(middle) * (1.0 - WIDTH / 2.0).sqrt();
        let side = f64::from(side) * (WIDTH / 2.0).sqrt();
        let mut inputs = [middle + side, middle - side];
        for (sample, (highpass, lowpass)) in inputs.iter_mut().zip(&mut self.filters) {
            let out = lowpass.step(&self.shape, highpass.step(&self.highpass, *sample).high);
            *sample = self.gain * (out.low + AIR * out.band);
        }
        inputs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{density_db, rms_db};

    const IN: usize = 4 * 48_000;
    const OUT: usize = 6 * 48_000;

    fn breath(seed: u64) -> Buffer {
        swell(Frames(IN as u64), Frames(OUT as u64), SampleRate::DEFAULT, seed)
    }

    #[test]
    fn a_breath_has_its_length_and_is_silent_at_both_ends() {
        let sound = breath(1);
        assert_eq!(sound.frames(), Frames((IN + OUT) as u64));
        for plane in sound.planes() {
            assert_eq!(plane[0], 0.0);
            assert!(plane[..48].iter().chain(&plane[IN + OUT - 48..]).all(|s| s.abs() < 1e-5));
        }
    }

    #[test]
    fn the_level_follows_the_breath() {
        // Eight breaths together, so that the flicker of the noise averages out.
        let breaths: Vec<Buffer> = (0..8).map(breath).collect();
        let level = |start: usize| {
            let parts: Vec<f32> =
                breaths.iter().flat_map(|b| b.plane(0)[start..start + 9_600].to_vec()).collect();
            rms_db(&parts)
        };
        let check = |centre: usize, share: f64| {
            let (made, expected) = (level(centre - 4_800), TOP.0 + 20.0 * equal_power(share).log10());
            assert!((made - expected).abs() < 1.0, "frame {centre}: {made} dB instead of {expected}");
        };
        for part in 1..=4 {
            check(part * IN / 4, part as f64 / 4.0);
            check(IN + OUT - part * OUT / 4, part as f64 / 4.0);
        }
    }

    #[test]
    fn the_air_brightens_with_the_in_breath_and_darkens_with_the_out_breath() {
        let sound = breath(2);
        let brightness = |start: usize| {
            let part = &sound.plane(0)[start..start + 48_000];
            density_db(part, 48_000.0, 2_500.0) - density_db(part, 48_000.0, 300.0)
        };
        let (start, top, end) = (brightness(0), brightness(IN - 24_000), brightness(IN + OUT - 48_000));
        assert!(top > start + 8.0 && top > end + 8.0, "{start} {top} {end}");
    }

    #[test]
    fn peaks_come_to_about_twelve_decibels_under_full_scale() {
        for seed in 0..6 {
            let peak = breath(seed).planes().iter().flatten().fold(0.0f32, |peak, s| peak.max(s.abs()));
            assert!(
                (-14.5..-9.5).contains(&(20.0 * peak.log10())),
                "seed {seed}: {} dB",
                20.0 * peak.log10()
            );
        }
    }

    #[test]
    fn nothing_clicks_at_the_turn_or_at_the_ends() {
        let sound = breath(3);
        let plane = sound.plane(0);
        let steps: Vec<f32> = plane.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
        let most = |range: &[f32]| range.iter().fold(0.0f32, |most, step| most.max(*step));
        // The turn moves no faster than the second around it, the ends hardly at all.
        assert!(most(&steps[IN - 100..IN + 100]) <= most(&steps[IN - 24_000..IN + 24_000]));
        assert!(most(&steps[..480]) < 1e-3 && most(&steps[steps.len() - 480..]) < 1e-3);
    }

    #[test]
    fn a_breath_may_lack_a_half_or_be_nothing_at_all() {
        for (inhale, exhale) in [(0, 0), (1, 0), (0, 5_000), (5_000, 0), (3, 2)] {
            let sound = swell(Frames(inhale), Frames(exhale), SampleRate::DEFAULT, 1);
            assert_eq!(sound.frames(), Frames(inhale + exhale));
            let peak = sound.planes().iter().flatten().fold(0.0f32, |peak, s| peak.max(s.abs()));
            assert!(peak.is_finite() && peak < 0.5);
            assert!(sound.planes().iter().all(|plane| plane.first().is_none_or(|s| s.abs() < 0.05)));
        }
    }
}
