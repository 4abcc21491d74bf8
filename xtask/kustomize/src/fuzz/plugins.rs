//! `transformers`, `generators` and `validators` with the plugins that are built in.

use super::layer::Layer;
use super::maker::Maker;
use super::value::{Value, yaml};
use super::{fields, generators as generator, patches, replacements};

fn plugin(maker: &mut Maker, kind: &str) -> Value {
    let name = format!("plugin-{}", maker.next());
    yaml!({"apiVersion": "builtin", "kind": kind, "metadata": {"name": name}})
}

/// Puts documents into a file that a field names, or into the kustomization file itself.
fn refer(maker: &mut Maker, layer: &mut Layer, field: &str, documents: &[Value]) {
    if documents.len() == 1 && maker.chance(0.2) {
        maker.uses("transformers.inline");
        let text = serde_json::to_string_pretty(&documents[0].to_json()).unwrap_or_default();
        layer.kustomization.push(field, Value::Code(text + "\n"));
        return;
    }
    let name = layer.file(maker, field, "yaml");
    let path = layer.at(&name);
    maker.write_yaml(&path, documents);
    layer.kustomization.push(field, Value::Text(name));
}

/// `transformers`
pub(super) fn transformers(maker: &mut Maker, layer: &mut Layer) {
    let mut documents = Vec::new();
    for _ in 0..*maker.dice.pick(&[1, 1, 2]) {
        documents.extend(transformer(maker, layer));
    }
    if !documents.is_empty() {
        refer(maker, layer, "transformers", &documents);
    }
}

fn transformer(maker: &mut Maker, layer: &mut Layer) -> Option<Value> {
    let object = maker.dice.some(&layer.objects)?.clone();
    Some(match maker.dice.number(0..=18) {
        0 => {
            maker.uses("transformers.AnnotationsTransformer");
            let mut plugin = plugin(maker, "AnnotationsTransformer");
            plugin.set("annotations", maker.annotation_pairs(2));
            plugin.set(
                "fieldSpecs",
                Value::List(vec![fields::field_spec(
                    maker,
                    &["metadata/annotations", "spec/template/metadata/annotations"],
                )]),
            );
            plugin
        }
        1 => {
            maker.uses("transformers.HashTransformer");
            plugin(maker, "HashTransformer")
        }
        2 => {
            maker.uses("transformers.ImageTagTransformer");
            let mut plugin = plugin(maker, "ImageTagTransformer");
            plugin.set("imageTag", fields::image(maker));
            if maker.chance(0.5) {
                plugin.set(
                    "fieldSpecs",
                    yaml!([{"path": "spec/image"}, {"path": "spec/parts[]/image"}]),
                );
            }
            plugin
        }
        3 => {
            maker.uses("transformers.LabelTransformer");
            let mut plugin = plugin(maker, "LabelTransformer");
            plugin.set("labels", maker.label_pairs(2));
            plugin.set(
                "fieldSpecs",
                Value::List(vec![fields::field_spec(
                    maker,
                    &["metadata/labels", "spec/selector", "spec/template/metadata/labels"],
                )]),
            );
            plugin
        }
        4 | 5 if !maker.two_namespaces => {
            maker.uses("transformers.NamespaceTransformer");
            let mut plugin = plugin(maker, "NamespaceTransformer");
            plugin.set(
                "metadata",
                yaml!({"name": "plugin", "namespace": maker.pick(&["apps", "moved", "default"])}),
            );
            if !maker.risky() {
                plugin.set(
                    "fieldSpecs",
                    yaml!([{"path": "metadata/name", "kind": "Namespace", "create": true}]),
                );
            }
            if maker.chance(0.4) {
                maker.uses("transformers.NamespaceTransformer.unsetOnly");
                plugin.set("unsetOnly", Value::plain(true));
            }
            if maker.chance(0.5) {
                maker.uses("transformers.NamespaceTransformer.setRoleBindingSubjects");
                plugin.set(
                    "setRoleBindingSubjects",
                    Value::text(maker.pick(&["none", "allServiceAccounts", "defaultOnly"])),
                );
            }
            plugin
        }
        6 => {
            maker.uses("transformers.PatchJson6902Transformer");
            let mut plugin = plugin(maker, "PatchJson6902Transformer");
            plugin.set("target", yaml!({"group": object.group, "version": object.version, "kind": object.kind, "name": object.name()}));
            let operations = super::json6902::operations(maker, &object);
            plugin.set("jsonOp", Value::Code(operations.to_json().to_string()));
            plugin
        }
        7 => {
            maker.uses("transformers.PatchStrategicMergeTransformer");
            let mut plugin = plugin(maker, "PatchStrategicMergeTransformer");
            let patch = super::merge::patch(maker, &object);
            plugin.set("patches", Value::Code(patch.to_json().to_string()));
            plugin
        }
        8 | 9 => {
            maker.uses("transformers.PatchTransformer");
            let mut plugin = plugin(maker, "PatchTransformer");
            for (key, value) in patches::patch(maker, layer)?.as_map()?.0.clone() {
                plugin.set(key.as_str()?, value);
            }
            plugin
        }
        10..=13 => {
            let kind =
                maker.pick(&["PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer"]);
            maker.uses(match kind {
                "PrefixTransformer" => "transformers.PrefixTransformer",
                "SuffixTransformer" => "transformers.SuffixTransformer",
                _ => "transformers.PrefixSuffixTransformer",
            });
            let mut plugin = plugin(maker, kind);
            if kind != "SuffixTransformer" {
                plugin.set("prefix", Value::text("pre-"));
            }
            if kind != "PrefixTransformer" {
                plugin.set("suffix", Value::text("-post"));
            }
            if !maker.risky() {
                plugin.set("fieldSpecs", yaml!([{"path": "metadata/name"}]));
            }
            plugin
        }
        14 => {
            maker.uses("transformers.ReplacementTransformer");
            let mut plugin = plugin(maker, "ReplacementTransformer");
            plugin.set("replacements", Value::List(vec![replacements::replacement(maker, layer)?]));
            plugin
        }
        15 | 16 => {
            let name = fields::scalable(maker, layer)?;
            maker.uses("transformers.ReplicaCountTransformer");
            let mut plugin = plugin(maker, "ReplicaCountTransformer");
            plugin.set("replica", yaml!({"name": name, "count": 4}));
            plugin.set("fieldSpecs", yaml!([{"path": "spec/replicas", "create": true, "kind": "Deployment"}, {"path": "spec/replicas", "create": true, "kind": "StatefulSet"}, {"path": "spec/replicas", "kind": "ReplicaSet"}, {"path": "spec/replicas", "kind": "ReplicationController"}]));
            plugin
        }
        _ => {
            maker.uses("transformers.ValueAddTransformer");
            let mut plugin = plugin(maker, "ValueAddTransformer");
            if maker.chance(0.8) {
                plugin.set("value", Value::text(maker.pick(&["added", "apps", "x/y"])));
            }
            let mut target = yaml!({"fieldPath": maker.pick(&["metadata/namespace", "metadata/annotations/added", "spec/path", "spec/url", "metadata/labels/x"])});
            if maker.chance(0.6) {
                target.set("selector", yaml!({"kind": object.kind}));
            }
            if maker.chance(0.4) {
                target.set("filePathPosition", Value::plain(maker.dice.number(0..=2)));
            }
            plugin.set("targets", Value::List(vec![target]));
            plugin
        }
    })
}

