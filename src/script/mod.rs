//! What people write: scripts, fragments, courses, voices, ambiences and translations, read with every mistake found,
//! and checked into a [`Session`].

pub mod ambience;
pub mod bed;
pub mod chain;
pub mod check;
pub mod coding;
pub mod course;
pub mod elastic;
pub mod exercise;
pub mod file_kind;
pub mod generate;
pub mod keys;
pub mod kind;
pub mod language;
pub mod load;
pub mod po;
pub mod preset;
pub mod publish;
pub mod reference;
mod resolve;
mod safety;
pub mod schema;
pub mod session;
pub mod starter;
pub mod step;
pub mod table;
pub mod tidy;
pub mod voice;

pub use check::check;
pub use load::{Course, CourseError};
pub use resolve::phrase_texts;
pub use session::{Session, Variant};
