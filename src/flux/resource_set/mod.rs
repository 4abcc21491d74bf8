//! What flux-operator makes of a `ResourceSet`: the objects that it applies, without a cluster.
//!
//! In go the object, as JSON, and the [`InputProvider`]s that it names; out come objects, in the order in which flux-operator builds
//! them, with the labels and annotations that it sets, or a [`ResourceSetError`]. `template` is Go's `text/template`, `inputs`
//! combines what providers give, `objects` reads objects from YAML. Nothing here knows files: who calls finds the providers.
//!
//! Specified by <https://fluxoperator.dev/docs/crd/resourceset/>.
//!
//! # What takes a cluster
//!
//! - Providers other than static ones ask services outside: see [`ProviderType`].
//! - The annotations `copyFrom`, `convertKubeConfigFrom` and `checksumFrom` stay as they are: what they bring in is in a cluster.
//! - `dependsOn` delays, and changes nothing: see [`ResourceSet::depends_on`].
//! - The identifier of a static provider is made of its name, as `flux-operator build` does, and in a cluster of its UID.

mod error;
mod inputs;
mod objects;
mod template;

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

pub use self::error::{Reading, ResourceSetError};
pub use self::inputs::{InputProvider, ProviderType};
pub use self::objects::Dependency;
use self::objects::Key;
use self::template::{Heap, Map as Inputs, Template};
pub use self::template::{TemplateError, TemplateErrorKind};

/// The group of flux-operator's own kinds.
pub(super) const GROUP: &str = "fluxcd.controlplane.io";

/// How many steps all templates of one ResourceSet may take: bytes written and values made.
const STEPS: u64 = 20_000_000;

/// A `ResourceSet`.
#[derive(Clone, Debug)]
pub struct ResourceSet {
    name: String,
    namespace: String,
    labels: Map<String, Json>,
    annotations: Map<String, Json>,
    strategy: inputs::Strategy,
    inputs: Vec<Map<String, Json>>,
    inputs_from: Vec<String>,
    steps: Vec<Step>,
    has_steps: bool,
    depends_on: Vec<Dependency>,
}

/// Resources that are applied together.
#[derive(Clone, Debug)]
struct Step {
    name: String,
    resources: Vec<Json>,
    template: String,
}

