//! A tenant as templates see it: namespaces, accounts and references resolved, in the words of the
//! objects that are written.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::source::SourceObject;
use crate::patches::text::PatchContext;
use crate::spec::DeletionPolicy;
use crate::spec::platform::Settings;
use crate::spec::source::{Auth, WorkloadIdentity};
use crate::spec::tenant::{
    Alert, EventSeverity, ImageAutomation, NetworkMode, NetworkPolicy, Order, PodSecurity,
    Provider, Receiver, Tenant, WatchedImage,
};
use crate::spec::text::{
    Cidr, ItemName, LabelKey, NamespaceName, ObjectName, Quantity, ResourceName, TenantName,
};

/// The account that the lockdown falls back to in every namespace of a tenant.
pub const DEFAULT_ACCOUNT: &str = "flux";

/// A tenant: `tenant` in templates of a path with `{tenant}`. In an overlay's base the values are the
/// base's, elsewhere those of the environment or cluster.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantContext {
    /// What clusters know it by; its file's name, unless it was renamed.
    pub name: String,
    /// Its owners as CODEOWNERS takes them.
    pub owner: Vec<String>,
    /// Its namespaces, in the order of the description.
    pub namespaces: Vec<NamespaceContext>,
    /// The layout's role of its account.
    pub role: String,
    /// People's groups, role by role.
    pub groups: Vec<GroupsContext>,
    /// The name of the account that applies its manifests, the same in each namespace.
    pub service_account: String,
    /// `spec.hard` of the ResourceQuota of each namespace; may be empty.
    pub quota: IndexMap<ResourceName, Quantity>,
    /// One entry of `spec.limits` of the LimitRange of each namespace, without `type`; null for none.
    pub limit_range: Option<LimitRangeContext>,
    /// Who may talk to its pods, and they to whom.
    pub network_policy: NetworkPolicyContext,
    /// The level of its namespaces: `privileged`, `baseline` or `restricted`.
    pub pod_security: &'static str,
    /// Its sources, in the order of the description.
    pub sources: Vec<TenantSource>,
    /// `spec.decryption` of its Kustomizations without `provider`; null for none.
    pub decryption: Option<DecryptionContext>,
    /// Where messages go.
    pub providers: Vec<ProviderContext>,
    /// Which events become messages.
    pub alerts: Vec<AlertContext>,
    /// Webhooks that make Flux look at once.
    pub receivers: Vec<ReceiverContext>,
    /// Image automation; null for none.
    pub image_automation: Option<ImageAutomationContext>,
    /// `spec.deletionPolicy` of its Flux Kustomizations: `Delete` or `Orphan`; null for Flux's default.
    pub deletion_policy: Option<&'static str>,
    /// Whether its Flux objects are suspended.
    pub suspend: bool,
    /// The shard of controllers that serves it; null for the main ones.
    pub shard: Option<String>,
}

/// A namespace of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceContext {
    /// Its name.
    pub name: String,
    /// Its labels: the tenant's own, the platform's, and those that isolation rests on, which win.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// The service accounts that are generated in it: the one that applies, first; the one that the lockdown
    /// falls back to, without rights, if that is another; then those with a cloud identity, without rights.
    pub accounts: Vec<AccountContext>,
}

/// A service account of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountContext {
    /// Its name.
    pub name: String,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// People's groups with one role.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupsContext {
    /// The layout's role for them.
    pub role: String,
    /// The groups' names, as the API server knows them.
    pub groups: Vec<String>,
}

/// Limits of containers, as a LimitRange takes them.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitRangeContext {
    /// Limits of a container that says none.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub default: IndexMap<ResourceName, Quantity>,
    /// Requests of a container that says none.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub default_request: IndexMap<ResourceName, Quantity>,
    /// The most that a container may be limited to.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub max: IndexMap<ResourceName, Quantity>,
    /// The least that a container must request.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub min: IndexMap<ResourceName, Quantity>,
}

/// Who may talk to a tenant's pods, and they to whom.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicyContext {
    /// Whether anything is restricted.
    pub isolate: bool,
    /// Namespaces of others whose pods may talk to the tenant's.
    pub ingress_from: Vec<NamespaceName>,
    /// Namespaces of others to whose pods the tenant's may talk.
    pub egress_to: Vec<NamespaceName>,
    /// Address ranges that may be reached besides the public internet.
    pub egress_cidrs: Vec<Cidr>,
}

