//! `platform/components/<name>.yaml`: a system package of the infrastructure.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patch::Patches;
use super::source::{Auth, Verify};
use super::tenant::PodSecurity;
use super::text::{
    ClusterName, ComponentName, Duration, EnvironmentName, ExactVersion, GitRef, GitUrl, HelmUrl,
    ItemName, Kind, LabelKey, LabelValue, NamespaceName, ObjectApiVersion, ObjectName, OciDigest,
    OciTag, OciUrl, SourcePath,
};
use super::{DeletionPolicy, Moved, Override};
use crate::path::RepoPath;

/// A component. Its name is the file's. Exactly one of `helm`, `manifests`, `git` and `oci` is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Component {
    /// A Helm chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helm: Option<Helm>,
    /// Manifests in this repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifests: Option<Manifests>,
    /// Manifests in a Git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitManifests>,
    /// Manifests in an OCI artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oci: Option<OciManifests>,
    /// The version, wherever it comes from: stronger than `helm.version`, `git.tag` and `oci.tag`, and what
    /// environments and clusters differ in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<ExactVersion>,
    /// The namespace that it is installed into. Default: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<NamespaceName>,
    /// The pod security level of that namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_security: Option<PodSecurity>,
    /// The layer that it belongs to. Whatever is in none comes after all of it, without saying so in `dependsOn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// The components that must be ready first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<ComponentName>,
    /// Helm values. Null is Helm's here: it takes a chart's default away.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub values: serde_json::Map<String, serde_json::Value>,
    /// Files with Helm values, from weak to strong; `values` are stronger than all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values_files: Vec<RepoPath>,
    /// What happens to the chart's CRDs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crds: Option<CrdPolicy>,
    /// Manifests of this repository that configure it, such as a ClusterIssuer: applied when it is ready, before those
    /// that depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configs: Option<Manifests>,
    /// Which of its own artifacts clusters pull, in layouts that ship each component as one. Default: the tag that
    /// `artifacts` of the platform says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<ArtifactRef>,
    /// Whether it is there at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What must be healthy, besides everything that is applied, before those that depend on it go on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_checks: Vec<HealthCheck>,
    /// Whether the cluster's variables are substituted in it.
    #[serde(default)]
    pub substitute: bool,
    /// How often it is reconciled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// How long an installation may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Whether it is left as it is.
    #[serde(default)]
    pub suspend: bool,
    /// Labels of its Flux objects.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub labels: IndexMap<LabelKey, LabelValue>,
    /// Annotations of its Flux objects.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub annotations: IndexMap<LabelKey, String>,
    /// Changes to its objects, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub patches: Patches,
    /// What clusters know it by: names of Flux Kustomizations, labels. Default: the name before (`moved`), or the file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ComponentName>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// What becomes of its objects when it goes from a cluster.
    #[serde(default, skip_serializing_if = "DeletionPolicy::is_default")]
    pub deletion_policy: DeletionPolicy,
    /// What differs in an environment.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub environments: IndexMap<EnvironmentName, Override>,
    /// What differs on a cluster.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub clusters: IndexMap<ClusterName, Override>,
}

impl Component {
    /// What clusters know it by, where its file has this name.
    #[must_use]
    pub fn known_as<'a>(&'a self, name: &'a str) -> &'a str {
        let before = self.moved.as_ref().map(|moved| moved.from.as_str());
        self.name.as_ref().map(ComponentName::as_str).or(before).unwrap_or(name)
    }
}

fn yes() -> bool {
    true
}

/// A Helm chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Helm {
    /// The repository: `https://…` with an index, or `oci://…`, the folder that holds the chart.
    pub repository: HelmUrl,
    /// The chart's name.
    pub chart: ItemName,
    /// The chart's exact version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<ExactVersion>,
    /// The release's name. Default: the component's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_name: Option<ComponentName>,
    /// How clusters authenticate at the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// What clusters verify before they install; only over OCI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
}

/// A state of an OCI artifact. At most one is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ArtifactRef {
    /// A tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<OciTag>,
    /// A digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<OciDigest>,
}

/// Manifests in this repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Manifests {
    /// The folder: a kustomization, or plain files.
    pub path: RepoPath,
}

/// Manifests in a Git repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GitManifests {
    /// Its address.
    pub url: GitUrl,
    /// A tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<GitRef>,
    /// A branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<GitRef>,
    /// The folder that is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<SourcePath>,
    /// How clusters authenticate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// What clusters verify before they apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
}

/// Manifests in an OCI artifact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OciManifests {
    /// Its address, without a tag.
    pub url: OciUrl,
    /// A tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<OciTag>,
    /// A digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<OciDigest>,
    /// The folder that is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<SourcePath>,
    /// How clusters authenticate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// What clusters verify before they apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
}

/// What happens to a chart's CRDs at installation and upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CrdPolicy {
    /// New ones are created.
    Create,
    /// New ones are created, existing ones replaced.
    CreateReplace,
    /// None are touched.
    Skip,
}

/// A layer of components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// What brings the definitions of others' objects along.
    Crds,
}

/// An object that must be healthy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HealthCheck {
    /// Its API version, such as `apps/v1`.
    pub api_version: ObjectApiVersion,
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: ObjectName,
    /// Its namespace. Default: the component's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<NamespaceName>,
}
