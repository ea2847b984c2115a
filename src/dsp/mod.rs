//! Signal processing: no script, no path, no file.

pub mod bowl;
pub mod brown;
pub mod duck;
pub mod fade;
pub mod generator;
pub mod loop_seam;
pub mod noise;
pub mod rain;
mod svf;
pub mod swell;
