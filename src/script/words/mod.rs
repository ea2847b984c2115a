//! The words that adem itself adds to what a listener meets: captions, transcripts, practice sheets, pictures, the page and its
//! feeds.
//!
//! English, Dutch and German are built in, a file each. The PO file of a language has them under the context `adem:<name>`, such
//! as `adem:silence` and `adem:page/skip`, and comes before what is built in; what neither has is in English.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::exercise::Posture;
use super::language::Language;
use super::po::plural::PluralForms;
use super::po::{TranslationEntry, Translations};

/// What comes before the name of a word in the context of a PO entry.
pub const CONTEXT: &str = "adem:";

/// The word that is the name of a file.
const READ_ME: &str = "page/read-me";

/// The built-in languages; the first is the one that others fall back to.
static BUILT_IN: LazyLock<Vec<(&str, WordTable)>> = LazyLock::new(|| {
    let files =
        [("en", include_str!("en.toml")), ("nl", include_str!("nl.toml")), ("de", include_str!("de.toml"))];
    files.into_iter().map(|(tag, text)| (tag, WordTable::read(text))).collect()
});

/// The words in one language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AddedWords {
    pub bell: String,
    pub breath: String,
    pub step: String,
    /// What stands for a listener's words that nobody wrote down.
    pub own: String,
    /// With `{length}`.
    silence: String,
    second: CountedWord,
    minute: CountedWord,
    /// With `{minutes}` and `{seconds}`.
    minutes_seconds: String,
    pub voice: String,
    /// With `{name}`.
    pub voice_of: String,
    /// The disclosure of a synthetic voice.
    pub synthetic: String,
    /// The disclosure of drafts.
    pub draft: String,
    /// The disclosure of a synthetic voice in the tags of a file.
    pub tag_synthetic: String,
    /// The disclosure of drafts in the tags of a file.
    pub tag_draft: CountedWord,
    /// That a version has another length than its author allows, in the tags of a file.
    pub tag_length: String,
    /// The heading of what is read before a track, or before all.
    pub before: String,
    /// The heading of the list of parts.
    pub parts: String,
    /// The heading of the main sentences.
    pub take_along: String,
    /// The heading of the room for notes.
    pub notes: String,
    pub loudness: String,
    /// With `{n}`.
    pub week: String,
    posture_any: String,
    posture_sit: String,
    posture_lie: String,
    posture_walk: String,
    pub page: PageWords,
    pub player: PlayerWords,
    /// The same with marks around the English ones; `None` where a language has them all.
    #[serde(skip)]
    marked: Option<Arc<AddedWords>>,
}

/// What stands before and after an English word in a page of another language. No text has these characters, and no page: it has
/// markup in their place.
pub const ENGLISH_FROM: char = '\u{FDD0}';
pub const ENGLISH_TO: char = '\u{FDD1}';

/// A text cut where it changes to English, marked by [`AddedWords::on_page`], and back: each piece, and whether it is English.
pub fn by_language(text: &str) -> Vec<(String, bool)> {
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut depth = 0usize;
    for letter in text.chars() {
        match letter {
            ENGLISH_FROM => depth += 1,
            ENGLISH_TO => depth = depth.saturating_sub(1),
            letter => match pieces.last_mut().filter(|(_, english)| *english == (depth > 0)) {
                Some((piece, _)) => piece.push(letter),
                None => pieces.push((letter.to_string(), depth > 0)),
            },
        }
    }
    pieces
}

/// A text without the marks of [`AddedWords::on_page`].
pub fn without_marks(text: &str) -> String {
    text.replace([ENGLISH_FROM, ENGLISH_TO], "")
}

