//! Which part of a recording is which phrase.

pub mod assign;
pub mod compare;
pub mod island;
pub mod listen;
pub mod path;

use compare::{CepstralSteps, cepstra, raw_steps};
use island::{SoundIsland, SoundIslands, frames, quantile};
use listen::{FRAME, Heard};
use path::{AlignPath, Assumed, ExpectedPhrase, ReadingSession, TakenRun};

/// A frame is as long as its window, and levels are smoothed: sound begins so much later than the frame that it is heard in, and
/// ends so much earlier, in seconds.
const ONSET: f64 = 0.015;
const RELEASE: f64 = 0.012;

/// A phrase that is looked for.
#[derive(Clone, Debug, Default)]
pub struct WantedPhrase {
    /// How long it is expected to be spoken, in seconds, where no other voice says it.
    pub seconds: f64,
    /// How many pauses its signs of punctuation ask for.
    pub pauses: usize,
    /// The phrase as another voice says it.
    pub other_voice: Option<Heard>,
    /// Where somebody has said that it begins and ends, in seconds.
    pub fixed: Option<(f64, f64)>,
}

impl WantedPhrase {
    /// A phrase by its text, which may have bars, and how long it would be spoken, in seconds.
    pub fn of(text: &str, seconds: f64) -> Self {
        let end = text.trim_end_matches(|c: char| !c.is_alphanumeric());
        let pauses = end.chars().filter(|c| ",;:.!?…–—|،؛؟。、！？".contains(*c)).count();
        Self { seconds, pauses, other_voice: None, fixed: None }
    }
}

/// Why a place should be listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    NotFound,
    /// It is much longer or shorter than the others by their text.
    Length,
    /// It sounds less like its words than the others.
    Words,
    /// Another place would do nearly as well.
    Place,
    /// It was read more than once; the last one is taken.
    Again,
    /// The recording begins or ends within it.
    Cut,
}

/// Where a phrase is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundPhrase {
    /// In seconds; `None` where it was not found.
    pub span: Option<(f64, f64)>,
    /// From 0 to 1.
    pub confidence: f64,
    pub doubt: Option<Doubt>,
}

#[derive(Clone, Debug, Default)]
pub struct Alignment {
    pub phrases: Vec<FoundPhrase>,
    /// Earlier takes that were left out: from, to, in seconds.
    pub earlier: Vec<(f64, f64)>,
    /// Other speech that is no phrase.
    pub other: Vec<(f64, f64)>,
    /// The median distance of what was found from its words as another voice says them, by that of wrong words: about 0.65 for
    /// the right words, near 1 for others.
    pub unlike: Option<f64>,
}

impl Alignment {
    /// Whether this recording is of other words: too few phrases were found, or what was found is not like them
    /// (docs/alignment.md, section 6).
    pub fn is_of_other_words(&self) -> bool {
        let is_found: Vec<bool> = self
            .phrases
            .iter()
            .filter(|phrase| phrase.span.is_some() || phrase.doubt.is_some())
            .map(|phrase| phrase.span.is_some())
            .collect();
        let share_of = |part: &[bool]| {
            part.iter().filter(|is_found| **is_found).count() as f64 / part.len().max(1) as f64
        };
        let share = share_of(&is_found);
        let is_unlike = |most: f64| self.unlike.is_some_and(|unlike| unlike > most);
        // A reading of a part of the text: its phrases follow one another, sound like their words, and little else is said.
        let first = is_found.iter().position(|is_found| *is_found).unwrap_or(0);
        let last = is_found.iter().rposition(|is_found| *is_found).map_or(0, |last| last + 1);
        let part = is_found.get(first..last).unwrap_or_default();
        let sum =
            |spans: &mut dyn Iterator<Item = (f64, f64)>| spans.map(|(from, to)| to - from).sum::<f64>();
        let own = sum(&mut self.phrases.iter().filter_map(|phrase| phrase.span));
        let other = sum(&mut self.other.iter().copied());
        let is_like = self.unlike.is_some_and(|unlike| unlike <= 0.75);
        if is_like && part.len() >= 3 && share_of(part) >= 0.85 && other <= own {
            return false;
        }
        share < 0.5 || (share < 0.85 && is_unlike(0.75)) || is_unlike(0.93)
    }
}

