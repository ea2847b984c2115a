//! What the checklist says of one file.

use serde_json::{Value, json};

/// The number of rows of the checklist (docs/sound.md, section 8).
pub const ROWS: usize = 28;

/// What each row asks, in few words; row 1 comes first.
pub const CHECKS: [&str; ROWS] = [
    "decodes, whole, as planned",
    "rate, channels, bits",
    "loudness of speech",
    "loudness without a voice",
    "loudness of the whole",
    "true peak",
    "clipping, flat tops",
    "DC offset",
    "clicks",
    "hard edges",
    "dropouts",
    "digital silence",
    "head and tail",
    "voice over bed",
    "voice over bed, accessible",
    "duck",
    "spread of phrases",
    "noise in pauses",
    "loudest moments",
    "startle",
    "stereo",
    "hum, rumble",
    "loop seams",
    "every sound at its place",
    "breath",
    "made again",
    "lossy file decoded",
    "tags, chapters",
];

/// What is said of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It could not be judged; the note says why.
    NotJudged,
    /// As it should be.
    Fine,
    /// Worth knowing; nothing to judge.
    Told,
    /// To be looked at.
    Warning,
    /// Not fit to be published.
    Failure,
}

impl Verdict {
    /// The word for tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotJudged => "not judged",
            Self::Fine => "ok",
            Self::Told => "info",
            Self::Warning => "warning",
            Self::Failure => "fail",
        }
    }

    /// A failure where something is not as it must be.
    pub fn must(fine: bool) -> Self {
        if fine { Self::Fine } else { Self::Failure }
    }

    /// A warning where something is not as it should be.
    pub fn should(fine: bool) -> Self {
        if fine { Self::Fine } else { Self::Warning }
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Seconds from its start.
    pub seconds: f64,
    /// The phrase or cue that sounds there, where there is one.
    pub sound: Option<String>,
}

/// One row of the checklist.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number, 1 to 28.
    pub number: usize,
    /// What was found.
    pub verdict: Verdict,
    /// What was measured, with its unit.
    pub measured: String,
    /// What it should be.
    pub limit: String,
    /// Where the file is at fault, at most [`Row::MOST_PLACES`].
    pub places: Vec<Place>,
    /// What else is to be said; for rows that are not judged, why.
    pub note: String,
}

impl Row {
    /// The most places a row names.
    pub const MOST_PLACES: usize = 8;

    /// A row that was judged.
    pub fn judged(
        number: usize,
        verdict: Verdict,
        measured: impl Into<String>,
        limit: impl Into<String>,
    ) -> Self {
        Self {
            number,
            verdict,
            measured: measured.into(),
            limit: limit.into(),
            places: Vec::new(),
            note: String::new(),
        }
    }

    /// A row that could not be judged, and why.
    pub fn not_judged(number: usize, why: impl Into<String>) -> Self {
        Self { note: why.into(), ..Self::judged(number, Verdict::NotJudged, "", "") }
    }

    /// The row with what else is to be said.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The row with the places where the file is at fault.
    #[must_use]
    pub fn at(mut self, places: impl IntoIterator<Item = Place>) -> Self {
        self.places = places.into_iter().take(Self::MOST_PLACES).collect();
        self
    }

    /// What the row asks.
    pub fn check(&self) -> &'static str {
        CHECKS[self.number - 1]
    }

    fn document(&self) -> Value {
        let place = |place: &Place| json!({ "seconds": (place.seconds * 1000.0).round() / 1000.0, "sound": place.sound });
        json!({
            "row": self.number,
            "check": self.check(),
            "verdict": self.verdict.word(),
            "measured": self.measured,
            "limit": self.limit,
            "note": self.note,
            "places": self.places.iter().map(place).collect::<Vec<_>>(),
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
    pub rows: Vec<Row>,
}

impl Report {
    /// The worst that was found.
    pub fn worst(&self) -> Verdict {
        self.rows.iter().map(|row| row.verdict).max().unwrap_or(Verdict::NotJudged)
    }

    /// Whether nothing forbids the file to be published.
    pub fn passes(&self) -> bool {
        self.worst() < Verdict::Failure
    }

    /// How many rows got a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }

    /// The report as JSON.
    pub fn document(&self) -> Value {
        json!({
            "file": self.file,
            "preset": self.preset,
            "passes": self.passes(),
            "rows": self.rows.iter().map(Row::document).collect::<Vec<_>>(),
        })
    }
}
