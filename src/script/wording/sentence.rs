//! Splits a text into sentences and words.

/// A sentence: its words in lower case without punctuation.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Sentence {
    pub words: Vec<String>,
    pub question: bool,
}

/// The sentences of a text. A colon does not end a sentence, as quoted speech follows it.
pub(super) fn sentences(text: &str) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut open = Sentence::default();
    for token in text.split(|c: char| c.is_whitespace() || c == '|') {
        let word = token.trim_matches(|c: char| !c.is_alphanumeric());
        if !word.is_empty() {
            open.words.push(word.to_lowercase().replace('’', "'"));
        }
        let end = token.trim_end_matches(['"', '\'', '”', '’', '»', ')']);
        if end.ends_with(['.', '!', '?', '…', ';', '。', '？', '！', '؟']) {
            open.question = end.ends_with(['?', '？', '؟']);
            if !open.words.is_empty() {
                found.push(std::mem::take(&mut open));
            }
        }
    }
    if !open.words.is_empty() {
        found.push(open);
    }
    found
}

pub(super) fn word_count(text: &str) -> usize {
    sentences(text).iter().map(|sentence| sentence.words.len()).sum()
}

/// The words of a text without case and punctuation, for comparing texts.
pub(super) fn plain(text: &str) -> String {
    sentences(text).into_iter().flat_map(|sentence| sentence.words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_sentences_and_words() {
        let found = sentences("Is het veel? Dan 'mag' | het: ga maar…");
        assert_eq!(found.len(), 2);
        assert!(found[0].question && !found[1].question);
        assert_eq!(found[1].words, ["dan", "mag", "het", "ga", "maar"]);
        assert_eq!(plain("You’re here."), plain("you're – here"));
        assert_eq!(word_count("In-adem, – z'n twee."), 3);
    }
}
