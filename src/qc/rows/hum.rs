//! Hum and rumble.

use crate::qc::analysis::LINES;
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// How far a line exceeds its surroundings, in dB.
const STANDS_OUT: f64 = 15.0;

/// At most one line of mains hum, and little below 20 Hz.
pub(super) fn hum(subject: &Subject) -> Finding {
    let low = &subject.file.low_end;
    let lines = LINES.iter().zip(&low.lines).filter(|(_, db)| **db > STANDS_OUT).map(|(hz, _)| *hz);
    let lines: Vec<f64> = lines.collect();
    // A tone of a bed may have any frequency; mains hum has overtones.
    let of = |mains: f64| lines.iter().filter(|hz| (**hz / mains).fract() == 0.0).count();
    let many = of(50.0).max(of(60.0));
    let verdict = match () {
        () if many >= 2 => Verdict::Fail,
        () if low.rumble > -50.0 => Verdict::Warning,
        () => Verdict::Pass,
    };
    let measured = format!("{many} lines, {:.1} dBFS", low.rumble);
    let finding = Finding::judged(verdict, measured, "under 2 lines, -50 dBFS below 20 Hz");
    if many > 0 {
        let names: Vec<_> = lines.iter().map(|hz| format!("{hz:.0} Hz")).collect();
        finding.note(names.join(", "))
    } else {
        finding
    }
}
