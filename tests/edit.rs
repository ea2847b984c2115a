//! Edits of scripts by ranges: only what is meant changes, every comment stays, and the way back leads to the same bytes.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the course has failed")]

use std::path::Path;
use std::sync::LazyLock;

use adem::diag::{Sink, Sources};
use adem::edit::journal::{EditRecord, Journal, JournalStep};
use adem::edit::{EditError, ScriptEdit, StepSlot, apply, hash_of};
use adem::files::{DiskFiles, Files};
use adem::script::exercise::{Fragment, Script};
use adem::script::file_kind::{FileKind, all_files};
use adem::script::step::{StepText, all_steps};
use adem::toml::table;
use proptest::prelude::*;
use serde_json::Value;
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

const SCRIPT: &str = r#"# What the exercise is about.
language = "nl" # the source
title = "Plek"
levels = ["full", "light"]

[[part]]
title = "Een"   # spaces stay
# Above the list.
steps = [ # beside the bracket
  # The first words.
  { say = "Welkom.", id = "welkom", keep = "light", pause = 3 }, # warm
  { say = "Je kunt   altijd stoppen.", id = 'vrij', safety = true },

  # A long silence.
  { pause = { natural = 40, least = 10, weight = 3 } },
  { say = "Adem.", id = "adem", note = "zacht", pause = "1m30s" }, { bell = "zacht" },
  { repeat = [2, 4, 6], steps = [
    # within
    { say = "Ronde.", id = "ronde", pause = { fixed = 5 } }, # end
    { pause = 2.5 },
  ] } # no comma here
]
"#;

fn steps(text: &str) -> Vec<(usize, StepText)> {
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let file = sources.add("scripts/a.toml", text);
    let script =
        table::read_file(file, text, FileKind::Script.keys(), &sink, |table| Script::read("a", table));
    let script = script.expect("a script");
    let all = script.parts.iter().flat_map(|part| all_steps(&part.steps));
    all.map(|step| (step.span.start, step.clone())).collect()
}

/// All comments of a text, sorted.
fn comments(text: &str) -> Vec<&str> {
    let source = Source::new(text);
    let tokens = source.lex().filter(|token| token.kind() == TokenKind::Comment);
    let mut found: Vec<_> =
        tokens.map(|token| text[token.span().start()..token.span().end()].trim_end()).collect();
    found.sort_unstable();
    found
}

fn at(text: &str, what: &str) -> usize {
    let place = text.find(what).expect(what);
    text[..=place].rfind('{').expect("a step")
}

fn done(text: &str, edit: &ScriptEdit) -> String {
    apply("scripts/a.toml", text, &hash_of(text), edit).unwrap().text
}

fn pause(step: usize, natural: Option<f64>, least: Option<f64>, most: Option<f64>) -> ScriptEdit {
    ScriptEdit::Pause { step, natural, least, most }
}

#[test]
fn a_step_is_found_by_where_the_reader_says_it_is() {
    let all = steps(SCRIPT);
    assert_eq!(all.len(), 8);
    for (start, step) in all {
        let other = apply("scripts/a.toml", SCRIPT, &hash_of(SCRIPT), &ScriptEdit::Drop { step: start });
        assert!(!matches!(other, Err(EditError::NoStep)), "{step:?}");
    }
}

#[test]
fn a_pause_changes_its_own_number_in_the_notation_it_has() {
    for (what, edit, old, new) in [
        ("{ say = \"Welkom", pause(0, Some(4.5), None, None), "pause = 3 }", "pause = 4.5 }"),
        ("{ say = \"Adem", pause(0, Some(125.0), None, None), "\"1m30s\"", "\"2m5s\""),
        ("{ pause = { nat", pause(0, Some(38.25), None, None), "natural = 40", "natural = 38.25"),
        (
            "{ pause = { nat",
            pause(0, None, Some(8.0), Some(60.0)),
            "natural = 40, least = 10",
            "natural = 40, most = 60, least = 8",
        ),
        ("{ pause = 2.5", pause(0, Some(3.0), Some(1.0), None), "2.5", "{ natural = 3, least = 1 }"),
        ("{ say = \"Ronde", pause(0, Some(6.0), None, None), "fixed = 5", "fixed = 6"),
        ("{ say = \"Je", pause(0, Some(6.0), None, None), "safety = true }", "safety = true, pause = 6 }"),
    ] {
        let step = at(SCRIPT, what);
        let ScriptEdit::Pause { natural, least, most, .. } = edit else { panic!("a pause") };
        let text = done(SCRIPT, &pause(step, natural, least, most));
        let place = step + SCRIPT[step..].find(old).expect(old);
        let mut expected = SCRIPT.to_owned();
        expected.replace_range(place..place + old.len(), new);
        assert_eq!(text.replace("least = 8, most = 60", "most = 60, least = 8"), expected);
    }
    let text = done(SCRIPT, &ScriptEdit::UsualPause { step: at(SCRIPT, "{ say = \"Welkom") });
    assert!(text.contains("keep = \"light\" }, # warm\n"), "{text}");
}

