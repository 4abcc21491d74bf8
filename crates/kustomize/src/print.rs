//! From what transformers leave to what is printed: every scalar settled, every key a string, keys in
//! order.
//!
//! kustomize writes an object as YAML, reads that into Go's maps, writes those as JSON, reads the JSON
//! as YAML 1.1 and writes that. [`finish`] goes the same way without the texts in between, and fails
//! where one of the steps would.

use std::borrow::Cow;
use std::fmt::Write;

use crate::go::number::json_float;
use crate::yaml::{
    Budget, EmitOptions, Mapping, Node, SettleError, Settled, SourceId, Span, Style, Value, emit,
    go_key_order, is_lost_in_block, yaml_to_json,
};

/// Why an object cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// A scalar that is not what its tag says.
    #[error(transparent)]
    Tag(#[from] SettleError),
    /// A merge key with nothing to merge.
    #[error(transparent)]
    Merge(#[from] crate::yaml::Error),
    /// A key that is no string, below the first level.
    #[error("the key `{key}` is {found}, and keys are strings: write it in quotes")]
    KeyNotString {
        /// The text of the key.
        key: String,
        /// What it is.
        found: &'static str,
        /// The key.
        span: Span,
    },
    /// A mapping with a key twice.
    #[error("the key `{key}` is set twice")]
    DuplicateKey {
        /// The key.
        key: String,
        /// The later one.
        span: Span,
        /// The earlier one.
        first: Span,
    },
    /// A number that JSON does not know.
    #[error("{value} is no number that Kubernetes can store")]
    NotFinite {
        /// `.inf`, `-.inf` or `.nan`
        value: &'static str,
        /// The number.
        span: Span,
    },
    /// A character that cannot be written.
    #[error("text with the control character U+{:04X} cannot be printed", u32::from(*.character))]
    ControlCharacter {
        /// The character.
        character: char,
        /// The text.
        span: Span,
    },
    /// A text that go-yaml writes as a block and cannot read back.
    #[error(
        "text of several lines that starts with a tab cannot be printed, as kustomize writes it"
    )]
    TabFirst {
        /// The text.
        span: Span,
    },
    /// A key that YAML cannot have on one line.
    #[error("a key of {length} characters is too long: 1024 is the most")]
    LongKey {
        /// Its length.
        length: usize,
        /// The key.
        span: Span,
    },
}

impl PrintError {
    /// Where the fault is.
    pub fn span(&self) -> Span {
        match self {
            PrintError::Tag(error) => error.span,
            PrintError::Merge(error) => error.span,
            PrintError::KeyNotString { span, .. }
            | PrintError::DuplicateKey { span, .. }
            | PrintError::NotFinite { span, .. }
            | PrintError::ControlCharacter { span, .. }
            | PrintError::TabFirst { span }
            | PrintError::LongKey { span, .. } => *span,
        }
    }
}

/// Makes an object what is printed of it: plain values in block form, keys sorted.
pub(crate) fn finish(node: &mut Node) -> Result<(), PrintError> {
    let how = Finish { strings: Style::Auto, collections: Style::Auto, for_print: true };
    settle(node, &how, Place::default())
}

/// Makes a tree what it is when it was decoded, written as JSON and that was read. It is not written as
/// YAML on the way, as it is for printing: folded text stays what it is.
pub(crate) fn through_json(node: &mut Node) -> Result<(), PrintError> {
    let how = Finish { strings: Style::DoubleQuoted, collections: Style::Flow, for_print: false };
    settle(node, &how, Place::default())
}

struct Finish {
    strings: Style,
    collections: Style,
    for_print: bool,
}

/// Where a node stands.
#[derive(Clone, Copy, Default)]
struct Place {
    /// How many levels below the object.
    depth: usize,
    /// Whether it is written within `{...}` or `[...]`.
    flow: bool,
}

fn settle(node: &mut Node, how: &Finish, place: Place) -> Result<(), PrintError> {
    node.shared = None;
    let within = Place { depth: place.depth + 1, flow: place.flow || node.style == Style::Flow };
    match &mut node.value {
        Value::Mapping(mapping) => {
            settle_mapping(mapping, how, within)?;
            node.style = how.collections;
        }
        Value::Sequence(items) => {
            for item in items {
                settle(item, how, within)?;
            }
            node.style = how.collections;
        }
        _ => settle_scalar(node, how, place)?,
    }
    node.tag = None;
    Ok(())
}

