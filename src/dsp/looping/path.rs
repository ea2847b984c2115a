//! An endless, varied loop of a recording: near its end it jumps back to near its beginning, each time by a different
//! one of several joins, so that no repeating pattern is noticeable.

use serde::{Deserialize, Serialize};

use crate::dsp::fade::equal_power_weights;
use crate::dsp::noise::HashNoise;
use crate::unit::{Frames, Position};

/// The most frames of a crossfade mixed at once.
const CHUNK: u64 = 4_096;

/// A jump from near the end of a recording to near its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Join {
    /// Where the crossfade starts in the outgoing part, in frames of the recording.
    pub out: u64,
    /// Where the crossfade starts in the incoming part, in frames of the recording.
    pub into: u64,
    /// The correlation of both parts during the crossfade, 0 to 1.
    #[serde(rename = "alike")]
    pub correlation: f64,
}

/// A part of the recording at its position on the path.
#[derive(Clone, Copy, Debug, PartialEq)]
struct PathSegment {
    start: u64,
    /// The join at which it begins.
    join: Join,
}

/// The sequence of joins through a recording. It repeats as a whole after [`Self::period`].
///
/// In a crossfade of X frames with θ = i/X·π/2 the two sides have the weights cos θ and sin θ, both divided by √(1 +
/// ρ·sin 2θ), where ρ is their correlation. For uncorrelated sides (ρ = 0) that is an equal-power crossfade; for
/// identical ones (ρ = 1) it is cos θ/(cos θ + sin θ), equal gain; in between the power stays constant as well.
#[derive(Clone, Debug, PartialEq)]
pub struct LoopPath {
    crossfade: u64,
    pieces: Vec<PathSegment>,
    period: u64,
}

impl LoopPath {
    /// A path of at least `least` frames over these joins, chosen at random by `seed`, never the same one twice in a
    /// row.
    ///
    /// # Panics
    /// If there are no joins, or the part between two is shorter than the crossfade: a bug in the caller.
    pub fn new(joins: &[Join], crossfade: Frames, least: Frames, seed: u64) -> Self {
        assert!(!joins.is_empty(), "a path needs a join");
        let choice = HashNoise::new(seed);
        let (mut pieces, mut place, mut last) = (Vec::new(), 0u64, 0usize);
        while place < least.0 || pieces.len() < 2 {
            let join = joins[last];
            // Any of the others, so that no join is used twice in a row.
            let step = match joins.len() {
                1 => 0,
                count => 1 + (choice.bits(pieces.len() as u64) % (count as u64 - 1)) as usize,
            };
            let next = (last + step) % joins.len();
            assert!(joins[next].out >= join.into + crossfade.0, "a piece is longer than its crossfade");
            pieces.push(PathSegment { start: place, join });
            place += joins[next].out - join.into;
            last = next;
        }
        // The last part leaves by the same join that the first one enters by.
        let end = pieces.last().map_or(0, |piece| piece.start)
            + (joins[0].out - pieces[pieces.len() - 1].join.into);
        Self { crossfade: crossfade.0, pieces, period: end }
    }

    /// The number of frames after which the path repeats.
    pub fn period(&self) -> Frames {
        Frames(self.period)
    }

