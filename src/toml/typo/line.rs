//! One line of a file and what is where in it.

use std::ops::Range;

/// A line without its line break.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Where it begins in the file.
    pub start: usize,
    pub text: &'a str,
}

impl<'a> Line<'a> {
    /// The line with the byte.
    pub(super) fn at(text: &'a str, byte: usize) -> Self {
        let start = text[..byte].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        Self { start, text: text[start..end].trim_end_matches('\r') }
    }

    /// The nearest line above that is not empty.
    pub(super) fn above(self, text: &'a str) -> Option<Self> {
        let mut start = self.start;
        while start > 0 {
            let line = Self::at(text, start - 1);
            if !line.body().trim().is_empty() {
                return Some(line);
            }
            start = line.start;
        }
        None
    }

    /// The line below.
    pub(super) fn below(self, text: &'a str) -> Option<Self> {
        let end = text[self.start..].find('\n')? + self.start + 1;
        (end < text.len()).then(|| Self::at(text, end))
    }

    pub(super) fn end(self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start..self.end()
    }

    /// Without its comment and the space before it.
    pub(super) fn body(self) -> &'a str {
        let comment = self.outside().into_iter().find(|at| self.text[*at..].starts_with('#'));
        self.text[..comment.unwrap_or(self.text.len())].trim_end()
    }

    /// The offset in the file at which the body ends.
    pub(super) fn body_end(self) -> usize {
        self.start + self.body().len()
    }

    /// The offset in the file of the first visible sign.
    pub(super) fn first(self) -> usize {
        self.start + self.text.len() - self.text.trim_start().len()
    }

    /// The places of the line, in bytes from its start, that are outside of texts in quotes.
    pub(super) fn outside(self) -> Vec<usize> {
        let mut places = Vec::new();
        let (mut quote, mut escaped) = (None, false);
        for (at, c) in self.text.char_indices() {
            match quote {
                None => {
                    places.push(at);
                    if c == '"' || c == '\'' {
                        quote = Some(c);
                    }
                }
                Some(open) => {
                    if c == open && !escaped {
                        quote = None;
                        places.push(at);
                    }
                    escaped = c == '\\' && open == '"' && !escaped;
                }
            }
        }
        places
    }
}

/// Whether a text begins with a key and what stands between it and its value.
pub(super) fn begins_with_key(text: &str) -> bool {
    let text = text.trim_start();
    let key = text.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == '.');
    key.len() < text.len() && key.trim_start().starts_with(['=', ':']) && !key.trim_start().starts_with("::")
}

/// Whether a text can end before `rest`: a comma and the next key or item, a bracket, a comment, or nothing follows.
pub(super) fn ends_here(rest: &str) -> bool {
    let rest = rest.trim_start();
    match rest.chars().next() {
        None | Some('#' | '}' | ']') => true,
        Some(',') => {
            let next = rest[1..].trim_start();
            next.is_empty()
                || next.starts_with(['"', '\'', '{', '[', '}', ']', '#', '“', '„', '‘', '«'])
                || begins_with_key(next)
        }
        Some(_) => begins_with_key(rest),
    }
}

/// Whether a sign is used as a quote somewhere.
pub fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '´') || is_curly(c)
}

/// Whether a sign is a quote of a word processor.
pub(super) fn is_curly(c: char) -> bool {
    matches!(
        c,
        '“' | '”'
            | '„'
            | '‟'
            | '‘'
            | '’'
            | '‚'
            | '‛'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '″'
            | '′'
            | '＂'
            | '＇'
            | '「'
            | '」'
            | '『'
            | '』'
            | '《'
            | '》'
    )
}

/// Whether a sign looks like a space, or like nothing, but is no space to TOML.
pub(super) fn is_odd_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200d}'
                | '\u{202f}'
                | '\u{205f}'
                | '\u{2060}'
                | '\u{3000}'
                | '\u{feff}'
                | '\u{ad}'
                | '\u{b}'
                | '\u{c}'
                | '\u{85}'
    )
}

/// Whether an odd space has no width.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}
