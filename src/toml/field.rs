//! Tables that change a value with defaults: each key with the field it sets and how that field is typed.

use super::key::Key;
use super::table::{Node, Table};

/// A key and the field of a `T` that it sets.
pub struct Field<T: 'static> {
    /// The key.
    pub key: Key,
    /// Sets the field; a value that cannot be read is reported and leaves the field as it is.
    pub set: fn(&mut T, &Node<'_>),
    /// The value of the field as it is typed behind the key; `None` where the key says nothing.
    pub typed: fn(&T) -> Option<String>,
}

/// The keys of fields, in their order.
pub const fn keys<T, const N: usize>(fields: &[Field<T>; N]) -> [Key; N] {
    let mut keys = [fields[0].key; N];
    let mut at = 0;
    while at < N {
        keys[at] = fields[at].key;
        at += 1;
    }
    keys
}

/// Sets the fields whose keys are there.
pub fn read<T>(fields: &[Field<T>], table: &Table<'_>, value: &mut T) {
    for field in fields {
        if let Some(node) = table.get(field.key.name) {
            (field.set)(value, &node);
        }
    }
}

/// The fields as one types them, a line each.
pub fn typed<T>(fields: &[Field<T>], value: &T) -> String {
    let line = |field: &Field<T>| Some(format!("{} = {}\n", field.key.name, (field.typed)(value)?));
    fields.iter().filter_map(line).collect()
}

/// Puts what was read into its place; what could not be read leaves it.
pub fn put<T>(place: &mut T, read: Option<T>) {
    if let Some(read) = read {
        *place = read;
    }
}
