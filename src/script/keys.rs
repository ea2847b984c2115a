//! Every key of every TOML file, once: what it is called, what it means and how a value of it looks.
//!
//! Readers refuse what is not listed here, messages quote it, and documents can be made from it.

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is typed.
    pub name: &'static str,
    /// A value as it would be typed.
    pub example: &'static str,
    /// What it means, its unit, its default.
    pub doc: &'static str,
}

/// The keys of one kind of table.
#[derive(Debug)]
pub struct TableKeys {
    /// What the table is, with its article.
    pub what: &'static str,
    /// Its keys, in the order `fmt` and the handbook give them.
    pub keys: &'static [Key],
    /// Whether the keys are names of the user's choosing.
    pub any_name: bool,
}

impl TableKeys {
    const fn new(what: &'static str, keys: &'static [Key]) -> Self {
        Self { what, keys, any_name: false }
    }

    const fn named(what: &'static str) -> Self {
        Self { what, keys: &[], any_name: true }
    }

    /// The key of that name.
    pub fn find(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys.iter().map(|key| key.name)
    }
}

/// `scripts/<id>.toml`.
pub static SCRIPT: TableKeys = TableKeys::new(
    "a script",
    &[
        Key::new("track", "2", "The number of the track in the course, 1 to 999."),
        Key::new(
            "language",
            "\"nl\"",
            "The language the texts are written in, as a tag such as nl or pt-BR.",
        ),
        Key::new("title", "\"De veilige plek\"", "The title of the exercise, in that language."),
        Key::new("posture", "\"sit\"", "How one practises: any, sit, lie or walk. Default any."),
        Key::new(
            "length",
            "{ usual = \"15m\", least = \"8m\", most = \"30m\" }",
            "The author's judgement of how long the exercise can sensibly be.",
        ),
        Key::new(
            "levels",
            "[\"full\", \"light\"]",
            "The guidance levels the exercise may have: full, light, bells. Default full and light.",
        ),
        Key::new(
            "bed",
            "{ use = \"regen\", under = 12 }",
            "The ambience under the exercise; default that of the course.",
        ),
        Key::new("head", "1", "Silence before the first sound: a pause. Default 1 s, 0.5 to 3."),
        Key::new("tail", "4", "Silence after the last sound: a pause. Default 4 s, 0.5 to 15."),
        Key::new("seed", "1", "The seed of everything random in its sound. Default 0."),
        Key::new(
            "choices",
            "{ einde = [\"terug\", \"slaap\"] }",
            "What a listener may choose, each with its values; the first is the usual one.",
        ),
        Key::new("part", "a [[part]] table", "The parts, in order; each becomes a chapter."),
        Key::new("cue", "a [[cue]] table", "Bells at clock times, laid over the steps."),
    ],
);

/// `scripts/fragments/<name>.toml`.
pub static FRAGMENT: TableKeys = TableKeys::new(
    "a fragment",
    &[
        Key::new("language", "\"nl\"", "The language the texts are written in."),
        Key::new("title", "\"Aankomen\"", "The title a part gets that uses it and has none of its own."),
        Key::new("steps", "[ … ]", "Its steps, in order."),
    ],
);

/// `length = { … }` of a script.
pub static LENGTH: TableKeys = TableKeys::new(
    "a length",
    &[
        Key::new("usual", "\"15m\"", "The length when nobody asks for another."),
        Key::new("least", "\"8m\"", "The shortest length that is still this exercise."),
        Key::new("most", "\"30m\"", "The longest length that makes sense."),
    ],
);

/// `[[part]]`.
pub static PART: TableKeys = TableKeys::new(
    "a part",
    &[
        Key::new("title", "\"Een plek\"", "The title of the chapter."),
        Key::new("use", "\"aankomen\"", "A fragment whose steps the part has."),
        Key::new("steps", "[ … ]", "Its steps, in order."),
        Key::new("bed", "{ use = \"zee\" }", "Another ambience from here on, or \"none\"."),
        Key::new(
            "when",
            "{ einde = \"slaap\" }",
            "The choices the part belongs to. Default: every version has it.",
        ),
    ],
);

