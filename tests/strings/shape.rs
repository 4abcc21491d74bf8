//! Generated files as data, and what they must be once other texts stand in the places of a description.

use kustomize::yaml::{Budget, SourceId, parse};
use serde_json::{Map, Value as Json};
use tenantry::tree::Tree;

use crate::slots::{Form, Slot};

/// A generated file: its path and what it holds.
#[derive(Debug, PartialEq)]
pub(crate) struct File {
    pub(crate) path: String,
    /// The documents of a YAML file, the value of a JSON file, or the lines of any other file.
    pub(crate) content: Json,
}

/// Every file of a tree, read.
pub(crate) fn read(tree: &Tree) -> Vec<File> {
    // A picture, whose boxes are numbered in the order of names: where names differ, nothing stands where it stood. Its texts are names,
    // and what draws it is tried with texts that are none.
    let files = tree.iter().filter(|(path, _)| path.as_str() != "clusters/README.md");
    files
        .map(|(path, file)| {
            let content = match path.as_str().rsplit_once('.').map(|(_, extension)| extension) {
                Some("yaml" | "yml") => documents(&file.bytes, path.as_str()),
                Some("json") => serde_json::from_slice(&file.bytes).unwrap(),
                _ => {
                    let text = std::str::from_utf8(&file.bytes).unwrap();
                    Json::Array(text.split('\n').map(Json::from).collect())
                }
            };
            File { path: path.to_string(), content }
        })
        .collect()
}

fn documents(bytes: &[u8], what: &str) -> Json {
    let documents = parse(SourceId(0), bytes, &Budget::default())
        .unwrap_or_else(|errors| panic!("{what}: {errors:?}\n{}", String::from_utf8_lossy(bytes)));
    Json::Array(documents.iter().map(|document| inner(document.root.to_json())).collect())
}

/// Reads the YAML of patches and the lists of expressions, which are texts in the file.
fn inner(value: Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.into_iter().map(inner).collect()),
        Json::Object(entries) => {
            let target = entries.contains_key("target");
            let entries = entries.into_iter().map(|(key, value)| {
                let value = match (&*key, value) {
                    ("patch", Json::String(text)) if target => documents(text.as_bytes(), &text),
                    ("expression", Json::String(text)) => {
                        cel_list(&text).or_else(|| cel_texts(&text)).unwrap_or(Json::String(text))
                    }
                    (_, value) => inner(value),
                };
                (key, value)
            });
            Json::Object(entries.collect())
        }
        other => other,
    }
}

/// A list literal of CEL, whose escapes are those of JSON and `\UXXXXXXXX`.
fn cel_list(text: &str) -> Option<Json> {
    if !text.starts_with('[') {
        return None;
    }
    let mut json = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        json += &rest[..at];
        let (escape, length) = match rest.get(at + 1..at + 2)? {
            "U" => {
                let code = u32::from_str_radix(rest.get(at + 2..at + 10)?, 16).ok()?;
                (char::from_u32(code)?.to_string(), 10)
            }
            _ => (rest.get(at..at + 2)?.to_owned(), 2),
        };
        json += &escape;
        rest = &rest[at + length..];
    }
    json += rest;
    let list: Json = serde_json::from_str(&json).ok()?;
    Some(Json::Object(Map::from_iter([("list of CEL".to_owned(), list)])))
}

/// An expression of CEL with texts in double quotes: what stands between these, and what each of them says. Whoever gets out of one adds to
/// the list.
fn cel_texts(text: &str) -> Option<Json> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find('"') {
        let mut escaped = false;
        let end = rest[begin + 1..].find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let end = begin + 1 + end? + 1;
        let said: String = serde_json::from_str(&rest[begin..end]).ok()?;
        pieces.push(Json::from(&rest[..begin]));
        pieces.push(Json::Object(Map::from_iter([("text of CEL".to_owned(), said.into())])));
        rest = &rest[end..];
    }
    pieces.push(rest.into());
    (pieces.len() > 1).then_some(Json::Array(pieces))
}

/// A text with places in it.
#[derive(Debug)]
pub(crate) enum Part {
    Literal(String),
    Slot(usize, Form),
}

/// A value with places in it.
#[derive(Debug)]
pub(crate) enum Shape {
    Text(Vec<Part>),
    List(Vec<Shape>),
    Map(Vec<(Vec<Part>, Shape)>),
    Other(Json),
}

/// Where a text stands, which says how the texts in it are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where<'a> {
    Scalar,
    Pointer,
    /// A file without syntax of its own.
    Plain(&'a str),
}

/// A file with places in it.
#[derive(Debug)]
pub(crate) struct FileShape {
    pub(crate) path: Vec<Part>,
    pub(crate) content: Shape,
}

/// Finds the markers of places.
pub(crate) fn find(file: &File, slots: &[Slot]) -> FileShape {
    let place = match file.path.rsplit_once('.') {
        Some((_, "yaml" | "yml" | "json")) => Where::Scalar,
        _ => Where::Plain(&file.path),
    };
    FileShape {
        path: parts(&file.path, Where::Scalar, slots),
        content: shape(&file.content, place, slots),
    }
}

