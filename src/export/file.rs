//! Files that appear only when they are complete: written to a temporary file, synced, then renamed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atomic_write_file::{AtomicWriteFile, OpenOptions};

use super::ExportError;
use crate::delivery::format::Format;

/// A file that is being written. It appears at its path with [`OutputFile::commit`]; if it is dropped before, or the
/// process is killed, the path is unchanged. On Linux the file has no name until then; elsewhere a killed process may
/// leave a temporary file `.<name>.<six letters>` beside it.
///
/// Devices and pipes (`/dev/null`, a FIFO) cannot be replaced by a file, so they are written directly.
///
/// Writes are not buffered: write blocks, as [`super::WavWriter`] does, or use a `BufWriter`.
pub struct OutputFile {
    path: PathBuf,
    sink: OutputHandle,
    /// Dropped after the file, so that empty folders can be removed.
    _folders: NewFolders,
}

/// The folder of a file that is being written. Those that were created for such files and are still empty are removed at the
/// end, unless another file is being written below them: a file without a name does not make its folder count as full.
struct NewFolders(PathBuf);

/// The folders of all files that are being written.
static FOLDERS: Mutex<FoldersInUse> = Mutex::new(FoldersInUse { users: Vec::new(), made: BTreeSet::new() });

struct FoldersInUse {
    /// The folder of each file.
    users: Vec<PathBuf>,
    /// The folders that were created.
    made: BTreeSet<PathBuf>,
}

fn folders_in_use() -> MutexGuard<'static, FoldersInUse> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl NewFolders {
    /// Creates the missing part of a path.
    fn make(folder: &Path) -> io::Result<Self> {
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let mut folders = folders_in_use();
        let missing: Vec<_> = folder.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        folders.made.extend(missing);
        folders.users.push(folder.to_owned());
        drop(folders);
        let made = Self(folder.to_owned());
        fs::create_dir_all(folder)?;
        Ok(made)
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        let mut folders = folders_in_use();
        if let Some(place) = folders.users.iter().position(|user| *user == self.0) {
            folders.users.swap_remove(place);
        }
        let FoldersInUse { users, made } = &mut *folders;
        let idle = |folder: &PathBuf| !users.iter().any(|user| user.starts_with(folder));
        let idle: Vec<_> =
            made.iter().filter(|folder| self.0.starts_with(folder) && idle(folder)).cloned().collect();
        // The innermost first. The system does not remove a folder that is not empty.
        for folder in idle.iter().rev() {
            let _ = fs::remove_dir(folder);
            made.remove(folder);
        }
    }
}

enum OutputHandle {
    Temporary(AtomicWriteFile),
    Direct(File),
}

impl OutputFile {
    /// Opens a file for this path and creates the folders it needs. A link is followed: the file it points to
    /// is replaced, not the link. A file that exists keeps its mode, and its owner where that is permitted.
    ///
    /// # Errors
    /// If the path is a folder or a protected file, or cannot be written.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, ExportError> {
        let path = path.as_ref();
        let (sink, folders) = open(path).map_err(|error| ExportError::new(path, error))?;
        Ok(Self { path: path.to_owned(), sink, _folders: folders })
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A reader of the written bytes, from the start; `None` for a device or a pipe. Writing must be finished, as both
    /// share one file position.
    ///
    /// # Errors
    /// Those of the system.
    pub fn reader(&self) -> io::Result<Option<File>> {
        let OutputHandle::Temporary(file) = &self.sink else { return Ok(None) };
        let mut file = file.as_file().try_clone()?;
        file.rewind()?;
        Ok(Some(file))
    }

    /// Brings the bytes to the disk.
    ///
    /// # Errors
    /// If the system cannot.
    pub fn sync(&self) -> Result<(), ExportError> {
        match &self.sink {
            OutputHandle::Temporary(file) => file.as_file().sync_data(),
            OutputHandle::Direct(_) => Ok(()),
        }
        .map_err(|error| ExportError::new(&self.path, error))
    }

