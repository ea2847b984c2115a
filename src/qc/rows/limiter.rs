//! What the limiter did, and whether the stems are those of the file.

use super::as_made::equal;
use super::number;
use crate::dsp::limiter::LimiterWork;
use crate::layout::SoundType;
use crate::qc::analysis::StemSum;
use crate::qc::missing::Missing;
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// The limits of a limiter that nobody hears: the share of frames, and the deepest reduction in dB.
const MOST_SHARE: f64 = 0.005;
const MOST_REDUCTION: f64 = 1.0;

/// The limiter hardly acts.
pub(super) fn limiter(subject: &Subject) -> Finding {
    let work = subject.limited.or(subject
        .sum
        .as_ref()
        .filter(|sum| !sum.likeness.differences.is_alien())
        .map(|sum| sum.limited));
    let Some(LimiterWork { frames, least }) = work else { return Finding::needs(Missing::AllStems) };
    let share = frames as f64 / subject.file.frames.max(1) as f64;
    let reduction = least.db().map_or(200.0, |gain| -gain.0).max(0.0);
    let fine = share <= MOST_SHARE && reduction <= MOST_REDUCTION;
    let measured = format!("{:.3} % of the file, {}", 100.0 * share, number(reduction, "dB"));
    let finding = Finding::judged(Verdict::should(fine), measured, "0.5 %, 1 dB");
    if fine {
        return finding;
    }
    let advice = if subject.plan.as_ref().is_some_and(|plan| plan.has(SoundType::Phrase)) {
        "take a preset with more room over the voice, such as stream; if the chain of the voice has `peaks = 0`, take that out; or \
         lower a bell or bed that has a `gain`"
    } else {
        "lower a bell or bed that has a `gain`, or record its peaks softer"
    };
    finding.note(advice)
}

/// The file is the sum of its stems after the limiter.
pub(super) fn stems_add_up(subject: &Subject) -> Finding {
    let Some(StemSum { likeness, .. }) = &subject.sum else { return Finding::needs(Missing::AllStems) };
    let finding = equal(subject, likeness);
    if likeness.differences.is_alien() && finding.verdict == Verdict::Fail {
        let alien = "these are stems of another render: rows that need stems are not judged";
        return finding.at([]).note(alien);
    }
    finding
}