impl Alignment {
    /// Phrases of which somebody has said where they are, are there, if anything sounds there.
    fn keep_fixed(&mut self, phrases: &[WantedPhrase], islands: &SoundIslands) {
        for (found, phrase) in self.phrases.iter_mut().zip(phrases) {
            let Some((from, to)) = phrase.fixed else { continue };
            *found = if islands.sound_in(from, to) {
                FoundPhrase { span: phrase.fixed, confidence: 1.0, doubt: None }
            } else {
                FoundPhrase { span: None, confidence: 0.0, doubt: Some(Doubt::NotFound) }
            };
        }
    }
}

/// Whether a reading may have earlier takes in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlierTakes {
    LeftOut,
    /// A finished recording has none: what is like what follows it is a line of its own.
    None,
}

/// Finds phrases in a recording, in their order.
pub fn align(heard: &Heard, phrases: &[WantedPhrase], takes: EarlierTakes) -> Alignment {
    let islands = SoundIslands::find(heard);
    let steps = CepstralSteps::of(heard, &islands.all);
    let wanted = expected(phrases, &islands.all);
    let session = ReadingSession::new(&islands.all, &steps, takes);
    let mut assumed = Assumed::first(&session, &wanted);
    if wanted.iter().any(|phrase| !phrase.words.is_empty()) && !islands.all.is_empty() {
        assumed = assumed.with_wrong_words(&session, &wanted);
    }
    let mut path = path::find(&session, &wanted, &assumed);
    for _ in 0..2 {
        let mut ratios: Vec<f32> = path
            .phrases
            .iter()
            .zip(&wanted)
            .filter_map(|(taken, wanted)| taken.map(|taken| (taken.seconds / wanted.seconds) as f32))
            .collect();
        let Some(rate) = quantile(&mut ratios, 0.5) else { break };
        assumed.rate = f64::from(rate);
        if assumed.wrong_words.is_some() {
            assumed = assumed.with_wrong_words(&session, &wanted);
        }
        path = path::find(&session, &wanted, &assumed);
    }
    let mut alignment = described(heard, &islands, &wanted, &assumed, &path);
    alignment.keep_fixed(phrases, &islands);
    alignment
}

/// Finds phrases in a recording in whatever order they were read: stretches between the longer silences are told apart by their
/// sound, as clips are.
pub fn align_any_order(heard: &Heard, phrases: &[WantedPhrase]) -> Alignment {
    let islands = SoundIslands::find(heard);
    let gaps = |gap: f64| -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for island in islands.all.iter().filter(|island| !island.is_junk) {
            match runs.last_mut() {
                Some((_, to)) if ((island.from - *to) as f64) * FRAME < gap => *to = island.to,
                Some(_) | None => runs.push((island.from, island.to)),
            }
        }
        runs
    };
    // The silence that makes about as many stretches as there are phrases.
    let silences = [0.35, 0.5, 0.7, 0.9, 1.2, 1.6, 2.2, 3.0];
    let off = |gap: &f64| gaps(*gap).len().abs_diff(phrases.len());
    let gap = silences.iter().copied().min_by_key(off).unwrap_or(0.9);
    let runs = gaps(gap);
    let clips: Vec<Heard> = runs.iter().map(|(from, to)| heard.part(*from, *to)).collect();
    let assigned = assign::assign(&clips, phrases);
    let missing = FoundPhrase { span: None, confidence: 0.0, doubt: Some(Doubt::NotFound) };
    let mut alignment = Alignment { phrases: vec![missing; phrases.len()], ..Alignment::default() };
    for ((from, to), clip) in runs.iter().zip(assigned) {
        let span = (*from as f64 * FRAME + ONSET, *to as f64 * FRAME - RELEASE);
        match clip {
            None => alignment.other.push(span),
            Some(clip) => {
                let doubt = clip.is_doubtful().then_some(Doubt::Place);
                let confidence = 1.0 - (-clip.margin.max(0.0) / 4.0).exp();
                alignment.phrases[clip.phrase] = FoundPhrase { span: Some(span), confidence, doubt };
            }
        }
    }
    alignment.keep_fixed(phrases, &islands);
    alignment
}

