//! Where a key belongs that stands in a table that does not know it.

use super::key::{Key, TableKeys, header_of};

/// The tables of a file, the outermost first.
fn tables(root: &'static TableKeys) -> Vec<&'static TableKeys> {
    let mut tables = vec![root];
    let mut next = 0;
    while let Some(table) = tables.get(next).copied() {
        let kinds = table.keys.iter().map(|key| key.kind).chain(table.named_values);
        for inner in kinds.filter_map(|kind| kind.table()) {
            if !tables.iter().any(|known| std::ptr::eq(*known, inner)) {
                tables.push(inner);
            }
        }
        next += 1;
    }
    tables
}

/// The table of a file, the outermost first, that has a key of that name.
pub(super) fn owner_of(name: &str, root: &'static TableKeys) -> Option<&'static TableKeys> {
    tables(root).into_iter().find(|table| table.find(name).is_some())
}

/// The keys of that name in all tables of a file.
pub(super) fn keys_named(name: &str, root: &'static TableKeys) -> Vec<&'static Key> {
    tables(root).into_iter().filter_map(|table| table.find(name)).collect()
}

/// Keys that are looked for in a table and are nowhere, with what to do.
const UNWANTED: [(&str, &str, &str); 2] = [
    ("a breath", "hold", "breaths are never held: leave it out, or write a slower `out`"),
    (
        "a breath",
        "pause",
        "a breath has no pause in it: write `pause` beside `breathe`, for the silence after it",
    ),
];

/// What to do about such a key of a table.
pub(super) fn unwanted(what: &str, key: &str) -> Option<&'static str> {
    let found = UNWANTED.iter().find(|(table, name, _)| (*table, *name) == (what, key));
    found.map(|(.., answer)| *answer)
}

/// Where a key of that name belongs that stands in `keys`: into a table that may stand in it or around it, or at the top level.
pub(super) fn home_of(name: &str, keys: &'static TableKeys, root: &'static TableKeys) -> Option<String> {
    let has = |key: &&Key| key.kind.table().is_some_and(|inner| inner.find(name).is_some());
    let inside = |table: &'static TableKeys| {
        table.keys.iter().find(has).map(|key| match header_of(key.example) {
            Some(header) => format!("`{name}` is a key of `{header}`: write it there"),
            None if key.kind.takes_list() => {
                let item = key.kind.table().map_or("an item", |inner| inner.what);
                format!(
                    "`{name}` is a key of {item}: write it as `{{ {name} = … }}` into `{} = [ … ]`",
                    key.name
                )
            }
            None => format!("`{name}` is a key of `{key}`: write it into `{key} = {{ … }}`", key = key.name),
        })
    };
    // A key of the steps of a part.
    let deeper = || {
        keys.keys.iter().find_map(|outer| {
            let (table, header) = (outer.kind.table()?, header_of(outer.example)?);
            let key = table.keys.iter().filter(|key| key.kind.takes_list()).find(has)?;
            let item = key.kind.table()?.what;
            let list = key.name;
            Some(format!(
                "`{name}` is a key of {item}: write it as `{{ {name} = … }}` into the `{list}` of a {header}"
            ))
        })
    };
    let around = || {
        let mut tables = vec![root];
        let mut next = 0;
        while let Some(table) = tables.get(next).copied() {
            for inner in table.keys.iter().filter_map(|key| key.kind.table()) {
                if !tables.iter().any(|known| std::ptr::eq(*known, inner)) {
                    tables.push(inner);
                }
            }
            next += 1;
        }
        let home = tables
            .into_iter()
            .find(|table| !std::ptr::eq(*table, keys) && table.find(name).is_some() && holds(table, keys))?;
        Some(format!("`{name}` is a key of {}: write it there", home.what))
    };
    inside(keys).or_else(around).or_else(deeper).or_else(|| inside(root))
}

/// Whether `inner` may stand in a table, in whatever depth.
fn holds(table: &'static TableKeys, inner: &'static TableKeys) -> bool {
    let mut seen = vec![table];
    let mut next = 0;
    while let Some(table) = seen.get(next).copied() {
        for below in table.keys.iter().filter_map(|key| key.kind.table()) {
            if std::ptr::eq(below, inner) {
                return true;
            }
            if !seen.iter().any(|known| std::ptr::eq(*known, below)) {
                seen.push(below);
            }
        }
        next += 1;
    }
    false
}
