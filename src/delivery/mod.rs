//! The specification of finished files: format, coding, presets, and published metadata.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod coding;
pub mod format;
pub mod mix;
pub mod preset;
pub mod publish;
