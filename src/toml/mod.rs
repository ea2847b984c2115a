//! Reading TOML tables so that one run reports every error. The tidy printer, the JSON Schemas and the reference page are
//! made from the same lists of keys. The callers define which tables there are.

pub mod conflict;
pub mod field;
pub mod foreign;
mod home;
pub mod key;
pub mod kind;
mod name;
pub mod reference;
pub mod schema;
pub mod table;
pub mod tidy;
pub mod typo;
