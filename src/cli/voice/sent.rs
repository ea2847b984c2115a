//! `adem voice import` of the zip that a recording page has saved.

use std::fmt::Write as _;
use std::path::Path;

use super::super::table::{columns, short};
use super::super::{CommandContext, Failure, Outcome, exit, report};
use super::import::{ImportArgs, is_agreed};
use crate::files::open_anywhere;
use crate::script::language::Language;
use crate::studio::StudioCourse;
use crate::studio::sent::SentRecordings;
use crate::studio::take_in::{PlannedTake, SentFate, SentPlan, TakenIn, plan_sent, take_in};

/// So many letters of a phrase are shown.
const WORDS: usize = 40;

/// Whether a file is a zip, by its name.
pub(super) fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) && !path.is_dir()
}

pub(super) fn run(context: &CommandContext, args: &ImportArgs) -> Outcome {
    let [path] = &args.what[..] else {
        return Err(Failure::Usage("take in one zip after the other".to_owned()));
    };
    let others = [
        (!args.script.is_empty(), "--script"),
        (args.phrases.is_some(), "--phrases"),
        (args.json, "--json"),
        (args.any_order, "--any-order"),
        (args.corrections.is_some(), "--corrections"),
    ];
    if let Some((_, flag)) = others.iter().find(|(is_given, _)| *is_given) {
        return Err(Failure::Usage(format!(
            "{flag} is for clips and readings, and {} is a zip, which says itself what is in it; leave {flag} out",
            path.display()
        )));
    }
    let source = open_anywhere(path)
        .map_err(|_| Failure::Usage(format!("there is no file {}; check the path", path.display())))?;
    let mut sent = match SentRecordings::read(source) {
        Ok(sent) => sent,
        Err(faults) => {
            for fault in &faults {
                report::error(format!("{}: {fault}", path.display()));
            }
            report::note("nothing was taken in");
            return Ok(exit::ERRORS);
        }
    };
    if let Some(language) = args.which.lang.as_ref().filter(|language| **language != sent.language) {
        return Err(Failure::Usage(format!(
            "{} is in {} (`{}`), and --lang says {}; leave --lang out",
            path.display(),
            sent.language.name(),
            sent.language,
            language
        )));
    }
    let wanted = args.which.voice.as_deref();
    let opened = context.clone();
    let course = StudioCourse::new(context.files.clone(), Box::new(move |files| opened.engine_of(files)));
    // Errors in the course are told as those of every command.
    let engine = context.engine()?;
    let problem = |problem| Failure::of_problem(&problem);
    let plan = plan_sent(&course, &sent, wanted).map_err(problem)?;
    let title = &engine.course().header.title.value;
    if sent.course() != title {
        report::warning(format!("it was recorded for “{}”, and this course is “{title}”", sent.course()));
    }
    let gone = left_over(&plan);
    report::out(&about(&sent, &plan))?;
    if plan.is_empty() {
        // What an earlier run has not decided yet is decided now.
        if !args.dry_run && plan.voice.is_some() {
            let (id, taken) = take_in(&course, &mut sent, wanted).map_err(problem)?;
            if !taken.is_empty() {
                report::out(&judged(&taken, &id))?;
            }
        }
        report::note("nothing in it is new");
        return Ok(code(gone));
    }
    if args.dry_run || !(args.yes || is_agreed(&format!("copy {}", takes_and_rooms(&plan)))?) {
        report::note("no takes were copied");
        return Ok(code(gone));
    }
    let (id, taken) = take_in(&course, &mut sent, wanted).map_err(problem)?;
    report::out(&judged(&taken, &id))?;
    report::note(&format!("copied {} into {}", takes_and_rooms(&plan), folder(&sent.language, &id)));
    if taken.iter().any(|take| !take.rejected && !take.faults.is_empty()) {
        report::note(&format!(
            "hear those with a fault; `adem voice accept PHRASE --lang {} --voice {id}` uses one as it is",
            sent.language
        ));
    }
    Ok(code(gone))
}

