//! adem turns scripts of guided meditations into finished audio: any language, any length, to the sample.
//!
//! It is a compiler. [`script`] reads what people write and checks it into a session; [`layout`] gives every sound its
//! exact frame; [`render`] mixes windows of stems; [`master`] brings them to the anchor and under the ceiling;
//! [`export`] writes files that appear whole or not at all; [`qc`] judges finished sound. [`asset`] knows sounds, [`dsp`] treats them and knows
//! nothing else. [`produce`] is the way in for every front end.

pub mod asset;
pub mod audio;
pub mod cli;
pub mod diag;
pub mod dsp;
pub mod event;
pub mod export;
pub mod files;
pub mod layout;
pub mod master;
pub mod produce;
pub mod qc;
#[cfg(test)]
#[path = "../tests/support/recordings.rs"]
mod recordings;
pub mod render;
pub mod script;
pub mod unit;
