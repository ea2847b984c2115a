//! `adem plan`: the timeline of an exercise.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::args::PlanArgs;
use super::parts::{parts_json, parts_table};
use super::progress::Progress;
use super::table::columns;
use super::{CommandContext, Outcome, clips, exit, report};
use crate::engine::Plan;
use crate::layout::{Event, GridSpan, GridUnit, Timeline, TimelineDocument, Why};
use crate::script::session::Step;
use crate::unit::literal::print_clock;
use crate::unit::{Frames, Position, SampleRate};

pub(super) fn run(context: &CommandContext, args: &PlanArgs) -> Outcome {
    let engine = context.engine()?;
    args.variant.hold_own(&engine)?;
    let progress = Progress::new();
    let plan = engine.plan(&args.variant.job(&context.script(&args.script)?)?, &progress.task())?;
    progress.finish();
    report::warnings(&plan.warnings, &engine.course().sources);
    super::describe_plan(&plan);
    if args.clips {
        report::out(&if args.json { clips::document(&plan) } else { clips::table(&plan) })?;
    } else if args.json {
        report::out(&format!("{}\n", document(&plan)))?;
    } else {
        report::out(&table(&plan))?;
    }
    Ok(exit::DONE)
}

/// The timeline for programs, with how its parts fit where they are locked.
fn document(plan: &Plan) -> String {
    let document = TimelineDocument::of(&plan.timeline);
    if plan.locked.is_empty() {
        return document.json();
    }
    let mut value = json!(document);
    value["locked_parts"] = parts_json(&plan.locked, plan.timeline.rate);
    format!("{value:#}")
}

/// The timeline as a table, its rows in order of start.
fn table(plan: &Plan) -> String {
    let timeline = &plan.timeline;
    let mut text = heading(timeline);
    let mut part = None;
    for row in rows(timeline) {
        if part != Some(row.part) {
            part = Some(row.part);
            if let Some(title) = &plan.session.parts[row.part].title {
                let _ = writeln!(text, "\n  {title}");
            }
        }
        let clock = row.start.seconds(timeline.rate);
        let tenth = (clock * 10.0) as u64 % 10;
        let length = seconds(row.frames, timeline.rate);
        let _ = writeln!(text, "  {:>7}.{tenth}  {length:>6}  {}", print_clock(clock), row.what);
    }
    footing(&mut text, plan);
    text
}

/// A line of the table.
struct TableRow {
    part: usize,
    start: Position,
    frames: Frames,
    what: String,
}

/// Breaths and paces that follow each other share a row, whether they are heard or not.
fn rows(timeline: &Timeline) -> Vec<TableRow> {
    let grids = timeline.grids.iter().map(|grid| TableRow {
        part: grid.part,
        start: grid.start,
        frames: grid.frames,
        what: describe_grid(grid, timeline.rate),
    });
    let alone = timeline.events.iter().filter(|event| !event.in_run()).map(|event| TableRow {
        part: event.part,
        start: event.start,
        frames: event.frames,
        what: describe(event),
    });
    let mut rows: Vec<_> = grids.chain(alone).collect();
    rows.sort_by_key(|row| row.start);
    rows
}

fn describe_grid(grid: &GridSpan, rate: SampleRate) -> String {
    let unheard = if grid.heard { "" } else { ", not heard" };
    match grid.kind {
        GridUnit::Breath { inhale, exhale } => {
            let (inhale, exhale) = (seconds(inhale, rate), seconds(exhale, rate));
            let breaths = report::count(grid.count as usize, "breath");
            format!("~ {breaths}, in {inhale} out {exhale}{unheard}")
        }
        GridUnit::Walk { pace } => {
            let paces = report::count(grid.count as usize, "pace");
            format!("' {paces} of {}{unheard}", seconds(pace, rate))
        }
    }
}

fn heading(timeline: &Timeline) -> String {
    let speaks = timeline.phrases().next().is_some();
    let voice = if speaks { format!(" · voice {}", timeline.voice) } else { String::new() };
    format!(
        "{}\n{} ({}) · {}{voice} · {} frames at {}\n",
        timeline.title,
        timeline.language.name(),
        timeline.language,
        timeline.guidance.name(),
        timeline.frames.0,
        timeline.rate,
    )
}

fn seconds(frames: Frames, rate: SampleRate) -> String {
    format!("{:.1}s", frames.seconds(rate))
}

fn describe(event: &Event) -> String {
    let mut text = event.label();
    if let Some(phrase) = event.phrase() {
        let marks = [
            (phrase.safety, " [safety]"),
            (phrase.clip.is_none(), " [no recording, predicted]"),
            (phrase.draft, " [draft]"),
        ];
        marks.into_iter().filter(|(holds, _)| *holds).for_each(|(_, mark)| text.push_str(mark));
    }
    text
}

/// What is said of drafts: how many there are, who speaks them, and whose clips they replace.
pub(super) fn drafts_told(timeline: &Timeline) -> Vec<String> {
    let Some(voice) = &timeline.drafted_by else { return Vec::new() };
    let (drafts, all) = (timeline.drafts(), timeline.phrases().count());
    let how_many = if drafts == all {
        report::count(drafts, "phrase")
    } else {
        format!("{drafts} of {}", report::count(all, "phrase"))
    };
    let mut told = vec![format!("drafts: {how_many} spoken by {voice}")];
    told.extend(voice.instead_of.as_ref().map(|own| {
        format!("its clips by {own}, which does not speak here, are left out, so that the whole track has one voice")
    }));
    told
}

fn footing(text: &mut String, plan: &Plan) {
    let timeline = &plan.timeline;
    let clock = print_clock(timeline.frames.seconds(timeline.rate));
    let _ = writeln!(text, "\n  {clock} in total");
    for bed in &timeline.beds {
        let start = print_clock(bed.start.seconds(timeline.rate));
        let end = print_clock((bed.start + bed.frames).seconds(timeline.rate));
        let _ = writeln!(text, "  bed {} from {start} to {end}", bed.name);
    }
    let steps = plan.session.all_steps();
    let words: BTreeMap<_, _> = steps
        .into_iter()
        .filter_map(Step::phrase)
        .map(|phrase| (&phrase.key, phrase.text.as_str()))
        .collect();
    for (why, by) in [
        (Why::Guidance, format!("omitted by {} guidance", timeline.guidance.name())),
        (Why::Length, "omitted to fit the length".to_owned()),
    ] {
        let those = timeline.left_out.iter().filter(|left_out| left_out.why == why);
        let list: Vec<_> = those
            .map(|left_out| {
                let said = words.get(&left_out.key).copied().unwrap_or_default();
                [format!("    {}", left_out.key), said.to_owned()]
            })
            .collect();
        if !list.is_empty() {
            let _ = write!(text, "  {by}:\n{}", columns(&list, 2));
        }
    }
    if !plan.locked.is_empty() {
        let parts = parts_table(&plan.locked, timeline.rate);
        let _ = write!(text, "\n  each part as long as there, and what its pauses can give:\n{parts}");
    }
    match timeline.predicted() {
        0 => {}
        count => {
            let phrases = report::count(count, "phrase");
            let _ = writeln!(text, "  {phrases} without a recording; lengths predicted");
        }
    }
    drafts_told(timeline).iter().for_each(|line| {
        let _ = writeln!(text, "  {line}");
    });
}
