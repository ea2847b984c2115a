//! What all pages share: the head, and one style for the screen and for paper.
//!
//! Pages are written with maud, which checks the markup at compile time and escapes every value in it. Only `PreEscaped`
//! is inserted unchanged: the style, and the waveform, which escapes its own labels.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::script::language::Language;

/// A whole page around a body.
pub(super) fn page(language: &Language, title: &str, body: &Markup) -> String {
    let direction = if language.is_right_to_left() { "rtl" } else { "ltr" };
    let page = html! {
        (DOCTYPE) "\n"
        html lang=(language) dir=(direction) {
            "\n" head {
                "\n" meta charset="utf-8";
                "\n" meta name="viewport" content="width=device-width, initial-scale=1";
                "\n" title { (title) }
                "\n" style { (PreEscaped(STYLE)) } "\n"
            }
            "\n" body { "\n" (body) } "\n"
        }
        "\n"
    };
    printable(&page.into_string())
}

/// The title of a page, and a line about the track.
pub(super) fn heading(title: &str, about: &str) -> Markup {
    html! {
        h1 { (title) } "\n"
        p.about { (about) } "\n"
    }
}

/// The text with a space for every character that HTML and XML do not allow.
pub(in crate::export) fn printable(text: &str) -> String {
    let allowed =
        |c: char| matches!(c, '\n' | '\t') || !(c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}'));
    text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect()
}

const STYLE: &str = "\
:root{color-scheme:light}\
body{font:1.05rem/1.6 Georgia,'Times New Roman',serif;color:#26313a;background:#fbfaf7;max-width:42rem;margin:2.5rem auto;padding:0 1.25rem}\
h1{font-weight:400;font-size:2rem;line-height:1.2;margin:0 0 .3rem}\
h2{font-weight:400;font-size:1.3rem;margin:2rem 0 .4rem;color:#3d6470}\
.about,.time,.sound,small{color:#6b7680}.about{margin:0 0 1.5rem}.time{font-size:.85rem;font-variant-numeric:tabular-nums}\
.sound{font-style:italic;font-size:.95rem}p{margin:.5rem 0}\
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:start;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #e4e1d9}\
th{font-weight:400;color:#6b7680}td.time{width:4.5rem}.number{text-align:end;font-variant-numeric:tabular-nums}code{font-size:.8rem;word-break:break-all}\
img,svg{max-width:100%;height:auto}.lines{border-bottom:1px solid #cfd4d6;height:1.9rem}\
@media print{body{background:none;margin:0;max-width:none;font-size:11pt}h2{break-after:avoid}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_direction_of_its_language() {
        let page = |tag: &str| page(&Language::parse(tag).unwrap(), "a", &html! {});
        assert!(page("he").contains("lang=\"he\" dir=\"rtl\""));
        assert!(page("az-Arab").contains("dir=\"rtl\""));
        assert!(page("nl-BE").contains("lang=\"nl-BE\" dir=\"ltr\""));
    }
}
