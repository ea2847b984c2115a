//! Checks that a FLAC file is whole, without decoding its sound.

use super::bytes::Bytes;
use super::container::skip_tags;
use super::flac::{FlacItem, StreamFacts, look};
use super::{CHECKSUM, DecodeError};
use crate::files::Source;
use crate::unit::Frames;

/// The length and the number of channels of a FLAC file whose frames follow each other from the first to the last, each
/// with the right checksum.
///
/// # Errors
/// [`DecodeError`] if the file cannot be read, if a frame is damaged or missing, or if anything else is in it.
pub fn whole_flac(mut source: Box<dyn Source>) -> Result<(Frames, usize), DecodeError> {
    let start = skip_tags(source.as_mut()).map_err(DecodeError::Io)?;
    let mut bytes = Bytes::new(source);
    let end = bytes.length();
    let damaged = |reason: &str| DecodeError::Damaged { reason: reason.into() };
    let nothing = StreamFacts::parse(&[0; 34]).ok_or(DecodeError::Empty)?;
    let FlacItem::File(file, mut at) = look(&mut bytes, start, end, &nothing).map_err(DecodeError::Io)?
    else {
        return Err(damaged("it ends inside its header"));
    };
    let mut frames = 0;
    loop {
        match look(&mut bytes, at, end, &file).map_err(DecodeError::Io)? {
            FlacItem::Frame(header, count) => {
                let of_file = (file.rate, file.channels, file.bits);
                if header.place != Some(frames) || (header.rate, header.channels, header.bits) != of_file {
                    return Err(damaged("its frames do not follow each other"));
                }
                frames += header.frames;
                at += count as u64;
            }
            FlacItem::End if frames == file.total => return Ok((Frames(frames), file.channels)),
            FlacItem::End | FlacItem::Cut => {
                let expected = Some(Frames(file.total));
                return Err(DecodeError::Truncated { decoded: Frames(frames), expected });
            }
            FlacItem::Damaged(..) | FlacItem::File(..) | FlacItem::Other(_) => return Err(damaged(CHECKSUM)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A file of two channels.
    fn file() -> Vec<u8> {
        use flac_codec::byteorder::LittleEndian;
        use flac_codec::encode::{FlacByteWriter, Options};
        let mut file = Cursor::new(Vec::new());
        let options = Options::default();
        let mut writer: FlacByteWriter<_, LittleEndian> =
            FlacByteWriter::new(&mut file, options, 48_000, 16, 2, None).unwrap();
        let samples: Vec<u8> = (0..40_000u32).flat_map(|at| ((at * at) as i16).to_le_bytes()).collect();
        std::io::Write::write_all(&mut writer, &samples).unwrap();
        writer.finalize().unwrap();
        file.into_inner()
    }

    fn length(bytes: Vec<u8>) -> Result<(Frames, usize), DecodeError> {
        whole_flac(Box::new(Cursor::new(bytes)))
    }

    #[test]
    fn a_whole_file_has_its_length() {
        assert_eq!(length(file()).unwrap(), (Frames(20_000), 2));
    }

    #[test]
    fn a_file_that_is_cut_or_damaged_anywhere_is_refused() {
        let whole = file();
        let frames = whole.len() - 30_000;
        for place in (frames..whole.len()).step_by(997) {
            let mut bytes = whole.clone();
            bytes[place] ^= 4;
            assert!(length(bytes).is_err(), "a wrong byte at {place}");
            assert!(length(whole[..place].to_vec()).is_err(), "cut at {place}");
            let mut bytes = whole.clone();
            bytes.drain(place..place + 100.min(whole.len() - place));
            assert!(length(bytes).is_err(), "a hole at {place}");
        }
        assert!(length([whole.clone(), vec![1; 7]].concat()).is_err(), "something behind it");
        assert!(length(Vec::new()).is_err());
    }
}
