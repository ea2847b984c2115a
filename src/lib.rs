//! adem turns scripts of guided meditations into finished audio.

pub mod asset;
pub mod audio;
pub mod dsp;
pub mod files;
pub mod unit;
