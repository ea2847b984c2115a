//! The report of a track, as JSON and as a page: its inputs, its parts, its measurements and the checklist.

use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use super::page::{contents, page};
use super::transcript::about;
use crate::dsp::meter::Measurement;
use crate::export::Tags;
use crate::layout::{Timeline, TimelineDocument};
use crate::script::language::Language;
use crate::script::words::AddedWords;
use crate::unit::literal::print_clock;

/// The version of the report's JSON.
const SCHEMA: u32 = 1;

/// What wrote a report.
const MADE_WITH: &str = concat!("adem ", env!("CARGO_PKG_VERSION"));

/// The contents of a report besides the timeline.
#[derive(Clone, Debug, Default)]
pub struct TrackReport {
    /// The files it was made from, in order.
    pub inputs: Vec<Input>,
    /// The people and licences to credit.
    pub credits: Vec<Credit>,
    /// The audio files that were written.
    pub outputs: Vec<OutputFacts>,
    /// The measurements of the mix.
    pub levels: Option<Measurement>,
    /// The preset and its numbers.
    pub preset: Value,
    /// The gain of the master in dB.
    pub gain: f64,
    /// In how many frames the limiter was active.
    pub limited: u64,
    /// The checklist as JSON; `None` if it was not run.
    pub checks: Option<Value>,
}

/// A file of the course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Relative to the course folder.
    pub path: String,
    /// BLAKE3 of its bytes; `None` for a draft spoken while rendering.
    pub hash: Option<String>,
}

/// A voice, bed or bell with its credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// voice, bed or bell.
    pub kind: &'static str,
    pub name: String,
    /// The credit line.
    pub credit: String,
    pub licence: String,
}

/// An audio file that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputFacts {
    /// Its name without the folder.
    pub file: String,
    /// Its length when it is decoded.
    pub frames: u64,
    /// How many frames later than the mix it starts; `None` where that could not be measured.
    pub lag: Option<i64>,
    /// The measurements of the decoded file; `None` where they are those of the mix.
    pub levels: Option<Measurement>,
}

