//! Row 22: hum and rumble.

use crate::qc::hear::LINES;
use crate::qc::report::{Row, Verdict};
use crate::qc::subject::Subject;

/// A line stands out by so many dB.
const STANDS_OUT: f64 = 15.0;

/// Row 22: at most one line of mains hum, and little below 20 Hz.
pub(super) fn hum(subject: &Subject) -> Row {
    let low = &subject.file.low;
    let lines = LINES.iter().zip(&low.lines).filter(|(_, db)| **db > STANDS_OUT).map(|(hz, _)| *hz);
    let lines: Vec<f64> = lines.collect();
    // A tone of a bed may lie anywhere; mains hum has its own overtones.
    let of = |mains: f64| lines.iter().filter(|hz| (**hz / mains).fract() == 0.0).count();
    let many = of(50.0).max(of(60.0));
    let fine = many < 2 && low.rumble <= -50.0;
    let measured = format!("{many} lines, {:.1} dBFS", low.rumble);
    let row = Row::judged(22, Verdict::should(fine), measured, "under 2 lines, -50 dBFS below 20 Hz");
    if many > 0 {
        let names: Vec<_> = lines.iter().map(|hz| format!("{hz:.0} Hz")).collect();
        row.note(names.join(", "))
    } else {
        row
    }
}
