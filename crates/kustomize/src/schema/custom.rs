//! The schemas of an OpenAPI document that a kustomization names.

use std::collections::HashMap;

use super::builtin;
use crate::yaml::{Mapping, Node, Span, Value};

/// What is wrong with an OpenAPI document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    #[error(
        "`{field}` of an OpenAPI schema must be {expected}, and this is {found}: kustomize wants a \
         document as the API server gives it at `/openapi/v2`"
    )]
    WrongType { field: String, expected: &'static str, found: &'static str, span: Span },
    #[error("`x-kubernetes-group-version-kind` must name a `{field}`, as in `{field}: {example}`")]
    NoType { field: &'static str, example: &'static str, span: Span },
}

impl SchemaError {
    /// Where it is wrong.
    pub(crate) fn span(&self) -> Span {
        match self {
            SchemaError::WrongType { span, .. } | SchemaError::NoType { span, .. } => *span,
        }
    }
}

type Result<T> = std::result::Result<T, SchemaError>;

/// What a merge can see of a schema.
#[derive(Debug, Default)]
pub(super) struct Shape {
    fields: HashMap<String, usize>,
    rest: Option<usize>,
    items: Option<usize>,
    is_array: bool,
    strategy: Option<String>,
    keys: Vec<String>,
    reference: Option<String>,
}

impl Shape {
    pub(super) fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    pub(super) fn field(&self, name: &str) -> Option<usize> {
        self.fields.get(name).copied().or(self.rest)
    }

    pub(super) fn items(&self) -> Option<usize> {
        self.items.filter(|_| self.is_array)
    }

    pub(super) fn strategy(&self) -> &str {
        self.strategy.as_deref().unwrap_or_default()
    }

    pub(super) fn keys(&self) -> &[String] {
        if self.strategy.is_some() { &self.keys } else { &[] }
    }
}

/// The schemas of a document.
#[derive(Debug, Default)]
pub(super) struct Custom {
    shapes: Vec<Shape>,
    definitions: HashMap<String, usize>,
    /// By version and kind.
    types: HashMap<String, HashMap<String, usize>>,
    scopes: HashMap<String, HashMap<String, bool>>,
    /// Definitions that have the name of a built-in one, by the place of that.
    instead: HashMap<u16, usize>,
}

impl Custom {
    pub(super) fn shape(&self, at: usize) -> &Shape {
        &self.shapes[at]
    }

    pub(super) fn definition(&self, name: &str) -> Option<usize> {
        self.definitions.get(name).copied()
    }

    pub(super) fn instead_of(&self, at: u16) -> Option<usize> {
        self.instead.get(&at).copied()
    }

    pub(super) fn for_type(&self, api_version: &str, kind: &str) -> Option<usize> {
        self.types.get(api_version)?.get(kind).copied()
    }

    pub(super) fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        self.scopes.get(api_version)?.get(kind).copied()
    }

    /// The schema that a step of a reference leads to: `items`, or the name of a field (the word
    /// `properties` before it stands for no schema of its own).
    pub(super) fn within(&self, at: usize, step: &str) -> Option<usize> {
        match step {
            "properties" => Some(at),
            "items" => self.shapes[at].items,
            "additionalProperties" => self.shapes[at].rest,
            name => self.shapes[at].fields.get(name).copied(),
        }
    }

    pub(super) fn read(document: &Node) -> Result<Custom> {
        let mut custom = Custom::default();
        if document.is_null() {
            return Ok(custom);
        }
        let root = mapping(document, "the document")?;
        drop(entries(root, "info")?);
        for (name, schema) in entries(root, "definitions")? {
            let at = custom.add(schema, &name.key_text())?;
            let name = name.key_text().into_owned();
            if let Some((place, false)) = builtin::definition(&name) {
                custom.instead.insert(place, at);
            }
            custom.definitions.insert(name, at);
            let types = schema.get(GVK).and_then(Node::as_sequence).unwrap_or_default();
            for named in types.iter().filter_map(api_version_and_kind) {
                let (api_version, kind) = named?;
                custom.types.entry(api_version).or_default().insert(kind, at);
            }
        }
        for (path, item) in entries(root, "paths")? {
            let path = path.key_text();
            if !path.starts_with('/') || item.is_null() {
                continue;
            }
            let Some(get) = mapping(item, &path)?.get("get").filter(|get| !get.is_null()) else {
                continue;
            };
            let Some(named) = mapping(get, "get")?.get(GVK).and_then(api_version_and_kind) else {
                continue;
            };
            let (api_version, kind) = named?;
            let scope = custom.scopes.entry(api_version).or_default().entry(kind).or_default();
            *scope |= path.contains("namespaces/{namespace}");
        }
        Ok(custom)
    }

    pub(super) fn add(&mut self, schema: &Node, name: &str) -> Result<usize> {
        let at = self.shapes.len();
        self.shapes.push(Shape::default());
        if schema.is_null() {
            return Ok(at);
        }
        let schema = mapping(schema, name)?;
        check_types(schema)?;
        let word = |field| schema.get(field).and_then(Node::as_str).map(str::to_owned);
        let mut shape = Shape {
            is_array: is_array(schema)?,
            reference: word("$ref").filter(|reference| !reference.is_empty()),
            strategy: word("x-kubernetes-patch-strategy"),
            keys: merge_keys(schema),
            ..Shape::default()
        };
        for (name, field) in entries(schema, "properties")? {
            let name = name.key_text().into_owned();
            let field = self.add(field, &name)?;
            shape.fields.insert(name, field);
        }
        match schema.get("additionalProperties") {
            None | Some(Node { value: Value::Bool(_) | Value::Null, .. }) => {}
            Some(rest) => shape.rest = Some(self.add(rest, "additionalProperties")?),
        }
        match schema.get("items") {
            // Of the items of a tuple kyaml knows nothing.
            None | Some(Node { value: Value::Sequence(_) | Value::Null, .. }) => {}
            Some(items) => shape.items = Some(self.add(items, "items")?),
        }
        self.shapes[at] = shape;
        Ok(at)
    }
}

