//! Reusable buffers for samples.
//!
//! Clips have many different lengths. Allocating and freeing a buffer for each, on several threads, would fragment
//! the memory and spend time on new pages.

use std::sync::{Mutex, PoisonError};

/// The most spare planes that are kept: as many as a few threads use at once.
const MOST: usize = 3;

/// Sample buffers that are free to be used again.
#[derive(Debug, Default)]
pub struct SparePlanes {
    spare: Mutex<Vec<Vec<f32>>>,
}

impl SparePlanes {
    /// An empty plane, with the capacity of an earlier one if there is one.
    pub fn take(&self) -> Vec<f32> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Returns a plane that is no longer needed.
    pub fn give(&self, mut plane: Vec<f32>) {
        plane.clear();
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < MOST {
            spare.push(plane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_comes_back_empty_and_no_more_than_a_few_are_kept() {
        let room = SparePlanes::default();
        assert_eq!(room.take().capacity(), 0);
        for _ in 0..20 {
            room.give(vec![1.0; 100]);
        }
        let taken: Vec<_> = std::iter::repeat_with(|| room.take()).take(20).collect();
        assert!(taken.iter().all(Vec::is_empty));
        assert_eq!(taken.iter().filter(|plane| plane.capacity() >= 100).count(), MOST);
    }
}
