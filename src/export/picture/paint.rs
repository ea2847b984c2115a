//! SVG to PNG. The pixels are the same on every machine unless a letter needs a font of the system.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use unicode_width::UnicodeWidthChar;

use super::letters::fonts_of;

/// The font family of all drawings.
pub(super) const FAMILY: &str = "Noto Sans, Helvetica, Arial, sans-serif";

/// Rasterises an SVG that adem has drawn to a PNG of that width in pixels.
///
/// # Panics
/// If it is not valid SVG, which is a bug in the drawing code.
pub fn paint(svg: &str, width: u32) -> Vec<u8> {
    let options =
        Options { fontdb: fonts_of(svg), font_family: "Noto Sans".to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).expect("a drawing of our own");
    let scale = width as f32 / tree.size().width();
    let height = (tree.size().height() * scale).round() as u32;
    let mut picture = Pixmap::new(width, height.max(1)).expect("a picture has pixels");
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut picture.as_mut());
    encode(picture).expect("a picture in memory")
}

/// The pixels as PNG, converted in place: `Pixmap::encode_png` would copy them first.
fn encode(picture: Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let (width, height) = (picture.width(), picture.height());
    let pixels = picture.take_demultiplied();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

/// The approximate width of a text in em, from typical widths in Noto Sans.
pub(super) fn width(text: &str) -> f64 {
    let wide = |letter: char| match letter {
        'i' | 'j' | 'l' | 'I' | 'J' | '.' | ',' | ':' | ';' | '!' | '\'' | '’' | ' ' => 0.28,
        'f' | 'r' | 't' | '(' | ')' | '-' => 0.37,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' => 0.51,
        'm' | 'w' | 'M' | 'W' => 0.9,
        letter if letter.is_uppercase() => 0.68,
        letter if letter.width() == Some(2) => 1.0,
        letter if letter.width() == Some(0) => 0.0,
        // Letters that join; those that stand alone are wider, and as many are narrower.
        '\u{620}'..='\u{6FF}' => 0.5,
        _ => 0.6,
    };
    text.chars().map(wide).sum()
}

/// The text cut to a width in em, with an ellipsis if it was cut.
pub(super) fn fit(text: &str, most: f64) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if width(&kept) + 1.0 > most {
            kept.pop();
            break;
        }
    }
    let kept = kept.trim_end();
    if kept.is_empty() { String::new() } else { format!("{kept}…") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_becomes_a_png_of_the_requested_width() {
        let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><text x="1" y="15">שלום é</text></svg>"#;
        let png = paint(svg, 60);
        assert!(png.starts_with(b"\x89PNG"));
        assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 60);
        assert_eq!(u32::from_be_bytes(png[20..24].try_into().unwrap()), 40);
        assert_eq!(png, paint(svg, 60));
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_with_an_ellipsis() {
        assert_eq!(fit("kort", 20.0), "kort");
        let cut = fit(&"lang ".repeat(100), 20.0);
        assert!(cut.ends_with('…') && width(&cut) < 22.0, "{cut}");
        assert_eq!(fit("kort", 0.5), "");
    }
}
