//! Schemas as projects publish them, to shapes: Kubernetes' OpenAPI, and CustomResourceDefinitions.
//!
//! Both are read from the tree that the YAML reader makes, which reads JSON as well. What a schema says that no shape knows is passed
//! over, as the API server passes it over.

use std::collections::HashMap;

use kustomize::yaml::{Node, Value};

use super::kind::{Kind, Source, Version};
use super::shape::{Builder, Count, Items, Shape, ShapeId, Type};

/// Why something cannot be read as schemas.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A CustomResourceDefinition lacks what it must say.
    #[error("this CustomResourceDefinition does not say {0}")]
    Incomplete(&'static str),
}

/// Whose schema it is: what it does not say means something else for each.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Kubernetes' own, which the API server decodes into Go's types.
    Kubernetes,
    /// A custom resource's, which it holds against the schema itself.
    Custom,
}

/// Where references to definitions lead.
const DEFINITIONS: &str = "#/components/schemas/";

/// The definition of what every object says of itself.
pub(super) const METADATA: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

impl Builder {
    /// Takes in a version of Kubernetes: `minor` as `1.36`, `exact` as `1.36.3`; `documents` are the files of `api/openapi-spec/v3` and
    /// `discovery` are the lists of resources in `api/discovery` of that release.
    pub fn kubernetes(&mut self, minor: &str, exact: &str, documents: &[Node], discovery: &[Node]) {
        let mut definitions: HashMap<&str, ShapeId> = HashMap::new();
        let mut kinds: HashMap<(String, String, String), ShapeId> = HashMap::new();
        for document in documents {
            let all = document.pointer("/components/schemas").and_then(Node::as_mapping);
            for (name, schema) in all.into_iter().flat_map(|all| all.iter()) {
                let Some(name) = name.as_str() else { continue };
                let id = *definitions.entry(name).or_insert_with(|| self.definition(name, schema));
                for kind in items(schema, "x-kubernetes-group-version-kind") {
                    let text = |key| text(kind, key).unwrap_or_default().to_owned();
                    // What a hundred groups share belongs to none of them: `DeleteOptions`.
                    if items(schema, "x-kubernetes-group-version-kind").len() == 1 {
                        kinds.insert((text("group"), text("version"), text("kind")), id);
                    }
                }
            }
        }
        let mut known = Vec::new();
        for list in discovery {
            let (group, version) = match text(list, "groupVersion").map(|text| text.split_once('/'))
            {
                Some(Some((group, version))) => (group, version),
                Some(None) => ("", text(list, "groupVersion").unwrap_or_default()),
                None => continue,
            };
            for resource in items(list, "resources") {
                let (Some(plural), Some(kind)) = (text(resource, "name"), text(resource, "kind"))
                else {
                    continue;
                };
                let key = (group.to_owned(), version.to_owned(), kind.to_owned());
                let shape = kinds.get(&key).filter(|_| !plural.contains('/'));
                let Some(shape) = shape.copied() else { continue };
                let singular = text(resource, "singularName").map(str::to_owned);
                let short = items(resource, "shortNames").iter().filter_map(Node::as_str);
                known.push(Kind {
                    group: key.0,
                    version: key.1,
                    singular: singular.unwrap_or_else(|| kind.to_lowercase()),
                    kind: key.2,
                    plural: plural.to_owned(),
                    short: short.map(str::to_owned).collect(),
                    namespaced: resource.get("namespaced").and_then(Node::as_bool) == Some(true),
                    shape,
                    source: None,
                });
            }
        }
        let mut definitions: Vec<_> =
            definitions.into_iter().map(|(name, id)| (self.text(name), id)).collect();
        definitions.sort_unstable_by_key(|(name, _)| *name);
        self.kept.versions.push(Version {
            minor: minor.to_owned(),
            exact: exact.to_owned(),
            definitions,
            kinds: known,
        });
    }

    /// Takes in a project whose custom resources follow.
    pub fn source(&mut self, source: Source) {
        self.kept.sources.push(source);
    }

