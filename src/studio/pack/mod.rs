//! The page for a voice elsewhere: the recording room as files that any web space serves (`files`), what it knows of the course
//! (`content`), the phrases that are heard in it (`original`), and the beds under them (`bed`). What comes back from it is taken in by `takes::take_in`.

mod bed;
mod content;
mod files;
mod original;

pub use content::PackWish;
pub use files::{PackedPage, is_pack, pack_files};
