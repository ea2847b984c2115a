//! One key of a table, and the keys of a table: name, kind, default, example, meaning.

use std::fmt;

use super::kind::Kind;
use crate::unit::Seconds;

#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As written in a file.
    pub name: &'static str,
    pub kind: Kind,
    /// A value as a user would write it.
    pub example: &'static str,
    /// See [`Key::doc`].
    doc: &'static str,
    /// The value of an absent key, for keys read by [`Table::number`](super::table::Table::number) and similar methods.
    pub default: Option<DefaultValue>,
    /// Whether the table cannot be read without it.
    pub needed: bool,
}

/// The value of an absent key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// A number, a level or a loudness.
    Number(f64),
    /// A time.
    Time(Seconds),
    /// A word.
    Word(&'static str),
}

impl Key {
    /// In `doc`, `{range}` stands for the limits of the kind and `{default}` for the default.
    pub const fn new(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Self {
        Self { name, kind, example, doc, default: None, needed: false }
    }

    /// A key its table cannot be read without.
    pub const fn needed(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Self {
        Self { needed: true, ..Self::new(name, kind, example, doc) }
    }

    /// The key with the value it has when absent.
    #[must_use]
    pub const fn or(self, default: DefaultValue) -> Self {
        Self { default: Some(default), ..self }
    }

    /// Its meaning, unit and default, for users.
    pub fn doc(&self) -> String {
        let range = self.kind.limits().unwrap_or_default();
        let default = self.default.map_or_else(String::new, |default| default.to_string());
        self.doc.replace("{range}", &range).replace("{default}", &default)
    }

    /// The example as TOML: after the key, or as a table with its own header.
    pub fn typed(&self) -> String {
        if header_of(self.example).is_some() {
            self.example.to_owned()
        } else {
            format!("{} = {}", self.name, self.example)
        }
    }
}

/// As in a TOML file; a time in seconds.
impl fmt::Display for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Time(time) => time.as_f64().fmt(f),
            Self::Word(word) => f.write_str(word),
        }
    }
}

/// The first line of an example that is a table with its own header, such as `[[part]]`.
pub fn header_of(example: &'static str) -> Option<&'static str> {
    example.split_once('\n').map(|(header, _)| header)
}

/// The keys of several readers as one list.
///
/// # Panics
/// At compile time, if `N` is not the total number of keys.
pub const fn joined<const N: usize>(lists: &[&[Key]]) -> [Key; N] {
    let mut keys = [lists[0][0]; N];
    let (mut next, mut list) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            keys[next] = lists[list][at];
            next += 1;
            at += 1;
        }
        list += 1;
    }
    assert!(next == N, "N is the total number of keys");
    keys
}

/// As [`joined`], but a key that several lists have appears once, at its first place.
///
/// # Panics
/// At compile time, if `N` is not [`count_distinct`] of the lists.
pub const fn distinct<const N: usize>(lists: &[&[Key]]) -> [Key; N] {
    let mut keys = [lists[0][0]; N];
    let (mut next, mut list) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            if !is_in_earlier_list(lists, list, at) {
                keys[next] = lists[list][at];
                next += 1;
            }
            at += 1;
        }
        list += 1;
    }
    assert!(next == N, "N is the number of distinct keys");
    keys
}

/// The number of distinct keys in several lists.
pub const fn count_distinct(lists: &[&[Key]]) -> usize {
    let (mut count, mut list) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            count += !is_in_earlier_list(lists, list, at) as usize;
            at += 1;
        }
        list += 1;
    }
    count
}

/// Whether the key at `lists[list][at]` is in an earlier list too.
const fn is_in_earlier_list(lists: &[&[Key]], list: usize, at: usize) -> bool {
    let name = lists[list][at].name.as_bytes();
    let mut earlier = 0;
    while earlier < list {
        let mut other = 0;
        while other < lists[earlier].len() {
            if same_bytes(lists[earlier][other].name.as_bytes(), name) {
                return true;
            }
            other += 1;
        }
        earlier += 1;
    }
    false
}

/// `==`, which is not available in constants.
const fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The words of a list of words and their meanings, for [`Kind::OneOf`]. [`Node::one_of`](super::table::Node::one_of)
/// reads with the same list.
pub const fn words<T: Copy, const N: usize>(meanings: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut at = 0;
    while at < N {
        words[at] = meanings[at].0;
        at += 1;
    }
    words
}

/// The word that stands for a value.
///
/// # Panics
/// If no word stands for it.
pub fn word_of<T: PartialEq>(meanings: &[(&'static str, T)], value: &T) -> &'static str {
    meanings.iter().find(|(_, meaning)| meaning == value).expect("every value has a word").0
}

/// The keys of one kind of table.
#[derive(Debug)]
pub struct TableKeys {
    /// What the table is, with an article: `a step`.
    pub what: &'static str,
    /// Its keys, in the order of `fmt` and the reference.
    pub keys: &'static [Key],
    /// The kind of each value, where the user chooses the keys.
    pub named_values: Option<Kind>,
    /// Entries that every file has by default, as TOML.
    pub built_in: Option<fn() -> String>,
}

impl TableKeys {
    pub(crate) const fn new(what: &'static str, keys: &'static [Key]) -> Self {
        Self { what, keys, named_values: None, built_in: None }
    }

    /// A table whose keys the user chooses; each value is of this kind.
    pub(crate) const fn named(what: &'static str, value: Kind) -> Self {
        Self { what, keys: &[], named_values: Some(value), built_in: None }
    }

    /// Adds entries that every file has by default, as TOML.
    pub(crate) const fn with_built_in(self, typed: fn() -> String) -> Self {
        Self { built_in: Some(typed), ..self }
    }

    pub fn find(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// What the table is, without an article: `step`.
    pub fn name(&self) -> &'static str {
        let what = self.what.trim_matches('`');
        what.split_once(' ').map_or(what, |(_, name)| name)
    }

    /// Its name as a heading: `Step`.
    pub fn title(&self) -> String {
        let mut letters = self.name().chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys.iter().map(|key| key.name)
    }
}

/// A kind of file: its name, where its files are, and their keys.
#[derive(Clone, Copy, Debug)]
pub struct FileKeys {
    /// Its name, as schemas use it.
    pub name: &'static str,
    /// The path of its files below the course; `*` stands for a name.
    pub pattern: &'static str,
    /// The keys allowed in its files.
    pub keys: &'static TableKeys,
}
