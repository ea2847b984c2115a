//! Layout reaches exactly the length that was asked for, for any script, any possible length and every guidance level.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::sync::Arc;

use adem::asset::Cache;
use adem::diag::Code;
use adem::engine::{Engine, Error, LengthOptions, Lock, PlanJob, examine};
use adem::event::Task;
use adem::files::MemoryFiles;
use adem::layout::{CueEvent, EventKind, Fit, Length, Timeline};
use adem::script::exercise::Guidance;
use adem::script::language::Language;
use adem::script::session::Variant;
use adem::unit::literal::parse_duration;
use adem::unit::{Frames, SampleRate, Seconds};
use proptest::prelude::*;

/// A script with these steps after a safety phrase.
fn script(steps: &str) -> String {
    format!(
        "track = 1\nlanguage = \"nl\"\ntitle = \"T\"\nlevels = [\"full\", \"light\", \"bells\"]\n\
         [[part]]\ntitle = \"P\"\nsteps = [\n{{ say = \"Altijd gezegd.\", id = \"veilig\", safety = true }},\n{steps}\n]\n"
    )
}

/// A course of one script without recordings; the lengths of phrases are predicted, so that no sound has to be prepared.
fn course(steps: &str) -> MemoryFiles {
    course_of(&script(steps))
}

fn course_of(script: &str) -> MemoryFiles {
    MemoryFiles::new()
        .with("course.toml", "title = \"C\"\nlanguages = [\"nl\"]\nvoices = { nl = \"v\" }\n")
        .with("voice/nl/v/voice.toml", "name = \"V\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"-\"\n")
        .with("scripts/s.toml", script)
}

/// A step with one of its values replaced by a proposed one.
fn pasted(step: &str, text: &str) -> String {
    let (key, _) = text.split_once(" = ").unwrap();
    let at = step.find(&format!("{key} = "));
    let Some(at) = at else {
        // A phrase with the default pause has no `pause` key.
        let end = step.rfind('}').unwrap();
        return format!("{}, {text} }}", step[..end].trim_end());
    };
    let value = at + key.len() + 3;
    let mut depth = 0;
    let end = step[value..].char_indices().find(|(_, c)| {
        depth += i32::from(matches!(c, '{' | '[')) - i32::from(matches!(c, '}' | ']'));
        depth < 0 || (depth == 0 && *c == ',')
    });
    let end = value + end.unwrap().0;
    format!(
        "{}{text}{}",
        &step[..at],
        if step[end..].starts_with(',') { step[end..].to_owned() } else { format!(" {}", &step[end..]) }
    )
}

fn job(variant: Variant, length: LengthOptions) -> PlanJob {
    PlanJob { script: "1".to_owned(), variant, length }
}

fn exactly(length: Seconds) -> LengthOptions {
    LengthOptions { length: Some(Length::Exactly(length).into()), ..LengthOptions::default() }
}

fn plan(files: &MemoryFiles, length: Length, guidance: Guidance, rate: u32) -> Result<Timeline, Error> {
    let engine = Engine::open(Arc::new(files.clone()), Cache::off())?;
    let variant = Variant { guidance: Some(guidance), rate: SampleRate::new(rate), ..Variant::default() };
    let options = LengthOptions { length: Some(length.into()), ignore_limits: true, lock: None };
    Ok(engine.plan(&job(variant, options), &Task::silent())?.timeline)
}

/// The phrases in order, as ids.
fn spoken(timeline: &Timeline) -> Vec<String> {
    timeline.phrases().map(|phrase| phrase.key.id.clone()).collect()
}

/// Pauses from one frame to minutes, with weights from a thousandth to a thousand.
fn any_pause() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (0u32..40_000).prop_map(|ms| format!("{}", f64::from(ms) / 1e3)),
        1 => (5u32..200).prop_map(|micros| format!("{{ natural = {}, least = 0, most = 60 }}", f64::from(micros) / 1e6)),
        3 => (1u32..9_000, 0u32..9_000, 0u32..90_000, prop_oneof![Just(1), 2u32..999_999, Just(1_000_000)]).prop_map(
            |(least, more, room, weight)| format!(
                "{{ natural = {}, least = {}, most = {}, weight = {} }}",
                f64::from(least + more) / 1e3,
                f64::from(least) / 1e3,
                f64::from(least + more + room) / 1e3,
                f64::from(weight) / 1e3,
            )
        ),
        2 => (0u32..9_000).prop_map(|ms| format!("{{ fixed = {} }}", f64::from(ms) / 1e3)),
    ]
}

fn any_say() -> impl Strategy<Value = String> {
    let keep = prop_oneof![
        3 => Just(""),
        2 => Just(", keep = \"light\""),
        1 => Just(", keep = \"long\""),
        1 => Just(", soft = true"),
        1 => Just(", safety = true"),
    ];
    (any_pause(), keep, 1u8..=9).prop_map(|(pause, keep, worth)| {
        format!("{{ say = \"Een paar woorden.\", id = \"{{id}}\", worth = {worth}{keep}, pause = {pause} }}")
    })
}

