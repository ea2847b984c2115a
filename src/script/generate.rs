//! The sounds adem makes itself, as a layer of a bed asks for them: which one, and its numbers.

use super::keys;
use crate::diag::Code;
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table, choice};

/// A generated sound and its numbers; what each number means stands in [`keys::LAYER`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Generate {
    /// White noise.
    White {
        /// 0 to 1.
        width: f64,
    },
    /// Pink noise.
    Pink {
        /// 0 to 1.
        width: f64,
    },
    /// Brown noise.
    Brown {
        /// 0 to 1.
        width: f64,
    },
    /// Rain.
    Rain {
        /// 0 to 1.
        heaviness: f64,
        /// 0 to 1.
        nearness: f64,
    },
    /// The sea on a beach.
    Sea {
        /// In seconds.
        period: f64,
        /// 0 to 1.
        surf: f64,
        /// 0 to 1.
        nearness: f64,
    },
    /// Wind in trees.
    Wind {
        /// 0 to 1.
        gusts: f64,
        /// 0 to 1.
        leaves: f64,
    },
    /// Running water.
    Brook {
        /// 0 to 1.
        flow: f64,
        /// 0 to 1.
        nearness: f64,
    },
    /// Drops in a cave.
    Drops {
        /// Drops a second.
        rate: f64,
        /// 0 to 1.
        space: f64,
    },
    /// A drone.
    Drone {
        /// The root in Hz.
        pitch: f64,
        /// What is held over it.
        chord: Chord,
        /// 0 to 1.
        brightness: f64,
    },
}

/// What is held over the root of a drone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chord {
    /// Its octaves.
    Octave,
    /// The fifth.
    Fifth,
    /// The fourth.
    Fourth,
    /// Major third and fifth.
    Major,
    /// Minor third and fifth.
    Minor,
}

impl Chord {
    /// The names of all.
    pub const NAMES: [&'static str; 5] = ["octave", "fifth", "fourth", "major", "minor"];
    const ALL: [Self; 5] = [Self::Octave, Self::Fifth, Self::Fourth, Self::Major, Self::Minor];

    fn read(node: &Node<'_>) -> Option<Self> {
        let name = node.one_of(&Self::NAMES)?;
        Self::NAMES.iter().position(|known| *known == name).map(|index| Self::ALL[index])
    }
}

/// What can be generated, and the numbers each takes.
const KINDS: [(&str, &[&str]); 9] = [
    ("white", &["width"]),
    ("pink", &["width"]),
    ("brown", &["width"]),
    ("rain", &["heaviness", "nearness"]),
    ("sea", &["period", "surf", "nearness"]),
    ("wind", &["gusts", "leaves"]),
    ("brook", &["flow", "nearness"]),
    ("drops", &["rate", "space"]),
    ("drone", &["key", "chord", "brightness"]),
];

impl Generate {
    /// The names of all.
    pub const NAMES: [&'static str; KINDS.len()] = {
        let mut names = [""; KINDS.len()];
        let mut index = 0;
        while index < KINDS.len() {
            names[index] = KINDS[index].0;
            index += 1;
        }
        names
    };

