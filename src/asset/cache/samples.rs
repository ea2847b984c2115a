//! Samples on disk, read in windows: an hour-long bed needs no more memory than a few blocks.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::PendingEntry;
use crate::audio::deinterleave;
use crate::files::SharedFile;
use crate::unit::{Frames, Position};

pub(super) const MAGIC: &[u8; 8] = b"adem-s1\n";
/// Magic (8 bytes), channels (u64), frames (u64), then the first 40 bytes of the hash of those 24, all in little
/// endian. The header has its own hash because it is written last.
const HEADER: usize = 64;
/// The hash of all samples, at the end of the file.
const TRAILER: usize = 32;
/// Files with up to this many bytes of samples are hashed when they are opened, which takes a few milliseconds.
const CHEAP: u64 = 4 << 20;
/// Bytes read at a time.
const CHUNK: usize = 64 << 10;

/// Samples stored in the cache.
///
/// The file consists of a header of 64 bytes, the samples as interleaved little-endian f32, and their BLAKE3 hash (32
/// bytes). Opening checks the header and the exact length, which detects truncation; up to 4 MiB (a minute and a half
/// of mono) the samples are hashed too. Longer files are not read whole just to open them: they were synced to disk
/// before they got their name, so that a crash cannot leave one with holes.
#[derive(Debug)]
pub struct SampleFile {
    file: SharedFile,
    channels: usize,
    frames: Frames,
}

impl SampleFile {
    /// Opens a file; `None` if it does not exist or is damaged.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let mut header = [0; HEADER];
        file.read_exact(&mut header).ok()?;
        let (channels, frames) = read_header(&header)?;
        let bytes = frames.checked_mul(channels)?.checked_mul(4)?;
        let length = bytes.checked_add((HEADER + TRAILER) as u64)?;
        if channels == 0 || file.metadata().ok()?.len() != length {
            return None;
        }
        if bytes <= CHEAP && !hash_fits(&mut file, bytes) {
            return None;
        }
        let channels = usize::try_from(channels).ok()?;
        Some(Self { file: SharedFile::new(file), channels, frames: Frames(frames) })
    }

    pub fn channels(&self) -> usize {
        self.channels
    }

    pub fn frames(&self) -> Frames {
        self.frames
    }

    /// Reads the window that begins at `from` and is as long as the planes; silence beyond the end. Several threads
    /// may read at once.
    ///
    /// # Errors
    /// The system's error.
    ///
    /// # Panics
    /// If the number of planes is not that of the channels, or the planes differ in length: a bug in the caller.
    pub fn read(&self, from: Position, planes: &mut [&mut [f32]]) -> io::Result<()> {
        assert_eq!(planes.len(), self.channels, "one plane per channel");
        let wanted = planes[0].len();
        assert!(planes.iter().all(|plane| plane.len() == wanted), "planes have the same length");
        let there = self.frames.0.saturating_sub(from.0).min(wanted as u64) as usize;
        let frame = 4 * self.channels;
        let step = (CHUNK / frame).min(there).max(1);
        let (mut bytes, mut samples) = (vec![0; step * frame], vec![0.0; step * self.channels]);
        let mut at = 0;
        while at < there {
            let now = step.min(there - at);
            let part = &mut bytes[..now * frame];
            self.file.read_exact_at(part, HEADER as u64 + (from.0 + at as u64) * frame as u64)?;
            let samples = &mut samples[..now * self.channels];
            for (sample, four) in samples.iter_mut().zip(part.as_chunks::<4>().0) {
                *sample = f32::from_le_bytes(*four);
            }
            deinterleave(samples, planes, at);
            at += now;
        }
        for plane in planes {
            plane[there..].fill(0.0);
        }
        Ok(())
    }
}

fn header(channels: u64, frames: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&channels.to_le_bytes());
    header[16..24].copy_from_slice(&frames.to_le_bytes());
    let mut hash = [0; HEADER - 24];
    blake3::Hasher::new().update(&header[..24]).finalize_xof().fill(&mut hash);
    header[24..].copy_from_slice(&hash);
    header
}

