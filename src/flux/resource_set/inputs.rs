//! The sets of inputs for which resources are built: those of the ResourceSet and of its providers, one after the other or each with
//! each.

use std::collections::BTreeMap;

use serde_json::{Map as JsonMap, Value as Json};

use super::error::{map_of, refuse_null, text, wrong};
use super::template::{Heap, Map, TemplateErrorKind, Value, adler32};
use super::{GROUP, ResourceSetError};

/// How many combinations there may be.
const MOST: u64 = 10_000;

/// How the sets of several providers are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// One after the other.
    Flatten,
    /// Each with each, under the names of their providers.
    Permute {
        /// Whether a provider without inputs leaves no combination at all.
        with_empty: bool,
    },
}

/// A `ResourceSetInputProvider`.
#[derive(Clone, Debug)]
pub struct InputProvider {
    /// Its name.
    pub name: String,
    /// Its namespace; none for that of the ResourceSet.
    pub namespace: Option<String>,
    /// Where its inputs come from.
    pub provider_type: ProviderType,
    /// `spec.defaultValues`: the inputs of a static provider.
    pub default_values: JsonMap<String, Json>,
}

/// Where the inputs of a provider come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderType {
    /// From the object itself.
    Static,
    /// From branches, tags, requests or environments of a Git service.
    Git,
    /// From the tags of a registry.
    Registry,
    /// From an HTTP service.
    ExternalService,
    /// From objects of the cluster.
    ExternalArtifact,
}

impl ProviderType {
    /// What is asked for the inputs, with its article.
    pub(super) fn asks(self) -> &'static str {
        match self {
            ProviderType::Static => "the object itself",
            ProviderType::Git => "a Git service",
            ProviderType::Registry => "a registry",
            ProviderType::ExternalService => "a service outside",
            ProviderType::ExternalArtifact => "the cluster",
        }
    }

    fn of(text: &str) -> Option<ProviderType> {
        let git = ["GitHub", "GitLab", "Gitea", "AzureDevOps", "AWSCodeCommit"];
        Some(match text {
            "Static" => ProviderType::Static,
            "ExternalService" => ProviderType::ExternalService,
            "ExternalArtifact" => ProviderType::ExternalArtifact,
            _ if text.ends_with("ArtifactTag") => ProviderType::Registry,
            _ if git.iter().any(|service| text.starts_with(service)) => ProviderType::Git,
            _ => return None,
        })
    }
}

impl InputProvider {
    /// Reads the object.
    ///
    /// # Errors
    ///
    /// Fields of the wrong type, and types that there are not.
    pub fn read(object: &Json) -> Result<InputProvider, ResourceSetError> {
        let Json::Object(object) = object else { return Err(wrong("the object", "a mapping")) };
        let metadata = map_of(object, "metadata", "metadata")?;
        let spec = map_of(object, "spec", "spec")?;
        let name = text(&metadata, "name", "metadata.name")?;
        let namespace = text(&metadata, "namespace", "metadata.namespace")?;
        let found = text(&spec, "type", "spec.type")?;
        let Some(provider_type) = ProviderType::of(&found) else {
            return Err(ResourceSetError::ProviderType { name, found });
        };
        let default_values = map_of(&spec, "defaultValues", "spec.defaultValues")?;
        refuse_null(&default_values, "spec.defaultValues")?;
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        Ok(InputProvider { name, namespace, provider_type, default_values })
    }

    pub(super) fn is(&self, name: &str, namespace: &str) -> bool {
        self.name == name && self.namespace.as_deref().is_none_or(|own| own == namespace)
    }

    /// What it gives: one set.
    pub(super) fn source<'a>(&'a self, namespace: &'a str) -> Source<'a> {
        let mut set = self.default_values.clone();
        set.insert("id".to_owned(), Json::from(adler32(&self.name).to_string()));
        Source { kind: "ResourceSetInputProvider", name: &self.name, namespace, sets: vec![set] }
    }
}

/// What gives sets of inputs.
pub(super) struct Source<'a> {
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) sets: Vec<JsonMap<String, Json>>,
}

/// Sets of inputs, and of which of them each combination is made.
#[derive(Debug)]
pub(super) enum Sets {
    Flat(Vec<JsonMap<String, Json>>),
    Permuted { sets: Vec<JsonMap<String, Json>>, combinations: Vec<Combination> },
}

