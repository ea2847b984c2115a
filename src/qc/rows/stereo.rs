//! Left and right.

use super::number;
use crate::qc::analysis::Envelope;
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// The window over which the channels are compared, in tenths of a second.
const WINDOW: usize = 10;
/// The tolerance of the loss as mono, which is exactly 3 dB for uncorrelated channels.
const TOLERANCE: f64 = 0.1;

/// Both channels are equally loud, and not in opposite phase.
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
    let verdict = match () {
        () if correlation <= -0.3 || mono > 3.0 + TOLERANCE => Verdict::Fail,
        () if balance.abs() > 1.0 => Verdict::Warning,
        () => Verdict::Pass,
    };
    let measured = format!("{}, {correlation:.2}, {}", number(balance, "dB"), number(mono, "LU"));
    let finding = Finding::judged(verdict, measured, "±1 dB, above -0.3, 3 LU");
    let finding = finding.at((correlation <= -0.3).then(|| subject.place(place)));
    finding.note("balance, least correlation over 1 s, loss as mono")
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
