//! Fields of custom resources that files in `crds` name: OpenAPI definitions by type, with extensions
//! such as `x-kubernetes-object-ref-kind` (`LoadConfigFromCRDs` in `api/internal/accumulator`).

use std::sync::Arc;

use crate::kustomization::{Decoder, FieldError, FieldSpec, Gvk, Rules, record};
use crate::yaml::{self, Budget, Mapping, Node, SourceId, Span, Value, yaml_to_json};

use super::{FieldSpecs, MergeError, NameBackReferences, TransformerConfig};

/// A fault of a file in `crds`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrdError {
    /// The file is not YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// The file begins like JSON and is not.
    #[error("this begins like JSON and is not: {problem}")]
    Json {
        /// What the JSON reader says.
        problem: String,
        /// The file.
        span: Span,
    },
    /// There is nothing in the file.
    #[error("the file is empty: it must hold OpenAPI definitions by type")]
    Empty {
        /// The file.
        span: Span,
    },
    /// A field that does not fit.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A `$ref` that is none.
    #[error("`{reference}` is no reference")]
    Reference {
        /// The reference.
        reference: String,
        /// Where it stands.
        span: Span,
    },
    /// A type that refers to itself.
    #[error("the type `{name}` refers to itself")]
    Cycle {
        /// The type.
        name: String,
        /// The reference that closes the circle.
        span: Span,
    },
    /// More fields than anybody writes: types that refer to many others many times.
    #[error("these types have more than {limit} fields when their references are followed")]
    TooManyFields {
        /// How many are looked at.
        limit: usize,
        /// The file.
        span: Span,
    },
    /// Fields that exclude each other.
    #[error(transparent)]
    Merge(#[from] MergeError),
}

impl CrdError {
    /// Where it is; the default span where that is not known.
    pub fn span(&self) -> Span {
        match self {
            CrdError::Yaml(error) => error.span,
            CrdError::Field(error) => error.span(),
            CrdError::Json { span, .. }
            | CrdError::Empty { span }
            | CrdError::Reference { span, .. }
            | CrdError::Cycle { span, .. }
            | CrdError::TooManyFields { span, .. } => *span,
            CrdError::Merge(_) => Span::default(),
        }
    }
}

/// How many fields of types are looked at.
const MAX_FIELDS: usize = 100_000;

/// Reads a file that `crds` names. kustomize merges the files of one kustomization one after the other
/// into [nothing](TransformerConfig::empty), and the result into the configuration of what it
/// accumulates.
///
/// # Errors
///
/// Everything that is wrong with the file. The list is never empty.
pub fn read_crds(
    source: SourceId,
    bytes: &[u8],
    budget: &Budget,
) -> Result<Arc<TransformerConfig>, Vec<CrdError>> {
    let whole = Span::new(source, 0, u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    let root = match bytes {
        [] => return Err(vec![CrdError::Empty { span: whole }]),
        [b'{', ..] => read_json(bytes, whole).map_err(|error| vec![error])?,
        _ => yaml_to_json(source, bytes, budget)
            .map_err(|errors| errors.into_iter().map(CrdError::from).collect::<Vec<_>>())?,
    };
    let mut types = Types { whole, schemas: Mapping::new(), fields: 0 };
    types.fill(&root)?;
    let mut config = TransformerConfig::empty();
    let schemas = std::mem::take(&mut types.schemas);
    for (name, schema) in schemas.iter() {
        let has = |field| schema.pointer("/properties").is_some_and(|all| all.get(field).is_some());
        if !(has("kind") && has("apiVersion") && has("metadata")) {
            continue;
        }
        let name = name.as_str().unwrap_or_default();
        let kind = name.rsplit('.').next().unwrap_or_default().to_owned();
        let mut fields = Fields { gvk: Gvk { kind, ..Gvk::default() }, ..Fields::default() };
        types
            .collect(&schemas, &mut vec![name.to_owned()], &mut Vec::new(), &mut fields)
            .map_err(|error| vec![error])?;
        config = TransformerConfig::merge(&config, &Arc::new(fields.into_config()))
            .map_err(|error| vec![error.into()])?;
    }
    Ok(config)
}

fn read_json(bytes: &[u8], whole: Span) -> Result<Node, CrdError> {
    fn place(node: &mut Node, span: Span) {
        node.span = span;
        match &mut node.value {
            Value::Sequence(items) => items.iter_mut().for_each(|item| place(item, span)),
            Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| place(value, span)),
            _ => {}
        }
    }
    let json: serde_json::Value = serde_json::from_slice(bytes)
        .map_err(|error| CrdError::Json { problem: error.to_string(), span: whole })?;
    let mut root = Node::from_json(&json);
    place(&mut root, whole);
    Ok(root)
}

