//! Whether a text that changed still means the same, so that its translation can be used until somebody has confirmed it.

use unicode_normalization::UnicodeNormalization;

/// Words shorter than this can mean something else with another letter: `je` and `ze`, `kan` and `kon`.
const LONG_WORD: usize = 5;
/// More words with a mistake are another text.
const MOST_WORDS: usize = 2;

/// Whether a text became another only by signs, capitals, spaces, or a letter in a long word.
pub fn is_small_correction(old: &str, new: &str) -> bool {
    // A bar and a number are heard.
    let marks = |text: &str| text.chars().filter(|c| *c == '|' || c.is_numeric()).collect::<String>();
    // A question is no statement.
    let asks = |text: &str| text.chars().filter(|c| matches!(c, '?' | '؟' | '？' | ';')).count();
    if marks(old) != marks(new) || asks(old) != asks(new) {
        return false;
    }
    let (old, new) = (words(old), words(new));
    if old.len() != new.len() {
        return old.concat() == new.concat();
    }
    let changed: Vec<_> = old.iter().zip(&new).filter(|(old, new)| old != new).collect();
    changed.len() <= MOST_WORDS && changed.iter().all(|(old, new)| is_same_word(old, new))
}

/// Whether two texts differ by signs and capitals alone.
pub fn is_same_but_for_signs(old: &str, new: &str) -> bool {
    is_small_correction(old, new) && words(old) == words(new)
}

fn words(text: &str) -> Vec<String> {
    let text: String = text.nfc().collect::<String>().to_lowercase();
    let letters = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    text.split(|c: char| c.is_whitespace() || c == '|').map(letters).filter(|word| !word.is_empty()).collect()
}

/// One letter may differ, be too many or too few, or two may have changed places. The first letters are no place for that, as
/// prefixes stand there.
fn is_same_word(old: &str, new: &str) -> bool {
    let length = old.chars().count().min(new.chars().count());
    length >= LONG_WORD
        && old.chars().take(2).eq(new.chars().take(2))
        && strsim::damerau_levenshtein(old, new) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_mistake_is_told_from_another_text() {
        for (old, new) in [
            ("Laat je schouders zaken.", "Laat je schouders zakken."),
            ("laat je schouders zakken", "Laat je schouders zakken."),
            ("Voel je voeten,  op de grond", "Voel je voeten op de grond."),
            ("Wat er is mag er zijn.", "Wat er is, mag er zijn."),
            ("Je ademt vanzlef.", "Je ademt vanzelf."),
            ("Een halfuur", "Een half uur"),
        ] {
            assert!(is_small_correction(old, new), "{old} {new}");
        }
        for (old, new) in [
            ("Doe je ogen dicht.", "Doe je ogen open."),
            ("Je kan stoppen.", "Je kon stoppen."),
            ("Adem in.", "Adem uit."),
            ("Langzaam inademen.", "Langzaam uitademen."),
            ("Tel tot 10.", "Tel tot 12."),
            ("Moge ik veilig zijn", "Moge ik | veilig zijn"),
            ("Je bent hier.", "Je bent hier?"),
            ("Ga zitten.", "Ga nu zitten."),
            ("zachte adem", "wachte adem"),
        ] {
            assert!(!is_small_correction(old, new), "{old} {new}");
        }
        assert!(!is_same_but_for_signs("Je ademt vanzlef.", "Je ademt vanzelf."));
        assert!(is_same_but_for_signs("Je ademt vanzelf", "Je ademt vanzelf."));
    }
}
