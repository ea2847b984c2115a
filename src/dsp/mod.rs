//! Signal processing: no script, no path, no file.

pub mod biquad;
pub mod brown;
pub mod duck;
pub mod fade;
pub mod generator;
pub mod loop_seam;
pub mod loudness;
pub mod meter;
pub mod noise;
pub mod resample;
mod svf;
pub mod true_peak;
