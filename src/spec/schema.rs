//! JSON Schemas of the description, for editors and for whoever writes a description by program.
//!
//! They are derived from the types, so that they cannot differ from what the loader takes. Two things are added here:
//! null is allowed wherever a field may be left out, since it means just that; and what an override, a default or an
//! environment's `flux` may say is the same type in part, without what is the same everywhere.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::cluster::Cluster;
use super::component::Component;
use super::entity::EntityKind;
use super::patch::Patch;
use super::platform::{Artifacts, Flux, Settings};
use super::resolve::PINNED;
use super::tenant::Tenant;
use crate::path::RepoPath;
use crate::suite::TestFile;

/// The JSON Schema (draft 2020-12) of a kind of file.
#[must_use]
pub fn schema(kind: EntityKind) -> Value {
    let name = match kind {
        EntityKind::Platform => "Settings",
        EntityKind::Cluster => "Cluster",
        EntityKind::Component => "Component",
        EntityKind::Tenant => "Tenant",
        EntityKind::Patch => "Patch",
    };
    assemble(kind.as_str(), name, &mut definitions())
}

/// The JSON Schema of a file of tests, which is no part of the description: what is given in one is a part of it.
#[must_use]
pub fn schema_of_tests() -> Value {
    assemble("test", "TestFile", &mut definitions())
}

/// Every schema by the kind of file that it is of.
#[must_use]
pub fn all() -> Vec<(&'static str, Value)> {
    let kinds = EntityKind::ALL.into_iter().map(|kind| (kind.as_str(), schema(kind)));
    kinds.chain([("test", schema_of_tests())]).collect()
}

/// Where the schemas of a repository lie, in the order of [`all`].
pub fn paths() -> impl Iterator<Item = RepoPath> {
    let kinds = EntityKind::ALL.into_iter().map(schema_path);
    kinds.chain([TESTS_PATH]).filter_map(|path| RepoPath::new(path).ok())
}

/// Where the schema of a file of tests lies.
const TESTS_PATH: &str = ".tenantry/schemas/test.json";

/// What all schemas are put together from.
fn definitions() -> Map<String, Value> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<Settings>();
    generator.subschema_for::<Cluster>();
    generator.subschema_for::<Component>();
    generator.subschema_for::<Tenant>();
    generator.subschema_for::<Patch>();
    generator.subschema_for::<Flux>();
    generator.subschema_for::<Artifacts>();
    generator.subschema_for::<TestFile>();
    let mut definitions = generator.take_definitions(true);
    for whole in ["Tenant", "Component", "Flux", "Artifacts", "Settings", "Cluster", "Patch"] {
        add_part(&mut definitions, whole);
    }
    // What a test gives may be a new entity: what an override cannot say is said there.
    for whole in ["Tenant", "Component"] {
        let part = definitions.get(&format!("{whole}Part")).cloned();
        definitions.extend(part.map(|part| (format!("{whole}Given"), part)));
    }
    for name in ["TenantPart", "ComponentPart"] {
        if let Some(properties) = properties(&mut definitions, name) {
            properties.retain(|field, _| !PINNED.contains(&field.as_str()));
        }
    }
    // All clusters pull from one place: else what is pushed would not be what they get.
    if let Some(properties) = properties(&mut definitions, "ArtifactsPart") {
        properties.remove("url");
    }
    for (name, field, part) in [
        ("Tenant", "environments", "TenantPart"),
        ("Tenant", "clusters", "TenantPart"),
        ("Component", "environments", "ComponentPart"),
        ("Component", "clusters", "ComponentPart"),
        ("Defaults", "tenant", "TenantPart"),
        ("Defaults", "component", "ComponentPart"),
        ("Environment", "flux", "FluxPart"),
        ("Cluster", "flux", "FluxPart"),
        ("ClusterPart", "flux", "FluxPart"),
        ("Environment", "artifacts", "ArtifactsPart"),
        ("Cluster", "artifacts", "ArtifactsPart"),
        ("ClusterPart", "artifacts", "ArtifactsPart"),
        ("TenantGiven", "environments", "TenantPart"),
        ("TenantGiven", "clusters", "TenantPart"),
        ("ComponentGiven", "environments", "ComponentPart"),
        ("ComponentGiven", "clusters", "ComponentPart"),
        ("Given", "platform", "SettingsPart"),
        ("Given", "clusters", "ClusterPart"),
        ("Given", "components", "ComponentGiven"),
        ("Given", "tenants", "TenantGiven"),
        ("Given", "patches", "PatchPart"),
    ] {
        if let Some(field) = properties(&mut definitions, name).and_then(|all| all.get_mut(field)) {
            rename_refs(field, &|name| (name == "Override").then(|| part.to_owned()));
        }
    }
    for name in ["Flux", "FluxPart"] {
        if let Some(Value::Object(field)) =
            properties(&mut definitions, name).and_then(|all| all.get_mut("concurrency"))
        {
            field.insert("propertyNames".to_owned(), reference("Controller"));
        }
    }
    for definition in definitions.values_mut() {
        allow_null(definition);
    }
    definitions
}