/// An entry of the file; its schema is looked into apart.
#[derive(Default)]
struct Definition {
    schema: Option<Place>,
    dependencies: Vec<String>,
}

record!(Definition { "schema" => schema, "dependencies" => dependencies });

/// Where a schema stands, to find it again.
#[derive(Default)]
struct Place(Node);

impl crate::kustomization::Field for Place {
    fn fill(&mut self, node: &Node, _: &mut Decoder) {
        self.0 = node.clone();
    }
}

struct Types {
    whole: Span,
    /// Schemas by type.
    schemas: Mapping,
    fields: usize,
}

impl Types {
    fn fill(&mut self, root: &Node) -> Result<(), Vec<CrdError>> {
        let mut decoder = Decoder::new(Rules::Kubernetes { strict: false });
        // Schemas have a reader of their own, which makes no strings of numbers.
        let mut strict = Decoder::new(Rules::Strict);
        let mut references = Vec::new();
        match &root.value {
            Value::Null => {}
            Value::Mapping(mapping) => {
                for (name, definition) in mapping.iter() {
                    let mut filled = Definition::default();
                    decoder.fill(&mut filled, definition);
                    let schema = filled.schema.unwrap_or_default().0;
                    check_schema(&schema, &mut strict, &mut references);
                    self.schemas.insert(name.clone(), schema);
                }
                self.schemas.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            _ => decoder.wrong_type(root, "a mapping of types", ""),
        }
        decoder.errors.append(&mut strict.errors);
        let errors: Vec<CrdError> =
            decoder.in_order().into_iter().map(CrdError::from).chain(references).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Gathers what the properties of a type, and of those that it refers to, say.
    fn collect(
        &mut self,
        schemas: &Mapping,
        types: &mut Vec<String>,
        path: &mut Vec<String>,
        fields: &mut Fields,
    ) -> Result<(), CrdError> {
        let properties = types
            .last()
            .and_then(|name| schemas.get(name))
            .and_then(|schema| schema.get("properties"))
            .and_then(Node::as_mapping);
        let Some(properties) = properties else { return Ok(()) };
        for (name, property) in properties.iter() {
            self.fields += 1;
            if self.fields > MAX_FIELDS {
                return Err(CrdError::TooManyFields { limit: MAX_FIELDS, span: self.whole });
            }
            path.push(name.key_text().into_owned());
            let text = |extension| property.get(extension).and_then(Node::as_str);
            if text("x-kubernetes-annotation").is_some() {
                fields.annotations.push(fields.spec(path));
            }
            if text("x-kubernetes-label-selector").is_some() {
                fields.labels.push(fields.spec(path));
            }
            if text("x-kubernetes-identity").is_some() {
                fields.names.push(fields.spec(path));
            }
            if let (Some(version), Some(kind)) =
                (text("x-kubernetes-object-ref-api-version"), text("x-kubernetes-object-ref-kind"))
            {
                path.push(text("x-kubernetes-object-ref-name-key").unwrap_or("name").to_owned());
                let gvk =
                    Gvk { version: version.to_owned(), kind: kind.to_owned(), ..Gvk::default() };
                fields.references.push((gvk, fields.spec(path)));
                path.pop();
            }
            if let Some(reference) = property.get("$ref")
                && let Some(other) = reference.as_str()
            {
                if types.iter().any(|name| name == other) {
                    let span = reference.span;
                    return Err(CrdError::Cycle { name: other.to_owned(), span });
                }
                types.push(other.to_owned());
                self.collect(schemas, types, path, fields)?;
                types.pop();
            }
            path.pop();
        }
        Ok(())
    }
}

/// What one type says of its fields.
#[derive(Default)]
struct Fields {
    gvk: Gvk,
    annotations: Vec<FieldSpec>,
    labels: Vec<FieldSpec>,
    names: Vec<FieldSpec>,
    references: Vec<(Gvk, FieldSpec)>,
}

impl Fields {
    fn spec(&self, path: &[String]) -> FieldSpec {
        FieldSpec { gvk: self.gvk.clone(), path: path.join("/"), create: false }
    }

    fn into_config(self) -> TransformerConfig {
        let mut references: Vec<(Gvk, Vec<FieldSpec>)> = Vec::new();
        for (gvk, spec) in self.references {
            match references.iter_mut().find(|(other, _)| *other == gvk) {
                Some((_, specs)) if specs.contains(&spec) => {}
                Some((_, specs)) => specs.push(spec),
                None => references.push((gvk, vec![spec])),
            }
        }
        let references = references
            .into_iter()
            .map(|(gvk, specs)| NameBackReferences { gvk, referrers: specs.into() });
        TransformerConfig {
            name_prefix: FieldSpecs::from(self.names),
            common_labels: self.labels.into(),
            common_annotations: self.annotations.into(),
            name_reference: references.collect::<Vec<_>>().into(),
            ..TransformerConfig::default()
        }
    }
}

/// Finds what does not fit a schema of kube-openapi's.
fn check_schema(node: &Node, decoder: &mut Decoder, references: &mut Vec<CrdError>) {
    let mapping = match &node.value {
        Value::Null => return,
        Value::Mapping(mapping) => mapping,
        _ => return decoder.wrong_type(node, "a schema", ""),
    };
    for (key, value) in mapping.iter() {
        let Some(name) = key.as_str().filter(|_| !value.is_null()) else { continue };
        match name {
            "id" | "description" | "format" | "title" | "pattern" | "discriminator" => {
                decoder.fill(&mut String::new(), value);
            }
            "nullable" | "exclusiveMaximum" | "exclusiveMinimum" | "uniqueItems" | "readOnly" => {
                decoder.fill(&mut false, value);
            }
            "maximum" | "minimum" | "multipleOf"
                if !matches!(value.value, Value::Int(_) | Value::UInt(_) | Value::Float(_)) =>
            {
                decoder.wrong_type(value, "a number", "");
            }
            "maxLength" | "minLength" | "maxItems" | "minItems" | "maxProperties"
            | "minProperties" => decoder.fill(&mut 0_i64, value),
            "enum" if value.as_sequence().is_none() => decoder.wrong_type(value, "a list", ""),
            "required" => decoder.fill(&mut Vec::<String>::new(), value),
            "type" => match &value.value {
                Value::String(_) => {}
                Value::Sequence(_) => decoder.fill(&mut Vec::<String>::new(), value),
                _ => decoder.wrong_type(value, "a string or a list of strings", ""),
            },
            "items" | "dependencies" if value.as_mapping().is_none() => {
                if name == "dependencies" {
                    decoder.wrong_type(value, "a mapping", "");
                } else {
                    check_schemas(value, decoder, references);
                }
            }
            "items" | "not" => check_schema(value, decoder, references),
            "allOf" | "oneOf" | "anyOf" => match &value.value {
                Value::Sequence(_) => check_schemas(value, decoder, references),
                _ => decoder.wrong_type(value, "a list of schemas", ""),
            },
            "properties" | "patternProperties" | "definitions" => match &value.value {
                Value::Mapping(schemas) => {
                    schemas.values().for_each(|one| check_schema(one, decoder, references));
                }
                _ => decoder.wrong_type(value, "a mapping of schemas", ""),
            },
            "dependencies" => {
                for one in value.as_mapping().into_iter().flat_map(Mapping::values) {
                    match &one.value {
                        Value::Mapping(_) => check_schema(one, decoder, references),
                        Value::Sequence(_) => decoder.fill(&mut Vec::<String>::new(), one),
                        _ => {}
                    }
                }
            }
            "additionalProperties" | "additionalItems" => match &value.value {
                Value::Bool(_) => {}
                Value::Mapping(_) => check_schema(value, decoder, references),
                _ => decoder.wrong_type(value, "a schema, true or false", ""),
            },
            "externalDocs" => match &value.value {
                Value::Mapping(docs) => {
                    for field in ["description", "url"] {
                        if let Some(text) = docs.get(field) {
                            decoder.fill(&mut String::new(), text);
                        }
                    }
                }
                _ => decoder.wrong_type(value, "a mapping", ""),
            },
            "$ref" | "$schema" => {
                if let Some(reference) = value.as_str().filter(|text| !is_url(text)) {
                    let (reference, span) = (reference.to_owned(), value.span);
                    references.push(CrdError::Reference { reference, span });
                }
            }
            _ => {}
        }
    }
}

/// The schemas of a list; what is no list is passed over.
fn check_schemas(node: &Node, decoder: &mut Decoder, references: &mut Vec<CrdError>) {
    for item in node.as_sequence().unwrap_or_default() {
        check_schema(item, decoder, references);
    }
}

/// Whether Go's `url.Parse` takes a text, as far as references go.
fn is_url(text: &str) -> bool {
    let bytes = text.as_bytes();
    let escapes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%').all(|(at, _)| {
        let digit = |at| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
        digit(at + 1) && digit(at + 2)
    });
    let first = text.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = match first.split_once(':') {
        None => true,
        Some((scheme, _)) => {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        }
    };
    escapes && scheme && !bytes.iter().any(u8::is_ascii_control)
}
