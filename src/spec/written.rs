//! An entity as it was written, layer by layer, for those who change it: what it would be without an override of its own.
//!
//! The layers are laid with the loader's own rules, from the same bytes, so what comes out is what the loader saw.

use std::collections::BTreeMap;

use kustomize::yaml::{Mapping, Node, SourceId};
use serde_json::Value;

use super::description::Platform;
use super::entity::{EntityKind, Scope, read_root};
use super::merge::{Shape, lay};
use super::resolve::without_pinned;
use super::text::{ClusterName, EnvironmentName};

/// How many of an entity's own overrides are laid over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overrides {
    /// None: what it is by itself, with the defaults of the place.
    None,
    /// That of the environment.
    Environment,
    /// That of the environment and that of the cluster.
    Cluster,
}

/// A component or a tenant with everything that is laid under it and over it.
#[derive(Clone, Debug)]
pub struct Written {
    shape: Shape,
    own: Node,
    platform: Option<Node>,
    environments: BTreeMap<EnvironmentName, Node>,
    clusters: BTreeMap<ClusterName, Node>,
    stages: BTreeMap<ClusterName, EnvironmentName>,
}

impl Platform {
    /// A component or a tenant as it was written; nothing for another kind, or if there is none of this name.
    #[must_use]
    pub fn written(&self, kind: EntityKind, name: &str) -> Option<Written> {
        let (source, shape) = match kind {
            EntityKind::Component => (self.components.get(name)?.source, Shape::COMPONENT),
            EntityKind::Tenant => (self.tenants.get(name)?.source, Shape::TENANT),
            EntityKind::Platform | EntityKind::Cluster | EntityKind::Patch => return None,
        };
        let root = |source: SourceId| read_root(source, self.texts.bytes(source)?);
        let defaults = |node: &Node| {
            let defaults = node.get("defaults")?.get(kind.as_str())?;
            defaults.as_mapping().map(|_| without_pinned(defaults))
        };
        let platform = root(SourceId(0));
        let staged = platform
            .as_ref()
            .and_then(|root| root.get("environments")?.as_sequence())
            .unwrap_or_default();
        Some(Written {
            shape,
            own: root(source)?,
            environments: self
                .environments()
                .zip(staged)
                .filter_map(|(name, node)| Some((name.clone(), defaults(node)?)))
                .collect(),
            platform: platform.as_ref().and_then(defaults),
            clusters: self
                .clusters
                .iter()
                .filter_map(|(name, cluster)| {
                    Some((name.clone(), defaults(&root(cluster.source)?)?))
                })
                .collect(),
            stages: self
                .clusters
                .iter()
                .map(|(name, cluster)| (name.clone(), cluster.base.environment.clone()))
                .collect(),
        })
    }
}

impl Written {
    /// What it is somewhere with so many of its own overrides; without `environments` and `clusters`.
    #[must_use]
    pub fn at(&self, scope: Scope<'_>, overrides: Overrides) -> Value {
        let (environment, cluster) = match scope {
            Scope::Base => (None, None),
            Scope::Environment(environment) => (Some(environment), None),
            Scope::Cluster(cluster) => (self.stages.get(cluster), Some(cluster)),
        };
        let own_environment = environment.filter(|_| overrides >= Overrides::Environment);
        let own_cluster = cluster.filter(|_| overrides >= Overrides::Cluster);
        let layers = [
            self.platform.as_ref(),
            environment.and_then(|name| self.environments.get(name)),
            cluster.and_then(|name| self.clusters.get(name)),
            Some(&self.own),
            own_environment.and_then(|name| self.own("environments", name.as_str())),
            own_cluster.and_then(|name| self.own("clusters", name.as_str())),
        ];
        let mut merged = Node::new(Mapping::new());
        for layer in layers.into_iter().flatten() {
            lay(&mut merged, layer, self.shape);
        }
        let mut merged = merged.to_json();
        if let Some(fields) = merged.as_object_mut() {
            fields.shift_remove("environments");
            fields.shift_remove("clusters");
        }
        merged
    }

    /// What its own file says of a place alone, as it is written there.
    #[must_use]
    pub fn override_at(&self, scope: Scope<'_>) -> Option<Value> {
        let layer = match scope {
            Scope::Base => Some(&self.own),
            Scope::Environment(name) => self.own("environments", name.as_str()),
            Scope::Cluster(name) => self.own("clusters", name.as_str()),
        };
        layer.map(Node::to_json)
    }

    fn own(&self, map: &str, name: &str) -> Option<&Node> {
        self.own.get(map)?.get(name).filter(|layer| layer.as_mapping().is_some())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;
    use crate::spec::testing::Description;

    #[test]
    fn an_entity_is_what_the_loader_says_it_is_and_what_it_would_be_without_its_overrides() {
        let platform = Description::new()
            .with(
                "platform/clusters/prod.yaml",
                "environment: production\ndefaults: { component: { interval: 5m } }\n",
            )
            .component(
                "istio",
                "helm: { repository: 'https://a.example', chart: istio, version: 1.27.1 }\n\
                 values: { a: { b: 1, c: null } }\n\
                 environments: { production: { version: 1.28.0, values: { a: { d: 2 } } } }\n\
                 clusters: { prod: { version: null, helm: { version: 1.29.0 } } }\n",
            )
            .good();
        let written = platform.written(EntityKind::Component, "istio").unwrap();
        let entity = &platform.components["istio"];
        let prod = ClusterName::new("prod").unwrap();
        let production = EnvironmentName::new("production").unwrap();
        for scope in [Scope::Base, Scope::Environment(&production), Scope::Cluster(&prod)] {
            let merged = written.at(scope, Overrides::Cluster);
            let there = serde_json::to_value(entity.at(scope)).unwrap();
            for field in ["version", "helm", "values", "interval"] {
                assert_eq!(merged.get(field), there.get(field), "{field} at {scope:?}");
            }
        }
        let without = written.at(Scope::Cluster(&prod), Overrides::Environment);
        assert_eq!(without["version"], "1.28.0");
        assert_eq!(without["interval"], "5m");
        let alone = written.at(Scope::Cluster(&prod), Overrides::None);
        assert_eq!(alone.get("version"), None);
        assert_eq!(
            written.override_at(Scope::Cluster(&prod)).unwrap(),
            json!({"version": null, "helm": {"version": "1.29.0"}})
        );
    }
}
