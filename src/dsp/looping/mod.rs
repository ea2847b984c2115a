//! A recording that goes on for ever: where it may jump back, the path of jumps, and the joins.

pub mod path;
pub mod seam;
pub mod search;
