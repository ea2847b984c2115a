use std::io::Cursor;

use super::*;
use crate::delivery::format::Format;
use crate::export::format::tests_sound::{
    a_pipe_is_refused, a_rate_is_refused, coded, decoded, ffmpeg_finds_the_length,
    our_decoder_finds_the_length, planes, sample_tags, spec, tags_by_ffprobe, there, written,
};
use proptest::prelude::*;

fn file(hz: u32, planes: &[Vec<f32>], block: usize) -> Vec<u8> {
    coded(Mp3Writer::new, &spec(Format::Mp3, hz, planes.len(), planes[0].len()), planes, block)
}

/// As [`file`], with a bit rate.
fn file_of(rate: Mp3Rate, planes: &[Vec<f32>]) -> Vec<u8> {
    let coding = crate::delivery::coding::Coding { mp3: Some(rate), ..Default::default() };
    let spec = TrackSpec { coding, ..spec(Format::Mp3, 48_000, planes.len(), planes[0].len()) };
    coded(Mp3Writer::new, &spec, planes, 4_096)
}

const LENGTHS: [usize; 8] = [1, 575, 576, 1_105, 1_152, 1_153, 48_000, 100_003];

#[test]
fn our_decoder_finds_the_exact_length_at_every_rate() {
    our_decoder_finds_the_length(
        file,
        &[8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000],
        |hz| hz,
        LENGTHS,
    );
}

#[test]
fn ffmpeg_finds_the_exact_length_too() {
    ffmpeg_finds_the_length(
        file,
        "mp3",
        LENGTHS.map(|frames| (48_000, frames)).into_iter().chain([(44_100, 70_001), (22_050, 30_001)]),
    );
}

#[test]
fn the_sound_is_that_which_was_sent_and_starts_where_it_did() {
    let sent = planes(2, 96_000);
    let heard = decoded(file(48_000, &sent, 4_096));
    for (channel, plane) in sent.iter().enumerate() {
        let energy = |samples: &mut dyn Iterator<Item = f32>| samples.map(|s| f64::from(s * s)).sum::<f64>();
        let error = energy(&mut plane.iter().zip(heard.plane(channel)).map(|(sent, heard)| sent - heard));
        let ratio = 10.0 * (energy(&mut plane.iter().copied()) / error).log10();
        // One sample of shift alone would bring it down to 20 dB.
        assert!(ratio > 30.0, "channel {channel}: {ratio:.1} dB");
    }
}

#[test]
fn the_tags_are_those_that_were_given() {
    if !there("ffprobe") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.mp3");
    std::fs::write(&path, file(48_000, &planes(2, 48_000), 48_000)).unwrap();
    let tags = tags_by_ffprobe(&path);
    for tag in [
        "title=De veilige plek · 安全な場所 🌿",
        "artist=Anna de Vriès",
        "album=Een zachte adem",
        "track=2",
        "language=nld",
        "comment=voice: synthetic (a test)",
    ] {
        assert!(tags.iter().any(|found| found == tag), "{tag} in {tags:?}");
    }
}

#[test]
fn a_file_is_as_loud_as_what_was_sent_at_every_bit_rate() {
    let power = |planes: &[Vec<f32>]| planes.iter().flatten().map(|s| f64::from(s * s)).sum::<f64>();
    let tone: Vec<f32> = (0..96_000).map(|n| 0.4 * (n as f32 * 0.06).sin()).collect();
    for channels in [1, 2] {
        let planes = vec![tone.clone(); channels];
        let rates = [64, 128, 160, 192, 224, 256, 320].map(Mp3Rate::Constant);
        for rate in rates.into_iter().chain([0, 2].map(Mp3Rate::Variable)) {
            let heard = decoded(file_of(rate, &planes));
            let louder = 10.0 * (power(heard.planes()) / power(&planes)).log10();
            assert!(louder.abs() < 0.02, "{rate:?}, {channels} channels: {louder:.3} dB");
        }
    }
}

/// Where the tag in front ends: its size is in four bytes of seven bits (ID3v2.4, 3.1).
fn audio_start(bytes: &[u8]) -> usize {
    assert!(bytes.starts_with(b"ID3"));
    10 + bytes[6..10].iter().fold(0, |size, byte| size << 7 | usize::from(*byte))
}

#[test]
fn bit_rates_are_those_that_were_asked_for_and_lengths_stay_exact() {
    let planes = planes(2, 48_000 * 2);
    let coded = |rate| {
        let bytes = file_of(rate, &planes);
        assert_eq!(decoded(bytes.clone()).frames(), Frames(48_000 * 2), "{rate:?}");
        bytes
    };
    for (rate, byte) in [(64, 0x54), (128, 0x94), (320, 0xE4)] {
        let bytes = coded(Mp3Rate::Constant(rate));
        assert_eq!(bytes[audio_start(&bytes) + 2], byte, "{rate} kbit/s");
    }
    let (large, small) = (coded(Mp3Rate::Variable(0)), coded(Mp3Rate::Variable(9)));
    assert!(large.len() > 2 * small.len(), "{} and {}", large.len(), small.len());
    // A file of a variable bit rate says so in its first frame ("Mp3 Info Tag rev 1").
    assert!(large.windows(4).any(|four| four == b"Xing"));
}

#[test]
fn the_first_frame_is_the_lame_tag_and_tells_the_bit_rate() {
    for (hz, second_and_third) in [(48_000, [0xFB, 0xB4]), (24_000, [0xF3, 0xA4]), (12_000, [0xE3, 0x64])] {
        let bytes = file(hz, &planes(2, 30_000), 3_000);
        let frame = &bytes[audio_start(&bytes)..];
        // Layer III without a checksum; bit rate, rate, no padding (ISO/IEC 11172-3, 2.4.1.3).
        assert_eq!((frame[0], [frame[1], frame[2]]), (0xFF, second_and_third), "{hz} Hz");
        assert_eq!(tagged_length(frame), Some(Frames(30_000)));
    }
}

#[test]
fn no_picture_in_a_tag_is_taken_for_sound() {
    let planes = planes(2, 3_000);
    for seed in 0..24u32 {
        let mut state = seed;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let bytes = noise.take(48_000).collect();
        let cover =
            crate::export::tags::Cover { bytes, media_type: "image/png", width: 1, height: 1, bits: 32 };
        let tags = Tags { cover: Some(cover), ..sample_tags() };
        let spec = spec(Format::Mp3, 48_000, 2, 3_000);
        let file = written(Mp3Writer::new(Cursor::new(Vec::new()), &spec, &tags).unwrap(), &planes, 3_000);
        assert_eq!(decoded(file).frames(), Frames(3_000), "picture {seed}");
    }
}

#[test]
fn a_pipe_is_refused_before_a_byte_is_written() {
    a_pipe_is_refused(Format::Mp3, Mp3Writer::new);
}

#[test]
fn a_rate_that_mp3_does_not_know_is_an_error() {
    a_rate_is_refused(Format::Mp3, 96_000, Mp3Writer::new);
}

#[test]
fn what_is_no_lame_tag_tells_no_length() {
    for bytes in [&b""[..], b"\xFF\xFB\xB4\x00", b"\xFF\xFB\xB4\x00Info", &[0xFF; 500]] {
        assert_eq!(tagged_length(bytes), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn the_cut_into_blocks_changes_no_byte(block in 1usize..20_000) {
        let planes = planes(2, 40_000);
        prop_assert!(file(48_000, &planes, block) == file(48_000, &planes, 40_000));
    }
}
