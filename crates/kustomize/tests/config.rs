//! Transformer configurations against kustomize: its recorded answers to nested configurations, and,
//! where the driver of `tests/peers/kustomization/config` is at hand, kustomize itself.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use kustomize::ApiVersion;
use kustomize::config::{TransformerConfig, read_crds};
use kustomize::kustomization::FieldSpec;
use kustomize::yaml::{Budget, SourceId};
use serde::{Deserialize, Serialize};

/// A kustomization: the files of its fields, and what is nested in it.
#[derive(Clone, Deserialize, Serialize, Debug, Default, PartialEq)]
struct Tree {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bases: Vec<Tree>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    configurations: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    crds: Vec<String>,
}

/// What kustomize accumulates of a tree; the fields are those of the driver.
#[derive(Deserialize, Serialize, Debug)]
struct Reading {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    refuses: bool,
    /// Empty if there are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    added: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    digest: String,
}

fn accumulate(tree: &Tree) -> Result<Arc<TransformerConfig>, String> {
    let (source, budget, version) = (SourceId(0), Budget::default(), ApiVersion::V0_21_2);
    let mut config = TransformerConfig::empty();
    let mut merge = |incoming: &Arc<TransformerConfig>| {
        config = TransformerConfig::merge(&config, incoming).map_err(|error| error.to_string())?;
        Ok::<_, String>(config.clone())
    };
    for base in &tree.bases {
        merge(&accumulate(base)?)?;
    }
    let files: Vec<TransformerConfig> = tree
        .configurations
        .iter()
        .map(|text| TransformerConfig::read(source, text.as_bytes(), &budget, version))
        .collect::<Result<_, _>>()
        .map_err(|errors| format!("{errors:?}"))?;
    let own = TransformerConfig::with_configurations(version, files);
    merge(&own.map_err(|error| error.to_string())?)?;
    let mut crds = TransformerConfig::empty();
    for text in &tree.crds {
        let read = read_crds(source, text.as_bytes(), &budget);
        let one = read.map_err(|errors| format!("{errors:?}"))?;
        crds = TransformerConfig::merge(&crds, &one).map_err(|error| error.to_string())?;
    }
    merge(&crds)
}

fn line(name: &str, spec: &FieldSpec) -> String {
    let FieldSpec { gvk, path, create } = spec;
    format!("{name}|{}|{}|{}|{path}|{create}", gvk.group, gvk.version, gvk.kind)
}

fn lines(config: &TransformerConfig) -> Vec<String> {
    let mut lines: Vec<String> = config
        .lists()
        .iter()
        .flat_map(|(name, list)| list.iter().map(|spec| line(name, spec)))
        .collect();
    for references in config.name_reference.iter() {
        let gvk = &references.gvk;
        lines.push(format!("{}|{}|{}", gvk.group, gvk.version, gvk.kind));
        lines.extend(references.referrers.iter().map(|spec| line("nameReference", spec)));
    }
    lines
}

