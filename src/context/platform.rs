//! The platform, its environments and its clusters as templates see them.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::artifacts::ArtifactsContext;
use super::events::NotificationsContext;
use super::flux::FluxContext;
use super::patterns;
use super::policies::PoliciesContext;
use super::tenant::AccountContext;
use crate::path::RepoPath;
use crate::spec::cluster::Secrets;
use crate::spec::platform::{Ci, TenantSync};
use crate::spec::text::{
    ClusterName, EnvironmentName, LabelKey, LabelValue, TenantName, VariableName,
};
use crate::spec::{DeletionPolicy, Platform, Scope};

/// The whole platform: `platform` in every template.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlatformContext {
    /// Its name.
    pub name: String,
    /// Its own repository.
    pub repository: RepositoryContext,
    /// Where the platform lies in its repository, as the start of a Flux path: `.` or `./folder`.
    pub root: String,
    /// The same as a path of the repository: null at the root, else `folder`.
    pub folder: Option<String>,
    /// Who owns what no tenant owns; may be empty.
    pub owners: Vec<String>,
    /// Which pipeline is written: `github`, `gitlab` or `none`.
    pub ci: &'static str,
    /// The version of Flux where no environment and no cluster says its own, without a leading `v`.
    pub flux_version: String,
    /// Lines for an ignore file that leaves everything out: they let the folders of components' own manifests through.
    pub manifest_patterns: Vec<String>,
    /// Where its OCI artifacts lie; null if the description says no registry.
    pub artifacts: Option<ArtifactsContext>,
    /// How tenants are reconciled: `per-tenant` or `shared`.
    pub tenant_sync: &'static str,
    /// What is told of the platform itself.
    pub notifications: NotificationsContext,
    /// What the policies demand.
    pub policies: PoliciesContext,
    /// The environments in the order of promotion.
    pub environments: Vec<EnvironmentContext>,
    /// The clusters in order of their names.
    pub clusters: Vec<ClusterSummary>,
    /// The tenants in order of their names.
    pub tenants: Vec<TenantSummary>,
    /// The components in order of their names.
    pub components: Vec<ComponentSummary>,
    /// A Mermaid flowchart of the clusters, their components and the order of these, line by line.
    pub picture: Vec<String>,
}

/// The platform's own repository.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryContext {
    /// Its address, as clusters reach it.
    pub url: String,
    /// The branch that clusters follow.
    pub branch: String,
    /// The Secret in `flux-system` with which clusters read it.
    pub secret_ref: String,
}

/// An environment: `environment` in templates of a path with `{environment}` or `{cluster}`, and an entry of
/// `platform.environments`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentContext {
    /// Its name.
    pub name: String,
    /// The environment before it in the order of promotion; null for the first.
    pub previous: Option<String>,
    /// Whether violations of policies are refused here; elsewhere they are audited.
    pub enforce: bool,
    /// The OCI artifacts that its clusters pull; null if the description says no registry.
    pub artifacts: Option<ArtifactsContext>,
    /// How Flux runs on its clusters, unless one of them says otherwise.
    pub flux: FluxContext,
    /// `spec.deletionPolicy` of a Flux Kustomization for all its tenants: `Orphan` where each of them says so, else null.
    pub deletion_policy: Option<&'static str>,
    /// Its clusters, in order of their names.
    pub clusters: Vec<String>,
    /// The tenants that are on one of its clusters, in order of their names.
    pub tenants: Vec<String>,
    /// The components that are enabled on one of its clusters, in order of their names.
    pub components: Vec<String>,
}

/// A cluster among others.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterSummary {
    /// Its name.
    pub name: String,
    /// Its environment.
    pub environment: String,
    /// The description's file.
    pub file: String,
}

/// A tenant among others.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantSummary {
    /// Its name.
    pub name: String,
    /// Its owners as CODEOWNERS takes them.
    pub owner: Vec<String>,
    /// The description's file.
    pub file: String,
    /// The same as CODEOWNERS names it: from the repository's root, with special characters escaped.
    pub pattern: String,
    /// Its namespaces.
    pub namespaces: Vec<String>,
    /// The clusters where it is, in order of their names.
    pub clusters: Vec<String>,
    /// The environments of those clusters, in the order of promotion.
    pub environments: Vec<String>,
}

/// A component among others.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComponentSummary {
    /// Its name.
    pub name: String,
    /// The description's file.
    pub file: String,
    /// The clusters where it is enabled, in order of their names.
    pub clusters: Vec<String>,
}

