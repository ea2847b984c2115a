//! Entries of PO files that are used by no text, though somebody has translated them.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Help};
use crate::script::Course;
use crate::script::po::extract::{SourceText, extract};
use crate::script::po::{TranslationEntry, Translations};

/// From so many on, the entries of a language share one message.
const MANY: usize = 4;

/// Names the translated entries whose context no text has, or that have none. Those of which `found` tells what was meant are
/// left alone; a text that is missing because its entry has lost its context is taken out of `found`.
pub(super) fn check_translations(course: &Course, found: &mut Vec<Diagnostic>) -> Vec<Diagnostic> {
    let texts = extract(course);
    found.retain(|one| !lost_its_context(course, &texts, one));
    let found = &*found;
    let known: BTreeSet<&str> = texts.iter().map(|text| text.context.as_str()).collect();
    let is_told = |context: &str| {
        let quoted = format!("`{context}`");
        found.iter().any(|one| one.code == Code::NotTranslated && one.message.contains(&quoted))
    };
    let mut told = Vec::new();
    for language in &course.header.languages {
        let Some(translations) = course.translations.get(&language.value) else { continue };
        let strange = translations
            .contexts()
            .filter(|(context, _)| !known.contains(context) && !is_told(context))
            .flat_map(|(context, entries)| entries.iter().map(move |entry| (Some(context), entry)));
        let bare = translations.without_context().iter().map(|entry| (None, entry));
        let mut useless: Vec<_> =
            strange.chain(bare).filter(|(_, entry)| !entry.text.trim().is_empty()).collect();
        useless.sort_by_key(|(_, entry)| entry.span);
        if useless.len() >= MANY {
            let message = format!("{} entries translate nothing: no text has their context", useless.len());
            let mut all = Diagnostic::warning(Code::NotTranslated, useless[0].1.span, message)
                .label("the first of them");
            for (context, entry) in &useless {
                let name = context.map_or_else(|| format!("{:?}", entry.source), str::to_owned);
                all = all.note(format!("{name}: {}", remedy(&texts, entry)));
            }
            told.push(all);
            continue;
        }
        for (context, entry) in useless {
            let message = match context {
                Some(context) => format!("no text has the context `{context}`, so this translates nothing"),
                None => "this entry has no msgctxt, so it translates nothing".to_owned(),
            };
            let one = Diagnostic::warning(Code::NotTranslated, entry.span, message);
            told.push(one.help(remedy(&texts, entry)));
        }
    }
    told
}

/// Whether a text is told as one without a translation whose translation stands in an entry without a context: the entry is told.
fn lost_its_context(course: &Course, texts: &[SourceText], missing: &Diagnostic) -> bool {
    let names = |context: &str| {
        let line = format!("msgctxt \"{context}\"");
        missing.helps.iter().any(|help| match help {
            Help::Text(text) => text.ends_with(&line),
            Help::Remedy(_) => false,
        })
    };
    missing.code == Code::NotTranslated
        && course
            .translations
            .values()
            .flat_map(Translations::without_context)
            .any(|entry| texts.iter().any(|text| entry.is_of(&text.text) && names(&text.context)))
}

/// What to do with an entry: its text may have another context.
fn remedy(texts: &[SourceText], entry: &TranslationEntry) -> String {
    match texts.iter().find(|text| entry.is_of(&text.text)) {
        Some(text) => format!("if it is of `{0}`, write msgctxt \"{0}\" above its msgid", text.context),
        None => "no text of the course reads so either: remove the entry, or run `adem translate update`, \
                 which keeps it as one that is out of use"
            .to_owned(),
    }
}
