//! Texts that come with a track: captions, chapters, transcript, practice sheet, report.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

pub mod captions;
pub mod chapters;
pub(super) mod clock;
pub mod page;
pub mod practice;
pub mod report;
pub mod transcript;

#[cfg(test)]
mod tests;
