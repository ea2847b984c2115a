//! Windows of generated sound that the versions of one process share, in an anonymous temporary file of bounded size.
//!
//! A window depends on nothing but its key, so it is the same whether it is found here or made. Nothing is shared until a
//! bound is set. What has not been used for the longest time makes room for others; where the disk is full, every version
//! makes its own windows.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::CacheKey;
use crate::files::SharedFile;

/// How long a thread waits for another one before it looks for something else to do.
const WAIT: Duration = Duration::from_millis(2);
/// Bytes read or written at a time.
const CHUNK: usize = 64 << 10;

/// What a window depends on: its sound, and its number.
pub type WindowKey = (CacheKey, u64);

/// Windows of one size that several threads find or make.
#[derive(Debug, Default)]
pub struct SharedWindows {
    kept: Mutex<KeptWindows>,
    changed: Condvar,
    /// `None` inside where no file could be created.
    file: OnceLock<Option<SharedFile>>,
    made: AtomicU64,
    found: AtomicU64,
}

#[derive(Debug, Default)]
struct KeptWindows {
    /// The most bytes of the file.
    bound: u64,
    places: HashMap<WindowKey, WindowPlace>,
    slots: Vec<WindowSlot>,
    uses: u64,
}

#[derive(Clone, Copy, Debug)]
enum WindowPlace {
    /// A thread is making it.
    Begun,
    Slot(usize),
}

/// A part of the file that has room for one window.
#[derive(Debug)]
struct WindowSlot {
    key: Option<WindowKey>,
    /// How many threads read or write it.
    users: usize,
    last_use: u64,
}

impl SharedWindows {
    /// Shares windows from now on, in a file of at most so many bytes.
    pub fn share(&self, bound: u64) {
        self.kept().bound = bound;
    }

    /// How many windows were made, and how many were found instead.
    pub fn counts(&self) -> [u64; 2] {
        [&self.made, &self.found].map(|count| count.load(Ordering::Relaxed))
    }

    /// Fills the planes, which have the size of a window, with that of a key: one that is kept, or what `make` makes. The
    /// file is created in `folder`, or where the system has its temporary files.
    pub(in crate::asset) fn fill(
        &self,
        key: WindowKey,
        planes: &mut [Vec<f32>],
        folder: Option<&Path>,
        make: impl FnOnce(&mut [Vec<f32>]),
    ) {
        match self.find(key, planes) {
            Found::Filled => {
                self.found.fetch_add(1, Ordering::Relaxed);
            }
            Found::Nothing(begun) => {
                make(planes);
                self.made.fetch_add(1, Ordering::Relaxed);
                if let Some(begun) = begun {
                    begun.keep(planes, folder);
                }
            }
        }
    }

    /// Looks for a window, and waits for one that another thread is making.
    fn find(&self, key: WindowKey, planes: &mut [Vec<f32>]) -> Found<'_> {
        loop {
            let mut kept = self.kept();
            match kept.places.get(&key) {
                None if kept.bound == 0 => return Found::Nothing(None),
                None => {
                    kept.places.insert(key, WindowPlace::Begun);
                    return Found::Nothing(Some(BegunWindow { windows: self, key }));
                }
                Some(WindowPlace::Slot(slot)) => {
                    let slot = *slot;
                    kept.uses += 1;
                    kept.slots[slot].last_use = kept.uses;
                    kept.slots[slot].users += 1;
                    drop(kept);
                    let read = self.read(slot, planes);
                    self.kept().slots[slot].users -= 1;
                    return if read.is_ok() { Found::Filled } else { Found::Nothing(None) };
                }
                Some(WindowPlace::Begun) => {
                    drop(kept);
                    // Whoever makes it waits for nobody, so this ends.
                    if rayon::yield_now() != Some(rayon::Yield::Executed) {
                        let kept = self.kept();
                        if matches!(kept.places.get(&key), Some(WindowPlace::Begun)) {
                            let _ = self.changed.wait_timeout(kept, WAIT);
                        }
                    }
                }
            }
        }
    }

    fn read(&self, slot: usize, planes: &mut [Vec<f32>]) -> io::Result<()> {
        let Some(Some(file)) = self.file.get() else { return Err(io::ErrorKind::NotFound.into()) };
        let mut bytes = vec![0; CHUNK];
        let mut place = slot as u64 * window_bytes(planes);
        for samples in planes.iter_mut().flat_map(|plane| plane.chunks_mut(CHUNK / 4)) {
            let bytes = &mut bytes[..4 * samples.len()];
            file.read_exact_at(bytes, place)?;
            for (sample, four) in samples.iter_mut().zip(bytes.as_chunks::<4>().0) {
                *sample = f32::from_le_bytes(*four);
            }
            place += bytes.len() as u64;
        }
        Ok(())
    }

    fn write(&self, slot: usize, planes: &[Vec<f32>], folder: Option<&Path>) -> io::Result<()> {
        let create = || {
            let own = folder.and_then(|folder| tempfile::tempfile_in(folder).ok());
            own.or_else(|| tempfile::tempfile().ok()).map(SharedFile::new)
        };
        let Some(file) = self.file.get_or_init(create) else { return Err(io::ErrorKind::NotFound.into()) };
        let mut bytes = vec![0; CHUNK];
        let mut place = slot as u64 * window_bytes(planes);
        for samples in planes.iter().flat_map(|plane| plane.chunks(CHUNK / 4)) {
            let bytes = &mut bytes[..4 * samples.len()];
            for (sample, four) in samples.iter().zip(bytes.as_chunks_mut::<4>().0) {
                *four = sample.to_le_bytes();
            }
            file.write_all_at(bytes, place)?;
            place += bytes.len() as u64;
        }
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, KeptWindows> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn window_bytes(planes: &[Vec<f32>]) -> u64 {
    planes.iter().map(|plane| 4 * plane.len() as u64).sum()
}

/// What a thread found.
enum Found<'a> {
    Filled,
    /// It has to make the window, and others wait for that if it is begun.
    Nothing(Option<BegunWindow<'a>>),
}

/// A window that a thread makes. Dropped without being kept, it is no longer begun.
struct BegunWindow<'a> {
    windows: &'a SharedWindows,
    key: WindowKey,
}

