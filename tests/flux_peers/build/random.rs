//! Flux Kustomizations, folders and clusters of any kind, as texts of fixtures.
//!
//! Most of what comes out can be built: what is wrong is rare, so that one fault does not hide all else. Left out is what Go does
//! in another order each time: keys such as `a9` and `a10` in one map, and several faults at once that are told in any order.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Random;
use super::words::{BROKEN, PLAIN, TEXTS, VALUES, VARIABLES};

/// The text of a fixture without an outcome.
pub(super) fn case(random: &mut Random) -> String {
    let mut writer = Writer { random, files: Vec::new(), objects: 0 };
    let path = writer.random.of(&[
        "",
        "./",
        "apps",
        "./apps",
        "apps/",
        "/apps",
        "apps",
        "clusters/prod",
        "../apps",
        "apps/../apps",
        "apps/.",
        "a b/é",
    ]);
    let folder = path.trim_matches(['.', '/']).replace("apps/../", "");
    for (folder, chances) in [("base", 2), ("c", 3), ("other", 5)] {
        if writer.random.one_in(chances) {
            writer.folder(folder, 1);
        }
    }
    writer.folder(&folder, 0);
    // It is nothing that the root as a whole can have in it.
    if !folder.is_empty() || writer.random.one_in(4) {
        writer.component("comp");
    }
    let path = match writer.random.below(60) {
        0 => "missing",
        1 => "apps/kustomization.yaml",
        _ => path,
    };
    let spec = writer.spec(path);
    let mut text = "A random case.\n".to_owned();
    if writer.random.one_in(8) {
        text += "-- arguments --\n--strict\n";
    }
    write!(
        text,
        "-- {} --\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: app, namespace: apps}}\nspec:\n{spec}",
        super::KUSTOMIZATION
    )
    .unwrap();
    let cluster = writer.cluster();
    write!(text, "-- {} --\n{cluster}", super::CLUSTER).unwrap();
    let mut seen = BTreeSet::new();
    for (path, body) in writer.files {
        if seen.insert(path.clone()) {
            let form = if body.ends_with('\n') || body.is_empty() { "file" } else { "unended" };
            let end = if form == "file" { "" } else { "\n" };
            write!(text, "-- {form} {path} --\n{body}{end}").unwrap();
        }
    }
    text
}

struct Writer<'r> {
    random: &'r mut Random,
    files: Vec<(String, String)>,
    /// How many objects there are, by which each gets a name of its own.
    objects: usize,
}

