//! Where the end of one stretch of a recording and the beginning of another meet without being heard.

use super::hop;
use super::plan::Meeting;
use crate::asset::{SoundError, WholeRecording};
use crate::unit::{Position, SampleRate, Seconds};

/// How far the right side may be moved for the best match, and how much of the crossfade is compared for it.
const MOVED: Seconds = Seconds::from_millis(6);
const COMPARED: Seconds = Seconds::from_millis(250);
/// At most so much of a pause is searched.
const SEARCHED: Seconds = Seconds::whole(30);
/// The cost of a decibel above the usual level, as that of a bird call that would be cut, relative to one of difference.
const PROMINENCE: f64 = 0.5;

/// A recording, and the frame of it minus the frame of the track.
type JoinSide<'a> = (&'a WholeRecording, i64);

/// Where the crossfade of two sides begins, how far the right one is moved, and how alike they are then.
pub(super) fn best_meeting(
    meeting: &Meeting,
    [left, right]: [JoinSide<'_>; 2],
    rate: SampleRate,
) -> Result<(i64, i64, f64), SoundError> {
    let searched = SEARCHED.frames(rate).0 as i64;
    let middle = i64::midpoint(meeting.first, meeting.last);
    let first = meeting.first.max(middle - searched / 2);
    let last = meeting.last.min(middle + searched / 2).max(first);
    let moved = MOVED.frames(rate).0 as i64;
    let length = last - first + meeting.frames;
    let one = mono(left.0, first + left.1, length)?;
    let other = mono(right.0, first + right.1 - moved, length + 2 * moved)?;
    let begin = first + quietest(&one, &other[moved as usize..], meeting.frames as usize, rate) as i64;
    let (shift, alike) = fit(&one, &other, (begin - first) as usize, meeting.frames as usize, rate);
    Ok((begin, shift, alike))
}

/// The place at which levels of both sides are most alike and nothing prominent is cut.
fn quietest(one: &[f32], other: &[f32], fade: usize, rate: SampleRate) -> usize {
    let hop = hop(rate);
    let (left, right) = (levels(one, hop), levels(other, hop));
    let window = fade.div_ceil(hop).max(1);
    let places = left.len().min(right.len()).saturating_sub(window) + 1;
    let medians = [median(&left), median(&right)];
    let cost = |place: usize| {
        let both = left.iter().zip(&right).skip(place).take(window);
        let sum: f64 = both
            .map(|(left, right)| {
                let bands = left.iter().zip(right).zip(medians[0].iter().zip(&medians[1]));
                bands
                    .map(|((left, right), (usual_left, usual_right))| {
                        let over = |level: f64, usual: f64| (level - usual).max(0.0).powi(2);
                        (left - right).powi(2)
                            + PROMINENCE * (over(*left, *usual_left) + over(*right, *usual_right))
                    })
                    .sum::<f64>()
            })
            .sum();
        // Of equal places the one in the middle.
        sum / window as f64 + 0.01 * (place as f64 / places as f64 - 0.5).abs()
    };
    let best = (0..places).map(|place| (cost(place), place)).min_by(|a, b| a.0.total_cmp(&b.0));
    let last = one.len().saturating_sub(fade);
    best.map_or(0, |(_, place)| place * hop).min(last)
}

/// The levels in dB of each hop: of the whole, and of its treble.
pub(super) fn levels(samples: &[f32], hop: usize) -> Vec<[f64; 2]> {
    let decibels = |power: f64| 10.0 * (power / hop as f64).max(1e-10).log10();
    let hops = samples.chunks(hop).filter(|part| part.len() >= hop / 2);
    hops.map(|part| {
        let whole: f64 = part.iter().map(|x| f64::from(*x).powi(2)).sum();
        let treble: f64 = part.windows(2).map(|pair| f64::from(pair[1] - pair[0]).powi(2)).sum();
        [decibels(whole), decibels(treble)]
    })
    .collect()
}

pub(super) fn median(levels: &[[f64; 2]]) -> [f64; 2] {
    std::array::from_fn(|band| {
        let mut own: Vec<f64> = levels.iter().map(|level| level[band]).collect();
        own.sort_by(f64::total_cmp);
        own.get(own.len() / 2).copied().unwrap_or_default()
    })
}

/// How far the right side has to be moved to be most alike, and how alike both sides are then, 0 to 1. `other` begins and ends
/// earlier and later by as much as it may be moved.
fn fit(one: &[f32], other: &[f32], begin: usize, fade: usize, rate: SampleRate) -> (i64, f64) {
    let moved = MOVED.frames(rate).index();
    let compared = COMPARED.frames(rate).index().min(fade);
    let middle = begin + (fade - compared) / 2;
    let Some(left) = one.get(middle..middle + compared) else { return (0, 0.0) };
    let correlation = |shift: usize| {
        let right = other.get(middle + shift..middle + shift + compared)?;
        let (mut both, mut own, mut others) = (0.0, 0.0, 0.0);
        for (left, right) in left.iter().zip(right) {
            let (left, right) = (f64::from(*left), f64::from(*right));
            (both, own, others) = (both + left * right, own + left * left, others + right * right);
        }
        Some(both / (own * others).sqrt().max(1e-20))
    };
    let step = (rate.hz() as usize / 24_000).max(1);
    let found = (0..=2 * moved).step_by(step).filter_map(|shift| Some((correlation(shift)?, shift)));
    let best = found.fold((f64::MIN, moved), |best, one| if one.0 > best.0 { one } else { best });
    if best.0 == f64::MIN {
        return (0, 0.0);
    }
    (best.1 as i64 - moved as i64, best.0.clamp(0.0, 1.0))
}

pub(super) fn mono(recording: &WholeRecording, from: i64, frames: i64) -> Result<Vec<f32>, SoundError> {
    let skip = (-from).clamp(0, frames) as usize;
    let (mut left, mut right) = (vec![0.0; frames as usize], vec![0.0; frames as usize]);
    recording.read(Position(from.max(0) as u64), &mut left[skip..], &mut right[skip..])?;
    Ok(left.iter().zip(&right).map(|(left, right)| left + right).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::noise::HashNoise;

    const RATE: SampleRate = SampleRate::DEFAULT;

    fn noise(seed: u64, frames: usize) -> Vec<f32> {
        let mut samples = vec![0.0; frames];
        HashNoise::new(seed).fill(0, &mut samples);
        samples
    }

    #[test]
    fn a_loud_moment_is_not_cut() {
        let (mut one, other) = (noise(1, 96_000), noise(2, 96_000));
        one[30_000..66_000].iter_mut().for_each(|sample| *sample *= 3.0);
        let place = quietest(&one, &other, 9_600, RATE);
        assert!(place + 9_600 <= 31_000 || place >= 64_000, "{place}");
    }

    #[test]
    fn a_tone_is_moved_until_it_fits_and_noise_is_not_alike() {
        let moved = MOVED.frames(RATE).index();
        let tone = |from: usize, frames: usize| -> Vec<f32> {
            (from..from + frames).map(|n| (n as f32 * std::f32::consts::TAU / 240.0).sin()).collect()
        };
        let (shift, alike) = fit(&tone(0, 20_000), &tone(100, 20_000 + 2 * moved), 0, 14_000, RATE);
        // The right side begins 100 - 288 frames later: to be in phase it moves by that, or by a period more.
        assert!(alike > 0.99, "{alike}");
        assert_eq!((shift + moved as i64 + 100).rem_euclid(240), 0, "{shift}");
        let (_, alike) = fit(&noise(1, 20_000), &noise(2, 20_000 + 2 * moved), 0, 14_000, RATE);
        assert!(alike < 0.2, "{alike}");
    }
}
