//! Describes a field of the configuration, like `kubectl explain`.
//!
//! Knows the table of fields, and how to lay out a row on a terminal with 80 columns.

use super::fields::SEQUENTIAL_CONTAINERS;
use super::suggest::suggest;
use super::table::{ConfigField, FieldType, MappingType};
use super::{API_VERSION, KIND};
use crate::diagnostic::{Error, Rule};
use std::fmt::Write as _;

const WIDTH: usize = 80;

/// The type, the default, the meaning and an example of a field of `SequentialContainers`, by its path, such as
/// `spec.steps.timeout`. The empty path is the whole object. Fails for a path that leads to no field.
///
/// ```
/// let text = kueueleuleu::config::explain("spec.steps.timeout")?;
/// assert!(text.contains("FIELD: timeout <string>") && text.contains("EXAMPLE:\n    timeout: 20m"));
/// # Ok::<(), kueueleuleu::Error>(())
/// ```
pub fn explain(path: &str) -> Result<String, Error> {
    let mut object = Some(&SEQUENTIAL_CONTAINERS);
    let mut field: Option<&'static ConfigField> = None;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        // `steps[0]` and `steps[]` are fields of the items of `steps`, too.
        let name = name.split('[').next().unwrap_or(name);
        let Some(within) = object else {
            let parent = field.map_or("", |field| field.name);
            return Err(Error::new(Rule::InvalidUsage, format!("`{parent}` has no field `{name}`"))
                .help(format!("`{parent}` has no known fields")));
        };
        let found = within.field(name).ok_or_else(|| {
            let help = match (field, SEQUENTIAL_CONTAINERS.field("spec").and_then(|spec| object_of(&spec.of)))
            {
                (None, Some(spec)) if spec.field(name).is_some() => format!("did you mean `spec.{path}`?"),
                _ => suggest(name, &within.names()),
            };
            Error::new(Rule::InvalidUsage, format!("there is no field `{name}` in `{path}`")).help(help)
        })?;
        object = object_of(&found.of);
        field = Some(found);
    }
    Ok(page(field, object))
}

/// The mapping with known fields that a value is, or that the items of a list are.
fn object_of(of: &FieldType) -> Option<&'static MappingType> {
    match of {
        FieldType::Mapping(object) => Some(object),
        FieldType::List(item) => object_of(item),
        _ => None,
    }
}

fn page(field: Option<&ConfigField>, object: Option<&'static MappingType>) -> String {
    let mut out = format!("KIND:    {KIND}\nVERSION: {API_VERSION}\n");
    if let Some(field) = field {
        let required = if field.is_required { " -required-" } else { "" };
        let _ = writeln!(out, "\nFIELD: {} <{}>{required}", field.name, type_name(&field.of));
    }
    section(&mut out, "DESCRIPTION", field.map_or(SEQUENTIAL_CONTAINERS.doc, |field| field.doc));
    if let Some(field) = field {
        values(&mut out, &field.of);
        if let Some(pattern) = field.pattern {
            section(&mut out, "PATTERN", pattern);
        }
        if let Some(default) = field.default {
            section(&mut out, "DEFAULT", default);
        }
        section(&mut out, "EXAMPLE", &format!("{}: {}", field.name, field.example));
    }
    if let Some(object) = object {
        out += "\nFIELDS:\n";
        for field in object.fields {
            let required = if field.is_required { " -required-" } else { "" };
            let _ = writeln!(out, "  {} <{}>{required}", field.name, type_name(&field.of));
            wrap(&mut out, field.doc);
            out.push('\n');
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

fn section(out: &mut String, title: &str, text: &str) {
    let _ = writeln!(out, "\n{title}:");
    wrap(out, text);
}

/// The accepted strings, each with its meaning.
fn values(out: &mut String, of: &FieldType) {
    if let FieldType::OneOf(choice) = of {
        out.push_str("\nVALUES:\n");
        for (value, doc) in choice.values {
            wrap(out, &format!("{value}: {doc}"));
        }
    }
}

/// Writes a text in lines of [`WIDTH`] columns, indented.
fn wrap(out: &mut String, text: &str) {
    let mut column = 0;
    for word in text.split(' ') {
        let width = word.chars().count();
        if column == 0 || column + 1 + width > WIDTH {
            out.push_str(if column == 0 { "    " } else { "\n    " });
            column = 4 + width;
        } else {
            out.push(' ');
            column += 1 + width;
        }
        out.push_str(word);
    }
    out.push('\n');
}

fn type_name(of: &FieldType) -> String {
    match of {
        FieldType::String | FieldType::Constant(_) | FieldType::OneOf(_) => "string".to_owned(),
        FieldType::Boolean => "boolean".to_owned(),
        FieldType::Count => "integer".to_owned(),
        FieldType::List(item) => format!("[]{}", type_name(item)),
        FieldType::Mapping(object) => object.name.to_owned(),
        FieldType::Strings => "map[string]string".to_owned(),
        FieldType::Quantities => "map[string]Quantity".to_owned(),
        FieldType::Free => "Object".to_owned(),
    }
}
