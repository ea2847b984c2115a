//! Left and right.

use super::number;
use crate::layout::SoundType;
use crate::qc::analysis::{Envelope, STRETCH, SideDelay};
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// The window over which the channels are compared, in tenths of a second.
const WINDOW: usize = 10;
/// The tolerance of the loss as mono, which is exactly 3 dB for uncorrelated channels.
const TOLERANCE: f64 = 0.1;

/// The sides of a voice may be so far apart in time, in seconds.
const APART: f64 = 0.001;
/// Fewer stretches tell nothing.
const LEAST_STRETCHES: usize = 3;

/// Both channels are equally loud, not in opposite phase, and, where there is a voice, in time.
pub(super) fn stereo(subject: &Subject) -> Finding {
    let file = &subject.file;
    if file.channels < 2 {
        return Finding::not_judged("one channel");
    }
    let [left, right] = file.envelope.energies((0.0, file.seconds() + 1.0));
    if left + right <= 1e-12 {
        return Finding::not_judged("silence");
    }
    let balance = 10.0 * (left.max(1e-12) / right.max(1e-12)).log10();
    let (correlation, place) = lowest_correlation(&file.envelope);
    let mono = 10.0 * ((left + right) / (left / 2.0 + right / 2.0 + file.envelope.cross).max(1e-12)).log10();
    let late = late_side(subject);
    let verdict = match () {
        () if late.is_some() => Verdict::Fail,
        () if correlation <= -0.3 || mono > 3.0 + TOLERANCE => Verdict::Fail,
        () if balance.abs() > 1.0 => Verdict::Warning,
        () => Verdict::Pass,
    };
    let measured = format!("{}, {correlation:.2}, {}", number(balance, "dB"), number(mono, "LU"));
    let finding = Finding::judged(verdict, measured, "±1 dB, above -0.3, 3 LU");
    let finding = finding.at((correlation <= -0.3).then(|| subject.place(place)));
    match late {
        Some(late) => {
            let side = if late > 0.0 { "right" } else { "left" };
            finding.note(format!("the {side} side of the voice is {:.1} ms late", 1_000.0 * late.abs()))
        }
        None => finding.note("balance, least correlation over 1 s, loss as mono"),
    }
}

/// How much later the right side of the voice is than its left one, where they are apart; less than zero where it is earlier. A
/// voice is the same on both sides, and a bed far under it.
fn late_side(subject: &Subject) -> Option<f64> {
    let plan = subject.plan.as_ref().filter(|plan| plan.has(SoundType::Phrase))?;
    let speech = plan.speech();
    let is_spoken = |delay: &&SideDelay| {
        speech.iter().any(|(from, to)| *from < delay.seconds + STRETCH && delay.seconds < *to)
    };
    let mut late: Vec<f64> =
        subject.file.side_delays.iter().filter(is_spoken).map(|delay| delay.right_late).collect();
    late.sort_by(f64::total_cmp);
    let middle = *late.get(late.len() / 2).filter(|_| late.len() >= LEAST_STRETCHES)?;
    (middle.abs() > APART).then_some(middle)
}

/// The lowest correlation of the channels over a second, and its position.
fn lowest_correlation(envelope: &Envelope) -> (f64, f64) {
    let mut worst = (1.0, 0.0);
    for (tenth, window) in envelope.sides.windows(WINDOW).enumerate() {
        let sum = |term: usize| window.iter().map(|sides| f64::from(sides[term])).sum::<f64>();
        let (left, right, cross) = (sum(0), sum(1), sum(2));
        // Skip near silence and sound in one channel only.
        if left.min(right) > 1e-4 * left.max(right) && left + right > 1e-3 {
            let correlation = cross / (left * right).sqrt();
            if correlation < worst.0 {
                worst = (correlation, tenth as f64 / 10.0);
            }
        }
    }
    worst
}
