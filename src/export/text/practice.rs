//! One page to practise with: what the exercise is, its parts, its wishes, and room to write.

use std::fmt::Write as _;

use super::page::{escaped, page};
use super::transcript::about;
use super::words::Words;
use crate::export::Tags;
use crate::layout::Timeline;
use crate::script::exercise::Posture;
use crate::unit::literal::print_clock;

/// The parts of a long programme would not fit a page.
const MOST_PARTS: usize = 14;
/// The sentences to take along.
const MOST_SENTENCES: usize = 6;
/// Lines to write on.
const LINES: usize = 6;

/// The page as HTML that prints on one sheet.
pub fn practice_sheet(timeline: &Timeline, tags: &Tags, posture: Posture) -> String {
    let words = Words::of(&timeline.language);
    let mut body = format!(
        "<h1>{}</h1>\n<p class=\"about\">{}</p>\n",
        escaped(&tags.title),
        escaped(&about(timeline, tags))
    );
    let _ = writeln!(body, "<p>{}</p>", escaped(words.posture(posture)));
    if !tags.chapters.is_empty() {
        let _ = writeln!(body, "<h2>{}</h2>\n<table>", escaped(words.parts));
        for chapter in tags.chapters.iter().take(MOST_PARTS) {
            let time = print_clock(chapter.start.0 as f64 / f64::from(timeline.rate.hz()));
            let _ =
                writeln!(body, "<tr><td class=\"time\">{time}</td><td>{}</td></tr>", escaped(&chapter.title));
        }
        body.push_str("</table>\n");
    }
    let sentences = sentences(timeline);
    if !sentences.is_empty() {
        let _ = writeln!(body, "<h2>{}</h2>", escaped(words.take_along));
        for sentence in sentences {
            let _ = writeln!(body, "<p>{}</p>", escaped(&sentence));
        }
    }
    let _ = writeln!(body, "<h2>{}</h2>", escaped(words.notes));
    body.push_str(&"<div class=\"lines\"></div>\n".repeat(LINES));
    page(&timeline.language, &tags.title, &body)
}

/// What is said on a breath or a step, or more than once: the words that the practice is about. Else what keeps a
/// listener safe.
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
            // A wish is said on the breath and again as a sentence: with a full stop it is the same wish.
            let known = picked.iter().any(|other| bare(other) == bare(&text));
            if !known && picked.len() < MOST_SENTENCES {
                picked.push(text);
            }
        }
        picked
    };
    let wishes = pick(&|(_, again, _)| *again);
    if wishes.is_empty() { pick(&|(_, _, safety)| *safety) } else { wishes }
}
