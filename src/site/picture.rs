//! The pictures of the site: the icon of the installed page, and the cover of a feed.

use maud::{PreEscaped, html};
use unicode_width::UnicodeWidthStr;

use crate::export::picture::{TextRun, lettered_line, paint, paintable};
use crate::export::text::captions::wrap::{Piece, pieces};
use crate::export::text::page::printable;

/// The colours: sky, sun, three hills from far to near, and letters.
const COLOURS: [&str; 6] = ["#e9e4d8", "#f3c98b", "#a9bdb3", "#6a8d8b", "#2f5a5b", "#24444b"];
/// The side of the cover in pixels, the least that directories of podcasts accept.
const COVER_SIDE: u32 = 1_400;
/// About how many letters of the title fit on a line of the cover.
const LINE: usize = 16;

/// The icon as PNG. What matters lies within the middle, since systems cut icons to shapes of their own.
pub(super) fn icon(width: u32) -> Vec<u8> {
    paint(&drawing(""), width)
}

/// The cover of a feed as PNG, with the title of the course.
pub(super) fn feed_cover(title: &str) -> Vec<u8> {
    let mut lines: Vec<String> = Vec::new();
    for Piece { text: word, spaced, .. } in pieces(&printable(&paintable(title))) {
        match lines.last_mut() {
            Some(line) if line.width() + word.width() < LINE => {
                line.push_str(if spaced { " " } else { "" });
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines.truncate(4);
    let colour = COLOURS[5];
    let longest = lines.iter().map(|line| line.width()).max().unwrap_or(1).max(12);
    let size = (1_000.0 / longest as f64).min(84.0);
    let run = TextRun::of(title);
    let (x, anchor) = match run {
        TextRun::ToLeft => ("638", Some("end")),
        TextRun::ToRight => ("62", None),
    };
    let words = html! {
        @for (line, y) in lines.iter().zip(0u32..) {
            text x=(x) text-anchor=[anchor] y=(format!("{:.1}", 128.0 + size * 1.15 * f64::from(y))) fill=(colour)
                font-family="Noto Sans, sans-serif" font-size=(format!("{size:.1}")) { (PreEscaped(lettered_line(line, run))) }
        }
    };
    paint(&drawing(&words.into_string()), COVER_SIDE)
}

/// A sun over three hills, and something above them.
fn drawing(above: &str) -> String {
    let [sky, sun, far, middle, near, _] = COLOURS;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 700\">\
         <rect width=\"700\" height=\"700\" fill=\"{sky}\"/><circle cx=\"430\" cy=\"345\" r=\"82\" fill=\"{sun}\"/>\
         <path fill=\"{far}\" d=\"M0 700V452C120 380 210 372 330 432S560 470 700 380V700z\"/>\
         <path fill=\"{middle}\" d=\"M0 700V520C140 470 240 470 370 512S590 540 700 488V700z\"/>\
         <path fill=\"{near}\" d=\"M0 700V600C150 540 300 560 420 590S620 600 700 572V700z\"/>{above}</svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_drawn_for_any_title() {
        for title in ["", "Een zachte adem", "<&\" \u{7} ☃", &"lang ".repeat(60)] {
            assert!(feed_cover(title).starts_with(b"\x89PNG"), "{title}");
        }
        assert!(icon(192).starts_with(b"\x89PNG"));
    }
}
