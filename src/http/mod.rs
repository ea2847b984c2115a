//! What servers over HTTP share.

pub mod range;
