//! The description itself as a fleet.

use std::collections::BTreeMap;
use std::sync::Arc;

use kustomize::yaml::{Budget, SourceId, parse};
use serde::Serialize;
use tera::Value;

use super::patched::Patching;
use super::{At, Fleet};
use crate::context;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::files::Files;
use crate::layout::{self, Layout, Member};
use crate::patches::text::{PatchContext, entry};
use crate::patches::{self, Held, Patches};
use crate::path::RepoPath;
use crate::spec::text::{ClusterName, ComponentName, EnvironmentName, TenantName};
use crate::spec::{EntityKind, Platform, Scope};
use crate::tree::EntityRef;

/// The source of a component's manifests, as patches name it.
const MANIFESTS: &str = "manifests";

/// A loaded description, a layout's declarations and the files that components draw values from.
pub(super) struct Described<'a> {
    platform: &'a Platform,
    layout: &'a Layout,
    files: &'a dyn Files,
    /// Where each component is enabled.
    enabled: BTreeMap<&'a str, Vec<Arc<str>>>,
    patches: Patches,
}

impl<'a> Described<'a> {
    pub(super) fn new(platform: &'a Platform, layout: &'a Layout, files: &'a dyn Files) -> Self {
        let mut enabled: BTreeMap<&str, Vec<Arc<str>>> = BTreeMap::new();
        for cluster in platform.clusters.keys() {
            let name: Arc<str> = platform.known_as(cluster).into();
            for component in platform.components_on(cluster) {
                enabled.entry(component.as_str()).or_default().push(Arc::clone(&name));
            }
        }
        Self { platform, layout, files, enabled, patches: Patches::of(platform) }
    }

    fn cluster_name(&self, name: &str) -> Option<&'a ClusterName> {
        self.platform.cluster_known_as(name)
    }

    fn environment_name(&self, name: &str) -> Option<&'a EnvironmentName> {
        self.platform.environments().find(|environment| environment.as_str() == name)
    }

    fn tenant_name(&self, name: &str) -> Option<&'a TenantName> {
        self.platform.tenants.get_key_value(name).map(|(name, _)| name)
    }

    fn scope(&self, at: At<'_>) -> Option<Scope<'a>> {
        match at {
            At::Base => Some(Scope::Base),
            At::Environment(name) => self.environment_name(name).map(Scope::Environment),
            At::Cluster(name) => self.cluster_name(name).map(Scope::Cluster),
        }
    }

    /// The clusters of an entity that a scope means.
    fn clusters_in(&self, entity: &EntityRef, scope: Scope<'_>) -> Vec<ClusterName> {
        let mut clusters = patches::clusters_of(self.platform, entity);
        clusters.retain(|cluster| match scope {
            Scope::Base => true,
            Scope::Environment(name) => self.platform.environment_of(cluster) == Some(name),
            Scope::Cluster(name) => cluster == name,
        });
        clusters
    }

    /// The patches for what a source of an entity ships, as they hold for all of its clusters in a scope.
    fn source_patches(
        &self,
        entity: &EntityRef,
        source: &str,
        scope: Scope<'_>,
    ) -> Vec<PatchContext> {
        let clusters = self.clusters_in(entity, scope);
        self.patches.of_source(entity, source, &clusters).map(|held| entry(held, None)).collect()
    }

    /// Whether patches for what sources of an entity ship hold in a scope otherwise than in the one around it.
    fn patches_differ(&self, entity: &EntityRef, scope: Scope<'_>) -> bool {
        if !self.patches.reach_sources_of(entity) {
            return false;
        }
        let around = match scope {
            Scope::Base => return false,
            Scope::Environment(_) => Scope::Base,
            Scope::Cluster(name) => match self.platform.environment_of(name) {
                Some(environment) => Scope::Environment(environment),
                None => Scope::Base,
            },
        };
        let (here, around) = (self.clusters_in(entity, scope), self.clusters_in(entity, around));
        let on_all = |held: &&Held, clusters: &[ClusterName]| {
            clusters.iter().all(|cluster| held.holds(Some(entity), cluster))
        };
        self.patches
            .all()
            .iter()
            .filter(|held| !held.is_of_this_repository())
            .any(|held| on_all(&held, &here) != on_all(&held, &around))
    }

    /// Where `platform.yaml` says a variable of the layout.
    fn variable_place(&self, name: &str) -> Option<Place> {
        let file = RepoPath::new("platform.yaml").ok()?;
        let bytes = self.platform.texts.get(&file)?;
        let documents = parse(SourceId(0), bytes, &Budget::default()).ok()?;
        let variables = documents.first()?.root.pointer("/layout/variables");
        let value = variables.and_then(|variables| variables.get(name));
        Some(Place { range: value.or(variables).map(|node| node.span.range()), file })
    }
}

