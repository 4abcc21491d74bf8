//! What the reader makes of texts, and where it finds things.
#![allow(clippy::unwrap_used)]

use kustomize::yaml::{Budget, Document, Error, ErrorKind, SourceId, Value, from_node, parse};

fn read(text: &str) -> Vec<Document> {
    parse(SourceId(7), text.as_bytes(), &Budget::default()).unwrap()
}

fn faults(text: &[u8]) -> Vec<Error> {
    parse(SourceId(7), text, &Budget::default()).unwrap_err()
}

#[test]
fn spans_are_bytes_of_the_file() {
    let text = "\u{feff}ä: ö\r\nlist:\r\n  - \"ü\"\r\n  - {k: v}\r\nend: x\r\n";
    let root = &read(text)[0].root;
    let text_of = |pointer: &str| &text[root.pointer(pointer).unwrap().span.range()];
    assert_eq!(text_of("/ä"), "ö");
    assert_eq!(text_of("/list/0"), "\"ü\"");
    assert_eq!(text_of("/list/1"), "{k: v}");
    assert_eq!(text_of("/list"), "- \"ü\"\r\n  - {k: v}");
    let key = root.as_mapping().unwrap().get_key_span("end").unwrap();
    assert_eq!(&text[key.range()], "end");
    assert_eq!(key.source, SourceId(7));
}

#[test]
fn every_duplicate_key_is_reported_and_the_syntax_error_after_them() {
    let errors = faults(b"a: 1\nb: {c: 1, c: 2}\na: 2\nd: [\n");
    let kinds: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(kinds[0].contains("the key `c` is already set"), "{kinds:?}");
    assert!(matches!(errors.last().unwrap().kind, ErrorKind::Syntax { .. }));
    let errors = faults(b"a: 1\nb: 2\na: 3\nb: 4\n");
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0].span.range(), 10..11);
    assert!(matches!(errors[0].kind, ErrorKind::DuplicateKey { first, .. } if first.start == 0));
}

#[test]
fn aliases_and_merge_keys_are_expanded() {
    let text = "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nagain: *b\n";
    let json = read(text)[0].root.to_json();
    assert_eq!(json["use"], serde_json::json!({"x": 1, "y": 3}));
    assert_eq!(json["again"], json["base"]);
}

#[test]
fn an_alias_bomb_is_refused_by_its_number_of_nodes() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        text += &format!("a{level}: &a{level} [{before}]\n");
    }
    let errors = faults(text.as_bytes());
    assert!(matches!(errors[0].kind, ErrorKind::TooManyNodes { aliases: true, .. }));
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(100_000)] {
        assert!(matches!(faults(text.as_bytes())[0].kind, ErrorKind::TooDeep { limit: 128 }));
    }
}

#[test]
fn the_first_byte_that_is_not_utf_8_is_the_place() {
    let errors = faults(b"\xEF\xBB\xBFa: b\nc: \xC3\x28\n");
    assert_eq!(errors[0].kind, ErrorKind::InvalidUtf8 { byte: 0xC3 });
    assert_eq!(errors[0].span.range(), 11..12);
}

#[test]
fn types_are_strict_and_faults_have_a_path() {
    let root = &read("a:\n  - name: 5\n")[0].root;
    let error = from_node::<
        std::collections::BTreeMap<String, Vec<std::collections::BTreeMap<String, String>>>,
    >(root)
    .unwrap_err();
    assert_eq!(error.path, "/a/0/name");
    assert_eq!(error.message, "expected a string, found the number 5: write it in quotes");
    assert!(matches!(root.pointer("/a/0/name").unwrap().value, Value::Int(5)));
}
