//! Letters that no font has: pictures are drawn without them.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Spanned};
use crate::export::picture::unpaintable;
use crate::script::Course;
use crate::script::language::Language;

/// The most letters that a message names.
const MOST_NAMED: usize = 12;

/// Tells for each language which letters of what covers and waveforms show are in no font, neither of adem nor of the system.
pub(super) fn missing_letters(course: &Course) -> Vec<Diagnostic> {
    course.header.languages.iter().filter_map(|language| missing_in(course, language)).collect()
}

fn missing_in(course: &Course, language: &Spanned<Language>) -> Option<Diagnostic> {
    let tag = &language.value;
    let mut missing: BTreeSet<char> = BTreeSet::new();
    for text in drawn(course, tag) {
        missing.extend(unpaintable(&text));
    }
    if missing.is_empty() {
        return None;
    }
    let named: Vec<_> = missing.iter().take(MOST_NAMED).map(char::to_string).collect();
    let more = if missing.len() > MOST_NAMED { " …" } else { "" };
    let message = format!(
        "no font has these letters of titles in `{tag}`, so pictures leave them out: {}{more}",
        named.join(" ")
    );
    let warning = Diagnostic::warning(Code::BadCover, language.span, message);
    Some(warning.help(
        "install a font that has them, such as Noto Sans CJK; or name a picture of your own as `cover` in [publish]",
    ))
}

/// What covers and waveforms show in a language.
fn drawn(course: &Course, language: &Language) -> Vec<String> {
    let words = course.words(language);
    let mut texts = vec![course.text_in("course:title", &course.header.title.value, language)];
    texts.extend([words.week.clone(), words.voice.clone(), words.bell.clone(), words.loudness.clone()]);
    for script in course.scripts.values() {
        texts.push(course.title_in(script, language));
        let titles = script.parts.iter().filter_map(|part| part.title.as_ref());
        texts.extend(
            titles.map(|title| course.text_in(&format!("{}:part", script.id), &title.value, language)),
        );
    }
    for fragment in course.fragments.values() {
        let title = fragment.title.as_ref();
        let title =
            title.map(|title| course.text_in(&format!("{}:title", fragment.id), &title.value, language));
        texts.extend(title);
    }
    texts
}
