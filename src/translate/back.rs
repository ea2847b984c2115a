//! Takes translations back: each returned text is merged by its context and its source. Newer work is never overwritten: a
//! text that was changed on both sides is a conflict, and the text of the course stays.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Code;
use crate::script::po::context::phrase_file;
use crate::script::po::extract::{SourceText, is_optional};
use crate::script::po::file::{Message, PoFile, Previous};
use crate::script::po::lint::{Slip, no_words, plural_slips, slips};
use crate::script::po::plural::PluralForms;

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
    /// What the translation is where it is no text: `a date`.
    pub holds: Option<&'static str>,
    /// Where it stands, for messages: `de.po:12`, `row 3`.
    pub place: String,
}

impl Returned {
    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.holds.is_none() && self.texts.iter().all(|text| text.trim().is_empty())
    }

    /// Why it cannot be taken.
    fn fault(&self) -> Option<Slip> {
        let held = self.holds.map(|what| Slip {
            code: Code::BadTranslation,
            message: format!("the cell holds {what}"),
            help: "write the words as text".to_owned(),
            is_error: false,
        });
        held.or_else(|| self.texts.iter().find_map(|text| no_words(&self.source, text)))
    }
}

/// A text that was translated differently on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub name: String,
    pub place: String,
    /// The translation of the course, which stays.
    pub ours: String,
    pub theirs: String,
    /// Whether it is known what was sent, so that both sides have changed it.
    pub is_certain: bool,
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
    /// Finished texts that came back marked as doubtful, and are fuzzy now.
    pub doubtful: usize,
    /// Texts that came back empty and are so in the course, without those that may stay empty.
    pub empty: usize,
    /// Texts that came back empty, of which the course has a translation, which stays.
    pub emptied: usize,
    /// Texts of the course that came back, empty or not.
    pub found: usize,
    /// Translations of words that the course has changed since, which are fuzzy now.
    pub older: Vec<String>,
    /// Translations of words that the course has changed since and translated anew, which are kept at the end.
    pub kept: Vec<String>,
    /// Translations of texts that are no longer in the course.
    pub gone: Vec<String>,
    /// Texts without new words whose original has other words in the course by now.
    pub changed: Vec<String>,
    /// Texts without new words that are no longer in the course.
    pub dropped: Vec<String>,
    pub conflicts: Vec<Conflict>,
    /// Mistakes in what was taken: the place, the name and the mistake.
    pub slips: Vec<(String, String, Slip)>,
    /// What was not taken, as it is no translation: the place, the name and why.
    pub refused: Vec<(String, String, Slip)>,
}

impl MergeReport {
    /// Whether something came back that is not used as it is, besides fuzzy texts, which wait for somebody anyway.
    pub fn needs_a_look(&self, theirs_win: bool) -> bool {
        let is_open = !self.conflicts.is_empty() && !theirs_win;
        is_open
            || ![self.slips.len(), self.refused.len(), self.kept.len(), self.gone.len()]
                .iter()
                .all(|many| *many == 0)
    }
}

/// Rows whose translations stand beside other originals than in the course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedTexts {
    pub count: usize,
    /// The place of the first, and of the row that its text belongs to.
    pub first: (String, String),
}

/// So many texts at other places are no correction.
const MANY_MOVED: usize = 3;

/// The mark of a translation: the same for the same words.
pub fn mark(texts: &[String], fuzzy: bool) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        hasher.update(text.trim().as_bytes()).update(&[0]);
    }
    hasher.update(&[u8::from(fuzzy)]);
    // A letter at its start, so that no spreadsheet takes it for a number such as 88757e98.
    format!("s{}", &hasher.finalize().to_hex()[..8])
}

/// A mark as it was written, also by an adem that wrote it without its first letter; `None` if it is none any more.
pub fn as_mark(written: &str) -> Option<String> {
    let digits = written.trim();
    let digits = digits.strip_prefix('s').unwrap_or(digits);
    let is_mark = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_mark.then(|| format!("s{digits}"))
}

/// The mark that a file has for an entry.
pub fn mark_of(message: &Message) -> Option<String> {
    message.extracted.iter().find_map(|comment| as_mark(comment.strip_prefix(SENT)?))
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
            holds: None,
        })
        .collect()
}

