//! Texts and keys in TOML 1.0 syntax.

use std::fmt::Write as _;

/// A text in double quotes, on one line.
pub fn quote(words: &str) -> String {
    let mut typed = String::with_capacity(words.len() + 2);
    typed.push('"');
    for c in words.chars() {
        match c {
            '"' => typed.push_str("\\\""),
            '\\' => typed.push_str("\\\\"),
            '\n' => typed.push_str("\\n"),
            '\r' => typed.push_str("\\r"),
            '\t' => typed.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(typed, "\\u{:04X}", u32::from(c));
            }
            c => typed.push(c),
        }
    }
    typed.push('"');
    typed
}

/// Whether a key needs no quotes.
pub(super) fn bare(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
