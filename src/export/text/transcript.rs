//! The transcript of a track: what is read before it, each part with its title, each phrase on a line of its own, other sounds in brackets.

use std::fmt::Write as _;
use std::sync::Arc;

use maud::html;

use super::captions::{CaptionKind, CaptionScope, captions, cue_word};
use super::page::{contents, heading, page};
use crate::export::Tags;
use crate::layout::Timeline;
use crate::script::language::Language;
use crate::script::words::{AddedWords, fill, isolated, without_marks};
use crate::unit::Position;
use crate::unit::literal::print_clock;

/// A transcript, to be written as Markdown, plain text or HTML.
pub struct Transcript<'a> {
    timeline: &'a Timeline,
    tags: &'a Tags,
    before: &'a [String],
    parts: Vec<TranscriptPart>,
}

/// The lines under one title.
struct TranscriptPart {
    /// `None` for what comes before the first title.
    title: Option<String>,
    start: Position,
    lines: Vec<TranscriptLine>,
}

/// A phrase, or a sound described in brackets.
struct TranscriptLine {
    text: String,
    spoken: bool,
}

impl<'a> Transcript<'a> {
    /// The transcript of a track, of the sounds within `scope`. `before` is what the listener has to know before the track.
    pub fn new(timeline: &'a Timeline, tags: &'a Tags, before: &'a [String], scope: CaptionScope) -> Self {
        let mut parts = vec![TranscriptPart { title: None, start: Position::START, lines: Vec::new() }];
        let titled = |chapter: &crate::layout::Chapter| TranscriptPart {
            title: Some(chapter.title.clone()),
            start: chapter.start,
            lines: Vec::new(),
        };
        parts.extend(tags.chapters.iter().map(titled));
        let words = timeline.words.on_page();
        let marked;
        let of = if *words == *timeline.words {
            timeline
        } else {
            marked = Timeline { words: Arc::new(words.clone()), ..timeline.clone() };
            &marked
        };
        for (start, line) in lines(of, scope) {
            let at = parts.iter().rposition(|part| part.start <= start).unwrap_or_default();
            parts[at].lines.push(line);
        }
        parts.retain(|part| part.title.is_some() || !part.lines.is_empty());
        Self { timeline, tags, before, parts }
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut text =
            format!("# {}\n\n{}\n", literal(&self.tags.title), literal(&self.about(&self.timeline.words)));
        if !self.before.is_empty() {
            let _ = write!(text, "\n## {}\n", literal(self.before_title()));
            for line in self.before {
                let _ = write!(text, "\n{}\n", literal(line));
            }
        }
        for part in &self.parts {
            if let Some(title) = &part.title {
                let _ = write!(text, "\n## {} ({})\n", literal(title), self.time(part));
            }
            for line in &part.lines {
                let words = literal(&without_marks(&line.text));
                let _ = if line.spoken { write!(text, "\n{words}\n") } else { write!(text, "\n*{words}*\n") };
            }
        }
        text
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n", self.tags.title, self.about(&self.timeline.words));
        if !self.before.is_empty() {
            let _ = write!(text, "\n{}\n\n", self.before_title());
            for line in self.before {
                let _ = writeln!(text, "{line}");
            }
        }
        for part in &self.parts {
            if let Some(title) = &part.title {
                let _ = write!(text, "\n{title} ({})\n\n", self.time(part));
            } else {
                text.push('\n');
            }
            part.lines.iter().for_each(|line| {
                let _ = writeln!(text, "{}", without_marks(&line.text));
            });
        }
        text
    }

    /// As an HTML page.
    pub fn html(&self) -> String {
        let id = |index: usize| format!("part-{}", index + 1);
        let titled = self.parts.iter().enumerate();
        let sections: Vec<_> =
            titled.filter_map(|(index, part)| Some((id(index), part.title.clone()?))).collect();
        let words = self.timeline.words.on_page();
        let body = html! {
            (contents(&words.parts, &sections))
            @if !self.before.is_empty() {
                h2 { (words.before) } "\n"
                @for line in self.before { p { (line) } "\n" }
            }
            @for (index, part) in self.parts.iter().enumerate() {
                @if let Some(title) = &part.title {
                    h2 id=(id(index)) { (title) " " span.time { (self.time(part)) } } "\n"
                }
                @for line in &part.lines {
                    p class=[(!line.spoken).then_some("sound")] { (line.text) } "\n"
                }
            }
        };
        let heading = heading(&self.tags.title, &self.about(words));
        let generation = self.tags.generation.as_deref();
        page(&self.timeline.language, &self.tags.title, generation, &heading, &body, &html! {})
    }

