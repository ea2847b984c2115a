//! What the name of a clip says: of which phrase it is, in which language, and which take.
//!
//! A name is cut into words, and every way to read all of them is tried: a language, the voice, a script, a phrase by its id
//! or its number on the sheet, a take, and words such as `clip`. So it does not matter in which order a program puts them.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::SpokenScript;
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::toml::table::as_name;

/// What names can mean: the phrases of the scripts that are recorded.
pub struct KnownNames {
    /// Of each script its number, and its phrases in the order of the sheet.
    scripts: BTreeMap<String, (Option<u32>, Vec<PhraseKey>)>,
    /// The scripts and fragments.
    files: BTreeSet<String>,
    /// The phrases by id.
    ids: BTreeMap<String, BTreeSet<PhraseKey>>,
    languages: BTreeMap<String, Language>,
    voices: BTreeSet<String>,
}

/// What a name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMeaning {
    pub phrases: BTreeSet<PhraseKey>,
    /// The language it names.
    pub language: Option<Language>,
    /// The number of the take; a copy is the second.
    pub take: Option<u32>,
}

/// Words that say nothing about the phrase.
const FILLERS: [&str; 22] = [
    "clip",
    "take",
    "phrase",
    "zin",
    "satz",
    "frase",
    "phrasen",
    "audio",
    "track",
    "rec",
    "recording",
    "opname",
    "aufnahme",
    "final",
    "edit",
    "mono",
    "p",
    "nr",
    "no",
    "line",
    "regel",
    "zeile",
];

/// What programs and people add to the name of a copy.
const COPIES: [&str; 6] = [" - copy", " - kopie", " copy", " kopie", "-kopie", "-copy"];

/// Higher numbers, such as a date, are no takes: a later take would have to be higher still.
const MOST_TAKES: u32 = 999;

/// One way to read a name so far.
#[derive(Clone, Debug, Default)]
struct NameReading {
    /// Whether any language may be named, not only one of the course.
    any_language: bool,
    language: Option<Language>,
    voice: bool,
    script: Option<String>,
    id: Option<String>,
    number: Option<usize>,
    take: Option<u32>,
    fillers: usize,
}

impl KnownNames {
    pub fn of(
        scripts: &[SpokenScript],
        languages: impl Iterator<Item = Language>,
        voices: impl Iterator<Item = String>,
    ) -> Self {
        let mut ids: BTreeMap<String, BTreeSet<PhraseKey>> = BTreeMap::new();
        let mut known = BTreeMap::new();
        for script in scripts {
            let phrases: Vec<_> = script.phrases().map(|phrase| phrase.key.clone()).collect();
            for key in &phrases {
                ids.entry(key.id.clone()).or_default().insert(key.clone());
            }
            known.insert(script.id.clone(), (script.track, phrases));
        }
        let mut tags = BTreeMap::new();
        for language in languages {
            tags.insert(as_name(&language.as_str().to_lowercase()), language.clone());
        }
        let files = ids.values().flatten().map(|key| key.file.clone());
        let files = files.chain(known.keys().cloned()).collect();
        Self { scripts: known, files, ids, languages: tags, voices: voices.collect() }
    }

    /// What a name without its ending says; the folders it lies in may say the script. `None` if it cannot be read whole. A
    /// language that the course does not have is named only where there is no other way to read the name.
    pub fn read(&self, stem: &str, folders: &[&str]) -> Option<NameMeaning> {
        let own = self.read_from(stem, folders, &NameReading::default());
        let any =
            || self.read_from(stem, folders, &NameReading { any_language: true, ..NameReading::default() });
        own.or_else(any)
    }

    /// Whether the course has a language.
    pub fn has(&self, language: &Language) -> bool {
        self.languages.values().any(|own| own == language)
    }

    fn read_from(&self, stem: &str, folders: &[&str], from: &NameReading) -> Option<NameMeaning> {
        let (stem, copy) = without_copy(stem);
        let name = as_name(stem);
        let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
        let mut readings = Vec::new();
        let in_folder = folders.iter().rev().find_map(|folder| {
            let name = as_name(folder);
            self.scripts.contains_key(&name).then_some(name)
        });
        self.search(&words, from, &mut readings);
        let mut best: Option<(u8, usize, NameMeaning)> = None;
        for mut reading in readings {
            if reading.script.is_none() {
                reading.script.clone_from(&in_folder);
            }
            let phrases = self.phrases(&reading);
            if phrases.is_empty() {
                continue;
            }
            // An id is sooner meant than a number, and more words of the name than fewer.
            let worth = (u8::from(reading.id.is_none()), reading.fillers);
            let meaning = NameMeaning { phrases, language: reading.language, take: reading.take.or(copy) };
            best = match best {
                Some(held) if (held.0, held.1) < worth => Some(held),
                Some((kind, fillers, mut held)) if (kind, fillers) == worth => {
                    held.phrases.extend(meaning.phrases);
                    Some((kind, fillers, held))
                }
                Some(_) | None => Some((worth.0, worth.1, meaning)),
            };
        }
        best.map(|(_, _, meaning)| meaning)
    }

