//! Rendering: a timeline and the sounds behind it become windows of finished stems.
//!
//! Every window can be made by itself, in any order and on any thread, with the same bytes; no state crosses from one
//! to the next.

mod bed;
mod cue;
pub mod master;
mod mix;
mod voice;

pub use bed::{duck, rest_of};
pub use mix::{Block, Mixdown, Stems, Window};
pub use voice::cut_fade;
