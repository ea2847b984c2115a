//! Errors of typing made by a generator in the files of the course: each error is told once, near where it was made, and
//! the rest of the file is read. `ADEM_TYPING=4` makes four times as many and prints every one that is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout)] // the shares are what it is for

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use adem::diag::{Code, Diagnostic, FileId, Look, Severity, Sink, Sources, one_for_each_cause, render_all};
use adem::engine::examine;
use adem::files::MemoryFiles;
use adem::script::file_kind::FileKind;
use adem::script::po::syntax;

/// Random numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % most.max(1)
    }
}

/// Makes an error in a text: the text, and the line of the error from 1.
type Mistake = fn(&str, &mut Random) -> Option<(String, usize)>;

const LETTERS: [(&str, Mistake); 5] = [
    ("swap", |text, random| {
        let (at, c, next) = a_place(text, random)?;
        let other = text[next..].chars().next().filter(|other| *other != c && *other != '\n')?;
        changed(text, at..next + other.len_utf8(), &format!("{other}{c}"))
    }),
    ("drop", |text, random| {
        let (at, _, next) = a_place(text, random)?;
        changed(text, at..next, "")
    }),
    ("double", |text, random| {
        let (at, c, next) = a_place(text, random)?;
        changed(text, at..next, &format!("{c}{c}"))
    }),
    ("quote", |text, random| {
        let at = a_sign(text, random, &['"'])?;
        let quotes = ["„", "“", "”", "'", "’", "`", "", "«"];
        changed(text, at..at + 1, quotes[random.below(quotes.len())])
    }),
    ("bracket", |text, random| {
        let at = a_sign(text, random, &['[', ']', '{', '}'])?;
        let brackets = ["[", "]", "{", "}", "(", ")", ""];
        changed(text, at..at + 1, brackets[random.below(brackets.len())])
    }),
];

/// A letter or sign outside of comments and white space at the start of lines.
fn a_place(text: &str, random: &mut Random) -> Option<(usize, char, usize)> {
    let places: Vec<_> = text.char_indices().filter(|(_, c)| *c != '\n').collect();
    let (at, c) = places[random.below(places.len())];
    let line = &text[text[..at].rfind('\n').map_or(0, |newline| newline + 1)..at];
    (!(line.contains('#') || line.trim().is_empty() && c == ' ')).then_some((at, c, at + c.len_utf8()))
}

fn a_sign(text: &str, random: &mut Random, signs: &[char]) -> Option<usize> {
    let places: Vec<_> = text.match_indices(signs).collect();
    let (at, _) = *places.get(random.below(places.len()))?;
    let line = &text[text[..at].rfind('\n').map_or(0, |newline| newline + 1)..at];
    (!line.contains('#')).then_some(at)
}

fn changed(text: &str, range: std::ops::Range<usize>, typed: &str) -> Option<(String, usize)> {
    let line = text[..range.start].matches('\n').count() + 1;
    let mut changed = text.to_owned();
    changed.replace_range(range, typed);
    (changed != text).then_some((changed, line))
}

/// A line that belongs to another table, put below a heading.
fn misplaced(text: &str, random: &mut Random, heading: &str, lines: &[&str]) -> Option<(String, usize)> {
    let line = lines[random.below(lines.len())];
    let tables: Vec<_> = text.match_indices(heading).collect();
    let (at, _) = *tables.get(random.below(tables.len()))?;
    changed(text, at + heading.len()..at + heading.len(), &format!("\n{line}"))
        .map(|(text, line)| (text, line + 1))
}

/// A word of the file in the language of its author.
fn translated(text: &str, random: &mut Random, words: &[(&str, &str)]) -> Option<(String, usize)> {
    let (word, typed) = words[random.below(words.len())];
    let places: Vec<_> = text.match_indices(word).collect();
    let (at, _) = *places.get(random.below(places.len()))?;
    changed(text, at..at + word.len(), typed)
}

/// Files of one kind, how they are read, and the errors that are made in them.
struct Subject<'a> {
    name: &'a str,
    texts: Vec<String>,
    /// An error at the end of each file, which is found only where the rest is read, and a word of its message.
    oops: [&'a str; 2],
    examine: fn(FileId, &str, &Sink),
    kinds: &'a [(&'a str, Mistake)],
    /// How many errors of each kind are made in each file, for files of usual length.
    rounds: usize,
}

