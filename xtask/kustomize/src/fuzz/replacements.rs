//! `replacements` and `vars`.

use super::layer::Layer;
use super::maker::{Maker, Object};
use super::scalar::is_safe_plain;
use super::value::{Path, Step, Value, pointer, yaml};

/// Appends entries to `replacements`.
pub(super) fn replacements(maker: &mut Maker, layer: &mut Layer) {
    for _ in 0..maker.dice.number(1..=2) {
        let Some(replacement) = replacement(maker, layer) else { continue };
        if maker.chance(0.3) {
            maker.uses("replacements.file");
            let name = layer.file(maker, "replacement", "yaml");
            let path = layer.at(&name);
            // A file holds one, or a list of them.
            let document =
                if maker.chance(0.3) { Value::List(vec![replacement]) } else { replacement };
            maker.write_yaml(&path, &[document]);
            layer.kustomization.push("replacements", yaml!({"path": name}));
        } else {
            maker.uses("replacements.inline");
            layer.kustomization.push("replacements", replacement);
        }
    }
}

/// A replacement, which is what ReplacementTransformer takes, too.
pub(super) fn replacement(maker: &mut Maker, layer: &Layer) -> Option<Value> {
    let mut replacement = Value::map();
    if maker.chance(0.2) {
        maker.uses("replacements.sourceValue");
        replacement.set("sourceValue", Value::Text(maker.string()));
    } else {
        let source = source(maker, layer)?;
        replacement.set("source", source);
    }
    let mut targets = Vec::new();
    for _ in 0..*maker.dice.pick(&[1, 1, 2]) {
        targets.push(target(maker, layer)?);
    }
    replacement.set("targets", Value::List(targets));
    Some(replacement)
}

fn source(maker: &mut Maker, layer: &Layer) -> Option<Value> {
    let only: Vec<Object> =
        layer.objects.iter().filter(|object| layer.is_only(object)).cloned().collect();
    let object = maker.dice.some(&only)?.clone();
    let mut source = identity(maker, &object);
    if maker.chance(if object.changed { 0.8 } else { 0.15 }) {
        if maker.chance(0.5) {
            source.set(
                "fieldPath",
                Value::text(maker.pick(&["metadata.name", "kind", "apiVersion"])),
            );
        }
        return Some(source);
    }
    let whole = maker.chance(0.12);
    let path = path(maker, &object, |value| {
        if whole { !value.is_scalar() } else { matches!(value, Value::Text(_) | Value::Plain(_)) }
    })?;
    if whole {
        maker.uses("replacements.wholeNode");
    }
    let value = object.body.at(&path)?.clone();
    source.set("fieldPath", Value::Text(spell(maker, &object, &path, false)));
    if let (Some(text), true) = (value.as_str(), maker.dice.chance(0.35))
        && let Some(delimiter) =
            ["/", ":", ".", "-"].iter().find(|delimiter| text.contains(**delimiter))
    {
        maker.uses("replacements.delimiter");
        let parts = text.split(delimiter).count();
        let mut options = yaml!({"delimiter": delimiter});
        if maker.chance(0.7) {
            maker.uses("replacements.index");
            options.set("index", Value::plain(maker.dice.number(0..=parts - 1)));
        }
        source.set("options", options);
    }
    Some(source)
}

fn target(maker: &mut Maker, layer: &Layer) -> Option<Value> {
    let with_structure: Vec<Object> = layer
        .objects
        .iter()
        .filter(|object| structured(object) && !object.changed)
        .cloned()
        .collect();
    let object = match maker.dice.some(&with_structure) {
        Some(object) if maker.chance(0.4) => object.clone(),
        _ => maker.dice.some(&layer.objects)?.clone(),
    };
    let mut target = Value::map();
    let of_kind = maker.chance(0.1);
    let mut select = if of_kind { yaml!({"kind": object.kind}) } else { identity(maker, &object) };
    if maker.chance(0.07) {
        maker.uses("replacements.labelSelector");
        let (field, selector) = *maker.dice.pick(&[
            ("labelSelector", "app=web"),
            ("labelSelector", "!app"),
            ("annotationSelector", "!note"),
            ("annotationSelector", "note"),
        ]);
        select.set(field, Value::text(selector));
    }
    target.set("select", select);
    if maker.chance(0.12) {
        maker.uses("replacements.reject");
        let other = maker.dice.pick(&layer.objects).clone();
        let mut reject = identity(maker, &other);
        if maker.chance(0.3) {
            reject = yaml!({"labelSelector": "team"});
        }
        target.set("reject", Value::List(vec![reject]));
    }
    if maker.chance(0.1) {
        // Without field paths the name is meant.
        return Some(target);
    }
    let mut options = Value::map();
    let mut paths = Vec::new();
    if structured(&object) && !object.changed && !of_kind && maker.chance(0.8) {
        maker.uses("replacements.structured");
        paths.push(Value::text(maker.pick(&[
            "data.structured.host",
            "data.structured.port",
            "data.structured.list.[name=x].value",
            "data.structured.list.0.value",
        ])));
    } else if maker.chance(if object.changed || of_kind { 0.8 } else { 0.25 }) {
        maker.uses("replacements.create");
        options.set("create", Value::plain(true));
        paths.push(Value::text(maker.pick(&[
            "metadata.annotations.created",
            "metadata.annotations.[acme.dev/created]",
            "metadata.labels.created",
            "spec.created",
            "spec.a.b.c",
            "spec.list.[name=new].value",
            "data.created",
        ])));
    } else {
        for _ in 0..*maker.dice.pick(&[1, 1, 2]) {
            // What was a number stays one, and a word is none.
            let any = maker.chance(0.1);
            let path = path(maker, &object, |value| {
                any || matches!(value, Value::Text(text) if is_safe_plain(text))
            })?;
            let name = &path[..] == [Step::Key("metadata".into()), Step::Key("name".into())];
            if maker.chance(0.25) && !name {
                maker.uses("replacements.delimiter");
                options.set("delimiter", Value::text(maker.pick(&["/", ":", "-", "."])));
                if maker.chance(0.7) {
                    maker.uses("replacements.index");
                    options.set("index", Value::plain(*maker.dice.pick(&[0, 1, -1, 5])));
                }
            }
            paths.push(Value::Text(spell(maker, &object, &path, true)));
        }
    }
    if maker.risky() {
        paths.push(Value::text(maker.pick(&[
            "no.such.path",
            "spec.[",
            "metadata.[a=b]",
            "",
            "spec..x",
        ])));
        options.set(maker.pick(&["encoding", "create"]), Value::text("base64"));
    }
    target.set("fieldPaths", Value::List(paths));
    if options.as_map().is_some_and(|map| !map.0.is_empty()) {
        target.set("options", options);
    }
    Some(target)
}