    /// The positions of its joins, to audition them.
    pub fn seams(&self) -> impl Iterator<Item = Position> + '_ {
        self.pieces.iter().map(|piece| Position(piece.start))
    }

    /// Fills `planes`, of equal length, from `from` on. `fetch(first, planes)` fills planes with the recording from
    /// its frame `first` on.
    ///
    /// # Errors
    /// The first error of `fetch`.
    pub fn read<E>(
        &self,
        from: Position,
        planes: &mut [&mut [f32]],
        fetch: &mut impl FnMut(u64, &mut [&mut [f32]]) -> Result<(), E>,
    ) -> Result<(), E> {
        let frames = planes.first().map_or(0, |plane| plane.len());
        let mut done = 0;
        while done < frames {
            let place = (from.0 + done as u64) % self.period;
            let index = self.pieces.partition_point(|piece| piece.start <= place) - 1;
            let PathSegment { start, join } = self.pieces[index];
            let end = self.pieces.get(index + 1).map_or(self.period, |next| next.start);
            let into = place - start;
            let stop = if into < self.crossfade { self.crossfade.min(into + CHUNK) } else { end - start };
            let count = (stop - into).min((frames - done) as u64) as usize;
            let mut window: Vec<&mut [f32]> =
                planes.iter_mut().map(|plane| &mut plane[done..done + count]).collect();
            fetch(join.into + into, &mut window)?;
            if into < self.crossfade {
                self.blend(into, join, &mut window, fetch)?;
            }
            done += count;
        }
        Ok(())
    }

    /// Crossfades the outgoing part into the incoming one, which `heads` contains from `place` of the crossfade on.
    fn blend<E>(
        &self,
        place: u64,
        join: Join,
        heads: &mut [&mut [f32]],
        fetch: &mut impl FnMut(u64, &mut [&mut [f32]]) -> Result<(), E>,
    ) -> Result<(), E> {
        let frames = heads.first().map_or(0, |head| head.len());
        let mut tails: Vec<Vec<f32>> = heads.iter().map(|_| vec![0.0; frames]).collect();
        let mut views: Vec<&mut [f32]> = tails.iter_mut().map(Vec::as_mut_slice).collect();
        fetch(join.out + place, &mut views)?;
        let (mut leaving, mut coming) = (vec![0.0; frames], vec![0.0; frames]);
        equal_power_weights(place, self.crossfade, &mut leaving, &mut coming);
        for (leaving, coming) in leaving.iter_mut().zip(&mut coming) {
            let power = (1.0 + 2.0 * join.correlation * *leaving * *coming).sqrt();
            (*leaving, *coming) = (*leaving / power, *coming / power);
        }
        for (head, tail) in heads.iter_mut().zip(&tails) {
            for ((sample, last), (leaving, coming)) in
                head.iter_mut().zip(tail).zip(leaving.iter().zip(&coming))
            {
                *sample = (f64::from(*last) * leaving + f64::from(*sample) * coming) as f32;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use proptest::prelude::*;

    fn read(path: &LoopPath, source: &[f32], from: u64, frames: usize) -> Vec<f32> {
        let mut plane = vec![9.0; frames];
        let done: Result<(), Infallible> =
            path.read(Position(from), &mut [&mut plane], &mut |first, windows| {
                let first = first as usize;
                windows[0].copy_from_slice(&source[first..first + windows[0].len()]);
                Ok(())
            });
        let Ok(()) = done;
        plane
    }

    fn joins() -> Vec<Join> {
        [(70_000, 5_000, 0.0), (80_000, 12_000, 0.0), (76_543, 1_234, 0.0), (90_000, 20_000, 0.0)]
            .map(|(out, into, correlation)| Join { out, into, correlation })
            .to_vec()
    }

    fn noise(frames: usize) -> Vec<f32> {
        let mut samples = vec![0.0; frames];
        HashNoise::new(5).fill(0, &mut samples);
        samples
    }

    #[test]
    fn no_join_is_used_twice_in_a_row_and_the_path_is_as_long_as_asked() {
        let path = LoopPath::new(&joins(), Frames(4_800), Frames(2_000_000), 1);
        assert!(path.period().0 >= 2_000_000 - 90_000, "{:?}", path.period());
        assert!(path.pieces.windows(2).all(|pair| pair[0].join != pair[1].join));
        let other = LoopPath::new(&joins(), Frames(4_800), Frames(2_000_000), 2);
        assert_ne!(path, other);
    }

    #[test]
    fn noise_keeps_its_level_through_every_join() {
        let source = noise(100_000);
        let path = LoopPath::new(&joins(), Frames(9_600), Frames(600_000), 1);
        let looped = read(&path, &source, 0, 600_000);
        for (index, block) in looped.chunks_exact(9_600).enumerate() {
            let power = block.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / block.len() as f64;
            let level = 10.0 * (3.0 * power).log10();
            assert!(level.abs() < 0.25, "block {index}: {level} dB");
        }
    }

    #[test]
    fn the_same_sound_twice_keeps_its_level_as_well() {
        // A tone that fits: both sides of each join are the same, and equal gain leaves no trace.
        let source: Vec<f32> =
            (0..100_000).map(|n| (n as f32 * std::f32::consts::TAU / 100.0).sin()).collect();
        let joins =
            [(70_000, 5_000), (80_000, 12_000)].map(|(out, into)| Join { out, into, correlation: 1.0 });
        let path = LoopPath::new(&joins, Frames(4_800), Frames(300_000), 1);
        let looped = read(&path, &source, 0, 300_000);
        let worst = looped
            .iter()
            .zip(source.iter().take(100).cycle())
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst < 2e-3, "{worst}");
    }

    proptest! {
        #[test]
        fn any_cut_into_blocks_gives_the_same_samples(from in 0u64..700_000, cut in 1usize..9_000) {
            let source = noise(100_000);
            let path = LoopPath::new(&joins(), Frames(4_800), Frames(300_000), 3);
            let whole = read(&path, &source, from, 12_000);
            let mut parts = read(&path, &source, from, cut);
            parts.extend(read(&path, &source, from + cut as u64, 12_000 - cut));
            prop_assert!(whole == parts);
        }
    }
}
