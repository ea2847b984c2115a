//! Quantities whose type is their unit, so that seconds cannot be used as frames or decibels as gains.
//!
//! Each value is converted once: layout turns seconds into frames, and building a stem turns levels into gains.

mod level;
pub mod literal;
mod time;

pub use level::{Db, Gain, Lufs};
pub use time::{Frames, HUNDREDTH, Position, Rounding, SampleRate, Seconds, TENTH, THOUSANDTH, told_range};
