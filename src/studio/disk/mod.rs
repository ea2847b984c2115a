//! The studio's files: the only part of it that touches the disk.

pub mod cookie_file;
pub mod finished_file;
pub mod folder;
pub mod part_file;
pub mod wav_head;
pub mod web_folder;
