//! Layout: a session and the facts of its sounds become a timeline on which every sound has its exact frame.
//!
//! It sees lengths and loudness, never samples. After it nothing is elastic and nothing is in seconds.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod beds;
mod cast;
mod context;
pub mod document;
mod elastic;
mod event;
mod fit;
mod flow;
mod grid;
mod lattice;
mod levels;
mod lock;
mod pins;
mod place;
mod predict;
mod refuse;
mod remedy;
mod room;
mod search;
#[cfg(test)]
mod search_tests;
mod solve;
mod timeline;

pub use document::{DocumentError, TimelineDocument};
pub use elastic::{Glue, Infeasible, share};
pub use event::{ClipPiece, CueSound, Event, EventKind, PhraseEvent};
pub use fit::{Aim, Fit, Makeup, aim, fit};
pub use levels::Levels;
pub use lock::{LockError, PartLock};
pub use pins::Length;
pub use place::{Wish, lay_out};
pub use remedy::Change;
pub use timeline::{BedSpan, Chapter, LeftOut, PartSpan, RoomSpan, Timeline, Why};