/// The words of the page and the feeds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PageWords {
    pub skip: String,
    pub language: String,
    pub colours: String,
    pub theme_device: String,
    pub theme_light: String,
    pub theme_dark: String,
    pub theme_night: String,
    pub exercise: CountedWord,
    pub weeks: CountedWord,
    /// With `{n}`.
    pub week: String,
    /// The heading of tracks that are in no week.
    pub more: String,
    pub before_this: String,
    pub synthetic: String,
    pub drafts: String,
    pub transcript: String,
    pub download: String,
    pub download_week: String,
    pub keep: String,
    pub no_tracks: String,
    pub player: String,
    pub choose: String,
    pub choose_more: String,
    pub back_to_list: String,
    pub position: String,
    pub back: String,
    pub ahead: String,
    pub timer: String,
    pub timer_off: String,
    pub bell: String,
    pub parts: String,
    pub text: String,
    pub credits: String,
    pub licence: String,
    pub consent: String,
    pub kind_voices: String,
    pub kind_beds: String,
    pub kind_bells: String,
    pub feed: String,
    pub private: String,
    pub read_me: String,
    /// With `{n}`, as are those below.
    pub minutes: String,
    pub seconds: String,
    pub megabytes: String,
    /// The decimal sign.
    pub decimal: String,
}

/// The words that the scripts of the page show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct PlayerWords {
    pub play: String,
    pause: String,
    /// With `{time}` and `{whole}`.
    place: String,
    /// Minutes, seconds and hours as they are spoken.
    minutes: CountedWord,
    seconds: CountedWord,
    hours: CountedWord,
    length: String,
    guidance: String,
    pub level_full: String,
    pub level_light: String,
    pub level_bells: String,
    sound: String,
    mix_full: String,
    mix_voice: String,
    mix_bed: String,
    choice: String,
    usual: String,
    pub none: String,
    loading: String,
    failed: String,
    offline: String,
    no_text: String,
    keeping: String,
    kept: String,
    update: String,
    remove: String,
    full: String,
    ended: String,
    /// With `{time}`.
    ends: String,
}

/// A word with a number, in each plural form of a language; `{n}` is the number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CountedWord {
    forms: Vec<String>,
    rule: PluralForms,
}

/// A word as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordText {
    One(String),
    /// A text for each plural form.
    Counted(Vec<String>),
}

/// The file of a built-in language.
struct WordTable {
    rule: PluralForms,
    words: BTreeMap<String, WordText>,
    /// What translators are told.
    notes: BTreeMap<String, String>,
}

/// A word to translate.
#[derive(Clone, Copy, Debug)]
pub struct EnglishWord<'a> {
    pub name: &'a str,
    pub text: &'a WordText,
    /// What translators are told of it.
    pub note: Option<&'a str>,
}

impl WordTable {
    /// Reads a file of this folder.
    fn read(text: &str) -> Self {
        let mut table: toml::Table = text.parse().expect("a file of our own");
        let rule = table.remove("plural").and_then(|rule| PluralForms::parse(rule.as_str()?).ok());
        let notes = table.remove("for-translators").map(toml::Value::try_into).transpose().expect("texts");
        let mut read =
            Self { rule: rule.expect("a rule"), words: BTreeMap::new(), notes: notes.unwrap_or_default() };
        read.add("", table);
        read
    }

    fn add(&mut self, before: &str, table: toml::Table) {
        let text = |value: &toml::Value| value.as_str().expect("a text").to_owned();
        for (name, value) in table {
            let name = format!("{before}{name}");
            if let toml::Value::Table(inner) = value {
                self.add(&format!("{name}/"), inner);
            } else if let Some(forms) = value.as_array() {
                self.words.insert(name, WordText::Counted(forms.iter().map(text).collect()));
            } else {
                self.words.insert(name, WordText::One(text(&value)));
            }
        }
    }

    fn of(language: &Language) -> Option<&'static Self> {
        let primary = language.as_str().split('-').next();
        BUILT_IN.iter().find(|(tag, _)| Some(*tag) == primary).map(|(_, table)| table)
    }
}

fn english() -> &'static WordTable {
    &BUILT_IN[0].1
}

/// Whether a text is a word of adem in English, as it is where a language has no other.
pub fn is_english_word(context: &str, text: &str) -> bool {
    let word = context.strip_prefix("adem:").and_then(|name| english().words.get(name));
    word.is_some_and(|word| match word {
        WordText::One(own) => own == text,
        WordText::Counted(forms) => forms.iter().any(|own| own == text),
    })
}

