//! The description as a whole, loaded and checked, and the questions that the rest asks of it.

use std::collections::{BTreeMap, BTreeSet};

use kustomize::yaml::SourceId;

use super::cluster::Cluster;
use super::component::Component;
use super::entity::{Entity, EntityKind, Scope, place_in_file};
use super::patch::Patch;
use super::platform::{Artifacts, Environment, Flux, Settings};
use super::tenant::{Placement, Tenant};
use super::text::{ClusterName, ComponentName, EnvironmentName, ItemName, TenantName};
use crate::diagnostic::{Diagnostic, Place, Texts};
use crate::path::RepoPath;

/// A platform: everything that its description says, with every reference in it known to hold.
#[derive(Clone, Debug)]
pub struct Platform {
    /// What `platform.yaml` says.
    pub settings: Settings,
    /// The clusters.
    pub clusters: BTreeMap<ClusterName, Entity<Cluster>>,
    /// The components.
    pub components: BTreeMap<ComponentName, Entity<Component>>,
    /// The tenants.
    pub tenants: BTreeMap<TenantName, Entity<Tenant>>,
    /// The patches that have files of their own.
    pub patches: BTreeMap<ItemName, Entity<Patch>>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Diagnostic>,
    /// The files, for the places of diagnostics.
    pub texts: Texts,
    pub(super) flux_in: BTreeMap<EnvironmentName, Flux>,
    pub(super) flux_at: BTreeMap<ClusterName, Flux>,
    pub(super) artifacts_in: BTreeMap<EnvironmentName, Artifacts>,
    pub(super) artifacts_at: BTreeMap<ClusterName, Artifacts>,
}

impl Platform {
    /// The environments in the order of promotion.
    pub fn environments(&self) -> impl ExactSizeIterator<Item = &EnvironmentName> {
        self.settings.environments.iter().map(|environment| &environment.name)
    }

