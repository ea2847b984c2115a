//! Whether every planned sound is present, at its position.

use crate::layout::SoundType;
use crate::qc::analysis::{Analysis, Envelope};
use crate::qc::plan::{PlannedSound, PlannedTrack};
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::{NO_PLAN, Subject};

/// The tolerance for speech, in seconds.
const SPEECH: f64 = 0.05;
/// The tolerance for cues, in seconds; a bell has [`ATTACK`] in addition.
const CUE: f64 = 0.01;
const ATTACK: f64 = 0.04;

/// A fault of a sound.
enum Fault {
    Missing,
    Misplaced,
}

/// The length is as planned, and each phrase and bell starts at its position.
pub(super) fn events(subject: &Subject) -> Finding {
    let Some(plan) = &subject.plan else { return Finding::not_judged(NO_PLAN) };
    let planned = plan.frames;
    let length = subject.file.frames == planned;
    let (mut judged, mut faults) = (0, Vec::new());
    let (voice, _) = subject.voice_or_mix();
    let alone = subject.voice().is_some();
    let phrases: Vec<&PlannedSound> =
        plan.events(SoundType::Phrase).filter(|_| plan.has(SoundType::Phrase)).collect();
    for phrase in &phrases {
        judged += 1;
        faults
            .extend(phrase_fault(plan, phrase, voice, alone).map(|fault| (phrase.span(plan.rate).0, fault)));
    }
    let bells: Vec<&PlannedSound> =
        plan.events(SoundType::BELL).filter(|_| plan.has(SoundType::BELL)).collect();
    if let Some(cues) = &subject.stems.cues {
        for bell in &bells {
            judged += 1;
            let strike = bell.span(plan.rate).0;
            let rings = |cue: &PlannedSound| {
                let (from, to) = cue.span(plan.rate);
                cue.kind.is_cue() && from < strike && strike - 0.1 < to
            };
            let covered = plan.events.iter().any(rings);
            faults.extend(bell_fault(strike, covered, cues).map(|fault| (strike, fault)));
        }
    }
    let missing = faults.iter().filter(|(_, fault)| matches!(fault, Fault::Missing)).count();
    let misplaced = faults.len() - missing;
    let off = subject.file.frames as i64 - planned as i64;
    // Without the stem of the cues nothing is known of the bells.
    let what = if subject.stems.cues.is_some() { "sounds" } else { "phrases" };
    let measured = format!("{} of {judged} {what} in place, {off:+} frames", judged - faults.len());
    let finding =
        Finding::judged(Verdict::must(length && faults.is_empty()), measured, "all of them, 0 frames");
    let finding = finding.at(faults.iter().map(|(place, _)| subject.place(*place)));
    match (missing, misplaced, alone) {
        (0, 0, true) => finding,
        (0, 0, false) => {
            let phrases = "without stems, only the presence of phrases is checked, not their exact position";
            let bells = match bells.len() {
                0 => String::new(),
                1 => ", and the bell is not looked at".to_owned(),
                count => format!(", and the {count} bells are not looked at"),
            };
            finding.note(format!("{phrases}{bells}"))
        }
        _ => finding.note(format!("{missing} missing, {misplaced} misplaced")),
    }
}

/// Checks a phrase. In a mix only its presence can be checked.
fn phrase_fault(plan: &PlannedTrack, phrase: &PlannedSound, sound: &Analysis, alone: bool) -> Option<Fault> {
    let spans = phrase.stretches(plan.rate);
    let (from, to) = spans[0];
    let loudest = sound.loudness.loudest((from, to.max(from + 0.5)), 0.4).0;
    let before = sound.loudness.level((from - 0.6, from - 0.1));
    if loudest < -50.0 || (!alone && loudest < before + 3.0) {
        return Some(Fault::Missing);
    }
    let onset = phrase.onset.filter(|_| alone)?;
    let onset = from + onset as f64 / f64::from(plan.rate);
    let peak = loudest_step(sound, from, to);
    let silent = sound.envelope.level((from - 0.25, from - 0.05));
    // The end of the previous phrase may still sound.
    let free = plan.speech().iter().all(|(_, end)| *end <= from - 0.35 || *end > from);
    let early = free && from > 0.3 && silent > (peak - 40.0).max(-60.0);
    // By now the voice has started, so the level exceeds that before it.
    let level_by_now = loudest_step(sound, onset - SPEECH, onset + SPEECH);
    let late = free && level_by_now < (silent + 6.0).max(peak - 50.0);
    (early || late).then_some(Fault::Misplaced)
}

/// Checks the strike of a bell, which another ringing cue may mask.
fn bell_fault(strike: f64, covered: bool, cues: &Analysis) -> Option<Fault> {
    let before = loudest_step(cues, strike - 0.08, strike - CUE);
    let after = loudest_step(cues, strike, strike + ATTACK);
    if after >= before + 6.0 && after > -60.0 {
        // The level before the strike.
        return None;
    }
    let late = loudest_step(cues, strike + ATTACK, strike + 0.3);
    match () {
        () if covered && before > -60.0 && late < before + 6.0 => None,
        () if late.max(after).max(before) < -60.0 => Some(Fault::Missing),
        () => Some(Fault::Misplaced),
    }
}

/// The level of the loudest 5 ms between two times, in dBFS.
fn loudest_step(sound: &Analysis, from: f64, to: f64) -> f64 {
    let steps = Envelope::step_at(from)..Envelope::step_at(to).max(Envelope::step_at(from) + 1);
    steps.map(|step| sound.envelope.step_level(step)).fold(-120.0, f64::max)
}
