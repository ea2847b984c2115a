//! Signal processing: no script, no path, no file.

pub mod duck;
pub mod fade;
pub mod loop_seam;
pub mod noise;
