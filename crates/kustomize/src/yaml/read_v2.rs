//! What the composer does differently by the rules of go-yaml v2 (`resolve.go`, `decode.go`), and the
//! way to JSON that `sigs.k8s.io/yaml` takes: kustomization files, JSON patches and the configuration
//! of plugins are read like this, resources are not.

use std::borrow::Cow;

use super::read::{LONG_TAG, parse_with};
use super::scalar::{self, Plain};
use super::{Budget, Error, ErrorKind, Node, ReadOptions, ReadRules, SourceId};
use super::{Span, Style, Value};

/// Reads the first document of a file as `sigs.k8s.io/yaml` makes JSON of it; null for a file without
/// content.
///
/// As [`parse_with`] reads it by [`ReadRules::GoYamlV2`], and whole floats are integers where they
/// fit: `3.0` and `3` are the same in JSON as Go writes it.
///
/// ```
/// use kustomize::yaml::{Budget, SourceId, yaml_to_json};
///
/// let text = "b: on\na: 0o14\na: 2.0\n3: 2001-01-01\n---\nnot: looked at";
/// let root = yaml_to_json(SourceId(0), text.as_bytes(), &Budget::default()).unwrap();
/// assert_eq!(root.to_json().to_string(), r#"{"3":"2001-01-01","a":2,"b":true}"#);
/// ```
///
/// # Errors
///
/// As [`parse`](super::parse), and for `.inf` and `.nan`.
pub fn yaml_to_json(source: SourceId, bytes: &[u8], budget: &Budget) -> Result<Node, Vec<Error>> {
    let options =
        ReadOptions { budget: *budget, rules: ReadRules::GoYamlV2 { unique_keys: false } };
    let documents = parse_with(source, bytes, &options)?;
    let mut root = documents.into_iter().next().map(|document| document.root).unwrap_or_default();
    to_json_numbers(&mut root);
    match first_not_finite(&root) {
        Some(error) => Err(vec![error]),
        None => Ok(root),
    }
}

/// Gives numbers the type that they have once Go wrote them as JSON and something read it again.
pub(crate) fn to_json_numbers(node: &mut Node) {
    match &mut node.value {
        // From here on Go writes an exponent.
        Value::Float(value) if value.fract() == 0.0 && value.abs() < 1e21 => {
            let digits = value.to_string();
            if let Ok(value) = digits.parse() {
                node.value = Value::Int(value);
            } else if let Ok(value) = digits.parse() {
                node.value = Value::UInt(value);
            }
        }
        Value::Sequence(items) => items.iter_mut().for_each(to_json_numbers),
        Value::Mapping(mapping) => {
            mapping.iter_mut().for_each(|(_, value)| to_json_numbers(value));
        }
        _ => {}
    }
}

/// What a key is tagged with while its mapping is open, if it is a merge key.
const MERGE: &str = "!!merge";

pub(super) fn is_merge(key: &Node) -> bool {
    key.tag.as_deref() == Some(MERGE)
}

pub(super) fn scalar_node(
    tag: Option<&str>,
    text: Cow<'_, str>,
    style: Style,
    span: Span,
) -> Result<Node, Error> {
    let known = tag.map(|tag| tag.strip_prefix(LONG_TAG).unwrap_or(tag));
    let mismatch = |text: &str| {
        let tag = format!("!!{}", known.unwrap_or_default());
        Error { kind: ErrorKind::TagMismatch { tag, text: text.to_owned() }, span }
    };
    let mut merge = false;
    let value = match known {
        None if style != Style::Plain => None,
        None => {
            merge = text == "<<";
            resolve(&text)
        }
        Some("!" | "merge") => {
            merge = text == "<<";
            None
        }
        Some("null" | "bool" | "int" | "float") => {
            match (known, resolve(&text).ok_or_else(|| mismatch(&text))?) {
                (Some("float"), Value::Int(value)) => Some(Value::Float(value as f64)),
                (Some("null"), value @ Value::Null)
                | (Some("bool"), value @ Value::Bool(_))
                | (Some("int"), value @ (Value::Int(_) | Value::UInt(_)))
                | (Some("float"), value @ Value::Float(_)) => Some(value),
                _ => return Err(mismatch(&text)),
            }
        }
        Some("timestamp") if scalar::is_timestamp(&text) => None,
        Some("timestamp" | "binary") => return Err(mismatch(&text)),
        Some(_) => None,
    };
    let value = value.unwrap_or_else(|| Value::String(text.into_owned()));
    Ok(Node { value, span, tag: merge.then(|| MERGE.into()), ..Node::default() })
}

/// What a plain scalar is; none for text.
fn resolve(text: &str) -> Option<Value> {
    if let Some(value) = scalar::legacy_bool(text) {
        return Some(Value::Bool(value));
    }
    if has_signed_octal_digits(text) {
        return None;
    }
    match scalar::resolve(text) {
        Plain::Null => Some(Value::Null),
        Plain::Bool(value) => Some(Value::Bool(value)),
        Plain::Int(value) => Some(Value::Int(value)),
        Plain::UInt(value) => Some(Value::UInt(value)),
        Plain::Float(value) => Some(Value::Float(value)),
        Plain::Merge | Plain::Text => None,
    }
}

