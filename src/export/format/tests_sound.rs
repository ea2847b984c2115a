//! What the tests of all formats share: sounds, writing them in pieces, and reading files with other programs.

use std::io::{self, Cursor, Write};
use std::path::Path;
use std::process::Command;

use crate::audio::Buffer;
use crate::decode::decode_all;
use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::export::{Tags, TrackSpec, TrackWriter, tags};
use crate::unit::{Frames, SampleRate};

pub(super) fn spec(format: Format, hz: u32, channels: usize, frames: usize) -> TrackSpec {
    let rate = SampleRate::new(hz).unwrap();
    TrackSpec { format, rate, channels, frames: Frames(frames as u64), seed: 7, coding: Coding::default() }
}

pub(super) fn sample_tags() -> Tags {
    tags::sample()
}

/// Tones that swell, a little different in each channel, and full scale here and there.
pub(super) fn planes(channels: usize, frames: usize) -> Vec<Vec<f32>> {
    let sample = |channel: usize, frame: usize| {
        let time = frame as f32;
        let swell = 0.5 + 0.5 * (time * 1e-4).sin();
        swell * (0.7 * (time * (0.05 + 0.01 * channel as f32)).sin() + 0.4 * (time * 0.31).sin())
    };
    (0..channels).map(|channel| (0..frames).map(|frame| sample(channel, frame)).collect()).collect()
}

