//! Warnings about the texts of a course: rules of wording for each language, and rules of care (docs/craft.md). Authors can
//! add words to the rules, turn them off (`[wording]` in course.toml), or give a reason why a rule does not apply (`because`).

mod because;
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

pub use because::{BECAUSE, Because};
pub use rule::Rule;
pub use settings::WORDING;
pub use table::Settings;

use super::course::Course;
use super::language::Language;
use crate::diag::Sink;
use crate::unit::Seconds;
use table::Matchers;

/// Predicts how long a voice takes to speak a text.
pub type SpokenLength<'a> = &'a dyn Fn(&Language, &str) -> Seconds;

/// Warns where the texts of a checked course break a rule.
pub fn review(course: &Course, length: SpokenLength<'_>, sink: &Sink) {
    let review = Review { course, settings: &course.header.wording, length, sink };
    for language in course.header.languages.iter().map(|language| &language.value) {
        let texts = review.texts(language);
        review.phrases(language, &texts);
        review.care(language);
    }
}

/// Warns where words that somebody is typing break a rule, in the place of a phrase of a checked course.
pub fn review_words(
    course: &Course,
    (language, context): (&Language, &str),
    words: &str,
    length: SpokenLength<'_>,
    sink: &Sink,
) {
    let review = Review { course, settings: &course.header.wording, length, sink };
    if let Some(text) = review.typed(context, words) {
        review.phrase(&Matchers::new(language, review.settings), language, &text);
    }
}

struct Review<'c> {
    course: &'c Course,
    settings: &'c Settings,
    length: SpokenLength<'c>,
    sink: &'c Sink,
}

impl Review<'_> {
    /// Whether a rule is turned on in this course.
    fn is_on(&self, rule: Rule) -> bool {
        !self.settings.off.contains(&rule)
    }
}
