//! The cover that adem draws: title, number and week over hills whose height follows how much is spoken.

use std::fmt::Write as _;

use super::letters::{TextRun, lettered_line, paintable, unpaintable};
use super::paint::{FAMILY, paint, width};
use super::{curve, smooth};
use crate::export::Tags;
use crate::export::tags::Cover;
use crate::export::text::captions::wrap::{Piece, joined, pieces};
use crate::layout::Timeline;

/// The side in pixels, the least that podcast directories accept.
const SIDE: u32 = 1_400;
/// The least width of a line that ends early for a better break, as a share of the most.
const FULL_ENOUGH: f64 = 0.6;
/// The number of points of each hill line.
const POINTS: usize = 12;
/// Sky, sun, four rows of hills from far to near, and text; the sets alternate by week.
const COLOURS: [[&str; 7]; 6] = [
    ["#e9e4d8", "#f3c98b", "#b9c7bd", "#93ada6", "#6a8d8b", "#456a6d", "#24444b"],
    ["#e4e9ee", "#f4dfb6", "#b7c6d3", "#8fa8bd", "#6786a3", "#456685", "#233f5c"],
    ["#f0e5df", "#f0b99b", "#d6b9b0", "#b99590", "#957277", "#6d535f", "#412f41"],
    ["#e7ecdf", "#f5e3a4", "#bfcfae", "#98b28c", "#72936e", "#507354", "#2c4a36"],
    ["#ece6ef", "#f3cfc2", "#c6bad0", "#a598b6", "#817498", "#5f5478", "#3a3152"],
    ["#efeadd", "#f6d48f", "#d3c4a3", "#b5a17c", "#927e5c", "#6b5b44", "#40362b"],
];

/// Draws the cover of a track as PNG.
pub fn draw_cover(timeline: &Timeline, tags: &Tags) -> Cover {
    let bytes = paint(&drawing(timeline, tags), SIDE);
    Cover { bytes, media_type: "image/png", width: SIDE, height: SIDE, bits: 32 }
}

fn drawing(timeline: &Timeline, tags: &Tags) -> String {
    let set = tags.week.or(tags.track).unwrap_or(1).saturating_sub(1) as usize % COLOURS.len();
    let [sky, sun, hills @ .., letters] = COLOURS[set];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1400 1400\">\
         <rect width=\"1400\" height=\"1400\" fill=\"{sky}\"/><circle cx=\"1030\" cy=\"800\" r=\"150\" fill=\"{sun}\"/>"
    );
    let speech = speech(timeline);
    for (row, colour) in hills.iter().enumerate() {
        let heights = stretched(&smooth(&speech, 1.9 - 0.35 * row as f64));
        let (base, rise) = (990.0 + 115.0 * row as f64, 150.0 - 12.0 * row as f64);
        // Each row is shifted, so that the hills do not line up.
        let shift = row as f64 * 37.0;
        let step = 1_520.0 / (POINTS - 1) as f64;
        let point =
            |(index, height): (usize, &f64)| (index as f64 * step - 120.0 + shift, base - rise * height);
        let points: Vec<_> = heights.iter().enumerate().map(point).collect();
        let _ = write!(
            svg,
            "<path fill=\"{colour}\" d=\"M-10 1410 L-10 {base:.1} L{} L1410 {base:.1} L1410 1410 Z\"/>",
            curve(&points)
        );
    }
    write_words(&mut svg, timeline, tags, letters);
    svg.push_str("</svg>\n");
    svg
}

/// The values scaled so that the lowest is 0 and the highest 1.
fn stretched(values: &[f64]) -> Vec<f64> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values.iter().map(|value| (value - least) / (most - least).max(0.05)).collect()
}

/// The share of speech in each of equal parts of the track, relative to the part with the most.
fn speech(timeline: &Timeline) -> Vec<f64> {
    let whole = timeline.frames.0.max(1) as f64;
    let mut parts = [0.0; POINTS];
    for (start, frames) in timeline.speech() {
        let middle = (start.0 + frames.0 / 2) as f64 / whole;
        parts[((middle * POINTS as f64) as usize).min(POINTS - 1)] += frames.0 as f64 / whole * POINTS as f64;
    }
    let most = parts.iter().copied().fold(0.05, f64::max);
    parts.iter().map(|part| part / most).collect()
}

