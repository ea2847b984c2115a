//! Typing errors in scripts: each is told once, near where it was made, and what is proposed, typed, is right.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use adem::diag::{Diagnostic, Look, Severity, Sink, Sources, render_all};
use adem::script::file_kind::FileKind;

/// A script with something typed as a step.
fn script(piece: &str) -> String {
    SCRIPT.replace('@', piece)
}

const SCRIPT: &str = r#"language = "nl"
title = "De plek"

[[part]]
title = "Aankomen"
steps = [
  { say = "Je kunt altijd stoppen.", id = "vrij", safety = true },
  @
  { pause = 3 },
]

[[part]]
title = "Slot"
steps = [
  { pause = 6, oops = 1 },
]
"#;

fn examine(kind: FileKind, text: &str) -> (Sources, Vec<Diagnostic>) {
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let file = sources.read("scripts/plek.toml", text.as_bytes(), &sink).unwrap();
    kind.examine(file, &sources.get(file).text.clone(), &sink);
    (sources, sink.into_sorted())
}

/// Elsewhere in the script: what is right, what somebody typed, and the words of the message.
const LINES: &[(&str, &str, &str)] = &[
    ("title = \"De plek\"", "title = „De plek”", "quotes of a word processor"),
    ("title = \"De plek\"", "title = 'Oma's plek'", "apostrophe"),
    ("title = \"De plek\"", "title: \"De plek\"", "behind `=`"),
    ("title = \"De plek\"", "title \"De plek\"", "`=` is missing"),
    ("title = \"De plek\"", "title = De plek", "in quotes"),
    ("title = \"De plek\"", "title = \"De plek", "ends this text is missing"),
    ("title = \"De plek\"", "title = \"De\n plek\"", "one line"),
    ("title = \"De plek\"", "titel = \"De plek\"", "`titel` is not a key"),
    ("title = \"De plek\"", "Title = \"De plek\"", "`Title` is not a key"),
    ("title = \"De plek\"", "title = \"De plek\" // mooi", "begins no comment"),
    ("title = \"De plek\"", "title = \"De plek\";", "`;`"),
    ("title = \"De plek\"", "title = \"De plek\",", "`,`"),
    ("language = \"nl\"", "\u{feff}\u{a0}language = \"nl\"", "no-break space"),
    ("language = \"nl\"", "taal = \"nl\"", "`taal` is not a key"),
    ("title = \"De plek\"\n", "title = \"De plek\"\ntitle = \"De plek\"\n", "twice"),
    ("[[part]]\ntitle = \"Slot\"", "[part]\ntitle = \"Slot\"", "double brackets"),
    ("[[part]]\ntitle = \"Slot\"", "[[deel]]\ntitle = \"Slot\"", "`deel` is not a key"),
    ("[[part]]\ntitle = \"Slot\"", "[[Teil]]\ntitle = \"Slot\"", "`Teil` is not a key"),
    ("[[part]]\ntitle = \"Slot\"", "[[prat]]\ntitle = \"Slot\"", "`prat` is not a key"),
    ("[[part]]\ntitle = \"Slot\"", "[[part 2]]\ntitle = \"Slot\"", "has no number"),
    ("[[part]]\ntitle = \"Slot\"", "## Slot", "is a [[part]] missing above it?"),
    ("[[part]]\ntitle = \"Slot\"", "[[part]\ntitle = \"Slot\"", "double brackets"),
    ("[[part]]\ntitle = \"Slot\"", "[part]]\ntitle = \"Slot\"", "double brackets"),
    ("[[part]]\ntitle = \"Slot\"", "part\ntitle = \"Slot\"", "double brackets"),
    ("title = \"De plek\"", "title = \"De plek\"\nniveau = [\"full\"]", "`niveau` is not a key"),
    (
        "title = \"De plek\"",
        "title = \"De plek\"\nlength = { gewoonlijk = 600, least = 300, most = 900 }",
        "`gewoonlijk` is not a key",
    ),
    ("[[part]]\ntitle = \"Slot\"", "((part))\ntitle = \"Slot\"", "double brackets"),
    ("\n]\n\n[[part]]", "\n\n[[part]]", "`]` that ends this list is missing"),
    (
        "title = \"Slot\"",
        "title = \"Slot\"\nauthor = \"An\"",
        "`author` belongs to the script: above the first [[part]]",
    ),
    ("steps = [\n  { pause = 6", "steps = \n  { pause = 6", "`[` is missing"),
    ("steps = [\n  { pause = 6", "stappen = [\n  { pause = 6", "`stappen` is not a key"),
    ("steps = [\n  { pause = 6", "steps [\n  { pause = 6", "`=` is missing"),
    ("steps = [\n  { say", "steps = {\n  { say", "belongs"),
    ("title = \"De plek\"", "title =\n\"De plek\"", "on the line of its key"),
    ("steps = [\n  { pause = 6", "steps =\n[\n  { pause = 6", "on the line of its key"),
    ("steps = [\n  { pause = 6", "steps\n  { pause = 6", "`= [` is missing"),
    ("language = \"nl\"\ntitle", "language = \"nl\" title", "a line break is missing before `title`"),
    ("language = \"nl\"\ntitle", "language = \"nl\", title", "a line break is missing before `title`"),
    ("title = \"Slot\"\nsteps", "title = \"Slot\"steps", "a line break is missing before `steps`"),
    ("[[part]]\ntitle = \"Slot\"", "[[part]] title = \"Slot\"", "a line break is missing before `title`"),
    ("[[part]]\ntitle = \"Slot\"", "part:\ntitle = \"Slot\"", "double brackets"),
    ("[[part]]\ntitle = \"Slot\"", "[ [part] ]\ntitle = \"Slot\"", "no space"),
    ("title = \"De plek\"", "track = 01\ntitle = \"De plek\"", "no number"),
    ("title = \"Slot\"", "title = \"Slot\"\nlanguage = \"nl\"", "stands there already"),
    ("title = \"Slot\"", "title = \"Slot\"\nlanguage = \"en\"", "stands there already"),
    ("title = \"De plek\"", "title = \"De plek\"\nlength = \"3m\"", "the usual, the least and the most"),
    ("title = \"De plek\"", "title = \"De plek\"\nposture = \"sitting\"", "not `sitting`"),
    ("title = \"De plek\"", "track = 1.0\ntitle = \"De plek\"", "`track` takes a whole number"),
    ("title = \"De plek\"", "title = \"De plek\"\nlength = \"2m-6m\"", "the usual, the least and the most"),
    ("title = \"De plek\"", "title = \"De plek\"\nlength = 180", "the usual, the least and the most"),
    (
        "title = \"De plek\"",
        "title = \"De plek\"\nlength = { natural = \"3m\", least = \"2m\", most = \"6m\" }",
        "`natural` is not a key",
    ),
    (
        "title = \"De plek\"",
        "title = \"De plek\"\nlength = { usual = \"2'30\", least = \"2m\", most = \"6m\" }",
        "is not a time",
    ),
];