/// A source of a tenant and the Kustomization that applies it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantSource {
    /// The name of both objects.
    pub name: String,
    /// The namespace of both objects, which is what they fill as well.
    pub namespace: String,
    /// The Flux source.
    #[serde(flatten)]
    pub object: SourceObject,
    /// `spec.ignore` of the source; null for Flux's default.
    pub ignore: Option<String>,
    /// `spec.patches` of the Kustomization: the description's patches for what the source ships; may be empty.
    pub patches: Vec<PatchContext>,
    /// How often the source is looked at.
    pub interval: String,
    /// `spec.path` of the Kustomization.
    pub path: String,
    /// `spec.timeout` of the Kustomization.
    pub timeout: String,
    /// `spec.prune` of the Kustomization.
    pub prune: bool,
    /// `spec.wait` of the Kustomization.
    pub wait: bool,
    /// Names of Kustomizations in the same namespace that must be ready first.
    pub depends_on: Vec<String>,
}

/// `spec.decryption` of a Kustomization without its provider; what is null is left out.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecryptionContext {
    /// The Secret with the keys.
    pub secret_ref: Option<String>,
    /// The account whose cloud identity may use the keys.
    pub service_account: Option<String>,
}

/// A notification provider.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderContext {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// `spec.type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `spec.address`.
    pub address: Option<String>,
    /// `spec.channel`.
    pub channel: Option<String>,
    /// `spec.username`.
    pub username: Option<String>,
    /// The name for `spec.secretRef`.
    pub secret_ref: Option<String>,
}

/// An alert over the tenant's sources, Kustomizations and Helm releases in one namespace.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertContext {
    /// Its name.
    pub name: String,
    /// Its namespace: the provider's.
    pub namespace: String,
    /// The provider's name.
    pub provider: String,
    /// `spec.eventSeverity`.
    pub severity: &'static str,
    /// `spec.exclusionList`.
    pub exclude: Vec<String>,
    /// `spec.summary`.
    pub summary: Option<String>,
    /// The kinds of `spec.eventSources`; each is meant with the name `*`.
    pub kinds: Vec<&'static str>,
}

/// A webhook receiver.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiverContext {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// `spec.type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name for `spec.secretRef`.
    pub secret_ref: String,
    /// `spec.events`; may be empty.
    pub events: Vec<String>,
    /// The sources that are looked at, with `kind` and `name`.
    pub resources: Vec<ReceiverResource>,
}

/// An object that a receiver makes Flux look at.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiverResource {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

/// Image automation: what is watched, and where it is written back.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageAutomationContext {
    /// The name of the ImageUpdateAutomation: its source's.
    pub name: String,
    /// The namespace of all its objects: the source's.
    pub namespace: String,
    /// The GitRepository that is written to.
    pub source: String,
    /// `spec.update.path`.
    pub path: String,
    /// `spec.git.push.branch`; null for the source's own.
    pub push_branch: Option<String>,
    /// `spec.git.commit.author.name`; null for none.
    pub author_name: Option<String>,
    /// `spec.git.commit.author.email`.
    pub author_email: String,
    /// `spec.interval`.
    pub interval: String,
    /// The images.
    pub images: Vec<ImageContext>,
}

/// A watched image: an ImageRepository and an ImagePolicy of one name.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageContext {
    /// The name of both objects.
    pub name: String,
    /// `spec.image`.
    pub image: String,
    /// `spec.interval` of the ImageRepository.
    pub interval: String,
    /// `spec.provider`, if it is not the default.
    pub provider: Option<&'static str>,
    /// The name for `spec.secretRef`.
    pub secret_ref: Option<String>,
    /// `spec.serviceAccountName`.
    pub service_account: Option<String>,
    /// `spec.policy` of the ImagePolicy as Flux takes it.
    pub policy: IndexMap<&'static str, IndexMap<&'static str, String>>,
    /// `spec.filterTags` of the ImagePolicy as Flux takes it; null for none.
    pub filter_tags: Option<IndexMap<&'static str, String>>,
}

