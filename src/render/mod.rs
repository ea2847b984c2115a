//! Rendering: turns a timeline and its sounds into windows of stems.
//!
//! Every window can be rendered on its own, in any order and on any thread, with the same bytes; no state is carried
//! from one to the next.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod bed;
mod cue;
pub mod master;
mod mix;
mod mixed;
mod voice;

/// The version of the mix and its master: raised when the same timeline and sounds give other samples.
pub const MIX_VERSION: u32 = 2;

pub use bed::{ducked, rest_of};
pub use cue::{cue_sound, swell_curve};
pub use mix::{MixBlock, MixWindow, Mixdown, StemBlock};
pub use voice::cut_fade;