/// Every word in English, in order of name.
pub fn english_words() -> impl Iterator<Item = EnglishWord<'static>> {
    let table = english();
    table.words.iter().map(|(name, text)| EnglishWord {
        name,
        text,
        note: table.notes.get(name).map(String::as_str),
    })
}

/// Whether adem has its words in a language, whatever the region.
pub fn is_built_in(language: &Language) -> bool {
    WordTable::of(language).is_some()
}

/// A text with values in the place of `{name}`.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, after))
        });
        if let Some((value, after)) = value {
            filled.push_str(value);
            rest = after;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// A name in the text of a language. Where the text runs from right to left and the name does not, or the other way round, it
/// gets marks around it (FSI and PDI, Unicode Annex 9), so that a comma or a bracket after it stays in its place.
pub fn isolated(language: &Language, name: &str) -> String {
    let is_other = name
        .chars()
        .any(|letter| letter.is_alphabetic() && is_right_to_left(letter) != language.is_right_to_left());
    if is_other && (language.is_right_to_left() || name.chars().any(is_right_to_left)) {
        format!("\u{2068}{name}\u{2069}")
    } else {
        name.to_owned()
    }
}

/// Whether a letter is one of a script that runs from right to left (Unicode, the blocks of bidirectional class R or AL).
pub fn is_right_to_left(letter: char) -> bool {
    matches!(u32::from(letter), 0x590..=0x8FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF | 0x1_0800..=0x1_0FFF | 0x1_E800..=0x1_EFFF)
}

impl CountedWord {
    /// `1 week`, `8 weeks`.
    pub fn count(&self, number: u64) -> String {
        fill(&self.forms[self.rule.form(number)], &[("n", &number.to_string())])
    }
}

/// The numbers whose forms scripts are told; for a larger one they take the last two digits and 100.
const TOLD: u64 = 200;

impl Serialize for CountedWord {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let choice: String = (0..TOLD).map(|n| self.rule.form(n).to_string()).collect();
        json!({ "forms": self.forms, "choice": choice }).serialize(serializer)
    }
}

/// From this length, in seconds, a silence is given in minutes and seconds.
const MINUTES_FROM: u64 = 120;

impl AddedWords {
    /// The words in a language: those of its PO file, else the built-in ones, else English.
    pub fn of(language: &Language, translations: Option<&Translations>) -> Self {
        let mut words = Self::made(language, translations, foreign);
        if missing_words(language, translations).next().is_some() {
            words.marked = Some(Arc::new(Self::made(language, translations, marked)));
        }
        words
    }

    /// The words with marks around those that are in English for want of others, for a page to name their language.
    pub fn on_page(&self) -> &Self {
        self.marked.as_deref().unwrap_or(self)
    }

    fn made(
        language: &Language,
        translations: Option<&Translations>,
        foreign: fn(&Language, &str, &WordText) -> WordText,
    ) -> Self {
        let built_in = WordTable::of(language);
        let mut all = json!({});
        for (name, english_text) in &english().words {
            let value = translated(translations, language, name, english_text)
                .or_else(|| {
                    let table = built_in?;
                    table.words.get(name).map(|text| as_value(text, &table.rule))
                })
                .unwrap_or_else(|| as_value(&foreign(language, name, english_text), &english().rule));
            match name.split_once('/') {
                Some((group, name)) => all[group][name] = value,
                None => all[name] = value,
            }
        }
        serde_json::from_value(all).expect("every word is there")
    }

    /// The words of adem alone, without those of a course.
    pub fn built_in(language: &Language) -> Self {
        Self::of(language, None)
    }

    /// The words in English.
    pub fn english() -> &'static Self {
        static WORDS: LazyLock<AddedWords> =
            LazyLock::new(|| AddedWords::built_in(&Language::parse("en").expect("a tag")));
        &WORDS
    }

    /// The sentence for a posture.
    pub fn posture(&self, posture: Posture) -> &str {
        match posture {
            Posture::Any => &self.posture_any,
            Posture::Sit => &self.posture_sit,
            Posture::Lie => &self.posture_lie,
            Posture::Walk => &self.posture_walk,
        }
    }

    /// `silence, 40 seconds`.
    pub fn silence(&self, seconds: u64) -> String {
        let (minutes, rest) =
            if seconds >= MINUTES_FROM { (seconds / 60, seconds % 60) } else { (0, seconds) };
        let length = match (minutes, rest) {
            (0, rest) => self.second.count(rest),
            (minutes, 0) => self.minute.count(minutes),
            (minutes, rest) => fill(
                &self.minutes_seconds,
                &[("minutes", &self.minute.count(minutes)), ("seconds", &self.second.count(rest))],
            ),
        };
        fill(&self.silence, &[("length", &length)])
    }

    /// `week 3`.
    pub fn week(&self, week: u32) -> String {
        fill(&self.week, &[("n", &week.to_string())])
    }
}

