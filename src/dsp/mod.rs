//! Signal processing: no script, no path, no file.

pub mod biquad;
pub mod dither;
pub mod limiter;
pub mod loudness;
pub mod meter;
pub mod resample;
pub mod true_peak;
