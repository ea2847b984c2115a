//! Projects for audio editors.

pub mod audacity;
pub mod reaper;
