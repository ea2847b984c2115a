//! Endless loops of a recording: the search for loop points, the path over them, and the simple crossfaded loop.

pub mod path;
pub mod seam;
pub mod search;
