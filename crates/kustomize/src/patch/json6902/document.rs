//! What the way through JSON makes of a document: scalars as they are printed at first, as go-yaml
//! writes and reads them at last.

use super::JsonPatchError;
use super::container::Null;
use crate::go::json::{Unsayable, key_text};
use crate::yaml::{ErrorKind, Mapping, Node, Settled, Style, Value, is_lost_in_block};

/// How far a document goes on its way through JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// To what JSON says of it.
    Json,
    /// To what is read from there.
    Whole,
}

/// Sends a document into JSON, and out of it again for [`Stage::Whole`]. Says whether everything got
/// as far: what [`finish`] would refuse may be gone by the end of a patch.
pub(super) fn settle(document: &mut Node, stage: Stage) -> Result<bool, Unsayable> {
    settle_node(document, stage, Place { outermost: true, flow: false })
}

/// Where a node stands.
#[derive(Clone, Copy)]
struct Place {
    outermost: bool,
    /// Whether it is written within `{...}` or `[...]`.
    flow: bool,
}

fn settle_node(node: &mut Node, stage: Stage, place: Place) -> Result<bool, Unsayable> {
    node.shared = None;
    let within = Place { outermost: false, flow: place.flow || node.style == Style::Flow };
    let mut clean = true;
    match &mut node.value {
        Value::Sequence(items) => {
            for item in items.iter_mut() {
                clean &= settle_node(item, stage, within)?;
            }
        }
        Value::Mapping(mapping) => {
            mapping.merge_left()?;
            for (key, value) in mapping.entries_mut() {
                if key.as_str().is_none() || key.tag.is_some() || key.is_timestamp() {
                    key.value = Value::String(key_text(key, place.outermost)?);
                }
                key.source_text = None;
                clean &= finish_scalar(key, stage);
                clean &= settle_node(value, stage, within)?;
            }
            sort(mapping);
            if let Some((first, second)) = mapping.neighbouring_twins() {
                let key = second.as_str().unwrap_or_default().to_owned();
                let kind = ErrorKind::DuplicateKey { key, first: first.span };
                return Err(crate::yaml::Error { kind, span: second.span }.into());
            }
        }
        _ => {
            if !place.flow && node.as_str().is_some_and(|text| is_lost_in_block(text, node.style)) {
                return Err(Unsayable::TabFirst { span: node.span });
            }
            if let Some(value) = settled_value(node, place.flow)? {
                node.value = value;
            }
            node.source_text = None;
            return Ok(finish_scalar(node, stage));
        }
    }
    finish_collection(node);
    Ok(clean)
}

/// The value that a scalar has in JSON, if it is another one.
fn settled_value(node: &Node, flow: bool) -> Result<Option<Value>, Unsayable> {
    Ok(match node.settled_within(flow)? {
        None => None,
        Some(Settled::Null) => Some(Value::Null),
        Some(Settled::Bool(value)) => Some(Value::Bool(value)),
        Some(Settled::Int(value)) => Some(Value::Int(value)),
        Some(Settled::UInt(value)) => Some(Value::UInt(value)),
        Some(Settled::Float(value)) if value.is_finite() => Some(Value::Float(value)),
        Some(Settled::Float(value)) => return Err(Unsayable::not_finite(value, node.span)),
        Some(Settled::String(text)) => match node.as_str() {
            Some(same) if same == text => None,
            _ => Some(Value::String(text.into_owned())),
        },
        Some(Settled::Timestamp(time)) => Some(Value::String(time)),
    })
}

fn finish_scalar(node: &mut Node, stage: Stage) -> bool {
    node.tag = None;
    node.shared = None;
    node.style = Style::Auto;
    stage == Stage::Json || node.become_encoded().is_ok()
}

fn finish_collection(node: &mut Node) {
    node.tag = None;
    node.source_text = None;
    let empty = match &node.value {
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(mapping) => mapping.is_empty(),
        _ => false,
    };
    node.style = if empty { Style::Flow } else { Style::Plain };
}

/// Sorts by the bytes of the keys.
pub(super) fn sort(mapping: &mut Mapping) {
    mapping.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
}

/// Brings a value that JSON says to the form in which it is read from there.
pub(super) fn finish(node: &mut Node) -> Result<(), JsonPatchError> {
    match &mut node.value {
        Value::Sequence(items) => {
            for item in items {
                finish(item)?;
            }
        }
        Value::Mapping(mapping) => {
            for (key, value) in mapping.entries_mut() {
                key.become_encoded().map_err(JsonPatchError::Tab)?;
                finish(value)?;
            }
            sort(mapping);
        }
        Value::Float(value) if !value.is_finite() => {
            let text = node.text().unwrap_or_default().to_owned();
            return Err(JsonPatchError::NumberTooLarge { text, span: node.span });
        }
        _ => return node.become_encoded().map_err(JsonPatchError::Tab),
    }
    finish_collection(node);
    Ok(())
}

/// A copy as the Go library makes it, by writing the value: strings that a JSON patch wrote in its
/// own way are written in Go's, and nulls lose their kind.
pub(super) fn copy(node: &Node) -> Node {
    let mut copy = match Null::of(node) {
        Some(Null::Given | Null::Copied) => return Null::Copied.node().at(node.span),
        _ => node.clone(),
    };
    forget_ways_of_writing(&mut copy);
    copy
}

fn forget_ways_of_writing(node: &mut Node) {
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(forget_ways_of_writing),
        Value::Mapping(mapping) => {
            mapping.iter_mut().for_each(|(_, value)| forget_ways_of_writing(value));
        }
        Value::Null => node.source_text = None,
        Value::String(_) => {
            if let Some(raw) = &node.source_text {
                node.source_text = Some(escape_html(raw).into());
            }
        }
        _ => {}
    }
}

/// What `json.Marshal` escapes in a text that is JSON already.
fn escape_html(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for character in raw.chars() {
        match character {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            character => out.push(character),
        }
    }
    out
}
