//! Patches turn the lower objects into the upper ones, no more and no less.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::*;

fn rendered(objects: &[Json]) -> Vec<Rendered<'static>> {
    let text: Vec<String> = objects.iter().map(|object| block(object, 0) + "\n").collect();
    vec![Rendered { name: "objects.yaml", bytes: text.join("---\n").into_bytes().into() }]
}

/// RFC 6902 in a few lines, for the operations that are used here.
fn apply(root: &mut Json, operation: &Json) {
    let path = operation["path"].as_str().unwrap();
    let (parent, key) = path.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let map = root.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match operation["op"].as_str().unwrap() {
        "remove" => assert!(map.shift_remove(&key).is_some(), "{path} is not there"),
        "add" => {
            map.insert(key, operation["value"].clone());
        }
        "replace" => {
            assert!(map.get(&key).is_some_and(|value| !value.is_null()), "{path} is not there");
            map.insert(key, operation["value"].clone());
        }
        other => panic!("{other}"),
    }
}

/// What kustomize makes of a base and an overlay.
fn patched(objects: &[Json], difference: &Difference) -> Vec<Json> {
    let mut objects = objects.to_vec();
    for patch in &difference.patches {
        let matches = |field: &str, object: &Json| {
            let anchored = format!("^({field})$");
            let regex = regex::Regex::new(&anchored).unwrap();
            object.as_str().is_none_or(|text| regex.is_match(text))
        };
        let at: Vec<usize> = (0..objects.len())
            .filter(|&at| {
                matches(&patch.target.name, &objects[at]["metadata"]["name"])
                    && matches(&patch.target.kind, &objects[at]["kind"])
                    && (patch.target.namespace.is_empty()
                        || matches(&patch.target.namespace, &objects[at]["metadata"]["namespace"]))
            })
            .collect();
        assert_eq!(at.len(), 1, "{:?} in {objects:?}", patch.target);
        let node = documents("patch", patch.patch.as_bytes()).unwrap().remove(0).to_json();
        match node {
            Json::Array(operations) => {
                assert!(!operations.is_empty());
                operations.iter().for_each(|operation| apply(&mut objects[at[0]], operation));
            }
            deletion => {
                assert_eq!(deletion["$patch"], "delete");
                assert_eq!(deletion["metadata"]["name"], objects[at[0]]["metadata"]["name"]);
                objects.remove(at[0]);
            }
        }
    }
    for text in difference.resources.values() {
        let new = documents("resource", text.as_bytes()).unwrap();
        objects.extend(new.iter().map(Node::to_json));
    }
    objects
}

fn any_spec() -> impl Strategy<Value = Json> {
    let key = prop_oneof!["[a-c]", Just("a/b~c".to_owned()), Just("on".to_owned())];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (0..3).prop_map(Json::from),
        "[ -~\n]{0,6}".prop_map(Json::from),
        Just(json!([1, { "a": "b" }])),
        Just(json!({})),
    ];
    leaf.prop_recursive(3, 16, 3, move |inner| {
        prop::collection::btree_map(key.clone(), inner, 0..4)
            .prop_map(|map| Json::Object(map.into_iter().collect::<Map<_, _>>()))
    })
}

