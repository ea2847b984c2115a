//! What a finished file is to be: its format, how it is coded, the numbers of a preset, and what it says about itself.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod coding;
pub mod format;
pub mod mix;
pub mod preset;
pub mod publish;
