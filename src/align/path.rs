//! Which islands are which phrase: the cheapest path through all of them. docs/alignment.md, section 4.

use rayon::prelude::*;

use super::EarlierTakes;
use super::compare::{CepstralStep, CepstralSteps, warp, warp_beginnings};
use super::island::SoundIsland;
use super::listen::FRAME;

/// What is known of a phrase before it is looked for.
#[derive(Clone, Debug)]
pub struct ExpectedPhrase {
    /// How long it would be spoken, in seconds of speech without silences.
    pub seconds: f64,
    /// How many pauses its signs of punctuation ask for.
    pub pauses: usize,
    /// Its words as another voice says them, where there is one.
    pub words: Vec<CepstralStep>,
    /// The islands that somebody has said it is.
    pub fixed: Option<(usize, usize)>,
}

impl ExpectedPhrase {
    /// The cost of taking for it what is so unlike its words, by the distance of wrong words (docs/alignment.md, section 4).
    pub fn words_cost(&self, unlike: f64) -> f64 {
        14.0 * (1.2 * self.seconds).clamp(1.0, 4.0) * (unlike - 0.8)
    }
}

/// The islands `from..to` are a phrase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TakenRun {
    pub from: usize,
    pub to: usize,
    /// Seconds of speech.
    pub seconds: f64,
    /// The distance from the words as another voice says them, by that of wrong words; `None` without another voice.
    pub unlike: Option<f64>,
    /// How much dearer the best path is on which other islands, or none, are this phrase.
    pub margin: f64,
}

/// The islands `from..to` are an earlier take of what begins at island `again`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlierTake {
    pub from: usize,
    pub to: usize,
    pub again: usize,
}

#[derive(Clone, Debug, Default)]
pub struct AlignPath {
    pub phrases: Vec<Option<TakenRun>>,
    pub earlier: Vec<EarlierTake>,
}

/// The most islands of one phrase.
const MOST_ISLANDS: usize = 16;
/// What is so much dearer than the best is not followed.
const BEAM: f64 = 90.0;
const NOT_READ: f64 = 9.0;
const JUNK_INSIDE: f64 = 0.8;
/// Who reads again has stopped for longer than this before the earlier take too, in seconds: what follows other speech sooner is
/// part of it.
const STOP: f64 = 0.2;
/// Seconds of an earlier take.
const EARLIER: (f64, f64) = (0.25, 8.0);

/// Everything about one recording that does not depend on the phrases.
pub struct ReadingSession<'a> {
    pub islands: &'a [SoundIsland],
    pub steps: &'a CepstralSteps,
    /// Seconds of speech before each island, and in all.
    spoken: Vec<f64>,
    /// From each island, where its repetition may begin, at what cost, and where the earlier take ends.
    repeats: Vec<Vec<RepeatedRun>>,
}

#[derive(Clone, Copy, Debug)]
struct RepeatedRun {
    again: usize,
    to: usize,
    cost: f64,
}

impl<'a> ReadingSession<'a> {
    pub fn new(islands: &'a [SoundIsland], steps: &'a CepstralSteps, takes: EarlierTakes) -> Self {
        let mut spoken = vec![0.0];
        for island in islands {
            let seconds = if island.is_junk { 0.0 } else { island.seconds() };
            spoken.push(spoken.last().unwrap_or(&0.0) + seconds);
        }
        let mut session = Self { islands, steps, spoken, repeats: Vec::new() };
        session.repeats = match takes {
            EarlierTakes::LeftOut => session.find_repeats(),
            EarlierTakes::None => vec![Vec::new(); islands.len()],
        };
        session
    }

    /// Seconds of speech in the islands `from..to`.
    pub fn seconds(&self, from: usize, to: usize) -> f64 {
        self.spoken[to] - self.spoken[from]
    }

    /// The silence before an island back to the last speech, over what is junk.
    fn quiet_before(&self, at: usize) -> f64 {
        let Some(speech) = (0..at).rev().find(|before| !self.islands[*before].is_junk) else {
            return f64::INFINITY;
        };
        (self.islands[at].from - self.islands[speech].to) as f64 * FRAME
    }

