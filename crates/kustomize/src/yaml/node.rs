//! The tree that a document is read into.

use std::borrow::Cow;
use std::num::NonZeroU32;

use super::beside::Beside;
use super::{Mapping, Rare, Span};

/// A value of a document, with its place and the way it was written.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands. What an alias repeats has the place of what it repeats.
    pub span: Span,
    /// The explicit tag in its short form, such as `!!str` or `!custom`.
    pub tag: Option<Rare>,
    /// How it was written.
    pub style: Style,
    /// The text of a scalar that is no string, as it was written (`0x1F`, `1_000`, `~`). `None`
    /// for nodes that were not read from a file.
    pub source_text: Option<Rare>,
    /// Scalars of one object with the same number are one and the same to kustomize, which adds one
    /// node in several places: what is written to one of them is written to all.
    pub(crate) shared: Option<Shared>,
    /// Comments, and the name by which others repeat it; only where somebody asked for them.
    pub(crate) beside: Option<Box<Beside>>,
}

/// Which scalars are one and the same, and how often this one was written since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    pub(crate) group: NonZeroU32,
    pub(crate) writes: u32,
}

/// What a node is, by go-yaml v3's rules for plain scalars.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`, `~` or nothing at all.
    #[default]
    Null,
    /// `true` or `false`. (`yes`, `no`, `on` and `off` are strings, unless a field wants a bool.)
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// A whole number beyond `i64`.
    UInt(u64),
    /// Any other number, `.inf` and `.nan` included.
    Float(f64),
    /// Text. Dates are text as well.
    String(String),
    /// `[a, b]`, or a list of dashes.
    Sequence(Vec<Node>),
    /// `{a: b}`, or a block of keys.
    Mapping(Mapping),
}

/// How a node is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// As the emitter sees fit: block form, and quotes where a string needs them.
    #[default]
    Auto,
    /// A scalar without quotes, or a mapping or a sequence in block form.
    Plain,
    /// `'...'`
    SingleQuoted,
    /// `"..."`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// `{...}` or `[...]`
    Flow,
}

impl Node {
    /// A node that came from no file.
    pub fn new(value: impl Into<Value>) -> Node {
        Node { value: value.into(), ..Node::default() }
    }

    /// The same node at another place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Node {
        self.span = span;
        self
    }

    /// What the node is, for messages: `a mapping`, `a string`.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null if self.is_alias() => "an alias",
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::Sequence(_) => "a sequence",
            Value::Mapping(_) => "a mapping",
        }
    }

    /// The text of a scalar as it stands in the file (without quotes), of any type. For a node that
    /// came from no file there is one for strings, booleans and null only.
    pub fn text(&self) -> Option<&str> {
        match (&self.value, &self.source_text) {
            (Value::String(text), _) => Some(text),
            (Value::Sequence(_) | Value::Mapping(_), _) => None,
            (_, Some(text)) => Some(text),
            (Value::Null, None) if self.is_alias() => None,
            (Value::Null, None) => Some("null"),
            (Value::Bool(true), None) => Some("true"),
            (Value::Bool(false), None) => Some("false"),
            (_, None) => None,
        }
    }

    /// The text of a scalar, even of a number that came from no file, which has the form that Go
    /// gives it. Empty for mappings and sequences.
    pub fn key_text(&self) -> Cow<'_, str> {
        match (self.text(), &self.value) {
            (Some(text), _) => Cow::Borrowed(text),
            (None, Value::Sequence(_) | Value::Mapping(_) | Value::Null) => Cow::Borrowed(""),
            (None, value) => super::emit::canonical_text(value),
        }
    }

    /// Whether the node is null.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null) && !self.is_alias()
    }

    /// The text of a string; `None` for every other type.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The whole number, if it fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.value {
            Value::Int(value) => Some(value),
            Value::UInt(value) => i64::try_from(value).ok(),
            _ => None,
        }
    }

    /// The mapping.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The mapping, to change it.
    pub fn as_mapping_mut(&mut self) -> Option<&mut Mapping> {
        match &mut self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The items of the sequence.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The items of the sequence, to change them.
    pub fn as_sequence_mut(&mut self) -> Option<&mut Vec<Node>> {
        match &mut self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.as_mapping_mut()?.get_mut(key)
    }

    /// The node at a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)); `""` is the
    /// node itself. `None` for a pointer that does not start with `/`.
    pub fn pointer(&self, pointer: &str) -> Option<&Node> {
        if pointer.is_empty() {
            return Some(self);
        }
        let mut node = self;
        for segment in pointer.strip_prefix('/')?.split('/') {
            node = match &node.value {
                Value::Mapping(mapping) if segment.contains('~') => {
                    mapping.get(&segment.replace("~1", "/").replace("~0", "~"))?
                }
                Value::Mapping(mapping) => mapping.get(segment)?,
                Value::Sequence(items) => items.get(sequence_index(segment)?)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// The number of levels; 1 for a scalar.
    pub(crate) fn levels(&self) -> usize {
        let below = match &self.value {
            Value::Sequence(items) => items.iter().map(Node::levels).max(),
            Value::Mapping(mapping) => mapping.values().map(Node::levels).max(),
            _ => None,
        };
        1 + below.unwrap_or(0)
    }

    /// Whether two nodes mean the same: types, values, and keys in any order. Places and styles do
    /// not count.
    pub fn same_meaning(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::UInt(a), Value::UInt(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Sequence(a), Value::Sequence(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_meaning(b))
            }
            (Value::Mapping(a), Value::Mapping(b)) => {
                a.len() == b.len()
                    && a.entries().iter().all(|(key, value)| {
                        let key = key.text().unwrap_or_default();
                        b.get(key).is_some_and(|other| value.same_meaning(other))
                    })
            }
            _ => false,
        }
    }
}

/// An index as RFC 6901 writes it: digits without leading zeros.
fn sequence_index(segment: &str) -> Option<usize> {
    let digits = segment.bytes().all(|b| b.is_ascii_digit());
    if !digits || (segment.len() > 1 && segment.starts_with('0')) {
        return None;
    }
    segment.parse().ok()
}

impl<T: Into<Value>> From<T> for Node {
    fn from(value: T) -> Node {
        Node::new(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Float(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Value {
        i64::try_from(value).map_or(Value::UInt(value), Value::Int)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::String(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::String(value)
    }
}

impl From<Mapping> for Value {
    fn from(value: Mapping) -> Value {
        Value::Mapping(value)
    }
}

impl From<Vec<Node>> for Value {
    fn from(value: Vec<Node>) -> Value {
        Value::Sequence(value)
    }
}