    /// The phrases that a reading can stand for.
    fn phrases(&self, reading: &NameReading) -> BTreeSet<PhraseKey> {
        let of_script = |key: &PhraseKey| match &reading.script {
            None => true,
            Some(script) => {
                key.file == *script
                    || self.scripts.get(script).is_some_and(|(_, phrases)| phrases.contains(key))
            }
        };
        if let Some(id) = &reading.id {
            let named = self.ids.get(id).into_iter().flatten();
            return named.filter(|key| of_script(key)).cloned().collect();
        }
        let Some(at) = reading.number.and_then(|number| number.checked_sub(1)) else {
            return BTreeSet::new();
        };
        let scripts =
            self.scripts.iter().filter(|(id, _)| reading.script.as_ref().is_none_or(|own| own == *id));
        scripts.filter_map(|(_, (_, phrases))| phrases.get(at).cloned()).collect()
    }

    fn search(&self, words: &[&str], so_far: &NameReading, found: &mut Vec<NameReading>) {
        const MOST: usize = 256;
        let Some((first, rest)) = words.split_first() else {
            found.push(so_far.clone());
            return;
        };
        if found.len() > MOST {
            return;
        }
        // Names and ids may have several words.
        for count in 1..=words.len() {
            let name = words[..count].join("-");
            let left = &words[count..];
            if so_far.id.is_none() && so_far.number.is_none() && self.ids.contains_key(&name) {
                self.search(left, &NameReading { id: Some(name.clone()), ..so_far.clone() }, found);
            }
            if so_far.script.is_none() && self.files.contains(&name) {
                self.search(left, &NameReading { script: Some(name.clone()), ..so_far.clone() }, found);
            }
            if !so_far.voice && self.voices.contains(&name) {
                self.search(left, &NameReading { voice: true, ..so_far.clone() }, found);
            }
            let language = || {
                let own = self.languages.get(&name).cloned();
                own.or_else(|| any_language(&words[..count]).filter(|_| so_far.any_language))
            };
            if so_far.language.is_none()
                && let Some(language) = language()
            {
                self.search(left, &NameReading { language: Some(language), ..so_far.clone() }, found);
            }
        }
        if so_far.take.is_none() {
            if let Some(number) = first.strip_prefix('t').and_then(take_number) {
                self.search(rest, &NameReading { take: Some(number), ..so_far.clone() }, found);
            }
            if let Some(number) = first.strip_prefix("take").and_then(take_number) {
                self.search(rest, &NameReading { take: Some(number), ..so_far.clone() }, found);
            }
            if *first == "take"
                && let Some((second, rest)) = rest.split_first()
                && let Some(number) = take_number(second)
            {
                self.search(rest, &NameReading { take: Some(number), ..so_far.clone() }, found);
            }
        }
        if let Some(number) = number_of(first.strip_prefix('p').unwrap_or(first)) {
            if so_far.id.is_none() && so_far.number.is_none() {
                self.search(rest, &NameReading { number: Some(number as usize), ..so_far.clone() }, found);
            }
            let by_track = self.scripts.iter().find(|(_, (track, _))| *track == Some(number));
            // The number of a track comes before that of a phrase.
            if so_far.script.is_none()
                && so_far.number.is_none()
                && !first.starts_with('p')
                && let Some((script, _)) = by_track
            {
                self.search(rest, &NameReading { script: Some(script.clone()), ..so_far.clone() }, found);
            }
        }
        if FILLERS.contains(first) {
            self.search(rest, &NameReading { fillers: so_far.fillers + 1, ..so_far.clone() }, found);
        }
    }
}

