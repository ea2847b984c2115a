//! The complete content of a PO file, and its printer.

use std::fmt::Write as _;

use super::plural::PluralForms;
use crate::diag::Span;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoFile {
    /// The entries; the header is the one without context and source.
    pub messages: Vec<Message>,
    /// Comments after the last entry, each with its `#`.
    pub end: Vec<String>,
}

/// One entry of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Comments by the translator, without the `#`.
    pub comments: Vec<String>,
    /// Comments for the translator, without the `#.`.
    pub extracted: Vec<String>,
    /// The places of the text, without the `#:`.
    pub references: Vec<String>,
    /// Flags such as `fuzzy`.
    pub flags: Vec<String>,
    /// The text that a fuzzy translation translates.
    pub previous: Previous,
    /// `msgctxt`.
    pub context: Option<String>,
    /// `msgid`.
    pub source: String,
    /// `msgid_plural`.
    pub plural: Option<String>,
    /// `msgstr`, or each of its plural forms.
    pub texts: Vec<String>,
    /// Kept for the translator, but used by no text.
    pub obsolete: bool,
    /// Whether its comments stand behind a `#~` too while it is out of use.
    pub marked: bool,
    /// The line of its `msgstr`.
    pub span: Option<Span>,
}

/// The source of a translation before it changed: lines that begin with `#|`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Previous {
    /// `msgctxt`.
    pub context: Option<String>,
    /// `msgid`.
    pub source: Option<String>,
    /// `msgid_plural`.
    pub plural: Option<String>,
}

impl Message {
    /// The translation; the first form if there are plurals.
    pub fn text(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }

    /// Whether it is marked as fuzzy.
    pub fn fuzzy(&self) -> bool {
        self.flags.iter().any(|flag| flag == "fuzzy")
    }

    /// Whether it is the header of the file.
    pub fn is_header(&self) -> bool {
        self.context.is_none() && self.source.is_empty() && !self.obsolete
    }

    /// Whether any form of it is translated.
    pub fn is_translated(&self) -> bool {
        self.texts.iter().any(|text| !text.trim().is_empty())
    }
}

impl PoFile {
    /// A field of the header, such as `Language`.
    pub fn header_field(&self, name: &str) -> Option<&str> {
        let header = self.messages.iter().find(|message| message.is_header())?;
        let value = |line| Some(str::strip_prefix(line, name)?.trim_start().strip_prefix(':')?.trim());
        header.text().lines().find_map(value)
    }

    /// The plural forms that the header names, or why they are wrong; `None` if it names none.
    pub fn plural_forms(&self) -> Option<Result<PluralForms, String>> {
        self.header_field("Plural-Forms").filter(|value| !value.is_empty()).map(PluralForms::parse)
    }

    /// The file as text, with the lines of each entry in gettext's order and texts unwrapped.
    pub fn print(&self) -> String {
        let mut text = String::new();
        for message in &self.messages {
            if !text.is_empty() {
                text.push('\n');
            }
            print_message(&mut text, message);
        }
        if !self.end.is_empty() && !text.is_empty() {
            text.push('\n');
        }
        for comment in &self.end {
            text.push_str(comment);
            text.push('\n');
        }
        text
    }
}

fn print_message(text: &mut String, message: &Message) {
    let mark = if message.obsolete && message.marked { "#~ " } else { "" };
    let mut line = |start: &str, rest: &str| {
        let _ = writeln!(text, "{mark}{start}{rest}");
    };
    message.comments.iter().for_each(|comment| line("#", comment));
    for (kind, lines) in [("#.", &message.extracted), ("#:", &message.references)] {
        for comment in lines {
            line(kind, &if comment.is_empty() { String::new() } else { format!(" {comment}") });
        }
    }
    if !message.flags.is_empty() {
        line("#, ", &message.flags.join(", "));
    }
    let (own, before) = match (message.obsolete, message.marked) {
        (true, true) => ("#~ ", "#~ #| "),
        (true, false) => ("#~ ", "#~| "),
        (false, _) => ("", "#| "),
    };
    let previous = &message.previous;
    let optional = [
        (before, "msgctxt", previous.context.as_deref()),
        (before, "msgid", previous.source.as_deref()),
        (before, "msgid_plural", previous.plural.as_deref()),
        (own, "msgctxt", message.context.as_deref()),
        (own, "msgid", Some(message.source.as_str())),
        (own, "msgid_plural", message.plural.as_deref()),
    ];
    for (start, keyword, value) in optional {
        if let Some(value) = value {
            print_string(text, start, keyword, value);
        }
    }
    if message.plural.is_none() && message.texts.len() <= 1 {
        print_string(text, own, "msgstr", message.text());
    } else {
        for (form, value) in message.texts.iter().enumerate() {
            print_string(text, own, &format!("msgstr[{form}]"), value);
        }
    }
}

/// Prints a keyword and its text on one line, or one line for each line of the text.
fn print_string(text: &mut String, start: &str, keyword: &str, value: &str) {
    let pieces: Vec<_> = value.split_inclusive('\n').collect();
    if let [] | [_] = pieces[..] {
        let _ = writeln!(text, "{start}{keyword} \"{}\"", escape(value));
        return;
    }
    let _ = writeln!(text, "{start}{keyword} \"\"");
    for piece in pieces {
        let _ = writeln!(text, "{start}\"{}\"", escape(piece));
    }
}

/// Escapes a text as in C.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\t' => "\\t",
            '\r' => "\\r",
            '\x07' => "\\a",
            '\x08' => "\\b",
            '\x0b' => "\\v",
            '\x0c' => "\\f",
            c if c.is_ascii_control() => {
                let _ = write!(escaped, "\\{:03o}", u32::from(c));
                continue;
            }
            c => {
                escaped.push(c);
                continue;
            }
        };
        escaped.push_str(short);
    }
    escaped
}
