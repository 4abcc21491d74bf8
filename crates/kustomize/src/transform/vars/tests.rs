//! Cases whose outcome is the real kustomize's.

use super::*;
use crate::field::testing::{json, node};
use crate::kustomization::FieldSpec;

const SOURCE: &str = "spec:\n  s: \"1\"\n  i: 12\n  o: 017\n  f: 1.50\n  w: 3.0\n  g: 1e6\n  b: True\n  \
    n: null\n  d: 2020-01-01\n  m: {a: 1}\n  u: .5_0\n  ports: [{port: 1}, {port: 2}]\n  x: 0x1F\n";

fn var(name: &str, path: &str) -> Var {
    Var { name: name.to_owned(), field_path: path.to_owned(), ..Var::default() }
}

fn values() -> Values {
    let source = node(SOURCE);
    let mut values = Values::default();
    for name in ["s", "i", "o", "f", "w", "g", "b", "n", "d", "m", "u", "ports[1].port"] {
        let value = value_of(&var(name, &format!("spec.{name}")), &source);
        values.insert(name.to_ascii_uppercase(), value.expect("has a value"));
    }
    values
}

fn expanded(spec: &str) -> String {
    let mut object = node(&format!("spec: {spec}"));
    let field = FieldSpec { path: "spec".to_owned(), create: true, ..FieldSpec::default() };
    match values().expand(&mut object, &ReadySpec::new(&field)) {
        Ok(()) => object.get("spec").map(json).unwrap_or_default(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_value_that_stands_alone_keeps_its_type() {
    for (text, result) in [
        ("$(S)", "\"1\""),
        ("$(I)", "12"),
        ("$(O)", "17"),
        ("$(F)", "1.5"),
        ("$(W)", "3"),
        ("$(G)", "1000000"),
        ("$(B)", "true"),
        ("$(N)", "\"null\""),
        ("$(D)", "\"2020-01-01\""),
        ("$(M)", "\"$(M)\""),
        ("$(U)", "0.5"),
        ("$(PORTS[1].PORT)", "2"),
        ("$(X)", "\"$(X)\""),
    ] {
        assert_eq!(expanded(text), result, "{text}");
        assert_eq!(expanded(&format!("\"{text}\"")), result, "{text} in quotes");
    }
}

#[test]
fn within_text_a_value_is_text_as_go_prints_it() {
    let list = "[a$(S), a$(I), a$(O), a$(F), a$(W), a$(G), a$(B), a$(N), a$(M), $$(S), $(S)$(I)]";
    assert_eq!(
        expanded(list),
        r#"["a1","a12","a17","a1.5","a3","a1e+06","atrue","anull","a$(M)","$(S)","112"]"#
    );
    assert_eq!(expanded("$é"), "\"JMODqQ==\"");
}

#[test]
fn a_mapping_is_expanded_in_its_strings_and_no_deeper() {
    assert_eq!(
        expanded("{a: $(I), b: 5, c: null, d: 2021-01-01, e: [$(I)], f: {g: $(I)}}"),
        r#"{"a":12,"b":5,"c":null,"d":"2021-01-01T00:00:00Z","e":["$(I)"],"f":{"g":"$(I)"}}"#
    );
    assert_eq!(expanded("null"), "null");
    assert_eq!(expanded("5"), "5");
}

#[test]
fn what_is_no_string_in_a_list_or_as_a_key_is_an_error() {
    for list in ["[1]", "[null]", "[a, [b]]", "[{a: b}]", "[2020-01-01]"] {
        assert!(expanded(list).contains("strings alone"), "{list}");
    }
    assert!(expanded("{1: a}").contains("strings as keys"));
}

#[test]
fn a_string_is_one_from_now_on_and_has_no_style() {
    let mut object = node("spec:\n  a: x\n");
    let field = FieldSpec { path: "spec".to_owned(), ..FieldSpec::default() };
    let mapping = object.get_mut("spec").and_then(Node::as_mapping_mut).expect("is a mapping");
    mapping.insert("a", Node::untagged("123"));
    assert_eq!(json(&object), r#"{"spec":{"a":123}}"#);
    assert!(values().expand(&mut object, &ReadySpec::new(&field)).is_ok());
    assert_eq!(json(&object), r#"{"spec":{"a":"123"}}"#);
}

#[test]
fn what_is_never_used_is_told() {
    let mut values = values();
    let mut object = node("spec: [$(S), $(M)]");
    let field = FieldSpec { path: "spec".to_owned(), ..FieldSpec::default() };
    assert!(values.expand(&mut object, &ReadySpec::new(&field)).is_ok());
    let unused: Vec<(&str, bool)> = values.unused().collect();
    assert!(unused.contains(&("M", true)), "{unused:?}");
    assert!(unused.contains(&("I", false)));
    assert!(!unused.iter().any(|(name, _)| *name == "S"));
}

#[test]
fn a_variable_without_a_value_is_an_error() {
    let wrong = |path: &str| {
        let value = value_of(&var("V", path), &node(SOURCE));
        value.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(wrong("spec.none").contains("has no field `spec.none`"));
    assert!(wrong("spec.x").contains("plain decimal digits"));
    assert!(wrong("spec.s.t").contains("needs a mapping"));
}
