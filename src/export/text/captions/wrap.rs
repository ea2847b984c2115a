//! Line breaking for captions: at most two lines of similar length, and long texts split at sentences and commas.
//!
//! Words are what stands between spaces. Scripts that write without spaces are broken where Unicode allows it (Annex 14; for Thai,
//! Lao, Khmer and Burmese between words), best at punctuation, else after a particle of Japanese, or before a kanji or katakana
//! that follows hiragana, where a word usually begins.

use icu_segmenter::LineSegmenter;
use icu_segmenter::options::LineBreakOptions;
use unicode_width::UnicodeWidthStr;

/// The greatest width of a line in columns (BBC and Netflix subtitle guidelines both say 42 characters or less for Latin
/// script). A character of Chinese, Japanese or Korean is as wide as two Latin ones, and a combining one has no width.
pub(super) const LINE: usize = 42;
/// The greatest width of a caption of two lines.
const CAPTION: usize = 2 * LINE;

/// The most characters in a piece of a word, however narrow they are.
const MOST_LETTERS: usize = 4 * LINE;

/// A caption: its text, and the one or two lines of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrapped {
    pub text: String,
    pub lines: Vec<String>,
}

/// A piece of a text between two places where a line may end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// Whether a space stands before it.
    pub spaced: bool,
    /// How bad it is to break before it, in columns of unevenness.
    pub harm: usize,
}

/// The harm of a break between words of a script without spaces, and of one that may be inside a word.
const AT_WORD: usize = 6;
const IN_WORD: usize = 30;

/// Splits a text into captions of one or two lines. White space is collapsed; a word longer than a line is cut.
pub(super) fn captions(text: &str) -> Vec<Wrapped> {
    let pieces: Vec<Piece> = pieces(text).into_iter().flat_map(cut).collect();
    let mut ends = best_ends(&pieces);
    ends.insert(0, 0);
    let wrapped = |pieces: &[Piece]| Some(Wrapped { text: joined(pieces), lines: lines(pieces)? });
    ends.windows(2).filter_map(|pair| wrapped(&pieces[pair[0]..pair[1]])).collect()
}

/// A text in pieces: its words, and what its words may be broken into.
pub fn pieces(text: &str) -> Vec<Piece> {
    let segmenter = LineSegmenter::new_auto(LineBreakOptions::default());
    let mut pieces = Vec::new();
    for word in text.split_whitespace() {
        if !word.chars().any(is_unspaced) {
            pieces.push(Piece { text: word.to_owned(), spaced: true, harm: 0 });
            continue;
        }
        let mut start = 0;
        for end in segmenter.segment_str(word).filter(|end| *end > 0) {
            let piece = word[start..end].to_owned();
            let harm = if start == 0 { 0 } else { harm(&word[..start], &piece) };
            pieces.push(Piece { text: piece, spaced: start == 0, harm });
            start = end;
        }
    }
    pieces
}

/// Whether a letter is of a script that has no spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, Chinese and Japanese.
fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter), 0xE00..=0xFFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x312F | 0x31A0..=0x31FF
        | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0xFF01..=0xFF9F | 0x2_0000..=0x3_FFFF)
}

/// How bad it is to break between two pieces that no space parts.
fn harm(before: &str, after: &str) -> usize {
    let (Some(last), Some(first)) = (before.chars().last(), after.chars().next()) else { return 0 };
    let is_hiragana = |letter: char| matches!(letter, '\u{3041}'..='\u{309F}');
    // `を`, or a letter that is a particle where it stands alone after a kanji or katakana.
    let is_particle = last == 'を'
        || "のはがにでともへ".contains(last)
            && before
                .chars()
                .rev()
                .nth(1)
                .is_some_and(|letter| letter.is_alphanumeric() && !is_hiragana(letter));
    let is_thai = |letter: char| matches!(u32::from(letter), 0xE00..=0x109F | 0x1780..=0x17FF);
    if !last.is_alphanumeric() && last != 'ー' {
        0
    } else if is_thai(last) || is_hiragana(last) && !is_hiragana(first) || is_particle {
        AT_WORD
    } else {
        IN_WORD
    }
}

