use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

const FORMATS: [WavFormat; 3] = [WavFormat::Int16, WavFormat::Int24, WavFormat::Float32];

fn spec(channels: usize, format: WavFormat, frames: u64) -> WavSpec {
    WavSpec { rate: SampleRate::DEFAULT, channels, format, frames: Frames(frames) }
}

/// A sweep through and beyond full scale, different in every channel.
fn planes(channels: usize, frames: usize) -> Vec<Vec<f32>> {
    let sample = |channel: usize, frame: usize| {
        1.1 * (frame as f32 * (0.013 + 0.007 * channel as f32)).sin() + frame as f32 * 1e-7
    };
    (0..channels).map(|channel| (0..frames).map(|frame| sample(channel, frame)).collect()).collect()
}

fn views(planes: &[Vec<f32>], range: std::ops::Range<usize>) -> Vec<&[f32]> {
    planes.iter().map(|plane| &plane[range.clone()]).collect()
}

fn file(spec: WavSpec, planes: &[Vec<f32>]) -> Vec<u8> {
    let mut writer = WavWriter::new(Vec::new(), spec).unwrap();
    writer.write(&views(planes, 0..planes[0].len())).unwrap();
    writer.finish().unwrap()
}

/// A number at a place in a file, low byte first.
fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    bytes[at..at + size].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

#[test]
fn another_reader_finds_every_sample_as_it_was() {
    for format in FORMATS {
        for channels in [1, 2, 3] {
            let planes = planes(channels, 5_001);
            let spec = spec(channels, format, 5_001);
            let mut reader = hound::WavReader::new(Cursor::new(file(spec, &planes))).unwrap();
            let found = reader.spec();
            assert_eq!((found.sample_rate, usize::from(found.channels)), (48_000, channels));
            assert_eq!((usize::from(found.bits_per_sample), reader.duration()), (format.bytes() * 8, 5_001));
            let sent = (0..5_001).flat_map(|frame| planes.iter().map(move |plane| plane[frame]));
            if format == WavFormat::Float32 {
                assert!(reader.samples::<f32>().map(Result::unwrap).eq(sent), "{channels} channels");
            } else {
                let full = f64::from(1u32 << (found.bits_per_sample - 1));
                let round = |sample: f32| {
                    (f64::from(sample) * full).round_ties_even().clamp(-full, full - 1.0) as i32
                };
                assert!(reader.samples::<i32>().map(Result::unwrap).eq(sent.map(round)), "{format:?}");
            }
        }
    }
}

#[test]
fn ffmpeg_reads_the_same_sound() {
    if Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        eprintln!("skipped: ffmpeg is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        for channels in [1, 2] {
            let path = folder.path().join(format!("{format:?}{channels}.wav"));
            let planes = planes(channels, 3_001);
            std::fs::write(&path, file(spec(channels, format, 3_001), &planes)).unwrap();
            let codec = ["pcm_s16le", "pcm_s24le", "pcm_f32le"][format.bytes() - 2];
            let data = decoded_by_ffmpeg(&path, codec);
            let own = std::fs::read(&path).unwrap();
            let size = 3_001 * channels * format.bytes();
            assert_eq!(data, own[own.len() - size - size % 2..][..size], "{format:?} {channels}");
        }
    }
}

