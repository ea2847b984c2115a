//! Cuts short excerpts out of finished sound files.

use std::io;
use std::path::{Path, PathBuf};

use super::compare::TimeSpan;
use crate::decode::Decoder;
use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::export::format::built_with;
use crate::export::{ExportError, OutputFile, Tags, TrackSpec, track_writer};
use crate::files::open_anywhere;
use crate::unit::{Frames, SampleRate};

/// How much is heard before and after a stretch, in seconds.
const AROUND: f64 = 1.0;
/// The longest excerpt, in seconds.
const LONGEST: f64 = 20.0;

/// A stretch of a file, and the file its excerpt goes to, without its ending.
pub(super) struct PlannedExcerpt {
    pub stretch: TimeSpan,
    pub to: PathBuf,
}

/// Writes an excerpt of each stretch of a file, with a second before and after it. Returns their paths; `None` for one that
/// lies beyond the end. What cannot be decoded has no
/// excerpt either.
///
/// # Errors
/// [`ExportError`] if an excerpt cannot be written.
pub(super) fn cut(
    sound: &Path,
    cuts: &[PlannedExcerpt],
    tags: &Tags,
) -> Result<Vec<Option<PathBuf>>, ExportError> {
    let nothing = || Ok(vec![None; cuts.len()]);
    let Ok(source) = open_anywhere(sound) else { return nothing() };
    let Ok(mut decoder) = Decoder::open(source) else { return nothing() };
    let (rate, channels) = (decoder.rate(), decoder.channels());
    if channels > 2 {
        return nothing();
    }
    let mut open: Vec<OpenCut> = cuts.iter().map(|cut| OpenCut::new(cut.stretch, rate, channels)).collect();
    let end = open.iter().map(|cut| cut.end).max().unwrap_or(0);
    let mut written = vec![None; cuts.len()];
    let (mut at, mut block) = (0u64, Vec::new());
    let mut is_sound = true;
    while at < end && is_sound {
        is_sound = decoder.next_block(&mut block).unwrap_or(false);
        if is_sound {
            open.iter_mut().for_each(|cut| cut.take(at, &block));
            at += block[0].len() as u64;
        }
        for ((cut, open), written) in cuts.iter().zip(&mut open).zip(&mut written) {
            let is_done = at >= open.end || !is_sound;
            let planes = if is_done { std::mem::take(&mut open.planes) } else { Vec::new() };
            if planes.first().is_some_and(|plane| !plane.is_empty()) {
                *written = Some(write(&cut.to, rate, &planes, tags)?);
            }
        }
    }
    Ok(written)
}

/// An excerpt that is being gathered.
struct OpenCut {
    /// In frames.
    start: u64,
    end: u64,
    planes: Vec<Vec<f32>>,
}

impl OpenCut {
    fn new(stretch: TimeSpan, rate: SampleRate, channels: usize) -> Self {
        let start = (stretch.start - AROUND).max(0.0);
        let end = (stretch.end + AROUND).min(start + LONGEST);
        let frames = |seconds: f64| (seconds * rate.as_f64()) as u64;
        Self { start: frames(start), end: frames(end), planes: vec![Vec::new(); channels] }
    }

    /// Takes what it needs of a block that starts at a frame.
    fn take(&mut self, at: u64, block: &[Vec<f32>]) {
        let length = block[0].len() as u64;
        let (from, to) = (self.start.max(at), self.end.min(at + length));
        if from < to {
            let range = (from - at) as usize..(to - at) as usize;
            for (plane, block) in self.planes.iter_mut().zip(block) {
                plane.extend_from_slice(&block[range.clone()]);
            }
        }
    }
}

/// MP3, which every browser plays and which is small; FLAC where this build has no MP3 or the rate is none of its own.
fn format(rate: SampleRate) -> Format {
    let is_possible = built_with(Format::Mp3).is_ok() && Format::Mp3.takes(rate).is_ok();
    if is_possible { Format::Mp3 } else { Format::Flac }
}

fn write(to: &Path, rate: SampleRate, planes: &[Vec<f32>], tags: &Tags) -> Result<PathBuf, ExportError> {
    let format = format(rate);
    let path = to.with_extension(format.extension());
    let frames = Frames(planes[0].len() as u64);
    let coding = Coding::default();
    let spec = TrackSpec { format, rate, channels: planes.len(), frames, seed: 0, coding };
    let file = OutputFile::create(&path)?;
    let encoded = || -> io::Result<OutputFile> {
        let mut writer = track_writer(file, &spec, tags)?;
        let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        writer.write(&planes)?;
        writer.finish()
    };
    encoded().map_err(|error| ExportError::new(&path, error))?.commit()?;
    Ok(path)
}
