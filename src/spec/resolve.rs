//! Defaults and overrides, resolved: what Flux is and what each entity is in every environment and on every cluster.
//!
//! An entity that nothing differs in costs one deserialization; of the others only what differs is kept.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use kustomize::yaml::{Budget, Mapping, Node, SourceId, parse};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::cluster::Cluster;
use super::component::Component;
use super::description::is_placed;
use super::entity::{Entity, EntityKind};
use super::load::Read;
use super::merge::{Shape, lay, said, says_nothing};
use super::platform::Settings;
use super::tenant::Tenant;
use super::text::{ClusterName, ComponentName, EnvironmentName, TenantName, TextError};
use super::typed;
use crate::diagnostic::{Code, Diagnostic, Texts};

/// An entity that can differ by environment and by cluster.
pub(super) trait Overridable:
    DeserializeOwned + JsonSchema + PartialEq + Send + Sync
{
    type Name: FromStr<Err = TextError> + Ord + Send;
    const KIND: EntityKind;
    const SHAPE: Shape;
    const THING: &'static str;
    /// One that says the least, to see what is wrong with a default by itself.
    const MINIMAL: &'static str;

    /// Whether it is on a cluster.
    fn is_on(&self, name: &ClusterName, cluster: &Cluster) -> bool;
}

impl Overridable for Tenant {
    type Name = TenantName;
    const KIND: EntityKind = EntityKind::Tenant;
    const SHAPE: Shape = Shape::TENANT;
    const THING: &'static str = "a tenant";
    const MINIMAL: &'static str = r#"{ owner: ["@a"], namespaces: [a], placement: all }"#;

    fn is_on(&self, name: &ClusterName, cluster: &Cluster) -> bool {
        is_placed(&self.placement, name, cluster)
    }
}

impl Overridable for Component {
    type Name = ComponentName;
    const KIND: EntityKind = EntityKind::Component;
    const SHAPE: Shape = Shape::COMPONENT;
    const THING: &'static str = "a component";
    const MINIMAL: &'static str = "{}";

    fn is_on(&self, _: &ClusterName, _: &Cluster) -> bool {
        true
    }
}

/// What an override cannot say, by what it is.
pub const PINNED: [&str; 6] =
    ["owner", "namespaces", "placement", "layer", "environments", "clusters"];

