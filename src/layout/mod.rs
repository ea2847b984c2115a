//! Layout: computes a timeline, with an exact frame for every sound, from a session and the facts of its sounds.
//!
//! It reads lengths and loudness, but no samples. In a timeline all lengths are fixed and in frames.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod beds;
mod context;
pub mod document;
mod elastic;
mod event;
mod fit;
mod flow;
mod grid;
mod levels;
mod lock;
mod pins;
mod place;
mod predict;
mod refuse;
mod remedy;
mod room;
mod round_bounds;
mod search;
#[cfg(test)]
mod search_tests;
mod selection;
mod solve;
mod timeline;
mod under;

pub use document::{DocumentError, TimelineDocument, TimelineSound};
pub use elastic::{Glue, Infeasible, share};
pub use event::{
    ClipPiece, CueEvent, CueSound, CueType, Duck, Event, EventKind, Foot, HalfBreath, PhraseEvent, SoundKind,
    SoundType,
};
pub use fit::{Fit, LengthBreakdown, LengthCheck, check_length, fit};
pub use levels::Levels;
pub use lock::{LockError, LongerPhrase, PartFit, PartLock, fit_locked};
pub use pins::Length;
pub use place::{LayoutTarget, lay_out, lay_out_one_of, too_many_steps};
pub use remedy::Change;
pub use timeline::{
    BedSpan, Chapter, GridSpan, GridUnit, LeftOut, PartSpan, PauseSpan, RoomSpan, SwellDuck, Timeline, Why,
};
