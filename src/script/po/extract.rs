//! Extracts the texts of a course for translation, with comments for translators.

use std::collections::BTreeMap;

use super::lint::SAFETY;
use crate::diag::{Sources, Span, Spanned};
use crate::script::Course;
use crate::script::course::slug;
use crate::script::exercise::{Fragment, PartText, Script};
use crate::script::language::Language;
use crate::script::step::{Keep, PhraseText, StepText, When};
use crate::script::words::{CONTEXT, WordText, english_words, is_built_in};

/// A text to translate.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceText {
    /// Its PO context: `<file>/<phrase>`, `<file>:title`, `<file>:part`, `<file>:before`, `<file>:slug`, `<file>:note`,
    /// `course:title`, `course:week`, `course:before`, `ambience/<name>:title`, `bells/<name>:title` or `adem:<name>`.
    pub context: String,
    pub text: String,
    /// The text for several, where a number decides.
    pub plural: Option<String>,
    /// The language it is written in.
    pub language: Language,
    /// Comments for translators, one a line.
    pub comments: Vec<String>,
    /// Its places in the course; several where titles are equal.
    pub places: Vec<Span>,
}

impl SourceText {
    /// Whether a translator into a language gets it: it is written in another one, and adem does not have it in that language.
    pub fn is_needed_in(&self, language: &Language) -> bool {
        self.language != *language && !(self.is_added_word() && is_built_in(language))
    }

    /// Whether something else takes its place where it is not translated, so that it is never missing.
    pub fn is_optional(&self) -> bool {
        is_optional(&self.context)
    }

    /// Whether it is a word that adem adds.
    pub fn is_added_word(&self) -> bool {
        self.context.starts_with(CONTEXT)
    }

    /// The number of words; `|` does not count.
    pub fn words(&self) -> usize {
        self.text.split_whitespace().filter(|word| *word != "|").count()
    }

    /// Its places in the notation of PO files: `scripts/plek.toml:12`.
    pub fn references(&self, sources: &Sources) -> Vec<String> {
        let place =
            |span: &Span| format!("{}:{}", sources.get(span.file).path, sources.line_column(*span).line);
        self.places.iter().map(place).collect()
    }
}

/// Whether something else takes the place of a text of this context where it is not translated: a name is made from the title, and
/// the voice gets the note as it is written.
pub fn is_optional(context: &str) -> bool {
    context.ends_with(":slug") || context.ends_with(":note")
}

/// Every text of a course, once: those of course.toml, then of the scripts by track, then of the fragments.
pub fn extract(course: &Course) -> Vec<SourceText> {
    let mut found = Extractor::default();
    found.course(course);
    let mut scripts: Vec<_> = course.scripts.values().collect();
    scripts.sort_by_key(|script| script.track.as_ref().map_or(u32::MAX, |track| track.value));
    scripts.into_iter().for_each(|script| found.script(course, script));
    course.fragments.values().for_each(|fragment| found.fragment(fragment));
    found.added_words();
    found.texts
}

#[derive(Default)]
struct Extractor {
    texts: Vec<SourceText>,
    /// Where each text that was added is, by its context and its words.
    known: BTreeMap<(String, String), usize>,
}

/// What all phrases of a list of steps have in common.
#[derive(Clone)]
struct PhraseContext<'a> {
    file: &'a str,
    language: &'a Language,
    comments: Vec<String>,
    /// Comments that follow the note of each phrase.
    below: Vec<String>,
}

impl Extractor {
    fn course(&mut self, course: &Course) {
        let Some(language) = course.header.languages.first().map(|first| &first.value) else { return };
        // What keeps listeners safe comes first.
        for text in &course.header.before {
            let comment = "Read before any track of the course, never spoken.".to_owned();
            self.add("course:before", text, language, &[comment]);
        }
        self.add("course:title", &course.header.title, language, &["The title of the course.".to_owned()]);
        for week in &course.header.weeks {
            if let Some(title) = &week.title {
                self.add("course:week", title, language, &[format!("The title of week {}.", week.number)]);
            }
        }
        for (id, bed) in &course.ambiences {
            let title = Spanned::new(bed.title.clone(), bed.span);
            let comment = "The title of a background, in credits.".to_owned();
            self.add(&format!("ambience/{id}:title"), &title, language, &[comment]);
        }
        for (id, bell) in &course.bells {
            let title = Spanned::new(bell.title.clone(), bell.span);
            let comment = "The title of a bell, in credits.".to_owned();
            self.add(&format!("bells/{id}:title"), &title, language, &[comment]);
        }
    }

    fn added_words(&mut self) {
        let english = Language::parse("en").expect("a tag");
        for word in english_words() {
            let (text, plural) = match word.text {
                WordText::One(text) => (text.clone(), None),
                WordText::Counted(forms) => (forms[0].clone(), forms.last().cloned()),
            };
            let mut comments: Vec<String> = word.note.map(str::to_owned).into_iter().collect();
            if text.contains('{') {
                comments.push("adem puts something in the place of each word in braces.".to_owned());
            }
            self.texts.push(SourceText {
                context: format!("{CONTEXT}{}", word.name),
                text,
                plural,
                language: english.clone(),
                comments,
                places: Vec::new(),
            });
        }
    }