/// What the platform, its environments and its clusters say of every entity and of Flux, as written.
pub(super) struct Layers<'a> {
    platform: Option<&'a Node>,
    environments: Vec<(EnvironmentName, &'a Node)>,
    clusters: Vec<(ClusterName, &'a Node)>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(
        platform: Option<&'a Read>,
        settings: Option<&Settings>,
        clusters: &'a [Read],
    ) -> Self {
        let platform = platform.map(|file| &file.root);
        let written = platform
            .and_then(|root| root.get("environments"))
            .and_then(Node::as_sequence)
            .unwrap_or_default();
        let names = settings.map_or(&[][..], |settings| &settings.environments);
        Self {
            platform,
            environments: names
                .iter()
                .zip(written)
                .map(|(environment, node)| (environment.name.clone(), node))
                .collect(),
            clusters: clusters
                .iter()
                .filter_map(|file| Some((ClusterName::new(&*file.name).ok()?, &file.root)))
                .collect(),
        }
    }

    /// Every entity of a kind, resolved from its file.
    pub(super) fn resolve<T: Overridable>(
        &self,
        files: Vec<Read>,
        clusters: &BTreeMap<ClusterName, Entity<Cluster>>,
        texts: &Texts,
        diagnostics: &mut Vec<Diagnostic>,
        broken: &mut BTreeSet<(EntityKind, String)>,
    ) -> BTreeMap<T::Name, Entity<T>> {
        let stages: BTreeMap<ClusterName, EnvironmentName> = clusters
            .iter()
            .map(|(name, cluster)| (name.clone(), cluster.base.environment.clone()))
            .collect();
        diagnostics.extend(self.check::<T>(texts));
        let defaults = self.defaults::<T>(&stages);
        let resolver = Resolver { defaults, clusters, stages: Arc::new(stages), texts };
        // Each file's nodes go as soon as its entity is resolved: all of them at once are most of the memory.
        let resolved: Vec<_> = files
            .into_par_iter()
            .map(|file| {
                let entity = resolver.resolve::<T>(&file);
                (file.name.parse::<T::Name>(), entity, file.name)
            })
            .collect();
        let mut entities = BTreeMap::new();
        for result in resolved {
            match result {
                (Ok(name), Ok(entity), _) => {
                    entities.insert(name, entity);
                }
                (_, result, name) => {
                    diagnostics.extend(result.err().into_iter().flatten());
                    broken.insert((T::KIND, name));
                }
            }
        }
        entities
    }

    /// The defaults of one kind of entity, merged for each environment and each cluster that has some.
    fn defaults<T: Overridable>(
        &self,
        stages: &BTreeMap<ClusterName, EnvironmentName>,
    ) -> Defaults {
        let defaults = |node: &'a Node| {
            node.get("defaults")
                .and_then(|defaults| defaults.get(T::KIND.as_str()))
                .filter(|defaults| !says_nothing(Some(defaults)))
        };
        let lay_on = |base: &Node, top: &Node| {
            let mut merged = base.clone();
            lay(&mut merged, &without_pinned(top), T::SHAPE);
            merged
        };
        let empty = Node::new(Mapping::new());
        let platform = self.platform.and_then(defaults).map(|node| lay_on(&empty, node));
        let below = platform.as_ref().unwrap_or(&empty);
        let environments: BTreeMap<EnvironmentName, Node> = self
            .environments
            .iter()
            .filter_map(|(name, node)| Some((name.clone(), lay_on(below, defaults(node)?))))
            .collect();
        let clusters = self
            .clusters
            .iter()
            .filter_map(|(name, node)| {
                let below =
                    stages.get(name).and_then(|stage| environments.get(stage)).unwrap_or(below);
                Some((name.clone(), lay_on(below, defaults(node)?)))
            })
            .collect();
        Defaults { platform, environments, clusters }
    }

    /// What is wrong with defaults by themselves, whether anything inherits them or not.
    fn check<T: Overridable>(&self, texts: &Texts) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let places = self
            .platform
            .into_iter()
            .chain(self.environments.iter().map(|(_, node)| *node))
            .chain(self.clusters.iter().map(|(_, node)| *node));
        for node in places {
            let Some(defaults) = node.get("defaults").and_then(|all| all.get(T::KIND.as_str()))
            else {
                continue;
            };
            if !says_nothing(Some(defaults)) {
                diagnostics.extend(pinned(defaults, T::THING, texts));
                diagnostics.extend(check_layer::<T>(defaults, texts));
            }
        }
        diagnostics
    }

    /// What a field of `platform.yaml` is in each environment and on each cluster that says something else of it: `flux`,
    /// `artifacts`.
    pub(super) fn section<T: DeserializeOwned + JsonSchema>(
        &self,
        field: &str,
        thing: &str,
        clusters: &BTreeMap<ClusterName, Entity<Cluster>>,
        texts: &Texts,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (BTreeMap<EnvironmentName, T>, BTreeMap<ClusterName, T>) {
        let Some(platform) = self.platform.and_then(|root| root.get(field)) else {
            return (BTreeMap::new(), BTreeMap::new());
        };
        let platform = said(platform, Shape::PLAIN);
        let lay_on = |base: &Node, node: &Node| {
            let top = node.get(field).filter(|top| !says_nothing(Some(top)))?;
            let mut merged = base.clone();
            lay(&mut merged, top, Shape::PLAIN);
            Some(merged)
        };
        let mut typed = |node: &Node| {
            typed::read::<T>(node, thing, texts).map_err(|faults| diagnostics.extend(faults)).ok()
        };
        let merged: BTreeMap<&EnvironmentName, Node> = self
            .environments
            .iter()
            .filter_map(|(name, node)| Some((name, lay_on(&platform, node)?)))
            .collect();
        let environments = merged
            .iter()
            .filter_map(|(name, node)| Some(((*name).clone(), typed(node)?)))
            .collect();
        let clusters = self
            .clusters
            .iter()
            .filter_map(|(name, node)| {
                let below = clusters
                    .get(name)
                    .and_then(|cluster| merged.get(&cluster.base.environment))
                    .unwrap_or(&platform);
                Some((name.clone(), typed(&lay_on(below, node)?)?))
            })
            .collect();
        (environments, clusters)
    }
}

