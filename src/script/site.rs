//! `[site]` of a course: the page and the feeds that a build writes, and where they are published.

use crate::delivery::publish::Beside;
use crate::diag::{Code, Spanned};
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};

/// `[site]` of a course.
pub static SITE: TableKeys = TableKeys::new(
    "the page",
    &[
        Key::needed(
            "id",
            Kind::Name,
            "\"mild-aanwezig\"",
            "The name of the course in the ids of its feeds. Once a feed is published it must stay the same, or podcast apps show every track again.",
        ),
        Key::needed(
            "deliveries",
            Kind::List(&Kind::Name),
            "[\"online\"]",
            "The deliveries that the page in out/site offers. They get the texts that the page needs as well.",
        ),
        Key::new(
            "address",
            Kind::Words,
            "\"https://example.org/course/\"",
            "Where the page is published. Feeds need it, and without it there are none.",
        ),
        Key::new(
            "released",
            Kind::Words,
            "\"2026-11-03\"",
            "The day of publication, for feeds: year, month and day.",
        ),
        Key::new(
            "contact",
            Kind::Words,
            "\"course@example.org\"",
            "The e-mail address of the publisher, for feeds. Directories of podcasts ask for it.",
        ),
    ],
);

/// `[site]`.
#[derive(Clone, Debug)]
pub struct Site {
    pub id: String,
    pub deliveries: Vec<Spanned<String>>,
    /// The public address, with a slash at its end.
    pub address: Option<String>,
    /// Year, month and day.
    pub released: Option<[u32; 3]>,
    pub contact: Option<String>,
}

impl Site {
    /// The files beside a track that the page and the feeds use.
    pub const FILES: [Beside; 5] =
        [Beside::Cues, Beside::Vtt, Beside::Srt, Beside::Chapters, Beside::TranscriptPage];

    /// The endings of the formats that browsers play, the best first. An M4A may hold ALAC, which most do not play.
    pub const PLAYED: [&str; 6] = ["mp3", "opus", "ogg", "flac", "wav", "m4a"];

    /// Whether the page offers a delivery.
    pub fn offers(&self, delivery: &str) -> bool {
        self.deliveries.iter().any(|offered| offered.value == delivery)
    }

    /// Reads the table of a course, if it has one; what is wrong goes to the sink of the table.
    pub fn read(course: &Table<'_>) -> Option<Self> {
        let table = course.get("site").and_then(|node| node.table(&SITE))?;
        let deliveries = table.require("deliveries").and_then(|node| node.items());
        Some(Self {
            id: table.require("id").and_then(|node| node.name())?.value,
            deliveries: deliveries?.iter().filter_map(Node::name).collect(),
            address: table.get("address").and_then(|node| read_address(&node)),
            released: table.get("released").and_then(|node| read_day(&node)),
            contact: table.get("contact").and_then(|node| read_contact(&node)),
        })
    }
}

fn read_address(node: &Node<'_>) -> Option<String> {
    let text = node.words()?.value;
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~/:%".contains(letter);
    if host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && host.chars().all(plain)) {
        return Some(format!("{}/", text.trim_end_matches('/')));
    }
    let error = node.refuse(Code::BadChoice, format!("`{text}` is not the address of a page"));
    node.sink().emit(error.help("write it as a browser shows it, such as \"https://example.org/course/\""));
    None
}

fn read_contact(node: &Node<'_>) -> Option<String> {
    let text = node.words()?.value;
    let is_address = text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    });
    if !is_address {
        let error = node.refuse(Code::BadChoice, format!("`{text}` is not an e-mail address"));
        node.sink().emit(error.help("write it such as \"course@example.org\""));
        return None;
    }
    Some(text)
}

pub(super) fn read_day(node: &Node<'_>) -> Option<[u32; 3]> {
    let text = node.words()?.value;
    let day = parse_day(&text);
    if day.is_none() {
        let error = node.refuse(Code::BadChoice, format!("`{text}` is not a day"));
        node.sink().emit(error.help("write year, month and day, such as \"2026-11-03\""));
    }
    day
}

pub(super) fn parse_day(text: &str) -> Option<[u32; 3]> {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let [year, month, day] = parts[..] else { return None };
    if [year.len(), month.len(), day.len()] != [4, 2, 2] || !parts.iter().all(digits) {
        return None;
    }
    let [year, month, day]: [u32; 3] = [year.parse().ok()?, month.parse().ok()?, day.parse().ok()?];
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let valid = year >= 1970 && (1..=12).contains(&month) && (1..=last).contains(&day);
    valid.then_some([year, month, day])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_the_calendar() {
        assert_eq!(parse_day("2026-11-03"), Some([2026, 11, 3]));
        assert_eq!(parse_day("2028-02-29"), Some([2028, 2, 29]));
        for other in ["2026-02-29", "2026-13-01", "2026-1-1", "03-11-2026", "", "2026-11-00", "+026-11-03"] {
            assert_eq!(parse_day(other), None, "{other}");
        }
    }
}