impl ResourceSet {
    /// Reads the object.
    ///
    /// # Errors
    ///
    /// Fields of the wrong type, and what the schema of the kind forbids.
    pub fn read(object: &Json) -> Result<ResourceSet, ResourceSetError> {
        error::read(object)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the providers that it takes inputs from, in its namespace.
    #[must_use]
    pub fn inputs_from(&self) -> &[String] {
        &self.inputs_from
    }

    /// What must be in the cluster before anything is applied.
    #[must_use]
    pub fn depends_on(&self) -> &[Dependency] {
        &self.depends_on
    }

    /// The objects as flux-operator applies them, step by step, each once. Of those that are the same object the first one counts.
    ///
    /// `providers` may hold more than are named.
    ///
    /// # Errors
    ///
    /// Providers that are missing or that ask services outside, templates that fail, and text that is no object.
    pub fn build(&self, providers: &[InputProvider]) -> Result<Vec<Json>, ResourceSetError> {
        let sets = self.combined(providers)?;
        if sets.is_empty() && !self.inputs_from.is_empty() {
            // Then flux-operator takes away all that it applied.
            return Ok(Vec::new());
        }
        let mut build = Build { heap: Heap::new(STEPS), sets: Vec::new() };
        build.sets = inputs::load(&sets, &mut build.heap)?;
        let mut all = Vec::new();
        let mut known: HashMap<Key, &str> = HashMap::new();
        for step in &self.steps {
            for object in build.step(step)? {
                let key = Key::of(&object);
                match known.get(&key) {
                    Some(other) if self.has_steps && *other != step.name => {
                        return Err(ResourceSetError::StepsShare {
                            object: key.to_string(),
                            step: step.name.clone(),
                            other: (*other).to_owned(),
                        });
                    }
                    _ => {
                        known.insert(key, &step.name);
                    }
                }
                all.push(object);
            }
        }
        for object in &mut all {
            self.mark(object);
        }
        Ok(all)
    }

    fn combined(&self, providers: &[InputProvider]) -> Result<inputs::Sets, ResourceSetError> {
        let mut named: Vec<&InputProvider> = Vec::new();
        for name in &self.inputs_from {
            let is_it = |provider: &&InputProvider| provider.is(name, &self.namespace);
            let Some(provider) = providers.iter().find(is_it) else {
                return Err(ResourceSetError::ProviderMissing { name: name.clone() });
            };
            if provider.provider_type != ProviderType::Static {
                return Err(ResourceSetError::ProviderOutside {
                    name: name.clone(),
                    provider_type: provider.provider_type,
                });
            }
            named.push(provider);
        }
        named.sort_by_key(|provider| &provider.name);
        named.dedup_by_key(|provider| &provider.name);
        let mut sources = vec![inputs::Source {
            kind: "ResourceSet",
            name: &self.name,
            namespace: &self.namespace,
            sets: self.inputs.clone(),
        }];
        sources.extend(named.into_iter().map(|provider| provider.source(&self.namespace)));
        inputs::combine(self.strategy, sources)
    }

    /// Sets the labels of the owner, and what is common to all.
    fn mark(&self, object: &mut Json) {
        let mut owner = Map::new();
        owner.insert(format!("resourceset.{GROUP}/name"), Json::from(self.name.as_str()));
        owner.insert(format!("resourceset.{GROUP}/namespace"), Json::from(self.namespace.as_str()));
        objects::add_metadata(object, "labels", &owner);
        objects::add_metadata(object, "labels", &self.labels);
        objects::add_metadata(object, "annotations", &self.annotations);
    }
}

/// What is shared while resources are built: templates may change their inputs with `set`.
struct Build {
    heap: Heap,
    sets: Vec<Inputs>,
}

impl Build {
    fn step(&mut self, step: &Step) -> Result<Vec<Json>, ResourceSetError> {
        let mut objects: Vec<Json> = Vec::new();
        let mut keys = std::collections::HashSet::new();
        for (index, resource) in step.resources.iter().enumerate() {
            let yaml = template::yaml(resource);
            let failed = |reading| ResourceSetError::Resource { index, reading };
            if self.sets.is_empty() {
                let object = self.resource(&yaml, Inputs::NIL).map_err(failed)?;
                keys.insert(Key::of(&object));
                objects.push(object);
                continue;
            }
            for set in self.sets.clone() {
                let object = self.resource(&yaml, set).map_err(failed)?;
                if !objects::is_disabled(&object) && keys.insert(Key::of(&object)) {
                    objects.push(object);
                }
            }
        }
        if !step.template.is_empty() {
            let sets = if self.sets.is_empty() { vec![Inputs::NIL] } else { self.sets.clone() };
            for set in sets {
                let built =
                    self.render(&step.template, set).and_then(|text| objects::read_all(&text));
                let built = built.map_err(|reading| ResourceSetError::Template { reading })?;
                for object in built {
                    if !objects::is_disabled(&object) && keys.insert(Key::of(&object)) {
                        objects.push(object);
                    }
                }
            }
        }
        Ok(objects)
    }

    fn resource(&mut self, yaml: &str, set: Inputs) -> Result<Json, Reading> {
        let text = self.render(yaml, set)?;
        objects::read_first(&text)
    }

