//! Finished pieces of WAV files, shared by all who listen, in an anonymous temporary file of bounded size. The piece that has
//! not been read for the longest time makes room. A listener reads it in small steps and holds none of it in memory.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Mutex as TurnMutex;

use super::metrics::Metrics;
use super::pool::RenderPool;
use super::problem::ServiceProblem;
use crate::engine::{Listening, PieceState, WavPiece};
use crate::files::SharedFile;

/// The bytes of a piece that could not be kept.
type UnkeptPiece = Arc<Vec<u8>>;

/// The room of a slot in bytes: more than any piece has, and a multiple of the pages of all systems.
const SLOT: u64 = 2_304 << 10;

/// A piece of a file: its fingerprint and number.
pub type PieceKey = (Arc<str>, u64);

/// The pieces of all versions.
pub struct PieceShelf {
    file: SharedFile,
    kept: Mutex<KeptPieces>,
    /// Whose turn it is to make a piece.
    turns: Mutex<HashMap<PieceKey, Arc<TurnMutex<()>>>>,
}

struct KeptPieces {
    most: usize,
    places: HashMap<PieceKey, usize>,
    slots: Vec<PieceSlot>,
    uses: u64,
}

struct PieceSlot {
    key: Option<PieceKey>,
    bytes: u64,
    after: Option<Arc<PieceState>>,
    /// How many threads read or write it.
    users: usize,
    last_use: u64,
}

/// Bytes of a piece.
pub enum PieceBytes {
    /// These were asked for.
    Part(Vec<u8>),
    /// The whole piece, as there is no room to keep it.
    Whole(Arc<Vec<u8>>),
}

impl PieceShelf {
    /// A shelf of at most so many bytes, in a file without a name in a folder.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new(folder: &Path, bytes: u64) -> io::Result<Self> {
        let file = tempfile::tempfile_in(folder)?;
        let most = usize::try_from(bytes / SLOT).unwrap_or(usize::MAX);
        let kept = KeptPieces { most, places: HashMap::new(), slots: Vec::new(), uses: 0 };
        Ok(Self { file: SharedFile::new(file), kept: Mutex::new(kept), turns: Mutex::default() })
    }

    /// Bytes of a piece that are needed at a time: kept ones, or made by one for all who wait for it.
    ///
    /// # Errors
    /// [`ServiceProblem`] if it cannot be made.
    pub async fn read(
        self: &Arc<Self>,
        listening: &Arc<Listening>,
        index: u64,
        part: Range<u64>,
        due: Instant,
        (pool, metrics): (&RenderPool, &Metrics),
    ) -> Result<PieceBytes, ServiceProblem> {
        let key: PieceKey = (listening.fingerprint().clone(), index);
        if let Some(bytes) = self.find(&key, &part) {
            return Ok(PieceBytes::Part(bytes));
        }
        let turn = TurnGuard::new(self, key.clone());
        let _own = turn.turn.lock().await;
        // Somebody else may have made it in the meantime.
        if let Some(bytes) = self.find(&key, &part) {
            metrics.piece_found();
            return Ok(PieceBytes::Part(bytes));
        }
        let (shelf, listening) = (Arc::clone(self), Arc::clone(listening));
        let made = pool.run(due, move || shelf.make(&listening, &key)).await??;
        metrics.piece_made(made.1);
        match made.0 {
            Some(whole) => Ok(PieceBytes::Whole(whole)),
            None => match self.find(&(turn.key.0.clone(), index), &part) {
                Some(bytes) => Ok(PieceBytes::Part(bytes)),
                None => Err(super::problem::gone()),
            },
        }
    }

    /// Makes a piece and keeps it. Returns it if it could not be kept, and whether it went on from the one before.
    fn make(
        &self,
        listening: &Listening,
        key: &PieceKey,
    ) -> Result<(Option<UnkeptPiece>, bool), ServiceProblem> {
        let before = key.1.checked_sub(1).and_then(|before| self.after(&(key.0.clone(), before)));
        let WavPiece { bytes, after } = listening.piece(key.1, before.as_deref()).map_err(|error| {
            tracing::warn!(%error, "a piece cannot be rendered");
            ServiceProblem::of(&error)
        })?;
        let kept = self.keep(key.clone(), &bytes, after);
        Ok(((!kept).then(|| Arc::new(bytes)), before.is_some()))
    }

    fn after(&self, key: &PieceKey) -> Option<Arc<PieceState>> {
        let kept = self.kept();
        kept.slots[*kept.places.get(key)?].after.clone()
    }

    fn find(&self, key: &PieceKey, part: &Range<u64>) -> Option<Vec<u8>> {
        let mut kept = self.kept();
        let slot = *kept.places.get(key)?;
        if part.end > kept.slots[slot].bytes {
            return None;
        }
        kept.uses += 1;
        kept.slots[slot].last_use = kept.uses;
        kept.slots[slot].users += 1;
        drop(kept);
        let mut bytes = vec![0; (part.end - part.start) as usize];
        let read = self.file.read_exact_at(&mut bytes, slot as u64 * SLOT + part.start);
        self.kept().slots[slot].users -= 1;
        read.is_ok().then_some(bytes)
    }

    /// Keeps a piece, if there is room. Returns whether it is there.
    fn keep(&self, key: PieceKey, bytes: &[u8], after: PieceState) -> bool {
        let Some(slot) = self.kept().free_slot().filter(|_| bytes.len() as u64 <= SLOT) else { return false };
        let is_written = self.file.write_all_at(bytes, slot as u64 * SLOT).is_ok();
        let mut kept = self.kept();
        // Whoever began to make it may have left, and somebody else have made it too.
        if !is_written || kept.places.contains_key(&key) {
            kept.slots[slot] = PieceSlot { key: None, bytes: 0, after: None, users: 0, last_use: 0 };
            return is_written;
        }
        kept.uses += 1;
        let last_use = kept.uses;
        let (bytes, after) = (bytes.len() as u64, Some(Arc::new(after)));
        kept.slots[slot] = PieceSlot { key: Some(key.clone()), bytes, after, users: 0, last_use };
        kept.places.insert(key, slot);
        true
    }

    fn kept(&self) -> MutexGuard<'_, KeptPieces> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeptPieces {
    /// A slot to be written: a new one, or that of the piece that has not been read for the longest time.
    fn free_slot(&mut self) -> Option<usize> {
        if self.slots.len() < self.most {
            self.slots.push(PieceSlot { key: None, bytes: 0, after: None, users: 1, last_use: 0 });
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

/// Somebody who waits for a piece or makes it. The last one who leaves takes the turn away.
struct TurnGuard<'a> {
    shelf: &'a PieceShelf,
    key: PieceKey,
    turn: Arc<TurnMutex<()>>,
}

impl<'a> TurnGuard<'a> {
    fn new(shelf: &'a PieceShelf, key: PieceKey) -> Self {
        let mut turns = shelf.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = Arc::clone(turns.entry(key.clone()).or_default());
        Self { shelf, key, turn }
    }
}

impl Drop for TurnGuard<'_> {
    fn drop(&mut self) {
        let mut turns = self.shelf.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // The table has one, this one has another.
        if turns.get(&self.key).is_some_and(|turn| Arc::strong_count(turn) <= 2) {
            turns.remove(&self.key);
        }
    }
}
