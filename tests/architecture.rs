//! Checks the dependencies between rooms by reading the imports of every source file, token by token; code under
//! `#[cfg(test)]` does not count.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Every room and the rooms it may use.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let left_of_engine = vec![
        "unit", "diag", "event", "files", "audio", "toml", "delivery", "dsp", "synth", "script", "facts",
        "layout", "decode", "asset", "render", "export", "qc", "align",
    ];
    let with_engine = left_of_engine.iter().copied().chain(["engine"]).collect();
    let of_recording =
        ["unit", "diag", "event", "files", "toml", "script", "facts", "asset", "export", "align", "engine"];
    let above =
        ["engine", "recording", "build", "site", "translate", "adopt", "edit", "http", "studio", "serve"];
    let of_studio = left_of_engine
        .iter()
        .copied()
        .chain(["engine", "recording", "build", "site", "translate", "edit", "http"])
        .collect();
    let of_serve = left_of_engine.iter().copied().chain(["engine", "build", "http"]).collect();
    let of_cli = left_of_engine.iter().copied().chain(above).collect();
    BTreeMap::from([
        ("unit", vec![]),
        ("diag", vec!["unit"]),
        ("event", vec!["unit"]),
        ("files", vec!["unit"]),
        ("audio", vec!["unit"]),
        ("toml", vec!["unit", "diag"]),
        ("delivery", vec!["unit", "diag", "toml"]),
        ("dsp", vec!["unit", "audio"]),
        ("align", vec![]),
        ("synth", vec!["unit", "audio", "dsp"]),
        ("script", vec!["unit", "diag", "files", "toml", "delivery"]),
        ("facts", vec!["unit", "dsp", "script"]),
        ("layout", vec!["unit", "diag", "delivery", "script", "facts", "toml"]),
        ("decode", vec!["unit", "audio", "files", "dsp"]),
        (
            "asset",
            vec!["unit", "audio", "dsp", "synth", "diag", "event", "files", "script", "facts", "decode"],
        ),
        ("render", vec!["unit", "audio", "delivery", "dsp", "synth", "script", "facts", "asset", "layout"]),
        ("export", vec!["unit", "dsp", "delivery", "script", "layout"]),
        ("qc", vec!["unit", "files", "dsp", "delivery", "layout", "decode"]),
        ("engine", left_of_engine),
        ("recording", of_recording.to_vec()),
        ("build", with_engine),
        ("site", vec!["unit", "diag", "delivery", "script", "synth", "toml", "export", "build"]),
        ("translate", vec!["unit", "diag", "script", "facts", "asset"]),
        ("edit", vec!["diag", "unit", "toml", "script", "export"]),
        ("adopt", vec!["unit", "diag", "files", "dsp", "delivery", "script", "decode", "export", "align"]),
        ("http", vec![]),
        ("studio", of_studio),
        ("serve", of_serve),
        ("cli", of_cli),
    ])
}

#[test]
fn rooms_use_only_the_rooms_above_them() {
    let allowed = allowed();
    let mut broken = Vec::new();
    for file in Source::all() {
        let module = file.room();
        let Some(may) = allowed.get(module) else {
            panic!("{} belongs to no listed module; add it to the list", file.name);
        };
        for used in file.paths("crate") {
            let Some(room) = used.first() else { continue };
            if room != module && !may.contains(&room.as_str()) {
                broken.push(format!("{}: crate::{}", file.name, used.join("::")));
            }
        }
    }
    assert!(broken.is_empty(), "these imports go the wrong way:\n{}", broken.join("\n"));
}

#[test]
fn only_the_command_line_prints() {
    for file in Source::all().iter().filter(|file| file.room() != "cli") {
        for word in ["println", "print", "eprintln", "eprint", "dbg"] {
            assert!(!file.calls(word), "{} uses {word}!", file.name);
        }
        let exits = file.paths("std").iter().any(|path| path.join("::").starts_with("process::exit"));
        assert!(!exits, "{} ends the process", file.name);
    }
}

/// Fails if a file outside `may` uses this part of `std` or of a crate.
fn only(root: &str, within: &str, may: &[&str], instead: &str) {
    for file in Source::all() {
        let uses = file.paths(root).iter().any(|path| path.join("::").starts_with(within));
        let fine = !uses || may.iter().any(|may| file.name.starts_with(may));
        assert!(fine, "{} uses {root}::{within}; {instead}", file.name);
    }
}

#[test]
fn only_files_cache_export_and_the_command_line_touch_the_disk() {
    let may =
        ["files/disk", "asset/cache", "asset/draft/", "export/file.rs", "engine/trust_store.rs", "cli/"];
    let others = [
        "engine/stream.rs",
        "build/",
        "site/folder.rs",
        "edit/journal.rs",
        "studio/disk/",
        "serve/finished.rs",
    ];
    let may: Vec<_> = may.into_iter().chain(others).collect();
    only("std", "fs", &may, "go through crate::files or crate::export");
}

