//! What happens around the recordings of a voice: the sheet it reads from, how far it is, which takes are used, and how a
//! folder of clips becomes takes.

pub mod import;
pub mod lines;
pub mod names;
pub mod proof;
pub mod reading;
pub mod records;
pub mod sheet;
pub mod status;
pub mod voice_file;