fn texts(folder: &str, ending: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut waiting = vec![root];
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.to_str().is_some_and(|path| path.ends_with(ending)) {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// The share of errors that are told once, near where they were made, with the rest of the file read.
fn share(subject: &Subject<'_>) {
    let Subject { name, texts, oops: [oops, word], examine, kinds, rounds } = subject;
    assert!(!texts.is_empty());
    let mut random = Random(20_261_127);
    let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut examples = Vec::new();
    let more: usize = std::env::var("ADEM_TYPING").ok().and_then(|more| more.parse().ok()).unwrap_or(1);
    for text in texts {
        let text = &format!("{text}{oops}");
        let (mut sources, sink) = (Sources::default(), Sink::new());
        examine(sources.add(*name, text.as_str()), text, &sink);
        let untouched = sink.into_sorted();
        assert!(untouched.len() == 1, "{}", render_all(&untouched, &sources, Look::Plain));
        for (kind, error) in *kinds {
            for _ in 0..rounds * more {
                let Some((typed, line)) = error(text, &mut random) else { continue };
                let (mut sources, sink) = (Sources::default(), Sink::new());
                let file = sources.add(*name, typed.as_str());
                examine(file, &typed, &sink);
                let found = sink.into_sorted();
                let last = typed.matches('\n').count();
                let is_oops = |found: &&Diagnostic| {
                    found.message.contains(word) && sources.line_column(found.span()).line + 1 >= last
                };
                let read = found.iter().any(|found| is_oops(&found));
                let errors: Vec<_> = found
                    .iter()
                    .filter(|found| found.severity == Severity::Error && !is_oops(found))
                    .collect();
                if errors.is_empty() && read {
                    continue;
                }
                let near =
                    errors.iter().all(|found| sources.line_column(found.span()).line.abs_diff(line) <= 2);
                let one = errors.len() == 1;
                let count = counts.entry(kind).or_default();
                count[0] += 1;
                count[1] += usize::from(near && !errors.is_empty());
                count[2] += usize::from(one);
                count[3] += usize::from(near && one && read);
                if !(near && one && read) {
                    let shown = typed.lines().nth(line - 1).unwrap_or_default();
                    let found = render_all(&found, &sources, Look::Plain);
                    examples.push(format!(
                        "{kind}, line {line}, near {near}, {} errors, read {read}\n{shown}\n{found}",
                        errors.len()
                    ));
                }
            }
        }
    }
    let (mut all, mut good) = (0, 0);
    for (kind, [found, near, one, every]) in &counts {
        println!("{kind:10} {found:5} errors: near {near}, one message {one}, and the rest read {every}");
        (all, good) = (all + found, good + every);
    }
    let share = 100.0 * good as f64 / all as f64;
    println!("{name}: {share:.1} % of {all}");
    if std::env::var_os("ADEM_TYPING").is_some() {
        println!("{}", examples.join("\n"));
    }
    assert!(
        all >= 100 && share >= 95.0,
        "{name}: {share:.1} % of {all}:\n{}",
        examples.iter().take(5).cloned().collect::<String>()
    );
}

/// What one error changes: a range of the text, and what is typed there.
fn edit(text: &str, typed: &str) -> (std::ops::Range<usize>, String) {
    let start = text.bytes().zip(typed.bytes()).take_while(|(one, other)| one == other).count();
    let most = text.len().min(typed.len()) - start;
    let same = |(one, other): &(u8, u8)| one == other;
    let end = text.bytes().rev().zip(typed.bytes().rev()).take(most).take_while(same).count();
    let mut range = start..text.len() - end;
    let mut stop = typed.len() - end;
    while !(text.is_char_boundary(range.start) && typed.is_char_boundary(range.start)) {
        range.start -= 1;
    }
    while !(text.is_char_boundary(range.end) && typed.is_char_boundary(stop)) {
        (range.end, stop) = (range.end + 1, stop + 1);
    }
    let typed = typed[range.start..stop].to_owned();
    (range, typed)
}

/// Several errors in one file, each of which is told alone: the share of them that is told, and how many messages lie near
/// none of them.
fn share_of_several(subject: &Subject<'_>, several: usize, files: usize) {
    let Subject { name, texts, examine, kinds, .. } = subject;
    let mut random = Random(20_261_128);
    let (mut made, mut told, mut astray, mut missed) = (0, 0, 0, Vec::new());
    let places = |text: &str| {
        let (mut sources, sink) = (Sources::default(), Sink::new());
        examine(sources.add(*name, text), text, &sink);
        let line = |span: &adem::diag::Span| sources.line_column(*span).line;
        let errors = sink.into_sorted().into_iter().filter(|found| found.severity == Severity::Error);
        errors
            .map(|found| {
                let edits = found.patch.iter().flat_map(|patch| &patch.edits).map(|edit| line(&edit.span));
                std::iter::once(line(&found.span())).chain(edits).collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    };
    for at in 0..files {
        let text = &texts[at % texts.len()];
        let mut edits: Vec<(std::ops::Range<usize>, String, usize)> = Vec::new();
        for _ in 0..several * 20 {
            if edits.len() == several {
                break;
            }
            let (_, error) = kinds[random.below(kinds.len())];
            let Some((typed, line)) = error(text, &mut random) else { continue };
            let found = places(&typed);
            let alone = found.len() == 1 && found[0].iter().all(|found| found.abs_diff(line) <= 2);
            let apart = edits.iter().all(|(.., other)| other.abs_diff(line) > 5);
            if alone && apart && typed.lines().count() == text.lines().count() {
                let (range, typed) = edit(text, &typed);
                edits.push((range, typed, line));
            }
        }
        edits.sort_by_key(|(range, ..)| std::cmp::Reverse(range.start));
        let mut typed = text.clone();
        for (range, text, _) in &edits {
            typed.replace_range(range.clone(), text);
        }
        let found = places(&typed);
        let near = |line: &usize, other: &usize| line.abs_diff(*other) <= 2;
        let here = edits.iter().filter(|(.., line)| found.iter().flatten().any(|other| near(line, other)));
        let here = here.count();
        let away = found
            .iter()
            .filter(|lines| !lines.iter().all(|line| edits.iter().any(|(.., other)| near(line, other))));
        let away = away.count();
        (made, told, astray) = (made + edits.len(), told + here, astray + away);
        if here < edits.len() || away > 0 {
            let lines: Vec<_> = edits.iter().map(|(.., line)| line).collect();
            let (mut sources, sink) = (Sources::default(), Sink::new());
            examine(sources.add(*name, typed.as_str()), &typed, &sink);
            let shown = render_all(&sink.into_sorted(), &sources, Look::Plain);
            missed.push(format!("{here} of {} told, at {lines:?}\n{shown}", edits.len()));
        }
    }
    let share = 100.0 * f64::from(told as u32) / f64::from(made as u32);
    println!("{name}, {several} in a file: {share:.1} % of {made} told, {astray} messages elsewhere");
    if std::env::var_os("ADEM_TYPING").is_some() {
        println!("{}", missed.join("\n"));
    }
    assert!(
        made > files && share >= 95.0 && astray * 20 <= made,
        "{name}: {}",
        missed[..missed.len().min(3)].join("\n")
    );
}

fn with(kinds: &[(&'static str, Mistake)]) -> Vec<(&'static str, Mistake)> {
    LETTERS.iter().chain(kinds).copied().collect()
}

#[test]
fn errors_in_scripts_are_told_once_where_they_were_made_and_the_rest_is_read() {
    let kinds = with(&[
        ("level", |text, random| {
            misplaced(text, random, "[[part]]", &["author = \"An\"", "posture = \"sit\"", "seed = 4"])
        }),
        ("language", |text, random| {
            let words = [
                ("say = ", "zeg = "),
                ("pause = ", "pauze = "),
                ("[[part]]", "[[deel]]"),
                ("steps = ", "stappen = "),
                ("true", "ja"),
                ("title = ", "titel = "),
                ("keep = \"light\"", "keep = \"licht\""),
                ("breathe = ", "adem = "),
                ("language = ", "sprache = "),
                ("safety = ", "veilig = "),
            ];
            translated(text, random, &words)
        }),
    ]);
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut paths: Vec<_> = std::fs::read_dir(scripts).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let subject = Subject {
        name: "script.toml",
        texts: texts.map(|path| std::fs::read_to_string(path).unwrap()).collect(),
        oops: ["\n[[part]]\ntitle = \"Eind\"\nsteps = [\n  { pause = 1, oops = 1 },\n]\n", "`oops`"],
        examine: |file, text, sink| FileKind::Script.examine(file, text, sink),
        kinds: &kinds,
        rounds: 3,
    };
    share(&subject);
    for several in [2, 3, 10] {
        share_of_several(&subject, several, 21);
    }
}

/// A course file with more of what one can have than that of this repository.
const COURSE: &str = r#"title = "Een zachte adem"
languages = ["nl", "en"]
voices = { nl = "anna", en = "anna" }
before = ["Je kunt altijd stoppen.", "Luister niet onder het rijden."]

[defaults]
bed = { use = "regen", fade_in = 4, fade_out = 8, duck = { depth = 8, hold = 6 } }
preset = "huis"

[publish]
files = ["mp3", "vtt"]
author = "Jip"
year = 2026
genre = "Meditation"
licence = "CC-BY-4.0"

[presets.huis]
anchor = "integrated"
target = -18
rate = 48000
format = "flac"

[wording]
off = ["command"]

[[week]]
number = 1
title = "Begin"
tracks = [1]
"#;

/// One file of each other kind, with values of many kinds.
const FILES: [(&str, &str); 6] = [
    (
        "scripts/plek.toml",
        r#"track = 1
language = "nl"
title = "De plek"
author = "Jip"
posture = "sit"
levels = ["full", "light"]
length = { usual = "3m", least = "1m", most = "12m" }
bed = { use = "regen", under = 14 }

[[part]]
title = "Aankomen"
steps = [
  { bell = "tik" },
  { say = "Welkom.", id = "welkom", keep = "light", pause = { natural = 2, least = 1, most = 6 } },
  { say = "Je kunt altijd stoppen.", id = "vrij", safety = true, pause = 1 },
  { repeat = 2, steps = [{ say = "Nog eens.", id = "nog", soft = true }, { pause = 3 }] },
]

[[part]]
title = "Adem"
at = "90s"
steps = [
  { breathe = { in = 4, out = 6, times = [2, 4, 40] }, say = "In | en uit", id = "in-uit", keep = "light" },
  { pause = "fill" },
]

[[part]]
use = "slot"
"#,
    ),
    (
        "scripts/fragments/slot.toml",
        r#"language = "nl"
title = "Slot"
steps = [
  { say = "Tot de volgende keer.", id = "tot", keep = "light", pause = 1 },
]
"#,
    ),
    (
        "voice/nl/anna/voice.toml",
        r#"name = "Anna"
kind = "human"
credit = "Anna de Vries"
licence = "CC0-1.0"
chain = "speech"
"#,
    ),
    (
        "voice/en/anna/voice.toml",
        r#"name = "Anna"
kind = "synthetic"
credit = "espeak-ng (en)"
licence = "CC0-1.0"
chain = { tone = 0.5, breath = 6, clicks = true }
"#,
    ),
    (
        "ambience/regen.toml",
        r#"title = "Regen"
credit = "adem"
licence = "CC0-1.0"

[[layer]]
generate = "rain"
heaviness = 0.5
gain = -3

[[layer]]
generate = "drone"
gain = -6
"#,
    ),
    (
        "ambience/bells/tik.toml",
        r#"title = "Tik"
credit = "adem"
licence = "CC0-1.0"
bowl = { pitch = 440, ring = 2 }
"#,
    ),
];

/// The errors of a course, as `adem check` shows them.
fn errors_of(files: &MemoryFiles) -> String {
    let (course, found) = examine(files).unwrap();
    let mut found = one_for_each_cause(found);
    found.retain(|found| found.severity == Severity::Error);
    if found.len() > 1 || found.is_empty() {
        render_all(&found, &course.sources, Look::Plain)
    } else {
        String::new()
    }
}

#[test]
fn a_wrong_value_has_one_message() {
    const WRONG: [&str; 15] = [
        "maybe",
        "\"maybe\"",
        "true",
        "-3",
        "0",
        "0.5",
        "99999999",
        "[]",
        "{}",
        "[1]",
        "\"\"",
        "1979-05-27",
        "{ a = 1 }",
        "[[\"x\"]]",
        "nl",
    ];
    let po = std::iter::once(("course.toml", COURSE)).chain(FILES);
    let course = po.clone().fold(MemoryFiles::new(), |files, (path, text)| files.with(path, text));
    let (read, found) = examine(&course).unwrap();
    assert!(
        found.iter().all(|found| found.severity != Severity::Error),
        "{}",
        render_all(&found, &read.sources, Look::Plain)
    );
    let (mut all, mut several) = (0, Vec::new());
    for (path, text) in po {
        for (at, _) in text.match_indices(" = ") {
            let from = at + 3;
            let rest = &text[from..];
            let end = match rest.as_bytes()[0] {
                b'"' => rest[1..].find('"').unwrap() + 2,
                // Lists of steps are no values.
                b'[' if rest.starts_with("[\n") => continue,
                b'[' => rest.find(']').unwrap() + 1,
                b'{' => {
                    let line = &rest[..rest.find('\n').unwrap()];
                    let mut depth = 0;
                    let close = |c: char| {
                        depth += i32::from(c == '{') - i32::from(c == '}');
                        depth == 0
                    };
                    line.find(close).unwrap() + 1
                }
                _ => rest.find([',', ' ', '\n']).unwrap(),
            };
            for wrong in WRONG {
                let typed = [&text[..from], wrong, &rest[end..]].concat();
                let shown = errors_of(&course.clone().with(path, &typed));
                all += 1;
                if shown.contains("error[") {
                    let line = typed[..from].matches('\n').count();
                    several.push(format!("{path}: {}\n{shown}\n", typed.lines().nth(line).unwrap()));
                }
            }
        }
    }
    println!("{} of {all} wrong values have more than one message", several.len());
    assert!(several.is_empty(), "{} of {all}:\n{}", several.len(), several.concat());
}

#[test]
fn errors_in_course_files_are_told_once_where_they_were_made_and_the_rest_is_read() {
    let kinds = with(&[
        ("level", |text, random| {
            misplaced(text, random, "[[week]]", &["before = [\"Stop.\"]", "languages = [\"nl\"]"])
        }),
        ("language", |text, random| {
            let words = [
                ("title = ", "titel = "),
                ("languages = ", "talen = "),
                ("voices = ", "stemmen = "),
                ("number = ", "nummer = "),
                ("tracks = ", "sporen = "),
                ("author = ", "auteur = "),
                ("year = ", "jaar = "),
                ("licence = ", "lizenz = "),
                ("target = ", "doel = "),
            ];
            translated(text, random, &words)
        }),
    ]);
    let own = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("course.toml")).unwrap();
    share(&Subject {
        name: "course.toml",
        texts: vec![COURSE.to_owned(), own],
        oops: ["\n[[week]]\nnumber = 99\noops = 1\n", "`oops`"],
        examine: |file, text, sink| FileKind::Course.examine(file, text, sink),
        kinds: &kinds,
        rounds: 60,
    });
}

#[test]
fn errors_in_voices_are_told_once_where_they_were_made_and_the_rest_is_read() {
    let kinds = with(&[("language", |text, random| {
        let words = [
            ("name = ", "naam = "),
            ("kind = ", "soort = "),
            ("licence = ", "licentie = "),
            ("\"synthetic\"", "\"synthetisch\""),
            ("\"human\"", "\"mens\""),
            ("credit = ", "dank = "),
        ];
        translated(text, random, &words)
    })]);
    let own = "name = \"Anna\"\nkind = \"human\"\ncredit = \"Anna de Vries\"\nlicence = \"CC0-1.0\"\n\
               chain = { tone = 0.5, breath = 6 }\n";
    let mut texts = texts("voice", "voice.toml");
    texts.push(own.to_owned());
    share(&Subject {
        name: "voice.toml",
        texts,
        oops: ["\noops = 1\n", "`oops`"],
        examine: |file, text, sink| FileKind::Voice.examine(file, text, sink),
        kinds: &kinds,
        rounds: 60,
    });
}

#[test]
fn errors_in_beds_and_bells_are_told_once_where_they_were_made_and_the_rest_is_read() {
    let kinds = with(&[
        ("level", |text, random| {
            misplaced(text, random, "[[layer]]", &["credit = \"An\"", "licence = \"CC0-1.0\""])
        }),
        ("language", |text, random| {
            let words = [
                ("title = ", "titel = "),
                ("licence = ", "licentie = "),
                ("[[layer]]", "[[laag]]"),
                ("generate = ", "genereer = "),
                ("gain = ", "volume = "),
            ];
            translated(text, random, &words)
        }),
    ]);
    let (mut beds, mut bells) = (Vec::new(), Vec::new());
    for text in texts("ambience", ".toml") {
        if text.contains("[[layer]]") { beds.push(text) } else { bells.push(text) }
    }
    share(&Subject {
        name: "ambience.toml",
        texts: beds,
        oops: ["\noops = 1\n", "`oops`"],
        examine: |file, text, sink| FileKind::Ambience.examine(file, text, sink),
        kinds: &kinds,
        rounds: 12,
    });
    share(&Subject {
        name: "bell.toml",
        texts: bells,
        oops: ["\noops = 1\n", "`oops`"],
        examine: |file, text, sink| FileKind::Bell.examine(file, text, sink),
        kinds: &kinds,
        rounds: 12,
    });
}

#[test]
fn errors_in_po_files_are_told_once_where_they_were_made_and_the_rest_is_read() {
    let kinds = with(&[
        ("line break", |text, random| {
            let spaces: Vec<_> = text.match_indices(' ').collect();
            let (at, _) = spaces[random.below(spaces.len())];
            let line = &text[text[..at].rfind('\n').map_or(0, |newline| newline + 1)..at];
            line.starts_with("msg").then(|| changed(text, at..at + 1, "\n"))?
        }),
        ("language", |text, random| {
            translated(
                text,
                random,
                &[("msgid ", "id "), ("msgstr ", "msgstring "), ("msgctxt ", "msgcontext ")],
            )
        }),
    ]);
    share(&Subject {
        name: "en.po",
        texts: texts("scripts/po", ".po"),
        oops: ["\noops\n", "not valid"],
        examine: |file, text, sink| drop(syntax::read(file, text, sink)),
        kinds: &kinds,
        rounds: 60,
    });
}

/// A file with every certain change made, as `adem check --fix` makes them, apart from ids that are missing.
fn mended(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..8 {
        let (mut sources, sink) = (Sources::default(), Sink::new());
        let file = sources.add("script.toml", text.as_str());
        FileKind::Script.examine(file, &text, &sink);
        let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
        for found in sink.into_sorted() {
            let Some(patch) = found.patch.filter(|patch| patch.certain && found.code != Code::MissingId)
            else {
                continue;
            };
            let new: Vec<_> =
                patch.edits.iter().map(|e| (sources.range(e.span), e.replacement.clone())).collect();
            let overlaps = |one: &std::ops::Range<usize>, other: &std::ops::Range<usize>| {
                one.start == other.start || (one.start < other.end && other.start < one.end)
            };
            if !new.iter().any(|(range, _)| edits.iter().any(|(other, _)| overlaps(range, other))) {
                edits.extend(new);
            }
        }
        if edits.is_empty() {
            break;
        }
        edits.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
        for (range, typed) in edits {
            text.replace_range(range, &typed);
        }
    }
    text
}

/// The words and the ids of the phrases of a script, if it is valid TOML.
fn phrases(text: &str) -> Option<Vec<(String, String)>> {
    fn collect(value: &toml::Value, found: &mut Vec<(String, String)>) {
        match value {
            toml::Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            toml::Value::Table(table) => {
                let text =
                    |key: &str| table.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
                if table.contains_key("say") {
                    found.push((text("say"), text("id")));
                }
                table.values().for_each(|value| collect(value, found));
            }
            toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_) => {}
        }
    }
    let mut found = Vec::new();
    collect(&toml::Value::Table(text.parse().ok()?), &mut found);
    Some(found)
}

#[test]
fn no_certain_change_puts_anything_into_a_text_or_an_id() {
    const TYPED: [&str; 32] = [
        "-", "–", "＝", "+", "_", ",", ".", ";", ":", "'", "\"", "!", "(", ")", "[", "]", "{", "}", "=", "~",
        "“", "”", "，", "、", "「", "x", "0", " ", "#", "\\", "|", "/",
    ];
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut paths: Vec<_> = std::fs::read_dir(scripts).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let more: usize = std::env::var("ADEM_TYPING").ok().and_then(|more| more.parse().ok()).unwrap_or(1);
    let mut random = Random(20_261_129);
    let (mut made, mut whole, mut wrong) = (0, 0, Vec::new());
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        let good = phrases(&text).unwrap();
        for round in 0..8 * more {
            let place = if round % 4 == 0 {
                a_place(&text, &mut random).map(|(at, _, next)| at..next)
            } else {
                a_sign(&text, &mut random, &['=', '"', ',', '{', '}', '[', ']']).map(|at| at..at + 1)
            };
            let Some(place) = place else { continue };
            let sign = TYPED[random.below(TYPED.len())];
            let Some((typed, line)) = changed(&text, place, sign) else { continue };
            let after = mended(&typed);
            made += 1;
            whole += usize::from(after == text);
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            let (before, fixed) = (lines(&text), lines(&after));
            let mut faults = Vec::new();
            if let Some(found) = phrases(&after) {
                let near = |one: &str, other: &str| one == other || strsim::levenshtein(one, other) <= 2;
                for (say, id) in &found {
                    let known = good
                        .iter()
                        .any(|(words, name)| near(say, words) && (id.is_empty() || near(id, name)));
                    if !known {
                        faults.push(format!("{say:?} with the id {id:?}"));
                    }
                }
                for (_, id) in &good {
                    let stands = typed.contains(&format!("\"{id}\""));
                    if stands && !after.contains(&format!("\"{id}\"")) {
                        faults.push(format!("the id {id:?} is gone"));
                    }
                }
            } else if before.len() == fixed.len() {
                let others = before.iter().zip(&fixed).enumerate().filter(|(_, (one, other))| one != other);
                faults.extend(
                    others
                        .filter(|(at, _)| at + 1 != line)
                        .map(|(at, _)| format!("line {} is changed", at + 1)),
                );
            }
            if !faults.is_empty() {
                let shown = |text: &str| text.lines().nth(line - 1).unwrap_or_default().to_owned();
                wrong.push(format!("{}\n  {}\n  {}\n", faults.join("; "), shown(&typed), shown(&after)));
            }
        }
    }
    println!("{whole} of {made} wrong characters are typed right again; {} changes are wrong", wrong.len());
    assert!(made > 200 && whole * 10 > made && wrong.is_empty(), "{}", wrong.concat());
}

/// Where a quote was typed too much, left out or typed for another, and the text with it.
fn with_a_wrong_quote(text: &str) -> Vec<(usize, String)> {
    let mut typed = Vec::new();
    for (at, c) in text.char_indices() {
        let odd: &[&str] = if at % 7 == 0 { &["'", "”"] } else { &[] };
        for quote in ["\""].iter().chain(odd) {
            typed.push((at, [&text[..at], quote, &text[at..]].concat()));
        }
        for quote in if c == '"' { ["", "'"].as_slice() } else { &[] } {
            typed.push((at, [&text[..at], quote, &text[at + 1..]].concat()));
        }
    }
    typed
}

/// What is wrong with how a quote that was typed wrong at a place of a file is told; nothing where it is no error.
fn told_wrong(course: &MemoryFiles, path: &str, at: usize, typed: &str) -> Option<String> {
    let errors = |text: &str| {
        let (read, mut found) = examine(&course.clone().with(path, text)).unwrap();
        found.retain(|found| found.severity == Severity::Error);
        (read, one_for_each_cause(found))
    };
    let (read, found) = errors(typed);
    let line = typed[..at].matches('\n').count() + 1;
    let wrong = match &found[..] {
        [] => return None,
        [told] if read.sources.line_column(told.span()).line != line => "it is told elsewhere",
        [told] => match &told.patch {
            None if told.helps.is_empty() => "it has no remedy",
            None => return None,
            Some(patch) => {
                let mut mended = typed.to_owned();
                let mut edits: Vec<_> = patch.edits.iter().collect();
                edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
                for edit in edits {
                    mended.replace_range(read.sources.range(edit.span), &edit.replacement);
                }
                if errors(&mended).1.is_empty() {
                    return None;
                }
                "what is proposed is wrong"
            }
        },
        _ => "there are several messages",
    };
    Some(format!("{wrong}: {path}\n{}", render_all(&found, &read.sources, Look::Plain)))
}

#[test]
fn a_wrong_quote_has_one_message_in_its_line_and_a_remedy_that_is_right() {
    let files = || std::iter::once(("course.toml", COURSE)).chain(FILES);
    let course = files().fold(MemoryFiles::new(), |files, (path, text)| files.with(path, text));
    let cases: Vec<_> = files()
        .flat_map(|(path, text)| {
            with_a_wrong_quote(text).into_iter().map(move |(at, typed)| (path, at, typed))
        })
        .collect();
    let wrong: Vec<_> =
        cases.iter().filter_map(|(path, at, typed)| told_wrong(&course, path, *at, typed)).collect();
    println!("{} of {} quotes are told wrong", wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.concat());
}
