//! Quantities with their units in the type: seconds are not frames, decibels are not gains.
//!
//! Everything is converted once, at the border: script times become frames in layout, levels become gains
//! where a stem is built.

mod level;
pub mod literal;
mod time;

pub use level::{Db, Gain, Lufs};
pub use time::{Frames, Position, SampleRate, Seconds};
