//! Ducking: the level of a bed falls under the voice. The curve is computed from the timeline rather than from the
//! sound, so it can fall before a phrase begins, stay down through short pauses and recover slowly, without pumping.
//!
//! Each phrase has its own depth, so that one soft phrase does not lower the bed under all others. The curve is stored as
//! its corner points, computed once. Any window of it is found by binary search, and a constant part is a simple fill.

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

/// The ducking of a bed under one phrase.
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

/// A phrase with the duck under it.
pub type DuckedPhrase = (Position, Frames, Ducking);

/// What one phrase, or a row of phrases of the same depth, asks of the gain: a fall to the full depth at `foot`, and a
/// rise from `end` on. Places may be negative, before the start of the timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Low {
    foot: i64,
    end: i64,
    fall: i64,
    rise: i64,
    depth: f64,
    shape: RampShape,
}

impl Low {
    fn of(&(start, length, duck): &DuckedPhrase) -> Self {
        let foot = signed(Frames(start.0)) - signed(duck.lead) + signed(duck.fall);
        Self {
            foot,
            end: foot.max(signed(Frames((start + length).0))),
            fall: signed(duck.fall),
            rise: signed(duck.rise),
            depth: duck.depth.0,
            shape: duck.shape,
        }
    }

    fn start(&self) -> i64 {
        self.foot - self.fall
    }

    fn over(&self) -> i64 {
        self.end + self.rise
    }

    fn is_down(&self, from: i64, to: i64) -> bool {
        self.foot <= from && to <= self.end
    }

    /// Its level in decibels.
    fn level(&self, frame: i64) -> f64 {
        let share =
            |distance: i64, whole: i64| if distance >= whole { 1.0 } else { distance as f64 / whole as f64 };
        let height = if frame < self.foot {
            self.shape.at(share(self.foot - frame, self.fall))
        } else if frame < self.end {
            0.0
        } else {
            self.shape.at(share(frame - self.end, self.rise))
        };
        self.depth * (height - 1.0)
    }
}

/// A segment of the curve, which ends where the next one starts.
#[derive(Clone, Debug, PartialEq)]
struct Segment {
    start: i64,
    kind: SegmentKind,
}

#[derive(Clone, Debug, PartialEq)]
enum SegmentKind {
    /// A constant level in decibels, and its factor.
    Steady { level: f64, factor: f32 },
    /// The lowest of these, by their index.
    Moving { lows: Vec<usize> },
}

impl SegmentKind {
    fn steady(level: f64) -> Self {
        Self::Steady { level, factor: Db(level).gain().factor() }
    }
}

/// A ramp is computed exactly at this many points, or at every frame if it is shorter.
const POINTS: i64 = 4_096;

/// The ducking gain of a bed over a whole timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct DuckCurve {
    lows: Vec<Low>,
    segments: Vec<Segment>,
}

