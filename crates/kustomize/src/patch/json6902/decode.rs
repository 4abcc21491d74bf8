//! From the text of a patch to its operations.

use super::document::finish;
use super::{DecodeError, DecodeFault, JsonPatch, Member, Operation, OperationValue};
use crate::go::json::{self, Unsayable};
use crate::go::number::key_float;
use crate::yaml::{Mapping, Node, SourceId, Style, Value};

impl JsonPatch {
    /// Whether kustomize reads the text of a patch as JSON (with [`JsonPatch::from_json`]); if not,
    /// it is YAML ([`JsonPatch::from_yaml`]).
    pub(crate) fn is_json(text: &str) -> bool {
        text.starts_with('[')
    }

    /// A patch in JSON, for a text that [`JsonPatch::is_json`]. Spans count from the start of the
    /// text.
    ///
    /// # Errors
    ///
    /// Text that is no JSON, or no list of objects. What operations lack is not looked at before they
    /// are applied.
    pub(crate) fn from_json(source: SourceId, text: &str) -> Result<JsonPatch, DecodeError> {
        let node = json::read(source, text)
            .map_err(|error| DecodeError { span: error.span, fault: DecodeFault::Syntax(error) })?;
        JsonPatch::from_values(node)
    }

    /// A patch in YAML, from the first document of its text. The node must have been read with the
    /// rules of go-yaml v2 (`yes` is a boolean, a key may stand twice), as `sigs.k8s.io/yaml` does.
    ///
    /// # Errors
    ///
    /// Something else than a list of mappings, or what cannot be said in JSON wherever it stands.
    pub(crate) fn from_yaml(node: &Node) -> Result<JsonPatch, DecodeError> {
        JsonPatch::from_values(jsonable(node)?)
    }

    fn from_values(node: Node) -> Result<JsonPatch, DecodeError> {
        let null = node.is_null();
        let (found, span) = (node.kind(), node.span);
        let items = match node.value {
            Value::Sequence(items) => items,
            Value::Null => Vec::new(),
            _ => return Err(DecodeError { fault: DecodeFault::NotAList { found }, span }),
        };
        let mut operations =
            items.into_iter().map(Operation::from_value).collect::<Result<Vec<_>, _>>()?;
        let staged =
            operations.iter().any(Operation::needs_stages) || !finish_values(&mut operations);
        Ok(JsonPatch { operations, null, staged })
    }
}

/// Gives the values their last form, if every one can have it.
fn finish_values(operations: &mut [Operation]) -> bool {
    let values: Option<Vec<_>> = operations
        .iter()
        .map(|operation| match &operation.value {
            OperationValue::Node(node, levels) => {
                let mut node = node.clone();
                finish(&mut node).ok()?;
                Some(OperationValue::Node(node, *levels))
            }
            value => Some(value.clone()),
        })
        .collect();
    let finished = values.is_some();
    for (operation, value) in operations.iter_mut().zip(values.into_iter().flatten()) {
        operation.value = value;
    }
    finished
}

impl Operation {
    fn from_value(node: Node) -> Result<Operation, DecodeError> {
        let (found, span) = (node.kind(), node.span);
        let mut members = match node.value {
            Value::Mapping(members) => members,
            Value::Null => Mapping::new(),
            _ => return Err(DecodeError { fault: DecodeFault::NotAnOperation { found }, span }),
        };
        let value = match members.remove("value") {
            None => OperationValue::Missing,
            Some(value) if value.is_null() => OperationValue::Null,
            Some(value) => {
                let levels = value.levels();
                OperationValue::Node(value, levels)
            }
        };
        Ok(Operation {
            name: Member::from_value(members.remove("op")),
            path: Member::from_value(members.remove("path")),
            from: Member::from_value(members.remove("from")),
            value,
            span,
        })
    }

    /// Whether the operation looks at what JSON says of the document, or may add a key that does not
    /// survive.
    fn needs_stages(&self) -> bool {
        matches!(&self.name, Member::Text(name, _) if name == "test")
            || matches!(&self.path, Member::Text(path, _) if path.contains('\t'))
    }
}

impl Member {
    fn from_value(node: Option<Node>) -> Member {
        match node {
            None | Some(Node { value: Value::Null, .. }) => Member::Missing,
            Some(Node { value: Value::String(text), span, .. }) => Member::Text(text, span),
            Some(node) => Member::NotText(node.span),
        }
    }
}

/// A node as `sigs.k8s.io/yaml` turns it into JSON: keys become strings, and what JSON does not know
/// is an error.
fn jsonable(node: &Node) -> Result<Node, DecodeError> {
    let value = match &node.value {
        Value::Sequence(items) => {
            Value::Sequence(items.iter().map(jsonable).collect::<Result<_, _>>()?)
        }
        Value::Mapping(mapping) => {
            let mut entries = Vec::with_capacity(mapping.len());
            for (key, value) in mapping.iter() {
                entries.push((Node::string(key_text(key)?).at(key.span), jsonable(value)?));
            }
            entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
            entries.dedup_by(|later, earlier| {
                let same = later.0.as_str() == earlier.0.as_str();
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
            Value::Mapping(Mapping::from_entries(entries))
        }
        Value::Float(value) if !value.is_finite() => {
            let fault = DecodeFault::Value(Unsayable::not_finite(*value, node.span));
            return Err(DecodeError { fault, span: node.span });
        }
        value => value.clone(),
    };
    Ok(Node { style: Style::Auto, ..Node::new(value) }.at(node.span))
}

fn key_text(key: &Node) -> Result<String, DecodeError> {
    Ok(match &key.value {
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => key_float(*value),
        Value::Null | Value::UInt(_) | Value::Sequence(_) | Value::Mapping(_) => {
            let found = match key.value {
                Value::UInt(_) => "a number of this size",
                _ => key.kind(),
            };
            return Err(DecodeError { fault: DecodeFault::Key { found }, span: key.span });
        }
    })
}
