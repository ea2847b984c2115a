//! One key of a table, and the keys of a table: name, kind, example, meaning.

use super::kind::Kind;

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is typed.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// A value as it would be typed.
    pub example: &'static str,
    /// What it means, its unit, its default.
    pub doc: &'static str,
    /// Whether the table is not understood without it.
    pub needed: bool,
}

impl Key {
    /// A key with what it takes, an example of a value, and its meaning.
    pub const fn new(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Self {
        Self { name, kind, example, doc, needed: false }
    }

    /// A key without which its table is not understood.
    pub const fn needed(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Self {
        Self { name, kind, example, doc, needed: true }
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

/// The first line of an example that is a table with a header of its own, such as `[[part]]`.
pub fn header_of(example: &'static str) -> Option<&'static str> {
    example.split_once('\n').map(|(header, _)| header)
}

/// The keys of one kind of table.
#[derive(Debug)]
pub struct TableKeys {
    /// What the table is, with its article.
    pub what: &'static str,
    /// Its keys, in the order `fmt` and the handbook give them.
    pub keys: &'static [Key],
    /// What each value is, where the keys are names of the user's choosing.
    pub each: Option<Kind>,
}

impl TableKeys {
    pub(crate) const fn new(what: &'static str, keys: &'static [Key]) -> Self {
        Self { what, keys, each: None }
    }

    pub(crate) const fn named(what: &'static str, each: Kind) -> Self {
        Self { what, keys: &[], each: Some(each) }
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