/// An override without the fields that it cannot say; the same if it says none.
pub(super) fn without_pinned(node: &Node) -> Node {
    let mut kept = node.clone();
    if let Some(mapping) = kept.as_mapping_mut() {
        mapping.retain(|key, _| !key.text().is_some_and(|key| PINNED.contains(&key)));
    }
    kept
}

/// What an override says that it cannot.
fn pinned(node: &Node, thing: &str, texts: &Texts) -> Vec<Diagnostic> {
    let Some(mapping) = node.as_mapping() else { return Vec::new() };
    mapping
        .keys()
        .filter(|key| key.text().is_some_and(|key| PINNED.contains(&key)))
        .filter_map(|key| {
            let field = key.key_text();
            let message = format!("`{field}` cannot differ by environment or cluster");
            let diagnostic = Diagnostic::error(Code::NotOverridable, message)
                .label(format!("{thing} has the same `{field}` everywhere"))
                .help(format!(
                    "take it out here; `{field}` is said at the top level of the entity's own file"
                ));
            Some(diagnostic.at(texts.place(key.span)?))
        })
        .collect()
}

/// What is wrong with a default or an override by itself, whatever it is laid over.
fn check_layer<T: Overridable>(layer: &Node, texts: &Texts) -> Vec<Diagnostic> {
    if layer.as_mapping().is_none() {
        return Vec::new();
    }
    let mut whole = parse(SourceId(u32::MAX), T::MINIMAL.as_bytes(), &Budget::default())
        .ok()
        .and_then(|mut documents| documents.pop())
        .map(|document| document.root)
        .unwrap_or_default();
    lay(&mut whole, &without_pinned(layer), T::SHAPE);
    typed::check_part::<T>(&whole, T::THING, texts)
}

/// The merged defaults of one kind of entity.
struct Defaults {
    platform: Option<Node>,
    environments: BTreeMap<EnvironmentName, Node>,
    clusters: BTreeMap<ClusterName, Node>,
}

/// What it takes to resolve the overrides of one kind of entity.
struct Resolver<'a> {
    defaults: Defaults,
    clusters: &'a BTreeMap<ClusterName, Entity<Cluster>>,
    stages: Arc<BTreeMap<ClusterName, EnvironmentName>>,
    texts: &'a Texts,
}

