//! The loudness of phrases relative to each other, and the noise between them.

use super::{number, percentile};
use crate::layout::SoundType;
use crate::qc::analysis::Analysis;
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// The spread of the loudness of phrases.
pub(super) fn spread(subject: &Subject) -> Finding {
    let plan = match subject.spoken() {
        Ok(plan) => plan,
        Err(why) => return Finding::not_judged(why),
    };
    if let Some(clips) = &subject.clips {
        return spread_of(subject, &clips.phrases);
    }
    let (voice, note) = subject.voice_or_mix();
    let long =
        plan.events(SoundType::Phrase).filter(|phrase| !phrase.soft && phrase.frames >= u64::from(plan.rate));
    let loudness: Vec<(f64, f64)> = long
        .filter_map(|phrase| {
            let spans = phrase.stretches(plan.rate);
            Some((voice.loudness.gated(&spans)?, spans[0].0))
        })
        .collect();
    spread_of(subject, &loudness).note(note)
}

/// Judges phrases of this loudness in LUFS, each with its start in seconds.
fn spread_of(subject: &Subject, loudness: &[(f64, f64)]) -> Finding {
    if loudness.len() < 3 {
        return Finding::not_judged("fewer than three phrases of 1 s or more");
    }
    let mut values: Vec<f64> = loudness.iter().map(|phrase| phrase.0).collect();
    let (high, low) = (percentile(&mut values, 0.95), percentile(&mut values, 0.05));
    let spread = high - low;
    let verdict = match spread {
        _ if spread > 7.0 => Verdict::Fail,
        _ if spread > 4.0 => Verdict::Warning,
        _ => Verdict::Pass,
    };
    let outside =
        loudness.iter().filter(|phrase| verdict > Verdict::Pass && (phrase.0 <= low || phrase.0 >= high));
    let finding = Finding::judged(verdict, number(spread, "LU"), "4 LU (fails above 7)");
    finding.at(outside.map(|phrase| subject.place(phrase.1)))
}

/// The noise between phrases in the voice alone.
pub(super) fn noise(subject: &Subject) -> Finding {
    let plan = match subject.spoken() {
        Ok(plan) => plan,
        Err(why) => return Finding::not_judged(why),
    };
    let voice: Option<&Analysis> = subject.voice().or((!plan.has(SoundType::Bed)).then_some(&subject.file));
    let Some(voice) = voice else {
        return Finding::not_judged("needs the voice alone: its stem, or a voice mix");
    };
    let own = std::ptr::eq(voice, &raw const subject.file);
    let cues: Vec<_> = plan.cues().filter(|_| own).map(|cue| cue.span(plan.rate)).collect();
    let free = |(from, to): &(f64, f64)| !cues.iter().any(|cue| cue.0 < *to && *from < cue.1);
    // Leave out the decay of the last word and the breath before the next.
    let pauses = plan.pauses(1.0).into_iter().map(|(from, to)| (from + 0.3, to - 0.3)).filter(free);
    let level = |span: (f64, f64)| (voice.envelope.level(span), span.0);
    let loudest = pauses.map(level).reduce(|a, b| if b.0 > a.0 { b } else { a });
    let Some((loudest, place)) = loudest else {
        return Finding::not_judged("there is no pause without cues");
    };
    let fine = loudest <= -60.0;
    let verdict = if subject.is_acx() { Verdict::must(fine) } else { Verdict::should(fine) };
    let finding = Finding::judged(verdict, number(loudest, "dBFS"), "at most -60 dBFS");
    finding.at((!fine).then(|| subject.place(place)))
}
