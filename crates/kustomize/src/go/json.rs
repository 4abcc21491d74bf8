//! JSON as Go's `encoding/json` reads and writes it.
//!
//! kustomize hashes such texts, and passes resources through them; so what JSON cannot say of a
//! node, kustomize cannot say either, and [`Unsayable`] is its error.

use std::fmt::Write;

use super::number::json_float;
use crate::yaml::{Mapping, Node, SettleError, Settled, Span, Value};

pub(crate) use super::json_reader::{JsonSyntaxError, read, read_first};

/// What a node has that cannot be said in JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsayable {
    /// A key that is no string, below the outermost mapping.
    #[error("the key `{key}` is read as {kind}, and a key must be text: write it in quotes")]
    KeyNotText {
        /// The key as it is written.
        key: String,
        /// What it is, such as `a number`.
        kind: &'static str,
        /// Where it stands.
        span: Span,
    },
    /// `.nan` or `.inf`.
    #[error(
        "`{text}` is a number that JSON does not know, so that it cannot be part of a resource; \
         write it in quotes if it is meant to be text"
    )]
    NotFinite {
        /// The number.
        text: String,
        /// Where it stands.
        span: Span,
    },
    /// A scalar whose text is not what its tag says.
    #[error(transparent)]
    Tag(#[from] SettleError),
    /// A key that stands twice, or a merge key with nothing to merge.
    #[error(transparent)]
    Key(#[from] crate::yaml::Error),
    /// Text that is written as a block that cannot be read.
    #[error(
        "text that starts with a tab is written as a block, and cannot be read as one: put it in quotes"
    )]
    TabFirst {
        /// Where it stands.
        span: Span,
    },
}

impl Unsayable {
    /// Where it stands.
    pub(crate) fn span(&self) -> Span {
        match self {
            Unsayable::KeyNotText { span, .. } | Unsayable::NotFinite { span, .. } => *span,
            Unsayable::TabFirst { span } => *span,
            Unsayable::Tag(error) => error.span,
            Unsayable::Key(error) => error.span,
        }
    }

    /// The error of a number that is not finite.
    pub(crate) fn not_finite(value: f64, span: Span) -> Unsayable {
        let text = match value {
            value if value.is_nan() => ".nan",
            value if value > 0.0 => ".inf",
            _ => "-.inf",
        };
        Unsayable::NotFinite { text: text.to_owned(), span }
    }
}

/// How whole numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Integers {
    /// As they are.
    Exact,
    /// As the `float64` that Go makes of a number when it reads JSON without knowing its type: what
    /// has been through JSON before.
    Floats,
}

/// A node as `json.Marshal` writes it once kustomize has read it into a `map[string]interface{}`
/// (`RNode.MarshalJSON`): scalars as they are printed, keys sorted by their bytes, without blanks.
///
/// # Errors
///
/// What cannot be said in JSON; kustomize fails there too.
#[cfg_attr(not(test), expect(dead_code, reason = "tests compare nodes with it"))]
pub(crate) fn to_go_json(node: &Node) -> Result<String, Unsayable> {
    let mut out = String::new();
    write_node(&mut out, node, Integers::Exact, true)?;
    Ok(out)
}

/// Appends a node, which stands `outermost` in its document or below, as [`to_go_json`] has it.
pub(crate) fn write_node(
    out: &mut String,
    node: &Node,
    integers: Integers,
    outermost: bool,
) -> Result<(), Unsayable> {
    match &node.value {
        Value::Sequence(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_node(out, item, integers, false)?;
            }
            out.push(']');
        }
        Value::Mapping(mapping) if mapping.has_merge_left() => {
            let mut merged = mapping.clone();
            merged.merge_left()?;
            write_node(
                out,
                &Node { value: Value::Mapping(merged), ..node.clone() },
                integers,
                outermost,
            )?;
        }
        Value::Mapping(mapping) => {
            out.push('{');
            for (at, (key, value)) in sorted(mapping, outermost)?.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(out, &key);
                out.push(':');
                write_node(out, value, integers, false)?;
            }
            out.push('}');
        }
        _ => write_scalar(out, node, integers)?,
    }
    Ok(())
}

fn write_scalar(out: &mut String, node: &Node, integers: Integers) -> Result<(), Unsayable> {
    let float = |value: f64| match value.is_finite() {
        true => Ok(json_float(value)),
        false => Err(Unsayable::not_finite(value, node.span)),
    };
    match node.settled()? {
        None | Some(Settled::Null) => out.push_str("null"),
        Some(Settled::Bool(value)) => out.push_str(if value { "true" } else { "false" }),
        Some(Settled::Int(value)) => match integers {
            Integers::Exact => out.push_str(&value.to_string()),
            Integers::Floats => out.push_str(&json_float(value as f64)),
        },
        Some(Settled::UInt(value)) => match integers {
            Integers::Exact => out.push_str(&value.to_string()),
            Integers::Floats => out.push_str(&json_float(value as f64)),
        },
        Some(Settled::Float(value)) => out.push_str(&float(value)?),
        Some(Settled::String(text)) => write_string(out, &text),
        Some(Settled::Timestamp(time)) => write_string(out, &time),
    }
    Ok(())
}

