//! Tests of the style of `fmt` on files of every kind.

use std::fmt::Write as _;

use proptest::prelude::*;
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::FileKind;
use crate::diag::{Diagnostic, FileId, Severity, Sink};
use crate::script::exercise::{SCRIPT, Script};
use crate::toml::table;

fn tidied(text: &str) -> String {
    FileKind::Script.tidy(text).text
}

#[test]
fn an_untidy_script_is_formatted_and_keeps_every_comment() {
    let tired = r#"

# About this exercise.
title='De "veilige" plek'   # a working title
language   = "nl"


length = {most="30m", least="8m", usual="15m"}
"track" = 2
[[part]]

title = """
Een plek"""
steps = [ # first things first
{id="plek", pause = 10, say = "Laat een plek opkomen.", keep="light"}, # slowly


  # Here it gets quiet.
  {
    pause = {
      natural = 40, # not too long
      weight = 3,
      least = 10,
    },
  }, {say = "Adem\x2e", pause = 2}
]
  # An end.
[[ part ]]
use = "terugkeren"


"#;
    let tidy = r#"# About this exercise.
title = "De \"veilige\" plek" # a working title
language = "nl"

length = { usual = "15m", least = "8m", most = "30m" }
track = 2

[[part]]
title = "Een plek"
steps = [ # first things first
  { say = "Laat een plek opkomen.", id = "plek", keep = "light", pause = 10 }, # slowly

  # Here it gets quiet.
  # not too long
  { pause = { natural = 40, least = 10, weight = 3 } },
  { say = "Adem.", id = "adem", pause = 2 },
]

# An end.
[[part]]
use = "terugkeren"
"#;
    assert_eq!(tidied(tired), tidy);
    assert_eq!(tidied(tidy), tidy);
}

#[test]
fn lists_of_steps_within_steps_take_a_line_each() {
    let text = "title = \"x\"\nsteps = [{ repeat = [2, 4, 6], steps = [{ say = \"a\", id = \"a\" }, { pause = 3 }] }]\n";
    let tidy = "title = \"x\"\nsteps = [\n  { repeat = [2, 4, 6], steps = [\n    { say = \"a\", id = \"a\" },\n    \
                { pause = 3 },\n  ] },\n]\n";
    assert_eq!(FileKind::Fragment.tidy(text).text, tidy);
}

#[test]
fn a_phrase_without_an_id_gets_one_that_no_other_phrase_has() {
    let text = "steps = [\n  { say = \"Adem in.\" },\n  { say = \"Adem in!\" },\n  { say = \"Verder.\", id = \"adem-in-2\" },\n  \
                { say = \"息\" },\n  { say = \"息\" },\n  { say = \"…\" },\n]\n";
    let done = FileKind::Fragment.tidy(text);
    assert_eq!(done.filled, ["adem-in", "adem-in-3", "xi", "xi-2", "phrase"]);
    assert!(done.text.contains("{ say = \"Adem in!\", id = \"adem-in-3\" }"), "{}", done.text);
    assert!(done.text.contains("id = \"adem-in-2\""));
    assert!(FileKind::Fragment.tidy(&done.text).filled.is_empty());
}

#[test]
fn a_step_with_a_header_of_its_own_gets_its_id_too() {
    let text = "[[part]]\n[[part.steps]]\nsay = 'Adem.' # in\npause = 3\n[[part.steps]]\npause = 2\n";
    let tidy = "[[part]]\n\n[[part.steps]]\nsay = \"Adem.\" # in\nid = \"adem\"\npause = 3\n\n[[part.steps]]\npause = 2\n";
    assert_eq!(tidied(text), tidy);
}

#[test]
fn a_list_too_wide_for_its_line_gets_a_line_for_each_value() {
    let tracks: Vec<_> = (100..130).map(|track: u32| track.to_string()).collect();
    let text = format!("[[week]]\nnumber=1\ntracks=[{}]\n", tracks.join(","));
    let tidy = FileKind::Course.tidy(&text).text;
    assert_eq!(tidy, format!("[[week]]\nnumber = 1\ntracks = [\n  {},\n]\n", tracks.join(",\n  ")));
    assert_eq!(FileKind::Course.tidy(&tidy).text, tidy);
}

