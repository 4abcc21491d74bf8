//! `platform/tenants/**/<name>.yaml`: a team, its namespaces, its sources, its rights and its limits.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patch::Patches;
use super::source::{Auth, Source};
use super::text::{
    Cidr, ClusterName, Duration, EnvironmentName, GitRef, ImageName, ItemName, LabelKey,
    LabelValue, NamespaceName, ObjectName, Owner, Quantity, ResourceName, RoleName, SemverRange,
    SourcePath, TenantName, some,
};
use super::{DeletionPolicy, Moved, Override};

/// A tenant. Its name is the file's.
///
/// `owner`, `namespaces` and `placement` are what a tenant is; everything else can differ by environment and cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Tenant {
    /// Who owns it: becomes CODEOWNERS.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "some")]
    pub owner: Vec<Owner>,
    /// Its namespaces; no other tenant may have one of them.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "some")]
    pub namespaces: Vec<NamespaceName>,
    /// The clusters where it is.
    pub placement: Placement,
    /// Where its manifests come from, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub sources: IndexMap<ItemName, Source>,
    /// The role of its service account, one of the layout's.
    #[serde(default = "tenant_role")]
    pub role: RoleName,
    /// People's groups by the layout's role for them, such as `edit` or `view`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub groups: IndexMap<RoleName, Vec<String>>,
    /// The account that applies its manifests.
    #[serde(default)]
    pub service_account: ServiceAccount,
    /// The quota of each of its namespaces.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub quota: IndexMap<ResourceName, Quantity>,
    /// Limits of containers in its namespaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_range: Option<LimitRange>,
    /// Who may talk to its pods, and they to whom.
    #[serde(default)]
    pub network_policy: NetworkPolicy,
    /// The pod security level of its namespaces.
    #[serde(default)]
    pub pod_security: PodSecurity,
    /// How its encrypted manifests are decrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decryption: Option<Decryption>,
    /// What it is told, and by what it is told to look.
    #[serde(default, skip_serializing_if = "Notifications::is_empty")]
    pub notifications: Notifications,
    /// Which images are watched and written back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_automation: Option<ImageAutomation>,
    /// Labels of its namespaces.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub labels: IndexMap<LabelKey, LabelValue>,
    /// Annotations of its namespaces.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub annotations: IndexMap<LabelKey, String>,
    /// Whether its sources and Kustomizations are left as they are.
    #[serde(default)]
    pub suspend: bool,
    /// The shard of controllers that serves it, one of `flux.shards`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<ItemName>,
    /// Changes to its objects, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub patches: Patches,
    /// What clusters know it by: names of Flux Kustomizations, labels. Default: the name before (`moved`), or the file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<TenantName>,
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

impl Tenant {
    /// What clusters know it by, where its file has this name.
    #[must_use]
    pub fn known_as<'a>(&'a self, name: &'a str) -> &'a str {
        let before = self.moved.as_ref().map(|moved| moved.from.as_str());
        self.name.as_ref().map(TenantName::as_str).or(before).unwrap_or(name)
    }
}

fn tenant_role() -> RoleName {
    RoleName::new("tenant").unwrap_or_else(|_| unreachable!("it is a name"))
}

/// The clusters where a tenant is: `all`, a list of clusters, or labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum Placement {
    /// Every cluster.
    #[serde(serialize_with = "write_all")]
    All,
    /// Exactly these.
    Clusters(Vec<ClusterName>),
    /// Those with these labels.
    Labels(Selector),
}

fn write_all<S: serde::Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("all")
}

/// Selects clusters by their labels. A cluster's `environment` counts as a label of that name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Selector {
    /// All of these must match.
    pub match_labels: IndexMap<LabelKey, LabelValue>,
}

impl<'de> Deserialize<'de> for Placement {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Placement;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`all`, a list of clusters, or `matchLabels`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Placement, E> {
                if text == "all" {
                    return Ok(Placement::All);
                }
                Err(E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                seq: A,
            ) -> Result<Placement, A::Error> {
                some(serde::de::value::SeqAccessDeserializer::new(seq)).map(Placement::Clusters)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                map: A,
            ) -> Result<Placement, A::Error> {
                Selector::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    .map(Placement::Labels)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Placement {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Placement".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let cluster = generator.subschema_for::<ClusterName>();
        let selector = generator.subschema_for::<Selector>();
        schemars::json_schema!({
            "description": "`all`, a list of clusters, or labels.",
            "anyOf": [
                { "const": "all" },
                { "type": "array", "items": cluster, "minItems": 1 },
                selector
            ]
        })
    }
}

/// The account that applies a tenant's manifests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ServiceAccount {
    /// Its name in each of the tenant's namespaces. `flux` is what the lockdown falls back to; `default`, which every
    /// pod carries, is refused.
    pub name: ObjectName,
    /// Its annotations.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub annotations: IndexMap<LabelKey, String>,
}

impl Default for ServiceAccount {
    fn default() -> Self {
        Self {
            name: ObjectName::new("flux").unwrap_or_else(|_| unreachable!("it is a name")),
            annotations: IndexMap::new(),
        }
    }
}

/// Limits of containers in a tenant's namespaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct LimitRange {
    /// What a container is limited to if it says nothing.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub default: IndexMap<ResourceName, Quantity>,
    /// What a container requests if it says nothing.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub default_request: IndexMap<ResourceName, Quantity>,
    /// The most that a container may be limited to.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub max: IndexMap<ResourceName, Quantity>,
    /// The least that a container must request.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub min: IndexMap<ResourceName, Quantity>,
}

