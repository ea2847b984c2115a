//! adem turns scripts of guided meditations into finished audio.

pub mod audio;
pub mod dsp;
pub mod export;
pub mod unit;
