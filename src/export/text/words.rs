//! The few words that adem itself adds to a text, in the languages it knows.

use crate::script::exercise::Posture;
use crate::script::language::Language;

/// The words of one language.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// A bell is struck.
    pub bell: &'static str,
    /// A swell of air shows how to breathe.
    pub breath: &'static str,
    /// Ticks show how fast to walk.
    pub steps: &'static str,
    /// Nothing but the bed.
    silence: &'static str,
    /// One second, several seconds.
    second: [&'static str; 2],
    /// One minute, several minutes.
    minute: [&'static str; 2],
    /// Who speaks.
    pub voice: &'static str,
    /// A machine speaks.
    pub synthetic: &'static str,
    /// A machine speaks what nobody has recorded yet.
    pub draft: &'static str,
    /// The heading over the parts.
    pub parts: &'static str,
    /// The heading over sentences to remember.
    pub take_along: &'static str,
    /// The heading over room to write.
    pub notes: &'static str,
    /// How loud it is.
    pub loudness: &'static str,
    /// The number of a week.
    pub week: &'static str,
    /// How one practises, in the order of [`Posture`].
    postures: [&'static str; 4],
}

const ENGLISH: Words = Words {
    bell: "bell",
    breath: "breathing cue",
    steps: "footsteps",
    silence: "silence",
    second: ["second", "seconds"],
    minute: ["minute", "minutes"],
    voice: "voice",
    synthetic: "a synthetic voice",
    draft: "a draft, in part spoken by a machine",
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

const DUTCH: Words = Words {
    bell: "bel",
    breath: "ademgeluid",
    steps: "voetstappen",
    silence: "stilte",
    second: ["seconde", "seconden"],
    minute: ["minuut", "minuten"],
    voice: "stem",
    synthetic: "een kunstmatige stem",
    draft: "een proefversie, deels door een machine gesproken",
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

/// Two minutes: a shorter silence is told in seconds, a longer one in minutes and seconds.
const IN_MINUTES: u64 = 120;

impl Words {
    /// The words of a language, whatever its region; English where adem does not know it.
    pub fn of(language: &Language) -> &'static Self {
        match language.as_str().split('-').next() {
            Some("nl") => &DUTCH,
            _ => &ENGLISH,
        }
    }

    /// A sentence about how one practises.
    pub fn posture(&self, posture: Posture) -> &'static str {
        self.postures[posture as usize]
    }

    /// `silence, 40 seconds`.
    pub fn silence(&self, seconds: u64) -> String {
        let count = |count: u64, [one, several]: [&str; 2]| {
            (count > 0).then(|| format!(" {count} {}", if count == 1 { one } else { several }))
        };
        let (minutes, rest) = if seconds >= IN_MINUTES { (seconds / 60, seconds % 60) } else { (0, seconds) };
        let parts = [count(minutes, self.minute), count(rest, self.second)];
        format!("{},{}", self.silence, parts.into_iter().flatten().collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(tag: &str) -> &'static Words {
        Words::of(&Language::parse(tag).unwrap())
    }

    #[test]
    fn a_silence_is_told_as_people_would() {
        assert_eq!(words("en").silence(40), "silence, 40 seconds");
        assert_eq!(words("en").silence(90), "silence, 90 seconds");
        assert_eq!(words("nl-BE").silence(300), "stilte, 5 minuten");
        assert_eq!(words("nl").silence(121), "stilte, 2 minuten 1 seconde");
    }

    #[test]
    fn a_language_without_words_gets_those_of_english() {
        assert_eq!(words("fi"), words("en"));
    }
}