    fn script(&mut self, course: &Course, script: &Script) {
        let Some(language) = script.language.as_ref().map(|language| &language.value) else { return };
        for text in &script.before {
            let comment = "Read before the track, never spoken.".to_owned();
            self.add(&format!("{}:before", script.id), text, language, &[comment]);
        }
        if let Some(title) = &script.title {
            let comment = "The title of the track.".to_owned();
            self.add(&format!("{}:title", script.id), title, language, &[comment]);
            let slug = Spanned::new(slug(script), title.span);
            let comments = [
                "The title in the names of files, in the letters a to z. Without it, the translated title is taken, or this one where that has kanji.".to_owned(),
                "Once files are published, leave it as it is.".to_owned(),
            ];
            self.add(&format!("{}:slug", script.id), &slug, language, &comments);
        }
        for part in &script.parts {
            if let Some(title) = &part.title {
                let comment = "The title of a part, a chapter of the track.".to_owned();
                self.add(&format!("{}:part", script.id), title, language, &[comment]);
            }
            let comments =
                part_title(course, part).map(|title| format!("Part: {title}")).into_iter().collect();
            let below = choice_comments(&part.when);
            let around = PhraseContext { file: &script.id, language, comments, below };
            self.steps(&part.steps, &around);
        }
    }

    fn fragment(&mut self, fragment: &Fragment) {
        let Some(language) = fragment.language.as_ref().map(|language| &language.value) else { return };
        let mut comments = Vec::new();
        if let Some(title) = &fragment.title {
            let comment = "The title of the fragment, a chapter in the tracks that use it.".to_owned();
            self.add(&format!("{}:title", fragment.id), title, language, &[comment]);
            comments.push(format!("Part: {}", title.value));
        }
        self.steps(
            &fragment.steps,
            &PhraseContext { file: &fragment.id, language, comments, below: Vec::new() },
        );
    }

    fn steps(&mut self, steps: &[StepText], around: &PhraseContext<'_>) {
        for step in steps {
            let mut around = around.clone();
            around.below.extend(choice_comments(&step.when));
            around.below.extend(step.comment_on_all().map(str::to_owned));
            for phrase in step.phrases() {
                self.phrase(phrase, step.comment_on(phrase), &around);
            }
            self.steps(step.children(), &around);
        }
    }

    fn phrase(&mut self, phrase: &PhraseText, grid: Option<String>, around: &PhraseContext<'_>) {
        let Some(id) = &phrase.id else { return };
        let mut comments = around.comments.clone();
        comments.extend(phrase.note.as_ref().map(|note| format!("Note: {note}")));
        comments.extend(grid);
        comments.extend(around.below.iter().cloned());
        if phrase.keep == Keep::Long {
            comments.push("Only in longer versions.".to_owned());
        }
        if let Some(other) = &phrase.instead {
            comments.push(format!("Spoken where {}/{} is left out.", around.file, other.value));
        }
        if phrase.safety {
            comments.push(SAFETY.to_owned());
        }
        self.add(&format!("{}/{}", around.file, id.value), &phrase.text, around.language, &comments);
        if let Some(note) = &phrase.note {
            let note = Spanned::new(note.clone(), phrase.text.span);
            let comments = [
                "For the voice: how to say a phrase. Never spoken; left empty, the voice gets the original."
                    .to_owned(),
                format!("Of {}/{}.", around.file, id.value),
            ];
            self.add(&format!("{}:note", around.file), &note, around.language, &comments);
        }
    }

    /// Adds a text. If it was added before, as titles can be, it gets another place.
    fn add(&mut self, context: &str, text: &Spanned<String>, language: &Language, comments: &[String]) {
        // A note may have several lines; each becomes a comment.
        let comments: Vec<_> =
            comments.iter().flat_map(|comment| comment.lines()).map(|line| line.trim().to_owned()).collect();
        let name = (context.to_owned(), text.value.clone());
        let known = self.known.get(&name).and_then(|at| self.texts.get_mut(*at));
        if let Some(known) = known {
            let new: Vec<_> =
                comments.into_iter().filter(|comment| !known.comments.contains(comment)).collect();
            known.comments.extend(new);
            known.places.push(text.span);
        } else {
            self.known.insert(name, self.texts.len());
            self.texts.push(SourceText {
                context: context.to_owned(),
                text: text.value.clone(),
                plural: None,
                language: language.clone(),
                comments,
                places: vec![text.span],
            });
        }
    }
}

/// The title of a part, or that of its fragment.
fn part_title<'a>(course: &'a Course, part: &'a PartText) -> Option<&'a str> {
    let fragment = || course.fragments.get(part.fragment()?)?.title.as_ref();
    part.title.as_ref().or_else(fragment).map(|title| title.value.as_str())
}

fn choice_comments(when: &When) -> Vec<String> {
    when.iter().map(|(name, value)| format!("Only where {} = {}.", name.value, value.value)).collect()
}
