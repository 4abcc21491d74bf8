//! Schemas that stand in comments: `list: # {"x-kubernetes-patch-strategy": "merge", ...}`.
//!
//! kyaml looks at the comment behind a node, or at the one above it if there is none. JSON in it is a
//! schema, and `{"$openapi": "name"}` a reference to one that kustomize never has. Whatever it says, it
//! counts in place of the schema that the place has otherwise.

use std::collections::HashMap;

use super::custom::Custom;
use super::{At, SchemaRef, Schemas};
use crate::go::json;
use crate::yaml::{Mapping, Node, SourceId, Value};

/// The schemas of the comments of some nodes.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    schemas: Custom,
    /// By the comment; `None` for one that is a schema with an extension that kyaml cannot read.
    places: HashMap<String, Option<usize>>,
}

/// What a comment says.
enum Hint<'s> {
    Nothing,
    /// kyaml gives up on it, and on what it would look at next.
    Fault,
    Schema(SchemaRef<'s>),
}

/// The comment of a node that may be a schema.
fn comment(node: &Node) -> Option<&str> {
    let beside = node.beside.as_deref()?;
    let comment = if beside.line.is_empty() { &beside.head } else { &beside.line };
    let is_json = comment.trim_start_matches('#').trim_start().starts_with('{');
    is_json.then_some(comment)
}

impl Hints {
    /// The schemas of all comments in some trees, if there are any.
    pub(crate) fn of<'n>(trees: impl IntoIterator<Item = &'n Node>) -> Option<Hints> {
        let mut hints = Hints::default();
        for tree in trees {
            hints.collect(tree);
        }
        (!hints.places.is_empty()).then_some(hints)
    }

    fn collect(&mut self, node: &Node) {
        if let Some(comment) = comment(node)
            && !self.places.contains_key(comment)
        {
            self.read(comment);
        }
        match &node.value {
            Value::Sequence(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Mapping(mapping) => {
                for (key, value) in mapping.iter() {
                    self.collect(key);
                    self.collect(value);
                }
            }
            _ => {}
        }
    }

    fn read(&mut self, comment: &str) {
        // What follows a schema does not matter; it only keeps kyaml from looking further.
        let json = json::read_first(SourceId(0), comment.trim_start_matches('#'));
        let Ok((schema, is_all)) = json else {
            return;
        };
        let schema = if is_all { shorthand_or_schema(schema) } else { schema };
        if schema.as_mapping().is_none_or(is_empty) {
            return;
        }
        let extension = schema.get("x-kustomize").filter(|found| is_all && !found.is_null());
        if extension.is_some_and(|extension| !is_setter(extension)) {
            self.places.insert(comment.to_owned(), None);
        } else if let Ok(place) = self.schemas.add(&schema, "the comment") {
            self.places.insert(comment.to_owned(), Some(place));
        }
    }

    fn hint<'s>(&'s self, schemas: &'s Schemas, node: &Node) -> Hint<'s> {
        match comment(node).and_then(|comment| self.places.get(comment)) {
            None => Hint::Nothing,
            Some(None) => Hint::Fault,
            Some(Some(place)) => {
                let reference = self.schemas.shape(*place).reference();
                let resolved = reference.and_then(|reference| schemas.resolve(reference));
                let at = resolved.unwrap_or(At::Custom(&self.schemas, *place));
                Hint::Schema(SchemaRef { schemas, at })
            }
        }
    }

    /// The schema that the first of some nodes has which says one.
    pub(crate) fn of_first<'s, 'n>(
        &'s self,
        schemas: &'s Schemas,
        nodes: impl IntoIterator<Item = &'n Node>,
    ) -> Option<SchemaRef<'s>> {
        nodes.into_iter().find_map(|node| match self.hint(schemas, node) {
            Hint::Schema(schema) => Some(schema),
            Hint::Nothing | Hint::Fault => None,
        })
    }

    /// The schema that the first of some entries has which says one, with its value or its key: a comment
    /// behind the key of a list is the key's.
    pub(crate) fn of_first_entry<'s, 'n>(
        &'s self,
        schemas: &'s Schemas,
        entries: impl IntoIterator<Item = (&'n Node, &'n Node)>,
    ) -> Option<SchemaRef<'s>> {
        entries.into_iter().find_map(|(key, value)| match self.hint(schemas, value) {
            Hint::Schema(schema) => Some(schema),
            Hint::Fault => None,
            Hint::Nothing => self.of_first(schemas, [key]),
        })
    }
}

/// `{"$openapi": "name"}` written out, and every other schema as it is.
fn shorthand_or_schema(json: Node) -> Node {
    let Some(mapping) = json.as_mapping() else {
        return json;
    };
    let is_text = |value: &Node| value.is_null() || value.as_str().is_some();
    let name = mapping.get("$openapi").and_then(Node::as_str).unwrap_or_default();
    if name.is_empty() || !mapping.values().all(is_text) {
        return json;
    }
    let reference = format!("#/definitions/io.k8s.cli.setters.{name}");
    Node::new(Mapping::from_iter([("$ref", Node::string(reference))]))
}

/// Whether a schema says nothing, to which Go's zero values count as well.
fn is_empty(schema: &Mapping) -> bool {
    schema.iter().all(|(name, value)| match &*name.key_text() {
        "$ref" | "$schema" | "id" | "description" | "format" | "title" | "pattern"
        | "discriminator" => value.is_null() || value.as_str() == Some(""),
        "exclusiveMaximum" | "exclusiveMinimum" | "uniqueItems" | "nullable" | "readOnly" => {
            value.is_null() || value.as_bool() == Some(false)
        }
        "type"
        | "properties"
        | "items"
        | "additionalProperties"
        | "default"
        | "enum"
        | "required"
        | "allOf"
        | "oneOf"
        | "anyOf"
        | "not"
        | "maximum"
        | "minimum"
        | "maxLength"
        | "minLength"
        | "maxItems"
        | "minItems"
        | "multipleOf"
        | "maxProperties"
        | "minProperties"
        | "definitions"
        | "patternProperties"
        | "dependencies"
        | "additionalItems"
        | "example"
        | "externalDocs" => value.is_null(),
        _ => false,
    })
}

/// Whether the extension has the form that kyaml wants of it.
fn is_setter(extension: &Node) -> bool {
    let Some(extension) = extension.as_mapping() else {
        return false;
    };
    let text = |value: &Node| value.is_null() || value.as_str().is_some();
    let setter = |value: &Node| {
        value.is_null()
            || value.as_mapping().is_some_and(|setter| {
                ["name", "value"].iter().all(|field| setter.get(field).is_none_or(text))
            })
    };
    let setters = |value: &Node| {
        value.is_null() || value.as_sequence().is_some_and(|setters| setters.iter().all(setter))
    };
    extension.get("setBy").is_none_or(text)
        && extension.get("setter").is_none_or(setter)
        && extension.get("partialSetters").is_none_or(setters)
}