/// FNV-1a.
fn digest(lines: &[String]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in lines.iter().flat_map(|line| line.bytes().chain([b'\n'])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    format!("{hash:016x}")
}

fn difference((tree, reading): (&Tree, &Reading)) -> Option<String> {
    let accumulated = accumulate(tree);
    let tree = serde_json::to_string(tree).unwrap();
    match (accumulated, reading.refuses) {
        (Ok(config), false) => {
            let lines = lines(&config);
            let built_in = self::lines(&TransformerConfig::built_in(ApiVersion::V0_21_2));
            let added: Vec<&String> =
                lines.iter().filter(|line| !built_in.contains(line)).collect();
            if !reading.added.is_empty() && added != reading.added.iter().collect::<Vec<_>>() {
                return Some(format!("{tree}\n  ours {added:#?}\n  Go   {:#?}", reading.added));
            }
            (digest(&lines) != reading.digest)
                .then(|| format!("{tree}\n  another order: {lines:#?}"))
        }
        (Err(_), true) => None,
        (Err(error), false) => Some(format!("{tree}\n  only we refuse: {error}")),
        (Ok(_), true) => Some(format!("{tree}\n  only Go refuses")),
    }
}

fn assert_no_differences(trees: &[Tree], readings: &[Reading]) {
    assert_eq!(trees.len(), readings.len(), "record again: tests/peers/kustomization.sh");
    let differences: Vec<String> = trees.iter().zip(readings).filter_map(difference).collect();
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.iter().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config")
}

/// The cases that were thought of, and random ones.
fn corpus() -> Vec<Tree> {
    let cases = std::fs::read_to_string(fixtures().join("cases.json")).unwrap();
    let mut corpus: Vec<Tree> = serde_json::from_str(&cases).unwrap();
    let mut dice = Dice(3);
    corpus.extend((0..30).map(|_| random_tree(&mut dice, 2)));
    corpus
}

/// Asks the driver named by `CONFIG_PEER`.
fn ask_go(trees: &[Tree]) -> Vec<Reading> {
    let driver = std::env::var_os("CONFIG_PEER").expect("names the driver");
    let mut child =
        Command::new(driver).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = serde_json::to_vec(trees).unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&text).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn configurations_come_together_as_kustomize_recorded_it() {
    let recorded = std::fs::read_to_string(fixtures().join("recorded.json")).unwrap();
    let readings: Vec<Reading> = serde_json::from_str(&recorded).unwrap();
    assert_no_differences(&corpus(), &readings);
}

#[test]
#[ignore = "needs the Go driver: tests/peers/kustomization.sh"]
fn kustomize_still_says_what_was_recorded() {
    let readings = ask_go(&corpus());
    let lines: Vec<String> =
        readings.iter().map(|reading| serde_json::to_string(reading).unwrap()).collect();
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    let path = fixtures().join("recorded.json");
    if std::env::var_os("KUSTOMIZATION_PEER_RECORD").is_some() {
        std::fs::write(path, text).unwrap();
    } else {
        assert!(
            std::fs::read_to_string(path).unwrap() == text,
            "kustomize says something else now"
        );
    }
}

#[test]
#[ignore = "needs the Go driver: tests/peers/kustomization.sh"]
fn kustomize_accumulates_random_trees_as_we_do() {
    let mut dice = Dice(5);
    let trees: Vec<Tree> = (0..2_000).map(|_| random_tree(&mut dice, 3)).collect();
    assert_no_differences(&trees, &ask_go(&trees));
}

#[test]
fn kustomizes_own_configuration_is_never_copied() {
    let built_in = TransformerConfig::built_in(ApiVersion::V0_21_2);
    let empty = TransformerConfig::empty();
    let merge = |a, b| TransformerConfig::merge(a, b).unwrap();
    for (a, b) in [(&empty, &built_in), (&built_in, &built_in), (&built_in, &empty)] {
        assert!(Arc::ptr_eq(&merge(a, b), &built_in));
    }
}

#[test]
fn merging_kustomizes_own_lists_into_themselves_or_into_nothing_changes_nothing() {
    for version in [ApiVersion::V0_21_1, ApiVersion::V0_21_2] {
        let built_in = TransformerConfig::built_in(version);
        for (name, list) in built_in.lists() {
            // A list of its own, so that nothing is passed over.
            let mut specs = list.to_vec();
            kustomize::config::merge_field_specs(&mut specs, list).unwrap();
            assert_eq!(specs, list.to_vec(), "{name}");
            let mut specs = Vec::new();
            kustomize::config::merge_field_specs(&mut specs, list).unwrap();
            assert_eq!(specs, list.to_vec(), "{name}");
        }
        for references in built_in.name_reference.iter() {
            let mut specs = references.referrers.to_vec();
            kustomize::config::merge_field_specs(&mut specs, &references.referrers).unwrap();
            assert_eq!(specs, references.referrers.to_vec());
        }
    }
}

#[test]
fn the_version_of_flux_has_other_labels_and_images() {
    let (old, new) = (
        lines(&TransformerConfig::built_in(ApiVersion::V0_21_1)),
        lines(&TransformerConfig::built_in(ApiVersion::V0_21_2)),
    );
    let claims = "|apps||StatefulSet|spec/volumeClaimTemplates[]/metadata/labels|true";
    let image = "images||||spec/jobTemplate/spec/template/spec/volumes[]/image/reference|true";
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|line| !b.contains(line)).cloned().collect()
    };
    assert_eq!(only(&old, &new), [format!("templateLabels{claims}")]);
    assert_eq!(only(&new, &old), [format!("volumeClaimTemplateLabels{claims}"), image.to_owned()]);
    let at = |name: &str| old.iter().position(|line| *line == format!("{name}{claims}")).unwrap();
    assert!(old[at("commonLabels") + 1].contains("StatefulSet|spec/selector/matchLabels"));
    assert!(old[at("templateLabels") - 1].contains("StatefulSet|spec/template/metadata/labels"));
    let text = "volumeClaimTemplateLabels: []\n";
    let read = |version| {
        TransformerConfig::read(SourceId(0), text.as_bytes(), &Budget::default(), version)
    };
    assert!(read(ApiVersion::V0_21_2).is_ok());
    let errors = read(ApiVersion::V0_21_1).unwrap_err();
    assert_eq!(errors[0].to_string(), "there is no field `volumeClaimTemplateLabels` here");
}