fn number_of(word: &str) -> Option<u32> {
    word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

fn take_number(word: &str) -> Option<u32> {
    number_of(word).filter(|number| *number <= MOST_TAKES)
}

/// The language that the tag of these words names, such as `fr` or `pt-br`: one that ISO 639 has two letters for.
fn any_language(words: &[&str]) -> Option<Language> {
    let is_region = |word: &&str| word.len() == 2;
    match words {
        [_] => {}
        [_, region] if is_region(region) => {}
        [..] => return None,
    }
    Language::parse(&words.join("-")).filter(Language::has_two_letters)
}

/// A name without the mark of a copy, and the take that the copy is.
fn without_copy(stem: &str) -> (&str, Option<u32>) {
    let stem = stem.trim();
    if let Some((name, number)) = stem.strip_suffix(')').and_then(|rest| rest.rsplit_once('('))
        && let Some(number) = take_number(number)
    {
        let number = number.max(2);
        // `x - Kopie (2)` comes after `x - Kopie`.
        return match without_copy_word(name.trim()) {
            Some(name) => (name, Some(number + 1)),
            None => (name.trim(), Some(number)),
        };
    }
    without_copy_word(stem).map_or((stem, None), |name| (name, Some(2)))
}

fn without_copy_word(stem: &str) -> Option<&str> {
    let lower = stem.to_lowercase();
    for copy in COPIES {
        if let Some(name) = lower.strip_suffix(copy)
            && stem.is_char_boundary(name.len())
        {
            return Some(&stem[..name.len()]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::lines::{SpokenPart, SpokenPhrase};
    use crate::unit::Seconds;

    fn script(id: &str, track: u32, phrases: &[(&str, &str)]) -> SpokenScript {
        let phrase = |(at, (file, id)): (usize, &(&str, &str))| SpokenPhrase {
            number: at + 1,
            key: PhraseKey { file: (*file).to_owned(), id: (*id).to_owned() },
            text: Some("Een.".to_owned()),
            is_fuzzy: false,
            note: None,
            is_note_translated: false,
            safety: false,
            soft: false,
            before: None,
            after: Seconds::ZERO,
            grid: None,
        };
        SpokenScript {
            id: id.to_owned(),
            track: Some(track),
            title: id.to_owned(),
            source: None,
            parts: vec![SpokenPart {
                title: None,
                phrases: phrases.iter().enumerate().map(phrase).collect(),
            }],
        }
    }

    fn known() -> KnownNames {
        let place = [
            ("aankomen", "welkom"),
            ("veilige-plek", "plek"),
            ("veilige-plek", "in-uit"),
            ("veilige-plek", "satz-06"),
        ];
        let evening = [("avond", "dag"), ("avond", "plek")];
        let scripts = [script("veilige-plek", 2, &place), script("avond", 7, &evening)];
        let languages = ["nl", "en", "pt-BR"].map(|tag| Language::parse(tag).unwrap());
        KnownNames::of(&scripts, languages.into_iter(), ["anna".to_owned()].into_iter())
    }

    fn read(stem: &str, folders: &[&str]) -> Option<(Vec<String>, Option<String>, Option<u32>)> {
        let meaning = known().read(stem, folders)?;
        let phrases = meaning.phrases.iter().map(ToString::to_string).collect();
        Some((phrases, meaning.language.map(|tag| tag.to_string()), meaning.take))
    }

    #[test]
    fn a_name_is_read_in_any_order() {
        let one = |key: &str| vec![key.to_owned()];
        for (stem, key, language, take) in [
            ("en_veilige-plek_plek_t2", "veilige-plek/plek", Some("en"), Some(2)),
            ("EN veilige plek in-uit Take 3", "veilige-plek/in-uit", Some("en"), Some(3)),
            ("avond_p001_nl_anna_t2", "avond/dag", Some("nl"), Some(2)),
            ("Satz-06 (2)", "veilige-plek/satz-06", None, Some(2)),
            ("veilige-plek-003", "veilige-plek/in-uit", None, None),
            ("02_003", "veilige-plek/in-uit", None, None),
            ("in_uit - Kopie", "veilige-plek/in-uit", None, Some(2)),
            ("pt-br_dag", "avond/dag", Some("pt-BR"), None),
            ("nl_aankomen_welkom_t1", "aankomen/welkom", Some("nl"), Some(1)),
            ("dag (1)", "avond/dag", None, Some(2)),
            ("dag - Kopie (3)", "avond/dag", None, Some(4)),
            ("dag_t999", "avond/dag", None, Some(999)),
            // A language that the course does not have.
            ("fr_dag", "avond/dag", Some("fr"), None),
            ("dag_pt-pt_t2", "avond/dag", Some("pt-PT"), Some(2)),
            ("deu_dag", "avond/dag", Some("deu"), None),
        ] {
            assert_eq!(read(stem, &[]), Some((one(key), language.map(str::to_owned), take)), "{stem}");
        }
    }

    #[test]
    fn a_folder_says_the_script_and_what_fits_twice_has_two_phrases() {
        assert_eq!(read("plek", &[]).unwrap().0, ["avond/plek", "veilige-plek/plek"]);
        assert_eq!(read("plek", &["avond"]).unwrap().0, ["avond/plek"]);
        assert_eq!(read("001", &["takes", "Avond"]).unwrap().0, ["avond/dag"]);
        assert_eq!(read("001", &[]).unwrap().0, ["aankomen/welkom", "avond/dag"]);
        assert_eq!(read("Zin 2", &["avond"]).unwrap().0, ["avond/plek"]);
    }

    #[test]
    fn what_is_not_known_says_nothing() {
        for stem in [
            "vogel",
            "plek-en-vogel",
            "099",
            "",
            "(2)",
            "…",
            "dag_t4294967295",
            "dag take 20261127",
            "dag (20261127)",
            "xyz_dag",
        ] {
            assert_eq!(read(stem, &[]), None, "{stem}");
        }
    }
}
