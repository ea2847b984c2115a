//! Every key of every TOML file, once: what it is called, what it means and how a value of it looks.
//!
//! Readers refuse what is not listed here, messages quote it, and documents can be made from it.

use super::elastic::A_PAUSE;
use super::exercise::{Guidance, Role};
use super::generate::{Chord, Generate};
use super::step::{GAIN, ONE_STEP, WHEN};
use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::delivery::publish::Extra;
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::unit::SampleRate;

/// A bed: its name, or a table.
const A_BED: Kind = Kind::Either(&[Kind::Name, Kind::Table(&BED)]);
/// A share of the whole.
const SHARE: Kind = Kind::Number(0.0, 1.0);
/// `scripts/<id>.toml`.
pub static SCRIPT: TableKeys = TableKeys::new(
    "a script",
    &[
        Key::new("track", Kind::Whole(1, 999), "2", "The number of the track in the course, 1 to 999."),
        Key::needed(
            "language",
            Kind::Language,
            "\"nl\"",
            "The language the texts are written in, as a tag such as nl or pt-BR.",
        ),
        Key::needed(
            "title",
            Kind::Words,
            "\"De veilige plek\"",
            "The title of the exercise, in that language.",
        ),
        Key::new(
            "author",
            Kind::Words,
            "\"Anna de Vries\"",
            "Who wrote this exercise; the composer in tags. Default the `author` of [publish] in course.toml.",
        ),
        Key::new(
            "posture",
            Kind::OneOf(&["any", "sit", "lie", "walk"]),
            "\"sit\"",
            "How one practises: any, sit, lie or walk. Default any.",
        ),
        Key::new(
            "length",
            Kind::Table(&LENGTH),
            "{ usual = \"15m\", least = \"8m\", most = \"30m\" }",
            "The author's judgement of how long the exercise can sensibly be.",
        ),
        Key::new(
            "levels",
            Kind::List(&Kind::OneOf(&Guidance::NAMES)),
            "[\"full\", \"light\"]",
            "The guidance levels the exercise may have: full, light, bells. Default full and light.",
        ),
        Key::new(
            "bed",
            A_BED,
            "{ use = \"regen\", under = 12 }",
            "The ambience under the exercise; default that of the course.",
        ),
        Key::new("head", A_PAUSE, "1", "Silence before the first sound: a pause. Default 1 s, 0.5 to 3."),
        Key::new("tail", A_PAUSE, "4", "Silence after the last sound: a pause. Default 4 s, 0.5 to 15."),
        Key::new(
            "seed",
            Kind::Whole(0, u64::MAX),
            "1",
            "The seed of everything random in its sound. Default 0.",
        ),
        Key::new(
            "choices",
            Kind::Table(&CHOICES),
            "{ einde = [\"terug\", \"slaap\"] }",
            "What a listener may choose, each with its values; the first is the usual one.",
        ),
        Key::needed(
            "part",
            Kind::List(&Kind::Table(&PART)),
            "[[part]]\nuse = \"aankomen\"",
            "The parts, in order; each becomes a chapter.",
        ),
        Key::new(
            "cue",
            Kind::List(&Kind::Table(&CUE)),
            "[[cue]]\nat = \"end-9s\"\nbell = \"zacht\"",
            "Bells at clock times, laid over the steps.",
        ),
    ],
);

/// `scripts/fragments/<name>.toml`.
pub static FRAGMENT: TableKeys = TableKeys::new(
    "a fragment",
    &[
        Key::needed("language", Kind::Language, "\"nl\"", "The language the texts are written in."),
        Key::new(
            "title",
            Kind::Words,
            "\"Aankomen\"",
            "The title a part gets that uses it and has none of its own.",
        ),
        Key::new(
            "role",
            Kind::OneOf(&Role::NAMES),
            "\"arrival\"",
            "arrival or closing: what a part is that it makes. Default neither.",
        ),
        Key::needed("steps", Kind::List(&ONE_STEP), "[{ pause = 8 }]", "Its steps, in order."),
    ],
);

/// `length = { … }` of a script.
pub static LENGTH: TableKeys = TableKeys::new(
    "a length",
    &[
        Key::needed("usual", Kind::Time, "\"15m\"", "The length when nobody asks for another."),
        Key::needed("least", Kind::Time, "\"8m\"", "The shortest length that is still this exercise."),
        Key::needed("most", Kind::Time, "\"30m\"", "The longest length that makes sense."),
    ],
);

