//! Signal processing: no script, no path, no file.

pub mod fade;
