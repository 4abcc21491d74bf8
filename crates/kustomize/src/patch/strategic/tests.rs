#![allow(clippy::unwrap_used)]

use super::*;
use crate::yaml::{Budget, EmitOptions, Settled, SourceId, Span, Style, emit, go_key_order, parse};

fn read(text: &str) -> Node {
    parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0).root
}

fn apply(target: &str, patch: &str) -> (Node, Outcome) {
    let mut target = read(target);
    let outcome = merge(read(patch), &mut target, &Schemas::builtin()).unwrap();
    (target, outcome)
}

/// What an object is once it is printed, keys sorted.
fn printed(node: &Node, flow: bool) -> Node {
    let flow = flow || node.style == Style::Flow;
    let value: Value = match &node.value {
        Value::Sequence(items) => {
            items.iter().map(|item| printed(item, flow)).collect::<Vec<_>>().into()
        }
        Value::Mapping(map) => {
            let entry =
                |(key, value): (&Node, &Node)| (raw(key).into_owned(), printed(value, flow));
            let mut map: Mapping = map.iter().map(entry).collect();
            map.sort_by(|a, b| go_key_order(&raw(a), &raw(b)));
            map.into()
        }
        // Within `{}` go-yaml writes nothing as ''.
        Value::Null if flow && raw(node).is_empty() => "".into(),
        _ => match node.settled().unwrap().unwrap() {
            Settled::Null => Value::Null,
            Settled::Bool(value) => value.into(),
            Settled::Int(value) => value.into(),
            Settled::UInt(value) => value.into(),
            Settled::Float(value) => value.into(),
            Settled::String(text) => text.into_owned().into(),
            Settled::Timestamp(text) => text.into(),
        },
    };
    Node::new(value)
}

fn text(node: &Node) -> String {
    let mut text = String::new();
    emit::write(&printed(node, false), &EmitOptions::KUBERNETES, &mut text);
    text
}

#[test]
fn merges_are_those_that_kustomize_was_seen_to_make() {
    let cases = read(include_str!("cases.yaml"));
    let word = |case: &Node, field: &str| case.get(field).and_then(Node::as_str).map(str::to_owned);
    for case in cases.as_sequence().unwrap() {
        let name = word(case, "name").unwrap();
        let mut target = read(&word(case, "target").unwrap());
        let patches = case.get("patches").unwrap().as_sequence().unwrap();
        let merged = patches.iter().try_for_each(|patch| {
            let before = text(&target);
            let patch = read(patch.as_str().unwrap());
            let outcome = merge(patch, &mut target, &Schemas::builtin())?;
            assert_eq!(outcome.changed, text(&target) != before, "{name}: {outcome:?}");
            Ok::<_, MergeError>(())
        });
        let ours = merged.is_ok().then(|| text(&target));
        assert_eq!(ours, word(case, "merged"), "{name}");
    }
}

#[test]
fn a_patch_may_delete_its_target() {
    let (_, outcome) = apply("kind: A\nspec: {a: 1}\n", "kind: A\n$patch: delete\n");
    assert!(outcome.deleted);
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: x, namespace: y, labels: {a: b}}
spec:
  containers: [{name: a, image: i}, {name: b}]
";

#[test]
fn a_merge_that_says_what_is_there_changes_nothing() {
    for patch in [
        POD,
        "spec: {containers: [{name: a}]}",
        "spec: {containers: [{name: a, image: \"i\"}], new: null}",
        "spec: {containers: []}",
        "metadata: {labels: {a: b, $patch: merge}}",
    ] {
        assert!(!apply(POD, patch).1.changed, "{patch}");
    }
    for patch in [
        "spec: {containers: [{name: b}]}",
        "spec: {containers: [{name: a, image: j}]}",
        "spec: {containers: [{name: a, image: null}]}",
        "spec: {hostNetwork: true}",
        "metadata: {labels: {a: null}}",
    ] {
        assert!(apply(POD, patch).1.changed, "{patch}");
    }
}

#[test]
fn names_and_kinds_have_a_part_of_their_own() {
    let (_, outcome) = apply(POD, "kind: Job\nmetadata: {name: other, namespace: elsewhere}\n");
    assert!(outcome.kind_changed && outcome.name_changed && !outcome.changed);
}

#[test]
fn what_does_nothing_is_told_with_its_place() {
    for (patch, kind, place) in [
        ("spec: {a: {$patch: delete}}", IdleKind::NothingToDelete, "delete"),
        ("spec: {a: {b: {$patch: delete}}}", IdleKind::NothingToDelete, "delete"),
        ("spec: {containers: [{name: c, $patch: delete}]}", IdleKind::NothingToDelete, "delete"),
        ("spec: {gone: null}", IdleKind::NullForNothing, "null"),
        ("spec: {containers: [{name: a, command: ~}]}", IdleKind::NullForNothing, "~"),
        ("$patch: replace", IdleKind::ReplaceIgnored, "replace"),
        ("spec: {containers: [{name: a, $patch: replace}]}", IdleKind::ReplaceIgnored, "replace"),
        ("spec: {containers: [{image: x}]}", IdleKind::ItemLost, "{image: x}"),
        ("spec: {$retainKeys: [a]}", IdleKind::LeftInPlace, "$retainKeys"),
        ("spec: {tolerations: [{$patch: replace}]}", IdleKind::LeftInPlace, "replace"),
    ] {
        let told: Vec<_> = apply(POD, patch).1.idle;
        let told: Vec<_> = told.iter().map(|idle| (idle.kind, &patch[idle.span.range()])).collect();
        assert_eq!(told, [(kind, place)], "{patch}");
    }
}