/// A piece, cut if it is longer than a line.
fn cut(piece: Piece) -> Vec<Piece> {
    let Piece { text: word, spaced, harm } = piece;
    let (mut pieces, mut text, mut letters) = (Vec::new(), String::new(), 0);
    for letter in word.chars() {
        text.push(letter);
        letters += 1;
        if text.width() > LINE || letters > MOST_LETTERS {
            text.pop();
            pieces.push(std::mem::replace(&mut text, letter.to_string()));
            letters = 1;
        }
    }
    pieces.push(text);
    let piece = |(at, text)| match at {
        0 => Piece { text, spaced, harm },
        _ => Piece { text, spaced: false, harm: IN_WORD },
    };
    pieces.into_iter().enumerate().map(piece).collect()
}

/// The end of each caption, as a number of pieces, with the smallest total cost: dynamic programming from the front.
fn best_ends(pieces: &[Piece]) -> Vec<usize> {
    // For each number of pieces: the lowest cost of captions with them, and where the last of these starts.
    let mut best = vec![(0, 0)];
    for end in 1..=pieces.len() {
        let harm = pieces.get(end).map_or(0, |next| 10 * next.harm);
        let fitting = (0..end).rev().map_while(|start| Some((start, cost(&pieces[start..end])? + harm)));
        let cheapest = fitting.map(|(start, cost)| (best[start].0 + cost, start)).min();
        best.push(cheapest.expect("one piece always fits"));
    }
    let mut ends = Vec::new();
    let mut end = pieces.len();
    while end > 0 {
        ends.push(end);
        end = best[end].1;
    }
    ends.reverse();
    ends
}

/// The cost of a caption with these pieces; `None` if they do not fit. In order of weight: few captions, breaks at the
/// end of a sentence or at a comma, even lengths.
fn cost(pieces: &[Piece]) -> Option<usize> {
    lines(pieces)?;
    let cut = match pieces.last().and_then(|piece| piece.text.chars().last()) {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '۔' | '।') => 0,
        Some(',' | ';' | ':' | '—' | '–' | '、' | '，' | '；' | '：' | '،' | '؛') => 100,
        _ => 200,
    };
    let slack = CAPTION - length(pieces).min(CAPTION);
    Some(1_000 + cut + slack * slack / CAPTION)
}

/// The pieces in one line, or in two lines of the most similar length; `None` if they need more.
fn lines(pieces: &[Piece]) -> Option<Vec<String>> {
    if length(pieces) <= LINE {
        return Some(vec![joined(pieces)]);
    }
    let longer = |at: &usize| length(&pieces[..*at]).max(length(&pieces[*at..]));
    let fitting = (1..pieces.len()).filter(|at| longer(at) <= LINE);
    let at = fitting.min_by_key(|at| longer(at) + pieces[*at].harm)?;
    Some(vec![joined(&pieces[..at]), joined(&pieces[at..])])
}

/// The text of pieces, with the spaces between them.
pub fn joined(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        if piece.spaced && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&piece.text);
    }
    text
}

