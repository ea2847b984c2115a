//! Texts in quotes: what they stand for, and how one with a typing error was meant.

/// Why a text in quotes cannot be read.
#[derive(Debug, PartialEq)]
pub(super) struct QuoteError {
    pub reason: &'static str,
    pub help: &'static str,
    /// The whole text as it was meant, with its quotes, where that is certain.
    pub meant: Option<String>,
    /// Whether the text has no end, so that it may go on in the next line.
    pub is_open: bool,
}

/// Characters that programs and people put in place of a straight quote.
const CURLY: [char; 11] = ['“', '”', '„', '‟', '«', '»', '‘', '’', '‚', '`', '\''];

/// A string without its quotes and escapes.
pub(super) fn unquote(quoted: &str) -> Result<String, QuoteError> {
    let Some(inside) = quoted.strip_prefix('"') else { return Err(unopened(quoted)) };
    let mut bytes = Vec::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.as_str().is_empty() => {
                // Numbers in escapes are bytes, as gettext writes letters beyond ASCII on request.
                return String::from_utf8(bytes).map_err(|_| QuoteError {
                    reason: "the numbers after backslashes are no text in UTF-8",
                    help: "type the letters themselves",
                    meant: None,
                    is_open: false,
                });
            }
            '"' if chars.as_str().trim_start().starts_with('#') => {
                return Err(QuoteError {
                    reason: "a comment stands behind this text",
                    help: "write it on a line of its own above the entry: `# …`",
                    meant: None,
                    is_open: false,
                });
            }
            '"' => return Err(inner_quote(inside)),
            '\\' => {
                let before = chars.clone();
                match escaped(&mut chars) {
                    Some(byte) => bytes.push(byte),
                    None => return Err(unknown_escape(quoted, before.as_str())),
                }
            }
            c => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Err(unclosed(inside))
}

/// Signs that stand between a keyword and its text in other files.
const SIGNS: [char; 7] = ['=', ':', '-', '–', '—', '＝', '：'];

/// A text without a quote before it.
fn unopened(quoted: &str) -> QuoteError {
    let behind = quoted.trim_start_matches(|c: char| SIGNS.contains(&c) || c == ' ');
    if quoted.starts_with(SIGNS) && (behind.starts_with('"') || behind.starts_with(CURLY)) {
        return QuoteError {
            reason: "a text follows its keyword without a sign between them",
            help: "write the text in quotes behind the keyword",
            meant: match unquote(behind) {
                Ok(_) => Some(behind.to_owned()),
                Err(error) => error.meant,
            },
            is_open: false,
        };
    }
    let is_curly = quoted.starts_with(CURLY);
    let inside = quoted.trim_start_matches(CURLY);
    let inside = match inside.strip_suffix('"') {
        Some(inside) if !inside.ends_with('\\') => inside,
        // An apostrophe at the end of a bare text may be one.
        _ if is_curly => inside.trim_end_matches(CURLY),
        _ => inside,
    };
    let reason = if is_curly {
        "a text of a PO file stands in straight quotes"
    } else {
        "a text in quotes is missing here"
    };
    // A quote inside says that something else is wrong too.
    let meant = requoted(inside).filter(|_| is_curly || bare_quotes(inside) == 0);
    QuoteError { reason, help: "write \"\" if there is no text yet", meant, is_open: false }
}

/// A text without a quote after it.
fn unclosed(inside: &str) -> QuoteError {
    // A curly quote at the end is the closing one, unless it closes a curly quote inside.
    let ends_curly =
        inside.ends_with(['”', '“', '»']) && inside.matches(['“', '”', '„', '«', '»']).count() == 1;
    let text = if ends_curly {
        &inside[..inside.rfind(['”', '“', '»']).unwrap_or(inside.len())]
    } else {
        inside
    };
    // A backslash before the end may belong to the quote that is missing.
    let meant = if inside.ends_with('\\') || inside.ends_with("\\\"") { None } else { requoted(text) };
    let (reason, help) = ("the closing quote of this text is missing", "add \" at the end of the line");
    QuoteError { reason, help, meant, is_open: !ends_curly }
}

/// A text with a quote inside that ends it.
fn inner_quote(inside: &str) -> QuoteError {
    let reason = "a quote ends this text too early";
    let help = "write \\\" for a quote inside a text";
    let meant = inside.strip_suffix('"').filter(|text| !text.ends_with('\\')).and_then(|text| {
        let quotes = bare_quotes(text);
        // A spreadsheet doubles the quotes around a text.
        if let Some(words) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
            && quotes == 2
        {
            return requoted(words);
        }
        if quotes.is_multiple_of(2) {
            return requoted(text);
        }
        // One quote too many at an end was typed twice.
        match (quotes, text.strip_prefix('"'), text.strip_suffix('"')) {
            (1, Some(rest), _) | (1, None, Some(rest)) => requoted(rest),
            _ => None,
        }
    });
    QuoteError { reason, help, meant, is_open: false }
}

