//! Writing `takes.toml`: records are changed in place, so that comments and the order of a person's file stay.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TomlError, value};

use crate::script::takes_file::TakeRecord;

/// What the file says at its start.
const ABOUT: &str =
    "# What each recording was made for. Written by `adem voice import` and `adem voice accept`.\n\n";

/// The text of `takes.toml` with these records in place of those of the same files.
///
/// # Errors
/// [`TomlError`] if the text is not valid TOML.
pub fn with_records(text: &str, records: &[TakeRecord]) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let is_new = document.get("take").is_none();
    let takes = document.entry("take").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    // A list of inline tables becomes one of tables.
    if let Some(array) = takes.as_array().filter(|array| array.iter().all(toml_edit::Value::is_inline_table))
    {
        let tables = array.iter().filter_map(|take| Some(take.as_inline_table()?.clone().into_table()));
        *takes = Item::ArrayOfTables(tables.collect());
    }
    if let Some(takes) = takes.as_array_of_tables_mut() {
        for record in records {
            let known =
                takes.iter_mut().find(|take| take.get("file").and_then(Item::as_str) == Some(&record.file));
            if let Some(take) = known {
                write(take, record);
            } else {
                let mut take = Table::new();
                write(&mut take, record);
                takes.push(take);
            }
        }
    }
    let written = document.to_string();
    Ok(if is_new && text.trim().is_empty() { format!("{ABOUT}{}", written.trim_start()) } else { written })
}

/// The text of `takes.toml` without the record of a file.
///
/// # Errors
/// [`TomlError`] if the text is not valid TOML.
pub fn without_record(text: &str, file: &str) -> Result<String, TomlError> {
    let mut document: DocumentMut = with_records(text, &[])?.parse()?;
    if let Some(takes) = document.get_mut("take").and_then(Item::as_array_of_tables_mut) {
        takes.retain(|take| take.get("file").and_then(Item::as_str) != Some(file));
    }
    Ok(document.to_string())
}

fn write(take: &mut Table, record: &TakeRecord) {
    set(take, "file", &record.file);
    set(take, "hash", &record.hash);
    set(take, "text", &record.text);
    if let Some(date) = &record.date {
        set(take, "date", date);
    }
    set(take, "state", record.state.word());
    if record.despite.is_empty() {
        take.remove("despite");
    } else {
        take["despite"] = value(record.despite.iter().map(String::as_str).collect::<Array>());
    }
}

/// Sets a text and keeps the comment behind it.
pub(super) fn set(table: &mut Table, key: &str, text: &str) {
    let old = table.get(key).and_then(Item::as_value).map(|old| old.decor().clone());
    let mut item = value(text);
    if let (Some(decor), Some(new)) = (old, item.as_value_mut()) {
        *new.decor_mut() = decor;
    }
    table[key] = item;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::takes_file::TakeState;

    fn record(file: &str, state: TakeState) -> TakeRecord {
        TakeRecord {
            file: file.to_owned(),
            hash: "ab".to_owned(),
            text: "Ga \"zitten\".".to_owned(),
            date: Some("2026-11-27".to_owned()),
            state,
            despite: Vec::new(),
        }
    }

    #[test]
    fn a_record_is_changed_in_place_and_comments_stay() {
        let first = with_records("", &[record("a/x.wav", TakeState::Accepted)]).unwrap();
        assert!(first.starts_with("# What") && first.contains("\n[[take]]\nfile = \"a/x.wav\"\n"), "{first}");
        let by_hand = first
            .replace("hash =", "# the good one\nhash =")
            .replace("\"accepted\"", "\"accepted\" # heard by Anna");
        let changed =
            TakeRecord { despite: vec!["hum".to_owned()], ..record("a/x.wav", TakeState::Rejected) };
        let second = with_records(&by_hand, &[changed, record("a/y.wav", TakeState::ToHear)]).unwrap();
        assert!(second.contains("# the good one\n"), "{second}");
        assert!(second.contains("state = \"rejected\" # heard by Anna\ndespite = [\"hum\"]\n"), "{second}");
        assert_eq!(second.matches("[[take]]").count(), 2, "{second}");
        assert_eq!(with_records(&second, &[]).unwrap(), second);
    }

    #[test]
    fn a_record_is_removed_and_the_others_stay() {
        let both = [record("a/x.wav", TakeState::Accepted), record("a/y.wav", TakeState::ToHear)];
        let text = with_records("", &both).unwrap();
        let without = without_record(&text, "a/x.wav").unwrap();
        assert!(!without.contains("a/x.wav") && without.contains("a/y.wav"), "{without}");
        assert_eq!(without_record(&without, "a/x.wav").unwrap(), without);
    }

    #[test]
    fn a_list_of_inline_tables_is_kept_too() {
        let text = "take = [{ file = \"a/x.wav\", hash = \"1\", text = \"A\" }]\n";
        let new = with_records(text, &[record("a/y.wav", TakeState::Accepted)]).unwrap();
        assert!(new.contains("a/x.wav") && new.contains("a/y.wav"), "{new}");
        assert!(with_records("take = [", &[]).is_err());
    }
}
