//! The words of a track to read: each part with its title, each phrase on a line of its own, and what else is heard.

use std::fmt::Write as _;

use super::captions::{CaptionKind, Heard, captions};
use super::page::{escaped, page};
use super::words::Words;
use crate::export::Tags;
use crate::layout::Timeline;
use crate::unit::Position;
use crate::unit::literal::print_clock;

/// A transcript in the making, before it is Markdown, text or a page.
pub struct Transcript<'a> {
    timeline: &'a Timeline,
    tags: &'a Tags,
    parts: Vec<Part>,
}

/// A stretch of a track under one title.
struct Part {
    /// `None` for what comes before the first title.
    title: Option<String>,
    start: Position,
    lines: Vec<Line>,
}

/// A phrase, or a sound in words.
struct Line {
    text: String,
    spoken: bool,
}

impl<'a> Transcript<'a> {
    /// The transcript of what is heard of a track.
    pub fn new(timeline: &'a Timeline, tags: &'a Tags, heard: Heard) -> Self {
        let mut parts = vec![Part { title: None, start: Position::START, lines: Vec::new() }];
        let titled = |chapter: &crate::layout::Chapter| Part {
            title: Some(chapter.title.clone()),
            start: chapter.start,
            lines: Vec::new(),
        };
        parts.extend(tags.chapters.iter().map(titled));
        for (start, line) in lines(timeline, heard) {
            let at = parts.iter().rposition(|part| part.start <= start).unwrap_or_default();
            parts[at].lines.push(line);
        }
        parts.retain(|part| part.title.is_some() || !part.lines.is_empty());
        Self { timeline, tags, parts }
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n{}\n", literal(&self.tags.title), literal(&self.about()));
        for part in &self.parts {
            if let Some(title) = &part.title {
                let _ = write!(text, "\n## {} ({})\n", literal(title), self.time(part));
            }
            for line in &part.lines {
                let words = literal(&line.text);
                let _ = if line.spoken { write!(text, "\n{words}\n") } else { write!(text, "\n*{words}*\n") };
            }
        }
        text
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n", self.tags.title, self.about());
        for part in &self.parts {
            if let Some(title) = &part.title {
                let _ = write!(text, "\n{title} ({})\n\n", self.time(part));
            } else {
                text.push('\n');
            }
            part.lines.iter().for_each(|line| {
                let _ = writeln!(text, "{}", line.text);
            });
        }
        text
    }

    /// As a page.
    pub fn html(&self) -> String {
        let mut body = format!(
            "<h1>{}</h1>\n<p class=\"about\">{}</p>\n",
            escaped(&self.tags.title),
            escaped(&self.about())
        );
        for part in &self.parts {
            if let Some(title) = &part.title {
                let time = self.time(part);
                let _ = writeln!(body, "<h2>{} <span class=\"time\">{time}</span></h2>", escaped(title));
            }
            for line in &part.lines {
                let class = if line.spoken { "" } else { " class=\"sound\"" };
                let _ = writeln!(body, "<p{class}>{}</p>", escaped(&line.text));
            }
        }
        page(&self.timeline.language, &self.tags.title, &body)
    }

    /// Course, voice, length, and what has to be disclosed.
    fn about(&self) -> String {
        about(self.timeline, self.tags)
    }

    fn time(&self, part: &Part) -> String {
        print_clock(part.start.0 as f64 / f64::from(self.timeline.rate.hz()))
    }
}

/// Course, voice, length, and what has to be disclosed.
pub(super) fn about(timeline: &Timeline, tags: &Tags) -> String {
    let words = Words::of(&timeline.language);
    let mut about = vec![
        tags.album.clone(),
        format!("{}: {}", words.voice, tags.artist),
        print_clock(timeline.frames.seconds(timeline.rate)),
    ];
    about.extend(tags.synthetic.then(|| words.synthetic.to_owned()));
    about.extend((timeline.drafts() > 0).then(|| words.draft.to_owned()));
    about.join(" · ")
}

/// Phrases whole, everything else as captions tell it.
fn lines(timeline: &Timeline, heard: Heard) -> Vec<(Position, Line)> {
    let mut lines: Vec<(Position, Line)> = captions(timeline, heard)
        .into_iter()
        .filter(|caption| !matches!(caption.kind, CaptionKind::Phrase | CaptionKind::Bell))
        .map(|caption| (caption.start, Line { text: caption.lines.join(" "), spoken: false }))
        .collect();
    let bell = Words::of(&timeline.language).bell;
    lines.extend(timeline.events.iter().filter_map(|event| {
        let line = if let Some(phrase) = event.phrase() {
            let text = phrase.text.split_whitespace().collect::<Vec<_>>().join(" ");
            (heard != Heard::Bed).then_some(Line { text, spoken: true })
        } else {
            // Every bell has a line here; captions may tell of one together with a phrase.
            let rings = heard == Heard::All && CaptionKind::of(&event.kind) == CaptionKind::Bell;
            rings.then(|| Line { text: format!("[{bell}]"), spoken: false })
        };
        Some((event.start, line?))
    }));
    lines.sort_by_key(|(start, _)| *start);
    lines
}

/// Text that Markdown leaves as it is (`CommonMark` 0.31, 2.4).
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

/// Whether a dot or bracket ends a number that begins the text, which would begin a list.
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