impl Resolver<'_> {
    fn resolve<T: Overridable>(&self, file: &Read) -> Result<Entity<T>, Vec<Diagnostic>> {
        let mut faults = Vec::new();
        let merged = match &self.defaults.platform {
            None => said(&file.root, T::SHAPE),
            Some(defaults) => {
                let mut merged = defaults.clone();
                lay(&mut merged, &file.root, T::SHAPE);
                Cow::Owned(merged)
            }
        };
        let base = typed::read::<T>(&merged, T::THING, self.texts);
        for (_, layer) in file.overrides("environments").chain(file.overrides("clusters")) {
            if !layer.is_null() {
                faults.extend(pinned(layer, T::THING, self.texts));
            }
        }
        let base = match base {
            Ok(base) => base,
            Err(more) => {
                faults.extend(more);
                for map in ["environments", "clusters"] {
                    for (_, layer) in file.overrides(map) {
                        faults.extend(check_layer::<T>(layer, self.texts));
                    }
                }
                return Err(faults);
            }
        };
        let environments = self.in_environments(file, &merged, &base, &mut faults);
        let clusters = self.on_clusters(file, &merged, &base, &environments, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Entity {
            file: file.file.clone(),
            base,
            source: file.source,
            environments,
            clusters,
            stages: Arc::clone(&self.stages),
        })
    }

    /// What the entity is in each environment where it differs from its base.
    fn in_environments<T: Overridable>(
        &self,
        file: &Read,
        merged: &Node,
        base: &T,
        faults: &mut Vec<Diagnostic>,
    ) -> BTreeMap<EnvironmentName, T> {
        let own = layers::<EnvironmentName>(file, "environments");
        let names: BTreeSet<&EnvironmentName> =
            self.defaults.environments.keys().chain(own.keys()).collect();
        let mut differing = BTreeMap::new();
        for name in names {
            let mut there = match self.defaults.environments.get(name) {
                None => merged.clone(),
                Some(defaults) => Self::over::<T>(defaults, file),
            };
            Self::lay_own::<T>(&mut there, own.get(name).copied());
            match typed::read::<T>(&there, T::THING, self.texts) {
                Ok(there) if there == *base => {}
                Ok(there) => {
                    differing.insert(name.clone(), there);
                }
                Err(more) => faults.extend(more),
            }
        }
        differing
    }

    /// What the entity is on each cluster where it differs from what it is in the cluster's environment.
    fn on_clusters<T: Overridable>(
        &self,
        file: &Read,
        merged: &Node,
        base: &T,
        environments: &BTreeMap<EnvironmentName, T>,
        faults: &mut Vec<Diagnostic>,
    ) -> BTreeMap<ClusterName, T> {
        let own = layers::<ClusterName>(file, "clusters");
        let of_environments = layers::<EnvironmentName>(file, "environments");
        let inherited = self.defaults.clusters.keys().filter(|name| {
            self.clusters.get(*name).is_some_and(|cluster| base.is_on(name, &cluster.base))
        });
        let names: BTreeSet<&ClusterName> = inherited.chain(own.keys()).collect();
        let mut differing = BTreeMap::new();
        for name in names {
            let stage = self.stages.get(name);
            let defaults = self.defaults.clusters.get(name).or_else(|| {
                stage.and_then(|environment| self.defaults.environments.get(environment))
            });
            let mut there = match defaults {
                None => merged.clone(),
                Some(defaults) => Self::over::<T>(defaults, file),
            };
            Self::lay_own::<T>(
                &mut there,
                stage.and_then(|stage| of_environments.get(stage).copied()),
            );
            Self::lay_own::<T>(&mut there, own.get(name).copied());
            let below = stage.and_then(|stage| environments.get(stage)).unwrap_or(base);
            match typed::read::<T>(&there, T::THING, self.texts) {
                Ok(there) if there == *below => {}
                Ok(there) => {
                    differing.insert(name.clone(), there);
                }
                Err(more) => faults.extend(more),
            }
        }
        differing
    }

    /// The entity's own fields over some defaults.
    fn over<T: Overridable>(defaults: &Node, file: &Read) -> Node {
        let mut merged = defaults.clone();
        lay(&mut merged, &file.root, T::SHAPE);
        merged
    }

    fn lay_own<T: Overridable>(there: &mut Node, layer: Option<&Node>) {
        if let Some(layer) = layer.filter(|layer| layer.as_mapping().is_some()) {
            lay(there, &without_pinned(layer), T::SHAPE);
        }
    }
}

/// The overrides of a file by the names that they are for.
fn layers<'a, N: FromStr<Err = TextError> + Ord>(
    file: &'a Read,
    map: &str,
) -> BTreeMap<N, &'a Node> {
    file.overrides(map)
        .filter(|(_, layer)| !layer.is_null())
        .filter_map(|(name, layer)| Some((name.text()?.parse().ok()?, layer)))
        .collect()
}
