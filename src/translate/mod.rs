//! What a translator gets and gives back: a language is added to a course, its texts go out as a zip with a page or as a
//! spreadsheet, and what comes back is merged into the PO file without overwriting newer work.

pub mod add;
pub mod back;
pub mod existing;
pub mod kind;
pub mod page;
pub mod parcel;
pub mod progress;
pub mod spreadsheet;
