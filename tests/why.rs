//! What `why` names as the origin of a field is so: without those lines the field is another one.
//!
//! Fleets are made at random: a base, an overlay and a component, patches of both kinds in files and inline, labels, images, generators,
//! replacements, and Flux Kustomizations that add patches, images, a namespace, a prefix, metadata and variables. Of random fields
//! of the objects that come out, the last step that set the field is taken, its lines are deleted from the files, and everything
//! is built again.
//!
//! `WHY_FLEETS` says how many fleets are made; each is made from its number alone.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use kustomize::yaml::{Node, Value};
use tenantry::diagnostic::Severity;
use tenantry::files::Memory;
use tenantry::flux::trace::Trace;
use tenantry::flux::{Cluster, Fleet, Identity};
use tenantry::path::RepoPath;
use tenantry::why::field::{FieldPath, FieldText, Segment, same};
use tenantry::why::{Change, Said, Step, Wanted, What, why};

/// Numbers that follow from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % sides
    }

    fn happens(&mut self, one_in: u64) -> bool {
        self.roll(one_in) == 0
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

/// What makes a fleet: each value is a new one, so that no two steps come to the same by chance, unless a patch says again what the one
/// before it said.
struct Maker {
    dice: Dice,
    values: u64,
    /// What patches said last, by field.
    said: BTreeMap<&'static str, String>,
    files: BTreeMap<String, String>,
}

/// Where patches change a HelmRelease, with whether the field is there before.
const FIELDS: [(&str, bool); 5] = [
    ("spec.values.one", true),
    ("spec.values.deep.two", true),
    ("spec.values.deep.three", true),
    ("spec.values.deep.new", false),
    ("spec.chart.spec.version", true),
];

impl Maker {
    fn value(&mut self) -> String {
        self.values += 1;
        format!("v{}", self.values)
    }

    fn value_of(&mut self, field: &'static str) -> String {
        if self.dice.happens(3)
            && let Some(said) = self.said.get(field)
        {
            return said.clone();
        }
        let value = self.value();
        self.said.insert(field, value.clone());
        value
    }

    fn file(&mut self, path: &str, text: String) {
        self.files.insert(path.to_owned(), text);
    }

    /// A patch of either kind, as a text with lines of its own.
    fn patch(&mut self) -> String {
        let count = 1 + self.dice.roll(3);
        let fields: BTreeSet<(&'static str, bool)> =
            (0..count).map(|_| *self.dice.pick(&FIELDS)).collect();
        let mut text = String::new();
        if self.dice.happens(2) {
            if self.dice.happens(4) {
                text.push_str("- op: test\n  path: /kind\n  value: HelmRelease\n");
            }
            for (field, there) in fields {
                let op = if there && self.dice.happens(2) { "replace" } else { "add" };
                let path = field.replace('.', "/");
                let value = self.value_of(field);
                let _ = write!(text, "- op: {op}\n  path: /{path}\n  value: {value}\n");
            }
            return text;
        }
        text.push_str(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: rel\n",
        );
        let mut open: Vec<&str> = Vec::new();
        for (field, _) in fields {
            let names: Vec<&str> = field.split('.').collect();
            let (leaf, way) = names.split_last().unwrap();
            let shared = open.iter().zip(way).take_while(|(a, b)| a == b).count();
            for (depth, name) in way.iter().enumerate().skip(shared) {
                let _ = writeln!(text, "{}{name}:", "  ".repeat(depth));
            }
            let value = self.value_of(field);
            let _ = writeln!(text, "{}{leaf}: {value}", "  ".repeat(way.len()));
            open = way.to_vec();
        }
        text
    }

    /// An entry of `patches`, four blanks deep.
    fn entry(&mut self) -> String {
        let patch = self.patch();
        let mut text = String::from("    - patch: |\n");
        for line in patch.lines() {
            let _ = writeln!(text, "        {line}");
        }
        text.push_str("      target:\n        kind: HelmRelease\n");
        text
    }

    fn containers(&mut self) -> String {
        let (log, env) = (self.value(), self.value());
        format!(
            "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: side
          image: acme/side:1
          args:
            - --log={log}
        - name: app
          image: acme/app:1
          env:
            - name: MODE
              value: {env}
          envFrom:
            - configMapRef:
                name: made
"
        )
    }

    fn release(&mut self) -> String {
        let values: Vec<String> = (0..5).map(|_| self.value()).collect();
        let [one, two, three, interval, version] = &values[..] else { unreachable!() };
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: rel
spec:
  interval: {interval}
  chart:
    spec:
      chart: rel
      version: {version}
  values:
    one: {one}
    from: none
    text: is ${{FIRST}} and ${{SECOND}}
    deep:
      two: {two}
      three: {three}
"
        )
    }

    /// A kustomization's own fields.
    fn kustomization(&mut self, folder: &str) -> String {
        let mut text = String::new();
        if self.dice.happens(2) {
            let (key, value, tag) = (self.dice.roll(3), self.value(), self.value());
            let _ = write!(text, "labels:\n  - pairs:\n      acme/l{key}: {value}\n");
            if self.dice.happens(2) {
                text.push_str("    includeTemplates: true\n");
            }
            let _ = write!(text, "commonAnnotations:\n  acme/a{key}: {tag}\n");
        }
        if self.dice.happens(3) {
            let (name, tag) = (*self.dice.pick(&["app", "side"]), self.value());
            let _ = write!(text, "images:\n  - name: acme/{name}\n    newTag: {tag}\n");
        }
        if self.dice.happens(3) {
            let count = 4 + self.dice.roll(5);
            let _ = write!(text, "replicas:\n  - name: web\n    count: {count}\n");
        }
        if self.dice.happens(4) {
            let name = self.value();
            let _ = writeln!(text, "namespace: {name}");
        }
        if self.dice.happens(5) {
            let name = self.value();
            let _ = writeln!(text, "namePrefix: {name}-");
        }
        if self.dice.happens(2) {
            text.push_str("patches:\n");
            for at in 0..=self.dice.roll(2) {
                if self.dice.happens(3) {
                    let patch = self.patch();
                    self.file(&format!("{folder}/patch-{at}.yaml"), patch);
                    let _ = write!(
                        text,
                        "    - path: patch-{at}.yaml\n      target:\n        kind: HelmRelease\n"
                    );
                } else {
                    text.push_str(&self.entry());
                }
            }
        }
        text
    }

    fn base(&mut self) {
        let deployment = self.containers();
        self.file("apps/base/deployment.yaml", deployment);
        let release = self.release();
        self.file("apps/base/release.yaml", release);
        let (first, second) = (self.value(), self.value());
        let mut text = format!(
            "resources:\n  - deployment.yaml\n  - release.yaml\nconfigMapGenerator:\n  - name: made\n    literals:\n      - first={first}\n      - second={second}\n"
        );
        if self.dice.happens(2) {
            text.push_str(
                "replacements:
  - source:
      kind: Deployment
      name: web
      fieldPath: spec.template.spec.containers.[name=app].env.[name=MODE].value
    targets:
      - select:
          kind: HelmRelease
        fieldPaths:
          - spec.values.from
",
            );
        }
        text.push_str(&self.kustomization("apps/base"));
        self.file("apps/base/kustomization.yaml", text);
    }

    fn overlay(&mut self) {
        let mut text = String::from("resources:\n  - ../base\n");
        if self.dice.happens(2) {
            text.push_str("components:\n  - ../part\n");
            let value = self.value();
            let part = format!(
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator:\n  - name: part\n    literals:\n      - of={value}\n"
            );
            let part = part + &self.kustomization("apps/part");
            self.file("apps/part/kustomization.yaml", part);
        }
        if self.dice.happens(2) {
            let third = self.value();
            let _ = write!(
                text,
                "configMapGenerator:\n  - name: made\n    behavior: merge\n    literals:\n      - third={third}\n"
            );
        }
        text.push_str(&self.kustomization("apps/overlay"));
        self.file("apps/overlay/kustomization.yaml", text);
    }

    fn flux(&mut self) {
        let mut text = String::from(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps/overlay
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
",
        );
        let indented =
            |text: &str| -> String { text.lines().map(|line| format!("  {line}\n")).collect() };
        if self.dice.happens(3) {
            let name = self.value();
            let _ = writeln!(text, "  targetNamespace: {name}");
        }
        if self.dice.happens(4) {
            let name = self.value();
            let _ = writeln!(text, "  namePrefix: {name}-");
        }
        if self.dice.happens(2) {
            let (label, annotation) = (self.value(), self.value());
            let _ = write!(
                text,
                "  commonMetadata:\n    labels:\n      acme/l0: {label}\n    annotations:\n      acme/a1: {annotation}\n"
            );
        }
        if self.dice.happens(2) {
            text.push_str("  patches:\n");
            for _ in 0..=self.dice.roll(2) {
                text.push_str(&indented(&self.entry()));
            }
        }
        if self.dice.happens(3) {
            let tag = self.value();
            let _ = write!(text, "  images:\n    - name: acme/app\n      newTag: {tag}\n");
        }
        let (first, second, other) = (self.value(), self.value(), self.value());
        let _ = write!(text, "  postBuild:\n    substitute:\n      FIRST: {first}\n");
        text.push_str("    substituteFrom:\n      - kind: ConfigMap\n        name: variables\n");
        self.file("clusters/prod/apps.yaml", text);
        self.file(
            "clusters/prod/variables.yaml",
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: variables\n  namespace: flux-system\ndata:\n  FIRST: {other}\n  SECOND: {second}\n"
            ),
        );
        self.file(
            "clusters/prod/flux-system/gotk-sync.yaml",
            "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  url: https://github.com/acme/fleet
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  path: ./clusters/prod
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
"
            .to_owned(),
        );
        // The cluster's own folder may change what lies in it, too.
        if self.dice.happens(3) {
            let value = self.value();
            let text = format!(
                "resources:
  - apps.yaml
  - variables.yaml
  - flux-system/gotk-sync.yaml
patches:
  - patch: |
      - op: add
        path: /spec/postBuild/substitute/FIRST
        value: {value}
    target:
      kind: Kustomization
      name: apps
"
            );
            self.file("clusters/prod/kustomization.yaml", text);
        }
    }

    fn fleet(seed: u64) -> (BTreeMap<String, String>, Dice) {
        let mut maker =
            Self { dice: Dice(seed), values: 0, said: BTreeMap::new(), files: BTreeMap::new() };
        maker.base();
        maker.overlay();
        maker.flux();
        (maker.files, maker.dice)
    }
}

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
    println!(
        "{checked} fields, {nowhere} more that no file says, {failed} without which nothing is built: {kinds:?}"
    );
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
