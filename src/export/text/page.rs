//! What all pages share: the head, and one style for the screen and for paper.
//!
//! Pages are written with maud, which checks the markup at compile time and escapes every value in it. Only `PreEscaped`
//! is inserted unchanged: the style, and the waveform, which escapes its own labels.

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::script::language::Language;
use crate::script::words::{ENGLISH_FROM, by_language, without_marks};

/// A whole page: what it is called above its content, and, if there is anything, what it says below it. The generation is that
/// of [`Tags`](crate::export::Tags).
pub(super) fn page(
    language: &Language,
    title: &str,
    generation: Option<&str>,
    about: &Markup,
    body: &Markup,
    below: &Markup,
) -> String {
    let direction = if language.is_right_to_left() { "rtl" } else { "ltr" };
    let page = html! {
        (DOCTYPE) "\n"
        html lang=(language) dir=(direction) {
            "\n" head {
                "\n" meta charset="utf-8";
                "\n" meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(generation) = generation {
                    "\n" meta name=(GENERATION) content=(generation);
                }
                "\n" title { (title) }
                "\n" style { (PreEscaped(LETTERS)) (PreEscaped(STYLE)) } "\n"
            }
            "\n" body {
                "\n" header { "\n" (about) }
                "\n" main { "\n" (body) } "\n"
                @if !below.0.is_empty() { footer { "\n" (below) } "\n" }
            } "\n"
        }
        "\n"
    };
    finished(&page.into_string())
}

/// The name under which a page has its generation in its head.
const GENERATION: &str = "generation";