fn expected(phrases: &[WantedPhrase], islands: &[SoundIsland]) -> Vec<ExpectedPhrase> {
    let mut wanted: Vec<ExpectedPhrase> = Vec::new();
    let mut all = Vec::new();
    let mut ends = Vec::new();
    for phrase in phrases {
        let mut seconds = phrase.seconds;
        if let Some(other) = &phrase.other_voice {
            let loud = quantile(&mut other.level.clone(), 0.95).unwrap_or(0.0);
            let is_speech = |at: &usize| other.level[*at] > loud - 35.0;
            seconds = (0..other.len()).filter(is_speech).count() as f64 * FRAME;
            // Silences inside are left out, as those of the recording are.
            let mut spans: Vec<(usize, usize)> = Vec::new();
            for at in (0..other.len()).filter(is_speech) {
                match spans.last_mut() {
                    Some((_, to)) if at - *to < frames(0.06) => *to = at + 1,
                    Some(_) | None => spans.push((at, at + 1)),
                }
            }
            for (from, to) in spans {
                all.extend(raw_steps(other, from, to));
            }
        }
        ends.push(all.len());
        let fixed = phrase.fixed.and_then(|(from, to)| within(islands, from, to));
        wanted.push(ExpectedPhrase {
            seconds: seconds.max(0.2),
            pauses: phrase.pauses,
            words: Vec::new(),
            fixed,
        });
    }
    let all = cepstra(all, &[0.0; listen::BANDS]);
    let mut from = 0;
    for (phrase, to) in wanted.iter_mut().zip(ends) {
        phrase.words = all[from..to].to_vec();
        from = to;
    }
    wanted
}

/// The islands that lie within a span, in seconds, for the most part.
fn within(islands: &[SoundIsland], from: f64, to: f64) -> Option<(usize, usize)> {
    let is_within = |island: &SoundIsland| {
        let middle = (island.from + island.to) as f64 / 2.0 * FRAME;
        middle > from && middle < to
    };
    let first = islands.iter().position(is_within)?;
    Some((first, islands.iter().rposition(is_within)? + 1))
}

/// How far an edge moves outward, over which holes, and how far above the floor, in frames and dB.
struct EdgeReach {
    start: (usize, usize),
    end: (usize, usize),
    above: f32,
    /// Frames to both sides of which the mean is taken, so that noise does not carry an edge away.
    around: usize,
}

impl EdgeReach {
    /// Over a bed the first and last words of a phrase may lie within it, if it is shorter than expected by `missing` seconds;
    /// without one they are heard.
    fn of(islands: &SoundIslands, at: usize, missing: f64) -> Self {
        if islands.is_over_bed(at) {
            let far = frames((1.5 * missing).clamp(0.2, 0.6));
            return Self { start: (far, frames(0.25)), end: (far, frames(0.25)), above: 3.0, around: 2 };
        }
        Self { start: (frames(0.2), frames(0.08)), end: (frames(0.3), frames(0.1)), above: 3.5, around: 0 }
    }
}

/// The islands of a phrase with those beside it that the path has left out although they lie too near to be anything else: nobody
/// stops for so short a time between a phrase and other speech. Over a bed this is so for junk too, for the rain cuts a phrase's
/// first and last sounds off and leaves too little of them to be heard as speech; a bell is never part of it.
fn with_neighbours(islands: &SoundIslands, taken: TakenRun, used: &mut [bool]) -> TakenRun {
    const BEFORE: f64 = 0.2;
    const AFTER: f64 = 0.25;
    let all = &islands.all;
    let is_own = |at: usize, used: &[bool]| {
        !used[at] && !all[at].rings && (!all[at].is_junk || islands.is_over_bed(all[at].from))
    };
    let mut run = taken;
    while run.from > 0
        && is_own(run.from - 1, used)
        && all[run.from].from - all[run.from - 1].to <= frames(BEFORE)
    {
        run.from -= 1;
        used[run.from] = true;
        run.seconds += all[run.from].seconds();
    }
    while run.to < all.len() && is_own(run.to, used) && all[run.to].from - all[run.to - 1].to <= frames(AFTER)
    {
        used[run.to] = true;
        run.seconds += all[run.to].seconds();
        run.to += 1;
    }
    run
}

/// Moves the edges of a phrase outward over what is above the floor.
fn edges(islands: &SoundIslands, taken: &TakenRun, missing: f64) -> (usize, usize) {
    let all = &islands.all;
    let (first, last) = (&all[taken.from], &all[taken.to - 1]);
    let reach = EdgeReach::of(islands, first.from, missing);
    let mean = |at: usize| {
        let to = (at + reach.around + 1).min(islands.level.len());
        let around = &islands.level[at.saturating_sub(reach.around)..to];
        around.iter().sum::<f32>() / around.len() as f32
    };
    let above = |at: usize| mean(at) > islands.floor[at] + reach.above;
    let least = taken.from.checked_sub(1).map_or(0, |before| all[before].to);
    let most = all.get(taken.to).map_or(islands.level.len(), |after| after.from);
    let mut from = first.from;
    let mut at = from;
    while at > least && first.from - at < reach.start.0 && from - at < reach.start.1 {
        at -= 1;
        if above(at) {
            from = at;
        }
    }
    let mut to = last.to;
    let mut at = to;
    while at < most && at - last.to < reach.end.0 && at - to < reach.end.1 {
        if above(at) {
            to = at + 1;
        }
        at += 1;
    }
    (from, to)
}

