//! `adem fit`: how long an exercise can be, and what would make another length fit.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::args::FitArgs;
use super::progress::Progress;
use super::table::columns;
use super::{CommandContext, Outcome, exit, report};
use crate::diag::Sources;
use crate::engine::{AskedLength, Engine, FitReport, PlanJob};
use crate::layout::{Change, LengthBreakdown};
use crate::script::exercise::{Guidance, LengthLimits, Script};
use crate::script::language::Language;
use crate::script::session::Variant;
use crate::unit::literal::{print_clock, print_duration};
use crate::unit::{Frames, Rounding, SampleRate, Seconds, TENTH, THOUSANDTH, told_range};

pub(super) fn run(context: &CommandContext, args: &FitArgs) -> Outcome {
    let engine = context.engine()?;
    args.variant.hold_own(&engine)?;
    let script = engine.script(&context.script(&args.script)?)?;
    let progress = Progress::stoppable();
    let wanted = PlanJob { script: script.id.clone(), ..args.variant.job(&args.script)? };
    let mut fittings = Vec::new();
    let versions = versions(&engine, script, &wanted.variant);
    let count = versions.len();
    for variant in versions {
        fittings.push(engine.fit(&PlanJob { variant, ..wanted.clone() }, count, &progress.task())?);
    }
    progress.finish();
    let limits = script.length.filter(|_| !args.variant.outside_limits());
    let target = match wanted.length.length {
        Some(AskedLength::Exactly(target)) => Some(target),
        Some(AskedLength::Natural | AskedLength::Source) | None => None,
    };
    let outside =
        target.zip(limits).is_some_and(|(target, limits)| target < limits.least || target > limits.most);
    let sources = &engine.course().sources;
    if args.json {
        report::out(&format!("{:#}\n", document(script, &fittings, outside, sources)))?;
    } else {
        let title = script.title.as_ref().map_or(script.id.as_str(), |title| &title.value);
        let mut text = table(title, script.length, &fittings);
        if let Some((target, limits)) = target.zip(limits.filter(|_| outside)) {
            text.push_str(&outside_limits(target, limits, sources));
        }
        fittings.iter().for_each(|fitting| write_target(&mut text, fitting, target, &fittings, sources));
        let mixed = fittings.iter().find_map(|fitting| fitting.session.mixed.as_ref());
        if let Some(why) = mixed.and_then(|mixed| mixed.fixed.as_ref()) {
            let _ = writeln!(text, "\nthe pauses of this recording cannot change: {why}");
        }
        report::out(&text)?;
    }
    let impossible = fittings.iter().filter_map(|fitting| fitting.aim.as_ref()).any(|aim| !aim.fits);
    Ok(if impossible || outside { exit::ERRORS } else { exit::DONE })
}

/// Every language and guidance level of a script, or the requested ones.
fn versions(engine: &Engine, script: &Script, wanted: &Variant) -> Vec<Variant> {
    let all = || engine.course().header.languages.iter().map(|language| language.value.clone());
    let languages: Vec<Language> = wanted.language.clone().map_or_else(|| all().collect(), |one| vec![one]);
    let mut levels = wanted.guidance.map_or_else(|| script.levels.clone(), |one| vec![one]);
    // Bells alone speak no own words.
    levels.retain(|level| wanted.own.is_empty() || wanted.guidance.is_some() || *level != Guidance::Bells);
    let version = |language: &Language, guidance: Guidance| Variant {
        language: Some(language.clone()),
        guidance: Some(guidance),
        ..wanted.clone()
    };
    languages.iter().flat_map(|language| levels.iter().map(move |&level| version(language, level))).collect()
}

