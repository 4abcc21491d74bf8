//! The format of tests: what the types take, the schema takes, and nothing else; and what becomes of a description that is changed.
#![allow(clippy::unwrap_used)]

use jsonschema::Validator;
use kustomize::yaml::{Budget, Node, SourceId, from_node, parse};
use serde_json::Value;

use super::*;
use crate::files::{Files, Laid, Memory};
use crate::path::RepoPath;
use crate::spec::merge::{Shape, said};
use crate::spec::schema::schema_of_tests;

fn node(text: &str) -> Node {
    parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0).root
}

fn types_accept(text: &str) -> bool {
    from_node::<TestFile>(&said(&node(text), Shape::TESTS)).is_ok()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema_of_tests()).unwrap()
}

/// A test with these lines.
fn case(lines: &str) -> String {
    format!("tests:\n  - name: one\n    {}\n", lines.replace('\n', "\n    "))
}

#[test]
fn types_and_schema_take_every_form() {
    let validator = validator();
    for lines in [
        "expect: [{ object: { kind: A, name: 'a.*', namespace: '', apiVersion: v1, labels: { a/b: c } } }]",
        "expect: [{ object: { kind: A }, absent: true }, { object: { kind: A }, present: true }]",
        "expect: [{ object: { kind: A }, count: 3 }, { object: { kind: A }, count: { min: 1, max: 2 } }]",
        "expect: [{ object: { kind: A }, contains: { a: { b: [1, null] }, c: null } }]",
        "expect: [{ object: { kind: A }, fields: { /a: { equals: [1] }, /b: { matches: a+ }, /c: { absent: true } } }]",
        "on: { clusters: [a], environments: [b], tenants: [c] }\nsnapshot: { kind: A }",
        "on: null\nsnapshot: { kind: A }",
        "given: { platform: { flux: { version: 2.9.4 } } }\nrefused: over-limit",
        "given: { tenants: { a: null, b: { owner: ['@acme/b'] } } }\nrefused: over-limit",
        "given: { components: { a: { values: { b: null }, clusters: { c: { enabled: false } } } } }\nrefused: over-limit",
        "given: { clusters: { a: { environment: b, flux: { version: 2.9.4 } } } }\nrefused: over-limit",
    ] {
        let text = case(lines);
        assert!(types_accept(&text), "{text}");
        let faults: Vec<String> = validator
            .iter_errors(&node(&text).to_json())
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{text}{faults:#?}");
    }
}

#[test]
fn types_and_schema_refuse_the_same() {
    let validator = validator();
    let mut texts: Vec<String> = [
        "expects: []",
        "expect: [{ kind: A }]",
        "expect: [{ object: { kinds: A } }]",
        "expect: [{ object: { kind: 3 } }]",
        "expect: [{ object: { kind: A }, count: -1 }]",
        "expect: [{ object: { kind: A }, count: many }]",
        "expect: [{ object: { kind: A }, count: { least: 1 } }]",
        "expect: [{ object: { kind: A }, contains: [] }]",
        "expect: [{ object: { kind: A }, fields: { /a: 3 } }]",
        "expect: [{ object: { kind: A }, fields: { /a: { equal: 3 } } }]",
        "on: { clusters: a }",
        "on: { cluster: [a] }",
        "given: { tenants: { A: null } }",
        "given: { tenant: { a: null } }",
        "refused: Over_Limit",
        "snapshot: all",
    ]
    .map(case)
    .to_vec();
    texts.extend(["tests: []\n", "test: []\n", "tests: [{ expect: [] }]\n"].map(str::to_owned));
    for text in texts {
        assert!(!types_accept(&text), "{text}");
        assert!(!validator.is_valid(&node(&text).to_json()), "{text}");
    }
}

/// What a schema alone can see: a typing error in what is given.
#[test]
fn the_schema_knows_the_fields_of_what_is_given() {
    let validator = validator();
    let is_valid = |lines: &str| validator.is_valid(&node(&case(lines)).to_json());
    assert!(!is_valid("given: { tenants: { a: { plcement: all } } }\nrefused: over-limit"));
    assert!(!is_valid("given: { components: { a: { helm: { chrt: a } } } }\nrefused: over-limit"));
    assert!(!is_valid("given: { platform: { fluxx: {} } }\nrefused: over-limit"));
    assert!(!is_valid(
        "given: { tenants: { a: { clusters: { b: { owner: ['@acme/b'] } } } } }\nrefused: over-limit"
    ));
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

/// What the files of a description say after what a test gives, by path.
fn given(lines: &str) -> Vec<(String, Option<Value>)> {
    let files = Memory::new()
        .with(path("platform.yaml"), "name: fleet\nci: github\n")
        .with(
            path("platform/tenants/emea/shop.yaml"),
            "quota: { cpu: 1, memory: 2Gi }\nowner: [a, b]\n",
        )
        .with(path("platform/components/app.yaml"), "values: { a: { b: 1 } }\n")
        .with(path("platform/tests/a.yaml"), case(&format!("given: {lines}\nrefused: over-limit")));
    let suite = load(&files).unwrap();
    let change = Change::of(&suite, &suite.tests[0], &files).unwrap();
    let mut laid = Laid::over(&files);
    change.lay_over(&mut laid);
    let changes = laid.changes().keys().map(|path| {
        let bytes = laid.read(path).unwrap();
        (path.to_string(), bytes.map(|bytes| node(std::str::from_utf8(&bytes).unwrap()).to_json()))
    });
    changes.collect()
}

#[test]
fn what_is_given_is_laid_over_the_files_as_overrides_are() {
    use serde_json::json;
    assert_eq!(
        given("{ tenants: { shop: { quota: { cpu: 3, memory: null }, owner: [c] } } }"),
        [(
            "platform/tenants/emea/shop.yaml".to_owned(),
            Some(json!({"owner": ["c"], "quota": {"cpu": 3}}))
        )]
    );
    assert_eq!(
        given("{ tenants: { web: { namespaces: [web] } } }"),
        [("platform/tenants/web.yaml".to_owned(), Some(json!({"namespaces": ["web"]})))]
    );
    assert_eq!(
        given("{ tenants: { shop: null }, platform: { ci: null } }"),
        [
            ("platform.yaml".to_owned(), Some(json!({"name": "fleet"}))),
            ("platform/tenants/emea/shop.yaml".to_owned(), None),
        ]
    );
    // In Helm's values null is Helm's.
    assert_eq!(
        given("{ components: { app: { values: { a: { b: null } } } } }"),
        [("platform/components/app.yaml".to_owned(), Some(json!({"values": {"a": {"b": null}}})))]
    );
}
