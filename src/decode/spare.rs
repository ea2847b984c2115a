//! Room for samples that is used again and again.
//!
//! Clips are of all lengths. If each were allocated and freed for itself, many threads at once, memory would fill with
//! holes that fit none of the next, and every new page costs time.

use std::sync::{Mutex, PoisonError};

/// The most spare planes that are kept: what a few threads use at once.
const MOST: usize = 3;

/// Planes nobody uses at the moment.
#[derive(Debug, Default)]
pub struct SparePlanes {
    spare: Mutex<Vec<Vec<f32>>>,
}

impl SparePlanes {
    /// An empty plane, with room in it where there is some.
    pub fn take(&self) -> Vec<f32> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps a plane nobody needs any more.
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
