//! adem turns scripts of guided meditations into finished audio: any language, any length, to the sample.
//!
//! It is a compiler. [`script`] reads what people write and checks it into a session; [`layout`] gives every sound its
//! exact frame; [`render`] mixes windows of stems and brings them to the anchor and under the ceiling; [`export`] writes
//! files that appear whole or not at all; [`qc`] judges finished sound. [`asset`] prepares sounds, [`decode`] reads files
//! of sound, [`dsp`] measures and processes samples, [`align`] finds phrases in long
//! recordings, [`synth`] makes sound from nothing. [`engine`] is the way in for
//! every front end.

pub mod adopt;
pub mod align;
pub mod asset;
pub mod audio;
pub mod build;
pub mod cli;
pub mod decode;
pub mod delivery;
pub mod diag;
pub mod dsp;
pub mod edit;
pub mod engine;
pub mod event;
pub mod export;
pub mod facts;
pub mod files;
pub mod http;
pub mod layout;
pub mod qc;
pub mod recording;
#[cfg(test)]
#[path = "../tests/support/recordings.rs"]
mod recordings;
pub mod render;
pub mod script;
pub mod serve;
pub mod site;
pub mod studio;
pub mod synth;
pub mod toml;
pub mod translate;
pub mod unit;
