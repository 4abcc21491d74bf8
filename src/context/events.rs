//! What is told of the platform itself, as templates see it: objects in `flux-system` on every cluster.

use schemars::JsonSchema;
use serde::Serialize;

use super::tenant::{AlertContext, ProviderContext, ReceiverContext, ReceiverResource};
use crate::spec::tenant::Notifications;

/// Where the platform's own Flux objects live.
const NAMESPACE: &str = "flux-system";

/// The kinds of Flux objects that the platform has there.
const KINDS: [&str; 6] = [
    "GitRepository",
    "HelmChart",
    "HelmRelease",
    "HelmRepository",
    "Kustomization",
    "OCIRepository",
];

/// What is told of the platform itself, and by what it is told to look.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationsContext {
    /// Where messages go; may be empty.
    pub providers: Vec<ProviderContext>,
    /// Which events become messages; may be empty.
    pub alerts: Vec<AlertContext>,
    /// Webhooks that make Flux look at the platform's repository at once; may be empty.
    pub receivers: Vec<ReceiverContext>,
}

impl NotificationsContext {
    pub(super) fn new(all: &Notifications) -> Self {
        let here = || NAMESPACE.to_owned();
        let alert = |(name, alert)| AlertContext::new(name, alert, here(), KINDS.to_vec());
        let provider = |(name, provider)| ProviderContext::new(name, provider, here());
        let receiver = |(name, receiver)| {
            let own = ReceiverResource { kind: "GitRepository", name: NAMESPACE.to_owned() };
            ReceiverContext::new(name, receiver, here(), vec![own])
        };
        Self {
            providers: all.providers.iter().map(provider).collect(),
            alerts: all.alerts.iter().map(alert).collect(),
            receivers: all.receivers.iter().map(receiver).collect(),
        }
    }
}
