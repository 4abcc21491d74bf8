//! Reading the object, and what is wrong with it.

use serde_json::{Map, Value as Json};

use super::inputs::{ProviderType, Strategy};
use super::objects::Dependency;
use super::template::{TemplateError, TemplateErrorKind};
use super::{ResourceSet, Step};

/// A ResourceSet of which no objects can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResourceSetError {
    /// A field of the wrong type.
    #[error("`{field}` must be {expected}")]
    Field {
        /// Its path.
        field: String,
        /// What it must be, with its article.
        expected: &'static str,
    },
    /// Steps beside resources.
    #[error(
        "`spec.steps` cannot stand beside `spec.resources` and `spec.resourcesTemplate`: make a step of them"
    )]
    StepsAndResources,
    /// A step that applies nothing.
    #[error("the step `{step}` has neither `resources` nor `resourcesTemplate`")]
    EmptyStep {
        /// The step.
        step: String,
    },
    /// A strategy that there is not.
    #[error("there is no input strategy `{name}`: write `Flatten` or `Permute`")]
    Strategy {
        /// Its name.
        name: String,
    },
    /// A provider that is selected by labels, or by nothing.
    #[error("`spec.inputsFrom[{index}]` selects providers by what a cluster has: name them")]
    ProviderSelected {
        /// Which entry.
        index: usize,
    },
    /// A provider that is not there.
    #[error("there is no ResourceSetInputProvider `{name}` in the namespace of the ResourceSet")]
    ProviderMissing {
        /// Its name.
        name: String,
    },
    /// A provider that asks a service outside.
    #[error("what the ResourceSetInputProvider `{name}` gives comes from {}; only `type: Static` is known beforehand", .provider_type.asks())]
    ProviderOutside {
        /// Its name.
        name: String,
        /// What it asks.
        provider_type: ProviderType,
    },
    /// A type of providers that there is not.
    #[error("the ResourceSetInputProvider `{name}` has no type that there is: `{found}`")]
    ProviderType {
        /// The name of the provider.
        name: String,
        /// The type.
        found: String,
    },
    /// A name of which no key can be made.
    #[error("the inputs of `{name}` cannot be permuted: its name has no letter and no digit")]
    ProviderName {
        /// The name.
        name: String,
    },
    /// More combinations of inputs than are allowed.
    #[error("the inputs of `{name}` make {count} combinations, and {most} are allowed")]
    TooManyPermutations {
        /// The provider with which there are too many.
        name: String,
        /// How many there are.
        count: u64,
        /// How many there may be.
        most: u64,
    },
    /// An input that is null.
    #[error("`{field}` is null, over which flux-operator crashes: leave it out, or write `\"\"`")]
    NullInput {
        /// Its path.
        field: String,
    },
    /// Inputs that are too large, or nested too deep.
    #[error("the inputs are too large: {kind}")]
    Inputs {
        /// What is wrong.
        kind: TemplateErrorKind,
    },
    /// A resource of `resources`.
    #[error("`resources[{index}]`: {reading}")]
    Resource {
        /// Which one.
        index: usize,
        /// What is wrong.
        reading: Reading,
    },
    /// `resourcesTemplate`.
    #[error("`resourcesTemplate`: {reading}")]
    Template {
        /// What is wrong.
        reading: Reading,
    },
    /// One object in two steps.
    #[error("{object} stands in the steps `{other}` and `{step}`: leave it to one of them")]
    StepsShare {
        /// The object.
        object: String,
        /// The later step.
        step: String,
        /// The earlier one.
        other: String,
    },
}

impl ResourceSetError {
    /// Whether nothing is wrong: what it needs, clusters or services outside alone know.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        matches!(
            self,
            Self::ProviderSelected { .. }
                | Self::ProviderMissing { .. }
                | Self::ProviderOutside { .. }
        )
    }
}

/// Why a template gives no objects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reading {
    /// The template fails.
    #[error(transparent)]
    Failed(#[from] TemplateError),
    /// What it gives is no YAML.
    #[error("what the template gives is no YAML: {sentence} (line {line} of {text:?})")]
    Yaml {
        /// What is wrong.
        sentence: String,
        /// The line, from 1, of the document.
        line: usize,
        /// The document.
        text: String,
    },
    /// Documents that are parted by a line with more in it.
    #[error("what the template gives has the line `---{after}`: only a comment may follow `---`")]
    Separator {
        /// What follows.
        after: String,
    },
    /// Nothing.
    #[error("the template gives no object")]
    Nothing,
    /// What is no object of Kubernetes.
    #[error("what the template gives is no object, which needs a `kind`: {text:?}")]
    NoObject {
        /// The document.
        text: String,
    },
}

