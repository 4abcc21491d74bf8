//! What becomes of nodes that were made or changed by a program.
#![allow(clippy::unwrap_used)]

use kustomize::yaml::{
    Budget, EmitOptions, Mapping, Node, SourceId, Style, Styles, Value, emit, go_key_order, parse,
};
use serde_json::json;

fn node(text: &str) -> Node {
    parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0).root
}

#[test]
fn made_strings_are_quoted_where_any_reader_might_mistake_them() {
    let made = Node::from_json(&json!({
        "yes": "no", "n": "1", "date": "2001-01-01", "time": "12:30", "float": "1e3", "null": "~",
        "empty": "", "text": "plain text", "merge": "<<", "lines": "a\nb\n", "colon": "a: b",
    }));
    insta::assert_snapshot!(emit::to_string(&made), @r#"
    "yes": "no"
    "n": "1"
    date: "2001-01-01"
    time: "12:30"
    float: "1e3"
    "null": "~"
    empty: ""
    text: plain text
    merge: "<<"
    lines: |
      a
      b
    colon: 'a: b'
    "#);
}

#[test]
fn what_was_read_is_written_as_it_was() {
    let text = "yes: no\nhex: 0x1F\nnull: ~\nempty:\nquoted: 'x'\nflow: {a: [1_000, \"b\"]}\n\
                tagged: !!str 5\ncustom: !acme x\nfolded: >-\n  one line\nitems:\n- a: 1\n  b:\n  - c\n";
    assert_eq!(emit::to_string(&node(text)), text);
}

#[test]
fn a_changed_value_does_not_come_out_with_its_old_text() {
    let mut root = node("a: 0x10\nb: 'x'\nc: plain\n");
    root.get_mut("a").unwrap().value = Value::Int(17);
    root.get_mut("b").unwrap().value = Value::Bool(true);
    root.get_mut("c").unwrap().value = Value::String("17".into());
    assert_eq!(emit::to_string(&root), "a: 17\nb: true\nc: \"17\"\n");
}

#[test]
fn kubernetes_sees_values_only_and_breaks_long_lines() {
    let mut root = node("b: '1'\na: {x: \"y\", long: W}\n");
    let long = "word ".repeat(20) + "end";
    let inner = root.get_mut("a").unwrap();
    inner.as_mapping_mut().unwrap().insert("long", long.as_str());
    root.as_mapping_mut().unwrap().sort_by(|a, b| go_key_order(&a.key_text(), &b.key_text()));
    let mut out = String::new();
    emit::write(&root, &EmitOptions::KUBERNETES, &mut out);
    insta::assert_snapshot!(out, @r#"
    a:
      x: "y"
      long: word word word word word word word word word word word word word word word
        word word word word word end
    b: "1"
    "#);
    assert!(node(&out).same_meaning(&root));
}

#[test]
fn a_flow_style_is_kept_or_ignored_as_asked() {
    let mut list = Node::new(vec![Node::new("a"), Node::new("b: c")]);
    list.style = Style::Flow;
    let mapping: Mapping = [("list", list)].into_iter().collect();
    let root = Node::new(mapping);
    assert_eq!(emit::to_string(&root), "list: [a, 'b: c']\n");
    let mut out = String::new();
    emit::write(&root, &EmitOptions { styles: Styles::Ignored, ..EmitOptions::KYAML }, &mut out);
    assert_eq!(out, "list:\n- a\n- 'b: c'\n");
}

#[test]
fn mappings_keep_their_order_through_changes() {
    let mut root = node("a: 1\nb: 2\nc: 3\n");
    let mapping = root.as_mapping_mut().unwrap();
    assert_eq!(mapping.insert("b", 5_i64).unwrap().as_i64(), Some(2));
    assert!(mapping.insert("d", "x").is_none());
    assert_eq!(mapping.remove("a").unwrap().as_i64(), Some(1));
    assert!(mapping.remove("a").is_none());
    assert_eq!(emit::to_string(&root), "b: 5\nc: 3\nd: x\n");
    assert_eq!(root.pointer("/b").unwrap().as_i64(), Some(5));
    assert!(root.pointer("b").is_none() && root.pointer("/b/0").is_none());
}