/// Of which sets one is made.
#[derive(Clone, Debug, Default)]
pub(super) struct Combination {
    /// The keys of the sets, and their places among all.
    parts: Vec<(String, usize)>,
    /// What its identifier is made of.
    identifier: String,
}

impl Sets {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Sets::Flat(sets) => sets.is_empty(),
            Sets::Permuted { combinations, .. } => combinations.is_empty(),
        }
    }
}

/// Combines what sources give. Each set tells its source as `provider`.
pub(super) fn combine(
    strategy: Strategy,
    mut sources: Vec<Source<'_>>,
) -> Result<Sets, ResourceSetError> {
    for source in &mut sources {
        let provider = serde_json::json!({
            "apiVersion": format!("{GROUP}/v1"),
            "kind": source.kind,
            "name": source.name,
            "namespace": source.namespace,
        });
        for set in &mut source.sets {
            set.insert("provider".to_owned(), provider.clone());
        }
    }
    match strategy {
        Strategy::Flatten => {
            Ok(Sets::Flat(sources.into_iter().flat_map(|source| source.sets).collect()))
        }
        Strategy::Permute { with_empty } => permute(sources, with_empty),
    }
}

fn permute(sources: Vec<Source<'_>>, with_empty: bool) -> Result<Sets, ResourceSetError> {
    let mut sets = Vec::new();
    let mut combinations: Option<Vec<Combination>> = None;
    let mut count: u64 = 1;
    for source in sources {
        if source.sets.is_empty() && !with_empty {
            continue;
        }
        count = count.saturating_mul(source.sets.len() as u64);
        let name = source.name.to_owned();
        if count > MOST {
            return Err(ResourceSetError::TooManyPermutations { name, count, most: MOST });
        }
        let key = key(&name);
        if key.is_empty() {
            return Err(ResourceSetError::ProviderName { name });
        }
        let first = sets.len();
        let number = source.sets.len();
        sets.extend(source.sets);
        let before = combinations.take().unwrap_or_else(|| vec![Combination::default()]);
        let mut after = Vec::with_capacity(before.len() * number);
        for Combination { parts, identifier } in &before {
            for at in 0..number {
                let mut parts = parts.clone();
                parts.push((key.clone(), first + at));
                let between = if identifier.is_empty() { "" } else { "/" };
                let identifier = format!("{identifier}{between}{key}={at}");
                after.push(Combination { parts, identifier });
            }
        }
        combinations = Some(after);
    }
    Ok(Sets::Permuted { sets, combinations: combinations.unwrap_or_default() })
}

/// A name as the key of a map that templates can ask for.
fn key(name: &str) -> String {
    let mut words: Vec<String> = vec![String::new()];
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            if let Some(word) = words.last_mut() {
                word.push(c);
            }
        } else if c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c) || c.is_whitespace() {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words.join("_")
}

/// Puts sets on a heap, each once: what a template changes in one, later ones see.
pub(super) fn load(sets: &Sets, heap: &mut Heap) -> Result<Vec<Map>, ResourceSetError> {
    let failed = |kind: TemplateErrorKind| ResourceSetError::Inputs { kind };
    let mut load = |set: &JsonMap<String, Json>| {
        let value = heap.read(&Json::Object(set.clone())).map_err(failed)?;
        Ok(if let Value::Map(map) = value { map } else { Map::NIL })
    };
    match sets {
        Sets::Flat(sets) => sets.iter().map(load).collect(),
        Sets::Permuted { sets, combinations } => {
            let loaded = sets.iter().map(&mut load).collect::<Result<Vec<Map>, _>>()?;
            let mut maps = Vec::with_capacity(combinations.len());
            for Combination { parts, identifier } in combinations {
                let mut entries = BTreeMap::new();
                for (key, at) in parts {
                    entries.insert(key.as_str().into(), Value::Map(loaded[*at]));
                }
                let identifier = adler32(identifier).to_string();
                entries.insert("id".into(), heap.text(identifier).map_err(failed)?);
                maps.push(heap.map(entries).map_err(failed)?);
            }
            Ok(maps)
        }
    }
}