/// A cluster: `cluster` in templates of a path with `{cluster}`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterContext {
    /// What it knows itself by: its folder. The file's name, unless it was renamed.
    pub name: String,
    /// `spec.deletionPolicy` of a Flux Kustomization for all its tenants: `Orphan` where each of them says so, else null.
    pub deletion_policy: Option<&'static str>,
    /// Its environment's name.
    pub environment: String,
    /// Its labels.
    pub labels: IndexMap<LabelKey, LabelValue>,
    /// Its variables for components that ask for substitution; may be empty.
    pub variables: IndexMap<VariableName, String>,
    /// The version of its API server as `1.36`; null if nobody said it.
    pub kubernetes: Option<String>,
    /// How Flux runs on it.
    pub flux: FluxContext,
    /// The OCI artifacts that it pulls; null if the description says no registry.
    pub artifacts: Option<ArtifactsContext>,
    /// Its own secrets, encrypted in the repository; null for none.
    pub secrets: Option<SecretsContext>,
    /// The components that are enabled on it, each behind those that it depends on.
    pub components: Vec<String>,
    /// The tenants on it, in order of their names.
    pub tenants: Vec<TenantOnCluster>,
    /// Whether its tenants are those of its environment, each as it is there: then what is written for the
    /// environment as a whole serves the cluster as well.
    pub like_environment: bool,
}

/// Secrets that lie in the repository, encrypted by SOPS.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretsContext {
    /// The keys that they are encrypted for, as a creation rule of `.sops.yaml` takes them: `age`, `pgp`, `kms`, `gcp_kms`
    /// and `azure_keyvault`, each with its keys separated by commas; one without keys is not there.
    pub recipients: IndexMap<&'static str, String>,
    /// The Secret with the private key; null for none.
    pub secret_ref: Option<String>,
    /// The account whose cloud identity may use the keys, which the layout brings along; null for none.
    pub account_object: Option<AccountContext>,
}

impl SecretsContext {
    fn new(secrets: &Secrets) -> Self {
        let names = ["age", "pgp", "kms", "gcp_kms", "azure_keyvault"];
        let recipients = names.into_iter().zip(secrets.recipients());
        let said = recipients.filter(|(_, (_, keys))| !keys.is_empty());
        Self {
            recipients: said.map(|(name, (_, keys))| (name, keys.join(","))).collect(),
            secret_ref: secrets.secret_ref.as_ref().map(ToString::to_string),
            account_object: secrets.service_account.as_ref().map(|name| AccountContext {
                name: name.to_string(),
                annotations: super::tenant::texts(&secrets.annotations),
            }),
        }
    }
}

/// A tenant on a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantOnCluster {
    /// Its name.
    pub name: String,
    /// Whether it is another here than in the cluster's environment.
    pub differs: bool,
}

impl PlatformContext {
    /// Computes what templates see of the platform as a whole.
    #[must_use]
    pub fn new(platform: &Platform) -> Self {
        let settings = &platform.settings;
        let repository = &settings.repository;
        let folder = repository.path.as_ref().and_then(|path| path.below_root());
        let mut environments = Vec::new();
        for name in platform.environments() {
            environments.push(EnvironmentContext::new(platform, name));
        }
        Self {
            name: settings.name.to_string(),
            repository: RepositoryContext {
                url: repository.url.to_string(),
                branch: repository.branch.to_string(),
                secret_ref: repository
                    .secret_ref
                    .as_ref()
                    .map_or("flux-system", |secret| secret.as_str())
                    .to_owned(),
            },
            root: folder.map_or_else(|| ".".to_owned(), |folder| format!("./{folder}")),
            folder: folder.map(ToString::to_string),
            owners: settings.owners.iter().map(ToString::to_string).collect(),
            ci: match settings.ci {
                Ci::Github => "github",
                Ci::Gitlab => "gitlab",
                Ci::None => "none",
            },
            flux_version: FluxContext::new(&settings.flux).version,
            manifest_patterns: patterns::manifests(platform),
            artifacts: ArtifactsContext::of(platform),
            tenant_sync: match settings.tenants.sync {
                TenantSync::PerTenant => "per-tenant",
                TenantSync::Shared => "shared",
            },
            notifications: NotificationsContext::new(&settings.notifications),
            policies: PoliciesContext::new(platform),
            environments,
            clusters: platform
                .clusters
                .iter()
                .map(|(name, cluster)| ClusterSummary {
                    name: platform.known_as(name).to_owned(),
                    environment: cluster.base.environment.to_string(),
                    file: cluster.file.to_string(),
                })
                .collect(),
            tenants: tenants_of(platform, folder),
            components: components_of(platform),
            picture: super::picture::mermaid(platform).lines().map(str::to_owned).collect(),
        }
    }
}

/// What clusters know themselves by.
fn known_as<'a>(
    platform: &Platform,
    clusters: impl Iterator<Item = &'a ClusterName>,
) -> Vec<String> {
    clusters.map(|cluster| platform.known_as(cluster).to_owned()).collect()
}