/// A whole file, written in blocks of that many frames.
pub(super) fn written<T: TrackWriter<Cursor<Vec<u8>>>>(
    writer: T,
    planes: &[Vec<f32>],
    block: usize,
) -> Vec<u8> {
    let mut writer = Box::new(writer);
    let frames = planes[0].len();
    for start in (0..frames).step_by(block) {
        let end = frames.min(start + block);
        writer.write(&planes.iter().map(|plane| &plane[start..end]).collect::<Vec<_>>()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A whole file by a writer of that format, from blocks of that many frames.
pub(super) fn coded<T: TrackWriter<Cursor<Vec<u8>>>>(
    new: impl Fn(Cursor<Vec<u8>>, &TrackSpec, &Tags) -> io::Result<T>,
    spec: &TrackSpec,
    planes: &[Vec<f32>],
    block: usize,
) -> Vec<u8> {
    written(new(Cursor::new(Vec::new()), spec, &sample_tags()).unwrap(), planes, block)
}

/// What our own decoder makes of a file.
pub(super) fn decoded(file: Vec<u8>) -> Buffer {
    decode_all(Box::new(Cursor::new(file))).unwrap().buffer
}

/// Lengths around those of the frames and packets of codecs.
pub(super) const LENGTHS: [usize; 8] = [1, 647, 648, 649, 960, 961, 48_000, 100_003];

/// Our decoder finds the exact length, and the channels, of a file at every rate, and of a file of every length at 48 kHz.
/// `heard` is the rate a file of some rate is decoded at.
pub(super) fn our_decoder_finds_the_length(
    file: impl Fn(u32, &[Vec<f32>], usize) -> Vec<u8>,
    rates: &[u32],
    heard: impl Fn(u32) -> u32,
    lengths: impl IntoIterator<Item = usize>,
) {
    for &hz in rates {
        for channels in [1, 2] {
            let decoded = decoded(file(hz, &planes(channels, 10_007), 3_000));
            let found = (decoded.frames(), decoded.channels(), decoded.rate().hz());
            let frames = Frames(10_007 * u64::from(heard(hz) / hz));
            assert_eq!(found, (frames, channels, heard(hz)), "{channels} channels at {hz} Hz");
        }
    }
    for frames in lengths {
        assert_eq!(decoded(file(48_000, &planes(2, frames), 700)).frames(), Frames(frames as u64));
    }
}

/// ffmpeg finds the exact length of a file of each rate and length; skips where it is absent.
pub(super) fn ffmpeg_finds_the_length(
    file: impl Fn(u32, &[Vec<f32>], usize) -> Vec<u8>,
    ending: &str,
    cases: impl IntoIterator<Item = (u32, usize)>,
) {
    if !there("ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track").with_extension(ending);
    for (hz, frames) in cases {
        std::fs::write(&path, file(hz, &planes(2, frames), 3_000)).unwrap();
        assert_eq!(decoded_by_ffmpeg(&path).len(), 2 * frames, "{frames} frames at {hz} Hz");
    }
}

/// The cut into blocks changes no byte, and a pipe gets the same.
pub(super) fn every_cut_and_a_pipe_give_the_same<A, B>(
    format: Format,
    new: impl Fn(Cursor<Vec<u8>>, &TrackSpec, &Tags) -> io::Result<A>,
    piped: impl Fn(Pipe, &TrackSpec, &Tags) -> io::Result<B>,
) where
    A: TrackWriter<Cursor<Vec<u8>>>,
    B: TrackWriter<Pipe>,
{
    let planes = planes(2, 30_000);
    let spec = spec(format, 48_000, 2, 30_000);
    let whole = coded(&new, &spec, &planes, 30_000);
    assert!([997, 960].iter().all(|block| coded(&new, &spec, &planes, *block) == whole));
    let pipe = Pipe { bytes: Vec::new(), room: usize::MAX };
    let mut writer = Box::new(piped(pipe, &spec, &sample_tags()).unwrap());
    writer.write(&[&planes[0], &planes[1]]).unwrap();
    assert!(writer.finish().unwrap().bytes == whole);
}

/// A full disk is named in its own words.
pub(super) fn a_full_disk_is_named<T: TrackWriter<Pipe>>(
    format: Format,
    piped: impl Fn(Pipe, &TrackSpec, &Tags) -> io::Result<T>,
) {
    let spec = spec(format, 48_000, 2, 480_000);
    let pipe = Pipe { bytes: Vec::new(), room: 20_000 };
    let mut writer = Box::new(piped(pipe, &spec, &sample_tags()).unwrap());
    let planes = planes(2, 480_000);
    let ended = writer.write(&[&planes[0], &planes[1]]).and_then(|()| writer.finish().map(drop));
    assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::StorageFull);
}

/// A format whose beginning is written last refuses a pipe before a byte is written.
pub(super) fn a_pipe_is_refused<T>(format: Format, piped: impl Fn(Pipe, &TrackSpec, &Tags) -> io::Result<T>) {
    let pipe = Pipe { bytes: Vec::new(), room: 0 };
    let refused = piped(pipe, &spec(format, 48_000, 2, 10), &sample_tags());
    assert_eq!(refused.err().map(|error| error.kind()), Some(io::ErrorKind::NotSeekable));
}

/// A rate that a format does not know is an error of its encoder.
pub(super) fn a_rate_is_refused<T>(
    format: Format,
    hz: u32,
    new: impl Fn(Cursor<Vec<u8>>, &TrackSpec, &Tags) -> io::Result<T>,
) {
    let refused = new(Cursor::new(Vec::new()), &spec(format, hz, 2, 10), &sample_tags());
    assert!(refused.err().unwrap().to_string().contains("cannot be set up"));
}

/// Whether a program of others is there; a message where it is not.
pub(super) fn there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: {program} is not installed");
    }
    there
}

/// The samples as ffmpeg decodes them, interleaved; an error fails the test.
pub(super) fn decoded_by_ffmpeg(path: &Path) -> Vec<f32> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-loglevel", "error", "-i"]).arg(path);
    let output = command.args(["-c:a", "pcm_f32le", "-f", "f32le", "-"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let (samples, rest) = output.stdout.as_chunks::<4>();
    assert!(rest.is_empty());
    samples.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The tags as ffprobe finds them, one `name=value` a line, names in lower case.
pub(super) fn tags_by_ffprobe(path: &Path) -> Vec<String> {
    let show = ["-v", "error", "-show_entries", "format_tags", "-of", "default=noprint_wrappers=1"];
    let output = Command::new("ffprobe").args(show).arg(path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // Lyrics go on over several lines.
    let lower = |line: &str| {
        let (name, value) = line.strip_prefix("TAG:")?.split_once('=')?;
        Some(format!("{}={value}", name.to_lowercase()))
    };
    text.lines().filter_map(lower).collect()
}

/// A pipe: it takes bytes and never goes back. Full after so many.
pub(super) struct Pipe {
    pub bytes: Vec<u8>,
    pub room: usize,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.room {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::io::Seek for Pipe {
    fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
        Err(std::io::ErrorKind::NotSeekable.into())
    }
}
