//! Flux Kustomizations, read from the objects that a cluster would hold.
//!
//! In goes an object, out comes what decides what is applied and in which order. The fields are
//! [Flux's](https://fluxcd.io/flux/components/kustomize/kustomizations/), of API version v1; those that concern the controller alone
//! (intervals, timeouts, health checks) are passed over here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use kustomize::yaml::{DeError, Node, from_node};
use serde::Deserialize;
use serde_json::json;

/// A namespace and a name in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Name {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Name {
    /// A name in a namespace.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A source, by its kind and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct SourceName {
    /// `GitRepository`, `OCIRepository`, `Bucket` or `ExternalArtifact`.
    pub kind: String,
    /// Which one.
    #[serde(flatten)]
    pub name: Name,
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// A Flux Kustomization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kustomization {
    /// Its name.
    pub name: Name,
    /// What it says.
    pub spec: Spec,
    /// The variables of `postBuild.substitute` whose values come from a Secret, on whatever way.
    pub secret: BTreeSet<String>,
}

/// `spec` of a Flux Kustomization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are Flux's, linked above")]
pub struct Spec {
    pub source_ref: SourceRef,
    pub path: String,
    pub prune: bool,
    pub deletion_policy: Option<String>,
    pub suspend: bool,
    pub force: bool,
    pub wait: bool,
    pub target_namespace: Option<String>,
    pub service_account_name: Option<String>,
    pub common_metadata: Option<CommonMetadata>,
    pub name_prefix: Option<String>,
    pub name_suffix: Option<String>,
    pub patches: Vec<Patch>,
    pub images: Vec<Image>,
    pub components: Vec<String>,
    pub ignore_missing_components: bool,
    pub build_metadata: Vec<String>,
    pub post_build: Option<PostBuild>,
    pub depends_on: Vec<Dependency>,
    pub decryption: Option<Decryption>,
    pub ignore: Vec<IgnoreRule>,
    pub kube_config: Option<KubeConfig>,
    pub health_checks: Vec<ObjectReference>,
}

/// `spec.sourceRef`
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct SourceRef {
    pub kind: String,
    pub name: String,
    pub namespace: Option<String>,
}

/// `spec.commonMetadata`
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct CommonMetadata {
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
}

/// An entry of `spec.patches`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct Patch {
    pub patch: String,
    pub target: Option<Selector>,
}

/// What selects objects; each part but the selectors is a regular expression.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct Selector {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
    pub label_selector: String,
    pub annotation_selector: String,
}

/// Whether a pattern for kinds, where none is for all, selects Secrets.
#[must_use]
pub fn may_select_secrets(kind: &str) -> bool {
    let gvk = kustomize::kustomization::Gvk { kind: kind.to_owned(), ..Default::default() };
    let selector = kustomize::kustomization::Selector { gvk, ..Default::default() };
    let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "a" } });
    kustomize::PatchTarget::new(&selector)
        .is_ok_and(|target| target.selects(&Node::from_json(&secret)))
}

/// An entry of `spec.images`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct Image {
    pub name: String,
    pub new_name: String,
    pub new_tag: String,
    pub digest: String,
}

/// `spec.postBuild`
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct PostBuild {
    pub substitute: BTreeMap<String, String>,
    pub substitute_from: Vec<SubstituteFrom>,
    pub substitute_strategy: Option<String>,
}

impl PostBuild {
    /// Whether text is substituted also where there is no variable at all.
    pub(super) fn is_always(&self) -> bool {
        self.substitute_strategy.as_deref() == Some("Always")
    }
}

/// An entry of `spec.postBuild.substituteFrom`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct SubstituteFrom {
    pub kind: String,
    pub name: String,
    pub optional: bool,
}

/// An entry of `spec.dependsOn`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct Dependency {
    pub name: String,
    pub namespace: Option<String>,
    pub ready_expr: Option<String>,
}

/// `spec.decryption`
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct Decryption {
    pub provider: String,
}

/// An entry of `spec.ignore`: fields that are not corrected where they drift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct IgnoreRule {
    pub paths: Vec<String>,
    pub target: Option<Selector>,
}

/// `spec.kubeConfig`: the objects go to another cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct KubeConfig {
    pub secret_ref: Option<LocalReference>,
    pub config_map_ref: Option<LocalReference>,
}

/// The name of an object in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct LocalReference {
    pub name: String,
}

/// An entry of `spec.healthChecks`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "Flux's names")]
pub struct ObjectReference {
    pub api_version: Option<String>,
    pub kind: String,
    pub name: String,
    pub namespace: Option<String>,
}

/// Why an object is none that Flux takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidKustomization {
    /// What is wrong, with the field.
    pub reason: String,
}

/// The API group of Flux Kustomizations.
pub const GROUP: &str = "kustomize.toolkit.fluxcd.io";

impl Kustomization {
    /// Reads an object; nothing if it is no Flux Kustomization.
    ///
    /// # Errors
    /// What does not fit Flux's types.
    pub fn read(node: &Node) -> Option<Result<Self, InvalidKustomization>> {
        let text = |field: &str| node.get(field).and_then(Node::text).unwrap_or_default();
        let group = text("apiVersion").split_once('/').map(|(group, _)| group);
        if text("kind") != "Kustomization" || group != Some(GROUP) {
            return None;
        }
        let spec: Result<Spec, DeError> = match node.get("spec") {
            Some(spec) => from_node(spec),
            None => Ok(Spec::default()),
        };
        let wrong = |error: DeError| InvalidKustomization {
            reason: format!("`spec{}`: {}", error.path.replace('/', "."), error.message),
        };
        Some(spec.map_err(wrong).map(|spec| Self {
            name: name_of(node),
            spec,
            secret: BTreeSet::new(),
        }))
    }

    /// The first field that has to be said and is not.
    #[must_use]
    pub fn missing(&self) -> Option<&'static str> {
        let fields = [
            (self.name.namespace.is_empty(), "metadata.namespace"),
            (self.spec.source_ref.kind.is_empty(), "spec.sourceRef.kind"),
            (self.spec.source_ref.name.is_empty(), "spec.sourceRef.name"),
        ];
        fields.into_iter().find(|(missing, _)| *missing).map(|(_, field)| field)
    }

    /// The source that it takes its content from.
    #[must_use]
    pub fn source(&self) -> SourceName {
        let SourceRef { kind, name, namespace } = &self.spec.source_ref;
        let namespace = namespace.as_ref().unwrap_or(&self.name.namespace);
        SourceName { kind: kind.clone(), name: Name::new(namespace, name) }
    }

    /// Those that it waits for.
    pub fn dependencies(&self) -> impl Iterator<Item = Name> {
        self.spec.depends_on.iter().map(|dependency| {
            let namespace = dependency.namespace.as_ref().unwrap_or(&self.name.namespace);
            Name::new(namespace, &dependency.name)
        })
    }

    /// Whether what it no longer contains is deleted from the cluster.
    #[must_use]
    pub fn prunes(&self) -> bool {
        self.spec.prune
    }

    /// Whether what it applied stays when it goes itself.
    #[must_use]
    pub fn orphans(&self) -> bool {
        match self.spec.deletion_policy.as_deref() {
            Some("Orphan") => true,
            Some("Delete" | "WaitForTermination") => false,
            _ => !self.spec.prune,
        }
    }
}

/// `metadata.namespace` and `metadata.name` of an object.
pub(super) fn name_of(node: &Node) -> Name {
    let metadata = node.get("metadata");
    let text = |field: &str| metadata.and_then(|data| data.get(field)?.text()).unwrap_or_default();
    Name::new(text("namespace"), text("name"))
}
