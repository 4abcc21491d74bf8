//! Why a node does not fit a type, in words for people who write YAML rather than Rust.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected, Visitor};

use super::{Node, Span, Value};

/// Why a node does not fit a type.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct DeError {
    /// What is wrong, as a sentence without a position.
    pub message: String,
    /// The innermost node at fault; the key itself if that is unknown.
    pub span: Span,
    /// Its JSON pointer.
    pub path: String,
    /// What kind of fault it is.
    pub kind: DeErrorKind,
}

/// The kinds of [`DeError`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DeErrorKind {
    /// The type has no such field.
    UnknownField {
        /// The field.
        field: String,
        /// The fields that there are.
        expected: &'static [&'static str],
    },
    /// The enum has no such variant.
    UnknownVariant {
        /// The variant.
        variant: String,
        /// The variants that there are.
        expected: &'static [&'static str],
    },
    /// A field is not there. The span is that of the mapping.
    MissingField {
        /// The field.
        field: String,
    },
    /// A node is of another type.
    WrongType,
    /// A value of the right type that is not allowed.
    InvalidValue,
    /// The type's own `Deserialize` refuses the value.
    Custom,
}

/// A fault on its way out, which gathers its place. Boxed, so that the good path stays cheap.
#[derive(Debug)]
#[doc(hidden)]
pub struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    message: String,
    kind: DeErrorKind,
    span: Option<Span>,
    /// Segments from the innermost outwards.
    path: Vec<String>,
}

impl Fault {
    pub(super) fn new(kind: DeErrorKind, message: String) -> Fault {
        Fault(Box::new(Inner { message, kind, span: None, path: Vec::new() }))
    }

    pub(super) fn at(mut self, span: Span) -> Fault {
        self.0.span.get_or_insert(span);
        self
    }

    pub(super) fn below(mut self, segment: impl Into<String>) -> Fault {
        self.0.path.push(segment.into());
        self
    }

    pub(super) fn into_error(self, root: Span) -> DeError {
        let inner = *self.0;
        let mut path = String::new();
        for segment in inner.path.iter().rev() {
            path.push('/');
            path.push_str(&segment.replace('~', "~0").replace('/', "~1"));
        }
        DeError { message: inner.message, span: inner.span.unwrap_or(root), path, kind: inner.kind }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Fault {
        Fault::new(DeErrorKind::Custom, message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Fault {
        let expected = in_words(expected.to_string());
        Fault::new(DeErrorKind::WrongType, format!("expected {expected}, found {}", name(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Fault {
        let expected = in_words(expected.to_string());
        let message = format!("{} is not allowed here, expected {expected}", name(&found));
        Fault::new(DeErrorKind::InvalidValue, message)
    }

    fn invalid_length(len: usize, expected: &dyn Expected) -> Fault {
        let expected = in_words(expected.to_string());
        let message = format!("expected {expected}, found {len}");
        Fault::new(DeErrorKind::InvalidValue, message)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Fault {
        let kind = DeErrorKind::UnknownField { field: field.to_owned(), expected };
        Fault::new(kind, format!("there is no field `{field}` here"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Fault {
        let kind = DeErrorKind::UnknownVariant { variant: variant.to_owned(), expected };
        Fault::new(kind, format!("`{variant}` is none of {}", list(expected)))
    }

    fn missing_field(field: &'static str) -> Fault {
        let kind = DeErrorKind::MissingField { field: field.to_owned() };
        Fault::new(kind, format!("the field `{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Fault {
        Fault::new(DeErrorKind::InvalidValue, format!("the field `{field}` is there twice"))
    }
}

fn list(names: &[&str]) -> String {
    match names {
        [] => "the allowed values, as there are none".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

fn name(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("the boolean {value}"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Char(value) => format!("the string \"{value}\""),
        Unexpected::Str(value) => format!("the string {value:?}"),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "a sequence".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// What stands there, for messages.
pub(super) fn found(node: &Node) -> String {
    match &node.value {
        Value::Null if node.span.is_empty() => "nothing".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => {
            format!("the number {}", node.key_text())
        }
        Value::String(text) if text.chars().count() > 40 => "a string".to_owned(),
        Value::String(text) => format!("the string {text:?}"),
        Value::Sequence(_) => "a sequence".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
    }
}

/// What is expected, in the words of people who write YAML rather than Rust.
fn in_words(expected: String) -> String {
    let whole = |min: i128, max: u128| format!("a whole number from {min} to {max}");
    match expected.as_str() {
        "i8" => whole(i8::MIN.into(), i8::MAX as u128),
        "i16" => whole(i16::MIN.into(), i16::MAX as u128),
        "i32" => whole(i32::MIN.into(), i32::MAX as u128),
        "i64" | "isize" => whole(i64::MIN.into(), i64::MAX as u128),
        "u8" => whole(0, u8::MAX.into()),
        "u16" => whole(0, u16::MAX.into()),
        "u32" => whole(0, u32::MAX.into()),
        "u64" | "usize" => whole(0, u64::MAX.into()),
        "f32" | "f64" => "a number".to_owned(),
        "unit" => "nothing".to_owned(),
        rust if rust.starts_with("struct ") => "a mapping".to_owned(),
        rust if rust.starts_with("enum ") => {
            "a name, or a mapping with a name as its key".to_owned()
        }
        _ => match expected.strip_prefix("a tuple of size ") {
            Some(size) => format!("{size} items"),
            None => expected,
        },
    }
}

/// Shows what a visitor expects.
struct Wanted<'a, V>(&'a V);

impl<'de, V: Visitor<'de>> Display for Wanted<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}

pub(super) fn wrong_type<'de, V: Visitor<'de>>(node: &Node, visitor: &V, hint: &str) -> Fault {
    let expected = in_words(Wanted(visitor).to_string());
    let message = format!("expected {expected}, found {}{hint}", found(node));
    Fault::new(DeErrorKind::WrongType, message).at(node.span)
}
