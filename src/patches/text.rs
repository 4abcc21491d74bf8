//! A patch as an entry of `spec.patches` of a Flux Kustomization, in text that kustomize takes as well.
//!
//! In goes what the description says and, for what has to name it, an object that it is for; out comes a target and a document. A `merge` and
//! a `delete` become strategic merge patches, which kustomize wants to be objects with a kind and a name of their own; where a target
//! stands beside them, these select nothing.

use kustomize::yaml::Node;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Held;
use crate::layout::block;
use crate::spec::patch::{InlinePatch, Operation, PatchTarget};

/// A patch, as a Flux Kustomization or a kustomization file lists it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatchContext {
    /// The file of the description that says it.
    pub file: String,
    /// `target`: which objects it is for.
    pub target: Map<String, Value>,
    /// `patch`: a YAML document, a JSON patch or a strategic merge patch.
    pub patch: String,
}

/// What a merge has to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    api_version: String,
    kind: String,
    name: String,
    namespace: String,
}

impl Named {
    /// From an object.
    #[must_use]
    pub fn of(object: &Node) -> Self {
        let text = |pointer: &str| {
            object.pointer(pointer).and_then(Node::text).unwrap_or_default().to_owned()
        };
        Self {
            api_version: text("/apiVersion"),
            kind: text("/kind"),
            name: text("/metadata/name"),
            namespace: text("/metadata/namespace"),
        }
    }

    /// From a target, for an object that is elsewhere: its texts are taken as they stand.
    fn of_target(target: &PatchTarget) -> Self {
        let group = target.group.as_deref().unwrap_or_default();
        let version = target.version.as_deref().unwrap_or("v1");
        let api_version =
            if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        Self {
            api_version,
            kind: target.kind.clone(),
            name: target.name.clone().unwrap_or_else(|| "any".to_owned()),
            namespace: String::new(),
        }
    }

    /// A target for exactly this object.
    fn target(&self) -> Map<String, Value> {
        let (group, version) = self.api_version.split_once('/').unwrap_or(("", &self.api_version));
        let fields = [
            ("group", group.to_owned()),
            ("version", version.to_owned()),
            ("kind", self.kind.clone()),
            ("name", literally(&self.name)),
            ("namespace", literally(&self.namespace)),
        ];
        let said = fields.into_iter().filter(|(_, value)| !value.is_empty());
        said.map(|(field, value)| (field.to_owned(), Value::String(value))).collect()
    }
}

/// A patch for the objects that its own target selects, of which `object` is one; without one, as the target says.
#[must_use]
pub fn entry(held: &Held, object: Option<&Named>) -> PatchContext {
    let of_target;
    let object = match object {
        Some(object) => object,
        None => {
            of_target = Named::of_target(&held.said.target);
            &of_target
        }
    };
    let mut target = match serde_json::to_value(&held.said.target) {
        Ok(Value::Object(target)) => target,
        _ => Map::new(),
    };
    target.shift_remove("source");
    PatchContext { file: held.file.to_string(), target, patch: document(&held.said, object) }
}

/// A patch for one object alone.
#[must_use]
pub fn entry_for(held: &Held, object: &Named) -> PatchContext {
    PatchContext { target: object.target(), ..entry(held, Some(object)) }
}

fn document(said: &InlinePatch, object: &Named) -> String {
    let value = if said.operations.is_empty() {
        let mut whole = Map::new();
        if said.delete {
            whole.insert("$patch".to_owned(), json!("delete"));
        }
        whole.insert("apiVersion".to_owned(), json!(object.api_version));
        whole.insert("kind".to_owned(), json!(object.kind));
        let mut metadata = json!({ "name": object.name });
        if let Some(Value::Object(more)) = said.merge.get("metadata")
            && let Value::Object(metadata) = &mut metadata
        {
            metadata.extend(more.clone());
        }
        whole.insert("metadata".to_owned(), metadata);
        let rest = said.merge.iter().filter(|(field, _)| *field != "metadata");
        whole.extend(rest.map(|(field, value)| (field.clone(), value.clone())));
        Value::Object(whole)
    } else {
        Value::Array(said.operations.iter().map(operation).collect())
    };
    block(&value, 0) + "\n"
}

/// An operation as kustomize takes it: a value that is null is said.
#[must_use]
pub fn operation(operation: &Operation) -> Value {
    let mut fields = Map::new();
    fields.insert("op".to_owned(), json!(operation.op.as_str()));
    if let Some(from) = &operation.from {
        fields.insert("from".to_owned(), json!(from.as_str()));
    }
    fields.insert("path".to_owned(), json!(operation.path.as_str()));
    if operation.op.has_value() {
        fields.insert("value".to_owned(), operation.value.clone());
    }
    Value::Object(fields)
}

/// A text as a regular expression for exactly that text.
#[must_use]
pub fn literally(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$'
        ) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
