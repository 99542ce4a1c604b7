//! Generates the JSON schema in `docs/` from the table of fields, and tests that the table and the serde types agree.

use super::{CONFIG_MAP, Config, OWN};
use crate::config::fields::{CONFIG_MAP as FLAT, SEQUENTIAL_CONTAINERS};
use crate::config::table::{Choice, ConfigField, FieldType, MappingType};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The schema of `SequentialContainers`.
fn schema() -> Value {
    let mut definitions = Map::new();
    let mut schema = object(&SEQUENTIAL_CONTAINERS, &mut definitions);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$id"] = json!(
        "https://raw.githubusercontent.com/kueueleuleu/kueueleuleu/main/docs/sequentialcontainers.schema.json"
    );
    schema["title"] = json!(SEQUENTIAL_CONTAINERS.name);
    schema["$defs"] = Value::Object(definitions);
    schema
}

fn object(object: &MappingType, definitions: &mut Map<String, Value>) -> Value {
    let properties: Map<_, _> =
        object.fields.iter().map(|field| (field.name.to_owned(), property(field, definitions))).collect();
    let is_required = |field: &&ConfigField| field.is_required || matches!(field.of, FieldType::Constant(_));
    let required: Vec<_> = object.fields.iter().filter(is_required).map(|field| field.name).collect();
    let mut schema = json!({
        "description": object.doc,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(field: &ConfigField, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = of(&field.of, definitions);
    let description = match field.default {
        Some(default) => format!("{} Default: {default}.", field.doc),
        None => field.doc.to_owned(),
    };
    if let Some(pattern) = field.pattern {
        schema["pattern"] = json!(pattern);
    }
    if !field.is_required && !matches!(field.of, FieldType::Constant(_)) {
        match schema["type"].as_str() {
            Some(only) => schema["type"] = json!([only, "null"]),
            None => schema = json!({"anyOf": [schema, {"type": "null"}]}),
        }
    }
    schema["description"] = json!(description);
    schema["examples"] = json!([serde_yaml::from_str::<Value>(field.example).unwrap()]);
    schema
}

fn of(of: &FieldType, definitions: &mut Map<String, Value>) -> Value {
    match of {
        FieldType::String => json!({"type": "string"}),
        FieldType::Constant(value) => json!({"type": "string", "enum": [value]}),
        FieldType::Boolean => json!({"type": "boolean"}),
        FieldType::Count => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        FieldType::OneOf(choice) => define(choice.name, definitions, |_| one_of(choice)),
        FieldType::List(item) => json!({"type": "array", "items": self::of(item, definitions)}),
        FieldType::Mapping(known) => {
            define(known.name, definitions, |definitions| object(known, definitions))
        }
        FieldType::Strings => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        FieldType::Quantities => {
            json!({"type": "object", "additionalProperties": {"type": ["string", "number"]}})
        }
        FieldType::Free => json!({"type": "object"}),
    }
}

fn define(
    name: &str,
    definitions: &mut Map<String, Value>,
    schema: impl FnOnce(&mut Map<String, Value>) -> Value,
) -> Value {
    if !definitions.contains_key(name) {
        let schema = schema(definitions);
        definitions.insert(name.to_owned(), schema);
    }
    json!({"$ref": format!("#/$defs/{name}")})
}

fn one_of(choice: &Choice) -> Value {
    let values = choice.values.iter();
    let values = values.map(|(value, doc)| json!({"description": doc, "type": "string", "const": value}));
    json!({"description": choice.doc, "oneOf": values.collect::<Vec<_>>()})
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the schema is compared with the file in docs/, and written with BLESS=1"
)]
fn the_schema_in_docs_is_that_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sequentialcontainers.schema.json");
    let schema = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    let is_same = std::fs::read_to_string(path).is_ok_and(|text| text == schema);
    if !is_same && std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &schema).unwrap();
    }
    assert!(
        is_same,
        "docs/sequentialcontainers.schema.json is not the schema of the table: BLESS=1 writes it"
    );
}

/// All fields of a mapping with their examples.
fn everything(object: &MappingType, leave_out: &[&str]) -> String {
    let mut text = String::new();
    for field in object.fields.iter().filter(|field| !leave_out.contains(&field.name)) {
        match &field.of {
            FieldType::Mapping(inner) => {
                let inner = everything(inner, leave_out);
                writeln!(text, "{}: {{{}}}", field.name, inner.trim_end().replace('\n', ", ")).unwrap();
            }
            _ => writeln!(text, "{}: {}", field.name, field.example).unwrap(),
        }
    }
    text
}

/// A field that is only in the table would be an error of serde, and a wrong example an error of ours.
#[test]
fn the_types_read_every_field_with_its_example() {
    for field in SEQUENTIAL_CONTAINERS.fields.iter().chain(FLAT.fields) {
        assert!(field.doc.ends_with('.'), "{}", field.name);
    }
    // Two fields set the image, and init containers support neither options of steps nor `startTimeout`.
    for leave_out in
        [&["entrypointImage", "strategy", "digest"][..], &["image", "steps", "startTimeout", "digest"]]
    {
        let text = everything(&SEQUENTIAL_CONTAINERS, leave_out);
        Config::from_yaml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
    for leave_out in ["strategy", "startTimeout"] {
        let text = everything(&FLAT, &[leave_out]);
        Config::from_yaml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
    for (root, object) in
        [(format!("{OWN}spec: "), &SEQUENTIAL_CONTAINERS), (format!("{CONFIG_MAP}data: "), &FLAT)]
    {
        let FieldType::Mapping(fields) = &object.fields[3].of else { unreachable!() };
        for field in fields.fields {
            let text = format!("{root}{{{}: }}", field.name);
            Config::from_yaml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        }
    }
}