fn table(title: &str, limits: Option<LengthLimits>, fittings: &[FitReport]) -> String {
    let mut text = format!("{title}\n");
    if let Some(LengthLimits { usual, least, most, .. }) = limits {
        let (usual, least, most) = (print_duration(usual), print_duration(least), print_duration(most));
        let _ = writeln!(text, "the author's limits: {least} to {most}, usually {usual}");
    }
    let mut rows = vec![["", "language", "guidance", "least", "natural", "most"].map(str::to_owned)];
    rows.extend(fittings.iter().map(|FitReport { session, fit, rate, .. }| {
        let (least, most) = told_range(fit.least, fit.most, *rate);
        [
            String::new(),
            session.language.to_string(),
            session.guidance.name().to_owned(),
            clock(least),
            fit.natural.map_or_else(|| "-".to_owned(), |natural| nearest_clock(natural, *rate)),
            most.map_or_else(|| "no limit".to_owned(), clock),
        ]
    }));
    let _ = writeln!(text, "\n{}", columns(&rows, 3));
    for FitReport { session, fit, rate, .. } in fittings {
        let name = format!("{} {}", session.language, session.guidance.name());
        let _ = writeln!(text, "  {name}: the shortest is {}", made_of(&fit.least_of, *rate));
        let endless = report::count(fit.most_of.endless, "pause");
        let most = fit.most.map_or_else(
            || format!("no longest length: {endless} without a `most`"),
            |_| format!("the longest is {}", made_of(&fit.most_of, *rate)),
        );
        let _ = writeln!(text, "  {name}: {most}");
        if fit.predicted > 0 && session.guidance != Guidance::Bells {
            let phrases = report::count(fit.predicted, "phrase");
            let _ = writeln!(text, "  {name}: {phrases} without a recording; lengths predicted");
        }
    }
    text
}

/// `1:03.2`, or `1:03.254` where tenths are not fine enough.
fn clock(time: Seconds) -> String {
    let millis = time.nanos() / 1_000_000;
    let fraction = if millis.is_multiple_of(TENTH) {
        (millis / TENTH % 10).to_string()
    } else {
        format!("{:03}", millis % 1_000)
    };
    format!("{}.{fraction}", print_clock((millis / 1_000) as f64))
}

fn nearest_clock(frames: Frames, rate: SampleRate) -> String {
    clock(frames.told(rate, TENTH, Rounding::Nearest))
}

/// `voice 1:03.2 + pauses 2:10.0`, the largest first.
fn made_of(makeup: &LengthBreakdown, rate: SampleRate) -> String {
    let mut parts = parts_of(makeup).to_vec();
    parts.retain(|(_, frames)| *frames > Frames::ZERO);
    parts.sort_by_key(|(_, frames)| std::cmp::Reverse(*frames));
    let parts: Vec<_> =
        parts.iter().map(|(what, frames)| format!("{what} {}", nearest_clock(*frames, rate))).collect();
    parts.join(" + ")
}