/// Reads the object.
pub(super) fn read(object: &Json) -> Result<ResourceSet, ResourceSetError> {
    let Json::Object(object) = object else { return Err(wrong("the object", "a mapping")) };
    let metadata = map_of(object, "metadata", "metadata")?;
    let spec = map_of(object, "spec", "spec")?;
    let common = map_of(&spec, "commonMetadata", "spec.commonMetadata")?;
    let strategy = strategy(&map_of(&spec, "inputStrategy", "spec.inputStrategy")?)?;
    let mut inputs = Vec::new();
    for (index, set) in list(&spec, "inputs", "spec.inputs")?.iter().enumerate() {
        let field = format!("spec.inputs[{index}]");
        inputs.push(match set {
            Json::Object(set) => {
                refuse_null(set, &field)?;
                set.clone()
            }
            Json::Null => Map::new(),
            _ => return Err(wrong(field, "a mapping")),
        });
    }
    let mut inputs_from = Vec::new();
    for (index, reference) in list(&spec, "inputsFrom", "spec.inputsFrom")?.iter().enumerate() {
        let name = reference.get("name").and_then(Json::as_str).unwrap_or_default();
        if name.is_empty() {
            return Err(ResourceSetError::ProviderSelected { index });
        }
        inputs_from.push(name.to_owned());
    }
    let steps = list(&spec, "steps", "spec.steps")?;
    let whole = step(&spec, "spec", String::new())?;
    let has_steps = !steps.is_empty();
    let steps = if has_steps {
        if !whole.resources.is_empty() || !whole.template.is_empty() {
            return Err(ResourceSetError::StepsAndResources);
        }
        let mut read = Vec::new();
        for (index, each) in steps.iter().enumerate() {
            let field = format!("spec.steps[{index}]");
            let Json::Object(each) = each else { return Err(wrong(field, "a mapping")) };
            let name = text(each, "name", &format!("{field}.name"))?;
            let each = step(each, &field, name)?;
            if each.resources.is_empty() && each.template.is_empty() {
                return Err(ResourceSetError::EmptyStep { step: each.name });
            }
            read.push(each);
        }
        read
    } else {
        vec![whole]
    };
    let mut depends_on = Vec::new();
    for (index, each) in list(&spec, "dependsOn", "spec.dependsOn")?.iter().enumerate() {
        let field = format!("spec.dependsOn[{index}]");
        let Json::Object(each) = each else { return Err(wrong(field, "a mapping")) };
        let text = |key: &str| text(each, key, &format!("{field}.{key}"));
        depends_on.push(Dependency {
            api_version: text("apiVersion")?,
            kind: text("kind")?,
            name: text("name")?,
            namespace: text("namespace")?,
            ready: each.get("ready").and_then(Json::as_bool).unwrap_or_default(),
            ready_expr: text("readyExpr")?,
        });
    }
    Ok(ResourceSet {
        name: text(&metadata, "name", "metadata.name")?,
        namespace: text(&metadata, "namespace", "metadata.namespace")?,
        labels: texts(&common, "labels", "spec.commonMetadata.labels")?,
        annotations: texts(&common, "annotations", "spec.commonMetadata.annotations")?,
        strategy,
        inputs,
        inputs_from,
        steps,
        has_steps,
        depends_on,
    })
}

fn strategy(spec: &Map<String, Json>) -> Result<Strategy, ResourceSetError> {
    let name = text(spec, "name", "spec.inputStrategy.name")?;
    let with_empty = spec.get("includeEmptyProviders").and_then(Json::as_bool).unwrap_or_default();
    match name.as_str() {
        "" | "Flatten" => Ok(Strategy::Flatten),
        "Permute" => Ok(Strategy::Permute { with_empty }),
        _ => Err(ResourceSetError::Strategy { name }),
    }
}

fn step(spec: &Map<String, Json>, field: &str, name: String) -> Result<Step, ResourceSetError> {
    let resources = list(spec, "resources", &format!("{field}.resources"))?;
    if let Some(index) = resources.iter().position(|resource| !resource.is_object()) {
        return Err(wrong(format!("{field}.resources[{index}]"), "a mapping"));
    }
    let template = text(spec, "resourcesTemplate", &format!("{field}.resourcesTemplate"))?;
    Ok(Step { name, resources, template })
}

pub(super) fn wrong(field: impl Into<String>, expected: &'static str) -> ResourceSetError {
    ResourceSetError::Field { field: field.into(), expected }
}

/// Refuses inputs that are null.
pub(super) fn refuse_null(set: &Map<String, Json>, field: &str) -> Result<(), ResourceSetError> {
    match set.iter().find(|(_, value)| value.is_null()) {
        Some((key, _)) => Err(ResourceSetError::NullInput { field: format!("{field}.{key}") }),
        None => Ok(()),
    }
}

pub(super) fn map_of(
    object: &Map<String, Json>,
    key: &str,
    field: &str,
) -> Result<Map<String, Json>, ResourceSetError> {
    match object.get(key) {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(map)) => Ok(map.clone()),
        Some(_) => Err(wrong(field, "a mapping")),
    }
}

fn list(object: &Map<String, Json>, key: &str, field: &str) -> Result<Vec<Json>, ResourceSetError> {
    match object.get(key) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(items)) => Ok(items.clone()),
        Some(_) => Err(wrong(field, "a list")),
    }
}

pub(super) fn text(
    object: &Map<String, Json>,
    key: &str,
    field: &str,
) -> Result<String, ResourceSetError> {
    match object.get(key) {
        None | Some(Json::Null) => Ok(String::new()),
        Some(Json::String(text)) => Ok(text.clone()),
        Some(_) => Err(wrong(field, "a text")),
    }
}

fn texts(
    object: &Map<String, Json>,
    key: &str,
    field: &str,
) -> Result<Map<String, Json>, ResourceSetError> {
    let map = map_of(object, key, field)?;
    match map.iter().find(|(_, value)| !value.is_string()) {
        Some((key, _)) => Err(wrong(format!("{field}.{key}"), "a text: put it in quotes")),
        None => Ok(map),
    }
}
