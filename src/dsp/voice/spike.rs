//! Finds single samples that stand out: clicks of a cable, a clock or a bad copy.
//!
//! A sample is compared with what a linear prediction from both sides says of it, which is the best that can be done for a
//! click of one sample (S. V. Vaseghi, *Advanced Digital Signal Processing and Noise Reduction*, chapter 13). The pulses of
//! a voice come in series and a consonant is noise, so after the click is taken out, nothing near it may stand out as much.

use super::frames;
use super::prediction::{Lags, ORDER, Prediction, autocorrelation};
use crate::unit::SampleRate;

/// The stretch that a prediction is learned from, and how far one is from the next, in seconds.
const LEARN: f64 = 0.030;
const ON: f64 = 0.015;
/// A click is compared with what is within so many seconds of it.
const NEAR: f64 = 0.006;
/// It is so many times what is left there. In 41 clean recordings a single sample is more than 2.9 times.
const ABOVE: f64 = 3.0;
/// So many may stand together.
const TOGETHER: usize = 3;
/// Smaller ones are not heard.
const LEAST: f64 = 0.004;
/// A click of the least height has at least this share of it as its fourth difference.
const SHARE: f64 = 0.7;
/// Clicks that hide each other are found one after the other.
const PASSES: usize = 3;

/// Mends the samples that stand out, each group of neighbours by `mend`, which says whether it could; returns how many groups.
pub(super) fn mend_spikes(
    samples: &mut [f32],
    rate: SampleRate,
    mut mend: impl FnMut(&mut [f32], usize, usize) -> bool,
) -> usize {
    let mut count = 0;
    for _ in 0..PASSES {
        let mut found = pass(samples, rate);
        found.sort_unstable();
        found.dedup();
        let groups = found.chunk_by(|one, next| one + 2 >= *next);
        let mended = groups.filter(|group| mend(samples, group[0], group[group.len() - 1] + 1)).count();
        if mended == 0 {
            break;
        }
        count += mended;
    }
    count
}

fn pass(samples: &[f32], rate: SampleRate) -> Vec<usize> {
    let (learn, on, near) = (frames(LEARN, rate), frames(ON, rate), frames(NEAR, rate));
    let sharp = fourth_difference(samples);
    let mut found = Vec::new();
    for start in (0..(samples.len() + 1).saturating_sub(learn)).step_by(on) {
        // Each stretch judges its middle, and the first and the last also the edges.
        let middle = start + (learn - on) / 2;
        let from = if start == 0 { 0 } else { middle };
        let to = if start + on + learn > samples.len() { samples.len() } else { middle + on };
        if sharp[from..to].iter().any(|sharp| *sharp > SHARE * LEAST) {
            let spikes = spikes(samples, (start, start + learn), (from, to), near);
            found.extend(spikes.unwrap_or_default());
        }
    }
    found
}

/// The samples that stand out about the loudest error of a stretch; `None` where nothing stands out.
fn spikes(
    samples: &[f32],
    learned: (usize, usize),
    (from, to): (usize, usize),
    near: usize,
) -> Option<Vec<usize>> {
    let margin = near + 2 * ORDER;
    let (first, last) = (from.saturating_sub(margin), (to + margin).min(samples.len()));
    let mut known: Vec<f64> = samples[learned.0..learned.1].iter().copied().map(f64::from).collect();
    let mut found = None;
    // The click disturbs the prediction that finds it, so it is learned once more without it.
    for _ in 0..2 {
        let prediction = Prediction::of(autocorrelation(&known))?;
        // What a click of height one adds to the errors around it.
        let likeness = prediction.weight.map(|weight| weight / prediction.weight[0]);
        let errors = errors(&samples[first..last], &prediction);
        let judged = from - first..to - first;
        let loudest = judged.max_by(|a, b| errors[*a].abs().total_cmp(&errors[*b].abs()))?;
        if errors[loudest].abs() < LEAST {
            return None;
        }
        let clicks = together(&errors, loudest, near, &likeness);
        let taken = clicks.clone().unwrap_or_else(|| vec![(loudest, errors[loudest])]);
        for (at, height) in taken {
            if let Some(sample) = (at + first).checked_sub(learned.0).and_then(|at| known.get_mut(at)) {
                *sample -= height;
            }
        }
        found = clicks;
    }
    Some(found?.into_iter().filter(|click| click.1.abs() >= LEAST).map(|click| click.0 + first).collect())
}

/// The clicks at a place and around it, if nothing else near them stands out.
fn together(errors: &[f64], place: usize, near: usize, likeness: &Lags) -> Option<Vec<(usize, f64)>> {
    let start = place.saturating_sub(near);
    let mut left = errors[start..(place + near + 1).min(errors.len())].to_vec();
    let mut clicks = Vec::new();
    let mut at = place - start;
    while clicks.len() < TOGETHER {
        let height = left[at];
        clicks.push((start + at, height));
        for (n, value) in left.iter_mut().enumerate().take(at + ORDER + 1).skip(at.saturating_sub(ORDER)) {
            *value -= height * likeness[n.abs_diff(at)];
        }
        at = (0..left.len()).max_by(|a, b| left[*a].abs().total_cmp(&left[*b].abs()))?;
        if clicks.iter().all(|(_, height)| height.abs() > ABOVE * left[at].abs()) {
            return Some(clicks);
        }
    }
    None
}

