//! What the checklist says of one file.

use super::rows::RowId;
use serde_json::{Value, json};

/// What is said of a row, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It could not be judged; the note says why.
    NotJudged,
    /// As it should be.
    Pass,
    /// Worth knowing; nothing to judge.
    Info,
    /// To be looked at.
    Warning,
    /// Not fit to be published.
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

    /// A failure where something is not as it must be.
    pub fn must(fine: bool) -> Self {
        if fine { Self::Pass } else { Self::Fail }
    }

    /// A warning where something is not as it should be.
    pub fn should(fine: bool) -> Self {
        if fine { Self::Pass } else { Self::Warning }
    }
}

/// A time in a file at which something is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Seconds from its start.
    pub seconds: f64,
    /// The phrase or cue that sounds there, where there is one.
    pub sound: Option<String>,
}

/// What was found of one row of the checklist.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it comes to.
    pub verdict: Verdict,
    /// What was measured, with its unit.
    pub measured: String,
    /// What it should be.
    pub limit: String,
    /// Where the file is at fault, at most [`Finding::MOST_PLACES`].
    pub places: Vec<Marker>,
    /// What else is to be said; for rows that are not judged, why.
    pub note: String,
}

impl Finding {
    /// The most places a row names.
    pub const MOST_PLACES: usize = 8;

    /// The finding of a row that was judged.
    pub fn judged(verdict: Verdict, measured: impl Into<String>, limit: impl Into<String>) -> Self {
        Self {
            verdict,
            measured: measured.into(),
            limit: limit.into(),
            places: Vec::new(),
            note: String::new(),
        }
    }

    /// The finding of a row that could not be judged, and why.
    pub fn not_judged(why: impl Into<String>) -> Self {
        Self { note: why.into(), ..Self::judged(Verdict::NotJudged, "", "") }
    }

    /// The finding with what else is to be said.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The finding with the places where the file is at fault.
    #[must_use]
    pub fn at(mut self, places: impl IntoIterator<Item = Marker>) -> Self {
        self.places = places.into_iter().take(Self::MOST_PLACES).collect();
        self
    }
}

/// One row of the checklist.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    /// Which one.
    pub id: RowId,
    /// What was found.
    pub finding: Finding,
}

impl CheckResult {
    fn document(&self) -> Value {
        let Finding { verdict, measured, limit, places, note } = &self.finding;
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
    /// The file, as it was named.
    pub file: String,
    /// The preset it was judged by.
    pub preset: String,
    /// The rows, in order.
    pub rows: Vec<CheckResult>,
}

impl Report {
    /// The worst that was found.
    pub fn worst(&self) -> Verdict {
        self.rows.iter().map(|row| row.finding.verdict).max().unwrap_or(Verdict::NotJudged)
    }

    /// Whether nothing forbids the file to be published.
    pub fn passes(&self) -> bool {
        self.worst() < Verdict::Fail
    }

    /// How many rows got a verdict.
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
