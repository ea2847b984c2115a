//! The level of the bed between two stretches of a recording: that of the pauses on both sides, where the recording may have ducked it.

use rayon::prelude::*;

use super::MixedSegment;
use super::alike::{levels, median, mono};
use super::hop;
use crate::asset::{SoundError, WholeRecording};
use crate::render::bed::{BedScratch, BedTrack};
use crate::unit::{Frames, Gain, Position, SampleRate, Seconds};

/// So much of the bed is heard on each side.
const HEARD: Seconds = Seconds::whole(4);
/// The bed changes by no more than this, in dB, and not where it is as quiet as that.
const MOST: f64 = 24.0;
const NOTHING: f64 = -90.0;

/// Where the bed fills a pause, and what brings it to the level of the recording, in dB at both ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BedFill {
    pub from: i64,
    pub to: i64,
    pub gains: [f64; 2],
}

impl BedFill {
    /// What the bed is multiplied by at a frame.
    pub(super) fn factor(&self, frame: i64) -> f32 {
        let [left, right] = self.gains;
        let t = (frame - self.from) as f64 / (self.to - self.from).max(1) as f64;
        10f64.powf((left + (right - left) * t) / 20.0) as f32
    }
}

/// A segment beside a pause, and its gain.
type JoinedSide<'a> = (&'a MixedSegment, f32);

/// The fills of a track: between segments that do not overlap, before the first and after the last.
pub(super) fn fills(
    segments: &[MixedSegment],
    gains: &[(f32, bool)],
    (total, rate): (Frames, SampleRate),
    sources: &[WholeRecording],
    bed: &BedTrack,
) -> Result<Vec<BedFill>, SoundError> {
    let total = total.0 as i64;
    let sides = || segments.iter().zip(gains.iter().map(|(own, _)| *own)).map(Some);
    let befores = std::iter::once(None).chain(sides());
    let afters = sides().chain([None]);
    // In a long track there are hundreds, each of which hears seconds of the bed.
    let pauses: Vec<_> = befores.zip(afters).collect();
    let fill_of = |(before, after): (Option<JoinedSide<'_>>, Option<JoinedSide<'_>>)| {
        let end = before.map_or(0, |(segment, _)| segment.end);
        if after.map_or(total, |(segment, _)| segment.start) < end {
            return Ok(None);
        }
        let from = before.map_or(0, |(segment, _)| segment.end - segment.fade_out.frames);
        let to = after.map_or(total, |(segment, _)| segment.start + segment.fade_in.frames);
        let near = HEARD.frames(rate).0 as i64;
        let gain = |(segment, factor): (&MixedSegment, f32), own: (i64, i64), other: (i64, i64)| {
            if own.1 <= own.0 {
                return Ok::<_, SoundError>(None);
            }
            let source = &sources[segment.recording];
            let recorded = usual(&mono(source, own.0 + segment.shift, own.1 - own.0)?, rate);
            let filled = usual(&of_bed(bed, other)?, rate);
            let change = recorded + 20.0 * f64::from(factor).max(1e-6).log10() - filled;
            Ok((filled > NOTHING && recorded > NOTHING).then(|| change.clamp(-MOST, MOST)))
        };
        let left = match before {
            Some(side) => gain(side, (from, side.0.end), (from, to.min(from + near)))?,
            None => None,
        };
        let right = match after {
            Some(side) => gain(side, (side.0.start, to), (from.max(to - near), to))?,
            None => None,
        };
        let gains = left.or(right).zip(right.or(left));
        Ok(gains.map(|(left, right)| BedFill { from, to, gains: [left, right] }))
    };
    let found: Result<Vec<Option<BedFill>>, SoundError> = pauses.into_par_iter().map(fill_of).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// The level in dB that half of the time is below: a bird in it does not count.
fn usual(samples: &[f32], rate: SampleRate) -> f64 {
    median(&levels(samples, hop(rate)))[0]
}

/// The bed between two frames of the track, as it would be without the recording.
fn of_bed(bed: &BedTrack, (from, to): (i64, i64)) -> Result<Vec<f32>, SoundError> {
    let window = crate::asset::bed::WINDOW;
    let (mut from, to) = (from.max(0) as u64, to.max(0) as u64);
    let (mut sum, mut scratch) = (Vec::new(), BedScratch::default());
    while from < to {
        // A part of the bed lies within one window.
        let end = to.min((from / window + 1) * window);
        let (mut left, mut right) = (vec![0.0; (end - from) as usize], vec![0.0; (end - from) as usize]);
        bed.write(Position(from), Gain::UNITY, &mut left, &mut right, &mut scratch)?;
        sum.extend(left.iter().zip(&right).map(|(left, right)| left + right));
        from = end;
    }
    Ok(sum)
}
