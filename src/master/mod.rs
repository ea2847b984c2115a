//! Mastering: one constant gain on the anchor, then a true-peak limiter that hardly ever works. No dynamics on the mix.

mod chain;

pub use chain::{Batch, master, measure};