/// Where the schema of a kind lies in a repository.
#[must_use]
pub const fn schema_path(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Platform => ".tenantry/schemas/platform.json",
        EntityKind::Cluster => ".tenantry/schemas/cluster.json",
        EntityKind::Component => ".tenantry/schemas/component.json",
        EntityKind::Tenant => ".tenantry/schemas/tenant.json",
        EntityKind::Patch => ".tenantry/schemas/patch.json",
    }
}

/// The first line of a file of the description, by which editors find its schema. Without a line break.
#[must_use]
pub fn schema_line(file: &RepoPath, kind: EntityKind) -> String {
    let up = "../".repeat(file.as_str().matches('/').count());
    format!("# yaml-language-server: $schema={up}{}", schema_path(kind))
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn properties<'a>(
    definitions: &'a mut Map<String, Value>,
    name: &str,
) -> Option<&'a mut Map<String, Value>> {
    definitions.get_mut(name)?.get_mut("properties")?.as_object_mut()
}

/// The name of the definition that a schema refers to.
fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")
}

fn children(schema: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match schema {
        Value::Object(fields) => Box::new(fields.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => Box::new(std::iter::empty()),
    }
}

fn refs(schema: &Value, found: &mut BTreeSet<String>) {
    found.extend(referred(schema).map(str::to_owned));
    children(schema).for_each(|child| refs(child, found));
}

fn rename_refs(schema: &mut Value, rename: &impl Fn(&str) -> Option<String>) {
    if let Some(name) = referred(schema).and_then(rename) {
        schema["$ref"] = Value::String(format!("#/$defs/{name}"));
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(|child| rename_refs(child, rename)),
        Value::Array(items) => items.iter_mut().for_each(|child| rename_refs(child, rename)),
        _ => {}
    }
}

/// Adds the partial form of a definition, and of every definition below it that wants some field said.
fn add_part(definitions: &mut Map<String, Value>, name: &str) {
    let part = format!("{name}Part");
    if definitions.contains_key(&part) {
        return;
    }
    let Some(mut schema) = definitions.get(name).cloned() else { return };
    definitions.insert(part.clone(), Value::Null);
    let mut below = BTreeSet::new();
    refs(&schema, &mut below);
    below.retain(|name| wants_something(definitions, name, &mut BTreeSet::new()));
    for name in &below {
        add_part(definitions, name);
    }
    forget_required(&mut schema);
    rename_refs(&mut schema, &|name| below.contains(name).then(|| format!("{name}Part")));
    definitions.insert(part, schema);
}

fn wants_something(
    definitions: &Map<String, Value>,
    name: &str,
    seen: &mut BTreeSet<String>,
) -> bool {
    fn has_required(schema: &Value) -> bool {
        schema.get("required").is_some_and(Value::is_array) || children(schema).any(has_required)
    }
    let Some(schema) = definitions.get(name).filter(|_| seen.insert(name.to_owned())) else {
        return false;
    };
    let mut below = BTreeSet::new();
    refs(schema, &mut below);
    has_required(schema) || below.iter().any(|name| wants_something(definitions, name, seen))
}

fn forget_required(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("required").is_some_and(Value::is_array) {
                fields.remove("required");
            }
            fields.values_mut().for_each(forget_required);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_required),
        _ => {}
    }
}