impl ProviderContext {
    pub(super) fn new(name: &ItemName, provider: &Provider, namespace: String) -> Self {
        Self {
            name: name.to_string(),
            namespace,
            kind: provider.kind.to_string(),
            address: provider.address.clone(),
            channel: provider.channel.clone(),
            username: provider.username.clone(),
            secret_ref: provider.secret_ref.as_ref().map(ToString::to_string),
        }
    }
}

impl AlertContext {
    pub(super) fn new(
        name: &ItemName,
        alert: &Alert,
        namespace: String,
        kinds: Vec<&'static str>,
    ) -> Self {
        Self {
            name: name.to_string(),
            namespace,
            provider: alert.provider.to_string(),
            severity: match alert.severity {
                EventSeverity::Info => "info",
                EventSeverity::Error => "error",
            },
            exclude: alert.exclude.clone(),
            summary: alert.summary.clone(),
            kinds,
        }
    }
}

impl ReceiverContext {
    pub(super) fn new(
        name: &ItemName,
        receiver: &Receiver,
        namespace: String,
        resources: Vec<ReceiverResource>,
    ) -> Self {
        Self {
            name: name.to_string(),
            namespace,
            kind: receiver.kind.to_string(),
            secret_ref: receiver.secret_ref.to_string(),
            events: receiver.events.clone(),
            resources,
        }
    }
}

impl TenantContext {
    /// Computes what templates see of a tenant from its effective values somewhere.
    #[must_use]
    pub fn new(settings: &Settings, name: &TenantName, tenant: &Tenant) -> Self {
        let name = tenant.known_as(name.as_str());
        let isolate = tenant.network_policy.mode == NetworkMode::Isolate;
        Self {
            name: name.to_string(),
            owner: tenant.owner.iter().map(ToString::to_string).collect(),
            namespaces: tenant
                .namespaces
                .iter()
                .map(|namespace| namespace_of(settings, name, tenant, namespace))
                .collect(),
            role: tenant.role.to_string(),
            groups: tenant
                .groups
                .iter()
                .filter(|(_, groups)| !groups.is_empty())
                .map(|(role, groups)| GroupsContext {
                    role: role.to_string(),
                    groups: groups.clone(),
                })
                .collect(),
            service_account: tenant.service_account.name.to_string(),
            quota: tenant.quota.clone(),
            limit_range: limit_range_of(tenant),
            network_policy: network_policy_of(&tenant.network_policy, isolate),
            pod_security: pod_security(tenant.pod_security),
            sources: sources_of(tenant),
            decryption: tenant.decryption.as_ref().map(|decryption| DecryptionContext {
                secret_ref: decryption.secret_ref.as_ref().map(ToString::to_string),
                service_account: decryption.service_account.as_ref().map(ToString::to_string),
            }),
            providers: providers_of(tenant),
            alerts: alerts_of(tenant),
            receivers: receivers_of(tenant),
            image_automation: tenant
                .image_automation
                .as_ref()
                .map(|automation| image_automation_of(tenant, automation)),
            deletion_policy: tenant.deletion_policy.said(),
            suspend: tenant.suspend,
            shard: tenant.shard.as_ref().map(ToString::to_string),
        }
    }
}

/// A level as the label of a namespace takes it.
pub(super) fn pod_security(level: PodSecurity) -> &'static str {
    match level {
        PodSecurity::Privileged => "privileged",
        PodSecurity::Baseline => "baseline",
        PodSecurity::Restricted => "restricted",
    }
}

/// The three labels of a namespace that the pod security admission reads. `audit` and `warn` are the
/// same level: they look at workloads, where `enforce` looks at pods only.
pub(super) fn pod_security_labels(level: &str) -> impl Iterator<Item = (String, String)> {
    ["enforce", "audit", "warn"]
        .map(|mode| (format!("pod-security.kubernetes.io/{mode}"), level.to_owned()))
        .into_iter()
}

fn first_namespace(tenant: &Tenant) -> String {
    tenant.namespaces.first().map(ToString::to_string).unwrap_or_default()
}

fn or_first(tenant: &Tenant, namespace: Option<&NamespaceName>) -> String {
    namespace.map_or_else(|| first_namespace(tenant), ToString::to_string)
}

