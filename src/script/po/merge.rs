//! Updates a PO file to the texts of a course, without losing any translation.
//!
//! Unchanged texts keep their entries. A changed text keeps its translation as fuzzy, with the text it was made from. A text
//! that moved is recognised by its words. An entry without a text becomes obsolete. Translators' comments, the header and
//! unknown flags are kept.

use std::fmt::Write as _;

use super::encoding::naming_utf_8;
use super::extract::SourceText;
use super::file::{Message, PoFile};
use super::is_same_text;
use super::plural::PluralForms;
use crate::diag::Sources;
use crate::script::language::Language;

/// The least similarity (normalised edit distance) from which a text counts as a changed form of another where several share
/// a context: titles of parts and of weeks, notes, and what is read before a track.
const LEAST_SIMILARITY: f64 = 0.6;

/// What an update changed, in entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Texts that had no entry.
    pub new: usize,
    /// Texts whose words or ids have changed; their translations are now fuzzy.
    pub changed: usize,
    /// Entries that no text uses any more.
    pub obsolete: usize,
}

/// The texts of a course as a template: a PO file without translations.
pub fn template(texts: &[SourceText], sources: &Sources, title: &str) -> PoFile {
    let mut header = header(title, None);
    header.flags.push("fuzzy".to_owned());
    let messages = texts.iter().map(|text| refresh(Message::default(), text, sources, 2));
    PoFile { messages: std::iter::once(header).chain(messages).collect(), end: Vec::new() }
}

/// Updates the file of a language to the texts of a course. Texts written in that language need no translation.
pub fn update(
    file: PoFile,
    texts: &[SourceText],
    sources: &Sources,
    language: &Language,
    title: &str,
) -> (PoFile, Changes) {
    // A word that is built in stays where somebody has replaced it.
    let is_kept = |text: &SourceText| {
        text.is_added_word()
            && file.messages.iter().any(|message| is_of(message, text) && message.is_translated())
    };
    let is_wanted = |text: &&SourceText| text.is_needed_in(language) || is_kept(text);
    let texts: Vec<_> = texts.iter().filter(is_wanted).collect();
    let named = file.plural_forms();
    let forms = named.clone().and_then(Result::ok).unwrap_or_else(|| PluralForms::of(language));
    let mut merger =
        Merger { pool: file.messages.into_iter().map(Some).collect(), changes: Changes::default() };
    let mut header = merger.take(Message::is_header).unwrap_or_else(|| header(title, Some(language)));
    header.texts.iter_mut().for_each(|text| *text = naming_utf_8(text));
    let has_plurals = texts.iter().any(|text| text.plural.is_some());
    if named.is_none()
        && has_plurals
        && let Some(text) = header.texts.first_mut().filter(|text| !text.contains("Plural-Forms:"))
    {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let _ = writeln!(text, "{end}Plural-Forms: {forms}");
    }
    let mut found: Vec<Option<Message>> = texts.iter().map(|text| merger.same(text)).collect();
    let steps: [fn(&mut Merger, &SourceText) -> Option<Message>; 2] = [Merger::changed, Merger::moved];
    for step in steps {
        for (text, found) in texts.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            *found = step(&mut merger, text);
        }
    }
    let mut messages = vec![header];
    for (text, found) in texts.iter().zip(found) {
        let message = found.unwrap_or_else(|| {
            merger.changes.new += 1;
            Message::default()
        });
        messages.push(refresh(message, text, sources, forms.count()));
    }
    let changes = &mut merger.changes;
    messages.extend(merger.pool.into_iter().flatten().filter_map(|message| retire(message, changes)));
    (PoFile { messages, end: file.end }, merger.changes)
}

/// The entries that are not yet assigned to a text.
struct Merger {
    pool: Vec<Option<Message>>,
    changes: Changes,
}

impl Merger {
    fn take(&mut self, wanted: impl Fn(&Message) -> bool) -> Option<Message> {
        self.pool.iter_mut().find(|message| message.as_ref().is_some_and(&wanted))?.take()
    }

    /// The entry of exactly this text; an obsolete one is used again.
    fn same(&mut self, text: &SourceText) -> Option<Message> {
        let same = |message: &Message| is_of(message, text) && is_same_text(&message.source, &text.text);
        self.take(|message| same(message) && !message.obsolete).or_else(|| self.take(same))
    }

