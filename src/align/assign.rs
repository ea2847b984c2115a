//! Which clip of many is which phrase, in any order.

use super::compare::{CepstralSteps, warp};
use super::island::{SoundIslands, frames, quantile};
use super::listen::Heard;
use super::path::{Assumed, ExpectedPhrase, ReadingSession};
use super::{EarlierTakes, WantedPhrase, expected};

/// A phrase that a clip is taken to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AssignedClip {
    pub phrase: usize,
    /// How much better it fits than the next phrase, and the phrase than the next clip.
    pub margin: f64,
}

impl AssignedClip {
    /// Whether another phrase would do nearly as well.
    pub fn is_doubtful(&self) -> bool {
        self.margin < 3.0
    }
}

/// Silence between clips, so that none reaches into the next, in seconds.
const BETWEEN: f64 = 1.0;
/// What fits worse is left over.
const MOST: f64 = 4.0;

/// For each clip the phrase that it is; none where it fits none, or where nothing is said in it.
pub fn assign(clips: &[Heard], phrases: &[WantedPhrase]) -> Vec<Option<AssignedClip>> {
    let mut all = Heard::default();
    let mut spans = Vec::new();
    for clip in clips {
        all.rest(frames(BETWEEN));
        let from = all.len();
        all.append(clip);
        spans.push((from, all.len()));
    }
    all.rest(frames(BETWEEN));
    let islands = SoundIslands::find(&all);
    let runs: Vec<Option<(usize, usize)>> = spans
        .iter()
        .map(|(from, to)| {
            let is_in = |island: &super::island::SoundIsland| {
                !island.is_junk && island.from + 1 >= *from && island.to <= *to + 1
            };
            let first = islands.all.iter().position(is_in)?;
            Some((first, islands.all.iter().rposition(is_in)? + 1))
        })
        .collect();
    let steps = CepstralSteps::of(&all, &islands.all);
    let wanted = expected(phrases, &islands.all);
    let session = ReadingSession::new(&islands.all, &steps, EarlierTakes::None);
    let mut assumed = Assumed::first(&session, &wanted);
    if islands.all.is_empty() || wanted.is_empty() {
        return vec![None; clips.len()];
    }
    assumed.rate = usual_rate(&session, &wanted, &runs).unwrap_or(assumed.rate);
    assumed = assumed.with_wrong_words(&session, &wanted);
    let costs: Vec<Vec<f64>> = runs
        .iter()
        .map(|run| wanted.iter().map(|phrase| cost(&session, phrase, &assumed, *run)).collect())
        .collect();
    best(&costs, phrases.len())
}

/// Sorted by length, the k-th clip is about the k-th phrase where most phrases have a clip.
fn usual_rate(
    session: &ReadingSession<'_>,
    wanted: &[ExpectedPhrase],
    runs: &[Option<(usize, usize)>],
) -> Option<f64> {
    let mut spoken: Vec<f32> =
        runs.iter().flatten().map(|(from, to)| session.seconds(*from, *to) as f32).collect();
    let mut long: Vec<f32> = wanted.iter().map(|phrase| phrase.seconds as f32).collect();
    let (spoken, long) = (quantile(&mut spoken, 0.5)?, quantile(&mut long, 0.5)?);
    Some(f64::from(spoken / long).clamp(0.5, 2.0))
}

fn cost(
    session: &ReadingSession<'_>,
    phrase: &ExpectedPhrase,
    assumed: &Assumed,
    run: Option<(usize, usize)>,
) -> f64 {
    let Some((from, to)) = run else { return f64::INFINITY };
    let long = assumed.rate * phrase.seconds;
    let ratio = session.seconds(from, to) / long;
    if !(0.4..2.5).contains(&ratio) {
        return f64::INFINITY;
    }
    let length = 0.5 * (ratio.ln() / 0.25f64.hypot(0.12 / long)).powi(2);
    let words = assumed.wrong_words.filter(|_| !phrase.words.is_empty()).and_then(|wrong| {
        let unlike = f64::from(*warp(&phrase.words, session.steps.run(from, to)).last()?) / wrong;
        Some(phrase.words_cost(unlike))
    });
    length + words.unwrap_or(0.0)
}

/// The cheapest pair first, then the cheapest of what is left.
fn best(costs: &[Vec<f64>], phrases: usize) -> Vec<Option<AssignedClip>> {
    let mut pairs: Vec<(f64, usize, usize)> = costs
        .iter()
        .enumerate()
        .flat_map(|(clip, row)| row.iter().enumerate().map(move |(phrase, cost)| (*cost, clip, phrase)))
        .filter(|(cost, ..)| *cost < MOST)
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut assigned: Vec<Option<AssignedClip>> = vec![None; costs.len()];
    let mut is_taken = vec![false; phrases];
    for (cost, clip, phrase) in pairs {
        if assigned[clip].is_some() || is_taken[phrase] {
            continue;
        }
        let other_phrase = (0..phrases)
            .filter(|other| *other != phrase && !is_taken[*other])
            .map(|other| costs[clip][other]);
        let other_clip = (0..costs.len())
            .filter(|other| *other != clip && assigned[*other].is_none())
            .map(|other| costs[other][phrase]);
        let next = other_phrase.chain(other_clip).fold(f64::INFINITY, f64::min);
        assigned[clip] = Some(AssignedClip { phrase, margin: next - cost });
        is_taken[phrase] = true;
    }
    assigned
}