/// Channels and frames; `None` if the header is not valid.
fn read_header(bytes: &[u8; HEADER]) -> Option<(u64, u64)> {
    let number = |at: usize| bytes[at..at + 8].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (channels, frames) = (number(8), number(16));
    (*bytes == header(channels, frames)).then_some((channels, frames))
}

/// Whether the samples that follow match the hash after them.
fn hash_fits(file: &mut File, bytes: u64) -> bool {
    let mut hasher = blake3::Hasher::new();
    let mut trailer = [0; TRAILER];
    let read =
        hasher.update_reader(Read::take(&mut *file, bytes)).is_ok() && file.read_exact(&mut trailer).is_ok();
    read && *hasher.finalize().as_bytes() == trailer
}

/// Stores samples block by block. Nothing is stored until [`finish`](Self::finish); a writer that is dropped leaves
/// nothing behind. If the cache is off or the disk fails, samples are discarded.
#[derive(Debug)]
pub struct SampleWriter {
    target: Option<SampleTarget>,
    channels: usize,
    frames: u64,
    hasher: blake3::Hasher,
    bytes: Vec<u8>,
}

/// Where samples are written.
#[derive(Debug)]
enum SampleTarget {
    /// A cache entry, which appears when it is complete.
    Entry(PendingEntry),
    /// An anonymous temporary file, which the system deletes when it is closed.
    Temporary(File),
}

impl SampleTarget {
    fn file(&mut self) -> &mut File {
        match self {
            Self::Entry(aside) => &mut aside.file,
            Self::Temporary(file) => file,
        }
    }
}

impl SampleWriter {
    /// Writes to an anonymous temporary file: for a long sound where there is no cache.
    pub fn temporary(channels: usize) -> Self {
        Self::new(tempfile::tempfile().ok().map(SampleTarget::Temporary), channels)
    }

    pub(super) fn entry(aside: Option<PendingEntry>, channels: usize) -> Self {
        Self::new(aside.map(SampleTarget::Entry), channels)
    }

    fn new(target: Option<SampleTarget>, channels: usize) -> Self {
        assert!(channels > 0, "there is at least one channel");
        let mut writer =
            Self { target, channels, frames: 0, hasher: blake3::Hasher::new(), bytes: vec![0; HEADER] };
        writer.flush();
        writer
    }

    /// Appends a block: one plane per channel, all of the same length.
    ///
    /// # Panics
    /// If the number of planes is not that of the channels, or the planes differ in length: a bug in the caller.
    pub fn write(&mut self, planes: &[&[f32]]) {
        assert_eq!(planes.len(), self.channels, "one plane per channel");
        let frames = planes[0].len();
        assert!(planes.iter().all(|plane| plane.len() == frames), "planes have the same length");
        if self.target.is_none() {
            return;
        }
        for n in 0..frames {
            for plane in planes {
                self.bytes.extend_from_slice(&plane[n].to_le_bytes());
            }
        }
        self.frames += frames as u64;
        self.hasher.update(&self.bytes);
        self.flush();
    }

    /// Writes the pending bytes; gives up if that fails.
    fn flush(&mut self) {
        if let Some(target) = &mut self.target
            && target.file().write_all(&self.bytes).is_err()
        {
            self.target = None;
        }
        self.bytes.clear();
    }