const GVK: &str = "x-kubernetes-group-version-kind";

fn wrong(node: &Node, field: &str, expected: &'static str) -> SchemaError {
    let (field, found, span) = (field.to_owned(), node.kind(), node.span);
    SchemaError::WrongType { field, expected, found, span }
}

fn mapping<'n>(node: &'n Node, field: &str) -> Result<&'n Mapping> {
    node.as_mapping().ok_or_else(|| wrong(node, field, "a mapping"))
}

/// The entries of a field; none if it is not there.
fn entries<'n>(
    parent: &'n Mapping,
    field: &str,
) -> Result<impl Iterator<Item = (&'n Node, &'n Node)>> {
    let entries = match parent.get(field) {
        None => None,
        Some(node) if node.is_null() => None,
        Some(node) => Some(mapping(node, field)?),
    };
    Ok(entries.into_iter().flat_map(Mapping::iter))
}

/// Fields whose type kyaml insists on, though nothing comes of them here.
fn check_types(schema: &Mapping) -> Result<()> {
    for (key, value) in schema.iter().filter(|(_, value)| !value.is_null()) {
        let field = key.key_text();
        let (right, expected) = match &*field {
            "description" | "title" | "format" | "pattern" | "discriminator" | "$schema" | "id" => {
                (value.as_str().is_some(), "a string")
            }
            "minimum" | "maximum" | "multipleOf" | "minLength" | "maxLength" | "minItems"
            | "maxItems" | "minProperties" | "maxProperties" => (
                matches!(value.value, Value::Int(_) | Value::UInt(_) | Value::Float(_)),
                "a number",
            ),
            "exclusiveMinimum" | "exclusiveMaximum" | "uniqueItems" | "readOnly" => {
                (value.as_bool().is_some(), "a boolean")
            }
            "enum" | "allOf" | "oneOf" | "anyOf" => (value.as_sequence().is_some(), "a list"),
            "required" => (strings(value).is_some(), "a list of strings"),
            _ => continue,
        };
        if !right {
            return Err(wrong(value, &field, expected));
        }
    }
    Ok(())
}

fn strings(node: &Node) -> Option<Vec<String>> {
    node.as_sequence()?.iter().map(|item| Some(item.as_str()?.to_owned())).collect()
}

fn is_array(schema: &Mapping) -> Result<bool> {
    let Some(kind) = schema.get("type").filter(|kind| !kind.is_null()) else { return Ok(false) };
    match (kind.as_str(), strings(kind)) {
        (Some(kind), _) => Ok(kind == "array"),
        (None, Some(kinds)) => Ok(kinds == ["array"]),
        (None, None) => Err(wrong(kind, "type", "a string or a list of strings")),
    }
}

fn merge_keys(schema: &Mapping) -> Vec<String> {
    match schema.get("x-kubernetes-list-map-keys").and_then(strings) {
        Some(keys) => keys,
        None => {
            let key = schema.get("x-kubernetes-patch-merge-key").and_then(Node::as_str);
            key.into_iter().map(str::to_owned).collect()
        }
    }
}

/// The version and the kind that a group, a version and a kind mean. What is no mapping does not
/// count.
fn api_version_and_kind(node: &Node) -> Option<Result<(String, String)>> {
    let gvk = node.as_mapping()?;
    let word = |field: &'static str, example| {
        let word = gvk.get(field).and_then(Node::as_str);
        word.ok_or(SchemaError::NoType { field, example, span: node.span })
    };
    let named = || {
        let (version, kind) = (word("version", "v1")?, word("kind", "Widget")?);
        let api_version = match gvk.get("group").and_then(Node::as_str) {
            None | Some("") => version.to_owned(),
            Some(group) => format!("{group}/{version}"),
        };
        Ok((api_version, kind.to_owned()))
    };
    Some(named())
}