fn shape(value: &Json, place: Where<'_>, slots: &[Slot]) -> Shape {
    match value {
        Json::String(text) => Shape::Text(parts(text, place, slots)),
        Json::Array(items) => {
            Shape::List(items.iter().map(|item| shape(item, place, slots)).collect())
        }
        Json::Object(entries) => {
            let operation = entries.contains_key("op");
            let entries = entries.iter().map(|(key, value)| {
                let place = if operation && key == "path" { Where::Pointer } else { place };
                (parts(key, place, slots), shape(value, place, slots))
            });
            Shape::Map(entries.collect())
        }
        other => Shape::Other(other.clone()),
    }
}

fn parts(text: &str, place: Where<'_>, slots: &[Slot]) -> Vec<Part> {
    let forms = |slot: &Slot| match place {
        Where::Scalar => slot.forms().to_vec(),
        Where::Pointer => vec![Form::Pointer],
        Where::Plain(file) if slot.kind == "part" && !file.ends_with(".md") => {
            vec![Form::Ignore]
        }
        Where::Plain(_) => vec![Form::Plain],
    };
    let found = slots.iter().enumerate().find_map(|(index, slot)| {
        forms(slot).into_iter().find_map(|form| {
            let written = form.write(&slot.kind, &slot.marker);
            let at = text.find(&written)?;
            Some((at, written.len(), index, form))
        })
    });
    match found {
        None if text.is_empty() => Vec::new(),
        None => vec![Part::Literal(text.to_owned())],
        Some((at, length, index, form)) => {
            let mut all = parts(&text[..at], place, slots);
            all.push(Part::Slot(index, form));
            all.extend(parts(&text[at + length..], place, slots));
            all
        }
    }
}

impl FileShape {
    /// The file with other texts in its places.
    pub(crate) fn fill(&self, slots: &[Slot], values: &[Json]) -> File {
        let filling = Filling { slots, values };
        let Json::String(path) = filling.text(&self.path) else { panic!("a path is a text") };
        File { path, content: filling.shape(&self.content) }
    }

    /// The places in it.
    pub(crate) fn places(&self) -> Vec<usize> {
        fn of_parts(parts: &[Part], found: &mut Vec<usize>) {
            found.extend(parts.iter().filter_map(|part| match part {
                Part::Slot(index, _) => Some(*index),
                Part::Literal(_) => None,
            }));
        }
        fn of_shape(shape: &Shape, found: &mut Vec<usize>) {
            match shape {
                Shape::Text(parts) => of_parts(parts, found),
                Shape::List(items) => items.iter().for_each(|item| of_shape(item, found)),
                Shape::Map(entries) => {
                    for (key, value) in entries {
                        of_parts(key, found);
                        of_shape(value, found);
                    }
                }
                Shape::Other(_) => {}
            }
        }
        let mut found = Vec::new();
        of_parts(&self.path, &mut found);
        of_shape(&self.content, &mut found);
        found
    }
}

struct Filling<'a> {
    slots: &'a [Slot],
    values: &'a [Json],
}

impl Filling<'_> {
    fn text(&self, parts: &[Part]) -> Json {
        if let [Part::Slot(index, Form::Same)] = parts
            && !self.values[*index].is_string()
        {
            return self.values[*index].clone();
        }
        let texts = parts.iter().map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Slot(index, form) => {
                form.write(&self.slots[*index].kind, self.values[*index].as_str().unwrap())
            }
        });
        Json::String(texts.collect())
    }

    fn shape(&self, shape: &Shape) -> Json {
        match shape {
            Shape::Text(parts) => self.text(parts),
            Shape::List(items) => Json::Array(items.iter().map(|item| self.shape(item)).collect()),
            Shape::Map(entries) => {
                let entries = entries.iter().filter(|(_, value)| !self.unsaid(value));
                let entries: Vec<(String, Json)> = entries
                    .map(|(key, value)| {
                        let Json::String(key) = self.text(key) else { panic!("a key is a text") };
                        (key, self.shape(value))
                    })
                    .collect();
                let count = entries.len();
                let map: Map<String, Json> = entries.into_iter().collect();
                assert_eq!(map.len(), count, "the description lets a key stand twice");
                Json::Object(map)
            }
            Shape::Other(value) => value.clone(),
        }
    }

    /// Whether a field is left out because its text is empty, which means the same to Flux.
    fn unsaid(&self, value: &Shape) -> bool {
        matches!(value, Shape::Text(parts) if matches!(parts[..], [Part::Slot(index, _)]
            if self.slots[index].kind == "optional" && self.values[index] == ""))
    }
}

/// Brings what is ordered by names into an order of its own: documents, resources, the operations of a patch, and the
/// lines of lists.
pub(crate) fn sort(value: &mut Json) {
    match value {
        Json::Array(items) => {
            items.iter_mut().for_each(sort);
            let by_name = |item: &Json| {
                item.is_string()
                    || ["kind", "op", "issuer"].iter().any(|key| item.get(key).is_some())
            };
            if items.iter().all(by_name) {
                items.sort_by_cached_key(ToString::to_string);
            }
        }
        Json::Object(entries) => {
            entries.values_mut().for_each(sort);
            entries.sort_keys();
        }
        _ => {}
    }
}