    /// The entry of an older form of this text: the one with its context, or the most similar one where titles share a context.
    fn changed(&mut self, text: &SourceText) -> Option<Message> {
        let shared = [":part", ":week", ":before", ":note"].iter().any(|kind| text.context.ends_with(kind));
        let similarity = |message: &Message| {
            if shared { strsim::normalized_levenshtein(&message.source, &text.text) } else { 1.0 }
        };
        let candidates = self.pool.iter().enumerate().filter_map(|(at, message)| {
            let message = message.as_ref().filter(|message| is_of(message, text))?;
            // Entries in use come before obsolete ones, and translated entries before untranslated ones.
            let rank = (!message.obsolete, message.is_translated());
            Some((rank, similarity(message), at)).filter(|(_, similarity, _)| *similarity >= LEAST_SIMILARITY)
        });
        // Of equal candidates the first in the file wins.
        let best =
            candidates.reduce(|best, next| if (next.0, next.1) > (best.0, best.1) { next } else { best });
        let message = self.pool[best?.2].take()?;
        if message.is_translated() {
            self.changes.changed += 1;
        } else {
            self.changes.new += 1;
        }
        Some(mark_fuzzy(message))
    }

    /// The entry of this text under another context: the phrase has a new id, or is now in another file.
    fn moved(&mut self, text: &SourceText) -> Option<Message> {
        let message = self.take(|message| {
            message.context.is_some() && message.is_translated() && is_same_text(&message.source, &text.text)
        })?;
        self.changes.changed += 1;
        Some(mark_fuzzy(message))
    }
}

fn is_of(message: &Message, text: &SourceText) -> bool {
    message.context.as_deref() == Some(&text.context)
}

/// Marks a translation as fuzzy and keeps the text it was made from. Does nothing without a translation.
fn mark_fuzzy(mut message: Message) -> Message {
    if !message.is_translated() {
        return message;
    }
    if !message.fuzzy() {
        message.flags.push("fuzzy".to_owned());
        message.previous = super::file::Previous::default();
    }
    // A translation that was already fuzzy was made from an even older text, which is kept.
    let previous = &mut message.previous;
    if previous.source.is_none() {
        previous.context = message.context.clone();
        previous.source = Some(message.source.clone());
        previous.plural.clone_from(&message.plural);
    }
    message
}

/// Sets everything in an entry that comes from the text.
fn refresh(mut message: Message, text: &SourceText, sources: &Sources, forms: usize) -> Message {
    let previous = &mut message.previous;
    if previous.context.as_ref() == Some(&text.context) {
        previous.context = None;
    }
    if previous.source.as_ref() == Some(&text.text) && previous.context.is_none() {
        previous.source = None;
    }
    message.context = Some(text.context.clone());
    message.source.clone_from(&text.text);
    message.plural.clone_from(&text.plural);
    if text.plural.is_some() && message.texts.len() < forms {
        message.texts.resize(forms, String::new());
    }
    message.extracted.clone_from(&text.comments);
    message.references = text.references(sources);
    message.obsolete = false;
    message
}

/// Makes an entry without a text obsolete; drops it if it has neither a translation nor a comment.
fn retire(mut message: Message, changes: &mut Changes) -> Option<Message> {
    if !message.is_translated() && message.comments.is_empty() {
        return None;
    }
    if !message.obsolete {
        changes.obsolete += 1;
        message.obsolete = true;
        message.extracted.clear();
        message.references.clear();
    }
    Some(message)
}

/// The header of a new file, with the fields that gettext asks for. No dates: the same course gives the same file.
fn header(title: &str, language: Option<&Language>) -> Message {
    let tag = language.map_or(String::new(), |language| language.as_str().replace('-', "_"));
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let fields = [
        ("Project-Id-Version", title.as_str()),
        ("PO-Revision-Date", ""),
        ("Last-Translator", ""),
        ("Language-Team", ""),
        ("Language", &tag),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ];
    let fields = fields.map(|(name, value)| format!("{name}: {value}\n"));
    Message { texts: vec![fields.concat()], ..Message::default() }
}

#[cfg(test)]
mod tests;