/// `[[part]]`.
pub static PART: TableKeys = TableKeys::new(
    "a part",
    &[
        Key::new("title", Kind::Words, "\"Een plek\"", "The title of the chapter."),
        Key::new("use", Kind::Name, "\"aankomen\"", "A fragment whose steps the part has."),
        Key::new("steps", Kind::List(&ONE_STEP), "[{ pause = 8 }]", "Its steps, in order."),
        Key::new(
            "script",
            Kind::Name,
            "\"veilige-plek\"",
            "Another script whose parts it has, in a programme; it becomes one chapter.",
        ),
        Key::new(
            "whole",
            Kind::Flag,
            "false",
            "Whether that script comes with its arrival and closing. Default true.",
        ),
        Key::new(
            "length",
            Kind::Time,
            "\"20m\"",
            "How long the part is, exactly, whatever the length of the whole. Default: it bends with the rest.",
        ),
        Key::new(
            "role",
            Kind::OneOf(&Role::NAMES),
            "\"arrival\"",
            "arrival or closing: what a programme can leave out. Default neither.",
        ),
        Key::new("bed", A_BED, "{ use = \"zee\" }", "Another ambience from here on, or \"none\"."),
        Key::new(
            "at",
            Kind::Either(&[Kind::Clock, Kind::OneOf(&["minute"])]),
            "\"5m\"",
            "When the part begins: a clock time from the start or from the end, or \"minute\" for the nearest whole minute. Default: when the one before is over.",
        ),
        Key::new(
            "when",
            Kind::Table(&WHEN),
            "{ einde = \"slaap\" }",
            "The choices the part belongs to. Default: every version has it.",
        ),
    ],
);

/// `choices = { … }` of a script: names of the author's choosing.
pub static CHOICES: TableKeys = TableKeys::named("the choices", Kind::List(&Kind::Name));

/// `[[cue]]`.
pub static CUE: TableKeys = TableKeys::new(
    "a cue",
    &[
        Key::needed("at", Kind::Clock, "\"5m\"", "A clock time from the start, or \"end-9s\"."),
        Key::needed("bell", Kind::Name, "\"zacht\"", "The bell to strike."),
        Key::new("gain", GAIN, "-3", "Its level in dB; without it adem finds one."),
        Key::new(
            "over",
            Kind::Flag,
            "true",
            "Whether a phrase may sound over it; a cue never makes one wait. Default true.",
        ),
    ],
);

/// `bed = { … }`.
pub static BED: TableKeys = TableKeys::new(
    "a bed",
    &[
        Key::new("use", Kind::Name, "\"regen\"", "The ambience, a file of ambience/, or \"none\"."),
        Key::new(
            "under",
            Kind::Level(0.0, 40.0),
            "12",
            "How far below the voice it lies while the voice is silent, in LU. Default 12.",
        ),
        Key::new("gain", GAIN, "-20", "A level in dB instead, as the file is; then `under` plays no part."),
        Key::new("fade_in", Kind::Time, "4", "Seconds in which it comes. Default 4."),
        Key::new("fade_out", Kind::Time, "6", "Seconds in which it goes. Default 6."),
        Key::new("cross", Kind::Time, "6", "Seconds in which it takes over from another bed. Default 6."),
        Key::new("duck", Kind::Table(&DUCK), "{ depth = 8 }", "How it makes way for the voice."),
    ],
);

/// `duck = { … }`.
pub static DUCK: TableKeys = TableKeys::new(
    "a duck",
    &[
        Key::new(
            "lead",
            Kind::Time,
            "2",
            "Seconds before a phrase at which the bed begins to fall. Default 2.",
        ),
        Key::new("fall", Kind::Time, "1.6", "Seconds in which it falls. Default 1.6."),
        Key::new("hold", Kind::Time, "10", "Pauses up to this long are held through. Default 10."),
        Key::new("rise", Kind::Time, "4", "Seconds in which it comes back. Default 4."),
        Key::new(
            "depth",
            Kind::Level(0.0, 60.0),
            "8",
            "How far it falls, in dB. Default what brings it 20 LU below the voice.",
        ),
        Key::new(
            "shape",
            Kind::OneOf(&["cosine", "linear"]),
            "\"cosine\"",
            "cosine or linear, both in dB. Default cosine.",
        ),
    ],
);