#[test]
fn only_drafts_start_programs_and_few_make_temporary_files() {
    // The studio opens its page with the system's opener.
    let programs = ["asset/draft/", "cli/studio/opener.rs"];
    for name in ["process::Command", "process::Child", "process::Stdio"] {
        only("std", name, &programs, "programs are started by drafts alone, and a browser by the studio");
    }
    let temporary = [
        "asset/draft/",
        "asset/cache/samples.rs",
        "asset/cache/windows.rs",
        "export/file.rs",
        "engine/trust_store.rs",
        "build/worker.rs",
        // Pieces that listeners share, which end with the service.
        "serve/pieces.rs",
        // Clips that were cut out of a reading, before they are taken in.
        "cli/voice/reading.rs",
    ];
    only("tempfile", "", &temporary, "write through crate::export, or keep it in the cache");
    only("atomic_write_file", "", &["export/file.rs"], "write through crate::export");
}

#[test]
fn layout_reaches_no_program_and_no_temporary_file_even_through_others() {
    let sources = Source::all();
    let by_name: BTreeMap<&str, &Source> = sources.iter().map(|file| (file.name.as_str(), file)).collect();
    // For each file that is reached, the file it was reached from.
    let mut from: BTreeMap<String, String> = BTreeMap::new();
    let mut waiting: Vec<String> =
        sources.iter().filter(|file| file.room() == "layout").map(|file| file.name.clone()).collect();
    assert!(waiting.len() > 10, "layout is found");
    let mut reached: BTreeSet<String> = waiting.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        for next in by_name[name.as_str()].reaches(&by_name) {
            if reached.insert(next.clone()) {
                from.insert(next.clone(), name.clone());
                waiting.push(next);
            }
        }
    }
    assert!(reached.contains("script/session.rs") && reached.contains("facts/mod.rs"), "it follows imports");
    assert!(reached.contains("layout/document.rs"), "it follows modules");
    for name in &reached {
        let file = by_name[name.as_str()];
        let of_std = file.paths("std").into_iter().any(|path| path.join("::").starts_with("process"));
        let found =
            of_std || !file.paths("tempfile").is_empty() || !file.paths("atomic_write_file").is_empty();
        let mut way = vec![name.as_str()];
        while let Some(before) = from.get(way[way.len() - 1]) {
            way.push(before);
        }
        assert!(!found, "{name} starts programs or makes temporary files, and layout reaches it: {way:?}");
    }
}

#[test]
fn only_the_command_line_knows_flags() {
    let mut broken = Vec::new();
    // Examples for `adem explain` show what is typed.
    let speaks_of_flags = |file: &&Source| file.room() == "cli" || file.name == "script/example.rs";
    for file in Source::all().iter().filter(|file| !speaks_of_flags(file)) {
        // The commands that convert a recording and a translation, and that speak, have flags of other programs.
        let others = ["ffmpeg ", "mpg123 ", "msgconv ", "iconv ", "espeak-ng ", "flite "];
        let of_others = |text: &str| others.iter().any(|program| text.starts_with(program));
        let flags = file.texts().into_iter().filter(|text| names_a_flag(text) && !of_others(text));
        broken.extend(flags.map(|text| format!("{}: {text}", file.name)));
    }
    assert!(broken.is_empty(), "flags outside src/cli; give a typed remedy instead:\n{}", broken.join("\n"));
}

/// Type names that two types still share. Remove a name from this list when one of its types is renamed.
const SHARED_TYPE_NAMES: &[&str] = &[];

#[test]
fn every_type_name_stands_for_one_type() {
    let mut files = BTreeMap::<String, BTreeSet<String>>::new();
    for file in Source::all() {
        for name in file.type_names() {
            files.entry(name).or_default().insert(file.name.clone());
        }
    }
    let shared: BTreeMap<_, _> = files.iter().filter(|(_, files)| files.len() > 1).collect();
    let new: Vec<_> = shared.iter().filter(|(name, _)| !SHARED_TYPE_NAMES.contains(&name.as_str())).collect();
    assert!(new.is_empty(), "give each of these types a name of its own: {new:#?}");
    let gone: Vec<_> =
        SHARED_TYPE_NAMES.iter().filter(|name| !shared.contains_key(&(**name).to_owned())).collect();
    assert!(gone.is_empty(), "these names stand for one type now; take them off the list: {gone:?}");
}

