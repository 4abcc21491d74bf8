//! The patches of a description as they hold: who says each, on which clusters and in whose objects, and which is stronger.
//!
//! In goes a [`Platform`]; out come its patches, those with files of their own and those that environments, clusters, components and
//! tenants say, weak ones first. Rendering finds their targets among the objects of a layout and puts them where Flux applies them
//! ([`text`] writes them); the proof applies them one by one. Nothing here knows templates, files or objects.
//!
//! Where two meet, the narrower scope wins, in the order in which overrides do: what holds for the platform, an environment, a cluster; and
//! what is said of entities is stronger than what is said of all, again for the platform, an environment, a cluster.

pub mod apply;
pub mod text;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use kustomize::PatchTarget as Selecting;
use kustomize::yaml::Node;

use crate::diagnostic::Place;
use crate::flux::kustomization::may_select_secrets;
use crate::path::RepoPath;
use crate::spec::patch::{InlinePatch, Patches as Said};
use crate::spec::text::{ClusterName, ComponentName, EnvironmentName, TenantName};
use crate::spec::{Entity, EntityKind, Platform, Scope};
use crate::tree::EntityRef;

/// How narrow a scope is: the higher is the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Rank(u8);

impl Rank {
    const EVERYWHERE: u8 = 0;
    const ENVIRONMENT: u8 = 1;
    const CLUSTER: u8 = 2;

    fn new(place: u8, entities: bool) -> Self {
        Self(place + if entities { 3 } else { 0 })
    }
}

/// In words, as the end of "it holds for".
impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            0 => "the whole platform",
            1 => "environments",
            2 => "clusters",
            3 => "components or tenants",
            4 => "components or tenants in environments",
            _ => "components or tenants on clusters",
        })
    }
}

/// Who says a patch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Home {
    File,
    Environment(usize),
    Cluster(ClusterName),
    Member(EntityKind, String, Somewhere),
}

/// Where the narrowest part of what an entity says of a patch is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Somewhere {
    Base,
    Environment(EnvironmentName),
    Cluster(ClusterName),
}

/// A patch with everything that decides where it holds.
pub struct Held {
    /// What it is called.
    pub name: String,
    /// What it says.
    pub said: InlinePatch,
    /// How narrow its scope is.
    pub rank: Rank,
    /// The file that says it.
    pub file: RepoPath,
    /// The clusters that it holds on, if what it is for is there.
    pub clusters: BTreeSet<ClusterName>,
    /// The components and tenants whose objects it is for; nothing where it is for all objects.
    pub members: Option<BTreeSet<EntityRef>>,
    home: Home,
    target: Selecting,
    /// Whether it may be for Secrets, whose values are shown to nobody.
    secret: bool,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("name", &self.name)
            .field("rank", &self.rank)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// As a person finds it: its name and who says it.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.name)?;
        match &self.home {
            Home::File => Ok(()),
            Home::Environment(_) => write!(f, " of an environment"),
            Home::Cluster(name) => write!(f, " of cluster `{name}`"),
            Home::Member(kind, name, at) => {
                write!(f, " of {kind} `{name}`")?;
                match at {
                    Somewhere::Base => Ok(()),
                    Somewhere::Environment(name) => write!(f, " in `{name}`"),
                    Somewhere::Cluster(name) => write!(f, " on `{name}`"),
                }
            }
        }
    }
}

impl Held {
    /// Whether it selects an object.
    #[must_use]
    pub fn selects(&self, object: &Node) -> bool {
        self.target.selects(object)
    }

    /// Whether it holds for the objects of an entity, or of none, on a cluster.
    #[must_use]
    pub fn holds(&self, entity: Option<&EntityRef>, cluster: &ClusterName) -> bool {
        let entity = match (&self.members, entity) {
            (None, _) => true,
            (Some(members), Some(entity)) => members.contains(entity),
            (Some(_), None) => false,
        };
        entity && self.clusters.contains(cluster)
    }

    /// Whether its target is in this repository, and not in what a source ships.
    #[must_use]
    pub fn is_of_this_repository(&self) -> bool {
        self.said.target.source.is_none()
    }

    /// Where a part of it is said, by a JSON pointer from the patch; the nearest that holds it. Of a patch for Secrets it is the file alone: the
    /// lines would be shown with the values.
    #[must_use]
    pub fn place(&self, platform: &Platform, pointer: &str) -> Place {
        if self.secret {
            return Place { file: self.file.clone(), range: None };
        }
        let own = format!("/patches/{}{pointer}", self.name);
        let found = match &self.home {
            Home::File => platform.place_of(EntityKind::Patch, &self.name, Scope::Base, pointer),
            Home::Environment(at) => Some(platform.place(&format!("/environments/{at}{own}"))),
            Home::Cluster(name) => {
                platform.place_of(EntityKind::Cluster, name.as_str(), Scope::Base, &own)
            }
            Home::Member(kind, name, at) => {
                let scope = match at {
                    Somewhere::Base => Scope::Base,
                    Somewhere::Environment(name) => Scope::Environment(name),
                    Somewhere::Cluster(name) => Scope::Cluster(name),
                };
                platform.place_of(*kind, name, scope, &own)
            }
        };
        found.unwrap_or(Place { file: self.file.clone(), range: None })
    }
}

