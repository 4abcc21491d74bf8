//! Random fleets, each made from its number alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Numbers that follow from a seed (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % sides
    }

    pub(crate) fn happens(&mut self, one_in: u64) -> bool {
        self.roll(one_in) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

/// What makes a fleet: each value is a new one, so that no two steps come to the same by chance, unless a patch says again what the one
/// before it said.
pub(crate) struct Maker {
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

    /// The files of the fleet of a number, and dice to go on with.
    pub(crate) fn fleet(seed: u64) -> (BTreeMap<String, String>, Dice) {
        let mut maker =
            Self { dice: Dice(seed), values: 0, said: BTreeMap::new(), files: BTreeMap::new() };
        maker.base();
        maker.overlay();
        maker.flux();
        (maker.files, maker.dice)
    }
}
