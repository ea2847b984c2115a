//! Errors of typing made by a generator in the scripts of the course: each error is told once, near where it was
//! made, and the rest of the file is read.

use std::collections::BTreeMap;
use std::path::Path;

use adem::diag::{Look, Severity, Sink, Sources, render_all};
use adem::script::file_kind::FileKind;

/// An error at the end of each script, which is found only where the rest is read.
const OOPS: &str = "\n[[part]]\ntitle = \"Eind\"\nsteps = [\n  { pause = 1, oops = 1 },\n]\n";

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

const KINDS: [(&str, Mistake); 7] = [
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
    ("level", |text, random| {
        let lines = ["author = \"An\"", "posture = \"sit\"", "seed = 4"];
        let line = lines[random.below(lines.len())];
        let parts: Vec<_> = text.match_indices("[[part]]\n").collect();
        let (at, _) = parts[random.below(parts.len())];
        let at = at + "[[part]]\n".len();
        changed(text, at..at, &format!("{line}\n"))
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
        let (word, typed) = words[random.below(words.len())];
        let places: Vec<_> = text.match_indices(word).collect();
        let (at, _) = *places.get(random.below(places.len()))?;
        changed(text, at..at + word.len(), typed)
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
    let (at, _) = places[random.below(places.len())];
    let line = &text[text[..at].rfind('\n').map_or(0, |newline| newline + 1)..at];
    (!line.contains('#')).then_some(at)
}

fn changed(text: &str, range: std::ops::Range<usize>, typed: &str) -> Option<(String, usize)> {
    let line = text[..range.start].matches('\n').count() + 1;
    let mut changed = text.to_owned();
    changed.replace_range(range, typed);
    (changed != text).then_some((changed, line))
}

#[test]
fn a_mistake_of_typing_is_told_once_where_it_was_made_and_the_rest_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let scripts: Vec<_> = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| std::fs::read_to_string(path).unwrap() + OOPS)
        .collect();
    let mut random = Random(20_261_127);
    let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut examples = Vec::new();
    let rounds: usize = std::env::var("ADEM_TYPING").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(4);
    for text in &scripts {
        for (kind, error) in KINDS {
            for _ in 0..rounds {
                let Some((typed, line)) = error(text, &mut random) else { continue };
                let (mut sources, sink) = (Sources::default(), Sink::new());
                let file = sources.add("script.toml", typed.as_str());
                FileKind::Script.examine(file, &typed, &sink);
                let found = sink.into_sorted();
                let is_oops = |message: &str| message.contains("`oops`");
                let oops = found.iter().any(|found| is_oops(&found.message));
                let errors: Vec<_> = found
                    .iter()
                    .filter(|found| found.severity == Severity::Error && !is_oops(&found.message))
                    .collect();
                if errors.is_empty() && oops {
                    continue;
                }
                let near =
                    errors.iter().all(|found| sources.line_column(found.span()).line.abs_diff(line) <= 2);
                let one = errors.len() == 1;
                let count = counts.entry(kind).or_default();
                count[0] += 1;
                count[1] += usize::from(near && !errors.is_empty());
                count[2] += usize::from(one);
                count[3] += usize::from(near && one && oops);
                if !(near && one && oops) {
                    let shown = typed.lines().nth(line - 1).unwrap_or_default();
                    let found = render_all(&found, &sources, Look::Plain);
                    examples.push(format!(
                        "{kind}, line {line}, near {near}, {} errors, read {oops}\n{shown}\n{found}",
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
    println!("{share:.1} % of {all}");
    if std::env::var_os("ADEM_TYPING").is_some() {
        println!("{}", examples.join("\n"));
    }
    assert!(
        share >= 95.0,
        "{share:.1} % of {all}:\n{}",
        examples.iter().take(5).cloned().collect::<String>()
    );
}
