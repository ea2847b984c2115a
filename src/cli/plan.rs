//! `adem plan`: the timeline of an exercise.

use std::fmt::Write as _;

use super::args::PlanArgs;
use super::progress::Progress;
use super::{CommandContext, Outcome, clips, exit, report};
use crate::engine::Plan;

use crate::layout::{Event, EventKind, Timeline, TimelineDocument, Why};
use crate::unit::literal::print_clock;
use crate::unit::{Frames, Position, SampleRate};

pub(super) fn run(context: &CommandContext, args: &PlanArgs) -> Outcome {
    let engine = context.engine()?;
    let progress = Progress::new();
    let plan = engine.plan(&args.variant.job(&args.script)?, &progress.task())?;
    progress.finish();
    report::diagnostics(&plan.warnings, &engine.course().sources);
    if args.clips {
        report::out(&if args.json { clips::document(&plan) } else { clips::table(&plan) })?;
    } else if args.json {
        report::out(&format!("{}\n", TimelineDocument::of(&plan.timeline).json()))?;
    } else {
        report::out(&table(&plan))?;
    }
    Ok(exit::DONE)
}

/// The timeline as a table.
fn table(plan: &Plan) -> String {
    let timeline = &plan.timeline;
    let mut text = heading(timeline);
    let mut part = None;
    let mut breaths = 0;
    for (index, event) in timeline.events.iter().enumerate() {
        if part != Some(event.part) {
            part = Some(event.part);
            if let Some(title) = &plan.session.parts[event.part].title {
                let _ = writeln!(text, "\n  {title}");
            }
        }
        if let EventKind::Breath { inward, round } = &event.kind {
            // Consecutive breaths share a line.
            breaths += u32::from(*inward);
            if next_breath(&timeline.events[index + 1..]) {
                continue;
            }
            let start = first_breath(&timeline.events[..=index]);
            let count = std::mem::take(&mut breaths);
            let (inhale, exhale) = (seconds(round.0, timeline.rate), seconds(round.1, timeline.rate));
            row(
                &mut text,
                timeline.rate,
                start,
                event.start + event.frames - start,
                &format!("~ {count} breaths, in {inhale} out {exhale}"),
            );
            continue;
        }
        row(&mut text, timeline.rate, event.start, event.frames, &describe(event));
    }
    footing(&mut text, timeline);
    text
}

fn heading(timeline: &Timeline) -> String {
    format!(
        "{}\n{} ({}) · {} · voice {} · {} frames at {}\n",
        timeline.title,
        timeline.language.name(),
        timeline.language,
        timeline.guidance.name(),
        timeline.voice,
        timeline.frames.0,
        timeline.rate,
    )
}

fn row(text: &mut String, rate: SampleRate, start: Position, frames: Frames, what: &str) {
    let clock = start.seconds(rate);
    let tenth = (clock * 10.0) as u64 % 10;
    let _ = writeln!(text, "  {:>7}.{tenth}  {:>6}  {what}", print_clock(clock), seconds(frames, rate));
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

/// Whether another breath follows, at most one phrase later.
fn next_breath(rest: &[Event]) -> bool {
    let spoken_on_grid = rest.iter().take_while(|event| event.phrase().is_some()).count();
    spoken_on_grid <= 1 && rest.get(spoken_on_grid).is_some_and(is_breath)
}

fn is_breath(event: &Event) -> bool {
    matches!(event.kind, EventKind::Breath { .. })
}

/// The start of the run of breaths that ends `events`.
fn first_breath(events: &[Event]) -> Position {
    let mut start = events.last().map_or(Position::START, |event| event.start);
    for (index, event) in events.iter().enumerate().rev() {
        if is_breath(event) && (next_breath(&events[index + 1..]) || index + 1 == events.len()) {
            start = event.start;
        } else if event.phrase().is_none() {
            break;
        }
    }
    start
}

fn footing(text: &mut String, timeline: &Timeline) {
    let clock = print_clock(timeline.frames.seconds(timeline.rate));
    let _ = writeln!(text, "\n  {clock} in total");
    for bed in &timeline.beds {
        let start = print_clock(bed.start.seconds(timeline.rate));
        let end = print_clock((bed.start + bed.frames).seconds(timeline.rate));
        let _ = writeln!(text, "  bed {} from {start} to {end}", bed.name);
    }
    for (why, by) in [
        (Why::Guidance, format!("omitted by {} guidance", timeline.guidance.name())),
        (Why::Length, "omitted to fit the length".to_owned()),
    ] {
        let those = timeline.left_out.iter().filter(|left_out| left_out.why == why);
        let ids: Vec<_> = those.map(|left_out| left_out.key.to_string()).collect();
        if !ids.is_empty() {
            let _ = writeln!(text, "  {by}: {}", ids.join(", "));
        }
    }
    match timeline.predicted() {
        0 => {}
        count => {
            let phrases = report::count(count, "phrase");
            let _ = writeln!(text, "  {phrases} without a recording; lengths predicted");
        }
    }
}