/// `course.toml`.
pub static COURSE: TableKeys = TableKeys::new(
    "a course",
    &[
        Key::needed(
            "title",
            Kind::Words,
            "\"Mild aanwezig\"",
            "The title of the course, in its first language.",
        ),
        Key::needed(
            "languages",
            Kind::List(&Kind::Language),
            "[\"nl\", \"en\"]",
            "Its languages; the first is the one it is written in.",
        ),
        Key::new(
            "voices",
            Kind::Table(&VOICES),
            "{ nl = \"duif\" }",
            "The voice that speaks each language unless another is asked for.",
        ),
        Key::new(
            "defaults",
            Kind::Table(&DEFAULTS),
            "[defaults]\nbed = \"regen\"",
            "What holds for every script that says nothing else.",
        ),
        Key::new(
            "presets",
            Kind::Table(&PRESETS),
            "[presets.podcast]\ntarget = -16",
            "Sets of numbers for finished files; those below are in every course, and a table changes what it says of them.",
        ),
        Key::new(
            "publish",
            Kind::Table(&PUBLISH),
            "[publish]\nauthor = \"Anna de Vries\"",
            "What finished files say about themselves, and which files come with a render.",
        ),
        Key::new(
            "week",
            Kind::List(&Kind::Table(&WEEK)),
            "[[week]]\nnumber = 1\ntracks = [1, 2, 3]",
            "The weeks, and which tracks each has.",
        ),
    ],
);

/// `[defaults]` of a course.
pub static DEFAULTS: TableKeys = TableKeys::new(
    "the defaults",
    &[
        Key::new("bed", A_BED, "{ use = \"regen\" }", "The ambience."),
        Key::new("preset", Kind::Name, "\"stream\"", "The preset. Default stream."),
    ],
);

/// `[presets]` and `voices = { … }`: names of the user's choosing.
pub static PRESETS: TableKeys = TableKeys::named("the presets", Kind::Table(&PRESET));

/// The voices of a course, by language.
pub static VOICES: TableKeys = TableKeys::named("the voices", Kind::Name);

/// `[presets.name]`.
pub static PRESET: TableKeys = TableKeys::new(
    "a preset",
    &[
        Key::new(
            "anchor",
            Kind::OneOf(&["speech", "integrated"]),
            "\"speech\"",
            "What is brought to the target: speech, or integrated for the whole file.",
        ),
        Key::new(
            "target",
            Kind::Number(-40.0, -10.0),
            "-18",
            "Its loudness in LUFS, -40 to -10. Default -18.",
        ),
        Key::new(
            "ceiling",
            Kind::Level(-12.0, -0.1),
            "-2",
            "The highest true peak in dBTP, -12 to -0.1. Default -2.",
        ),
        Key::new(
            "voiceless",
            Kind::Number(-40.0, -10.0),
            "-23",
            "The loudness of a whole version in which nobody speaks, in LUFS. Default -23.",
        ),
        Key::new(
            "bells",
            Kind::Level(0.0, 40.0),
            "8",
            "How far below the voice the loudest moment of a bell lies, in LU. Default 8.",
        ),
        Key::new(
            "head",
            Kind::Time,
            "0.8",
            "The most seconds of silence before the first sound. Default: as the script says.",
        ),
        Key::new(
            "tail",
            Kind::Time,
            "2.5",
            "The most seconds of silence that follow the last step. Default: as the script says.",
        ),
        Key::new(
            "accessible",
            Kind::Flag,
            "true",
            "Every phrase lies at least 20 dB above the bed, which comes as much lower as that needs. Default false.",
        ),
        Key::new(
            "rate",
            Kind::Whole(SampleRate::LEAST as u64, SampleRate::MOST as u64),
            "48000",
            "Frames a second, 8000 to 192000. Default 48000.",
        ),
        Key::new(
            "format",
            Kind::OneOf(&Format::NAMES),
            "\"wav24\"",
            "wav16, wav24 (or wav), wav32f, flac, mp3, m4a (AAC), opus or ogg (Vorbis). Default wav24.",
        ),
        Key::new(
            "channels",
            Kind::OneOf(&["mono", "stereo"]),
            "\"stereo\"",
            "mono or stereo. Default stereo.",
        ),
        Key::new(
            "mp3",
            Kind::Either(&[Kind::Whole(8, 320), Kind::OneOf(&Coding::VARIABLE)]),
            "128",
            "The bit rate of MP3 files: constant, in kbit/s, or variable, \"v0\" (the largest) to \"v9\". Default 192; 96 below 32 kHz and 48 below 16.",
        ),
        Key::new(
            "m4a",
            Kind::Whole(16, 320),
            "128",
            "The bit rate of M4A files (AAC-LC) in kbit/s. Default 192, mono 96; half as much below 32 kHz and a quarter below 16.",
        ),
        Key::new(
            "opus",
            Kind::Whole(6, 510),
            "96",
            "The bit rate of Opus files in kbit/s. Default 96, mono 64.",
        ),
        Key::new(
            "ogg",
            Kind::Number(-1.0, 10.0),
            "4",
            "The quality of Ogg Vorbis files, -1 to 10. Default 4, some 128 kbit/s in stereo.",
        ),
    ],
);

