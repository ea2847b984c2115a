//! Letters that no font has: pictures are drawn without them.

use std::collections::BTreeSet;

use super::{Engine, RenderJob};
use crate::delivery::publish::Beside;
use crate::diag::{Code, Diagnostic, Spanned};
use crate::export::format::facts;
use crate::export::picture::unpaintable;
use crate::script::Course;
use crate::script::language::Language;

/// The most letters that a message names.
const MOST_NAMED: usize = 12;

/// Tells for each language which letters of what covers and waveforms show are in no font, neither of adem nor of the system.
pub(super) fn missing_letters(course: &Course) -> Vec<Diagnostic> {
    course.header.languages.iter().filter_map(|language| missing_in(course, language)).collect()
}

impl Engine {
    /// Tells which letters the pictures of a render in a language leave out; `None` where it draws none, or all of them.
    pub fn letters_left_out(&self, language: &Language, job: &RenderJob) -> Option<Diagnostic> {
        let is_drawn =
            |beside: &Beside| matches!(beside, Beside::Cover | Beside::WaveformSvg | Beside::WaveformPng);
        let is_cover = job.outputs.iter().any(|output| facts(output.format).has_cover);
        if self.course.header.publish.cover.is_some() || !(is_cover || job.beside.iter().any(is_drawn)) {
            return None;
        }
        let listed = self.course.header.languages.iter().find(|own| own.value == *language)?;
        missing_in(&self.course, listed)
    }
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
    let package = package_with(missing.iter().copied());
    Some(warning.help(format!(
        "install a font that has them, as with `apt-get install {package}` on Debian and Ubuntu; or name a picture of your own as `cover` in [publish]"
    )))
}

/// The package of Debian whose fonts have some letters: the one for most of them.
fn package_with(letters: impl Iterator<Item = char>) -> &'static str {
    let is_wide = |letter: &char| matches!(u32::from(*letter), 0x1100..=0x11FF | 0x2E80..=0xA4CF | 0xAC00..=0xD7FF | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF00..=0xFFEF | 0x2_0000..=0x3_FFFF);
    let is_emoji = |letter: &char| matches!(u32::from(*letter), 0x2600..=0x27BF | 0x1_F000..=0x1_FAFF);
    let (mut wide, mut emoji, mut other) = (0, 0, 0);
    for letter in letters {
        if is_wide(&letter) {
            wide += 1;
        } else if is_emoji(&letter) {
            emoji += 1;
        } else {
            other += 1;
        }
    }
    if wide >= other && wide >= emoji {
        "fonts-noto-cjk"
    } else if emoji >= other {
        "fonts-noto-color-emoji"
    } else {
        "fonts-noto"
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_has_most_of_the_letters() {
        let of = |letters: &str| package_with(letters.chars());
        assert_eq!(of("静かな息🌿"), "fonts-noto-cjk");
        assert_eq!(of("🌿"), "fonts-noto-color-emoji");
        assert_eq!(of("ཞི་"), "fonts-noto");
    }
}