    /// Where `platform.yaml` says a field, by its JSON pointer; the nearest that holds it if it does not say it.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Place {
        match self.texts.file(SourceId(0)).cloned() {
            Some(file) => place_in_file(&self.texts, SourceId(0), &file, pointer),
            None => unreachable!("`platform.yaml` is the first text"),
        }
    }

    /// The file that describes an entity; nothing if there is no such entity.
    #[must_use]
    pub fn file_of(&self, kind: EntityKind, name: &str) -> Option<&RepoPath> {
        match kind {
            EntityKind::Platform => self.texts.file(SourceId(0)),
            EntityKind::Cluster => {
                let known = || self.cluster_known_as(name).and_then(|name| self.clusters.get(name));
                self.clusters.get(name).or_else(known).map(|entity| &entity.file)
            }
            EntityKind::Component => self.components.get(name).map(|entity| &entity.file),
            EntityKind::Tenant => self.tenants.get(name).map(|entity| &entity.file),
            EntityKind::Patch => self.patches.get(name).map(|entity| &entity.file),
        }
    }

    /// What a cluster knows itself by: its folder. Nothing else of it is asked for by this name.
    #[must_use]
    pub fn known_as<'a>(&'a self, cluster: &'a ClusterName) -> &'a str {
        let entity = self.clusters.get(cluster);
        entity.map_or(cluster.as_str(), |entity| entity.base.known_as(cluster.as_str()))
    }

    /// The cluster that knows itself by this name.
    #[must_use]
    pub fn cluster_known_as(&self, known: &str) -> Option<&ClusterName> {
        match self.clusters.get_key_value(known) {
            Some((name, entity)) if entity.base.known_as(name.as_str()) == known => Some(name),
            _ => self.clusters.keys().find(|name| self.known_as(name) == known),
        }
    }

    /// An environment by its name.
    #[must_use]
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.settings.environments.iter().find(|environment| environment.name == *name)
    }

    /// The environment of a cluster; nothing for a cluster that there is not.
    #[must_use]
    pub fn environment_of(&self, cluster: &ClusterName) -> Option<&EnvironmentName> {
        self.clusters.get(cluster).map(|cluster| &cluster.base.environment)
    }

    /// The clusters of an environment, in order of their names.
    pub fn clusters_in(&self, environment: &EnvironmentName) -> impl Iterator<Item = &ClusterName> {
        self.clusters
            .iter()
            .filter(move |(_, cluster)| cluster.base.environment == *environment)
            .map(|(name, _)| name)
    }

    /// How Flux is installed in an environment, unless a cluster says otherwise.
    #[must_use]
    pub fn flux_in(&self, environment: &EnvironmentName) -> &Flux {
        self.flux_in.get(environment).unwrap_or(&self.settings.flux)
    }

    /// How Flux is installed on a cluster.
    #[must_use]
    pub fn flux_at(&self, cluster: &ClusterName) -> &Flux {
        match (self.flux_at.get(cluster), self.environment_of(cluster)) {
            (Some(flux), _) => flux,
            (None, Some(environment)) => self.flux_in(environment),
            (None, None) => &self.settings.flux,
        }
    }

    /// The artifacts that clusters of an environment pull, unless a cluster says otherwise; nothing if the platform has none.
    #[must_use]
    pub fn artifacts_in(&self, environment: &EnvironmentName) -> Option<&Artifacts> {
        self.artifacts_in.get(environment).or(self.settings.artifacts.as_ref())
    }

    /// The artifacts that a cluster pulls; nothing if the platform has none.
    #[must_use]
    pub fn artifacts_at(&self, cluster: &ClusterName) -> Option<&Artifacts> {
        let environment = || self.artifacts_in(self.environment_of(cluster)?);
        self.artifacts_at.get(cluster).or_else(environment).or(self.settings.artifacts.as_ref())
    }

    /// The tag that clusters of an environment follow where nobody says one: what is released in the last of several, and
    /// what is newest elsewhere.
    #[must_use]
    pub fn default_tag(&self, environment: &EnvironmentName) -> &'static str {
        let last = self.settings.environments.last().map(|last| &last.name);
        let is_last = self.settings.environments.len() > 1 && last == Some(environment);
        if is_last { "latest-stable" } else { "latest" }
    }

    /// The clusters where a tenant is, in order of their names; none for a tenant that there is not.
    #[must_use]
    pub fn clusters_of(&self, tenant: &TenantName) -> Vec<&ClusterName> {
        match self.tenants.get(tenant) {
            Some(tenant) => placed(&tenant.base.placement, &self.clusters),
            None => Vec::new(),
        }
    }

    /// The tenants of a cluster, in order of their names.
    #[must_use]
    pub fn tenants_on(&self, cluster: &ClusterName) -> Vec<&TenantName> {
        let Some(there) = self.clusters.get(cluster) else { return Vec::new() };
        self.tenants
            .iter()
            .filter(|(_, tenant)| is_placed(&tenant.base.placement, cluster, &there.base))
            .map(|(name, _)| name)
            .collect()
    }

    /// The components that are enabled on a cluster, each after those that it depends on, otherwise in order of their
    /// names.
    #[must_use]
    pub fn components_on(&self, cluster: &ClusterName) -> Vec<&ComponentName> {
        let scope = Scope::Cluster(cluster);
        let enabled: BTreeMap<&ComponentName, Vec<&ComponentName>> = self
            .components
            .iter()
            .filter(|(_, component)| component.at_cluster(cluster).enabled)
            .map(|(name, _)| (name, self.needs_of(name, scope)))
            .collect();
        in_order(&enabled)
    }

    /// All components, each behind those that it depends on anywhere.
    #[must_use]
    pub fn components_in_order(&self) -> Vec<&ComponentName> {
        let needs = self.components.iter().map(|(name, entity)| {
            let needs = entity.variants().flat_map(|(scope, _)| self.needs_of(name, scope));
            let needs: BTreeSet<&ComponentName> = needs.collect();
            (name, needs.into_iter().collect())
        });
        in_order(&needs.collect())
    }

    /// The components that one comes after somewhere: those that it names in `dependsOn`, and those of a layer that
    /// comes before it; only those that are enabled there.
    #[must_use]
    pub fn needs_of(&self, name: &ComponentName, scope: Scope<'_>) -> Vec<&ComponentName> {
        let Some(component) = self.components.get(name) else { return Vec::new() };
        let said = &component.at(scope).depends_on;
        let enabled = |name: &ComponentName| {
            let (name, component) = self.components.get_key_value(name)?;
            component.at(scope).enabled.then_some(name)
        };
        let mut needs: Vec<&ComponentName> = said.iter().filter_map(enabled).collect();
        if component.base.layer.is_none() {
            let before = self.components.iter().filter(|(_, other)| other.base.layer.is_some());
            let before = before.filter(|(other, _)| !said.contains(other));
            needs.extend(before.filter_map(|(other, _)| enabled(other)));
        }
        needs
    }
}

/// The clusters that a placement means, in order of their names.
pub(super) fn placed<'a>(
    placement: &Placement,
    clusters: &'a BTreeMap<ClusterName, Entity<Cluster>>,
) -> Vec<&'a ClusterName> {
    clusters
        .iter()
        .filter(|(name, cluster)| is_placed(placement, name, &cluster.base))
        .map(|(name, _)| name)
        .collect()
}

/// Whether a placement means a cluster.
pub(super) fn is_placed(placement: &Placement, name: &ClusterName, cluster: &Cluster) -> bool {
    match placement {
        Placement::All => true,
        Placement::Clusters(names) => names.contains(name),
        Placement::Labels(selector) => {
            selector.match_labels.iter().all(|(key, value)| match cluster.labels.get(key) {
                Some(label) => label == value,
                None => {
                    key.as_str() == "environment" && cluster.environment.as_str() == value.as_str()
                }
            })
        }
    }
}

/// Names after those that they need; what is not among them, or in a cycle, holds nothing up.
fn in_order<'a>(
    needs: &BTreeMap<&'a ComponentName, Vec<&'a ComponentName>>,
) -> Vec<&'a ComponentName> {
    fn visit<'a>(
        name: &'a ComponentName,
        needs: &BTreeMap<&'a ComponentName, Vec<&'a ComponentName>>,
        seen: &mut BTreeSet<&'a ComponentName>,
        order: &mut Vec<&'a ComponentName>,
    ) {
        let Some((name, others)) = needs.get_key_value(name) else { return };
        if seen.insert(name) {
            for other in others {
                visit(other, needs, seen, order);
            }
            order.push(name);
        }
    }
    let mut order = Vec::with_capacity(needs.len());
    let mut seen = BTreeSet::new();
    for name in needs.keys() {
        visit(name, needs, &mut seen, &mut order);
    }
    order
}
