//! The objects of the chosen clusters that a patch can reach, as a list to choose from.

use std::collections::BTreeMap;

use kustomize::yaml::Node;

use super::TargetText;
use crate::cli::fleet::Tenants;
use crate::flux::{Cluster, Identity, What};
use crate::patches::text::literally;
use crate::spec::Platform;
use crate::spec::text::{ComponentName, ItemName, TenantName};

/// An object that can be changed.
#[derive(Clone, Debug)]
pub(super) struct Reachable {
    pub identity: Identity,
    pub node: Node,
    /// The clusters that apply it.
    pub clusters: Vec<String>,
    /// What ships it, if that is not this repository.
    pub shipped: Option<Shipped>,
}

/// Who ships an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shipped {
    Tenant(TenantName, ItemName),
    Component(ComponentName),
}

/// Everything that can be changed, sorted by kind and name.
pub(super) struct Known {
    pub objects: Vec<Reachable>,
}

/// The ending of the Flux Kustomization that applies what a component takes from elsewhere.
const MANIFESTS: &str = ".manifests";

impl Known {
    /// What the Flux Kustomizations of clusters apply, but for what a cluster's own one does: that is described.
    pub(super) fn of(clusters: &[Cluster<'_>], platform: &Platform) -> Self {
        let mut found: BTreeMap<Identity, Reachable> = BTreeMap::new();
        for cluster in clusters {
            let tenants = Tenants::of(cluster);
            for (at, applier) in cluster.appliers.iter().enumerate().skip(1) {
                if !matches!(applier.what, What::Kustomization(_)) {
                    continue;
                }
                let shipped = match applier.is_remote() {
                    false => None,
                    true => {
                        let owner = tenants.of_applier(cluster, at);
                        match shipped(&applier.what.name().name, owner, platform) {
                            Some(shipped) => Some(shipped),
                            None => continue,
                        }
                    }
                };
                for object in applier.objects() {
                    let entry = found.entry(object.identity.clone()).or_insert_with(|| Reachable {
                        identity: object.identity.clone(),
                        node: object.shown().clone(),
                        clusters: Vec::new(),
                        shipped: shipped.clone(),
                    });
                    if !entry.clusters.contains(&cluster.name) {
                        entry.clusters.push(cluster.name.clone());
                    }
                }
            }
        }
        let mut objects: Vec<Reachable> = found.into_values().collect();
        objects.sort_by(|one, other| {
            let key = |it: &Reachable| {
                let Identity { kind, namespace, name, group } = &it.identity;
                (kind.clone(), name.clone(), namespace.clone(), group.clone())
            };
            key(one).cmp(&key(other))
        });
        Self { objects }
    }

    /// The first object that a target means.
    pub(super) fn find(&self, target: &TargetText) -> Option<&Reachable> {
        let fits = |pattern: &Option<String>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| {
                regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|it| it.is_match(text))
            })
        };
        self.objects.iter().find(|one| {
            let Identity { kind, namespace, name, group } = &one.identity;
            fits(&Some(target.kind.clone()), kind)
                && fits(&target.group, group)
                && fits(&target.namespace, namespace)
                && fits(&target.name, name)
        })
    }

    /// A target for exactly one object.
    pub(super) fn target(&self, one: &Reachable) -> TargetText {
        let Identity { kind, namespace, name, group } = &one.identity;
        let others = |same: &dyn Fn(&Identity) -> bool| {
            self.objects.iter().any(|other| other.identity != one.identity && same(&other.identity))
        };
        let alike = |other: &Identity| other.kind == *kind && other.name == *name;
        TargetText {
            kind: kind.clone(),
            group: others(&|other| other.kind == *kind && other.group != *group)
                .then(|| group.clone())
                .filter(|group| !group.is_empty()),
            namespace: others(&alike)
                .then(|| literally(namespace))
                .filter(|namespace| !namespace.is_empty()),
            name: Some(literally(name)),
        }
    }
}

impl Reachable {
    /// As it stands in a list.
    pub(super) fn line(&self, all: usize) -> String {
        let Identity { kind, namespace, name, .. } = &self.identity;
        let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
        let on = match self.clusters.len() == all {
            true => String::new(),
            false => format!("  on {}", self.clusters.join(", ")),
        };
        format!("{kind} {place}{name}{on}")
    }
}

/// Who ships what a Flux Kustomization applies: a tenant's has the name of its source, a component's its own.
fn shipped(kustomization: &str, owner: Option<&str>, platform: &Platform) -> Option<Shipped> {
    if let Some(owner) = owner {
        let known = |name: &TenantName| {
            platform.tenants.get(name).is_some_and(|it| it.base.known_as(name.as_str()) == owner)
        };
        let tenant = platform.tenants.keys().find(|name| known(name))?;
        return Some(Shipped::Tenant(tenant.clone(), ItemName::new(kustomization).ok()?));
    }
    let component = kustomization.strip_suffix(MANIFESTS)?;
    let known = |(name, it): &(&ComponentName, &crate::spec::Entity<_>)| {
        let it: &crate::spec::Entity<crate::spec::component::Component> = it;
        it.base.known_as(name.as_str()) == component
    };
    platform.components.iter().find(known).map(|(name, _)| Shipped::Component(name.clone()))
}
