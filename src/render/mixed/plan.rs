//! Which stretches of finished recordings are played where, and how they are joined.
//!
//! A cut brings along as much of the pauses around it as there is room for. Where the next cut follows as it does in the
//! recording, the recording simply goes on, and there is no join. A shorter pause has one join in it. A longer pause
//! first repeats a part of itself; where that is not enough, each half of it is played once, and the bed of the recording lies
//! between the halves: there a pause in which the bed had been turned up is as loud as it becomes.

use crate::unit::{SampleRate, Seconds};

/// A cut that comes this near to where the recording would have it is played where the recording has it.
const NEAR: Seconds = Seconds::from_millis(12);
/// The longest crossfade, and the shortest.
const LONGEST: Seconds = Seconds::from_millis(1_500);
const SHORTEST: Seconds = Seconds::from_millis(20);
/// The breath before a phrase belongs to it: so much before a cut is played only with it, at most a quarter of the pause.
const BREATH: Seconds = Seconds::from_millis(500);
/// So much after a cut still rings of it, likewise.
const RINGS: Seconds = Seconds::from_millis(300);
/// A pause that is longer than itself by this share repeats a part of itself; one that is even longer has the bed in it.
const REPEATED: f64 = 0.6;

/// A cut at its place in a track. All places are frames of the track or of the recording, at one rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlacedCut {
    /// The recording, by number.
    pub recording: usize,
    /// Its number among the cuts of the recording.
    pub index: usize,
    /// Where it begins in the track.
    pub start: i64,
    /// Where it lies in the recording.
    pub from: i64,
    pub to: i64,
    /// The pause before it in the recording begins here, and the one after it ends here.
    pub quiet_from: i64,
    pub quiet_to: i64,
    /// The length of the recording.
    pub whole: i64,
}

/// A stretch of a recording that is played without a join.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MixedSegment {
    pub recording: usize,
    pub start: i64,
    pub end: i64,
    /// The frame of the recording minus the frame of the track.
    pub shift: i64,
    pub fade_in: Fade,
    pub fade_out: Fade,
}

/// A fade at an end of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Fade {
    pub frames: i64,
    /// How alike the sounds on both sides are.
    pub alike: f64,
}

/// Where two segments can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meeting {
    /// The crossfade may begin from here to there, in the track.
    pub first: i64,
    pub last: i64,
    pub frames: i64,
}

/// Chooses where in a meeting the crossfade begins, how far the right side is moved, and how alike both sides are.
pub(super) type Choose<'a, E> =
    &'a mut dyn FnMut(&Meeting, (usize, i64), (usize, i64)) -> Result<(i64, i64, f64), E>;

impl PlacedCut {
    fn shift(&self) -> i64 {
        self.from - self.start
    }

    fn end(&self) -> i64 {
        self.start + self.to - self.from
    }

    /// How much of the pause before it may be played with it.
    fn before(&self, rings: i64) -> i64 {
        let room = (self.from - self.quiet_from).max(0);
        if self.quiet_from == 0 { room } else { room - rings.min(room / 4) }
    }

    /// How much of the pause after it may be played with it.
    fn after(&self, breath: i64) -> i64 {
        let room = (self.quiet_to - self.to).max(0);
        if self.quiet_to == self.whole { room } else { room - breath.min(room / 4) }
    }

    /// Whether `next` follows it in the recording.
    fn is_before(&self, next: &Self) -> bool {
        self.recording == next.recording && self.index + 1 == next.index
    }
}

