//! The report of the checklist for one file.

use super::missing::Missing;
use super::rows::RowId;
use serde_json::{Value, json};

/// The verdict of a row, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It could not be judged; the note gives the reason.
    NotJudged,
    Pass,
    /// A measurement without a limit.
    Info,
    Warning,
    /// The file should not be published.
    Fail,
}

impl Verdict {
    /// The word for tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotJudged => "not judged",
            Self::Pass => "ok",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Fail => "fail",
        }
    }

    /// [`Self::Fail`] unless `fine`.
    pub fn must(fine: bool) -> Self {
        if fine { Self::Pass } else { Self::Fail }
    }

    /// [`Self::Warning`] unless `fine`.
    pub fn should(fine: bool) -> Self {
        if fine { Self::Pass } else { Self::Warning }
    }
}

/// The time of a fault in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Seconds from its start.
    pub seconds: f64,
    /// The phrase or cue at that time, if any.
    pub sound: Option<String>,
}

/// The finding of one row of the checklist.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub verdict: Verdict,
    /// The measured values, with units.
    pub measured: String,
    pub limit: String,
    /// Where the faults are, at most [`Finding::MOST_PLACES`].
    pub places: Vec<Marker>,
    /// A remark; for rows that are not judged, the reason.
    pub note: String,
    /// What the user could supply so that the row can be judged.
    pub missing: Option<Missing>,
}

impl Finding {
    /// The most places that a row lists.
    pub const MOST_PLACES: usize = 8;

    /// The finding of a row that was judged.
    pub fn judged(verdict: Verdict, measured: impl Into<String>, limit: impl Into<String>) -> Self {
        Self {
            verdict,
            measured: measured.into(),
            limit: limit.into(),
            places: Vec::new(),
            note: String::new(),
            missing: None,
        }
    }

    /// The finding of a row that could not be judged, with the reason.
    pub fn not_judged(why: impl Into<String>) -> Self {
        Self { note: why.into(), ..Self::judged(Verdict::NotJudged, "", "") }
    }

    /// The finding of a row that could not be judged without something that the user can supply.
    pub fn needs(missing: Missing) -> Self {
        Self { missing: Some(missing), ..Self::not_judged(missing.reason()) }
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Keeps the first [`Self::MOST_PLACES`].
    #[must_use]
    pub fn at(mut self, places: impl IntoIterator<Item = Marker>) -> Self {
        self.places = places.into_iter().take(Self::MOST_PLACES).collect();
        self
    }
}

/// The result of one row of the checklist.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    pub id: RowId,
    pub finding: Finding,
}

impl CheckResult {
    fn document(&self) -> Value {
        let Finding { verdict, measured, limit, places, note, missing: _ } = &self.finding;
        let place = |place: &Marker| json!({ "seconds": (place.seconds * 1000.0).round() / 1000.0, "sound": place.sound });
        json!({
            "row": self.id.number(),
            "check": self.id.name(),
            "verdict": verdict.word(),
            "measured": measured,
            "limit": limit,
            "note": note,
            "places": places.iter().map(place).collect::<Vec<_>>(),
        })
    }
}

/// All rows of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The file as given.
    pub file: String,
    /// The preset whose limits apply.
    pub preset: String,
    /// The rows, in order.
    pub rows: Vec<CheckResult>,
}

impl Report {
    /// The worst verdict.
    pub fn worst(&self) -> Verdict {
        self.rows.iter().map(|row| row.finding.verdict).max().unwrap_or(Verdict::NotJudged)
    }

    /// Whether no row failed.
    pub fn passes(&self) -> bool {
        self.worst() < Verdict::Fail
    }

    /// The number of rows with a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.finding.verdict == verdict).count()
    }

    /// The report as JSON.
    pub fn document(&self) -> Value {
        json!({
            "file": self.file,
            "preset": self.preset,
            "passes": self.passes(),
            "rows": self.rows.iter().map(CheckResult::document).collect::<Vec<_>>(),
        })
    }
}