#[test]
fn keys_go_where_the_formatter_has_them_and_leave_when_they_are_the_default() {
    let step = at(SCRIPT, "{ say = \"Adem");
    let set = |key: &str, value: Value| ScriptEdit::Set { step, key: key.to_owned(), value };
    let text = done(SCRIPT, &set("worth", 8.into()));
    assert!(text.contains("id = \"adem\", worth = 8, note = \"zacht\""), "{text}");
    assert_eq!(done(&text, &set("worth", Value::Null)), SCRIPT);
    let text = done(SCRIPT, &set("note", "".into()));
    assert!(text.contains("id = \"adem\", pause = \"1m30s\" }"), "{text}");
    let step = at(SCRIPT, "{ say = \"Welkom");
    let keep = ScriptEdit::Set { step, key: "keep".to_owned(), value: "full".into() };
    assert!(done(SCRIPT, &keep).contains("id = \"welkom\", pause = 3 }, # warm"));
    let words = ScriptEdit::Reword { step, text: "Zeg \"hoi\"\n\\ <b>".to_owned() };
    assert!(done(SCRIPT, &words).contains(r#"{ say = "Zeg \"hoi\" \\ <b>", id = "welkom""#));
}

#[test]
fn a_step_is_added_moved_and_dropped_with_every_comment_kept() {
    let [welkom, vrij, adem, ronde] =
        ["Welkom", "Je", "Adem", "Ronde"].map(|what| at(SCRIPT, &format!("{{ say = \"{what}")));
    let add = |to| ScriptEdit::AddPhrase { to, text: "Adem.".to_owned(), pause: Some(4.0) };
    let text = done(SCRIPT, &add(StepSlot::After(welkom)));
    assert!(
        text.contains("# warm\n  { say = \"Adem.\", id = \"adem-2\", pause = 4 },\n  { say = \"Je"),
        "{text}"
    );
    let text = done(SCRIPT, &add(StepSlot::Before(welkom)));
    assert!(
        text.contains("bracket\n  { say = \"Adem.\", id = \"adem-2\", pause = 4 },\n  # The first"),
        "{text}"
    );
    // Behind a step without a comma, and beside one that shares its line.
    let last = SCRIPT.find("{ repeat").unwrap();
    let text = done(SCRIPT, &add(StepSlot::After(last)));
    assert!(text.contains("  ] }, # no comma here\n  { say = \"Adem.\""), "{text}");
    let text = done(SCRIPT, &ScriptEdit::AddPause { to: StepSlot::After(adem), seconds: 9.0 });
    assert!(text.contains("pause = \"1m30s\" }, { pause = 9 }, { bell"), "{text}");
    // Comments move with their step, and its indentation is that of its new list.
    let text = done(SCRIPT, &ScriptEdit::Move { step: welkom, to: StepSlot::After(ronde) });
    assert!(text.contains("# end\n    # The first words.\n    { say = \"Welkom.\""), "{text}");
    let text = done(SCRIPT, &ScriptEdit::Move { step: vrij, to: StepSlot::Before(welkom) });
    assert!(text.find("Je kunt") < text.find("Welkom") && text.find("Je kunt") < text.find("# The first"));
    let text = done(SCRIPT, &ScriptEdit::Drop { step: welkom });
    assert!(text.contains("  # The first words.\n  # warm\n  { say = \"Je"), "{text}");
    // The way back is the same.
    let moved = done(SCRIPT, &ScriptEdit::Move { step: welkom, to: StepSlot::After(vrij) });
    let [welkom, vrij] = ["Welkom", "Je"].map(|what| at(&moved, &format!("{{ say = \"{what}")));
    assert_eq!(done(&moved, &ScriptEdit::Move { step: welkom, to: StepSlot::Before(vrij) }), SCRIPT);
}

#[test]
fn bells_breaths_and_fragments_are_added_where_a_step_is() {
    let vrij = at(SCRIPT, "{ say = \"Je");
    let added = |edit: &ScriptEdit, line: &str| {
        let place = SCRIPT.find("\n  # A long silence").unwrap();
        let mut expected = SCRIPT.to_owned();
        expected.insert_str(place, &format!("  {line},\n"));
        assert_eq!(done(SCRIPT, edit), expected);
    };
    let to = StepSlot::After(vrij);
    added(&ScriptEdit::AddBell { to, bell: "zacht".to_owned() }, "{ bell = \"zacht\" }");
    let breathe = ScriptEdit::AddBreathe { to, inhale: 4.0, exhale: 5.5, times: [2, 4, 8] };
    added(&breathe, "{ breathe = { in = 4, out = 5.5, times = [2, 4, 8] } }");
    added(&ScriptEdit::AddUse { to, fragment: "aankomen".to_owned() }, "{ use = \"aankomen\" }");
    let hostile = ScriptEdit::AddBell { to, bell: "x\" }, { pause = 1 }, { bell = \"y".to_owned() };
    let refused = apply("scripts/a.toml", SCRIPT, &hash_of(SCRIPT), &hostile);
    assert!(matches!(refused, Err(EditError::Refused { .. })), "{refused:?}");
}

#[test]
fn a_repeat_goes_around_chosen_steps_and_away_again_to_the_byte() {
    let [welkom, vrij, adem] = ["Welkom", "Je", "Adem"].map(|what| at(SCRIPT, &format!("{{ say = \"{what}")));
    let long = at(SCRIPT, "{ pause = { nat");
    let repeat = |first, last| ScriptEdit::Repeat { first, last, times: [1, 2, 4] };
    let text = done(SCRIPT, &repeat(welkom, long));
    assert!(
        text.contains(
            "bracket\n  { repeat = [1, 2, 4], steps = [\n    # The first words.\n    { say = \"Welkom.\", id = \"welkom\", keep = \"light\", pause = 3 }, # warm\n"
        ),
        "{text}"
    );
    assert!(text.contains("weight = 3 } },\n  ] },\n  { say = \"Adem"), "{text}");
    let around = text.find("{ repeat").unwrap();
    assert_eq!(done(&text, &ScriptEdit::Unwrap { step: around }), SCRIPT);
    // Steps that share a line, and a last one without a comma.
    let bell = at(SCRIPT, "{ bell");
    let inline = done(SCRIPT, &repeat(adem, bell));
    assert!(inline.contains("  { repeat = [1, 2, 4], steps = [{ say = \"Adem.\""), "{inline}");
    assert!(inline.contains("{ bell = \"zacht\" }] },\n"), "{inline}");
    let around = inline.find("{ repeat").unwrap();
    assert_eq!(done(&inline, &ScriptEdit::Unwrap { step: around }), SCRIPT);
    let last = SCRIPT.find("{ repeat").unwrap();
    let nested = done(SCRIPT, &repeat(last, last));
    assert!(nested.contains("    ] }, # no comma here\n  ] },\n]"), "{nested}");
    let bare = done(SCRIPT, &ScriptEdit::Unwrap { step: last });
    assert!(bare.contains("  # within\n  { say = \"Ronde.\""), "{bare}");
    assert!(bare.contains("  { pause = 2.5 },\n  # no comma here\n]"), "{bare}");
    // Another order, another list, a step that is none.
    let refused = |edit: &ScriptEdit| apply("scripts/a.toml", SCRIPT, &hash_of(SCRIPT), edit).unwrap_err();
    let ronde = at(SCRIPT, "{ say = \"Ronde");
    for edit in [repeat(vrij, welkom), repeat(welkom, ronde), ScriptEdit::Unwrap { step: welkom }] {
        assert!(matches!(refused(&edit), EditError::RepeatList | EditError::Value(_)), "{edit:?}");
    }
}

const PARTS: &str = r#"title = "Plek"

# The beginning.
[[part]] # first
title = "Een"
steps = [{ say = "Welkom.", id = "welkom" }] # all of it

[[part]]
use = "aankomen"

# The end.
[[part]]
title = "Drie"
steps = [
  { pause = 8 }, # long
]
[part.bed]
use = "zee"
"#;

#[test]
fn a_part_is_added_moved_and_dropped_with_every_comment_kept() {
    let headers: Vec<usize> = PARTS.match_indices("[[part]]").map(|(at, _)| at).collect();
    let [first, second, third] = headers[..] else { panic!("three parts") };
    let part = |to, title: Option<&str>, text: Option<&str>, fragment: Option<&str>| {
        let [title, text, fragment] = [title, text, fragment].map(|text| text.map(str::to_owned));
        ScriptEdit::AddPart { to, title, text, fragment }
    };
    let made = part(StepSlot::After(first), Some("Nieuw"), Some("Welkom."), None);
    let text = done(PARTS, &made);
    let new = "\n[[part]]\ntitle = \"Nieuw\"\nsteps = [\n  { say = \"Welkom.\", id = \"welkom-2\", pause = 4 },\n]\n";
    assert_eq!(text, PARTS.replace("# all of it\n", &format!("# all of it\n{new}")));
    let added = text.match_indices("[[part]]").nth(1).unwrap().0;
    assert_eq!(done(&text, &ScriptEdit::DropPart { part: added }), PARTS);
    let text = done(PARTS, &part(StepSlot::After(third), None, None, Some("terugkeren")));
    assert_eq!(text, format!("{PARTS}\n[[part]]\nuse = \"terugkeren\"\n"));
    let added = text.match_indices("[[part]]").last().unwrap().0;
    assert_eq!(done(&text, &ScriptEdit::DropPart { part: added }), PARTS);
    // With its comments and its other tables.
    let moved = done(PARTS, &ScriptEdit::MovePart { part: third, to: StepSlot::Before(first) });
    let end = PARTS.find("# The end.").unwrap();
    let [before, last] = [&PARTS[..end - 1], &PARTS[end..]];
    assert_eq!(moved, before.replace("# The beginning.", &format!("{last}\n# The beginning.")));
    let headers: Vec<usize> = moved.match_indices("[[part]]").map(|(at, _)| at).collect();
    let back = ScriptEdit::MovePart { part: headers[0], to: StepSlot::After(headers[2]) };
    assert_eq!(done(&moved, &back), PARTS);
    // Comments of what goes stay.
    let text = done(PARTS, &ScriptEdit::DropPart { part: first });
    assert_eq!(
        text,
        format!("title = \"Plek\"\n\n# The beginning.\n# first\n# all of it\n\n{}", &PARTS[second..])
    );
    let one = "title = \"A\"\n[[part]]\nsteps = [{ pause = 8 }]\n";
    let only = ScriptEdit::DropPart { part: one.find("[[part]]").unwrap() };
    let refused = apply("scripts/a.toml", one, &hash_of(one), &only);
    assert!(matches!(refused, Err(EditError::LastPart)));
    let none = part(StepSlot::After(first), Some("Leeg"), Some(" "), None);
    let refused = apply("scripts/a.toml", PARTS, &hash_of(PARTS), &none);
    assert!(matches!(refused, Err(EditError::NoWords)));
}

#[test]
fn rounds_and_the_limits_of_a_script_change_in_their_own_notation() {
    let step = SCRIPT.find("{ repeat").unwrap();
    let text = done(SCRIPT, &ScriptEdit::Rounds { step, times: [1, 4, 9] });
    assert_eq!(text, SCRIPT.replace("[2, 4, 6]", "[1, 4, 9]"));
    let text = done(SCRIPT, &ScriptEdit::Rounds { step, times: [3, 3, 3] });
    assert_eq!(text, SCRIPT.replace("[2, 4, 6]", "3"));
    let limits =
        SCRIPT.replace("levels", "length = { usual = \"5m\", least = 180, most = \"8m\" } # so\nlevels");
    let edit = ScriptEdit::Length { usual: Some(330.0), least: Some(200.0), most: None };
    let text = done(&limits, &edit);
    assert_eq!(text, limits.replace("\"5m\", least = 180", "\"5m30s\", least = 200"));
    let none = apply("scripts/a.toml", SCRIPT, &hash_of(SCRIPT), &edit);
    assert!(matches!(none, Err(EditError::Notation(_))));
}

#[test]
fn what_would_be_a_mistake_or_is_no_longer_there_is_refused() {
    let refused = |edit: &ScriptEdit| apply("scripts/a.toml", SCRIPT, &hash_of(SCRIPT), edit).unwrap_err();
    let long = at(SCRIPT, "{ pause = { nat");
    assert!(matches!(refused(&pause(long, Some(5.0), None, None)), EditError::Refused { .. }));
    assert!(matches!(refused(&pause(long + 1, Some(50.0), None, None)), EditError::NoStep));
    assert!(matches!(refused(&pause(long, Some(f64::NAN), None, None)), EditError::PauseTime));
    let other = apply("scripts/a.toml", SCRIPT, "0", &pause(long, Some(50.0), None, None));
    assert!(matches!(other, Err(EditError::Changed)));
    let poem = apply("course.toml", SCRIPT, &hash_of(SCRIPT), &pause(long, Some(50.0), None, None));
    assert!(matches!(poem, Err(EditError::NoScript)));
    for words in ["x\0y", "\u{202e}Adem in."] {
        let hidden = ScriptEdit::Reword { step: at(SCRIPT, "{ say = \"Adem"), text: words.to_owned() };
        assert!(matches!(refused(&hidden), EditError::Sign(_)), "{words:?}");
    }
    let repeat = SCRIPT.find("{ repeat").unwrap();
    let into = ScriptEdit::Move { step: repeat, to: StepSlot::After(at(SCRIPT, "{ say = \"Ronde")) };
    assert!(matches!(refused(&into), EditError::IntoItself));
}

#[test]
fn what_was_overtaken_is_forgotten_and_what_was_before_it_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let record = |before: &str, after: &str| EditRecord {
        path: "a".to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        what: "pause".to_owned(),
    };
    let mut journal = Journal::open(folder.path(), |_| None);
    journal.add(record("a\nb\n", "A\nb\n")).unwrap();
    journal.add(record("A\nb\n", "A\nB\n")).unwrap();
    let theirs = |_: &str| Some("A\nX\n".to_owned());
    assert!(matches!(journal.restored(JournalStep::Undo, theirs), Some(Err(_))));
    journal.overtaken(JournalStep::Undo).unwrap();
    assert_eq!(journal.counts(), [1, 0]);
    let again = Journal::open(folder.path(), theirs);
    let restored = again.restored(JournalStep::Undo, theirs).unwrap().unwrap();
    assert_eq!((again.counts(), restored.text.as_str()), ([1, 0], "a\nX\n"));
}

/// Every script and fragment of the course of this repository.
fn read_course() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = DiskFiles::new(root);
    let all = all_files(&files).unwrap();
    let is_script = |kind: &FileKind| matches!(kind, FileKind::Script | FileKind::Fragment);
    let scripts = all.into_iter().filter(|(kind, _)| is_script(kind));
    let text = |path: &str| String::from_utf8(files.read(Path::new(path)).unwrap()).unwrap();
    scripts.map(|(_, path)| (text(&path), path)).map(|(text, path)| (path, text)).collect()
}

