//! An example of each kind of error: what is wrong and what is right, for `adem explain`.

use crate::diag::Code;

/// A kind of error in an example.
#[derive(Clone, Copy, Debug)]
pub struct CodeExample {
    pub code: Code,
    /// Why it is an error, and what to do.
    pub why: &'static str,
    /// What the texts are.
    pub place: ExamplePlace,
    /// What gets the message; in words where it takes a sound or a request.
    pub wrong: &'static str,
    /// What gets none, or what to do.
    pub right: &'static str,
}

/// What an example is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExamplePlace {
    /// A step of a part of a script.
    Step,
    /// A line at the top of a script.
    Top,
    /// A whole file.
    File(&'static str),
    /// A sound, a request or several files, which words describe.
    Elsewhere,
}

impl ExamplePlace {
    /// In words.
    pub fn describe(self) -> String {
        match self {
            Self::Step => "among the steps of a part".to_owned(),
            Self::Top => "at the top of a script".to_owned(),
            Self::File(path) => path.to_owned(),
            Self::Elsewhere => "in words and commands".to_owned(),
        }
    }
}

impl CodeExample {
    /// The small course of the examples with one of the texts in its place: each file by its path.
    pub fn course(&self, text: &str) -> Vec<(&'static str, String)> {
        let (step, top) = match self.place {
            ExamplePlace::Step => (text, ""),
            ExamplePlace::Top => ("{ pause = 3 },", text),
            ExamplePlace::File(_) | ExamplePlace::Elsewhere => ("{ pause = 3 },", ""),
        };
        let mut files: Vec<_> = COURSE.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        let lines: String = ["track = 1", "language = \"en\"", "title = \"The place\""]
            .into_iter()
            .filter(|line| !top.starts_with(&line[..6]))
            .flat_map(|line| [line, "\n"])
            .collect();
        let script = format!(
            "{lines}{top}\n\n[[part]]\ntitle = \"Arriving\"\nsteps = [\n  {{ say = \"You can stop at any time.\", id = \"free\", safety = true }},\n  {step}\n]\n"
        );
        files.push(("scripts/place.toml", script));
        if let ExamplePlace::File(path) = self.place {
            files.retain(|(other, _)| *other != path);
            files.push((path, text.to_owned()));
        }
        files
    }
}

const COURSE: [(&str, &str); 5] = [
    ("course.toml", "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\" }\n"),
    (
        "voice/en/anna/voice.toml",
        "name = \"Anna\"\nkind = \"human\"\ncredit = \"Anna\"\nlicence = \"CC0-1.0\"\n",
    ),
    (
        "ambience/rain.toml",
        "title = \"Rain\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n\n[[layer]]\ngenerate = \"rain\"\n",
    ),
    (
        "ambience/bells/bowl.toml",
        "title = \"Bowl\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\nbowl = { pitch = 196 }\n",
    ),
    ("scripts/fragments/closing.toml", "language = \"en\"\ntitle = \"Closing\"\nsteps = [{ pause = 3 }]\n"),
];

/// The example of a kind of error.
///
/// # Panics
/// If a kind has none, which a test refuses.
pub fn example(code: Code) -> &'static CodeExample {
    EXAMPLES.iter().find(|example| example.code == code).expect("every kind of error has its example")
}

const fn of(
    code: Code,
    place: ExamplePlace,
    wrong: &'static str,
    right: &'static str,
    why: &'static str,
) -> CodeExample {
    CodeExample { code, why, place, wrong, right }
}

/// A kind that takes a sound or a request: what is wrong, and what to do.
const fn sound(code: Code, wrong: &'static str, right: &'static str, why: &'static str) -> CodeExample {
    CodeExample { code, why, place: ExamplePlace::Elsewhere, wrong, right }
}

use ExamplePlace::{File, Step, Top};

