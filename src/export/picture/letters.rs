//! Which font draws a letter: one of those that adem contains, so that the pixels are the same on every machine, else one of the
//! system, chosen by a fixed order of names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use resvg::usvg::fontdb::{Database, FaceInfo, Source, Style};
use skrifa::{FontRef, MetadataProvider};

use super::escaped;
use crate::script::words::is_right_to_left;

/// Noto Sans for Latin, Greek and Cyrillic, Arabic, and Hebrew letters, under the SIL Open Font License.
const FONTS: [&[u8]; 3] = [
    include_bytes!("../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../fonts/NotoSansArabic-Regular.ttf"),
    include_bytes!("../fonts/NotoSansHebrew-Regular.ttf"),
];

/// The families of the system that are taken first; others follow by name.
const PREFERRED: [&str; 12] = [
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Noto Sans KR",
    "Noto Sans Thai",
    "Noto Sans Devanagari",
    "Hiragino Sans",
    "Yu Gothic",
    "IPAexGothic",
    "Noto Sans",
];

static OWN: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut letters = Database::new();
    for font in FONTS {
        letters.load_font_source(Source::Binary(Arc::new(font)));
    }
    letters.set_sans_serif_family("Noto Sans");
    Arc::new(letters)
});

/// The upright fonts of the system, in the order in which they are tried.
static SYSTEM: LazyLock<(Database, Vec<FaceInfo>)> = LazyLock::new(|| {
    let mut database = Database::new();
    database.load_system_fonts();
    let usable = |face: &&FaceInfo| face.style == Style::Normal && !face.monospaced && !is_pictures(face);
    let mut faces: Vec<FaceInfo> = database.faces().filter(usable).cloned().collect();
    faces.sort_by_cached_key(|face| {
        let rank = PREFERRED.iter().position(|name| *name == family(face)).unwrap_or(PREFERRED.len());
        (
            rank,
            face.weight.0.abs_diff(400),
            family(face).to_owned(),
            face.post_script_name.clone(),
            face.index,
        )
    });
    (database, faces)
});

/// The places in the list of fonts of the system, by letter.
static FOUND: Mutex<BTreeMap<char, Option<usize>>> = Mutex::new(BTreeMap::new());

fn family(face: &FaceInfo) -> &str {
    face.families.first().map_or("", |(name, _)| name)
}

/// Whether a font holds pictures instead of letters, or boxes with numbers.
fn is_pictures(face: &FaceInfo) -> bool {
    ["Emoji", "Symbol", "Last Resort", "LastResort", "Unifont"].iter().any(|name| family(face).contains(name))
}

/// The font of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LetterFont {
    Latin,
    Arabic,
    Hebrew,
    /// One of the system, by its place in the list.
    System(usize),
}

impl LetterFont {
    fn of(letter: char) -> Option<Self> {
        match u32::from(letter) {
            0x590..=0x5FF | 0xFB1D..=0xFB4F => Some(Self::Hebrew),
            0x600..=0x6FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC => Some(Self::Arabic),
            0x20..=0x7E
            | 0xA0..=0x24F
            | 0x259
            | 0x300..=0x4FF
            | 0x1E00..=0x1EFF
            | 0x200C..=0x200F
            | 0x2010..=0x2027
            | 0x2030..=0x203A
            | 0x20AC
            | 0x2212 => Some(Self::Latin),
            code if is_picture(code) || letter.is_control() || letter.is_whitespace() => None,
            _ => system_font(letter).map(Self::System),
        }
    }

    fn family(self) -> String {
        match self {
            Self::Latin => "Noto Sans".to_owned(),
            Self::Arabic => "Noto Sans Arabic".to_owned(),
            Self::Hebrew => "Noto Sans Hebrew".to_owned(),
            Self::System(at) => family(&SYSTEM.1[at]).to_owned(),
        }
    }
}

/// Emoji, what joins and varies them, and codes that have no letter of their own.
fn is_picture(code: u32) -> bool {
    matches!(code, 0x200B..=0x200F | 0x2028..=0x202F | 0x2060..=0x206F | 0x2190..=0x2BFF | 0xE000..=0xF8FF | 0xFE00..=0xFE0F
        | 0x1_F000..=0x1_FAFF | 0xE_0000..=0x10_FFFF)
}

/// The first font of the system that has a letter.
fn system_font(letter: char) -> Option<usize> {
    let known = FOUND.lock().unwrap_or_else(PoisonError::into_inner).get(&letter).copied();
    known.unwrap_or_else(|| {
        let (database, faces) = &*SYSTEM;
        let has = |face: &FaceInfo| {
            let has = |data: &[u8], index| {
                let font = FontRef::from_index(data, index).ok();
                font.is_some_and(|font| font.charmap().map(letter).is_some())
            };
            database.with_face_data(face.id, has).unwrap_or_default()
        };
        let found = faces.iter().position(has);
        FOUND.lock().unwrap_or_else(PoisonError::into_inner).insert(letter, found);
        found
    })
}

