//! Tables of TOML, read with every mistake found, and made from the same lists of keys the tidy printer, the JSON Schemas
//! and the reference page. Which tables there are is the business of those who read them.

pub mod field;
pub mod key;
pub mod kind;
pub mod reference;
pub mod schema;
pub mod table;
pub mod tidy;
