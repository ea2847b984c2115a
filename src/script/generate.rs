//! Generated sounds as layers of a bed: which sound, and its numbers.

use crate::diag::Code;
use crate::toml::key::{DefaultValue, Key, count_distinct, distinct, words};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table, choice};

/// A generated sound and its numbers, whose meanings are documented in their keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Generate {
    White {
        /// 0 to 1.
        width: f64,
    },
    Pink {
        /// 0 to 1.
        width: f64,
    },
    Brown {
        /// 0 to 1.
        width: f64,
    },
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
    /// Wind, in the open or in trees.
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
        chord: Chord,
        /// 0 to 1.
        brightness: f64,
    },
    /// A wood fire.
    Fire {
        /// 0 to 1.
        crackle: f64,
        /// 0 to 1.
        flames: f64,
    },
    /// A summer night.
    Night {
        /// 0 to 1.
        crickets: f64,
        /// 0 to 1.
        frogs: f64,
    },
    /// The surf of an open coast.
    Surf {
        /// In seconds.
        period: f64,
        /// 0 to 1.
        distance: f64,
    },
    /// Thunder far off.
    Thunder {
        /// In seconds.
        every: f64,
        /// 0 to 1.
        distance: f64,
    },
    /// A waterfall.
    Waterfall {
        /// 0 to 1.
        flow: f64,
        /// 0 to 1.
        nearness: f64,
    },
    /// A singing bowl that is played.
    Bowl {
        /// In Hz.
        pitch: f64,
        /// Strokes a minute.
        strokes: f64,
        /// 0 to 1.
        rubbing: f64,
    },
    /// A tanpura.
    Tanpura {
        /// The lowest string in Hz.
        pitch: f64,
        /// The ratio of the first string to the lowest.
        first: f64,
        /// 0 to 1.
        brightness: f64,
        /// In seconds.
        round: f64,
    },
}

/// The tones of a drone besides its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chord {
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
    const WORDS: [(&'static str, Self); 5] = [
        ("octave", Self::Octave),
        ("fifth", Self::Fifth),
        ("fourth", Self::Fourth),
        ("major", Self::Major),
        ("minor", Self::Minor),
    ];
}