fn parts_of(makeup: &LengthBreakdown) -> [(&'static str, Frames); 6] {
    [
        ("voice", makeup.voice),
        ("pauses", makeup.pauses),
        ("breaths", makeup.breaths),
        ("paces", makeup.paces),
        ("bells", makeup.bells),
        ("parts of fixed length", makeup.fixed),
    ]
}

fn outside_limits(target: Seconds, limits: LengthLimits, sources: &Sources) -> String {
    let place = place_of(limits.span, sources);
    let (least, most) = (limits.least.min(target), limits.most.max(target));
    let nearest = print_duration(target.clamp(limits.least, limits.most));
    format!(
        "\n{} is outside the author's limits; the nearest length is {nearest}\n  pass --outside-limits to allow it, or write\n  {place}  length = {{ usual = \"{}\", least = \"{}\", most = \"{}\" }}\n",
        print_duration(target),
        print_duration(limits.usual),
        print_duration(least),
        print_duration(most),
    )
}

/// Whether the requested length fits one version, and what would make it fit.
fn write_target(
    text: &mut String,
    fitting: &FitReport,
    asked: Option<Seconds>,
    all: &[FitReport],
    sources: &Sources,
) {
    let Some(aim) = &fitting.aim else { return };
    let name = format!("{} {}", fitting.session.language, fitting.session.guidance.name());
    // The length of another version is known by its frames only.
    let target = asked.unwrap_or_else(|| aim.target.told(fitting.rate, THOUSANDTH, Rounding::Nearest));
    let target = print_duration(target);
    if aim.fits {
        let _ = writeln!(text, "\n{name}: {target} fits");
        return;
    }
    // Rounded away from the target, so that what is shown fits.
    let nearest: Vec<_> = [(aim.below, Rounding::Down), (aim.above, Rounding::Up)]
        .into_iter()
        .filter_map(|(frames, rounding)| Some(frames?.told(fitting.rate, THOUSANDTH, rounding)))
        .map(print_duration)
        .collect();
    let are = if nearest.len() == 1 { "the nearest is" } else { "the nearest are" };
    let _ = writeln!(text, "\n{name}: {target} does not fit; {are} {}", nearest.join(" and "));
    if !aim.is_exact {
        text.push_str(
            "  the search ended before it had tried every number of rounds: nearer lengths may be possible\n",
        );
        return;
    }
    let lighter = all.iter().find(|other| {
        other.session.language == fitting.session.language
            && other.session.guidance > fitting.session.guidance
            && other.aim.as_ref().is_some_and(|aim| aim.fits)
    });
    if let Some(lighter) = lighter {
        let _ = writeln!(text, "  --guidance {} fits without changes", lighter.session.guidance.name());
    }
    if aim.changes.is_empty() {
        let _ = writeln!(text, "  no change of pauses and rounds alone makes it fit: remove steps");
        return;
    }
    let _ = writeln!(
        text,
        "  {}",
        if aim.changes.len() == 1 {
            "this change makes it fit:"
        } else {
            "these changes together make it fit:"
        }
    );
    for change in &aim.changes {
        let gain = print_duration(change.gain.told(fitting.rate, TENTH, Rounding::Nearest));
        let _ = writeln!(text, "  {}  {}  # {gain}", place_of(change.span, sources), change.text);
    }
}

fn place_of(span: crate::diag::Span, sources: &Sources) -> String {
    format!("{}:{}", sources.get(span.file).path, sources.line_column(span).line)
}

fn document(script: &Script, fittings: &[FitReport], outside: bool, sources: &Sources) -> Value {
    let limits = script.length.map(|limits| {
        json!({
            "usual_s": limits.usual.as_f64(), "least_s": limits.least.as_f64(), "most_s": limits.most.as_f64(),
        })
    });
    json!({
        "script": script.id,
        "author": limits,
        "outside_limits": outside,
        "fits": fittings.iter().map(|fitting| fitting_json(fitting, sources)).collect::<Vec<_>>(),
    })
}

fn fitting_json(fitting: &FitReport, sources: &Sources) -> Value {
    let FitReport { session, fit, aim, rate } = fitting;
    let makeup = |makeup: &LengthBreakdown| {
        let parts = parts_of(makeup).map(|(what, frames)| (what.replace(' ', "_"), json!(frames.0)));
        Value::Object(parts.into_iter().collect())
    };
    json!({
        "language": session.language.as_str(),
        "voice": session.voice.id,
        "guidance": session.guidance.name(),
        "rate": rate.hz(),
        "least": fit.least.0,
        "natural": fit.natural.map(|natural| natural.0),
        "most": fit.most.map(|most| most.0),
        "least_of": makeup(&fit.least_of),
        "most_of": fit.most.map(|_| makeup(&fit.most_of)),
        "predicted": fit.predicted,
        "target": aim.as_ref().map(|aim| json!({
            "frames": aim.target.0,
            "fits": aim.fits,
            "exact": aim.is_exact,
            "below": aim.below.map(|below| below.0),
            "above": aim.above.map(|above| above.0),
            "changes": aim.changes.iter().map(|change| change_json(change, sources)).collect::<Vec<_>>(),
        })),
    })
}

fn change_json(change: &Change, sources: &Sources) -> Value {
    let place = sources.line_column(change.span);
    json!({
        "file": sources.get(change.span.file).path,
        "line": place.line,
        "text": change.text,
        "gain": change.gain.0,
    })
}