/// `[publish]` of a course.
pub static PUBLISH: TableKeys = TableKeys::new(
    "what is published",
    &[
        Key::new(
            "files",
            Kind::List(&Kind::OneOf(&Extra::NAMES)),
            "[\"mp3\", \"vtt\", \"transcript.md\"]",
            "What a render writes: formats of sound and files beside them. Without a format that of the preset. Default timeline.json, qc.json, vtt, chapters.json and transcript.md.",
        ),
        Key::new(
            "author",
            Kind::Words,
            "\"Anna de Vries\"",
            "Who wrote the exercises, where a script names nobody itself; the composer in tags.",
        ),
        Key::new("year", Kind::Whole(1900, 9999), "2026", "The year of publication."),
        Key::new("genre", Kind::Words, "\"Meditation\"", "The genre in tags. Default Meditation."),
        Key::new("copyright", Kind::Words, "\"© 2026 Anna de Vries\"", "The line of copyright."),
        Key::new("licence", Kind::Words, "\"CC-BY-4.0\"", "The licence of the finished files."),
        Key::new(
            "cover",
            Kind::Words,
            "\"cover.png\"",
            "A square PNG or JPEG of the course folder to show with every track; without it adem draws one.",
        ),
    ],
);

/// `[[week]]`.
pub static WEEK: TableKeys = TableKeys::new(
    "a week",
    &[
        Key::needed("number", Kind::Whole(1, 999), "1", "Its number."),
        Key::new("title", Kind::Words, "\"Aankomen\"", "Its title."),
        Key::new("tracks", Kind::List(&Kind::Whole(1, 999)), "[1, 2, 3]", "The tracks of the week."),
    ],
);

/// `voice/<language>/<voice>/voice.toml`.
pub static VOICE: TableKeys = TableKeys::new(
    "a voice",
    &[
        Key::needed("name", Kind::Words, "\"Anna de Vries\"", "Who speaks, as credits print it."),
        Key::needed(
            "kind",
            Kind::OneOf(&["human", "synthetic"]),
            "\"human\"",
            "human or synthetic; a synthetic voice is always disclosed.",
        ),
        Key::needed("credit", Kind::Words, "\"Stem: Anna de Vries\"", "The line that thanks."),
        Key::needed(
            "licence",
            Kind::Words,
            "\"CC-BY-4.0\"",
            "The licence of the recordings, as an SPDX name where there is one.",
        ),
        Key::new(
            "chain",
            Kind::Either(&[Kind::OneOf(&["speech", "off"]), Kind::Table(&CHAIN)]),
            "\"speech\"",
            "speech trims, cleans and levels clips, off leaves them as they are; a table says how much each stage does. Default speech.",
        ),
        Key::new(
            "draft",
            Kind::Table(&DRAFT),
            "{ command = [\"espeak-ng\", \"-w\", \"{out}\", \"--\", \"{text}\"] }",
            "What speaks a phrase that has no recording yet, once the course is trusted. Default espeak-ng in the voice's language.",
        ),
    ],
);

