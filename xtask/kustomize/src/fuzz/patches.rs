//! `patches` and the two fields before it: what is patched, by what, and where it is written.

use super::json6902;
use super::layer::Layer;
use super::maker::{Maker, Object};
use super::merge;
use super::value::{Value, yaml};
use super::write;

/// Appends entries to `patches`.
pub(super) fn patches(maker: &mut Maker, layer: &mut Layer) {
    for _ in 0..maker.dice.number(1..=3) {
        if let Some(patch) = patch(maker, layer) {
            layer.kustomization.push("patches", patch);
        }
    }
}

/// An entry of `patches`, which is what PatchTransformer takes, too.
pub(super) fn patch(maker: &mut Maker, layer: &mut Layer) -> Option<Value> {
    let (at, object) = some_object(maker, layer)?;
    if layer.component {
        maker.uses("patches.fromComponent");
    }
    let mut entry = Value::map();
    let is_operations = maker.chance(0.4);
    layer.objects[at].changed = true;
    let documents = if is_operations {
        maker.uses("patches.json6902");
        let wide = maker.chance(0.25);
        let operations = if wide {
            yaml!([json6902::anywhere(maker).to_json()])
        } else {
            json6902::operations(maker, &object)
        };
        let target =
            if wide { wide_target(maker, layer, &object) } else { exact_target(maker, &object) };
        entry.set("target", target);
        vec![operations]
    } else {
        maker.uses("patches.merge");
        let mut patch = merge::patch(maker, &object);
        let deletes = patch.get("$patch").is_some();
        if deletes {
            layer.objects.remove(at);
        }
        if !deletes && maker.chance(0.45) {
            let wide = maker.chance(0.4);
            let target = if wide {
                wide_target(maker, layer, &object)
            } else {
                exact_target(maker, &object)
            };
            entry.set("target", target);
            anonymous(maker, &mut patch);
            // Objects that are called otherwise from here on are left alone.
            if maker.chance(0.15) {
                renaming(maker, &object, &mut entry, &mut patch, wide);
                if !wide {
                    layer.objects.remove(at);
                }
            }
            vec![patch]
        } else if maker.chance(0.12) {
            maker.uses("patches.multiDocument");
            let (at, other) = some_object(maker, layer)?;
            layer.objects[at].changed = true;
            let other = merge::patch(maker, &other);
            if other.get("$patch").is_some() {
                layer.objects.remove(at);
            }
            vec![patch, other]
        } else {
            vec![patch]
        }
    };
    note_object(maker, &object);
    let (text, json) = text(maker, &documents);
    if json {
        maker.uses("patches.json");
    }
    if maker.chance(0.5) {
        maker.uses("patches.inline");
        entry.set("patch", Value::Code(text));
    } else {
        maker.uses("patches.file");
        let name = layer.file(maker, "patch", if json { "json" } else { "yaml" });
        maker.files.insert(layer.at(&name), text.into_bytes());
        entry.set("path", Value::Text(name));
    }
    if maker.risky() {
        entry.set("path", Value::text("missing.yaml"));
    }
    Some(entry)
}

/// `patchesStrategicMerge`
pub(super) fn strategic_merge(maker: &mut Maker, layer: &mut Layer) {
    for _ in 0..maker.dice.number(1..=2) {
        let Some((at, object)) = some_object(maker, layer) else { return };
        layer.objects[at].changed = true;
        let patch = merge::patch(maker, &object);
        if patch.get("$patch").is_some() {
            layer.objects.remove(at);
        }
        note_object(maker, &object);
        let (text, _) = text(maker, &[patch]);
        if maker.chance(0.5) && text.contains('\n') {
            maker.uses("patchesStrategicMerge.inline");
            layer.kustomization.push("patchesStrategicMerge", Value::Code(text));
        } else {
            maker.uses("patchesStrategicMerge.file");
            let name = layer.file(maker, "merge", "yaml");
            maker.files.insert(layer.at(&name), text.into_bytes());
            layer.kustomization.push("patchesStrategicMerge", Value::Text(name));
        }
    }
}

