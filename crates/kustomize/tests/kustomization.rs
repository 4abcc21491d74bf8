//! Kustomization files against kustomize: its recorded answers to a corpus of right, odd and wrong
//! ones, and, where the driver of `tests/peers/kustomization` is at hand, kustomize itself.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kustomize::ApiVersion;
use kustomize::kustomization::{
    self, Deprecated, FieldOptions, GeneratorArgs, GeneratorOptions, Gvk, Kustomization,
    KustomizationError, Pairs, Patch, Replacement, Selector, Text, read_replacements,
};
use kustomize::yaml::{Budget, SourceId};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// What kustomize makes of a text; the fields are those of the driver.
#[derive(Deserialize, Serialize, Debug)]
struct Reading {
    input: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    refuses: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(default, skip_serializing_if = "Json::is_null")]
    fields: Json,
    #[serde(default, skip_serializing_if = "Json::is_null")]
    replacements: Json,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomization")
}

fn read(text: &str) -> Result<Kustomization, Vec<KustomizationError>> {
    kustomization::read(SourceId(0), text.as_bytes(), &Budget::default(), ApiVersion::V0_21_2)
}

/// Without what Go leaves out when it is empty.
fn bare(json: Json) -> Json {
    let is_empty = |value: &Json| match value {
        Json::Null => true,
        Json::Bool(value) => !value,
        Json::Number(number) => number.as_i64() == Some(0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
    };
    match json {
        Json::Array(items) => items.into_iter().map(bare).collect(),
        Json::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, bare(value)))
            .filter(|(_, value)| !is_empty(value))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}

fn texts(list: &[Text]) -> Json {
    list.iter().map(|text| Json::from(text.value.clone())).collect()
}

fn text(text: &Option<Text>) -> Json {
    text.as_ref().map_or(Json::Null, |text| text.value.clone().into())
}

fn pairs(pairs: &Pairs) -> Json {
    let fields = pairs.iter().map(|(key, value)| (key.value.clone(), value.value.clone().into()));
    Json::Object(fields.collect())
}

fn with_gvk(gvk: &Gvk, mut fields: Json) -> Json {
    fields["group"] = gvk.group.clone().into();
    fields["version"] = gvk.version.clone().into();
    fields["kind"] = gvk.kind.clone().into();
    fields
}

fn list<T>(list: &[T], to_json: impl Fn(&T) -> Json) -> Json {
    list.iter().map(to_json).collect()
}

fn selector(selector: &Selector) -> Json {
    let fields = json!({
        "name": selector.name, "namespace": selector.namespace,
        "labelSelector": selector.label_selector,
        "annotationSelector": selector.annotation_selector,
    });
    with_gvk(&selector.gvk, fields)
}

fn patch(patch: &Patch) -> Json {
    json!({
        "path": text(&patch.path), "patch": text(&patch.patch),
        "target": patch.target.as_ref().map(selector),
        "options": {
            "allowNameChange": patch.allow_name_change,
            "allowKindChange": patch.allow_kind_change,
        },
    })
}

fn options(options: &Option<FieldOptions>) -> Json {
    options.as_ref().map_or(Json::Null, |options| {
        json!({
            "delimiter": options.delimiter, "index": options.index,
            "encoding": options.encoding, "create": options.create,
        })
    })
}

fn replacement(replacement: &Replacement) -> Json {
    let source = replacement.source.as_ref().map(|source| {
        let fields = json!({
            "name": source.name, "namespace": source.namespace,
            "fieldPath": text(&source.field_path), "options": options(&source.options),
        });
        with_gvk(&source.gvk, fields)
    });
    let targets = list(replacement.targets.as_deref().unwrap_or_default(), |target| {
        json!({
            "select": target.select.as_ref().map(selector),
            "reject": list(&target.reject, selector),
            "fieldPaths": texts(&target.field_paths), "options": options(&target.options),
        })
    });
    json!({
        "source": source, "sourceValue": text(&replacement.source_value), "targets": targets,
    })
}

fn generator_options(options: &Option<GeneratorOptions>) -> Json {
    options.as_ref().map_or(Json::Null, |options| {
        json!({
            "labels": pairs(&options.labels), "annotations": pairs(&options.annotations),
            "disableNameSuffixHash": options.disable_name_suffix_hash,
            "immutable": options.immutable,
        })
    })
}

fn generator(args: &GeneratorArgs) -> Json {
    json!({
        "namespace": args.namespace, "name": args.name, "behavior": args.behavior,
        "literals": texts(&args.literals), "files": texts(&args.files), "envs": texts(&args.envs),
        "options": generator_options(&args.options), "type": args.secret_type,
    })
}

