//! Tables of TOML, read with every mistake found: which keys a table may have, what a value may be, and from the same
//! list of keys the tidy printer, the JSON Schemas and the reference page.

pub mod key;
pub mod kind;
pub mod reference;
pub mod schema;
pub mod table;
pub mod tidy;
