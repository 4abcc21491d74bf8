//! A file of the description while it is being put together: fields in the order in which they are said.

use kustomize::yaml::{Budget, Node, SourceId, emit, parse};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::path::RepoPath;
use crate::spec::{EntityKind, edit};

/// The fields of an entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::cli) struct Document(pub Map<String, Value>);

impl Document {
    /// Reads a text with one mapping in it.
    ///
    /// # Errors
    /// In words, when it is something else.
    pub(in crate::cli) fn read(text: &str) -> Result<Self, String> {
        let documents =
            parse(SourceId(0), text.as_bytes(), &Budget::default()).map_err(|errors| {
                errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            })?;
        match documents.as_slice() {
            [document] => match document.root.to_json() {
                Value::Object(fields) => Ok(Self(fields)),
                _ => Err(format!("it holds {} and not a mapping", document.root.kind())),
            },
            [] => Err("it says nothing".to_owned()),
            _ => Err("it holds several documents".to_owned()),
        }
    }

    /// As a new file of the description.
    pub(in crate::cli) fn text(&self, kind: EntityKind, file: &RepoPath) -> String {
        edit::write(kind, file, &self.0)
    }

    /// Says a field, unless there is nothing to say: `None`, an empty list or an empty mapping.
    pub(in crate::cli) fn put(&mut self, path: &[&str], value: impl Serialize) {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        let nothing = match &value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        };
        let Some((last, folders)) = path.split_last().filter(|_| !nothing) else { return };
        let mut at = &mut self.0;
        for key in folders {
            let field = at.entry(*key).or_insert_with(|| Value::Object(Map::new()));
            if !field.is_object() {
                *field = Value::Object(Map::new());
            }
            let Some(fields) = field.as_object_mut() else { return };
            at = fields;
        }
        at.insert((*last).to_owned(), value);
    }

    /// Whether a field says something.
    pub(in crate::cli) fn has(&self, path: &[&str]) -> bool {
        let Some((first, rest)) = path.split_first() else { return !self.0.is_empty() };
        let field = self.0.get(*first);
        rest.iter().fold(field, |at, key| at.and_then(|at| at.get(*key))).is_some()
    }
}

/// Any value as block YAML.
pub(in crate::cli) fn yaml(value: &Value) -> String {
    emit::to_string(&Node::from_json(value))
}
