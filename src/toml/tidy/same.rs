//! Whether two files have the same content.

use toml::{Table, Value};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::FilledKey;

/// Whether `after` has the values and the comments of `before`; tables may have gained the key of `fill`.
pub(super) fn same(before: &str, after: &str, fill: &FilledKey) -> bool {
    let (Ok(old), Ok(new)) = (before.parse::<Table>(), after.parse::<Table>()) else { return false };
    same_table(&old, &new, fill) && comments(before) == comments(after)
}

fn same_table(old: &Table, new: &Table, fill: &FilledKey) -> bool {
    let is_filled = |key: &str| key == fill.key && old.contains_key(fill.from);
    old.iter().all(|(key, value)| new.get(key).is_some_and(|other| same_value(value, other, fill)))
        && new.keys().all(|key| old.contains_key(key) || is_filled(key))
}

fn same_value(old: &Value, new: &Value, fill: &FilledKey) -> bool {
    match (old, new) {
        (Value::Table(old), Value::Table(new)) => same_table(old, new, fill),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same_value(old, new, fill))
        }
        // NaN counts as equal to itself.
        (Value::Float(old), Value::Float(new)) => old.to_bits() == new.to_bits(),
        (old, new) => old == new,
    }
}

/// All comments, sorted, since one may have moved from within a line to above it.
fn comments(text: &str) -> Vec<&str> {
    let source = Source::new(text);
    let tokens = source.lex().filter(|token| token.kind() == TokenKind::Comment);
    let mut comments: Vec<_> =
        tokens.filter_map(|token| source.get(token)).map(|raw| raw.as_str().trim_end()).collect();
    comments.sort_unstable();
    comments
}