/// A text without the letters that no font has; nothing where those are most of it, as what is left would be another title.
fn legible(text: &str) -> String {
    let missing = unpaintable(text);
    let lost = text.chars().filter(|letter| missing.contains(letter)).count();
    let all = text.chars().filter(|letter| letter.is_alphabetic()).count();
    if 2 * lost > all { String::new() } else { paintable(text) }
}

/// Number and week, the title on up to four lines, and the title of the course.
fn write_words(svg: &mut String, timeline: &Timeline, tags: &Tags, colour: &str) {
    let (x, anchor) = if timeline.language.is_right_to_left() { (1_290, "end") } else { (110, "start") };
    let mut text = |y: f64, size: f64, words: &str, run: TextRun| {
        let _ = write!(
            svg,
            "<text x=\"{x}\" y=\"{y:.0}\" font-family=\"{FAMILY}\" font-size=\"{size:.0}\" fill=\"{colour}\" text-anchor=\"{anchor}\">{}</text>",
            lettered_line(words, run)
        );
    };
    let number = tags.track.map(|track| track.to_string());
    let week = tags.week.map(|week| legible(&timeline.words.week(week)));
    let above: Vec<_> = [number, week].into_iter().flatten().filter(|text| !text.is_empty()).collect();
    let above = above.join(" · ");
    text(180.0, 46.0, &above, TextRun::of(&above));
    let title = legible(&tags.title);
    let size = [120.0, 100.0, 84.0, 70.0].into_iter().find(|size| lines(&title, 1_180.0 / size).len() <= 3);
    let size = size.unwrap_or(60.0);
    let mut lines = lines(&title, 1_180.0 / size);
    if lines.len() > 4 {
        lines.truncate(4);
        lines[3].push('…');
    }
    for (index, line) in lines.iter().enumerate() {
        text(320.0 + size * 1.2 * index as f64, size, line, TextRun::of(&title));
    }
    let album = super::paint::fit(&legible(&tags.album), 26.0);
    text(320.0 + size * 1.2 * (lines.len() as f64 - 1.0) + 90.0, 44.0, &album, TextRun::of(&album));
}

/// Words broken into lines of at most that width in em; in a script without spaces best where a word begins.
fn lines(text: &str, most: f64) -> Vec<String> {
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    for piece in pieces(text) {
        let Some(line) = lines.last_mut() else {
            lines.push(vec![piece]);
            continue;
        };
        let space = if piece.spaced { 0.3 } else { 0.0 };
        let is_too_long = width(&joined(line)) + space + width(&piece.text) > most;
        line.push(piece);
        if is_too_long {
            let at = line_end(line, most);
            let next = line.split_off(at);
            lines.push(next);
        }
    }
    lines.iter().filter(|line| !line.is_empty()).map(|line| super::paint::fit(&joined(line), most)).collect()
}

/// How many pieces of a line that is one piece too long stay in it: as many as fit, or some less if the break is better there.
fn line_end(line: &[Piece], most: f64) -> usize {
    let last = line.len() - 1;
    let is_full = |at: &usize| width(&joined(&line[..*at])) >= FULL_ENOUGH * most;
    (1..last).rev().take_while(is_full).fold(
        last,
        |best, at| {
            if line[at].harm < line[best].harm { at } else { best }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_without_most_of_its_letters_is_left_out() {
        // Linear A, which no font of a system has.
        if !unpaintable("𐘀").is_empty() {
            assert_eq!(legible("75 𐘀𐘁𐘂"), "");
            assert_eq!(legible("De plek 𐘀"), "De plek");
        }
        assert_eq!(legible("75"), "75");
    }

    #[test]
    fn a_line_of_the_title_begins_with_a_word_where_the_script_has_no_spaces() {
        let title = "はじめての方のための75秒のやさしい呼吸の練習と雨音に耳をすませる小さなひととき";
        let lines = lines(title, 14.0);
        assert_eq!(lines.concat(), title);
        assert!(
            lines.iter().all(|line| !line.starts_with(['を', 'の', 'に', 'と', 'ー', '、'])),
            "{lines:?}"
        );
        assert_eq!(super::lines("Een plek voor jou alleen", 8.0), ["Een plek voor", "jou alleen"]);
    }
}