/// Where a voice lies.
fn folder(language: &Language, id: &str) -> String {
    format!("voice/{language}/{id}")
}

/// The words of a take on one line.
fn line(text: &str) -> String {
    short(&text.split_whitespace().collect::<Vec<_>>().join(" "), WORDS)
}

/// Who recorded it, and how much of it is new.
fn about(sent: &SentRecordings, plan: &SentPlan) -> String {
    let count = |fate: fn(&PlannedTake) -> bool| plan.takes.iter().filter(|take| fate(take)).count();
    let new = count(|take| take.fate == SentFate::New && take.key.is_some());
    let known = count(|take| matches!(take.fate, SentFate::Known(_)) && take.key.is_some());
    let whose = match &plan.voice {
        Some(id) => format!("for {}", folder(&sent.language, id)),
        None => "a new voice".to_owned(),
    };
    let mut text = format!(
        "{} ({}, {whose}): {}, {known} there already; {}\n",
        sent.person(),
        sent.language.name(),
        report::count(new, "new take"),
        report::count(plan.sessions, "new session")
    );
    for take in plan.takes.iter().filter(|take| take.fate == SentFate::Gone) {
        if let Some(key) = &take.key {
            let key: String =
                key.to_string().chars().filter(|letter| !letter.is_control()).take(80).collect();
            let _ = writeln!(
                text,
                "{key}: the course has no such phrase in this language; left over: {}",
                line(&take.text)
            );
        }
    }
    text
}

/// How many takes are of phrases that the course does not have.
fn left_over(plan: &SentPlan) -> usize {
    plan.takes.iter().filter(|take| take.fate == SentFate::Gone).count()
}

/// What the checks say of each take.
fn judged(taken: &[TakenIn], id: &str) -> String {
    let mut rows = vec![["phrase", "take", "words", ""].map(str::to_owned)];
    let mut faults = String::new();
    for take in taken {
        let name = take.file.rsplit('/').next().unwrap_or(&take.file).to_owned();
        let mark = match (take.rejected, take.stale, take.faults.is_empty()) {
            (true, _, _) => "rejected",
            (false, true, _) => "stale",
            (false, false, false) => "!",
            (false, false, true) if take.unheard.is_some() => "to be heard",
            (false, false, true) => "",
        };
        if let Some(why) = take.unheard.filter(|_| !take.rejected) {
            let _ = writeln!(
                faults,
                "{} {}; it is used in the place of another when you have kept it",
                take.file,
                why.told()
            );
        }
        if take.stale && !take.rejected {
            let _ = writeln!(
                faults,
                "{} was recorded for other words; it is on the list of what {id} has to record",
                take.file
            );
        }
        if take.alone && !take.rejected {
            let _ = writeln!(
                faults,
                "{} is a part that cannot be joined to its take; the take is as it was",
                take.file
            );
        }
        for fault in &take.faults {
            let _ = writeln!(faults, "{} {}; {}", take.file, fault.wrong, fault.advice);
        }
        rows.push([take.key.to_string(), name, line(&take.text), mark.to_owned()]);
    }
    let table = if rows.len() > 1 { columns(&rows, 4) } else { String::new() };
    format!("{table}{faults}")
}

/// `2 takes and 1 room tone`.
fn takes_and_rooms(plan: &SentPlan) -> String {
    let new = |take: &&PlannedTake| take.fate == SentFate::New;
    let (takes, rooms): (Vec<_>, Vec<_>) = plan.takes.iter().filter(new).partition(|take| take.key.is_some());
    let rooms = if rooms.is_empty() {
        String::new()
    } else {
        format!(" and {}", report::count(rooms.len(), "room tone"))
    };
    format!("{}{rooms}", report::count(takes.len(), "take"))
}

/// Tells scripts whether something was left over.
fn code(left: usize) -> u8 {
    if left == 0 {
        return exit::DONE;
    }
    report::note(&format!("{} left over", report::count(left, "take")));
    exit::ERRORS
}