/// Allows null for every field that may be left out, and for every entry of a map.
fn allow_null(schema: &mut Value) {
    if let Value::Object(fields) = schema {
        let required: BTreeSet<String> = fields
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|field| field.as_str().map(str::to_owned))
            .collect();
        if let Some(Value::Object(properties)) = fields.get_mut("properties") {
            for (name, property) in properties {
                if !required.contains(name) {
                    nullable(property);
                }
            }
        }
        if let Some(Value::Object(patterns)) = fields.get_mut("patternProperties") {
            patterns.values_mut().for_each(nullable);
        }
        if let Some(more) = fields.get_mut("additionalProperties").filter(|more| more.is_object()) {
            nullable(more);
        }
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(allow_null),
        Value::Array(items) => items.iter_mut().for_each(allow_null),
        _ => {}
    }
}

fn nullable(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    let null = json!({ "type": "null" });
    if let Some(choices) = fields.get_mut("anyOf").and_then(Value::as_array_mut) {
        if !choices.contains(&null) {
            choices.push(null);
        }
        return;
    }
    if let Some(Value::Array(types)) = fields.get("type")
        && types.contains(&json!("null"))
    {
        return;
    }
    // What is said of the field stays outside, where editors look for it.
    let mut outer = Map::new();
    for about in ["description", "title", "default"] {
        if let Some(value) = fields.remove(about) {
            outer.insert(about.to_owned(), value);
        }
    }
    let inner = std::mem::take(fields);
    outer.insert("anyOf".to_owned(), Value::Array(vec![Value::Object(inner), null]));
    *fields = outer;
}