/// `chain = { … }` of a voice.
pub static CHAIN: TableKeys = TableKeys::new(
    "a chain",
    &[
        Key::new(
            "rumble",
            Kind::Number(0.0, 150.0),
            "70",
            "What lies below so many Hz is taken out, 24 dB an octave; 0 for nothing. Default 70.",
        ),
        Key::new("clicks", Kind::Flag, "true", "Whether clicks are mended. Default true."),
        Key::new(
            "denoise",
            Kind::Number(0.0, 1.0),
            "0.5",
            "The share that goes through noise reduction. It harms a clean voice. Default 0.",
        ),
        Key::new(
            "tone",
            Kind::Level(0.0, 6.0),
            "3",
            "How many dB the bass and the treble of a session are brought towards the others at most. Default 3.",
        ),
        Key::new(
            "sibilance",
            Kind::Level(0.0, 6.0),
            "4",
            "How many dB a sharp s is softened at most. Default 4.",
        ),
        Key::new(
            "breath",
            Kind::Level(0.0, 12.0),
            "8",
            "How many dB breaths between words are softened at most. Default 8.",
        ),
        Key::new(
            "moments",
            Kind::Level(0.0, 6.0),
            "4",
            "How many dB moments much louder than the rest of a phrase are brought down at most. Default 0, and 4 for a synthetic voice.",
        ),
        Key::new(
            "peaks",
            Kind::Level(0.0, 9.0),
            "6",
            "How many dB peaks far above the voice are brought down at most. Default 0, and 6 for a synthetic voice.",
        ),
        Key::new(
            "room",
            Kind::Flag,
            "true",
            "Whether the gaps hold the tone of the room, from room-tone.wav (or .flac, .ogg, .mp3) beside this file or made after the clips. Default true.",
        ),
    ],
);

/// `draft = { … }` of a voice.
pub static DRAFT: TableKeys = TableKeys::new(
    "a draft",
    &[Key::new(
        "command",
        Kind::List(&Kind::Words),
        "[\"espeak-ng\", \"-w\", \"{out}\", \"--\", \"{text}\"]",
        "A program and its arguments, never a shell; {text} becomes the words, {out} the WAV file to write.",
    )],
);

/// `voice/<language>/<voice>/level.toml`.
pub static LEVEL: TableKeys = TableKeys::new(
    "a level",
    &[Key::needed(
        "level",
        Kind::Number(-70.0, 0.0),
        "-23.5",
        "The loudness of the recording session in LUFS, which clips are brought halfway to.",
    )],
);

/// `ambience/<name>.toml`.
pub static AMBIENCE: TableKeys = TableKeys::new(
    "an ambience",
    &[
        Key::needed("title", Kind::Words, "\"Zachte regen\"", "What it is."),
        Key::needed("credit", Kind::Words, "\"adem\"", "Who made it."),
        Key::needed("licence", Kind::Words, "\"CC0-1.0\"", "Its licence."),
        Key::needed(
            "layer",
            Kind::List(&Kind::Table(&LAYER)),
            "[[layer]]\ngenerate = \"rain\"",
            "Its layers, mixed together.",
        ),
    ],
);