#[test]
fn every_file_of_tests_is_one_of_those_that_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let run = std::fs::read_to_string(folder.join("all.rs")).unwrap();
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(".rs")?.to_owned()))
        .filter(|name| name != "all")
        .collect();
    files.sort();
    let left_out: Vec<&String> =
        files.iter().filter(|name| !run.contains(&format!("\nmod {name};\n"))).collect();
    assert!(left_out.is_empty(), "write `mod …;` in tests/all.rs for {left_out:?}");
}

#[test]
fn a_flag_is_told_from_a_dash() {
    for flag in [
        "leave --length out",
        "--outside-limits",
        "(--stems)",
        "say `--draft`",
        "name one with -C",
        "use -o a",
    ] {
        assert!(names_a_flag(flag), "{flag}");
    }
    for other in ["a--b", "--", "-v", "--- a", "from -6 dB", "a - b", "nl-light"] {
        assert!(!names_a_flag(other), "{other}");
    }
}

#[test]
fn code_under_cfg_test_does_not_count_and_what_follows_does() {
    let text = "use crate::a::{self, b::C, d}; #[cfg(test)] mod tests { use crate::x; }\n\
                #[cfg(test)] #[path = \"y.rs\"] pub(crate) mod y;\n\
                /// crate::doc\n fn f() { crate::e::g(); tempfile::tempdir() } use super::{h, j::i}; use super::super::k;";
    let file = Source::parse("room/file.rs", text);
    let paths = |root: &str| file.paths(root).iter().map(|path| path.join("::")).collect::<Vec<_>>();
    assert_eq!(paths("crate"), ["a", "a::b::C", "a::d", "e::g"]);
    assert_eq!(paths("tempfile"), ["tempdir"]);
    assert_eq!(paths("super"), ["h", "j::i", "super::k"]);
    assert!(paths("std").is_empty());
}

/// Whether a text contains a command-line flag: `--word`, or `-x` by itself after a space.
fn names_a_flag(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    (0..letters.len()).any(|at| {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let begins = before.is_none_or(|before| before.is_whitespace() || "`('\"".contains(before));
        let after = |offset: usize| letters.get(at + offset).copied();
        let is_letter = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphabetic());
        let long = after(0) == Some('-') && after(1) == Some('-') && is_letter(after(2));
        let short = before == Some(' ')
            && after(0) == Some('-')
            && is_letter(after(1))
            && after(2).is_none_or(char::is_whitespace);
        begins && (long || short)
    })
}

/// A file of the sources without its tests.
struct Source {
    /// Its path below src, with slashes.
    name: String,
    tokens: Vec<TokenTree>,
}

impl Source {
    /// Every Rust file below src except lib.rs, main.rs and files of tests.
    fn all() -> Vec<Self> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    found.push(path);
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        walk(&root, &mut found);
        found.sort();
        let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let counts = |name: &String| {
            let last = name.rsplit('/').next().unwrap();
            !["lib.rs", "main.rs"].contains(&name.as_str()) && !last.contains("test")
        };
        let names: Vec<_> = found.iter().map(name).filter(counts).collect();
        assert!(names.len() > 30, "the sources are found");
        let read = |name: String| Self::parse(&name, &fs::read_to_string(root.join(&name)).unwrap());
        names.into_iter().map(read).collect()
    }

    fn parse(name: &str, text: &str) -> Self {
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), tokens: without_tests(tokens) }
    }

    /// The first folder or file of its path.
    fn room(&self) -> &str {
        self.name.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// Its module path.
    fn module(&self) -> Vec<String> {
        let path = self.name.trim_end_matches(".rs");
        path.strip_suffix("/mod").unwrap_or(path).split('/').map(str::to_owned).collect()
    }

    /// Every path that starts with `root`, without `root`; groups of imports are expanded.
    fn paths(&self, root: &str) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        collect(&self.tokens, root, &mut found);
        found
    }

    /// Whether a macro of that name is called.
    fn calls(&self, name: &str) -> bool {
        let mut found = false;
        visit(&self.tokens, &mut |tokens| {
            found |= tokens.windows(2).any(|pair| is_ident(&pair[0], name) && is_punct(&pair[1], '!'));
        });
        found
    }

    /// Every string literal except documentation.
    fn texts(&self) -> Vec<String> {
        let mut found = Vec::new();
        visit(&self.tokens, &mut |tokens| {
            if tokens.first().is_some_and(|first| is_ident(first, "doc")) {
                return;
            }
            let literals = tokens.iter().filter_map(|token| {
                if let TokenTree::Literal(literal) = token { Some(literal.to_string()) } else { None }
            });
            found.extend(
                literals
                    .filter(|text| text.contains('"'))
                    .map(|text| text.trim_start_matches(['b', 'r', '#']).trim_matches(['"', '#']).to_owned()),
            );
        });
        found
    }

    /// The files it uses, including those of its child modules.
    fn reaches(&self, sources: &BTreeMap<&str, &Source>) -> BTreeSet<String> {
        let own = self.module();
        let mut modules: Vec<Vec<String>> = self.paths("crate");
        modules.extend(self.paths("self").into_iter().map(|path| [own.clone(), path].concat()));
        modules.extend(self.paths("super").into_iter().map(|path| {
            let up = path.iter().take_while(|word| *word == "super").count();
            let above = &own[..own.len().saturating_sub(up + 1)];
            [above, &path[up..]].concat()
        }));
        modules.extend(self.children().into_iter().map(|child| [own.clone(), vec![child]].concat()));
        modules.iter().filter_map(|module| file_of(module, sources)).collect()
    }

    /// The structs, enums, traits and free type aliases it defines, without associated types.
    fn type_names(&self) -> Vec<String> {
        let kinds = ["struct", "enum", "trait", "type"];
        let names = self.tokens.windows(2).filter_map(|pair| match pair {
            [kind, TokenTree::Ident(name)] if kinds.iter().any(|known| is_ident(kind, known)) => {
                Some(name.to_string())
            }
            _ => None,
        });
        names.collect()
    }

    /// The modules declared in it that have files of their own.
    fn children(&self) -> Vec<String> {
        let names = self.tokens.windows(3).filter_map(|three| match three {
            [word, TokenTree::Ident(name), end] if is_ident(word, "mod") && is_punct(end, ';') => {
                Some(name.to_string())
            }
            _ => None,
        });
        names.collect()
    }
}