    /// Syncs the file to disk and renames it to its path.
    ///
    /// # Errors
    /// If syncing or renaming fails; the path is unchanged then.
    pub fn commit(self) -> Result<(), ExportError> {
        let done = match self.sink {
            OutputHandle::Temporary(file) => file.commit(),
            OutputHandle::Direct(mut file) => file.flush(),
        };
        done.map_err(|error| ExportError::new(self.path, error))
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            OutputHandle::Temporary(file) => file.write(bytes),
            OutputHandle::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            OutputHandle::Temporary(file) => file.flush(),
            OutputHandle::Direct(file) => file.flush(),
        }
    }
}

/// For formats that rewrite their header at the end. Fails for pipes.
impl Seek for OutputFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.sink {
            OutputHandle::Temporary(file) => file.seek(to),
            OutputHandle::Direct(file) => file.seek(to),
        }
    }
}

/// A file without a name, which the system deletes when it is closed.
///
/// # Errors
/// If the folder for temporary files cannot be written.
pub fn nameless() -> io::Result<File> {
    tempfile::tempfile()
}

/// Writes a small file, such as JSON, which appears only when it is complete. What earlier writers of the same file, killed
/// while they gave it its name, have left beside it is removed.
///
/// # Errors
/// As [`OutputFile::create`] and [`OutputFile::commit`], or a full disk.
pub fn write_whole(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), ExportError> {
    let mut file = OutputFile::create(&path)?;
    file.write_all(bytes).map_err(|error| ExportError::new(&path, error))?;
    file.commit()?;
    let path = destination(path.as_ref());
    let (folder, name) = (path.parent().unwrap_or(Path::new("")), path.file_name());
    let is_of_it = |entry: &fs::DirEntry| {
        let left = entry.file_name();
        left.to_str().and_then(temporary_of).map(OsStr::new) == name && nobody_holds(entry)
    };
    remove_all(folder, is_of_it);
    Ok(())
}

/// Temporary files left in a folder, or below it, by processes that were killed; files that a process still holds are not
/// included. Links are not followed.
pub fn stray_files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if is_stray(&entry) {
                found.push(entry.path());
            } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn open(path: &Path) -> io::Result<(OutputHandle, NewFolders)> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => {
            let direct = File::options().write(true).open(path).map(OutputHandle::Direct);
            Ok((direct?, NewFolders(PathBuf::new())))
        }
        // Renaming would replace a protected file.
        Ok(found) if found.permissions().readonly() => Err(ErrorKind::PermissionDenied.into()),
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => temporary(&destination(path)),
    }
}

/// The end of a chain of links. It is finite, as the system has just followed it.
fn destination(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    while let Ok(target) = fs::read_link(&path) {
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}

fn temporary(path: &Path) -> io::Result<(OutputHandle, NewFolders)> {
    // A file without a name gets its name through /proc; check for it now, not after hours of work.
    if cfg!(target_os = "linux") && !Path::new("/proc/self/fd").exists() {
        return Err(io::Error::other("/proc is not mounted"));
    }
    let folders = NewFolders::make(path.parent().unwrap_or(Path::new("")))?;
    let mut options = OpenOptions::new();
    options.read(true);
    let file = options.open(path).or_else(|_| {
        // In a container, root may not be able to set the owner of the old file.
        #[cfg(unix)]
        atomic_write_file::unix::OpenOptionsExt::preserve_owner(&mut options, false);
        options.open(path)
    });
    let file = file?;
    // Held until the file is closed: what nobody holds has been left behind.
    let _ = file.as_file().try_lock();
    Ok((OutputHandle::Temporary(file), folders))
}

/// An exclusive lock on a folder while finished files are renamed into it, so that two renders with the same output name cannot
/// mix their files. Released on drop or when the process ends.
#[derive(Debug)]
pub struct FolderLock {
    /// `None` where the system cannot lock a folder.
    _folder: Option<File>,
}

/// How long and how often another process is waited for.
const WAIT: Duration = Duration::from_millis(50);
const WAITS: usize = 1_200;

impl FolderLock {
    /// Waits for the turn in the folder of a file, and removes what processes that were killed have left there.
    ///
    /// # Errors
    /// If another process holds it for a minute.
    pub fn beside(path: &Path) -> Result<Self, ExportError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Ok(open) = File::open(folder) else { return Ok(Self { _folder: None }) };
        for _ in 0..WAITS {
            match open.try_lock() {
                Ok(()) => {
                    sweep(folder);
                    return Ok(Self { _folder: Some(open) });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(WAIT),
                Err(TryLockError::Error(_)) => return Ok(Self { _folder: None }),
            }
        }
        Err(ExportError::new(path, ErrorKind::ResourceBusy.into()))
    }
}

/// Removes temporary files that no process holds.
fn sweep(folder: &Path) {
    remove_all(folder, is_stray);
}

/// Removes these files of a folder. What cannot be removed stays.
fn remove_all(folder: &Path, is_left: impl Fn(&fs::DirEntry) -> bool) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| is_left(entry)) {
        let _ = fs::remove_file(entry.path());
    }
}