/// One step.
pub static STEP: TableKeys = TableKeys::new(
    "a step",
    &[
        Key::new("say", "\"Laat de adem komen.\"", "What the voice says; `|` marks the beats on a grid."),
        Key::new("id", "\"adem\"", "The name of the phrase for ever: clips and translations hang on it."),
        Key::new(
            "keep",
            "\"light\"",
            "In which versions it is spoken: light (light and full), full, or long (full, above the usual length). Default full.",
        ),
        Key::new("safety", "true", "Spoken in every version with a voice, never dropped. Default false."),
        Key::new(
            "soft",
            "true",
            "Meant to be quieter than the rest: levelling leaves it alone. Default false.",
        ),
        Key::new("note", "\"bijna gefluisterd\"", "For the voice and the reader; never spoken."),
        Key::new(
            "pause",
            "6",
            "Silence: seconds, a table of natural, least, most, weight or fixed, or \"fill\". Default 3 s after a phrase.",
        ),
        Key::new(
            "breathe",
            "{ in = 4, out = 6, times = [3, 6, 12] }",
            "Breaths on a grid: seconds in and out, and least, natural and most rounds.",
        ),
        Key::new("spoken", "2", "In how many rounds the phrase is heard. Default 1."),
        Key::new("bell", "\"schaal\"", "Strikes a bell of ambience/bells."),
        Key::new("gain", "-3", "The level of that bell in dB; without it adem finds one."),
        Key::new("over", "true", "The next phrase does not wait for the bell. Default false."),
        Key::new("use", "\"aankomen\"", "The steps of a fragment."),
        Key::new(
            "instead",
            "\"ruiken\"",
            "The phrase is spoken exactly when the one of this id is left out.",
        ),
        Key::new("worth", "8", "How long it is kept when a version has to be short, 1 to 9. Default 5."),
        Key::new(
            "walk",
            "{ pace = 50, steps = [8, 16, 40] }",
            "Paces on a grid: paces a minute, and least, natural and most paces.",
        ),
        Key::new(
            "repeat",
            "[2, 4, 6]",
            "Rounds of `steps` or `rotate`: least, natural and most, or one number.",
        ),
        Key::new("steps", "[ … ]", "What a `repeat` does in each round."),
        Key::new(
            "rotate",
            "[ { say = \"…\", id = \"…\" } ]",
            "The phrases a `repeat` goes through, one a round.",
        ),
        Key::new("together", "[ … ]", "Steps that are kept or left out as one."),
        Key::new(
            "when",
            "{ einde = \"slaap\" }",
            "The choices the step belongs to. Default: every version has it.",
        ),
    ],
);

/// A pause as a table.
pub static PAUSE: TableKeys = TableKeys::new(
    "a pause",
    &[
        Key::new("natural", "40", "Its length when nothing pulls at it, in seconds."),
        Key::new("least", "10", "How short it may get. Default half of natural, but no less than 0.6 s."),
        Key::new("most", "90", "How long it may get. Default twice natural below 20 s, else without end."),
        Key::new("weight", "3", "How willingly it stretches beside others, 0.001 to 1000. Default 1."),
        Key::new("fixed", "3", "A pause that never changes."),
    ],
);

/// `breathe = { … }`.
pub static BREATHE: TableKeys = TableKeys::new(
    "a breath",
    &[
        Key::new("in", "4", "Seconds of the in-breath."),
        Key::new("out", "6", "Seconds of the out-breath, no shorter than the in-breath."),
        Key::new("times", "[3, 6, 12]", "Least, natural and most rounds, or one number."),
    ],
);

/// `walk = { … }`.
pub static WALK: TableKeys = TableKeys::new(
    "a walk",
    &[
        Key::new("pace", "50", "Paces a minute, 4 to 140; 40 to 60 is usual when slow."),
        Key::new("steps", "[8, 16, 40]", "Least, natural and most paces, or one number."),
        Key::new("ticks", "true", "Whether each pace is heard. Default false: the walker finds the pace."),
    ],
);

