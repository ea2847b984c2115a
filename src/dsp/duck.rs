//! Ducking: the level of a bed falls under the voice. The curve is computed from the timeline rather than from the
//! sound, so it can fall before a phrase begins, stay down through short pauses and recover slowly, without pumping.
//!
//! The curve is stored as its corner points, computed once. Any window of it is found by binary search, and a
//! constant part is a simple fill.

use std::f64::consts::LN_10;

use super::fade::raised_cosine;
use crate::unit::{Db, Frames, Position};

/// The shape of a ramp between two levels, in decibels over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RampShape {
    Linear,
    /// A raised cosine, with a slope of zero at both ends.
    Cosine,
}

impl RampShape {
    fn at(self, t: f64) -> f64 {
        match self {
            Self::Linear => t.clamp(0.0, 1.0),
            Self::Cosine => raised_cosine(t),
        }
    }
}

/// The ducking of a bed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ducking {
    /// How long before a phrase the gain begins to fall.
    pub lead: Frames,
    /// The length of the fall. If it is longer than `lead`, the gain is still falling when the phrase begins.
    pub fall: Frames,
    /// The longest pause, from the end of one phrase to the start of the next, through which the bed stays down.
    pub hold: Frames,
    /// The length of the rise, from the end of the phrase (or of the fall, if that is later).
    pub rise: Frames,
    /// The depth; not negative.
    pub depth: Db,
    pub shape: RampShape,
}

/// A segment of the curve, which ends where the next one starts. `start` may be negative, before the start of the
/// timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    start: i64,
    kind: SegmentKind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum SegmentKind {
    /// A constant factor.
    Steady { factor: f32 },
    /// Down to the full depth, reached at `foot`, in `length` frames.
    Fall { foot: i64, length: i64 },
    /// Up from the full depth, left at `foot`, in `length` frames.
    Rise { foot: i64, length: i64 },
}

/// A ramp is computed exactly at this many points, or at every frame if it is shorter.
const POINTS: i64 = 4_096;

/// The ducking gain of a bed over a whole timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct DuckCurve {
    depth: f64,
    shape: RampShape,
    segments: Vec<Segment>,
}

impl DuckCurve {
    /// The curve for phrases at `spans` (start and length; sorted, not overlapping, touching allowed). Where the rise
    /// after one phrase meets the fall before the next, the lower gain applies.
    ///
    /// # Panics
    /// If spans are out of order, or the depth is negative or NaN: a bug in the caller.
    pub fn new(duck: &Ducking, spans: &[(Position, Frames)]) -> Self {
        assert!(duck.depth.0 >= 0.0, "a duck goes down");
        let lows = if duck.depth.0 > 0.0 { lows(duck, spans) } else { Vec::new() };
        let floor = (-duck.depth).gain().factor();
        let (fall, rise) = (signed(duck.fall), signed(duck.rise));
        let mut segments = vec![Segment { start: i64::MIN, kind: SegmentKind::Steady { factor: 1.0 } }];
        let mut add = |start: i64, end: i64, kind: SegmentKind| {
            if start < end {
                segments.push(Segment { start, kind });
            }
        };
        let mut left: Option<i64> = None;
        for &(foot, end) in &lows {
            let fall_start = left.map_or(foot - fall, |from| climb(from, foot, rise, fall, &mut add));
            add(fall_start, foot, SegmentKind::Fall { foot, length: fall });
            add(foot, end, SegmentKind::Steady { factor: floor });
            left = Some(end);
        }
        if let Some(from) = left {
            add(from, from + rise, SegmentKind::Rise { foot: from, length: rise });
            add(from + rise, i64::MAX, SegmentKind::Steady { factor: 1.0 });
        }
        Self { depth: duck.depth.0, shape: duck.shape, segments }
    }

    /// Writes the gain factors from `from` on.
    pub fn fill(&self, from: Position, out: &mut [f32]) {
        let mut place = from.0 as i64;
        let mut rest = out;
        let mut index = self.segment_at(place);
        while !rest.is_empty() {
            let end = self.segments.get(index + 1).map_or(i64::MAX, |next| next.start);
            let count = ((end - place) as u64).min(rest.len() as u64) as usize;
            let (run, after) = rest.split_at_mut(count);
            match self.segments[index].kind {
                SegmentKind::Steady { factor } => run.fill(factor),
                SegmentKind::Fall { foot, length } => {
                    self.ramp(length, (place..).map(|frame| foot - frame), run);
                }
                SegmentKind::Rise { foot, length } => {
                    self.ramp(length, (place..).map(|frame| frame - foot), run);
                }
            }
            (rest, place, index) = (after, place + count as i64, index + 1);
        }
    }