    /// Completes the file and opens it; `None` if nothing could be stored.
    pub fn finish(mut self) -> Option<SampleFile> {
        self.bytes.extend_from_slice(self.hasher.finalize().as_bytes());
        self.flush();
        let mut target = self.target.take()?;
        target.file().seek(SeekFrom::Start(0)).ok()?;
        target.file().write_all(&header(self.channels as u64, self.frames)).ok()?;
        match target {
            SampleTarget::Temporary(file) => {
                let (channels, frames) = (self.channels, Frames(self.frames));
                Some(SampleFile { file: SharedFile::new(file), channels, frames })
            }
            SampleTarget::Entry(aside) => {
                if self.frames * self.channels as u64 * 4 > CHEAP {
                    aside.file.sync_data().ok()?;
                }
                let target = aside.target().to_path_buf();
                aside.keep().then(|| SampleFile::open(&target))?
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::key;
    use super::super::{Cache, CacheKeyBuilder};
    use super::*;

    fn sound(channels: usize, frames: usize) -> Vec<Vec<f32>> {
        (0..channels).map(|c| (0..frames).map(|n| (n * 7 + c) as f32 * 0.001 - 1.0).collect()).collect()
    }

    fn put(cache: &Cache, planes: &[Vec<f32>], block: usize) -> SampleFile {
        let mut writer = cache.put_samples("beds", &key("x"), planes.len());
        for at in (0..planes[0].len()).step_by(block) {
            let end = (at + block).min(planes[0].len());
            writer.write(&planes.iter().map(|plane| &plane[at..end]).collect::<Vec<_>>());
        }
        writer.finish().unwrap()
    }

    fn window(file: &SampleFile, from: u64, length: usize) -> Vec<Vec<f32>> {
        let mut planes = vec![vec![9.0; length]; file.channels()];
        let mut views: Vec<&mut [f32]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
        file.read(Position(from), &mut views).unwrap();
        planes
    }

    #[test]
    fn any_window_is_what_was_written_and_silence_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        for channels in [1, 2, 3, 5_000] {
            let frames = if channels > 3 { 5 } else { 20_000 };
            let planes = sound(channels, frames);
            put(&cache, &planes, 777);
            let file = cache.open_samples("beds", &key("x")).unwrap();
            assert_eq!((file.channels(), file.frames()), (channels, Frames(frames as u64)));
            for (from, length) in
                [(0, frames), (1, 3), (frames - 2, 10), (frames, 4), (frames * 9, 2), (3, 0)]
            {
                for (found, plane) in window(&file, from as u64, length).iter().zip(&planes) {
                    let expected: Vec<f32> =
                        (from..from + length).map(|n| plane.get(n).copied().unwrap_or(0.0)).collect();
                    assert_eq!(*found, expected, "{channels} channels, {length} from {from}");
                }
            }
        }
    }

    #[test]
    fn the_file_does_not_depend_on_how_it_was_cut_into_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let path = folder.path().join("beds").join(key("x").to_string());
        let planes = sound(2, 5_000);
        let files: Vec<Vec<u8>> = [1, 64, 4_999, 5_000]
            .map(|block| {
                put(&cache, &planes, block);
                std::fs::read(&path).unwrap()
            })
            .to_vec();
        assert!(files.iter().all(|file| *file == files[0]));
    }

    #[test]
    fn any_damage_is_a_miss_and_an_unfinished_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        put(&cache, &sound(1, 50), 50);
        let path = folder.path().join("beds").join(key("x").to_string());
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&path, &bad).unwrap();
            assert!(cache.open_samples("beds", &key("x")).is_none(), "byte {at} flipped");
            std::fs::write(&path, &good[..at]).unwrap();
            assert!(cache.open_samples("beds", &key("x")).is_none(), "cut to {at} bytes");
        }
        let other = CacheKeyBuilder::new("test").finish();
        let mut writer = cache.put_samples("beds", &other, 1);
        writer.write(&[&[1.0; 10]]);
        drop(writer);
        assert!(cache.open_samples("beds", &other).is_none());
        assert_eq!(
            std::fs::read_dir(folder.path().join("beds")).unwrap().count(),
            1,
            "nothing is left aside"
        );
    }

    #[test]
    fn a_long_file_is_opened_by_its_header_and_length() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let planes = sound(2, 600_000);
        let file = put(&cache, &planes, 65_536);
        assert_eq!(window(&file, 599_990, 10)[1], planes[1][599_990..]);
        let path = folder.path().join("beds").join(key("x").to_string());
        let length = std::fs::metadata(&path).unwrap().len();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 1).unwrap();
        assert!(cache.open_samples("beds", &key("x")).is_none());
    }

    #[test]
    fn threads_read_one_file_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let planes = sound(2, 40_000);
        let file = put(&Cache::at(folder.path()), &planes, 4_096);
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                let (file, planes) = (&file, &planes);
                scope.spawn(move || {
                    for round in 0..50 {
                        let from = thread * 9_000 + round * 13;
                        let expected = &planes[0][from as usize..from as usize + 500];
                        assert_eq!(window(file, from, 500)[0], expected);
                    }
                });
            }
        });
    }
}
