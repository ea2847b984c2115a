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

/// A file in the one style.
#[derive(Clone, Debug, PartialEq)]
pub struct Tidied {
    /// Its text.
    pub text: String,
    /// The ids that were given to phrases without one, in the order of the file.
    pub ids: Vec<String>,
}

/// Brings a file into the one style. It is read as TOML 1.1 and comes out as 1.0; what is in it stays as it is, but
/// each phrase without an id gets one. Tidying what is tidy changes nothing.
///
/// # Panics
/// If `text` is not valid TOML, or if tidying it would lose something: both are bugs, and a file that is not written
/// cannot be harmed.
pub fn tidy(text: &str, keys: &'static TableKeys) -> Tidied {
    let mut document = tree::read(text);
    let ids = fill::fill_ids(&mut document);
    let tidied = print::print(&document, keys);
    assert!(
        same::same(text, &tidied),
        "tidying would have changed what this file says:\n{text}\n---\n{tidied}"
    );
    Tidied { text: tidied, ids }
}

#[cfg(test)]
mod tests;
