//! What differs between two renderings of the same folder, said as kustomize says it: objects that
//! are only in the upper one as resources, objects that are gone as `$patch: delete`, and changed
//! ones as JSON patches ([RFC 6902](https://www.rfc-editor.org/rfc/rfc6902)).
//!
//! Texts go in, resources and patches come out. Applied to the lower rendering they give the objects
//! of the upper one, no more and no less. Nothing here knows the description or a disk.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kustomize::yaml::{Budget, Node, SourceId, Value, parse};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::layout::block;
use crate::patches::text::literally;

/// A rendered file below the folder.
#[derive(Clone, Debug)]
pub(crate) struct Rendered<'a> {
    /// Its path below the folder.
    pub(crate) name: &'a str,
    pub(crate) bytes: Cow<'a, [u8]>,
}

/// What an overlay says to turn the lower folder into the upper one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Difference {
    /// Files with the objects that are only in the upper folder, by name.
    pub(crate) resources: BTreeMap<String, String>,
    pub(crate) patches: Vec<Patch>,
}

impl Difference {
    pub(crate) fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.patches.is_empty()
    }
}

/// A patch as a Kustomization file lists it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Patch {
    pub(crate) target: Target,
    /// A YAML document.
    pub(crate) patch: String,
}

/// Which object a patch is for. Kustomize reads the fields as anchored regular expressions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Target {
    #[serde(skip_serializing_if = "String::is_empty")]
    group: String,
    version: String,
    kind: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    namespace: String,
}

/// Why a difference cannot be said by an overlay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DifferenceError {
    #[error("it does not render YAML: {0}")]
    Syntax(String),
    #[error("{kind} `{name}` stands twice below the overlay's base")]
    Twice { kind: String, name: String },
    #[error(
        "`{field}` differs, and no overlay can change that: only `resources` of a Kustomization \
         file below an overlay's base may depend on values that can be overridden"
    )]
    Kustomization { field: String },
    #[error("it is not a Kubernetes object and differs: an overlay can only change objects")]
    NotAnObject,
}

/// A fault and the name of the file that it is in.
pub(crate) type Faulty = (String, DifferenceError);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    group: String,
    kind: String,
    namespace: String,
    name: String,
}

struct Object {
    identity: Identity,
    version: String,
    root: Node,
    file: String,
    /// The document as it was rendered, comments included.
    text: String,
}

