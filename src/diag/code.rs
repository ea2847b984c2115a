//! Every kind of error that adem reports.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $name:literal $meaning:literal;)*) => {
        /// The kind of error in a diagnostic. The names never change, since people search for them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// All codes, in the order they are listed in.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name shown in a message.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// A one-line description.
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
    MissingKey "missing-key" "A required key is missing.";
    WrongType "wrong-type" "A value of another type than the key takes.";
    BadDuration "bad-duration" "A time that cannot be read.";
    OutOfRange "out-of-range" "A number outside the allowed range.";
    BadChoice "bad-choice" "A word that is not one of the allowed values.";
    BadName "bad-name" "An id or name with characters that cannot be used in a file name.";
    BadLanguage "bad-language" "Not a valid language tag.";
    Order "order" "Least, natural and most are not in this order.";
    Clash "clash" "Two keys that exclude each other.";
    EmptyStep "empty-step" "A step that does nothing.";
    EmptyText "empty-text" "A phrase without words.";
    HiddenSign "hidden-sign" "A text with a sign that cannot be seen and shows letters in another order.";
    TooDeep "too-deep" "Steps nested too deeply.";
    EmptyScript "empty-script" "A script in which nothing happens.";
    MissingId "missing-id" "A phrase without an id, so that no recording can be assigned to it.";
    DoubleId "double-id" "Two phrases with the same id.";
    DoubleTrack "double-track" "Two scripts with the same track number.";
    DoubleName "double-name" "A script and a fragment with the same name.";
    UnknownFragment "unknown-fragment" "A fragment that does not exist.";
    FragmentLoop "fragment-loop" "Fragments that use each other in a circle.";
    UnknownScript "unknown-script" "A script that does not exist or cannot be part of a programme.";
    UnknownBed "unknown-bed" "A bed that is not in ambience/.";
    UnknownBell "unknown-bell" "A bell that is not in ambience/bells/.";
    UnknownVoice "unknown-voice" "A voice that is not in voice/.";
    UnknownTrack "unknown-track" "A track number that no script has.";
    StrayTrack "stray-track" "A track that no week lists.";
    UnknownPreset "unknown-preset" "A preset that neither adem nor the course knows.";
    UnknownChoice "unknown-choice" "A choice or a value of one that the script does not offer.";
    OwnWords "own-words" "Words of a listener that cannot be spoken in this version.";
    UnknownPhrase "unknown-phrase" "An id that no phrase of the file has.";
    UnknownLanguage "unknown-language" "A language that the course does not list.";
    UnknownLevel "unknown-level" "A guidance level that the script does not have.";
    NoSafety "no-safety" "A guided script without a safety phrase.";
    UnspokenSafety "unspoken-safety" "A safety phrase that some version would leave unspoken.";
    TooManyBeats "too-many-beats" "More beats in a text than its grid has.";
    BeatTooLong "beat-too-long" "A beat that is longer than its half-breath.";
    NoBeatPause "no-beat-pause" "A recording that cannot be cut at its beats.";
    SlowBreath "slow-breath" "A breath that is too slow or too quick to follow, or breathes in longer than out.";
    UntranslatedSafety "untranslated-safety" "A safety phrase without a translation into a language that it is delivered in.";
    NotTranslated "not-translated" "A text without a translation.";
    StaleTranslation "stale-translation" "A translation of an older text.";
    FuzzyTranslation "fuzzy-translation" "A translation that its translator marked as doubtful.";
    BadTranslation "bad-translation" "A translation that has lost something of its text, such as a bar or a number.";
    PoSyntax "po-syntax" "A PO file that cannot be read.";
    PoCharset "po-charset" "A PO file that is not in UTF-8, or whose header names another charset than it has.";
    PoHeader "po-header" "A header of a PO file that does not fit its language.";
    CueOutside "cue-outside" "A cue that falls outside the track, or would be cut at its end.";
    MissingFile "missing-file" "A file that the course names but does not contain.";
    UntrustedLink "untrusted-link" "A link out of the course folder that is not trusted.";
    UnreadFile "unread-file" "A file that looks as if it were meant for adem, which does not read it.";
    MixedFiles "mixed-files" "Finished files beside each other that are from different renders.";
    MissingClip "missing-clip" "A phrase without a recording.";
    UndeclaredDraft "undeclared-draft" "A delivery of phrases without a recording, in which no machine may speak.";
    NoLicence "no-licence" "A delivery with a sound whose licence is not known.";
    NoConsent "no-consent" "A delivery with the voice of a person who has not agreed to it.";
    BadClip "bad-clip" "A recording that cannot be used.";
    StaleTake "stale-take" "A recording of a phrase whose words have changed since.";
    PoorClip "poor-clip" "A recording that can be used but will not sound well.";
    SpoiltClip "spoilt-clip" "A recording with a fault that is heard in every track and is not repaired.";
    DamagedSound "damaged-sound" "A recording that is cut off or damaged, and is used as far as it goes.";
    BadBed "bad-bed" "A bed or bell whose sound cannot be used.";
    LoudBed "loud-bed" "A bed that is nearly as loud as the voice, or louder.";
    BadCover "bad-cover" "A cover image that players cannot show.";
    NoLength "no-length" "A length that the exercise cannot have.";
    SearchEnded "search-ended" "A script with so many rounds that not every choice of them could be tried.";
    LockedPart "locked-part" "A part that cannot have its length in the version it is locked to.";
    BadPin "bad-pin" "A clock time at which a part cannot begin.";
    Markup "markup" "A mark for how a text looks or is spoken, which a voice would say.";
    Command "command" "An order where an invitation belongs.";
    Promise "promise" "A promise or a cure.";
    BreathHold "breath-hold" "The breath is held.";
    Absolute "absolute" "A must, an always or a never.";
    Address "address" "Another form of address than that of the course.";
    LongPhrase "long-phrase" "A phrase of more than 15 words or 9 s.";
    DoubledPhrase "doubled-phrase" "A phrase that another track says too.";
    LateSafety "late-safety" "A first minute that does not say one may stop.";
    NoWayBack "no-way-back" "A hard invitation without a way back within 90 s.";
    LongSilence "long-silence" "Silence of more than 90 s after a hard invitation.";
    TooLong "too-long" "A track that is longer than adem renders.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
