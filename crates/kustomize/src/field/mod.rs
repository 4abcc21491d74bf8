//! How kustomize reaches into a node: paths, what they find, what they create, and setting a field.
//!
//! kyaml has two kinds of paths. [`LookupPath`] leads to one node at most; transformers, variables and the
//! sources of replacements use it. [`MatchPath`] leads to any number of them, through `*` and regular
//! expressions; the targets of replacements use it. Beside them stand setting and clearing a field
//! ([`set_entry`], [`set_scalar`], [`clear_entry`]), with what becomes of styles, and reading one as a Go
//! value ([`value_at`]).
//!
//! Nodes and texts go in. This module knows no objects, no selectors and no files.
//!
//! What is odd on purpose: null is taken for every kind ([`require`]), so that a path through null finds
//! nothing and is no fault, and what is created below null is lost. A key is compared by its text, so
//! that `[port=80]` finds `port: "80"` and `port: 80` alike.

mod embedded;
mod error;
mod lookup;
mod matcher;
mod pattern;
mod set;
mod split;
mod value;
mod yaml11;

pub(crate) use embedded::Embedded;
pub use error::FieldError;
pub use lookup::LookupPath;
pub use matcher::{Found, Location, MatchPath};
pub use set::{clear_entry, set_entry, set_scalar};
pub use split::{smarter_split_path, split_path};
pub use value::{FieldValue, value_at};
pub use yaml11::is_yaml11_non_string;

use crate::yaml::{Mapping, Node, Value};

/// The longest path that is walked, which bounds the recursion.
pub(crate) const LONGEST_PATH: usize = 256;

/// As much of a path as a message needs.
pub(crate) fn shortened(path: &str) -> String {
    const LONG: usize = 80;
    match path.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}...", &path[..end]),
        None => path.to_owned(),
    }
}

/// What a node is to kyaml. Null is a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A string, a number, a boolean or null.
    Scalar,
    /// A mapping.
    Mapping,
    /// A sequence.
    Sequence,
}

impl NodeKind {
    /// The kind of a node.
    pub fn of(node: &Node) -> NodeKind {
        match node.value {
            Value::Mapping(_) => NodeKind::Mapping,
            Value::Sequence(_) => NodeKind::Sequence,
            _ => NodeKind::Scalar,
        }
    }

    /// An empty node of the kind, without a tag.
    pub fn create(self) -> Node {
        match self {
            NodeKind::Scalar => Node::untagged(""),
            NodeKind::Mapping => Node::new(Mapping::new()),
            NodeKind::Sequence => Node::new(Vec::new()),
        }
    }
}

impl std::fmt::Display for NodeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NodeKind::Scalar => "a scalar",
            NodeKind::Mapping => "a mapping",
            NodeKind::Sequence => "a sequence",
        })
    }
}

/// Whether a node is null, by its tag: text that was written over null is null as well.
pub fn is_null(node: &Node) -> bool {
    node.is_null() || node.tag.as_deref() == Some("!!null")
}

/// Whether a node is null, an empty mapping or an empty sequence.
pub fn is_null_or_empty(node: &Node) -> bool {
    match &node.value {
        Value::Mapping(mapping) => mapping.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => is_null(node),
    }
}

/// Refuses a node of another kind; null passes for all of them.
///
/// # Errors
///
/// [`FieldError::WrongKind`].
pub fn require(node: &Node, kind: NodeKind) -> Result<(), FieldError> {
    if is_null(node) || NodeKind::of(node) == kind {
        return Ok(());
    }
    Err(FieldError::WrongKind { expected: kind, found: node.kind(), span: node.span })
}

/// The tag that go-yaml has for a scalar, `""` for none. Mappings and sequences have none here.
pub(crate) fn go_tag(node: &Node) -> &str {
    match (&node.value, node.tag.as_deref()) {
        (_, Some(tag)) => tag,
        (Value::Null, None) => "!!null",
        (Value::Bool(_), None) => "!!bool",
        (Value::Int(_) | Value::UInt(_), None) => "!!int",
        (Value::Float(_), None) => "!!float",
        (Value::String(_), None) if node.is_timestamp() => "!!timestamp",
        (Value::String(_), None) if node.is_merge_text() => "!!merge",
        (Value::String(_), None) => "!!str",
        (Value::Mapping(_) | Value::Sequence(_), None) => "",
    }
}

/// Which child a field of a mapping is; nothing in null.
fn field_position(node: &Node, name: &str) -> Result<Option<usize>, FieldError> {
    require(node, NodeKind::Mapping)?;
    let Some(mapping) = node.as_mapping() else {
        return Ok(None);
    };
    Ok(mapping.entries().iter().position(|(key, _)| key.text() == Some(name)))
}

/// The items of a sequence; none in null.
fn elements(node: &Node) -> Result<&[Node], FieldError> {
    require(node, NodeKind::Sequence)?;
    Ok(node.as_sequence().unwrap_or_default())
}

fn child(node: &Node, at: usize) -> Option<&Node> {
    match &node.value {
        Value::Mapping(mapping) => mapping.entries().get(at).map(|(_, value)| value),
        Value::Sequence(items) => items.get(at),
        _ => None,
    }
}

fn child_mut(node: &mut Node, at: usize) -> Option<&mut Node> {
    match &mut node.value {
        Value::Mapping(mapping) => mapping.iter_mut().nth(at).map(|(_, value)| value),
        Value::Sequence(items) => items.get_mut(at),
        _ => None,
    }
}

/// Adds to a sequence and says which child it is. `None` for null, where it would be lost.
fn append(node: &mut Node, item: Node) -> Option<usize> {
    let items = node.as_sequence_mut()?;
    items.push(item);
    Some(items.len() - 1)
}

/// `{name: value}` as kyaml creates it to find it by that name.
fn element(name: &str, value: &str) -> Node {
    if name.is_empty() {
        return Node::untagged(value);
    }
    let mut mapping = Mapping::new();
    mapping.insert(Node::untagged(name), Node::untagged(value));
    Node::new(mapping)
}

/// A part of a path as Go's `strconv.Atoi` reads it.
fn index(part: &str) -> Option<i64> {
    part.parse().ok()
}

/// `[name=value]`, `[=value]`.
fn is_list_selector(part: &str) -> bool {
    part.starts_with('[') && part.ends_with(']')
}

/// The name and the value of a list selector; `None` without `=`.
fn split_selector(part: &str) -> Option<(&str, &str)> {
    let inner = part.strip_suffix(']').unwrap_or(part);
    inner.strip_prefix('[').unwrap_or(inner).split_once('=')
}

#[cfg(test)]
pub(crate) mod testing;
