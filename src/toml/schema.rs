//! JSON Schemas of the TOML files, for editors, made from the list of keys.
//!
//! They are draft 7, which editors with TOML support understand. A schema describes each value by itself; `check` handles
//! rules that involve several values or files.

use serde_json::{Map, Value, json};

use super::key::{FileKeys, Key, TableKeys, header_of};
use super::kind::Kind;
use crate::unit::Seconds;

/// Seconds, a time with units, or a clock time. `unit::literal` is stricter about order and size.
const TIME: &str = r"^\s*([0-9.]+|[0-9]+(:[0-9]+){1,2}(\.[0-9]+)?|([0-9.]+\s*h\s*)?([0-9.]+\s*m\s*)?([0-9.]+\s*s\s*)?([0-9.]+\s*ms\s*)?)\s*$";

/// The schema of a kind of file.
pub fn schema(file: &FileKeys) -> Value {
    let mut tables: Vec<&'static TableKeys> = Vec::new();
    collect(file.keys, &mut tables);
    let definitions: Map<_, _> =
        tables[1..].iter().map(|keys| (keys.name().to_owned(), table(keys))).collect();
    let mut schema = table(file.keys);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!(format!("adem: {} ({})", file.keys.what, file.pattern));
    schema["definitions"] = Value::Object(definitions);
    schema
}

/// The schemas of these kinds of files, by name.
pub fn schemas(files: &[FileKeys]) -> Value {
    Value::Object(files.iter().map(|file| (file.name.to_owned(), schema(file))).collect())
}

/// A table and every table within it, each once, depth first.
pub fn collect(keys: &'static TableKeys, found: &mut Vec<&'static TableKeys>) {
    if found.iter().any(|known| std::ptr::eq(*known, keys)) {
        return;
    }
    found.push(keys);
    let kinds = keys.keys.iter().map(|key| &key.kind).chain(&keys.named_values);
    for inner in kinds.filter_map(Kind::table) {
        collect(inner, found);
    }
}

fn table(keys: &'static TableKeys) -> Value {
    let properties: Map<_, _> = keys.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let needed: Vec<_> = keys.keys.iter().filter(|key| key.needed).map(|key| key.name).collect();
    let mut table = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": keys.named_values.as_ref().map_or(json!(false), value),
    });
    if !needed.is_empty() {
        table["required"] = json!(needed);
    }
    table
}

fn property(key: &Key) -> Value {
    let mut property = match value(&key.kind) {
        // Draft 7 ignores everything beside a `$ref`.
        reference if reference.get("$ref").is_some() => json!({ "allOf": [reference] }),
        other => other,
    };
    property["description"] = json!(key.doc());
    let example = format!("example = {}", key.example).parse::<toml::Table>();
    if let (None, Some(example)) =
        (header_of(key.example), example.ok().and_then(|mut table| table.remove("example")))
    {
        property["examples"] = json!([example]);
    }
    property
}

fn value(kind: &Kind) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match kind {
        Kind::Words => text(r"\S"),
        Kind::Name => json!({ "type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 64 }),
        Kind::Language => text("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Whole(least, u64::MAX) => json!({ "type": "integer", "minimum": least }),
        Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        Kind::Level(least, most) => json!({ "anyOf": [
            { "type": "number", "minimum": least, "maximum": most },
            text(r"^\s*[-+]?[0-9.]+\s*(dB|db)?\s*$"),
        ] }),
        Kind::Time => json!({ "anyOf": times(0, Seconds::MOST, &[]) }),
        Kind::TimeWithin(least, most) => {
            json!({ "anyOf": times(*least, Seconds::whole(*most), &[]) })
        }
        Kind::Clock => json!({ "anyOf": times(0, Seconds::MOST, &[text(r"^\s*end\s*(-.*)?$")]) }),
        Kind::OneOf(words) => json!({ "type": "string", "enum": words }),
        Kind::List(kind) => json!({ "type": "array", "items": value(kind) }),
        Kind::Three(kind) => json!({ "type": "array", "items": value(kind), "minItems": 3, "maxItems": 3 }),
        Kind::Table(keys) => json!({ "$ref": format!("#/definitions/{}", keys.name()) }),
        Kind::Either(kinds) => json!({ "anyOf": kinds.iter().map(value).collect::<Vec<_>>() }),
    }
}

fn times(least: u64, most: Seconds, more: &[Value]) -> Vec<Value> {
    let number = json!({ "type": "number", "minimum": least, "maximum": most.as_f64() });
    let text = json!({ "type": "string", "pattern": TIME, "minLength": 1 });
    [number, text].into_iter().chain(more.iter().cloned()).collect()
}