/// The patches of a description, weak ones first.
#[derive(Debug, Default)]
pub struct Patches {
    all: Vec<Held>,
    /// Those for the objects of certain entities, by these.
    about: HashMap<EntityRef, Vec<usize>>,
    /// Those for any object.
    general: Vec<usize>,
}

impl Patches {
    /// All of a description's.
    #[must_use]
    pub fn of(platform: &Platform) -> Self {
        let mut all = Vec::new();
        let everywhere: BTreeSet<ClusterName> = platform.clusters.keys().cloned().collect();
        for (name, patch) in &platform.patches {
            let scope = &patch.base.scope;
            let place = match (scope.clusters.is_empty(), scope.environments.is_empty()) {
                (false, _) => Rank::CLUSTER,
                (true, false) => Rank::ENVIRONMENT,
                (true, true) => Rank::EVERYWHERE,
            };
            let holds = |cluster: &&ClusterName| {
                (scope.clusters.is_empty() || scope.clusters.contains(cluster))
                    && (scope.environments.is_empty()
                        || platform
                            .environment_of(cluster)
                            .is_some_and(|name| scope.environments.contains(name)))
            };
            let clusters = everywhere.iter().filter(holds).cloned().collect();
            let components =
                scope.components.iter().map(|name| member(EntityKind::Component, name));
            let tenants = scope.tenants.iter().map(|name| member(EntityKind::Tenant, name));
            let members: BTreeSet<EntityRef> = components.chain(tenants).collect();
            let rank = Rank::new(place, !members.is_empty());
            let members = Some(members).filter(|members| !members.is_empty());
            let said = patch.base.clone().into();
            all.extend(held(name.as_str(), said, rank, &patch.file, clusters, members, Home::File));
        }
        let root = platform.place("").file;
        for (at, environment) in platform.settings.environments.iter().enumerate() {
            let clusters: BTreeSet<ClusterName> =
                platform.clusters_in(&environment.name).cloned().collect();
            for (name, said) in &environment.patches {
                let (rank, home) = (Rank::new(Rank::ENVIRONMENT, false), Home::Environment(at));
                let clusters = clusters.clone();
                all.extend(held(name.as_str(), said.clone(), rank, &root, clusters, None, home));
            }
        }
        for (cluster, entity) in &platform.clusters {
            for (name, said) in &entity.base.patches {
                let (rank, home) =
                    (Rank::new(Rank::CLUSTER, false), Home::Cluster(cluster.clone()));
                let (said, on) = (said.clone(), BTreeSet::from([cluster.clone()]));
                all.extend(held(name.as_str(), said, rank, &entity.file, on, None, home));
            }
        }
        for (name, entity) in &platform.components {
            let on = |cluster: &ClusterName| entity.at_cluster(cluster).enabled;
            let own = |scope: Scope<'_>| &entity.at(scope).patches;
            all.extend(of_member(
                platform,
                EntityKind::Component,
                name.as_str(),
                entity,
                &on,
                &own,
            ));
        }
        for (name, entity) in &platform.tenants {
            // Of most tenants nobody says any.
            if entity.variants().all(|(_, it)| it.patches.is_empty()) {
                continue;
            }
            let placed = platform.clusters_of(name);
            let on = |cluster: &ClusterName| placed.contains(&cluster);
            let own = |scope: Scope<'_>| &entity.at(scope).patches;
            all.extend(of_member(platform, EntityKind::Tenant, name.as_str(), entity, &on, &own));
        }
        all.sort_by(Held::weaker);
        let (mut about, mut general): (HashMap<EntityRef, Vec<usize>>, _) = Default::default();
        for (number, held) in all.iter().enumerate() {
            let members = held.members.iter().flatten();
            members.for_each(|one| about.entry(one.clone()).or_default().push(number));
            if held.members.is_none() {
                Vec::push(&mut general, number);
            }
        }
        Self { all, about, general }
    }

