//! Row 26: the same plan gives the same bytes.

use crate::qc::report::{Row, Verdict};
use crate::qc::subject::Subject;

/// Row 26: another render of the same plan is the same file.
pub(super) fn again(subject: &Subject) -> Row {
    match subject.again {
        None => Row::not_judged(26, crate::qc::needs::ANOTHER_RENDER),
        Some(same) => Row::judged(
            26,
            Verdict::must(same),
            if same { "the same bytes" } else { "other bytes" },
            "the same bytes",
        ),
    }
}
