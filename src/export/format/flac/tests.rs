use std::io::Cursor;
use std::process::Command;

use super::*;
use crate::decode::decode_all;
use crate::delivery::format::Format;
use crate::export::format::samples::{FULL_SCALE_24, integer};
use crate::export::format::tests_sound::{
    Pipe, decoded_by_ffmpeg, planes, sample_tags, spec, tags_by_ffprobe, there, written,
};
use proptest::prelude::*;

fn file(hz: u32, planes: &[Vec<f32>], block: usize) -> Vec<u8> {
    let spec = spec(Format::Flac, hz, planes.len(), planes[0].len());
    written(FlacWriter::new(Cursor::new(Vec::new()), &spec, &sample_tags()).unwrap(), planes, block)
}

/// The samples as 24 bits hold them.
fn rounded(planes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let round = |sample: &f32| integer(*sample, FULL_SCALE_24) as f32 / FULL_SCALE_24;
    planes.iter().map(|plane| plane.iter().map(round).collect()).collect()
}

#[test]
fn our_decoder_finds_every_sample_at_every_rate_and_length() {
    for (hz, channels, frames) in [
        (48_000, 2, 20_001),
        (8_000, 1, 1),
        (44_100, 2, 15),
        (96_000, 2, 4_096),
        (192_000, 1, 4_097),
        (12_345, 2, 5),
    ] {
        let planes = planes(channels, frames);
        let decoded = decode_all(Box::new(Cursor::new(file(hz, &planes, 1_000)))).unwrap();
        assert_eq!((decoded.bits, decoded.buffer.rate().hz()), (Some(24), hz));
        for (channel, plane) in rounded(&planes).iter().enumerate() {
            assert!(decoded.buffer.plane(channel) == plane.as_slice(), "{hz} Hz, {frames} frames");
        }
    }
}

#[test]
fn the_reference_decoder_is_content() {
    if !there("flac") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.flac");
    std::fs::write(&path, file(48_000, &planes(2, 100_001), 3_000)).unwrap();
    let tested = Command::new("flac")
        .args(["--test", "--warnings-as-errors", "--silent"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
}

#[test]
fn ffmpeg_finds_the_samples_and_the_tags() {
    if !there("ffmpeg") || !there("ffprobe") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.flac");
    let planes = planes(2, 30_001);
    std::fs::write(&path, file(44_100, &planes, 3_000)).unwrap();
    let rounded = rounded(&planes);
    let sent: Vec<f32> = (0..30_001).flat_map(|frame| [rounded[0][frame], rounded[1][frame]]).collect();
    assert!(decoded_by_ffmpeg(&path) == sent);
    let tags = tags_by_ffprobe(&path);
    for tag in [
        "title=De veilige plek · 安全な場所 🌿",
        "artist=Anna de Vriès",
        "album=Een zachte adem",
        "track=2",
        "language=nl",
        "comment=voice: synthetic (a test)",
    ] {
        assert!(tags.iter().any(|found| found == tag), "{tag} in {tags:?}");
    }
}

#[test]
fn a_pipe_gets_the_same_sound_with_its_length() {
    let planes = planes(2, 50_001);
    let spec = spec(Format::Flac, 48_000, 2, 50_001);
    let pipe = Pipe { bytes: Vec::new(), room: usize::MAX };
    let mut writer = Box::new(FlacWriter::new(pipe, &spec, &sample_tags()).unwrap());
    writer.write(&[&planes[0], &planes[1]]).unwrap();
    let bytes = writer.finish().unwrap().bytes;
    let mut decoder = crate::decode::Decoder::open(Box::new(Cursor::new(bytes.clone()))).unwrap();
    assert_eq!(decoder.declared_frames(), Some(spec.frames));
    assert!(decoder.next_block(&mut Vec::new()).unwrap());
    let decoded = decode_all(Box::new(Cursor::new(bytes))).unwrap();
    assert!(decoded.buffer.plane(1) == rounded(&planes)[1].as_slice());
}

#[test]
fn a_full_disk_is_an_error_wherever_it_comes() {
    let planes = planes(2, 50_000);
    let spec = spec(Format::Flac, 48_000, 2, 50_000);
    let whole = file(48_000, &planes, 50_000).len();
    for room in [0, 10, 1_000, whole / 2, whole - 6_000] {
        let written =
            FlacWriter::new(Pipe { bytes: Vec::new(), room }, &spec, &sample_tags()).and_then(|writer| {
                let mut writer = Box::new(writer);
                writer.write(&[&planes[0], &planes[1]])?;
                writer.finish()
            });
        assert_eq!(written.err().map(|error| error.kind()), Some(ErrorKind::StorageFull), "room for {room}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn the_cut_into_blocks_changes_no_byte(block in 1usize..9_000) {
        let planes = planes(2, 20_000);
        prop_assert!(file(48_000, &planes, block) == file(48_000, &planes, 20_000));
    }
}
