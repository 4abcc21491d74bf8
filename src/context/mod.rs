//! What templates see, computed from the description.
//!
//! In flow a [`Platform`] whose references are known to hold, and the effective values of an entity
//! somewhere; out flow plain structs with everything resolved: namespaces, accounts, references,
//! patterns, order. Templates do layout, not logic. Field names are written in camel case, and a field
//! that does not apply is null, so that a template can ask for it.
//!
//! Nothing here knows a layout, a path of one, or a template engine. `docs/layout-context.md` lists the
//! fields for authors of layouts.

mod artifacts;
mod component;
mod events;
mod flux;
mod patterns;
mod picture;
mod platform;
mod policies;
#[cfg(test)]
mod reference;
mod source;
mod tenant;
mod values;

pub use artifacts::ArtifactsContext;
pub use component::{ComponentContext, HealthCheckContext, HelmContext, NamespaceObject};
pub use events::NotificationsContext;
pub use flux::{ControllerContext, FluxContext};
pub use platform::{
    ClusterContext, ClusterSummary, ComponentSummary, EnvironmentContext, PlatformContext,
    RepositoryContext, SecretsContext, TenantOnCluster, TenantSummary,
};
pub use policies::{AllowedSources, ImagePolicyContext, PoliciesContext, RequiredSignatures};
pub use source::{IdentityObject, SecretReference, SourceObject, VerifyObject};
pub use tenant::{
    AccountContext, AlertContext, DEFAULT_ACCOUNT, DecryptionContext, GroupsContext,
    ImageAutomationContext, ImageContext, LimitRangeContext, NamespaceContext,
    NetworkPolicyContext, ProviderContext, ReceiverContext, ReceiverResource, TenantContext,
    TenantSource,
};
pub use values::ValuesError;

use crate::diagnostic::Diagnostic;
use crate::files::Files;
use crate::spec::component::Component;
use crate::spec::tenant::Tenant;
use crate::spec::text::{ClusterName, ComponentName, EnvironmentName, TenantName};
use crate::spec::{Platform, Scope};

/// The version of the context: what a layout's manifest asks for in `context`. It grows when a field changes its
/// meaning or goes; a new field does not change it.
pub const VERSION: u32 = 1;

/// `platform`.
#[must_use]
pub fn platform(platform: &Platform) -> PlatformContext {
    PlatformContext::new(platform)
}

/// `environment`.
#[must_use]
pub fn environment(platform: &Platform, name: &EnvironmentName) -> EnvironmentContext {
    EnvironmentContext::new(platform, name)
}

/// `cluster`; nothing if there is no such cluster.
#[must_use]
pub fn cluster(platform: &Platform, name: &ClusterName) -> Option<ClusterContext> {
    ClusterContext::new(platform, name)
}

/// `tenant`, from its effective values somewhere.
#[must_use]
pub fn tenant(platform: &Platform, name: &TenantName, effective: &Tenant) -> TenantContext {
    TenantContext::new(&platform.settings, name, effective)
}

/// `component`, from its effective values in a scope.
///
/// # Errors
/// Files with values that do not exist, cannot be read or hold no values.
pub fn component(
    platform: &Platform,
    name: &ComponentName,
    effective: &Component,
    scope: Scope<'_>,
    files: &dyn Files,
) -> Result<ComponentContext, Vec<Diagnostic>> {
    ComponentContext::new(platform, name, effective, scope, files)
}
