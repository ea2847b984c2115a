//! `adem qc`: the checklist of finished sound, as a table or as JSON.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::args::QcArgs;
use super::table::{pad_end, widest};
use super::{CommandContext, Failure, Outcome, exit, report};
use crate::diag::Sink;
use crate::engine::{Engine, Error, QcJob, qc_file};
use crate::files::Files;
use crate::qc::{CheckResult, Missing, Report, Verdict};
use crate::script::Course;
use crate::unit::literal::print_clock;

pub(super) fn run(context: &CommandContext, args: &QcArgs) -> Outcome {
    if args.files.len() > 1 && (args.stems.is_some() || args.compare.is_some()) {
        let message = "--stems and --compare apply to one file; run `adem qc` once for each file";
        return Err(Failure::Usage(message.to_owned()));
    }
    let course = has_course(context).then(|| context.engine().ok()).flatten();
    let job = QcJob {
        preset: args.preset.clone(),
        presets: presets(context, course.as_ref()),
        stems: args.stems.clone(),
        other_render: args.compare.clone(),
    };
    let (mut code, mut reports) = (exit::DONE, Vec::new());
    for path in &args.files {
        match qc_file(path, &job, course.as_ref()) {
            Ok(one) => reports.push(one),
            Err(error @ Error::Request(_)) => return Err(error.into()),
            Err(error) => code = report::failure(&error.into()),
        }
    }
    if args.json {
        let files: Vec<_> = reports.iter().map(Report::document).collect();
        report::out(&format!("{:#}\n", json!({ "files": files })))?;
    } else {
        let tables: Vec<_> = reports.iter().map(table).collect();
        report::out_styled(&tables.join("\n"))?;
    }
    let failed = reports.iter().any(|report| !report.passes());
    Ok(if failed && code == exit::DONE { exit::QC } else { code })
}

fn has_course(context: &CommandContext) -> bool {
    context.files.exists(std::path::Path::new("course.toml"))
}

/// The presets of the course, if there is one. Its errors are left to `adem check`.
fn presets(
    context: &CommandContext,
    course: Option<&Engine>,
) -> std::collections::BTreeMap<String, crate::delivery::preset::Preset> {
    match course {
        Some(engine) => engine.course().header.presets.clone(),
        None if has_course(context) => {
            Course::open(&context.files, &Sink::new()).map(|course| course.header.presets).unwrap_or_default()
        }
        None => std::collections::BTreeMap::new(),
    }
}

/// The rows of a file as a table; those that were not judged follow by reason.
fn table(report: &Report) -> String {
    let mut text = format!("{}, preset {}\n\n", report.file, report.preset);
    let judged: Vec<&CheckResult> =
        report.rows.iter().filter(|row| row.finding.verdict != Verdict::NotJudged).collect();
    text += &lines(&judged);
    text + &unjudged(report) + &summary(report)
}

/// The rows with warnings and failures, shown after a render.
pub(super) fn faults(report: &Report) -> String {
    let faults: Vec<&CheckResult> =
        report.rows.iter().filter(|row| row.finding.verdict >= Verdict::Warning).collect();
    lines(&faults)
}

fn lines(rows: &[&CheckResult]) -> String {
    let checks = widest(rows.iter().map(|row| row.id.name()));
    let measured = widest(rows.iter().map(|row| row.finding.measured.as_str()));
    let mut text = String::new();
    for row in rows {
        let finding = &row.finding;
        let style = style(finding.verdict);
        let verdict = format!("{style}{:<7}{style:#}", finding.verdict.word());
        let (check, measured) = (pad_end(row.id.name(), checks), pad_end(&finding.measured, measured));
        let line = format!("{:>2}  {verdict}  {check}  {measured}  {}", row.id.number(), finding.limit);
        let _ = writeln!(text, "{}", line.trim_end());
        for line in more(row) {
            let _ = writeln!(text, "{:13}{line}", "");
        }
    }
    text
}

/// The lines below a row: its note and the positions in the file.
fn more(row: &CheckResult) -> Vec<String> {
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

/// The rows that were not judged, by reason.
fn unjudged(report: &Report) -> String {
    let mut reasons: Vec<(&str, Option<Missing>, Vec<String>)> = Vec::new();
    for row in report.rows.iter().filter(|row| row.finding.verdict == Verdict::NotJudged) {
        let number = row.id.number().to_string();
        match reasons.iter_mut().find(|(reason, ..)| *reason == row.finding.note) {
            Some((.., rows)) => rows.push(number),
            None => reasons.push((&row.finding.note, row.finding.missing, vec![number])),
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = reasons
        .iter()
        .map(|(reason, missing, rows)| {
            format!("  {}: {reason}{}\n", rows.join(", "), missing.map_or("", flag_for))
        })
        .collect();
    format!("\nnot judged\n{}", lines.concat())
}

/// The flag that gives a row what it needs.
fn flag_for(missing: Missing) -> &'static str {
    match missing {
        Missing::VoiceAndBedStems | Missing::CuesStem | Missing::AllStems => " (--stems)",
        Missing::OtherRender => " (--compare FILE)",
        Missing::Course => " (run it in its folder, or with -C)",
        Missing::OwnStems | Missing::Asked | Missing::SameCourse | Missing::PlannedRate => "",
    }
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

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Fail => AnsiColor::Red.on_default(),
        Verdict::Warning => AnsiColor::Yellow.on_default(),
        Verdict::Pass => AnsiColor::Green.on_default(),
        Verdict::Info | Verdict::NotJudged => Style::new(),
    }
}