/// A text in double quotes, which JSON and TOML write alike.
fn quote(words: &str) -> String {
    serde_json::to_string(words).unwrap()
}

/// Random choices for writing one script in many ways.
struct Whim<'a>(std::iter::Cycle<std::slice::Iter<'a, u8>>, usize);

impl Whim<'_> {
    fn choose(&mut self, count: u8) -> u8 {
        self.0.next().map_or(0, |byte| byte % count)
    }

    /// What may be between the tokens of a list or, in TOML 1.1, of an inline table.
    fn gap(&mut self) -> String {
        let gap = match self.choose(7) {
            0..=2 => " ".to_owned(),
            3 => "\n\t".to_owned(),
            4 => "\r\n\r\n\n".to_owned(),
            5 => format!(" # note {}\n", self.1),
            _ => format!("\n\n #remark {} \n # more\n\n", self.1),
        };
        self.1 += 1;
        gap
    }

    fn text(&mut self, words: &str) -> String {
        let plain = !words.contains(|c: char| c == '\'' || c.is_control());
        match self.choose(4) {
            0 if plain => format!("'{words}'"),
            1 if plain => format!("'''\n{words}'''"),
            2 => format!("\"\"\"{}\"\"\"", quote(words).trim_matches('"').replace("\\\"", "\\x22")),
            _ => quote(words),
        }
    }

    fn table(&mut self, mut entries: Vec<String>) -> String {
        let turn = usize::from(self.choose(8)) % entries.len();
        entries.rotate_left(turn);
        let mut text = format!("{{{}", self.gap());
        for (index, entry) in entries.iter().enumerate() {
            let last = index + 1 == entries.len();
            let comma = if last && self.choose(2) == 0 { "" } else { "," };
            write!(text, "{entry}{}{comma}{}", self.gap(), self.gap()).unwrap();
        }
        text + "}"
    }

    fn list(&mut self, items: &[String]) -> String {
        let mut text = format!("[{}", self.gap());
        for (index, item) in items.iter().enumerate() {
            let comma = if index + 1 == items.len() && self.choose(2) == 0 { "" } else { "," };
            write!(text, "{item}{}{comma}{}", self.gap(), self.gap()).unwrap();
        }
        text + "]"
    }

    fn line_end(&mut self) -> String {
        self.1 += 1;
        match self.choose(5) {
            0..=1 => "\n".to_owned(),
            2 => "\r\n\n\n".to_owned(),
            3 => format!("# line {}\n", self.1),
            _ => format!("\n#own {}\n\n\n# and {}\n", self.1, self.1),
        }
    }

    fn step(&mut self, words: &str, number: usize, deeper: usize) -> String {
        let entries = match self.choose(if deeper > 0 { 7 } else { 5 }) {
            5 => {
                let steps = [self.step(words, 10 * number, deeper - 1), self.step(words, 10 * number + 1, 0)];
                vec![format!("together = {}", self.list(&steps)), "worth = 3".into()]
            }
            6 => {
                let phrase = self.table(vec![format!("say = \"{number}\""), "note = 'x'".into()]);
                let times = self.list(&["2".into(), "4".into(), "6".into()]);
                vec![
                    "pause = 2".into(),
                    format!("rotate = {}", self.list(&[phrase])),
                    format!("repeat = {times}"),
                ]
            }
            0 => vec![format!("pause = {}", 1 + number)],
            1 => {
                let pause = self.table(vec!["natural = 9".into(), "least = '2s'".into(), "weight=1".into()]);
                vec![format!("pause = {pause}")]
            }
            2 => vec!["bell='zacht'".into(), "over = true".into(), "gain = -3.0".into()],
            3 => {
                let text = self.text(words);
                vec![format!("id = \"p{number}\""), format!("say={text}"), "keep = 'light'".into()]
            }
            _ => {
                let text = self.text(words);
                let times = self.list(&["1".into(), "2".into(), "5".into()]);
                let breathe =
                    self.table(vec!["out = 6".into(), "in = 4.0".into(), format!("times = {times}")]);
                let note = self.text("zacht");
                vec![format!("say = {text}"), format!("breathe = {breathe}"), format!("note = {note}")]
            }
        };
        self.table(entries)
    }

    fn script(&mut self, parts: &[Vec<String>]) -> String {
        let mut text = self.line_end();
        for entry in ["title = 'De plek'", "language=\"nl\"", "\"track\"  =  2"] {
            write!(text, "{entry} {}", self.line_end()).unwrap();
        }
        let mut number = 0;
        for words in parts {
            let mut steps = Vec::new();
            for words in words {
                number += 1;
                steps.push(self.step(words, number, 2));
            }
            write!(text, "[[ part ]] {}", self.line_end()).unwrap();
            write!(text, "steps = {} {}", self.list(&steps), self.line_end()).unwrap();
        }
        text
    }
}

