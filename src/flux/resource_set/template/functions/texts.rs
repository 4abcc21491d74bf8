//! Functions of texts.

use super::Kind::{Any, Int, Text};
use super::{Args, Fault, Function, Heap, Value, fixed, more};
use crate::flux::resource_set::template::print;
use crate::flux::resource_set::template::value::{Entries, Item, List, Map};

pub(super) const TABLE: &[Function] = &[
    fixed("hello", &[], |_, _| Ok(Value::Text("Hello!".into()))),
    fixed("trim", &[Text], |heap, mut args| heap.text(args.text().trim())),
    fixed("upper", &[Text], |heap, mut args| heap.text(upper(&args.text()))),
    fixed("lower", &[Text], |heap, mut args| heap.text(lower(&args.text()))),
    fixed("title", &[Text], |heap, mut args| heap.text(title(&args.text()))),
    fixed("trunc", &[Int, Text], |heap, mut args| {
        let (count, text) = (args.int(), args.text());
        let length = text.len() as i64;
        let range = match count {
            // A count is never below i64's least, and a length never above its largest.
            _ if count < 0 && length + count > 0 => length + count..length,
            _ if count >= 0 && length > count => 0..count,
            _ => 0..length,
        };
        cut(heap, &text, range.start, range.end)
    }),
    fixed("substr", &[Int, Int, Text], |heap, mut args| {
        let (start, end, text) = (args.int(), args.int(), args.text());
        let length = text.len() as i64;
        match (start, end) {
            (..0, _) => cut(heap, &text, 0, end),
            (_, _) if end < 0 || end > length => cut(heap, &text, start, length),
            _ => cut(heap, &text, start, end),
        }
    }),
    fixed("repeat", &[Int, Text], |heap, mut args| {
        let (count, text) = (args.int(), args.text());
        let repeated = repeat(heap, &text, count)?;
        heap.text(repeated)
    }),
    fixed("trimall", &[Text, Text], trim_all),
    fixed("trimAll", &[Text, Text], trim_all),
    fixed("trimSuffix", &[Text, Text], |heap, mut args| {
        let (end, text) = (args.text(), args.text());
        heap.text(text.strip_suffix(&*end).unwrap_or(&text))
    }),
    fixed("trimPrefix", &[Text, Text], |heap, mut args| {
        let (start, text) = (args.text(), args.text());
        heap.text(text.strip_prefix(&*start).unwrap_or(&text))
    }),
    fixed("contains", &[Text, Text], |_, mut args| {
        let part = args.text();
        Ok(Value::Bool(args.text().contains(&*part)))
    }),
    fixed("hasPrefix", &[Text, Text], |_, mut args| {
        let part = args.text();
        Ok(Value::Bool(args.text().starts_with(&*part)))
    }),
    fixed("hasSuffix", &[Text, Text], |_, mut args| {
        let part = args.text();
        Ok(Value::Bool(args.text().ends_with(&*part)))
    }),
    more("quote", &[], Any, |heap, args| quote(heap, args, print::quoted)),
    more("squote", &[], Any, |heap, args| quote(heap, args, |text| format!("'{text}'"))),
    more("cat", &[], Any, |heap, args| {
        let mut texts = Vec::new();
        for value in args.rest().iter().filter(|value| !value.is_nil()) {
            texts.push(print::to_text(heap, value)?);
        }
        heap.text(texts.join(" "))
    }),
    fixed("indent", &[Int, Text], |heap, mut args| {
        let text = indented(heap, &mut args)?;
        heap.text(text)
    }),
    fixed("nindent", &[Int, Text], |heap, mut args| {
        let text = indented(heap, &mut args)?;
        heap.text(format!("\n{text}"))
    }),
    fixed("replace", &[Text, Text, Text], |heap, mut args| {
        let (old, new, text) = (args.text(), args.text(), args.text());
        let replaced = replace(heap, &text, &old, &new)?;
        heap.text(replaced)
    }),
    fixed("plural", &[Text, Text, Int], |_, mut args| {
        let (one, many) = (args.text(), args.text());
        Ok(Value::Text(if args.int() == 1 { one } else { many }))
    }),
    fixed("toString", &[Any], |heap, mut args| {
        let text = print::to_text(heap, &args.any())?;
        heap.text(text)
    }),
    fixed("split", &[Text, Text], |heap, mut args| {
        let (by, text) = (args.text(), args.text());
        numbered(heap, split(&text, &by, -1))
    }),
    fixed("splitn", &[Text, Int, Text], |heap, mut args| {
        let (by, count, text) = (args.text(), args.int(), args.text());
        numbered(heap, split(&text, &by, count))
    }),
    fixed("splitList", &[Text, Text], |heap, mut args| {
        let (by, text) = (args.text(), args.text());
        heap.texts(split(&text, &by, -1).into_iter().map(str::to_owned))
    }),
    fixed("toStrings", &[Any], |heap, mut args| match args.any() {
        list @ Value::List(List { of: Item::Text, .. }) => Ok(list),
        value => {
            let texts = texts(heap, &value)?;
            heap.texts(texts.into_iter())
        }
    }),
    fixed("join", &[Text, Any], |heap, mut args| {
        let by = args.text();
        let texts = texts(heap, &args.any())?;
        heap.spend(by.len() * texts.len())?;
        heap.text(texts.join(&by))
    }),
    fixed("sortAlpha", &[Any], |heap, mut args| {
        let mut texts = match args.any() {
            Value::List(List { of: Item::Text, nil: true, .. }) => {
                return Ok(Value::nil_list(Item::Text));
            }
            value if value.is_nil() => vec!["<nil>".to_owned()],
            value => texts(heap, &value)?,
        };
        texts.sort();
        heap.texts(texts.into_iter())
    }),
    fixed("fail", &[Text], |_, mut args| Err(Fault::Fail { message: args.text().to_string() })),
];

