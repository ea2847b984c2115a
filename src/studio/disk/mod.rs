//! The studio's files: the only part of it that touches the disk.

pub mod cookie_file;
pub mod web_folder;
