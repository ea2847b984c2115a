use super::*;
use crate::delivery::format::Format;
use crate::export::format::tests_sound::{
    LENGTHS, a_full_disk_is_named, coded, every_cut_and_a_pipe_give_the_same, ffmpeg_finds_the_length,
    our_decoder_finds_the_length, spec,
};

fn file(hz: u32, planes: &[Vec<f32>], block: usize) -> Vec<u8> {
    coded(VorbisWriter::new, &spec(Format::Ogg, hz, planes.len(), planes[0].len()), planes, block)
}

#[test]
fn our_decoder_finds_the_exact_length_at_every_rate() {
    our_decoder_finds_the_length(
        file,
        &[8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000],
        |hz| hz,
        LENGTHS,
    );
}

#[test]
fn ffmpeg_finds_the_exact_length_too() {
    // Of a file whose first page is its last ffmpeg plays the whole packets; a second is more than a page.
    ffmpeg_finds_the_length(file, "ogg", [48_000, 48_001, 60_000, 100_003].map(|frames| (48_000, frames)));
}

#[test]
fn the_cut_into_blocks_changes_no_byte_and_a_pipe_gets_the_same() {
    every_cut_and_a_pipe_give_the_same(Format::Ogg, VorbisWriter::new, VorbisWriter::new);
}

#[test]
fn a_full_disk_is_named_in_its_own_words() {
    a_full_disk_is_named(Format::Ogg, VorbisWriter::new);
}