impl Fleet for Described<'_> {
    fn environments(&self) -> Vec<Arc<str>> {
        self.platform.environments().map(|name| name.as_str().into()).collect()
    }

    fn clusters(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let clusters = self.platform.clusters.iter();
        clusters
            .map(|(name, cluster)| {
                (self.platform.known_as(name).into(), cluster.base.environment.as_str().into())
            })
            .collect()
    }

    fn members(&self, member: Member) -> Vec<Arc<str>> {
        match member {
            Member::Tenant => self.platform.tenants.keys().map(|n| n.as_str().into()).collect(),
            Member::Component => self.enabled.keys().map(|&name| name.into()).collect(),
        }
    }

    fn placed_on(&self, member: Member, name: &str) -> Vec<Arc<str>> {
        match member {
            Member::Tenant => {
                let clusters = self.tenant_name(name).map(|name| self.platform.clusters_of(name));
                let known = |name| self.platform.known_as(name).into();
                clusters.into_iter().flatten().map(known).collect()
            }
            Member::Component => self.enabled.get(name).cloned().unwrap_or_default(),
        }
    }

    fn differs(&self, member: Member, name: &str, at: At<'_>) -> bool {
        let Some(scope) = self.scope(at) else { return false };
        let kind = match member {
            Member::Tenant => EntityKind::Tenant,
            Member::Component => EntityKind::Component,
        };
        if self.patches_differ(&patches::member(kind, name), scope) {
            return true;
        }
        match member {
            Member::Tenant => self.platform.tenants.get(name).is_some_and(|it| match scope {
                Scope::Base => false,
                Scope::Environment(environment) => it.differs_in(environment),
                Scope::Cluster(cluster) => it.differs_on(cluster),
            }),
            Member::Component => {
                let Some((name, it)) = self.platform.components.get_key_value(name) else {
                    return false;
                };
                // It waits for what configures those, too, and that may differ where they themselves are there.
                let needs = |scope| -> Vec<(&ComponentName, bool)> {
                    let configured = |name: &ComponentName| {
                        let need = self.platform.components.get(name);
                        need.is_some_and(|need| need.at(scope).configs.is_some())
                    };
                    let needs = self.platform.needs_of(name, scope);
                    needs.into_iter().map(|name| (name, configured(name))).collect()
                };
                match scope {
                    Scope::Base => false,
                    Scope::Environment(environment) => {
                        it.differs_in(environment) || needs(scope) != needs(Scope::Base)
                    }
                    Scope::Cluster(cluster) => {
                        let around = self.platform.environment_of(cluster);
                        let around = around.map_or(Scope::Base, Scope::Environment);
                        it.differs_on(cluster) || needs(scope) != needs(around)
                    }
                }
            }
        }
    }

    fn patching(&self) -> Option<Patching<'_>> {
        let Self { platform, patches, files, .. } = self;
        (!patches.is_empty()).then_some(Patching { platform, patches, files: *files })
    }

    fn platform(&self) -> Result<Value, Vec<Diagnostic>> {
        value(&context::platform(self.platform))
    }

    fn variables(&self) -> Result<Value, Vec<Diagnostic>> {
        let said = &self.platform.settings.layout.variables;
        let place = |name: &str| self.variable_place(name);
        value(&layout::variables(&self.layout.manifest, said, &place)?)
    }

    fn environment(&self, name: &str) -> Result<Value, Vec<Diagnostic>> {
        match self.environment_name(name) {
            Some(name) => value(&context::environment(self.platform, name)),
            None => Ok(Value::none()),
        }
    }

    fn cluster(&self, name: &str) -> Result<Value, Vec<Diagnostic>> {
        match self.cluster_name(name).and_then(|name| context::cluster(self.platform, name)) {
            Some(cluster) => value(&cluster),
            None => Ok(Value::none()),
        }
    }

    fn member(&self, member: Member, name: &str, at: At<'_>) -> Result<Value, Vec<Diagnostic>> {
        let Some(scope) = self.scope(at) else { return Ok(Value::none()) };
        match member {
            Member::Tenant => match self.platform.tenants.get_key_value(name) {
                Some((name, it)) => {
                    let effective = it.at(scope);
                    let mut tenant = context::tenant(self.platform, name, effective);
                    let entity = patches::member(EntityKind::Tenant, name);
                    if self.patches.reach_sources_of(&entity) {
                        for (source, key) in tenant.sources.iter_mut().zip(effective.sources.keys())
                        {
                            source.patches = self.source_patches(&entity, key.as_str(), scope);
                        }
                    }
                    value(&tenant)
                }
                None => Ok(Value::none()),
            },
            Member::Component => match self.platform.components.get_key_value(name) {
                Some((name, it)) => {
                    let effective = it.at(scope);
                    let mut component =
                        context::component(self.platform, name, effective, scope, self.files)?;
                    let entity = patches::member(EntityKind::Component, name);
                    component.source_patches = self.source_patches(&entity, MANIFESTS, scope);
                    value(&component)
                }
                None => Ok(Value::none()),
            },
        }
    }
}

fn value<T: Serialize>(context: &T) -> Result<Value, Vec<Diagnostic>> {
    Value::try_from_serializable(context)
        .map_err(|error| vec![Diagnostic::error(Code::TemplateFailed, error.to_string())])
}