fn settle_mapping(mapping: &mut Mapping, how: &Finish, within: Place) -> Result<(), PrintError> {
    mapping.merge_left()?;
    mapping.try_for_each_mut(|key, value| {
        settle_key(key, how, within)?;
        settle(value, how, within)
    })?;
    mapping.sort_by(|a, b| {
        let (a, b) = (a.as_str().unwrap_or_default(), b.as_str().unwrap_or_default());
        if how.for_print { go_key_order(a, b) } else { a.cmp(b) }
    });
    if let Some((first, second)) = mapping.neighbouring_twins() {
        return Err(PrintError::DuplicateKey {
            key: second.as_str().unwrap_or_default().to_owned(),
            span: second.span,
            first: first.span,
        });
    }
    Ok(())
}

fn settle_key(key: &mut Node, how: &Finish, place: Place) -> Result<(), PrintError> {
    // A key without any text gets quotes, as within `{...}`.
    let is_nothing = key.is_null() && key.source_text.as_deref() == Some("");
    let found = match key.settled_within(place.flow || is_nothing)? {
        Some(Settled::String(_)) => None,
        Some(Settled::Null) => Some("null"),
        Some(Settled::Bool(_)) => Some("a boolean"),
        Some(Settled::Timestamp(_)) => Some("a date"),
        _ => Some("a number"),
    };
    if let Some(found) = found {
        let text = if key.is_null() { String::new() } else { key.key_text().into_owned() };
        if place.depth > 1 {
            let key_text = key.key_text().into_owned();
            return Err(PrintError::KeyNotString { key: key_text, found, span: key.span });
        }
        key.value = Value::String(text);
        key.source_text = None;
    }
    key.style = how.strings;
    key.tag = None;
    check_key(key)
}

/// Checks whether a key can be printed.
fn check_key(key: &mut Node) -> Result<(), PrintError> {
    // JSON has the key in quotes, and YAML looks for the colon for so long only.
    const LONGEST: usize = 1022;
    let text = key.as_str().unwrap_or_default();
    if text.len() <= LONGEST && is_plain_ascii(text) {
        return Ok(());
    }
    if text.contains('\u{85}') {
        // A key is read from one line, and JSON leaves this line break as it is.
        return Err(PrintError::ControlCharacter { character: '\u{85}', span: key.span });
    }
    printable(key)?;
    let length = key.as_str().map_or(0, |text| text.chars().count());
    if length > LONGEST {
        return Err(PrintError::LongKey { length, span: key.span });
    }
    Ok(())
}

fn settle_scalar(node: &mut Node, how: &Finish, place: Place) -> Result<(), PrintError> {
    let value = match node.settled_within(place.flow && how.for_print)? {
        None => return Ok(()),
        Some(Settled::Null) => Value::Null,
        Some(Settled::Bool(value)) => Value::Bool(value),
        Some(Settled::Int(value)) => Value::Int(value),
        Some(Settled::UInt(value)) => Value::UInt(value),
        Some(Settled::Float(value)) => float(value, node.span)?,
        Some(Settled::Timestamp(text)) => Value::String(text),
        // What is text already stays where it is.
        Some(Settled::String(_)) if matches!(node.value, Value::String(_)) && !how.for_print => {
            node.style = how.strings;
            return printable(node);
        }
        Some(Settled::String(text)) if matches!(node.value, Value::String(_)) => {
            if !place.flow && is_lost_in_block(&text, node.style) {
                return Err(PrintError::TabFirst { span: node.span });
            }
            if let Cow::Owned(text) = text {
                node.value = Value::String(text);
            }
            node.style = how.strings;
            return printable(node);
        }
        Some(Settled::String(text)) => Value::String(text.into_owned()),
    };
    node.style = if matches!(value, Value::String(_)) { how.strings } else { Style::Auto };
    // What was read from JSON has its text.
    node.source_text = match &value {
        _ if how.for_print => None,
        Value::Null => Some("null".into()),
        Value::Bool(value) => Some(value.to_string().into()),
        Value::Int(value) => Some(value.to_string().into()),
        Value::UInt(value) => Some(value.to_string().into()),
        Value::Float(value) => Some(json_float(*value).into()),
        _ => None,
    };
    node.value = value;
    Ok(())
}