/// The file of the longest prefix of a path that has one.
fn file_of(path: &[String], sources: &BTreeMap<&str, &Source>) -> Option<String> {
    (1..=path.len()).rev().find_map(|length| {
        let stem = path[..length].join("/");
        [format!("{stem}.rs"), format!("{stem}/mod.rs")]
            .into_iter()
            .find(|name| sources.contains_key(name.as_str()))
    })
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if *ident == name)
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// Calls `look` with the tokens of each group, at every depth.
fn visit(tokens: &[TokenTree], look: &mut dyn FnMut(&[TokenTree])) {
    look(tokens);
    for token in tokens {
        if let TokenTree::Group(group) = token {
            visit(&group.stream().into_iter().collect::<Vec<_>>(), look);
        }
    }
}

/// The tokens without the items under `#[cfg(test)]`, at every depth.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let attribute = match (&tokens[at], tokens.get(at + 1)) {
            (sign, Some(TokenTree::Group(group))) if is_punct(sign, '#') => group.stream().to_string(),
            _ => String::new(),
        };
        if attribute.replace(' ', "") == "cfg(test)" {
            at += 2;
            // An item ends with a semicolon or with its body.
            let ends = |token: &TokenTree| {
                is_punct(token, ';')
                    || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
            };
            at += tokens[at..].iter().position(ends).map_or(tokens.len(), |end| end + 1);
            continue;
        }
        kept.push(if let TokenTree::Group(group) = &tokens[at] {
            let inside = without_tests(group.stream()).into_iter().collect();
            proc_macro2::Group::new(group.delimiter(), inside).into()
        } else {
            tokens[at].clone()
        });
        at += 1;
    }
    kept
}

/// Finds the paths that start with `root`.
fn collect(tokens: &[TokenTree], root: &str, found: &mut Vec<Vec<String>>) {
    visit(tokens, &mut |tokens| {
        for at in 0..tokens.len() {
            let begins = at == 0 || !is_punct(&tokens[at - 1], ':');
            if begins && is_ident(&tokens[at], root) && follows(tokens, at + 1) {
                branch(&tokens[at + 3..], &[], found);
            }
        }
    });
}

/// Whether `::` is at this index.
fn follows(tokens: &[TokenTree], at: usize) -> bool {
    tokens.get(at..at + 2).is_some_and(|pair| pair.iter().all(|token| is_punct(token, ':')))
}

/// Finds the paths that continue here, with `before` as their prefix.
fn branch(tokens: &[TokenTree], before: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = before.to_vec();
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(name)) if *name == "self" => return found.push(path),
            Some(TokenTree::Ident(name)) => path.push(name.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inside: Vec<_> = group.stream().into_iter().collect();
                let arms = inside.split(|token| is_punct(token, ','));
                return arms.filter(|arm| !arm.is_empty()).for_each(|arm| branch(arm, &path, found));
            }
            _ => return found.push(path),
        }
        if !follows(tokens, at + 1) {
            return found.push(path);
        }
        at += 3;
    }
}