/// Whether it is a temporary file that no process holds.
fn is_stray(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(is_temporary) && nobody_holds(entry)
}

/// Whether it is a file that no process has locked.
fn nobody_holds(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_file())
        && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
}

/// Whether a name is that of a file of a kind that adem delivers before it has its own: `.track.wav.Ab3dE9`.
fn is_temporary(name: &str) -> bool {
    let Some(own) = temporary_of(name) else { return false };
    let ending = own.rsplit_once('.').map_or("", |(_, ending)| ending);
    Format::named(ending).is_some() || WRITTEN.contains(&ending) || own == SUMS
}

/// The name that a file is going to have, by its name before that: `track.wav` by `.track.wav.Ab3dE9`.
fn temporary_of(name: &str) -> Option<&str> {
    let (own, random) = name.strip_prefix('.')?.rsplit_once('.')?;
    // Six small letters may be a word, such as that of a copy.
    let is_random = random.len() == RANDOM_LETTERS
        && random.bytes().all(|letter| letter.is_ascii_alphanumeric())
        && !random.bytes().all(|letter| letter.is_ascii_lowercase());
    is_random.then_some(own)
}

/// The endings of files that adem delivers, beside those of the formats.
const WRITTEN: [&str; 18] = [
    "wav",
    "json",
    "vtt",
    "srt",
    "txt",
    "md",
    "html",
    "svg",
    "png",
    "jpg",
    "css",
    "js",
    "xml",
    "zip",
    "csv",
    "xlsx",
    "rpp",
    "webmanifest",
];

/// The name of the file with the hashes of a folder, as `sha256sum --check` reads it.
pub const SUMS: &str = "SHA256SUMS";

