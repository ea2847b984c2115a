//! Line breaking for captions: at most two lines of similar length, and long texts split at sentences and commas.

use unicode_width::UnicodeWidthStr;

/// The greatest width of a line in columns (BBC and Netflix subtitle guidelines both say 42 characters or less for Latin
/// script). A character of Chinese, Japanese or Korean is as wide as two Latin ones, and a combining one has no width.
pub(super) const LINE: usize = 42;
/// The greatest width of a caption of two lines.
const CAPTION: usize = 2 * LINE;

/// The most characters in a piece of a word, however narrow they are.
const MOST_LETTERS: usize = 4 * LINE;

/// Splits a text into captions of one or two lines. White space is collapsed; a word longer than a line is cut.
pub(super) fn captions(text: &str) -> Vec<Vec<String>> {
    let words: Vec<String> = text.split_whitespace().flat_map(pieces).collect();
    let mut ends = best_ends(&words);
    ends.insert(0, 0);
    ends.windows(2).filter_map(|pair| lines(&words[pair[0]..pair[1]])).collect()
}

/// A word, in pieces if it is longer than a line.
fn pieces(word: &str) -> Vec<String> {
    let (mut pieces, mut piece, mut letters) = (Vec::new(), String::new(), 0);
    for letter in word.chars() {
        piece.push(letter);
        letters += 1;
        if piece.width() > LINE || letters > MOST_LETTERS {
            piece.pop();
            pieces.push(std::mem::replace(&mut piece, letter.to_string()));
            letters = 1;
        }
    }
    pieces.push(piece);
    pieces
}

/// The end of each caption, as a number of words, with the smallest total cost: dynamic programming from the front.
fn best_ends(words: &[String]) -> Vec<usize> {
    // For each number of words: the lowest cost of captions with them, and where the last of these starts.
    let mut best = vec![(0, 0)];
    for end in 1..=words.len() {
        let fitting = (0..end).rev().map_while(|start| Some((start, cost(&words[start..end])?)));
        let cheapest = fitting.map(|(start, cost)| (best[start].0 + cost, start)).min();
        best.push(cheapest.expect("one word always fits"));
    }
    let mut ends = Vec::new();
    let mut end = words.len();
    while end > 0 {
        ends.push(end);
        end = best[end].1;
    }
    ends.reverse();
    ends
}

/// The cost of a caption with these words; `None` if they do not fit. In order of weight: few captions, breaks at the
/// end of a sentence or at a comma, even lengths.
fn cost(words: &[String]) -> Option<usize> {
    lines(words)?;
    let cut = match words.last().and_then(|word| word.chars().last()) {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？') => 0,
        Some(',' | ';' | ':' | '—' | '–' | '、') => 100,
        _ => 200,
    };
    let slack = CAPTION - length(words).min(CAPTION);
    Some(1_000 + cut + slack * slack / CAPTION)
}

/// The words in one line, or in two lines of the most similar length; `None` if they need more.
fn lines(words: &[String]) -> Option<Vec<String>> {
    if length(words) <= LINE {
        return Some(vec![words.join(" ")]);
    }
    let longer = |at: &usize| length(&words[..*at]).max(length(&words[*at..]));
    let at = (1..words.len()).min_by_key(longer).filter(|at| longer(at) <= LINE)?;
    Some(vec![words[..at].join(" "), words[at..].join(" ")])
}

/// The width, with single spaces between words.
fn length(words: &[String]) -> usize {
    words.join(" ").width()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        assert_eq!(one(&format!("{wide}气")), [wide.as_str(), "气"]);
        assert_eq!(one(&accented), [accented.as_str()]);
        let text = "ゆっくりと息を吸って、 肩の力を抜いて、 そして静かに息を吐きます。";
        assert!(text.chars().count() <= LINE);
        assert_eq!(one(text), ["ゆっくりと息を吸って、 肩の力を抜いて、", "そして静かに息を吐きます。"]);
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
