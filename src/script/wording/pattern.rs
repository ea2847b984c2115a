//! Patterns of words in a sentence.
//!
//! A pattern is a list of words: `*` in a word stands for any letters, `a/b` for either word, and `...` for up to four words.
//! `^` at its start requires it to be at the start of the sentence, after leading words such as `and` and `now`.

use super::sentence::Sentence;

/// How many words `...` may stand for.
const GAP: usize = 4;

/// A parsed pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    at_start: bool,
    parts: Vec<PatternPart>,
}

#[derive(Clone, Debug)]
enum PatternPart {
    Word(Vec<String>),
    Gap,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        let (at_start, rest) = text.strip_prefix('^').map_or((false, text.as_str()), |rest| (true, rest));
        let part = |word: &str| match word {
            "..." | "…" => PatternPart::Gap,
            _ => PatternPart::Word(word.split('/').map(str::to_owned).collect()),
        };
        Self { at_start, parts: rest.split_whitespace().map(part).collect() }
    }

    /// The words of the sentence that match, if any. `lead` are the words that may come before the start of a sentence.
    pub(super) fn find(&self, sentence: &Sentence, lead: &[&str]) -> Option<String> {
        let words = &sentence.words;
        let led = words.iter().take_while(|word| lead.contains(&word.as_str())).count();
        let starts = if self.at_start { vec![0, led] } else { (0..words.len()).collect() };
        starts.into_iter().find_map(|start| {
            let end = matches(&self.parts, &words[start..])?;
            Some(words[start..start + end].join(" "))
        })
    }
}

/// How many words at the start of `words` the parts match, if they match.
fn matches(parts: &[PatternPart], words: &[String]) -> Option<usize> {
    let Some((first, rest)) = parts.split_first() else { return Some(0) };
    match first {
        PatternPart::Word(any) => {
            words.first().filter(|word| any.iter().any(|glob| matches_glob(glob, word)))?;
            Some(1 + matches(rest, &words[1..])?)
        }
        PatternPart::Gap => {
            (0..=GAP.min(words.len())).find_map(|skip| Some(skip + matches(rest, &words[skip..])?))
        }
    }
}

/// Whether a word matches a glob in which `*` stands for any letters.
fn matches_glob(glob: &str, word: &str) -> bool {
    let mut pieces = glob.split('*');
    let (first, last) = (pieces.next().unwrap_or_default(), pieces.next_back());
    let Some(last) = last else { return first == word };
    let Some(rest) = word.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    pieces.try_fold(rest, |rest, piece| rest.find(piece).map(|at| &rest[at + piece.len()..])).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::sentence::sentences;
    use super::*;

    fn finds(pattern: &str, text: &str) -> bool {
        sentences(text).iter().any(|sentence| Pattern::new(pattern).find(sentence, &["en", "nu"]).is_some())
    }

    #[test]
    fn a_pattern_finds_its_words_and_no_others() {
        assert!(finds("genees*", "Dit geneest je."));
        assert!(!finds("genees*", "Dit is ongeneeslijk."));
        assert!(finds("hou/houd ... adem ... vast", "Houd nu je adem even vast."));
        assert!(!finds("hou/houd ... adem ... vast", "Houd vast aan je adem."));
        assert!(finds("^sluit", "En nu: sluit je ogen."));
        assert!(!finds("^sluit", "Je lichaam zegt: sluit je ogen."));
        assert!(finds("*heel*", "Geheeld") && finds("*", "Iets") && !finds("ge*d", "ge"));
    }
}