    /// Writes the factors of frames at these distances from the foot of a ramp.
    ///
    /// Computing a power for each frame would be most of the cost of mixing a bed. It is computed at [`POINTS`]
    /// points of the ramp and interpolated linearly between them: within 2e-6 dB of the curve for any depth up to 20
    /// dB. The points are counted from the foot, so splitting into blocks changes no bit.
    fn ramp(&self, length: i64, distances: impl Iterator<Item = i64>, out: &mut [f32]) {
        let step = (length / POINTS).max(1);
        let at = |distance: i64| factor(self.depth * (self.shape.at(distance as f64 / length as f64) - 1.0));
        let mut line = None;
        for (distance, out) in distances.zip(out) {
            let from = distance / step * step;
            let (low, slope) = match line {
                Some((begun, low, slope)) if begun == from => (low, slope),
                _ => {
                    let to = (from + step).min(length.max(from + 1));
                    let low = at(from);
                    let slope = (at(to) - low) / (to - from) as f64;
                    line = Some((from, low, slope));
                    (low, slope)
                }
            };
            *out = (low + slope * (distance - from) as f64) as f32;
        }
    }

    /// The gain factor, if it is constant over `len` frames from `from` on.
    pub fn steady(&self, from: Position, len: Frames) -> Option<f32> {
        let index = self.segment_at(from.0 as i64);
        let end = self.segments.get(index + 1).map_or(i64::MAX, |next| next.start);
        let SegmentKind::Steady { factor } = self.segments[index].kind else { return None };
        ((from + len).0 as i64 <= end).then_some(factor)
    }

    /// The gain at a position: 0 dB or below.
    pub fn db(&self, at: Position) -> Db {
        let frame = at.0 as i64;
        Db(self.level(self.segments[self.segment_at(frame)].kind, frame as f64))
    }

    /// The corner points of the curve, from the start of the timeline to where it finally returns to 0 dB. Between
    /// them it follows its [`RampShape`]; where a rise turns into a fall, the corner is rounded up to a whole frame.
    pub fn points(&self) -> Vec<(Position, Db)> {
        let starts = self.segments.iter().skip(1).filter_map(|segment| u64::try_from(segment.start).ok());
        let mut places: Vec<Position> = std::iter::once(0).chain(starts).map(Position).collect();
        places.dedup();
        places.into_iter().map(|place| (place, self.db(place))).collect()
    }

    /// The index of the segment that holds a frame.
    fn segment_at(&self, frame: i64) -> usize {
        self.segments.partition_point(|segment| segment.start <= frame) - 1
    }

    /// The gain of a segment at a frame, in decibels.
    fn level(&self, kind: SegmentKind, frame: f64) -> f64 {
        let height = match kind {
            SegmentKind::Steady { factor: 1.0 } => 1.0,
            SegmentKind::Steady { .. } => 0.0,
            SegmentKind::Fall { foot, length } => self.shape.at((foot as f64 - frame) / length as f64),
            SegmentKind::Rise { foot, length } => self.shape.at((frame - foot as f64) / length as f64),
        };
        self.depth * (height - 1.0)
    }
}

/// The ranges, from foot to end, in which the bed is fully down.
fn lows(duck: &Ducking, spans: &[(Position, Frames)]) -> Vec<(i64, i64)> {
    let mut lows: Vec<(i64, i64)> = Vec::new();
    let mut spoken = Position::START;
    for (index, &(start, length)) in spans.iter().enumerate() {
        assert!(start >= spoken, "spans are sorted and do not overlap");
        let held = index > 0 && start - spoken <= duck.hold;
        spoken = start + length;
        let foot = signed(Frames(start.0)) - signed(duck.lead) + signed(duck.fall);
        let end = signed(Frames(spoken.0));
        match lows.last_mut() {
            Some(low) if held => low.1 = low.1.max(end),
            // The next fall would end before the rise begins.
            Some(low) if foot <= low.1 => low.1 = low.1.max(end),
            _ => lows.push((foot, foot.max(end))),
        }
    }
    lows
}

/// Adds the rise after one low and, if there is time, a part at full level before the next low at `foot`. Returns
/// where the fall begins.
fn climb(from: i64, foot: i64, rise: i64, fall: i64, add: &mut impl FnMut(i64, i64, SegmentKind)) -> i64 {
    let kind = SegmentKind::Rise { foot: from, length: rise };
    if from + rise <= foot - fall {
        add(from, from + rise, kind);
        add(from + rise, foot - fall, SegmentKind::Steady { factor: 1.0 });
        return foot - fall;
    }
    // Rise and fall have the same shape, so they meet where both are equally far along: (t−from)/rise =
    // (foot−t)/fall.
    let gap = i128::from(foot - from);
    let met = (gap * i128::from(rise) + i128::from(rise + fall) - 1) / i128::from(rise + fall);
    let peak = from + met as i64;
    add(from, peak, kind);
    peak
}

