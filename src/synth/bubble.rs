//! A bubble in water: the source of the sound of brooks and drops.
//!
//! A bubble rings like a small bell of air, at 3 Hz over its radius in metres (Minnaert, "On musical air-bubbles and
//! the sounds of running water", Philosophical Magazine 16, 1933), and decays within milliseconds. As it nears the
//! surface its pitch rises; its amplitude grows with the radius to the power of 3/2 (van den Doel, "Physically based
//! models for liquid sounds", ACM Transactions on Applied Perception 2, 2005).

use std::f64::consts::TAU;

use super::rotation::Rotation;

/// The length of a bubble in decay times. The envelope is shifted so that it ends at exactly zero instead of −52 dB.
const DECAYS: f64 = 6.0;
/// The attack time, as a share of a period of the tone; a faster attack would click.
const ATTACK_PERIODS: f64 = 0.3;

/// The natural decay time of a bubble in seconds, from radiation and heat loss (van den Doel, equation 8).
pub(crate) fn natural_decay(hz: f64) -> f64 {
    1.0 / (0.043 * hz + 0.001_4 * hz.powf(1.5))
}

/// The longest duration of a bubble with this decay, in frames.
pub(crate) fn longest(decay: f64, rate: f64) -> u64 {
    (DECAYS * decay * rate) as u64
}

/// The samples of a bubble that begins with the pitch `hz`, decays to 1/e in `decay` seconds and rises in pitch by
/// the share `rise` in that time. Its largest sample is a little under one.
pub(crate) fn sound(hz: f64, decay: f64, rise: f64, rate: f64) -> Vec<f64> {
    let factor = |per_second: f64| (-per_second / rate).exp();
    let step = TAU * hz / rate;
    let (slow_factor, fast_factor) = (factor(1.0 / decay), factor(1.0 / decay + hz / ATTACK_PERIODS));
    let (mut slow, mut fast, floor) = (1.0, 1.0, (-DECAYS).exp());
    let (mut tone, mut speed) = (Rotation::by(0.0), Rotation::by(step));
    let rise = Rotation::by(step * rise / (decay * rate));
    (0..longest(decay, rate))
        .map(|_| {
            let envelope = (slow - floor) * (1.0 - fast);
            slow *= slow_factor;
            fast *= fast_factor;
            tone = tone.then(speed);
            speed = speed.then(rise);
            envelope * tone.sine
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bubble_comes_up_at_once_and_ends_where_it_has_come_to_nothing() {
        for hz in [400.0, 1_000.0, 3_000.0] {
            let bubble = sound(hz, natural_decay(hz), 0.1, 48_000.0);
            let peak = |samples: &[f64]| samples.iter().fold(0.0f64, |peak, s| peak.max(s.abs()));
            assert!((0.6..1.0).contains(&peak(&bubble)), "{}", peak(&bubble));
            assert!(peak(&bubble[..(48_000.0 / hz) as usize]) > 0.9 * peak(&bubble));
            assert!(peak(&bubble[bubble.len() - 3..]) < 1e-4);
        }
    }

    #[test]
    fn large_bubbles_ring_longer() {
        // A radius of 3 mm is about 1 kHz and 4 ms of half-life in water.
        assert!((natural_decay(1_000.0) * 1_000.0 - 11.5).abs() < 0.2);
        assert!(natural_decay(300.0) > 3.0 * natural_decay(1_000.0));
    }
}
