//! Bells in the pauses of a recording: a clear pitch that begins at once and fades away.

use super::spectrum::{BINS, bin, frame_at, middle};

/// A bell. Times in seconds from the start of its pause.
#[derive(Clone, Debug, PartialEq)]
pub struct HeardStrike {
    pub at: f64,
    /// Where it is no longer heard.
    pub end: f64,
    /// Whether it still rings where the pause ends.
    pub rings_on: bool,
    /// The bins of its partials.
    pub bins: Vec<usize>,
}

/// The pitches that are looked at, in Hz.
const LOWEST: f64 = 90.0;
const HIGHEST: f64 = 6_000.0;
/// How far a partial rises within [`ATTACK`] frames, how far above its neighbours it is, and above what the bed usually has there, in
/// dB.
const RISES: f32 = 9.0;
const ATTACK: usize = 6;
const STANDS_OUT: f32 = 11.0;
const ABOVE: f32 = 9.0;
/// The neighbours of a partial, in bins: those nearer are its own.
const NEAR: usize = 4;
const FAR: usize = 16;
/// A bell is still heard after so many seconds, and has faded by then, but by no more than so many dB.
const SUSTAIN: f64 = 0.8;
const FADED: std::ops::Range<f32> = 0.3..26.0;
/// What is so near above the bed is no longer heard.
const GONE: f32 = 3.5;
/// A ring is heard on the average of so long, as partials beat and noise flickers, in seconds.
const BEAT: f64 = 0.7;
/// A partial of a bell is found rising in so many frames, and fades on a line over so many seconds, no steeper and no flatter than
/// this in dB a second, and no farther from it than so many dB.
const RISING: usize = 4;
const EVENLY: f64 = 1.2;
const STEEP: f64 = -20.0;
const FLAT: f64 = -0.3;
const SPREAD: f64 = 4.2;
/// The loudest partial of a bell is no farther than this under the loudest that rises with it, in dB.
const UNDER: f32 = 25.0;
/// Strikes nearer than this are one, in seconds.
const SAME: f64 = 0.35;

/// The bells in the spectra of a pause, where `floor` is the usual level of each bin in all pauses. `length` is that of the pause in
/// seconds.
pub fn strikes(spectra: &[Vec<f32>], floor: &[f32], length: f64) -> Vec<HeardStrike> {
    let sustain = frame_at(SUSTAIN + middle(0));
    let mut partials: Vec<(usize, usize)> = Vec::new();
    for frame in ATTACK..spectra.len().saturating_sub(sustain) {
        for bin in bin(LOWEST)..bin(HIGHEST).min(BINS - FAR - 1) {
            if is_partial(spectra, floor, frame, bin, sustain) {
                partials.push((frame, bin));
            }
        }
    }
    let apart = frame_at(SAME + middle(0));
    let mut found: Vec<HeardStrike> = Vec::new();
    let mut rest = &partials[..];
    while let Some((first, _)) = rest.first() {
        let count = rest.iter().take_while(|(frame, _)| frame - first <= apart).count();
        let (own, later) = rest.split_at(count);
        rest = later;
        let own = ringing(spectra, own);
        if own.is_empty() || is_drowned(spectra, &own) {
            continue;
        }
        let (at, end) = (onset(spectra, &own), ring(spectra, floor, &own));
        let last = middle(spectra.len() - 1);
        let rings_on = end >= last - 0.1;
        let bins = own.iter().map(|(_, bin)| *bin).collect();
        let strike = HeardStrike { at, end: if rings_on { length } else { end }, rings_on, bins };
        match found.last_mut().filter(|before| before.end >= strike.at) {
            // Struck again while it rings: one sound.
            Some(before) => {
                before.end = before.end.max(strike.end);
                before.rings_on |= strike.rings_on;
                before.bins.extend(strike.bins);
            }
            None => found.push(strike),
        }
    }
    found
}

/// Of the partials that rise at about the same time those that fade as a bell does: evenly, where a bird that calls again and
/// again does not. Each is the last frame of its rise.
fn ringing(spectra: &[Vec<f32>], partials: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut rises: Vec<(usize, usize, usize)> = Vec::new();
    for (frame, bin) in partials {
        match rises.iter_mut().find(|(_, other, _)| bin.abs_diff(*other) <= 1) {
            Some((last, _, count)) => (*last, *count) = (*frame, *count + 1),
            None => rises.push((*frame, *bin, 1)),
        }
    }
    let fades = |(frame, bin, count): &(usize, usize, usize)| {
        let last = spectra.len().min(frame + frame_at(EVENLY + middle(0)));
        let levels: Vec<f64> = spectra[(frame + 2).min(last)..last]
            .iter()
            .map(|spectrum| f64::from(loudest(spectrum, *bin)))
            .collect();
        let (slope, spread) = line(&levels);
        *count >= RISING && slope < FLAT && slope > STEEP && spread < SPREAD
    };
    rises.iter().filter(|rise| fades(rise)).map(|(frame, bin, _)| (*frame, *bin)).collect()
}

