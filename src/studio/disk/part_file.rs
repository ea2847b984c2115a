//! A take while it is recorded: a file that only grows, in `.adem/takes` of the course, beside what is known of it. Whatever ends
//! the program, what was acknowledged is in it; its head is mended when it is opened again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::wav_head::{HEAD, SAMPLE, TakeHead};
use crate::export::{ExportError, write_whole};
use crate::unit::Frames;

/// The file is brought to the disk so often.
const SYNC: Duration = Duration::from_secs(1);
/// A take of which no piece has come for so long is not being recorded.
const SILENT: Duration = Duration::from_secs(5);
/// The longest take, in seconds.
const LONGEST: u64 = 3_600;

/// A part of a take: the words between two of its silences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetakenPart {
    /// The number of the take.
    pub take: u32,
    /// The first and the last stretch of speech, counted from 0.
    pub first: usize,
    pub last: usize,
}

/// How the frames of a microphone come to a page, by the name of what hands them over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaptureWay {
    /// Every frame comes.
    #[default]
    #[serde(rename = "MediaStreamTrackProcessor")]
    Processor,
    /// Some may be lost on the way, which the page looks for.
    #[serde(rename = "AudioWorklet")]
    Worklet,
}

impl CaptureWay {
    pub fn word(self) -> &'static str {
        match self {
            Self::Processor => "MediaStreamTrackProcessor",
            Self::Worklet => "AudioWorklet",
        }
    }

    /// The way of a word; the first where it is none, as in files from before there was a second.
    pub fn of(word: &str) -> Self {
        if word == Self::Worklet.word() { Self::Worklet } else { Self::Processor }
    }
}

/// What is known of a take when it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeStart {
    /// Its id: 32 digits of a hexadecimal number, which the page draws.
    pub take: String,
    pub language: String,
    pub voice: String,
    /// The recording session.
    pub session: String,
    /// The script or fragment and the id of the phrase; `None` for a reading and for the tone of the room.
    pub phrase: Option<[String; 2]>,
    /// The script that is read in one go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<String>,
    /// The part of a take of the phrase that is recorded again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<RetakenPart>,
    /// The words as they were shown.
    pub text: String,
    /// Frames in a second.
    pub rate: u32,
    /// The frames before the key was pressed.
    pub pre_roll: u64,
    /// When it began.
    pub started: String,
    #[serde(default)]
    pub way: CaptureWay,
    /// The frames after which sound was lost on its way; known when it has ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drops: Vec<u64>,
}

impl TakeStart {
    /// What is recorded.
    pub fn description(&self) -> String {
        match (&self.phrase, &self.reading) {
            (Some(phrase), _) => phrase.join("/"),
            (None, Some(script)) => script.clone(),
            (None, None) => "room tone".to_owned(),
        }
    }
}

/// Why a piece of sound was not written.
#[derive(Debug, Error)]
pub enum PieceFault {
    /// Frames before it are missing.
    #[error("frames are missing: the next is {0}")]
    Gap(u64),
    #[error("a take lasts an hour at most")]
    Long,
    /// The take has its place already.
    #[error("the take has ended")]
    Placed,
    /// It has no whole number of samples.
    #[error("a piece has whole samples")]
    Torn,
    #[error("the disk: {0}")]
    Disk(#[from] io::Error),
}

/// A take that is recorded.
#[derive(Debug)]
pub struct PartFile {
    file: File,
    folder: PathBuf,
    start: TakeStart,
    frames: u64,
    synced: Instant,
    /// When the last piece came.
    heard: Option<Instant>,
    /// Whether it has its place: what comes now comes too late.
    placed: bool,
}

impl PartFile {
    /// Begins a take in a folder.
    ///
    /// # Errors
    /// If it cannot be written, or exists.
    pub fn create(folder: &Path, start: TakeStart) -> Result<Self, ExportError> {
        let known = known_path(folder, &start.take);
        let text =
            serde_json::to_vec_pretty(&start).map_err(|error| ExportError::new(&known, error.into()))?;
        write_whole(&known, &text)?;
        let path = part_path(folder, &start.take);
        let fail = |error| ExportError::new(&path, error);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).map_err(fail)?;
        let mut part = Self {
            file,
            folder: folder.to_owned(),
            start,
            frames: 0,
            synced: Instant::now(),
            heard: None,
            placed: false,
        };
        part.write_head().map_err(fail)?;
        part.file.sync_all().map_err(fail)?;
        sync_folder(folder).map_err(fail)?;
        Ok(part)
    }