/// One of each.
pub static EXAMPLES: &[CodeExample] = &[
    of(
        Code::Syntax,
        Step,
        "{ pause = 6,5 },",
        "{ pause = 6.5 },",
        "Scripts are TOML. The message says what to type; the rest of the file is read as if it had been typed so.",
    ),
    sound(
        Code::NotText,
        "scripts/place.toml saved by a word processor, as .docx or .rtf",
        "adem check --fix        # a file in UTF-16 is written again in UTF-8\nany other file: save it as plain text, UTF-8",
        "Scripts are plain text in UTF-8. Save the file again as UTF-8, with an editor made for plain text. A file in UTF-16 can be saved so by `adem check`, see its help.",
    ),
    of(
        Code::UnknownKey,
        Step,
        "{ pauze = 6 },",
        "{ pause = 6 },",
        "Keys are English words, the same in every language; docs/reference.md lists them. A key of another table is told with where it belongs.",
    ),
    of(
        Code::MissingKey,
        File("ambience/rain.toml"),
        "title = \"Rain\"\ncredit = \"adem\"\n\n[[layer]]\ngenerate = \"rain\"\n",
        "title = \"Rain\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n\n[[layer]]\ngenerate = \"rain\"\n",
        "Without this key nobody knows what the table is to be.",
    ),
    of(
        Code::WrongType,
        Step,
        "{ say = \"Rest.\", id = \"rest\", safety = \"yes\" },",
        "{ say = \"Rest.\", id = \"rest\", safety = true },",
        "Texts stand in quotes; numbers, true and false do not; a list stands in [ ], a table in { }.",
    ),
    of(
        Code::BadDuration,
        Step,
        "{ pause = \"8 sec\" },",
        "{ pause = \"8s\" },",
        "A time is a number of seconds, or a text such as \"8s\", \"1m30s\" or \"12:34\".",
    ),
    of(
        Code::OutOfRange,
        Step,
        "{ say = \"Rest.\", id = \"rest\", worth = 12 },",
        "{ say = \"Rest.\", id = \"rest\", worth = 9 },",
        "The key takes numbers within limits, which the message names.",
    ),
    of(
        Code::BadChoice,
        Step,
        "{ say = \"Rest.\", id = \"rest\", keep = \"lite\" },",
        "{ say = \"Rest.\", id = \"rest\", keep = \"light\" },",
        "The key takes one of a few words.",
    ),
    of(
        Code::BadName,
        Step,
        "{ say = \"Rest.\", id = \"Rest a while\" },",
        "{ say = \"Rest.\", id = \"rest-a-while\" },",
        "Names become file names on every system: a-z, 0-9 and single hyphens, 64 characters at most.",
    ),
    of(
        Code::BadLanguage,
        Top,
        "language = \"english\"",
        "language = \"en\"",
        "A language is a tag such as en, nl or pt-BR.",
    ),
    of(
        Code::Order,
        Top,
        "length = { usual = \"5m\", least = \"8m\", most = \"30m\" }",
        "length = { usual = \"8m\", least = \"5m\", most = \"30m\" }",
        "Limits go from the least to the most, and the usual value lies between them.",
    ),
    of(
        Code::Clash,
        Step,
        "{ pause = 3, bell = \"bowl\" },",
        "{ pause = 3 },\n  { bell = \"bowl\" },",
        "A step does one thing; two keys that exclude each other are two steps, or one of them goes.",
    ),
    of(
        Code::EmptyStep,
        Step,
        "{ note = \"rain\" },",
        "{ pause = 3 },",
        "A step says, pauses, breathes, strikes a bell, or uses a fragment.",
    ),
    of(
        Code::EmptyText,
        Step,
        "{ say = \" \", id = \"rest\" },",
        "{ say = \"Rest.\", id = \"rest\" },",
        "A phrase has words.",
    ),
    of(
        Code::HiddenSign,
        Step,
        "{ say = \"Rest.\u{202e}\", id = \"rest\" },",
        "{ say = \"Rest.\", id = \"rest\" },",
        "A text has no sign that reverses letters: each script has its direction by itself.",
    ),
    of(
        Code::TooDeep,
        Step,
        "{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ pause = 1 }] }] }] }] }] }] }] }] }] }] }] }] }] }] }] }] }] }] },",
        "{ repeat = 2, steps = [{ repeat = 2, steps = [{ pause = 1 }] }] },",
        "Steps within steps go 16 deep.",
    ),
    of(
        Code::EmptyScript,
        File("scripts/place.toml"),
        "language = \"en\"\ntitle = \"The place\"\npart = []\n",
        "language = \"en\"\ntitle = \"The place\"\n\n[[part]]\ntitle = \"Silence\"\nsteps = [{ pause = 3 }]\n",
        "A script has parts, and each part has steps, uses a fragment or is another script.",
    ),
    of(
        Code::MissingId,
        Step,
        "{ say = \"Rest.\" },",
        "{ say = \"Rest.\", id = \"rest\" },",
        "Clips and translations hang on the id, so that it stays when the words change. `adem fmt` writes those that are missing.",
    ),
    of(
        Code::DoubleId,
        Step,
        "{ say = \"Rest.\", id = \"free\" },",
        "{ say = \"Rest.\", id = \"rest\" },",
        "Each phrase of a file has an id of its own, as its recording is found by it.",
    ),
    of(
        Code::DoubleTrack,
        File("scripts/other.toml"),
        "track = 1\nlanguage = \"en\"\ntitle = \"Other\"\n\n[[part]]\ntitle = \"Silence\"\nsteps = [{ pause = 3 }]\n",
        "track = 2\nlanguage = \"en\"\ntitle = \"Other\"\n\n[[part]]\ntitle = \"Silence\"\nsteps = [{ pause = 3 }]\n",
        "Each script has a track number of its own.",
    ),
    sound(
        Code::DoubleName,
        "scripts/place.toml and scripts/fragments/place.toml",
        "scripts/place.toml and scripts/fragments/the-place.toml",
        "Clips lie in folders of the name of their script or fragment, so both cannot have one name. Rename one of them.",
    ),
    of(
        Code::UnknownFragment,
        Step,
        "{ use = \"clsing\" },",
        "{ use = \"closing\" },",
        "A fragment is a file scripts/fragments/NAME.toml.",
    ),
    of(
        Code::FragmentLoop,
        File("scripts/fragments/closing.toml"),
        "language = \"en\"\nsteps = [{ pause = 3 }, { use = \"closing\" }]\n",
        "language = \"en\"\nsteps = [{ pause = 3 }]\n",
        "A fragment that comes back to itself would never end.",
    ),
    of(
        Code::UnknownScript,
        File("scripts/all.toml"),
        "language = \"en\"\ntitle = \"All\"\n\n[[part]]\nscript = \"plaec\"\n",
        "language = \"en\"\ntitle = \"All\"\n\n[[part]]\nscript = \"place\"\n",
        "A programme is made of scripts of the course that are no programmes themselves.",
    ),
    of(
        Code::UnknownBed,
        Top,
        "bed = { use = \"regen\" }",
        "bed = { use = \"rain\" }",
        "A bed is a file ambience/NAME.toml.",
    ),
    of(
        Code::UnknownBell,
        Step,
        "{ bell = \"bwl\" },",
        "{ bell = \"bowl\" },",
        "A bell is a file ambience/bells/NAME.toml.",
    ),
    of(
        Code::UnknownVoice,
        File("course.toml"),
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"ana\" }\n",
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\" }\n",
        "A voice is a folder voice/LANGUAGE/NAME with a voice.toml in it.",
    ),
    of(
        Code::UnknownTrack,
        File("course.toml"),
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\" }\n\n[[week]]\nnumber = 1\ntracks = [1, 4]\n",
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\" }\n\n[[week]]\nnumber = 1\ntracks = [1]\n",
        "A week lists numbers that scripts have as their `track`.",
    ),
    of(
        Code::UnknownPreset,
        File("course.toml"),
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\" }\ndefaults = { preset = \"steam\" }\n",
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\" }\ndefaults = { preset = \"stream\" }\n",
        "A preset is one that adem has, or a [presets.NAME] table of course.toml.",
    ),
    of(
        Code::UnknownChoice,
        Step,
        "{ bell = \"bowl\", when = { end = \"sleep\" } },",
        "{ bell = \"bowl\" },",
        "A step depends on what the script offers: `choices = { end = [\"wake\", \"sleep\"] }` at its top.",
    ),
    of(
        Code::UnknownPhrase,
        Step,
        "{ say = \"Rest.\", id = \"rest\", instead = \"gone\" },",
        "{ say = \"Breathe.\", id = \"gone\" },\n  { say = \"Rest.\", id = \"rest\", instead = \"gone\" },",
        "A phrase stands in for another of its own file, by its id.",
    ),
    of(
        Code::UnknownLanguage,
        File("course.toml"),
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\", fr = \"marie\" }\n",
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\" }\n",
        "The course lists its languages: `languages = [\"en\", \"fr\"]`.",
    ),
    sound(
        Code::UnknownLevel,
        "adem plan place --guidance bells        # levels = [\"full\", \"light\"]",
        "adem plan place --guidance light",
        "A script has the guidance levels that its `levels` lists: full, light, bells.",
    ),
    of(
        Code::NoSafety,
        File("scripts/other.toml"),
        "language = \"en\"\ntitle = \"Other\"\n\n[[part]]\ntitle = \"Rest\"\nsteps = [{ say = \"If you like, open your eyes.\", id = \"eyes\", pause = 4 }]\n",
        "language = \"en\"\ntitle = \"Other\"\n\n[[part]]\ntitle = \"Rest\"\nsteps = [{ say = \"If you like, open your eyes.\", id = \"eyes\", safety = true }]\n",
        "Every listener is told once that they may stop, move or open the eyes; that phrase is never dropped.",
    ),
    of(
        Code::UnspokenSafety,
        Step,
        "{ repeat = [0, 2, 4], steps = [{ say = \"Open your eyes if you like.\", id = \"eyes\", safety = true }] },",
        "{ repeat = [1, 2, 4], steps = [{ say = \"Open your eyes if you like.\", id = \"eyes\", safety = true }] },",
        "A safety phrase is spoken in every version, also in the one with the fewest rounds.",
    ),
    of(
        Code::TooManyBeats,
        Step,
        "{ say = \"In | and out\", id = \"in-out\" },",
        "{ breathe = { in = 4, out = 6, times = 3 }, say = \"In | and out\", id = \"in-out\" },",
        "`|` marks the beats of a phrase on a grid: two on a breath, four on paces.",
    ),
    sound(
        Code::BeatTooLong,
        "{ breathe = { in = 3, out = 4, times = 6 }, say = \"Breathe in, all the way down to your belly | and out\", id = \"in-out\" },",
        "{ breathe = { in = 3, out = 4, times = 6 }, say = \"In | and out\", id = \"in-out\" },",
        "A phrase on the breath has the time of its half-breath. Shorten the words, or lengthen the breath.",
    ),
    sound(
        Code::NoBeatPause,
        "{ breathe = { in = 4, out = 6, times = 3 }, say = \"In | and out\", id = \"in-out\" },\nand voice/en/anna/place/in-out.wav, spoken without a pause",
        "record `In`, a short silence, `and out`, then listen to where it is cut:\nadem plan place --clips",
        "A recording of a phrase with beats is cut at its pauses. Record it with a short pause at each `|`.",
    ),
    of(
        Code::SlowBreath,
        Step,
        "{ breathe = { in = 7, out = 9, times = 3 } },",
        "{ breathe = { in = 4, out = 6, times = 3 } },",
        "Breath that calms is 4.5 to 6.5 breaths a minute, breathing out no shorter than in.",
    ),
    sound(
        Code::UntranslatedSafety,
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"\"\nin scripts/po/nl.po, where other phrases of the track are translated and a [[delivery]] has it",
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "No version of a track can do without its safety phrase, so that what is delivered would lack the track.",
    ),
    of(
        Code::NotTranslated,
        File("scripts/po/nl.po"),
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"\"\n",
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "Each language of the course has a file scripts/po/LANGUAGE.po with every text.",
    ),
    of(
        Code::StaleTranslation,
        File("scripts/po/nl.po"),
        "msgctxt \"place/free\"\nmsgid \"You may stop.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "The words were changed after they were translated. Translate them anew.",
    ),
    of(
        Code::FuzzyTranslation,
        File("scripts/po/nl.po"),
        "#, fuzzy\nmsgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "A translator looks at the text; `adem translate confirm nl place/free` then takes `fuzzy` out of the file.",
    ),
    of(
        Code::BadTranslation,
        File("scripts/po/nl.po"),
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"“Je kunt altijd stoppen.”\"\n",
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "A translation has what its text has: the bars (`|`), the numbers, what a program fills in, and no line breaks or quotes of its own.",
    ),
    of(
        Code::PoSyntax,
        File("scripts/po/nl.po"),
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "msgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "A PO file has lines of msgctxt, msgid and msgstr, each with a text in quotes.",
    ),
    of(
        Code::PoCharset,
        File("scripts/po/nl.po"),
        "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=ISO-8859-1\\n\"\n\n# Één regel.\nmsgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n\n# Één regel.\nmsgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "PO files are read in the charset that their header names. adem writes UTF-8, so that every letter has a place in them.",
    ),
    of(
        Code::PoHeader,
        File("scripts/po/nl.po"),
        "msgid \"\"\nmsgstr \"Language: fr\\n\"\n\nmsgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "msgid \"\"\nmsgstr \"Language: nl\\n\"\n\nmsgctxt \"place/free\"\nmsgid \"You can stop at any time.\"\nmsgstr \"Je kunt altijd stoppen.\"\n",
        "The header of a PO file names its language, and how many plural forms that has. Another language means that the file may belong elsewhere.",
    ),
    sound(
        Code::CueOutside,
        "length = { usual = \"20m\", least = \"10m\", most = \"20m\" }\n\n[[cue]]\nat = \"25m\"\nbell = \"bowl\"",
        "length = { usual = \"20m\", least = \"10m\", most = \"20m\" }\n\n[[cue]]\nat = \"5m\"\nbell = \"bowl\"",
        "A cue lies within the track, and its bell has time to ring out before the end.",
    ),
    of(
        Code::MissingFile,
        File("ambience/bells/bowl.toml"),
        "title = \"Bowl\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\nfile = \"bowl.wav\"\n",
        "title = \"Bowl\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\nbowl = { pitch = 196 }\n",
        "The course names a file that is not in its folder; capitals count.",
    ),
    sound(
        Code::MissingClip,
        "{ say = \"Rest.\", id = \"rest\" },\nand no voice/en/anna/place/rest.wav",
        "record it as voice/en/anna/place/rest.wav, or hear it as a draft:\nadem render place --draft",
        "The recording of a phrase lies in voice/LANGUAGE/VOICE/SCRIPT/ID.wav, or in another format. Record it, or hear it as a draft.",
    ),
    sound(
        Code::BadClip,
        "voice/en/anna/place/rest.wav, of silence or of no sound",
        "adem measure voice/en/anna/place/rest.wav        # says what it is\nffmpeg -i original.m4a -map a:0 voice/en/anna/place/rest.wav",
        "A recording that cannot be read, is silent or is cut. Record it again, or convert the original to WAV.",
    ),
    sound(
        Code::DamagedSound,
        "voice/en/anna/place/rest.mp3, of which only half was copied",
        "copy it again from the recorder, then\nadem measure voice/en/anna/place/rest.mp3",
        "A file of sound that is cut or damaged is used as far as it goes. Copy it again from where it came from.",
    ),
    sound(
        Code::UntrustedLink,
        "voice/en/anna is a link to /home/anna/recordings",
        "adem trust        # shows where the links lead, and asks",
        "A link leads out of the course folder, and a course reaches nothing outside until you trust it: `adem trust`.",
    ),
    sound(
        Code::StaleTake,
        "words of `place/free` that are not those its recording was made for",
        "adem voice sheet --lang en --pickups        # record it again\nadem voice accept place/free --lang en      # or keep it, after hearing it",
        "The words of a phrase have changed since it was recorded. Record it again, or accept the take with `adem voice accept` if it still fits.",
    ),
    sound(
        Code::PoorClip,
        "voice/en/anna/place/rest.wav, recorded far from the microphone",
        "adem plan place --clips        # each number beside its limit\nrecord it again, nearer and in a quieter room",
        "A recording that is too loud, too soft or of low quality. It is used, but will not sound well.",
    ),
    sound(
        Code::SpoiltClip,
        "voice/en/anna/place/rest.wav, converted from an MP3 of 32 kbit/s",
        "adem plan place --clips        # each number beside its limit\nadem voice accept place/rest --lang en      # or keep it, after hearing it",
        "A recording that was clipped, coded with too few bits or made in a room that echoes, and that the chain of its voice does not repair. It is used, but not with `adem render --strict`. Take the original or record it again.",
    ),
    sound(
        Code::BadBed,
        "ambience/rain.toml, with a file = \"rain.wav\" of silence",
        "adem measure ambience/rain.wav        # says what it is",
        "The sound of a bed or bell that cannot be read, is silent or is too short to loop.",
    ),
    sound(
        Code::LoudBed,
        "bed = { use = \"rain\", under = 0 }",
        "bed = { use = \"rain\", under = 12 }",
        "A bed that is less than 6 LU softer than the voice while nobody speaks, or louder, leaves words hard to follow: under speech it is lowered by no more than 14 dB.",
    ),
    sound(
        Code::BadCover,
        "publish = { cover = \"cover.gif\" }",
        "publish = { cover = \"cover.png\" }        # a square PNG or JPEG",
        "A cover is a square PNG or JPEG that players can show.",
    ),
    sound(
        Code::NoLength,
        "adem render place --length 3h        # its pauses end at 40 minutes",
        "adem fit place --length 3h        # the nearest lengths, and what to change",
        "The pauses and rounds of a script can grow and shrink within limits. Ask for a length within them, or widen the pauses.",
    ),
    sound(
        Code::SearchEnded,
        "forty `breathe` steps with times = [0, 3, 900]",
        "forty `breathe` steps with times = [2, 3, 6]",
        "The version has the best numbers of rounds found until then, and exactly its length. For the best there are, use fewer `repeat`, `breathe` and `walk` steps, or smaller ranges of rounds.",
    ),
    sound(
        Code::UndeclaredDraft,
        "[[delivery]]\nname = \"listeners\"        # and a phrase that nobody recorded",
        "[[delivery]]\nname = \"listeners\"\ndrafts = true",
        "A delivery has phrases that nobody has recorded. Record them, or write `drafts = true` in the [[delivery]] of course.toml, so that a machine speaks them; tags, page and manifest then say so.",
    ),
    sound(
        Code::NoLicence,
        "licence = \"todo\"",
        "licence = \"CC-BY-4.0\"",
        "What is published needs the leave of whoever made it. Write under which licence you may use the sound, such as `licence = \"CC-BY-4.0\"`, in voice.toml or in the file of the bed or bell; words such as `unknown`, `todo` and `-` are none.",
    ),
    sound(
        Code::NoConsent,
        "kind = \"human\"        # voice.toml without consent",
        "kind = \"human\"\nconsent = { who = \"Anna\", when = \"2026-11-03\", for = \"this course\" }",
        "The voice of a person is delivered only if that person has agreed. Ask, and write down in voice.toml who agreed, when, and to what: `consent = { who = \"Anna\", when = \"2026-11-03\", for = \"this course\" }`.",
    ),
    of(
        Code::StrayTrack,
        File("course.toml"),
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\" }\n\n[[week]]\nnumber = 1\ntracks = []\n",
        "title = \"Course\"\nlanguages = [\"en\"]\nvoices = { en = \"anna\" }\n\n[[week]]\nnumber = 1\ntracks = [1]\n",
        "A script with a track number is in no week, so nobody is led to it. Add its number to a week of course.toml, or take `track` out.",
    ),
    sound(
        Code::UnreadFile,
        "voice/en/anna/place/Rest (2).wav",
        "mv \"voice/en/anna/place/Rest (2).wav\" voice/en/anna/place/rest_t2.wav",
        "No key of the course names the file and it lies where nothing is looked for, or its name is not quite right. Rename or move it as the message says.",
    ),
    sound(
        Code::LockedPart,
        "adem render place --language nl --lock-parts en        # a part takes longer in Dutch",
        "adem fit place --language nl        # how long it has to be at least",
        "A translation is spoken in the time that its part has in the source. Shorten the words, or give the part more silence.",
    ),
    sound(
        Code::MixedFiles,
        "out/place.flac of one render beside out/place.vtt of an older one",
        "adem render place",
        "A render gives its files their names one after another; one that is killed in between leaves some of its own beside those of an older one. Render the track again.",
    ),
    of(
        Code::BadPin,
        Step,
        "{ repeat = 2, steps = [{ pause = 3, at = \"5m\" }] },",
        "{ pause = 3 },",
        "A clock time belongs to a part, or to a step of a part's own list; and it comes after the one before.",
    ),
    of(
        Code::Markup,
        Step,
        "{ say = \"<i>Nothing</i> needs to be done.\", id = \"nothing\" },",
        "{ say = \"Nothing needs to be done.\", id = \"nothing\" },",
        "A text is what is spoken, word by word: tags, remarks in brackets and pauses in words would be read aloud.",
    ),
    of(
        Code::Command,
        Step,
        "{ say = \"Close your eyes.\", id = \"eyes\" },",
        "{ say = \"You can close your eyes.\", id = \"eyes\" },",
        "An invitation leaves the listener free. docs/craft.md has the rules of wording, and `because` answers one.",
    ),
    of(
        Code::Promise,
        Step,
        "{ say = \"This will heal you.\", id = \"rest\" },",
        "{ say = \"This can be a moment of rest.\", id = \"rest\" },",
        "Nobody can promise what a listener will feel.",
    ),
    of(
        Code::BreathHold,
        Step,
        "{ say = \"Maybe you hold your breath.\", id = \"hold\" },",
        "{ say = \"Maybe you feel your breath.\", id = \"hold\" },",
        "Held breath makes some people anxious.",
    ),
    of(
        Code::Absolute,
        Step,
        "{ say = \"You must rest.\", id = \"rest\" },",
        "{ say = \"You can rest.\", id = \"rest\" },",
        "What is never or always so is not so for somebody.",
    ),
    sound(
        Code::Address,
        "address = \"informal\" in course.toml, and `Sluit uw ogen.` in a script",
        "address = \"informal\" in course.toml, and `Je kunt je ogen sluiten.` in a script",
        "The course speaks to its listeners in one form of address.",
    ),
    of(
        Code::LongPhrase,
        Step,
        "{ say = \"You can feel the ground that carries you and the air that comes and goes as it has done all day long.\", id = \"ground\" },",
        "{ say = \"You can feel the ground that carries you.\", id = \"ground\" },",
        "One hears 15 words, or nine seconds, as one thought.",
    ),
    of(
        Code::DoubledPhrase,
        File("scripts/other.toml"),
        "track = 2\nlanguage = \"en\"\ntitle = \"Other\"\n\n[[part]]\ntitle = \"Rest\"\nsteps = [{ say = \"You can stop at any time.\", id = \"free\", safety = true }]\n",
        "track = 2\nlanguage = \"en\"\ntitle = \"Other\"\n\n[[part]]\ntitle = \"Rest\"\nsteps = [{ say = \"If you like, open your eyes.\", id = \"eyes\", safety = true }]\n",
        "A phrase that several tracks say can be a fragment, recorded once.",
    ),
    of(
        Code::LateSafety,
        File("scripts/other.toml"),
        "language = \"en\"\ntitle = \"Other\"\n\n[[part]]\ntitle = \"Rest\"\nsteps = [\n  { say = \"The rain falls.\", id = \"rain\", keep = \"light\", pause = 70 },\n  { say = \"If you like, open your eyes.\", id = \"eyes\", safety = true },\n]\n",
        "language = \"en\"\ntitle = \"Other\"\n\n[[part]]\ntitle = \"Rest\"\nsteps = [\n  { say = \"If you like, open your eyes.\", id = \"eyes\", safety = true },\n  { say = \"The rain falls.\", id = \"rain\", keep = \"light\", pause = 70 },\n]\n",
        "The first minute says that one may stop.",
    ),
    of(
        Code::NoWayBack,
        Step,
        "{ say = \"Maybe something hurts.\", id = \"hurts\", hard = true, keep = \"light\", pause = { natural = 5, most = 20 } },\n  { say = \"The rain falls.\", id = \"rain\", keep = \"light\" },",
        "{ say = \"Maybe something hurts.\", id = \"hurts\", hard = true, keep = \"light\", pause = { natural = 5, most = 20 } },\n  { say = \"If you like, open your eyes.\", id = \"eyes\", safety = true },",
        "After a hard invitation a way back is offered within 90 s.",
    ),
    of(
        Code::LongSilence,
        Step,
        "{ say = \"Maybe something hurts.\", id = \"hurts\", hard = true, keep = \"light\", pause = { natural = 60, most = 200 } },\n  { say = \"If you like, open your eyes.\", id = \"eyes\", safety = true },",
        "{ say = \"Maybe something hurts.\", id = \"hurts\", hard = true, keep = \"light\", pause = { natural = 60, most = 80 } },\n  { say = \"If you like, open your eyes.\", id = \"eyes\", safety = true },",
        "Nobody is left alone with something hard for more than 90 s.",
    ),
    sound(
        Code::TooLong,
        "{ repeat = 1000, steps = [{ repeat = 1000, steps = [{ pause = 60 }] }] },",
        "{ repeat = 10, steps = [{ pause = 60 }] },",
        "A track lasts 24 hours at most, and has no more steps than a day of phrases. Make it several.",
    ),
    sound(
        Code::OwnWords,
        "adem render 3 --own arrive=\"My own arrival.\"",
        "{ say = \"Arrive.\", id = \"arrive\", own = true },",
        "A listener may have own words only where the script opens a phrase for them with `own = true`: one line of at most 200 letters, or a recording of at most 20 seconds.",
    ),
];