    /// All of them, weak ones first.
    #[must_use]
    pub fn all(&self) -> &[Held] {
        &self.all
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those for what a source of an entity ships, that hold on each of some clusters.
    pub fn of_source<'a>(
        &'a self,
        entity: &'a EntityRef,
        source: &'a str,
        clusters: &'a [ClusterName],
    ) -> impl Iterator<Item = &'a Held> {
        self.for_objects_of(Some(entity)).map(|(_, held)| held).filter(move |held| {
            held.said.target.source.as_ref().is_some_and(|name| name.as_str() == source)
                && !clusters.is_empty()
                && clusters.iter().all(|cluster| held.holds(Some(entity), cluster))
        })
    }

    /// Whether any is for what a source of an entity ships.
    #[must_use]
    pub fn reach_sources_of(&self, entity: &EntityRef) -> bool {
        let about = self.about.get(entity).into_iter().flatten();
        about.filter_map(|at| self.all.get(*at)).any(|held| !held.is_of_this_repository())
    }

    /// Those that may be for objects of an entity, or of any where none is said, with their numbers, weak ones first.
    pub fn for_objects_of(
        &self,
        entity: Option<&EntityRef>,
    ) -> impl Iterator<Item = (usize, &Held)> + use<'_> {
        let numbers: Vec<usize> = match entity {
            None => (0..self.all.len()).collect(),
            Some(entity) => {
                let about = self.about.get(entity).into_iter().flatten();
                let mut numbers: Vec<usize> = about.chain(&self.general).copied().collect();
                numbers.sort_unstable();
                numbers
            }
        };
        numbers.into_iter().filter_map(|number| Some((number, self.all.get(number)?)))
    }
}

impl Held {
    fn weaker(&self, other: &Self) -> Ordering {
        (self.rank, &self.name, &self.home).cmp(&(other.rank, &other.name, &other.home))
    }
}

/// An entity by its kind and name.
#[must_use]
pub fn member(kind: EntityKind, name: impl AsRef<str>) -> EntityRef {
    EntityRef { kind, name: name.as_ref().into() }
}

fn held(
    name: &str,
    said: InlinePatch,
    rank: Rank,
    file: &RepoPath,
    clusters: BTreeSet<ClusterName>,
    members: Option<BTreeSet<EntityRef>>,
    home: Home,
) -> Option<Held> {
    // A target that is none was refused when the description was loaded.
    let target = Selecting::new(&said.target.selector()).ok()?;
    let secret = may_select_secrets(&said.target.kind);
    let (name, file) = (name.to_owned(), file.clone());
    Some(Held { name, said, rank, file, clusters, members, home, target, secret })
}

/// What an entity says, once for each place that says it otherwise.
fn of_member<'a, T>(
    platform: &'a Platform,
    kind: EntityKind,
    name: &str,
    entity: &'a Entity<T>,
    is_on: &dyn Fn(&ClusterName) -> bool,
    own: &dyn Fn(Scope<'_>) -> &'a Said,
) -> Vec<Held> {
    let mut by_home: BTreeMap<(String, Somewhere), (InlinePatch, BTreeSet<ClusterName>)> =
        BTreeMap::new();
    for cluster in platform.clusters.keys().filter(|cluster| is_on(cluster)) {
        let Some(environment) = platform.environment_of(cluster) else { continue };
        for (patch, said) in own(Scope::Cluster(cluster)) {
            let same = |scope| own(scope).get(patch) == Some(said);
            let home = if same(Scope::Base) {
                Somewhere::Base
            } else if same(Scope::Environment(environment)) {
                Somewhere::Environment(environment.clone())
            } else {
                Somewhere::Cluster(cluster.clone())
            };
            let entry = by_home
                .entry((patch.to_string(), home))
                .or_insert_with(|| (said.clone(), BTreeSet::new()));
            entry.1.insert(cluster.clone());
        }
    }
    let own = |((patch, at), (said, clusters)): ((String, Somewhere), (InlinePatch, _))| {
        let place = match &at {
            Somewhere::Base => Rank::EVERYWHERE,
            Somewhere::Environment(_) => Rank::ENVIRONMENT,
            Somewhere::Cluster(_) => Rank::CLUSTER,
        };
        let home = Home::Member(kind, name.to_owned(), at);
        let members = Some(BTreeSet::from([member(kind, name)]));
        held(&patch, said, Rank::new(place, true), &entity.file, clusters, members, home)
    };
    by_home.into_iter().filter_map(own).collect()
}

/// The clusters where an entity is.
#[must_use]
pub fn clusters_of(platform: &Platform, entity: &EntityRef) -> Vec<ClusterName> {
    match entity.kind {
        EntityKind::Component => match ComponentName::new(&*entity.name) {
            Ok(name) => platform.components.get(&name).map_or_else(Vec::new, |it| {
                let clusters = platform.clusters.keys();
                clusters.filter(|cluster| it.at_cluster(cluster).enabled).cloned().collect()
            }),
            Err(_) => Vec::new(),
        },
        EntityKind::Tenant => match TenantName::new(&*entity.name) {
            Ok(name) => platform.clusters_of(&name).into_iter().cloned().collect(),
            Err(_) => Vec::new(),
        },
        EntityKind::Cluster => ClusterName::new(&*entity.name).into_iter().collect(),
        EntityKind::Platform | EntityKind::Patch => Vec::new(),
    }
}
