//! Which font draws a letter: one of those that adem contains, so that the pixels are the same on every machine, else one of the
//! system, chosen by a fixed order of names.

use std::collections::BTreeMap;
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

    /// The place among the fonts of a line: the smaller, the more of its letters it may join into one glyph.
    fn joining(self) -> u8 {
        match self {
            Self::Arabic => 0,
            Self::System(_) => 1,
            Self::Hebrew => 2,
            Self::Latin => 3,
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

/// Which way a text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRun {
    ToRight,
    ToLeft,
}

impl TextRun {
    /// That of the first letter of a text (Unicode Annex 9, P2). Lines of one text share it, whatever each begins with.
    pub fn of(text: &str) -> Self {
        match text.chars().find(|letter| letter.is_alphabetic()) {
            Some(first) if is_right_to_left(first) => Self::ToLeft,
            _ => Self::ToRight,
        }
    }
}

/// A text as the content of an SVG element, in its own direction: see [`lettered_line`].
pub fn lettered(text: &str) -> String {
    lettered_line(text, TextRun::of(text))
}

/// A line of a text as the content of an SVG element: with a `tspan` for each run of letters of one font where it has several.
/// Without them, letters of a second script are lost where a font joins others.
pub fn lettered_line(line: &str, run: TextRun) -> String {
    let mut runs: Vec<(LetterFont, String)> = Vec::new();
    for letter in line.chars() {
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
    if let ([] | [(LetterFont::Latin, _)], TextRun::ToRight) = (&runs[..], run) {
        return escaped(line);
    }
    // A text is laid out from left to right unless it says otherwise (LRE or RLE, and PDF, Unicode Annex 9).
    let begin = match run {
        TextRun::ToRight => '\u{202A}',
        TextRun::ToLeft => '\u{202B}',
    };
    // usvg shapes the whole line in the font of the first `tspan` and then replaces the letters of the others one by one. Where
    // a later font makes one glyph of two letters, as every Arabic font does of lam and alef, it removes letters beside them.
    // So the mark of direction, which has no width, begins the line in the font that joins letters.
    let first = runs.iter().map(|(font, _)| *font).min_by_key(|font| font.joining());
    let tspan = |font: LetterFont, text: &str| {
        format!("<tspan font-family=\"{}\">{}</tspan>", escaped(&font.family()), escaped(text))
    };
    let mut svg = tspan(first.unwrap_or(LetterFont::Latin), &begin.to_string());
    for (font, run) in &runs {
        svg.push_str(&tspan(*font, run));
    }
    svg.push('\u{202C}');
    svg
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::Pixmap;

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
            "<tspan font-family=\"Noto Sans Arabic\">\u{202b}</tspan><tspan font-family=\"Noto Sans Arabic\">مكان </tspan>\
             <tspan font-family=\"Noto Sans\">Anna</tspan>\u{202c}"
        );
        let mixed = lettered("Anna שלום");
        assert_eq!(mixed.matches("<tspan").count(), 3);
        assert!(mixed.starts_with("<tspan font-family=\"Noto Sans Hebrew\">\u{202a}"), "{mixed}");
        assert!(lettered_line("Anna", TextRun::of("مكان Anna")).contains('\u{202b}'));
    }

    /// How much is drawn of a text.
    fn ink(text: &str) -> f64 {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 600 80\"><text x=\"20\" y=\"50\" font-size=\"40\" font-family=\"Noto Sans\">{}</text></svg>",
            lettered(text)
        );
        let picture = Pixmap::decode_png(&super::super::paint(&svg, 600)).unwrap();
        picture.pixels().iter().map(|pixel| f64::from(pixel.alpha())).sum()
    }

    #[test]
    fn letters_that_become_one_glyph_are_drawn_beside_another_font() {
        for words in ["قصير على مهل", "الأسبوع", "لا إله"] {
            let (alone, digit) = (ink(words), ink("3"));
            for mixed in [format!("3 {words}"), format!("{words} 3")] {
                let found = ink(&mixed);
                assert!(
                    (found / (alone + digit) - 1.0).abs() < 0.01,
                    "{mixed}: {found}, not {alone} + {digit}"
                );
            }
        }
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
