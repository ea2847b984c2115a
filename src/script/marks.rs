//! Marks for how a text looks or how it is to be spoken, which a voice would say: tags, remarks in brackets, pauses in words,
//! emphasis, and letters as HTML writes them.

use std::ops::Range;

/// A mark in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMark {
    pub kind: MarkKind,
    /// In bytes.
    pub at: Range<usize>,
    /// What stands there without it; `None` where that is not known.
    pub plain: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// `<i>`, `</i>`, `<break time="2s"/>`.
    Tag,
    /// `[warm]`.
    Remark,
    /// `(pause)`, `(5 s)`.
    Pause,
    /// `*slowly*`, `**slowly**`, `__slowly__`.
    Emphasis,
    /// `&nbsp;`.
    Entity,
}

impl MarkKind {
    /// What to do instead.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Tag | Self::Emphasis => {
                "a text has no marks for how it looks: a voice would say them, or stumble over them"
            }
            Self::Remark => {
                "a remark for who speaks is a key of its own beside `say`, such as `note = \"warm\"`"
            }
            Self::Pause => {
                "a silence is a key beside `say`, such as `pause = 5`, or a step of its own: { pause = 5 }"
            }
            Self::Entity => "write the letter itself",
        }
    }
}

/// The words for a pause that people write in brackets.
const PAUSES: [&str; 14] = [
    "pause", "pauze", "pausa", "paus", "pauza", "stilte", "stille", "silence", "silencio", "silenzio",
    "stil", "long", "lange", "korte",
];
const ENTITIES: [(&str, &str); 12] = [
    ("nbsp", " "),
    ("amp", "&"),
    ("quot", "”"),
    ("apos", "’"),
    ("#39", "’"),
    ("rsquo", "’"),
    ("lsquo", "‘"),
    ("hellip", "…"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("lt", "<"),
    ("gt", ">"),
];

/// The marks of a text, in order.
pub fn text_marks(text: &str) -> Vec<TextMark> {
    let mut found: Vec<TextMark> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match mark_at(text, at, c) {
            Some(marks) => {
                at = marks.last().map_or(at, |last| last.at.end);
                found.extend(marks);
            }
            None => at += c.len_utf8(),
        }
    }
    found
}

/// The text without its marks; `None` where there are none, or where what is left is no text or not known.
pub fn without_marks(text: &str, marks: &[TextMark]) -> Option<String> {
    let mut plain = String::new();
    let mut at = 0;
    for mark in marks {
        plain.push_str(&text[at..mark.at.start]);
        plain.push_str(mark.plain.as_deref()?);
        at = mark.at.end;
    }
    plain.push_str(&text[at..]);
    let words: Vec<_> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    // A comma or point stands right behind its word.
    let plain = [",", ".", "!", "?", ";"]
        .into_iter()
        .fold(words.join(" "), |plain, sign| plain.replace(&format!(" {sign}"), sign));
    (!marks.is_empty() && plain.chars().any(char::is_alphanumeric)).then_some(plain)
}

fn mark_at(text: &str, at: usize, first: char) -> Option<Vec<TextMark>> {
    let rest = &text[at..];
    let mark = |kind, length: usize, plain: Option<&str>| {
        let plain = plain.map(str::to_owned);
        Some(vec![TextMark { kind, at: at..at + length, plain }])
    };
    let inside = |close: char| rest[1..].find(close).map(|end| &rest[1..=end]);
    match first {
        '<' => {
            let inside = inside('>')?;
            let name = inside.trim_start_matches(['/', '!']);
            let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !inside.contains(['<', '\n']);
            let breaks = ["br", "break", "p", "div"].iter().any(|tag| name.starts_with(tag));
            if is_tag {
                mark(MarkKind::Tag, inside.len() + 2, Some(if breaks { " " } else { "" }))
            } else {
                None
            }
        }
        '[' => {
            let inside = inside(']')?;
            let is_remark = inside.starts_with(char::is_alphanumeric) && !inside.contains(['[', '\n']);
            let kind = if is_pause(inside) { MarkKind::Pause } else { MarkKind::Remark };
            if is_remark { mark(kind, inside.len() + 2, Some("")) } else { None }
        }
        '(' => {
            let inside = inside(')').filter(|inside| is_pause(inside))?;
            mark(MarkKind::Pause, inside.len() + 2, Some(""))
        }
        '&' => {
            let inside = inside(';')?;
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '#';
            let known = ENTITIES.iter().find(|(name, _)| *name == inside).map(|(_, plain)| *plain);
            let is_entity = (2..=8).contains(&inside.len()) && inside.chars().all(is_name);
            if is_entity { mark(MarkKind::Entity, inside.len() + 2, known) } else { None }
        }
        '*' | '_' => {
            let sign = [&"**", &"__", &"*"].into_iter().find(|sign| rest.starts_with(**sign))?;
            let words = &rest[sign.len()..];
            let end = words.find(*sign)?;
            let is_edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let inner = &words[..end];
            let closes = is_edge(inner.chars().next()) && !inner.ends_with(' ') && !inner.contains('\n');
            if !closes || is_edge(text[..at].chars().next_back()) {
                return None;
            }
            let second = at + sign.len() + end;
            let one = |at: usize| TextMark {
                kind: MarkKind::Emphasis,
                at: at..at + sign.len(),
                plain: Some(String::new()),
            };
            Some(vec![one(at), one(second)])
        }
        _ => None,
    }
}

