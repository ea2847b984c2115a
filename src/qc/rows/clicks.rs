//! Clicks, and the seams of loops.

use crate::delivery::mix::Mix;
use crate::layout::SoundType;
use crate::qc::analysis::{Analysis, Click, Envelope};
use crate::qc::plan::PlannedTrack;
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// Clicks in the mix and in a stem within this time are the same, in seconds.
const SAME: f64 = 0.003;
/// The least share of its size and sharpness that a click has where it is the same: rounding and lossy codings change it.
const ALIKE: f32 = 0.5;
/// A click this close to the edge of a clip comes from cutting it, in seconds.
const CUT: f64 = 0.04;

/// No clicks except those that belong to the sound: drops and crackles of a bed, and what the recordings have.
///
/// A click belongs there if the version rendered again has it too, or a stem. That of the voice does not count where adem
/// cuts clips. Without both, a click within a phrase may be a mouth click of the speaker, and one in a bed a drop.
pub(super) fn clicks(subject: &Subject) -> Finding {
    let rate = subject.file.rate.as_f64();
    let stems = &subject.stems;
    let others: Vec<&Analysis> = [&stems.cues, &stems.bed].into_iter().flatten().collect();
    let again = subject.made.as_ref().ok();
    let speech = subject.plan.as_ref().map(PlannedTrack::speech);
    let at_cut = |time: f64| {
        let edges = speech.iter().flatten().flat_map(|(from, to)| [from, to]);
        edges.into_iter().any(|edge| (edge - time).abs() < CUT)
    };
    let in_phrase = |time: f64| {
        speech.as_ref().is_none_or(|spans| spans.iter().any(|(from, to)| (*from..=*to).contains(&time)))
    };
    let in_bed = |time: f64| {
        let plan = subject.plan.as_ref().filter(|plan| plan.has(SoundType::Bed));
        plan.is_some_and(|plan| {
            plan.events(SoundType::Bed).any(|bed| {
                let (from, to) = bed.span(plan.rate);
                (from..=to).contains(&time)
            })
        })
    };
    let has_bed = subject.has_bed().unwrap_or(false);
    let is_own = |click: &&Click| {
        let time = click.frame as f64 / rate;
        let has = |breaks: &[Click], of: f64| {
            let from = breaks.partition_point(|other| (other.frame as f64 / of) < time - SAME);
            let near = breaks[from..].iter().take_while(|other| other.frame as f64 / of <= time + SAME);
            near.into_iter().any(|other| is_same(click, other))
        };
        let in_stem = |stem: &Analysis| has(&stem.breaks, stem.rate.as_f64());
        others.iter().any(|stem| in_stem(stem))
            || (stems.voice.as_ref().is_some_and(in_stem) && !at_cut(time))
            || again.is_some_and(|made| has(&made.breaks, rate) && (has_bed || !at_cut(time)))
    };
    let (own, made): (Vec<&Click>, Vec<&Click>) = subject.file.clicks().partition(is_own);
    let made: Vec<f64> = made.iter().map(|click| click.frame as f64 / rate).collect();
    let may_be_own = |time: f64| in_bed(time) || (in_phrase(time) && !at_cut(time));
    let is_unknown = others.is_empty() && stems.voice.is_none() && again.is_none();
    let verdict = match () {
        () if made.is_empty() => Verdict::Pass,
        () if is_unknown && made.iter().all(|time| may_be_own(*time)) => Verdict::Warning,
        () => Verdict::Fail,
    };
    let finding = Finding::judged(verdict, made.len().to_string(), "0")
        .at(made.iter().map(|time| subject.place(*time)));
    match (verdict, own.len()) {
        (Verdict::Warning, _) if has_bed => {
            finding.note("may be drops of the bed or clicks in the recordings: the stems, or the course it was rendered from, would tell")
        }
        (Verdict::Warning, _) => finding.note("without stems: may be clicks in the recordings"),
        (_, 0) => finding,
        (_, own) => finding.note(format!("{own} more belong to the recordings or the bed")),
    }
}

/// Whether a click of a file may be one of another sound at the same place, in which it is as sharp and as large.
fn is_same(click: &Click, other: &Click) -> bool {
    other.size >= ALIKE * click.size && other.ratio >= ALIKE * click.ratio
}

/// The number of breaks at equal distances that make a seam.
const REPEATS: usize = 3;
/// The shortest loop that is detected, in seconds.
const LEAST_LOOP: f64 = 1.0;
/// The tolerance of equal distances, in seconds.
const EXACT: f64 = 0.0015;
/// The number of breaks that are compared at most: the sharpest ones.
const MOST_BREAKS: usize = 400;
/// How often a bed without seams may be told to have one, by chance.
const CHANCE: f64 = 0.01;
/// The precision of the position of a step, in seconds.
const STEP_EXACT: f64 = 0.006;
/// The change from one tenth of a second to the next, at low and at high frequencies, that counts as a step, in dB.
const STEP: f64 = 4.0;

