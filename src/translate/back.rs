//! Takes translations back: each returned text is merged by its context and its source. Newer work is never overwritten: a
//! text that was changed on both sides is a conflict, and the text of the course stays.

use crate::diag::Code;
use crate::script::po::context::phrase_file;
use crate::script::po::extract::SourceText;
use crate::script::po::file::{Message, PoFile, Previous};
use crate::script::po::lint::{Slip, slips};

/// The comment with the mark of a translation as it was sent, by which it is known on its return who has changed it.
const SENT: &str = "Sent: ";

/// A title counts as a changed form of another from this similarity on.
const LEAST_SIMILARITY: f64 = 0.6;

/// A text that came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Returned {
    pub context: Option<String>,
    /// The text that was translated.
    pub source: String,
    /// The text for several, where there are plural forms.
    pub plural: Option<String>,
    /// The translation, in each of its plural forms.
    pub texts: Vec<String>,
    pub fuzzy: bool,
    /// Comments of the translator.
    pub comments: Vec<String>,
    /// The mark of the translation that was sent, where it is known.
    pub sent: Option<String>,
    /// Where it stands, for messages: `de.po:12`, `row 3`.
    pub place: String,
}

/// A text that was translated differently on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub name: String,
    pub place: String,
    /// The translation of the course, which stays.
    pub ours: String,
    pub theirs: String,
}

/// What was done with the texts that came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeReport {
    /// Texts that are new or changed.
    pub taken: usize,
    /// Translations that were fuzzy and are not any more.
    pub confirmed: usize,
    /// Texts that the course has already.
    pub same: usize,
    /// Texts that came back empty.
    pub empty: usize,
    /// Translations of words that the course has changed since.
    pub outdated: Vec<String>,
    /// Translations of texts that are no longer in the course.
    pub gone: Vec<String>,
    pub conflicts: Vec<Conflict>,
    /// Mistakes in what was taken: the place, the name and the mistake.
    pub slips: Vec<(String, String, Slip)>,
}

/// The mark of a translation: the same for the same words.
pub fn mark(texts: &[String], fuzzy: bool) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        hasher.update(text.trim().as_bytes()).update(&[0]);
    }
    hasher.update(&[u8::from(fuzzy)]);
    hasher.finalize().to_hex()[..8].to_owned()
}

/// The mark that a file has for an entry.
pub fn mark_of(message: &Message) -> Option<String> {
    message.extracted.iter().find_map(|comment| Some(comment.strip_prefix(SENT)?.trim().to_owned()))
}

/// A file as it is sent: each entry with its mark.
pub fn marked(file: &PoFile) -> PoFile {
    let mut file = file.clone();
    for message in file.messages.iter_mut().filter(|message| !message.is_header() && !message.obsolete) {
        message.extracted.retain(|comment| !comment.starts_with(SENT));
        message.extracted.push(format!("{SENT}{}", mark(&message.texts, message.fuzzy())));
    }
    file
}

/// The texts of a PO file that came back. `line` gives the place of an entry.
pub fn returned(file: &PoFile, place: impl Fn(&Message) -> String) -> Vec<Returned> {
    let entries = file.messages.iter().filter(|message| !message.is_header() && !message.obsolete);
    entries
        .map(|message| Returned {
            context: message.context.clone(),
            source: message.source.clone(),
            plural: message.plural.clone(),
            texts: message.texts.clone(),
            fuzzy: message.fuzzy(),
            comments: message.comments.clone(),
            sent: mark_of(message),
            place: place(message),
        })
        .collect()
}

