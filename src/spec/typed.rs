//! From nodes to types, with every fault and not only the first.
//!
//! serde stops at the first thing that does not fit. So a fault is noted and taken out, and the rest is read again,
//! until nothing is left to complain about. A file without faults is read once.

use std::collections::BTreeSet;

use kustomize::yaml::{DeError, DeErrorKind, Node, Value, from_node};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use serde_json::Value as Json;

use super::text;
use crate::diagnostic::{Code, Diagnostic, Texts};

/// How many faults of one file are shown.
const MAX_FAULTS: usize = 100;

/// Reads a type from a node. `thing` is what it describes, such as "a tenant".
///
/// # Errors
/// Every fault, with its place.
pub(crate) fn read<T: DeserializeOwned + JsonSchema>(
    node: &Node,
    thing: &str,
    texts: &Texts,
) -> Result<T, Vec<Diagnostic>> {
    from_node(node).map_err(|first| {
        faults::<T>(node, first).into_iter().map(|fault| diagnostic(&fault, thing, texts)).collect()
    })
}

/// The same for something that need not be whole: what is missing is no fault.
pub(super) fn check_part<T: DeserializeOwned + JsonSchema>(
    node: &Node,
    thing: &str,
    texts: &Texts,
) -> Vec<Diagnostic> {
    match from_node::<T>(node) {
        Ok(_) => Vec::new(),
        Err(first) => faults::<T>(node, first)
            .into_iter()
            .filter(|fault| !matches!(fault.kind, DeErrorKind::MissingField { .. }))
            .map(|fault| diagnostic(&fault, thing, texts))
            .collect(),
    }
}

fn faults<T: DeserializeOwned + JsonSchema>(node: &Node, first: DeError) -> Vec<DeError> {
    let mut rest = node.clone();
    let mut removed = BTreeSet::new();
    let mut found = Vec::new();
    let mut next = Some(first);
    while let Some(fault) = next {
        let target = fault.path.clone();
        if let DeErrorKind::MissingField { field } = &fault.kind {
            // serde names the first missing field only; the schema knows them all.
            let mut missing = required::<T>(&target);
            if !missing.contains(field) {
                missing.push(field.clone());
            }
            let at = rest.pointer(&target);
            missing.retain(|field| {
                at.is_none_or(|node| node.get(field).is_none())
                    && !removed.contains(&format!("{target}/{}", escape(field)))
            });
            found.extend(missing.into_iter().map(|field| DeError {
                kind: DeErrorKind::MissingField { field },
                ..fault.clone()
            }));
        } else {
            found.push(fault);
        }
        if found.len() >= MAX_FAULTS || !remove(&mut rest, &target) {
            break;
        }
        removed.insert(target);
        next = from_node::<T>(&rest).err();
    }
    found
}

/// The fields that must be said in the mapping at a pointer.
fn required<T: JsonSchema>(pointer: &str) -> Vec<String> {
    let root = schemars::schema_for!(T).to_value();
    let mut schema = resolve(&root, &root);
    for segment in pointer.split('/').skip(1) {
        let key = unescape(segment);
        let below = alternatives(&root, schema).into_iter().find_map(|schema| {
            schema
                .pointer("/properties")
                .and_then(|properties| properties.get(&key))
                .or_else(|| schema.get("additionalProperties").filter(|more| more.is_object()))
                .or_else(|| schema.get("patternProperties")?.as_object()?.values().next())
                .or_else(|| schema.get("items"))
        });
        let Some(below) = below else { return Vec::new() };
        schema = resolve(&root, below);
    }
    alternatives(&root, schema)
        .into_iter()
        .filter_map(|schema| schema.get("required")?.as_array())
        .flatten()
        .filter_map(|field| field.as_str().map(str::to_owned))
        .collect()
}

/// The schema itself, or what it chooses from.
fn alternatives<'a>(root: &'a Json, schema: &'a Json) -> Vec<&'a Json> {
    match ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.as_array()) {
        Some(all) => all.iter().map(|schema| resolve(root, schema)).collect(),
        None => vec![schema],
    }
}

fn resolve<'a>(root: &'a Json, schema: &'a Json) -> &'a Json {
    let target = schema.get("$ref").and_then(Json::as_str).and_then(|at| at.strip_prefix('#'));
    target.and_then(|at| root.pointer(at)).unwrap_or(schema)
}

