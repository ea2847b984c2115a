use super::*;
use crate::delivery::format::Format;
use crate::export::format::tests_sound::{
    LENGTHS, a_full_disk_is_named, coded, every_cut_and_a_pipe_give_the_same, ffmpeg_finds_the_length,
    our_decoder_finds_the_length, spec,
};

fn file(hz: u32, planes: &[Vec<f32>], block: usize) -> Vec<u8> {
    coded(OpusWriter::new, &spec(Format::Opus, hz, planes.len(), planes[0].len()), planes, block)
}

#[test]
fn our_decoder_finds_the_exact_length_at_every_rate() {
    our_decoder_finds_the_length(file, &[8_000, 12_000, 16_000, 24_000, 48_000], |_| 48_000, LENGTHS);
}

#[test]
fn ffmpeg_finds_the_exact_length_too() {
    ffmpeg_finds_the_length(file, "opus", LENGTHS.map(|frames| (48_000, frames)));
}

#[test]
fn the_cut_into_blocks_changes_no_byte_and_a_pipe_gets_the_same() {
    every_cut_and_a_pipe_give_the_same(Format::Opus, OpusWriter::new, OpusWriter::new);
}

#[test]
fn a_full_disk_is_named_in_its_own_words() {
    a_full_disk_is_named(Format::Opus, OpusWriter::new);
}