/// Merges what came back into the file of a course, which an update has to bring up to the texts afterwards. `theirs_win` takes
/// the returned text where both sides have changed.
pub fn take_back(
    mut ours: PoFile,
    theirs: Vec<Returned>,
    texts: &[SourceText],
    theirs_win: bool,
) -> (PoFile, MergeReport) {
    let mut taken = MergeReport::default();
    for mut one in theirs {
        if one.texts.iter().all(|text| text.trim().is_empty()) {
            taken.empty += 1;
            continue;
        }
        if one.context.is_none() {
            one.context = only_context(&one.source, texts);
        }
        let name = one.context.clone().unwrap_or_else(|| one.source.clone());
        let same = |message: &&mut Message| {
            !message.obsolete && message.context == one.context && is_same(&message.source, &one.source)
        };
        if let Some(own) = ours.messages.iter_mut().find(same) {
            settle(own, &one, &name, theirs_win, &mut taken);
            continue;
        }
        // As it is, or as an update has made it of the text that the course has now.
        let is_known = ours.messages.iter().any(|message| {
            let of_source = message.source == one.source
                || message.previous.source.as_ref().is_some_and(|before| is_same(before, &one.source));
            message.context == one.context && of_source && message.texts == one.texts
        });
        if is_known {
            taken.same += 1;
            continue;
        }
        match now(&one, texts, &ours) {
            Some(current) => {
                // Without its empty entry the update finds the older translation and marks it as fuzzy.
                let is_open = |message: &Message| {
                    !message.obsolete
                        && message.context.as_deref() == Some(&current.context)
                        && is_same(&message.source, &current.text)
                        && !message.is_translated()
                };
                ours.messages.retain(|message| !is_open(message));
                taken.outdated.push(name);
            }
            None => taken.gone.push(name),
        }
        let flags = if one.fuzzy { vec!["fuzzy".to_owned()] } else { Vec::new() };
        ours.messages.push(Message {
            comments: one.comments,
            flags,
            context: one.context,
            source: one.source,
            plural: one.plural,
            texts: one.texts,
            ..Message::default()
        });
    }
    (ours, taken)
}

/// The context of the only text with these words.
fn only_context(source: &str, texts: &[SourceText]) -> Option<String> {
    let mut found = texts.iter().filter(|text| is_same(&text.text, source));
    let first = found.next()?;
    found.next().is_none().then(|| first.context.clone())
}

/// The text of the course that a translation of other words belongs to.
fn now<'t>(one: &Returned, texts: &'t [SourceText], ours: &PoFile) -> Option<&'t SourceText> {
    let context = one.context.as_deref()?;
    let mut own = texts.iter().filter(|text| text.context == context);
    if phrase_file(context).is_some() {
        return own.next();
    }
    // Titles share a context: the most similar one that is still to be translated.
    let is_open = |text: &&SourceText| {
        let done = |message: &Message| {
            message.context.as_deref() == Some(context)
                && is_same(&message.source, &text.text)
                && message.is_translated()
        };
        !ours.messages.iter().any(done)
    };
    let similarity = |text: &SourceText| strsim::normalized_levenshtein(&text.text, &one.source);
    let best = own.filter(is_open).max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
    (similarity(best) >= LEAST_SIMILARITY).then_some(best)
}

/// Decides between the translation of the course and the one that came back.
fn settle(own: &mut Message, one: &Returned, name: &str, theirs_win: bool, taken: &mut MergeReport) {
    let trimmed = |texts: &[String]| texts.iter().map(|text| text.trim().to_owned()).collect::<Vec<_>>();
    for comment in &one.comments {
        if !own.comments.contains(comment) {
            own.comments.push(comment.clone());
        }
    }
    if trimmed(&own.texts) == trimmed(&one.texts) {
        if own.fuzzy() && !one.fuzzy && one.sent.as_ref().is_none_or(|sent| *sent == mark(&own.texts, true)) {
            own.flags.retain(|flag| flag != "fuzzy");
            own.previous = Previous::default();
            taken.confirmed += 1;
        } else {
            taken.same += 1;
        }
        return;
    }
    let takes = if own.is_translated() {
        match &one.sent {
            Some(sent) if *sent == mark(&own.texts, own.fuzzy()) => true,
            Some(sent) if *sent == mark(&one.texts, one.fuzzy) => {
                taken.same += 1;
                return;
            }
            None if own.fuzzy() && !one.fuzzy => true,
            Some(_) | None => {
                let joined = |texts: &[String]| texts.join(" / ");
                taken.conflicts.push(Conflict {
                    name: name.to_owned(),
                    place: one.place.clone(),
                    ours: joined(&own.texts),
                    theirs: joined(&one.texts),
                });
                theirs_win
            }
        }
    } else {
        true
    };
    if !takes {
        return;
    }
    taken.taken += 1;
    own.texts = one.texts.iter().map(|text| fitted(text, &own.source)).collect();
    own.flags.retain(|flag| flag != "fuzzy");
    own.previous = Previous::default();
    let found = if own.plural.is_some() { Vec::new() } else { slips(&own.source, own.text()) };
    // A course with more bars than its text cannot be read at all, so such a text waits.
    if one.fuzzy || found.iter().any(|slip| slip.code == Code::TooManyBeats) {
        own.flags.push("fuzzy".to_owned());
    }
    taken.slips.extend(found.into_iter().map(|slip| (one.place.clone(), name.to_owned(), slip)));
}