/// Whether something far louder rises at the same time, as a voice does, of which a faint overtone may seem to fade.
fn is_drowned(spectra: &[Vec<f32>], partials: &[(usize, usize)]) -> bool {
    let loudest = partials.iter().max_by(|a, b| spectra[a.0][a.1].total_cmp(&spectra[b.0][b.1]));
    let Some((frame, own)) = loudest.copied() else { return false };
    let before = &spectra[frame.saturating_sub(2 * ATTACK)];
    (bin(LOWEST)..bin(HIGHEST)).any(|other| {
        let level = spectra[frame][other];
        level > spectra[frame][own] + UNDER && level > before[other] + RISES
    })
}

/// The slope of the line through some levels, in dB a second, and how far they are from it.
fn line(levels: &[f64]) -> (f64, f64) {
    let count = levels.len() as f64;
    let (middle, mean) = ((count - 1.0) / 2.0, levels.iter().sum::<f64>() / count.max(1.0));
    let (mut both, mut own) = (0.0, 0.0);
    for (place, level) in levels.iter().enumerate() {
        let from = place as f64 - middle;
        (both, own) = (both + from * (level - mean), own + from * from);
    }
    let slope = both / f64::max(own, 1e-9);
    let rest = levels
        .iter()
        .enumerate()
        .map(|(place, level)| (level - mean - slope * (place as f64 - middle)).powi(2));
    let spread = (rest.sum::<f64>() / count.max(1.0)).sqrt();
    (slope / (super::spectrum::middle(1) - super::spectrum::middle(0)), spread)
}

fn is_partial(spectra: &[Vec<f32>], floor: &[f32], frame: usize, bin: usize, sustain: usize) -> bool {
    let level = spectra[frame][bin];
    if level < floor[bin] + ABOVE || level < spectra[frame - ATTACK][bin] + RISES {
        return false;
    }
    let is_peak = (bin - 2..=bin + 2).all(|other| spectra[frame][other] <= level);
    if !is_peak || stands_out(&spectra[frame], bin) < STANDS_OUT {
        return false;
    }
    // It has risen to the top here, and only fades from here on.
    let later = loudest(&spectra[frame + sustain], bin);
    let before =
        spectra[frame + 1..frame + sustain].iter().map(|spectrum| spectrum[bin]).fold(f32::MIN, f32::max);
    let fades = FADED.contains(&(before.max(level) - later));
    let middle = &spectra[frame + sustain / 2];
    fades
        && later >= floor[bin] + ABOVE / 2.0
        && stands_out(middle, bin) >= STANDS_OUT - 3.0
        && stands_out(&spectra[frame + sustain], bin) >= STANDS_OUT - 5.0
}

fn loudest(spectrum: &[f32], bin: usize) -> f32 {
    spectrum[bin - 1..=bin + 1].iter().copied().fold(f32::MIN, f32::max)
}

/// How far a bin is above its neighbours on both sides.
pub(super) fn stands_out(spectrum: &[f32], bin: usize) -> f32 {
    let side = |range: std::ops::Range<usize>| {
        let mut levels: Vec<f32> = spectrum[range].to_vec();
        levels.sort_by(f32::total_cmp);
        levels[levels.len() / 2]
    };
    let left = side(bin.saturating_sub(FAR)..bin.saturating_sub(NEAR).max(1));
    let right = side(bin + NEAR..bin + FAR);
    loudest(spectrum, bin) - left.max(right)
}

