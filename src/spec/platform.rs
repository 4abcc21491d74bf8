//! `platform.yaml`: what holds for the whole platform.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Override;
use super::patch::Patches;
use super::source::{Auth, OidcIdentity, Verify};
use super::tenant::Notifications;
use super::text::{
    Confirmation, Duration, EnvironmentName, ExactVersion, GitRef, GitUrl, ItemName,
    KubernetesVersion, LabelKey, LabelValue, NamespaceName, ObjectName, OciTag, OciUrl, Owner,
    PlatformName, Quantity, ResourceName, RoleName, SourcePattern, some,
};
use crate::path::RepoPath;

/// The version of the description's own format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ApiVersion {
    /// The first one.
    #[serde(rename = "tenantry.dev/v1")]
    V1,
}

/// A platform: what holds for the whole repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Settings {
    /// The version of this format.
    pub api_version: ApiVersion,
    /// The platform's name.
    pub name: PlatformName,
    /// Where the platform's own repository lives, as clusters reach it.
    pub repository: Repository,
    /// The stages of promotion, in their order.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "some")]
    pub environments: Vec<Environment>,
    /// How Flux is installed. Can be set for an environment or a cluster, too.
    pub flux: Flux,
    /// Where the platform's OCI artifacts lie, for layouts whose clusters pull them in the place of Git. Can be set for an
    /// environment or a cluster, too, but for `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<Artifacts>,
    /// The version of the clusters' API servers, as major and minor; generated objects have to fit its schemas. Default: the newest
    /// that tenantry knows. Can be set for an environment or a cluster, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<KubernetesVersion>,
    /// What the platform's admission policies demand.
    #[serde(default)]
    pub policies: Policies,
    /// What no tenant may exceed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// How tenants are reconciled.
    #[serde(default)]
    pub tenants: Tenants,
    /// What is told of the platform itself, and by what it is told to look: of what Flux does in `flux-system` on every cluster.
    #[serde(default, skip_serializing_if = "Notifications::is_empty")]
    pub notifications: Notifications,
    /// What every entity has unless somebody says otherwise.
    #[serde(default, skip_serializing_if = "Defaults::is_empty")]
    pub defaults: Defaults,
    /// The layout's own settings.
    #[serde(default, skip_serializing_if = "LayoutSettings::is_empty")]
    pub layout: LayoutSettings,
    /// Which pipeline is written.
    #[serde(default)]
    pub ci: Ci,
    /// Who owns what no tenant owns: the first line of CODEOWNERS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Owner>,
    /// What may go from clusters or move there, word by word as `generate` asks for it. A word confirms the change that it
    /// was asked for and no other; once that is done, it is taken out again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirm: Vec<Confirmation>,
    /// Which generated files may not be edited by hand. Default: those that the layout guards, since they carry rights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edits: Option<Edits>,
}

/// The platform's own repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Repository {
    /// Its address, as clusters reach it.
    pub url: GitUrl,
    /// The branch that clusters follow.
    #[serde(default = "main_branch")]
    pub branch: GitRef,
    /// The folder of the platform in a larger repository. Default: the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<FolderPath>,
    /// The Secret in `flux-system` with which clusters read the repository. Default: `flux-system`, as `flux bootstrap`
    /// makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<ObjectName>,
}

fn main_branch() -> GitRef {
    GitRef::new("main").unwrap_or_else(|_| unreachable!("`main` is a branch"))
}

/// The OCI artifacts that the platform is shipped as: one for what clusters begin with, and one for each component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Artifacts {
    /// The folder of a registry that they lie in, such as `oci://ghcr.io/acme/fleet`; the layout says their names below it.
    pub url: OciUrl,
    /// Which tag clusters follow. Default: `latest`, and in the last of several environments `latest-stable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<OciTag>,
    /// How clusters authenticate at the registry: `secretRef` or `workloadIdentity`. Default: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// The signature without which clusters apply nothing. Default: none is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
    /// Plain HTTP, for a registry inside of the cluster.
    #[serde(default)]
    pub insecure: bool,
}

/// A folder of the repository; `.` is its root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FolderPath(Option<RepoPath>);

impl FolderPath {
    /// The folder below the root, if it is not the root itself.
    #[must_use]
    pub fn below_root(&self) -> Option<&RepoPath> {
        self.0.as_ref()
    }
}

impl<'de> Deserialize<'de> for FolderPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if matches!(text.as_str(), "." | "./") {
            return Ok(Self(None));
        }
        RepoPath::new(&text).map(|path| Self(Some(path))).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for FolderPath {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FolderPath".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let below = generator.subschema_for::<RepoPath>();
        schemars::json_schema!({
            "description": "A folder of the repository; `.` is its root.",
            "anyOf": [{ "enum": [".", "./"] }, below]
        })
    }
}

/// A stage of promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// The version of its clusters' API servers, unless a cluster says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<KubernetesVersion>,
    /// What differs in how Flux is installed on this environment's clusters.
    #[serde(default, skip_serializing_if = "Override::is_empty")]
    pub flux: Override,
    /// What differs in the artifacts that this environment's clusters pull.
    #[serde(default, skip_serializing_if = "Override::is_empty")]
    pub artifacts: Override,
    /// What this environment's entities have unless somebody says otherwise.
    #[serde(default, skip_serializing_if = "Defaults::is_empty")]
    pub defaults: Defaults,
    /// Changes to objects on this environment's clusters, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub patches: Patches,
}