/// A script as it was read, without places.
fn meaning(text: &str) -> String {
    let sink = Sink::new();
    let script = table::read_file(FileId(0), text, &SCRIPT, &sink, |table| Script::read("x", table));
    let wrong =
        |found: &Diagnostic| found.severity == Severity::Error && found.code != crate::diag::Code::MissingId;
    let found = sink.into_sorted();
    assert!(!found.iter().any(wrong), "{found:#?}\n{text}");
    let debug = format!("{:?}", script.expect("a script"));
    // `span: Span { file: FileId(0), start: 1, end: 2 }` becomes nothing.
    let mut pieces = debug.split("Span { file: FileId(0), start: ");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |told, piece| told + piece.split_once('}').map_or(piece, |(_, rest)| rest))
}

/// Whether inline tables are on one line, as TOML 1.0 requires: no newline, comment or trailing comma outside lists.
#[expect(clippy::wildcard_enum_match_arm, reason = "most kinds of tokens matter to no rule here")]
fn is_toml_1_0(text: &str) -> bool {
    let mut open = Vec::new();
    let mut last = TokenKind::Newline;
    for token in Source::new(text).lex() {
        let in_table = open.last() == Some(&TokenKind::LeftCurlyBracket);
        match token.kind() {
            kind @ (TokenKind::LeftCurlyBracket | TokenKind::LeftSquareBracket) => open.push(kind),
            TokenKind::RightCurlyBracket if last == TokenKind::Comma => return false,
            TokenKind::RightCurlyBracket | TokenKind::RightSquareBracket => drop(open.pop()),
            TokenKind::Newline | TokenKind::Comment if in_table => return false,
            _ => {}
        }
        if token.kind() != TokenKind::Whitespace {
            last = token.kind();
        }
    }
    !text.contains("\\x22") && !text.contains('\r')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn formatting_keeps_meaning_and_comments_and_is_idempotent(
        parts in prop::collection::vec(prop::collection::vec("[a-zé \"'\\\\#\t\n{}🌿]{1,12}x", 1..5), 1..4),
        whims in prop::collection::vec(any::<u8>(), 1..200),
    ) {
        let text = Whim(whims.iter().cycle(), 0).script(&parts);
        let once = tidied(&text);
        prop_assert!(is_toml_1_0(&once), "{}", once);
        let new = FileKind::Script.tidy(&text).filled;
        let without_new_ids = new.iter().fold(meaning(&once), |told, id| {
            told.replacen(&format!("id: Some(Spanned {{ value: \"{id}\", span:  }})"), "id: None", 1)
        });
        prop_assert_eq!(meaning(&text), without_new_ids);
        let twice = tidied(&once);
        prop_assert_eq!(&once, &twice);
        prop_assert!(!once.contains("\n\n\n") && !once.starts_with('\n') && !once.ends_with("\n\n"));
    }
}
