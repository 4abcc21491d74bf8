//! Fields of an object's metadata, read and written as kyaml does.

use std::collections::BTreeMap;

use super::is_empty;
use crate::field::{is_yaml11_non_string, set_entry};
use crate::yaml::{Mapping, Node, Style, Value};

/// The text of a field of the metadata; empty where there is none.
pub(crate) fn text<'n>(node: &'n Node, field: &str) -> &'n str {
    let field = node.get("metadata").and_then(|metadata| metadata.get(field));
    field.filter(|node| !is_empty(node)).and_then(Node::text).unwrap_or_default()
}

/// The metadata, made where there is none.
pub(crate) fn metadata_mut(node: &mut Node) -> &mut Node {
    child_mut(node, "metadata")
}

/// A mapping below a key, made where there is none.
fn child_mut<'n>(node: &'n mut Node, key: &str) -> &'n mut Node {
    let mapping = mapping_mut(node);
    if !mapping.contains_key(key) {
        mapping.insert(key, Mapping::new());
    }
    // It was put there just now.
    mapping.get_mut(key).unwrap_or_else(|| unreachable!("{key} was inserted"))
}

/// The mapping of a node, made in place of what is none.
fn mapping_mut(node: &mut Node) -> &mut Mapping {
    if node.as_mapping().is_none() {
        node.value = Value::Mapping(Mapping::new());
        node.style = Style::Auto;
        node.tag = None;
    }
    match &mut node.value {
        Value::Mapping(mapping) => mapping,
        _ => unreachable!("made a mapping above"),
    }
}

/// An entry of a map of the metadata.
pub(crate) fn entry<'n>(node: &'n Node, map: &str, key: &str) -> Option<&'n str> {
    let entry = node.get("metadata")?.get(map)?.get(key)?;
    Some(entry.text().unwrap_or_default())
}

/// A map of the metadata; values that are no text count as empty.
pub(crate) fn map(node: &Node, map: &str) -> BTreeMap<String, String> {
    let mapping = node.get("metadata").and_then(|metadata| metadata.get(map));
    let text = |node: &Node| node.key_text().into_owned();
    let mut entries = BTreeMap::new();
    match mapping.map(|node| &node.value) {
        Some(Value::Mapping(mapping)) => {
            for (key, value) in mapping.iter() {
                // Of a key that stands twice the later one counts.
                entries.insert(text(key), text(value));
            }
        }
        // kyaml takes the items of a sequence for keys and values in turn.
        Some(Value::Sequence(items)) => {
            entries.extend(items.chunks_exact(2).map(|pair| (text(&pair[0]), text(&pair[1]))));
        }
        _ => {}
    }
    entries
}

/// Writes a map of the metadata anew, every value as a string; an empty map goes.
pub(crate) fn set_map(node: &mut Node, map: &str, entries: &BTreeMap<String, String>) {
    let metadata = metadata_mut(node);
    clear(metadata, map);
    if entries.is_empty() {
        return;
    }
    // kyaml makes keys without a tag, so that one that looks like a number becomes one.
    let entries = entries
        .iter()
        .map(|(key, value)| (Node::untagged(key.as_str()), new_string(value.as_str())));
    mapping_mut(metadata).insert(map, entries.collect::<Mapping>());
}

/// Sets one annotation; an empty map that is there is written anew.
pub(crate) fn set_annotation(node: &mut Node, key: &str, value: &str) {
    let metadata = metadata_mut(node);
    let empty = |node: &Node| match &node.value {
        Value::Mapping(mapping) => mapping.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => true,
    };
    if metadata.get("annotations").is_some_and(empty) {
        clear(metadata, "annotations");
    }
    let value = Node { style: Style::SingleQuoted, ..Node::string(value) };
    set_field(child_mut(metadata, "annotations"), key, value);
}

/// A string in the style that kyaml gives a new one, which whatever overwrites it takes on.
pub(crate) fn new_string(text: impl Into<String>) -> Node {
    let mut node = Node::string(text);
    let text = node.as_str().unwrap_or_default();
    node.style = if text.contains('\n') {
        Style::Literal
    } else if is_yaml11_non_string(text) {
        Style::DoubleQuoted
    } else {
        Style::Auto
    };
    node
}

/// Takes a key away.
pub(crate) fn clear(node: &mut Node, key: &str) {
    if let Some(mapping) = node.as_mapping_mut() {
        mapping.remove(key);
    }
}

/// Sets a field of what is a mapping, or becomes one.
pub(crate) fn set_field(node: &mut Node, key: &str, mut value: Node) {
    mapping_mut(node);
    // It is a mapping, so nothing can be wrong with it.
    let _ = set_entry(node, key, &mut value);
}
