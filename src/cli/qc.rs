//! `adem qc`: the checklist of finished sound, as a table or as JSON.

use std::fmt::Write as _;
use std::io::IsTerminal;

use serde_json::json;

use super::args::QcArgs;
use super::{Outcome, Place, exit, report};
use crate::diag::Sink;
use crate::engine::{Failure, QcJob, qc_file};
use crate::files::Files;
use crate::qc::{Report, Row, Verdict};
use crate::script::Course;
use crate::unit::literal::print_clock;

pub(super) fn run(place: &Place, args: &QcArgs) -> Outcome {
    if args.files.len() > 1 && (args.stems.is_some() || args.again.is_some()) {
        let message = "--stems and --again belong to one file; give each file a run of its own";
        return Err(Failure::Usage(message.to_owned()));
    }
    let job = QcJob {
        preset: args.preset.clone(),
        presets: presets(place),
        stems: args.stems.clone(),
        again: args.again.clone(),
    };
    let (mut code, mut reports) = (exit::DONE, Vec::new());
    for path in &args.files {
        match qc_file(path, &job) {
            Ok(one) => reports.push(one),
            Err(failure @ Failure::Usage(_)) => return Err(failure),
            Err(failure) => code = report::failure(&failure),
        }
    }
    if args.json {
        let files: Vec<_> = reports.iter().map(Report::document).collect();
        report::out(&format!("{:#}\n", json!({ "files": files })))?;
    } else {
        let tables: Vec<_> =
            reports.iter().map(|report| table(report, std::io::stdout().is_terminal())).collect();
        report::out(&tables.join("\n"))?;
    }
    let failed = reports.iter().any(|report| !report.passes());
    Ok(if failed && code == exit::DONE { exit::QC } else { code })
}

/// The presets of the course one stands in, if any; its mistakes are told by others.
fn presets(place: &Place) -> std::collections::BTreeMap<String, crate::delivery::preset::Preset> {
    if !place.files.exists(std::path::Path::new("course.toml")) {
        return std::collections::BTreeMap::new();
    }
    Course::open(&place.files, &Sink::new()).map(|course| course.header.presets).unwrap_or_default()
}

/// The rows of a file as a table for people, those that were not judged at the end by their reasons.
fn table(report: &Report, colour: bool) -> String {
    let mut text = format!("{}, preset {}\n\n", report.file, report.preset);
    let judged: Vec<&Row> =
        report.rows.iter().filter(|row| row.finding.verdict != Verdict::NotJudged).collect();
    text += &lines(&judged, colour);
    text + &unjudged(report) + &summary(report)
}

/// The rows that are not well, for a render that shows no more of them.
pub(super) fn faults(report: &Report) -> String {
    let faults: Vec<&Row> =
        report.rows.iter().filter(|row| row.finding.verdict >= Verdict::Warning).collect();
    lines(&faults, false)
}

fn lines(rows: &[&Row], colour: bool) -> String {
    let width = |cell: fn(&Row) -> &str| rows.iter().map(|row| cell(row).chars().count()).max().unwrap_or(0);
    let (checks, measured) = (width(|row| row.id.name()), width(|row| &row.finding.measured));
    let mut text = String::new();
    for row in rows {
        let verdict = format!("{:<7}", row.finding.verdict.word());
        let verdict = if colour { painted(row.finding.verdict, &verdict) } else { verdict };
        let (number, check) = (row.id.number(), row.id.name());
        let line = format!(
            "{number:>2}  {verdict}  {check:<checks$}  {:<measured$}  {}",
            row.finding.measured, row.finding.limit
        );
        let _ = writeln!(text, "{}", line.trim_end());
        for line in more(row) {
            let _ = writeln!(text, "{:13}{line}", "");
        }
    }
    text
}

/// What is said below a row that is not simply well.
fn more(row: &Row) -> Vec<String> {
    let place = |place: &crate::qc::Marker| {
        let clock = format!("{}.{}", print_clock(place.seconds), (place.seconds * 10.0) as u64 % 10);
        place.sound.as_ref().map_or(clock.clone(), |sound| format!("{clock} {sound}"))
    };
    let places: Vec<_> = row.finding.places.iter().map(place).collect();
    let note = Some(&row.finding.note)
        .filter(|note| !note.is_empty() && row.finding.verdict > Verdict::Pass)
        .cloned();
    let at = (!places.is_empty()).then(|| format!("at {}", places.join(", ")));
    note.into_iter().chain(at).collect()
}

/// The rows that were not judged, by their reasons.
fn unjudged(report: &Report) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for row in report.rows.iter().filter(|row| row.finding.verdict == Verdict::NotJudged) {
        let number = row.id.number().to_string();
        match reasons.iter_mut().find(|(reason, _)| *reason == row.finding.note) {
            Some((_, rows)) => rows.push(number),
            None => reasons.push((&row.finding.note, vec![number])),
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let lines: Vec<_> =
        reasons.iter().map(|(reason, rows)| format!("  {}: {reason}\n", rows.join(", "))).collect();
    format!("\nnot judged\n{}", lines.concat())
}

/// The last line: what it comes to.
fn summary(report: &Report) -> String {
    let [fails, warnings, unjudged] =
        [Verdict::Fail, Verdict::Warning, Verdict::NotJudged].map(|verdict| report.count(verdict));
    let counts = format!(
        "{} judged, {}",
        report::count(report.rows.len() - unjudged, "row"),
        report::count(warnings, "warning")
    );
    let outcome =
        if fails == 0 { "passes".to_owned() } else { format!("fails in {}", report::count(fails, "row")) };
    format!("\n{outcome}: {counts}\n")
}

fn painted(verdict: Verdict, text: &str) -> String {
    let colour = match verdict {
        Verdict::Fail => "31",
        Verdict::Warning => "33",
        Verdict::Pass => "32",
        Verdict::Info | Verdict::NotJudged => return text.to_owned(),
    };
    if std::env::var_os("NO_COLOR").is_some() {
        text.to_owned()
    } else {
        format!("\x1b[{colour}m{text}\x1b[0m")
    }
}
