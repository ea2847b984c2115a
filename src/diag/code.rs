//! Every kind of mistake adem can name.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $name:literal $meaning:literal;)*) => {
        /// What kind of mistake a diagnostic is about. The names are stable: people search for them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// All codes, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name a message shows.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means, in one line.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    Syntax "syntax" "The file is not valid TOML.";
    NotText "not-text" "The file is not UTF-8 text.";
    UnknownKey "unknown-key" "A key that adem does not know.";
    MissingKey "missing-key" "A key that has to be there is not.";
    WrongType "wrong-type" "A value of another type than the key takes.";
    BadDuration "bad-duration" "A time that cannot be read.";
    OutOfRange "out-of-range" "A number outside what makes sense.";
    BadChoice "bad-choice" "A word that is not among those a key takes.";
    BadName "bad-name" "An id or name with characters that do not survive in a file name.";
    BadLanguage "bad-language" "A language tag that is none.";
    Order "order" "Least, natural and most are not in this order.";
    Clash "clash" "Two keys that cannot stand together.";
    EmptyStep "empty-step" "A step that does nothing.";
    EmptyText "empty-text" "A phrase without words.";
    TooDeep "too-deep" "Steps within steps within steps.";
    EmptyScript "empty-script" "A script in which nothing happens.";
    MissingId "missing-id" "A phrase without an id, so that no clip can belong to it.";
    DoubleId "double-id" "Two phrases with one id.";
    DoubleTrack "double-track" "Two scripts with one track number.";
    DoubleName "double-name" "A script and a fragment of one name.";
    UnknownFragment "unknown-fragment" "A fragment that is not there.";
    FragmentLoop "fragment-loop" "Fragments that use each other in a circle.";
    UnknownScript "unknown-script" "A script that is not there, or that a programme cannot hold.";
    UnknownBed "unknown-bed" "A bed that is not in ambience/.";
    UnknownBell "unknown-bell" "A bell that is not in ambience/bells/.";
    UnknownVoice "unknown-voice" "A voice that is not in voice/.";
    UnknownTrack "unknown-track" "A track number that no script bears.";
    UnknownPreset "unknown-preset" "A preset that neither adem nor the course knows.";
    UnknownChoice "unknown-choice" "A choice or a value of one that the script does not offer.";
    UnknownPhrase "unknown-phrase" "An id that no phrase of the file bears.";
    UnknownLanguage "unknown-language" "A language that the course does not list.";
    UnknownLevel "unknown-level" "A guidance level that the script does not have.";
    NoSafety "no-safety" "A guided script without a safety phrase.";
    UnspokenSafety "unspoken-safety" "A safety phrase that some version would leave unspoken.";
    TooManyBeats "too-many-beats" "More beats in a text than its grid has.";
    BeatTooLong "beat-too-long" "A beat that is longer than its half-breath.";
    NoBeatPause "no-beat-pause" "A recording that cannot be cut at its beats.";
    SlowBreath "slow-breath" "A breath that is too slow or too quick to follow, or breathes in longer than out.";
    NotTranslated "not-translated" "A text without a translation.";
    StaleTranslation "stale-translation" "A translation of an older text.";
    FuzzyTranslation "fuzzy-translation" "A translation that its translator marked as doubtful.";
    PoSyntax "po-syntax" "A PO file that cannot be read.";
    CueOutside "cue-outside" "A cue that falls outside the track, or would be cut at its end.";
    MissingFile "missing-file" "A file that a course names but does not hold.";
    MissingClip "missing-clip" "A phrase that nobody has recorded yet.";
    BadClip "bad-clip" "A recording that cannot be used.";
    PoorClip "poor-clip" "A recording that can be used but will not sound well.";
    BadBed "bad-bed" "A bed or bell whose sound cannot be used.";
    BadCover "bad-cover" "A cover that is no picture players show.";
    NoLength "no-length" "A length that the exercise cannot have.";
    LockedPart "locked-part" "A part that cannot be as long as in the version it follows.";
    BadPin "bad-pin" "A clock time at which a part cannot begin.";
    TooLong "too-long" "A track that is longer than adem renders.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