/// The segments of a track of `total` frames, from its cuts in the order of their start.
pub(super) fn segments<E>(
    cuts: &[PlacedCut],
    total: i64,
    rate: SampleRate,
    choose: Choose<'_, E>,
) -> Result<Vec<MixedSegment>, E> {
    let frames = |time: Seconds| time.frames(rate).0 as i64;
    let (near, longest, shortest) = (frames(NEAR), frames(LONGEST), frames(SHORTEST));
    let (breath, rings) = (frames(BREATH), frames(RINGS));
    let mut found: Vec<MixedSegment> = Vec::new();
    let Some(first) = cuts.first() else { return Ok(found) };
    let goes_on = first.index == 0 && first.shift().abs() <= near;
    let before = first.before(rings).min(first.start);
    let fade = if goes_on || first.start == 0 { 0 } else { longest.min(before / 2) };
    found.push(MixedSegment {
        recording: first.recording,
        start: if goes_on { 0 } else { first.start - before },
        end: first.end(),
        shift: first.shift(),
        fade_in: Fade { frames: fade, alike: 0.0 },
        fade_out: Fade::default(),
    });
    for pair in cuts.windows(2) {
        let (left, right) = (&pair[0], &pair[1]);
        let Some(last) = found.last_mut() else { break };
        if left.is_before(right) && (right.shift() - last.shift).abs() <= near {
            last.end = right.start.max(left.end()) + right.to - right.from;
            continue;
        }
        let gap = right.start - left.end();
        let (after, before) = (left.after(breath), right.before(rings));
        // As long as the pause allows; at least half of it stays as it is.
        let fade = longest.min(gap / 2).max(shortest);
        let (own, reach) = ((after.max(before)) as f64, after + before);
        let repeats = gap as f64 <= own * (1.0 + REPEATED);
        let mut segment = MixedSegment {
            recording: right.recording,
            start: right.start,
            end: right.end(),
            shift: right.shift(),
            fade_in: Fade::default(),
            fade_out: Fade::default(),
        };
        if repeats && reach >= gap + shortest {
            let fade = fade.min(reach - gap).min(after.max(shortest)).min(before.max(shortest));
            // What rings of the left one and the breath of the right one stay whole.
            let (free, ready) = (left.end() + rings.min(gap / 4), right.start - fade - breath.min(gap / 4));
            let first = (right.start - before).max(free).min(ready);
            let meeting =
                Meeting { first, last: (left.end() + after - fade).min(ready).max(first), frames: fade };
            let sides = ((last.recording, last.shift), (right.recording, right.shift()));
            let (begin, moved, alike) = choose(&meeting, sides.0, sides.1)?;
            last.end = begin + fade;
            segment.start = begin;
            segment.shift += moved;
            (last.fade_out, segment.fade_in) = (Fade { frames: fade, alike }, Fade { frames: fade, alike });
        } else {
            // The bed, or where the recording has none silence, lies between them.
            let half = |room: i64| room / 2 + longest.min(room / 2) / 2;
            let after = after.min(gap.max(0)).min(half(left.quiet_to - left.to));
            let before = before.min(gap.max(0)).min(half(right.from - right.quiet_from));
            last.end += after;
            last.fade_out.frames = longest.min(after / 2);
            segment.start -= before;
            segment.fade_in.frames = longest.min(before / 2);
            if segment.start < last.end {
                let middle = i64::midpoint(segment.start, last.end);
                (last.end, segment.start) = (middle, middle);
            }
        }
        found.push(segment);
    }
    if let (Some(segment), Some(last)) = (found.last_mut(), cuts.last()) {
        let left = total - segment.end;
        let is_last = last.quiet_to == last.whole;
        if is_last && (last.whole - segment.shift - total).abs() <= near {
            segment.end = total;
        } else {
            let after = last.after(breath);
            segment.end += after.min(left);
            segment.fade_out.frames = longest.min(after.min(left) / 2);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const RATE: SampleRate = SampleRate::DEFAULT;
    const SECOND: i64 = 48_000;

    /// Three cuts of two seconds, with pauses of eight before, between and after them.
    fn cuts(pause: i64) -> Vec<PlacedCut> {
        (0..3)
            .map(|index| {
                let from = 8 * SECOND + index * 10 * SECOND;
                PlacedCut {
                    recording: 0,
                    index: index as usize,
                    start: 8 * SECOND + index * (2 * SECOND + pause),
                    from,
                    to: from + 2 * SECOND,
                    quiet_from: if index == 0 { 0 } else { from - 8 * SECOND },
                    quiet_to: from + 10 * SECOND,
                    whole: 38 * SECOND,
                }
            })
            .collect()
    }

    fn planned(cuts: &[PlacedCut], total: i64) -> Vec<MixedSegment> {
        let done: Result<_, Infallible> = segments(cuts, total, RATE, &mut |meeting, _, _| {
            assert!(meeting.first <= meeting.last, "{meeting:?}");
            Ok((i64::midpoint(meeting.first, meeting.last), 0, 0.0))
        });
        let Ok(found) = done;
        found
    }

    #[test]
    fn at_its_own_length_the_recording_is_played_in_one_piece() {
        for off in [0, 100, -100] {
            let mut cuts = cuts(8 * SECOND);
            cuts[1].start += off;
            let found = planned(&cuts, 38 * SECOND);
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].start, found[0].end, found[0].shift), (0, 38 * SECOND, 0));
            assert_eq!((found[0].fade_in, found[0].fade_out), (Fade::default(), Fade::default()));
        }
    }

    #[test]
    fn a_shorter_pause_has_one_join_and_every_cut_is_whole() {
        for pause in [SECOND, 3 * SECOND, 6 * SECOND, 7 * SECOND] {
            let cuts = cuts(pause);
            let found = planned(&cuts, 24 * SECOND + 2 * pause - 2 * SECOND + 8 * SECOND);
            assert_eq!(found.len(), 3);
            for (pair, cut) in found.windows(2).zip(&cuts) {
                assert_eq!(pair[0].end - pair[1].start, pair[0].fade_out.frames, "both sides fade at once");
                assert!(pair[0].end - pair[0].fade_out.frames >= cut.end(), "{pause}: {pair:?}");
            }
            for (segment, cut) in found.iter().zip(&cuts) {
                assert!(segment.start + segment.fade_in.frames <= cut.start, "{pause}: {segment:?}");
                assert!(segment.start + segment.shift >= cut.quiet_from, "{pause}: {segment:?}");
                assert!(segment.end + segment.shift <= cut.quiet_to, "{pause}: {segment:?}");
            }
        }
    }

    #[test]
    fn a_longer_pause_repeats_itself_and_a_much_longer_one_has_the_bed_in_it() {
        let found = planned(&cuts(10 * SECOND), 42 * SECOND);
        assert_eq!(found.len(), 3);
        assert!(found.windows(2).all(|pair| pair[0].end > pair[1].start), "{found:?}");
        let found = planned(&cuts(20 * SECOND), 62 * SECOND);
        assert!(found.windows(2).all(|pair| pair[1].start - pair[0].end > 4 * SECOND), "{found:?}");
        assert!(found.windows(2).all(|pair| pair[0].fade_out.frames == 72_000), "{found:?}");
        // The middle of the pause is in the middle of both fades.
        let ends = [found[0].end + found[0].shift - 36_000, found[1].start + found[1].shift + 36_000];
        assert_eq!(ends, [14 * SECOND, 14 * SECOND], "{found:?}");
    }

    #[test]
    fn a_cut_in_another_order_is_joined() {
        let mut swapped = cuts(8 * SECOND);
        swapped.swap(1, 2);
        let (second, third) = (swapped[1].start, swapped[2].start);
        (swapped[1].start, swapped[2].start) = (third, second);
        assert_eq!(planned(&swapped, 38 * SECOND).len(), 3);
    }
}