static COURSE: LazyLock<Vec<(String, String)>> = LazyLock::new(read_course);

fn steps_of(path: &str, text: &str) -> Vec<StepText> {
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let file = sources.add(path, text);
    let kind = FileKind::of(path).unwrap();
    let read = table::read_file(file, text, kind.keys(), &sink, |table| {
        if kind == FileKind::Fragment {
            return Fragment::read("a", table).steps;
        }
        Script::read("a", table).parts.into_iter().flat_map(|part| part.steps).collect()
    });
    // A part that is a fragment has no table for its step.
    let is_table = |step: &&StepText| text[step.span.start..].starts_with('{');
    all_steps(&read.unwrap()).into_iter().filter(is_table).cloned().collect()
}

/// How many lines two texts have, and how many of them differ.
fn differing(before: &str, after: &str) -> (usize, usize, usize) {
    let pairs = before.lines().zip(after.lines());
    (before.lines().count(), after.lines().count(), pairs.filter(|(old, new)| old != new).count())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_pause_of_any_script_changes_one_line_and_comes_back_to_the_byte(file in any::<prop::sample::Index>(), step in any::<prop::sample::Index>(), more in 1u32..400) {
        let (path, text) = file.get(&COURSE);
        let steps: Vec<_> = steps_of(path, text).into_iter().filter(|step| step.pause.is_some()).collect();
        prop_assume!(!steps.is_empty());
        let step = step.get(&steps);
        let natural = step.pause.as_ref().unwrap().value.as_f64();
        let wanted = natural + f64::from(more) / 10.0;
        let edit = pause(step.span.start, Some(wanted), None, None);
        let edited = apply(path, text, &hash_of(text), &edit);
        // A written `most` may be in the way.
        let Ok(edited) = edited else { return Ok(()) };
        let lines = text.lines().count();
        prop_assert_eq!(differing(text, &edited.text), (lines, lines, 1));
        prop_assert_eq!(comments(text), comments(&edited.text));
        let again = steps_of(path, &edited.text);
        let same = again.iter().find(|other| other.span.start == step.span.start).unwrap();
        prop_assert!((same.pause.as_ref().unwrap().value.as_f64() - wanted).abs() < 0.001);
        let back = pause(step.span.start, Some(natural), None, None);
        prop_assert_eq!(&apply(path, &edited.text, &hash_of(&edited.text), &back).unwrap().text, text);
    }

    #[test]
    fn a_step_moved_in_any_script_keeps_every_line(file in any::<prop::sample::Index>(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), before in any::<bool>()) {
        let (path, text) = file.get(&COURSE);
        let steps = steps_of(path, text);
        prop_assume!(steps.len() > 1);
        let [from, to] = [from, to].map(|index| index.get(&steps).span.start);
        let to = if before { StepSlot::Before(to) } else { StepSlot::After(to) };
        match apply(path, text, &hash_of(text), &ScriptEdit::Move { step: from, to }) {
            Ok(moved) => {
                let [mut old, mut new] = [text, &moved.text].map(|text| text.lines().map(str::trim).collect::<Vec<_>>());
                old.sort_unstable();
                new.sort_unstable();
                prop_assert_eq!(old, new);
                prop_assert_eq!(steps_of(path, &moved.text).len(), steps.len());
            }
            Err(EditError::IntoItself | EditError::LastStep | EditError::Refused { .. }) => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn a_step_dropped_leaves_the_comments_and_the_other_steps(file in any::<prop::sample::Index>(), step in any::<prop::sample::Index>()) {
        let (path, text) = file.get(&COURSE);
        let steps = steps_of(path, text);
        let step = step.get(&steps);
        let nested = all_steps(std::slice::from_ref(step)).len();
        match apply(path, text, &hash_of(text), &ScriptEdit::Drop { step: step.span.start }) {
            Ok(dropped) => {
                let outside = [&text[..step.span.start], &text[step.span.end..]].concat();
                prop_assert_eq!(comments(&outside), comments(&dropped.text));
                prop_assert_eq!(steps_of(path, &dropped.text).len(), steps.len() - nested);
            }
            Err(EditError::LastStep | EditError::Refused { .. }) => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn a_repeat_around_steps_of_any_script_comes_away_to_the_byte(file in any::<prop::sample::Index>(), step in any::<prop::sample::Index>()) {
        let (path, text) = file.get(&COURSE);
        let steps = steps_of(path, text);
        let first = step.get(&steps).span.start;
        let edit = ScriptEdit::Repeat { first, last: first, times: [1, 7, 23] };
        // Steps within steps within steps are refused.
        let Ok(edited) = apply(path, text, &hash_of(text), &edit) else { return Ok(()) };
        prop_assert_eq!(comments(text), comments(&edited.text));
        let step = edited.text.find("{ repeat = [1, 7, 23]").unwrap();
        let back = apply(path, &edited.text, &hash_of(&edited.text), &ScriptEdit::Unwrap { step }).unwrap();
        prop_assert_eq!(&back.text, text);
    }
}

const HEADED: &str = "title = \"Plek\"\n\n[[part]]\n\n# the first\n[[part.steps]]\nsay = \"Welkom.\" # blijft\nid = \"welkom\"\n\n[[part.steps]]\nrepeat = [1, 2, 3]\n\n[[part.steps.steps]]\nsay = \"Ronde.\"\nid = \"ronde\"\n\n[[part.steps]]\npause = 8\n";

#[test]
fn steps_with_headers_of_their_own_are_edited_as_those_in_braces() {
    let at = |text: &str, what: &str, nth: usize| text.match_indices(what).nth(nth).unwrap().0;
    let edit = |text: &str, edit: &ScriptEdit| {
        apply("scripts/a.toml", text, &hash_of(text), edit).map(|changed| changed.text)
    };
    let header = |nth: usize| at(HEADED, "[[part.steps]]", nth);
    let phrase =
        ScriptEdit::AddPhrase { to: StepSlot::After(header(0)), text: "Adem.".to_owned(), pause: Some(4.0) };
    let added = edit(HEADED, &phrase).unwrap();
    let lines = "\n[[part.steps]]\nsay = \"Adem.\"\nid = \"adem\"\npause = 4\n";
    assert_eq!(added, HEADED.replacen("id = \"welkom\"\n", &format!("id = \"welkom\"\n{lines}"), 1));
    // What is within a step moves with it, and so do the comments above it.
    let moved = ScriptEdit::Move { step: header(1), to: StepSlot::Before(header(0)) };
    let moved = edit(HEADED, &moved).unwrap();
    let round =
        "[[part.steps]]\nrepeat = [1, 2, 3]\n\n[[part.steps.steps]]\nsay = \"Ronde.\"\nid = \"ronde\"\n\n";
    assert_eq!(moved, HEADED.replace(round, "").replace("# the first", &format!("{round}# the first")));
    // The comments of a step that is dropped stay.
    let dropped = edit(HEADED, &ScriptEdit::Drop { step: header(0) }).unwrap();
    assert!(dropped.contains("# the first\n# blijft\n") && !dropped.contains("Welkom"), "{dropped}");
    // A repeat around two, and away again.
    let wrap = ScriptEdit::Repeat { first: header(0), last: header(1), times: [2, 3, 6] };
    let wrapped = edit(HEADED, &wrap).unwrap();
    assert!(
        wrapped.contains("[[part.steps]]\nrepeat = [2, 3, 6]\n\n# the first\n[[part.steps.steps]]\nsay"),
        "{wrapped}"
    );
    assert!(wrapped.contains("[[part.steps.steps.steps]]\nsay = \"Ronde.\""), "{wrapped}");
    let around = at(&wrapped, "[[part.steps]]\nrepeat = [2", 0);
    assert_eq!(edit(&wrapped, &ScriptEdit::Unwrap { step: around }).unwrap(), HEADED);
    let own =
        ScriptEdit::Move { step: header(1), to: StepSlot::After(at(HEADED, "[[part.steps.steps]]", 0)) };
    assert!(matches!(edit(HEADED, &own), Err(EditError::IntoItself)));
}

#[test]
fn bells_at_clock_times_are_added_changed_and_dropped() {
    let edit = |text: &str, edit: &ScriptEdit| {
        apply("scripts/a.toml", text, &hash_of(text), edit).map(|changed| changed.text)
    };
    let add = |at: &str| ScriptEdit::AddCue { at: at.to_owned(), bell: "tik".to_owned() };
    let first = edit(HEADED, &add("5m")).unwrap();
    assert_eq!(first, HEADED.replacen("[[part]]", "[[cue]]\nat = \"5m\"\nbell = \"tik\"\n\n[[part]]", 1));
    let second = edit(&first, &add("end-9s")).unwrap();
    assert!(
        second.contains("bell = \"tik\"\n\n[[cue]]\nat = \"end-9s\"\nbell = \"tik\"\n\n[[part]]"),
        "{second}"
    );
    let cue = second.find("[[cue]]").unwrap();
    let other = ScriptEdit::Cue { cue, at: Some("6m".to_owned()), bell: None };
    assert_eq!(edit(&second, &other).unwrap(), second.replace("\"5m\"", "\"6m\""));
    assert_eq!(edit(&first, &ScriptEdit::DropCue { cue }).unwrap(), HEADED);
    assert!(matches!(edit(&first, &add("soon")), Err(EditError::Refused { .. })));
    let inline = HEADED.replacen("\n\n", "\ncue = [{ at = \"5m\", bell = \"tik\" }]\n\n", 1);
    let more = edit(&inline, &add("6m")).unwrap();
    assert!(more.contains("bell = \"tik\" }, { at = \"6m\", bell = \"tik\" }]"), "{more}");
    let cue = inline.find("{ at").unwrap();
    assert!(edit(&inline, &ScriptEdit::DropCue { cue }).unwrap().contains("cue = []"));
}