    fn about(&self, words: &AddedWords) -> String {
        about(words, &self.timeline.language, self.timeline, self.tags)
    }

    fn before_title(&self) -> &str {
        &self.timeline.words.before
    }

    fn time(&self, part: &TranscriptPart) -> String {
        print_clock(part.start.0 as f64 / f64::from(self.timeline.rate.hz()))
    }
}

/// Course, voice, language, length, and what has to be disclosed (a synthetic voice, drafts), in the words of a language.
pub(super) fn about(words: &AddedWords, language: &Language, timeline: &Timeline, tags: &Tags) -> String {
    let isolated = |name: &str| isolated(language, name);
    let mut about = vec![isolated(&tags.album)];
    if timeline.phrases().next().is_some() {
        about.push(fill(&words.voice_of, &[("name", &isolated(&tags.artist))]));
    }
    about.extend([
        if *language == timeline.language { language.own_name() } else { timeline.language.name() }
            .to_owned(),
        print_clock(timeline.frames.seconds(timeline.rate)),
    ]);
    about.extend(tags.synthetic.then(|| words.synthetic.clone()));
    about.extend((timeline.drafts() > 0).then(|| words.draft.clone()));
    about.join(" · ")
}

/// Each phrase as one line, other sounds as in the captions.
fn lines(timeline: &Timeline, scope: CaptionScope) -> Vec<(Position, TranscriptLine)> {
    let mut lines: Vec<(Position, TranscriptLine)> = captions(timeline, scope)
        .into_iter()
        .filter(|caption| match caption.kind {
            CaptionKind::Phrase => false,
            CaptionKind::Cue(cue) => cue.in_run(),
            CaptionKind::Silence => true,
        })
        .map(|caption| (caption.start, TranscriptLine { text: caption.text, spoken: false }))
        .collect();
    let words = &timeline.words;
    lines.extend(timeline.events.iter().filter_map(|event| {
        let line = if let Some(phrase) = event.phrase() {
            let text = phrase.text.split_whitespace().collect::<Vec<_>>().join(" ");
            (scope != CaptionScope::Bed).then_some(TranscriptLine { text, spoken: true })
        } else {
            // Every bell gets a line here, where a caption may show it together with a phrase.
            let cue = event.cue()?.cue_type();
            let shown = scope == CaptionScope::All && !cue.in_run();
            shown.then(|| TranscriptLine { text: format!("[{}]", cue_word(words, cue)), spoken: false })
        };
        Some((event.start, line?))
    }));
    lines.sort_by_key(|(start, _)| *start);
    lines
}

/// Text escaped so that Markdown shows it unchanged (`CommonMark` 0.31, 2.4).
fn literal(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        let begins = at == 0 && matches!(letter, '#' | '-' | '+' | '=' | '~') || is_list_number(text, at);
        let links = matches!(letter, '[' | ']') && (text.contains("](") || text.contains("]:"));
        if begins || links || matches!(letter, '\\' | '`' | '*' | '_' | '<' | '>' | '&' | '|') {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}

/// Whether the dot or bracket at `at` follows a number that starts the text, which would start a list.
fn is_list_number(text: &str, at: usize) -> bool {
    let mark = text[at..].starts_with(['.', ')']);
    mark && at > 0 && text[..at].bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_keeps_what_looks_like_a_mark() {
        assert_eq!(literal("# a *b* [c](d)"), "\\# a \\*b\\* \\[c\\](d)");
        assert_eq!(literal("[bel]"), "[bel]");
        assert_eq!(literal("1. Adem in 2."), "1\\. Adem in 2.");
        assert_eq!(literal("Adem in - en uit."), "Adem in - en uit.");
    }
}
