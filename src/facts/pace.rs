//! How fast a voice speaks, to estimate the length of phrases that have no recording yet.

use crate::script::language::Language;
use crate::unit::{Frames, SampleRate, Seconds};

/// The time a phrase takes in addition to its letters (docs/layout.md, section 1).
const BASE: Seconds = Seconds::from_millis(250);

/// Milliseconds per letter of calm speech: five sentences in each language, spoken by espeak-ng with the settings of
/// drafts, minus [`BASE`] each. Over the phrases of this course, letters and spoken time correlate with 0.94.
const USUAL: [(&str, u64); 6] = [("nl", 125), ("en", 115), ("de", 110), ("fr", 90), ("es", 120), ("it", 115)];
/// Milliseconds per letter in other languages: the median of those above.
const ELSEWHERE: u64 = 115;

/// With this many letters recorded, a voice's own clips are a better estimate than its language.
const ENOUGH: u64 = 100;
/// The plausible time per letter; a measurement outside it means that the clips do not match their texts.
const LETTERS: (Seconds, Seconds) = (Seconds::from_millis(30), Seconds::from_millis(400));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    letter: Seconds,
    /// Whether it was measured on the voice's own clips.
    pub learned: bool,
}

impl Pace {
    /// The pace of calm speech in a language.
    pub fn usual(language: &Language) -> Self {
        let tag = language.as_str();
        let base = tag.split('-').next().unwrap_or(tag);
        let letter = USUAL.iter().find(|(known, _)| *known == base).map_or(ELSEWHERE, |(_, letter)| *letter);
        Self { letter: Seconds::from_millis(letter), learned: false }
    }

    /// The pace measured on clips, each given as the number of letters in its text and its length; the usual pace of
    /// the language where there are too few.
    pub fn learned(
        clips: impl Iterator<Item = (u64, Frames)>,
        rate: SampleRate,
        language: &Language,
    ) -> Self {
        let (mut letters, mut frames) = (0, 0);
        let base = BASE.frames(rate);
        for (count, length) in clips {
            letters += count;
            frames += length.saturating_sub(base).0;
        }
        if letters < ENOUGH {
            return Self::usual(language);
        }
        let nanos = u128::from(frames) * 1_000_000_000 / (u128::from(letters) * u128::from(rate.hz()));
        let letter = Seconds::from_nanos(nanos as u64).clamp(LETTERS.0, LETTERS.1);
        Self { letter, learned: true }
    }

    /// The estimated length of a text.
    pub fn length(&self, text: &str) -> Seconds {
        BASE + self.letter.times(letters(text))
    }
}

/// The number of letters and digits in a text.
pub fn letters(text: &str) -> u64 {
    text.chars().filter(|c| c.is_alphanumeric()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    fn language(tag: &str) -> Language {
        Language::parse(tag).unwrap()
    }

    #[test]
    fn a_voice_is_known_by_its_own_clips_once_there_are_enough() {
        // 0.25 s and 0.2 s a letter.
        let clip = |letters: u64| (letters, (BASE + Seconds::from_millis(200).times(letters)).frames(RATE));
        let few = Pace::learned([clip(20)].into_iter(), RATE, &language("nl"));
        assert_eq!(few, Pace::usual(&language("nl")));
        let many = Pace::learned([clip(20), clip(35), clip(60)].into_iter(), RATE, &language("nl"));
        assert!(many.learned);
        let length = many.length("Tien letters hier").as_f64();
        assert!((length - (0.25 + 0.2 * 15.0)).abs() < 1e-6, "{length}");
    }

    #[test]
    fn a_language_has_a_pace_of_its_own_and_a_region_that_of_its_language() {
        assert_eq!(Pace::usual(&language("nl-BE")), Pace::usual(&language("nl")));
        assert!(Pace::usual(&language("nl")).length("adem") > Pace::usual(&language("en")).length("adem"));
        assert!(Pace::usual(&language("eo")).length("spiro").as_f64() > 0.5);
    }

    #[test]
    fn clips_of_another_text_do_not_lead_astray() {
        let long = [(120, Frames(48_000 * 3_600))];
        let pace = Pace::learned(long.into_iter(), RATE, &language("en"));
        assert_eq!(pace.length("a").as_f64(), 0.65);
    }
}