/// A sound that can be generated.
struct Sound {
    name: &'static str,
    /// The keys of its numbers; those of other sounds are refused.
    numbers: &'static [Key],
    /// Reads the numbers from the layer.
    read: fn(&Table<'_>) -> Option<Generate>,
}

/// Every sound that can be generated.
static SOUNDS: [Sound; 16] = [
    Sound {
        name: "white",
        numbers: &[WIDTH],
        read: |layer| Some(Generate::White { width: layer.number("width") }),
    },
    Sound {
        name: "pink",
        numbers: &[WIDTH],
        read: |layer| Some(Generate::Pink { width: layer.number("width") }),
    },
    Sound {
        name: "brown",
        numbers: &[WIDTH],
        read: |layer| Some(Generate::Brown { width: layer.number("width") }),
    },
    Sound {
        name: "rain",
        numbers: &[HEAVINESS, NEARNESS],
        read: |layer| {
            Some(Generate::Rain { heaviness: layer.number("heaviness"), nearness: layer.number("nearness") })
        },
    },
    Sound {
        name: "sea",
        numbers: &[PERIOD, SURF, NEARNESS],
        read: |layer| {
            Some(Generate::Sea {
                period: layer.number("period"),
                surf: layer.number("surf"),
                nearness: layer.number("nearness"),
            })
        },
    },
    Sound {
        name: "wind",
        numbers: &[GUSTS, LEAVES],
        read: |layer| Some(Generate::Wind { gusts: layer.number("gusts"), leaves: layer.number("leaves") }),
    },
    Sound {
        name: "brook",
        numbers: &[FLOW, NEARNESS],
        read: |layer| {
            Some(Generate::Brook { flow: layer.number("flow"), nearness: layer.number("nearness") })
        },
    },
    Sound {
        name: "drops",
        numbers: &[RATE, SPACE],
        read: |layer| Some(Generate::Drops { rate: layer.number("rate"), space: layer.number("space") }),
    },
    Sound { name: "drone", numbers: &[ROOT, CHORD, BRIGHTNESS], read: read_drone },
    Sound {
        name: "fire",
        numbers: &[CRACKLE, FLAMES],
        read: |layer| {
            Some(Generate::Fire { crackle: layer.number("crackle"), flames: layer.number("flames") })
        },
    },
    Sound {
        name: "night",
        numbers: &[CRICKETS, FROGS],
        read: |layer| {
            Some(Generate::Night { crickets: layer.number("crickets"), frogs: layer.number("frogs") })
        },
    },
    Sound {
        name: "surf",
        numbers: &[PERIOD, DISTANCE],
        read: |layer| {
            Some(Generate::Surf { period: layer.number("period"), distance: layer.number("distance") })
        },
    },
    Sound {
        name: "thunder",
        numbers: &[EVERY, DISTANCE],
        read: |layer| {
            Some(Generate::Thunder { every: layer.number("every"), distance: layer.number("distance") })
        },
    },
    Sound {
        name: "waterfall",
        numbers: &[FLOW, NEARNESS],
        read: |layer| {
            Some(Generate::Waterfall { flow: layer.number("flow"), nearness: layer.number("nearness") })
        },
    },
    Sound {
        name: "bowl",
        numbers: &[ROOT, STROKES, RUBBING],
        read: |layer| {
            let (strokes, rubbing) = (layer.number("strokes"), layer.number("rubbing"));
            Some(Generate::Bowl { pitch: root_of(layer)?, strokes, rubbing })
        },
    },
    Sound { name: "tanpura", numbers: &[ROOT, FIRST, BRIGHTNESS, ROUND], read: read_tanpura },
];

/// A share of the whole.
const SHARE: Kind = Kind::Number(0.0, 1.0);

const WIDTH: Key = Key::new(
    "width",
    SHARE,
    "0.4",
    "white, pink and brown: how much left and right differ, from 0 (mono) to 1. Default {default}.",
)
.or(DefaultValue::Number(0.4));
const HEAVINESS: Key =
    Key::new("heaviness", SHARE, "0.5", "rain: from a drizzle (0) to a downpour (1). Default {default}.")
        .or(DefaultValue::Number(0.5));
const NEARNESS: Key = Key::new(
    "nearness",
    SHARE,
    "0.6",
    "rain, sea, brook and waterfall: how near the water is and how much single drops and bubbles stand out, {range}. Default {default}.",
)
.or(DefaultValue::Number(0.6));
const PERIOD: Key = Key::new(
    "period",
    Kind::Number(4.0, 20.0),
    "9",
    "sea and surf: seconds from one wave to the next, on average, {range}. Default {default}.",
)
.or(DefaultValue::Number(9.0));
const SURF: Key = Key::new(
    "surf",
    SHARE,
    "0.5",
    "sea: from hardly any waves (0) to breakers with quiet between them (1). Default {default}.",
)
.or(DefaultValue::Number(0.5));
const FLOW: Key = Key::new(
    "flow",
    SHARE,
    "0.4",
    "brook: from a trickle (0) through a brook (0.4) to a broad river (1); waterfall: from a thin fall to a wide one. Default {default}.",
)
.or(DefaultValue::Number(0.4));
const RATE: Key =
    Key::new("rate", Kind::Number(0.5, 8.0), "1.5", "drops: drops a second, {range}. Default {default}.")
        .or(DefaultValue::Number(1.5));
const SPACE: Key = Key::new(
    "space",
    SHARE,
    "0.5",
    "drops: from the open air (0) to a large cave with echoes (1). Default {default}.",
)
.or(DefaultValue::Number(0.5));
const ROOT: Key = Key::new(
    "key",
    Kind::Words,
    "\"D2\"",
    "drone, bowl and tanpura: the root of the drone, the pitch of the bowl, the lowest string; a letter with # or b and an octave from 1 to 4 (2 if omitted); A4 is 440 Hz. Default {default}.",
)
.or(DefaultValue::Word(USUAL_ROOT));
const CHORD: Key = Key::new(
    "chord",
    Kind::OneOf(&words(&Chord::WORDS)),
    "\"fifth\"",
    "drone: the tones besides the root: octave, fifth, fourth, major or minor. Default {default}.",
)
.or(DefaultValue::Word(USUAL_CHORD.0));
const BRIGHTNESS: Key = Key::new(
    "brightness",
    SHARE,
    "0.4",
    "drone: from a dark hum (0) to many overtones (1); tanpura: from dull (0) to buzzing (1). Default {default}.",
)
.or(DefaultValue::Number(0.4));
const GUSTS: Key = Key::new(
    "gusts",
    SHARE,
    "0.5",
    "wind: from a breeze that hardly changes (0) to strong gusts (1). Default {default}.",
)
.or(DefaultValue::Number(0.5));
const LEAVES: Key = Key::new(
    "leaves",
    SHARE,
    "0",
    "wind: from the open field (0) to a wood of poplars (1). Default {default}.",
)
.or(DefaultValue::Number(0.0));
const CRACKLE: Key =
    Key::new("crackle", SHARE, "0.5", "fire: from glowing coals (0) to fresh wood (1). Default {default}.")
        .or(DefaultValue::Number(0.5));
const FLAMES: Key =
    Key::new("flames", SHARE, "0.5", "fire: from embers (0) to a blaze (1). Default {default}.")
        .or(DefaultValue::Number(0.5));
const CRICKETS: Key =
    Key::new("crickets", SHARE, "0.5", "night: from no cricket (0) to a field full (1). Default {default}.")
        .or(DefaultValue::Number(0.5));
const FROGS: Key =
    Key::new("frogs", SHARE, "0.5", "night: from no frog (0) to a pond nearby (1). Default {default}.")
        .or(DefaultValue::Number(0.5));

const DISTANCE: Key = Key::new(
    "distance",
    SHARE,
    "0.5",
    "surf: from the water's edge (0) to a village behind the dunes (1); thunder: from a few kilometres off to beyond the horizon. Default {default}.",
)
.or(DefaultValue::Number(0.5));
const EVERY: Key = Key::new(
    "every",
    Kind::Number(15.0, 300.0),
    "60",
    "thunder: seconds from one roll to the next, on average, {range}. Default {default}.",
)
.or(DefaultValue::Number(60.0));

const STROKES: Key = Key::new(
    "strokes",
    Kind::Number(4.0, 10.0),
    "6",
    "bowl: how often it is struck or rubbed in a minute, {range}. Default {default}.",
)
.or(DefaultValue::Number(6.0));
const RUBBING: Key =
    Key::new("rubbing", SHARE, "0.3", "bowl: from only struck (0) to only rubbed (1). Default {default}.")
        .or(DefaultValue::Number(0.3));
const FIRST: Key = Key::new(
    "first",
    Kind::OneOf(&words(&FIRST_STRINGS)),
    "\"fifth\"",
    "tanpura: what its first string is tuned to over the lowest: fifth, fourth or seventh. Default {default}.",
)
.or(DefaultValue::Word(FIRST_STRINGS[0].0));
const ROUND: Key = Key::new(
    "round",
    Kind::Number(4.0, 10.0),
    "6",
    "tanpura: the seconds in which its four strings are plucked on average, {range}. Default {default}.",
)
.or(DefaultValue::Number(6.0));

/// The key of a layer that makes it a generated sound.
pub(super) const GENERATE: Key = Key::new(
    "generate",
    Kind::OneOf(&Generate::NAMES),
    "\"rain\"",
    "Instead, a sound generated by adem, which never repeats.",
);

/// The numbers of each sound.
const NUMBERS_OF: [&[Key]; SOUNDS.len()] = {
    let mut lists: [&[Key]; SOUNDS.len()] = [&[]; SOUNDS.len()];
    let mut at = 0;
    while at < SOUNDS.len() {
        lists[at] = SOUNDS[at].numbers;
        at += 1;
    }
    lists
};
/// The numbers of all sounds, each once, in the order of [`SOUNDS`].
pub(super) const NUMBERS: [Key; count_distinct(&NUMBERS_OF)] = distinct(&NUMBERS_OF);

impl Generate {
    pub const NAMES: [&'static str; SOUNDS.len()] = {
        let mut names = [""; SOUNDS.len()];
        let mut at = 0;
        while at < SOUNDS.len() {
            names[at] = SOUNDS[at].name;
            at += 1;
        }
        names
    };

