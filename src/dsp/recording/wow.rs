//! Wow: the speed of a recording wavers, as that of a tape or a turntable does.
//!
//! A voice moves its pitch by far more than wow does, but not everything in a recording is voice: the edges of filters and coders,
//! the lines of a hum, of a screen or a fan stand still. Where the speed wavers they waver together. So the spectra of the upper
//! frequencies are laid over each other, each moved back as a wavering speed would have moved it: if their mean has sharper edges than
//! without that, the speed wavers. A recording in which nothing stands still tells nothing.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;

use crate::unit::SampleRate;

/// A spectrum is as long as the power of two from this many seconds on, and there is one each half of that.
const WINDOW: f64 = 0.06;
/// Lines a thousandth apart, from this share of half the rate to this.
const STEP: f64 = 1.001;
const FROM: f64 = 0.3;
const TO: f64 = 0.985;
/// An edge is a difference over so many lines, and what is as wide as so many lines is the colour of the sound.
const EDGE: usize = 5;
const COLOUR: usize = 60;
/// No speed moves a line farther than this many lines.
const MARGIN: usize = 25;
/// What is softer than this power is silence.
const SILENCE: f64 = 1e-16;
/// The waverings that are tried: a second, and as a share of the speed, each from this many beginnings.
const RATES: [f64; 6] = [0.5, 0.7, 1.0, 1.4, 2.0, 3.0];
const DEPTHS: [f64; 2] = [0.005, 0.01];
const PHASES: usize = 12;
/// Where nothing stands still the sharpness is what chance makes it, the sum of the powers of all edges; in noise the best of all
/// waverings has 1.19 times that. What has less than this tells nothing.
const STANDS: f64 = 1.28;
/// What is shorter than this, in seconds, tells nothing; what is longer than this is not needed.
const SHORTEST: f64 = 1.5;
const LONGEST: f64 = 8.0;

/// How much sharper the edges of a recording are with its best wavering taken out, as a ratio; below one where that blurs them.
pub(super) fn wow(mono: &[f32], rate: SampleRate) -> Option<f64> {
    let hz = rate.as_f64();
    if (mono.len() as f64) < SHORTEST * hz {
        return None;
    }
    let mono = &mono[..mono.len().min((LONGEST * hz) as usize)];
    let length = ((WINDOW * hz) as usize).next_power_of_two();
    let spectra = edges(mono, length)?;
    let every = length as f64 / 2.0 / hz;
    let still = sharpness(&spectra, |_| 0);
    let tried = RATES.into_iter().flat_map(|rate| {
        DEPTHS.into_iter().flat_map(move |depth| (0..PHASES).map(move |phase| (rate, depth, phase)))
    });
    let sharpest = tried.map(|(rate, depth, phase)| {
        let begin = TAU * phase as f64 / PHASES as f64;
        sharpness(&spectra, |number| {
            let speed = depth * (TAU * rate * number as f64 * every + begin).sin();
            (speed.ln_1p() / STEP.ln()).round() as isize
        })
    });
    let sharpest = sharpest.fold(0.0, f64::max);
    let chance: f64 = spectra.iter().map(|edges| power(&edges[MARGIN..edges.len() - MARGIN])).sum();
    (still > 0.0 && sharpest > STANDS * chance).then(|| sharpest / still)
}

