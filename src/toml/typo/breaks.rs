//! Line breaks where none may stand.

use super::Guess;
use super::brackets::header_name;
use super::edited::Replacement;
use super::line::{Line, begins_with_key, is_quote};
use crate::toml::key::TableKeys;

/// A value that stands on the line below its key and `=`.
pub(super) fn value_below(text: &str, line: Line<'_>, keys: &'static TableKeys) -> Option<Guess> {
    let typed = line.text.trim_end();
    let equals =
        typed.len().checked_sub(1).filter(|at| typed.ends_with('=') && line.outside().contains(at))?;
    let mut below = line.below(text)?;
    while below.text.trim().is_empty() {
        below = below.below(text)?;
    }
    let value = below.text.trim_start();
    let is_flag =
        |word: &str| value.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    let is_value = value
        .starts_with(|c: char| is_quote(c) || c.is_ascii_digit() || matches!(c, '[' | '{' | '-'))
        || is_flag("true")
        || is_flag("false");
    let is_header = || {
        let name = header_name(below).filter(|_| value.starts_with('['))?;
        keys.find(name.split('.').next()?)
    };
    if !is_value || begins_with_key(value) || is_header().is_some() {
        return None;
    }
    let end = line.start + typed.len();
    let change = Replacement::new(end..below.first(), " ");
    Some(
        Guess::new("line-break", vec![change], "a value begins on the line of its key".to_owned())
            .at(line.start + equals..end)
            .also(below.first()..below.body_end(), "this is the value")
            .title("put it behind the `=`")
            .certain(),
    )
}
