//! Reads scripts, fragments, courses, voices, ambiences and translations, reports all their errors, and resolves a script
//! into a [`Session`].

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

pub mod ambience;
pub mod bed;
pub mod check;
pub mod course;
pub mod course_file;
pub mod delivery;
pub mod elastic;
pub mod example;
pub mod exercise;
pub mod file_kind;
pub mod generate;
pub mod language;
mod marks;
pub mod mixed;
pub mod own;
pub mod po;
mod resolve;
mod safety;
pub mod session;
pub mod signs;
pub mod site;
pub mod speech_engine;
pub mod starter;
pub mod step;
pub mod takes_file;
pub mod track;
pub mod voice;
pub mod voice_chain;
pub mod wording;
pub mod words;

pub use check::check;
pub use course::{Course, CourseError, KnownCourse, near_course};
pub use resolve::{before_texts, phrase_texts};
pub use session::{Session, Variant};
