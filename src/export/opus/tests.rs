use std::io::Cursor;

use super::*;
use crate::asset::decode::decode_all;
use crate::audio::Buffer;
use crate::export::tests_sound::{Pipe, decoded_by_ffmpeg, planes, sample_tags, spec, there, written};
use crate::script::preset::Format;
use crate::unit::Frames;

fn file(hz: u32, planes: &[Vec<f32>], block: usize) -> Vec<u8> {
    let spec = spec(Format::Opus, hz, planes.len(), planes[0].len());
    written(OpusWriter::new(Cursor::new(Vec::new()), &spec, &sample_tags()).unwrap(), planes, block)
}

fn decoded(file: Vec<u8>) -> Buffer {
    decode_all(Box::new(Cursor::new(file))).unwrap().buffer
}

const LENGTHS: [usize; 8] = [1, 647, 648, 649, 960, 961, 48_000, 100_003];

#[test]
fn our_decoder_finds_the_exact_length_at_every_rate() {
    for hz in [8_000, 12_000, 16_000, 24_000, 48_000] {
        for channels in [1, 2] {
            let decoded = decoded(file(hz, &planes(channels, 10_007), 3_000));
            assert_eq!(
                (decoded.frames(), decoded.channels()),
                (Frames(10_007 * u64::from(48_000 / hz)), channels)
            );
        }
    }
    for frames in LENGTHS {
        assert_eq!(decoded(file(48_000, &planes(2, frames), 700)).frames(), Frames(frames as u64));
    }
}

#[test]
fn ffmpeg_finds_the_exact_length_too() {
    if !there("ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.opus");
    for frames in LENGTHS {
        std::fs::write(&path, file(48_000, &planes(2, frames), 3_000)).unwrap();
        assert_eq!(decoded_by_ffmpeg(&path).len(), 2 * frames, "{frames} frames");
    }
}

#[test]
fn the_cut_into_blocks_changes_no_byte_and_a_pipe_gets_the_same() {
    let planes = planes(2, 30_000);
    let whole = file(48_000, &planes, 30_000);
    assert!(whole == file(48_000, &planes, 997) && whole == file(48_000, &planes, 960));
    let spec = spec(Format::Opus, 48_000, 2, 30_000);
    let pipe = Pipe { bytes: Vec::new(), room: usize::MAX };
    let mut writer = Box::new(OpusWriter::new(pipe, &spec, &sample_tags()).unwrap());
    writer.write(&[&planes[0], &planes[1]]).unwrap();
    assert!(writer.finish().unwrap().bytes == whole);
}

#[test]
fn a_full_disk_is_named_in_its_own_words() {
    let spec = spec(Format::Opus, 48_000, 2, 480_000);
    let pipe = Pipe { bytes: Vec::new(), room: 20_000 };
    let mut writer = Box::new(OpusWriter::new(pipe, &spec, &sample_tags()).unwrap());
    let planes = planes(2, 480_000);
    let ended = writer.write(&[&planes[0], &planes[1]]).and_then(|()| writer.finish().map(drop));
    assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::StorageFull);
}
