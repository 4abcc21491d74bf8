//! JSON patches (RFC 6902) that mostly fit the objects that they are for.

use super::maker::{Maker, Object};
use super::scalar::is_safe_plain;
use super::value::{Path, Step, Value, pointer, yaml};

/// Operations for one object, whose body changes with them so that the next one fits.
pub(super) fn operations(maker: &mut Maker, object: &Object) -> Value {
    let mut body = object.body.clone();
    let mut operations = Vec::new();
    if object.changed && maker.chance(0.9) {
        return Value::List(vec![anywhere(maker)]);
    }
    for _ in 0..maker.dice.number(1..=4) {
        if let Some(operation) = operation(maker, &mut body, object.generated) {
            operations.push(operation);
        }
    }
    if operations.is_empty() {
        operations.push(anywhere(maker));
    }
    Value::List(operations)
}

/// An operation that fits every object.
pub(super) fn anywhere(maker: &mut Maker) -> Value {
    maker.uses("json6902.add");
    let mut operation = yaml!({"op": "add"});
    match maker.dice.number(0..=2) {
        0 => {
            operation.set("path", Value::text("/metadata/annotations"));
            let pairs = maker.annotation_pairs(2);
            operation.set("value", pairs);
        }
        1 => {
            operation.set("path", Value::text("/metadata/labels"));
            let pairs = maker.label_pairs(2);
            operation.set("value", pairs);
        }
        _ => {
            operation.set(
                "path",
                Value::text(maker.pick(&["/extra", "/acme~1extra", "/x~0y", "/extra field"])),
            );
            let value = maker.nest(2);
            operation.set("value", value);
        }
    }
    operation
}

fn operation(maker: &mut Maker, body: &mut Value, generated: bool) -> Option<Value> {
    let paths: Vec<Path> = body.paths().into_iter().filter(|path| is_free(path)).collect();
    let path = maker.dice.some(&paths)?.clone();
    let present = body.at(&path)?.clone();
    let mut operation = Value::map();
    let name = maker.pick(&[
        "add", "add", "replace", "replace", "replace", "remove", "test", "copy", "move", "append",
    ]);
    operation.set("op", Value::text(if name == "append" { "add" } else { name }));
    operation.set("path", Value::Text(pointer(&path)));
    let feature = match name {
        "replace" => {
            let value = fresh(maker, &present);
            operation.set("value", value.clone());
            *body.at_mut(&path)? = value;
            "json6902.replace"
        }
        "remove" => {
            remove(body, &path);
            "json6902.remove"
        }
        "test" => {
            let certain = match &present {
                Value::Plain(token) => token.parse::<i32>().is_ok(),
                Value::Text(text) => is_safe_plain(text),
                _ => maker.risky(),
            };
            if !certain || generated {
                return None;
            }
            operation.set("value", present);
            "json6902.test"
        }
        "copy" | "move" => {
            let target = addition(maker, body)?;
            if target.starts_with(&path)
                || (name == "move" && path.starts_with(&target[..target.len() - 1]))
            {
                return None;
            }
            operation.set("from", Value::Text(pointer(&path)));
            operation.set("path", Value::Text(pointer(&target)));
            if name == "move" {
                remove(body, &path);
            }
            if name == "copy" { "json6902.copy" } else { "json6902.move" }
        }
        "append" => {
            let lists: Vec<&Path> =
                paths.iter().filter(|path| matches!(body.at(path), Some(Value::List(_)))).collect();
            let list = (*maker.dice.some(&lists)?).clone();
            let Some(Value::List(items)) = body.at_mut(&list) else { return None };
            let at = maker.dice.number(0..=items.len());
            let value = match items.first() {
                Some(first) => fresh(maker, first),
                None => maker.anything(),
            };
            let last = if maker.chance(0.6) { "-".to_owned() } else { at.to_string() };
            operation.set("path", Value::Text(format!("{}/{last}", pointer(&list))));
            operation.set("value", value.clone());
            items.insert(if last == "-" { items.len() } else { at }, value);
            "json6902.add"
        }
        _ => {
            let target = addition(maker, body)?;
            operation.set("path", Value::Text(pointer(&target)));
            // Labels and annotations, wherever they are, hold strings.
            let strings = target.iter().any(|step| matches!(step, Step::Key(key) if matches!(key.as_str(), "labels" | "annotations" | "matchLabels" | "selector" | "data" | "stringData")));
            let value = if strings { Value::Text(maker.string()) } else { maker.nest(2) };
            operation.set("value", value);
            "json6902.add"
        }
    };
    maker.uses(feature);
    if maker.risky() {
        operation.set(
            "path",
            Value::text(maker.pick(&["/no/such/path", "spec", "/spec/-", "", "/metadata/name/x"])),
        );
    }
    Some(operation)
}

/// A place for something new in a mapping.
fn addition(maker: &mut Maker, body: &Value) -> Option<Path> {
    let maps: Vec<Path> = body
        .paths()
        .into_iter()
        .filter(|path| {
            is_free(path)
                || *path == [Step::Key("metadata".into())]
                || *path == [Step::Key("spec".into())]
        })
        .filter(|path| body.at(path).is_some_and(|value| value.as_map().is_some()))
        .collect();
    let mut path = maker.dice.some(&maps)?.clone();
    let key = if path.last() == Some(&Step::Key("metadata".into())) {
        "finalizers-of-acme".to_owned()
    } else {
        maker
            .pick(&["added", "added", "acme.dev/added", "til~de", "replicas", "0", "a b"])
            .to_owned()
    };
    path.push(Step::Key(key));
    Some(path)
}

/// Whether changing what is there leaves the object one: its identity stays, and what kustomize itself reads.
fn is_free(path: &Path) -> bool {
    match path.first() {
        Some(Step::Key(key)) if key == "metadata" => path.len() > 2,
        Some(Step::Key(key)) => key != "apiVersion" && key != "kind",
        _ => false,
    }
}

fn remove(body: &mut Value, path: &Path) {
    let Some((last, parent)) = path.split_last() else { return };
    match (last, body.at_mut(parent)) {
        (Step::Key(key), Some(Value::Map(map))) => {
            map.0.retain(|(name, _)| name.as_str() != Some(key))
        }
        (Step::Index(index), Some(Value::List(items))) => {
            items.remove(*index);
        }
        _ => {}
    }
}

/// Another value in the place of one, mostly of its type.
fn fresh(maker: &mut Maker, present: &Value) -> Value {
    match present {
        Value::Map(_) if maker.chance(0.7) => {
            let mut changed = present.clone();
            changed.set("added", Value::text("by a patch"));
            changed
        }
        Value::Text(_) if maker.chance(0.85) => Value::Text(maker.string()),
        Value::List(_) if maker.chance(0.7) => present.clone(),
        _ => maker.nest(1),
    }
}