/// How far each sample is off what both sides predict; zero at the edges, where they cannot.
fn errors(samples: &[f32], prediction: &Prediction) -> Vec<f64> {
    let Prediction { filter, weight: [power, ..] } = prediction;
    let forward = |n: usize| -> f64 {
        filter.iter().zip(samples[n - ORDER..=n].iter().rev()).map(|(a, x)| a * f64::from(*x)).sum()
    };
    let forward: Vec<f64> = (0..samples.len()).map(|n| if n < ORDER { 0.0 } else { forward(n) }).collect();
    let both = |n: usize| filter.iter().zip(&forward[n..]).map(|(a, error)| a * error).sum::<f64>() / power;
    let inside = |n: usize| n >= ORDER && n + ORDER < samples.len();
    (0..samples.len()).map(|n| if inside(n) { both(n) } else { 0.0 }).collect()
}

/// How far each sample is off the curve through the four around it.
fn fourth_difference(samples: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; samples.len()];
    for (n, five) in samples.windows(5).enumerate() {
        let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|k| f64::from(five[k]));
        out[n + 2] = (c - (b + d) * (2.0 / 3.0) + (a + e) / 6.0).abs();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::click::repair_clicks;
    use super::super::rumble::remove_rumble;
    use crate::dsp::voice::signals::db;
    use crate::unit::SampleRate;

    /// The places and heights of 62 clicks in a sound of so many samples, of 0.02, 0.05, 0.1 and 0.2 in turn.
    fn clicks(length: usize) -> Vec<(usize, f32)> {
        let (heights, apart) = ([0.02, 0.05, 0.1, 0.2], (length - 8_000) / 62);
        let click = |n: usize| {
            let sign = if (n * 7).is_multiple_of(3) { -1.0 } else { 1.0 };
            (4_000 + n * apart + n * 7_919 % (apart / 2), sign * heights[n % 4])
        };
        (0..62).map(click).collect()
    }

    #[test]
    fn of_62_clicks_in_real_voices_at_most_5_are_left_and_clean_voices_keep_every_bit() {
        for file in ["kerstin/de_rhasspy-0157.flac", "ljspeech/LJ001-0016.flac"] {
            let (folder, name) = file.split_once('/').unwrap();
            let paths = crate::recordings::recordings(&format!("speech/{folder}"), &["flac"]);
            let Some(path) = paths.iter().find(|path| path.ends_with(name)) else { continue };
            let bytes = std::fs::read(path).unwrap();
            let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
            let (rate, mut clean) = (decoded.buffer.rate(), decoded.buffer.planes()[0].clone());
            remove_rumble(&mut clean, rate, 70.0);
            let mut same = clean.clone();
            assert_eq!(repair_clicks(&mut same, rate), 0, "{file}");
            assert!(same == clean);
            let clicks = clicks(clean.len());
            let mut samples = clean.clone();
            clicks.iter().for_each(|(at, height)| samples[*at] += height);
            repair_clicks(&mut samples, rate);
            let is_left =
                |click: &&(usize, f32)| (samples[click.0] - clean[click.0]).abs() > 0.5 * click.1.abs();
            let left: Vec<&(usize, f32)> = clicks.iter().filter(is_left).collect();
            assert!(left.len() <= 5 && left.iter().all(|click| click.1.abs() < 0.2), "{file}: {left:?}");
            // What was mended is as it was.
            let errors: Vec<f32> = samples.iter().zip(&clean).map(|(sample, clean)| sample - clean).collect();
            assert!(db(&errors) < db(&clean) - 30.0, "{file}: {} in {}", db(&errors), db(&clean));
        }
    }

    #[test]
    fn single_samples_in_a_vowel_are_found_however_near_they_are() {
        let rate = SampleRate::new(22_050).unwrap();
        let vowel = |n: usize| -> f32 {
            let t = n as f32 / 22_050.0;
            (1..30).map(|k| (t * 113.0 * k as f32 * std::f32::consts::TAU).sin() * 0.1 / k as f32).sum()
        };
        let clean: Vec<f32> = (0..22_050).map(vowel).collect();
        let mut samples = clean.clone();
        for (at, height) in [(5_000, 0.02), (5_090, -0.1), (12_345, 0.2)] {
            samples[at] += height;
        }
        assert_eq!(repair_clicks(&mut samples, rate), 3);
        let off = samples.iter().zip(&clean).map(|(sample, clean)| (sample - clean).abs());
        assert!(off.fold(0.0, f32::max) < 0.004);
    }
}
