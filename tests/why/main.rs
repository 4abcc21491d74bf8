//! What `why` names as the origin of a field is so: without those lines the field is another one.
//!
//! Fleets are made at random: a base, an overlay and a component, patches of both kinds in files and inline, labels, images, generators,
//! replacements, and Flux Kustomizations that add patches, images, a namespace, a prefix, metadata and variables. Of random fields
//! of the objects that come out, the last step that set the field is taken, its lines are deleted from the files, and everything
//! is built again.
//!
//! `WHY_FLEETS` says how many fleets are made; each is made from its number alone.
#![allow(clippy::unwrap_used)]

mod fleet;

use std::collections::{BTreeMap, BTreeSet};

use fleet::Maker;
use kustomize::yaml::{Node, Value};
use tenantry::diagnostic::Severity;
use tenantry::files::Memory;
use tenantry::flux::trace::Trace;
use tenantry::flux::{Cluster, Fleet, Identity};
use tenantry::path::RepoPath;
use tenantry::why::field::{FieldPath, FieldText, Segment, same};
use tenantry::why::{Change, Said, Step, Wanted, What, why};

fn view(files: &BTreeMap<String, String>) -> Memory {
    files
        .iter()
        .map(|(path, text)| (RepoPath::new(path).unwrap(), text.clone().into_bytes()))
        .collect()
}