/// Whether what stands in brackets is a pause in words, or a time.
fn is_pause(inside: &str) -> bool {
    let lower = inside.trim().to_lowercase();
    let words: Vec<&str> = lower.split([' ', ':', '=']).filter(|word| !word.is_empty()).collect();
    let word = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let is_time = |word: &str| {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-'));
        let units =
            ["", "s", "sec", "seconds", "second", "seconden", "sekunden", "min", "m", "minutes", "minuten"];
        !word.is_empty() && units.contains(&unit)
    };
    let is_long = |word: &str| matches!(word, "long" | "lange" | "korte");
    let names = words.iter().any(|one| PAUSES.contains(&&*word(one)) && !is_long(&word(one)));
    let is_time_alone = words.first().is_some_and(|first| first.starts_with(|c: char| c.is_ascii_digit()))
        && words.len() <= 2
        && lower.contains(|c: char| c.is_alphabetic())
        && words.iter().all(|one| is_time(&word(one)));
    words.len() <= 4
        && (is_time_alone
            || names
                && words
                    .iter()
                    .all(|one| PAUSES.contains(&&*word(one)) || is_time(&word(one)) || word(one).is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_and_the_text_is_what_is_left_without_them() {
        for (text, kind, plain) in [
            ("<i>Nothing</i> to do", MarkKind::Tag, Some("Nothing to do")),
            ("Rest <break time=\"2s\"/>now.", MarkKind::Tag, Some("Rest now.")),
            ("One line<br>and another", MarkKind::Tag, Some("One line and another")),
            ("[warm] Welcome.", MarkKind::Remark, Some("Welcome.")),
            ("Rest (pause) and listen.", MarkKind::Pause, Some("Rest and listen.")),
            ("Rest (pauze 5 s).", MarkKind::Pause, Some("Rest.")),
            ("Rest [10 seconden].", MarkKind::Pause, Some("Rest.")),
            ("(long pause)", MarkKind::Pause, None),
            ("Breathe *slowly* out.", MarkKind::Emphasis, Some("Breathe slowly out.")),
            ("Breathe __very slowly__ out.", MarkKind::Emphasis, Some("Breathe very slowly out.")),
            ("Hands&nbsp;and feet", MarkKind::Entity, Some("Hands and feet")),
            ("caf&eacute;", MarkKind::Entity, None),
        ] {
            let marks = text_marks(text);
            assert!(!marks.is_empty() && marks.iter().all(|mark| mark.kind == kind), "{text}: {marks:?}");
            assert_eq!(without_marks(text, &marks).as_deref(), plain, "{text}");
        }
    }

    #[test]
    fn what_people_and_adem_write_is_no_mark() {
        for text in [
            "In | and out",
            "{n} tracks of {all}",
            "Rest (if you like) for a while.",
            "The pause (a long one) is yours.",
            "Warmth < light > rest",
            "2 * 3 * 4",
            "you & me; and her",
            "a_b_c",
            "Count to 10 (or 12).",
        ] {
            assert_eq!(text_marks(text), [], "{text}");
        }
    }
}
