//! The functions of the template language itself.

use std::cmp::Ordering;
use std::fmt::Write;

use super::Kind::{Any, Reflect, Text};
use super::{Args, Fault, Function, Heap, Value, fixed, more};
use crate::flux::resource_set::template::print;

pub(super) const TABLE: &[Function] = &[
    // The walk sees to these itself.
    fixed("inputs", &[], |_, _| Ok(Value::Absent)),
    more("and", &[Reflect], Reflect, |_, _| Ok(Value::Absent)),
    more("or", &[Reflect], Reflect, |_, _| Ok(Value::Absent)),
    more("call", &[Reflect], Reflect, |_, mut args| {
        let found = args.any().type_name();
        Err(Fault::refused(format!("`call` needs a function, and {found} is none")))
    }),
    fixed("not", &[Reflect], |heap, mut args| Ok(Value::Bool(!heap.truth(&args.any())))),
    more("eq", &[Reflect], Reflect, |_, mut args| {
        let first = args.any();
        let others = args.rest();
        if others.is_empty() {
            return Err(Fault::refused("`eq` needs something to compare with"));
        }
        for other in &others {
            if equal(&first, other)? {
                return Ok(Value::Bool(true));
            }
        }
        Ok(Value::Bool(false))
    }),
    fixed("ne", &[Reflect, Reflect], |_, mut args| {
        Ok(Value::Bool(!equal(&args.any(), &args.any())?))
    }),
    fixed("lt", &[Reflect, Reflect], |_, args| {
        compare(args, |order| order == Some(Ordering::Less))
    }),
    fixed("le", &[Reflect, Reflect], |_, args| {
        compare(args, |order| matches!(order, Some(Ordering::Less | Ordering::Equal)))
    }),
    fixed("gt", &[Reflect, Reflect], |_, args| {
        compare(args, |order| !matches!(order, Some(Ordering::Less | Ordering::Equal)))
    }),
    fixed("ge", &[Reflect, Reflect], |_, args| {
        compare(args, |order| order != Some(Ordering::Less))
    }),
    more("index", &[Reflect], Reflect, index),
    fixed("len", &[Reflect], |heap, mut args| {
        let length = match args.any() {
            Value::Text(text) => text.len(),
            Value::List(list) => list.items.len(),
            Value::Map(map) => heap.size(map),
            other => {
                return Err(Fault::refused(format!("{} has no length", other.type_name())));
            }
        };
        Ok(Value::Int(length as i64))
    }),
    more("print", &[], Any, |heap, args| {
        let text = print::joined(heap, &args.rest())?;
        heap.text(text)
    }),
    more("println", &[], Any, |heap, args| {
        let mut text = String::new();
        for (at, value) in args.rest().iter().enumerate() {
            if at > 0 {
                text.push(' ');
            }
            text.push_str(&print::to_text(heap, value)?);
        }
        text.push('\n');
        heap.text(text)
    }),
    more("printf", &[Text], Any, |heap, mut args| {
        let format = args.text();
        let text = print::formatted(heap, &format, &args.rest())?;
        heap.text(text)
    }),
    more("html", &[], Any, |heap, args| escape(heap, args, html)),
    more("js", &[], Any, |heap, args| escape(heap, args, js)),
    more("urlquery", &[], Any, |heap, args| escape(heap, args, url_query)),
];

/// `eq` of two values.
fn equal(a: &Value, b: &Value) -> Result<bool, Fault> {
    use Value::{Absent, Bool, Byte, Float, Int, Int64, List, Map, Nil};
    Ok(match (a, b) {
        (Bool(a), Bool(b)) => a == b,
        (Int(a) | Int64(a), Int(b) | Int64(b)) => a == b,
        (Byte(a), Byte(b)) => a == b,
        (Int(a) | Int64(a), Byte(b)) | (Byte(b), Int(a) | Int64(a)) => *a == i64::from(*b),
        (Float(a), Float(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Absent | Nil, Absent | Nil) => true,
        // What is nil may be compared with anything.
        (Absent | Nil, other) | (other, Absent | Nil) => match other {
            List(list) => list.nil,
            Map(map) => map.at.is_none(),
            _ => false,
        },
        (List(a), List(b)) if a.nil || b.nil => a.nil == b.nil,
        (Map(a), Map(b)) if a.at.is_none() || b.at.is_none() => a.at == b.at,
        _ => return Err(Fault::Comparison { left: a.type_name(), right: b.type_name() }),
    })
}

fn compare(mut args: Args, holds: fn(Option<Ordering>) -> bool) -> Result<Value, Fault> {
    use Value::{Byte, Float, Int, Int64};
    let (a, b) = (args.any(), args.any());
    let order = match (&a, &b) {
        (Int(a) | Int64(a), Int(b) | Int64(b)) => Some(a.cmp(b)),
        (Byte(a), Byte(b)) => Some(a.cmp(b)),
        (Int(a) | Int64(a), Byte(b)) => Some(a.cmp(&i64::from(*b))),
        (Byte(a), Int(b) | Int64(b)) => Some(i64::from(*a).cmp(b)),
        (Float(a), Float(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => return Err(Fault::Comparison { left: a.type_name(), right: b.type_name() }),
    };
    Ok(Value::Bool(holds(order)))
}

fn index(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let mut value = args.any();
    if value.is_nil() {
        return Err(Fault::refused("`index` is asked of nothing"));
    }
    for key in args.rest() {
        value = match (&value, &key) {
            (Value::List(list), Value::Int(_) | Value::Int64(_) | Value::Byte(_)) => {
                list.items[place(&key, list.items.len())?].clone()
            }
            (Value::Text(text), Value::Int(_) | Value::Int64(_) | Value::Byte(_)) => {
                Value::Byte(text.as_bytes()[place(&key, text.len())?])
            }
            (Value::Map(map), Value::Text(key)) => match heap.get(*map, key) {
                Some(value) => value.clone(),
                None if map.of_texts => Value::Text("".into()),
                None => Value::Nil,
            },
            (value, key) => {
                return Err(Fault::refused(format!(
                    "`index` of {} with {} is not possible",
                    value.type_name(),
                    key.type_name()
                )));
            }
        };
    }
    Ok(value)
}

fn place(key: &Value, length: usize) -> Result<usize, Fault> {
    let index = match key {
        Value::Int(value) | Value::Int64(value) => *value,
        Value::Byte(value) => i64::from(*value),
        _ => -1,
    };
    let place = usize::try_from(index).ok().filter(|place| *place < length);
    place.ok_or(Fault::Index { index, length })
}

fn escape(heap: &mut Heap, args: Args, escape: fn(&str) -> String) -> Result<Value, Fault> {
    let values: Vec<Value> = args
        .rest()
        .into_iter()
        .map(|value| if value.is_nil() { Value::Text("<no value>".into()) } else { value })
        .collect();
    let text = print::joined(heap, &values)?;
    heap.text(escape(&text))
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => out.push('\u{FFFD}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
    out
}

fn js(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => out.extend(['\\', c]),
            '\0'..='\x1F' | '<' | '>' | '&' | '=' => drop(write!(out, "\\u{:04X}", u32::from(c))),
            _ if c.is_ascii() || print::is_printable(c) => out.push(c),
            _ => drop(write!(out, "\\u{:04X}", u32::from(c))),
        }
    }
    out
}

fn url_query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}