/// `0o-7` and `0o+7`, which v3 alone takes for numbers.
fn has_signed_octal_digits(text: &str) -> bool {
    text.strip_prefix('0').is_some_and(|rest| {
        let mut rest = rest.chars().filter(|c| *c != '_');
        rest.next() == Some('o') && matches!(rest.next(), Some('+' | '-'))
    })
}

/// Makes a string of a key, as `sigs.k8s.io/yaml` does; the tag of merge keys stays.
pub(super) fn make_key(key: &mut Node) -> Result<(), Error> {
    let refuse = |kind| Err(Error { kind, span: key.span });
    let text = match &key.value {
        Value::String(_) => return Ok(()),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => scalar::format_float32(*value),
        Value::Null => return refuse(ErrorKind::KeyNotText { found: "null" }),
        Value::UInt(_) => return refuse(ErrorKind::KeyNotText { found: "a number this large" }),
        Value::Sequence(_) | Value::Mapping(_) => {
            return refuse(ErrorKind::KeyNotScalar { found: key.kind() });
        }
    };
    key.value = Value::String(text);
    Ok(())
}

/// Puts what merge keys bring in where they stand: the later of two entries wins, wherever it came
/// from.
pub(super) fn merge(entries: Vec<(Node, Node)>) -> Result<Vec<(Node, Node)>, Error> {
    let mut merged = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if !is_merge(&key) {
            merged.push((key, value));
            continue;
        }
        let invalid = |node: &Node, span| Error {
            kind: ErrorKind::InvalidMerge { found: node.kind() },
            span,
        };
        match value.value {
            Value::Mapping(mapping) => merged.extend(mapping),
            Value::Sequence(items) => {
                // Among those of one merge key the earlier ones win.
                for item in items.into_iter().rev() {
                    let error = invalid(&item, item.span);
                    let Value::Mapping(mapping) = item.value else { return Err(error) };
                    merged.extend(mapping);
                }
            }
            _ => return Err(invalid(&value, key.span)),
        }
    }
    Ok(merged)
}

/// Sorts entries by their keys, which leaves the last of those with one key; returns the places of the
/// keys that had been set and the keys that set them again.
pub(super) fn sort(entries: &mut Vec<(Node, Node)>) -> Vec<(Span, Node)> {
    fn text(key: &Node) -> &str {
        key.as_str().unwrap_or_default()
    }
    entries.sort_by(|(a, _), (b, _)| text(a).cmp(text(b)));
    let mut overridden = Vec::new();
    entries.dedup_by(|later, kept| {
        let same = text(&later.0) == text(&kept.0);
        if same {
            std::mem::swap(later, kept);
            overridden.push((later.0.span, kept.0.clone()));
        }
        same
    });
    overridden
}

/// The first number of a tree that JSON cannot say.
pub(crate) fn first_not_finite(node: &Node) -> Option<Error> {
    match &node.value {
        Value::Float(value) if !value.is_finite() => {
            let text = if value.is_nan() { ".nan" } else { ".inf" };
            Some(Error { kind: ErrorKind::NotFinite { text }, span: node.span })
        }
        Value::Sequence(items) => items.iter().find_map(first_not_finite),
        Value::Mapping(mapping) => mapping.values().find_map(first_not_finite),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, Vec<Error>> {
        yaml_to_json(SourceId(0), text.as_bytes(), &Budget::default())
    }

    #[test]
    fn of_a_key_that_is_set_twice_the_last_value_and_its_place_count() {
        let text = "a: 1\nx: &x {a: 2}\n<<: *x\n";
        let root = read(text).unwrap_or_default();
        assert_eq!(root.to_json().to_string(), r#"{"a":2,"x":{"a":2}}"#);
        let place = |node: Option<&Node>| node.map(|node| &text[node.span.range()]);
        assert_eq!(place(root.get("a")), Some("2"));
        let refused = parse_with(
            SourceId(0),
            text.as_bytes(),
            &ReadOptions {
                rules: ReadRules::GoYamlV2 { unique_keys: true },
                ..ReadOptions::default()
            },
        );
        let errors = refused.err().unwrap_or_default();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].to_string(), "the key `a` is already set in this mapping");
        assert_eq!(place(Some(&Node::default().at(errors[0].span))), Some("a"));
    }

    #[test]
    fn an_alias_of_a_merge_key_is_a_key_like_any_other() {
        let json = |text| read(text).map(|root| root.to_json().to_string());
        let text = "- &a <<\n- {*a : {a: 1}}\n- &b a\n- {*b : *b}\n";
        assert_eq!(json(text), Ok(r#"["<<",{"<<":{"a":1}},"a",{"a":"a"}]"#.to_owned()));
    }

    #[test]
    fn numbers_that_json_cannot_say_are_refused_where_they_stand() {
        let errors = read("a: [1, -.inf]").err().unwrap_or_default();
        assert_eq!(errors[0].span, Span::new(SourceId(0), 7, 12));
        assert_eq!(errors[0].to_string(), "`.inf` is no number that can be used here");
    }
}
