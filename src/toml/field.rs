//! Tables that override the fields of a value with defaults: each key, the field it sets, and how that field is printed.

use super::key::Key;
use super::table::{Node, Table};

/// A key and the field of a `T` that it sets.
pub struct Field<T: 'static> {
    pub key: Key,
    /// Sets the field; a value that cannot be read is reported and leaves the field as it is.
    pub set: fn(&mut T, &Node<'_>),
    /// The value of the field as TOML; `None` where the key would not be written.
    pub typed: fn(&T) -> Option<String>,
}

/// The keys of a list of fields, in the same order.
pub const fn keys<T, const N: usize>(fields: &[Field<T>; N]) -> [Key; N] {
    let mut keys = [fields[0].key; N];
    let mut at = 0;
    while at < N {
        keys[at] = fields[at].key;
        at += 1;
    }
    keys
}

/// Sets the fields whose keys are in the table.
pub fn read<T>(fields: &[Field<T>], table: &Table<'_>, value: &mut T) {
    for field in fields {
        if let Some(node) = table.get(field.key.name) {
            (field.set)(value, &node);
        }
    }
}

/// The fields as lines of TOML.
pub fn typed<T>(fields: &[Field<T>], value: &T) -> String {
    let line = |field: &Field<T>| Some(format!("{} = {}\n", field.key.name, (field.typed)(value)?));
    fields.iter().filter_map(line).collect()
}

/// Stores a value that could be read; otherwise keeps the old one.
pub fn put<T>(place: &mut T, read: Option<T>) {
    if let Some(read) = read {
        *place = read;
    }
}
