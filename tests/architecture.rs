//! The directions between modules, kept by reading the imports: left may not know right.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room and the rooms it may use.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let left_of_engine = vec![
        "unit", "diag", "event", "files", "audio", "toml", "delivery", "dsp", "synth", "script", "facts",
        "layout", "decode", "asset", "render", "export", "qc",
    ];
    let with_engine = left_of_engine.iter().copied().chain(["engine"]).collect();
    BTreeMap::from([
        ("unit", vec![]),
        ("diag", vec!["unit"]),
        ("event", vec!["unit"]),
        ("files", vec!["unit"]),
        ("audio", vec!["unit"]),
        ("toml", vec!["unit", "diag"]),
        ("delivery", vec!["unit", "diag", "toml"]),
        ("dsp", vec!["unit", "audio"]),
        ("synth", vec!["unit", "audio", "dsp"]),
        ("script", vec!["unit", "diag", "files", "toml", "delivery"]),
        ("facts", vec!["unit", "dsp", "script"]),
        ("layout", vec!["unit", "diag", "delivery", "script", "facts", "toml"]),
        ("decode", vec!["unit", "audio", "files", "dsp"]),
        (
            "asset",
            vec!["unit", "audio", "dsp", "synth", "diag", "event", "files", "script", "facts", "decode"],
        ),
        ("render", vec!["unit", "audio", "dsp", "synth", "script", "facts", "asset", "layout"]),
        ("export", vec!["unit", "dsp", "delivery", "script", "layout"]),
        ("qc", vec!["unit", "files", "dsp", "delivery", "decode"]),
        ("engine", left_of_engine),
        ("cli", with_engine),
    ])
}

#[test]
fn no_module_knows_what_lies_to_its_right() {
    let allowed = allowed();
    let mut broken = Vec::new();
    for file in sources() {
        let module = module_of(&file);
        let Some(may) = allowed.get(module.as_str()) else {
            panic!("{} belongs to no listed module; add it to the list", file.display());
        };
        let text = fs::read_to_string(&file).unwrap();
        for used in imports(&production(&text)) {
            let own = used.split("::").next() == Some(&module);
            let fine = may.iter().any(|may| used == *may || used.starts_with(&format!("{may}::")));
            if !own && !fine {
                broken.push(format!("{}: crate::{used}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "these imports go the wrong way:\n{}", broken.join("\n"));
}

#[test]
fn only_the_command_line_prints() {
    for file in sources().into_iter().filter(|file| module_of(file) != "cli") {
        let text = production(&fs::read_to_string(&file).unwrap());
        for word in ["println!", "print!", "eprintln!", "eprint!", "dbg!", "process::exit"] {
            assert!(!text.contains(word), "{} uses {word}", file.display());
        }
    }
}

#[test]
fn only_files_cache_export_and_the_command_line_touch_the_disk() {
    let may = [
        "files/disk",
        "files/trust.rs",
        "asset/cache",
        "asset/draft.rs",
        "export/",
        "cli/",
        "engine/output.rs",
    ];
    for file in sources() {
        let path = file.to_string_lossy().replace('\\', "/");
        let text = production(&fs::read_to_string(&file).unwrap());
        let fine = !text.contains("std::fs") || may.iter().any(|may| path.contains(may));
        assert!(fine, "{path} touches the disk; go through crate::files or crate::export");
    }
}

/// Type names that still stand for two things. Remove a name from this list when one of its types is renamed.
const SHARED_TYPE_NAMES: &[&str] = &[
    "Around", "Chapter", "Entry", "Event", "Failure", "Found", "Heard", "Item", "Key", "Kind", "Line",
    "Pace", "Part", "Piece", "Plan", "Reader", "Report", "Rounds", "Row", "Run", "Search", "Sink", "Span",
    "Stretch", "Texts", "Unit", "Walk", "Written",
];

#[test]
fn every_type_name_stands_for_one_type() {
    let mut files = BTreeMap::<String, BTreeSet<PathBuf>>::new();
    for file in sources() {
        for name in type_names(&production(&fs::read_to_string(&file).unwrap())) {
            files.entry(name).or_default().insert(file.clone());
        }
    }
    let shared: BTreeMap<_, _> = files.iter().filter(|(_, files)| files.len() > 1).collect();
    let new: Vec<_> = shared.iter().filter(|(name, _)| !SHARED_TYPE_NAMES.contains(&name.as_str())).collect();
    assert!(new.is_empty(), "give each of these types a name of its own: {new:#?}");
    let gone: Vec<_> =
        SHARED_TYPE_NAMES.iter().filter(|name| !shared.contains_key(&(**name).to_owned())).collect();
    assert!(gone.is_empty(), "these names stand for one type now; take them off the list: {gone:?}");
}

/// The names of the structs, enums, traits and free type aliases that a text defines. Associated types, which are
/// indented, are left out.
fn type_names(text: &str) -> Vec<String> {
    let kinds = ["struct ", "enum ", "trait ", "type "];
    let mut names = Vec::new();
    for line in text.lines() {
        let public = line.strip_prefix("pub(").and_then(|line| line.split_once(") ")).map(|(_, rest)| rest);
        let line = public.or(line.strip_prefix("pub ")).unwrap_or(line);
        if let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) {
            names.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    names
}

/// Every Rust file below src, but for the two roots.
fn sources() -> Vec<PathBuf> {
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
    found.retain(|file| *file != root.join("lib.rs") && *file != root.join("main.rs"));
    found.retain(|file| !file.file_name().unwrap().to_string_lossy().contains("test"));
    found.sort();
    assert!(found.len() > 30, "the sources are found");
    found
}

/// The module a file belongs to: the first folder or file below src.
fn module_of(file: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = file.strip_prefix(root).unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// A file without its tests, which may use anything, and without comments.
fn production(text: &str) -> String {
    let end = text
        .find("#[cfg(test)]\nmod")
        .or_else(|| text.find("#[cfg(test)]\npub(crate) mod"))
        .unwrap_or(text.len());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every path after `crate::`, the groups of braces taken apart one level deep.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let path: String = rest.chars().take_while(|c| c.is_alphanumeric() || "_:".contains(*c)).collect();
        match rest[path.len()..].strip_prefix('{') {
            Some(group) => {
                let inside = &group[..group.find('}').unwrap_or(group.len())];
                let names = inside.split(',').map(str::trim).filter(|name| !name.is_empty());
                found.extend(names.map(|name| format!("{path}{}", name.trim_start_matches("self"))));
            }
            None => found.push(path.trim_end_matches(':').to_owned()),
        }
    }
    found
}
