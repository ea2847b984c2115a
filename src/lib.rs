//! adem turns scripts of guided meditations into finished audio.

pub mod asset;
pub mod audio;
pub mod diag;
pub mod dsp;
pub mod event;
pub mod export;
pub mod files;
pub mod layout;
pub mod master;
pub mod render;
pub mod script;
pub mod unit;