#[test]
fn what_does_something_is_not_told() {
    for patch in [
        "spec: {containers: [{name: a, $patch: delete}]}",
        "spec: {containers: [{$patch: replace}, {name: c}]}",
        "spec: {containers: null}",
        "spec: {$patch: replace, a: 1}",
        "metadata: {labels: {$patch: delete}}",
    ] {
        assert_eq!(apply(POD, patch).1.idle, [], "{patch}");
    }
}

fn refused(patch: &str) -> (MergeError, Span) {
    let error = merge(read(patch), &mut read(POD), &Schemas::builtin()).unwrap_err();
    let span = error.span();
    (error, span)
}

#[test]
fn errors_have_their_places() {
    for (patch, place, message) in [
        ("spec: [a]", "[a]", "the patch has a sequence where the target has a mapping"),
        ("spec: {$patch: drop}", "drop", "`$patch: drop` is no directive"),
        ("spec: {containers: [{$patch: drop}]}", "drop", "`$patch: drop` is no directive"),
        ("spec: {'': 1}", "''", "kustomize cannot merge a mapping that has an empty key"),
    ] {
        let (error, span) = refused(patch);
        assert_eq!(&patch[span.range()], place, "{error}");
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn what_is_one_node_to_kustomize_stays_one() {
    let group = std::num::NonZeroU32::MIN;
    let mut target = read(POD);
    let label = target.get_mut("metadata").and_then(|meta| meta.get_mut("labels")?.get_mut("a"));
    label.unwrap().shared = Some(crate::yaml::Shared { group, writes: 0 });
    let writes =
        |target: &Node| target.pointer("/metadata/labels/a").unwrap().shared.unwrap().writes;
    let schemas = Schemas::builtin();
    merge(read("spec: {a: 1}"), &mut target, &schemas).unwrap();
    assert_eq!(writes(&target), 0);
    merge(read("metadata: {labels: {a: c}}"), &mut target, &schemas).unwrap();
    assert_eq!(writes(&target), 1);
}

#[test]
fn a_schema_of_ones_own_says_how_lists_are_merged() {
    let document = "
definitions:
  acme.Foo:
    properties:
      list:
        type: array
        x-kubernetes-patch-strategy: merge
        x-kubernetes-patch-merge-key: id
    x-kubernetes-group-version-kind: [{group: acme.io, version: v1, kind: Foo}]
";
    let schemas = Schemas::from_document(&read(document), crate::schema::Beside::Gone).unwrap();
    let head = "apiVersion: acme.io/v1\nkind: Foo\n";
    let mut target = read(&format!("{head}list: [{{id: a, x: 1}}]\n"));
    merge(read("list: [{id: b}, {id: a, y: 2}]"), &mut target, &schemas).unwrap();
    let merged = format!("{head}list:\n- id: b\n- id: a\n  x: 1\n  \"y\": 2\n");
    assert_eq!(text(&target), merged);
    let mut pod = read(POD);
    merge(read("spec: {containers: [{name: c}]}"), &mut pod, &schemas).unwrap();
    assert_eq!(pod.pointer("/spec/containers").unwrap().as_sequence().unwrap().len(), 1);
}

/// Lists of this length take minutes where every item is searched for.
const MANY: usize = 60_000;

#[test]
fn long_lists_and_maps_take_no_longer_than_they_are() {
    let list = |from: usize| (from..from + MANY).map(|at| format!("{{name: n{at}}}, ")).collect();
    let pod =
        |items: String| format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{items}]}}\n");
    let texts = |from: usize| (from..from + MANY).map(|at| format!("t{at}, ")).collect::<String>();
    let node =
        |items: String| format!("apiVersion: v1\nkind: Node\nspec: {{podCIDRs: [{items}]}}\n");
    let map =
        |from: usize| (from..from + MANY).map(|at| format!("  k{at}: x\n")).collect::<String>();
    let started = std::time::Instant::now();
    for (target, patch, pointer) in [
        (pod(list(0)), pod(list(MANY / 2)), "/spec/containers"),
        (node(texts(0)), node(texts(MANY / 2)), "/spec/podCIDRs"),
        (format!("data:\n{}", map(0)), format!("data:\n{}", map(MANY / 2)), "/data"),
    ] {
        let (merged, _) = apply(&target, &patch);
        let length = match &merged.pointer(pointer).unwrap().value {
            Value::Sequence(items) => items.len(),
            Value::Mapping(map) => map.len(),
            _ => 0,
        };
        assert_eq!(length, MANY + MANY / 2);
    }
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn a_long_list_without_keys_is_refused() {
    let items: String = (0..MANY).map(|_| "{image: x}, ").collect();
    let target = format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{items}]}}\n");
    let error = merge(read("spec: {a: 1}"), &mut read(&target), &Schemas::builtin()).unwrap_err();
    assert!(matches!(error, MergeError::TooManyItems { .. }));
}
