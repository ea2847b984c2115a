//! The words that adem itself adds to texts, in the languages it has them in.

use crate::layout::CueType;
use crate::script::exercise::Posture;
use crate::script::language::Language;

/// The words of one language.
#[derive(Debug)]
pub struct AddedWords {
    cue: fn(CueType) -> &'static str,
    silence: &'static str,
    /// Singular and plural.
    second: [&'static str; 2],
    /// Singular and plural.
    minute: [&'static str; 2],
    pub voice: &'static str,
    /// The disclosure of a synthetic voice.
    pub synthetic: &'static str,
    /// The disclosure of drafts.
    pub draft: &'static str,
    /// The heading of what is read before a track.
    pub before: &'static str,
    /// The heading of the list of parts.
    pub parts: &'static str,
    /// The heading of the main sentences.
    pub take_along: &'static str,
    /// The heading of the room for notes.
    pub notes: &'static str,
    pub loudness: &'static str,
    pub week: &'static str,
    /// A sentence for each posture, in the order of [`Posture`].
    postures: [&'static str; 4],
}

static ENGLISH: AddedWords = AddedWords {
    cue: |cue| match cue {
        CueType::Bell => "bell",
        CueType::Breath => "breathing cue",
        CueType::Step => "footsteps",
    },
    silence: "silence",
    second: ["second", "seconds"],
    minute: ["minute", "minutes"],
    voice: "voice",
    synthetic: "a synthetic voice",
    draft: "a draft, in part spoken by a machine",
    before: "Before you begin",
    parts: "The exercise",
    take_along: "To take along",
    notes: "What I noticed",
    loudness: "loudness",
    week: "week",
    postures: [
        "Sit, stand or lie as suits you now.",
        "Sit in a way that is kind to you.",
        "Lie down in a way that is kind to you.",
        "Walk where it is quiet and safe, with your eyes open.",
    ],
};

static DUTCH: AddedWords = AddedWords {
    cue: |cue| match cue {
        CueType::Bell => "bel",
        CueType::Breath => "ademgeluid",
        CueType::Step => "voetstappen",
    },
    silence: "stilte",
    second: ["seconde", "seconden"],
    minute: ["minuut", "minuten"],
    voice: "stem",
    synthetic: "een kunstmatige stem",
    draft: "een proefversie, deels door een machine gesproken",
    before: "Voor je begint",
    parts: "De oefening",
    take_along: "Om mee te nemen",
    notes: "Wat ik merkte",
    loudness: "luidheid",
    week: "week",
    postures: [
        "Zit, sta of lig zoals het je nu past.",
        "Ga zitten op een manier die mild is voor jezelf.",
        "Ga liggen op een manier die mild is voor jezelf.",
        "Loop waar het rustig en veilig is, met je ogen open.",
    ],
};

/// From this length, in seconds, a silence is given in minutes and seconds.
const MINUTES_FROM: u64 = 120;

impl AddedWords {
    /// The words of a language, whatever its region; the English ones where adem has none.
    pub fn of(language: &Language) -> &'static Self {
        match language.as_str().split('-').next() {
            Some("nl") => &DUTCH,
            _ => &ENGLISH,
        }
    }

    /// What captions call a cue; breaths and paces in a row are one sound.
    pub fn cue(&self, cue: CueType) -> &'static str {
        (self.cue)(cue)
    }

    /// The sentence for a posture.
    pub fn posture(&self, posture: Posture) -> &'static str {
        self.postures[posture as usize]
    }

    /// `silence, 40 seconds`.
    pub fn silence(&self, seconds: u64) -> String {
        let count = |count: u64, [one, several]: [&str; 2]| {
            (count > 0).then(|| format!(" {count} {}", if count == 1 { one } else { several }))
        };
        let (minutes, rest) =
            if seconds >= MINUTES_FROM { (seconds / 60, seconds % 60) } else { (0, seconds) };
        let parts = [count(minutes, self.minute), count(rest, self.second)];
        format!("{},{}", self.silence, parts.into_iter().flatten().collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(tag: &str) -> &'static AddedWords {
        AddedWords::of(&Language::parse(tag).unwrap())
    }

    #[test]
    fn a_short_silence_is_in_seconds_and_a_long_one_in_minutes() {
        assert_eq!(words("en").silence(40), "silence, 40 seconds");
        assert_eq!(words("en").silence(90), "silence, 90 seconds");
        assert_eq!(words("nl-BE").silence(300), "stilte, 5 minuten");
        assert_eq!(words("nl").silence(121), "stilte, 2 minuten 1 seconde");
    }

    #[test]
    fn a_language_without_words_gets_those_of_english() {
        assert!(std::ptr::eq(words("fi"), words("en")));
    }
}
