//! How Flux runs on a cluster, as templates see it: the controllers and the arguments that lock them down.

use schemars::JsonSchema;
use serde::Serialize;

use super::tenant::DEFAULT_ACCOUNT;
use crate::spec::platform::{Controller, Flux, Install};

/// Flux on a cluster: `cluster.flux`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FluxContext {
    /// The exact version, without a leading `v`.
    pub version: String,
    /// Who installs it: `components`, `operator` or `external`.
    pub install: &'static str,
    /// Whether tenants are locked down.
    pub multitenancy: bool,
    /// The account that Flux objects of tenants run as if they name none: `flux`.
    pub default_account: &'static str,
    /// The controllers that run.
    pub controllers: Vec<ControllerContext>,
    /// The names of shards; may be empty.
    pub shards: Vec<String>,
    /// How often the cluster looks at the platform's repository.
    pub interval: String,
    /// The exact version of the operator's chart; null unless the operator installs Flux.
    pub operator_version: Option<String>,
}

/// A controller of Flux.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ControllerContext {
    /// The name of its Deployment.
    pub name: &'static str,
    /// The arguments that lock it down; empty without `multitenancy`.
    pub lockdown: Vec<String>,
    /// The arguments that the description asks for in other ways: `--concurrent`, and for kustomize-controller that a
    /// variable without a value fails a substitution; may be empty.
    pub settings: Vec<String>,
    /// Whether each shard has one of its own.
    pub sharded: bool,
}

impl FluxContext {
    /// Computes what templates see of how Flux is installed somewhere.
    #[must_use]
    pub fn new(flux: &Flux) -> Self {
        let version = flux.version.as_str();
        Self {
            version: version.strip_prefix('v').unwrap_or(version).to_owned(),
            install: match flux.install {
                Install::Components => "components",
                Install::Operator => "operator",
                Install::External => "external",
            },
            multitenancy: flux.multitenancy,
            default_account: DEFAULT_ACCOUNT,
            controllers: Controller::ALL
                .into_iter()
                .filter(|controller| flux.components.contains(controller))
                .map(|controller| ControllerContext {
                    name: name(controller),
                    lockdown: if flux.multitenancy { lockdown(controller) } else { Vec::new() },
                    settings: settings(flux, controller),
                    sharded: matches!(
                        controller,
                        Controller::SourceController
                            | Controller::KustomizeController
                            | Controller::HelmController
                    ),
                })
                .collect(),
            shards: flux.shards.iter().map(ToString::to_string).collect(),
            interval: flux.interval.as_ref().map_or("1m", |interval| interval.as_str()).into(),
            operator_version: flux
                .operator
                .as_ref()
                .filter(|_| flux.install == Install::Operator)
                .map(|operator| operator.version.to_string()),
        }
    }
}

fn settings(flux: &Flux, controller: Controller) -> Vec<String> {
    let mut arguments = Vec::new();
    if let Some(concurrency) = flux.concurrency.get(&controller) {
        arguments.push(format!("--concurrent={concurrency}"));
    }
    if controller == Controller::KustomizeController {
        arguments.push("--feature-gates=StrictPostBuildSubstitutions=true".to_owned());
    }
    arguments
}

/// The name of a controller's Deployment and ServiceAccount.
const fn name(controller: Controller) -> &'static str {
    match controller {
        Controller::SourceController => "source-controller",
        Controller::KustomizeController => "kustomize-controller",
        Controller::HelmController => "helm-controller",
        Controller::NotificationController => "notification-controller",
        Controller::ImageReflectorController => "image-reflector-controller",
        Controller::ImageAutomationController => "image-automation-controller",
    }
}

/// The arguments of Flux's [multi-tenancy lockdown](https://fluxcd.io/flux/installation/configuration/multitenancy/),
/// those of [object-level workload identity](https://fluxcd.io/flux/integrations/) included: without them, a source
/// or a decryption that names no account uses the controller's own identity at the cloud.
fn lockdown(controller: Controller) -> Vec<String> {
    let mut arguments = Vec::new();
    if controller != Controller::SourceController {
        arguments.push("--no-cross-namespace-refs=true".to_owned());
    }
    if controller == Controller::KustomizeController {
        arguments.push("--no-remote-bases=true".to_owned());
    }
    // For kustomize- and helm-controller the account that applies; for the others the account whose identity at the
    // cloud authenticates.
    arguments.push(format!("--default-service-account={DEFAULT_ACCOUNT}"));
    if controller == Controller::KustomizeController {
        arguments.push(format!("--default-decryption-service-account={DEFAULT_ACCOUNT}"));
    }
    if matches!(controller, Controller::KustomizeController | Controller::HelmController) {
        arguments.push(format!("--default-kubeconfig-service-account={DEFAULT_ACCOUNT}"));
    }
    arguments.push("--feature-gates=ObjectLevelWorkloadIdentity=true".to_owned());
    arguments
}
