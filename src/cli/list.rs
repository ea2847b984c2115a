//! `adem list`: what a course has.

use std::fmt::Write as _;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::table::columns;
use super::{CommandContext, Outcome, exit, report};
use crate::build::expand;
use crate::delivery::preset::Preset;
use crate::engine::Engine;
use crate::script::Course;
use crate::script::ambience::{Ambience, Bell};
use crate::script::exercise::{LengthLimits, Script};
use crate::script::language::Language;
use crate::unit::literal::print_duration;

/// What the course has
#[derive(Debug, ClapArgs)]
pub(super) struct ListArgs {
    /// One JSON document on stdout instead of tables
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: &CommandContext, args: &ListArgs) -> Outcome {
    let engine = context.engine()?;
    report::out(&if args.json { format!("{:#}\n", document(&engine)) } else { tables(&engine) })?;
    Ok(exit::DONE)
}

/// The scripts: those with a number first, in its order.
fn scripts(course: &Course) -> Vec<&Script> {
    let mut scripts: Vec<_> = course.scripts.values().collect();
    let number = |script: &Script| script.track.as_ref().map_or(u32::MAX, |track| track.value);
    scripts.sort_by_key(|script| (number(script), script.id.clone()));
    scripts
}

fn lengths(limits: &LengthLimits) -> [String; 3] {
    [limits.least, limits.usual, limits.most].map(print_duration)
}

/// What somebody may choose, `einde=bel|slaap`; the first is what one gets who does not choose.
fn choices(script: &Script) -> Vec<(String, Vec<String>)> {
    let values = |choice: &crate::script::exercise::Choice| {
        (choice.name.value.clone(), choice.values.iter().map(|value| value.value.clone()).collect())
    };
    script.choices.iter().map(values).collect()
}

fn tables(engine: &Engine) -> String {
    let course = engine.course();
    let languages: Vec<_> = course.header.languages.iter().map(|language| &language.value).collect();
    let mut text = String::new();
    let mut section = |title: &str, table: String| {
        if !table.is_empty() {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{title}");
            text.push_str(&table);
        }
    };
    let row = |script: &&Script| {
        let titles: Vec<_> = languages.iter().map(|language| course.title_in(script, language)).collect();
        let [least, usual, most] = script.length.as_ref().map_or_else(Default::default, lengths);
        let range = if usual.is_empty() { String::new() } else { format!("{usual} ({least} to {most})") };
        let levels: Vec<_> = script.levels.iter().map(|level| level.name()).collect();
        let choices: Vec<_> =
            choices(script).iter().map(|(name, values)| format!("{name}={}", values.join("|"))).collect();
        [
            script.track.as_ref().map_or_else(|| "-".to_owned(), |track| track.value.to_string()),
            titles.join(" / "),
            range,
            levels.join(", "),
            choices.join(" "),
        ]
    };
    let scripts = scripts(course);
    section("tracks", columns(&scripts.iter().map(row).collect::<Vec<_>>(), 5));
    let voice = |((language, id), voice): (&(Language, String), &crate::script::voice::Voice)| {
        let usual = course.header.voices.get(language).is_some_and(|usual| usual.value == *id);
        [
            format!("{language}/{id}"),
            voice.name.clone(),
            if usual { "usual".to_owned() } else { String::new() },
        ]
    };
    section("voices", columns(&course.voices.iter().map(voice).collect::<Vec<_>>(), 3));
    let in_all = |title_in: &dyn Fn(&Language) -> String| {
        let mut titles: Vec<_> = languages.iter().map(|language| title_in(language)).collect();
        titles.dedup();
        titles.join(" / ")
    };
    let bed = |bed: &Ambience| in_all(&|language| course.bed_title(bed, language));
    let bell = |bell: &Bell| in_all(&|language| course.bell_title(bell, language));
    let beds: Vec<_> = course.ambiences.iter().map(|(id, own)| [id.clone(), bed(own)]).collect();
    section("beds", columns(&beds, 2));
    let bells: Vec<_> = course.bells.iter().map(|(id, own)| [id.clone(), bell(own)]).collect();
    section("bells", columns(&bells, 2));
    let presets: Vec<_> = Preset::known(&course.header.presets).map(|name| [name.to_owned()]).collect();
    section("presets", columns(&presets, 1));
    let delivery = |delivery: &crate::script::delivery::Delivery| {
        let versions = match expand(course, &[delivery]) {
            Ok(matrix) => report::count(matrix.targets.len(), "version"),
            Err(found) => report::count(found.len(), "error"),
        };
        let followed = delivery.lock_parts.as_ref();
        let followed = followed.map_or_else(String::new, |own| format!(", parts as in {}", own.value));
        [delivery.name.value.clone(), format!("{versions}{followed}")]
    };
    section("deliveries", columns(&course.header.deliveries.iter().map(delivery).collect::<Vec<_>>(), 2));
    text
}

fn document(engine: &Engine) -> Value {
    let course = engine.course();
    let languages: Vec<_> = course.header.languages.iter().map(|language| &language.value).collect();
    let in_all = |title_in: &dyn Fn(&Language) -> String| -> serde_json::Map<_, _> {
        languages.iter().map(|language| (language.to_string(), json!(title_in(language)))).collect()
    };
    let track = |script: &&Script| {
        let titles = in_all(&|language| course.title_in(script, language));
        let number = script.track.as_ref().map(|track| track.value);
        json!({
            "script": script.id,
            "track": number,
            "week": course.header.week_of(number),
            "title": titles,
            "length": script.length.as_ref().map(|limits| json!({
                "least": limits.least.as_f64(),
                "usual": limits.usual.as_f64(),
                "most": limits.most.as_f64(),
            })),
            "levels": script.levels.iter().map(|level| level.name()).collect::<Vec<_>>(),
            "choices": choices(script).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        })
    };
    let voice = |((language, id), voice): (&(Language, String), &crate::script::voice::Voice)| {
        json!({
            "language": language.to_string(),
            "id": id,
            "name": voice.name,
            "usual": course.header.voices.get(language).is_some_and(|usual| usual.value == *id),
        })
    };
    let delivery = |delivery: &crate::script::delivery::Delivery| {
        json!({
            "name": delivery.name.value,
            "lock_parts": delivery.lock_parts.as_ref().map(|own| own.value.as_str()),
            "versions": expand(course, &[delivery]).ok().map(|matrix| matrix.targets.len()),
        })
    };
    json!({
        "languages": languages.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "tracks": scripts(course).iter().map(track).collect::<Vec<_>>(),
        "voices": course.voices.iter().map(voice).collect::<Vec<_>>(),
        "beds": course.ambiences.iter().map(|(id, bed)| json!({ "id": id, "title": bed.title, "titles": in_all(&|language| course.bed_title(bed, language)) })).collect::<Vec<_>>(),
        "bells": course.bells.iter().map(|(id, bell)| json!({ "id": id, "title": bell.title, "titles": in_all(&|language| course.bell_title(bell, language)) })).collect::<Vec<_>>(),
        "presets": Preset::known(&course.header.presets).collect::<Vec<_>>(),
        "deliveries": course.header.deliveries.iter().map(delivery).collect::<Vec<_>>(),
    })
}
