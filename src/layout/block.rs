//! Values of a template as block YAML: what the filter `yaml` prints, and what patches carry.
//!
//! Whatever a text holds, it comes back as that text: on one line by
//! [`kustomize::yaml::quote_scalar`], and as a literal block where that is as safe and better to read.

use std::fmt::Write as _;

use kustomize::yaml::quote_scalar;
use serde_json::{Map, Value as Json};

/// A value as block YAML. The first line stands where the caller stands, the others are indented by
/// `indent` blanks; there is no line break at the end.
pub(crate) fn block(value: &Json, indent: usize) -> String {
    let mut out = String::new();
    write_value(&mut out, value, indent);
    out
}

fn write_value(out: &mut String, value: &Json, indent: usize) {
    match value {
        Json::Array(items) if !items.is_empty() => write_list(out, items, indent),
        Json::Object(map) if !map.is_empty() => write_map(out, map, indent),
        scalar => write_scalar(out, scalar, indent),
    }
}

/// Scalars and empty collections: what stands behind a key or a dash on the same line.
fn write_scalar(out: &mut String, value: &Json, indent: usize) {
    match value {
        Json::String(text) if is_literal(text) => write_literal(out, text, indent),
        Json::String(text) => out.push_str(&quote_scalar(text)),
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => {
            // Writing to a string cannot fail.
            let _ = write!(out, "{number}");
        }
        Json::Array(_) => out.push_str("[]"),
        Json::Object(_) => out.push_str("{}"),
    }
}

fn write_list(out: &mut String, items: &[Json], indent: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            new_line(out, indent);
        }
        out.push_str("- ");
        write_value(out, item, indent + 2);
    }
}

fn write_map(out: &mut String, map: &Map<String, Json>, indent: usize) {
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            new_line(out, indent);
        }
        out.push_str(&quote_scalar(key));
        out.push(':');
        match value {
            Json::Object(inner) if !inner.is_empty() => {
                new_line(out, indent + 2);
                write_map(out, inner, indent + 2);
            }
            Json::Array(items) if !items.is_empty() => {
                new_line(out, indent + 2);
                write_list(out, items, indent + 2);
            }
            scalar => {
                out.push(' ');
                write_scalar(out, scalar, indent + 2);
            }
        }
    }
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Whether a text is the same after it was read from a literal block by any reader: several lines of
/// printable ASCII, none of them blank or with blanks at its end, the first not indented, and at most
/// one line break at the end.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.starts_with(' ')
        && body.split('\n').all(|line| {
            !line.is_empty()
                && !line.ends_with(' ')
                && line.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        })
}

fn write_literal(out: &mut String, text: &str, indent: usize) {
    out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
    // At the root there is no indentation to inherit.
    let indent = indent.max(2);
    for line in text.lines() {
        new_line(out, indent);
        out.push_str(line);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use kustomize::yaml::{Budget, SourceId, parse};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_written_as_people_write_it() {
        let value = json!({
            "a": {"b": [1, "yes", {"c": null, "d": []}], "e": {}},
            "patch": "- op: add\n  path: /x\n",
        });
        insta::assert_snapshot!(block(&value, 2), @r#"
        a:
            b:
              - 1
              - "yes"
              - c: null
                d: []
            e: {}
          patch: |
            - op: add
              path: /x
        "#);
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let text = prop_oneof![any::<String>(), "[ -~\n]{0,30}", "[a-z:#\\- \n\t]{0,20}"];
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            text.clone().prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
                prop::collection::vec((text.clone(), inner), 0..5)
                    .prop_map(|entries| Json::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value_comes_back(value in any_json(), indent in 0_usize..6) {
            let text = format!("x:\n  - {}\n", block(&json!({ "v": value }), 4));
            let documents = parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap();
            prop_assert_eq!(&documents[0].root.pointer("/x/0/v").unwrap().to_json(), &value);
            let text = format!("x:\n{}{}\n", " ".repeat(indent + 1), block(&value, indent + 1));
            let documents = parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap();
            prop_assert_eq!(documents[0].root.get("x").unwrap().to_json(), value);
        }
    }
}
