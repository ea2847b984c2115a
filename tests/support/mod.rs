//! Helpers for tests of the whole program: a small course in a temporary folder, generated sounds, and the program itself.
#![allow(dead_code, unused_imports, clippy::print_stderr)] // every test file uses its own share of this

pub mod browser;
pub mod course;
pub mod degraded;
pub mod http;
pub mod program;
pub mod readings;
pub mod recordings;
pub mod sound;

pub use course::Course;
#[allow(unused_imports)] // as above
pub use program::Run;
#[allow(unused_imports)] // as above
pub use recordings::{files_below, recordings};
