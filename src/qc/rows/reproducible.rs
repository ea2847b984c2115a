//! The same plan gives the same bytes.

use crate::qc::missing::Missing;
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// Another render of the same version has the same bytes.
pub(super) fn reproducible(subject: &Subject) -> Finding {
    match subject.same_bytes {
        None => Finding::needs(Missing::OtherRender),
        Some(same) => Finding::judged(
            Verdict::must(same),
            if same { "the same bytes" } else { "other bytes" },
            "the same bytes",
        ),
    }
}
