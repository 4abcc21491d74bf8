//! The OCI artifacts that clusters pull in the place of the repository, as templates see them.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::policies::cel_literal;
use super::source::{IdentityObject, SourceObject};
use super::tenant::AccountContext;
use crate::spec::Platform;
use crate::spec::platform::Artifacts;
use crate::spec::text::{ClusterName, EnvironmentName};

/// Where artifacts lie, and how they are pulled and verified: `platform.artifacts`, `environment.artifacts` and `cluster.artifacts`. `url` is the folder of the
/// registry; the layout adds the names.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactsContext {
    /// Which tag is followed; of the platform, where it is no matter of an environment, null unless the description says one for all.
    pub tag: Option<String>,
    /// The fields of the OCIRepository.
    #[serde(flatten)]
    pub object: SourceObject,
    /// The ServiceAccount in `flux-system` whose identity at the cloud reads them; null if there is none.
    pub account_object: Option<AccountContext>,
    /// The identities that some cluster there accepts, as a CEL list literal of maps with `issuer` and `subject`; null where one accepts
    /// what is signed by a key, or by nobody.
    pub identities: Option<String>,
}

impl ArtifactsContext {
    /// What holds for the platform as a whole.
    pub(super) fn of(platform: &Platform) -> Option<Self> {
        let artifacts = platform.settings.artifacts.as_ref()?;
        let tag = artifacts.tag.as_ref().map(ToString::to_string);
        let all = platform.clusters.keys().filter_map(|name| platform.artifacts_at(name));
        Some(Self::new(artifacts, tag, all))
    }

    /// What holds in an environment, unless a cluster says otherwise.
    pub(super) fn in_environment(platform: &Platform, name: &EnvironmentName) -> Option<Self> {
        let artifacts = platform.artifacts_in(name)?;
        let tag = tag(artifacts, platform.default_tag(name));
        let all = platform.clusters_in(name).filter_map(|name| platform.artifacts_at(name));
        Some(Self::new(artifacts, Some(tag), all))
    }

    /// What holds on a cluster.
    pub(super) fn at(platform: &Platform, cluster: &ClusterName) -> Option<Self> {
        let artifacts = platform.artifacts_at(cluster)?;
        let by_default = platform.environment_of(cluster).map(|name| platform.default_tag(name));
        let tag = tag(artifacts, by_default.unwrap_or("latest"));
        Some(Self::new(artifacts, Some(tag), [artifacts].into_iter()))
    }

    fn new<'a>(
        artifacts: &Artifacts,
        tag: Option<String>,
        all: impl Iterator<Item = &'a Artifacts>,
    ) -> Self {
        let object = SourceObject {
            kind: "OCIRepository",
            url: Some(artifacts.url.to_string()),
            reference: tag.clone().map(|tag| IndexMap::from([("tag", tag)])),
            insecure: artifacts.insecure,
            ..SourceObject::default()
        }
        .authenticated(artifacts.auth.as_ref())
        .verified(artifacts.verify.as_ref());
        let identity = artifacts.auth.as_ref().and_then(|auth| auth.workload_identity.as_ref());
        let account_object = identity.map(|identity| AccountContext {
            name: identity.service_account.to_string(),
            annotations: identity
                .annotations
                .iter()
                .map(|(key, value)| (key.to_string(), value.clone()))
                .collect(),
        });
        Self { tag, object, account_object, identities: identities(all) }
    }
}

fn tag(artifacts: &Artifacts, by_default: &str) -> String {
    artifacts.tag.as_ref().map_or_else(|| by_default.to_owned(), ToString::to_string)
}

/// Who may sign, of all that are accepted somewhere; nothing where somebody takes another signature or none.
fn identities<'a>(all: impl Iterator<Item = &'a Artifacts>) -> Option<String> {
    let mut known: BTreeSet<IdentityObject> = BTreeSet::new();
    for artifacts in all {
        let verify = artifacts.verify.as_ref().filter(|verify| !verify.identities.is_empty())?;
        known.extend(verify.identities.iter().map(|identity| IdentityObject {
            issuer: identity.issuer_pattern(),
            subject: identity.subject_pattern(),
        }));
    }
    (!known.is_empty()).then(|| cel_literal(&known))
}
