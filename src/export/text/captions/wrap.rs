//! Text in captions: at most two lines, as even as they can be, and long texts cut where a reader would breathe.

/// The most characters in a line (BBC and Netflix subtitle guidelines both say 42 or less for Latin script).
pub(super) const LINE: usize = 42;
/// The most characters in a caption of two lines.
const CAPTION: usize = 2 * LINE;

/// The text as captions of one or two lines. White space is folded; a word longer than a line is cut.
pub(super) fn captions(text: &str) -> Vec<Vec<String>> {
    let words: Vec<String> = text.split_whitespace().flat_map(pieces).collect();
    let mut ends = best_ends(&words);
    ends.insert(0, 0);
    ends.windows(2).filter_map(|pair| lines(&words[pair[0]..pair[1]])).collect()
}

/// A word, or the pieces of one that fits no line.
fn pieces(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.chunks(LINE).map(|piece| piece.iter().collect()).collect()
}

/// Where each caption ends, so that the sum of costs is smallest: dynamic programming from the front.
fn best_ends(words: &[String]) -> Vec<usize> {
    // For each number of words: the least cost of captions that hold them, and where the last of these begins.
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

/// What a caption of these words costs; `None` where they do not fit. Few captions come first, then ends of sentences
/// and commas, then an even length.
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

/// The words in one line, or in the two lines that are most even; `None` where they need more.
fn lines(words: &[String]) -> Option<Vec<String>> {
    if length(words) <= LINE {
        return Some(vec![words.join(" ")]);
    }
    let longer = |at: &usize| length(&words[..*at]).max(length(&words[*at..]));
    let at = (1..words.len()).min_by_key(longer).filter(|at| longer(at) <= LINE)?;
    Some(vec![words[..at].join(" "), words[at..].join(" ")])
}

/// Characters with the spaces between.
fn length(words: &[String]) -> usize {
    words.iter().map(|word| word.chars().count() + 1).sum::<usize>().saturating_sub(1)
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
    fn nothing_gives_no_caption() {
        assert!(captions("").is_empty() && captions(" \n").is_empty());
    }

    proptest! {
        #[test]
        fn every_letter_stays_in_its_place_and_no_line_is_too_long(text in "(\\PC{0,12} ){0,60}") {
            let captions = captions(&text);
            prop_assert!(captions.iter().all(|lines| (1..=2).contains(&lines.len())));
            prop_assert!(captions.iter().flatten().all(|line| (1..=LINE).contains(&line.chars().count())));
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&captions.concat().concat()), letters(&text));
        }

        #[test]
        fn words_without_end_are_cut(word in "\\S{43,200}") {
            prop_assert!(captions(&word).iter().flatten().all(|line| line.chars().count() <= LINE));
        }
    }
}
