//! What whoever watches a build is told, and that nothing is built otherwise for it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Mutex;

use kustomize::yaml::{Node, Span};
use kustomize::{MemoryFiles, ObjectId, Observer, Options, Step, StepKind, build, build_observed};

/// What is told of each object: the step, its place, and the object's name and a field of it afterwards.
#[derive(Default)]
struct Diary(Mutex<BTreeMap<ObjectId, Vec<Entry>>>);

type Entry = (StepKind, Span, Option<String>);

impl Observer for Diary {
    fn after(&self, step: &Step<'_>, object: ObjectId, node: Option<&Node>) {
        let text = |pointer: &str| {
            let found = node.and_then(|node| node.pointer(pointer)?.text());
            found.unwrap_or("-").to_owned()
        };
        let said = node.map(|_| format!("{} {}", text("/metadata/name"), text("/data/a")));
        let mut diary = self.0.lock().unwrap();
        diary.entry(object).or_default().push((step.kind, step.span, said));
    }
}

fn files() -> MemoryFiles {
    let mut files = MemoryFiles::new();
    files.insert(
        "/app/kustomization.yaml",
        "resources: [../base]
namePrefix: acme-
patches:
- patch: |
    - {op: replace, path: /data/a, value: two}
    - {op: replace, path: /data/a, value: three}
  target: {kind: ConfigMap, name: kept}
- patch: |
    $patch: delete
    kind: ConfigMap
    apiVersion: v1
    metadata: {name: gone}
",
    );
    files.insert("/base/kustomization.yaml", "resources: [a.yaml, b.yaml]\n");
    files.insert(
        "/base/a.yaml",
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: kept}\ndata: {a: one}\n",
    );
    files.insert("/base/b.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: gone}\n");
    files
}

#[test]
fn each_object_is_told_after_each_step_under_one_number() {
    let (files, diary) = (files(), Diary::default());
    let built = build_observed(&files, "/app", &Options::default(), None, &diary).unwrap();
    let mut told = diary.0.into_inner().unwrap();
    let [kept] = built.resources() else { panic!("{}", built.to_yaml()) };
    let steps = told.remove(&kept.traced().unwrap()).unwrap();
    let mut changes: Vec<String> = Vec::new();
    let mut last = None;
    for (kind, span, said) in steps {
        if said != last {
            let place = built.sources().place(span, &files).unwrap();
            changes.push(format!("{kind:?} {} {}", place.path, said.clone().unwrap_or_default()));
        }
        last = said;
    }
    assert_eq!(
        changes,
        [
            "Resource /base/a.yaml kept one",
            "Operation /app/kustomization.yaml kept two",
            "Operation /app/kustomization.yaml kept three",
            "NamePrefix /app/kustomization.yaml acme-kept three",
        ]
    );
    let (_, gone) = told.pop_first().unwrap();
    let (kind, span, _) = gone.iter().find(|(_, _, said)| said.is_none()).unwrap();
    assert_eq!(*kind, StepKind::Merge);
    assert_eq!(built.sources().place(*span, &files).unwrap().path, "/app/kustomization.yaml");
    assert!(told.is_empty());
}

#[test]
fn what_is_built_is_the_same_and_has_no_numbers_where_nobody_watches() {
    let files = files();
    let alone = build(&files, "/app", &Options::default()).unwrap();
    let diary = Diary::default();
    let watched = build_observed(&files, "/app", &Options::default(), None, &diary).unwrap();
    assert_eq!(watched.to_yaml(), alone.to_yaml());
    assert!(alone.resources().iter().all(|one| one.traced().is_none()));
}
