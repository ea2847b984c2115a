//! Files of another format that bear the name of a TOML file.

/// What to do with such a file.
pub(super) const HELP: &str = "write it as in the files that `adem new` makes: a line is a key, `=` and a value, such as \
                               title = \"…\", and each table begins with its header, such as [[part]]";

/// The format of a text that is not TOML, with its article.
pub(super) fn of(text: &str) -> Option<&'static str> {
    let inner = text.trim_start_matches('\u{feff}').trim();
    let lower = inner.get(..64.min(inner.len())).unwrap_or_default().to_lowercase();
    if inner.starts_with("{\\rtf") {
        Some("the document of a word processor (RTF)")
    } else if ["<!doctype", "<html", "<?xml"].iter().any(|mark| lower.starts_with(mark)) {
        Some("a web page or XML")
    } else if is_json(inner) {
        Some("JSON")
    } else {
        is_yaml(inner).then_some("YAML")
    }
}

/// No line of TOML begins with a brace, and no header holds one or has a text alone.
fn is_json(text: &str) -> bool {
    let inside = text.strip_prefix('{').or_else(|| {
        let inside = text.strip_prefix('[')?;
        inside.trim_start().starts_with('{').then_some(inside)
    });
    let Some(inside) = inside else { return false };
    let first = inside.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '['));
    let key = first.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    text.ends_with(['}', ']']) && key.is_some_and(|(_, rest)| rest.trim_start().starts_with(':'))
}

/// Keys with colons, of which some hold lists or tables by their indents, and nothing that is TOML.
fn is_yaml(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let (mut keys, mut nested) = (0, 0);
    for line in text.lines() {
        let entry = line.trim();
        if entry.is_empty() || entry.starts_with('#') {
            continue;
        }
        let item = entry.strip_prefix("- ");
        nested += usize::from(item.is_some_and(|item| !item.trim_start().starts_with('{')) || entry == "---");
        let entry = item.unwrap_or(entry).trim_start();
        let rest = entry.trim_start_matches(is_part);
        if rest.len() < entry.len() && rest.trim_start().starts_with('=') || entry.starts_with("[[") {
            return false;
        }
        if let Some(value) = rest.strip_prefix(':').filter(|_| rest.len() < entry.len())
            && (value.is_empty() || value.starts_with(' '))
        {
            keys += 1;
            nested += usize::from(value.trim().is_empty());
        }
    }
    keys >= 2 && nested > 0
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_format_is_known_by_its_signs() {
        for (text, format) in [
            ("{\n  \"language\": \"en\",\n  \"part\": []\n}\n", Some("JSON")),
            ("[\n  { \"title\": \"A\" }\n]\n", Some("JSON")),
            ("language: en\npart:\n  - title: A\n    steps:\n      - pause: 3\n", Some("YAML")),
            ("---\nlanguage: en\ntitle: A\n", Some("YAML")),
            ("{\\rtf1\\ansi language = \"en\"}", Some("the document of a word processor (RTF)")),
            ("<!DOCTYPE html>\n<p>title = \"A\"</p>\n", Some("a web page or XML")),
            // Slips in TOML.
            ("language: \"en\"\ntitle: \"A\"\n", None),
            ("language: en\npart:\ntitle = \"A\"\n", None),
            ("{ say = \"A\" },\n", None),
            ("[part]\ntitle = \"A\"\n", None),
            ("# note: this\n", None),
            ("", None),
        ] {
            assert_eq!(of(text), format, "{text}");
        }
    }
}
