//! Signal processing: no script, no path, no file.

pub mod biquad;
pub mod loudness;
pub mod meter;
pub mod resample;
pub mod true_peak;
pub mod brown;
pub mod duck;
pub mod fade;
pub mod generator;
pub mod loop_seam;
pub mod noise;
mod svf;
