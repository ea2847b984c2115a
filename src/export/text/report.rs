//! The report of a track: what it was made of, what is in it, and what it measures; for programs and for people.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::page::{escaped, page};
use super::transcript::about;
use crate::dsp::meter::Measurement;
use crate::export::Tags;
use crate::layout::{Timeline, TimelineDocument};
use crate::unit::literal::print_clock;

/// The version of the report's JSON.
const SCHEMA: u32 = 1;

/// Everything a report tells beside the timeline.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The files it was made of, in order.
    pub inputs: Vec<Input>,
    /// Whose work is in it.
    pub credits: Vec<Credit>,
    /// The files of sound that came of it.
    pub outputs: Vec<OutputFacts>,
    /// What the mix measures.
    pub levels: Option<Measurement>,
    /// The preset and its numbers.
    pub preset: Value,
    /// The gain of the master in dB.
    pub gain: f64,
    /// How many frames the limiter touched.
    pub limited: u64,
    /// The checklist, where somebody has gone through it.
    pub checks: Option<Value>,
}

/// A file of the course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Below the course.
    pub path: String,
    /// BLAKE3 of its bytes; `None` for what a machine spoke while rendering.
    pub hash: Option<String>,
}

/// Somebody's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// voice, bed or bell.
    pub kind: &'static str,
    /// What it is.
    pub name: String,
    /// The line that thanks.
    pub credit: String,
    /// The licence.
    pub licence: String,
}

/// A file of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputFacts {
    /// Its name without the folder.
    pub file: String,
    /// Its length when it is decoded.
    pub frames: u64,
    /// How late it starts, where that could be told.
    pub lag: Option<i64>,
    /// What it measures when it is decoded, where that is not the mix itself.
    pub levels: Option<Measurement>,
}

impl Report {
    /// The document.
    pub fn document(&self, timeline: &Timeline, tags: &Tags) -> Value {
        json!({
            "schema": SCHEMA,
            "made_with": concat!("adem ", env!("CARGO_PKG_VERSION")),
            "title": tags.title,
            "album": tags.album,
            "voice": { "name": tags.artist, "synthetic": tags.synthetic, "drafts": timeline.drafts() },
            "preset": self.preset,
            "gain_db": self.gain,
            "limited_frames": self.limited,
            "levels": self.levels.as_ref().map(levels),
            "outputs": self.outputs.iter().map(|output| json!({
                "file": output.file,
                "frames": output.frames,
                "start_lag_frames": output.lag,
                "levels": output.levels.as_ref().map(levels),
            })).collect::<Vec<_>>(),
            "inputs": self.inputs.iter().map(|input| json!({ "path": input.path, "blake3": input.hash })).collect::<Vec<_>>(),
            "credits": self.credits.iter().map(|credit| json!({
                "kind": credit.kind, "name": credit.name, "credit": credit.credit, "licence": credit.licence,
            })).collect::<Vec<_>>(),
            "checks": self.checks,
            "timeline": TimelineDocument::of(timeline),
        })
    }

    /// The page, with the waveform in it. Headings of numbers are in English: it is for those who make tracks.
    pub fn html(&self, timeline: &Timeline, tags: &Tags, waveform: &str) -> String {
        let mut body = format!(
            "<h1>{}</h1>\n<p class=\"about\">{}</p>\n{waveform}",
            escaped(&tags.title),
            escaped(&about(timeline, tags))
        );
        self.files(&mut body, timeline);
        parts(&mut body, timeline);
        checks(&mut body, self.checks.as_ref());
        rows(
            &mut body,
            "Credits",
            &["", "", "licence"],
            self.credits.iter().map(|credit| {
                vec![
                    credit.kind.to_owned(),
                    format!("{} · {}", credit.name, credit.credit),
                    credit.licence.clone(),
                ]
            }),
        );
        rows(
            &mut body,
            "Made of",
            &["file", "BLAKE3"],
            self.inputs.iter().map(|input| {
                vec![
                    input.path.clone(),
                    input.hash.clone().unwrap_or_else(|| "spoken by a machine".to_owned()),
                ]
            }),
        );
        page(&timeline.language, &tags.title, &body)
    }

