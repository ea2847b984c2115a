//! Samples in memory: planar, 32-bit float, one rate.

mod buffer;

pub use buffer::{Buffer, deinterleave};
