//! `platform/clusters/<name>.yaml`: one Kubernetes cluster.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Override;
use super::platform::Defaults;
use super::text::{EnvironmentName, KubernetesVersion, LabelKey, LabelValue, VariableName};

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
    /// The version of its API server, as major and minor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<KubernetesVersion>,
    /// What differs in how Flux is installed here.
    #[serde(default, skip_serializing_if = "Override::is_empty")]
    pub flux: Override,
    /// What entities have on this cluster unless somebody says otherwise.
    #[serde(default, skip_serializing_if = "Defaults::is_empty")]
    pub defaults: Defaults,
}

fn is_first(wave: &u32) -> bool {
    *wave == 0
}