    fn find_repeats(&self) -> Vec<Vec<RepeatedRun>> {
        const BETWEEN: usize = 3;
        const REACH: usize = 16;
        let count = self.islands.len();
        let Some(usual) = self.usual_repeat() else { return vec![Vec::new(); count] };
        (0..count)
            .into_par_iter()
            .map(|from| {
                let mut found = Vec::new();
                if self.islands[from].is_junk || self.quiet_before(from) < STOP {
                    return found;
                }
                for again in from + 1..(from + REACH).min(count) {
                    if self.islands[again].is_junk {
                        continue;
                    }
                    let last = (from + 1..=again)
                        .rev()
                        .find(|to| self.seconds(from, *to) <= EARLIER.1)
                        .unwrap_or(from + 1);
                    let run = self.steps.run(from, last);
                    let most = (run.len() * 8 / 5 + 4).min(self.steps.all.len() - self.steps.starts[again]);
                    let rest = &self.steps.all[self.steps.starts[again]..self.steps.starts[again] + most];
                    let ends = warp_beginnings(run, rest);
                    let first = (from + 1).max(again.saturating_sub(BETWEEN));
                    let mut best: Option<RepeatedRun> = None;
                    for to in first..=last {
                        let seconds = self.seconds(from, to);
                        if !(EARLIER.0..=EARLIER.1).contains(&seconds) {
                            continue;
                        }
                        let length = self.steps.starts[to] - self.steps.starts[from];
                        let ratio = f64::from(ends[length - 1]) / usual;
                        if ratio >= 0.8 {
                            continue;
                        }
                        let between: f64 =
                            (to..again).map(|at| if self.islands[at].is_junk { 0.4 } else { 1.3 }).sum();
                        let cost = 0.6 + 14.0 * (ratio - 0.55).max(-0.3) + between;
                        if best.is_none_or(|best| cost < best.cost) {
                            best = Some(RepeatedRun { again, to, cost });
                        }
                    }
                    found.extend(best);
                }
                found
            })
            .collect()
    }

    /// The median distance of runs from beginnings that are not theirs.
    fn usual_repeat(&self) -> Option<f64> {
        const PAIRS: usize = 150;
        let count = self.islands.len();
        if count < 6 {
            return None;
        }
        let mut draw = Lottery::new(1);
        let mut found = Vec::new();
        for _ in 0..PAIRS {
            let (from, again) = (draw.below(count), draw.below(count));
            let Some(to) = (from + 1..=count).find(|to| self.seconds(from, *to) >= 0.8) else { continue };
            if self.islands[from].is_junk || self.islands[again].is_junk || from.abs_diff(again) < 4 {
                continue;
            }
            let run = self.steps.run(from, to);
            let most = (run.len() * 8 / 5 + 4).min(self.steps.all.len() - self.steps.starts[again]);
            let rest = &self.steps.all[self.steps.starts[again]..self.steps.starts[again] + most];
            if let Some(end) = warp_beginnings(run, rest).last().filter(|end| end.is_finite()) {
                found.push(*end);
            }
        }
        super::island::quantile(&mut found, 0.5).map(f64::from)
    }
}

/// Numbers that look random and are the same each time (Knuth's MMIX generator).
pub struct Lottery(u64);

impl Lottery {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % count.max(1)
    }
}

/// What one search assumes of a session.
#[derive(Clone, Copy, Debug)]
pub struct Assumed {
    /// Seconds of speech for each second that was expected.
    pub rate: f64,
    /// A silence as long as this may be inside a phrase or between two, in seconds.
    pub middle_gap: f64,
    /// The distance of wrong words.
    pub wrong_words: Option<f64>,
}

