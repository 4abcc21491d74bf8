//! Strategic merge patches, cut out of the objects that they are for and changed.

use super::hostile;
use super::maker::{Maker, Object};
use super::value::{Map, Value, yaml};

/// What tells the items of a list apart in the built-in kinds.
const MERGE_KEYS: &[&str] = &[
    "name",
    "containerPort",
    "protocol",
    "mountPath",
    "devicePath",
    "port",
    "ip",
    "topologyKey",
    "whenUnsatisfiable",
    "key",
    "uid",
    "kind",
];

/// A patch for an object.
pub(super) fn patch(maker: &mut Maker, object: &Object) -> Value {
    let mut patch = yaml!({"apiVersion": object.api_version(), "kind": object.kind});
    // The fields that come first would still speak of an object that a later one deletes.
    if !object.changed && maker.chance(0.06) {
        maker.uses("merge.$patch.deleteObject");
        patch.set("$patch", Value::text("delete"));
        patch.set("metadata", identified(Value::map(), object));
        return patch;
    }
    let mut body = object.body.clone();
    if let Some(map) = body.as_map_mut() {
        map.0.retain(|(key, _)| !matches!(key.as_str(), Some("apiVersion" | "kind" | "status")));
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            metadata.0.retain(|(key, _)| {
                !matches!(key.as_str(), Some("name" | "namespace" | "creationTimestamp"))
            });
            if metadata.0.is_empty() {
                map.0.retain(|(key, _)| key.as_str() != Some("metadata"));
            }
        }
    }
    let mut metadata = Value::map();
    if let Value::Map(changes) = revise(maker, &body, 0) {
        for (key, value) in changes.0 {
            if key.as_str() == Some("metadata") && value.as_map().is_some() {
                metadata = value;
            } else if let Some(key) = key.as_str() {
                patch.set(key, value);
            }
        }
    }
    if maker.chance(0.25) {
        let mut annotations = metadata.get("annotations").cloned().unwrap_or_else(Value::map);
        if annotations.as_map().is_some() {
            annotations.set("acme.dev/patched", Value::text("yes"));
            metadata.set("annotations", annotations);
        }
    }
    patch.set("metadata", identified(metadata, object));
    patch
}

/// `metadata` with what tells the object apart.
fn identified(mut metadata: Value, object: &Object) -> Value {
    metadata.set("name", Value::text(object.name()));
    if object.namespaced && !object.namespace().is_empty() {
        metadata.set("namespace", Value::text(object.namespace()));
    }
    metadata
}

/// What a patch says where the object says `value`.
fn revise(maker: &mut Maker, value: &Value, depth: usize) -> Value {
    match value {
        Value::Map(map) => revise_map(maker, map, depth),
        Value::List(items) => revise_list(maker, items, depth),
        scalar => revise_scalar(maker, scalar),
    }
}

fn revise_map(maker: &mut Maker, map: &Map, depth: usize) -> Value {
    let mut changed = Map::default();
    let count = if depth < 3 { maker.dice.number(1..=2) } else { maker.dice.number(1..=3) };
    for (key, value) in maker.dice.sample(&map.0, count) {
        let Some(name) = key.as_str().map(str::to_owned) else { continue };
        if depth > 0 && maker.chance(0.05) {
            maker.uses("merge.null");
            changed.0.push((key, Value::Null));
            continue;
        }
        if depth > 1 && maker.chance(0.012) {
            maker.uses("merge.changesType");
            let other = if value.is_scalar() { maker.nest(1) } else { maker.anything() };
            changed.0.push((key, other));
            continue;
        }
        if let Value::List(items) = &value {
            list_directives(maker, &name, items, &mut changed);
        }
        let revised = revise(maker, &value, depth + 1);
        changed.0.push((key, revised));
    }
    if depth > 0 && maker.chance(0.12) {
        let key = maker.free_key();
        if changed.get(key.as_str().unwrap_or_default()).is_none()
            && map.get(key.as_str().unwrap_or_default()).is_none()
        {
            let value = maker.nest(1);
            // Labels and annotations hold strings.
            let strings = map.0.iter().all(|(_, value)| value.as_str().is_some());
            let value = if strings { Value::Text(maker.string()) } else { value };
            changed.0.push((key, value));
        }
    }
    if depth > 0 && maker.chance(0.07) {
        let directive = maker.pick(&["delete", "replace", "merge"]);
        maker.uses(match directive {
            "delete" => "merge.$patch.delete",
            "replace" => "merge.$patch.replace",
            _ => "merge.$patch.merge",
        });
        changed.set("$patch", Value::text(directive));
    } else if depth > 0 && maker.chance(0.05) {
        maker.uses("merge.$retainKeys");
        let mut keys: Vec<Value> = changed
            .0
            .iter()
            .map(|(key, _)| key.clone())
            .filter(|key| !key.as_str().unwrap_or("$").starts_with('$'))
            .collect();
        keys.extend(map.0.first().map(|(key, _)| key.clone()));
        changed.set("$retainKeys", Value::List(keys));
    }
    Value::Map(changed)
}

