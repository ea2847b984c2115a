//! One style for every TOML file: comments and order kept, valid TOML 1.0, one step a line, ids filled in.
//!
//! A file is read into a tree that holds its comments, changed there (ids), and printed anew. Before
//! the new text is handed out it is compared with the old one: nothing is ever lost.

mod fill;
mod print;
mod same;
mod text;
mod tree;

use super::key::TableKeys;

/// A key that a table gets where it has none: a name made from a text beside it.
#[derive(Clone, Copy, Debug)]
pub struct FilledKey {
    /// The key.
    pub key: &'static str,
    /// The key of the text.
    pub from: &'static str,
    /// A name made from that text; may be empty.
    pub name: fn(&str) -> String,
    /// The name where none can be made.
    pub otherwise: &'static str,
}

/// A file in the one style.
#[derive(Clone, Debug, PartialEq)]
pub struct Tidied {
    /// Its text.
    pub text: String,
    /// The names that were filled in, in the order of the file.
    pub filled: Vec<String>,
}

/// Brings a file into the one style. It is read as TOML 1.1 and comes out as 1.0; what is in it stays as it is, but
/// each table that wants the key `fill` and has none gets one. Tidying what is tidy changes nothing.
///
/// # Panics
/// If `text` is not valid TOML, or if tidying it would lose something: both are bugs, and a file that is not written
/// cannot be harmed.
pub fn tidy(text: &str, keys: &'static TableKeys, fill: &FilledKey) -> Tidied {
    let mut document = tree::read(text);
    let filled = fill::fill(&mut document, fill);
    let tidied = print::print(&document, keys);
    assert!(
        same::same(text, &tidied, fill),
        "tidying would have changed what this file says:\n{text}\n---\n{tidied}"
    );
    Tidied { text: tidied, filled }
}
