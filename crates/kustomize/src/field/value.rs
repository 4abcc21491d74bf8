//! A field as a Go value: kyaml's `GetFieldValue`.

use super::{FieldError, LookupPath, go_tag, smarter_split_path};
use crate::yaml::{Node, Value};

/// What kyaml reads a field as.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// Text, null (by its text) and dates.
    String(String),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A mapping or a sequence.
    Collection,
    /// A number that Go's decimal parsers do not take, such as `0x1F`, `1_000` or `.inf`.
    Unreadable,
}

/// The value of a field at a path with dots, in which `ports[0]` means the same as `ports.0`. `None` if it
/// is not there.
///
/// # Errors
///
/// A part of the path that does not fit what it meets.
pub fn value_at(root: &Node, path: &str) -> Result<Option<FieldValue>, FieldError> {
    let parts = smarter_split_path(path).into_iter().flat_map(split_index);
    Ok(LookupPath::new(parts).get(root)?.map(value))
}

/// `ports[0]` as `ports` and `0`.
fn split_index(mut part: String) -> Vec<String> {
    let Some(open) = part.strip_suffix(']').and_then(|inner| inner.rfind('[')) else {
        return vec![part];
    };
    let digits = &part[open + 1..part.len() - 1];
    // A dot in Go's expression does not match a line break.
    if digits.is_empty()
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
        || part[..open].contains('\n')
    {
        return vec![part];
    }
    let digits = digits.to_owned();
    part.truncate(open);
    if part.is_empty() { vec![digits] } else { vec![part, digits] }
}

fn value(node: &Node) -> FieldValue {
    if matches!(node.value, Value::Mapping(_) | Value::Sequence(_)) {
        return FieldValue::Collection;
    }
    let text = node.key_text();
    let value = match go_tag(node) {
        "!!int" => text.parse().ok().map(FieldValue::Int),
        "!!float" => go_float(&text).map(FieldValue::Float),
        "!!bool" => go_bool(&text).map(FieldValue::Bool),
        _ => return FieldValue::String(text.into_owned()),
    };
    value.unwrap_or(FieldValue::Unreadable)
}

/// Go's `strconv.ParseFloat`, as far as the text of a YAML number can reach it.
fn go_float(text: &str) -> Option<f64> {
    let starts_as_number =
        text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !starts_as_number || text.contains("inf") || text.contains("nan") {
        return None;
    }
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut underscores = (0..bytes.len()).filter(|&at| bytes[at] == b'_');
    if underscores.any(|at| at == 0 || !is_digit(at - 1) || !is_digit(at + 1)) {
        return None;
    }
    text.replace('_', "").parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Go's `strconv.ParseBool`.
fn go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::node;
    use super::*;

    fn at(object: &str, path: &str) -> Option<FieldValue> {
        value_at(&node(object), path).unwrap_or_default()
    }

    #[test]
    fn a_scalar_is_read_by_its_tag() {
        let text = |text: &str| Some(FieldValue::String(text.to_owned()));
        assert_eq!(at("a: x", "a"), text("x"));
        assert_eq!(at("a: '1'", "a"), text("1"));
        assert_eq!(at("a: 017", "a"), Some(FieldValue::Int(17)));
        assert_eq!(at("a: 1.50", "a"), Some(FieldValue::Float(1.5)));
        assert_eq!(at("a: True", "a"), Some(FieldValue::Bool(true)));
        assert_eq!(at("a: ~", "a"), text("~"));
        assert_eq!(at("a:", "a"), text(""));
        assert_eq!(at("a: 2020-01-01", "a"), text("2020-01-01"));
        assert_eq!(at("a: []", "a"), Some(FieldValue::Collection));
        assert_eq!(at("a: 0x1F", "a"), Some(FieldValue::Unreadable));
        assert_eq!(at("a: 1_000", "a"), Some(FieldValue::Unreadable));
        assert_eq!(at("a: .inf", "a"), Some(FieldValue::Unreadable));
        assert_eq!(at("a: 1", "b"), None);
    }

    #[test]
    fn an_index_may_stand_in_brackets() {
        let object = "ports: [{port: 1}, {port: 2}]\n";
        assert_eq!(at(object, "ports[1].port"), Some(FieldValue::Int(2)));
        assert_eq!(at(object, "ports.1.port"), Some(FieldValue::Int(2)));
        assert_eq!(at(object, "ports.[1].port"), Some(FieldValue::Int(2)));
        assert_eq!(at(object, "ports[2].port"), None);
    }
}