/// `patchesJson6902`
pub(super) fn json_patches(maker: &mut Maker, layer: &mut Layer) {
    let Some((at, object)) = some_object(maker, layer) else { return };
    layer.objects[at].changed = true;
    let operations = json6902::operations(maker, &object);
    let (text, json) = text(maker, &[operations]);
    let mut entry = Value::map();
    let mut target = yaml!({"version": object.version, "kind": object.kind, "name": object.name()});
    if !object.group.is_empty() {
        target.set("group", Value::text(&*object.group));
    }
    if !object.namespace().is_empty() {
        target.set("namespace", Value::text(object.namespace()));
    }
    entry.set("target", target);
    if maker.chance(0.5) {
        maker.uses("patchesJson6902.inline");
        entry.set("patch", Value::Code(text));
    } else {
        maker.uses("patchesJson6902.file");
        let name = layer.file(maker, "ops", if json { "json" } else { "yaml" });
        maker.files.insert(layer.at(&name), text.into_bytes());
        entry.set("path", Value::Text(name));
    }
    layer.kustomization.push("patchesJson6902", entry);
}

/// A patch as text, and whether it is JSON.
fn text(maker: &mut Maker, documents: &[Value]) -> (String, bool) {
    if documents.len() == 1 && maker.chance(0.15) {
        let json = documents[0].to_json();
        let text = if maker.chance(0.5) {
            json.to_string()
        } else {
            serde_json::to_string_pretty(&json).unwrap_or_default()
        };
        return (text, true);
    }
    let mut oddness = maker.layout();
    oddness.rate /= 2.0;
    let (text, _) = write::file(&mut maker.dice, documents, oddness);
    (text, false)
}

fn some_object(maker: &mut Maker, layer: &Layer) -> Option<(usize, Object)> {
    let all: Vec<usize> = (0..layer.objects.len()).collect();
    let at = *maker.dice.some(&all)?;
    Some((at, layer.objects[at].clone()))
}

fn note_object(maker: &mut Maker, object: &Object) {
    if object.generated {
        maker.uses("patches.onGenerated");
    }
    if !object.is_built_in() {
        maker.uses("patches.onCustomResource");
    }
}

/// Makes a patch name an object that is not there, which counts for nothing where there is a target.
fn anonymous(maker: &mut Maker, patch: &mut Value) {
    if patch.get("$patch").is_some() || maker.chance(0.3) {
        return;
    }
    let mut metadata = patch.get("metadata").cloned().unwrap_or_else(Value::map);
    if let Some(map) = metadata.as_map_mut() {
        map.0.retain(|(key, _)| key.as_str() != Some("namespace"));
    }
    metadata.set("name", Value::text(maker.pick(&["any", "not-used", "x"])));
    patch.set("metadata", metadata);
    if maker.chance(0.3) {
        patch.set("kind", Value::text("Any"));
    }
}

/// Lets a patch change the name or the kind.
fn renaming(maker: &mut Maker, object: &Object, entry: &mut Value, patch: &mut Value, wide: bool) {
    let mut options = Value::map();
    if maker.chance(0.7) {
        maker.uses("patches.allowNameChange");
        options.set("allowNameChange", Value::plain(true));
        let mut metadata = patch.get("metadata").cloned().unwrap_or_else(Value::map);
        let name =
            if wide { object.name().to_owned() } else { format!("renamed-{}", maker.next()) };
        metadata.set("name", Value::Text(name));
        patch.set("metadata", metadata);
        maker.uses("patches.renames");
    }
    if maker.chance(0.5) {
        maker.uses("patches.allowKindChange");
        options.set("allowKindChange", Value::plain(true));
        let other = !wide && maker.chance(0.5);
        patch.set("kind", Value::text(if other { "Another" } else { &*object.kind }));
        patch.set("apiVersion", Value::Text(object.api_version()));
    }
    entry.set("options", options);
}

