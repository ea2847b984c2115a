use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::export::format::tests_sound::{
    LENGTHS, a_pipe_is_refused, a_rate_is_refused, coded, decoded, decoded_by_ffmpeg,
    our_decoder_finds_the_length, planes, sample_tags, spec, tags_by_ffprobe, there, written,
};
use crate::export::tags::Cover;
use crate::layout::Chapter;
use crate::unit::{Frames, Position};

const RATES: [u32; 12] =
    [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000];

fn file(hz: u32, planes: &[Vec<f32>], block: usize) -> Vec<u8> {
    coded(M4aWriter::new, &spec(Format::M4a, hz, planes.len(), planes[0].len()), planes, block)
}

/// As [`file`], with a bit rate.
fn file_of(rate: u32, planes: &[Vec<f32>]) -> Vec<u8> {
    let coding = Coding { m4a: Some(rate), ..Coding::default() };
    let spec = TrackSpec { coding, ..spec(Format::M4a, 48_000, planes.len(), planes[0].len()) };
    coded(M4aWriter::new, &spec, planes, 4_096)
}

/// As [`file`], with tags.
fn tagged(tags: &Tags, frames: usize) -> Vec<u8> {
    let spec = spec(Format::M4a, 48_000, 2, frames);
    written(M4aWriter::new(Cursor::new(Vec::new()), &spec, tags).unwrap(), &planes(2, frames), 8_192)
}

/// Tones that stay within full scale.
fn soft(channels: usize, frames: usize) -> Vec<Vec<f32>> {
    let soft = |plane: Vec<f32>| plane.into_iter().map(|sample| 0.8 * sample).collect();
    planes(channels, frames).into_iter().map(soft).collect()
}

fn energy(samples: impl Iterator<Item = f32>) -> f64 {
    samples.map(|sample| f64::from(sample * sample)).sum()
}

#[test]
fn our_decoder_finds_the_exact_length_at_every_rate() {
    our_decoder_finds_the_length(
        file,
        &RATES,
        |hz| hz,
        LENGTHS.into_iter().chain([1_024, 1_025, 32 * 1_024]),
    );
}

#[test]
fn ffmpeg_plays_every_frame_and_no_more_than_the_rest_of_the_last_unit() {
    if !there("ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.m4a");
    let others = [(44_100, 70_001), (22_050, 30_001), (96_000, 50_000)];
    for (hz, frames) in LENGTHS.map(|frames| (48_000, frames)).into_iter().chain(others) {
        std::fs::write(&path, file(hz, &planes(2, frames), 3_000)).unwrap();
        // ffmpeg ends where a unit does, in files of its own too.
        let heard = decoded_by_ffmpeg(&path).len() / 2;
        let most = frames.next_multiple_of(1_024);
        assert!((frames..=most).contains(&heard), "{heard} instead of {frames} frames at {hz} Hz");
    }
}

#[test]
fn the_sound_is_that_which_was_sent_and_starts_where_it_did() {
    for (hz, channels) in RATES.into_iter().map(|hz| (hz, 2)).chain([(48_000, 1)]) {
        let sent = soft(channels, 30_000);
        let heard = decoded(file(hz, &sent, 4_096));
        for (channel, plane) in sent.iter().enumerate() {
            let error = energy(plane.iter().zip(heard.plane(channel)).map(|(sent, heard)| sent - heard));
            let ratio = 10.0 * (energy(plane.iter().copied()) / error).log10();
            // One sample of shift alone would bring it down to 20 dB.
            assert!(ratio > 30.0, "channel {channel} at {hz} Hz: {ratio:.1} dB");
        }
    }
}

#[test]
fn a_sample_beyond_full_scale_is_held_at_it() {
    let loud = vec![vec![1.5f32; 5_000]; 2];
    let heard = decoded(file(48_000, &loud, 5_000));
    let middle = heard.plane(0)[2_500];
    assert!((middle - 1.0).abs() < 0.1, "{middle}");
}

#[test]
fn the_tags_are_those_that_were_given() {
    if !there("ffprobe") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.m4a");
    let cover = Cover { bytes: vec![7; 500], media_type: "image/jpeg", width: 1, height: 1, bits: 24 };
    std::fs::write(&path, tagged(&Tags { cover: Some(cover), ..sample_tags() }, 48_000)).unwrap();
    let tags = tags_by_ffprobe(&path);
    for tag in [
        "title=De veilige plek · 安全な場所 🌿",
        "artist=Anna de Vriès",
        "album=Een zachte adem",
        "composer=Jip Ünal",
        "track=2",
        "disc=1",
        "date=2026",
        "genre=Meditation",
        "comment=voice: synthetic (a test)",
        "copyright=© 2026 Jip Ünal",
        "license=CC-BY-4.0",
    ] {
        assert!(tags.iter().any(|found| found == tag), "{tag} in {tags:?}");
    }
}

#[test]
fn a_file_is_as_loud_as_what_was_sent_at_every_bit_rate() {
    let tone: Vec<f32> = (0..48_000).map(|n| 0.4 * (n as f32 * 0.06).sin()).collect();
    for channels in [1, 2] {
        let planes = vec![tone.clone(); channels];
        for rate in [16, 64, 192, 256] {
            let heard = decoded(file_of(rate, &planes));
            let power = |planes: &[Vec<f32>]| energy(planes.iter().flatten().copied());
            let louder = 10.0 * (power(heard.planes()) / power(&planes)).log10();
            assert!(louder.abs() < 0.05, "{rate} kbit/s, {channels} channels: {louder:.3} dB");
        }
    }
}

