//! What a word on a command line means for a field: `quota.cpu=40` is text, `suspend=true` is not.

use kustomize::yaml::{Budget, Node, SourceId, Value as Yaml, parse};
use serde_json::{Map, Value};

use super::EditError;
use super::path::{Path, Step};
use crate::spec::entity::EntityKind;
use crate::spec::schema::schema;

/// The value that a text means for a field. Where the field takes text, it is text, whatever it looks like; otherwise,
/// and for lists and mappings, it is read as YAML. `null` is null everywhere.
///
/// # Errors
/// [`EditError::InvalidPath`] for a path that is not one.
pub fn value(kind: EntityKind, path: &str, text: &str) -> Result<Value, EditError> {
    let path: Path = path.parse()?;
    let root = schema(kind);
    let mut schemas = vec![&root];
    for step in path.steps() {
        schemas = schemas
            .iter()
            .flat_map(|schema| choices(&root, schema))
            .filter_map(|schema| below(schema, step))
            .collect();
    }
    let node = parse(SourceId(0), text.as_bytes(), &Budget::default())
        .ok()
        .filter(|documents| documents.len() == 1)
        .and_then(|mut documents| documents.pop());
    Ok(match node {
        Some(document) => fit(&root, &schemas, &document.root, text.trim()),
        None => Value::String(text.to_owned()),
    })
}

/// What a schema says by itself, by reference and by choice.
fn choices<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(at) = schema.get("$ref").and_then(Value::as_str) {
        let target = at.strip_prefix('#').and_then(|at| root.pointer(at));
        return target.map(|target| choices(root, target)).unwrap_or_default();
    }
    match ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.as_array()) {
        Some(all) => all.iter().flat_map(|schema| choices(root, schema)).collect(),
        None => vec![schema],
    }
}

fn below<'a>(schema: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Key(key) => schema
            .get("properties")
            .and_then(|properties| properties.get(key))
            .or_else(|| schema.get("patternProperties")?.as_object()?.values().next())
            .or_else(|| schema.get("additionalProperties").filter(|more| more.is_object())),
        Step::Index(_) | Step::Append => schema.get("items"),
    }
}

fn fit(root: &Value, schemas: &[&Value], node: &Node, text: &str) -> Value {
    let all: Vec<&Value> = schemas.iter().flat_map(|schema| choices(root, schema)).collect();
    let takes = |kind: &str| all.iter().any(|schema| schema["type"] == kind);
    let is_text = takes("string")
        || all.iter().any(|schema| schema["const"].is_string() || schema["enum"].is_array());
    match &node.value {
        Yaml::Null if text.is_empty() => Value::String(String::new()),
        Yaml::Null => Value::Null,
        Yaml::Mapping(mapping) if !is_text || takes("object") => {
            let mut fields = Map::new();
            for (key, value) in mapping.iter() {
                let key = key.key_text().into_owned();
                let step = Step::Key(key.clone());
                let schemas: Vec<&Value> =
                    all.iter().filter_map(|schema| below(schema, &step)).collect();
                fields.insert(key, fit(root, &schemas, value, value.text().unwrap_or_default()));
            }
            Value::Object(fields)
        }
        Yaml::Sequence(items) if !is_text || takes("array") => {
            let schemas: Vec<&Value> =
                all.iter().filter_map(|schema| below(schema, &Step::Append)).collect();
            items
                .iter()
                .map(|item| fit(root, &schemas, item, item.text().unwrap_or_default()))
                .collect()
        }
        Yaml::String(_) | Yaml::Mapping(_) | Yaml::Sequence(_) if is_text => {
            match (&node.value, node.style) {
                (Yaml::String(string), style) if style != kustomize::yaml::Style::Plain => {
                    Value::String(string.clone())
                }
                _ => Value::String(text.to_owned()),
            }
        }
        _ if is_text && !takes("boolean") && !takes("integer") => Value::String(text.to_owned()),
        _ => node.to_json(),
    }
}