    /// Opens a take that a run before this one has left, and mends its head.
    ///
    /// # Errors
    /// If it cannot be read or written, or is no take.
    pub fn reopen(folder: &Path, take: &str) -> io::Result<Self> {
        let mut text = String::new();
        File::open(known_path(folder, take))?.read_to_string(&mut text)?;
        let start: TakeStart = serde_json::from_str(&text)?;
        if start.take != take || !is_take_id(take) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "this is another take"));
        }
        let path = part_path(folder, take);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let frames = file.metadata()?.len().saturating_sub(HEAD) / SAMPLE;
        let folder = folder.to_owned();
        let mut part =
            Self { file, folder, start, frames, synced: Instant::now(), heard: None, placed: false };
        part.file.set_len(HEAD + frames * SAMPLE)?;
        part.write_head()?;
        Ok(part)
    }

    pub fn start(&self) -> &TakeStart {
        &self.start
    }

    /// Says after which frames sound was lost.
    pub fn lost(&mut self, drops: Vec<u64>) {
        self.start.drops = drops;
    }

    /// How many frames are written.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Whether somebody records it at this moment.
    pub fn is_live(&self) -> bool {
        self.heard.is_some_and(|heard| heard.elapsed() < SILENT)
    }

    /// The name of its file, in the folder of unfinished takes.
    pub fn path(&self) -> PathBuf {
        part_path(&self.folder, &self.start.take)
    }

    /// Writes a piece: 32-bit floats, of which the first is frame `from`. What is there already is left as it is. Returns how many
    /// frames there are then.
    ///
    /// # Errors
    /// [`PieceFault`]; then nothing of the piece counts.
    pub fn piece(&mut self, from: u64, samples: &[u8]) -> Result<u64, PieceFault> {
        let (have, bytes) = (self.frames, samples.len() as u64);
        if self.placed {
            return Err(PieceFault::Placed);
        }
        if !bytes.is_multiple_of(SAMPLE) {
            return Err(PieceFault::Torn);
        }
        if from > have {
            return Err(PieceFault::Gap(have));
        }
        self.heard = Some(Instant::now());
        let end = from + bytes / SAMPLE;
        if end <= have {
            return Ok(have);
        }
        if end > LONGEST * u64::from(self.start.rate) {
            return Err(PieceFault::Long);
        }
        let new = &samples[((have - from) * SAMPLE) as usize..];
        // A piece of which only a part was written is written again at the same place.
        self.file.seek(SeekFrom::Start(HEAD + have * SAMPLE))?;
        self.file.write_all(new)?;
        self.frames = end;
        if self.synced.elapsed() >= SYNC {
            self.synced = Instant::now();
            self.write_head()?;
            self.file.sync_data()?;
        }
        Ok(self.frames)
    }

    /// Ends the take, which has to have so many frames, and brings it to the disk.
    ///
    /// # Errors
    /// [`PieceFault`]; then it is still open.
    pub fn end(&mut self, frames: u64) -> Result<(), PieceFault> {
        if frames > self.frames {
            return Err(PieceFault::Gap(self.frames));
        }
        self.write_head()?;
        self.file.sync_all()?;
        Ok(())
    }

    /// The BLAKE3 hash of the file as it lies.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn hash(&self) -> io::Result<String> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(self.path())?)?;
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// Gives the take its place, where nothing may be yet.
    ///
    /// # Errors
    /// If something is there, or the disk refuses; the take is where it was then.
    pub fn place(&mut self, target: &Path) -> io::Result<()> {
        let folder = target.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder)?;
        move_new(&self.path(), target)?;
        self.placed = true;
        sync_folder(folder)?;
        // The sound has its name; that this is left over is no harm.
        let _ = fs::remove_file(known_path(&self.folder, &self.start.take));
        Ok(())
    }

    /// Throws the take away; what comes now comes too late.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn discard(&mut self) -> io::Result<()> {
        self.placed = true;
        fs::remove_file(self.path())?;
        fs::remove_file(known_path(&self.folder, &self.start.take))
    }

    fn write_head(&mut self) -> io::Result<()> {
        let description = self.start.description();
        let head = TakeHead {
            rate: self.start.rate,
            description: &description,
            reference: &self.start.take,
            started: &self.start.started,
        };
        let bytes = head.bytes(Frames(self.frames));
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&bytes)
    }
}