impl BegunWindow<'_> {
    /// Keeps it for others, if there is room.
    fn keep(self, planes: &[Vec<f32>], folder: Option<&Path>) {
        let Some(slot) = self.windows.kept().free_slot(window_bytes(planes)) else { return };
        let written = self.windows.write(slot, planes, folder);
        let mut kept = self.windows.kept();
        kept.uses += 1;
        let last_use = kept.uses;
        let is_kept = written.is_ok();
        if is_kept {
            kept.places.insert(self.key, WindowPlace::Slot(slot));
        }
        kept.slots[slot] = WindowSlot { key: is_kept.then_some(self.key), users: 0, last_use };
    }
}

impl Drop for BegunWindow<'_> {
    fn drop(&mut self) {
        let mut kept = self.windows.kept();
        if matches!(kept.places.get(&self.key), Some(WindowPlace::Begun)) {
            kept.places.remove(&self.key);
        }
        self.windows.changed.notify_all();
    }
}

impl KeptWindows {
    /// A slot to be written: a new one, or that of the window that has not been used for the longest time.
    fn free_slot(&mut self, bytes: u64) -> Option<usize> {
        let most = self.bound / bytes;
        if (self.slots.len() as u64) < most {
            self.slots.push(WindowSlot { key: None, users: 1, last_use: 0 });
            return Some(self.slots.len() - 1);
        }
        let unused = self.slots.iter().enumerate().filter(|(_, slot)| slot.users == 0);
        let (slot, _) = unused.min_by_key(|(_, slot)| slot.last_use)?;
        if let Some(old) = self.slots[slot].key.take() {
            self.places.remove(&old);
        }
        self.slots[slot].users = 1;
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(sound: &str, index: u64) -> WindowKey {
        (super::super::CacheKeyBuilder::new("test").field("name", sound).finish(), index)
    }

    fn filled(windows: &SharedWindows, key: WindowKey, value: f32) -> f32 {
        let mut planes = vec![vec![0.0; 100]; 2];
        windows.fill(key, &mut planes, None, |planes| {
            planes[0].fill(value);
            planes[1].fill(-value);
        });
        assert!(
            planes[0].iter().zip(&planes[1]).all(|(left, right)| *left == planes[0][0] && *right == -left)
        );
        planes[0][0]
    }

    #[test]
    fn a_window_is_made_once_and_nothing_is_shared_without_a_bound() {
        let windows = SharedWindows::default();
        assert_eq!((filled(&windows, key("a", 0), 1.0), filled(&windows, key("a", 0), 2.0)), (1.0, 2.0));
        windows.share(1 << 20);
        let found = [3.0, 4.0].map(|value| filled(&windows, key("a", 0), value));
        assert_eq!(found, [3.0, 3.0]);
        assert_eq!((filled(&windows, key("a", 1), 5.0), filled(&windows, key("b", 0), 6.0)), (5.0, 6.0));
        assert_eq!(windows.counts(), [5, 1]);
    }

    #[test]
    fn the_oldest_windows_make_room() {
        let windows = SharedWindows::default();
        // Room for three windows of 800 bytes.
        windows.share(2_500);
        for index in 0..3 {
            filled(&windows, key("a", index), index as f32 + 1.0);
        }
        assert_eq!(filled(&windows, key("a", 0), 9.0), 1.0);
        filled(&windows, key("a", 3), 4.0);
        let again: Vec<f32> = [0, 2, 3, 1].map(|index| filled(&windows, key("a", index), 9.0)).to_vec();
        assert_eq!(again, [1.0, 3.0, 4.0, 9.0]);
        assert_eq!(windows.kept().slots.len(), 3);
    }

    #[test]
    fn threads_wait_for_what_another_one_makes() {
        let windows = SharedWindows::default();
        windows.share(1 << 20);
        std::thread::scope(|scope| {
            for thread in 0..8u64 {
                let windows = &windows;
                scope.spawn(move || {
                    for index in 0..40 {
                        let index = (index + thread) % 40;
                        assert_eq!(filled(windows, key("a", index), index as f32), index as f32);
                    }
                });
            }
        });
        assert_eq!(windows.counts(), [40, 280]);
    }

    #[test]
    fn a_maker_that_fails_leaves_the_window_to_others() {
        let windows = SharedWindows::default();
        windows.share(1 << 20);
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            windows.fill(key("a", 0), &mut [vec![0.0; 10]], None, |_| panic!("as a test"));
        }));
        assert!(failed.is_err());
        assert_eq!(filled(&windows, key("a", 0), 7.0), 7.0);
    }
}
