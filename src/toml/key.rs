//! One key of a table, and the keys of a table: name, kind, default, example, meaning.

use std::fmt;

use super::kind::Kind;
use crate::unit::Seconds;

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is typed.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// A value as it would be typed.
    pub example: &'static str,
    /// See [`Key::doc`].
    doc: &'static str,
    /// What holds where it is not written, for keys that [`Table::number`](super::table::Table::number) and its like
    /// read.
    pub default: Option<DefaultValue>,
    /// Whether the table is not understood without it.
    pub needed: bool,
}

/// What holds where a key is not written.
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
    /// A key with what it takes, an example of a value, and its meaning. In the meaning, `{range}` stands for the limits
    /// of the kind and `{default}` for the default.
    pub const fn new(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Self {
        Self { name, kind, example, doc, default: None, needed: false }
    }

    /// A key without which its table is not understood.
    pub const fn needed(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Self {
        Self { needed: true, ..Self::new(name, kind, example, doc) }
    }

    /// The key with what holds where it is not written.
    #[must_use]
    pub const fn or(self, default: DefaultValue) -> Self {
        Self { default: Some(default), ..self }
    }

    /// What it means, its unit, its default.
    pub fn doc(&self) -> String {
        let range = self.kind.limits().unwrap_or_default();
        let default = self.default.map_or_else(String::new, |default| default.to_string());
        self.doc.replace("{range}", &range).replace("{default}", &default)
    }

    /// The example as one types it: behind the key, or as a table with a header of its own.
    pub fn typed(&self) -> String {
        if header_of(self.example).is_some() {
            self.example.to_owned()
        } else {
            format!("{} = {}", self.name, self.example)
        }
    }
}

/// As a person writes it; a time in seconds.
impl fmt::Display for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Time(time) => time.as_f64().fmt(f),
            Self::Word(word) => f.write_str(word),
        }
    }
}

/// The first line of an example that is a table with a header of its own, such as `[[part]]`.
pub fn header_of(example: &'static str) -> Option<&'static str> {
    example.split_once('\n').map(|(header, _)| header)
}

/// Keys that several readers share out among them, as one list.
///
/// # Panics
/// At compile time, if `N` is not the number of all keys together.
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
    assert!(next == N, "the number of all keys is that of the lists together");
    keys
}

/// As [`joined`], where several lists may have the same key: it is kept where it is met first.
///
/// # Panics
/// At compile time, if `N` is not [`count_distinct`] of the lists.
pub const fn distinct<const N: usize>(lists: &[&[Key]]) -> [Key; N] {
    let mut keys = [lists[0][0]; N];
    let (mut next, mut list) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            if !is_met_before(lists, list, at) {
                keys[next] = lists[list][at];
                next += 1;
            }
            at += 1;
        }
        list += 1;
    }
    assert!(next == N, "the number of all keys is that of the lists together, each counted once");
    keys
}

/// How many keys lists have together, each counted once.
pub const fn count_distinct(lists: &[&[Key]]) -> usize {
    let (mut count, mut list) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            count += !is_met_before(lists, list, at) as usize;
            at += 1;
        }
        list += 1;
    }
    count
}

/// Whether the key at a place of a list is in an earlier list too.
const fn is_met_before(lists: &[&[Key]], list: usize, at: usize) -> bool {
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

/// `==`, which no constant can use.
const fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The words of a list of words and what each stands for, for [`Kind::OneOf`]; the same list is what
/// [`Node::one_of`](super::table::Node::one_of) reads by.
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
/// If none does.
pub fn word_of<T: PartialEq>(meanings: &[(&'static str, T)], value: &T) -> &'static str {
    meanings.iter().find(|(_, meaning)| meaning == value).expect("every value has its word").0
}

/// The keys of one kind of table.
#[derive(Debug)]
pub struct TableKeys {
    /// What the table is, with its article.
    pub what: &'static str,
    /// Its keys, in the order `fmt` and the reference give them.
    pub keys: &'static [Key],
    /// What each value is, where the keys are names of the user's choosing.
    pub named_values: Option<Kind>,
    /// The entries that every file has, as if somebody had typed them.
    pub built_in: Option<fn() -> String>,
}

impl TableKeys {
    pub(crate) const fn new(what: &'static str, keys: &'static [Key]) -> Self {
        Self { what, keys, named_values: None, built_in: None }
    }

    /// A table whose keys are names of the user's choosing, each with such a value.
    pub(crate) const fn named(what: &'static str, value: Kind) -> Self {
        Self { what, keys: &[], named_values: Some(value), built_in: None }
    }

    /// The table with entries that every file has, as they would be typed.
    pub(crate) const fn with_built_in(self, typed: fn() -> String) -> Self {
        Self { built_in: Some(typed), ..self }
    }

    /// The key of that name.
    pub fn find(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// What it is without an article, in one word: `step`.
    pub fn name(&self) -> &'static str {
        let what = self.what.trim_matches('`');
        what.split_once(' ').map_or(what, |(_, name)| name)
    }

    /// Its name as a heading: `Step`.
    pub fn title(&self) -> String {
        let mut letters = self.name().chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys.iter().map(|key| key.name)
    }
}

/// A kind of file: what it is called, where its files lie, and what they may hold.
#[derive(Clone, Copy, Debug)]
pub struct FileKeys {
    /// Its name, as schemas use it.
    pub name: &'static str,
    /// Where its files lie below the course; `*` stands for a name.
    pub pattern: &'static str,
    /// The keys its files may have.
    pub keys: &'static TableKeys,
}