/// A text with a backslash before `rest`, which is no escape.
fn unknown_escape(quoted: &str, rest: &str) -> QuoteError {
    let at = quoted.len() - rest.len();
    // A letter after it may be the wrong one, such as N for n.
    let is_plain = rest.starts_with(|c: char| !c.is_alphanumeric());
    let with = |replaced: &str, rest: &str| {
        Some(format!("{}{replaced}{rest}", &quoted[..at])).filter(|meant| is_text(meant))
    };
    let is_letter = rest.starts_with(|c: char| c.is_ascii_alphabetic());
    let meant = match rest.chars().next() {
        Some(c @ ('N' | 'T' | 'R')) => with(&c.to_ascii_lowercase().to_string(), &rest[1..]),
        _ if is_plain || is_letter => with("\\", rest),
        _ => None,
    };
    let reason = "this backslash is not part of a known escape";
    QuoteError { reason, help: "write \\\\ for a backslash", meant, is_open: false }
}

/// Whether it is a text in quotes without anything wrong, but for bytes that are no UTF-8.
fn is_text(quoted: &str) -> bool {
    let Some(inside) = quoted.strip_prefix('"') else { return false };
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return chars.as_str().is_empty(),
            '\\' if escaped(&mut chars).is_none() => return false,
            _ => {}
        }
    }
    false
}

/// How many quotes have no backslash before them.
fn bare_quotes(text: &str) -> usize {
    let mut chars = text.chars();
    let mut count = 0;
    while let Some(c) = chars.next() {
        match c {
            '"' => count += 1,
            '\\' => drop(chars.next()),
            _ => {}
        }
    }
    count
}

/// A text in quotes, with a backslash before each quote inside; `None` if something else is wrong with it.
fn requoted(text: &str) -> Option<String> {
    let mut quoted = "\"".to_owned();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => {
                quoted.push('\\');
                quoted.extend(chars.next());
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    is_text(&quoted).then_some(quoted)
}

/// The byte of an escape as in C.
fn escaped(chars: &mut std::str::Chars<'_>) -> Option<u8> {
    let c = chars.next()?;
    Some(match c {
        'n' => b'\n',
        't' => b'\t',
        'r' => b'\r',
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'v' => 0x0b,
        '"' | '\\' | '\'' | '?' => c as u8,
        'x' => number(chars, 16, 2, 0)?,
        _ => number(chars, 8, 2, c.to_digit(8)?)?,
    })
}

/// The byte of a number whose first digit has been read, with up to `digits` more.
fn number(chars: &mut std::str::Chars<'_>, radix: u32, digits: usize, first: u32) -> Option<u8> {
    let mut value = first;
    for _ in 0..digits {
        let Some(digit) = chars.clone().next().and_then(|c| c.to_digit(radix)) else { break };
        value = value * radix + digit;
        chars.next();
    }
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_a_typing_error_is_read_as_it_was_meant() {
        for (typed, meant) in [
            ("", Some("\"\"")),
            ("Hallo.", Some("\"Hallo.\"")),
            ("Hallo.\"", Some("\"Hallo.\"")),
            ("“Hallo.”", Some("\"Hallo.\"")),
            ("„Hallo.“", Some("\"Hallo.\"")),
            ("'Hallo.'", Some("\"Hallo.\"")),
            ("\"Hallo.", Some("\"Hallo.\"")),
            ("\"Hallo.”", Some("\"Hallo.\"")),
            ("\"Zeg “hallo”", Some("\"Zeg “hallo”\"")),
            ("\"Zeg \"hallo\".\"", Some("\"Zeg \\\"hallo\\\".\"")),
            ("\"Zeg \\\"hallo\".\"", None),
            ("= \"Hallo.\"", Some("\"Hallo.\"")),
            (": “Hallo.”", Some("\"Hallo.\"")),
            ("- \"Hallo", Some("\"Hallo\"")),
            ("Hallo \"jij\".", None),
            ("x \"Hallo.\"", None),
            ("\"\"Hallo.\"", Some("\"Hallo.\"")),
            ("\"Hallo.\"\"", Some("\"Hallo.\"")),
            ("\"Hallo.\".", None),
            ("\"Hal\"lo.\"", None),
            ("\"C:\\ hier\"", Some("\"C:\\\\ hier\"")),
            ("\"Hallo\\N\"", Some("\"Hallo\\n\"")),
            ("\"C:\\p\"", Some("\"C:\\\\p\"")),
            ("\"Hallo.\\", None),
            ("\"Hallo.\\\"", None),
        ] {
            let error = unquote(typed).unwrap_err();
            assert_eq!(error.meant.as_deref(), meant, "{typed}");
        }
    }

    #[test]
    fn numbers_after_backslashes_are_bytes_of_utf_8() {
        assert_eq!(unquote("\"f\\303\\274r \\xc3\\xbcber\"").unwrap(), "für über");
        assert_eq!(unquote("\"\\0619\\x419\\7\"").unwrap(), "19A9\x07");
        assert!(unquote("\"\\377\"").is_err());
        assert!(unquote("\"\\777\"").is_err());
    }
}