impl Assumed {
    /// Before anything is known.
    pub fn first(session: &ReadingSession<'_>, wanted: &[ExpectedPhrase]) -> Self {
        let all: f64 = wanted.iter().map(|phrase| phrase.seconds).sum();
        let count = session.islands.len();
        let rate = (session.seconds(0, count) / all.max(0.1)).clamp(0.5, 2.0);
        let mut gaps: Vec<f32> =
            (1..count).map(|at| session.quiet_before(at) as f32).filter(|gap| gap.is_finite()).collect();
        gaps.sort_unstable_by(|a, b| b.total_cmp(a));
        let middle_gap = gaps.get(wanted.len().saturating_sub(1)).or(gaps.last()).copied().unwrap_or(0.5);
        Self { rate, middle_gap: f64::from(middle_gap).clamp(0.15, 1.2), wrong_words: None }
    }

    /// With the distance of wrong words, measured on pairs of phrases and runs of about their length.
    #[must_use]
    pub fn with_wrong_words(mut self, session: &ReadingSession<'_>, wanted: &[ExpectedPhrase]) -> Self {
        const PAIRS: usize = 200;
        let mut draw = Lottery::new(2);
        let mut found = Vec::new();
        for _ in 0..PAIRS {
            let phrase = &wanted[draw.below(wanted.len())];
            let from = draw.below(session.islands.len());
            if phrase.words.is_empty() || session.islands[from].is_junk {
                continue;
            }
            let long = self.rate * phrase.seconds;
            let Some(to) =
                (from + 1..=session.islands.len()).find(|to| session.seconds(from, *to) >= 0.75 * long)
            else {
                continue;
            };
            if session.seconds(from, to) > 1.5 * long {
                continue;
            }
            found.extend(warp(&phrase.words, session.steps.run(from, to)).last());
        }
        self.wrong_words = super::island::quantile(&mut found, 0.5).map(f64::from);
        self
    }
}

