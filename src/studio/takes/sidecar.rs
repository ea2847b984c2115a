//! The file beside a take, which says how it was made.

use toml_edit::{Array, DocumentMut, InlineTable, value};

use crate::studio::disk::part_file::{CaptureWay, TakeStart};

/// What a sidecar says at its start.
const ABOUT: &str = "# How the take of this name was recorded. Written by `adem studio`; takes of one `session` are levelled together.\n";

/// What a take was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TakeOrigin<'a> {
    /// It was recorded as it is.
    Recorded,
    /// A part of it, which lies in a file below the folder of the voice, was recorded again and joined to another take.
    Joined { take: &'a str, part: &'a str },
    /// It was cut out of a reading, a file below the folder of the voice, from this frame on.
    Cut { reading: &'a str, from: u64 },
}

/// The text of the file beside a take of so many frames.
pub(super) fn sidecar(
    start: &TakeStart,
    frames: u64,
    origin: TakeOrigin<'_>,
    unheard: Option<UnheardWhy>,
) -> String {
    let mut file = DocumentMut::new();
    file["session"] = value(&start.session);
    file["text"] = value(&start.text);
    file["text-hash"] = value(blake3::hash(start.text.as_bytes()).to_hex().as_str());
    file["started"] = value(&start.started);
    file["rate"] = value(i64::from(start.rate));
    file["frames"] = value(i64::try_from(frames).unwrap_or(i64::MAX));
    file["pre-roll-frames"] = value(i64::try_from(start.pre_roll).unwrap_or(i64::MAX));
    file["path"] = value(start.way.word());
    if !start.drops.is_empty() {
        let drops = start.drops.iter().filter_map(|frame| i64::try_from(*frame).ok());
        file["drop-outs"] = value(drops.collect::<Array>());
        file["record-again"] = value(true);
    }
    // That a reading or a part has its place says nothing about what was made of it.
    match origin {
        TakeOrigin::Recorded => file["take"] = value(&start.take),
        TakeOrigin::Joined { take, part } => {
            file["take"] = value(&start.take);
            file["joined"] = value(InlineTable::from_iter([("take", take), ("part", part)]));
        }
        TakeOrigin::Cut { reading, from } => {
            file["reading"] = value(reading);
            file["from-frame"] = value(i64::try_from(from).unwrap_or(i64::MAX));
        }
    }
    if let Some(why) = unheard {
        file["unheard"] = value(why.word());
    }
    format!("{ABOUT}{file}")
}

/// Why a take has to be heard before it is used in the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnheardWhy {
    /// The page or the program ended while it was recorded, and it was found again.
    Recovered,
    /// The microphone went away.
    CutShort,
    /// A part of it was recorded again and joined to the rest.
    Joined,
    /// Sound was lost on its way from the microphone.
    DropOuts,
}

impl UnheardWhy {
    const WORDS: [(&'static str, Self); 4] = [
        ("recovered", Self::Recovered),
        ("cut-short", Self::CutShort),
        ("joined", Self::Joined),
        ("drop-outs", Self::DropOuts),
    ];

    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize].0
    }

    /// What somebody is told of the take.
    pub fn told(self) -> &'static str {
        match self {
            Self::Recovered => "was cut short and found again",
            Self::CutShort => "was cut short, as the microphone went away",
            Self::Joined => "is joined of two recordings",
            Self::DropOuts => "lost some of its sound in the browser, and is best recorded again",
        }
    }
}

/// Why the take of a sidecar has to be heard, where that is so.
pub(super) fn unheard_of_sidecar(text: &str) -> Option<UnheardWhy> {
    let file: DocumentMut = text.parse().ok()?;
    let why = file.get("unheard")?.as_str()?;
    UnheardWhy::WORDS.iter().find(|(word, _)| *word == why).map(|(_, why)| *why)
}

/// The way by which the take of a sidecar came, and the frames after which sound was lost in it.
pub(super) fn capture_of_sidecar(text: &str) -> (CaptureWay, Vec<u64>) {
    let file: DocumentMut = text.parse().unwrap_or_default();
    let word = file.get("path").and_then(toml_edit::Item::as_str).unwrap_or_default();
    let drops = file.get("drop-outs").and_then(toml_edit::Item::as_array).cloned().unwrap_or_default();
    let frames = drops.iter().filter_map(toml_edit::Value::as_integer);
    (CaptureWay::of(word), frames.filter_map(|frame| u64::try_from(frame).ok()).collect())
}

/// The id of the take that a sidecar is about.
pub(super) fn take_of_sidecar(text: &str) -> Option<String> {
    let file: DocumentMut = text.parse().ok()?;
    Some(file.get("take")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(text: &str) -> TakeStart {
        TakeStart {
            take: "0123456789abcdef0123456789abcdef".to_owned(),
            language: "nl".to_owned(),
            voice: "anna".to_owned(),
            session: "2026-11-28-1".to_owned(),
            phrase: None,
            reading: Some("plek".to_owned()),
            part: None,
            text: text.to_owned(),
            rate: 48_000,
            pre_roll: 24_000,
            started: "2026-11-28T09:30:00Z".to_owned(),
            way: CaptureWay::Processor,
            drops: Vec::new(),
        }
    }

    #[test]
    fn a_cut_of_a_reading_is_not_taken_for_the_reading() {
        let cut = TakeOrigin::Cut { reading: "sessions/2026-11-28-1/reading-plek.wav", from: 480 };
        let text = sidecar(&start("Welkom."), 960, cut, None);
        assert_eq!(take_of_sidecar(&text), None);
        assert!(text.contains("from-frame = 480") && text.contains("session = \"2026-11-28-1\""), "{text}");
    }

    #[test]
    fn a_sidecar_says_where_sound_was_lost() {
        let lossy = TakeStart { way: CaptureWay::Worklet, drops: vec![480, 9_600], ..start("Welkom.") };
        let text = sidecar(&lossy, 48_000, TakeOrigin::Recorded, Some(UnheardWhy::DropOuts));
        assert_eq!(capture_of_sidecar(&text), (CaptureWay::Worklet, vec![480, 9_600]));
        assert_eq!(unheard_of_sidecar(&text), Some(UnheardWhy::DropOuts));
        assert!(text.contains("record-again = true"), "{text}");
        let whole = sidecar(&start("Welkom."), 48_000, TakeOrigin::Recorded, None);
        assert_eq!(capture_of_sidecar(&whole), (CaptureWay::Processor, Vec::new()));
        assert!(!whole.contains("record-again"), "{whole}");
    }

    #[test]
    fn a_sidecar_says_what_was_said_and_which_take_it_was() {
        let start = start("Zeg \"ja\"\nof niets.");
        let text = sidecar(&start, 96_000, TakeOrigin::Recorded, Some(UnheardWhy::CutShort));
        assert_eq!(take_of_sidecar(&text), Some(start.take));
        let file: DocumentMut = text.parse().unwrap();
        assert_eq!(file["text"].as_str(), Some(start.text.as_str()));
        assert_eq!(file["frames"].as_integer(), Some(96_000));
        assert_eq!(unheard_of_sidecar(&text), Some(UnheardWhy::CutShort));
    }
}