fn any_counts() -> impl Strategy<Value = [u32; 3]> {
    (0u32..3, 1u32..4, 0u32..9).prop_map(|(least, more, room)| [least, least + more, least + more + room])
}

/// One step of any kind; `{id}` is filled in later.
fn any_step() -> impl Strategy<Value = String> {
    let breathe =
        (any_counts(), 2u32..5, 0u32..4, 0u32..3).prop_map(|([least, natural, most], inhale, more, say)| {
            let words = [
                "",
                ", say = \"In, en uit.\", id = \"{id}\", spoken = 2",
                ", say = \"In | en uit\", id = \"{id}\", keep = \"light\"",
            ];
            let exhale = inhale + more;
            // A pace that slows down needs enough rounds.
            let from = if say == 0 {
                format!(", from = {:.2}", 60.0 / f64::from(inhale + exhale) + 0.1)
            } else {
                String::new()
            };
            let times = [least + 8 * u32::from(say == 0), natural + 8, most + 8];
            format!(
                "{{ breathe = {{ in = {inhale}, out = {exhale}{from}, times = {times:?} }}{} }}",
                words[say as usize]
            )
        });
    let walk = (any_counts(), 20u32..100, any::<bool>()).prop_map(|(counts, pace, say)| {
        let words = if say { ", say = \"Stap | voor | stap\", id = \"{id}\"" } else { "" };
        format!("{{ walk = {{ pace = {pace}, steps = {counts:?}, ticks = true }}{words} }}")
    });
    let pause = prop_oneof![
        5 => any_pause().prop_map(|pause| format!("{{ pause = {pause} }}")),
        1 => Just("{ pause = \"fill\" }".to_owned()),
    ];
    let rotate = (any_counts(), any_pause(), any_say(), any_say()).prop_map(|(counts, pause, one, other)| {
        format!("{{ repeat = {counts:?}, rotate = [ {one}, {other} ], pause = {pause} }}")
    });
    let leaf = prop_oneof![4 => any_say(), 2 => pause, 1 => breathe, 1 => walk, 1 => rotate];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let steps = prop::collection::vec(inner, 1..4).prop_map(|steps| steps.join(", "));
        prop_oneof![
            (any_counts(), steps.clone())
                .prop_map(|(counts, steps)| format!("{{ repeat = {counts:?}, steps = [ {steps} ] }}")),
            steps.prop_map(|steps| format!("{{ together = [ {steps} ] }}")),
        ]
    })
}

fn any_steps() -> impl Strategy<Value = String> {
    let steps = prop::collection::vec(any_step(), 1..9).prop_map(|steps| {
        let steps = steps.join(",\n");
        let mut pieces = steps.split("{id}");
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.enumerate().fold(first, |text, (index, piece)| format!("{text}zin-{index}{piece}"))
    });
    steps.prop_filter("a safety phrase has its round", |steps| {
        let (_, found) = examine(&course(steps)).unwrap();
        found.iter().all(|found| found.code != Code::UnspokenSafety)
    })
}

/// The shortest and the longest length of a script in a version.
fn limits(files: &MemoryFiles, guidance: Guidance, rate: u32) -> Fit {
    let engine = Engine::open(Arc::new(files.clone()), Cache::off()).unwrap();
    let variant = Variant { guidance: Some(guidance), rate: SampleRate::new(rate), ..Variant::default() };
    engine.fit(&job(variant, LengthOptions::default()), 1, &Task::silent()).unwrap().fit
}

/// A time that rounds to this number of frames.
fn frames(count: u64, rate: u32) -> Length {
    Length::Exactly(Frames(count).time(SampleRate::new(rate).unwrap()))
}

/// The number of scripts that each property is tested with.
const CASES: u32 = 32;