fn apply(sources: &Sources, found: &Diagnostic) -> Option<String> {
    let patch = found.patch.as_ref()?;
    let mut text = sources.get(found.span().file).text.clone();
    let mut edits: Vec<_> = patch.edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    for edit in edits {
        text.replace_range(sources.range(edit.span), &edit.replacement);
    }
    Some(text)
}

fn shown(sources: &Sources, found: &[Diagnostic]) -> String {
    render_all(found, sources, Look::Plain)
}

/// What somebody typed as a step, and the words of the message.
const STEPS: &[(&str, &str)] = &[
    (r#"{ say = „Adem in“, id = "in" },"#, "quotes of a word processor"),
    (r"{ say = “Adem in”, id = ”in” },", "quotes of a word processor"),
    (r#"{ say = ‘Adem in’, id = "in" },"#, "quotes of a word processor"),
    (r#"{ say = “Zeg "ja" tegen jezelf”, id = "in" },"#, "quotes of a word processor"),
    (r#"{ say = "Adem in”, id = "in" },"#, "quotes of a word processor"),
    (r#"{ say = 'Dat's mooi', id = "in" },"#, "apostrophe"),
    (r#"{ say = "Zeg "ja" nu", id = "in" },"#, "quote inside this text"),
    (r#"{ say = "Adem in', id = "in" },"#, "begins with \" and ends with '"),
    (r#"{ say = "Adem in, id = "in" },"#, "`\"` that ends this text is missing"),
    (r#"{ say = Adem in", id = "in" },"#, "`\"` that begins this text is missing"),
    (r#"{ say = Adem in en uit, id = "in" },"#, "a text stands in quotes"),
    ("{ say = \"Adem in\n  en uit\", id = \"in\" },", "a text stands on one line"),
    ("{ pause = 6,5 },", "decimal number"),
    ("{ say = \"Adem in\", id = \"in\", pause = 6,5 },", "decimal number"),
    ("{ pause: 6 },", "behind `=`, not `:`"),
    ("{ pause == 6 },", "`==`"),
    ("{ pause 6 },", "`=` is missing"),
    ("{ pause = [5, 8, 12] },", "`pause` with limits is a table"),
    ("{ pause = \"5 - 8\" },", "`pause` with limits is a table"),
    ("{ breathe = { inhale = 4, out = 6, times = 3 } },", "`inhale` is not a key"),
    (r#"{ say = "Adem in.", id ' "in" },"#, "`'` stands where `=` belongs"),
    (r#"{ say = "Adem in.", id ” "in" },"#, "`”` stands where `=` belongs"),
    (
        "{ repeat = 2, rotate = \n    { say = \"Een.\", id = \"een\" },\n    { say = \"Twee.\", id = \"twee\" },\n  ] },",
        "`[` is missing",
    ),
    ("{ pause = 6; },", "not `;`"),
    ("{ pause = 6 }", "a comma is missing"),
    ("{ pause = 6 };", "a comma belongs here, not `;`"),
    ("{ pause = { natural = 6, least = 2 } }; # stil", "a comma belongs here, not `;`"),
    ("{ repeat = 2, steps = [{ pause = 6 };\n  ] },", "a comma belongs here, not `;`"),
    ("{ repeat = 2, steps = [\n  { pause = 6 };\n  ] },", "a comma belongs here, not `;`"),
    (r"{ pause = { natuurlijk = 6, least = 2 } },", "`natuurlijk` is not a key"),
    (r"{ pause = { normaal = 6, least = 2 } },", "`normaal` is not a key"),
    (r"{ pause = { natural = 6, gewicht = 2 } },", "`gewicht` is not a key"),
    (r#"{ zin = "Adem in.", id = "in" },"#, "`zin` is not a key"),
    (r#"{ spreek = "Adem in.", id = "in" },"#, "`spreek` is not a key"),
    (r#"{ zegt = "Adem in.", id = "in" },"#, "`zegt` is not a key"),
    ("{ wacht = 6 },", "`wacht` is not a key"),
    (r#"{ say = "Adem in.", id = "in", behoud = "light" },"#, "`behoud` is not a key"),
    (r#"{ say = "Adem in.", id = "in", belang = 3 },"#, "`belang` is not a key"),
    ("{ breathe = { in = 4, out = 6, aantal = 3 } },", "`aantal` is not a key"),
    (r#"{ say = "Adem in" id = "in" },"#, "a comma is missing"),
    (r#"{ say = "Adem in.", id = "in", safety = ja },"#, "`ja` is no word"),
    (r#"{ say = "Adem in.", id = "in", safety = True },"#, "`True`"),
    (r#"{ say = "Adem in.", id = "in", safety = yes },"#, "`yes`"),
    (r#"{ say = "Adem in.", id = "in", safety = "ja" },"#, "true or false"),
    (r#"{ say = "Adem in.", id = "in", keep = light },"#, "in quotes"),
    (r#"{ say = "Adem in.", id = "in", keep = "licht" },"#, "not `licht`"),
    ("{ pause = 6 }, // stil", "`//` begins no comment"),
    ("// stil", "`//` begins no comment"),
    ("{\u{a0}pause = 6 },", "no-break space"),
    ("{ pause =\u{a0}6 },", "no-break space"),
    ("{ pause = 6 ,", "`}` is missing"),
    (" pause = 6 },", "`{` is missing"),
    ("( pause = 6 ),", "not in `( )`"),
    ("[ pause = 6 ],", "not in `[ ]`"),
    ("{ pause = 6 ],", "`]` stands where `}` belongs"),
    ("{ pauze = 6 },", "`pauze` is not a key"),
    ("{ stilte = 6 },", "`stilte` is not a key"),
    ("{ puase = 6 },", "`puase` is not a key"),
    (r#"{ pause = "vullen" },"#, "vullen"),
    (r"{ pause = fill },", "in quotes"),
    (r"{ pause = 6s },", "in quotes"),
    (r"{ pause = .5 },", "no number"),
    (r#"{ say = "a\d", id = "in" },"#, "`\\`"),
    (r#"{ breathe = { in = 4, out = 6, times = 3, say = "Adem", id = "in" } },"#, "belong to the step"),
    (r#"{ breathe = { in = 4, out = 6, times = 3 }, say = "Adem", id = "in" ,"#, "`}` is missing"),
    (r#"{ breathe = { in = 4, out = 6, times = 3 , say = "Adem", id = "in" },"#, "`}` is missing"),
    (r"{ pause = 6 }},", "one `}` too many"),
    (r"{ {pause = 6 },", "one `{` too many"),
    (r#"{ say = ""Adem in.", id = "in" },"#, "quote"),
    ("{ pause = 07 },", "no number"),
    ("{ pause = 6\" },", "one `\"` too many"),
    ("{ breathe = { in = 4, out = \"6, times = 3 } },", "one `\"` too many"),
    ("{ breathe = { in = 4, out = 6, times = [2, 3\", 6] } },", "one `\"` too many"),
    ("{ pause = \"fill\" \"},", "one `\"` too many"),
    (r#"{ say = "Rust.", id = "rust", safe”ty = true },"#, "one `”` too many"),
    ("{ breathe = { in = 4, out = 6,, times = 3 } },", "one comma too many"),
    ("{ pause = { natural = 20, , least = 8 } },", "one comma too many"),
    ("{ pause = 6 },,", "one comma too many"),
    ("{ pause = { usual = 20, least = 8, most = 60 } },", "`usual` is not a key"),
    (r#"{ ay = "Er hoeft nu niets.", id = "in" },"#, "`ay` is not a key"),
    (r#"{ breathe = { in = 4, out = 6, times = "2 3 6" } },"#, "rounds are one number"),
    ("{ breathe = { in = 4, out = 6, times = 2-6 } },", "rounds are one number"),
    ("{ breathe = { in = 4, out = 6, times = [2, 6] } },", "rounds are one number"),
    (
        "{ breathe = { in = 4, out = 6, times = { most = 6, least = 2, natural = 3 } } },",
        "rounds are one number",
    ),
    ("7,", "a step is a table in braces"),
    (r#"say = "Er hoeft nu niets.", id = "in","#, "a step stands in `{ }`"),
    ("pause = 3", "a step stands in `{ }`"),
    (r#"{ "Er hoeft nu niets.", id = "in" },"#, "`say =` is missing"),
    (r#"{ "Hier.", id = "in" },"#, "`say =` is missing"),
    ("{ pause = { 20, 8, 60 } },", "`pause` with limits is a table"),
    ("{ pause = 20..60 },", "`pause` with limits is a table"),
    ("{ pause = [7] },", "`pause` takes a time"),
    ("{ pause = -5 },", "`pause` can take"),
    ("{ breathe = { in = 4, out = 6, times = \"2 to 6\" } },", "rounds are one number"),
    ("{ breathe = { in = 4, out = 6, times = 3x } },", "rounds are one number"),
    ("{ repeat = 3, steps = { pause = 3 } },", "`steps` takes a list"),
    (r#"{ say = "Er is niets.", id = "in", keep = ["light"] },"#, "`keep` takes a text"),
    (r#"{ say = "Terug bij je adem. id = "in", keep = "light" },"#, "`\",` that ends this text"),
];

/// Everything that is wrong with how a script with one typo is told, read on and corrected.
fn judge(text: &str, words: &str, lines: std::ops::RangeInclusive<usize>) -> Vec<String> {
    let (sources, found) = examine(FileKind::Script, text);
    let (oops, typos): (Vec<_>, Vec<_>) = found.iter().partition(|found| found.message.contains("oops"));
    let mut wrong = Vec::new();
    if oops.len() != 1 {
        wrong.push("the rest is not read".to_owned());
    }
    let [typo] = typos[..] else {
        wrong.push(format!("not one message\n{text}\n{}", shown(&sources, &found)));
        return wrong;
    };
    if !typo.message.contains(words) {
        wrong.push(format!("the message does not say {words}"));
    }
    if !lines.contains(&sources.line_column(typo.span()).line) {
        wrong.push("the place is elsewhere".to_owned());
    }
    match apply(&sources, typo) {
        None => wrong.push("nothing is proposed".to_owned()),
        Some(corrected) => {
            let (again, found) = examine(FileKind::Script, &corrected);
            let is_rest =
                |found: &&Diagnostic| found.severity == Severity::Error && !found.message.contains("oops");
            if found.iter().any(|found| is_rest(&found)) {
                wrong.push(format!("what is proposed is wrong: {corrected}\n{}", shown(&again, &found)));
            }
        }
    }
    if !wrong.is_empty() {
        wrong.push(format!("{text}\n{}", shown(&sources, &found)));
    }
    wrong
}

#[test]
fn what_is_proposed_for_a_step_is_right_and_the_rest_of_the_file_is_read() {
    let wrong: Vec<_> =
        STEPS.iter().flat_map(|(typed, words)| judge(&script(typed), words, 7..=10)).collect();
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), STEPS.len(), wrong.join("\n"));
}

#[test]
fn what_is_proposed_for_a_line_is_right_and_the_rest_of_the_file_is_read() {
    let base = script("{ pause = 2 },");
    let mut wrong = Vec::new();
    for (right, typed, words) in LINES {
        assert!(base.contains(right), "{right}");
        let text = base.replacen(right, typed, 1);
        let line = base[..base.find(right).unwrap()].lines().count() + 1;
        wrong.extend(judge(&text, words, line.saturating_sub(4)..=line + 3));
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), LINES.len(), wrong.join("\n"));
}

#[test]
fn a_file_full_of_curly_quotes_is_one_message() {
    let text = script("{ pause = 2 },").replace(" = \"", " = “").replace('"', "”");
    let (sources, found) = examine(FileKind::Script, &text);
    let typos: Vec<_> = found.iter().filter(|found| !found.message.contains("oops")).collect();
    let [typo] = typos[..] else { panic!("{}", shown(&sources, &found)) };
    assert!(typo.message.contains("more places"), "{}", typo.message);
    let (_, found) = examine(FileKind::Script, &apply(&sources, typo).unwrap());
    assert_eq!(found.len(), 1, "only `oops` is left");
}

#[test]
fn rows_that_are_all_wrong_are_all_told() {
    for (right, wrong) in [("say = ", "say: "), ("say = \"", "say = “"), (" },\n", " }\n"), (", id", " id")]
    {
        let row =
            "  { say = \"Adem zoals je nu ademt, en blijf daar even bij.\", id = \"adem\", pause = 6 },\n";
        let rows: String = (0..60)
            .map(|at| row.replace("adem\"", &format!("adem-{at}\"")).replacen(right, wrong, 1))
            .collect();
        let text = script("{ pause = 2 },").replacen("  { pause = 2 },\n", &rows, 1);
        assert!(text.contains(wrong), "{text}");
        let (sources, found) = examine(FileKind::Script, &text);
        let typos: Vec<_> = found.iter().filter(|found| !found.message.contains("oops")).collect();
        let [typo] = typos[..] else { panic!("{wrong}: {}", shown(&sources, &found)) };
        assert!(typo.message.contains("in 59 more places"), "{wrong}: {}", typo.message);
        let (_, found) = examine(FileKind::Script, &apply(&sources, typo).unwrap());
        assert_eq!(found.len(), 1, "{wrong}: only `oops` is left");
    }
}

#[test]
fn a_file_full_of_rubbish_says_where_reading_ended() {
    let rubbish = "((( = [ { \" ' ;;\n".repeat(3000);
    let (sources, found) = examine(FileKind::Script, &format!("{}\n{rubbish}", script("{ pause = 2 },")));
    let last = found.iter().max_by_key(|found| found.span().start).unwrap();
    assert!(last.message.contains("was not read"), "{}", shown(&sources, &found));
    assert!(sources.line_column(last.span()).line < 3000);
}

/// A script with one phrase as a step.
const PHRASE: &str = r#"{ say = "Er hoeft nu niets.", id = "niets", pause = 7 },"#;

/// The script with every certain change made.
fn mended(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..8 {
        let (sources, found) = examine(FileKind::Script, &text);
        let mut edits: Vec<(std::ops::Range<usize>, String)> = found
            .iter()
            .filter_map(|found| found.patch.as_ref())
            .filter(|patch| patch.certain)
            .flat_map(|patch| {
                patch.edits.iter().map(|edit| (sources.range(edit.span), edit.replacement.clone()))
            })
            .collect();
        edits.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
        edits.dedup_by(|next, first| next.0.start == first.0.start);
        for (range, typed) in edits {
            text.replace_range(range, &typed);
        }
    }
    text
}

#[test]
fn a_wrong_sign_for_an_equals_sign_puts_no_key_into_a_text() {
    let good = script(PHRASE);
    for sign in [
        "-", "–", "＝", "is", "→", "+", "_", ",", ".", "'", "!", "(", "==", "=>", ":", "~", "= =", "：", "/",
        "|", ";",
    ] {
        for key in ["id", "say"] {
            let text = good.replacen(
                &format!("{key} = \"{}", if key == "id" { "niets" } else { "Er" }),
                &format!("{key} {sign} \"{}", if key == "id" { "niets" } else { "Er" }),
                1,
            );
            assert_ne!(text, good);
            let after = mended(&text);
            // The apostrophe may begin another text.
            assert!(after == good || sign == "'" && after == text, "{sign}\n{after}");
        }
    }
}

#[test]
fn several_slips_of_a_line_are_all_told_and_typed_right() {
    let good = script(PHRASE);
    for (typed, count) in [
        (r#"{ say = “Er hoeft nu niets.”, id = "niets", puase = 7 },"#, 2),
        (r"{ say = “Er hoeft nu niets.”, id = “niets”, pause: 7 },", 2),
        (r#"{ say = "Er hoeft nu niets."; id = "niets"; pause = 7 },"#, 1),
        (r"{ say ＝ ＂Er hoeft nu niets.＂，id = ＂niets＂， pause = 7 },", 3),
        (r#"{ say = 「Er hoeft nu niets.」, id = "niets", pause = 7 },"#, 1),
        (r#"1. { say = "Er hoeft nu niets.", id = "niets", pause = 7 },"#, 1),
        (r#"- { say = "Er hoeft nu niets.", “id” = "niets", pause = 7 },"#, 2),
        (r#"( say = "Er hoeft nu niets.", id = "niets" pause: 7 ),"#, 3),
        (r#"{ say = "Er hoeft nu niets.," id = "niets", pause = 7 },"#, 1),
        (r#"{ say = "Er hoeft nu niets.", i d = "niets", pause = 7 },"#, 1),
        (r#"{ say = "Er hoeft nu niets.", id = "niets", pause = "7 },"#, 1),
        ("{ say = \"Er hoeft nu \u{8}niets.\", id = \"niets\", pause = 7 },", 1),
    ] {
        let text = script(typed);
        let (sources, found) = examine(FileKind::Script, &text);
        assert_eq!(found.len(), count + 1, "{typed}\n{}", shown(&sources, &found));
        assert_eq!(mended(&text), good, "{typed}");
    }
    for typed in [
        r#"{ say = "Er hoeft nu niets.", id = "niets" pause = 6,5 },"#,
        r#"{ say = "Er hoeft nu niets.", id = "niets", pause: 6,5 },"#,
        r#"( say = "Er hoeft nu niets.", id = "niets", pause = 6,5 ),"#,
        r#"{ say = “Er hoeft nu niets.”, id = "niets", pause = 6,5 },"#,
        r#"{ say = "Er hoeft nu niets.", id = niets, pause = 6,5 },"#,
    ] {
        assert_eq!(mended(&script(typed)), good.replace("pause = 7", "pause = 6.5"), "{typed}");
    }
}

/// What somebody typed as a step, the words of the one message, and what is certain about it: the step afterwards.
const UNSURE: &[(&str, &str, &str)] = &[
    ("{ pause = 7, pause = 8 },", "`pause` stands here twice", ""),
    ("{ pause = 7, pause = 7 },", "`pause` stands here twice", "{ pause = 7 },"),
    ("{ breathe = { in = 4, in = 5, out = 6, times = 3 } },", "`in` stands here twice", ""),
    (
        r#"{ say = "Rust.", id = "rust", safety = true, safety = true },"#,
        "`safety` stands here twice",
        r#"{ say = "Rust.", id = "rust", safety = true },"#,
    ),
    ("{ pause = 7, most = 20 },", "`most` belongs into", ""),
    ("{ natural = 7, most = 20 },", "`natural` and `most` belong into", ""),
    (r#"{ in = 4, out = 6, times = [2, 3, 6], say = "In | en uit", id = "uit" },"#, "`breathe = { … }`", ""),
    (r#"{ say = "Rust.", id = "rust", pause = },"#, "`pause` has no value", ""),
    (r#"{ say = "Rust.", id = "rust", safety = true, pause },"#, "`pause` has no value", ""),
    ("Nu een lange stilte.", "neither a key with a value nor a step", ""),
    (
        "{ breathe = { in = 4, out = 6, times = (2, 3, 6) } },",
        "a list stands in `[ ]`",
        "{ breathe = { in = 4, out = 6, times = [2, 3, 6] } },",
    ),
    (r#"{ say = "Zeg "ja", dan "nee".", id = "ja" },"#, "", ""),
];

#[test]
fn what_has_another_reading_is_told_once_and_not_certain() {
    for (typed, words, right) in UNSURE {
        let text = script(typed);
        let (sources, found) = examine(FileKind::Script, &text);
        let oops = found.iter().filter(|found| found.message.contains("oops")).count();
        assert!(words.is_empty() || oops == 1 && found.len() == 2, "{typed}\n{}", shown(&sources, &found));
        assert!(found.iter().any(|found| found.message.contains(words)), "{}", shown(&sources, &found));
        assert_eq!(mended(&text), script(if right.is_empty() { typed } else { right }), "{typed}");
    }
}

#[test]
fn lines_that_stand_twice_and_lost_headers_are_told_as_what_they_are() {
    let good = script("{ pause = 2 },");
    let twice = good.replacen("steps = [\n", "steps = [\nsteps = [\n", 1);
    assert_eq!(mended(&twice), good);
    let lost = good.replacen("[[part]]\ntitle = \"Slot\"", "title = \"Slot\"", 1);
    let (sources, found) = examine(FileKind::Script, &lost);
    let typos: Vec<_> = found.iter().filter(|found| !found.message.contains("oops")).collect();
    let [typo] = typos[..] else { panic!("{}", shown(&sources, &found)) };
    assert!(
        typo.message.contains("`title` stands here twice: is a [[part]] missing above it?"),
        "{}",
        typo.message
    );
    assert_eq!(apply(&sources, typo).unwrap(), good);
    assert_eq!(mended(&lost), lost);
}

#[test]
fn a_merge_conflict_is_one_error_and_nothing_in_its_file_is_certain() {
    let row = "  { say = \"Er hoeft niets.\", id = \"niets\" },\n";
    let both = format!("<<<<<<< HEAD\n{row}=======\n{}>>>>>>> b\n", row.replace("niets.", "nu niets."));
    let text = script("{ pauze = 2 },").replacen("  { pauze", &format!("{both}  {{ pauze"), 1);
    let (sources, found) = examine(FileKind::Script, &text);
    assert_eq!(found.len(), 3, "{}", shown(&sources, &found));
    assert!(found[0].message.contains("two versions"), "{}", shown(&sources, &found));
    assert_eq!(mended(&text), text);
}

#[test]
fn a_line_with_crlf_is_shown_without_it() {
    let text = script("{ pauze = 2 },").replace('\n', "\r\n");
    let (sources, found) = examine(FileKind::Script, &text);
    let shown = shown(&sources, &found);
    assert!(!shown.contains(['␍', '\r']), "{shown}");
}

#[test]
fn what_belongs_into_the_steps_of_a_part_is_proposed_there() {
    // A part without steps, with a phrase in their place.
    let text =
        script("{ pause = 2 },").replace("steps = [\n  { pause = 6, oops = 1 },\n]", "pause = 3\nwhole = 1");
    for (typed, right) in [
        ("pause = 3", "steps = [{ pause = 3 }]"),
        ("say = \"Hier.\"\nid = \"hier\"", "steps = [{ say = \"Hier.\", id = \"hier\" }]"),
    ] {
        let text = text.replace("pause = 3\nwhole = 1", typed);
        let (sources, found) = examine(FileKind::Script, &text);
        let [told] = &found[..] else { panic!("{}", shown(&sources, &found)) };
        assert_eq!(
            apply(&sources, told).unwrap(),
            text.replace(&format!("\n{typed}"), &format!("\n{right}"))
        );
    }
    let words = |text: &str| {
        let (sources, found) = examine(FileKind::Script, text);
        let told: Vec<_> = found.into_iter().filter(|found| !found.message.contains("oops")).collect();
        assert_eq!(told.len(), 1, "{}", shown(&sources, &told));
        shown(&sources, &told)
    };
    let text = script("{ pause = 2 },");
    let under = words(&text.replace("title = \"Slot\"", "title = \"Slot\"\npause = 3"));
    assert!(under.contains("write it as `{ pause = … }` into `steps = [ … ]`"), "{under}");
    let above = words(&text.replace("title = \"De plek\"", "title = \"De plek\"\npause = 3"));
    assert!(above.contains("into the `steps` of a [[part]]"), "{above}");
    let sentence = words(&text.replace("{ pause = 2 }", "\"Er hoeft nu niets.\""));
    assert!(sentence.contains("{ say = \"Er hoeft nu niets.\" }"), "{sentence}");
    let nameless = words(&text.replace("{ pause = 2 }", "{ bell }"));
    assert!(nameless.contains("`bell` has no value"), "{nameless}");
}

#[test]
fn a_file_of_another_format_is_one_message() {
    for (text, format) in [
        ("{\n  \"language\": \"en\",\n  \"part\": [{ \"steps\": [] }]\n}\n", "JSON"),
        ("language: en\ntitle: A\npart:\n  - title: B\n    steps:\n      - pause: 3\n", "YAML"),
    ] {
        let (sources, found) = examine(FileKind::Script, text);
        let [told] = &found[..] else { panic!("{}", shown(&sources, &found)) };
        assert!(told.message.contains(format), "{}", told.message);
    }
}
