//! `platform/clusters/<name>.yaml`: one Kubernetes cluster.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patch::Patches;
use super::platform::Defaults;
use super::text::{
    ClusterName, EnvironmentName, KubernetesVersion, LabelKey, LabelValue, VariableName,
};
use super::{Moved, Override};

/// One Kubernetes cluster. Its name is the file's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Cluster {
    /// The environment that it belongs to.
    pub environment: EnvironmentName,
    /// Labels that placements select by.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub labels: IndexMap<LabelKey, LabelValue>,
    /// When a promotion reaches it: `tenantry promote` takes the clusters of an environment wave by wave, the lowest
    /// number first.
    #[serde(default, skip_serializing_if = "is_first")]
    pub wave: u32,
    /// Values that components which ask for substitution can use; nobody else sees them.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variables: IndexMap<VariableName, String>,
    /// The version of its API server, as major and minor. Default: the environment's, or the platform's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<KubernetesVersion>,
    /// What differs in how Flux is installed here.
    #[serde(default, skip_serializing_if = "Override::is_empty")]
    pub flux: Override,
    /// What differs in the artifacts that this cluster pulls.
    #[serde(default, skip_serializing_if = "Override::is_empty")]
    pub artifacts: Override,
    /// Changes to objects on this cluster, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub patches: Patches,
    /// What the cluster knows itself by: its folder. Default: the name before (`moved`), or the file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ClusterName>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// What entities have on this cluster unless somebody says otherwise.
    #[serde(default, skip_serializing_if = "Defaults::is_empty")]
    pub defaults: Defaults,
}

impl Cluster {
    /// What clusters know it by, where its file has this name.
    #[must_use]
    pub fn known_as<'a>(&'a self, name: &'a str) -> &'a str {
        let before = self.moved.as_ref().map(|moved| moved.from.as_str());
        self.name.as_ref().map(ClusterName::as_str).or(before).unwrap_or(name)
    }
}

fn is_first(wave: &u32) -> bool {
    *wave == 0
}
