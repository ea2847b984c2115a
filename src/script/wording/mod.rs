//! How a course speaks: rules of wording in each language and rules of care, as warnings with their reasons
//! (docs/craft.md). Authors add words to the rules, switch them off (`[wording]` in course.toml) or give a reason where a
//! rule does not fit (`because`).

mod answer;
mod care;
mod en;
mod nl;
mod pattern;
mod row;
mod rule;
mod sentence;
mod settings;
mod table;
mod text;

pub use answer::{BECAUSE, Because};
pub use rule::Rule;
pub use settings::WORDING;
pub use table::Settings;

use super::course::Course;
use super::language::Language;
use crate::diag::Sink;
use crate::unit::Seconds;

/// How long a voice is likely to speak a text of a language.
pub type SpokenLength<'a> = &'a dyn Fn(&Language, &str) -> Seconds;

/// Reports how the texts of a course could speak better; everything is a warning. The files have been checked.
pub fn review(course: &Course, length: SpokenLength<'_>, sink: &Sink) {
    let review = Review { course, settings: &course.header.wording, length, sink };
    for language in course.header.languages.iter().map(|language| &language.value) {
        let texts = review.texts(language);
        review.phrases(language, &texts);
        review.care(language);
    }
}

/// A review of one course.
struct Review<'c> {
    course: &'c Course,
    settings: &'c Settings,
    length: SpokenLength<'c>,
    sink: &'c Sink,
}

impl Review<'_> {
    /// Whether a rule has limits of its own here.
    fn is_on(&self, rule: Rule) -> bool {
        !self.settings.off.contains(&rule)
    }
}
