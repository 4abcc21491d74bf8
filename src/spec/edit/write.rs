//! Values as text: on one line where they fit, as a block where they do not.

use kustomize::yaml::quote_scalar;
use serde_json::{Map, Value};

use crate::path::RepoPath;
use crate::spec::entity::EntityKind;
use crate::spec::schema::{schema, schema_line};

/// The widest line that a mapping or a list is written on.
const WIDTH: usize = 100;

/// A new file of the description: the schema's line first, then the fields in the order of the type, whatever order
/// they come in.
#[must_use]
pub fn write(kind: EntityKind, file: &RepoPath, value: &Map<String, Value>) -> String {
    let schema = schema(kind);
    let order: Vec<&String> =
        schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key).collect();
    let mut fields: Vec<(&String, &Value)> = value.iter().collect();
    fields
        .sort_by_key(|(key, _)| order.iter().position(|known| known == key).unwrap_or(usize::MAX));
    let mut out = schema_line(file, kind);
    out.push('\n');
    for (key, value) in fields {
        entry(key, value, 0, &mut out);
    }
    out
}

/// A value on one line, as it may stand anywhere.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quote_scalar(text).into_owned(),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{}: {}", quote_scalar(key), inline(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}

/// Writes `key: value` and a line break at an indentation.
pub(super) fn entry(key: &str, value: &Value, indent: usize, out: &mut String) {
    out.push_str(&" ".repeat(indent));
    out.push_str(&quote_scalar(key));
    out.push(':');
    after_colon(value, indent, out);
}

/// Writes what follows a key's colon, and a line break.
pub(super) fn after_colon(value: &Value, indent: usize, out: &mut String) {
    let line = inline(value);
    let column = out.rsplit('\n').next().map_or(0, |line| line.chars().count());
    let fits = column + 1 + line.chars().count() <= WIDTH && !deep(value);
    match value {
        Value::Object(fields) if !fits && !fields.is_empty() => {
            out.push('\n');
            for (key, value) in fields {
                entry(key, value, indent + 2, out);
            }
        }
        Value::Array(items) if !fits && !items.is_empty() => {
            out.push('\n');
            for item in items {
                out.push_str(&" ".repeat(indent + 2));
                out.push_str("- ");
                out.push_str(&inline(item));
                out.push('\n');
            }
        }
        _ => {
            out.push(' ');
            out.push_str(&line);
            out.push('\n');
        }
    }
}

/// Whether a mapping is better read as a block: one whose values are mappings of mappings.
fn deep(value: &Value) -> bool {
    fn depth(value: &Value) -> usize {
        match value {
            Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
            Value::Array(items) => items.iter().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }
    value.is_object() && depth(value) > 1
}
