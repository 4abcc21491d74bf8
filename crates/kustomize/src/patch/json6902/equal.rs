//! When two values are the same: to `test`, and to people.

use std::borrow::Cow;

use super::container::Null;
use crate::go::json::write_escaped;
use crate::go::number::json_float;
use crate::yaml::{Node, Value};

/// Whether a value of the document passes a test for another, as the Go library has it: scalars by
/// their JSON texts, and nulls of some kinds by no means at all (where the library crashes, the test
/// fails).
pub(super) fn passes(value: &Node, wanted: &Node) -> bool {
    match (&value.value, &wanted.value) {
        (Value::Mapping(mapping), Value::Mapping(other)) => {
            let same = |key: &Node, value: &Node| {
                let wanted = key.text().and_then(|key| other.get(key))?;
                let nothing = (Null::of(value), Null::of(wanted));
                Some(match nothing {
                    (Some(Null::Nothing), Some(Null::Nothing)) => true,
                    (Some(Null::Nothing), _) | (_, Some(Null::Nothing)) => false,
                    _ => passes(value, wanted),
                })
            };
            mapping.len() == other.len()
                && mapping.iter().all(|(key, value)| same(key, value) == Some(true))
        }
        (Value::Sequence(items), Value::Sequence(others)) => {
            items.len() == others.len()
                && items.iter().zip(others).all(|(item, other)| passes(item, other))
        }
        (Value::Null, wanted) => match Null::of(value) {
            Some(Null::Given) => matches!(wanted, Value::Null),
            Some(Null::Copied) => matches!(wanted, Value::Mapping(mapping) if mapping.is_empty()),
            _ => false,
        },
        (Value::Mapping(_) | Value::Sequence(_), _) => false,
        (_, Value::Mapping(_) | Value::Sequence(_) | Value::Null) => false,
        _ => literal(value) == literal(wanted),
    }
}

/// The JSON text of a scalar, without quotes for a string; never the same for two types but for
/// strings, which start with a quote here.
fn literal(node: &Node) -> Cow<'_, str> {
    match (&node.value, node.source_text.as_deref()) {
        (Value::String(_), Some(raw)) => Cow::Owned(format!("\"{raw}")),
        (Value::String(text), None) => {
            let mut out = String::with_capacity(text.len() + 1);
            out.push('"');
            write_escaped(&mut out, text);
            Cow::Owned(out)
        }
        (Value::Bool(true), _) => Cow::Borrowed("true"),
        (Value::Bool(false), _) => Cow::Borrowed("false"),
        (Value::Int(_) | Value::UInt(_) | Value::Float(_), Some(raw)) => Cow::Borrowed(raw),
        (Value::Int(value), None) => Cow::Owned(value.to_string()),
        (Value::UInt(value), None) => Cow::Owned(value.to_string()),
        (Value::Float(value), None) => Cow::Owned(json_float(*value)),
        (Value::Null | Value::Sequence(_) | Value::Mapping(_), _) => Cow::Borrowed(""),
    }
}

/// Whether two values are printed alike.
pub(super) fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Mapping(a), Value::Mapping(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| {
                    key.text().and_then(|key| b.get(key)).is_some_and(|other| same(value, other))
                })
        }
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (a, b) => matches!((float(a), float(b)), (Some(a), Some(b)) if a == b),
    }
}

/// A number as JSON has it once it was read.
pub(super) fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::UInt(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}
