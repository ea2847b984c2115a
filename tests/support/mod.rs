//! What the tests of the whole program share: a small course in a folder of its own, sounds made on the spot, and
//! the program itself.
#![allow(dead_code, unused_imports, clippy::print_stderr)] // every test file uses its own share of this

pub mod browser;
pub mod course;
pub mod program;
pub mod recordings;
pub mod sound;

pub use course::Course;
#[allow(unused_imports)] // as above
pub use program::Run;
#[allow(unused_imports)] // as above
pub use recordings::{files_below, recordings};