/// Where it was struck: where its loudest partial rises through half of its rise, in power.
fn onset(spectra: &[Vec<f32>], partials: &[(usize, usize)]) -> f64 {
    let loudest = partials.iter().max_by(|a, b| spectra[a.0][a.1].total_cmp(&spectra[b.0][b.1]));
    let Some((frame, bin)) = loudest.copied() else { return 0.0 };
    let from = frame.saturating_sub(2 * ATTACK);
    let to = (frame + ATTACK).min(spectra.len() - 1);
    let power = |frame: usize| 10f32.powf(loudest_at(spectra, frame, bin) / 10.0);
    let (low, high) = (power(from), (from..=to).map(power).fold(0.0, f32::max));
    let half = f32::midpoint(low, high);
    let above = (from..=to).find(|frame| power(*frame) >= half).unwrap_or(frame);
    if above == from {
        return middle(above);
    }
    let (one, other) = (power(above - 1), power(above));
    let share = f64::from((half - one) / (other - one).max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    middle(above - 1) + share * (middle(above) - middle(above - 1))
}

fn loudest_at(spectra: &[Vec<f32>], frame: usize, bin: usize) -> f32 {
    loudest(&spectra[frame], bin)
}

/// How long partials that ring where a pause begins are heard in it, in seconds; 0 if they are not.
pub fn rings_until(spectra: &[Vec<f32>], floor: &[f32], bins: &[usize]) -> f64 {
    let partials: Vec<(usize, usize)> = bins.iter().map(|bin| (0, *bin)).collect();
    if spectra.is_empty() {
        return 0.0;
    }
    let end = ring(spectra, floor, &partials);
    if end > middle(0) { end } else { 0.0 }
}

/// Where its partials are no longer above the bed.
fn ring(spectra: &[Vec<f32>], floor: &[f32], partials: &[(usize, usize)]) -> f64 {
    let half = frame_at(BEAT / 2.0 + middle(0));
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
    let end = |(frame, bin): &(usize, usize)| {
        let levels: Vec<f32> = spectra[*frame..].iter().map(|spectrum| loudest(spectrum, *bin)).collect();
        let above: Vec<f32> = spectra[*frame..].iter().map(|spectrum| stands_out(spectrum, *bin)).collect();
        let is_heard = |at: &usize| {
            let around = at.saturating_sub(half)..(at + half + 1).min(levels.len());
            // The loudest of three bins of noise is above their usual level.
            mean(&levels[around.clone()]) >= floor[*bin] + GONE + 2.0 && mean(&above[around]) > 4.0
        };
        frame + (0..levels.len()).take_while(is_heard).count().saturating_sub(1)
    };
    partials.iter().map(end).max().map_or(0.0, middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adopt::heard::ANALYSED;
    use crate::adopt::spectrum::Spectra;
    use crate::dsp::noise::HashNoise;

    fn noise(seconds: f64, level: f32) -> Vec<f32> {
        let mut samples = vec![0.0; (seconds * f64::from(ANALYSED)) as usize];
        HashNoise::new(3).fill(0, &mut samples);
        samples.iter_mut().for_each(|sample| *sample *= level);
        samples
    }

    fn ring_at(samples: &mut [f32], at: f64, hz: f64, level: f64, decay: f64) {
        let first = (at * f64::from(ANALYSED)) as usize;
        for (n, sample) in samples[first..].iter_mut().enumerate() {
            let time = n as f64 / f64::from(ANALYSED);
            *sample += (level * (-time / decay).exp() * (std::f64::consts::TAU * hz * time).sin()) as f32;
        }
    }

    fn found(samples: &[f32], floor: &[f32]) -> Vec<HeardStrike> {
        let usual = Spectra::new().of(floor);
        let floor: Vec<f32> = (0..BINS)
            .map(|bin| {
                let mut levels: Vec<f32> = usual.iter().map(|spectrum| spectrum[bin]).collect();
                levels.sort_by(f32::total_cmp);
                levels[levels.len() / 2]
            })
            .collect();
        strikes(&Spectra::new().of(samples), &floor, samples.len() as f64 / f64::from(ANALYSED))
    }

    #[test]
    fn a_bell_over_noise_is_found_where_it_is_struck_until_it_is_gone() {
        let bed = noise(12.0, 0.003);
        let mut samples = bed.clone();
        ring_at(&mut samples, 2.0, 330.0, 0.05, 1.5);
        ring_at(&mut samples, 2.0, 894.0, 0.02, 0.8);
        let strikes = found(&samples, &bed);
        assert_eq!(strikes.len(), 1, "{strikes:?}");
        assert!((strikes[0].at - 2.0).abs() < 0.06, "{strikes:?}");
        assert!((6.0..11.5).contains(&strikes[0].end) && !strikes[0].rings_on, "{strikes:?}");
    }

    #[test]
    fn noise_a_steady_tone_and_a_chirp_are_no_bells() {
        let mut bed = noise(12.0, 0.003);
        for (n, sample) in bed.iter_mut().enumerate() {
            *sample += 0.02 * (n as f32 * std::f32::consts::TAU * 220.0 / 16_000.0).sin();
        }
        let mut samples = bed.clone();
        for n in 0..3_200 {
            let hz = 2_000.0 + n as f32;
            samples[40_000 + n] += 0.05 * (n as f32 * std::f32::consts::TAU * hz / 16_000.0).sin();
        }
        assert_eq!(found(&samples, &bed), []);
    }
}
