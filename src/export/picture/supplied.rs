//! A cover that somebody supplies: is it a whole picture of a kind that players show?

use resvg::tiny_skia::Pixmap;

use crate::export::tags::Cover;

/// Why a file cannot be a cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPicture {
    /// Something else than PNG or JPEG.
    #[error("is no PNG or JPEG")]
    Kind,
    /// It breaks off or contradicts itself.
    #[error("is a damaged picture")]
    Damaged,
    /// Players refuse what is so large.
    #[error("is larger than 10 MB, which players refuse")]
    Large,
}

impl BadPicture {
    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Kind => "save the picture as one of them, or take `cover` out: then adem draws one",
            Self::Damaged => "export the picture again, or take `cover` out: then adem draws one",
            Self::Large => "make the picture smaller; 1400 to 3000 pixels are what shops ask for",
        }
    }
}

/// The most bytes of a cover: a Vorbis comment has to be read whole before the sound begins.
const MOST_BYTES: usize = 10_000_000;

/// What players want to know of a picture.
///
/// # Errors
/// [`BadPicture`] if it is none.
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

/// Width and height from the frame header of a JPEG that ends as it should (ITU-T T.81, annex B).
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
        // Start of frame, but for the three markers among them that are tables.
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
    fn a_picture_is_taken_and_what_is_none_is_named() {
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
    fn a_jpeg_tells_its_size_and_one_that_breaks_off_is_damaged() {
        let frame = [0xFF, 0xC0, 0, 11, 8, 0, 100, 0, 200, 1, 1, 0x11, 0];
        let mut jpeg = [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2][..], &frame].concat();
        assert_eq!(read_cover(jpeg.clone()), Err(BadPicture::Damaged));
        jpeg.extend([0xFF, 0xD9]);
        let cover = read_cover(jpeg).unwrap();
        assert_eq!((cover.width, cover.height, cover.media_type), (200, 100, "image/jpeg"));
    }
}