/// A small generator with a fixed seed, so that a difference can be found again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

fn random_tree(dice: &mut Dice, depth: usize) -> Tree {
    let mut tree = Tree::default();
    for _ in 0..dice.below(3) {
        tree.configurations.push(random_config(dice));
    }
    if depth > 0 {
        for _ in 0..dice.below(3) {
            tree.bases.push(random_tree(dice, depth - 1));
        }
    }
    if dice.below(4) == 0 {
        tree.crds.push(random_crd(dice));
    }
    tree
}

fn random_gvk(dice: &mut Dice) -> String {
    let kind = dice.pick(&["A", "B", "Deployment", "Service", "Job", "", "Secret", "C"]);
    let group = dice.pick(&["", "", "apps", "batch", "a.b"]);
    let version = dice.pick(&["", "", "v1", "v2"]);
    format!("kind: '{kind}', group: '{group}', version: '{version}'")
}

fn random_specs(dice: &mut Dice, text: &mut String) {
    let count = [2, 5, 15, 70][dice.below(4)];
    text.push('[');
    for _ in 0..dice.below(count) {
        let path = match dice.below(4) {
            0 => dice.pick(&["metadata/name", "spec/selector", "metadata/labels"]).to_owned(),
            _ => format!("spec/{}", dice.below(300)),
        };
        let create = if dice.below(200) == 0 { ", create: true" } else { "" };
        *text += &format!("{{{}, path: {path}{create}}}, ", random_gvk(dice));
    }
    text.push(']');
}

fn random_config(dice: &mut Dice) -> String {
    let mut text = String::new();
    let lists = &[
        "namePrefix",
        "nameSuffix",
        "namespace",
        "commonLabels",
        "labels",
        "templateLabels",
        "volumeClaimTemplateLabels",
        "commonAnnotations",
        "varReference",
        "images",
        "replicas",
    ];
    let first = dice.below(lists.len());
    for at in 0..dice.below(4) {
        text += &format!("{}: ", lists[(first + at) % lists.len()]);
        random_specs(dice, &mut text);
        text.push('\n');
    }
    if dice.below(3) == 0 {
        text += "nameReference: [";
        for _ in 0..dice.below(20) {
            text += &format!("{{{}, fieldSpecs: ", random_gvk(dice));
            random_specs(dice, &mut text);
            text += "}, ";
        }
        text += "]\n";
    }
    text
}

/// A type with one property that says something, as Go visits them in no order.
fn random_crd(dice: &mut Dice) -> String {
    let kind = dice.pick(&["A", "B", "Deployment"]);
    let extension = dice.pick(&[
        "x-kubernetes-annotation: ''",
        "x-kubernetes-label-selector: ''",
        "x-kubernetes-identity: ''",
        "x-kubernetes-object-ref-api-version: v1, x-kubernetes-object-ref-kind: Secret",
        "$ref: other",
        "x-kubernetes-identity: 1",
        "type: 1",
    ]);
    format!(
        "com.example.{kind}: {{Schema: {{properties: {{kind: {{}}, apiVersion: {{}}, metadata: {{}}, \
         spec: {{{extension}}}}}}}}}\n\
         other: {{schema: {{properties: {{x: {{x-kubernetes-object-ref-kind: A, \
         x-kubernetes-object-ref-api-version: v2, x-kubernetes-object-ref-name-key: key}}}}}}}}\n"
    )
}