    /// Takes in every served version of a CustomResourceDefinition.
    ///
    /// # Errors
    /// When it does not say what it defines.
    pub fn definition_of_custom_resource(&mut self, crd: &Node) -> Result<(), ReadError> {
        let said = |pointer: &str, what| {
            crd.pointer(pointer).and_then(Node::as_str).ok_or(ReadError::Incomplete(what))
        };
        let group = said("/spec/group", "its group")?;
        let kind = said("/spec/names/kind", "its kind")?;
        let plural = said("/spec/names/plural", "the plural of its kind")?;
        let singular = crd.pointer("/spec/names/singular").and_then(Node::as_str);
        let names = crd.pointer("/spec/names");
        let short = names.into_iter().flat_map(|names| items(names, "shortNames"));
        let short: Vec<_> = short.filter_map(|one| Some(one.as_str()?.to_owned())).collect();
        let spec = crd.get("spec").ok_or(ReadError::Incomplete("its `spec`"))?;
        for version in items(spec, "versions") {
            let served = version.get("served").and_then(Node::as_bool).unwrap_or(true);
            let (Some(name), true) = (text(version, "name"), served) else { continue };
            let schema = version.pointer("/schema/openAPIV3Schema");
            let shape = match schema {
                Some(schema) => self.custom(schema),
                None => self.shape(Shape { open: true, of: Type::Object, ..Shape::default() }),
            };
            self.kept.kinds.push(Kind {
                group: group.to_owned(),
                version: name.to_owned(),
                kind: kind.to_owned(),
                plural: plural.to_owned(),
                singular: singular.map_or_else(|| kind.to_lowercase(), str::to_owned),
                short: short.clone(),
                namespaced: said("/spec/scope", "its scope")? == "Namespaced",
                shape,
                source: self.kept.sources.len().checked_sub(1),
            });
        }
        Ok(())
    }

