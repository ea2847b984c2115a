//! Rows 17 and 18: phrases among each other, and what is heard between them.

use super::{number, percentile};
use crate::qc::hear::Heard;
use crate::qc::report::{Row, Verdict};
use crate::qc::subject::Subject;

/// Row 17: phrases are about equally loud.
pub(super) fn spread(subject: &Subject) -> Row {
    let plan = match subject.spoken() {
        Ok(plan) => plan,
        Err(why) => return Row::not_judged(17, why),
    };
    let (voice, note) = subject.voice_or_mix();
    let long = plan.events("phrase").filter(|phrase| !phrase.soft && phrase.frames >= u64::from(plan.rate));
    let loudness: Vec<(f64, f64)> = long
        .filter_map(|phrase| {
            let spans = phrase.stretches(plan.rate);
            Some((voice.loud.gated(&spans)?, spans[0].0))
        })
        .collect();
    spread_of(subject, &loudness).note(note)
}

/// Row 17 for phrases of this loudness in LUFS, each with the time it begins at.
pub(in crate::qc) fn spread_of(subject: &Subject, loudness: &[(f64, f64)]) -> Row {
    if loudness.len() < 3 {
        return Row::not_judged(17, "fewer than three phrases of a second or more");
    }
    let mut values: Vec<f64> = loudness.iter().map(|phrase| phrase.0).collect();
    let (high, low) = (percentile(&mut values, 0.95), percentile(&mut values, 0.05));
    let spread = high - low;
    let verdict = match spread {
        _ if spread > 7.0 => Verdict::Failure,
        _ if spread > 4.0 => Verdict::Warning,
        _ => Verdict::Fine,
    };
    let outside =
        loudness.iter().filter(|phrase| verdict > Verdict::Fine && (phrase.0 <= low || phrase.0 >= high));
    let row = Row::judged(17, verdict, number(spread, "LU"), "4 LU (fails above 7)");
    row.at(outside.map(|phrase| subject.place(phrase.1)))
}

/// Row 18: what is left between phrases where only the voice is.
pub(super) fn noise(subject: &Subject) -> Row {
    let plan = match subject.spoken() {
        Ok(plan) => plan,
        Err(why) => return Row::not_judged(18, why),
    };
    let voice: Option<&Heard> = subject.voice().or((!plan.has("bed")).then_some(&subject.file));
    let Some(voice) = voice else {
        return Row::not_judged(18, "needs the voice alone: its stem, or a mix of the voice");
    };
    let own = std::ptr::eq(voice, &raw const subject.file);
    let cues: Vec<_> = plan.cues().filter(|_| own).map(|cue| cue.span(plan.rate)).collect();
    let free = |(from, to): &(f64, f64)| !cues.iter().any(|cue| cue.0 < *to && *from < cue.1);
    // The last of a word dies away, and the breath before the next is part of it.
    let pauses = plan.pauses(1.0).into_iter().map(|(from, to)| (from + 0.3, to - 0.3)).filter(free);
    let level = |span: (f64, f64)| (voice.envelope.level(span), span.0);
    let loudest = pauses.map(level).reduce(|a, b| if b.0 > a.0 { b } else { a });
    let Some((loudest, place)) = loudest else {
        return Row::not_judged(18, "there is no pause without cues");
    };
    let fine = loudest <= -60.0;
    let verdict = if subject.is_acx() { Verdict::must(fine) } else { Verdict::should(fine) };
    let row = Row::judged(18, verdict, number(loudest, "dBFS"), "at most -60 dBFS");
    row.at((!fine).then(|| subject.place(place)))
}
