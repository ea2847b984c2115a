//! Whether two files say the same.

use toml::{Table, Value};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// Whether `after` says what `before` says, with the same comments; a table that says something may have got an id.
pub(super) fn same(before: &str, after: &str) -> bool {
    let (Ok(old), Ok(new)) = (before.parse::<Table>(), after.parse::<Table>()) else { return false };
    same_table(&old, &new) && comments(before) == comments(after)
}

fn same_table(old: &Table, new: &Table) -> bool {
    let new_id = |key: &str| key == "id" && old.contains_key("say");
    old.iter().all(|(key, value)| new.get(key).is_some_and(|other| same_value(value, other)))
        && new.keys().all(|key| old.contains_key(key) || new_id(key))
}

fn same_value(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Table(old), Value::Table(new)) => same_table(old, new),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same_value(old, new))
        }
        // Not-a-number is the same as itself here.
        (Value::Float(old), Value::Float(new)) => old.to_bits() == new.to_bits(),
        (old, new) => old == new,
    }
}

/// All comments; in order of their words, as one may have moved from within a line to above it.
fn comments(text: &str) -> Vec<&str> {
    let source = Source::new(text);
    let tokens = source.lex().filter(|token| token.kind() == TokenKind::Comment);
    let mut comments: Vec<_> =
        tokens.filter_map(|token| source.get(token)).map(|raw| raw.as_str().trim_end()).collect();
    comments.sort_unstable();
    comments
}
