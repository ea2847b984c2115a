//! A finished recording, read from any place: neither cut nor looped nor cleaned.

use super::recorded::Recording;
use super::store::{SoundError, Store};
use crate::unit::{Frames, Position};

/// A recording at the rate of the store, in stereo.
pub struct WholeRecording(Recording);

impl WholeRecording {
    /// Opens a recording; its sound is converted once and kept in the cache.
    ///
    /// # Errors
    /// [`SoundError`] if it cannot be used.
    pub fn open(store: &Store<'_>, path: &str) -> Result<Self, SoundError> {
        Recording::open(store, path).map(Self).map_err(|error| error.in_file(path))
    }

    pub fn frames(&self) -> Frames {
        self.0.frames()
    }

    /// Fills left and right, of equal length, from `from` on; silence beyond the end.
    ///
    /// # Errors
    /// [`SoundError`] if it cannot be read.
    pub fn read(&self, from: Position, left: &mut [f32], right: &mut [f32]) -> Result<(), SoundError> {
        let there = self.frames().0.saturating_sub(from.0).min(left.len() as u64) as usize;
        left[there..].fill(0.0);
        right[there..].fill(0.0);
        let (left, right) = (&mut left[..there], &mut right[..there]);
        if there == 0 {
            return Ok(());
        }
        if self.0.channels() == 1 {
            self.0.read(from, &mut [left], &mut Vec::new())?;
            right.copy_from_slice(left);
            return Ok(());
        }
        self.0.read(from, &mut [left, right], &mut Vec::new())
    }
}
