use super::*;
use crate::export::tests_sound::{
    LENGTHS, a_full_disk_is_named, coded, decoded, decoded_by_ffmpeg, every_cut_and_a_pipe_give_the_same,
    planes, spec, there,
};
use crate::script::preset::Format;
use crate::unit::Frames;

fn file(hz: u32, planes: &[Vec<f32>], block: usize) -> Vec<u8> {
    coded(VorbisWriter::new, &spec(Format::Ogg, hz, planes.len(), planes[0].len()), planes, block)
}

#[test]
fn our_decoder_finds_the_exact_length_at_every_rate() {
    for hz in [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000] {
        for channels in [1, 2] {
            let decoded = decoded(file(hz, &planes(channels, 10_007), 3_000));
            assert_eq!((decoded.frames(), decoded.rate().hz()), (Frames(10_007), hz), "{channels} channels");
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
    let path = folder.path().join("track.ogg");
    // Of a file whose first page is its last ffmpeg plays the whole packets; a second is more than a page.
    for frames in [48_000, 48_001, 60_000, 100_003] {
        std::fs::write(&path, file(48_000, &planes(2, frames), 3_000)).unwrap();
        assert_eq!(decoded_by_ffmpeg(&path).len(), 2 * frames, "{frames} frames");
    }
}

#[test]
fn the_cut_into_blocks_changes_no_byte_and_a_pipe_gets_the_same() {
    every_cut_and_a_pipe_give_the_same(Format::Ogg, VorbisWriter::new, VorbisWriter::new);
}

#[test]
fn a_full_disk_is_named_in_its_own_words() {
    a_full_disk_is_named(Format::Ogg, VorbisWriter::new);
}