/// Whether the object has text that is JSON or YAML itself.
fn structured(object: &Object) -> bool {
    object.body.get("data").is_some_and(|data| data.get("structured").is_some())
}

/// Fields that select one object.
fn identity(maker: &mut Maker, object: &Object) -> Value {
    // Where a base came twice, only the present name means one.
    let name = if maker.chance(0.2) {
        maker.dice.pick(&object.names).clone()
    } else {
        object.name().to_owned()
    };
    let mut identity = yaml!({"kind": object.kind, "name": name});
    if maker.chance(0.2) {
        identity.set("version", Value::text(&*object.version));
    }
    if maker.chance(0.2) && !object.group.is_empty() {
        identity.set("group", Value::text(&*object.group));
    }
    if maker.chance(0.1) && !object.namespace().is_empty() {
        identity.set("namespace", Value::text(object.namespace()));
    }
    identity
}

/// The path of a node that is as wanted and not part of what identifies the object.
fn path(maker: &mut Maker, object: &Object, wanted: impl Fn(&Value) -> bool) -> Option<Path> {
    let metadata = |path: &Path, field: &str| {
        path.first() == Some(&Step::Key("metadata".into()))
            && path.get(1) == Some(&Step::Key(field.into()))
    };
    let paths: Vec<Path> = object
        .body
        .paths()
        .into_iter()
        .filter(|path| path.len() > 1 && !metadata(path, "name") && !metadata(path, "namespace") && !metadata(path, "creationTimestamp"))
        .filter(|path| path.iter().all(|step| !matches!(step, Step::Key(key) if key.is_empty() || key.contains(['\n', '[', ']', '*', '='])) ))
        .filter(|path| object.body.at(path).is_some_and(&wanted))
        .collect();
    maker.dice.some(&paths).cloned()
}

/// A path as replacements write it: `spec.containers.[name=web].image`.
fn spell(maker: &mut Maker, object: &Object, path: &Path, wildcards: bool) -> String {
    let mut parts = Vec::new();
    for (at, step) in path.iter().enumerate() {
        parts.push(match step {
            Step::Key(key) if key.contains('.') => {
                if maker.chance(0.5) {
                    format!("[{key}]")
                } else {
                    key.replace('.', "\\.")
                }
            }
            Step::Key(key) => key.clone(),
            Step::Index(index) => {
                let name = object
                    .body
                    .at(&path[..=at])
                    .and_then(|item| item.get("name"))
                    .and_then(Value::as_str);
                match (maker.dice.number(0..=5), name) {
                    (0..=2, Some(name)) => {
                        maker.uses("replacements.listByKey");
                        format!("[name={name}]")
                    }
                    (3, _) if wildcards => {
                        maker.uses("replacements.wildcard");
                        "*".to_owned()
                    }
                    _ => {
                        maker.uses("replacements.listByIndex");
                        index.to_string()
                    }
                }
            }
        });
    }
    parts.join(".")
}

/// `vars`
pub(super) fn variables(maker: &mut Maker, layer: &mut Layer) {
    if maker.doubled {
        return;
    }
    for _ in 0..maker.dice.number(1..=2) {
        let only: Vec<Object> =
            layer.objects.iter().filter(|object| layer.is_only(object)).cloned().collect();
        let Some(object) = maker.dice.some(&only).cloned() else { return };
        let name = variable(maker.declared);
        let mut variable = yaml!({"name": name, "objref": {"kind": object.kind, "apiVersion": object.api_version(), "name": object.first_name()}});
        if maker.chance(0.5)
            && !object.changed
            && let Some(path) = path(maker, &object, |value| matches!(value, Value::Text(_) | Value::Plain(_)))
            && path.iter().all(|step| matches!(step, Step::Key(key) if key.chars().all(|char| char.is_ascii_alphanumeric())))
        {
            maker.uses("vars.fieldref");
            variable.set("fieldref", yaml!({"fieldPath": pointer(&path)[1..].replace('/', ".")}));
        }
        maker.uses("vars");
        maker.declared += 1;
        layer.kustomization.push("vars", variable);
    }
}

/// The name of the variable that is declared after `count` others.
pub(super) fn variable(count: usize) -> String {
    if count == 0 { "VAR_A".to_owned() } else { format!("VAR_{count}") }
}