/// Who may talk to a tenant's pods, and they to whom: `isolate`, `none`, or isolation with exceptions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicy {
    /// Whether anything is restricted.
    pub mode: NetworkMode,
    /// Namespaces of others whose pods may talk to the tenant's.
    pub ingress_from: Vec<NamespaceName>,
    /// Namespaces of others to whose pods the tenant's may talk.
    pub egress_to: Vec<NamespaceName>,
    /// Private address ranges that the tenant's pods may reach, besides the public internet.
    pub egress_cidrs: Vec<Cidr>,
}

/// Whether a tenant's network is restricted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// The tenant's namespaces among themselves, ingress, scraping, DNS and the public internet.
    #[default]
    Isolate,
    /// Nothing is restricted.
    None,
}

/// [`NetworkPolicy`] as a mapping.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct NetworkPolicyFields {
    mode: NetworkMode,
    /// Namespaces of others whose pods may talk to the tenant's.
    ingress_from: Vec<NamespaceName>,
    /// Namespaces of others to whose pods the tenant's may talk.
    egress_to: Vec<NamespaceName>,
    /// Private address ranges that the tenant's pods may reach, besides the public internet.
    egress_cidrs: Vec<Cidr>,
}

impl<'de> Deserialize<'de> for NetworkPolicy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = NetworkPolicy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`isolate`, `none`, or a mapping with `mode`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<NetworkPolicy, E> {
                let mode = match text {
                    "isolate" => NetworkMode::Isolate,
                    "none" => NetworkMode::None,
                    _ => return Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                };
                Ok(NetworkPolicy { mode, ..NetworkPolicy::default() })
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                map: A,
            ) -> Result<NetworkPolicy, A::Error> {
                let fields = NetworkPolicyFields::deserialize(
                    serde::de::value::MapAccessDeserializer::new(map),
                )?;
                Ok(NetworkPolicy {
                    mode: fields.mode,
                    ingress_from: fields.ingress_from,
                    egress_to: fields.egress_to,
                    egress_cidrs: fields.egress_cidrs,
                })
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for NetworkPolicy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NetworkPolicy".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mode = generator.subschema_for::<NetworkMode>();
        let fields = generator.subschema_for::<NetworkPolicyFields>();
        schemars::json_schema!({
            "description": "`isolate`, `none`, or isolation with exceptions.",
            "anyOf": [mode, fields]
        })
    }
}

/// A level of the Pod Security Standards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PodSecurity {
    /// Anything goes.
    Privileged,
    /// Known escalations are prevented.
    Baseline,
    /// Current best practice.
    #[default]
    Restricted,
}

/// How encrypted manifests are decrypted: by SOPS, with keys in a Secret, or with a cloud's keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Decryption {
    /// The Secret with the keys, in the source's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<ObjectName>,
    /// The service account whose cloud identity may use the keys, in the source's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<ObjectName>,
    /// Annotations of that account that name the cloud's identity.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub annotations: IndexMap<LabelKey, String>,
}

/// What a tenant is told, and by what it is told to look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Notifications {
    /// Where messages go, by name.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub providers: IndexMap<ItemName, Provider>,
    /// Which events become messages, by name.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub alerts: IndexMap<ItemName, Alert>,
    /// Webhooks that make Flux look at once, by name.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub receivers: IndexMap<ItemName, Receiver>,
}

impl Notifications {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty() && self.alerts.is_empty() && self.receivers.is_empty()
    }
}

/// Where messages go; see Flux's `Provider`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Provider {
    /// The type, such as `slack`, `msteams` or `github`.
    #[serde(rename = "type")]
    pub kind: ItemName,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The name that messages are sent under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The Secret with a token or an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<ObjectName>,
    /// The tenant's namespace where it lives. Default: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<NamespaceName>,
}

/// Which events of the tenant's sources and Kustomizations become messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Alert {
    /// The provider, by name; the alert lives where it lives.
    pub provider: ItemName,
    /// The least severity.
    #[serde(default)]
    pub severity: EventSeverity,
    /// Regular expressions of messages that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// A few words that go with each message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// The least severity of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventSeverity {
    /// Everything.
    #[default]
    Info,
    /// Failures only.
    Error,
}

/// A webhook that makes Flux look at the tenant's sources at once; see Flux's `Receiver`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Receiver {
    /// The type, such as `github` or `gitlab`.
    #[serde(rename = "type")]
    pub kind: ItemName,
    /// The Secret with the token.
    pub secret_ref: ObjectName,
    /// The events that count; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// The sources that are looked at; none means all in its namespace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ItemName>,
    /// The tenant's namespace where it lives. Default: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<NamespaceName>,
}

/// Which images are watched, and where their new tags are committed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ImageAutomation {
    /// The images, by name.
    pub images: IndexMap<ItemName, WatchedImage>,
    /// The Git source whose repository is written to. Its namespace is where everything of this lives.
    pub source: ItemName,
    /// The folder in which tags are replaced. Default: the source's `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<SourcePath>,
    /// The branch that is pushed to. Default: the source's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_branch: Option<GitRef>,
    /// Who commits.
    pub author: Author,
    /// How often it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
}

/// Who commits image updates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Author {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The e-mail address.
    pub email: String,
}

/// An image and the policy that chooses among its tags. Exactly one of `semver`, `alphabetical` and `numerical` is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WatchedImage {
    /// The image, without a tag.
    pub image: ImageName,
    /// A range of tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semver: Option<SemverRange>,
    /// The last tag in this order of letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alphabetical: Option<Order>,
    /// The last tag in this order of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerical: Option<Order>,
    /// Which tags count, and which part of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_tags: Option<FilterTags>,
    /// How often the registry is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// How clusters authenticate at the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
}

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The greatest is last.
    Asc,
    /// The smallest is last.
    Desc,
}

/// Which tags count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FilterTags {
    /// A regular expression.
    pub pattern: String,
    /// The part of it that is compared, such as `$ts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extract: Option<String>,
}