    /// Reads `generate` and the numbers beside it.
    pub(super) fn read(node: &Node<'_>, table: &Table<'_>) -> Option<Self> {
        let name = node.one_of(&Self::NAMES)?;
        refuse_others(table, Some(name));
        let number = |key: &str, usual: f64| number(table, key, usual);
        Some(match name {
            "white" => Self::White { width: number("width", 0.4) },
            "pink" => Self::Pink { width: number("width", 0.4) },
            "brown" => Self::Brown { width: number("width", 0.4) },
            "rain" => Self::Rain { heaviness: number("heaviness", 0.5), nearness: number("nearness", 0.6) },
            "sea" => Self::Sea {
                period: number("period", 9.0),
                surf: number("surf", 0.5),
                nearness: number("nearness", 0.6),
            },
            "wind" => Self::Wind { gusts: number("gusts", 0.5), leaves: number("leaves", 0.5) },
            "brook" => Self::Brook { flow: number("flow", 0.4), nearness: number("nearness", 0.6) },
            "drops" => Self::Drops { rate: number("rate", 1.5), space: number("space", 0.5) },
            _ => {
                // All are read before one can fail: every mistake is told.
                let pitch = table.get("key").map_or(Some(USUAL_KEY), |node| key(&node));
                let chord = table.get("chord").map_or(Some(Chord::Fifth), |node| Chord::read(&node));
                let brightness = number("brightness", 0.4);
                Self::Drone { pitch: pitch?, chord: chord?, brightness }
            }
        })
    }
}

/// D2, in Hz: low enough to carry, high enough for small loudspeakers.
const USUAL_KEY: f64 = 73.416_191_979_351_9;
/// The octaves a drone may lie in.
const OCTAVES: std::ops::RangeInclusive<i32> = 1..=4;

/// The pitch of a key such as "D", "F#2" or "Bb": equal temperament, A4 at 440 Hz, in octave 2 unless told.
fn key(node: &Node<'_>) -> Option<f64> {
    let text = node.words()?;
    let pitch = pitch_of(text.value.trim());
    if pitch.is_none() {
        let unknown = node.refuse(Code::BadChoice, format!("`{}` is no key of a drone", text.value));
        node.sink().emit(
            unknown.help("write a letter from A to G, # or b if need be, and an octave from 1 to 4: \"F#2\""),
        );
    }
    pitch
}

fn pitch_of(text: &str) -> Option<f64> {
    let mut letters = text.chars();
    let letter = letters.next()?.to_ascii_uppercase();
    // Semitones above C.
    let natural = match letter {
        'C' => 0,
        'D' => 2,
        'E' => 4,
        'F' => 5,
        'G' => 7,
        'A' => 9,
        'B' => 11,
        _ => return None,
    };
    let rest = letters.as_str();
    let (sign, octave) = match rest.chars().next() {
        Some('#' | '♯') => (1, &rest[rest.chars().next()?.len_utf8()..]),
        Some('b' | '♭') => (-1, &rest[rest.chars().next()?.len_utf8()..]),
        _ => (0, rest),
    };
    let octave: i32 = if octave.is_empty() { 2 } else { octave.parse().ok()? };
    if !OCTAVES.contains(&octave) {
        return None;
    }
    // A4 is the ninth semitone of octave 4.
    Some(440.0 * 2f64.powf(f64::from(natural + sign - 9) / 12.0 + f64::from(octave - 4)))
}

/// The value of a key within the limits it is listed with, or the usual one.
fn number(table: &Table<'_>, key: &str, usual: f64) -> f64 {
    let Some(Kind::Number(least, most)) = keys::LAYER.find(key).map(|key| key.kind) else {
        panic!("{key} is listed as a number")
    };
    table.get(key).and_then(|node| node.number(least..=most)).unwrap_or(usual)
}

/// Refuses the numbers of other sounds than this one: they would change nothing. `None` is a recording.
pub(super) fn refuse_others(table: &Table<'_>, name: Option<&str>) {
    let own = KINDS.iter().find(|(kind, _)| Some(*kind) == name).map_or(&[][..], |(_, numbers)| numbers);
    let mut known: Vec<&str> = KINDS.iter().flat_map(|(_, numbers)| numbers.iter().copied()).collect();
    known.sort_unstable();
    known.dedup();
    for key in known.into_iter().filter(|key| !own.contains(key)) {
        let Some(node) = table.get(key) else { continue };
        let kinds: Vec<&'static str> =
            KINDS.iter().filter(|(_, numbers)| numbers.contains(&key)).map(|(kind, _)| *kind).collect();
        let of = name.unwrap_or("recording");
        let stray = node.refuse(Code::Clash, format!("a layer of {of} has no `{key}`"));
        table.sink().emit(stray.help(format!("`{key}` belongs to {}; leave it out", choice(&kinds))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_letter_a_sign_and_an_octave() {
        let near = |text: &str, hz: f64| {
            let pitch = pitch_of(text).unwrap_or_else(|| panic!("{text}"));
            assert!((pitch - hz).abs() < 1e-3, "{text}: {pitch}");
        };
        near("A4", 440.0);
        near("a", 110.0);
        near("D2", USUAL_KEY);
        near("C1", 32.703);
        near("F#3", 184.997);
        near("Bb", 116.541);
        near("Cb3", 123.471);
        for wrong in ["", "H", "D0", "D5", "D#-1", "Dm", "F##", "2D"] {
            assert_eq!(pitch_of(wrong), None, "{wrong}");
        }
    }
}