/// How Flux is installed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Flux {
    /// The exact version of Flux.
    pub version: ExactVersion,
    /// Who installs it.
    #[serde(default)]
    pub install: Install,
    /// Whether tenants are locked down: no cross-namespace references, no remote bases, a default service account
    /// without rights, and the guard over Flux's `/status`.
    #[serde(default = "yes")]
    pub multitenancy: bool,
    /// The controllers that run.
    #[serde(default = "all_controllers", deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub components: Vec<Controller>,
    /// How many objects a controller reconciles at once (`--concurrent`), controller by controller.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub concurrency: IndexMap<Controller, std::num::NonZeroU16>,
    /// The names of shards; a tenant names the one that serves it in `shard`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ItemName>,
    /// How often the cluster looks at the platform's repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// The operator, for `install: operator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
}

fn yes() -> bool {
    true
}

fn all_controllers() -> Vec<Controller> {
    Controller::ALL.to_vec()
}

/// The operator that installs Flux.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Operator {
    /// The exact version of its chart.
    pub version: ExactVersion,
}

/// Who installs Flux on a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Install {
    /// The manifests that `flux bootstrap` writes.
    #[default]
    Components,
    /// flux-operator, by a FluxInstance.
    Operator,
    /// Somebody else.
    External,
}

/// A controller of Flux.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Controller {
    /// Fetches sources.
    SourceController,
    /// Applies Flux Kustomizations.
    KustomizeController,
    /// Applies HelmReleases.
    HelmController,
    /// Sends and receives events.
    NotificationController,
    /// Scans image repositories.
    ImageReflectorController,
    /// Commits image updates.
    ImageAutomationController,
}

impl Controller {
    /// All of them, in the order in which `flux install` names them.
    pub const ALL: [Self; 6] = [
        Self::SourceController,
        Self::KustomizeController,
        Self::HelmController,
        Self::NotificationController,
        Self::ImageReflectorController,
        Self::ImageAutomationController,
    ];

    /// The name of its Deployment.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SourceController => "source-controller",
            Self::KustomizeController => "kustomize-controller",
            Self::HelmController => "helm-controller",
            Self::NotificationController => "notification-controller",
            Self::ImageReflectorController => "image-reflector-controller",
            Self::ImageAutomationController => "image-automation-controller",
        }
    }
}

/// What the platform's admission policies demand of tenants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Policies {
    /// What evaluates them.
    pub engine: PolicyEngine,
    /// Which sources tenants may use, in every scheme. Empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourcePattern>,
    /// Which signatures tenants' sources must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<RequiredVerification>,
    /// Which signatures container images must have; needs Kyverno.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub images: IndexMap<ItemName, ImageRule>,
    /// The environments where a violation is refused; elsewhere it is audited.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enforce: Vec<EnvironmentName>,
}

/// What evaluates the policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PolicyEngine {
    /// Kyverno's policies of `policies.kyverno.io/v1`.
    Kyverno,
    /// Kubernetes' own ValidatingAdmissionPolicy.
    #[default]
    Admission,
    /// Nothing.
    None,
}

/// Which signatures tenants' sources must have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RequiredVerification {
    /// Git repositories must verify commits or tags.
    #[serde(default)]
    pub git: bool,
    /// The keyless identities of which OCI artifacts and charts must verify one. Empty: not demanded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oci: Vec<OidcIdentity>,
}

/// Which signature a set of images must have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ImageRule {
    /// Which images.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "some")]
    pub images: Vec<SourcePattern>,
    /// Who may have signed them.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "some")]
    pub identities: Vec<OidcIdentity>,
}

/// What no tenant may exceed on a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Limits {
    /// The sum of a tenant's quotas over its namespaces on one cluster. With it, a tenant must say a quota.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub quota: IndexMap<ResourceName, Quantity>,
    /// The roles that tenants may have. Empty: any of the layout's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleName>,
    /// How many namespaces a tenant may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<u32>,
}

/// How tenants are reconciled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Tenants {
    /// One Flux Kustomization for each tenant, or a single one for all.
    pub sync: TenantSync,
    /// Namespaces that no tenant may claim, besides Kubernetes' and the platform's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reserved_namespaces: Vec<NamespaceName>,
    /// Labels that every tenant's namespace gets.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub namespace_labels: IndexMap<LabelKey, LabelValue>,
}

/// How many Flux Kustomizations reconcile the tenants of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TenantSync {
    /// One for each tenant: a broken tenant holds up nobody else.
    #[default]
    PerTenant,
    /// A single one for all tenants of a cluster.
    Shared,
}

/// What entities have unless somebody says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Defaults {
    /// Every tenant.
    #[serde(skip_serializing_if = "Override::is_empty")]
    pub tenant: Override,
    /// Every component.
    #[serde(skip_serializing_if = "Override::is_empty")]
    pub component: Override,
}

impl Defaults {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tenant.is_empty() && self.component.is_empty()
    }
}

/// The layout's own settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct LayoutSettings {
    /// Values of the variables that the layout declares.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub variables: serde_json::Map<String, serde_json::Value>,
}

impl LayoutSettings {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }
}

/// Which pipeline is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ci {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// No pipeline.
    #[default]
    None,
}

/// Which generated files may not be edited by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Edits {
    /// Patterns over paths, such as `tenants/**/rbac.yaml`, in the place of what the layout guards by default: what carries
    /// rights. An empty list forbids nothing.
    pub forbid: Vec<String>,
}