pub(super) fn texts(map: &IndexMap<LabelKey, String>) -> BTreeMap<String, String> {
    map.iter().map(|(key, value)| (key.to_string(), value.clone())).collect()
}

fn namespace_of(
    settings: &Settings,
    name: &str,
    tenant: &Tenant,
    namespace: &NamespaceName,
) -> NamespaceContext {
    let mut labels: BTreeMap<String, String> =
        tenant.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    for (key, value) in &settings.tenants.namespace_labels {
        labels.insert(key.to_string(), value.to_string());
    }
    labels.insert("toolkit.fluxcd.io/tenant".to_owned(), name.to_string());
    labels.extend(pod_security_labels(pod_security(tenant.pod_security)));
    let mut annotations = texts(&tenant.annotations);
    if tenant.deletion_policy != DeletionPolicy::Delete {
        annotations.insert("kustomize.toolkit.fluxcd.io/prune".to_owned(), "disabled".to_owned());
    }
    NamespaceContext {
        name: namespace.to_string(),
        labels,
        annotations,
        accounts: accounts_of(tenant, namespace),
    }
}

fn accounts_of(tenant: &Tenant, namespace: &NamespaceName) -> Vec<AccountContext> {
    let own = &tenant.service_account;
    let mut accounts = IndexMap::from([(own.name.to_string(), texts(&own.annotations))]);
    accounts.entry(DEFAULT_ACCOUNT.to_owned()).or_default();
    let mut add = |name: &ObjectName, annotations: &IndexMap<LabelKey, String>| {
        accounts.entry(name.to_string()).or_default().extend(texts(annotations));
    };
    let lives_here = |of: Option<&NamespaceName>| or_first(tenant, of) == namespace.as_str();
    for source in tenant.sources.values().filter(|source| lives_here(source.namespace.as_ref())) {
        if let Some(identity) = cloud_identity(source.auth.as_ref()) {
            add(&identity.service_account, &identity.annotations);
        }
        if let Some(decryption) = &tenant.decryption
            && let Some(account) = &decryption.service_account
        {
            add(account, &decryption.annotations);
        }
    }
    if let Some(automation) = &tenant.image_automation
        && source_namespace(tenant, &automation.source) == namespace.as_str()
    {
        for image in automation.images.values() {
            if let Some(identity) = cloud_identity(image.auth.as_ref()) {
                add(&identity.service_account, &identity.annotations);
            }
        }
    }
    accounts.into_iter().map(|(name, annotations)| AccountContext { name, annotations }).collect()
}

fn cloud_identity(auth: Option<&Auth>) -> Option<&WorkloadIdentity> {
    auth.and_then(|auth| auth.workload_identity.as_ref())
}

fn source_namespace(tenant: &Tenant, source: &ItemName) -> String {
    or_first(tenant, tenant.sources.get(source).and_then(|source| source.namespace.as_ref()))
}

fn limit_range_of(tenant: &Tenant) -> Option<LimitRangeContext> {
    let range = tenant.limit_range.as_ref()?;
    let said = !(range.default.is_empty()
        && range.default_request.is_empty()
        && range.max.is_empty()
        && range.min.is_empty());
    said.then(|| LimitRangeContext {
        default: range.default.clone(),
        default_request: range.default_request.clone(),
        max: range.max.clone(),
        min: range.min.clone(),
    })
}

fn network_policy_of(policy: &NetworkPolicy, isolate: bool) -> NetworkPolicyContext {
    NetworkPolicyContext {
        isolate,
        ingress_from: policy.ingress_from.clone(),
        egress_to: policy.egress_to.clone(),
        egress_cidrs: policy.egress_cidrs.clone(),
    }
}

fn sources_of(tenant: &Tenant) -> Vec<TenantSource> {
    tenant
        .sources
        .iter()
        .map(|(name, source)| TenantSource {
            name: name.to_string(),
            namespace: or_first(tenant, source.namespace.as_ref()),
            object: SourceObject::of_source(source),
            ignore: source.ignore.clone(),
            patches: Vec::new(),
            interval: source.interval.as_ref().map_or("1m", |interval| interval.as_str()).into(),
            path: source.path.to_string(),
            timeout: source.timeout.as_ref().map_or("5m", |timeout| timeout.as_str()).into(),
            prune: source.prune,
            wait: source.wait,
            depends_on: source.depends_on.iter().map(ToString::to_string).collect(),
        })
        .collect()
}

