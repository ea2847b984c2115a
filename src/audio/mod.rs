//! Samples in memory: planar 32-bit float at one rate.

mod buffer;

pub use buffer::{Buffer, deinterleave};