/// Checks what holds for every timeline.
fn keeps_its_promises(timeline: &Timeline, steps: &str, guidance: Guidance) -> Result<(), TestCaseError> {
    let all = spoken(timeline);
    let safe = steps.split("say = ").skip(1).filter(|say| say.contains("safety = true")).filter_map(|say| {
        let (_, rest) = say.split_once("id = \"")?;
        Some(rest.split_once('"')?.0.to_owned())
    });
    for id in safe.chain(["veilig".to_owned()]) {
        prop_assert_eq!(all.contains(&id), guidance != Guidance::Bells, "{} is a safety phrase", id);
    }
    // Events keep the order of the script, except within rounds.
    if !steps.contains("repeat") {
        let order: Vec<_> =
            all.iter().map(|id| id.trim_start_matches("zin-").parse::<i64>().unwrap_or(-1)).collect();
        prop_assert!(order.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}", order);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn any_length_a_script_can_have_is_met_to_the_frame(
        steps in any_steps(), part in 0.0f64..1.6,
        rate in prop_oneof![Just(8_000u32), Just(44_100), Just(48_000), Just(192_000), 8_000u32..192_000],
        guidance in prop_oneof![Just(Guidance::Full), Just(Guidance::Light), Just(Guidance::Bells)],
    ) {
        let files = course(&steps);
        let fit = limits(&files, guidance, rate);
        let natural = fit.natural.unwrap().0;
        prop_assert!(fit.least.0 <= natural && fit.most.is_none_or(|most| natural <= most.0));
        let target = fit.least.0 + ((natural - fit.least.0) as f64 * part) as u64 + 1;
        match plan(&files, frames(target, rate), guidance, rate) {
            Ok(timeline) => {
                prop_assert_eq!(timeline.frames.0, target);
                keeps_its_promises(&timeline, &steps, guidance)?;
                // The result is the same every time.
                prop_assert_eq!(plan(&files, frames(target, rate), guidance, rate).unwrap(), timeline);
            }
            Err(Error::Diagnostics { found, .. }) => {
                // Stiff pauses leave gaps; then the nearest lengths are named, and they can be.
                prop_assert_eq!(found.len(), 1);
                prop_assert_eq!(found[0].code.name(), "no-length");
                let engine = Engine::open(Arc::new(files.clone()), Cache::off()).unwrap();
                let variant = Variant { guidance: Some(guidance), rate: SampleRate::new(rate), ..Variant::default() };
                let Length::Exactly(wanted) = frames(target, rate) else { unreachable!() };
                let fitting = engine.fit(&job(variant, exactly(wanted)), 1, &Task::silent()).unwrap();
                let aim = fitting.aim.unwrap();
                prop_assert!(!aim.fits);
                prop_assert!(aim.below.is_some() || aim.above.is_some());
                for near in [aim.below, aim.above].into_iter().flatten() {
                    let timeline = plan(&files, frames(near.0, rate), guidance, rate);
                    prop_assert_eq!(timeline.unwrap().frames, near);
                }
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn beyond_its_limits_a_length_is_refused_and_at_them_it_is_not(
        steps in any_steps(), rate in 8_000u32..192_000,
        guidance in prop_oneof![Just(Guidance::Full), Just(Guidance::Light), Just(Guidance::Bells)],
    ) {
        let files = course(&steps);
        let fit = limits(&files, guidance, rate);
        prop_assert_eq!(plan(&files, frames(fit.least.0, rate), guidance, rate).unwrap().frames, fit.least);
        prop_assert!(plan(&files, frames(fit.least.0 - 1, rate), guidance, rate).is_err());
        if let Some(most) = fit.most {
            prop_assert_eq!(plan(&files, frames(most.0, rate), guidance, rate).unwrap().frames, most);
            prop_assert!(plan(&files, frames(most.0 + 1, rate), guidance, rate).is_err());
        }
    }

    #[test]
    fn what_is_proposed_for_an_impossible_length_makes_it_possible(
        steps in any_steps(), short in any::<bool>(), by in 0.02f64..0.5,
    ) {
        let files = course(&steps);
        let engine = Engine::open(Arc::new(files.clone()), Cache::off()).unwrap();
        let fit = limits(&files, Guidance::Full, 8_000);
        let beyond = if short { Some(fit.least.0 as f64 * (1.0 - by)) } else { fit.most.map(|most| most.0 as f64 * (1.0 + by)) };
        let Some(beyond) = beyond else { return Ok(()) };
        let Length::Exactly(target) = frames(beyond as u64, 8_000) else { unreachable!() };
        let variant = Variant { rate: SampleRate::new(8_000), ..Variant::default() };
        let aim = engine.fit(&job(variant, exactly(target)), 1, &Task::silent()).unwrap().aim.unwrap();
        prop_assert!(!aim.fits);
        if aim.changes.is_empty() {
            return Ok(());
        }
        // Each proposed change works when pasted into the script. The last is applied first, so that the places before it
        // stay valid, and a step within a repeat before the repeat.
        let mut text = script(&steps);
        let mut changes: Vec<_> = aim.changes.iter().collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.span.start));
        let mut longer: Vec<(usize, isize)> = Vec::new();
        for change in changes {
            let (start, end) = (change.span.start, change.span.end);
            let within: isize = longer.iter().filter(|(at, _)| *at < end).map(|(_, by)| by).sum();
            let end = end.checked_add_signed(within).unwrap();
            let step = pasted(&text[start..end], &change.text);
            longer.push((start, step.len() as isize - (end - start) as isize));
            text.replace_range(start..end, &step);
        }
        let files = course_of(&text);
        let timeline = plan(&files, Length::Exactly(target), Guidance::Full, 8_000);
        prop_assert_eq!(timeline.unwrap().frames, target.frames(SampleRate::new(8_000).unwrap()));
    }

    #[test]
    fn every_level_has_the_same_natural_length(steps in any_steps()) {
        let files = course(&steps);
        let lengths: Vec<_> = Guidance::ALL
            .into_iter()
            .map(|guidance| plan(&files, Length::Natural, guidance, 48_000).unwrap().frames)
            .collect();
        prop_assert_eq!(lengths[0], lengths[1]);
        prop_assert_eq!(lengths[0], lengths[2]);
    }
}

#[test]
fn the_limits_that_a_refusal_names_are_feasible() {
    let files = course("{ say = \"Een.\", id = \"een\", pause = { natural = 4, least = 2, most = 9 } }");
    for (length, wanted) in [(1, "the shortest is"), (600, "the longest is")] {
        let refused = plan(&files, Length::Exactly(Seconds::whole(length)), Guidance::Full, 48_000);
        let Err(Error::Diagnostics { found, .. }) = refused else { panic!("{length} s is refused") };
        let help = found[0].helps[0].to_string();
        let (_, rest) = help.split_once(wanted).unwrap();
        let named = rest.trim_start().split([':', ',']).next().unwrap();
        let length = parse_duration(named).unwrap();
        assert!(plan(&files, Length::Exactly(length), Guidance::Full, 48_000).is_ok(), "{help}");
    }
}

#[test]
fn a_part_starts_at_its_clock_time_whatever_the_length() {
    let files = MemoryFiles::new()
        .with("course.toml", "title = \"C\"\nlanguages = [\"nl\"]\nvoices = { nl = \"v\" }\n")
        .with("voice/nl/v/voice.toml", "name = \"V\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"-\"\n")
        .with(
            "scripts/s.toml",
            "track = 1\nlanguage = \"nl\"\ntitle = \"T\"\n\
             [[part]]\ntitle = \"A\"\nsteps = [{ say = \"Een.\", id = \"een\", safety = true }, { pause = 30 }]\n\
             [[part]]\ntitle = \"B\"\nat = \"1m\"\nsteps = [{ say = \"Twee.\", id = \"twee\" }, { pause = 30 }]\n\
             [[part]]\ntitle = \"C\"\nat = \"end-20s\"\nsteps = [{ say = \"Drie.\", id = \"drie\" }, { pause = 10 }]\n",
        );
    for minutes in [2, 3, 5] {
        let timeline =
            plan(&files, Length::Exactly(Seconds::whole(60 * minutes)), Guidance::Full, 48_000).unwrap();
        let starts: Vec<_> = timeline.chapters.iter().map(|chapter| chapter.start.0).collect();
        assert_eq!(starts, [0, 60 * 48_000, (60 * minutes - 20) * 48_000]);
        assert_eq!(timeline.frames.0, 60 * minutes * 48_000);
    }
}

/// The starts of the parts in seconds.
fn starts(timeline: &Timeline) -> Vec<f64> {
    timeline.parts.iter().map(|part| part.start.seconds(timeline.rate)).collect()
}

fn parts(parts: &[&str]) -> MemoryFiles {
    let parts = parts.join("\n[[part]]\n");
    course_of(&format!("track = 1\nlanguage = \"nl\"\ntitle = \"T\"\n[[part]]\n{parts}\n"))
}

const ONE: &str = "steps = [{ say = \"Een.\", id = \"een\", safety = true }, { pause = 40 }]";
const TWO: &str = "steps = [{ say = \"Twee.\", id = \"twee\" }, { pause = 40 }]";
const THREE: &str = "steps = [{ say = \"Drie.\", id = \"drie\" }, { pause = 40 }]";

#[test]
fn a_part_that_starts_on_the_minute_does_so_at_every_length() {
    let two = format!("at = \"minute\"\n{TWO}");
    let three = format!("at = \"minute\"\n{THREE}");
    let files = parts(&[ONE, &two, &three]);
    for seconds in [150, 187, 240, 333, 601] {
        let timeline =
            plan(&files, Length::Exactly(Seconds::whole(seconds)), Guidance::Full, 44_100).unwrap();
        assert_eq!(timeline.frames.0, seconds * 44_100);
        let starts = starts(&timeline);
        assert!(starts.iter().all(|start| start % 60.0 == 0.0), "{seconds} s: {starts:?}");
        assert!(starts[0] < starts[1] && starts[1] < starts[2], "{starts:?}");
    }
    let natural = plan(&files, Length::Natural, Guidance::Full, 44_100).unwrap();
    assert!(starts(&natural).iter().all(|start| start % 60.0 == 0.0));
}

#[test]
fn a_part_has_a_length_of_its_own_whatever_the_length_of_the_whole() {
    let two = format!("length = \"1m30s\"\n{TWO}");
    let files = parts(&[ONE, &two, THREE]);
    for seconds in [150, 240, 600] {
        let timeline =
            plan(&files, Length::Exactly(Seconds::whole(seconds)), Guidance::Full, 48_000).unwrap();
        assert_eq!(timeline.parts[1].frames.0, 90 * 48_000);
        assert_eq!(timeline.frames.0, seconds * 48_000);
    }
    let Err(Error::Diagnostics { found, .. }) =
        plan(&files, Length::Exactly(Seconds::whole(60)), Guidance::Full, 48_000)
    else {
        panic!("a minute has no room for a part of a minute and a half");
    };
    assert_eq!(found[0].code.name(), "no-length");
}

#[test]
fn a_step_at_a_clock_time_happens_then_and_the_pauses_around_it_change() {
    let files =
        parts(&["title = \"P\"\nsteps = [{ say = \"Een.\", id = \"een\", safety = true }, { pause = 30 }, \
         { breathe = { in = 4, out = 6, times = 3 }, at = \"1m\" }, { pause = 30 }, \
         { say = \"Twee.\", id = \"twee\", at = \"end-20s\" }, { pause = 10 }]"]);
    for seconds in [130, 200, 305] {
        let timeline =
            plan(&files, Length::Exactly(Seconds::whole(seconds)), Guidance::Full, 48_000).unwrap();
        let breath = timeline
            .events
            .iter()
            .find(|event| matches!(event.kind, EventKind::Cue(CueEvent::Breath { .. })));
        assert_eq!(breath.unwrap().start.0, 60 * 48_000);
        let two =
            timeline.events.iter().find(|event| event.phrase().is_some_and(|phrase| phrase.key.id == "twee"));
        assert_eq!(two.unwrap().start.0, (seconds - 20) * 48_000);
        // It is still one chapter.
        assert_eq!(timeline.chapters.len(), 1);
    }
}

/// The starts of all half-breaths, in frames.
fn turns(timeline: &Timeline) -> Vec<u64> {
    let breath = |event: &&adem::layout::Event| matches!(event.kind, EventKind::Cue(CueEvent::Breath { .. }));
    timeline.events.iter().filter(breath).map(|event| event.start.0).collect()
}

#[test]
fn the_turns_of_a_breath_do_not_drift_in_an_hour_at_any_rate() {
    for rate in [8_000, 44_100, 48_000, 192_000] {
        let files = course("{ breathe = { in = 4.1, out = 5.23, times = 386 } }");
        let timeline = plan(&files, Length::Natural, Guidance::Full, rate).unwrap();
        let turns = turns(&timeline);
        assert_eq!(turns.len(), 2 * 386);
        for (index, turn) in turns.iter().enumerate() {
            let rounds = (index / 2) as f64 * 9.33 + if index % 2 == 1 { 4.1 } else { 0.0 };
            let expected = (rounds * f64::from(rate) + 0.5).floor() as u64;
            assert_eq!(turn - turns[0], expected, "turn {index} at {rate} Hz");
        }
    }
}

#[test]
fn a_breath_slows_down_by_equal_steps_and_ends_at_its_own_pace() {
    let files = course("{ breathe = { in = 4, out = 6, from = 8, times = 11 } }");
    let timeline = plan(&files, Length::Natural, Guidance::Full, 48_000).unwrap();
    let turns = turns(&timeline);
    let rounds: Vec<_> = turns.chunks(2).collect();
    for (index, pair) in rounds.windows(2).enumerate() {
        let seconds = |from: u64, to: u64| (to - from) as f64 / 48_000.0;
        let length = seconds(pair[0][0], pair[1][0]);
        // From 7.5 s to 10 s in ten steps.
        assert!((length - (7.5 + 0.25 * index as f64)).abs() < 1e-4, "round {index}: {length}");
        let inward = seconds(pair[0][0], pair[0][1]);
        assert!((inward - 0.4 * length).abs() < 1e-4, "the in-breath keeps its share");
    }
}

#[test]
fn every_choice_of_rounds_of_a_ramp_is_as_long_as_its_breaths() {
    let files = course("{ breathe = { in = 4, out = 6, from = 8, times = [6, 8, 20] } }");
    for seconds in [90, 120, 150] {
        let timeline =
            plan(&files, Length::Exactly(Seconds::whole(seconds)), Guidance::Full, 48_000).unwrap();
        let rounds = timeline.parts[0].rounds[0];
        assert_eq!(turns(&timeline).len() as u32, 2 * rounds);
        assert_eq!(timeline.frames.0, seconds * 48_000);
    }
}

#[test]
fn a_version_that_follows_another_starts_every_part_where_that_does() {
    let po = [
        ("s:title", "T", "T"),
        ("s/een", "Een.", "One, and a few words more."),
        ("s/twee", "Twee.", "Two, with some words besides."),
        ("s/drie", "Drie.", "Three."),
    ];
    let po = po
        .map(|(context, source, text)| {
            format!("msgctxt \"{context}\"\nmsgid \"{source}\"\nmsgstr \"{text}\"\n\n")
        })
        .concat();
    let repeat =
        "steps = [{ say = \"Drie.\", id = \"drie\" }, { repeat = [1, 3, 9], steps = [{ pause = 12 }] }]";
    let files = parts(&[ONE, TWO, repeat])
        .with(
            "course.toml",
            "title = \"C\"\nlanguages = [\"nl\", \"en\"]\nvoices = { nl = \"v\", en = \"w\" }\n",
        )
        .with("voice/en/w/voice.toml", "name = \"W\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"-\"\n")
        .with("scripts/po/en.po", po);
    let engine = Engine::open(Arc::new(files.clone()), Cache::off()).unwrap();
    let nl = Language::parse("nl").unwrap();
    for seconds in [100, 160, 300] {
        let length = Some(Length::Exactly(Seconds::whole(seconds)).into());
        let source = LengthOptions { length, ignore_limits: true, lock: None };
        let source = engine.plan(&job(Variant::default(), source), &Task::silent()).unwrap().timeline;
        let english = |rate: u32| Variant {
            language: Language::parse("en"),
            rate: SampleRate::new(rate),
            ..Variant::default()
        };
        let options = LengthOptions { length, ignore_limits: true, lock: Some(Lock::Language(nl.clone())) };
        let locked = engine.plan(&job(english(48_000), options), &Task::silent()).unwrap().timeline;
        assert_eq!(locked.parts, source.parts);
        assert_ne!(locked.events, source.events, "the words differ");
        // A lock from the document of a render works the same, at another rate too.
        let document = Box::new(adem::layout::TimelineDocument::of(&source));
        let lock = Some(Lock::Timeline { name: "t.json".to_owned(), document });
        let options = LengthOptions { length: None, ignore_limits: true, lock };
        let other = engine.plan(&job(english(44_100), options), &Task::silent()).unwrap().timeline;
        assert_eq!(other.frames.0, seconds * 44_100);
        for (part, source) in other.parts.iter().zip(&source.parts) {
            assert!(
                (part.start.seconds(other.rate) - source.start.seconds(locked.rate)).abs() < 1.0 / 44_100.0
            );
            assert_eq!(part.rounds, source.rounds);
        }
    }
}

#[test]
fn a_phrase_too_long_for_its_half_breath_lengthens_that_half_in_the_whole_block() {
    // 50 letters take 6.5 s at the pace of the language, and the out-breath has 6 s.
    let long = "abcde ".repeat(10);
    let files = course(&format!(
        "{{ breathe = {{ in = 4, out = 6, times = 5 }}, say = \"In | {}\", id = \"w\", keep = \"light\" }}",
        long.trim()
    ));
    let timeline = plan(&files, Length::Natural, Guidance::Full, 48_000).unwrap();
    let turns = turns(&timeline);
    for pair in turns.chunks(2) {
        assert_eq!(pair[1] - pair[0], 4 * 48_000, "the in-breath stays");
    }
    for (one, next) in turns.chunks(2).zip(turns.chunks(2).skip(1)) {
        let outward = (next[0] - one[1]) as f64 / 48_000.0;
        assert!((outward - 6.5).abs() < 0.001, "{outward}");
    }
}

#[test]
fn nested_rounds_that_overflow_frames_are_refused_with_a_message() {
    // 10 000 · 10 000 · 7 walks of 10 000 paces of 15 s are 2·10¹⁹ frames, more than 2⁶⁴.
    let walk = "{ walk = { pace = 4, steps = 10000 } }, ";
    let inner = format!("{{ repeat = 10000, steps = [{}] }}", walk.repeat(7));
    let long = format!("{{ repeat = [0, 1, 10000], steps = [{inner}] }}");
    let deep = (0..12).fold(walk.to_owned(), |inner, _| format!("{{ repeat = 10000, steps = [{inner}] }}"));
    for steps in [long, deep] {
        let files = course(&steps);
        let engine = Engine::open(Arc::new(files.clone()), Cache::off()).unwrap();
        let variant = Variant { rate: SampleRate::new(192_000), ..Variant::default() };
        let hour = Seconds::whole(3_600);
        let refused = plan(&files, Length::Exactly(hour), Guidance::Full, 192_000);
        assert!(matches!(refused, Err(Error::Diagnostics { .. })));
        // Where its limits can be told, the hour is not within them.
        let fit = engine.fit(&job(variant, exactly(hour)), 1, &Task::silent());
        assert!(fit.is_err() || fit.is_ok_and(|fit| !fit.aim.unwrap().fits));
        let Err(Error::Diagnostics { found, .. }) = plan(&files, Length::Natural, Guidance::Full, 192_000)
        else {
            panic!("it is longer than a day");
        };
        assert_eq!(found[0].code.name(), "too-long");
    }
}

#[test]
fn nested_rounds_whose_phrases_are_left_out_are_refused_as_if_they_were_spoken() {
    // 50⁴ · 5 phrases: with bells alone they are one long silence.
    let says: Vec<_> = (0..5).map(|at| format!("{{ say = \"Adem {at}.\", id = \"s-{at}\" }}, ")).collect();
    let says = says.concat();
    let nested = (0..4).fold(says, |inner, _| format!("{{ repeat = [1, 50, 1000], steps = [{inner}] }},"));
    // Rounds of which none is laid out are measured all the same.
    let inner = "{ repeat = 10000, steps = [{ repeat = 10000, steps = [{ pause = 1 }] }] }";
    let unused = format!("{{ repeat = [0, 1, 2], steps = [{inner}] }},").repeat(20);
    for steps in [nested, unused] {
        let files = course(&steps);
        let engine = Engine::open(Arc::new(files.clone()), Cache::off()).unwrap();
        for guidance in Guidance::ALL {
            let variant = Variant { guidance: Some(guidance), ..Variant::default() };
            let Err(Error::Diagnostics { found, .. }) = plan(&files, Length::Natural, guidance, 48_000)
            else {
                panic!("{guidance:?} has too many steps");
            };
            assert_eq!(found[0].code.name(), "too-long");
            let target = exactly(Seconds::whole(121));
            let Err(Error::Diagnostics { found, .. }) = engine.fit(&job(variant, target), 1, &Task::silent())
            else {
                panic!("{guidance:?} has too many steps");
            };
            assert_eq!(found[0].code.name(), "too-long");
        }
    }
}

const SAFE: &str = "say = \"Je mag stoppen.\", id = \"stop\", safety = true";

#[test]
fn a_safety_phrase_that_rounds_could_leave_unspoken_is_refused_and_its_remedy_works() {
    let say = format!("{{ {SAFE} }}");
    let other = "{ say = \"Een.\", id = \"een\" }, { say = \"Twee.\", id = \"twee\" }";
    for (steps, refused, remedied) in [
        (format!("{{ repeat = [0, 1, 2], steps = [{say}] }}"), "repeat = [0, 1, 2]", "repeat = [1, 1, 2]"),
        (
            format!("{{ repeat = [0, 3, 4], steps = [{{ together = [{{ repeat = 2, steps = [{say}] }}] }}] }}"),
            "repeat = [0, 3, 4]",
            "repeat = [1, 3, 4]",
        ),
        (format!("{{ repeat = 2, rotate = [{other}, {say}] }}"), "repeat = 2", "repeat = [3, 3, 3]"),
        (
            format!("{{ repeat = [0, 2, 4], steps = [{{ repeat = 3, rotate = [{other}, {say}] }}] }}"),
            "repeat = [0, 2, 4]",
            "repeat = [1, 2, 4]",
        ),
        (format!("{{ repeat = [1, 2, 9], rotate = [{other}, {say}] }}"), "repeat = [1, 2, 9]", "repeat = [3, 3, 9]"),
        (
            format!("{{ breathe = {{ in = 4, out = 6, times = [0, 2, 4] }}, {SAFE} }}"),
            "times = [0, 2, 4]",
            "times = [1, 2, 4]",
        ),
        (
            "{ walk = { pace = 60, steps = [2, 9, 20] }, say = \"Je | mag | stoppen.\", id = \"stop\", safety = true }".to_owned(),
            "steps = [2, 9, 20]",
            "steps = [3, 9, 20]",
        ),
    ] {
        let found = examine(&course(&steps)).unwrap().1;
        let unspoken: Vec<_> = found.iter().filter(|found| found.code == Code::UnspokenSafety).collect();
        assert_eq!(unspoken.len(), 1, "{steps}");
        let help = unspoken[0].helps[0].to_string();
        assert!(help.contains(&format!("`{remedied}`")), "{help}");
        let files = course(&steps.replace(refused, remedied));
        assert!(examine(&files).unwrap().1.is_empty(), "{steps}");
        let least = limits(&files, Guidance::Light, 8_000).least;
        let timeline = plan(&files, frames(least.0, 8_000), Guidance::Light, 8_000).unwrap();
        assert!(spoken(&timeline).contains(&"stop".to_owned()), "{steps}");
    }
}

#[test]
fn a_safety_phrase_of_a_fragment_in_rounds_that_may_be_none_is_refused() {
    let outer = "title = \"F\"\nlanguage = \"nl\"\nsteps = [{ use = \"binnen\" }]\n";
    let inner = format!("title = \"G\"\nlanguage = \"nl\"\nsteps = [{{ {SAFE} }}]\n");
    for (least, refused) in [(0, 1), (1, 0)] {
        let files = course(&format!("{{ repeat = [{least}, 1, 2], steps = [{{ use = \"buiten\" }}] }}"))
            .with("scripts/fragments/buiten.toml", outer)
            .with("scripts/fragments/binnen.toml", &inner);
        let found = examine(&files).unwrap().1;
        assert_eq!(found.iter().filter(|found| found.code == Code::UnspokenSafety).count(), refused);
    }
}

#[test]
fn a_safety_phrase_of_one_choice_is_warned_of_unless_the_others_have_one() {
    let say = |id: &str, value: &str| {
        format!(
            "{{ say = \"Je mag stoppen.\", id = \"{id}\", safety = true, when = {{ einde = \"{value}\" }} }}"
        )
    };
    let inner = format!("{{ repeat = 2, steps = [{{ {SAFE} }}], when = {{ einde = \"slaap\" }} }}");
    for (steps, warned) in [
        (say("een", "terug"), 1),
        (format!("{}, {}", say("een", "terug"), say("twee", "slaap")), 0),
        (format!("{}, {inner}", say("een", "terug")), 0),
        (inner, 1),
        (format!("{{ {SAFE} }}"), 0),
    ] {
        let choices = "choices = { einde = [\"terug\", \"slaap\"] }\n[[part]]";
        let found = examine(&course_of(&script(&steps).replacen("[[part]]", choices, 1))).unwrap().1;
        assert!(found.iter().all(|found| found.code == Code::UnspokenSafety), "{steps}: {found:?}");
        assert_eq!(found.len(), warned, "{steps}");
        let other = if steps.contains("slaap") { "terug" } else { "slaap" };
        assert!(found.iter().all(|found| found.message.ends_with(&format!("`{other}`"))), "{steps}");
    }
}

#[test]
fn a_safety_phrase_too_long_for_the_paces_of_its_walk_is_refused_when_it_is_laid_out() {
    let walk = |least: u32| format!("{{ walk = {{ pace = 120, steps = [{least}, 40, 60] }}, {SAFE} }}");
    let lay_out = |steps: &str| {
        let files = course(steps);
        let least = limits(&files, Guidance::Full, 8_000).least;
        plan(&files, frames(least.0, 8_000), Guidance::Full, 8_000)
    };
    let Err(Error::Diagnostics { found, .. }) = lay_out(&walk(1)) else {
        panic!("half a second is too little")
    };
    assert_eq!(found[0].code, Code::UnspokenSafety);
    assert!(spoken(&lay_out(&walk(20)).unwrap()).contains(&"stop".to_owned()));
}

#[test]
fn a_script_of_more_rounds_than_can_be_tried_is_laid_out_with_the_best_found() {
    let rounds = "{ repeat = [0, 300, 1000], steps = [{ pause = 1.7 }] },\n".repeat(40);
    let script = format!(
        "language = \"nl\"\ntitle = \"T\"\nlength = {{ usual = \"7h\", least = \"1m\", most = \"10h\" }}\nlevels = [\"bells\"]\n[[part]]\nsteps = [\n{rounds}]\n"
    );
    let engine = Engine::open(Arc::new(course_of(&script)), Cache::off()).unwrap();
    let plan = engine.plan(&PlanJob::of("s"), &Task::silent()).unwrap();
    assert_eq!(plan.timeline.frames.0, 7 * 3_600 * 48_000);
    assert!(plan.warnings.iter().any(|found| found.code == Code::SearchEnded), "{:?}", plan.warnings);
}

/// The tail grows for the ring of the last bell, which may turn a row that has to grow into one that has to shrink.
#[test]
fn the_last_bell_rings_out_at_every_length() {
    let bell = "title = \"B\"\ncredit = \"-\"\nlicence = \"-\"\nbowl = { pitch = 220, ring = 20 }\n";
    let steps = "{ pause = { natural = 20, least = 5, most = 60 } },\n{ bell = \"bowl\" },\n\
                 { say = \"Dag.\", id = \"dag\", pause = { natural = 6, least = 1, most = 12 } }";
    let files = course(steps).with("ambience/bells/bowl.toml", bell);
    let rate = 8_000;
    let Fit { least, .. } = limits(&files, Guidance::Full, rate);
    for quarter in 0..160 {
        let length = frames(least.0 + quarter * u64::from(rate) / 4, rate);
        let timeline = plan(&files, length, Guidance::Full, rate);
        let timeline = timeline.unwrap_or_else(|error| panic!("{quarter} quarters above the least: {error}"));
        let ends = timeline.events.iter().map(|event| event.start.0 + event.frames.0);
        assert!(ends.max() <= Some(timeline.frames.0));
    }
}
