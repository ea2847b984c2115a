//! Names that can be part of a path on every system.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Whether Windows treats a file of this name as a device, whatever its extension.
pub fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || port.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
}

/// The most bytes of a file name: 255 everywhere, without the point and the six letters that a file has before and after its name
/// while it is written.
const MOST_BYTES: usize = 247;

/// Why some system cannot hold a file or folder of this name, which has so many bytes with its ending; `None` if all can.
pub fn unportable(name: &str, bytes: usize) -> Option<String> {
    let forbidden = |c: &char| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\');
    let why = match name.chars().find(forbidden) {
        Some(letter) => format!("Windows does not allow {letter:?} in the name of a file"),
        None if name.is_empty() => "the name of a file or folder would be empty".to_owned(),
        None if is_device(name) => format!("Windows takes `{name}` for a device"),
        None if name.starts_with(['.', ' ']) => {
            format!("`{name}` begins with a dot or a space; a file with a dot is hidden")
        }
        None if name.ends_with(['.', ' ']) => {
            format!("`{name}` ends with a dot or a space, which Windows does not allow")
        }
        None if bytes > MOST_BYTES => {
            format!(
                "a file name would have {bytes} bytes with its ending; systems hold {MOST_BYTES} while it is written"
            )
        }
        None => return None,
    };
    Some(why)
}

/// Whether a sign overrides the direction of letters. Marks and isolates, which texts of two directions need, do not.
pub fn is_reversing(sign: char) -> bool {
    ('\u{202a}'..='\u{202e}').contains(&sign)
}

/// Whether a text can be a name: lower-case ASCII letters, digits and single hyphens, and no device.
pub fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !is_device(text)
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

/// A name made from a text in any script: transliterated into ASCII, with hyphens for spaces and punctuation, cut to 64
/// characters. The same for letters with marks and for letters and marks apart. Empty if nothing can be transliterated.
pub fn as_name(text: &str) -> String {
    let mut name = String::new();
    // A sign or a picture is no part of a name; a transliteration would describe it.
    let letter = |c: char| if c.is_alphanumeric() || is_combining_mark(c) { c } else { ' ' };
    let plain = text.nfc().map(letter).filter_map(deunicode::deunicode_char).flat_map(str::chars);
    for c in plain.map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' if name.len() < 64 => name.push(c),
            'a'..='z' | '0'..='9' => {
                // Cut between words, where there is a place that leaves enough of the name.
                name.truncate(name.rfind('-').filter(|at| *at >= 32).unwrap_or(name.len()));
                break;
            }
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let name = name.trim_end_matches('-');
    if is_device(name) { format!("{name}-1") } else { name.to_owned() }
}

/// A name without the folder and the ending of a file that somebody wrote for it: `rain` of `ambience/rain.toml`.
pub fn bare_name(text: &str) -> &str {
    const ENDINGS: [&str; 12] =
        ["toml", "wav", "flac", "mp3", "ogg", "opus", "webm", "m4a", "aif", "aiff", "caf", "aac"];
    const FOLDERS: [&str; 6] = [".", "ambience", "bells", "scripts", "fragments", "voice"];
    let (folder, name) = text.rsplit_once(['/', '\\']).unwrap_or(("", text));
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    if ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)) {
        return stem;
    }
    let first = folder.split(['/', '\\']).next().unwrap_or_default();
    if FOLDERS.contains(&first) { name } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_some_system_cannot_hold_is_told() {
        for name in ["", "CON", "nul.x", "x?", "a:b", "a\\b", ".x", " x", "x ", "x.", "a\tb"] {
            assert!(unportable(name, name.len()).is_some(), "{name}");
        }
        assert!(unportable("x", 248).is_some());
        for name in ["01-adem #1 %20 = é", "x.y", "icon"] {
            assert_eq!(unportable(name, name.len()), None);
        }
    }

    #[test]
    fn a_name_survives_every_file_system() {
        assert!(is_name("veilige-plek-2"));
        for bad in ["", "Plek", "a b", "-a", "a-", "a--b", "é", "con/aux", "con", "com1", "lpt9"] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(["conditie", "com", "com10", "nul-1"].into_iter().all(is_name));
        assert!(is_device("CON.wav") && is_device("nul .tar.gz") && !is_device("icon.wav"));
        assert_eq!(as_name("Aux"), "aux-1");
        assert_eq!(as_name("Žoë van 't Höf 🧘"), "zoe-van-t-hof");
        let long = as_name("Een hele lange titel van een oefening die maar niet ophoudt anna de vries");
        assert_eq!(long, "een-hele-lange-titel-van-een-oefening-die-maar-niet-ophoudt-anna");
        assert_eq!(as_name(&format!("a {}", "b".repeat(90))).len(), 64);
    }

    proptest! {
        #[test]
        fn whatever_is_offered_as_a_name_is_one(text in "\\PC{0,80}") {
            let name = as_name(&text);
            prop_assert!(name.is_empty() || is_name(&name), "{text:?} became {name:?}");
        }
    }
}
