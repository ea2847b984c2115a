//! The practice sheet: one page with the exercise, its parts, its main sentences and room for notes.

use maud::html;

use super::page::{heading, page};
use super::transcript::about;
use crate::export::Tags;
use crate::layout::Timeline;
use crate::script::exercise::Posture;
use crate::unit::literal::print_clock;

/// More parts would not fit on the page.
const MOST_PARTS: usize = 14;
/// The most sentences quoted.
const MOST_SENTENCES: usize = 6;
/// Empty lines for notes.
const LINES: usize = 6;

/// The page as HTML that prints on one sheet. `before` is what the listener has to know before the track.
pub fn practice_sheet(timeline: &Timeline, tags: &Tags, before: &[String], posture: Posture) -> String {
    let words = timeline.words.on_page();
    let sentences = sentences(timeline);
    let body = html! {
        @if !before.is_empty() {
            h2 { (words.before) } "\n"
            // One paragraph, to leave room on the sheet.
            p { (paragraph(before)) } "\n"
        }
        p { (words.posture(posture)) } "\n"
        @if !tags.chapters.is_empty() {
            h2 { (words.parts) } "\n"
            table {
                "\n"
                @for chapter in tags.chapters.iter().take(MOST_PARTS) {
                    tr {
                        td.time { (print_clock(chapter.start.seconds(timeline.rate))) }
                        th scope="row" { (chapter.title) }
                    } "\n"
                }
            } "\n"
        }
        @if !sentences.is_empty() {
            h2 { (words.take_along) } "\n"
            @for sentence in &sentences { p { (sentence) } "\n" }
        }
        h2 { (words.notes) } "\n"
        @for _ in 0..LINES { div.lines {} "\n" }
    };
    let heading = heading(&tags.title, &about(words, &timeline.language, timeline, tags));
    page(&timeline.language, &tags.title, tags.generation.as_deref(), &heading, &body, &html! {})
}

/// Sentences one after the other, with a space between two; a mark of Chinese or Japanese at the end of one is as wide as both.
fn paragraph(sentences: &[String]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        let is_wide =
            text.chars().next_back().is_some_and(|last| matches!(last, '。' | '！' | '？' | '」' | '）'));
        text.push_str(if text.is_empty() || is_wide { "" } else { " " });
        text.push_str(sentence.trim());
    }
    text
}

/// The main sentences: those spoken on breaths or steps or more than once. Without any, the safety phrases.
fn sentences(timeline: &Timeline) -> Vec<String> {
    let phrases: Vec<_> = timeline
        .phrases()
        .map(|phrase| (phrase.text.as_str(), phrase.occurrence > 0 || phrase.pieces.len() > 1, phrase.safety))
        .collect();
    let pick = |wanted: &dyn Fn(&(&str, bool, bool)) -> bool| {
        let mut picked: Vec<String> = Vec::new();
        let bare = |text: &str| text.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        for (text, ..) in phrases.iter().filter(|phrase| wanted(phrase)) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            // A wish may be spoken on the breath and again as a sentence with a full stop: it counts once.
            let known = picked.iter().any(|other| bare(other) == bare(&text));
            if !known && picked.len() < MOST_SENTENCES {
                picked.push(text);
            }
        }
        picked
    };
    let repeated = pick(&|(_, repeated, _)| *repeated);
    if repeated.is_empty() { pick(&|(_, _, safety)| *safety) } else { repeated }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_have_a_space_between_them_where_the_language_has() {
        let joined = |sentences: [&str; 2]| paragraph(&sentences.map(str::to_owned));
        assert_eq!(joined(["Niet rijden.", "Stop als je wilt."]), "Niet rijden. Stop als je wilt.");
        assert_eq!(
            joined(["聞かないでください。", "治療ではありません。"]),
            "聞かないでください。治療ではありません。"
        );
    }
}