impl DuckCurve {
    /// The curve for phrases in order (touching allowed, not overlapping), each with its own depth. Each phrase asks for a
    /// fall before it and a rise after it; in a pause of at most `hold` the gain stays as low as the shallower of its two
    /// neighbours asks. The curve is the lowest of all that is asked.
    ///
    /// # Panics
    /// If phrases are out of order, or a depth is negative or NaN: a bug in the caller.
    pub fn new(phrases: &[DuckedPhrase]) -> Self {
        let lows = lows(phrases);
        let segments = segments(&lows);
        Self { lows, segments }
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
            match &self.segments[index].kind {
                SegmentKind::Steady { factor, .. } => run.fill(*factor),
                SegmentKind::Moving { lows } => self.ramp(lows, self.segments[index].start..end, place, run),
            }
            (rest, place, index) = (after, place + count as i64, index + 1);
        }
    }

    /// Writes the factors of a moving segment from the frame `place` on.
    ///
    /// Computing a power for each frame would be most of the cost of mixing a bed. It is computed at [`POINTS`]
    /// points of a ramp and interpolated linearly between them: within 3e-6 dB of the curve for any depth up to 20
    /// dB. The points are counted from the start of the segment, so splitting into blocks changes no bit.
    fn ramp(&self, lows: &[usize], segment: std::ops::Range<i64>, place: i64, out: &mut [f32]) {
        let ramps = lows.iter().flat_map(|low| [self.lows[*low].fall, self.lows[*low].rise]);
        let step = (ramps.filter(|ramp| *ramp > 0).min().unwrap_or(1) / POINTS).max(1);
        let mut line = None;
        for (frame, out) in (place..).zip(out) {
            let from = segment.start + (frame - segment.start) / step * step;
            let (low, slope) = match line {
                Some((begun, low, slope)) if begun == from => (low, slope),
                _ => {
                    let to = (from + step).min(segment.end);
                    let low = factor(self.lowest(lows, from));
                    let slope = (factor(self.lowest(lows, to)) - low) / (to - from) as f64;
                    line = Some((from, low, slope));
                    (low, slope)
                }
            };
            *out = (low + slope * (frame - from) as f64) as f32;
        }
    }

    /// The gain factor, if it is constant over `len` frames from `from` on.
    pub fn steady(&self, from: Position, len: Frames) -> Option<f32> {
        let index = self.segment_at(from.0 as i64);
        let end = self.segments.get(index + 1).map_or(i64::MAX, |next| next.start);
        match self.segments[index].kind {
            SegmentKind::Steady { factor, .. } => ((from + len).0 as i64 <= end).then_some(factor),
            SegmentKind::Moving { .. } => None,
        }
    }

    /// The gain at a position: 0 dB or below.
    pub fn db(&self, at: Position) -> Db {
        let frame = at.0 as i64;
        Db(match &self.segments[self.segment_at(frame)].kind {
            SegmentKind::Steady { level, .. } => *level,
            SegmentKind::Moving { lows } => self.lowest(lows, frame),
        })
    }

    /// The corner points of the curve, from the start of the timeline to where it finally returns to 0 dB. Between
    /// them it follows its [`RampShape`]; where a rise turns into a fall, the corner is rounded up to a whole frame.
    pub fn points(&self) -> Vec<(Position, Db)> {
        let mut places = vec![0];
        for (index, segment) in self.segments.iter().enumerate().skip(1) {
            places.push(segment.start);
            if let (SegmentKind::Moving { lows }, Some(next)) = (&segment.kind, self.segments.get(index + 1))
            {
                self.crossings(lows, segment.start, next.start, &mut places);
            }
        }
        let mut places: Vec<Position> =
            places.into_iter().filter_map(|place| u64::try_from(place).ok()).map(Position).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| (place, self.db(place))).collect()
    }

    /// Adds the first frame at which another low is the lowest than at `from`, and so on up to `to`.
    fn crossings(&self, lows: &[usize], from: i64, to: i64, places: &mut Vec<i64>) {
        let lowest = |frame: i64| {
            lows.iter()
                .copied()
                .min_by(|a, b| self.lows[*a].level(frame).total_cmp(&self.lows[*b].level(frame)))
        };
        let (first, last) = (lowest(from), lowest(to));
        if first == last || to - from < 2 {
            return;
        }
        let (mut low, mut high) = (from, to);
        while high - low > 1 {
            let middle = low.midpoint(high);
            if lowest(middle) == first { low = middle } else { high = middle }
        }
        if high < to {
            places.push(high);
            self.crossings(lows, high, to, places);
        }
    }

    /// The index of the segment that holds a frame.
    fn segment_at(&self, frame: i64) -> usize {
        self.segments.partition_point(|segment| segment.start <= frame) - 1
    }

    /// The lowest level at a frame, in decibels.
    fn lowest(&self, lows: &[usize], frame: i64) -> f64 {
        lows.iter().map(|low| self.lows[*low].level(frame)).fold(0.0, f64::min)
    }
}

/// What phrases ask of the gain, in order of the start; those of one depth are merged where they meet.
fn lows(phrases: &[DuckedPhrase]) -> Vec<Low> {
    let mut lows: Vec<Low> = Vec::new();
    let mut spoken = Position::START;
    for (index, phrase) in phrases.iter().enumerate() {
        let (start, length, duck) = phrase;
        assert!(duck.depth.0 >= 0.0, "a duck goes down");
        assert!(*start >= spoken, "phrases are sorted and do not overlap");
        lows.push(Low::of(phrase));
        if let Some(before) = index.checked_sub(1).map(|before| &phrases[before])
            && *start - spoken <= before.2.hold.max(duck.hold)
        {
            let (left, right) = (Low::of(before), Low::of(phrase));
            let shallower = if right.depth < left.depth { right } else { left };
            // From the foot under one phrase to that under the next, whichever ask for more.
            lows.push(Low { foot: left.foot.min(right.foot), end: left.end.max(right.end), ..shallower });
        }
        spoken = *start + *length;
    }
    lows.retain(|low| low.depth > 0.0);
    lows.sort_by(|a, b| a.depth.total_cmp(&b.depth).then(a.foot.cmp(&b.foot)));
    let mut merged: Vec<Low> = Vec::new();
    for low in lows {
        match merged.last_mut() {
            Some(last) if same_duck(last, &low) && low.foot <= last.end => last.end = last.end.max(low.end),
            _ => merged.push(low),
        }
    }
    merged.sort_by_key(Low::start);
    merged
}

