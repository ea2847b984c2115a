//! Compares the lists of keys, from which the documentation is made, with what the readers accept.

use std::collections::BTreeMap;

use super::FileKind;
use crate::diag::{Code, FileId, Sink};
use crate::script::generate::Generate;
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::reference::page;
use crate::toml::schema::schemas;

/// The other keys that a table needs for a key to be valid, besides its required keys.
fn companions(table: &str, key: &str) -> &'static [(&'static str, &'static str)] {
    match (table, key) {
        ("step", "rotate" | "steps") => &[("repeat", "3")],
        ("step", "gain" | "over") => &[("bell", "\"schaal\"")],
        ("step", "id") => &[("say", "\"Adem.\"")],
        ("step", "say") => &[("id", "\"adem\"")],
        (
            "step",
            "keep" | "safety" | "hard" | "soft" | "own" | "worth" | "instead" | "when" | "note" | "because",
        ) => &[("say", "\"Adem.\""), ("id", "\"adem\"")],
        ("step", "spoken") => {
            &[("say", "\"Adem.\""), ("id", "\"adem\""), ("breathe", "{ in = 4, out = 6, times = 3 }")]
        }
        ("pause", "least" | "most" | "weight") => &[("natural", "40")],
        ("step", "repeat") | ("part", "title" | "bed" | "at" | "when" | "length" | "role") => {
            &[("steps", "[{ pause = 1 }]")]
        }
        ("part", "whole") => &[("script", "\"veilige-plek\"")],
        ("step", "at") => &[("pause", "1")],
        ("layer", "crossfade") => &[("file", "\"bos.ogg\"")],
        ("layer", "gain") | ("ambience", _) => &[("generate", "\"rain\"")],
        ("cut", "from" | "to") => &[("clip", "\"nl/oud/oefening/welkom.flac\"")],
        ("draft", "batch") => &[("command", "[\"speak\"]")],
        ("bell", "title" | "credit" | "licence" | "gain") => &[("bowl", "{ pitch = 196 }")],
        _ => &[],
    }
}

/// The entries of a table with this key, the required keys and the companions.
fn table_with(keys: &TableKeys, key: &str, value: &str) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = vec![(key.to_owned(), value.to_owned())];
    let needed = keys.keys.iter().filter(|other| other.needed).map(|other| (other.name, inline(other)));
    let more = companions(keys.name(), key).iter().map(|(name, value)| (*name, (*value).to_owned()));
    // A number of a generated sound is tested with the first sound that has it.
    let sound = Generate::with_key(key).next().filter(|_| keys.name() == "layer");
    let sound = sound.map(|sound| ("generate", format!("\"{sound}\"")));
    for (name, value) in needed.chain(more).chain(sound) {
        if keys.find(name).is_some() && !entries.iter().any(|(known, _)| known == name) {
            entries.push((name.to_owned(), value));
        }
    }
    entries
}

/// The example of a key as an inline value.
fn inline(key: &Key) -> String {
    let typed = key.typed().parse::<toml::Table>().unwrap_or_else(|error| panic!("{}: {error}", key.typed()));
    typed[key.name].to_string()
}

fn braces(entries: &[(String, String)]) -> String {
    let entries: Vec<_> = entries.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("{{ {} }}", entries.join(", "))
}

/// The path to a table: from a file, through keys, each with a value that contains the next.
type Way = (FileKind, Vec<(&'static TableKeys, &'static str)>);

