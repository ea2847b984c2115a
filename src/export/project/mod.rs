//! Projects for audio editors.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

pub mod audacity;
pub mod reaper;
