//! Projects for audio editors.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod audacity;
pub mod reaper;