/// A float as it comes back from JSON, where whole numbers have no point.
fn float(value: f64, span: Span) -> Result<Value, PrintError> {
    if !value.is_finite() {
        let value = if value.is_nan() {
            ".nan"
        } else if value > 0.0 {
            ".inf"
        } else {
            "-.inf"
        };
        return Err(PrintError::NotFinite { value, span });
    }
    // Go writes exponents from 1e21 on; shorter digits are read as a whole number where that fits.
    if value.fract() != 0.0 || value.abs() >= 1e21 {
        return Ok(Value::Float(value));
    }
    let digits = format!("{value}");
    Ok(match (digits.parse(), digits.parse()) {
        (Ok(int), _) => Value::Int(int),
        (_, Ok(int)) => Value::UInt(int),
        _ => Value::Float(value),
    })
}

/// Checks a text for what cannot be printed, and folds the one kind of line break that JSON leaves in
/// a text and YAML takes for a break.
fn printable(node: &mut Node) -> Result<(), PrintError> {
    text_through_json(node)
        .map_err(|character| PrintError::ControlCharacter { character, span: node.span })
}

/// Makes a text what it is after it was written as JSON and read as YAML; an error is a character
/// that this does not survive.
pub(crate) fn text_through_json(node: &mut Node) -> Result<(), char> {
    let Value::String(text) = &mut node.value else {
        return Ok(());
    };
    if is_plain_ascii(text) {
        return Ok(());
    }
    if let Some(character) = control_character(text) {
        return Err(character);
    }
    if text.contains('\u{85}') {
        *text = fold(text);
    }
    Ok(())
}

/// Whether a text has nothing in it that needs a closer look, as nearly all have.
fn is_plain_ascii(text: &str) -> bool {
    text.bytes().fold(0, |most, byte| byte.max(most)) < 0x7F
}

/// The first character of a text that is left as it is in JSON, and is no YAML.
fn control_character(text: &str) -> Option<char> {
    text.chars()
        .find(|c| matches!(c, '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}'))
}

/// Folds `U+0085` as YAML folds line breaks in double quotes: one is a blank, more are one break less,
/// and blanks around them go.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{85}') {
        folded.push_str(rest[..at].trim_end_matches(' '));
        let mut breaks = 0;
        rest = &rest[at..];
        while let Some(after) = rest.trim_start_matches(' ').strip_prefix('\u{85}') {
            breaks += 1;
            rest = after;
        }
        rest = rest.trim_start_matches(' ');
        if breaks == 1 {
            folded.push(' ');
        }
        folded.extend(std::iter::repeat_n('\n', breaks - 1));
    }
    folded.push_str(rest);
    folded
}

/// Why a text is no object that can be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// It is no YAML.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Yaml(Vec<crate::yaml::Error>),
    /// It is YAML of something else than a mapping.
    #[error("this is {found}, not a Kubernetes object")]
    NoObject {
        /// What it is.
        found: &'static str,
    },
    /// It cannot be printed.
    #[error(transparent)]
    Print(#[from] PrintError),
}

/// An object as it comes back from a text that was printed and then changed, which is how Flux substitutes variables: the text is
/// made JSON by `sigs.k8s.io/yaml`, that is read into Go's maps, where every number is a `float64`, and these are printed again.
///
/// ```
/// use kustomize::object_from_text;
/// use kustomize::yaml::{Budget, SourceId};
///
/// let text = "kind: A\nspec:\n  on: yes\n  id: 9007199254740993\n";
/// let node = object_from_text(SourceId(0), text.as_bytes(), &Budget::default())?;
/// assert_eq!(kustomize::objects_to_yaml([&node]), "kind: A\nspec:\n  id: 9007199254740992\n  \"true\": true\n");
/// # Ok::<(), kustomize::ObjectError>(())
/// ```
///
/// # Errors
///
/// What Go refuses on that way.
pub fn object_from_text(
    source: SourceId,
    text: &[u8],
    budget: &Budget,
) -> Result<Node, ObjectError> {
    let mut node = yaml_to_json(source, text, budget).map_err(ObjectError::Yaml)?;
    if node.as_mapping().is_none() {
        return Err(ObjectError::NoObject { found: node.kind() });
    }
    numbers_as_floats(&mut node);
    finish(&mut node)?;
    Ok(node)
}