fn providers_of(tenant: &Tenant) -> Vec<ProviderContext> {
    tenant
        .notifications
        .providers
        .iter()
        .map(|(name, provider)| {
            ProviderContext::new(name, provider, or_first(tenant, provider.namespace.as_ref()))
        })
        .collect()
}

fn alerts_of(tenant: &Tenant) -> Vec<AlertContext> {
    tenant
        .notifications
        .alerts
        .iter()
        .map(|(name, alert)| {
            let provider = tenant.notifications.providers.get(&alert.provider);
            let namespace =
                or_first(tenant, provider.and_then(|provider| provider.namespace.as_ref()));
            let mut kinds: Vec<&'static str> = tenant
                .sources
                .values()
                .filter(|source| or_first(tenant, source.namespace.as_ref()) == namespace)
                .map(|source| source.kind())
                .chain(["Kustomization", "HelmRelease"])
                .collect();
            if let Some(automation) = &tenant.image_automation
                && source_namespace(tenant, &automation.source) == namespace
            {
                kinds.extend(["ImageRepository", "ImagePolicy", "ImageUpdateAutomation"]);
            }
            kinds.sort_unstable();
            kinds.dedup();
            AlertContext::new(name, alert, namespace, kinds)
        })
        .collect()
}

fn receivers_of(tenant: &Tenant) -> Vec<ReceiverContext> {
    tenant
        .notifications
        .receivers
        .iter()
        .map(|(name, receiver)| {
            let namespace = or_first(tenant, receiver.namespace.as_ref());
            let resources = tenant
                .sources
                .iter()
                .filter(|(_, source)| or_first(tenant, source.namespace.as_ref()) == namespace)
                .filter(|(name, _)| receiver.sources.is_empty() || receiver.sources.contains(name))
                .map(|(name, source)| ReceiverResource {
                    kind: source.kind(),
                    name: name.to_string(),
                })
                .collect();
            ReceiverContext::new(name, receiver, namespace, resources)
        })
        .collect()
}

fn image_automation_of(tenant: &Tenant, automation: &ImageAutomation) -> ImageAutomationContext {
    let source = tenant.sources.get(&automation.source);
    let path = automation.path.as_ref().or_else(|| source.map(|source| &source.path));
    ImageAutomationContext {
        name: automation.source.to_string(),
        namespace: source_namespace(tenant, &automation.source),
        source: automation.source.to_string(),
        path: path.map_or_else(|| "./".to_owned(), ToString::to_string),
        push_branch: automation.push_branch.as_ref().map(ToString::to_string),
        author_name: automation.author.name.clone(),
        author_email: automation.author.email.clone(),
        interval: automation.interval.as_ref().map_or("30m", |interval| interval.as_str()).into(),
        images: automation.images.iter().map(|(name, image)| image_of(name, image)).collect(),
    }
}

fn image_of(name: &ItemName, image: &WatchedImage) -> ImageContext {
    let order = |order: Order| match order {
        Order::Asc => "asc".to_owned(),
        Order::Desc => "desc".to_owned(),
    };
    let policy = match (&image.semver, image.alphabetical, image.numerical) {
        (Some(range), _, _) => ("semver", ("range", range.to_string())),
        (None, Some(by), _) => ("alphabetical", ("order", order(by))),
        (None, None, Some(by)) => ("numerical", ("order", order(by))),
        (None, None, None) => ("semver", ("range", ">=0.0.0".to_owned())),
    };
    let authenticated = SourceObject::default().authenticated(image.auth.as_ref());
    ImageContext {
        name: name.to_string(),
        image: image.image.to_string(),
        interval: image.interval.as_ref().map_or("10m", |interval| interval.as_str()).into(),
        provider: authenticated.provider,
        secret_ref: authenticated.secret_ref,
        service_account: authenticated.service_account,
        policy: IndexMap::from([(policy.0, IndexMap::from([policy.1]))]),
        filter_tags: image.filter_tags.as_ref().map(|filter| {
            let mut tags = IndexMap::from([("pattern", filter.pattern.clone())]);
            if let Some(extract) = &filter.extract {
                tags.insert("extract", extract.clone());
            }
            tags
        }),
    }
}