/// Breaks in the bed that recur at equal distances.
pub(super) fn seams(subject: &Subject) -> Finding {
    let alone = subject.plan.as_ref().is_some_and(|plan| plan.mix == Mix::Bed && plan.has(SoundType::Bed));
    let Some(bed) = subject.stems.bed.as_ref().or(alone.then_some(&subject.file)) else {
        return Finding::not_judged("needs the bed alone: its stem, or a bed mix");
    };
    if bed.levels.integrated.is_none() {
        return Finding::not_judged("the bed is silent");
    }
    let mut sharpest: Vec<&Click> = bed.breaks.iter().collect();
    sharpest.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
    let compared = comparable(bed.frames as f64 / bed.rate.as_f64());
    let mut breaks: Vec<f64> =
        sharpest.iter().take(compared).map(|click| click.frame as f64 / bed.rate.as_f64()).collect();
    breaks.sort_by(f64::total_cmp);
    let mut found = repeated(&breaks, EXACT);
    let steps = steps(&bed.envelope);
    if steps.len() <= MOST_BREAKS {
        found.extend(repeated(&steps, STEP_EXACT));
    }
    let finding = Finding::judged(Verdict::must(found.is_empty()), found.len().to_string(), "0");
    let finding = finding.at(found.iter().map(|(place, _)| subject.place(*place)));
    match found.first() {
        Some((_, apart)) => finding.note(format!("they recur every {apart:.2} s")),
        None => finding,
    }
}

/// How many breaks can be compared in so many seconds. Rain and fire have many of their own, and with n of them at random
/// places in t seconds, n² / 2 pairs have two more at their distance with a chance of (2 n e / t)² each, e being the tolerance.
fn comparable(seconds: f64) -> usize {
    let hit = 2.0 * EXACT / seconds.max(1.0);
    let most = (2.0 * CHANCE / hit.powi(REPEATS as i32 - 1)).powf(1.0 / (REPEATS as f64 + 1.0));
    (most as usize).min(MOST_BREAKS)
}

/// The first three of the breaks that recur, and their distance.
fn repeated(places: &[f64], exact: f64) -> Vec<(f64, f64)> {
    let has = |time: f64| {
        let from = places.partition_point(|place| *place < time - exact);
        places.get(from).is_some_and(|place| *place <= time + exact)
    };
    for (index, first) in places.iter().enumerate() {
        for second in &places[index + 1..] {
            let apart = second - first;
            let later = (2..=REPEATS).map(|n| first + n as f64 * apart);
            if apart >= LEAST_LOOP && later.into_iter().all(has) {
                return (0..=REPEATS).map(|n| (first + n as f64 * apart, apart)).collect();
            }
        }
    }
    Vec::new()
}

/// Where the bed changes abruptly at both low and high frequencies.
fn steps(envelope: &Envelope) -> Vec<f64> {
    let plain = |tenth: usize| envelope.level((tenth as f64 / 10.0, (tenth + 1) as f64 / 10.0));
    let high = |tenth: usize| {
        let [left, right, _] = envelope.sides[tenth];
        10.0 * f64::from(left + right).max(1e-12).log10()
    };
    let mut found = Vec::new();
    for tenth in 2..envelope.sides.len().saturating_sub(2) {
        // The tenth that contains the break has parts of both sides.
        let rise = |level: &dyn Fn(usize) -> f64| {
            f64::midpoint(level(tenth + 1), level(tenth + 2))
                - f64::midpoint(level(tenth - 1), level(tenth - 2))
        };
        let (low, high) = (rise(&plain), rise(&high));
        if low.abs() > STEP && high.abs() > STEP && low.signum() == high.signum() {
            found.push(sharpest(envelope, tenth));
        }
    }
    found.dedup_by(|later, first| *later - *first < 0.2);
    found
}

/// The position of the largest change between adjacent 20 ms, around a tenth of a second.
fn sharpest(envelope: &Envelope, tenth: usize) -> f64 {
    let change = |step: usize| {
        let time = Envelope::time_of(step);
        (envelope.level((time, time + 0.02)) - envelope.level((time - 0.02, time))).abs()
    };
    let steps = (tenth - 1) * 20..(tenth + 2) * 20;
    Envelope::time_of(steps.max_by(|a, b| change(*a).total_cmp(&change(*b))).unwrap_or(tenth * 20))
}