/// Takes what a pointer points at out of its parent; false for the root, which has none.
fn remove(root: &mut Node, pointer: &str) -> bool {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return false };
    let key = unescape(last);
    let Some(parent) = descend(root, parent) else { return false };
    match &mut parent.value {
        Value::Mapping(mapping) => mapping.remove(&key).is_some(),
        Value::Sequence(items) => match key.parse::<usize>() {
            Ok(at) if at < items.len() => {
                items.remove(at);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

fn descend<'a>(root: &'a mut Node, pointer: &str) -> Option<&'a mut Node> {
    let mut node = root;
    for segment in pointer.split('/').skip(1) {
        node = match &mut node.value {
            Value::Mapping(mapping) => mapping.get_mut(&unescape(segment))?,
            Value::Sequence(items) => items.get_mut(segment.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(node)
}

/// A key as a segment of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that a segment of a JSON pointer means.
pub(super) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// A JSON pointer as people write a field: `sources.app.git`, `owner[0]`, `labels."a.b/c"`.
pub(crate) fn dotted(pointer: &str) -> String {
    let mut out = String::new();
    for segment in pointer.split('/').skip(1) {
        let key = unescape(segment);
        if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()) {
            out.push_str(&format!("[{key}]"));
            continue;
        }
        if !out.is_empty() {
            out.push('.');
        }
        if key.contains(['.', '[', '"', ' ']) {
            out.push_str(&format!("\"{key}\""));
        } else {
            out.push_str(&key);
        }
    }
    out
}

/// The nearest of some names, if one is near enough to be meant.
pub(crate) fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            let len = name.chars().count();
            *distance < len && *distance <= (len.max(3) / 3).min(3)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// What there is to choose from, as a sentence; a suggestion first if something is near.
pub(crate) fn suggestion<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str> + Clone,
    none: &str,
) -> String {
    if let Some(name) = nearest(wrong, names.clone()) {
        return format!("did you mean `{name}`?");
    }
    const SHOWN: usize = 24;
    let all: Vec<&str> = names.into_iter().collect();
    if all.is_empty() {
        return none.to_owned();
    }
    let mut shown: Vec<String> = all.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if all.len() > SHOWN {
        shown.push(format!("{} more", all.len() - SHOWN));
    }
    format!("there {} {}", if all.len() == 1 { "is" } else { "are" }, listed(&shown, "and"))
}

/// Words as a list: `a, b and c`.
pub(crate) fn listed(words: &[String], and: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {and} {last}", most.join(", ")),
    }
}

fn diagnostic(fault: &DeError, thing: &str, texts: &Texts) -> Diagnostic {
    let parent = fault.path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let within = |pointer: &str| match dotted(pointer) {
        field if field.is_empty() => thing.to_owned(),
        field => format!("`{field}`"),
    };
    let diagnostic = match &fault.kind {
        DeErrorKind::UnknownField { field, expected } => {
            let message = format!("`{field}` is not a field of {}", within(parent));
            Diagnostic::error(Code::UnknownField, message)
                .label("this field is not known")
                .help(suggestion(field, expected.iter().copied(), "nothing can be said here"))
        }
        DeErrorKind::UnknownVariant { variant, expected } => {
            let message = format!("`{variant}` is not a value of {}", within(&fault.path));
            Diagnostic::error(Code::InvalidValue, message)
                .label("this value is not known")
                .help(suggestion(variant, expected.iter().copied(), "nothing can be said here"))
        }
        DeErrorKind::MissingField { field } => {
            let message = format!("`{field}` is missing in {}", within(&fault.path));
            Diagnostic::error(Code::MissingField, message)
                .label(format!("`{field}` must be said here"))
                .help(format!("add `{field}: …`"))
        }
        DeErrorKind::WrongType => {
            let (what, hint) = match fault.message.split_once(": write ") {
                Some((what, hint)) => (what, Some(format!("write {hint}"))),
                None => (&*fault.message, None),
            };
            let message = format!("{} is of the wrong type: {what}", within(&fault.path));
            let diagnostic = Diagnostic::error(Code::WrongType, message).label(label(what));
            match hint {
                Some(hint) => diagnostic.help(hint),
                None => diagnostic,
            }
        }
        _ => {
            let message = &fault.message;
            match text::rule_of(message) {
                Some((what, rule)) => {
                    let name = ["'s name", "a name"].iter().any(|end| what.ends_with(end));
                    let code = if name { Code::InvalidName } else { Code::InvalidValue };
                    let wrong = message.strip_suffix(&format!(": {rule}")).unwrap_or(message);
                    Diagnostic::error(code, wrong)
                        .label(format!("not {what}"))
                        .help(format!("write {rule}"))
                }
                None => Diagnostic::error(
                    Code::InvalidValue,
                    format!("{}: {message}", within(&fault.path)),
                )
                .label("this value is refused"),
            }
        }
    };
    match texts.place(fault.span) {
        Some(place) => diagnostic.at(place),
        None => diagnostic,
    }
}

fn label(what: &str) -> String {
    match what.split_once(", found ") {
        Some((expected, _)) => expected.to_owned(),
        None => "of the wrong type".to_owned(),
    }
}
