//! Functions of lists. Those with `must` before their names do the same: what fails ends the template either way.

use super::Kind::{Any, Int};
use super::{Args, Fault, Function, Heap, Value, fixed, more, types};
use crate::flux::resource_set::template::value::{Item, List};

pub(super) const TABLE: &[Function] = &[
    more("list", &[], Any, |heap, args| heap.any_list(args.rest())),
    more("tuple", &[], Any, |heap, args| heap.any_list(args.rest())),
    fixed("append", &[Any, Any], push),
    fixed("push", &[Any, Any], push),
    fixed("mustAppend", &[Any, Any], push),
    fixed("mustPush", &[Any, Any], push),
    fixed("prepend", &[Any, Any], prepend),
    fixed("mustPrepend", &[Any, Any], prepend),
    fixed("first", &[Any], first),
    fixed("mustFirst", &[Any], first),
    fixed("last", &[Any], last),
    fixed("mustLast", &[Any], last),
    fixed("rest", &[Any], |heap, args| part(heap, args, |items| &items[1..])),
    fixed("mustRest", &[Any], |heap, args| part(heap, args, |items| &items[1..])),
    fixed("initial", &[Any], |heap, args| part(heap, args, |items| &items[..items.len() - 1])),
    fixed("mustInitial", &[Any], |heap, args| part(heap, args, |items| &items[..items.len() - 1])),
    fixed("reverse", &[Any], reverse),
    fixed("mustReverse", &[Any], reverse),
    fixed("compact", &[Any], compact),
    fixed("mustCompact", &[Any], compact),
    fixed("uniq", &[Any], uniq),
    fixed("mustUniq", &[Any], uniq),
    more("without", &[Any], Any, without),
    more("mustWithout", &[Any], Any, without),
    fixed("has", &[Any, Any], has),
    fixed("mustHas", &[Any, Any], has),
    more("slice", &[Any], Any, slice),
    more("mustSlice", &[Any], Any, slice),
    fixed("chunk", &[Int, Any], chunk),
    fixed("mustChunk", &[Int, Any], chunk),
    more("concat", &[], Any, |heap, args| {
        let mut args = args;
        let mut items = Vec::new();
        let count = args.0.len();
        for _ in 0..count {
            let list = args.list()?;
            heap.spend(list.items.len())?;
            items.extend(list.items.iter().cloned());
        }
        if items.is_empty() { Ok(Value::nil_list(Item::Any)) } else { heap.any_list(items) }
    }),
];

fn items(list: &List) -> Vec<Value> {
    list.items.to_vec()
}

fn push(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let mut items = items(&args.list()?);
    items.push(args.any());
    heap.any_list(items)
}

fn prepend(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let mut items = items(&args.list()?);
    items.insert(0, args.any());
    heap.any_list(items)
}

fn first(_: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    Ok(args.list()?.items.first().cloned().unwrap_or(Value::Nil))
}

fn last(_: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    Ok(args.list()?.items.last().cloned().unwrap_or(Value::Nil))
}

fn part(heap: &mut Heap, mut args: Args, part: fn(&[Value]) -> &[Value]) -> Result<Value, Fault> {
    let list = args.list()?;
    match list.items.is_empty() {
        true => Ok(Value::nil_list(Item::Any)),
        false => heap.any_list(part(&list.items).to_vec()),
    }
}

fn reverse(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let list = args.list()?;
    heap.any_list(list.items.iter().rev().cloned().collect())
}

fn compact(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let mut items = items(&args.list()?);
    items.retain(|item| !types::is_empty(heap, item));
    heap.any_list(items)
}

fn contains(heap: &mut Heap, items: &[Value], item: &Value) -> Result<bool, Fault> {
    for other in items {
        if heap.deep_equal(item, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let mut kept = Vec::new();
    for item in args.list()?.items.iter() {
        if !contains(heap, &kept, item)? {
            kept.push(item.clone());
        }
    }
    heap.any_list(kept)
}

fn without(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let list = args.list()?;
    let left_out = args.rest();
    let mut kept = Vec::new();
    for item in list.items.iter() {
        if !contains(heap, &left_out, item)? {
            kept.push(item.clone());
        }
    }
    heap.any_list(kept)
}

fn has(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let needle = args.any();
    match args.any() {
        Value::List(list) => Ok(Value::Bool(contains(heap, &list.items, &needle)?)),
        other if other.is_nil() => Ok(Value::Bool(false)),
        other => Err(Fault::refused(format!("a list is expected here, not {}", other.type_name()))),
    }
}

fn slice(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let list = args.list()?;
    let length = list.items.len();
    if length == 0 {
        return Ok(Value::Nil);
    }
    let indices: Vec<i64> = args.rest().iter().map(super::numbers::to_int64).collect();
    let start = indices.first().copied().unwrap_or(0);
    let end = indices.get(1).copied().unwrap_or(length as i64);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match range.and_then(|(start, end)| list.items.get(start..end)) {
        Some(items) => heap.list(list.of, items.to_vec()),
        None => Err(Fault::refused(format!(
            "the places {start} to {end} are outside of a list of {length}"
        ))),
    }
}

fn chunk(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let size = args.int();
    let list = args.list()?;
    let length = list.items.len();
    let back = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
    // Go's arithmetic does not fail for all that is below zero.
    let size = match size {
        1.. => back,
        _ if size < 0 && length == 1 && back > 1 => 1,
        _ if size < 0 && length > 1 && length - 1 <= back => {
            return heap.list(Item::List, Vec::new());
        }
        _ => {
            return Err(Fault::refused("a list cannot be cut into pieces of this size"));
        }
    };
    let mut chunks = Vec::new();
    for chunk in list.items.chunks(size) {
        chunks.push(heap.any_list(chunk.to_vec())?);
    }
    heap.list(Item::List, chunks)
}