/// The generation of a page that adem wrote; `None` for any other.
pub fn page_generation(page: &str) -> Option<String> {
    let (head, _) = page.split_once("</head>")?;
    let (_, rest) = head.split_once(&format!("<meta name=\"{GENERATION}\" content=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The title of a page, and a line about the track.
pub(super) fn heading(title: &str, about: &str) -> Markup {
    html! {
        h1 { (title) } "\n"
        p.about { (about) } "\n"
    }
}

/// Links to the sections of a page, by id and name; nothing for a page that is short.
pub(super) fn contents(label: &str, sections: &[(String, String)]) -> Markup {
    const FEWEST: usize = 3;
    html! {
        @if sections.len() >= FEWEST {
            nav aria-label=(label) {
                @for (id, name) in sections { a href=(format!("#{id}")) { (name) } " " }
            } "\n"
        }
    }
}

/// A page whose English words are elements that say so. Where no element can be, in attributes, titles and options, they are plain;
/// the data of scripts keeps its marks.
pub fn finished(page: &str) -> String {
    let page = printable(page);
    if !page.contains(ENGLISH_FROM) {
        return page;
    }
    let mut html = String::with_capacity(page.len() + page.len() / 16);
    let mut parts = page.split('<');
    html.push_str(&without_marks(parts.next().unwrap_or_default()));
    for part in parts {
        // An attribute has `&gt;` for this sign.
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        let _ = write!(html, "<{}>", without_marks(tag));
        match name {
            "script" => html.push_str(text),
            "title" | "option" => html.push_str(&without_marks(text)),
            _ => {
                for (piece, is_english) in by_language(text) {
                    if is_english {
                        let _ = write!(html, "<bdi lang=\"en\">{piece}</bdi>");
                    } else {
                        html.push_str(&piece);
                    }
                }
            }
        }
    }
    html
}

/// The text with a space for every character that HTML and XML do not allow.
pub fn printable(text: &str) -> String {
    let allowed =
        |c: char| matches!(c, '\n' | '\t') || !(c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}'));
    text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect()
}

/// For every page: no letters are slanted that have no italics, as those of Arabic and Japanese; and a line of Japanese ends after
/// a phrase, where the browser knows, and does not begin with a small letter or `ー`.
pub const LETTERS: &str = "body{font-synthesis:weight}:lang(ja){word-break:auto-phrase;line-break:strict}";

/// Text has a contrast of 4.5 and more with its background (WCAG 2.2, 1.4.3), by day and by night, and on a screen of 320
/// pixels nothing has to be moved sideways (1.4.10): there each cell of a table is a line, with the name of its column.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1.05rem/1.6 Georgia,'Times New Roman',serif;color:#26313a;background:#fbfaf7;max-width:42rem;margin:2.5rem auto;padding:0 1.25rem;overflow-wrap:break-word}\
h1{font-weight:400;font-size:2rem;line-height:1.2;margin:0 0 .3rem}\
h2{font-weight:400;font-size:1.3rem;margin:2rem 0 .4rem}h2,a{color:#3d6470}\
nav{margin:0 0 1.5rem;font-size:.92rem}nav a{margin-inline-end:.8rem;display:inline-block;padding:.2rem 0}\
.about,.time,.sound,small,thead th{color:#5a646d}.about{margin:0 0 1.5rem}.time{font-size:.85rem;font-variant-numeric:tabular-nums}\
.sound{font-style:italic;font-size:.95rem}p{margin:.5rem 0}\
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:start;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #e4e1d9}\
th{font-weight:400}td.time{width:4.5rem;white-space:nowrap}.number{text-align:end;font-variant-numeric:tabular-nums}code{font-size:.8rem;word-break:break-all}.wide+.about{margin-top:.6rem}\
img,svg{max-width:100%;height:auto}.lines{border-bottom:1px solid #cfd4d6;height:1.9rem}\
@media (max-width:36rem){table.wide,.wide tbody,.wide tr,.wide th,.wide td{display:block;width:auto;text-align:start}.wide thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}\
.wide tr{border-bottom:1px solid #e4e1d9;padding:.4rem 0}.wide th,.wide td{border:0;padding:.05rem 0}.wide td:empty{display:none}.wide td[data-name]::before{content:attr(data-name) ' ';color:#5a646d}}\
@media screen and (prefers-color-scheme:dark){body{color:#dfe5e8;background:#161b1f}h2,a{color:#9cc3cc}.about,.time,.sound,small,thead th{color:#a9b4bc}.wide td[data-name]::before{color:#a9b4bc}\
th,td,.wide tr{border-color:#333b41}.lines{border-color:#4a545b}}\
@media print{body{background:none;margin:0;max-width:none;font-size:11pt}nav{display:none}h2{break-after:avoid}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_direction_of_its_language() {
        let page =
            |tag: &str| page(&Language::parse(tag).unwrap(), "a", None, &html! {}, &html! {}, &html! {});
        assert!(page("he").contains("lang=\"he\" dir=\"rtl\""));
        assert!(page("az-Arab").contains("dir=\"rtl\""));
        assert!(page("nl-BE").contains("lang=\"nl-BE\" dir=\"ltr\""));
    }

    #[test]
    fn english_words_on_a_page_of_another_language_say_so() {
        let language = Language::parse("ar").unwrap();
        let words = crate::script::words::AddedWords::built_in(&language);
        let word = &words.on_page().page.synthetic;
        let body = html! {
            p title=(word) { "أ " (word) }
            option { (word) }
            script { (PreEscaped(word)) }
        };
        let made = page(&language, word, None, &html! {}, &body, &html! {});
        let plain = &words.page.synthetic;
        let wanted = format!(
            "<p title=\"{plain}\">أ <bdi lang=\"en\">{plain}</bdi></p><option>{plain}</option><script>{word}</script>"
        );
        assert!(made.contains(&wanted), "{made}");
        assert!(made.contains(&format!("<title>{plain}</title>")), "{made}");
    }

    #[test]
    fn the_generation_of_a_page_is_read_from_its_head_alone() {
        let language = Language::parse("en").unwrap();
        let page = |generation| page(&language, "a", generation, &html! {}, &html! {}, &html! { p { "b" } });
        assert_eq!(page_generation(&page(Some("0123456789abcdef"))).unwrap(), "0123456789abcdef");
        assert_eq!(page_generation(&page(None)), None);
        assert!(page(None).contains("<footer>\n<p>b</p></footer>"));
        assert_eq!(page_generation("<html><head></head><meta name=\"generation\" content=\"a\">"), None);
    }
}
