//! The timing of breath swells.

use std::collections::BTreeMap;

use crate::layout::SoundType;
use crate::qc::analysis::Analysis;
use crate::qc::missing::Missing;
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::{NO_PLAN, Subject};

/// The tolerance of a period, as a fraction of it.
const PERIOD: f64 = 0.01;
/// The tolerance of the change between in and out, as a fraction of the period.
const TURN: f64 = 0.03;
/// The tolerance of the drift from the first to the last breath: in seconds, or as a fraction of a half-breath, as the
/// centre of noise cannot be measured more precisely.
const DRIFT: f64 = 0.02;
const DRIFT_SHARE: f64 = 0.01;

/// A swell makes way for a phrase that begins or ends this close to it, in seconds, which changes its shape.
const MAKES_WAY: f64 = 2.5;

/// One half-breath: its planned start, its length, and the time from its start to its centre of energy.
struct Swell<'a> {
    kind: (&'a str, u64),
    start: f64,
    seconds: f64,
    middle: f64,
}

/// All swells of one kind and length that nobody speaks over have their centre of energy at the same distance from their
/// planned start.
///
/// The centre of energy locates a slow swell to a few milliseconds; its onset cannot be measured.
pub(super) fn breath(subject: &Subject) -> Finding {
    let Some(plan) = &subject.plan else { return Finding::not_judged(NO_PLAN) };
    if !plan.has(SoundType::BREATH) {
        return Finding::not_judged("there are no breath swells");
    }
    let Some(cues) = &subject.stems.cues else {
        return Finding::needs(Missing::CuesStem);
    };
    let bells: Vec<_> = plan.events(SoundType::BELL).map(|bell| bell.span(plan.rate)).collect();
    let speech = plan.speech();
    let free = |(from, to): (f64, f64)| {
        let spoken = |span: &(f64, f64)| span.0 < to + MAKES_WAY && from - MAKES_WAY < span.1;
        !bells.iter().any(|bell| bell.0 < to && from < bell.1) && !speech.iter().any(spoken)
    };
    if !plan.events(SoundType::BREATH).any(|swell| free(swell.span(plan.rate))) {
        return Finding::not_judged("every breath makes way for a phrase");
    }
    let swells = plan.events(SoundType::BREATH).filter(|swell| free(swell.span(plan.rate)));
    let swells: Vec<Swell> = swells
        .filter_map(|swell| {
            let (from, to) = swell.span(plan.rate);
            Some(Swell {
                kind: (&swell.id, swell.frames / u64::from(plan.rate / 20).max(1)),
                start: from,
                seconds: to - from,
                middle: middle(cues, from, to)?,
            })
        })
        .collect();
    let silent =
        plan.events(SoundType::BREATH).filter(|swell| free(swell.span(plan.rate))).count() - swells.len();
    let mut kinds: BTreeMap<(&str, u64), Vec<&Swell>> = BTreeMap::new();
    swells.iter().for_each(|swell| kinds.entry(swell.kind).or_default().push(swell));
    let mut worst = (0f64, 0.0);
    let (mut drift, mut period, mut drifts) = (0f64, 0f64, false);
    for kind in kinds.values().filter(|kind| kind.len() > 1) {
        let mean = kind.iter().map(|swell| swell.middle).sum::<f64>() / kind.len() as f64;
        for swell in kind {
            let off = (swell.middle - mean).abs() / swell.seconds;
            worst = if off > worst.0 { (off, swell.start) } else { worst };
        }
        let wandered = (kind[kind.len() - 1].middle - kind[0].middle).abs();
        drift = drift.max(wandered);
        drifts |= wandered > DRIFT.max(DRIFT_SHARE * kind[0].seconds);
        for pair in kind.windows(2) {
            let planned = pair[1].start - pair[0].start;
            period = period.max((pair[1].middle - pair[0].middle).abs() / planned);
        }
    }
    let fine = silent == 0 && worst.0 <= TURN && !drifts && period <= PERIOD;
    let measured = format!("{:.1} %, {:.1} %, {:.0} ms", 100.0 * period, 100.0 * worst.0, 1000.0 * drift);
    let finding = Finding::judged(Verdict::must(fine), measured, "1 %, 3 %, 20 ms").note(match silent {
        0 => "period, change of direction, drift".to_owned(),
        silent => format!("{silent} half-breaths are inaudible"),
    });
    finding.at((worst.0 > TURN).then(|| subject.place(worst.1)))
}

/// The time from the start of a swell to its centre of energy, in seconds; `None` for silence.
fn middle(cues: &Analysis, from: f64, to: f64) -> Option<f64> {
    let steps = ((to - from) / 0.02) as usize;
    let (mut sum, mut moment) = (0.0, 0.0);
    for step in 0..steps {
        let time = 0.02 * step as f64;
        let energy = cues.envelope.energy((from + time, from + time + 0.02));
        sum += energy;
        moment += energy * (time + 0.01);
    }
    (sum / steps.max(1) as f64 > 1e-9).then(|| moment / sum)
}
