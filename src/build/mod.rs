//! Builds the deliveries of a course: every version of a matrix of tracks, languages, lengths, levels, choices, beds and
//! mixes, in all its formats. A file is made again only if something it depends on has changed.
//!
//! A client of [`crate::engine`], as the command line is. [`matrix`] says what there is to make, [`record`] remembers what
//! each file was made of, [`run`] compares the two and renders what is missing, several tracks side by side, and
//! [`manifest`] tells what was handed over. `names` keeps
//! the names that were released, and `left_over` finds and removes what no delivery asks for any more. [`verify`] checks a delivery against its manifest, [`mod@ledger`] lists whose
//! work is in it, and [`changes`] is a list of what a build has replaced, to listen to.
//!
//! Where one machine is too small, [`shard`] cuts what is to be made into lists of jobs, [`worker`] does them anywhere,
//! [`store`] is where their files go, and [`mod@collect`] brings these into an output folder.

pub mod changes;
pub mod collect;
pub mod ledger;
mod left_over;
pub mod manifest;
pub mod matrix;
mod names;
mod out_folder;
pub mod record;
pub mod run;
pub mod shard;
mod side_by_side;
pub mod store;
pub mod verify;
pub mod worker;

pub use ledger::{LedgerEntry, ledger, undeclared_drafts, undeliverable};
pub use left_over::{CleanedOut, LeftOver, clean_out};
pub use matrix::{BuildTarget, Matrix, Skipped, VersionNames, expand};
pub use names::{KeptName, ReleasedName, VersionIdentity, keep_released};
pub use out_folder::BuildError;
pub(crate) use out_folder::{credits, lock};
pub use run::{
    BuildEvent, BuildListener, BuildOptions, BuildReport, Built, TargetOutcome, build, missing, render_all,
};
