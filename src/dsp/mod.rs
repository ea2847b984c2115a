//! Signal processing: no script, no path, no file.

pub mod biquad;
pub mod bowl;
pub mod brown;
pub mod dither;
pub mod duck;
pub mod fade;
pub mod generator;
pub mod limited;
pub mod limiter;
pub mod loop_path;
pub mod loop_seam;
pub mod loop_search;
pub mod loudness;
pub mod meter;
pub mod noise;
pub mod rain;
pub mod resample;
mod svf;
pub mod swell;
pub mod tick;
pub mod true_peak;
pub mod voice;