/// Gives whole numbers the precision of Go's `float64`.
fn numbers_as_floats(node: &mut Node) {
    let float = match &mut node.value {
        Value::Int(value) => *value as f64,
        Value::UInt(value) => *value as f64,
        Value::Sequence(items) => return items.iter_mut().for_each(numbers_as_floats),
        Value::Mapping(mapping) => {
            return mapping.iter_mut().for_each(|(_, value)| numbers_as_floats(value));
        }
        _ => return,
    };
    // Up to here each whole number has a float of its own; the first that has none gets this one.
    if float.abs() >= 9_007_199_254_740_992.0 {
        node.value = Value::Float(float);
        node.source_text = None;
    }
}

/// The text of objects as a [`Build`](crate::Build) or [`object_from_text`] has them, one document each.
pub fn objects_to_yaml<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> String {
    let mut out = String::new();
    documents(nodes.into_iter(), &mut out);
    out
}

/// Appends the text of an object as a [`Build`](crate::Build) or [`object_from_text`] has it.
pub fn write_object(node: &Node, out: &mut String) {
    write(node, out);
}

/// Appends an object that is finished.
pub(crate) fn write(node: &Node, out: &mut String) {
    emit::write(node, &EmitOptions::KUBERNETES, out);
}

/// Objects that are finished, one document each.
pub(crate) fn documents<'n>(nodes: impl Iterator<Item = &'n Node>, out: &mut String) {
    for (at, node) in nodes.enumerate() {
        if at > 0 {
            let _ = out.write_str("---\n");
        }
        write(node, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn printed(text: &str) -> Result<String, String> {
        let mut node = parse(SourceId(0), text.as_bytes(), &Budget::default())
            .map_err(|errors| errors[0].to_string())?
            .remove(0)
            .root;
        finish(&mut node).map_err(|error| error.to_string())?;
        let mut out = String::new();
        write(&node, &mut out);
        Ok(out)
    }

    #[test]
    fn values_are_printed_as_kustomize_prints_them() {
        for (value, expected) in [
            ("1e3", "1000"),
            ("0x10", "16"),
            ("0o17", "15"),
            ("1_000", "1000"),
            ("1.10", "1.1"),
            ("-0.0", "0"),
            ("1e20", "1e+20"),
            ("123456789.123", "1.23456789123e+08"),
            ("12345678901234567890", "12345678901234567890"),
            ("123456789012345678901234567890", "1.2345678901234568e+29"),
            ("0.0000001", "1e-07"),
            ("yes", "\"yes\""),
            ("!!str 1", "\"1\""),
            ("!foo bar", "bar"),
            ("!!int \"5\"", "5"),
            ("2020-01-01", "\"2020-01-01T00:00:00Z\""),
            ("\"x\\u0085y\\u2028z\\t\"", "\"x y\\Lz\\t\""),
            ("\"x \\u0085 \\u0085 y\"", "|-\n    x\n    y"),
        ] {
            let expected = format!("spec:\n  a: {expected}\n");
            assert_eq!(printed(&format!("spec:\n  a: {value}\n")), Ok(expected), "{value}");
        }
    }

    #[test]
    fn keys_are_sorted_and_strings() {
        assert_eq!(
            printed("b: 1\na10: 1\na9: 1\n1: x\n"),
            Ok("\"1\": x\na9: 1\na10: 1\nb: 1\n".into())
        );
        assert_eq!(
            printed("spec: {1: x}\n"),
            Err("the key `1` is a number, and keys are strings: write it in quotes".into())
        );
        assert_eq!(printed("a: .inf\n"), Err(".inf is no number that Kubernetes can store".into()));
    }
}
