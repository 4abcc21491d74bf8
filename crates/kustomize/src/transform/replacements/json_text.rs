//! JSON as Go's `encoding/json` writes it.

use std::fmt::Write as _;

use crate::field::go_tag;
use crate::yaml::{Node, Settled, Value};

/// A node as JSON with its keys in order. `None` for what JSON cannot say: keys that are no strings,
/// numbers that are not finite.
pub(super) fn write(node: &Node, pretty: bool) -> Option<String> {
    let mut writer = Writer { out: String::new(), pretty, depth: 0 };
    writer.node(node)?;
    Some(writer.out)
}

struct Writer {
    out: String,
    pretty: bool,
    depth: usize,
}

impl Writer {
    fn node(&mut self, node: &Node) -> Option<()> {
        match &node.value {
            Value::Sequence(items) => {
                self.list('[', ']', items.iter(), |writer, item| writer.node(item))
            }
            Value::Mapping(mapping) => {
                let mut entries = Vec::with_capacity(mapping.len());
                for (key, value) in mapping.iter() {
                    if go_tag(key) != "!!str" {
                        return None;
                    }
                    entries.push((key.as_str()?, value));
                }
                entries.sort_by_key(|(key, _)| *key);
                self.list('{', '}', entries.into_iter(), |writer, (key, value)| {
                    writer.string(key);
                    writer.out.push_str(if writer.pretty { ": " } else { ":" });
                    writer.node(value)
                })
            }
            _ => {
                match node.settled().ok()?? {
                    Settled::Null => self.out.push_str("null"),
                    Settled::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
                    // Writing to a string cannot fail.
                    Settled::Int(value) => {
                        let _ = write!(self.out, "{value}");
                    }
                    Settled::UInt(value) => {
                        let _ = write!(self.out, "{value}");
                    }
                    Settled::Float(value) => self.out.push_str(&float(value)?),
                    Settled::String(text) => self.string(&text),
                    Settled::Timestamp(text) => self.string(&text),
                }
                Some(())
            }
        }
    }

    fn list<T>(
        &mut self,
        open: char,
        close: char,
        items: impl ExactSizeIterator<Item = T>,
        mut each: impl FnMut(&mut Writer, T) -> Option<()>,
    ) -> Option<()> {
        self.out.push(open);
        let empty = items.len() == 0;
        self.depth += 1;
        for (at, item) in items.enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.line();
            each(self, item)?;
        }
        self.depth -= 1;
        if !empty {
            self.line();
        }
        self.out.push(close);
        Some(())
    }

    fn line(&mut self) {
        if self.pretty {
            self.out.push('\n');
            for _ in 0..self.depth {
                self.out.push_str("  ");
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                    let _ = write!(self.out, "\\u{:04x}", u32::from(character));
                }
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }
}

fn float(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return Some(match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                format!("{digits}e+{exponent}")
            }
            _ => text,
        });
    }
    Some(format!("{value}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::testing::node;

    #[test]
    fn json_is_written_as_go_writes_it() {
        for (yaml, json) in [
            ("{b: 1, a: [x, null, true]}", r#"{"a":["x",null,true],"b":1}"#),
            ("[1.0, 1e21, 1e-7, 0.5, 1.5e-10, -0.0]", "[1,1e+21,1e-7,0.5,1.5e-10,-0]"),
            ("['<a&b>', \"\\u2028\\x01\\b\\f\"]", r#"["\u003ca\u0026b\u003e","\u2028\u0001\b\f"]"#),
            ("[2020-01-01, '2020-01-01']", r#"["2020-01-01T00:00:00Z","2020-01-01"]"#),
            ("{}", "{}"),
        ] {
            assert_eq!(write(&node(yaml), false).as_deref(), Some(json), "{yaml}");
        }
        assert_eq!(write(&node("{1: a}"), false), None);
        assert_eq!(write(&node("[.inf]"), false), None);
    }

    #[test]
    fn pretty_json_is_indented_by_two() {
        let json = write(&node("{b: [1, 2], a: {}, c: []}"), true);
        let expected = "{\n  \"a\": {},\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": []\n}";
        assert_eq!(json.as_deref(), Some(expected));
    }
}