/// The directives that stand beside the list that they are for.
fn list_directives(maker: &mut Maker, name: &str, items: &[Value], changed: &mut Map) {
    let scalars = items.iter().all(Value::is_scalar);
    if scalars && maker.chance(0.25) {
        maker.uses("merge.$deleteFromPrimitiveList");
        let gone = maker.dice.sample(items, 1);
        changed.set(&format!("$deleteFromPrimitiveList/{name}"), Value::List(gone));
    }
    if maker.chance(0.1) {
        maker.uses("merge.$setElementOrder");
        let mut order: Vec<Value> =
            if scalars { items.to_vec() } else { items.iter().map(identity).collect() };
        maker.dice.shuffle(&mut order);
        changed.set(&format!("$setElementOrder/{name}"), Value::List(order));
    }
}

/// An item reduced to what tells it apart.
fn identity(item: &Value) -> Value {
    match item {
        Value::Map(map) => Value::Map(Map(map
            .0
            .iter()
            .filter(|(key, value)| {
                value.is_scalar() && key.as_str().is_some_and(|key| MERGE_KEYS.contains(&key))
            })
            .cloned()
            .collect())),
        other => other.clone(),
    }
}

fn revise_list(maker: &mut Maker, items: &[Value], depth: usize) -> Value {
    if items.iter().any(|item| item.as_map().is_none()) || items.is_empty() {
        maker.uses("merge.listOfScalars");
        let mut list = maker.dice.sample(items, 2);
        if maker.chance(0.8) {
            list.push(Value::Text(maker.string()));
        }
        if maker.chance(0.2) {
            list.clear();
        }
        return Value::List(list);
    }
    maker.uses("merge.listByKey");
    let mut list = Vec::new();
    let count = maker.dice.number(1..=2);
    for item in maker.dice.sample(items, count) {
        let mut entry = identity(&item);
        if maker.chance(0.08) {
            maker.uses("merge.$patch.listDelete");
            entry.set("$patch", Value::text("delete"));
            list.push(entry);
            continue;
        }
        if let Value::Map(changes) = revise(maker, &item, depth + 1) {
            for (key, value) in changes.0 {
                match key.as_str() {
                    // A key of the item that is changed makes another item of it.
                    Some(name) if MERGE_KEYS.contains(&name) && !maker.dice.chance(0.1) => {}
                    Some(name) => entry.set(name, value),
                    None => {}
                }
            }
        }
        if maker.chance(0.1)
            && let Some(map) = entry.as_map_mut()
            && map.0.len() > 1
        {
            map.0.remove(0);
        }
        list.push(entry);
    }
    if maker.chance(0.25) {
        let mut added = items[0].clone();
        let number = maker.next();
        if added.get("name").is_some() {
            added.set("name", Value::Text(format!("added-{number}")));
        } else if added.get("containerPort").is_some() {
            added.set("containerPort", Value::plain(9000 + number));
        }
        list.insert(maker.dice.number(0..=list.len()), added);
    }
    if maker.chance(0.06) {
        maker.uses("merge.$patch.listReplace");
        let at = if maker.chance(0.7) { list.len() } else { 0 };
        list.insert(at, yaml!({"$patch": "replace"}));
    }
    Value::List(list)
}

fn revise_scalar(maker: &mut Maker, scalar: &Value) -> Value {
    if maker.chance(maker.hostility) {
        maker.uses("value.hostile");
        return match scalar {
            Value::Text(_) if maker.chance(0.7) => Value::Text(hostile::text(&mut maker.dice)),
            _ => hostile::scalar(&mut maker.dice),
        };
    }
    match scalar {
        Value::Plain(token) => match token.parse::<i64>() {
            Ok(number) => Value::plain(number.wrapping_add(1)),
            Err(_) => Value::plain(token != "true"),
        },
        Value::Text(text) if maker.chance(0.2) => Value::Text(format!("{text}-patched")),
        _ => Value::Text(maker.string()),
    }
}
