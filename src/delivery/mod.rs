//! What a finished file is to be: its format, how it is coded, the numbers of a preset, and what it says about itself.

pub mod coding;
pub mod mix;
pub mod preset;
pub mod publish;