fn any_objects() -> impl Strategy<Value = Vec<Json>> {
    let name = prop_oneof!["[ab]", Just("a.b".to_owned()), Just("a-b".to_owned())];
    let namespace = prop_oneof!["[xy]"];
    prop::collection::btree_map((name, namespace), any_spec(), 0..4).prop_map(|objects| {
        objects
            .into_iter()
            .map(|((name, namespace), spec)| {
                json!({
                    "apiVersion": "apps.acme/v1",
                    "kind": "Widget",
                    "metadata": { "name": name, "namespace": namespace },
                    "spec": spec,
                })
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn patches_give_exactly_the_other_objects(lower in any_objects(), upper in any_objects()) {
        let found = difference(&rendered(&lower), &rendered(&upper)).unwrap();
        let mut result = patched(&lower, &found);
        let key = |object: &Json| object["metadata"].to_string();
        result.sort_by_key(key);
        let mut expected = upper.clone();
        expected.sort_by_key(key);
        prop_assert_eq!(result, expected);
        prop_assert!(difference(&rendered(&upper), &rendered(&upper)).unwrap().is_empty());
    }
}

fn operations(old: &Json, new: &Json) -> Json {
    let mut found = Vec::new();
    compare(&mut String::new(), &Node::from_json(old), &Node::from_json(new), &mut found);
    Json::Array(found)
}

#[test]
fn operations_are_the_fewest() {
    assert_eq!(
        operations(&json!({"a": {"b": 1, "c": 2}}), &json!({"a": {"b": 1, "c": 3, "d": {"e": 1}}})),
        json!([
            {"op": "replace", "path": "/a/c", "value": 3},
            {"op": "add", "path": "/a/d", "value": {"e": 1}},
        ])
    );
    assert_eq!(
        operations(&json!({"a": {"b/c~d": {"e": 1}}, "f": [1, 2]}), &json!({"a": {}, "f": [1]})),
        json!([
            {"op": "remove", "path": "/a/b~1c~0d"},
            {"op": "replace", "path": "/f", "value": [1]},
        ])
    );
    assert_eq!(operations(&json!({"a": [1, {"b": 2}]}), &json!({"a": [1, {"b": 2}]})), json!([]));
}

#[test]
fn a_target_is_that_object_alone() {
    let object = |name: &str| json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": name}});
    let found = difference(&rendered(&[object("a.b"), object("a-b")]), &rendered(&[object("a-b")]));
    let target = &found.unwrap().patches[0].target;
    assert_eq!(target.name, r"a\.b");
}

#[test]
fn another_namespace_is_another_object_and_another_version_is_not() {
    let object = |version: &str, namespace: &str| json!({"apiVersion": version, "kind": "A", "metadata": {"name": "a", "namespace": namespace}});
    let find = |one, other| difference(&rendered(&[one]), &rendered(&[other])).unwrap();
    let moved = find(object("g/v1", "x"), object("g/v1", "y"));
    assert_eq!((moved.patches.len(), moved.resources.len()), (1, 1));
    let newer = find(object("g/v1beta1", "x"), object("g/v1", "x"));
    insta::assert_snapshot!(newer.patches[0].patch, @r"
    - op: replace
      path: /apiVersion
      value: g/v1
    ");
    assert_eq!(newer.resources.len(), 0);
}

/// Run by `tests/peers/overlays.sh`, which names the program.
#[test]
#[ignore = "needs kustomize"]
fn kustomize_makes_the_same_objects() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

    let program = std::env::var_os("KUSTOMIZE").expect("KUSTOMIZE names the program");
    let root = tempfile::tempdir().unwrap();
    let write = |folder: &std::path::Path, name: &str, text: &str| {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let fixed = |version: &str, spec: Json| {
        json!({
            "apiVersion": version, "kind": "Widget",
            "metadata": { "name": "a.b:c", "labels": { "acme/x": "y" } }, "spec": spec,
        })
    };
    let mut cases = vec![
        (vec![fixed("g.acme/v1beta1", json!(1))], vec![fixed("g.acme/v1", json!(1))]),
        (vec![fixed("g.acme/v1", json!({"a": null}))], vec![fixed("g.acme/v1", json!({"a": 2}))]),
        (vec![fixed("g.acme/v1", json!({"a": 1}))], vec![fixed("g.acme/v1", json!({"a": null}))]),
    ];
    while cases.len() < 120 {
        let mut any = || any_objects().new_tree(&mut runner).unwrap().current();
        cases.push((any(), any()));
    }
    let mut compared = 0;
    for (number, (lower, upper)) in cases.into_iter().enumerate() {
        let found = difference(&rendered(&lower), &rendered(&upper)).unwrap();
        if lower.is_empty() || upper.is_empty() || found.is_empty() {
            continue;
        }
        let case = root.path().join(number.to_string());
        let (base, overlay) = (case.join("base"), case.join("overlay"));
        let objects = rendered(&lower).remove(0);
        write(&base, objects.name, std::str::from_utf8(&objects.bytes).unwrap());
        write(&base, "kustomization.yaml", &format!("resources: [{}]\n", objects.name));
        for (name, text) in &found.resources {
            write(&overlay, name, text);
        }
        let mut resources = vec!["../base"];
        resources.extend(found.resources.keys().map(String::as_str));
        let kustomization = json!({ "resources": resources, "patches": found.patches });
        write(&overlay, "kustomization.yaml", &block(&kustomization, 0));
        let built =
            std::process::Command::new(&program).arg("build").arg(&overlay).output().unwrap();
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{said}\n{}", block(&kustomization, 0));
        let nodes = documents("built", &built.stdout).unwrap();
        let mut built: Vec<Json> = nodes.iter().map(Node::to_json).collect();
        let mut expected = upper;
        let key = |object: &Json| format!("{}", object["metadata"]);
        built.sort_by_key(key);
        expected.sort_by_key(key);
        assert_eq!(built, expected, "{}", block(&kustomization, 0));
        compared += 1;
    }
    assert!(compared > 50, "only {compared} cases");
}
