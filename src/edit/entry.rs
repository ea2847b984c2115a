//! One translation in a PO file: its lines are replaced, and every other byte of the file stays.

use std::fmt::Write as _;

use super::{EditError, UneditedNotation, line_break};
use crate::diag::{Sink, Sources};
use crate::script::po::file::{Message, escape};
use crate::script::po::syntax;

/// A translation as a translator leaves it.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryEdit {
    /// The context of the text, such as `plek/vrij`.
    pub context: String,
    /// The text that is translated.
    pub source: String,
    /// The translation; empty to leave it open.
    pub text: String,
    /// Whether somebody has to look at it again.
    pub fuzzy: bool,
}

/// The file with this translation.
///
/// # Errors
/// [`EditError::Changed`] if the text is not the one of this hash, [`EditError::NoStep`] if the file has no entry of this text.
pub fn apply_entry(text: &str, base: &str, edit: &EntryEdit) -> Result<String, EditError> {
    if super::hash_of(text) != base {
        return Err(EditError::Changed);
    }
    let is_it = |message: &&Message| {
        !message.obsolete
            && message.context.as_deref() == Some(&*edit.context)
            && message.source == edit.source
    };
    let messages = read(text).ok_or(EditError::Mistake)?;
    let message = messages.iter().find(is_it).ok_or(EditError::NoStep)?;
    if message.plural.is_some() || message.texts.len() > 1 {
        return Err(UneditedNotation::Plural.into());
    }
    let line = edit.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let place = message.span.ok_or(EditError::NoStep)?;
    let new = with_entry(text, place.start, &line, edit.fuzzy);
    // The file says what it said, but for this entry.
    let wanted = |after: &Message| {
        let is_fuzzy = edit.fuzzy && !line.is_empty();
        after.text() == line && after.fuzzy() == is_fuzzy
    };
    let after = read(&new).ok_or(EditError::Mistake)?;
    let is_kept = after.len() == messages.len()
        && messages.iter().zip(&after).all(
            |(before, after)| {
                if is_it(&before) { wanted(after) } else { same(before, after) }
            },
        );
    if is_kept { Ok(new) } else { Err(UneditedNotation::OddEntry.into()) }
}

fn read(text: &str) -> Option<Vec<Message>> {
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let file = sources.add("po", text);
    Some(syntax::read(file, text, &sink)?.messages)
}

fn same(before: &Message, after: &Message) -> bool {
    *before == Message { span: before.span, ..after.clone() }
}

/// Replaces the translation whose `msgstr` stands on the line of a byte, and its marks.
fn with_entry(text: &str, at: usize, words: &str, fuzzy: bool) -> String {
    let end = line_break(text);
    let start = text[..at.min(text.len())].rfind('\n').map_or(0, |at| at + 1);
    let mut rest = start;
    for (index, line) in text[start..].split_inclusive('\n').enumerate() {
        if index > 0 && !line.trim_start().starts_with('"') {
            break;
        }
        rest += line.len();
    }
    let own = text[..start].split_inclusive('\n').rev().take_while(|line| !line.trim().is_empty());
    let mut lines: Vec<&str> = own.collect();
    lines.reverse();
    let head = start - lines.iter().map(|line| line.len()).sum::<usize>();
    let is_fuzzy = fuzzy && !words.is_empty();
    let mut entry = String::new();
    let mut is_marked = false;
    for line in lines {
        if let Some(flags) = line.strip_prefix("#,") {
            let mut flags: Vec<&str> =
                flags.split(',').map(str::trim).filter(|flag| *flag != "fuzzy").collect();
            if is_fuzzy {
                flags.insert(0, "fuzzy");
                is_marked = true;
            }
            if !flags.is_empty() {
                let _ = write!(entry, "#, {}{end}", flags.join(", "));
            }
        } else if is_fuzzy || !line.starts_with("#|") {
            // Flags stand below all other comments.
            if is_fuzzy && !is_marked && (line.starts_with("#|") || !line.starts_with('#')) {
                let _ = write!(entry, "#, fuzzy{end}");
                is_marked = true;
            }
            entry.push_str(line);
        }
    }
    format!("{}{entry}msgstr \"{}\"{end}{}", &text[..head], escape(words), &text[rest..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PO: &str = "# Anna translates.\nmsgid \"\"\nmsgstr \"\"\n\"Language: en\\n\"\n\n# mine\n#. a note\n#, fuzzy, no-wrap\n\
        #| msgid \"Oud.\"\nmsgctxt \"plek/a\"\nmsgid \"Laat \"\n\"komen.\"\nmsgstr \"\"\n\"Let \"\n\"come.\"\n\n\
        msgctxt \"plek/b\"\nmsgid \"Adem.\"\nmsgstr \"\"\n\n#~ msgctxt \"plek/c\"\n#~ msgid \"Weg.\"\n#~ msgstr \"Gone.\"\n";

    fn edited(context: &str, source: &str, text: &str, fuzzy: bool) -> String {
        let [context, source, text] = [context, source, text].map(str::to_owned);
        apply_entry(PO, &super::super::hash_of(PO), &EntryEdit { context, source, text, fuzzy }).unwrap()
    }

    #[test]
    fn a_translation_changes_its_own_lines_only() {
        let text = edited("plek/a", "Laat komen.", "Let it \"come\".", false);
        let before = PO.split("# mine").next().unwrap();
        assert!(text.starts_with(before) && text.ends_with("#~ msgstr \"Gone.\"\n"), "{text}");
        assert!(text.contains("#. a note\n#, no-wrap\nmsgctxt \"plek/a\"\nmsgid \"Laat \"\n\"komen.\"\nmsgstr \"Let it \\\"come\\\".\"\n\nmsgctxt"), "{text}");
        let text = edited("plek/b", "Adem.", "Breathe.", true);
        assert!(
            text.contains("\n\n#, fuzzy\nmsgctxt \"plek/b\"\nmsgid \"Adem.\"\nmsgstr \"Breathe.\"\n\n#~"),
            "{text}"
        );
        assert!(text.starts_with(PO.split("msgctxt \"plek/b\"").next().unwrap()));
        // An open text needs no second look.
        assert_eq!(edited("plek/b", "Adem.", " ", true), PO);
    }

    #[test]
    fn what_is_not_there_or_was_changed_is_refused() {
        let edit = |source: &str| EntryEdit {
            context: "plek/a".to_owned(),
            source: source.to_owned(),
            text: "x".to_owned(),
            fuzzy: false,
        };
        let base = super::super::hash_of(PO);
        assert!(matches!(apply_entry(PO, &base, &edit("Anders.")), Err(EditError::NoStep)));
        assert!(matches!(apply_entry(PO, "other", &edit("Laat komen.")), Err(EditError::Changed)));
    }
}