/// `choices = { … }` of a script: names of the author's choosing.
pub static CHOICES: TableKeys = TableKeys::named("the choices");

/// `when = { … }`: names of choices.
pub static WHEN: TableKeys = TableKeys::named("`when`");

/// `[[cue]]`.
pub static CUE: TableKeys = TableKeys::new(
    "a cue",
    &[
        Key::new("at", "\"5m\"", "A clock time from the start, or \"end-9s\"."),
        Key::new("bell", "\"zacht\"", "The bell to strike."),
        Key::new("gain", "-3", "Its level in dB; without it adem finds one."),
        Key::new(
            "over",
            "true",
            "Whether a phrase may sound over it; a cue never makes one wait. Default true.",
        ),
    ],
);

/// `bed = { … }`.
pub static BED: TableKeys = TableKeys::new(
    "a bed",
    &[
        Key::new("use", "\"regen\"", "The ambience, a file of ambience/, or \"none\"."),
        Key::new(
            "under",
            "12",
            "How far below the voice it lies while the voice is silent, in LU. Default 12.",
        ),
        Key::new("gain", "-20", "A level in dB instead, as the file is; then `under` plays no part."),
        Key::new("fade_in", "4", "Seconds in which it comes. Default 4."),
        Key::new("fade_out", "6", "Seconds in which it goes. Default 6."),
        Key::new("cross", "6", "Seconds in which it takes over from another bed. Default 6."),
        Key::new("duck", "{ depth = 8 }", "How it makes way for the voice."),
    ],
);

/// `duck = { … }`.
pub static DUCK: TableKeys = TableKeys::new(
    "a duck",
    &[
        Key::new("lead", "2", "Seconds before a phrase at which the bed begins to fall. Default 2."),
        Key::new("fall", "1.6", "Seconds in which it falls. Default 1.6."),
        Key::new("hold", "10", "Pauses up to this long are held through. Default 10."),
        Key::new("rise", "4", "Seconds in which it comes back. Default 4."),
        Key::new("depth", "8", "How far it falls, in dB. Default what brings it 20 LU below the voice."),
        Key::new("shape", "\"cosine\"", "cosine or linear, both in dB. Default cosine."),
    ],
);

/// `course.toml`.
pub static COURSE: TableKeys = TableKeys::new(
    "a course",
    &[
        Key::new("title", "\"Mild aanwezig\"", "The title of the course, in its first language."),
        Key::new("languages", "[\"nl\", \"en\"]", "Its languages; the first is the one it is written in."),
        Key::new(
            "voices",
            "{ nl = \"duif\" }",
            "The voice that speaks each language unless another is asked for.",
        ),
        Key::new("defaults", "a [defaults] table", "What holds for every script that says nothing else."),
        Key::new("presets", "a [presets.name] table", "Sets of numbers for finished files."),
        Key::new("week", "a [[week]] table", "The weeks, and which tracks each has."),
    ],
);

/// `[defaults]` of a course.
pub static DEFAULTS: TableKeys = TableKeys::new(
    "the defaults",
    &[
        Key::new("bed", "{ use = \"regen\" }", "The ambience."),
        Key::new("preset", "\"stream\"", "The preset. Default stream."),
    ],
);

/// `[presets]` and `voices = { … }`: names of the user's choosing.
pub static PRESETS: TableKeys = TableKeys::named("the presets");

/// The voices of a course, by language.
pub static VOICES: TableKeys = TableKeys::named("the voices");

/// `[presets.name]`.
pub static PRESET: TableKeys = TableKeys::new(
    "a preset",
    &[
        Key::new(
            "anchor",
            "\"speech\"",
            "What is brought to the target: speech, or integrated for the whole file.",
        ),
        Key::new("target", "-18", "Its loudness in LUFS, -40 to -10. Default -18."),
        Key::new("ceiling", "-2", "The highest true peak in dBTP, -12 to -0.1. Default -2."),
        Key::new("rate", "48000", "Frames a second, 8000 to 192000. Default 48000."),
        Key::new("format", "\"wav24\"", "wav16, wav24 (or wav), wav32f, flac or mp3. Default wav24."),
    ],
);