/// A text without the space and the line ends that a field or a cell adds around it.
fn fitted(text: &str, source: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let inner = text.trim();
    let end = if source.ends_with('\n') && !inner.is_empty() { "\n" } else { "" };
    format!("{inner}{end}")
}

fn is_same(one: &str, other: &str) -> bool {
    use unicode_normalization::UnicodeNormalization;
    let plain = |text: &str| text.replace("\r\n", "\n").trim().nfc().collect::<String>();
    one == other || plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::language::Language;

    fn text(context: &str, text: &str) -> SourceText {
        SourceText {
            context: context.to_owned(),
            text: text.to_owned(),
            language: Language::parse("nl").unwrap(),
            comments: Vec::new(),
            places: Vec::new(),
            plural: None,
        }
    }

    fn message(context: &str, source: &str, text: &str) -> Message {
        Message {
            context: Some(context.to_owned()),
            source: source.to_owned(),
            texts: vec![text.to_owned()],
            ..Message::default()
        }
    }

    fn back(ours: &[Message], sent: &[Message], change: impl Fn(&mut PoFile)) -> (PoFile, MergeReport) {
        let texts = [text("a/b", "Adem in."), text("a/c", "Adem uit."), text("a:title", "De adem")];
        let file = |messages: &[Message]| PoFile { messages: messages.to_vec(), end: Vec::new() };
        let mut away = marked(&file(sent));
        change(&mut away);
        let returned = returned(&away, |_| "de.po:1".to_owned());
        take_back(file(ours), returned, &texts, false)
    }

    #[test]
    fn who_changed_a_text_is_known_by_what_was_sent() {
        let old = message("a/b", "Adem in.", "Einatmen.");
        let new = message("a/b", "Adem in.", "Atme ein.");
        let theirs = |file: &mut PoFile| file.messages[0].texts = vec!["Ein.".to_owned()];
        let (file, taken) = back(std::slice::from_ref(&old), std::slice::from_ref(&old), theirs);
        assert_eq!((file.messages[0].text(), taken.taken), ("Ein.", 1));
        let (file, taken) = back(std::slice::from_ref(&new), std::slice::from_ref(&old), |_| ());
        assert_eq!((file.messages[0].text(), taken.same), ("Atme ein.", 1), "only ours has changed");
        let (file, taken) = back(&[new], &[old], theirs);
        assert_eq!(file.messages[0].text(), "Atme ein.");
        let conflict = &taken.conflicts[0];
        assert_eq!((conflict.ours.as_str(), conflict.theirs.as_str()), ("Atme ein.", "Ein."));
    }

    #[test]
    fn a_translation_of_older_words_waits_for_an_update_and_one_of_no_text_is_kept() {
        let open = message("a/b", "Adem in.", "");
        let away = [message("a/b", "Adem in", "Atme ein."), message("a/x", "Weg.", "Fort.")];
        let (file, taken) = back(&[open], &away, |_| ());
        assert_eq!((taken.outdated, taken.gone), (vec!["a/b".to_owned()], vec!["a/x".to_owned()]));
        let texts: Vec<_> = file.messages.iter().map(Message::text).collect();
        assert_eq!(texts, ["Atme ein.", "Fort."]);
    }

    #[test]
    fn what_came_back_twice_is_taken_once_and_empty_texts_take_nothing_away() {
        let done = message("a/b", "Adem in.", "Atme ein.");
        let (file, taken) = back(std::slice::from_ref(&done), std::slice::from_ref(&done), |file| {
            file.messages[0].texts = vec![" ".to_owned()];
        });
        assert_eq!((file.messages[0].text(), taken.empty), ("Atme ein.", 1));
    }

    #[test]
    fn a_fuzzy_text_is_confirmed_and_one_with_too_many_bars_waits() {
        let mut fuzzy = message("a/b", "Adem in.", "Atme ein.");
        fuzzy.flags.push("fuzzy".to_owned());
        let (file, taken) = back(&[fuzzy.clone()], &[fuzzy], |file| file.messages[0].flags.clear());
        assert!(!file.messages[0].fuzzy() && taken.confirmed == 1);
        let open = message("a/b", "Adem in.", "");
        let (file, taken) = back(std::slice::from_ref(&open), std::slice::from_ref(&open), |file| {
            file.messages[0].texts = vec!["Atme | ein.\r\n".to_owned()];
        });
        assert!(file.messages[0].fuzzy() && taken.slips.len() == 1);
        assert_eq!(file.messages[0].text(), "Atme | ein.");
    }
}