impl PageWords {
    /// `Week 3`.
    pub fn week(&self, week: u32) -> String {
        fill(&self.week, &[("n", &week.to_string())])
    }

    /// `5 min`, `24 s`, as lists of tracks show a length.
    pub fn length(&self, seconds: f64) -> String {
        if seconds < 59.5 {
            fill(&self.seconds, &[("n", &format!("{seconds:.0}"))])
        } else {
            fill(&self.minutes, &[("n", &format!("{:.0}", seconds / 60.0))])
        }
    }

    /// `4.6 MB`, `23 MB`.
    pub fn size(&self, bytes: u64) -> String {
        let megabytes = bytes as f64 / 1e6;
        let number = if megabytes >= 9.95 {
            format!("{megabytes:.0}")
        } else {
            format!("{:.1}", megabytes.max(0.1)).replace('.', &self.decimal)
        };
        fill(&self.megabytes, &[("n", &number)])
    }
}

/// What a PO file has for a word; `None` if it is not whole.
fn translated(
    translations: Option<&Translations>,
    language: &Language,
    name: &str,
    english: &WordText,
) -> Option<Value> {
    let entry = translations?.word(&format!("{CONTEXT}{name}"))?;
    match english {
        WordText::One(_) => Some(Value::String(entry.text.clone())),
        WordText::Counted(_) => {
            let rule = translations?.plural.clone().unwrap_or_else(|| PluralForms::of(language));
            let whole = entry.forms.len() == rule.count();
            whole.then(|| as_value(&WordText::Counted(entry.forms.clone()), &rule))
        }
    }
}

/// A word of English in another language: where that runs from right to left, it has marks around it, so that its signs stay
/// where they belong. The name of a file has none.
fn foreign(language: &Language, name: &str, text: &WordText) -> WordText {
    match text {
        text if name == READ_ME => text.clone(),
        WordText::One(text) => WordText::One(isolated(language, text)),
        WordText::Counted(forms) => {
            WordText::Counted(forms.iter().map(|form| isolated(language, form)).collect())
        }
    }
}

/// A word of English in another language with marks around it, for a page.
fn marked(language: &Language, name: &str, text: &WordText) -> WordText {
    let mark = |text: String| {
        if text.chars().any(char::is_alphabetic) { format!("{ENGLISH_FROM}{text}{ENGLISH_TO}") } else { text }
    };
    match foreign(language, name, text) {
        text if name == READ_ME => text,
        WordText::One(text) => WordText::One(mark(text)),
        WordText::Counted(forms) => WordText::Counted(forms.into_iter().map(mark).collect()),
    }
}

fn as_value(text: &WordText, rule: &PluralForms) -> Value {
    match text {
        WordText::One(text) => Value::String(text.clone()),
        WordText::Counted(forms) => json!({ "forms": forms, "rule": rule }),
    }
}

/// The words that a language lacks, by name: those that are neither built in nor in its PO file.
pub fn missing_words<'a>(
    language: &'a Language,
    translations: Option<&'a Translations>,
) -> impl Iterator<Item = EnglishWord<'static>> + 'a {
    let is_own = is_built_in(language);
    english_words()
        .filter(move |word| !is_own && translated(translations, language, word.name, word.text).is_none())
}

/// What stands in braces in a text, each once.
pub fn places(text: &str) -> BTreeSet<&str> {
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).filter(is_name).collect()
}