    /// Takes in a kind of custom resource whose schema is published by itself, without its definition.
    pub fn custom_resource(&mut self, group: &str, version: &str, kind: &str, schema: &Node) {
        let shape = self.custom(schema);
        let singular = kind.to_lowercase();
        self.kept.kinds.push(Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            plural: format!("{singular}s"),
            singular,
            short: Vec::new(),
            namespaced: true,
            shape,
            source: self.kept.sources.len().checked_sub(1),
        });
    }

    /// The whole of a custom resource: what every object says is the API server's, whatever its schema says of it.
    fn custom(&mut self, schema: &Node) -> ShapeId {
        let mut shape = self.read(schema, Whose::Custom);
        shape.of = Type::Object;
        for (name, of, words) in [
            (
                "apiVersion",
                Type::String,
                "The versioned schema of this object: its group and version.",
            ),
            ("kind", Type::String, "What this object is."),
            ("metadata", Type::Metadata, "What every object says of itself."),
        ] {
            let name = self.text(name);
            let at = shape.properties.iter().position(|(own, _)| *own == name);
            let description = Some(self.word(words));
            let id = match at.filter(|_| of == Type::String) {
                Some(at) => shape.properties[at].1,
                None => self.shape(Shape { of, description, ..Shape::default() }),
            };
            match at {
                Some(at) => shape.properties[at].1 = id,
                None => shape.properties.push((name, id)),
            }
        }
        self.sort(&mut shape);
        self.shape(shape)
    }

    fn definition(&mut self, name: &str, schema: &Node) -> ShapeId {
        let mut shape = self.read(schema, Whose::Kubernetes);
        match name.rsplit('.').next() {
            Some("Quantity") => {
                shape = Shape {
                    of: Type::Quantity,
                    description: shape.description,
                    ..Shape::default()
                };
            }
            Some("IntOrString") => {
                shape = Shape {
                    of: Type::IntOrString,
                    description: shape.description,
                    ..Shape::default()
                };
            }
            _ => {}
        }
        self.shape(shape)
    }

    fn part(&mut self, schema: &Node, whose: Whose) -> ShapeId {
        let shape = self.read(schema, whose);
        self.shape(shape)
    }

    fn parts(&mut self, schema: &Node, key: &str, whose: Whose) -> Vec<ShapeId> {
        items(schema, key).iter().map(|part| self.part(part, whose)).collect()
    }

    fn texts(&mut self, schema: &Node, key: &str) -> Vec<super::shape::Text> {
        items(schema, key).iter().filter_map(Node::as_str).map(|text| self.text(text)).collect()
    }

    /// Looking a field up is a binary search by its name.
    fn sort(&self, shape: &mut Shape) {
        shape.properties.sort_by(|(a, _), (b, _)| {
            self.texts[a.0 as usize].as_bytes().cmp(self.texts[b.0 as usize].as_bytes())
        });
    }

    fn read(&mut self, schema: &Node, whose: Whose) -> Shape {
        let yes = |key| schema.get(key).and_then(Node::as_bool) == Some(true);
        let description = text(schema, "description").filter(|text| !text.is_empty());
        let mut shape = Shape {
            description: description.map(|text| self.word(text)),
            nullable: yes("nullable"),
            open: yes("x-kubernetes-preserve-unknown-fields"),
            embedded: yes("x-kubernetes-embedded-resource"),
            above: yes("exclusiveMinimum"),
            below: yes("exclusiveMaximum"),
            ..Shape::default()
        };
        shape.default = schema.get("default").and_then(|default| {
            // Go's own zero is no default that anybody wrote down.
            let says = match &default.value {
                _ if whose == Whose::Custom => true,
                Value::Mapping(fields) => !fields.is_empty(),
                Value::String(text) => !text.is_empty(),
                Value::Int(number) => *number != 0,
                Value::Null | Value::Bool(false) => false,
                _ => true,
            };
            says.then(|| self.text(&default.to_json().to_string()))
        });
        let only = items(schema, "allOf");
        let referred = match only {
            [one] if whose == Whose::Kubernetes => text(one, "$ref"),
            _ => text(schema, "$ref"),
        };
        if let Some(name) = referred.and_then(|name| name.strip_prefix(DEFINITIONS)) {
            shape.refers = Some(self.text(name));
            return shape;
        }
        self.read_type(&mut shape, schema, whose);
        let fields = schema.get("properties").and_then(Node::as_mapping);
        for (name, property) in fields.into_iter().flat_map(|fields| fields.iter()) {
            if let Some(name) = name.as_str() {
                let name = self.text(name);
                let id = self.part(property, whose);
                shape.properties.push((name, id));
            }
        }
        self.sort(&mut shape);
        shape.required = self.texts(schema, "required");
        match schema.get("additionalProperties") {
            Some(Node { value: Value::Bool(open), .. }) => shape.open |= open,
            Some(values) => shape.additional = Some(self.part(values, whose)),
            None if whose == Whose::Kubernetes => {
                shape.open |= shape.of == Type::Object && shape.properties.is_empty();
            }
            None => {}
        }
        shape.items = schema.get("items").map(|items| self.part(items, whose));
        shape.list = match text(schema, "x-kubernetes-list-type") {
            Some("set") => Items::Set,
            Some("map") => Items::Map(self.texts(schema, "x-kubernetes-list-map-keys")),
            _ if yes("uniqueItems") => Items::Set,
            _ => Items::Plain,
        };
        shape.choices = items(schema, "enum")
            .iter()
            .map(|choice| self.text(&choice.to_json().to_string()))
            .collect();
        shape.pattern = text(schema, "pattern").map(|text| self.text(text));
        shape.format = text(schema, "format").map(|text| self.text(text));
        let mut number =
            |key| schema.get(key).map(|number| self.text(&number.to_json().to_string()));
        shape.minimum = number("minimum");
        shape.maximum = number("maximum");
        shape.multiple_of = number("multipleOf");
        let count = |least, most| {
            let count =
                |key| schema.get(key).and_then(Node::as_i64).and_then(|n| u64::try_from(n).ok());
            Count { least: count(least), most: count(most) }
        };
        shape.length = count("minLength", "maxLength");
        shape.item_count = count("minItems", "maxItems");
        shape.property_count = count("minProperties", "maxProperties");
        shape.any_of = match shape.of {
            // They say no more than the type does.
            Type::IntOrString => Vec::new(),
            _ => self.parts(schema, "anyOf", whose),
        };
        shape.all_of = match shape.of {
            Type::IntOrString => Vec::new(),
            _ => self.parts(schema, "allOf", whose),
        };
        shape.one_of = self.parts(schema, "oneOf", whose);
        shape.not = schema.get("not").map(|not| self.part(not, whose));
        for rule in items(schema, "x-kubernetes-validations") {
            let Some(expression) = text(rule, "rule") else { continue };
            let words = text(rule, "message").map(|words| self.word(words));
            shape.rules.push((self.word(expression), words));
        }
        shape
    }

    fn read_type(&mut self, shape: &mut Shape, schema: &Node, whose: Whose) {
        shape.of = match text(schema, "type") {
            Some("object") => Type::Object,
            Some("array") => Type::Array,
            Some("string") => Type::String,
            Some("integer") => Type::Integer,
            Some("number") => Type::Number,
            Some("boolean") => Type::Boolean,
            _ => Type::Any,
        };
        if schema.get("x-kubernetes-int-or-string").and_then(Node::as_bool) == Some(true) {
            shape.of = Type::IntOrString;
        }
        // Some are published as JSON Schemas with several types.
        if whose == Whose::Custom
            && let Some(types) = schema.get("type").and_then(Node::as_sequence)
        {
            let has = |name: &str| types.iter().any(|one| one.as_str() == Some(name));
            shape.nullable |= has("null");
            if has("integer") && has("string") {
                shape.of = Type::IntOrString;
            }
        }
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(Node::as_str)
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or_default()
}