/// As Go writes the file's fields.
fn as_go(file: &Kustomization) -> Json {
    json!({
        "kind": format!("{:?}", file.kind),
        "openapi": {"path": text(&file.open_api.path), "version": text(&file.open_api.version)},
        "namePrefix": text(&file.name_prefix), "nameSuffix": text(&file.name_suffix),
        "namespace": text(&file.namespace),
        "commonLabels": pairs(&file.common_labels),
        "labels": list(&file.labels, |label| json!({
            "pairs": pairs(&label.pairs), "includeSelectors": label.include_selectors,
            "includeTemplates": label.include_templates,
            "includeVolumeClaimTemplates": label.include_volume_claim_templates,
            "fields": list(&label.fields, |spec| with_gvk(
                &spec.gvk, json!({"path": spec.path, "create": spec.create}),
            )),
        })),
        "commonAnnotations": pairs(&file.common_annotations),
        "patchesStrategicMerge": texts(&file.patches_strategic_merge),
        "patchesJson6902": list(&file.patches_json6902, patch),
        "patches": list(&file.patches, patch),
        "images": list(&file.images, |image| json!({
            "name": image.name, "newName": image.new_name, "tagSuffix": image.tag_suffix,
            "newTag": image.new_tag, "digest": image.digest,
        })),
        "replacements": list(&file.replacements, |field| {
            let mut fields = replacement(&field.replacement);
            fields["path"] = text(&field.path);
            fields
        }),
        "replicas": list(&file.replicas, |replica| json!({
            "name": replica.name, "count": replica.count,
        })),
        "vars": list(&file.vars, |var| json!({
            "name": var.name, "fieldref": {"fieldPath": var.field_path},
            "objref": with_gvk(
                &var.gvk, json!({"name": var.object_name, "namespace": var.namespace}),
            ),
        })),
        "sortOptions": file.sort_options.as_ref().map(|options| json!({
            "order": options.order.value,
            "legacySortOptions": options.legacy.as_ref().map(|legacy| json!({
                "orderFirst": legacy.order_first, "orderLast": legacy.order_last,
            })),
        })),
        "resources": texts(&file.resources), "components": texts(&file.components),
        "crds": texts(&file.crds),
        "configMapGenerator": list(&file.config_map_generator, generator),
        "secretGenerator": list(&file.secret_generator, generator),
        "helmCharts": file.helm_charts.map(|_| json!([{"name": "chart"}])),
        "generatorOptions": generator_options(&file.generator_options),
        "configurations": texts(&file.configurations), "generators": texts(&file.generators),
        "transformers": texts(&file.transformers), "validators": texts(&file.validators),
        "buildMetadata": texts(&file.build_metadata),
    })
}

fn warning(what: Deprecated) -> &'static str {
    match what {
        Deprecated::Bases => "bases",
        Deprecated::CommonLabels => "commonLabels",
        Deprecated::ImageTags => "imageTags",
        Deprecated::PatchesJson6902 => "patchesJson6902",
        Deprecated::PatchesStrategicMerge => "patchesStrategicMerge",
        Deprecated::Vars => "vars",
    }
}

/// Every difference between kustomize and us about one text.
fn differences(reading: &Reading) -> Vec<String> {
    let input = &reading.input;
    let mut differences = Vec::new();
    match (read(input), reading.refuses) {
        (Ok(file), false) => {
            let (ours, theirs) = (bare(as_go(&file)), bare(reading.fields.clone()));
            if ours != theirs {
                differences.push(format!("{input}\n  ours {ours}\n  Go   {theirs}"));
            }
            let warnings: Vec<_> = file.deprecated.iter().map(|(what, _)| warning(*what)).collect();
            if warnings != reading.warnings {
                differences.push(format!("{input}\n  warns of {warnings:?}"));
            }
        }
        (Err(_), true) => {}
        (Err(errors), false) => differences.push(format!("{input}\n  only we refuse: {errors:?}")),
        (Ok(_), true) => differences.push(format!("{input}\n  only Go refuses")),
    }
    let ours = read_replacements(SourceId(0), input.as_bytes(), &Budget::default())
        .map_or(Json::Null, |many| bare(json!({"list": list(&many, replacement)})));
    let theirs = bare(reading.replacements.clone());
    if ours != theirs {
        differences.push(format!("{input}\n  as replacements {ours}\n  Go {theirs}"));
    }
    differences
}

