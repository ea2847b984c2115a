//! What all pages share: a head, a style that reads well on a screen and on paper, and text that cannot become markup.

use crate::script::language::Language;

/// Languages written from right to left, by their first part.
const RIGHT_TO_LEFT: [&str; 10] = ["ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ur", "yi"];

/// A whole page around a body.
pub(in crate::export) fn page(language: &Language, title: &str, body: &str) -> String {
    let direction = if is_right_to_left(language) { "rtl" } else { "ltr" };
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// Whether a language is written from right to left.
pub(in crate::export) fn is_right_to_left(language: &Language) -> bool {
    let mut parts = language.as_str().split('-');
    let first = parts.next().unwrap_or_default();
    RIGHT_TO_LEFT.contains(&first) || parts.any(|script| matches!(script, "Arab" | "Hebr"))
}

/// Text as it stands in HTML, SVG and XML. What XML cannot hold at all becomes a space.
pub(in crate::export) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => safe.push(' '),
            letter if letter.is_control() && !matches!(letter, '\n' | '\t') => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
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
    fn no_text_becomes_markup() {
        assert_eq!(escaped("<b>\"a\" & 'b'\u{1}"), "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39; ");
    }

    #[test]
    fn a_page_knows_the_direction_of_its_language() {
        let page = |tag: &str| page(&Language::parse(tag).unwrap(), "a", "");
        assert!(page("he").contains("lang=\"he\" dir=\"rtl\""));
        assert!(page("az-Arab").contains("dir=\"rtl\""));
        assert!(page("nl-BE").contains("lang=\"nl-BE\" dir=\"ltr\""));
    }
}