/// `[[week]]`.
pub static WEEK: TableKeys = TableKeys::new(
    "a week",
    &[
        Key::new("number", "1", "Its number."),
        Key::new("title", "\"Aankomen\"", "Its title."),
        Key::new("tracks", "[1, 2, 3]", "The tracks of the week."),
    ],
);

/// `voice/<language>/<voice>/voice.toml`.
pub static VOICE: TableKeys = TableKeys::new(
    "a voice",
    &[
        Key::new("name", "\"Anna de Vries\"", "Who speaks, as credits print it."),
        Key::new("kind", "\"human\"", "human or synthetic; a synthetic voice is always disclosed."),
        Key::new("credit", "\"Stem: Anna de Vries\"", "The line that thanks."),
        Key::new(
            "licence",
            "\"CC-BY-4.0\"",
            "The licence of the recordings, as an SPDX name where there is one.",
        ),
        Key::new(
            "chain",
            "\"speech\"",
            "speech trims and levels clips, off leaves them as they are. Default speech.",
        ),
        Key::new(
            "draft",
            "{ command = [\"espeak-ng\", \"-w\", \"{out}\", \"--\", \"{text}\"] }",
            "What speaks a phrase that has no recording yet. Default espeak-ng in the voice's language.",
        ),
    ],
);

/// `draft = { … }` of a voice.
pub static DRAFT: TableKeys = TableKeys::new(
    "a draft",
    &[Key::new(
        "command",
        "[\"espeak-ng\", \"-w\", \"{out}\", \"--\", \"{text}\"]",
        "A program and its arguments, never a shell; {text} becomes the words, {out} the WAV file to write.",
    )],
);

/// `voice/<language>/<voice>/level.toml`.
pub static LEVEL: TableKeys = TableKeys::new(
    "a level",
    &[Key::new(
        "level",
        "-23.5",
        "The loudness of the recording session in LUFS, which clips are brought halfway to.",
    )],
);

/// `ambience/<name>.toml`.
pub static AMBIENCE: TableKeys = TableKeys::new(
    "an ambience",
    &[
        Key::new("title", "\"Zachte regen\"", "What it is."),
        Key::new("credit", "\"adem\"", "Who made it."),
        Key::new("licence", "\"CC0-1.0\"", "Its licence."),
        Key::new("layer", "a [[layer]] table", "Its layers, mixed together."),
    ],
);

/// `[[layer]]` of an ambience.
pub static LAYER: TableKeys = TableKeys::new(
    "a layer",
    &[
        Key::new("file", "\"bos.ogg\"", "A recording beside the file, looped without a seam."),
        Key::new("crossfade", "4", "Seconds over which the loop's end becomes its beginning. Default 4."),
        Key::new("generate", "\"rain\"", "A generated sound instead: rain or brown."),
        Key::new("gain", "-6", "Its level beside the other layers in dB, -60 to 24. Default 0."),
    ],
);

/// `ambience/bells/<name>.toml`.
pub static BELL: TableKeys = TableKeys::new(
    "a bell",
    &[
        Key::new("title", "\"Klankschaal\"", "What it is."),
        Key::new("credit", "\"adem\"", "Who made it."),
        Key::new("licence", "\"CC0-1.0\"", "Its licence."),
        Key::new("file", "\"bel.wav\"", "A recording beside the file."),
        Key::new(
            "bowl",
            "{ pitch = 196, strike = \"soft\", ring = 18 }",
            "A singing bowl made by adem instead.",
        ),
        Key::new("gain", "-3", "Its level in dB as it is; without it adem finds one 8 LU below the voice."),
    ],
);

/// `bowl = { … }` of a bell.
pub static BOWL: TableKeys = TableKeys::new(
    "a bowl",
    &[
        Key::new("pitch", "196", "Its lowest partial in Hz, 40 to 2000."),
        Key::new("strike", "\"soft\"", "soft or full. Default soft."),
        Key::new("ring", "18", "Seconds until it has died away, 2 to 60. Default 18."),
    ],
);