    fn render(&mut self, text: &str, set: Inputs) -> Result<String, Reading> {
        Ok(Template::parse(text)?.execute(set, &mut self.heap)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(spec: &Json) -> Result<ResourceSet, ResourceSetError> {
        ResourceSet::read(&json!({"metadata": {"name": "apps", "namespace": "ns"}, "spec": spec}))
    }

    fn said(spec: &Json) -> String {
        match set(spec).and_then(|set| set.build(&[])) {
            Ok(objects) => Json::from(objects).to_string(),
            Err(error) => error.to_string(),
        }
    }

    fn of_template(text: &str) -> String {
        said(&json!({"inputs": [{"tenant": "a", "list": [1, 2]}], "resourcesTemplate": text}))
    }

    #[test]
    fn a_resource_is_built_for_each_input_and_says_whose_it_is() {
        let resource = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "<< inputs.tenant >>"}});
        let spec = json!({"inputs": [{"tenant": "a"}, {"tenant": "b"}, {"tenant": "a"}], "resources": [resource]});
        let built = set(&spec).and_then(|set| set.build(&[])).unwrap_or_default();
        let names: Vec<_> = built.iter().map(|object| &object["metadata"]["name"]).collect();
        assert_eq!(names, ["a", "b"]);
        let labels = json!({
            "resourceset.fluxcd.controlplane.io/name": "apps",
            "resourceset.fluxcd.controlplane.io/namespace": "ns",
        });
        assert_eq!(built[0]["metadata"]["labels"], labels);
    }

    #[test]
    fn errors_say_where_and_what_to_write_instead() {
        for (text, message) in [
            (
                "a\n<< inputs.tenat >>",
                "line 2 of the template: there is no entry `tenat`; did you mean `tenant`?",
            ),
            (
                "<< uper inputs.tenant >>",
                "line 1 of the template: there is no function `uper`; did you mean `upper`?",
            ),
            (
                "<< now >>",
                "line 1 of the template: flux-operator has no function `now`: what it gives is not the same every time; write the value into the inputs",
            ),
            (
                "<< indent \"2\" inputs.tenant >>",
                "line 1 of the template: `indent` takes int here, not string: `int` makes one of a number",
            ),
            (
                "\n\n<< if true >>",
                "line 3 of the template: the end of the template cannot stand in an action that waits for `end`",
            ),
        ] {
            assert_eq!(of_template(text), format!("`resourcesTemplate`: {message}"), "{text}");
        }
        assert_eq!(
            said(&json!({"inputs": [{"a": null}]})),
            "`spec.inputs[0].a` is null, over which flux-operator crashes: leave it out, or write `\"\"`"
        );
    }

    #[test]
    fn work_and_nesting_are_bounded() {
        let much = "the template makes more work, or more text, than is allowed";
        let deep = "templates, parentheses or values are nested too deep";
        let parens = format!("<< {}1{} >>", "(".repeat(9999), ")".repeat(9999));
        let ifs = "<< if true >>".repeat(9999);
        for (text, message) in [
            ("<< range until 99999999 >>x<< end >>", much),
            ("<< repeat 99999999 (repeat 99999999 \"x\") >>", much),
            ("<< range 999999999999 >><< end >>", much),
            ("<< $l := list >><< range 99999999 >><< $l = append $l 1 >><< end >>", much),
            ("<< replace \"x\" (repeat 9999 \"y\") (repeat 9999 \"x\") >>", much),
            ("<< define \"t\" >><< template \"t\" >><< end >><< template \"t\" >>", deep),
            ("<< $l := list >><< range 9999 >><< $l = list $l >><< end >>", deep),
            ("<< $d := dict >><< $_ := set $d \"d\" $d >><< $d >>", deep),
            (parens.as_str(), deep),
            (ifs.as_str(), deep),
        ] {
            assert!(of_template(text).ends_with(message), "{:.60}", of_template(text));
        }
    }

    #[test]
    fn a_provider_that_asks_a_service_is_named() {
        let object = json!({"metadata": {"name": "prs"}, "spec": {"type": "GitHubPullRequest"}});
        let provider = InputProvider::read(&object).map(|provider| vec![provider]);
        let spec = json!({"inputsFrom": [{"name": "prs"}], "resources": []});
        let built = set(&spec).and_then(|set| set.build(&provider.unwrap_or_default()));
        assert_eq!(
            built,
            Err(ResourceSetError::ProviderOutside {
                name: "prs".to_owned(),
                provider_type: ProviderType::Git,
            })
        );
    }
}
