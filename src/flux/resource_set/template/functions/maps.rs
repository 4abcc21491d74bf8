//! Functions of maps.

use super::Kind::{Any, Map as MapKind, Text};
use super::{Args, Fault, Function, Heap, Value, fixed, more};
use crate::flux::resource_set::template::print;
use crate::flux::resource_set::template::value::{Entries, Map};

pub(super) const TABLE: &[Function] = &[
    more("dict", &[], Any, |heap, args| {
        let mut entries = Entries::new();
        let mut values = args.rest().into_iter();
        while let Some(key) = values.next() {
            let key = print::to_text(heap, &key)?;
            entries.insert(key.into(), values.next().unwrap_or_else(|| Value::Text("".into())));
        }
        Ok(Value::Map(heap.map(entries)?))
    }),
    fixed("get", &[MapKind, Text], |heap, mut args| {
        let (map, key) = (args.map(), args.text());
        Ok(heap.get(map, &key).cloned().unwrap_or_else(|| Value::Text("".into())))
    }),
    fixed("set", &[MapKind, Text, Any], |heap, mut args| {
        let (map, key, value) = (args.map(), args.text(), args.any());
        let Some(entries) = heap.entries_mut(map) else {
            return Err(Fault::refused("nothing can be set in a map that is nil"));
        };
        entries.insert(key, value);
        Ok(Value::Map(map))
    }),
    fixed("unset", &[MapKind, Text], |heap, mut args| {
        let (map, key) = (args.map(), args.text());
        if let Some(entries) = heap.entries_mut(map) {
            entries.remove(&key);
        }
        Ok(Value::Map(map))
    }),
    fixed("hasKey", &[MapKind, Text], |heap, mut args| {
        let (map, key) = (args.map(), args.text());
        Ok(Value::Bool(heap.get(map, &key).is_some()))
    }),
    more("pluck", &[Text], MapKind, |heap, mut args| {
        let key = args.text();
        let found = args.rest().into_iter().filter_map(|map| match map {
            Value::Map(map) => heap.get(map, &key).cloned(),
            _ => None,
        });
        let found = found.collect();
        heap.any_list(found)
    }),
    more("keys", &[], MapKind, |heap, args| {
        let mut keys = Vec::new();
        for map in args.rest() {
            if let Value::Map(map) = map {
                heap.spend(heap.size(map))?;
                keys.extend(heap.entries(map).map(|(key, _)| key.to_string()));
            }
        }
        heap.texts(keys.into_iter())
    }),
    fixed("values", &[MapKind], |heap, mut args| {
        let values = heap.entries(args.map()).map(|(_, value)| value.clone()).collect();
        heap.any_list(values)
    }),
    more("pick", &[MapKind], Text, |heap, args| filter(heap, args, true)),
    more("omit", &[MapKind], Text, |heap, args| filter(heap, args, false)),
    more("dig", &[], Any, dig),
];

fn filter(heap: &mut Heap, mut args: Args, named: bool) -> Result<Value, Fault> {
    let map = args.map();
    let names = args.rest();
    let is_named =
        |key: &str| names.iter().any(|name| matches!(name, Value::Text(name) if &**name == key));
    heap.spend(heap.size(map).saturating_mul(names.len() + 1))?;
    let entries: Entries = heap
        .entries(map)
        .filter(|(key, _)| is_named(key) == named)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Ok(Value::Map(heap.map(entries)?))
}

fn dig(heap: &mut Heap, args: Args) -> Result<Value, Fault> {
    let mut values = args.rest();
    let (Some(last), Some(default)) = (values.pop(), values.pop()) else {
        return Err(Fault::refused("`dig` takes keys, a default and a map"));
    };
    if values.is_empty() {
        return Err(Fault::refused("`dig` takes keys, a default and a map"));
    }
    let wrong = |value: &Value, wanted: &str| {
        Fault::refused(format!("`dig` finds {} where {wanted} is expected", value.type_name()))
    };
    let mut keys = Vec::new();
    let mut value = last;
    for key in values {
        match key {
            Value::Text(key) => keys.push(key),
            other => return Err(wrong(&other, "a text")),
        }
    }
    for key in keys {
        let Value::Map(map @ Map { of_texts: false, .. }) = value else {
            return Err(wrong(&value, "a map"));
        };
        match heap.get(map, &key) {
            Some(next) => value = next.clone(),
            None => return Ok(default),
        }
    }
    Ok(value)
}
