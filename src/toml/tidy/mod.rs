//! Formats TOML files in one style: valid TOML 1.0, comments and order kept, one step a line, missing ids filled in.
//!
//! A file is read into a tree with its comments, ids are added to the tree, and the tree is printed. Before the new text is
//! returned it is compared with the old one, so that nothing is lost.

mod fill;
mod print;
mod same;
mod text;
mod tree;

pub use text::quote;

use super::key::TableKeys;

/// A key that is added to tables without it: a name made from a text in the same table.
#[derive(Clone, Copy, Debug)]
pub struct FilledKey {
    pub key: &'static str,
    /// The key of the text.
    pub from: &'static str,
    /// Makes the name from that text; it may be empty.
    pub name: fn(&str) -> String,
    /// The name to use when that is empty.
    pub otherwise: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tidied {
    pub text: String,
    /// The names that were added, in the order of the file.
    pub filled: Vec<String>,
}

/// Formats a file. It is read as TOML 1.1 and printed as 1.0. Nothing is changed in what it says, except that each table
/// with the text of `fill` and without its key gets that key. Formatting a formatted file changes nothing.
///
/// # Panics
/// If `text` is not valid TOML, or if formatting would lose something. Both are bugs; the panic keeps the file as it is.
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
