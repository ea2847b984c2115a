//! What changed: a list to listen to, of every released sound file that a build has replaced.
//!
//! Before a file is replaced, `pending` compares the timeline that it was rendered from with the new one (`compare`) and cuts
//! the stretches that changed out of the old file (`excerpt`); after the render it cuts them out of the new one. Both lie in
//! `.build/changes` until a build ends and `list` makes a folder of them: a page (`page`), JSON, and the sounds.

pub mod compare;
mod excerpt;
mod list;
mod page;
mod pending;

pub use list::{ChangeList, FOLDER, ListedChange, ListedFile, WrittenChanges, write_changes};
pub(super) use pending::{ChangeRecorder, forget_heard, keep_heard};
