//! Signal processing: measures and changes samples. Knows nothing of scripts, paths or files.

pub mod biquad;
pub mod dither;
pub mod duck;
pub mod fade;
pub mod limited;
pub mod limiter;
pub mod looping;
pub mod loudness;
pub mod meter;
pub mod noise;
pub mod peak_hold;
pub mod punch;
pub mod recording;
pub mod resample;
pub mod room;
pub mod sound;
pub mod speech;
pub(crate) mod svf;
pub mod true_peak;
pub mod voice;