/// The length of the random end of a temporary name.
const RANDOM_LETTERS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::ExportErrorKind;

    fn failure(result: Result<impl Sized, ExportError>) -> ExportErrorKind {
        result.err().expect("an error").kind
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn folders_that_were_made_for_nothing_go_again() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("a/b/one.wav"), folder.path().join("a/b/two.wav"));
        let files = [&one, &two].map(|path| OutputFile::create(path).unwrap());
        drop(files);
        assert!(names(folder.path()).is_empty());
        let [first, second] = [&one, &two].map(|path| OutputFile::create(path).unwrap());
        first.commit().unwrap();
        drop(second);
        assert_eq!(names(one.parent().unwrap()), ["one.wav"]);
    }

    #[test]
    fn a_file_appears_whole_at_commit_and_its_folders_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("en/week 1/track.wav");
        let mut file = OutputFile::create(&path).unwrap();
        file.write_all(&[7; 10_000]).unwrap();
        file.flush().unwrap();
        assert!(!path.exists());
        file.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), [7; 10_000]);
        assert_eq!(names(path.parent().unwrap()), ["track.wav"]);
    }

    #[test]
    fn a_file_that_is_dropped_leaves_the_old_one_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("track.wav");
        write_whole(&path, b"old").unwrap();
        let mut file = OutputFile::create(&path).unwrap();
        file.write_all(b"new, but not all of").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["track.wav"]);
        write_whole(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_killed_process_would_leave_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = OutputFile::create(folder.path().join("track.wav")).unwrap();
        file.write_all(&[0; 10_000]).unwrap();
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        let (plain, ours) = (folder.path().join("plain"), folder.path().join("ours"));
        fs::write(&plain, "").unwrap();
        write_whole(&ours, b"").unwrap();
        assert_eq!(mode(&ours), mode(&plain));
        fs::set_permissions(&ours, fs::Permissions::from_mode(0o640)).unwrap();
        write_whole(&ours, b"again").unwrap();
        assert_eq!(mode(&ours) & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_the_file_behind_it_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("latest.wav");
        std::os::unix::fs::symlink("there/track.wav", &link).unwrap();
        for content in [b"first", b"again"] {
            write_whole(&link, content).unwrap();
            assert_eq!(fs::read(folder.path().join("there/track.wav")).unwrap(), content);
            assert!(link.is_symlink());
        }
    }

    #[test]
    fn what_a_killed_writer_of_the_same_file_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".de.po.0SRRUc", ".de.po.1SRRUc", ".fr.po.0SRRUc"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let held = File::open(folder.path().join(".de.po.1SRRUc")).unwrap();
        held.lock().unwrap();
        write_whole(folder.path().join("de.po"), b"x").unwrap();
        let mut left = names(folder.path());
        left.sort();
        assert_eq!(left, [".de.po.1SRRUc", ".fr.po.0SRRUc", "de.po"]);
    }

    #[test]
    fn stray_files_are_told_from_others() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("nl/.build")).unwrap();
        let strays = [
            ".01-x.wav.Ab3dE9",
            ".SHA256SUMS.Qb7gNM",
            "nl/.01-x.timeline.json.aaAaaa",
            "nl/.build/.x.json.ABCDEF",
        ];
        let others = ["01-x.wav", ".gitignore.backup", ".x.wav.toolong1", ".x.toml.Ab3dE9", "x.wav.Ab3dE9"];
        for name in strays.iter().chain(&others) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(stray_files(folder.path()), strays.map(|name| folder.path().join(name)));
        let held = File::open(folder.path().join(strays[0])).unwrap();
        held.lock().unwrap();
        assert_eq!(stray_files(folder.path()).len(), strays.len() - 1);
        assert!(stray_files(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn a_path_that_cannot_be_a_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(failure(OutputFile::create(folder.path())), ExportErrorKind::IsFolder);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(failure(OutputFile::create(file.join("track.wav"))), ExportErrorKind::NotAFolder);
        assert_eq!(failure(OutputFile::create(file.join("deeper/track.wav"))), ExportErrorKind::NotAFolder);
        assert_eq!(failure(write_whole(folder.path().join("x".repeat(300)), b"")), ExportErrorKind::BadName);
    }

    #[test]
    fn a_protected_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keep.wav");
        fs::write(&path, "keep").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        assert_eq!(failure(OutputFile::create(&path)), ExportErrorKind::Denied);
        assert_eq!(fs::read(&path).unwrap(), b"keep");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_without_the_right_to_write_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        if fs::write(folder.path().join("probe"), "").is_ok() {
            eprintln!("skipped: this user may write everywhere");
            return;
        }
        assert_eq!(failure(OutputFile::create(folder.path().join("track.wav"))), ExportErrorKind::Denied);
        assert_eq!(failure(OutputFile::create(folder.path().join("new/track.wav"))), ExportErrorKind::Denied);
    }

    #[test]
    fn a_file_that_fails_takes_no_folder_away_from_another() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("out/nl");
        let first = OutputFile::create(inner.join("a.wav")).unwrap();
        let second = OutputFile::create(inner.join("b.wav")).unwrap();
        drop(first);
        second.commit().unwrap();
        assert!(inner.join("b.wav").exists());
        fs::remove_file(inner.join("b.wav")).unwrap();
        fs::remove_dir(&inner).unwrap();
        let first = OutputFile::create(inner.join("a.wav")).unwrap();
        let second = OutputFile::create(inner.join("b.wav")).unwrap();
        drop((first, second));
        assert!(!inner.exists(), "a folder that stays empty is removed by the last");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_goes_away_is_an_error_at_commit() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("out");
        let file = OutputFile::create(inner.join("track.wav")).unwrap();
        fs::remove_dir_all(&inner).unwrap();
        assert_eq!(failure(file.commit()), ExportErrorKind::FolderGone);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_stays_a_device_and_a_full_one_is_named() {
        use std::os::unix::fs::FileTypeExt;
        assert_eq!(failure(write_whole("/dev/full", b"sound")), ExportErrorKind::Full);
        assert!(fs::metadata("/dev/full").unwrap().file_type().is_char_device());
    }
}