/// The words of a PO file that lack one of the places of the English text, or have one that adem does not fill: the entry, and
/// what it should have. A plural form may leave out the number.
pub fn wrong_places(translations: &Translations) -> Vec<(&TranslationEntry, Vec<&'static str>)> {
    let mut wrong = Vec::new();
    for word in english_words() {
        let Some(entry) = translations.word(&format!("{CONTEXT}{}", word.name)) else { continue };
        let (wanted, all) = match word.text {
            WordText::One(text) => (places(text), true),
            WordText::Counted(forms) => (places(&forms[0]), false),
        };
        let is_right = |form: &String| {
            let found = places(form);
            if all { found == wanted } else { found.is_subset(&wanted) }
        };
        if !entry.forms.iter().all(is_right) {
            wrong.push((entry, wanted.into_iter().collect()));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{FileId, Sink};
    use crate::script::po::syntax;

    fn words(tag: &str) -> AddedWords {
        AddedWords::built_in(&Language::parse(tag).unwrap())
    }

    fn with_po(tag: &str, po: &str) -> AddedWords {
        let sink = Sink::new();
        let file = syntax::read(FileId(0), po, &sink).unwrap_or_else(|| panic!("{:?}", sink.into_sorted()));
        AddedWords::of(&Language::parse(tag).unwrap(), Some(&Translations::of(&file)))
    }

    #[test]
    fn a_short_silence_is_in_seconds_and_a_long_one_in_minutes() {
        assert_eq!(words("en").silence(40), "silence, 40 seconds");
        assert_eq!(words("en").silence(90), "silence, 90 seconds");
        assert_eq!(words("nl-BE").silence(300), "stilte, 5 minuten");
        assert_eq!(words("nl").silence(121), "stilte, 2 minuten 1 seconde");
        assert_eq!(words("de-AT").silence(61), "Stille, 61 Sekunden");
    }

    #[test]
    fn a_language_without_words_gets_those_of_english() {
        assert_eq!(AddedWords { marked: None, ..words("fi") }, words("en"));
        assert!(is_built_in(&Language::parse("de-CH").unwrap()));
        assert!(!is_built_in(&Language::parse("fi").unwrap()));
    }

    #[test]
    fn every_built_in_language_has_every_word_with_its_places() {
        for (tag, table) in BUILT_IN.iter() {
            assert_eq!(
                table.words.keys().collect::<Vec<_>>(),
                english().words.keys().collect::<Vec<_>>(),
                "{tag}"
            );
            for (name, english_text) in &english().words {
                match (english_text, &table.words[name]) {
                    (WordText::One(one), WordText::One(other)) => {
                        assert_eq!(places(one), places(other), "{tag} {name}");
                        assert!(!other.trim().is_empty(), "{tag} {name}");
                    }
                    (WordText::Counted(_), WordText::Counted(forms)) => {
                        assert_eq!(forms.len(), table.rule.count(), "{tag} {name}");
                        assert!(
                            forms.iter().all(|form| places(form) == BTreeSet::from(["n"])),
                            "{tag} {name}"
                        );
                    }
                    pair => panic!("{tag} {name}: {pair:?}"),
                }
            }
        }
        for name in english().notes.keys() {
            assert!(english().words.contains_key(name), "a note on {name}, which is no word");
        }
    }

    #[test]
    fn english_on_a_page_from_right_to_left_is_kept_apart() {
        let arabic = words("ar");
        assert_eq!(arabic.page.size(1_900_000), "\u{2068}1.9 MB\u{2069}");
        assert_eq!(arabic.page.synthetic, format!("\u{2068}{}\u{2069}", words("en").page.synthetic));
        assert_eq!((arabic.page.read_me.as_str(), arabic.page.decimal.as_str()), ("read-me", "."));
        // A page names its language; a word in a word is in the same.
        assert_eq!(
            by_language(&format!("{} · 静か", words("ja").on_page().silence(130))),
            [("silence, 2 minutes 10 seconds".to_owned(), true), (" · 静か".to_owned(), false)]
        );
        assert_eq!(words("nl").on_page(), &words("nl"));
        assert_eq!(arabic.on_page().page.decimal, ".");
    }

    const POLISH: &str = r#"msgid ""
msgstr ""
"Language: pl\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

msgctxt "adem:silence"
msgid "silence, {length}"
msgstr "cisza: {length}"

msgctxt "adem:second"
msgid "{n} second"
msgid_plural "{n} seconds"
msgstr[0] "{n} sekunda"
msgstr[1] "{n} sekundy"
msgstr[2] "{n} sekund"

msgctxt "adem:minute"
msgid "{n} minute"
msgid_plural "{n} minutes"
msgstr[0] "{n} minuta"
msgstr[1] ""
msgstr[2] ""
"#;

    #[test]
    fn a_po_file_has_words_in_the_plural_forms_of_its_language() {
        let words = with_po("pl", POLISH);
        let told: Vec<_> = [1, 2, 5, 12, 22, 25].iter().map(|seconds| words.silence(*seconds)).collect();
        assert_eq!(
            told,
            [
                "cisza: 1 sekunda",
                "cisza: 2 sekundy",
                "cisza: 5 sekund",
                "cisza: 12 sekund",
                "cisza: 22 sekundy",
                "cisza: 25 sekund",
            ]
        );
        // Half a translation is none: it is English, with the forms of English.
        assert_eq!(words.silence(125), "cisza: 2 minutes 5 sekund");
        let data = serde_json::to_value(&words.player.seconds).unwrap();
        assert_eq!(&data["choice"].as_str().unwrap()[..6], "101111");
    }

    #[test]
    fn a_po_file_comes_before_what_is_built_in() {
        let po = "msgctxt \"adem:bell\"\nmsgid \"bell\"\nmsgstr \"Klangschale\"\n";
        assert_eq!(
            (with_po("de", po).bell, with_po("de", po).step),
            ("Klangschale".into(), "Schritte".into())
        );
    }

    #[test]
    fn missing_words_are_those_that_nobody_has() {
        let language = Language::parse("pl").unwrap();
        let all = missing_words(&language, None).count();
        assert_eq!(all, english_words().count());
        let sink = Sink::new();
        let file = syntax::read(FileId(0), POLISH, &sink).unwrap();
        let texts = Translations::of(&file);
        assert_eq!(missing_words(&language, Some(&texts)).count(), all - 2);
        assert_eq!(missing_words(&Language::parse("nl").unwrap(), None).count(), 0);
    }

    #[test]
    fn a_place_that_is_lost_or_unknown_is_found() {
        let sink = Sink::new();
        let po = POLISH.replace("cisza: {length}", "cisza: {dlugosc}").replace("{n} sekunda", "sekunda");
        let file = syntax::read(FileId(0), &po, &sink).unwrap();
        let texts = Translations::of(&file);
        let wrong = wrong_places(&texts);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert_eq!(wrong[0].1, ["length"]);
    }

    #[test]
    fn names_are_filled_in_and_other_braces_stay() {
        assert_eq!(fill("{a} {b} {c", &[("a", "{b}"), ("b", "2")]), "{b} 2 {c");
    }

    #[test]
    fn a_name_of_the_other_direction_is_isolated() {
        let [ar, nl] = ["ar", "nl"].map(|tag| Language::parse(tag).unwrap());
        assert_eq!(isolated(&ar, "Anna de Vries"), "\u{2068}Anna de Vries\u{2069}");
        assert_eq!(isolated(&ar, "حمامة"), "حمامة");
        assert_eq!(isolated(&nl, "Anna · 場所"), "Anna · 場所");
        assert_eq!(isolated(&nl, "حمامة"), "\u{2068}حمامة\u{2069}");
    }

    #[test]
    fn lengths_and_sizes_are_as_people_say_them() {
        let [nl, en] = ["nl-BE", "fi"].map(|tag| words(tag).page);
        assert_eq!(nl.length(300.0), "5 min");
        assert_eq!(nl.length(24.2), "24 s");
        assert_eq!(nl.length(59.9), "1 min");
        assert_eq!(nl.size(4_640_000), "4,6 MB");
        assert_eq!(en.size(4_640_000), "4.6 MB");
        assert_eq!(en.size(23_400_000), "23 MB");
        assert_eq!(en.size(9_960_000), "10 MB");
        assert_eq!(en.weeks.count(1), "1 week");
    }
}
