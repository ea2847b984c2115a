//! Edges, dropouts, digital silence, head and tail.

use super::number;
use crate::delivery::mix::Mix;
use crate::layout::SoundType;
use crate::qc::analysis::{Envelope, SampleRun};
use crate::qc::plan::PlannedTrack;
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// Edges above this level are audible: −60 dBFS.
const EDGE: f32 = 0.001;
/// The threshold of sound, in dBFS.
const SOUND: f64 = -60.0;

fn span(subject: &Subject, run: &SampleRun) -> (f64, f64) {
    let rate = subject.file.rate.as_f64();
    (run.start as f64 / rate, (run.start + run.frames) as f64 / rate)
}

/// Sound does not start or end abruptly at the ends of the file or beside silence.
pub(super) fn hard_edges(subject: &Subject) -> Finding {
    let file = &subject.file;
    let [first, last] = file.samples.ends;
    let ends = [(first, 0), (last, file.frames.saturating_sub(1))];
    let mut places: Vec<u64> =
        ends.into_iter().filter(|(height, _)| *height > EDGE).map(|(_, frame)| frame).collect();
    for (run, [before, after]) in file.samples.silent.iter().zip(&file.samples.borders) {
        // Shorter silence is a dropout, which another row checks.
        if run.frames * 2 < u64::from(file.rate.hz()) {
            continue;
        }
        places.extend((*before > EDGE).then_some(run.start));
        let end = run.start + run.frames;
        places.extend((*after > EDGE && !is_struck(subject, end)).then_some(end));
    }
    let finding = Finding::judged(Verdict::must(places.is_empty()), places.len().to_string(), "0");
    finding.at(places.iter().map(|frame| subject.frame(*frame)))
}

/// Whether a bell is struck there, which has an abrupt start.
fn is_struck(subject: &Subject, frame: u64) -> bool {
    let near = u64::from(subject.file.rate.hz()) / 100;
    let bells = subject.plan.iter().flat_map(|plan| plan.events(SoundType::BELL));
    bells.into_iter().any(|bell| bell.start.abs_diff(frame) <= near)
}

/// No gaps of 1 to 500 ms within sound.
pub(super) fn dropouts(subject: &Subject) -> Finding {
    let envelope = &subject.file.envelope;
    let holes: Vec<_> = subject
        .file
        .samples
        .silent
        .iter()
        .filter(|run| {
            let (from, to) = span(subject, run);
            let step = 1.0 / 200.0;
            let before = envelope.level((from - 3.0 * step, from - step));
            let after = envelope.level((to + step, to + 3.0 * step));
            to - from <= 0.5 && from > 0.0 && before > SOUND && after > SOUND
        })
        .collect();
    let finding = Finding::judged(Verdict::must(holes.is_empty()), holes.len().to_string(), "0");
    finding.at(holes.iter().map(|run| subject.frame(run.start)))
}

/// A bed is never digitally silent: some earbuds would switch off and cut the next word.
pub(super) fn digital_silence(subject: &Subject) -> Finding {
    let file = &subject.file;
    let inside = |run: &&SampleRun| run.start > 0 && run.start + run.frames < file.frames;
    let beds: Vec<_> = subject
        .plan
        .iter()
        .filter(|plan| plan.mix_has(SoundType::Bed))
        .flat_map(PlannedTrack::beds)
        .collect();
    let under_bed = |run: &&SampleRun| {
        let (from, to) = span(subject, run);
        beds.iter().any(|bed| bed.0 < to && from < bed.1)
    };
    let runs = || file.samples.silent.iter().filter(inside);
    let all = runs().max_by_key(|run| run.frames);
    let worst = if beds.is_empty() { all } else { runs().filter(under_bed).max_by_key(|run| run.frames) };
    let seconds = worst.map_or(0.0, |run| run.frames as f64 / file.rate.as_f64());
    let measured = format!("{seconds:.3} s at most");
    let places = worst.filter(|_| seconds > 0.02).map(|run| subject.frame(run.start));
    if beds.is_empty() {
        return Finding::judged(Verdict::Info, measured, "").at(places);
    }
    Finding::judged(Verdict::must(seconds <= 0.02), measured, "0.02 s under a bed").at(places)
}

/// Silence before the first sound and after the last, and an end in silence. A pause that a script has after its last
/// sound is not counted as tail.
pub(super) fn head_and_tail(subject: &Subject) -> Finding {
    let file = &subject.file;
    if subject.plan.as_ref().is_some_and(|plan| plan.mix != Mix::Full) {
        return Finding::not_judged("only part of the mix is in this file");
    }
    let end = file.seconds();
    let last = file.envelope.level((end - 0.05, end));
    let (head, after) = ends(subject);
    let plan = subject.plan.as_ref().filter(|_| !subject.is_acx());
    // Where nobody speaks, and where a bed begins, there is nothing to wait for.
    let may_wait =
        plan.is_some_and(|plan| !plan.has(SoundType::Phrase) || plan.beds().iter().any(|bed| bed.0 <= 3.0));
    let ((head_least, head_most), (tail_least, tail_most)) =
        if subject.is_acx() { ((0.5, 1.0), (1.0, 5.0)) } else { ((0.3, 3.0), (0.5, 15.0)) };
    // Audiobook shops count it too.
    let planned = plan.filter(|_| after > tail_most).map(tail);
    let tail = planned.map_or(after, |planned| after.min(planned));
    let begins = head >= head_least - 0.02 && (may_wait || head <= head_most + 0.02);
    let fine = begins && after >= tail_least - 0.02 && tail <= tail_most + 0.02 && last <= -70.0;
    let measured = format!("{head:.2} s, {tail:.2} s, {}", number(last, "dBFS"));
    let limit = format!("{head_least}-{head_most} s, {tail_least}-{tail_most} s, -70 dBFS");
    let asked = after - tail;
    let finding = Finding::judged(Verdict::should(fine), measured, limit);
    if asked < 1.0 {
        finding
    } else {
        finding.note(format!("after a pause of {asked:.1} s at the end of the script"))
    }
}

/// The length of the track after its last step and the end of its last ring, in seconds.
fn tail(plan: &PlannedTrack) -> f64 {
    let rings = plan.cues().map(|cue| cue.start + cue.frames).max().unwrap_or(0);
    plan.frames.saturating_sub(plan.tail_start.max(rings)) as f64 / f64::from(plan.rate)
}

/// The time before the first sound that is not a bed, and the time after the last.
fn ends(subject: &Subject) -> (f64, f64) {
    let stems = [&subject.stems.voice, &subject.stems.cues];
    let mut foreground: Vec<&Envelope> = stems.into_iter().flatten().map(|stem| &stem.envelope).collect();
    let planned = subject.plan.as_ref().and_then(PlannedTrack::foreground);
    let end = subject.file.seconds();
    if foreground.is_empty() && subject.has_bed() == Some(true) {
        return planned.map_or((0.0, 0.0), |(first, last)| (first, end - last));
    }
    if foreground.is_empty() {
        foreground.push(&subject.file.envelope);
    }
    let sounds = |envelope: &&Envelope| {
        (0..envelope.steps.len()).map(|step| envelope.step_level(step) > SOUND + 10.0).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<bool>> = foreground.iter().map(sounds).collect();
    let first = rows.iter().filter_map(|row| row.iter().position(|sound| *sound)).min();
    let last = rows.iter().filter_map(|row| row.iter().rposition(|sound| *sound)).max();
    match (first, last) {
        (Some(first), Some(last)) => (Envelope::time_of(first), end - Envelope::time_of(last + 1)),
        _ => planned.map_or((end, end), |(first, last)| (first, end - last)),
    }
}