/// The definition of a name with everything that it refers to.
fn assemble(kind: &str, name: &str, definitions: &mut Map<String, Value>) -> Value {
    let root = definitions.remove(name).unwrap_or_default();
    let mut reached = BTreeSet::new();
    let mut waiting = BTreeSet::new();
    refs(&root, &mut waiting);
    while let Some(next) = waiting.pop_first() {
        if let Some(schema) = definitions.get(&next).filter(|_| reached.insert(next.clone())) {
            refs(schema, &mut waiting);
        }
    }
    definitions.retain(|name, _| reached.contains(name));
    definitions.sort_keys();
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("$id".to_owned(), json!(format!("https://tenantry.dev/schemas/v1/{kind}.json")));
    schema.insert("title".to_owned(), json!(format!("tenantry: {kind}")));
    if let Value::Object(root) = root {
        schema.extend(root.into_iter().filter(|(key, _)| key != "title"));
    }
    schema.insert("$defs".to_owned(), Value::Object(std::mem::take(definitions)));
    Value::Object(schema)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::OnceLock;

    use jsonschema::Validator;
    use kustomize::yaml::{Budget, Node, SourceId, from_node, parse};
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::spec::merge::{Shape, said};

    fn validator(kind: EntityKind) -> &'static Validator {
        static ALL: OnceLock<Vec<Validator>> = OnceLock::new();
        let all = ALL.get_or_init(|| {
            EntityKind::ALL
                .iter()
                .map(|kind| jsonschema::draft202012::new(&schema(*kind)).unwrap())
                .collect()
        });
        &all[EntityKind::ALL.iter().position(|other| *other == kind).unwrap()]
    }

    /// What the types say of a file by itself.
    fn types_accept(kind: EntityKind, value: &Value) -> Result<(), String> {
        fn read<T: serde::de::DeserializeOwned>(node: &Node, shape: Shape) -> Result<(), String> {
            from_node::<T>(&said(node, shape)).map(drop).map_err(|error| error.to_string())
        }
        let node = Node::from_json(value);
        match kind {
            EntityKind::Platform => read::<Settings>(&node, Shape::PLATFORM),
            EntityKind::Cluster => read::<Cluster>(&node, Shape::CLUSTER),
            EntityKind::Component => read::<Component>(&node, Shape::COMPONENT),
            EntityKind::Tenant => read::<Tenant>(&node, Shape::TENANT),
            EntityKind::Patch => read::<Patch>(&node, Shape::PATCH),
        }
    }

    const FULL: [(EntityKind, &str); 5] = [
        (EntityKind::Platform, include_str!("fixtures/platform.yaml")),
        (EntityKind::Cluster, include_str!("fixtures/cluster.yaml")),
        (EntityKind::Component, include_str!("fixtures/component.yaml")),
        (EntityKind::Tenant, include_str!("fixtures/tenant.yaml")),
        (EntityKind::Patch, include_str!("fixtures/patch.yaml")),
    ];

    fn full(index: usize) -> (EntityKind, Value) {
        let (kind, text) = FULL[index];
        let root = parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0).root;
        (kind, root.to_json())
    }

    #[test]
    fn what_says_everything_is_right_by_types_and_schema() {
        for index in 0..FULL.len() {
            let (kind, value) = full(index);
            assert_eq!(types_accept(kind, &value), Ok(()), "{kind}");
            let faults: Vec<String> = validator(kind)
                .iter_errors(&value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(faults.is_empty(), "{kind}: {faults:#?}");
        }
    }

    #[test]
    fn overrides_are_checked_in_part() {
        let tenant = |overrides: Value| {
            let value = json!({
                "owner": ["@acme/a"], "namespaces": ["a"], "placement": "all",
                "environments": { "production": overrides }
            });
            validator(EntityKind::Tenant).is_valid(&value)
        };
        assert!(tenant(
            json!({ "sources": { "app": { "git": { "branch": null, "tag": "v1" } } } })
        ));
        assert!(tenant(json!({ "quota": null, "role": null })));
        assert!(!tenant(json!({ "sources": { "app": { "git": { "brnch": "x" } } } })));
        assert!(!tenant(json!({ "owner": ["@acme/b"] })));
        assert!(!tenant(json!({ "environments": {} })));
    }

    #[test]
    fn the_schema_line_finds_the_schema_from_any_depth() {
        let line = |file: &str, kind| schema_line(&RepoPath::new(file).unwrap(), kind);
        assert_eq!(
            line("platform.yaml", EntityKind::Platform),
            "# yaml-language-server: $schema=.tenantry/schemas/platform.json"
        );
        assert_eq!(
            line("platform/tenants/emea/a.yaml", EntityKind::Tenant),
            "# yaml-language-server: $schema=../../../.tenantry/schemas/tenant.json"
        );
    }

    /// Every place of a value that is judged by the types alone: not below overrides or Helm's values.
    fn places(value: &Value, at: &str, kind: EntityKind, found: &mut Vec<String>) {
        let segments: Vec<&str> = at.split('/').skip(1).collect();
        let free = match (kind, &*segments) {
            (EntityKind::Platform, ["defaults", _] | ["environments", _, "flux" | "artifacts"]) => {
                true
            }
            (
                EntityKind::Platform,
                ["environments", _, "defaults", _] | ["layout", "variables"],
            ) => true,
            (EntityKind::Cluster, ["defaults", _] | ["flux" | "artifacts"]) => true,
            (EntityKind::Component, ["values"]) => true,
            (_, ["environments" | "clusters", _]) if kind != EntityKind::Platform => true,
            _ => false,
        };
        if free {
            return;
        }
        found.push(at.to_owned());
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    places(value, &format!("{at}/{key}"), kind, found);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    places(item, &format!("{at}/{index}"), kind, found);
                }
            }
            _ => {}
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-2..70_000i64).prop_map(Value::from),
            Just(json!([])),
            Just(json!({})),
            Just(json!([null])),
            Just(json!({ "unknown": 1 })),
            "[a-zA-Z0-9@./:*_ -]{0,12}".prop_map(Value::from),
            prop::sample::select(vec![
                "all",
                "isolate",
                "main",
                "../x",
                "/x",
                "a//b",
                ".",
                "1.2.3",
                "4Gi",
                "1h",
                "@acme/a",
                "oci://ghcr.io/acme/a",
                "https://acme.example/a",
                "ghcr.io/acme",
                "HEAD",
            ])
            .prop_map(Value::from),
            "[a-z]{64,70}".prop_map(Value::from),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_schema_takes_what_the_types_take(
            index in 0..FULL.len(), place in any::<Index>(), new in values(), how in 0..3u8
        ) {
            let (kind, mut value) = full(index);
            let mut all = Vec::new();
            places(&value, "", kind, &mut all);
            let place = place.get(&all);
            if how == 0 && !place.is_empty() {
                let (parent, key) = place.rsplit_once('/').unwrap();
                let key = key.replace("~1", "/").replace("~0", "~");
                match value.pointer_mut(parent).unwrap() {
                    Value::Object(fields) => drop(fields.shift_remove(&key)),
                    Value::Array(items) => drop(items.remove(key.parse::<usize>().unwrap())),
                    _ => {}
                }
            } else {
                *value.pointer_mut(place).unwrap() = new;
            }
            let types = types_accept(kind, &value);
            let schema = validator(kind).is_valid(&value);
            prop_assert_eq!(types.is_ok(), schema, "{} {} {:?}\n{}", kind, place, types, value);
        }
    }
}