fn with_cluster<T>(files: &Memory, then: impl FnOnce(&Cluster<'_>) -> T) -> T {
    let fleet = Fleet::new(files, None);
    then(&fleet.cluster("prod", "clusters/prod").unwrap())
}

/// Every scalar below a node.
fn leaves(node: &Node, way: &mut Vec<Segment>, found: &mut Vec<FieldPath>) {
    match &node.value {
        Value::Mapping(fields) => {
            for (key, value) in fields.iter() {
                way.push(Segment::Key(key.key_text().into_owned()));
                leaves(value, way, found);
                way.pop();
            }
        }
        Value::Sequence(items) => {
            for (at, item) in items.iter().enumerate() {
                way.push(Segment::Item(at));
                leaves(item, way, found);
                way.pop();
            }
        }
        _ => found.push(FieldPath(way.clone())),
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Deletes the entry that begins in a line, from 1, with all that belongs to it, and what is empty then.
fn delete(text: &str, line: usize) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut at = line - 1;
    loop {
        let depth = indent(lines[at]);
        let mut end = at + 1;
        while end < lines.len() && indent(lines[end]) > depth {
            end += 1;
        }
        lines.drain(at..end);
        let Some(above) = at.checked_sub(1) else { break };
        let opens = lines[above].ends_with([':', '|']);
        let is_empty = lines.get(at).is_none_or(|next| indent(next) <= indent(lines[above]));
        // A key of an item with others beside it.
        let is_item = lines[above].trim_start().starts_with("- ");
        let has_more = lines.get(at).is_some_and(|next| indent(next) > indent(lines[above]));
        let is_bare =
            is_item && lines.get(at).is_some_and(|next| indent(next) == indent(lines[above]) + 2);
        if opens && (is_empty || (is_bare && has_more)) {
            at = above;
            continue;
        }
        break;
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Deletes what the steps say, the last lines of a file first.
fn without(files: &BTreeMap<String, String>, steps: &[&Step]) -> BTreeMap<String, String> {
    let mut places: BTreeSet<(&str, usize)> = BTreeSet::new();
    for step in steps {
        places.extend(step.places.iter().map(|place| (place.file.as_str(), place.line)));
    }
    let mut files = files.clone();
    for (file, line) in places.into_iter().rev() {
        let text = delete(&files[file], line);
        files.insert(file.to_owned(), text);
    }
    files
}

fn told(files: &BTreeMap<String, String>) -> String {
    let files = files.iter();
    files.map(|(path, text)| format!("# {path}\n{text}\n")).collect()
}

#[derive(Default)]
struct Count {
    checked: usize,
    /// Fields whose steps stand in no file.
    nowhere: usize,
    /// Those without which nothing is built.
    failed: usize,
    kinds: BTreeSet<String>,
}

/// Whether an object is none without a field, or Flux finds nothing to apply.
fn is_needed(kind: &str, field: &FieldPath) -> bool {
    let pointer = field.pointer();
    let of_flux = matches!(kind, "Kustomization" | "GitRepository");
    matches!(pointer.as_str(), "/apiVersion" | "/kind" | "/metadata/name")
        || pointer.starts_with("/metadata/labels/kustomize.toolkit.fluxcd.io")
        || (of_flux && !pointer.starts_with("/spec/p") && !pointer.starts_with("/spec/c"))
}

fn check(seed: u64, count: &mut Count) {
    let (files, mut dice) = Maker::fleet(seed);
    let memory = view(&files);
    with_cluster(&memory, |cluster| {
        let errors: Vec<_> = cluster
            .findings
            .iter()
            .filter(|(_, finding)| finding.severity == Severity::Error)
            .collect();
        assert!(errors.is_empty(), "fleet {seed}: {errors:?}\n{}", told(&files));
        for applier in &cluster.appliers {
            let kustomization = applier.what.kustomization().unwrap();
            let artifact = applier.artifact().unwrap();
            let traced = Trace::of(artifact, kustomization, &applier.variables).built.objects;
            assert_eq!(traced.len(), applier.objects().len(), "fleet {seed}");
            let mut pairs = traced.iter().zip(applier.objects());
            assert!(pairs.all(|(a, b)| a.node.same_meaning(&b.node)), "fleet {seed}");
        }
        let objects: Vec<_> = cluster.objects().collect();
        for _ in 0..8 {
            let (_, object) = *dice.pick(&objects);
            let mut fields = Vec::new();
            leaves(&object.node, &mut Vec::new(), &mut fields);
            // Without what makes it an object there is nothing to compare, so these are asked for seldom.
            if !dice.happens(8) {
                fields.retain(|field| !is_needed(object.identity.kind.as_str(), field));
            }
            if fields.is_empty() {
                continue;
            }
            let field = dice.pick(&fields).clone();
            check_field(seed, &files, cluster, &object.identity, &field, count);
        }
    });
}

fn check_field(
    seed: u64,
    files: &BTreeMap<String, String>,
    cluster: &Cluster<'_>,
    identity: &Identity,
    field: &FieldPath,
    count: &mut Count,
) {
    let wanted = Wanted {
        kind: identity.kind.clone(),
        group: Some(identity.group.clone()),
        namespace: Some(identity.namespace.clone()),
        name: identity.name.clone(),
    };
    let text: FieldText = field.pointer().parse().unwrap();
    let nothing = Memory::new();
    let answer = why(cluster, &wanted, Some(&text), &Said::new(&nothing, None));
    let context = || format!("fleet {seed}: {identity}: {field}\n{}", told(files));
    let answer = answer.unwrap_or_else(|error| panic!("{error}\n{}", context()));
    let [one] = &answer.told[..] else { panic!("{} appliers\n{}", answer.told.len(), context()) };
    let value = value(cluster, identity, field);
    assert_eq!(one.value, value.as_ref().map(Node::to_json), "{}", context());
    let origin = one.steps.iter().rposition(|step| matches!(step.change, Change::Value(..)));
    let origin = origin.unwrap_or_else(|| panic!("no origin\n{}", context()));
    let steps: Vec<&Step> = one.steps[origin..].iter().collect();
    assert!(steps[1..].iter().all(|step| matches!(step.change, Change::Again(_))), "{}", context());
    if steps.iter().any(|step| step.places.is_empty()) {
        let what = steps[0].what;
        let may = matches!(what, What::Hash | What::Reference | What::End);
        assert!(may, "{what:?} has no place\n{}", context());
        count.nowhere += 1;
        return;
    }
    count.checked += 1;
    count.kinds.insert(format!(
        "{:?}{}",
        steps[0].what,
        if steps[0].by_flux { " by Flux" } else { "" }
    ));
    let left = without(files, &steps);
    let memory = view(&left);
    with_cluster(&memory, |after| {
        let fails = after.findings.iter().any(|(_, one)| one.severity == Severity::Error);
        count.failed += usize::from(fails);
        let is = self::value(after, identity, field);
        // An item that goes lets another one into its place, which may say the same.
        let shorter = lengths(cluster, identity, field) != lengths(after, identity, field);
        let stays = value.as_ref().zip(is.as_ref()).is_some_and(|(was, is)| same(was, is));
        let stays = stays && !shorter;
        assert!(
            !stays,
            "still {:?} without {steps:#?}\n{}\nthen:\n{}",
            is.map(|is| is.to_json()),
            context(),
            told(&left)
        );
    });
}

/// How long the lists are that a field lies in.
fn lengths(cluster: &Cluster<'_>, identity: &Identity, field: &FieldPath) -> Vec<Option<usize>> {
    let lists = (0..field.0.len()).filter(|at| matches!(field.0[*at], Segment::Item(_)));
    let list = |at| value(cluster, identity, &FieldPath(field.0[..at].to_vec()));
    lists.map(|at| list(at)?.as_sequence().map(<[Node]>::len)).collect()
}

fn value(cluster: &Cluster<'_>, identity: &Identity, field: &FieldPath) -> Option<Node> {
    let mut objects = cluster.objects().filter(|(_, object)| object.identity == *identity);
    field.of(&objects.next()?.1.node).cloned()
}

#[test]
fn without_the_lines_that_are_named_the_field_is_another_one() {
    let fleets = std::env::var("WHY_FLEETS").ok().and_then(|text| text.parse().ok()).unwrap_or(120);
    let mut count = Count::default();
    for seed in 0..fleets {
        check(seed, &mut count);
    }
    let Count { checked, nowhere, failed, kinds } = &count;
    assert!(*checked > nowhere * 4, "too many fields that no file says: {nowhere} of {checked}");
    assert!(
        failed * 4 < *checked,
        "too many that are needed for the build itself: {failed} of {checked}"
    );
    for kind in [
        "Resource",
        "Merge",
        "Operation",
        "Operation by Flux",
        "Merge by Flux",
        "Labels",
        "Substitution by Flux",
    ] {
        assert!(kinds.contains(kind), "no {kind} among {kinds:?}");
    }
}