/// The width, with single spaces between words.
fn length(pieces: &[Piece]) -> usize {
    joined(pieces).width()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The lines of each caption.
    fn captions(text: &str) -> Vec<Vec<String>> {
        super::captions(text).into_iter().map(|caption| caption.lines).collect()
    }

    #[test]
    fn a_short_text_is_one_line_and_a_longer_one_two_even_ones() {
        assert_eq!(captions("Adem  in."), [["Adem in."]]);
        assert_eq!(
            captions("Laat een plek opkomen waar je je op je gemak voelt."),
            [["Laat een plek opkomen waar", "je je op je gemak voelt."]]
        );
    }

    #[test]
    fn a_long_text_is_cut_after_a_sentence() {
        let text = "Ga zitten zoals je wilt, op een stoel of op een kussen. Je handen liggen los. \
            Je kunt op elk moment je ogen openen of iets anders doen.";
        assert_eq!(
            captions(text),
            [
                ["Ga zitten zoals je wilt, op een stoel", "of op een kussen. Je handen liggen los."],
                ["Je kunt op elk moment je ogen", "openen of iets anders doen."],
            ]
        );
    }

    #[test]
    fn wide_characters_count_twice_and_combining_ones_not() {
        let one = |text: &str| captions(text).concat();
        let (wide, accented) = ("吸".repeat(21), "e\u{301}".repeat(42));
        assert_eq!(one(&wide), [wide.as_str()]);
        assert_eq!(one(&format!("{wide}气")), ["吸".repeat(11), format!("{}气", "吸".repeat(10))]);
        assert_eq!(one(&accented), [accented.as_str()]);
        let text = "ゆっくりと息を吸って、 肩の力を抜いて、 そして静かに息を吐きます。";
        assert!(text.chars().count() <= LINE);
        assert_eq!(one(text), ["ゆっくりと息を吸って、 肩の力を抜いて、", "そして静かに息を吐きます。"]);
    }

    #[test]
    fn japanese_is_broken_at_punctuation_or_where_a_word_begins() {
        let text = "ちかくのおともとおくのおとも、からだのおもさもこころのゆれも、いまここにあるままにしておけます。";
        assert_eq!(
            captions(text),
            [
                vec!["ちかくのおともとおくのおとも、", "からだのおもさもこころのゆれも、"],
                vec!["いまここにあるままにしておけます。"],
            ]
        );
        let text = "静かな部屋に座って目を閉じて自分の呼吸に気づいてみます";
        for caption in captions(text) {
            for line in &caption[1..] {
                assert!(
                    !line.starts_with(|c: char| "ぁぃぅぇぉっゃゅょんー、。」".contains(c)),
                    "{caption:?}"
                );
            }
        }
        // No line begins with a mark that belongs to the one before it, or with a small letter.
        let long = "とてもゆっくりとしたきょうのじかんをちょっとだけあじわってみましょうか。".repeat(4);
        let forbidden = |line: &String| line.starts_with(|c: char| "ぁぃぅぇぉっゃゅょー、。」".contains(c));
        assert!(!captions(&long).iter().flatten().any(forbidden), "{:?}", captions(&long));
    }

    #[test]
    fn thai_is_broken_between_words_and_keeps_its_text_whole() {
        let text = "หายใจเข้าช้าๆแล้วหายใจออกยาวๆให้ร่างกายได้พักผ่อนอย่างเต็มที่ในช่วงเวลานี้";
        let wrapped = super::captions(text);
        assert_eq!(wrapped.iter().map(|caption| caption.text.as_str()).collect::<String>(), text);
        let marks = |c: char| matches!(c, '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}');
        assert!(wrapped.iter().flat_map(|caption| &caption.lines).all(|line| !line.starts_with(marks)));
        assert!(wrapped[0].lines.len() == 2 && wrapped[0].lines.concat() == wrapped[0].text);
    }

    #[test]
    fn korean_and_latin_words_stay_whole() {
        let text = "천천히 숨을 들이쉬고 어깨의 힘을 빼고 조용히 숨을 내쉬어 봅니다 zoals-je-wilt";
        let words: Vec<_> = text.split(' ').collect();
        let found = captions(text).concat();
        let found: Vec<_> = found.iter().flat_map(|line| line.split(' ')).collect();
        assert_eq!(found, words);
    }

    #[test]
    fn an_empty_text_has_no_captions() {
        assert!(captions("").is_empty() && captions(" \n").is_empty());
    }

    proptest! {
        #[test]
        fn every_character_is_kept_and_no_line_is_too_long(text in "(\\PC{0,12} ){0,60}") {
            let captions = captions(&text);
            prop_assert!(captions.iter().all(|lines| (1..=2).contains(&lines.len())));
            prop_assert!(captions.iter().flatten().all(|line| !line.is_empty() && line.width() <= LINE));
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&captions.concat().concat()), letters(&text));
        }

        #[test]
        fn words_longer_than_a_line_are_cut(word in "\\S{43,200}") {
            prop_assert!(captions(&word).iter().flatten().all(|line| line.width() <= LINE));
        }
    }
}