impl TrackReport {
    /// The report as JSON.
    pub fn document(&self, timeline: &Timeline, tags: &Tags) -> Value {
        let voice = timeline.phrases().next().map(|_| &tags.artist);
        json!({
            "schema": SCHEMA,
            "made_with": MADE_WITH,
            "generation": tags.generation,
            "title": tags.title,
            "album": tags.album,
            "voice": {
                "name": voice, "synthetic": tags.synthetic, "drafts": timeline.drafts(), "drafted_by": timeline.drafted_by,
            },
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

    /// The page, with the SVG of the waveform in it. Its headings are in English: it is for those who make tracks.
    pub fn html(&self, timeline: &Timeline, tags: &Tags, waveform: &str) -> String {
        let credits = self.credits.iter().map(|credit| {
            let work = format!("{} · {}", credit.name, credit.credit);
            vec![credit.kind.to_owned(), work, credit.licence.clone()]
        });
        let inputs = self.inputs.iter().map(|input| {
            let hash = input.hash.clone().unwrap_or_else(|| "spoken by a machine".to_owned());
            vec![input.path.clone(), hash]
        });
        let language = &timeline.language;
        let direction = if language.is_right_to_left() { "rtl" } else { "ltr" };
        let english = Language::parse("en").expect("en is a tag");
        let sections = ["Sound", "Parts", "Checklist", "Credits", "Made from"];
        let sections = sections.map(|name| (section_id(name), name.to_owned()));
        let body = html! {
            (PreEscaped(waveform))
            (self.files(timeline))
            (parts(timeline))
            (checks(language, self.checks.as_ref()))
            (table(language, "Credits", &["kind", "work", "licence"], 1, &credits.collect::<Vec<_>>()))
            (table(language, "Made from", &["file", "BLAKE3"], 0, &inputs.collect::<Vec<_>>()))
        };
        // A section without rows has no heading to link to.
        let markup = body.0.as_str();
        let there: Vec<_> =
            sections.into_iter().filter(|(id, _)| markup.contains(&format!("<h2 id=\"{id}\""))).collect();
        let told = about(AddedWords::english(), &english, timeline, tags);
        let about = html! {
            h1 lang=(language) dir=(direction) { (tags.title) } "\n"
            p.about {
                @for (index, piece) in told.split(" · ").enumerate() {
                    @if index > 0 { " · " }
                    (own(language, piece))
                }
            } "\n"
            (contents("Sections", &there))
        };
        let generation = tags.generation.as_deref();
        let below = html! {
            p.about {
                "made with " (MADE_WITH)
                @if let Some(generation) = generation { " · render " code { (generation) } }
            } "\n"
        };
        page(&english, &tags.title, generation, &about, &body, &below)
    }

    /// The measurements of the mix and of each file.
    fn files(&self, timeline: &Timeline) -> Markup {
        let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
        let row = |name: &str, length: u64, start: String, levels: Option<&Measurement>| {
            let cell = |value: fn(&Measurement) -> Option<f64>| number(levels.and_then(value));
            vec![
                name.to_owned(),
                print_clock(length as f64 / f64::from(timeline.rate.hz())),
                length.to_string(),
                start,
                cell(|levels| levels.integrated.map(|level| level.0)),
                cell(|levels| levels.range.map(|range| range.0)),
                cell(|levels| levels.true_peak.db().map(|peak| peak.0)),
            ]
        };
        let mix = row("mix", timeline.frames.0, String::new(), self.levels.as_ref());
        let files = self.outputs.iter().map(|output| {
            let start = output.lag.map_or(String::new(), |lag| lag.to_string());
            row(&output.file, output.frames, start, output.levels.as_ref())
        });
        let rows: Vec<_> = std::iter::once(mix).chain(files).collect();
        let limiter = match self.limited {
            0 => "the limiter was not active".to_owned(),
            limited => {
                let share = 100.0 * limited as f64 / timeline.frames.0.max(1) as f64;
                format!("the limiter was active for {share:.3} % of it")
            }
        };
        let language = &timeline.language;
        html! {
            (table(language, "Sound", &["file", "length", "frames", "frames late", "LUFS", "LRA", "dBTP"], 0, &rows))
            p.about {
                (language.name()) " (" (language) ") · " (timeline.rate.hz()) " Hz · preset "
                (self.preset["name"].as_str().unwrap_or_default()) " · " (limiter)
            } "\n"
        }
    }
}

/// The parts with their times, and how much is said in each.
fn parts(timeline: &Timeline) -> Markup {
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
    table(
        &timeline.language,
        "Parts",
        &["start", "title", "length", "phrases", "speech"],
        1,
        &parts.collect::<Vec<_>>(),
    )
}

/// The judged rows of the checklist as a table, and the others by their reasons.
fn checks(language: &Language, checks: Option<&Value>) -> Markup {
    let Some(found) = checks.and_then(|checks| checks["rows"].as_array()) else { return html! {} };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let columns = ["row", "check", "verdict", "measured", "limit", "note"];
    let (open, judged): (Vec<_>, Vec<_>) = found.iter().partition(|row| row["verdict"] == "not judged");
    let cells = |row: &&Value| columns.iter().map(|column| text(&row[*column])).collect();
    let judged: Vec<Vec<String>> = judged.iter().map(cells).collect();
    let mut notes: Vec<(String, Vec<String>)> = Vec::new();
    for row in open {
        let note = text(&row["note"]).replace('`', "");
        let check = format!("{} {}", text(&row["row"]), text(&row["check"]));
        match notes.iter_mut().find(|(known, _)| *known == note) {
            Some((_, checks)) => checks.push(check),
            None => notes.push((note, vec![check])),
        }
    }
    html! {
        (table(language, "Checklist", &columns, 1, &judged))
        @for (note, checks) in &notes {
            p.about { (note) ": " (checks.join(" · ")) } "\n"
        }
    }
}

/// A text of the track in an English page: marked with its language where it has other letters, so that they are drawn as that
/// language has them, in its direction.
fn own(language: &Language, text: &str) -> Markup {
    let is_other = text.chars().any(|letter| letter.is_alphabetic() && !letter.is_ascii());
    html! { @if is_other { bdi lang=(language) { (text) } } @else { (text) } }
}

/// A table under a heading; nothing without rows. Columns of numbers are aligned right. The column `naming` says what each
/// row is about. The roles are those that the elements have: browsers forget them where cells become lines.
fn table(language: &Language, heading: &str, head: &[&str], naming: usize, rows: &[Vec<String>]) -> Markup {
    if rows.is_empty() {
        return html! {};
    }
    let is_numeric =
        |column: usize| rows.iter().all(|row| row.get(column).is_none_or(|text| is_number(text)));
    let classes: Vec<Option<&str>> =
        (0..head.len()).map(|column| is_numeric(column).then_some("number")).collect();
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let content =
        |text: &str| html! { @if is_hash(text) { code { (text) } } @else { (own(language, text)) } };
    let id = section_id(heading);
    html! {
        h2 id=(id) { (heading) } "\n"
        table.wide role="table" aria-labelledby=(id) {
            "\n" thead role="rowgroup" {
                tr role="row" {
                    @for (name, class) in head.iter().zip(&classes) {
                        th role="columnheader" scope="col" class=[*class] { (name) }
                    }
                }
            }
            "\n" tbody role="rowgroup" {
                "\n"
                @for row in rows {
                    tr role="row" {
                        @for (column, (text, class)) in row.iter().zip(&classes).enumerate() {
                            @if column == naming {
                                th role="rowheader" scope="row" class=[*class] { (content(text)) }
                            } @else {
                                td role="cell" data-name=(head[column]) class=[*class] { (content(&with_minus(text))) }
                            }
                        }
                    } "\n"
                }
            }
        } "\n"
    }
}

/// A text with a minus (U+2212) before its negative numbers, where programs write a hyphen.
fn with_minus(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins = before.is_none_or(|before: char| before.is_whitespace() || matches!(before, '(' | '…'));
        let is_minus = letter == '-' && begins && letters.peek().is_some_and(char::is_ascii_digit);
        shown.push(if is_minus { '\u{2212}' } else { letter });
        before = Some(letter);
    }
    shown
}

/// The id of the section under a heading.
fn section_id(heading: &str) -> String {
    heading.to_lowercase().replace(' ', "-")
}

/// Whether a cell is a number, a time, a number of seconds or empty.
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
