//! The shapes of what is answered as JSON, for the description of the service.

use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, Object, Schema, SchemaType};
use utoipa::openapi::{ObjectBuilder, RefOr, Type};

use crate::script::exercise::Guidance;

/// An object with these properties, all of which are there.
fn object<const N: usize>(properties: [(&str, RefOr<Schema>); N]) -> RefOr<Schema> {
    let built = properties
        .into_iter()
        .fold(ObjectBuilder::new(), |object, (name, schema)| object.property(name, schema).required(name));
    built.build().into()
}

/// An object with any names, and these values.
fn map(of: RefOr<Schema>) -> RefOr<Schema> {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::RefOr(of))).build().into()
}

fn list(of: RefOr<Schema>) -> RefOr<Schema> {
    ArrayBuilder::new().items(of).build().into()
}

fn plain(kind: Type) -> RefOr<Schema> {
    Object::with_type(kind).into()
}

/// One of this kind, or null.
fn maybe(kind: Type) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::Array(vec![kind, Type::Null])).build().into()
}

fn text() -> RefOr<Schema> {
    plain(Type::String)
}

fn number() -> RefOr<Schema> {
    plain(Type::Number)
}

fn whole() -> RefOr<Schema> {
    plain(Type::Integer)
}

fn guidance() -> RefOr<Schema> {
    let names = Guidance::ALL.map(Guidance::name);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build().into()
}

/// `/health` and `/ready`.
pub fn status() -> RefOr<Schema> {
    object([("status", text())])
}

/// `/v1/courses`.
pub fn courses() -> RefOr<Schema> {
    let course =
        object([("course", text()), ("title", text()), ("languages", list(text())), ("address", text())]);
    object([("courses", list(course))])
}

fn voices() -> RefOr<Schema> {
    let usual = plain(Type::Boolean);
    list(object([("language", text()), ("voice", text()), ("name", text()), ("usual", usual)]))
}

/// What a script says of itself.
fn track_properties() -> [(&'static str, RefOr<Schema>); 8] {
    let open = object([("phrase", text()), ("text", map(text())), ("beats", whole())]);
    let length = ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Object, Type::Null]))
        .property("least_seconds", number())
        .property("usual_seconds", maybe(Type::Number))
        .property("most_seconds", number());
    [
        ("id", text()),
        ("track", maybe(Type::Integer)),
        ("title", map(text())),
        ("guidance", list(guidance())),
        ("choices", map(list(text()))),
        ("own", list(open)),
        ("length", length.build().into()),
        ("address", text()),
    ]
}

/// `/v1/courses/{course}`.
pub fn course() -> RefOr<Schema> {
    object([
        ("course", text()),
        ("title", text()),
        ("languages", list(text())),
        ("voices", voices()),
        ("beds", list(text())),
        ("presets", list(text())),
        ("tracks", list(object(track_properties()))),
    ])
}

/// `…/tracks/{track}`.
pub fn track() -> RefOr<Schema> {
    let version = object([
        ("language", text()),
        ("voice", text()),
        ("guidance", guidance()),
        ("least_seconds", number()),
        ("natural_seconds", maybe(Type::Number)),
        ("most_seconds", number()),
        ("missing_recordings", whole()),
        ("fits", maybe(Type::Boolean)),
    ]);
    let [id, track, title, levels, choices, own, length, address] = track_properties();
    let (versions, voices, beds) =
        (("versions", list(version)), ("voices", voices()), ("beds", list(text())));
    object([id, track, title, levels, choices, own, length, address, versions, voices, beds])
}

/// `…/version`.
pub fn version() -> RefOr<Schema> {
    let chapter = object([("title", text()), ("seconds", number())]);
    let sound = object([("format", text()), ("media_type", text()), ("address", text())]);
    object([
        ("course", text()),
        ("id", text()),
        ("track", maybe(Type::Integer)),
        ("title", text()),
        ("language", text()),
        ("voice", text()),
        ("guidance", guidance()),
        ("preset", text()),
        ("rate", whole()),
        ("frames", whole()),
        ("seconds", number()),
        ("chapters", list(chapter)),
        ("format", text()),
        ("sounds", list(sound)),
    ])
}

/// What a wish is answered with.
pub fn wish() -> RefOr<Schema> {
    object([
        ("id", text()),
        ("own", text()),
        ("phrase", text()),
        ("seconds", number()),
        ("kept_seconds", whole()),
        ("address", text()),
    ])
}

/// The text of a wish, as it is sent.
pub fn wish_text() -> RefOr<Schema> {
    let words = ObjectBuilder::new().property("text", text()).required("text");
    words.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false))).build().into()
}

/// A problem of RFC 9457.
pub fn problem() -> RefOr<Schema> {
    ObjectBuilder::new()
        .property("type", text())
        .property("title", text())
        .property("status", whole())
        .property("detail", text())
        .property("nearest", list(text()))
        .property("nearest_seconds", list(number()))
        .required("type")
        .required("status")
        .build()
        .into()
}

/// A parameter: any text, or one of these.
pub fn parameter(values: &[&str]) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String);
    if values.is_empty() {
        text.build().into()
    } else {
        text.enum_values(Some(values.to_vec())).build().into()
    }
}