/// The texts of the items of a list, or of what is no list.
fn texts(heap: &mut Heap, value: &Value) -> Result<Vec<String>, Fault> {
    let items = match value {
        Value::List(list) => list.items.iter().filter(|item| !item.is_nil()).cloned().collect(),
        value if value.is_nil() => Vec::new(),
        value => vec![value.clone()],
    };
    items.iter().map(|item| print::to_text(heap, item)).collect()
}

fn cut(heap: &mut Heap, text: &str, start: i64, end: i64) -> Result<Value, Fault> {
    let outside = |index| Fault::Index { index, length: text.len() };
    let from = usize::try_from(start).map_err(|_| outside(start))?;
    let to = usize::try_from(end).map_err(|_| outside(end))?;
    if from > to || to > text.len() {
        return Err(outside(if from > to { start } else { end }));
    }
    match text.get(from..to) {
        Some(part) => heap.text(part),
        None => Err(Fault::refused("a character is cut in two: count its bytes")),
    }
}

fn repeat(heap: &mut Heap, text: &str, count: i64) -> Result<String, Fault> {
    let count = usize::try_from(count)
        .map_err(|_| Fault::refused("nothing can be repeated a negative number of times"))?;
    heap.spend(text.len().saturating_mul(count))?;
    Ok(text.repeat(count))
}

fn trim_all(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let (set, text) = (args.text(), args.text());
    heap.text(text.trim_matches(|c| set.contains(c)))
}

fn quote(heap: &mut Heap, args: Args, quote: fn(&str) -> String) -> Result<Value, Fault> {
    let mut quoted = Vec::new();
    for value in args.rest().iter().filter(|value| !value.is_nil()) {
        let text = print::to_text(heap, value)?;
        quoted.push(quote(&text));
    }
    heap.text(quoted.join(" "))
}

fn indented(heap: &mut Heap, args: &mut Args) -> Result<String, Fault> {
    let (spaces, text) = (args.int(), args.text());
    let pad = repeat(heap, " ", spaces)?;
    let indented = replace(heap, &text, "\n", &format!("\n{pad}"))?;
    Ok(pad + &indented)
}

fn replace(heap: &mut Heap, text: &str, old: &str, new: &str) -> Result<String, Fault> {
    heap.spend(text.matches(old).count().saturating_mul(new.len()))?;
    Ok(text.replace(old, new))
}

/// `strings.SplitN`.
fn split<'a>(text: &'a str, by: &str, count: i64) -> Vec<&'a str> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count == 0 {
        return Vec::new();
    }
    if !by.is_empty() {
        return text.splitn(count, by).collect();
    }
    // Without a separator, into characters.
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if parts.len() + 1 == count {
            parts.push(rest);
            break;
        }
        let (first, others) = rest.split_at(c.len_utf8());
        parts.push(first);
        rest = others;
    }
    parts
}

fn numbered(heap: &mut Heap, parts: Vec<&str>) -> Result<Value, Fault> {
    let mut entries = Entries::new();
    for (at, part) in parts.into_iter().enumerate() {
        entries.insert(format!("_{at}").into(), heap.text(part)?);
    }
    let map = heap.map(entries)?;
    Ok(Value::Map(Map { of_texts: true, ..map }))
}

/// A character in another case, where that is one character.
fn one(c: char, mut to: impl Iterator<Item = char>) -> char {
    match (to.next(), to.next()) {
        (Some(other), None) => other,
        _ => c,
    }
}

pub(super) fn upper(text: &str) -> String {
    text.chars().map(|c| one(c, c.to_uppercase())).collect()
}

pub(super) fn lower(text: &str) -> String {
    text.chars().map(|c| if c == 'İ' { 'i' } else { one(c, c.to_lowercase()) }).collect()
}

/// `strings.Title`.
fn title(text: &str) -> String {
    let mut before = ' ';
    let in_word =
        |c: char| c == '_' || c.is_alphanumeric() || (!c.is_ascii() && !c.is_whitespace());
    text.chars()
        .map(|c| {
            let starts = !in_word(before);
            before = c;
            if starts { one(c, c.to_uppercase()) } else { c }
        })
        .collect()
}
