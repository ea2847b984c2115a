//! Cuts a clip of several beats (`Moge ik | veilig zijn`) at its gaps.

use crate::dsp::speech::Speech;
use crate::unit::SampleRate;

/// One beat of a clip, in frames from the start of the clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    pub start: usize,
    /// Where the voice begins: this frame is placed on the beat.
    pub onset: usize,
    pub end: usize,
}

/// Shorter gaps lie inside a phrase, in seconds.
const LEAST_GAP: f64 = 0.120;
/// How much of a gap is kept before and after a cut, in seconds; half of the gap where it is shorter.
const BEFORE: f64 = 0.150;
const AFTER: f64 = 0.250;
/// A cut this far from where the letters predict it, as a share of the speech, is scored like a gap that is e times
/// shorter.
const AWAY: f64 = 0.15;

/// Cuts a clip into as many beats as there are shares, at gaps that are long and close to where the text predicts
/// them. A share is a beat's part of the text, such as its number of letters; only their ratios matter.
///
/// `None` if there are not enough gaps of 120 ms: the clip must then be played whole, or recorded again with a short
/// pause at each `|`. Also `None` without shares, or if one is not a positive number.
pub fn beats(speech: &Speech, text_shares: &[f64], rate: SampleRate) -> Option<Vec<Beat>> {
    if text_shares.is_empty() || text_shares.iter().any(|share| !share.is_finite() || *share <= 0.0) {
        return None;
    }
    let gaps = gaps_of(speech, rate);
    let cuts = best_cuts(&gaps, &expected(text_shares))?;
    let frames = |seconds: f64| (seconds * rate.as_f64()).round() as usize;
    let mut beats = vec![Beat { start: speech.start, onset: speech.onset, end: speech.end }];
    for gap in cuts.into_iter().map(|cut| gaps[cut]) {
        let middle = gap.from + (gap.to - gap.from) / 2;
        let last = beats.last_mut().expect("there is always the first");
        last.end = middle.min(gap.from + frames(AFTER));
        beats.push(Beat {
            start: middle.max(gap.to.saturating_sub(frames(BEFORE))),
            onset: gap.to,
            end: speech.end,
        });
    }
    Some(beats)
}

/// A gap between two islands of speech.
#[derive(Clone, Copy)]
struct Gap {
    from: usize,
    to: usize,
    /// The share of all speech that comes before it.
    place: f64,
    seconds: f64,
}

/// The gaps that are long enough, in order. A gap before the onset follows a breath, not a beat.
fn gaps_of(speech: &Speech, rate: SampleRate) -> Vec<Gap> {
    let spoken: usize = speech.islands.iter().map(|(from, to)| to - from).sum();
    let mut before = 0;
    let mut gaps = Vec::new();
    for pair in speech.islands.windows(2) {
        let ((start, from), (to, _)) = (pair[0], pair[1]);
        before += from - start;
        let seconds = (to - from) as f64 / rate.as_f64();
        if seconds >= LEAST_GAP && from > speech.onset {
            gaps.push(Gap { from, to, place: before as f64 / spoken as f64, seconds });
        }
    }
    gaps
}

/// Where the bars (`|`) lie in the text, as shares of the whole.
fn expected(shares: &[f64]) -> Vec<f64> {
    let whole: f64 = shares.iter().sum();
    let sums = shares.iter().scan(0.0, |sum, share| {
        *sum += share / whole;
        Some(*sum)
    });
    sums.take(shares.len() - 1).collect()
}

/// Chooses one gap for each bar, in order, with the highest total score; of equal choices the earlier gap.
fn best_cuts(gaps: &[Gap], bars: &[f64]) -> Option<Vec<usize>> {
    let score = |gap: &Gap, bar: f64| (gap.seconds / LEAST_GAP).ln() - ((gap.place - bar) / AWAY).powi(2);
    // best[g]: the best choice for the bars so far, using only the first g gaps.
    let mut best: Vec<Option<(f64, Vec<usize>)>> = vec![Some((0.0, Vec::new())); gaps.len() + 1];
    for bar in bars {
        let mut next: Vec<Option<(f64, Vec<usize>)>> = vec![None];
        for (at, gap) in gaps.iter().enumerate() {
            let taken = best[at].as_ref().map(|(sum, cuts)| {
                (sum + score(gap, *bar), cuts.iter().copied().chain([at]).collect::<Vec<_>>())
            });
            let left = next[at].clone();
            let better = match (&left, &taken) {
                (Some(left), Some(taken)) => taken.0 > left.0,
                (left, _) => left.is_none(),
            };
            next.push(if better { taken } else { left });
        }
        best = next;
    }
    best.pop().flatten().map(|(_, cuts)| cuts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// Speech whose islands are given in milliseconds.
    fn speech(islands: &[(usize, usize)]) -> Speech {
        let islands: Vec<_> = islands.iter().map(|(from, to)| (from * 48, to * 48)).collect();
        let (first, last) = (islands[0].0, islands[islands.len() - 1].1);
        Speech { start: first.saturating_sub(4_800), onset: first, end: last + 9_600, islands }
    }

    #[test]
    fn one_beat_is_the_whole_clip() {
        let speech = speech(&[(100, 900)]);
        let whole = Beat { start: speech.start, onset: speech.onset, end: speech.end };
        assert_eq!(beats(&speech, &[7.0], RATE).unwrap(), [whole]);
    }

    #[test]
    fn the_cut_falls_in_the_long_gap_near_the_bar() {
        // Gaps of 130, 400 and 200 ms; the bar is expected in the middle, near the second.
        let speech = speech(&[(100, 500), (630, 1_000), (1_400, 1_800), (2_000, 2_300)]);
        let cut = beats(&speech, &[8.0, 7.0], RATE).unwrap();
        assert_eq!(cut.len(), 2);
        assert_eq!(cut[0].end, 48 * 1_200);
        assert_eq!((cut[1].start, cut[1].onset), (48 * 1_250, 48 * 1_400));
        assert_eq!(cut[1].end, speech.end);
    }

    #[test]
    fn a_long_pause_in_the_wrong_place_does_not_win() {
        let speech = speech(&[(0, 200), (900, 1_700), (2_000, 3_000)]);
        let cut = beats(&speech, &[1.0, 1.0], RATE).unwrap();
        assert_eq!(cut[1].onset, 48 * 2_000);
    }

    #[test]
    fn several_bars_are_met_in_order_and_no_two_beats_overlap() {
        let speech = speech(&[(0, 300), (500, 800), (1_000, 1_300), (1_500, 1_800), (1_925, 2_000)]);
        let cut = beats(&speech, &[1.0; 4], RATE).unwrap();
        assert_eq!(cut.iter().map(|beat| beat.onset / 48).collect::<Vec<_>>(), [0, 500, 1_000, 1_500]);
        assert!(cut.windows(2).all(|pair| pair[0].end <= pair[1].start));
        assert!(cut.iter().all(|beat| beat.start <= beat.onset && beat.onset < beat.end));
    }

    #[test]
    fn too_few_gaps_are_said_to_be_too_few() {
        let speech = speech(&[(0, 300), (410, 800)]);
        assert_eq!(beats(&speech, &[1.0, 1.0], RATE), None, "110 ms is a stop inside a word");
        assert_eq!(beats(&speech, &[], RATE), None);
        assert_eq!(beats(&speech, &[1.0, f64::NAN], RATE), None);
    }
}