fn same_duck(a: &Low, b: &Low) -> bool {
    (a.depth, a.fall, a.rise, a.shape) == (b.depth, b.fall, b.rise, b.shape)
}

/// Cuts time where a low begins, is down, rises or ends.
fn segments(lows: &[Low]) -> Vec<Segment> {
    let mut places: Vec<i64> =
        lows.iter().flat_map(|low| [low.start(), low.foot, low.end, low.over()]).collect();
    places.sort_unstable();
    places.dedup();
    let mut segments = vec![Segment { start: i64::MIN, kind: SegmentKind::steady(0.0) }];
    let mut next = 0;
    let mut active: Vec<usize> = Vec::new();
    for (index, start) in places.iter().enumerate() {
        let end = places.get(index + 1).copied().unwrap_or(i64::MAX);
        while next < lows.len() && lows[next].start() <= *start {
            active.push(next);
            next += 1;
        }
        active.retain(|low| lows[*low].over() > *start);
        let deepest = active.iter().map(|low| lows[*low].depth).fold(0.0, f64::max);
        let down = active.iter().filter(|low| lows[**low].is_down(*start, end));
        let floor = down.map(|low| lows[*low].depth).fold(0.0, f64::max);
        let kind = if floor == deepest {
            SegmentKind::steady(0.0 - floor)
        } else {
            let lows = active
                .iter()
                .copied()
                .filter(|low| lows[*low].depth > floor || lows[*low].is_down(*start, end));
            SegmentKind::Moving { lows: lows.collect() }
        };
        match (&kind, segments.last()) {
            (SegmentKind::Steady { .. }, Some(last)) if last.kind == kind => {}
            _ => segments.push(Segment { start: *start, kind }),
        }
    }
    segments
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

    /// The curve with the same duck under every phrase.
    fn alike(duck: &Ducking, spans: &[(Position, Frames)]) -> DuckCurve {
        DuckCurve::new(&spans.iter().map(|(start, length)| (*start, *length, *duck)).collect::<Vec<_>>())
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
        let curve = alike(&duck(RampShape::Linear), &[span(1_000, 300)]);
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
        let curve = alike(&duck(RampShape::Cosine), &[span(1_000, 300)]);
        let levels = levels(&curve, 2_000);
        assert!((levels[875] + 4.0).abs() < 1e-6 && (levels[1_500] + 4.0).abs() < 1e-6);
        assert!((levels[1_400] + 8.0 * (1.0 - raised_cosine(0.25))).abs() < 1e-6);
    }

    #[test]
    fn the_bed_stays_down_through_a_pause_of_hold_and_not_through_a_longer_one() {
        let curve = alike(&duck(RampShape::Linear), &[span(1_000, 300), span(1_800, 10)]);
        assert!(curve.steady(Position(950), Frames(860)).is_some());
        let curve = alike(&duck(RampShape::Linear), &[span(1_000, 300), span(1_801, 10)]);
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
        let curve = alike(&duck(RampShape::Linear), &[span(125, 300)]);
        assert!((levels(&curve, 1)[0] + 4.0).abs() < 1e-6);
        assert_eq!(curve.points()[0], (Position(0), Db(-4.0)));
        let curve = alike(&duck(RampShape::Linear), &[span(0, 300)]);
        assert_eq!(curve.steady(Position(0), Frames(300)), Some(Db(-8.0).gain().factor()));
    }

    #[test]
    fn a_soft_phrase_lowers_the_bed_only_around_itself() {
        let usual = duck(RampShape::Cosine);
        let deep =
            Ducking { depth: Db(14.0), fall: Frames(260), rise: Frames(700), lead: Frames(260), ..usual };
        let phrases = [
            (Position(1_000), Frames(300), usual),
            (Position(3_000), Frames(200), deep),
            (Position(3_600), Frames(300), usual),
        ];
        let curve = DuckCurve::new(&phrases);
        let db = |frame: u64| curve.db(Position(frame)).0;
        assert_eq!((db(1_100), db(2_000), db(3_100)), (-8.0, 0.0, -14.0));
        // Through the pause after it the bed stays as low as the next phrase needs, and comes up slowly to that.
        assert!(
            db(3_300) < -8.0 && (db(3_560) + 8.0).abs() < 0.5 && (db(3_800) + 8.0).abs() < 1e-9,
            "{}",
            db(3_560)
        );
        let points = curve.points();
        for pair in points.windows(2) {
            assert!(pair[0].0 < pair[1].0);
        }
        assert!(points.contains(&(Position(3_200), Db(-14.0))), "{points:?}");
    }

    #[test]
    fn without_phrases_or_depth_nothing_moves() {
        let none = alike(&duck(RampShape::Cosine), &[]);
        let flat = alike(&Ducking { depth: Db(0.0), ..duck(RampShape::Cosine) }, &[span(1_000, 300)]);
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
            let curve = alike(&duck, &spans);
            for (frame, level) in levels(&curve, 320_000).into_iter().enumerate() {
                let expected = plain(&[(spans[0].0, spans[0].1, duck)], frame as u64);
                assert!((level - expected).abs() < 3e-6, "{frame}: {level} instead of {expected}");
            }
            let whole = factors(&curve, 0, 320_000);
            assert!(factors(&curve, 54_321, 9_999) == whole[54_321..64_320]);
        }
    }

    /// The definition frame by frame, from all phrases at once, with nothing clever in it.
    fn plain(phrases: &[DuckedPhrase], frame: u64) -> f64 {
        let t = frame as f64;
        let share = |frames: f64, whole: Frames| if whole.0 == 0 { 1.0 } else { frames / whole.0 as f64 };
        let asks = |foot: f64, end: f64, duck: &Ducking| {
            let height = match t {
                _ if t < foot => share(foot - t, duck.fall),
                _ if t < end => 0.0,
                _ => share(t - end, duck.rise),
            };
            duck.depth.0 * (duck.shape.at(height) - 1.0)
        };
        let foot =
            |phrase: &DuckedPhrase| phrase.0.0 as f64 - phrase.2.lead.0 as f64 + phrase.2.fall.0 as f64;
        let end = |phrase: &DuckedPhrase| foot(phrase).max((phrase.0 + phrase.1).0 as f64);
        let alone = phrases.iter().map(|phrase| asks(foot(phrase), end(phrase), &phrase.2));
        let held = phrases.windows(2).filter(|pair| pair[1].0 - (pair[0].0 + pair[0].1) <= pair[0].2.hold);
        let between = held.map(|pair| {
            let shallower = if pair[1].2.depth < pair[0].2.depth { &pair[1].2 } else { &pair[0].2 };
            asks(foot(&pair[0]).min(foot(&pair[1])), end(&pair[0]).max(end(&pair[1])), shallower)
        });
        alone.chain(between).fold(0.0, f64::min)
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
        fn the_curve_is_the_lowest_of_what_each_phrase_asks(duck in ducks(), spans in phrases(), depths in prop::collection::vec(0.0f64..20.0, 6), own in any::<bool>()) {
            let asked: Vec<DuckedPhrase> = spans.iter().zip(&depths).map(|((start, length), depth)| {
                (*start, *length, if own { Ducking { depth: Db(*depth), ..duck } } else { duck })
            }).collect();
            let curve = DuckCurve::new(&asked);
            for (frame, level) in levels(&curve, 4_000).into_iter().enumerate() {
                let expected = plain(&asked, frame as u64);
                prop_assert!((level - expected).abs() < 1e-6, "frame {}: {} instead of {}", frame, level, expected);
                prop_assert!((curve.db(Position(frame as u64)).0 - expected).abs() < 1e-9);
            }
        }

        #[test]
        fn any_cut_into_blocks_gives_the_same_factors(duck in ducks(), spans in phrases(), block in 1usize..700) {
            let curve = alike(&duck, &spans);
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