/// The entries of a mapping, sorted by the bytes of their keys; of two with one key the later one.
fn sorted(mapping: &Mapping, outermost: bool) -> Result<Vec<(String, &Node)>, Unsayable> {
    let mut entries = Vec::with_capacity(mapping.len());
    for (key, value) in mapping.iter() {
        entries.push((key_text(key, outermost)?, value));
    }
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 = later.1;
        }
        same
    });
    Ok(entries)
}

/// The text of a key. Keys of the outermost mapping go into a Go map with strings for keys, and any
/// scalar but null is text there; below, what is no string makes the mapping unfit for JSON.
pub(crate) fn key_text(key: &Node, outermost: bool) -> Result<String, Unsayable> {
    let tag_is_text = matches!(key.tag.as_deref(), None | Some("" | "!!str"));
    let kind = match key.settled()? {
        Some(Settled::String(text)) if tag_is_text => return Ok(text.into_owned()),
        Some(Settled::Null) => "null",
        _ if outermost => return Ok(key.key_text().into_owned()),
        Some(Settled::Bool(_)) => "a boolean",
        Some(Settled::Int(_) | Settled::UInt(_) | Settled::Float(_)) => "a number",
        Some(Settled::Timestamp(_)) => "a date",
        Some(Settled::String(_)) => "text with a tag of its own",
        None => key.kind(),
    };
    Err(Unsayable::KeyNotText { key: key.key_text().into_owned(), kind, span: key.span })
}

/// Appends a string in quotes, with the characters escaped that `json.Marshal` escapes: those of
/// HTML too.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    write_escaped(out, text);
    out.push('"');
}

/// Appends the text of a string without the quotes around it.
pub(crate) fn write_escaped(out: &mut String, text: &str) {
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\x08' => b'b',
            b'\x0C' => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 | b'<' | b'>' | b'&' => 0,
            0xE2 if matches!(text.as_bytes().get(at + 1..at + 3), Some([0x80, 0xA8 | 0xA9])) => 0,
            _ => continue,
        };
        out.push_str(&text[written..at]);
        written = at + 1;
        if short != 0 {
            out.push('\\');
            out.push(char::from(short));
        } else if byte == 0xE2 {
            // Writing to a string cannot fail.
            let last = text.as_bytes()[at + 2] & 0xF;
            let _ = write!(out, "\\u202{last:x}");
            written = at + 3;
        } else {
            let _ = write!(out, "\\u{byte:04x}");
        }
    }
    out.push_str(&text[written..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Budget, SourceId, parse};

    fn node(text: &str) -> Node {
        let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
        documents.unwrap_or_default().remove(0).root
    }

    #[test]
    fn strings_are_escaped_as_go_does() {
        let mut out = String::new();
        write_string(&mut out, "a\"\\/<>&\u{2028}\u{2029}\u{2027}\u{1}\u{7f}\u{8}\u{c}\n\r\té😀");
        assert_eq!(
            out,
            "\"a\\\"\\\\/\\u003c\\u003e\\u0026\\u2028\\u2029\u{2027}\\u0001\u{7f}\\b\\f\\n\\r\\té😀\""
        );
    }

    #[test]
    fn a_node_is_written_with_sorted_keys_and_settled_scalars() {
        let text = "b: [1.0, 1e3, 0x1F, 017, 12345678901234567890, 9007199254740993, ~, True]\n\
                    a: {z: 2020-01-01, \"1\": '2', B: 1e-7}\n7: x\n";
        assert_eq!(
            to_go_json(&node(text)),
            Ok("{\"7\":\"x\",\"a\":{\"1\":\"2\",\"B\":1e-7,\"z\":\"2020-01-01T00:00:00Z\"},\
                \"b\":[1,1000,31,15,12345678901234567890,9007199254740993,null,true]}"
                .to_owned())
        );
    }

    #[test]
    fn numbers_that_went_through_json_are_floats() {
        let mut out = String::new();
        let text = "[9007199254740993, 12345678901234567890, -5]";
        assert_eq!(write_node(&mut out, &node(text), Integers::Floats, true), Ok(()));
        assert_eq!(out, "[9007199254740992,12345678901234567000,-5]");
    }

    #[test]
    fn what_json_cannot_say_is_an_error_with_its_place() {
        for (text, at, message) in [
            ("a: {1: b}", 4, "the key `1` is read as a number"),
            ("a: {2020-01-01: b}", 4, "the key `2020-01-01` is read as a date"),
            ("~: b", 0, "the key `~` is read as null"),
            ("a: [.nan]", 4, "`.nan` is a number that JSON does not know"),
            ("a: -.inf", 3, "`-.inf` is a number that JSON does not know"),
        ] {
            let error = to_go_json(&node(text)).err();
            let found = error.map(|error| (error.to_string(), error.span().start));
            assert!(
                found
                    .as_ref()
                    .is_some_and(|(found, start)| { found.starts_with(message) && *start == at }),
                "{text}: {found:?}"
            );
        }
    }
}