/// Values as distances from their median, in robust standard deviations.
fn scores(values: &[f64]) -> (f64, f64) {
    let mut all: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    let Some(middle) = quantile(&mut all, 0.5) else { return (0.0, 1.0) };
    let mut off: Vec<f32> = all.iter().map(|value| (value - middle).abs()).collect();
    let spread = 1.4826 * quantile(&mut off, 0.5).unwrap_or(0.0);
    (f64::from(middle), f64::from(spread))
}

fn described(
    heard: &Heard,
    islands: &SoundIslands,
    wanted: &[ExpectedPhrase],
    assumed: &Assumed,
    path: &AlignPath,
) -> Alignment {
    let all = &islands.all;
    let seconds = |island: &SoundIsland| (island.from as f64 * FRAME, island.to as f64 * FRAME);
    let residual = |taken: &TakenRun, wanted: &ExpectedPhrase| {
        let long = assumed.rate * wanted.seconds;
        (taken.seconds / long).ln() / 0.20f64.hypot(0.12 / long)
    };
    let mut used = vec![false; all.len()];
    path.phrases.iter().flatten().for_each(|taken| used[taken.from..taken.to].fill(true));
    path.earlier.iter().for_each(|earlier| used[earlier.from..earlier.to].fill(true));
    let whole: Vec<Option<TakenRun>> = path
        .phrases
        .iter()
        .map(|taken| taken.map(|taken| with_neighbours(islands, taken, &mut used)))
        .collect();
    let taken = || whole.iter().zip(wanted).filter_map(|(taken, wanted)| taken.map(|taken| (taken, wanted)));
    let (length_middle, length_spread) =
        scores(&taken().map(|(taken, wanted)| residual(&taken, wanted)).collect::<Vec<_>>());
    let (sound_middle, sound_spread) =
        scores(&taken().filter_map(|(taken, _)| taken.unlike).collect::<Vec<_>>());
    let unlike = (sound_spread > 0.0 || sound_middle > 0.0).then_some(sound_middle);
    let mut alignment = Alignment { unlike, ..Alignment::default() };
    for (taken, wanted) in whole.iter().zip(wanted) {
        let Some(taken) = taken else {
            alignment.phrases.push(FoundPhrase { span: None, confidence: 0.0, doubt: Some(Doubt::NotFound) });
            continue;
        };
        let (from, to) = edges(islands, taken, assumed.rate * wanted.seconds - taken.seconds);
        let length = ((residual(taken, wanted) - length_middle) / length_spread.max(0.35)).abs();
        let sound = taken.unlike.map_or(0.0, |unlike| (unlike - sound_middle) / sound_spread.max(0.05));
        let again =
            path.earlier.iter().any(|earlier| earlier.again >= taken.from && earlier.again < taken.to);
        let is_cut = from == 0 && heard.level.first().is_some_and(|level| *level > islands.speech - 15.0)
            || to + 1 >= heard.len()
                && heard.level.last().is_some_and(|level| *level > islands.speech - 15.0);
        let doubt = if is_cut {
            Some(Doubt::Cut)
        } else if length > 2.6 {
            Some(Doubt::Length)
        } else if sound > 2.6 {
            Some(Doubt::Words)
        } else if taken.margin < 1.0 {
            Some(Doubt::Place)
        } else if again && taken.margin < 3.0 {
            Some(Doubt::Again)
        } else {
            None
        };
        let confidence = (1.0 - (length.max(0.0) / 5.2).powi(2)).max(0.05)
            * (1.0 - (sound.max(0.0) / 5.2).powi(2)).max(0.05)
            * (1.0 - (-taken.margin.max(0.0) / 2.0).exp());
        alignment.phrases.push(FoundPhrase {
            span: Some((from as f64 * FRAME + ONSET, to as f64 * FRAME - RELEASE)),
            confidence: confidence.clamp(0.0, 1.0),
            doubt,
        });
    }
    for earlier in &path.earlier {
        alignment.earlier.push((seconds(&all[earlier.from]).0, seconds(&all[earlier.to - 1]).1));
    }
    for (island, used) in all.iter().zip(used) {
        if !used && !island.is_junk {
            alignment.other.push(seconds(island));
        }
    }
    alignment
}
