//! Checks a cover that a course supplies: its format, size and completeness.

use resvg::tiny_skia::Pixmap;

use crate::export::tags::Cover;

/// Why a file cannot be a cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPicture {
    #[error("is neither PNG nor JPEG")]
    Kind,
    #[error("is a damaged picture")]
    Damaged,
    #[error("is larger than 10 MB, which players refuse")]
    Large,
}

impl BadPicture {
    /// What the user can do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Kind => "save the picture as PNG or JPEG, or remove `cover`: then adem draws one",
            Self::Damaged => "export the picture again, or remove `cover`: then adem draws one",
            Self::Large => "make the picture smaller: podcast directories ask for 1400 to 3000 pixels",
        }
    }
}

/// The most bytes of a cover: players read a whole Vorbis comment before they start to play.
const MOST_BYTES: usize = 10_000_000;

/// Reads the format and the size of a picture.
///
/// # Errors
/// [`BadPicture`] if it is unusable as a cover.
pub fn read_cover(bytes: Vec<u8>) -> Result<Cover, BadPicture> {
    if bytes.len() > MOST_BYTES {
        return Err(BadPicture::Large);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let picture = Pixmap::decode_png(&bytes).map_err(|_| BadPicture::Damaged)?;
        let (width, height) = (picture.width(), picture.height());
        return Ok(Cover { bytes, media_type: "image/png", width, height, bits: 32 });
    }
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        let (width, height) = jpeg_size(&bytes).ok_or(BadPicture::Damaged)?;
        return Ok(Cover { bytes, media_type: "image/jpeg", width, height, bits: 24 });
    }
    Err(BadPicture::Kind)
}

/// Width and height from the frame header of a JPEG; `None` without an end marker (ITU-T T.81, annex B).
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let end = bytes.windows(2).rposition(|two| two == [0xFF, 0xD9])?;
    let mut at = 2;
    while at < end {
        if bytes[at] != 0xFF {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        if marker == 0xFF {
            at += 1;
            continue;
        }
        let number =
            |from: usize| Some(u32::from(u16::from_be_bytes(bytes.get(from..from + 2)?.try_into().ok()?)));
        let length = number(at + 2)? as usize;
        // Start-of-frame markers; three codes in this range are tables instead.
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            let (height, width) = (number(at + 5)?, number(at + 7)?);
            return (width > 0 && height > 0).then_some((width, height));
        }
        at += 2 + length;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_accepted_and_anything_else_refused() {
        let png = crate::export::picture::paint(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"/>"#,
            30,
        );
        let cover = read_cover(png.clone()).unwrap();
        assert_eq!((cover.width, cover.height, cover.media_type), (30, 20, "image/png"));
        assert_eq!(read_cover(png[..png.len() / 2].to_vec()), Err(BadPicture::Damaged));
        assert_eq!(read_cover(b"GIF89a".to_vec()), Err(BadPicture::Kind));
        assert_eq!(read_cover(vec![0; MOST_BYTES + 1]), Err(BadPicture::Large));
    }

    #[test]
    fn the_size_of_a_jpeg_is_read_and_a_truncated_one_refused() {
        let frame = [0xFF, 0xC0, 0, 11, 8, 0, 100, 0, 200, 1, 1, 0x11, 0];
        let mut jpeg = [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2][..], &frame].concat();
        assert_eq!(read_cover(jpeg.clone()), Err(BadPicture::Damaged));
        jpeg.extend([0xFF, 0xD9]);
        let cover = read_cover(jpeg).unwrap();
        assert_eq!((cover.width, cover.height, cover.media_type), (200, 100, "image/jpeg"));
    }
}