/// A phrase that begins with an island may end before these, at these costs.
#[derive(Clone, Copy, Debug)]
struct PhraseEdge {
    from: usize,
    to: usize,
    cost: f64,
    unlike: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum AlignMove {
    None,
    Skip,
    /// The index of the repeat of the island it comes from.
    Repeated(usize),
    NotRead,
    Take,
}

/// Finds the cheapest path.
pub fn find(session: &ReadingSession<'_>, wanted: &[ExpectedPhrase], assumed: &Assumed) -> AlignPath {
    let count = session.islands.len();
    let layers = wanted.len() + 1;
    let mut blocked = vec![false; count];
    wanted.iter().filter_map(|phrase| phrase.fixed).for_each(|(from, to)| blocked[from..to].fill(true));
    let beam = if blocked.contains(&true) { f64::INFINITY } else { BEAM };
    let mut costs = vec![vec![f64::INFINITY; count + 1]; layers];
    let mut moves = vec![vec![(AlignMove::None, 0usize); count + 1]; layers];
    let mut edges: Vec<Vec<PhraseEdge>> = Vec::with_capacity(wanted.len());
    costs[0][0] = 0.0;
    for layer in 0..layers {
        let is_end = layer == 0 || layer == wanted.len();
        for at in 0..count {
            let here = costs[layer][at];
            if here.is_infinite() {
                continue;
            }
            relax(
                &mut costs[layer],
                &mut moves[layer],
                at + 1,
                here + skip(session, at, is_end),
                (AlignMove::Skip, at),
            );
            if layer < wanted.len() {
                for (index, repeat) in session.repeats[at].iter().enumerate() {
                    relax(
                        &mut costs[layer],
                        &mut moves[layer],
                        repeat.again,
                        here + repeat.cost,
                        (AlignMove::Repeated(index), at),
                    );
                }
            }
        }
        if layer == wanted.len() {
            break;
        }
        let best = costs[layer].iter().copied().fold(f64::INFINITY, f64::min);
        if !is_end {
            costs[layer]
                .iter_mut()
                .filter(|cost| **cost > best + beam)
                .for_each(|cost| *cost = f64::INFINITY);
        }
        let alive: Vec<usize> = (0..=count).filter(|at| costs[layer][*at].is_finite()).collect();
        let found: Vec<Vec<PhraseEdge>> = alive
            .par_iter()
            .filter(|at| **at < count && !session.islands[**at].is_junk)
            .map(|at| takes(session, &wanted[layer], assumed, *at, &blocked))
            .collect();
        let found: Vec<PhraseEdge> = found.into_iter().flatten().collect();
        let (now, next) = costs.split_at_mut(layer + 1);
        for at in alive {
            let cost = now[layer][at] + NOT_READ;
            relax(&mut next[0], &mut moves[layer + 1], at, cost, (AlignMove::NotRead, at));
        }
        for edge in &found {
            let cost = now[layer][edge.from] + edge.cost;
            relax(&mut next[0], &mut moves[layer + 1], edge.to, cost, (AlignMove::Take, edge.from));
        }
        edges.push(found);
    }
    let mut path = back(session, wanted, &moves, &edges, count);
    margins(session, wanted, &costs, &edges, &mut path);
    path
}

fn relax(costs: &mut [f64], moves: &mut [(AlignMove, usize)], at: usize, cost: f64, by: (AlignMove, usize)) {
    if cost < costs[at] {
        costs[at] = cost;
        moves[at] = by;
    }
}

/// What it costs that an island is no phrase.
fn skip(session: &ReadingSession<'_>, at: usize, is_end: bool) -> f64 {
    let island = &session.islands[at];
    if island.is_junk {
        return 0.3 + 0.4 * island.seconds().min(1.0);
    }
    if is_end { 1.0 + 1.2 * island.seconds() } else { 3.0 + 2.0 * island.seconds() }
}

/// ln(1 + e^x)
fn soft_plus(x: f64) -> f64 {
    if x > 30.0 { x } else { x.exp().ln_1p() }
}

/// Each way in which a phrase can begin with an island.
fn takes(
    session: &ReadingSession<'_>,
    phrase: &ExpectedPhrase,
    assumed: &Assumed,
    from: usize,
    blocked: &[bool],
) -> Vec<PhraseEdge> {
    const SLOPE: f64 = 2.2;
    /// Cheaper than anything else.
    const FIXED: f64 = -1_000.0;
    if let Some((first, to)) = phrase.fixed {
        let edge = PhraseEdge { from, to, cost: FIXED, unlike: None };
        return if first == from { vec![edge] } else { Vec::new() };
    }
    let long = assumed.rate * phrase.seconds;
    let spread = 0.20f64.hypot(0.12 / long);
    let lean = |gap: f64| SLOPE * (gap.max(0.01) / assumed.middle_gap).ln();
    let quiet = session.quiet_before(from);
    let begins = if quiet.is_finite() { soft_plus(-lean(quiet)) } else { 0.0 };
    let count = session.islands.len();
    let last = (from + 1..=(from + MOST_ISLANDS).min(count))
        .rev()
        .find(|to| session.seconds(from, *to) <= 2.2 * long && !blocked[from..*to].contains(&true))
        .unwrap_or(from);
    if last == from {
        return Vec::new();
    }
    let words = assumed
        .wrong_words
        .filter(|_| !phrase.words.is_empty())
        .map(|wrong| (wrong, warp(&phrase.words, session.steps.run(from, last))));
    let mut inside: Vec<f64> = Vec::new();
    let mut junk = 0.0;
    let mut found = Vec::new();
    for to in from + 1..=last {
        let island = &session.islands[to - 1];
        if to - 1 > from {
            if island.is_junk {
                junk += JUNK_INSIDE;
            } else {
                let quiet = session.quiet_before(to - 1);
                // Nobody is silent for so long within a phrase.
                junk += 2.0 * (quiet - 4.0).max(0.0);
                inside.push(soft_plus(lean(quiet)));
            }
        }
        if island.is_junk {
            continue;
        }
        let seconds = session.seconds(from, to);
        if seconds < 0.45 * long {
            continue;
        }
        // The longest silences are those of the punctuation.
        let mut sorted = inside.clone();
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        let gaps: f64 = sorted
            .iter()
            .enumerate()
            .map(|(at, cost)| if at < phrase.pauses { 0.4 * cost } else { *cost })
            .sum();
        let length = 0.5 * ((seconds / long).ln() / spread).powi(2);
        let unlike = words.as_ref().map(|(wrong, ends)| {
            f64::from(ends[session.steps.starts[to] - session.steps.starts[from] - 1]) / wrong
        });
        let sound = unlike.map_or(0.0, |unlike| phrase.words_cost(unlike));
        found.push(PhraseEdge { from, to, cost: length + gaps + junk + begins + sound, unlike });
    }
    found
}

fn back(
    session: &ReadingSession<'_>,
    wanted: &[ExpectedPhrase],
    moves: &[Vec<(AlignMove, usize)>],
    edges: &[Vec<PhraseEdge>],
    count: usize,
) -> AlignPath {
    let mut path = AlignPath { phrases: vec![None; wanted.len()], earlier: Vec::new() };
    let (mut layer, mut at) = (wanted.len(), count);
    loop {
        let (by, from) = moves[layer][at];
        match by {
            AlignMove::None => break,
            AlignMove::Skip => {}
            AlignMove::Repeated(index) => {
                let repeat = session.repeats[from][index];
                path.earlier.push(EarlierTake { from, to: repeat.to, again: repeat.again });
            }
            AlignMove::NotRead => layer -= 1,
            AlignMove::Take => {
                layer -= 1;
                let edge = edges[layer].iter().find(|edge| edge.from == from && edge.to == at);
                path.phrases[layer] = edge.map(|edge| TakenRun {
                    from,
                    to: at,
                    seconds: session.seconds(from, at),
                    unlike: edge.unlike,
                    margin: f64::INFINITY,
                });
            }
        }
        at = from;
    }
    path.earlier.reverse();
    path
}

/// How much dearer the best path is on which a phrase is elsewhere, for each phrase.
fn margins(
    session: &ReadingSession<'_>,
    wanted: &[ExpectedPhrase],
    costs: &[Vec<f64>],
    edges: &[Vec<PhraseEdge>],
    path: &mut AlignPath,
) {
    let count = session.islands.len();
    let time = |at: usize| session.islands.get(at).map_or(f64::INFINITY, |island| island.from as f64 * FRAME);
    let end = |at: usize| session.islands[at - 1].to as f64 * FRAME;
    let mut after = vec![f64::INFINITY; count + 1];
    after[count] = 0.0;
    let within = |after: &mut [f64], layer: usize| {
        let is_end = layer == 0 || layer == wanted.len();
        for at in (0..count).rev() {
            let mut best = after[at].min(after[at + 1] + skip(session, at, is_end));
            if layer < wanted.len() {
                for repeat in &session.repeats[at] {
                    best = best.min(after[repeat.again] + repeat.cost);
                }
            }
            after[at] = best;
        }
    };
    within(&mut after, wanted.len());
    let whole = costs[wanted.len()][count];
    for layer in (0..wanted.len()).rev() {
        let mut before = vec![f64::INFINITY; count + 1];
        let mut other = f64::INFINITY;
        for at in 0..=count {
            before[at] = after[at] + NOT_READ;
            other = other.min(costs[layer][at] + before[at]);
        }
        let chosen = path.phrases[layer];
        for edge in &edges[layer] {
            before[edge.from] = before[edge.from].min(edge.cost + after[edge.to]);
            let is_same = chosen.is_some_and(|chosen| {
                (time(chosen.from) - time(edge.from)).abs() < 0.3
                    && (end(chosen.to) - end(edge.to)).abs() < 0.3
            });
            if !is_same {
                other = other.min(costs[layer][edge.from] + edge.cost + after[edge.to]);
            }
        }
        if let Some(chosen) = &mut path.phrases[layer] {
            chosen.margin = other - whole;
        }
        after = before;
        within(&mut after, layer);
    }
}