/// Removes what an import that was ended has left of a take: it is written again whole.
///
/// # Errors
/// If the disk refuses.
pub fn forget(folder: &Path, take: &str) -> io::Result<()> {
    for path in [part_path(folder, take), known_path(folder, take)] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Whether a text is the id of a take, and nothing that leads elsewhere.
pub fn is_take_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The ids of the takes that lie unfinished in a folder, in order.
pub fn unfinished(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let id = |name: String| Some(name.strip_suffix(".part.wav")?.to_owned()).filter(|id| is_take_id(id));
    let mut ids: Vec<String> = names.filter_map(id).collect();
    ids.sort();
    ids
}

/// Moves a file to a path where nothing is.
///
/// # Errors
/// If something is there, or the disk refuses.
pub fn move_new(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links; only this process writes there, under the lock of the course.
        Err(_) if to.exists() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

/// Brings the names of a folder to the disk.
///
/// # Errors
/// If the system cannot.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn part_path(folder: &Path, take: &str) -> PathBuf {
    folder.join(format!("{take}.part.wav"))
}

fn known_path(folder: &Path, take: &str) -> PathBuf {
    folder.join(format!("{take}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode_all;
    use crate::files::open_anywhere;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn start() -> TakeStart {
        TakeStart {
            take: ID.to_owned(),
            language: "nl".to_owned(),
            voice: "anna".to_owned(),
            session: "2026-11-28-1".to_owned(),
            phrase: Some(["plek".to_owned(), "vrij".to_owned()]),
            reading: None,
            part: None,
            text: "Je kunt altijd stoppen.".to_owned(),
            rate: 44_100,
            pre_roll: 2,
            started: "2026-11-28T09:30:00Z".to_owned(),
            way: CaptureWay::Processor,
            drops: Vec::new(),
        }
    }

    fn bytes(samples: &[f32]) -> Vec<u8> {
        samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
    }

    fn samples(path: &Path) -> Vec<f32> {
        decode_all(open_anywhere(path).unwrap()).unwrap().buffer.plane(0).to_vec()
    }

    #[test]
    fn pieces_are_written_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = PartFile::create(folder.path(), start()).unwrap();
        assert_eq!(part.piece(0, &bytes(&[0.1, 0.2])).unwrap(), 2);
        assert_eq!(part.piece(0, &bytes(&[0.9, 0.9])).unwrap(), 2, "a piece that is there changes nothing");
        assert!(matches!(part.piece(3, &bytes(&[0.4])), Err(PieceFault::Gap(2))));
        assert_eq!(part.piece(1, &bytes(&[0.9, 0.3])).unwrap(), 3, "of an overlap only the new part counts");
        assert!(matches!(part.piece(3, &[0; 7]), Err(PieceFault::Torn)));
        let hour = vec![0; 4];
        assert!(matches!(part.piece(u64::MAX / 8, &hour), Err(PieceFault::Gap(3))));
        assert!(matches!(part.end(4), Err(PieceFault::Gap(3))));
        part.end(3).unwrap();
        let target = folder.path().join("voice/vrij_t1.wav");
        part.place(&target).unwrap();
        assert!(matches!(part.piece(3, &bytes(&[0.4])), Err(PieceFault::Placed)), "a piece comes too late");
        assert_eq!(samples(&target), [0.1, 0.2, 0.3]);
        assert!(unfinished(folder.path()).is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only the folder of the voice is left");
    }

    #[test]
    fn a_killed_take_is_opened_again_mended() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = PartFile::create(folder.path(), start()).unwrap();
        part.piece(0, &bytes(&[0.1, 0.2, 0.3])).unwrap();
        let path = part.path();
        drop(part);
        // A kill in the middle of a sample, and before the head was written again.
        let mut torn = fs::read(&path).unwrap();
        torn.extend([1, 2, 3]);
        fs::write(&path, torn).unwrap();
        assert_eq!(unfinished(folder.path()), [ID]);
        let mut part = PartFile::reopen(folder.path(), ID).unwrap();
        assert_eq!((part.frames(), part.start()), (3, &start()));
        assert_eq!(samples(&path), [0.1, 0.2, 0.3], "it can be played as it lies");
        assert_eq!(part.piece(3, &bytes(&[0.4])).unwrap(), 4);
        part.end(4).unwrap();
        assert_eq!(samples(&path), [0.1, 0.2, 0.3, 0.4]);
    }

    #[test]
    fn a_take_never_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = PartFile::create(folder.path(), start()).unwrap();
        part.piece(0, &bytes(&[0.5])).unwrap();
        part.end(1).unwrap();
        let target = folder.path().join("vrij_t1.wav");
        fs::write(&target, "another").unwrap();
        assert_eq!(part.place(&target).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"another");
        assert!(part.path().exists());
        assert!(PartFile::create(folder.path(), start()).is_err(), "nor is a take begun twice");
    }

    #[test]
    fn a_take_that_is_thrown_away_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = PartFile::create(folder.path(), start()).unwrap();
        part.piece(0, &bytes(&[0.5])).unwrap();
        part.discard().unwrap();
        assert!(matches!(part.piece(1, &bytes(&[0.5])), Err(PieceFault::Placed)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_id_leads_nowhere_else() {
        for id in ["", "..", "../0123456789abcdef0123456789ab", "0123456789ABCDEF0123456789ABCDEF"] {
            assert!(!is_take_id(id), "{id}");
        }
        assert!(is_take_id(ID));
    }
}