/// The edges of each spectrum: how steeply it rises at each line, beside its colour.
fn edges(mono: &[f32], length: usize) -> Option<Vec<Vec<f32>>> {
    let forward = RealFftPlanner::<f64>::new().plan_fft_forward(length);
    let (mut input, mut output) = (forward.make_input_vec(), forward.make_output_vec());
    let weights: Vec<f64> = (0..length).map(|n| 0.5 - 0.5 * (TAU * n as f64 / length as f64).cos()).collect();
    let whole = weights.iter().sum::<f64>().powi(2);
    let top = length as f64 / 2.0;
    let lines = ((TO / FROM).ln() / STEP.ln()) as usize;
    // Where each line lies among the bins.
    let places: Vec<f64> = (0..lines).map(|line| FROM * top * STEP.powi(line as i32)).collect();
    let mut spectra = Vec::new();
    for start in (0..(mono.len() + 1).saturating_sub(length)).step_by(length / 2) {
        for (n, input) in input.iter_mut().enumerate() {
            *input = f64::from(mono[start + n]) * weights[n];
        }
        forward.process(&mut input, &mut output).ok()?;
        let level = |bin: usize| 10.0 * (output[bin].norm_sqr() / whole + SILENCE).log10();
        let level = |place: &f64| {
            let share = place.fract();
            level(*place as usize) * (1.0 - share) + level(*place as usize + 1) * share
        };
        let levels: Vec<f64> = places.iter().map(level).collect();
        let rises: Vec<f64> =
            levels.windows(EDGE + 1).map(|part| (part[EDGE] - part[0]) / EDGE as f64).collect();
        let colour = rises.windows(COLOUR).map(|part| part.iter().sum::<f64>() / COLOUR as f64);
        let edges = rises[COLOUR / 2..].iter().zip(colour).map(|(rise, colour)| (rise - colour) as f32);
        spectra.push(edges.collect());
    }
    (!spectra.is_empty()).then_some(spectra)
}

/// How sharp the edges of the mean of all spectra are, where `moved` says by how many lines each is moved.
fn sharpness(spectra: &[Vec<f32>], moved: impl Fn(usize) -> isize) -> f64 {
    let lines = spectra.iter().map(Vec::len).min().unwrap_or(0).saturating_sub(2 * MARGIN);
    let mut mean = vec![0f32; lines];
    for (number, edges) in spectra.iter().enumerate() {
        let from = MARGIN.saturating_add_signed(moved(number)).min(2 * MARGIN);
        mean.iter_mut().zip(&edges[from..]).for_each(|(sum, edge)| *sum += edge);
    }
    power(&mean)
}

fn power(edges: &[f32]) -> f64 {
    edges.iter().map(|edge| f64::from(*edge).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::noise;

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// Noise that swells and fades as words do, and softer tones that stand still, as those of a screen do.
    fn words() -> Vec<f32> {
        let tone = |n: usize, hz: f64| (TAU * hz * n as f64 / RATE.as_f64() + hz).sin();
        let tones = |n: usize| {
            [8_120.0, 9_770.0, 11_400.0, 13_300.0, 14_900.0].map(|hz| tone(n, hz)).iter().sum::<f64>()
        };
        let words = noise(3, 0.1, 192_000).into_iter().enumerate();
        words.map(|(n, x)| x * (n as f32 * 4e-4).sin().powi(4) + (1e-3 * tones(n)) as f32).collect()
    }

    /// Played at a speed that wavers by a share, so many times a second.
    fn played(samples: &[f32], depth: f64, times: f64) -> Vec<f32> {
        let hz = RATE.as_f64();
        let ahead = |n: f64| depth * hz / (TAU * times) * (1.0 - (TAU * times * n / hz).cos());
        let at = |n: usize| samples.get(n).copied().unwrap_or(0.0);
        let sample = |n: usize| {
            let place = n as f64 + ahead(n as f64);
            let (from, share) = (place as usize, place.fract() as f32);
            at(from) * (1.0 - share) + at(from + 1) * share
        };
        (0..samples.len()).map(sample).collect()
    }

    #[test]
    fn what_stands_still_tells_of_a_speed_that_wavers() {
        let words = words();
        let still = wow(&words, RATE).unwrap();
        assert!(still < 1.05, "{still}");
        for (depth, times) in [(0.01, 1.0), (0.005, 0.7)] {
            let wavers = wow(&played(&words, depth, times), RATE).unwrap();
            assert!(wavers > 1.3, "{depth}: {wavers}");
        }
        assert_eq!(wow(&words[..60_000], RATE), None, "too short");
        assert!(wow(&vec![0.0; 96_000], RATE).is_none(), "silence");
        assert_eq!(wow(&noise(9, 0.1, 96_000), RATE), None, "nothing stands still in noise");
    }
}