/// The fields of a header that tell whose work a file is.
const CREDITS: [&str; 3] = ["PO-Revision-Date", "Last-Translator", "Language-Team"];

/// Who has translated a file and when, as its header tells it, without what stands there until somebody fills it in.
pub fn credits(file: &PoFile) -> Vec<(&'static str, String)> {
    let is_blank = |value: &str| {
        value.is_empty() || ["YEAR-", "EMAIL@ADDRESS", "LL@li.org"].iter().any(|part| value.contains(part))
    };
    let value = |name| Some((name, file.header_field(name).filter(|value| !is_blank(value))?.to_owned()));
    CREDITS.into_iter().filter_map(value).collect()
}

/// Writes into the header who has translated it and when, unless what is there is of a later date.
pub fn keep_credits(ours: &mut PoFile, theirs: &[(&'static str, String)]) {
    let own = credits(ours);
    let date = |all: &[(&str, String)]| {
        all.iter().find(|(name, _)| *name == CREDITS[0]).map(|(_, date)| date.clone())
    };
    if date(&own).zip(date(theirs)).is_some_and(|(own, theirs)| own > theirs) {
        return;
    }
    let Some(header) = ours.messages.iter_mut().find(|message| message.is_header()) else { return };
    let Some(text) = header.texts.first_mut() else { return };
    for (name, value) in theirs {
        let is_field = |line: &str| line.split_once(':').is_some_and(|(own, _)| own.trim() == *name);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let field = format!("{name}: {value}");
        match lines.iter_mut().find(|line| is_field(line)) {
            Some(line) => *line = field,
            None => lines.push(field),
        }
        *text = lines.join("\n") + "\n";
    }
}

/// Whether what came back is of another course: next to none of its texts is one of this course, now or before.
pub fn is_foreign(theirs: &[Returned], ours: &PoFile, texts: &[SourceText]) -> bool {
    const FEWEST: usize = 3;
    let contexts: BTreeSet<&str> = ours
        .messages
        .iter()
        .filter_map(|message| message.context.as_deref())
        .chain(texts.iter().map(|text| text.context.as_str()))
        .collect();
    let sources: BTreeSet<String> = ours
        .messages
        .iter()
        .map(|message| message.source.as_str())
        .chain(texts.iter().map(|text| text.text.as_str()))
        .map(plain)
        .collect();
    // Every course has the words that adem adds, and a title.
    let is_shared = |context: &str| context.starts_with("adem:") || context.starts_with("course:");
    let own = theirs.iter().filter(|one| !one.context.as_deref().is_some_and(is_shared));
    let fits = |one: &&Returned| {
        one.context.as_deref().is_some_and(|context| contexts.contains(context))
            || sources.contains(&plain(&one.source))
    };
    let (count, fitting) = (own.clone().count(), own.filter(fits).count());
    count >= FEWEST && fitting * 10 < count
}

/// Translations of the course that came back beside other originals, as after sorting a column alone; `None` for so few that
/// they may be corrections.
pub fn moved_texts(theirs: &[Returned], ours: &PoFile) -> Option<MovedTexts> {
    let returned: BTreeMap<_, &Returned> =
        theirs.iter().map(|one| ((one.context.as_deref(), plain(&one.source)), one)).collect();
    let key = |message: &'_ Message| (message.context.clone(), plain(&message.source));
    let entries = || ours.messages.iter().filter(|message| !message.obsolete && !message.is_header());
    let own: BTreeMap<_, &Message> = entries().map(|message| (key(message), message)).collect();
    // Words that several entries have tell nothing.
    let mut owners: BTreeMap<Vec<String>, Option<&Message>> = BTreeMap::new();
    for message in entries().filter(|message| message.is_translated()) {
        owners.entry(trimmed(&message.texts)).and_modify(|owner| *owner = None).or_insert(Some(message));
    }
    let mut moved = Vec::new();
    for one in theirs.iter().filter(|one| !one.is_empty()) {
        let Some(message) = own.get(&(one.context.clone(), plain(&one.source))) else { continue };
        let Some(Some(owner)) = owners.get(&trimmed(&one.texts)) else { continue };
        if is_same(&owner.source, &message.source) {
            continue;
        }
        // Words that are still at their place as well have been used again.
        let there = returned.get(&(owner.context.as_deref(), plain(&owner.source)));
        if let Some(there) = there.filter(|there| trimmed(&there.texts) != trimmed(&owner.texts)) {
            moved.push((one.place.clone(), there.place.clone()));
        }
    }
    let count = moved.len();
    let first = moved.into_iter().next().filter(|_| count >= MANY_MOVED)?;
    Some(MovedTexts { count, first })
}

/// Merges what came back into the file of a course, which an update has to bring up to the texts before and afterwards.
/// `theirs_win` takes the returned text where both sides have changed.
pub fn take_back(
    mut ours: PoFile,
    theirs: Vec<Returned>,
    texts: &[SourceText],
    theirs_win: bool,
) -> (PoFile, MergeReport) {
    let mut taken = MergeReport::default();
    let plural = ours.plural_forms().and_then(Result::ok);
    for mut one in theirs {
        if one.context.is_none() {
            one.context = only_context(&one.source, texts);
        }
        let name = one.context.clone().unwrap_or_else(|| one.source.clone());
        let same = |message: &Message| {
            !message.obsolete && message.context == one.context && is_same(&message.source, &one.source)
        };
        let own = ours.messages.iter().position(same);
        taken.found += usize::from(own.is_some());
        let own_texts = own.map(|at| trimmed(&ours.messages[at].texts));
        if one.is_empty() {
            let is_translated = own.is_some_and(|at| ours.messages[at].is_translated());
            if is_translated {
                taken.emptied += 1;
            } else if !one.context.as_deref().is_some_and(is_optional) {
                taken.empty += 1;
            }
            if own.is_none() && !one.context.as_deref().is_some_and(is_optional) {
                let now = now(&one, texts, &ours).is_some();
                if now { &mut taken.changed } else { &mut taken.dropped }.push(name);
            }
            continue;
        }
        // A formula without a result is as empty as a text that nobody has written, and yet no translation.
        let is_blank = one.texts.iter().all(|text| text.trim().is_empty());
        if let Some(why) = one.fault().filter(|_| is_blank || own_texts != Some(trimmed(&one.texts))) {
            taken.refused.push((one.place, name, why));
            continue;
        }
        if let Some(at) = own {
            settle(&mut ours.messages[at], &one, &name, theirs_win, plural.as_ref(), &mut taken);
            continue;
        }
        // As it is, or as an update has made it of the text that the course has now.
        let is_known = ours.messages.iter().any(|message| {
            let is_of = message.context == one.context && is_same(&message.source, &one.source);
            (is_of || is_made_from(message, &one)) && trimmed(&message.texts) == trimmed(&one.texts)
        });
        if is_known {
            taken.same += 1;
            let is_current = |message: &Message| !message.obsolete && is_made_from(message, &one);
            let now = ours.messages.iter().any(is_current) || now(&one, texts, &ours).is_some();
            taken.found += usize::from(now);
            if now { &mut taken.changed } else { &mut taken.dropped }.push(name);
            continue;
        }
        if let Some(own) =
            ours.messages.iter_mut().find(|message| !message.obsolete && is_made_from(message, &one))
        {
            taken.found += 1;
            settle_older(own, &one, &name, theirs_win, &mut taken);
            continue;
        }
        match now(&one, texts, &ours) {
            Some(current) => {
                taken.found += 1;
                let is_current = |message: &Message| {
                    !message.obsolete
                        && message.context.as_deref() == Some(&current.context)
                        && is_same(&message.source, &current.text)
                };
                let entry = ours.messages.iter().position(is_current);
                if entry.is_some_and(|at| ours.messages[at].is_translated()) {
                    taken.kept.push(name);
                } else {
                    // Without its empty entry the update finds the older translation and marks it as fuzzy.
                    if let Some(at) = entry {
                        ours.messages.remove(at);
                    }
                    taken.older.push(name);
                }
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

/// Whether an update has made the entry from one of these words and this id: its text was changed, or its id.
fn is_made_from(message: &Message, one: &Returned) -> bool {
    let before = &message.previous;
    let context = before.context.as_ref().or(message.context.as_ref());
    message.fuzzy()
        && context == one.context.as_ref()
        && before.source.as_ref().is_some_and(|source| is_same(source, &one.source))
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
        let is_open = |text: &&SourceText| {
            let done = |message: &Message| {
                message.context.as_deref() == Some(&text.context) && message.is_translated()
            };
            !ours.messages.iter().any(done)
        };
        // A phrase with these words and another id, which waits for a translation, is this one renamed.
        let renamed = || texts.iter().filter(is_open).find(|text| is_same(&text.text, &one.source));
        return own.next().or_else(renamed);
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
fn settle(
    own: &mut Message,
    one: &Returned,
    name: &str,
    theirs_win: bool,
    plural: Option<&PluralForms>,
    taken: &mut MergeReport,
) {
    add_comments(own, one);
    if trimmed(&own.texts) == trimmed(&one.texts) {
        if own.fuzzy() && !one.fuzzy && one.sent.as_ref().is_none_or(|sent| *sent == mark(&own.texts, true)) {
            own.flags.retain(|flag| flag != "fuzzy");
            own.previous = Previous::default();
            taken.confirmed += 1;
        } else if !own.fuzzy() && one.fuzzy && one.sent.as_ref() == Some(&mark(&own.texts, false)) {
            own.flags.push("fuzzy".to_owned());
            taken.doubtful += 1;
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
                taken.conflicts.push(conflict(own, one, name));
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
    let found = if own.plural.is_some() {
        plural_slips(&Message { texts: one.texts.clone(), ..own.clone() }, plural)
    } else {
        slips(&own.source, own.text())
    };
    // A course with more bars than its text cannot be read at all, so such a text waits.
    if one.fuzzy || found.iter().any(|slip| slip.code == Code::TooManyBeats) {
        own.flags.push("fuzzy".to_owned());
    }
    taken.slips.extend(found.into_iter().map(|slip| (one.place.clone(), name.to_owned(), slip)));
}

/// Decides between the translation of older words that an update has made fuzzy and one of the same older words that came
/// back. What is taken stays fuzzy.
fn settle_older(own: &mut Message, one: &Returned, name: &str, theirs_win: bool, taken: &mut MergeReport) {
    add_comments(own, one);
    let was_sent = |texts: &[String]| {
        one.sent.as_ref().is_some_and(|sent| *sent == mark(texts, false) || *sent == mark(texts, true))
    };
    if own.is_translated() && !was_sent(&own.texts) {
        if was_sent(&one.texts) {
            taken.same += 1;
            return;
        }
        taken.conflicts.push(conflict(own, one, name));
        if !theirs_win {
            return;
        }
    }
    own.texts = one.texts.iter().map(|text| fitted(text, &own.source)).collect();
    taken.older.push(name.to_owned());
}

fn conflict(own: &Message, one: &Returned, name: &str) -> Conflict {
    let joined = |texts: &[String]| texts.join(" / ");
    Conflict {
        name: name.to_owned(),
        place: one.place.clone(),
        ours: joined(&own.texts),
        theirs: joined(&one.texts),
        is_certain: one.sent.is_some(),
    }
}

fn add_comments(own: &mut Message, one: &Returned) {
    for comment in &one.comments {
        if !own.comments.contains(comment) {
            own.comments.push(comment.clone());
        }
    }
}

/// The forms of a text as they are compared: without space around them, and without those at the end that nobody has written,
/// which a cell does not have.
fn trimmed(texts: &[String]) -> Vec<String> {
    let written = texts.iter().rposition(|text| !text.trim().is_empty()).map_or(0, |last| last + 1);
    texts[..written].iter().map(|text| text.trim().to_owned()).collect()
}

/// A text without the space and the line ends that a field or a cell adds around it.
fn fitted(text: &str, source: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let inner = text.trim();
    let end = if source.ends_with('\n') && !inner.is_empty() { "\n" } else { "" };
    format!("{inner}{end}")
}

fn is_same(one: &str, other: &str) -> bool {
    one == other || plain(one) == plain(other)
}

/// A text as it is compared.
fn plain(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.replace("\r\n", "\n").trim().nfc().collect()
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
    fn a_formula_without_a_result_is_told_where_the_course_has_no_translation_either() {
        let mut formula =
            returned(&PoFile { messages: vec![message("a/b", "Adem in.", "")], end: Vec::new() }, |_| {
                "row 2".to_owned()
            });
        formula[0].holds = Some("a formula");
        let ours = PoFile { messages: vec![message("a/b", "Adem in.", "")], end: Vec::new() };
        let (_, taken) = take_back(ours, formula, &[text("a/b", "Adem in.")], false);
        assert_eq!((taken.refused.len(), taken.refused[0].0.as_str(), taken.same), (1, "row 2", 0));
        assert!(taken.needs_a_look(false));
    }

    #[test]
    fn a_form_that_is_still_open_is_no_other_text_without_its_empty_end() {
        let ours = Message { plural: Some("x".into()), ..message("a/b", "Adem in.", "eins") };
        let open = Message { texts: vec!["eins".into(), String::new()], ..ours.clone() };
        let (_, taken) = back(std::slice::from_ref(&open), std::slice::from_ref(&open), |file| {
            file.messages[0].texts.truncate(1);
        });
        assert_eq!((taken.same, taken.taken), (1, 0));
    }

    #[test]
    fn who_translated_is_kept_unless_the_course_has_a_later_date() {
        let file = |header: &str| PoFile {
            messages: vec![Message { texts: vec![header.to_owned()], ..Message::default() }],
            end: Vec::new(),
        };
        let theirs = credits(&file(
            "Last-Translator: Ola\nPO-Revision-Date: 2026-11-28 01:00+0000\nLanguage-Team: LANGUAGE <LL@li.org>\n",
        ));
        assert_eq!(theirs.len(), 2);
        for (own, kept) in [
            ("Language: pl\nLast-Translator: \n", "Ola"),
            ("PO-Revision-Date: 2026-12-01 01:00+0000\nLast-Translator: Jan\n", "Jan"),
        ] {
            let mut own = file(own);
            keep_credits(&mut own, &theirs);
            assert_eq!(own.header_field("Last-Translator"), Some(kept));
        }
    }

    #[test]
    fn a_translation_of_older_words_waits_for_an_update_and_one_of_no_text_is_kept() {
        let open = message("a/b", "Adem in.", "");
        let away = [message("a/b", "Adem in", "Atme ein."), message("a/x", "Weg.", "Fort.")];
        let (file, taken) = back(&[open], &away, |_| ());
        assert_eq!((taken.older, taken.gone), (vec!["a/b".to_owned()], vec!["a/x".to_owned()]));
        let texts: Vec<_> = file.messages.iter().map(Message::text).collect();
        assert_eq!(texts, ["Atme ein.", "Fort."]);
    }

    #[test]
    fn what_came_back_twice_is_taken_once_and_empty_texts_take_nothing_away() {
        let done = message("a/b", "Adem in.", "Atme ein.");
        let (file, taken) = back(std::slice::from_ref(&done), std::slice::from_ref(&done), |file| {
            file.messages[0].texts = vec![" ".to_owned()];
        });
        assert_eq!((file.messages[0].text(), taken.empty, taken.emptied), ("Atme ein.", 0, 1));
    }

    #[test]
    fn a_newer_translation_of_older_words_replaces_the_one_that_was_sent() {
        let sent = message("a/b", "Adem in", "Einatmen.");
        // As an update leaves it: the words have changed, or the id.
        let mut corrected = message("a/b", "Adem in.", "Einatmen.");
        corrected.flags.push("fuzzy".to_owned());
        corrected.previous.source = Some("Adem in".to_owned());
        let mut renamed = message("a/c", "Adem in", "Einatmen.");
        renamed.flags.push("fuzzy".to_owned());
        renamed.previous =
            Previous { context: Some("a/b".to_owned()), source: Some("Adem in".to_owned()), plural: None };
        let theirs = |file: &mut PoFile| file.messages[0].texts = vec!["Atme ein.".to_owned()];
        for own in [corrected, renamed] {
            let (file, taken) = back(std::slice::from_ref(&own), std::slice::from_ref(&sent), theirs);
            assert_eq!((file.messages[0].text(), file.messages.len()), ("Atme ein.", 1));
            assert!(file.messages[0].fuzzy() && file.messages[0].previous == own.previous);
            assert_eq!((taken.older, taken.kept), (vec!["a/b".to_owned()], Vec::new()));
            let (_, taken) = back(std::slice::from_ref(&own), std::slice::from_ref(&sent), |_| ());
            assert_eq!(taken.same, 1);
            let newer = Message { texts: vec!["Ein.".to_owned()], ..own };
            let (file, taken) = back(std::slice::from_ref(&newer), std::slice::from_ref(&sent), theirs);
            assert_eq!((file.messages[0].text(), taken.conflicts.len()), ("Ein.", 1));
        }
        let done = message("a/b", "Adem in.", "Atme jetzt ein.");
        let (file, taken) = back(&[done], &[sent], theirs);
        assert_eq!((file.messages[0].text(), taken.kept), ("Atme jetzt ein.", vec!["a/b".to_owned()]));
    }

    #[test]
    fn a_doubt_about_a_finished_text_is_kept() {
        let done = message("a/b", "Adem in.", "Atme ein.");
        let (file, taken) = back(std::slice::from_ref(&done), std::slice::from_ref(&done), |file| {
            file.messages[0].flags.push("fuzzy".to_owned());
        });
        assert!(file.messages[0].fuzzy() && taken.doubtful == 1 && taken.same == 0);
    }

    #[test]
    fn what_is_no_text_is_not_taken() {
        let done = message("a/b", "Adem in.", "Atme ein.");
        for text in ["#REF!", "=1+1", "\"", "Atme\u{0}"] {
            let own = std::slice::from_ref(&done);
            let (file, taken) = back(own, own, |file| file.messages[0].texts = vec![text.to_owned()]);
            assert_eq!((file.messages[0].text(), taken.refused.len()), ("Atme ein.", 1), "{text}");
            assert!(taken.needs_a_look(true));
        }
    }

    #[test]
    fn texts_at_other_places_and_those_of_another_course_are_told() {
        let entry = |at: usize| message(&format!("a/{at}"), &format!("Zin {at}"), &format!("Satz {at}"));
        let ours = PoFile { messages: (0..6).map(entry).collect(), end: Vec::new() };
        let back = |change: &dyn Fn(usize) -> String| -> Vec<Returned> {
            let one = |at: usize| Returned {
                context: Some(format!("a/{at}")),
                source: format!("Zin {at}"),
                texts: vec![change(at)],
                place: format!("row {}", at + 2),
                ..Returned::default()
            };
            (0..6).map(one).collect()
        };
        let shifted = back(&|at| at.checked_sub(1).map_or(String::new(), |before| format!("Satz {before}")));
        let moved = moved_texts(&shifted, &ours).unwrap();
        assert_eq!((moved.count, moved.first), (5, ("row 3".to_owned(), "row 2".to_owned())));
        for good in [
            back(&|at| format!("Satz {at}")),
            back(&|at| if at == 0 { "Satz 0".to_owned() } else { "Satz 1".to_owned() }),
            back(&|at| format!("Satz {}", if at < 2 { 1 - at } else { at })),
        ] {
            assert_eq!(moved_texts(&good, &ours), None);
            assert!(!is_foreign(&good, &ours, &[]));
        }
        let other = |at: usize| Returned {
            context: Some(format!("b/{at}")),
            source: format!("Elders {at}"),
            texts: vec!["x".to_owned()],
            ..Returned::default()
        };
        assert!(is_foreign(&(0..3).map(other).collect::<Vec<_>>(), &ours, &[]));
    }

    #[test]
    fn a_mark_is_no_number_to_a_spreadsheet_and_one_that_was_broken_is_none() {
        let marks = (0..200).map(|at| mark(&[at.to_string()], false));
        assert!(marks.clone().all(|mark| mark.starts_with('s') && mark.parse::<f64>().is_err()));
        assert!(marks.clone().all(|mark| as_mark(&mark).as_ref() == Some(&mark)));
        assert_eq!(as_mark(" 88757e98 ").as_deref(), Some("s88757e98"));
        assert_eq!((as_mark("8.88E+97"), as_mark("")), (None, None));
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