/// `generators`
pub(super) fn generators(maker: &mut Maker, layer: &mut Layer) {
    let mut documents = Vec::new();
    for _ in 0..*maker.dice.pick(&[1, 1, 2]) {
        if maker.chance(0.25) {
            maker.uses("generators.IAMPolicyGenerator");
            let mut plugin = plugin(maker, "IAMPolicyGenerator");
            let number = maker.next();
            plugin.set("cloud", Value::text("gke"));
            plugin.set(
                "kubernetesService",
                yaml!({"namespace": "apps", "name": format!("k8s-{number}")}),
            );
            plugin.set("serviceAccount", yaml!({"name": "gsa", "projectId": "acme-project"}));
            documents.push(plugin);
            continue;
        }
        let kind = maker.pick(&["ConfigMap", "Secret"]);
        maker.uses(if kind == "ConfigMap" {
            "generators.ConfigMapGenerator"
        } else {
            "generators.SecretGenerator"
        });
        let (arguments, object) = generator::arguments(maker, layer, kind);
        let mut plugin = yaml!({"apiVersion": "builtin", "kind": format!("{kind}Generator")});
        let mut metadata = yaml!({"name": object.first_name()});
        if let Some(namespace) = arguments.get("namespace") {
            metadata.set("namespace", namespace.clone());
        }
        plugin.set("metadata", metadata);
        for (key, value) in arguments.as_map().cloned().unwrap_or_default().0 {
            if let Some(key) = key.as_str().filter(|key| !matches!(*key, "name" | "namespace")) {
                plugin.set(key, value);
            }
        }
        documents.push(plugin);
        layer.objects.push(object);
    }
    refer(maker, layer, "generators", &documents);
}

/// `validators`: plugins that must not change anything.
pub(super) fn validators(maker: &mut Maker, layer: &mut Layer) {
    maker.uses("validators");
    let kind = maker.pick(&["LabelTransformer", "AnnotationsTransformer", "ImageTagTransformer"]);
    let mut validator = plugin(maker, kind);
    let nobody = yaml!([{"path": "spec/nothing", "kind": "Nobody"}]);
    match kind {
        "LabelTransformer" => {
            validator.set("labels", yaml!({"a": "b"}));
            validator.set(
                "fieldSpecs",
                if maker.risky() {
                    yaml!([{"path": "metadata/labels", "create": true}])
                } else {
                    nobody
                },
            );
        }
        "AnnotationsTransformer" => {
            validator.set("annotations", yaml!({"a": "b"}));
            validator.set("fieldSpecs", nobody);
        }
        _ => validator.set("imageTag", yaml!({"name": "nobody", "newTag": "1"})),
    }
    refer(maker, layer, "validators", &[validator]);
}