    /// The mix and each file beside each other.
    fn files(&self, body: &mut String, timeline: &Timeline) {
        let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
        let row = |name: &str, length: String, start: String, levels: Option<&Measurement>| {
            let cell = |value: fn(&Measurement) -> Option<f64>| number(levels.and_then(value));
            vec![
                name.to_owned(),
                length,
                start,
                cell(|levels| levels.integrated.map(|level| level.0)),
                cell(|levels| levels.range.map(|range| range.0)),
                cell(|levels| levels.true_peak.db().map(|peak| peak.0)),
            ]
        };
        let mix = row("mix", timeline.frames.0.to_string(), String::new(), self.levels.as_ref());
        let files = self.outputs.iter().map(|output| {
            let start = output.lag.map_or(String::new(), |lag| lag.to_string());
            row(&output.file, output.frames.to_string(), start, output.levels.as_ref())
        });
        let head = ["", "frames", "starts late by", "LUFS", "LRA", "dBTP"];
        rows(body, "Sound", &head, std::iter::once(mix).chain(files));
        let _ = writeln!(
            body,
            "<p class=\"about\">{} Hz · preset {} · the limiter {}</p>",
            timeline.rate.hz(),
            escaped(self.preset["name"].as_str().unwrap_or_default()),
            match self.limited {
                0 => "did nothing".to_owned(),
                limited =>
                    format!("touched {:.3} %", 100.0 * limited as f64 / timeline.frames.0.max(1) as f64),
            }
        );
    }
}

/// The parts with their times, and how much is said in each.
fn parts(body: &mut String, timeline: &Timeline) {
    let chapters = &timeline.chapters;
    let seconds = |frame: u64| frame as f64 / f64::from(timeline.rate.hz());
    let parts = chapters.iter().enumerate().map(|(index, chapter)| {
        let end = chapters.get(index + 1).map_or(timeline.frames.0, |next| next.start.0);
        let within = timeline.events.iter().filter(|event| (chapter.start.0..end).contains(&event.start.0));
        let phrases: Vec<_> = within.filter(|event| event.phrase().is_some()).collect();
        let spoken = phrases.iter().map(|phrase| phrase.frames.0).sum::<u64>();
        vec![
            print_clock(seconds(chapter.start.0)),
            chapter.title.clone(),
            print_clock(seconds(end - chapter.start.0)),
            phrases.len().to_string(),
            format!("{:.0} s", seconds(spoken)),
        ]
    });
    rows(body, "Parts", &["", "", "length", "phrases", "speech"], parts);
}

/// The rows of a checklist, whatever columns they have: objects of plain values.
fn checks(body: &mut String, checks: Option<&Value>) {
    let Some(found) = checks.and_then(|checks| checks["rows"].as_array()) else { return };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let columns = ["row", "check", "verdict", "measured", "limit", "note"];
    let (open, judged): (Vec<_>, Vec<_>) = found.iter().partition(|row| row["verdict"] == "not judged");
    let cells = |row: &&Value| columns.iter().map(|column| text(&row[*column])).collect();
    rows(body, "Checklist", &columns, judged.iter().map(cells));
    // What many rows have in common is said once.
    let mut notes: Vec<(String, Vec<String>)> = Vec::new();
    for row in open {
        let (note, check) = (text(&row["note"]), format!("{} {}", text(&row["row"]), text(&row["check"])));
        match notes.iter_mut().find(|(known, _)| *known == note) {
            Some((_, checks)) => checks.push(check),
            None => notes.push((note, vec![check])),
        }
    }
    for (note, checks) in notes {
        let (note, checks) = (escaped(&note.replace('`', "")), escaped(&checks.join(" · ")));
        let _ = writeln!(body, "<p class=\"about\">{note}: {checks}</p>");
    }
}

/// A table under a heading; none where it would be empty. Columns of numbers stand at the right.
fn rows(body: &mut String, heading: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let numbers: Vec<bool> = (0..head.len())
        .map(|column| rows.iter().all(|row| row.get(column).is_none_or(|text| is_number(text))))
        .collect();
    let class = |column: usize| if numbers[column] { " class=\"number\"" } else { "" };
    let _ = writeln!(body, "<h2>{}</h2>\n<table>", escaped(heading));
    if head.iter().any(|name| !name.is_empty()) {
        body.push_str("<tr>");
        for (column, name) in head.iter().enumerate() {
            let _ = write!(body, "<th{}>{name}</th>", class(column));
        }
        body.push_str("</tr>\n");
    }
    for row in rows {
        body.push_str("<tr>");
        for (column, text) in row.iter().enumerate() {
            let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let text = escaped(text);
            let text = if is_hash { format!("<code>{text}</code>") } else { text };
            let _ = write!(body, "<td{}>{text}</td>", class(column));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table>\n");
}

/// A number, a time or a number of seconds; or nothing, which hinders no column of them.
fn is_number(text: &str) -> bool {
    let text = text.strip_suffix(" s").unwrap_or(text);
    text == "–" || text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | '-' | '−'))
}

fn levels(levels: &Measurement) -> Value {
    json!({
        "integrated_lufs": levels.integrated.map(|level| level.0),
        "lra_lu": levels.range.map(|range| range.0),
        "max_momentary_lufs": levels.max_momentary.map(|level| level.0),
        "max_short_term_lufs": levels.max_short_term.map(|level| level.0),
        "true_peak_dbtp": levels.true_peak.db().map(|peak| peak.0),
        "sample_peak_dbfs": levels.sample_peak.db().map(|peak| peak.0),
    })
}