    /// The names of the sounds that have this key.
    pub fn with_key(key: &str) -> impl Iterator<Item = &'static str> {
        let has = move |sound: &&Sound| sound.numbers.iter().any(|number| number.name == key);
        SOUNDS.iter().filter(has).map(|sound| sound.name)
    }

    /// Reads `generate` and the numbers beside it.
    pub(super) fn read(node: &Node<'_>, layer: &Table<'_>) -> Option<Self> {
        let name = node.one_of(&Self::NAMES.map(|name| (name, name)))?;
        refuse_others(layer, Some(name));
        let sound = SOUNDS.iter().find(|sound| sound.name == name)?;
        (sound.read)(layer)
    }
}

/// Reads all values before returning, so that every error is reported.
fn read_drone(layer: &Table<'_>) -> Option<Generate> {
    let pitch = root_of(layer);
    let chord = layer.get("chord").map_or(Some(USUAL_CHORD.1), |node| node.one_of(&Chord::WORDS));
    let brightness = layer.number("brightness");
    Some(Generate::Drone { pitch: pitch?, chord: chord?, brightness })
}

/// As [`read_drone`].
fn read_tanpura(layer: &Table<'_>) -> Option<Generate> {
    let pitch = root_of(layer);
    let first = layer.get("first").map_or(Some(FIRST_STRINGS[0].1), |node| node.one_of(&FIRST_STRINGS));
    let (brightness, round) = (layer.number("brightness"), layer.number("round"));
    Some(Generate::Tanpura { pitch: pitch?, first: first?, brightness, round })
}