/// The fonts that a drawing needs.
pub(super) fn fonts_of(drawing: &str) -> Arc<Database> {
    let mut used: Vec<usize> = drawing
        .chars()
        .filter_map(|letter| match LetterFont::of(letter)? {
            LetterFont::System(at) => Some(at),
            LetterFont::Latin | LetterFont::Arabic | LetterFont::Hebrew => None,
        })
        .collect();
    used.sort_unstable();
    used.dedup();
    if used.is_empty() {
        return OWN.clone();
    }
    let mut database = (**OWN).clone();
    for at in used {
        database.push_face_info(SYSTEM.1[at].clone());
    }
    Arc::new(database)
}

/// The text without the letters that no font has, such as emoji.
pub fn paintable(text: &str) -> String {
    let text: String = text.chars().filter(|letter| LetterFont::of(*letter).is_some()).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letters of a text that no font has, each once. They are left out of drawings.
pub fn unpaintable(text: &str) -> Vec<char> {
    let mut missing: Vec<char> = Vec::new();
    for letter in text.chars() {
        let is_mark = letter.is_control() || letter.is_whitespace() || is_mark(letter);
        if !is_mark && LetterFont::of(letter).is_none() && !missing.contains(&letter) {
            missing.push(letter);
        }
    }
    missing
}

/// Whether a character is never drawn by itself: joiners, marks of direction, variants.
fn is_mark(letter: char) -> bool {
    matches!(u32::from(letter), 0x200B..=0x200F | 0x2028..=0x202F | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xE_0000..=0xE_0FFF)
}

/// A text as the content of an SVG element: with a `tspan` for each run of letters of one font where it has several, and in its
/// own direction. Without them, letters of a second script are lost where a font joins others.
pub fn lettered(text: &str) -> String {
    let mut runs: Vec<(LetterFont, String)> = Vec::new();
    for letter in text.chars() {
        let joins = letter == ' ' || matches!(u32::from(letter), 0x300..=0x36F | 0x200C..=0x200F);
        match runs.last_mut() {
            Some((_, run)) if joins => run.push(letter),
            last => {
                let font = LetterFont::of(letter).unwrap_or(LetterFont::Latin);
                match last {
                    Some((same, run)) if *same == font => run.push(letter),
                    _ => runs.push((font, letter.to_string())),
                }
            }
        }
    }
    let mut svg = String::new();
    // A text is laid out from left to right unless it says otherwise (RLE and PDF, Unicode Annex 9).
    let is_reversed = text.chars().find(|letter| letter.is_alphabetic()).is_some_and(is_right_to_left);
    svg.push_str(if is_reversed { "\u{202B}" } else { "" });
    match &runs[..] {
        [] | [(LetterFont::Latin, _)] => svg.push_str(&escaped(text)),
        runs => {
            for (font, run) in runs {
                let _ = write!(
                    svg,
                    "<tspan font-family=\"{}\">{}</tspan>",
                    escaped(&font.family()),
                    escaped(run)
                );
            }
        }
    }
    svg.push_str(if is_reversed { "\u{202C}" } else { "" });
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_without_a_glyph_leave_no_gap() {
        assert_eq!(paintable("De 🌿 plek · مكان"), "De plek · مكان");
        assert_eq!(unpaintable("De 🌿 plek\u{200d} · مكان 🌿"), ['🌿']);
        assert!(unpaintable("De plek, en «één» – zo… ‏مكان שלום").is_empty());
    }

    #[test]
    fn each_script_has_its_own_font() {
        assert_eq!(lettered("a <b>"), "a &lt;b&gt;");
        assert_eq!(
            lettered("مكان Anna"),
            "\u{202b}<tspan font-family=\"Noto Sans Arabic\">مكان </tspan><tspan font-family=\"Noto Sans\">Anna</tspan>\u{202c}"
        );
        assert_eq!(lettered("Anna שלום").matches("<tspan").count(), 2);
        assert!(!lettered("Anna שלום").starts_with('\u{202b}'));
    }

    #[test]
    fn a_letter_that_only_the_system_has_is_drawn_by_one_of_its_fonts_or_named() {
        let letter = '静';
        if let Some(at) = system_font(letter) {
            assert_eq!(paintable("静"), "静");
            assert!(lettered("静").contains(&LetterFont::System(at).family()));
            assert_eq!(fonts_of("静").len(), OWN.len() + 1);
        } else {
            assert_eq!(unpaintable("静か").first(), Some(&letter));
            assert_eq!(fonts_of("静").len(), OWN.len());
        }
    }
}
