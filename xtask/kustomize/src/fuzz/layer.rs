//! A folder with a kustomization file: what it brings in, what it adds, what it changes.

use super::maker::{Maker, Object};
use super::objects::{self, Plan};
use super::pods::Names;
use super::value::{Map, Value, yaml};
use super::write::Oddness;
use super::{fields, generators, patches, plugins, replacements, schemas};

/// The kinds whose names no prefix changes.
const KEPT_NAMES: &[&str] = &["CustomResourceDefinition", "Namespace", "APIService"];

/// A folder in the making.
pub(super) struct Layer {
    /// From the root of the tree, without a slash at either end.
    pub(super) path: String,
    pub(super) kustomization: Value,
    /// Everything that its transformations see.
    pub(super) objects: Vec<Object>,
    pub(super) component: bool,
    /// Whether it is the folder that is built.
    pub(super) is_top: bool,
    /// The names of the plans of this folder and of the objects from below.
    pub(super) names: Names,
    /// Whether files outside of the folder may be named.
    pub(super) unrestricted: bool,
}

impl Layer {
    pub(super) fn new(
        path: &str,
        objects: Vec<Object>,
        component: bool,
        is_top: bool,
        unrestricted: bool,
    ) -> Layer {
        Layer {
            path: path.to_owned(),
            kustomization: Value::map(),
            objects,
            component,
            is_top,
            names: Names::default(),
            unrestricted,
        }
    }

    /// The path in the tree of a file that the kustomization file calls `name`.
    pub(super) fn at(&self, name: &str) -> String {
        let mut parts: Vec<&str> = self.path.split('/').collect();
        for part in name.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts.join("/")
    }

    /// A name for a new file of this folder, as the kustomization file would say it.
    pub(super) fn file(&self, maker: &mut Maker, stem: &str, extension: &str) -> String {
        let number = maker.next();
        let up = format!(
            "{}shared/{stem}-{number}.{extension}",
            "../".repeat(self.path.split('/').count())
        );
        if self.unrestricted && maker.chance(0.3) {
            maker.uses("loadRestrictor.none");
            return up;
        }
        match maker.dice.number(0..=5) {
            0 => format!("files/{stem}-{number}.{extension}"),
            1 => format!("./{stem}-{number}.{extension}"),
            _ => format!("{stem}-{number}.{extension}"),
        }
    }

    /// The way from this folder to another one.
    pub(super) fn way_to(&self, folder: &str) -> String {
        format!("{}{folder}", "../".repeat(self.path.split('/').count()))
    }

    /// Whether no other object of the kind began with the same name, as when a base comes twice.
    pub(super) fn is_only(&self, object: &Object) -> bool {
        self.objects
            .iter()
            .filter(|other| other.kind == object.kind && other.first_name() == object.first_name())
            .count()
            == 1
    }

    fn field_is_free(&self, field: &str) -> bool {
        self.kustomization.get(field).is_none()
    }
}

/// Adds objects of the folder's own, in files.
pub(super) fn declare(maker: &mut Maker, layer: &mut Layer, count: usize) {
    let mut plans: Vec<Plan> = (0..count).map(|_| objects::plan(maker)).collect();
    share_names(maker, &mut plans);
    let mut seen_namespace = layer.objects.iter().any(|object| object.kind == "Namespace");
    let plans: Vec<Plan> = plans
        .into_iter()
        // `namespace` names every Namespace the same, and the second one would be refused.
        .filter(|plan| !maker.doubled || !KEPT_NAMES.contains(&plan.kind))
        .filter(|plan| plan.kind != "Namespace" || !std::mem::replace(&mut seen_namespace, true))
        .collect();
    for object in &layer.objects {
        for name in [object.first_name(), object.name()] {
            layer.names.0.push((object.kind.clone(), name.to_owned()));
        }
    }
    for plan in &plans {
        layer.names.0.push((plan.kind.to_owned(), plan.name.clone()));
    }
    generators::generate(maker, layer);
    let names = layer.names.clone();
    let made: Vec<Object> = plans.iter().map(|plan| objects::make(maker, plan, &names)).collect();
    let mut rest = made.as_slice();
    while !rest.is_empty() {
        let size = maker.dice.number(1..=rest.len().min(3));
        let (these, others) = rest.split_at(size);
        rest = others;
        resource_file(maker, layer, these);
    }
    layer.objects.extend(made);
}

/// Gives objects of other kinds the same name, and objects of the same kind in other namespaces.
fn share_names(maker: &mut Maker, plans: &mut Vec<Plan>) {
    for at in 1..plans.len() {
        let earlier = plans[maker.dice.number(0..=at - 1)].clone();
        let taken =
            plans.iter().any(|plan| plan.kind == plans[at].kind && plan.name == earlier.name);
        if maker.chance(0.25) && !taken && !KEPT_NAMES.contains(&plans[at].kind) {
            plans[at].name = earlier.name;
        }
    }
    if let Some(first) = plans.iter().find(|plan| plan.namespaced).cloned()
        && maker.chance(0.06)
    {
        maker.uses("object.otherNamespace");
        maker.two_namespaces = true;
        let namespace = if first.namespace == "other" { "another" } else { "other" };
        plans.push(Plan { namespace: namespace.to_owned(), ..first });
    }
}