/// A target that means one object.
fn exact_target(maker: &mut Maker, object: &Object) -> Value {
    let mut target = yaml!({"kind": object.kind});
    maker.uses("patches.target.kind");
    maker.uses("patches.target.name");
    let name = maker.dice.pick(&object.names).clone();
    let name = if maker.chance(0.15) {
        maker.uses("patches.target.regex");
        match maker.dice.number(0..=2) {
            0 => format!("^{name}$"),
            1 => format!("({name}|nobody)"),
            _ => format!("{}.+", &name[..name.char_indices().nth(1).map_or(0, |(at, _)| at)]),
        }
    } else {
        name
    };
    target.set("name", Value::Text(name));
    if maker.chance(0.4) {
        maker.uses("patches.target.group");
        target.set("group", Value::text(&*object.group));
    }
    if maker.chance(0.4) {
        maker.uses("patches.target.version");
        target.set("version", Value::text(&*object.version));
    }
    if object.namespaced && !object.namespace().is_empty() && maker.chance(0.4) {
        maker.uses("patches.target.namespace");
        target.set("namespace", Value::text(object.namespace()));
    }
    target
}

/// A target that may mean many objects, or none.
fn wide_target(maker: &mut Maker, layer: &mut Layer, object: &Object) -> Value {
    layer.objects.iter_mut().for_each(|object| object.changed = true);
    maker.uses("patches.target.regex");
    let mut target = Value::map();
    for _ in 0..maker.dice.number(1..=2) {
        match maker.dice.number(0..=8) {
            0 | 1 => {
                maker.uses("patches.target.kind");
                let kind = maker.pick(&[
                    "Deployment|StatefulSet",
                    ".*Set",
                    "ConfigMap",
                    "Deploy.*",
                    "(Service|Secret)",
                    "[A-Z][a-z]+",
                    "Widget",
                ]);
                target.set(
                    "kind",
                    if maker.chance(0.5) { Value::text(&*object.kind) } else { Value::text(kind) },
                );
            }
            2 => {
                maker.uses("patches.target.name");
                target.set(
                    "name",
                    Value::text(maker.pick(&[
                        "web.*",
                        ".*-[0-9]+",
                        "^api-.*$",
                        "(web|api)-.*",
                        "[a-z]+-\\d+",
                        ".*",
                        "^.{3,9}$",
                        "(?i)WEB.*",
                        "web-\\w+",
                    ])),
                );
            }
            3 => {
                maker.uses("patches.target.version");
                target.set(
                    "version",
                    Value::text(maker.pick(&["v1", "v.*", "v1|v2", "v1beta[0-9]"])),
                );
            }
            4 => {
                maker.uses("patches.target.group");
                target.set(
                    "group",
                    Value::text(maker.pick(&["apps", ".*fluxcd.*", "apps|batch", ".*k8s.io"])),
                );
            }
            5 => {
                maker.uses("patches.target.namespace");
                target.set(
                    "namespace",
                    Value::text(maker.pick(&["apps", "a.*", "default", "(apps|default)"])),
                );
            }
            6 => {
                maker.uses("patches.target.annotationSelector");
                target.set(
                    "annotationSelector",
                    Value::text(maker.pick(&[
                        "note",
                        "!note",
                        "acme.dev/owner=red",
                        "note!=x",
                        "note in (red, green)",
                    ])),
                );
            }
            7 => {
                maker.uses("patches.target.labelSelector");
                target.set(
                    "labelSelector",
                    Value::text(maker.pick(&[
                        "app=web",
                        "app in (web,api)",
                        "!team",
                        "app==web,tier!=db",
                        "team",
                        "env notin (prod)",
                        "app.kubernetes.io/name=web",
                    ])),
                );
            }
            _ => {
                maker.uses("patches.target.nothing");
                target.set("name", Value::text("nobody-has-this-name"));
            }
        }
    }
    if maker.risky() {
        target.set("name", Value::text(maker.pick(&["(", "*", "[a", "a{2,1}", "(?=a)", "\\"])));
    }
    target
}