/// Every table, and one path to it.
fn ways() -> Vec<(&'static TableKeys, Way)> {
    let mut found: Vec<(&'static TableKeys, Way)> = Vec::new();
    for kind in FileKind::ALL {
        found.push((kind.keys(), (kind, Vec::new())));
    }
    let mut next = 0;
    while next < found.len() {
        let (keys, (kind, way)) = found[next].clone();
        for key in keys.keys {
            if let Some(inner) = key.kind.table()
                && !found.iter().any(|(known, _)| std::ptr::eq(*known, inner))
            {
                let mut way = way.clone();
                way.push((keys, key.name));
                found.push((inner, (kind, way)));
            }
        }
        if let Some(inner) = keys.named_values.as_ref().and_then(Kind::table)
            && !found.iter().any(|(known, _)| std::ptr::eq(*known, inner))
        {
            let mut way = way.clone();
            way.push((keys, "own"));
            found.push((inner, (kind, way)));
        }
        next += 1;
    }
    found
}

/// A file in which the table at the end of the path has these entries.
fn file_with(way: &Way, entries: &[(String, String)]) -> String {
    let mut entries = entries.to_vec();
    for (keys, key) in way.1.iter().rev() {
        let kind = keys.find(key).map(|key| key.kind).or(keys.named_values).expect("ways lead through keys");
        let inner = braces(&entries);
        let value = if matches!(kind, Kind::List(_)) { format!("[{inner}]") } else { inner };
        entries = table_with(keys, key, &value);
    }
    let lines: Vec<_> = entries.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    lines.concat()
}

/// The codes of the errors in a file by itself.
fn codes(kind: FileKind, text: &str) -> Vec<Code> {
    let sink = Sink::new();
    kind.examine(FileId(0), text, &sink);
    sink.into_sorted().into_iter().map(|found| found.code).collect()
}

fn each_key(test: impl Fn(&'static TableKeys, &'static Key, &Way)) {
    for (keys, way) in ways() {
        keys.keys.iter().for_each(|key| test(keys, key, &way));
    }
}

#[test]
fn every_example_is_read_without_errors() {
    each_key(|keys, key, way| {
        let text = file_with(way, &table_with(keys, key.name, &inline(key)));
        assert_eq!(codes(way.0, &text), [], "{} of {}:\n{text}", key.name, keys.what);
    });
}

#[test]
fn an_absent_required_key_is_an_error() {
    // A script without parts has an error code of its own.
    each_key(|keys, key, way| {
        if key.needed && key.name != "part" {
            let mut entries = table_with(keys, key.name, &inline(key));
            entries.remove(0);
            let found = codes(way.0, &file_with(way, &entries));
            assert!(found.contains(&Code::MissingKey), "{} of {}: {found:?}", key.name, keys.what);
        }
    });
}

#[test]
fn the_documented_limits_are_those_of_the_readers() {
    each_key(|keys, key, way| {
        let read = |value: &str| codes(way.0, &file_with(way, &table_with(keys, key.name, value)));
        let refused = |value: &str, code: Code| {
            assert!(
                read(value).contains(&code),
                "{} = {value} of {}: {:?}",
                key.name,
                keys.what,
                read(value)
            );
        };
        let taken = |value: &str| {
            assert_eq!(read(value), [], "{} = {value} of {}", key.name, keys.what);
        };
        match key.kind {
            Kind::Whole(least, most) => {
                taken(&least.to_string());
                if least > 0 {
                    refused(&(least - 1).to_string(), Code::OutOfRange);
                }
                if most < u64::MAX {
                    taken(&most.to_string());
                    refused(&(most + 1).to_string(), Code::OutOfRange);
                }
            }
            Kind::Number(least, most) | Kind::Level(least, most) => {
                for value in [least, most] {
                    taken(&format!("{value:?}"));
                }
                for value in [least - 0.01, most + 0.01] {
                    refused(&format!("{value:?}"), Code::OutOfRange);
                }
            }
            Kind::OneOf(words) => {
                words.iter().for_each(|word| taken(&format!("\"{word}\"")));
                refused("\"zzzzzz\"", Code::BadChoice);
            }
            Kind::Flag | Kind::Words => refused("3", Code::WrongType),
            Kind::Name => refused("\"Niet zo\"", Code::BadName),
            Kind::Language => refused("\"de_AT\"", Code::BadLanguage),
            Kind::Time => refused("\"eeuwig\"", Code::BadDuration),
            Kind::TimeWithin(least, most) => {
                taken(&least.to_string());
                taken(&most.to_string());
                refused(&(least - 1).to_string(), Code::OutOfRange);
                refused(&(most + 1).to_string(), Code::OutOfRange);
                refused("\"eeuwig\"", Code::BadDuration);
            }
            Kind::Clock | Kind::List(_) | Kind::Three(_) | Kind::Table(_) | Kind::Either(_) => {
                refused("false", Code::WrongType);
            }
        }
    });
}

#[test]
fn every_table_has_a_path_and_a_unique_name() {
    assert!(ways().len() > 20);
    let mut seen = BTreeMap::new();
    for (keys, _) in ways() {
        assert!(seen.insert(keys.name(), keys.what).is_none(), "{}", keys.what);
    }
}

#[test]
fn a_schema_refers_only_to_what_it_defines() {
    fn references(value: &serde_json::Value, found: &mut Vec<String>) {
        if let Some(map) = value.as_object() {
            map.iter().for_each(|(key, value)| match (key.as_str(), value) {
                ("$ref", serde_json::Value::String(name)) => found.push(name.clone()),
                (_, value) => references(value, found),
            });
        }
        value.as_array().into_iter().flatten().for_each(|item| references(item, found));
    }
    let all = schemas(FileKind::files());
    for (name, schema) in all.as_object().unwrap() {
        let mut found = Vec::new();
        references(schema, &mut found);
        for reference in found {
            let path = reference.trim_start_matches('#');
            assert!(schema.pointer(path).is_some(), "{name}: {reference}");
        }
    }
    assert_eq!(all.as_object().unwrap().len(), FileKind::ALL.len());
}

#[test]
fn the_page_has_every_key_and_links_only_to_its_own_headings() {
    let page = page(FileKind::files());
    each_key(|_, key, _| assert!(page.contains(&format!("`{}`", key.name)), "{}", key.name));
    for link in page.split("](#").skip(1).filter_map(|rest| rest.split_once(')')) {
        let heading = format!("\n### {}\n", link.0);
        assert!(page.to_lowercase().contains(&heading), "{}", link.0);
    }
}

#[test]
fn every_word_that_has_others_is_a_key_or_a_value() {
    use crate::toml::foreign;
    use crate::toml::kind::Kind;

    fn gather(keys: &'static TableKeys, known: &mut Vec<&'static str>, seen: &mut Vec<*const TableKeys>) {
        if seen.contains(&std::ptr::from_ref(keys)) {
            return;
        }
        seen.push(keys);
        let kinds = keys.keys.iter().map(|key| key.kind).chain(keys.named_values);
        known.extend(keys.names());
        for kind in kinds {
            words(&kind, known);
            if let Some(table) = kind.table() {
                gather(table, known, seen);
            }
        }
    }
    fn words(kind: &Kind, known: &mut Vec<&'static str>) {
        match kind {
            Kind::OneOf(words) => known.extend(*words),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| words(kind, known)),
            Kind::List(item) | Kind::Three(item) => words(item, known),
            Kind::Words
            | Kind::Name
            | Kind::Language
            | Kind::Flag
            | Kind::Whole(..)
            | Kind::Number(..)
            | Kind::Level(..)
            | Kind::Time
            | Kind::TimeWithin(..)
            | Kind::Clock
            | Kind::Table(_) => {}
        }
    }
    // Values that are no words of a list: flags, and names that authors give to beds and that people ask for.
    let mut known = vec!["true", "false", "none", "on", "off"];
    let mut seen = Vec::new();
    for file in FileKind::files() {
        gather(file.keys, &mut known, &mut seen);
    }
    let strange: Vec<_> = foreign::words().filter(|word| !known.contains(word)).collect();
    assert!(strange.is_empty(), "{strange:?}");
}