fn tenants_of(platform: &Platform, folder: Option<&RepoPath>) -> Vec<TenantSummary> {
    platform
        .tenants
        .iter()
        .map(|(name, tenant)| {
            let clusters = platform.clusters_of(name);
            let environments = platform
                .environments()
                .filter(|environment| {
                    clusters
                        .iter()
                        .any(|cluster| platform.environment_of(cluster) == Some(*environment))
                })
                .map(ToString::to_string)
                .collect();
            TenantSummary {
                name: name.to_string(),
                owner: tenant.base.owner.iter().map(ToString::to_string).collect(),
                file: tenant.file.to_string(),
                pattern: patterns::exact(&match folder {
                    Some(folder) => format!("{folder}/{}", tenant.file),
                    None => tenant.file.to_string(),
                }),
                namespaces: tenant.base.namespaces.iter().map(ToString::to_string).collect(),
                clusters: known_as(platform, clusters.iter().copied()),
                environments,
            }
        })
        .collect()
}

fn components_of(platform: &Platform) -> Vec<ComponentSummary> {
    platform
        .components
        .iter()
        .map(|(name, component)| ComponentSummary {
            name: name.to_string(),
            file: component.file.to_string(),
            clusters: known_as(
                platform,
                platform.clusters.keys().filter(|cluster| component.at_cluster(cluster).enabled),
            ),
        })
        .collect()
}

impl EnvironmentContext {
    /// Computes what templates see of an environment.
    #[must_use]
    pub fn new(platform: &Platform, name: &EnvironmentName) -> Self {
        let clusters: Vec<&ClusterName> = platform.clusters_in(name).collect();
        let mut previous = None;
        for environment in platform.environments() {
            if environment == name {
                break;
            }
            previous = Some(environment.to_string());
        }
        let mut tenants: Vec<String> = Vec::new();
        for cluster in &clusters {
            tenants.extend(platform.tenants_on(cluster).iter().map(ToString::to_string));
        }
        tenants.sort_unstable();
        tenants.dedup();
        let orphans = |tenant: &String| {
            let tenant = platform.tenants.get(tenant.as_str());
            let tenant = tenant.map(|tenant| tenant.at(Scope::Environment(name)));
            tenant.is_some_and(|tenant| tenant.deletion_policy == DeletionPolicy::Orphan)
        };
        let all_orphan = !tenants.is_empty() && tenants.iter().all(orphans);
        Self {
            flux: FluxContext::new(platform.flux_in(name)),
            deletion_policy: all_orphan.then_some("Orphan"),
            name: name.to_string(),
            previous,
            enforce: platform.settings.policies.enforce.contains(name),
            artifacts: ArtifactsContext::in_environment(platform, name),
            tenants,
            components: platform
                .components
                .iter()
                .filter(|(_, component)| {
                    clusters.iter().any(|cluster| component.at_cluster(cluster).enabled)
                })
                .map(|(name, _)| name.to_string())
                .collect(),
            clusters: known_as(platform, clusters.iter().copied()),
        }
    }
}

impl ClusterContext {
    /// Computes what templates see of a cluster; nothing if there is no such cluster.
    #[must_use]
    pub fn new(platform: &Platform, name: &ClusterName) -> Option<Self> {
        let cluster = &platform.clusters.get(name)?.base;
        let tenants: Vec<TenantOnCluster> = platform
            .tenants_on(name)
            .into_iter()
            .map(|tenant| TenantOnCluster {
                name: tenant.to_string(),
                differs: platform.tenants.get(tenant).is_some_and(|entity| entity.differs_on(name)),
            })
            .collect();
        let environment = EnvironmentContext::new(platform, &cluster.environment);
        let like_environment = tenants.iter().all(|tenant| !tenant.differs)
            && tenants.iter().map(|tenant| &tenant.name).eq(&environment.tenants);
        let orphans = |tenant: &&TenantName| {
            let tenant = platform.tenants.get(*tenant).map(|tenant| tenant.at_cluster(name));
            tenant.is_some_and(|tenant| tenant.deletion_policy == DeletionPolicy::Orphan)
        };
        let all_orphan = !tenants.is_empty() && platform.tenants_on(name).iter().all(orphans);
        Some(Self {
            deletion_policy: all_orphan.then_some("Orphan"),
            name: platform.known_as(name).to_owned(),
            environment: cluster.environment.to_string(),
            labels: cluster.labels.clone(),
            variables: cluster.variables.clone(),
            kubernetes: cluster.kubernetes.as_ref().map(ToString::to_string),
            flux: FluxContext::new(platform.flux_at(name)),
            artifacts: ArtifactsContext::at(platform, name),
            secrets: cluster.secrets.as_ref().map(SecretsContext::new),
            components: platform.components_on(name).iter().map(ToString::to_string).collect(),
            tenants,
            like_environment,
        })
    }
}
