//! `platform/clusters/<name>.yaml`: one Kubernetes cluster.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patch::Patches;
use super::platform::Defaults;
use super::text::{
    ClusterName, EnvironmentName, KubernetesVersion, LabelKey, LabelValue, ObjectName, VariableName,
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
    /// The cluster's own secrets, encrypted in the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Secrets>,
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

/// Secrets that lie in the repository, encrypted by [SOPS](https://getsops.io) for keys that are named here: public ones, or
/// names of a cloud's keys. A private key never belongs into a description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Secrets {
    /// Public keys of age, such as `age1…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub age: Vec<String>,
    /// Fingerprints of PGP keys: 40 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pgp: Vec<String>,
    /// ARNs of keys in AWS KMS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aws_kms: Vec<String>,
    /// Resource ids of keys in Google Cloud KMS: `projects/…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gcp_kms: Vec<String>,
    /// Addresses of keys in Azure Key Vault: `https://…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub azure_key_vault: Vec<String>,
    /// The Secret in `flux-system` with the private key of age or PGP, which somebody puts there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<ObjectName>,
    /// The service account in `flux-system` whose identity at the cloud may use the keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<ObjectName>,
    /// Annotations of that account that name the cloud's identity.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub annotations: IndexMap<LabelKey, String>,
}

impl Secrets {
    /// The keys that secrets are encrypted for, by the names of the fields.
    #[must_use]
    pub fn recipients(&self) -> [(&'static str, &[String]); 5] {
        [
            ("age", &self.age),
            ("pgp", &self.pgp),
            ("awsKms", &self.aws_kms),
            ("gcpKms", &self.gcp_kms),
            ("azureKeyVault", &self.azure_key_vault),
        ]
    }
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