/// The samples as ffmpeg sees them; an error fails the test.
fn decoded_by_ffmpeg(path: &Path, codec: &str) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-loglevel", "error", "-i"]).arg(path);
    let output = command.args(["-c:a", codec, "-f", &codec[4..], "-"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    output.stdout
}

proptest! {
    #[test]
    fn the_cut_into_blocks_changes_no_byte(
        cuts in prop::collection::vec(0usize..9_000, 0..12),
        channels in 1usize..4,
        format in prop::sample::select(&FORMATS[..]),
    ) {
        let planes = planes(channels, 9_000);
        let spec = spec(channels, format, 9_000);
        let mut whole = WavWriter::new(Vec::new(), spec).unwrap().dithered(7);
        whole.write(&views(&planes, 0..9_000)).unwrap();
        let mut pieces = WavWriter::new(Vec::new(), spec).unwrap().dithered(7);
        let mut cuts = cuts;
        cuts.extend([0, 9_000]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            pieces.write(&views(&planes, pair[0]..pair[1])).unwrap();
        }
        prop_assert!(whole.finish().unwrap() == pieces.finish().unwrap());
    }
}

#[test]
fn the_noise_of_each_channel_and_frame_is_added_before_rounding() {
    let planes = planes(2, 6_000);
    let spec = spec(2, WavFormat::Int16, 6_000);
    let mut writer = WavWriter::new(Vec::new(), spec).unwrap().dithered(7);
    writer.write(&views(&planes, 0..6_000)).unwrap();
    let bytes = writer.finish().unwrap();
    let dither = [0, 1].map(|channel| crate::dsp::dither::Dither::new(7, channel));
    for (channel, plane) in planes.iter().enumerate() {
        for (frame, sample) in plane.iter().enumerate() {
            let found = number(&bytes, 44 + (frame * 2 + channel) * 2, 2) as i16;
            let sent = (sample * 32_768.0 + dither[channel].noise(frame as u64)).clamp(-32_768.0, 32_767.0);
            assert!((f32::from(found) - sent).abs() < 0.51, "{frame} {channel}: {found} for {sent}");
        }
    }
}

#[test]
fn noise_is_left_out_of_formats_that_need_none() {
    let planes = planes(1, 100);
    for format in [WavFormat::Int24, WavFormat::Float32] {
        let mut writer = WavWriter::new(Vec::new(), spec(1, format, 100)).unwrap().dithered(7);
        writer.write(&views(&planes, 0..100)).unwrap();
        assert_eq!(writer.finish().unwrap(), file(spec(1, format, 100), &planes));
    }
}

#[test]
fn stereo_of_16_bits_has_the_header_every_player_knows() {
    let bytes = file(spec(2, WavFormat::Int16, 10), &planes(2, 10));
    assert_eq!(bytes.len(), 44 + 40);
    assert_eq!(&bytes[..20], b"RIFF\x4c\0\0\0WAVEfmt \x10\0\0\0");
    assert_eq!(number(&bytes, 28, 4), 192_000);
    assert_eq!(&bytes[36..44], b"data\x28\0\0\0");
}

#[test]
fn sizes_count_what_follows_them_and_an_odd_end_is_padded() {
    for format in FORMATS {
        for frames in [0, 1, 3, 4_096, 4_097] {
            let spec = spec(1, format, frames);
            let bytes = file(spec, &planes(1, frames as usize));
            assert_eq!(bytes.len() as u64, spec.file_bytes());
            assert_eq!(number(&bytes, 4, 4) + 8, bytes.len() as u64, "{format:?} {frames}");
            assert_eq!(bytes.len() % 2, 0);
        }
    }
}

#[test]
fn a_float_file_says_its_length_in_fact() {
    let bytes = file(spec(2, WavFormat::Float32, 7), &planes(2, 7));
    assert_eq!(&bytes[60..72], b"fact\x04\0\0\0\x07\0\0\0");
}

/// The header of a file too long to write in a test, and a whole frame of nothing after it.
fn header_of(spec: WavSpec) -> Vec<u8> {
    header::header(&spec, &[])
}

/// Notes how the bytes come.
#[derive(Default)]
struct Pieces(Vec<usize>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_system_gets_whole_pieces_and_at_last_what_is_left() {
    for (about, channels, format) in
        [(0, 2, WavFormat::Int24), (300_000, 1, WavFormat::Int16), (7_001, 8, WavFormat::Float32)]
    {
        let (spec, about) = (spec(channels, format, 100_000), vec![0; about]);
        let mut writer = WavWriter::with_about(Pieces::default(), spec, &about).unwrap();
        writer.write(&views(&planes(channels, 100_000), 0..100_000)).unwrap();
        let Pieces(pieces) = writer.finish().unwrap();
        let (last, whole) = pieces.split_last().unwrap();
        assert!(whole.iter().all(|piece| piece % PIECE == 0) && *last < PIECE, "{pieces:?}");
        let header = header::header(&spec, &about).len() as u64;
        assert_eq!(pieces.iter().sum::<usize>() as u64, header + spec.data_bytes());
    }
}

#[test]
fn a_file_becomes_rf64_exactly_where_32_bits_end() {
    // 0xFFFF_FFFF itself means "see ds64" to readers, so the last plain size is one less; sizes are even.
    let largest = (u64::from(u32::MAX) - 1 - 36) / 4;
    let plain = header_of(spec(2, WavFormat::Int16, largest));
    assert_eq!((&plain[..4], number(&plain, 4, 4)), (&b"RIFF"[..], 36 + largest * 4));
    let large = header_of(spec(2, WavFormat::Int16, largest + 1));
    assert_eq!(&large[..4], b"RF64");
}

#[test]
fn an_rf64_header_holds_the_true_sizes_in_ds64() {
    let frames = 48_000 * 60 * 60 * 9;
    for format in FORMATS {
        let spec = spec(2, format, frames);
        let bytes = header_of(spec);
        assert_eq!(&bytes[..20], b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0", "{format:?}");
        assert_eq!(number(&bytes, 20, 8) + 8, spec.file_bytes());
        assert_eq!(number(&bytes, 28, 8), frames * spec.frame_bytes() as u64);
        assert_eq!((number(&bytes, 36, 8), number(&bytes, 44, 4)), (frames, 0));
        assert_eq!(&bytes[48..52], b"fmt ");
        assert_eq!(&bytes[bytes.len() - 8..], b"data\xff\xff\xff\xff");
    }
}

#[test]
fn ffprobe_knows_the_length_of_an_rf64_file() {
    if Command::new("ffprobe").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        eprintln!("skipped: ffprobe is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nine-hours.wav");
    let spec = spec(2, WavFormat::Float32, 48_000 * 60 * 60 * 9);
    std::fs::write(&path, header_of(spec)).unwrap();
    // The sound is a hole in the file: nothing is stored.
    std::fs::File::options().write(true).open(&path).unwrap().set_len(spec.file_bytes()).unwrap();
    let show = ["-v", "error", "-show_entries", "stream=duration,codec_name", "-of", "csv=p=0"];
    let output = Command::new("ffprobe").args(show).arg(&path).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "pcm_f32le,32400.000000");
}

#[test]
#[should_panic(expected = "as long as its header says")]
fn a_short_file_is_a_bug() {
    let mut writer = WavWriter::new(Vec::new(), spec(1, WavFormat::Int16, 10)).unwrap();
    writer.write(&[&[0.0; 9]]).unwrap();
    let _ = writer.finish();
}

#[test]
#[should_panic(expected = "no frame beyond")]
fn a_long_file_is_a_bug() {
    let mut writer = WavWriter::new(Vec::new(), spec(1, WavFormat::Int16, 10)).unwrap();
    let _ = writer.write(&[&[0.0; 11]]);
}
