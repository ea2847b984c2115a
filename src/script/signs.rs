//! Characters that no words may have, wherever somebody types them: at the desk, in the translator's table, or into a file.

use std::fmt;

use crate::toml::table::is_reversing;

/// A character that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedSign {
    /// A control character, or what stands for a letter that was lost.
    Unwritable(char),
    /// It turns the direction of what follows, and nothing ends that.
    Reversing(char),
}

impl RefusedSign {
    /// The first character of a text that is refused.
    pub fn of(text: &str) -> Option<Self> {
        let unwritable = text.chars().find(|sign| is_unwritable(*sign)).map(Self::Unwritable);
        unwritable.or_else(|| unbalanced(text).map(Self::Reversing))
    }

    pub fn sign(self) -> char {
        let (Self::Unwritable(sign) | Self::Reversing(sign)) = self;
        sign
    }

    /// `U+202E`.
    pub fn name(self) -> String {
        format!("U+{:04X}", u32::from(self.sign()))
    }

    /// What to do.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Unwritable(_) => "remove it, or write the letter that belongs there",
            Self::Reversing(_) => "remove it; a text in its own script needs none",
        }
    }
}

impl fmt::Display for RefusedSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Unwritable(_) => "which nobody can write or say",
            Self::Reversing(_) => "which shows letters in another order",
        };
        write!(f, "it has the character {}, {what}", self.name())
    }
}

/// A control character that is no line end and no tab, or what stands for a letter that was lost.
pub fn is_unwritable(sign: char) -> bool {
    (sign.is_control() && !matches!(sign, '\n' | '\r' | '\t')) || sign == char::REPLACEMENT_CHARACTER
}

/// The first sign that overrides or embeds a direction and is not ended on its line, or that ends nothing. What follows it on the
/// page would be shown in another order.
fn unbalanced(text: &str) -> Option<char> {
    text.lines().find_map(|line| {
        let mut open: Vec<char> = Vec::new();
        for sign in line.chars() {
            match sign {
                // U+202C ends one of the others.
                '\u{202c}' => {
                    let start = open.pop();
                    if start.is_none_or(|start| !is_reversing(start)) {
                        return Some(sign);
                    }
                }
                // Isolates, which U+2069 ends.
                '\u{2066}'..='\u{2068}' => open.push(sign),
                '\u{2069}' => {
                    let start = open.iter().rposition(|sign| !is_reversing(*sign));
                    match start {
                        Some(at) if at + 1 == open.len() => open.truncate(at),
                        Some(at) => return open.get(at + 1).copied(),
                        None => return Some(sign),
                    }
                }
                other if is_reversing(other) => open.push(other),
                _ => {}
            }
        }
        open.first().copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_directions_that_do_not_end_are_refused() {
        for (text, refused) in [
            ("Adem in.", None),
            ("Adem\tin,\r\nen uit.", None),
            ("Adem\u{0} in.", Some("U+0000")),
            ("Adem\u{fffd}in.", Some("U+FFFD")),
            ("\u{202e}Adem in.", Some("U+202E")),
            ("\u{202b}שלום\u{202c} zegt zij.", None),
            ("שלום\u{202c} zegt zij.", Some("U+202C")),
            ("\u{202b}שלום\nzegt\u{202c} zij.", Some("U+202B")),
            ("\u{2067}שלום\u{2069} zegt zij.\u{200f}", None),
            ("\u{2067}שלום", Some("U+2067")),
            ("\u{2067}\u{202d}שלום\u{2069}", Some("U+202D")),
        ] {
            assert_eq!(RefusedSign::of(text).map(RefusedSign::name).as_deref(), refused, "{text:?}");
        }
    }
}