fn signed(length: Frames) -> i64 {
    i64::try_from(length.0).expect("a length on a timeline")
}

/// 10^(dB/20).
fn factor(db: f64) -> f64 {
    (db * (LN_10 / 20.0)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn duck(shape: RampShape) -> Ducking {
        Ducking {
            lead: Frames(200),
            fall: Frames(150),
            hold: Frames(500),
            rise: Frames(400),
            depth: Db(8.0),
            shape,
        }
    }

    fn span(start: u64, length: u64) -> (Position, Frames) {
        (Position(start), Frames(length))
    }

    fn factors(curve: &DuckCurve, from: u64, frames: usize) -> Vec<f32> {
        let mut out = vec![f32::NAN; frames];
        curve.fill(Position(from), &mut out);
        out
    }

    fn levels(curve: &DuckCurve, frames: usize) -> Vec<f64> {
        factors(curve, 0, frames).iter().map(|&f| 20.0 * f64::from(f).log10()).collect()
    }

    #[test]
    fn a_linear_duck_is_made_of_straight_lines_in_decibels() {
        let curve = DuckCurve::new(&duck(RampShape::Linear), &[span(1_000, 300)]);
        let corners =
            [(0.0, 0.0), (800.0, 0.0), (950.0, -8.0), (1_300.0, -8.0), (1_700.0, 0.0), (2_000.0, 0.0)];
        for (frame, level) in levels(&curve, 2_000).into_iter().enumerate() {
            let t = frame as f64;
            let leg = corners.windows(2).find(|leg| t < leg[1].0).unwrap();
            let line = leg[0].1 + (leg[1].1 - leg[0].1) * (t - leg[0].0) / (leg[1].0 - leg[0].0);
            assert!((level - line).abs() < 1e-6, "frame {frame}: {level} dB instead of {line}");
        }
        let points: Vec<_> = curve.points().into_iter().map(|(place, db)| (place.0, db.0)).collect();
        assert_eq!(points, [(0, 0.0), (800, 0.0), (950, -8.0), (1_300, -8.0), (1_700, 0.0)]);
    }

    #[test]
    fn a_cosine_duck_is_halfway_down_in_the_middle_of_its_fall() {
        let curve = DuckCurve::new(&duck(RampShape::Cosine), &[span(1_000, 300)]);
        let levels = levels(&curve, 2_000);
        assert!((levels[875] + 4.0).abs() < 1e-6 && (levels[1_500] + 4.0).abs() < 1e-6);
        assert!((levels[1_400] + 8.0 * (1.0 - raised_cosine(0.25))).abs() < 1e-6);
    }

    #[test]
    fn the_bed_stays_down_through_a_pause_of_hold_and_not_through_a_longer_one() {
        let curve = DuckCurve::new(&duck(RampShape::Linear), &[span(1_000, 300), span(1_800, 10)]);
        assert!(curve.steady(Position(950), Frames(860)).is_some());
        let curve = DuckCurve::new(&duck(RampShape::Linear), &[span(1_000, 300), span(1_801, 10)]);
        let levels = levels(&curve, 3_000);
        // Rises for 300 of 400 frames from 1300, then falls from 1601 to the foot at 1751: they meet where both are equally far.
        let met = 1_300.0 + 451.0 * 400.0 / 550.0;
        let peak = -8.0 * (1.0 - (met - 1_300.0) / 400.0);
        let top = levels[1_300..1_751].iter().copied().fold(f64::MIN, f64::max);
        assert!((top - peak).abs() < 8.0 / 150.0, "{top} dB instead of {peak}");
        assert!(levels[1_751..1_811].iter().all(|level| (level + 8.0).abs() < 1e-6));
    }

    #[test]
    fn a_phrase_at_the_start_finds_the_bed_down_already() {
        let curve = DuckCurve::new(&duck(RampShape::Linear), &[span(125, 300)]);
        assert!((levels(&curve, 1)[0] + 4.0).abs() < 1e-6);
        assert_eq!(curve.points()[0], (Position(0), Db(-4.0)));
        let curve = DuckCurve::new(&duck(RampShape::Linear), &[span(0, 300)]);
        assert_eq!(curve.steady(Position(0), Frames(300)), Some(Db(-8.0).gain().factor()));
    }

    #[test]
    fn without_phrases_or_depth_nothing_moves() {
        let none = DuckCurve::new(&duck(RampShape::Cosine), &[]);
        let flat =
            DuckCurve::new(&Ducking { depth: Db(0.0), ..duck(RampShape::Cosine) }, &[span(1_000, 300)]);
        for curve in [none, flat] {
            assert_eq!(curve.steady(Position(0), Frames(1 << 40)), Some(1.0));
            assert_eq!(curve.points(), [(Position(0), Db(0.0))]);
        }
    }

    #[test]
    fn long_ramps_follow_the_curve_between_the_computed_points() {
        for (shape, fall, rise) in [(RampShape::Linear, 12_001, 38_399), (RampShape::Cosine, 76_800, 192_000)]
        {
            let depth = Db(20.0);
            let duck =
                Ducking { lead: Frames(fall), fall: Frames(fall), rise: Frames(rise), depth, ..duck(shape) };
            let spans = [span(100_000, 10_000)];
            let curve = DuckCurve::new(&duck, &spans);
            for (frame, level) in levels(&curve, 320_000).into_iter().enumerate() {
                let expected = plain(&duck, &spans, frame as u64);
                assert!((level - expected).abs() < 2e-6, "{frame}: {level} instead of {expected}");
            }
            let whole = factors(&curve, 0, 320_000);
            assert!(factors(&curve, 54_321, 9_999) == whole[54_321..64_320]);
        }
    }

    /// The definition frame by frame, from all phrases at once, with nothing clever in it.
    fn plain(duck: &Ducking, spans: &[(Position, Frames)], frame: u64) -> f64 {
        let mut held: Vec<(Position, Position)> = Vec::new();
        for &(start, length) in spans {
            match held.last_mut() {
                Some(last) if start - last.1 <= duck.hold => last.1 = start + length,
                _ => held.push((start, start + length)),
            }
        }
        let t = frame as f64;
        let share = |frames: f64, whole: Frames| if whole.0 == 0 { 1.0 } else { frames / whole.0 as f64 };
        let level = |&(start, end): &(Position, Position)| {
            let foot = start.0 as f64 - duck.lead.0 as f64 + duck.fall.0 as f64;
            let end = foot.max(end.0 as f64);
            let height = match t {
                _ if t < foot => share(foot - t, duck.fall),
                _ if t < end => 0.0,
                _ => share(t - end, duck.rise),
            };
            duck.depth.0 * (duck.shape.at(height) - 1.0)
        };
        held.iter().map(level).fold(0.0, f64::min)
    }

    prop_compose! {
        fn ducks()(lead in 0u64..300, fall in 0u64..300, hold in 0u64..200, rise in 0u64..400, depth in 0.5f64..20.0, cosine: bool) -> Ducking {
            let shape = if cosine { RampShape::Cosine } else { RampShape::Linear };
            Ducking { lead: Frames(lead), fall: Frames(fall), hold: Frames(hold), rise: Frames(rise), depth: Db(depth), shape }
        }
    }

    prop_compose! {
        fn phrases()(steps in prop::collection::vec((0u64..600, 1u64..400), 0..6)) -> Vec<(Position, Frames)> {
            let mut place = 0;
            steps.into_iter().map(|(pause, length)| {
                place += pause + length;
                span(place - length, length)
            }).collect()
        }
    }

    proptest! {
        #[test]
        fn the_curve_is_the_lowest_of_what_each_phrase_asks(duck in ducks(), spans in phrases()) {
            let curve = DuckCurve::new(&duck, &spans);
            for (frame, level) in levels(&curve, 4_000).into_iter().enumerate() {
                let expected = plain(&duck, &spans, frame as u64);
                prop_assert!((level - expected).abs() < 1e-6, "frame {}: {} instead of {}", frame, level, expected);
                prop_assert!((curve.db(Position(frame as u64)).0 - expected).abs() < 1e-9);
            }
        }

        #[test]
        fn any_cut_into_blocks_gives_the_same_factors(duck in ducks(), spans in phrases(), block in 1usize..700) {
            let curve = DuckCurve::new(&duck, &spans);
            let whole = factors(&curve, 0, 4_000);
            for (index, part) in whole.chunks(block).enumerate() {
                let from = (index * block) as u64;
                prop_assert_eq!(&factors(&curve, from, part.len()), part);
                if let Some(factor) = curve.steady(Position(from), Frames(part.len() as u64)) {
                    prop_assert!(part.iter().all(|f| *f == factor));
                }
            }
        }
    }
}