#[test]
fn bit_rates_are_those_that_were_asked_for() {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1u32 << 25) as f32
    };
    let planes: Vec<Vec<f32>> = (0..2).map(|_| (0..240_000).map(|_| noise()).collect()).collect();
    for rate in [96, 320] {
        let bytes = file_of(rate, &planes);
        let bits = (content(&bytes, &["mdat"]).len() * 8) as f64 / 5.0;
        let wanted = f64::from(rate) * 1_000.0;
        assert!((bits / wanted - 1.0).abs() < 0.04, "{bits:.0} instead of {wanted:.0} bits a second");
    }
}

/// Names, starts and sizes of the boxes in a row.
fn row(bytes: &[u8], mut at: usize, end: usize) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    while at < end {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        found.push((bytes[at + 4..at + 8].iter().map(|byte| char::from(*byte)).collect(), at, size));
        at += size;
    }
    assert_eq!(at, end, "boxes fill the row: {found:?}");
    found
}

/// Where the content of a box is, by the names on the way to it.
fn content(bytes: &[u8], path: &[&str]) -> std::ops::Range<usize> {
    let mut inside = 0..bytes.len();
    for name in path {
        let row = row(bytes, inside.start, inside.end);
        let (_, at, size) = row.into_iter().find(|(found, ..)| found == name).unwrap();
        inside = at + 8..at + size;
    }
    inside
}

#[test]
fn the_index_lies_in_front_and_tells_where_the_sound_is() {
    let bytes = file(48_000, &planes(2, 100_003), 3_000);
    let names: Vec<_> = row(&bytes, 0, bytes.len()).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["ftyp", "moov", "mdat"]);
    let table = ["moov", "trak", "mdia", "minf", "stbl"];
    let numbers = |name: &str| -> Vec<usize> {
        let words = &bytes[content(&bytes, &[&table[..], &[name]].concat())];
        words.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word) as usize).collect()
    };
    let (sizes, places) = (numbers("stsz"), numbers("stco"));
    assert_eq!((sizes[2], places[1]), (100_003usize.div_ceil(1_024) + 1, 100usize.div_ceil(32)));
    // The units of the chunks follow each other up to the end of the file.
    let mut at = places[2];
    for (unit, size) in sizes[3..].iter().enumerate() {
        if unit % 32 == 0 {
            assert_eq!(places[2 + unit / 32], at);
        }
        at += size;
    }
    assert_eq!(at, bytes.len());
    let durations = numbers("stts");
    assert_eq!(durations[2] * durations[3] + durations[4] * durations[5], 1_024 + 100_003);
}

#[test]
fn what_needs_64_bits_gets_them() {
    let spec = spec(Format::M4a, 48_000, 2, 48_000 * 3_600 * 25);
    let movie = Movie::new(&spec, &sample_tags(), &[0x11, 0x90], 192_000);
    let sizes = vec![1_536; movie.units()];
    let head = movie.head(&sizes, 0);
    assert_eq!(movie.head(&vec![0; movie.units()], 0).len(), head.len());
    let number = |at: usize| u64::from_be_bytes(head[at..at + 8].try_into().unwrap());
    let media = head.len() - 16;
    assert_eq!(&head[media..media + 8], b"\0\0\0\x01mdat");
    assert_eq!(number(media + 8), 16 + movie.texts().len() as u64 + 1_536 * sizes.len() as u64);
    let inside = &head[..media];
    let places = content(inside, &["moov", "trak", "mdia", "minf", "stbl", "co64"]);
    assert_eq!(number(places.start + 8), (head.len() + movie.texts().len()) as u64);
    assert_eq!(number(places.end - 8) - number(places.start + 8), 32 * 1_536 * (sizes.len() as u64 / 32));
    let edits = content(inside, &["moov", "trak", "edts", "elst"]);
    assert_eq!((number(edits.start + 8), number(edits.start + 16)), (spec.frames.0, 1_024));
}

#[test]
fn chapters_beyond_all_measure_are_no_trouble() {
    let chapter = |n: u64| Chapter { title: "深い呼吸".repeat(60), start: Position(n * 40) };
    let tags = Tags { chapters: (0..300).map(chapter).collect(), ..sample_tags() };
    let bytes = tagged(&tags, 20_000);
    assert_eq!(decoded(bytes.clone()).frames(), Frames(20_000));
    let list = &bytes[content(&bytes, &["moov", "udta", "chpl"])];
    assert_eq!((list[8], list[9 + 8]), (255, 255));
    let nothing = tagged(&Tags { chapters: Vec::new(), ..sample_tags() }, 3_000);
    assert_eq!(decoded(nothing).frames(), Frames(3_000));
}

#[test]
fn a_pipe_is_refused_before_a_byte_is_written() {
    a_pipe_is_refused(Format::M4a, M4aWriter::new);
}

#[test]
fn a_rate_that_aac_does_not_know_is_an_error() {
    a_rate_is_refused(Format::M4a, 50_000, M4aWriter::new);
}

/// A disk with room for so many bytes.
struct Disk {
    file: Cursor<Vec<u8>>,
    room: u64,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.position() + bytes.len() as u64 > self.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn a_full_disk_is_named_in_its_own_words() {
    let disk = Disk { file: Cursor::new(Vec::new()), room: 50_000 };
    let mut writer =
        Box::new(M4aWriter::new(disk, &spec(Format::M4a, 48_000, 2, 240_000), &sample_tags()).unwrap());
    let planes = planes(2, 240_000);
    let ended = writer.write(&[&planes[0], &planes[1]]).and_then(|()| writer.finish().map(drop));
    assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::StorageFull);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn the_cut_into_blocks_changes_no_byte(block in 1usize..20_000) {
        let planes = planes(2, 40_000);
        prop_assert!(file(48_000, &planes, block) == file(48_000, &planes, 40_000));
    }
}
