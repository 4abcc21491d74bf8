//! Objects as Kubernetes' own tools read them from text, and what tells two of them apart.

use std::fmt;

use kustomize::yaml::{Budget, SourceId, yaml_to_json};
use serde_json::{Map, Value as Json};

use super::{GROUP, Reading};

/// What must be in the cluster before a ResourceSet is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The API version.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace; empty for what has none.
    pub namespace: String,
    /// Whether it must be ready.
    pub ready: bool,
    /// An expression of CEL that tells whether it is; empty for the usual conditions.
    pub ready_expr: String,
}

/// What makes two objects the same: the version of their API does not count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    group: String,
    kind: String,
    namespace: String,
    name: String,
}

impl Key {
    pub(super) fn of(object: &Json) -> Key {
        let api_version = text(object, "apiVersion");
        let group = match api_version.split_once('/') {
            Some((group, version)) if !version.contains('/') => group,
            _ => "",
        };
        let metadata = object.get("metadata").unwrap_or(&Json::Null);
        Key {
            group: group.to_owned(),
            kind: text(object, "kind").to_owned(),
            namespace: text(metadata, "namespace").to_owned(),
            name: text(metadata, "name").to_owned(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} `", self.kind)?;
        if !self.namespace.is_empty() {
            write!(out, "{}/", self.namespace)?;
        }
        write!(out, "{}`", self.name)
    }
}

fn text<'a>(object: &'a Json, key: &str) -> &'a str {
    object.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// Whether an object says that it is not to be applied.
pub(super) fn is_disabled(object: &Json) -> bool {
    let annotations = texts(object, "annotations");
    annotations.get(&format!("{GROUP}/reconcile")).and_then(Json::as_str) == Some("disabled")
}

/// The labels or annotations of an object. Where one of them is no text, Kubernetes' code sees none.
fn texts(object: &Json, field: &str) -> Map<String, Json> {
    let Some(Json::Object(map)) = object.get("metadata").and_then(|metadata| metadata.get(field))
    else {
        return Map::new();
    };
    if map.values().any(|value| !value.is_string() && !value.is_null()) {
        return Map::new();
    }
    let text = |value: &Json| Json::from(value.as_str().unwrap_or_default());
    map.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}

/// Adds labels or annotations to an object, in place of those that have their names.
pub(super) fn add_metadata(object: &mut Json, field: &str, added: &Map<String, Json>) {
    let mut all = texts(object, field);
    all.extend(added.iter().map(|(key, value)| (key.clone(), value.clone())));
    let Json::Object(object) = object else { return };
    if all.is_empty() {
        return;
    }
    let metadata = object.entry("metadata").or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(metadata) = metadata {
        metadata.insert(field.to_owned(), Json::Object(all));
    }
}

/// The first object of a text.
pub(super) fn read_first(text: &str) -> Result<Json, Reading> {
    let mut documents = Documents::of(text);
    match documents.next() {
        Some(Ok(Json::Null)) | None => Err(Reading::Nothing),
        Some(document) => document,
    }
}

/// All objects of a text: those of lists too, and without what has no name.
pub(super) fn read_all(text: &str) -> Result<Vec<Json>, Reading> {
    let mut objects = Vec::new();
    for document in Documents::of(text) {
        let document = document?;
        if let Some(Json::Array(items)) = document.get("items") {
            match items.iter().find(|item| !item.is_object()) {
                Some(item) => return Err(Reading::NoObject { text: item.to_string() }),
                None => objects.extend(items.iter().cloned()),
            }
        } else if is_object(&document) {
            objects.push(document);
        }
    }
    Ok(objects)
}

fn is_object(document: &Json) -> bool {
    let metadata = document.get("metadata").unwrap_or(&Json::Null);
    let (api_version, kind) = (text(document, "apiVersion"), text(document, "kind"));
    let is_kustomization = kind.eq_ignore_ascii_case("kustomization")
        && api_version.starts_with("kustomize.config.k8s.io/");
    !api_version.is_empty()
        && !kind.is_empty()
        && !text(metadata, "name").is_empty()
        && !is_kustomization
}

/// Documents as `NewYAMLOrJSONDecoder` finds them: JSON values one after the other, or YAML that is parted by lines with `---`.
struct Documents<'a> {
    rest: &'a str,
    json: bool,
    read: usize,
}

impl<'a> Documents<'a> {
    fn of(text: &'a str) -> Documents<'a> {
        let json = text.trim_start().starts_with('{');
        Documents { rest: text, json, read: 0 }
    }

    fn json(&mut self) -> Option<Result<Json, Reading>> {
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<Json>();
        let value = values.next()?;
        match value {
            Ok(value) if !text(&value, "kind").is_empty() => {
                self.rest = &self.rest[values.byte_offset()..];
                self.read += 1;
                Some(Ok(value))
            }
            _ if self.read > 1 => {
                let text = std::mem::take(&mut self.rest).to_owned();
                Some(Err(Reading::NoObject { text }))
            }
            _ => {
                self.json = false;
                // The blanks after a value are no part of the YAML.
                let blank = self.rest.len() - self.rest.trim_start().len();
                let line = self.rest[..blank].find('\n').map_or(blank, |at| at + 1);
                self.rest = &self.rest[line..];
                self.yaml()
            }
        }
    }

    fn yaml(&mut self) -> Option<Result<Json, Reading>> {
        let mut end = 0;
        for line in self.rest.split_inclusive('\n') {
            let Some(after) = line.strip_prefix("---") else {
                end += line.len();
                continue;
            };
            let after = after.trim();
            if !after.is_empty() && !after.starts_with('#') {
                self.rest = "";
                return Some(Err(Reading::Separator { after: after.to_owned() }));
            }
            let document = &self.rest[..end];
            self.rest = &self.rest[end + line.len()..];
            if !document.is_empty() {
                return Some(document_of(document));
            }
            return self.yaml();
        }
        let document = std::mem::take(&mut self.rest);
        (!document.is_empty()).then(|| document_of(document))
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Json, Reading>;

    fn next(&mut self) -> Option<Result<Json, Reading>> {
        if self.json { self.json() } else { self.yaml() }
    }
}

/// A document; null for one without content.
fn document_of(text: &str) -> Result<Json, Reading> {
    let budget = Budget::default();
    let document = match yaml_to_json(SourceId(0), text.as_bytes(), &budget) {
        Ok(node) => node.to_json(),
        Err(errors) => {
            let first = errors.first();
            let start = first.map_or(0, |error| error.span.start as usize);
            let before = text.as_bytes().get(..start).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let sentence = first.map(ToString::to_string).unwrap_or_default();
            return Err(Reading::Yaml { sentence, line, text: text.to_owned() });
        }
    };
    match &document {
        Json::Null => Ok(document),
        _ if self::text(&document, "kind").is_empty() => {
            Err(Reading::NoObject { text: text.to_owned() })
        }
        _ => Ok(document),
    }
}