fn resource_file(maker: &mut Maker, layer: &mut Layer, objects: &[Object]) {
    let mut documents: Vec<Value> = objects.iter().map(|object| object.body.clone()).collect();
    if maker.chance(0.06) {
        maker.uses("local-config");
        let mut local = yaml!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"annotations": {"config.kubernetes.io/local-config": "true"}}, "data": {"a": "b"}});
        let number = maker.next();
        if let Some(metadata) = local.as_map_mut().and_then(|map| map.get_mut("metadata")) {
            metadata.set("name", Value::Text(format!("local-{number}")));
        }
        documents.push(local);
    }
    if documents.len() > 1 {
        maker.uses("resources.multiDocument");
    }
    if maker.chance(0.12) {
        maker.uses("resources.list");
        let kind =
            if maker.chance(0.7) { "List".to_owned() } else { format!("{}List", objects[0].kind) };
        let version = if kind == "List" { "v1".to_owned() } else { objects[0].api_version() };
        let mut list = yaml!({"apiVersion": version, "kind": kind});
        list.set("items", Value::List(documents));
        documents = vec![list];
    }
    let json = documents.len() == 1 && maker.chance(0.08);
    let name = layer.file(maker, "objects", if json { "json" } else { "yaml" });
    let path = layer.at(&name);
    if json {
        maker.uses("resources.json");
        maker.write_json(&path, &documents[0]);
    } else {
        maker.write_yaml(&path, &documents);
    }
    maker.uses("resources.file");
    layer.kustomization.push("resources", Value::Text(name));
}

/// Lets the folder change what it has, in some of the many ways.
pub(super) fn change(maker: &mut Maker, layer: &mut Layer, count: usize) {
    const CHANGES: &[fn(&mut Maker, &mut Layer)] = &[
        fields::namespace,
        fields::name_prefix,
        fields::name_suffix,
        fields::labels,
        fields::labels,
        fields::common_labels,
        fields::common_annotations,
        fields::images,
        fields::images,
        fields::image_tags,
        fields::replicas,
        fields::build_metadata,
        patches::patches,
        patches::patches,
        patches::patches,
        patches::patches,
        patches::strategic_merge,
        patches::json_patches,
        generators::generator_options,
        replacements::replacements,
        replacements::replacements,
        replacements::variables,
        schemas::configurations,
        schemas::crds,
        schemas::openapi,
        plugins::transformers,
        plugins::transformers,
        plugins::generators,
        plugins::validators,
    ];
    let mut changes = maker.dice.sample(CHANGES, count);
    maker.dice.shuffle(&mut changes);
    for change in changes {
        change(maker, layer);
    }
    if maker.declared == 0 && !maker.doubled && !maker.variables.is_empty() && maker.chance(0.5) {
        replacements::variables(maker, layer);
    }
    if layer.is_top && maker.chance(0.3) {
        fields::sort_options(maker, layer);
    }
    rename(maker, layer);
}

/// Follows what the folder does to names, so that the folders above it can refer to them.
fn rename(maker: &mut Maker, layer: &mut Layer) {
    let field = |name: &str| {
        layer.kustomization.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (prefix, suffix, namespace) =
        (field("namePrefix"), field("nameSuffix"), field("namespace"));
    for object in &mut layer.objects {
        if !KEPT_NAMES.contains(&object.kind.as_str()) && !(prefix.is_empty() && suffix.is_empty())
        {
            let name = format!("{prefix}{}{suffix}", object.name());
            object.names.push(name);
        }
        if object.namespaced && !namespace.is_empty() {
            object.namespaces.push(namespace.clone());
        }
        if object.generated {
            maker.features.insert("names.ofGenerated");
        }
    }
}

/// Writes the kustomization file.
pub(super) fn finish(maker: &mut Maker, layer: &mut Layer) {
    if layer.kustomization.as_map().is_none_or(|map| map.0.is_empty()) {
        layer.kustomization.set("commonAnnotations", yaml!({"acme.dev/empty": "no"}));
    }
    let mut head = Map::default();
    if layer.component {
        head.set("apiVersion", Value::text("kustomize.config.k8s.io/v1alpha1"));
        head.set("kind", Value::text("Component"));
    } else if maker.chance(0.6) {
        head.set("apiVersion", Value::text("kustomize.config.k8s.io/v1beta1"));
        head.set("kind", Value::text("Kustomization"));
    }
    if maker.chance(0.05) {
        head.set("metadata", yaml!({"name": "acme", "annotations": {"a": "b"}}));
    }
    let mut fields = layer.kustomization.as_map().cloned().unwrap_or_default();
    if maker.chance(0.2) {
        maker.uses("kustomization.unordered");
        maker.dice.shuffle(&mut fields.0);
    }
    head.0.extend(fields.0);
    if maker.chance(0.02) {
        // A field that stands there twice.
        if let Some(twice) = maker.dice.some(&head.0).cloned() {
            maker.uses("kustomization.duplicateKeys");
            head.0.push(twice);
        }
    }
    if maker.risky() {
        head.set(
            maker.pick(&["resource", "nameprefix", "namePrefix", "resources", "images"]),
            Value::text("x"),
        );
    }
    let odd = maker.chance(0.3);
    let oddness = Oddness {
        rate: if odd { maker.oddness } else { 0.0 },
        anchors: maker.chance(0.08),
        typed: true,
    };
    if odd && maker.oddness > 0.0 {
        maker.uses("kustomization.oddLayout");
    }
    let name = match maker.dice.number(0..=9) {
        0 => "kustomization.yml",
        1 => "Kustomization",
        _ => "kustomization.yaml",
    };
    maker.uses(name);
    let path = layer.at(name);
    maker.write_yaml_as(&path, &[Value::Map(head)], oddness);
}

/// Sets a field that the kustomization file does not have yet.
pub(super) fn set_once(layer: &mut Layer, field: &str, value: Value) -> bool {
    let free = layer.field_is_free(field);
    if free {
        layer.kustomization.set(field, value);
    }
    free
}