/// The tunings of the first string of a tanpura, as ratios to the lowest: pa, ma and ni.
const FIRST_STRINGS: [(&str, f64); 3] = [("fifth", 1.5), ("fourth", 4.0 / 3.0), ("seventh", 1.875)];

/// The pitch of the key of a layer, in Hz.
fn root_of(layer: &Table<'_>) -> Option<f64> {
    layer.get("key").map_or(Some(USUAL_PITCH), |node| read_root(&node))
}

const USUAL_ROOT: &str = "D2";
/// The pitch of `USUAL_ROOT` in Hz: low, but high enough for small loudspeakers.
const USUAL_PITCH: f64 = 73.416_191_979_351_9;
const USUAL_CHORD: (&str, Chord) = Chord::WORDS[1];
/// The octaves a root may lie in.
const OCTAVES: std::ops::RangeInclusive<i32> = 1..=4;

/// The pitch of a key such as "D", "F#2" or "Bb": equal temperament, A4 at 440 Hz, octave 2 by default.
fn read_root(node: &Node<'_>) -> Option<f64> {
    let text = node.words()?;
    let pitch = pitch_of(text.value.trim());
    if pitch.is_none() {
        let unknown = node.refuse(Code::BadChoice, format!("`{}` is not a musical key", text.value));
        node.sink().emit(unknown.help(
            "write a letter from A to G, optionally # or b, and an octave from 1 to 4, such as \"F#2\"",
        ));
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

/// Refuses the numbers of sounds other than this one, which would have no effect. `None` stands for a recording.
pub(super) fn refuse_others(layer: &Table<'_>, name: Option<&str>) {
    for key in NUMBERS.map(|number| number.name) {
        let sounds: Vec<_> = Generate::with_key(key).collect();
        let Some(node) = layer.get(key).filter(|_| !sounds.iter().any(|sound| Some(*sound) == name)) else {
            continue;
        };
        let of = name.map_or("a recording".to_owned(), |name| format!("`{name}`"));
        let stray = node.refuse(Code::Clash, format!("a layer with {of} has no `{key}`"));
        layer.sink().emit(stray.help(format!("`{key}` belongs to {}; remove it", choice(&sounds))));
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
        near(USUAL_ROOT, USUAL_PITCH);
        near("C1", 32.703);
        near("F#3", 184.997);
        near("Bb", 116.541);
        near("Cb3", 123.471);
        for wrong in ["", "H", "D0", "D5", "D#-1", "Dm", "F##", "2D"] {
            assert_eq!(pitch_of(wrong), None, "{wrong}");
        }
    }
}