fn assert_no_differences(readings: &[Reading]) {
    let differences: Vec<String> = readings.iter().flat_map(differences).collect();
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// The cases that were thought of, and random ones.
fn corpus() -> Vec<String> {
    let cases = std::fs::read_to_string(fixtures().join("cases.json")).unwrap();
    let mut corpus: Vec<String> = serde_json::from_str(&cases).unwrap();
    corpus.extend(random_files(3, 120));
    corpus
}

/// Asks the driver named by `KUSTOMIZATION_PEER`.
fn ask_go(inputs: &[String]) -> Vec<Reading> {
    let driver = std::env::var_os("KUSTOMIZATION_PEER").expect("names the driver");
    let mut child =
        Command::new(driver).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = serde_json::to_vec(inputs).unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&text).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn files_are_read_and_refused_as_kustomize_recorded_it() {
    let recorded = std::fs::read_to_string(fixtures().join("recorded.json")).unwrap();
    let readings: Vec<Reading> = serde_json::from_str(&recorded).unwrap();
    let inputs: Vec<&String> = readings.iter().map(|reading| &reading.input).collect();
    let script = "record again: tests/peers/kustomization.sh";
    assert_eq!(inputs, corpus().iter().collect::<Vec<_>>(), "{script}");
    assert_no_differences(&readings);
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
fn kustomize_reads_random_files_as_we_do() {
    assert_no_differences(&ask_go(&random_files(5, 20_000)));
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

/// The type of a field.
enum Type {
    Text,
    Switch,
    Number,
    Pairs,
    List(&'static Type),
    Fields(&'static [(&'static str, &'static Type)]),
}

use Type::{Fields, List, Number, Switch};

const TEXTS: &Type = &List(&Type::Text);
const SELECTOR: &Type = &Fields(&[
    ("group", &Type::Text),
    ("version", &Type::Text),
    ("kind", &Type::Text),
    ("name", &Type::Text),
    ("namespace", &Type::Text),
    ("labelSelector", &Type::Text),
    ("annotationSelector", &Type::Text),
]);
const PATCHES: &Type = &List(&Fields(&[
    ("path", &Type::Text),
    ("patch", &Type::Text),
    ("target", SELECTOR),
    ("options", &Fields(&[("allowNameChange", &Switch), ("allowKindChange", &Switch)])),
]));
const IMAGES: &Type = &List(&Fields(&[
    ("name", &Type::Text),
    ("newName", &Type::Text),
    ("tagSuffix", &Type::Text),
    ("newTag", &Type::Text),
    ("digest", &Type::Text),
]));
const FIELD_OPTIONS: &Type = &Fields(&[
    ("delimiter", &Type::Text),
    ("index", &Number),
    ("encoding", &Type::Text),
    ("create", &Switch),
]);
const SOURCE: &Type = &Fields(&[
    ("group", &Type::Text),
    ("version", &Type::Text),
    ("kind", &Type::Text),
    ("name", &Type::Text),
    ("namespace", &Type::Text),
    ("fieldPath", &Type::Text),
    ("options", FIELD_OPTIONS),
]);
const TARGETS: &Type = &List(&Fields(&[
    ("select", SELECTOR),
    ("reject", &List(SELECTOR)),
    ("fieldPaths", TEXTS),
    ("options", FIELD_OPTIONS),
]));
const GENERATOR_OPTIONS: &Type = &Fields(&[
    ("labels", &Type::Pairs),
    ("annotations", &Type::Pairs),
    ("disableNameSuffixHash", &Switch),
    ("immutable", &Switch),
]);
const GENERATORS: &Type = &List(&Fields(&[
    ("namespace", &Type::Text),
    ("name", &Type::Text),
    ("behavior", &Type::Text),
    ("literals", TEXTS),
    ("files", TEXTS),
    ("envs", TEXTS),
    ("env", &Type::Text),
    ("options", GENERATOR_OPTIONS),
    ("type", &Type::Text),
]));
const FILE: &[(&str, &Type)] = &[
    ("metadata", &Fields(&[("name", &Type::Text), ("labels", &Type::Pairs)])),
    ("openapi", &Type::Pairs),
    ("namePrefix", &Type::Text),
    ("nameSuffix", &Type::Text),
    ("namespace", &Type::Text),
    ("commonLabels", &Type::Pairs),
    (
        "labels",
        &List(&Fields(&[
            ("pairs", &Type::Pairs),
            ("includeSelectors", &Switch),
            ("includeTemplates", &Switch),
            ("includeVolumeClaimTemplates", &Switch),
            (
                "fields",
                &List(&Fields(&[
                    ("group", &Type::Text),
                    ("version", &Type::Text),
                    ("kind", &Type::Text),
                    ("path", &Type::Text),
                    ("create", &Switch),
                ])),
            ),
        ])),
    ),
    ("commonAnnotations", &Type::Pairs),
    ("patchesStrategicMerge", TEXTS),
    ("patchesJson6902", PATCHES),
    ("patches", PATCHES),
    ("images", IMAGES),
    ("imageTags", IMAGES),
    (
        "replacements",
        &List(&Fields(&[
            ("source", SOURCE),
            ("sourceValue", &Type::Text),
            ("targets", TARGETS),
            ("path", &Type::Text),
        ])),
    ),
    ("source", SOURCE),
    ("targets", TARGETS),
    ("sourceValue", &Type::Text),
    ("replicas", &List(&Fields(&[("name", &Type::Text), ("count", &Number)]))),
    (
        "vars",
        &List(&Fields(&[
            ("name", &Type::Text),
            (
                "objref",
                &Fields(&[
                    ("apiVersion", &Type::Text),
                    ("group", &Type::Text),
                    ("version", &Type::Text),
                    ("kind", &Type::Text),
                    ("name", &Type::Text),
                    ("namespace", &Type::Text),
                ]),
            ),
            ("fieldref", &Fields(&[("fieldPath", &Type::Text)])),
        ])),
    ),
    (
        "sortOptions",
        &Fields(&[
            ("order", &Type::Text),
            ("legacySortOptions", &Fields(&[("orderFirst", TEXTS), ("orderLast", TEXTS)])),
        ]),
    ),
    ("resources", TEXTS),
    ("components", TEXTS),
    ("crds", TEXTS),
    ("bases", TEXTS),
    ("configMapGenerator", GENERATORS),
    ("secretGenerator", GENERATORS),
    ("helmGlobals", &Fields(&[("chartHome", &Type::Text), ("configHome", &Type::Text)])),
    (
        "helmCharts",
        &List(&Fields(&[
            ("name", &Type::Text),
            ("includeCRDs", &Switch),
            ("valuesInline", &Type::Pairs),
            ("apiVersions", TEXTS),
        ])),
    ),
    (
        "helmChartInflationGenerator",
        &List(&Fields(&[("chartName", &Type::Text), ("valuesLocal", &Type::Pairs)])),
    ),
    ("generatorOptions", GENERATOR_OPTIONS),
    ("configurations", TEXTS),
    ("generators", TEXTS),
    ("transformers", TEXTS),
    ("validators", TEXTS),
    ("buildMetadata", TEXTS),
];

/// Files in flow style of some fields, most of them right.
fn random_files(seed: u64, count: usize) -> Vec<String> {
    let mut dice = Dice(seed);
    (0..count)
        .map(|_| {
            let mut text = String::new();
            if dice.below(4) == 0 {
                text += dice.pick(&["kind: Component\n", "kind: Kustomization\n", "kind: ''\n"]);
            }
            for _ in 0..1 + dice.below(4) {
                let (name, kind) = FILE[dice.below(FILE.len())];
                text += &random_name(&mut dice, name);
                text += ": ";
                random_value(&mut dice, kind, 12, &mut text);
                text.push('\n');
            }
            if dice.below(40) == 0 {
                text = format!("- {}", text.trim_end().replace('\n', "\n  "));
            }
            text
        })
        .collect()
}

fn random_name(dice: &mut Dice, name: &str) -> String {
    match dice.below(60) {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        2 => name.replace('s', "\u{17f}"),
        3 => name.replace('k', "\u{212a}"),
        4 if dice.below(6) == 0 => format!("{name}x"),
        _ => name.to_owned(),
    }
}

fn random_value(dice: &mut Dice, kind: &Type, wild: usize, text: &mut String) {
    // Further in there are more values that can be wrong.
    if dice.below(wild * 4) == 0 {
        let odd = &[
            "null",
            "~",
            "1",
            "1.5",
            "3.0",
            "yes",
            "on",
            "no",
            "true",
            "2001-01-01",
            "0o17",
            "1e3",
            "[]",
            "{}",
            "[null]",
            "[1]",
            "{a: 1}",
            "''",
            "\"1\"",
            "\"true\"",
            ".inf",
            "9223372036854775808",
            "-0",
            "1e30",
            "'a b'",
        ];
        *text += dice.pick(odd);
        return;
    }
    match kind {
        Type::Text => *text += dice.pick(&["a", "b", "v1", "apps/v1", "''", "a/b/c", "'1'"]),
        Switch => *text += dice.pick(&["true", "false", "on", "no"]),
        Number => *text += dice.pick(&["0", "1", "-3", "0x10", "5.0"]),
        Type::Pairs => {
            text.push('{');
            for _ in 0..dice.below(3) {
                *text += dice.pick(&["a", "b", "path", "version", "1", "yes"]);
                *text += ": ";
                random_value(dice, &Type::Text, wild * 2, text);
                *text += ", ";
            }
            text.push('}');
        }
        List(item) => {
            text.push('[');
            for _ in 0..dice.below(3) {
                random_value(dice, item, wild * 2, text);
                *text += ", ";
            }
            text.push(']');
        }
        Fields(fields) => {
            text.push('{');
            for _ in 0..dice.below(5) {
                let (name, kind) = fields[dice.below(fields.len())];
                *text += &random_name(dice, name);
                *text += ": ";
                random_value(dice, kind, wild * 2, text);
                *text += ", ";
            }
            text.push('}');
        }
    }
}