/// Compares two renderings of a folder.
pub(crate) fn difference(
    lower: &[Rendered<'_>],
    upper: &[Rendered<'_>],
) -> Result<Difference, Faulty> {
    let same = |file: &&Rendered<'_>, others: &[Rendered<'_>]| {
        others.iter().any(|other| other.name == file.name && other.bytes == file.bytes)
    };
    let below: Vec<&Rendered<'_>> = lower.iter().filter(|file| !same(file, upper)).collect();
    let above: Vec<&Rendered<'_>> = upper.iter().filter(|file| !same(file, lower)).collect();
    compare_other_files(&below, &above)?;
    let (mut below, mut above) = (texts(&below), texts(&above));
    // Most documents of a file are the same; only the others are worth reading.
    below.retain(|document| match above.iter().position(|other| other == document) {
        Some(position) => {
            above.remove(position);
            false
        }
        None => true,
    });
    let below = objects(below)?;
    let mut above = objects(above)?;

    let mut difference = Difference::default();
    for old in below {
        let position = above.iter().position(|new| new.identity == old.identity);
        let patch = match position.map(|position| above.remove(position)) {
            None => deletion(&old),
            Some(new) => {
                let mut operations = Vec::new();
                compare(&mut String::new(), &old.root, &new.root, &mut operations);
                if operations.is_empty() {
                    continue;
                }
                Json::Array(operations)
            }
        };
        let patch = block(&patch, 0) + "\n";
        difference.patches.push(Patch { target: Target::of(&old), patch });
    }
    for new in above {
        let text = difference.resources.entry(new.file).or_default();
        if !text.is_empty() {
            text.push_str("---\n");
        }
        text.push_str(&new.text);
    }
    Ok(difference)
}

fn is_kustomization(name: &str) -> bool {
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

fn is_yaml(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

/// Kustomization files may differ in their resources alone, files without objects not at all.
fn compare_other_files(below: &[&Rendered<'_>], above: &[&Rendered<'_>]) -> Result<(), Faulty> {
    for file in below.iter().chain(above) {
        if is_kustomization(file.name) {
            let root = |files: &[&Rendered<'_>]| -> Result<Node, Faulty> {
                let found = files.iter().find(|other| other.name == file.name);
                let found = found.map_or(&[] as &[u8], |file| &file.bytes);
                let mut documents = documents(file.name, found)?;
                Ok(documents.pop().unwrap_or_default())
            };
            let (one, other) = (root(below)?, root(above)?);
            if let Some(field) = changed_field(&one, &other) {
                return Err((file.name.to_owned(), DifferenceError::Kustomization { field }));
            }
        } else if !is_yaml(file.name) {
            return Err((file.name.to_owned(), DifferenceError::NotAnObject));
        }
    }
    Ok(())
}

fn changed_field(one: &Node, other: &Node) -> Option<String> {
    let keys = [one, other]
        .into_iter()
        .filter_map(Node::as_mapping)
        .flat_map(|mapping| mapping.keys().map(|key| key.key_text().into_owned()));
    keys.filter(|key| key != "resources").find(|key| match (one.get(key), other.get(key)) {
        (Some(one), Some(other)) => !one.same_meaning(other),
        _ => true,
    })
}

fn documents(name: &str, bytes: &[u8]) -> Result<Vec<Node>, Faulty> {
    match parse(SourceId(0), bytes, &Budget::default()) {
        Ok(documents) => Ok(documents.into_iter().map(|document| document.root).collect()),
        Err(errors) => {
            let words = errors.first().map(ToString::to_string).unwrap_or_default();
            Err((name.to_owned(), DifferenceError::Syntax(words)))
        }
    }
}

/// The documents of files that hold objects, each with the name of its file.
fn texts(files: &[&Rendered<'_>]) -> Vec<(String, String)> {
    files
        .iter()
        .filter(|file| !is_kustomization(file.name))
        .flat_map(|file| {
            split(&String::from_utf8_lossy(&file.bytes))
                .into_iter()
                .map(|text| (file.name.to_owned(), text))
        })
        .collect()
}

fn objects(texts: Vec<(String, String)>) -> Result<Vec<Object>, Faulty> {
    let mut objects: Vec<Object> = Vec::new();
    for (file, text) in texts {
        for root in documents(&file, text.as_bytes())? {
            let Some((identity, version)) = identity(&root) else {
                if root.is_null() {
                    continue;
                }
                return Err((file, DifferenceError::NotAnObject));
            };
            if objects.iter().any(|object| object.identity == identity) {
                let Identity { kind, name, .. } = identity;
                return Err((file, DifferenceError::Twice { kind, name }));
            }
            let (file, text) = (file.clone(), text.clone());
            objects.push(Object { identity, version, root, file, text });
        }
    }
    Ok(objects)
}

/// The documents of a file as texts. A line `---` at its left margin can be nothing else.
fn split(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.lines() {
        if line.trim_end() == "---" {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    documents.retain(|document| !document.trim().is_empty());
    documents
}

fn identity(root: &Node) -> Option<(Identity, String)> {
    let text = |pointer| root.pointer(pointer).and_then(Node::as_str).map(str::to_owned);
    let api_version = text("/apiVersion")?;
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let identity = Identity {
        group: group.to_owned(),
        kind: text("/kind")?,
        namespace: text("/metadata/namespace").unwrap_or_default(),
        name: text("/metadata/name")?,
    };
    Some((identity, version.to_owned()))
}

impl Target {
    fn of(object: &Object) -> Self {
        let Identity { group, kind, namespace, name } = &object.identity;
        Self {
            // Dots of a group are left alone to be read: no other group, with the same kind and name,
            // differs from it in a dot.
            group: group.clone(),
            version: object.version.clone(),
            kind: kind.clone(),
            name: literally(name),
            namespace: literally(namespace),
        }
    }
}

fn deletion(object: &Object) -> Json {
    let Identity { group, kind, namespace, name } = &object.identity;
    let api_version = match group.as_str() {
        "" => object.version.clone(),
        group => format!("{group}/{}", object.version),
    };
    let mut metadata = json!({ "name": name });
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    json!({ "$patch": "delete", "apiVersion": api_version, "kind": kind, "metadata": metadata })
}

/// The operations that turn one node into another; lists are replaced as a whole.
fn compare(path: &mut String, old: &Node, new: &Node, operations: &mut Vec<Json>) {
    let (Value::Mapping(before), Value::Mapping(after)) = (&old.value, &new.value) else {
        if !old.same_meaning(new) {
            // To some implementations a member that is null is not there to be replaced.
            let op = if old.is_null() { "add" } else { "replace" };
            operations.push(json!({ "op": op, "path": path.as_str(), "value": new.to_json() }));
        }
        return;
    };
    let parent = path.len();
    let step = |path: &mut String, key: &Node| {
        path.truncate(parent);
        path.push('/');
        path.push_str(&key.key_text().replace('~', "~0").replace('/', "~1"));
    };
    for (key, value) in before.iter() {
        step(path, key);
        match after.get(&key.key_text()) {
            Some(other) => compare(path, value, other, operations),
            None => operations.push(json!({ "op": "remove", "path": path.as_str() })),
        }
    }
    for (key, value) in after.iter() {
        if !before.contains_key(&key.key_text()) {
            step(path, key);
            let (path, value) = (path.as_str(), value.to_json());
            operations.push(json!({ "op": "add", "path": path, "value": value }));
        }
    }
    path.truncate(parent);
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