impl Writer<'_> {
    fn add(&mut self, path: &str, body: String) {
        self.files.push((path.trim_start_matches('/').to_owned(), body));
    }

    /// A folder with manifests, perhaps with a kustomization file; whether it has one.
    fn folder(&mut self, folder: &str, depth: usize) -> bool {
        const NAMES: &[&str] = &[
            "a.yaml",
            "b.yaml",
            "a-b.yaml",
            "a.yml",
            "A.yaml",
            "z.yaml",
            ".h.yaml",
            "x y.yaml",
            "é.yaml",
            "a.b.yaml",
            "0.yaml",
            "_.yaml",
            "~.yaml",
            "a'.yaml",
            "#.yaml",
            "- a.yaml",
            "&a.yaml",
            "k: v.yaml",
            "true.yaml",
            "@.yaml",
            "[.yaml",
            "a+b.yaml",
            "%20.yaml",
            "=.yaml",
        ];
        const OTHERS: &[&str] = &[
            "README.md",
            "values.json",
            "x.YAML",
            "yaml",
            "a.yaml.tpl",
            "kustomization",
            "Kustomization.yaml.bak",
        ];
        const FOLDERS: &[&str] = &[
            "a", "b", "a-b", "a.b", ".hidden", "x y", "é", "a.yaml", "0", "Z", "~", "a b c", "- x",
        ];
        let mut named = Vec::new();
        let least = usize::from(!self.random.one_in(20));
        for _ in 0..least + self.random.below(3) {
            let name = self.random.of(NAMES).to_owned();
            if named.contains(&name) {
                continue;
            }
            let body = self.manifest();
            self.add(&format!("{folder}/{name}"), body);
            named.push(name);
        }
        if self.random.one_in(4) {
            let name = self.random.of(OTHERS);
            let body = self.random.of(&["no: manifest\n", "# text\n", "", "{\"a\": [}"]).to_owned();
            self.add(&format!("{folder}/{name}"), body);
        }
        let mut beside = Vec::new();
        if depth < 3 {
            for _ in 0..self.random.below(3 - depth.min(2)) {
                let name = self.random.of(FOLDERS).to_owned();
                if named.contains(&name) || beside.contains(&name) {
                    continue;
                }
                if self.folder(&format!("{folder}/{name}"), depth + 1) || self.random.one_in(50) {
                    named.push(name);
                } else {
                    beside.push(name);
                }
            }
        }
        // What lies beside the path is a base, which needs one.
        let has_one = self.random.one_in(2) || depth == 1 && !folder.contains('/');
        if has_one {
            self.kustomization_file(folder, &named, depth);
        }
        has_one
    }

    fn kustomization_file(&mut self, folder: &str, named: &[String], depth: usize) {
        let mut text = String::new();
        if self.random.one_in(3) {
            text += "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
        }
        let mut resources: Vec<String> = named.to_vec();
        if self.random.one_in(5) {
            resources.pop();
        }
        let up = "../".repeat(folder.split('/').filter(|name| !name.is_empty()).count());
        let has_base = self.files.iter().any(|(path, _)| path.starts_with("base/"));
        if depth == 0 && has_base && self.random.one_in(2) {
            resources.push(format!("{up}base"));
        }
        if self.random.one_in(60) {
            resources.push("missing.yaml".to_owned());
        }
        if !resources.is_empty() || self.random.one_in(3) {
            text += match self.random.below(12) {
                0 => "Resources:",
                _ => "resources:",
            };
            if resources.is_empty() {
                text += " []";
            }
            text.push('\n');
            for resource in &resources {
                writeln!(text, "- '{}'", resource.replace('\'', "''")).unwrap();
            }
        }
        for _ in 0..self.random.below(if depth == 0 { 5 } else { 2 }) {
            let field = self.field(depth);
            let name = field.split(':').next().unwrap();
            if !text.contains(&format!("{name}:")) {
                text += &field;
            }
        }
        // Only at the path of a Flux Kustomization are these passed over.
        if self.random.one_in(if depth == 0 { 4 } else { 40 }) {
            text += self.random.of(&[
                "unknown: {a: [b]}\n",
                "imageTags: [{name: nginx, newTag: v9}]\n",
                "spec: 5\n",
            ]);
        }
        let name = match self.random.below(10) {
            0 => "kustomization.yml",
            1 => "Kustomization",
            _ => "kustomization.yaml",
        };
        self.add(&format!("{folder}/{name}"), text);
        if self.random.one_in(60) {
            self.add(&format!("{folder}/kustomization.yml"), "resources: []\n".to_owned());
        }
    }

    fn component(&mut self, folder: &str) {
        let mut text = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n".to_owned();
        if self.random.one_in(3) {
            let body = self.manifest();
            self.add(&format!("{folder}/r.yaml"), body);
            text += "resources: [r.yaml]\n";
        }
        text += &self.field(1);
        self.add(&format!("{folder}/kustomization.yaml"), text);
    }

    /// A field of a kustomization file.
    fn field(&mut self, depth: usize) -> String {
        let value = self.random.of(&["x", "a-b", "prod", "\"5\"", "é"]);
        let number = if depth == 0 {
            self.random.of(&["5", "1.50", "true", "1e3", "0x1F", "x"])
        } else {
            "x"
        };
        let labels = self.random.of(&["a", "app", "example.com/x"]);
        match self.random.below(40) % 15 {
            0 => {
                format!("namespace: {}\n", self.random.of(&["team", "ns-${env}", "\"\"", "other"]))
            }
            1 => format!("namePrefix: {}\n", self.random.of(&["p-", number, "${env}-", "\"\""])),
            2 => format!("nameSuffix: {}\n", self.random.of(&["-s", number, "-${env}"])),
            3 => format!(
                "commonAnnotations: {{{labels}: {value}, nn: {}}}\n",
                if depth == 0 { number } else { "\"7\"" }
            ),
            4 => format!("commonLabels: {{{labels}: x}}\n"),
            5 => format!(
                "labels:\n- pairs: {{{labels}: {value}}}\n  includeSelectors: {}\n",
                self.random.of(&["true", "false"])
            ),
            6 => format!("images:\n{}", self.images()),
            7 => format!("patches:\n{}", self.patches()),
            8 => {
                self.objects += 1;
                let text = self.random.of(TEXTS);
                format!(
                    "configMapGenerator:\n- name: g-{}\n  literals: [\"x={text}\", y={}]\n  options: {{disableNameSuffixHash: {}}}\n",
                    letters(self.objects),
                    self.random.of(&["5", "true", "x"]),
                    self.random.of(&["true", "false"])
                )
            }
            9 => {
                self.objects += 1;
                let text = self.random.of(TEXTS);
                format!(
                    "secretGenerator:\n- name: s-{}\n  literals: [\"x={text}\"]\n",
                    letters(self.objects)
                )
            }
            10 => {
                format!("replicas:\n- {{name: {}, count: 3}}\n", letters(1 + self.random.below(3)))
            }
            12 => format!(
                "buildMetadata: [{}]\n",
                self.random.of(&[
                    "originAnnotations",
                    "managedByLabel",
                    "transformerAnnotations",
                    ""
                ])
            ),
            13 => format!("sortOptions: {{order: {}}}\n", self.random.of(&["legacy", "fifo"])),
            14 if self.random.one_in(4) => format!(
                "replacements:\n- source: {{kind: ConfigMap, name: {}, fieldPath: metadata.name}}\n  targets:\n  - select: {{kind: Deployment}}\n    fieldPaths: [metadata.annotations.r]\n    options: {{create: true}}\n",
                letters(1)
            ),
            _ => "generatorOptions: {labels: {gen: x}}\n".to_owned(),
        }
    }

    fn images(&mut self) -> String {
        const DIGEST: &str =
            "\"sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3\"";
        let mut text = String::new();
        for _ in 0..1 + self.random.below(2) {
            let name =
                self.random.of(&["nginx", "nginx", "registry.example.com/app", "redis", "ngin."]);
            writeln!(text, "- name: {name}").unwrap();
            if self.random.one_in(2) {
                writeln!(
                    text,
                    "  newName: {}",
                    self.random.of(&["mine/nginx", "x", "\"${env}/nginx\""])
                )
                .unwrap();
            }
            if self.random.one_in(2) {
                writeln!(
                    text,
                    "  newTag: {}",
                    self.random.of(&["\"1.20\"", "v1", "\"${a}\"", "\"\""])
                )
                .unwrap();
            }
            if self.random.one_in(3) {
                writeln!(text, "  digest: {DIGEST}").unwrap();
            }
        }
        text
    }

    /// The entries of `patches`, of a file as of Flux.
    fn patches(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..1 + self.random.below(2) {
            let value = self.random.of(PLAIN);
            let with_variable = self.random.of(TEXTS);
            let name = letters(1 + self.random.below(4));
            let kind = self.random.of(&["ConfigMap", "Deployment", "Widget", "Service"]);
            let (version, kind) = match kind {
                "Deployment" => ("apps/v1", kind),
                "Widget" => ("example.com/v1", kind),
                _ => ("v1", kind),
            };
            let target = match self.random.below(8) {
                0 => "{}".to_owned(),
                1 => format!("{{kind: {kind}, name: {name}}}"),
                2 => "{labelSelector: \"x=y\"}".to_owned(),
                3 => "{name: \"a.*\"}".to_owned(),
                4 => "{annotationSelector: \"nn\"}".to_owned(),
                5 => format!(
                    "{{group: {}, version: v1}}",
                    version.split_once('/').map_or("\"\"", |(group, _)| group)
                ),
                _ => format!("{{kind: {kind}}}"),
            };
            let operations = match self.random.below(16) {
                0 => "- {op: remove, path: /metadata/labels/x}".to_owned(),
                1 => "- {op: test, path: /kind, value: ConfigMap}".to_owned(),
                2 => "- {op: replace, path: /metadata/name, value: renamed}".to_owned(),
                3 => format!(
                    "- {{op: add, path: /metadata/labels, value: {{a: x}}}}\n- {{op: add, path: /spec, value: {value}}}"
                ),
                _ => format!(
                    "- {{op: add, path: /metadata/annotations, value: {{nn: x, t: \"{with_variable}\"}}}}"
                ),
            };
            let merged = match self.random.below(12) {
                0 => format!(
                    "$patch: delete\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}"
                ),
                1 => format!(
                    "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  labels: {{x: ~}}\n---\napiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  annotations: {{second: x}}"
                ),
                _ => format!(
                    "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, annotations: {{t: \"{with_variable}\"}}}}\ndata: {{p: {value}}}"
                ),
            };
            let (patch, target) = match self.random.below(40) {
                0 => (merged, None),
                1..=15 => (merged, Some(target)),
                16 => (operations, None),
                17 => (
                    self.random.of(&["", "a: b", "[", "# nothing", "- x", "---"]).to_owned(),
                    Some(target),
                ),
                _ => (operations, Some(target)),
            };
            writeln!(text, "- patch: |").unwrap();
            for line in patch.lines() {
                writeln!(text, "    {line}").unwrap();
            }
            if let Some(target) = target {
                writeln!(text, "  target: {target}").unwrap();
            }
        }
        text
    }

    /// What a file of manifests says.
    fn manifest(&mut self) -> String {
        match self.random.below(120) {
            0 => return String::new(),
            1 => return "# nothing\n".to_owned(),
            2 => {
                return self
                    .random
                    .of(&["no: object\n", "text\n", "a: [\n", "- a\n", "5\n", "kind: X\n"])
                    .to_owned();
            }
            3..=5 => {
                let items: String = (0..self.random.below(3))
                    .map(|_| {
                        self.objects += 1;
                        format!(
                            "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: {}}}\n",
                            letters(self.objects)
                        )
                    })
                    .collect();
                let end = if items.is_empty() { " []" } else { "" };
                return format!(
                    "apiVersion: v1\nkind: {}\nitems:{end}\n{items}",
                    self.random.of(&["List", "ConfigMapList"])
                );
            }
            _ => {}
        }
        let count = if self.random.one_in(3) { 2 } else { 1 };
        let objects: Vec<String> = (0..count).map(|_| self.object()).collect();
        objects.join("---\n")
    }

    fn object(&mut self) -> String {
        if !self.random.one_in(40) {
            self.objects += 1;
        }
        let name = letters(self.objects.max(1));
        let name = match self.random.below(12) {
            0 => format!("{name}-${{env}}"),
            1 => format!("\"${{a}}-{name}\""),
            2 if self.random.one_in(4) => "\"${b}\"".to_owned(),
            _ => name,
        };
        let mut metadata = format!("metadata:\n  name: {name}\n");
        if self.random.one_in(3) {
            let namespace = self.random.of(&["team", "default", "\"${env}\"", "x"]);
            writeln!(metadata, "  namespace: {namespace}").unwrap();
        }
        if self.random.one_in(4) {
            let value = self.text();
            writeln!(metadata, "  labels: {{x: y, v: {value}}}").unwrap();
        }
        match self.random.below(10) {
            0 => {
                metadata +=
                    "  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled, nn: x}\n";
            }
            1 => {
                let value = self.text();
                writeln!(metadata, "  annotations: {{nn: {value}}}").unwrap();
            }
            _ => {}
        }
        let (one, two, three) = (self.value(), self.value(), self.value());
        let (text, again) = (self.text(), self.text());
        match self.random.below(12) {
            0..=3 => {
                let key = match self.random.below(8) {
                    0 => "\"${a}\"",
                    1 => "k-${env}",
                    _ => "k",
                };
                format!(
                    "apiVersion: v1\nkind: ConfigMap\n{metadata}data:\n  {key}: {text}\n  m: {again}\n  nn: x\n"
                )
            }
            4 | 5 => format!(
                "apiVersion: example.com/v1\nkind: Widget\n{metadata}spec:\n  a: {one}\n  b: {two}\n  list: [{text}, {again}]\n  deep:\n  - c: {three}\n    d:\n    - {text}\n"
            ),
            6..=8 => {
                let image = self.random.of(&[
                    "nginx",
                    "nginx:1.0",
                    "registry.example.com/app:v1",
                    "\"nginx:${a}\"",
                ]);
                format!(
                    "apiVersion: apps/v1\nkind: Deployment\n{metadata}spec:\n  replicas: {}\n  selector: {{matchLabels: {{app: x}}}}\n  template:\n    metadata: {{labels: {{app: x}}}}\n    spec:\n      containers:\n      - name: c\n        image: {image}\n        env:\n        - {{name: E, value: {text}}}\n        envFrom: [{{configMapRef: {{name: {}}}}}]\n        args: [{again}]\n",
                    self.random.of(&["2", "${port}", "${u:=2}"]),
                    letters(1)
                )
            }
            9 => format!(
                "apiVersion: v1\nkind: Service\n{metadata}spec:\n  ports: [port: {}]\n  selector: {{app: x}}\n",
                self.random.of(&["80", "\"${port}\""])
            ),
            10 => format!("apiVersion: v1\nkind: Namespace\n{metadata}"),
            _ => format!(
                "apiVersion: v1\nkind: Secret\n{metadata}stringData:\n  k: {text}\ndata: {{x: JHthfQ==}}\n"
            ),
        }
    }

    /// A text in quotes.
    fn text(&mut self) -> String {
        if self.random.one_in(150) {
            return format!("\"{}\"", self.random.of(BROKEN));
        }
        match self.random.below(4) {
            0 => self
                .random
                .of(&["x", "\"5\"", "\"\"", "'true'", "\"a: b\"", "\"multi\\nline\\n\""])
                .to_owned(),
            _ => format!("\"{}\"", self.random.of(TEXTS)),
        }
    }

    /// Any value, also one without quotes.
    fn value(&mut self) -> String {
        match self.random.below(3) {
            0 => self.random.of(PLAIN).to_owned(),
            1 => {
                self.random.of(&["${a}", "${b}", "${port}", "${u:=5}", "x${a}", "${u}"]).to_owned()
            }
            _ => self.text(),
        }
    }

    /// The fields below `spec` of the Flux Kustomization.
    fn spec(&mut self, path: &str) -> String {
        let mut text = format!("  interval: 10m\n  path: \"{path}\"\n");
        let mut field = |random: &mut Random, chances, name: &str, values: &[&str]| {
            if random.one_in(chances) {
                writeln!(text, "  {name}: {}", random.of(values)).unwrap();
            }
        };
        field(self.random, 4, "targetNamespace", &["flux", "\"${env}\"", "default", "\"\""]);
        field(self.random, 5, "namePrefix", &["f-", "\"${env}-\"", "\"\""]);
        field(self.random, 5, "nameSuffix", &["-f", "\"-${a}\"", "\"\""]);
        field(
            self.random,
            8,
            "buildMetadata",
            &[
                "[originAnnotations]",
                "[managedByLabel]",
                "[transformerAnnotations]",
                "[]",
                "[originAnnotations, transformerAnnotations, managedByLabel]",
            ],
        );
        let missing = self.random.one_in(2);
        field(self.random, if missing { 2 } else { 40 }, "ignoreMissingComponents", &["true"]);
        let has_component = self.files.iter().any(|(path, _)| path.starts_with("comp/"));
        if has_component && self.random.one_in(4) {
            let up = "../".repeat(
                path.trim_matches(['.', '/'])
                    .replace("apps/../", "")
                    .split('/')
                    .filter(|name| !name.is_empty())
                    .count(),
            );
            let component = match self.random.below(30) {
                0 => "/comp".to_owned(),
                1 => "https://example.com/comp".to_owned(),
                2 => format!("{up}../comp"),
                3 => format!("{up}base"),
                4..=8 => format!("{up}missing"),
                _ => format!("{up}comp"),
            };
            writeln!(text, "  components: [\"{component}\"]").unwrap();
        }
        if self.random.one_in(4) {
            writeln!(text, "  images:\n{}", indented(&self.images())).unwrap();
        }
        if self.random.one_in(3) {
            writeln!(text, "  patches:\n{}", indented(&self.patches())).unwrap();
        }
        if !self.random.one_in(3) {
            text += &self.post_build();
        }
        text
    }

    fn post_build(&mut self) -> String {
        let mut text = "  postBuild:\n".to_owned();
        let mut is_empty = true;
        if !self.random.one_in(5) {
            text += "    substitute:\n";
            let variables: BTreeSet<&str> =
                (0..4 + self.random.below(12)).map(|_| self.random.of(VARIABLES)).collect();
            for name in variables {
                writeln!(text, "      {name}: {}", value(self.random)).unwrap();
            }
            if self.random.one_in(60) {
                writeln!(text, "      {}: x", self.random.of(&["1a", "a-b", "é", "\"\"", "a.b"]))
                    .unwrap();
            }
            is_empty = false;
        }
        if self.random.one_in(3) {
            text += "    substituteFrom:\n";
            for _ in 0..1 + self.random.below(2) {
                let kind = self.random.of(&["ConfigMap", "Secret"]);
                let name = self.random.of(&["one", "two", "empty"]);
                let end = if self.random.one_in(3) { ", optional: true" } else { "" };
                writeln!(text, "    - {{kind: {kind}, name: {name}{end}}}").unwrap();
            }
            is_empty = false;
        }
        if self.random.one_in(5) {
            let strategy = self.random.of(&["Always", "WithVariables"]);
            writeln!(text, "    substituteStrategy: {strategy}").unwrap();
            is_empty = false;
        }
        if is_empty { "  postBuild: {}\n".to_owned() } else { text }
    }

    /// The ConfigMaps and Secrets of the cluster.
    fn cluster(&mut self) -> String {
        let mut documents = Vec::new();
        for kind in ["ConfigMap", "Secret"] {
            for name in ["one", "two", "empty"] {
                if self.random.one_in(16) {
                    continue;
                }
                let mut text = format!(
                    "apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: apps}}\n"
                );
                if name != "empty" {
                    text += if kind == "Secret" { "stringData:\n" } else { "data:\n" };
                    let variables: BTreeSet<&str> =
                        (0..1 + self.random.below(4)).map(|_| self.random.of(VARIABLES)).collect();
                    for variable in variables {
                        writeln!(text, "  {variable}: {}", value(self.random)).unwrap();
                    }
                }
                documents.push(text);
            }
        }
        documents.join("---\n")
    }
}

/// The value of a variable.
fn value(random: &mut Random) -> &'static str {
    let plain = &["x", "prod", "eu-west-1", "a-b", "v2"];
    if random.one_in(3) { random.of(VALUES) } else { random.of(plain) }
}

/// A name: `a` for 1, `b` for 2. Digits at the end of keys are in no order in Go.
fn letters(number: usize) -> String {
    let mut text = String::new();
    let mut rest = number;
    while rest > 0 {
        rest -= 1;
        text.insert(0, char::from(b'a' + (rest % 26) as u8));
        rest /= 26;
    }
    text
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}