/// `[[layer]]` of an ambience.
pub static LAYER: TableKeys = TableKeys::new(
    "a layer",
    &[
        Key::new("file", Kind::Words, "\"bos.ogg\"", "A recording beside the file, looped without a seam."),
        Key::new(
            "crossfade",
            Kind::Time,
            "4",
            "Seconds over which the end becomes the beginning, in a loop of the whole recording. Without it adem looks for places to loop at and goes from one to another, so that nothing seems to repeat.",
        ),
        Key::new(
            "generate",
            Kind::OneOf(&Generate::NAMES),
            "\"rain\"",
            "A sound made by adem instead; it never repeats.",
        ),
        Key::new(
            "width",
            SHARE,
            "0.4",
            "white, pink and brown: how far the ears differ, 0 (not at all) to 1. Default 0.4.",
        ),
        Key::new("heaviness", SHARE, "0.5", "rain: from a drizzle (0) to a downpour (1). Default 0.5."),
        Key::new(
            "nearness",
            SHARE,
            "0.6",
            "rain, sea and brook: how far single drops and bubbles stand out, how near the water is, 0 to 1. Default 0.6.",
        ),
        Key::new(
            "period",
            Kind::Number(4.0, 20.0),
            "9",
            "sea: seconds from one wave to the next, on average, 4 to 20. Default 9.",
        ),
        Key::new(
            "surf",
            SHARE,
            "0.5",
            "sea: from a sea that hardly moves (0) to breakers with quiet between them (1). Default 0.5.",
        ),
        Key::new(
            "flow",
            SHARE,
            "0.4",
            "brook: from a trickle (0) over a brook (0.4) to a broad river (1). Default 0.4.",
        ),
        Key::new(
            "rate",
            Kind::Number(0.5, 8.0),
            "1.5",
            "drops: how many fall in a second, 0.5 to 8. Default 1.5.",
        ),
        Key::new(
            "space",
            SHARE,
            "0.5",
            "drops: from the open air (0) to a large cave that answers each drop (1). Default 0.5.",
        ),
        Key::new(
            "key",
            Kind::Words,
            "\"D2\"",
            "drone: its root, a letter with # or b and an octave from 1 to 4 (2 unless told); A4 is 440 Hz. Default D2.",
        ),
        Key::new(
            "chord",
            Kind::OneOf(&Chord::NAMES),
            "\"fifth\"",
            "drone: what is held over the root: octave, fifth, fourth, major or minor. Default fifth.",
        ),
        Key::new(
            "brightness",
            SHARE,
            "0.4",
            "drone: from a dark hum (0) to many overtones (1). Default 0.4.",
        ),
        Key::new(
            "gusts",
            SHARE,
            "0.5",
            "wind: from a breeze that hardly changes (0) to strong gusts (1). Default 0.5.",
        ),
        Key::new(
            "leaves",
            SHARE,
            "0.5",
            "wind: from bare branches (0) to a wood of poplars (1). Default 0.5.",
        ),
        Key::new("gain", GAIN, "-6", "Its level beside the other layers in dB, -60 to 24. Default 0."),
    ],
);

/// `ambience/bells/<name>.toml`.
pub static BELL: TableKeys = TableKeys::new(
    "a bell",
    &[
        Key::needed("title", Kind::Words, "\"Klankschaal\"", "What it is."),
        Key::needed("credit", Kind::Words, "\"adem\"", "Who made it."),
        Key::needed("licence", Kind::Words, "\"CC0-1.0\"", "Its licence."),
        Key::new("file", Kind::Words, "\"bel.wav\"", "A recording beside the file."),
        Key::new(
            "bowl",
            Kind::Table(&BOWL),
            "{ pitch = 196, strike = \"soft\", ring = 18 }",
            "A singing bowl made by adem instead.",
        ),
        Key::new("chime", Kind::Table(&CHIME), "{ pitch = 1568 }", "A small bell made by adem instead."),
        Key::new("block", Kind::Table(&BLOCK), "{ pitch = 700 }", "A wood block made by adem instead."),
        Key::new(
            "gain",
            GAIN,
            "-3",
            "Its level in dB as it is; without it adem finds one 8 LU below the voice.",
        ),
    ],
);

/// `chime = { … }` of a bell.
pub static CHIME: TableKeys = TableKeys::new(
    "a chime",
    &[
        Key::needed("pitch", Kind::Number(300.0, 4_000.0), "1568", "Its lowest partial in Hz, 300 to 4000."),
        Key::new("ring", Kind::Time, "10", "Seconds until it has died away, 2 to 60. Default 10."),
    ],
);

/// `block = { … }` of a bell.
pub static BLOCK: TableKeys = TableKeys::new(
    "a block",
    &[Key::needed("pitch", Kind::Number(150.0, 2_000.0), "700", "Its lowest partial in Hz, 150 to 2000.")],
);

/// `bowl = { … }` of a bell.
pub static BOWL: TableKeys = TableKeys::new(
    "a bowl",
    &[
        Key::needed("pitch", Kind::Number(40.0, 2_000.0), "196", "Its lowest partial in Hz, 40 to 2000."),
        Key::new("strike", Kind::OneOf(&["soft", "full"]), "\"soft\"", "soft or full. Default soft."),
        Key::new("ring", Kind::Time, "18", "Seconds until it has died away, 2 to 60. Default 18."),
    ],
);
