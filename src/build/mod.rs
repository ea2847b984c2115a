//! Builds the deliveries of a course: every version of a matrix of tracks, languages, lengths, levels, choices, beds and
//! mixes, in all its formats. A file is made again only if something it depends on has changed.
//!
//! A client of [`crate::engine`], as the command line is. [`matrix`] says what there is to make, [`record`] remembers what
//! each file was made of, [`run`] compares the two and renders what is missing, several tracks side by side, and
//! [`manifest`] tells what was handed over. [`verify`] checks a delivery against its manifest, [`mod@ledger`] lists whose
//! work is in it.

pub mod ledger;
pub mod manifest;
pub mod matrix;
pub mod record;
pub mod run;
pub mod verify;

pub use ledger::{LedgerEntry, ledger, undeliverable};
pub use matrix::{BuildTarget, Matrix, Skipped, expand};
pub use run::{BuildError, BuildEvent, BuildListener, BuildOptions, Built, TargetOutcome, build};
