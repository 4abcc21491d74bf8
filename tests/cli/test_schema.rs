//! `schema`: what editors check files with.

use serde_json::Value;

use crate::scratch::Test;

#[test]
fn each_kind_has_a_schema_for_its_own_fields() {
    let test = Test::empty();
    for (kind, field) in [
        ("platform", "environments"),
        ("cluster", "environment"),
        ("component", "helm"),
        ("tenant", "namespaces"),
        ("test", "tests"),
    ] {
        let schema: Value = serde_json::from_str(&test.answers(&format!("schema {kind}"))).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{kind}");
        assert!(schema["properties"][field].is_object(), "{kind} has no {field}");
    }
}

#[test]
fn all_of_them_in_one_object() {
    let all: Value = serde_json::from_str(&Test::empty().answers("schema")).unwrap();
    let kinds: Vec<&String> = all.as_object().unwrap().keys().collect();
    assert_eq!(kinds, ["platform", "cluster", "component", "tenant", "patch", "test"]);
}
