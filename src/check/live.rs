//! What a change of the repository does to objects that are on clusters: which go, which change the Flux Kustomization that applies them
//! and are pruned on the way, and which stay although nothing applies them any more.
//!
//! Facts of kustomize-controller that this rests on ([garbage
//! collection](https://fluxcd.io/flux/components/kustomize/kustomizations/#prune), and the controller's finalizer): what a Flux
//! Kustomization contains no more is pruned, unless `spec.prune` is false or the object itself says `prune: disabled`; a Flux
//! Kustomization that goes prunes all that it applied, unless it is suspended or says `deletionPolicy: Orphan`; and one whose folder is
//! no more fails and prunes nothing. In go two views of the objects, out come changes. Nothing here knows a lock or a disk.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use super::objects::{Found, Identity, Object, View};
use crate::path::RepoPath;
use crate::spec::text::ClusterName;
use crate::tree::EntityRef;

/// What becomes of an object that is on a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The cluster.
    pub cluster: ClusterName,
    /// The object.
    pub object: Identity,
    /// The file that said it until now.
    pub file: RepoPath,
    /// The entity that it belongs to; none for what belongs to the platform as a whole.
    pub entity: Option<EntityRef>,
    /// The Flux Kustomization that applied it, as `namespace/name`; none for the cluster's own.
    pub owner: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
    /// Whether other things go with it.
    pub carries: Carries,
}

/// What becomes of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is pruned.
    Goes,
    /// Another Flux Kustomization applies it from now on, and the one that did prunes it on the way.
    Moves {
        /// The one that applies it from now on, as `namespace/name`; none for the cluster's own.
        to: Option<String>,
    },
    /// It stays, and what it applied or installed goes and comes again, in another namespace or under another name.
    Lands,
    /// It stays, and nothing applies it any more, or another Flux Kustomization does.
    Stays(Because),
}

/// Why an object stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// It says `prune: disabled`, or what applied it prunes nothing.
    NotPruned,
    /// The Flux Kustomization that applied it says `deletionPolicy: Orphan`.
    Orphaned,
    /// The Flux Kustomization that applied it is suspended.
    Suspended,
    /// The Flux Kustomization that applied it stays itself.
    OwnerStays,
    /// The cluster is no more in the description: Flux there finds its folder no more, and stops.
    ClusterLeft,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPruned => "its pruning is disabled",
            Self::Orphaned => "what applied it says `deletionPolicy: Orphan`",
            Self::Suspended => "what applied it is suspended, and prunes nothing",
            Self::OwnerStays => "what applied it stays as well",
            Self::ClusterLeft => "Flux there finds its folder no more, and stops",
        })
    }
}

/// What goes with an object that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carries {
    /// Nothing that the description could not make again.
    Nothing,
    /// Nothing: what it applied stays.
    Leaves,
    /// Nothing, since it is suspended: what it applied stays.
    Suspended,
    /// Itself: what it holds is lost, or what it runs stops.
    Itself,
    /// Everything in it.
    Contents,
    /// Everything that it applied.
    Applied,
    /// What it installed.
    Release,
    /// Every object of its kind.
    Instances,
}

impl Carries {
    fn of(object: &Object) -> Self {
        let Identity { kind, group, .. } = &object.identity;
        match (kind.as_str(), group.as_str()) {
            ("Namespace", "") => Self::Contents,
            ("CustomResourceDefinition", _) => Self::Instances,
            ("HelmRelease", "helm.toolkit.fluxcd.io") => Self::Release,
            ("Kustomization", "kustomize.toolkit.fluxcd.io") => match &object.lead {
                Some(lead) if lead.suspended => Self::Suspended,
                Some(lead) if lead.orphans || !lead.prunes => Self::Leaves,
                _ => Self::Applied,
            },
            (
                "ResourceQuota" | "LimitRange" | "NetworkPolicy" | "ServiceAccount" | "Role"
                | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding" | "ConfigMap",
                _,
            )
            | (
                _,
                "source.toolkit.fluxcd.io"
                | "notification.toolkit.fluxcd.io"
                | "image.toolkit.fluxcd.io"
                | "admissionregistration.k8s.io"
                | "policies.kyverno.io",
            ) => Self::Nothing,
            _ => Self::Itself,
        }
    }

    /// As the end of a sentence: nothing, or `, with everything in it`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing | Self::Itself => "",
            Self::Leaves => ", and leaves what it applied",
            Self::Suspended => ", and leaves what it applied, since it is suspended",
            Self::Contents => ", with everything in it",
            Self::Applied => ", with everything that it applied",
            Self::Release => ", with what it installed",
            Self::Instances => ", with every object of its kind",
        }
    }
}

impl Change {
    /// Whether it wants a word of confirmation: what can be made again from the description does not.
    #[must_use]
    pub fn wants_word(&self) -> bool {
        match self.fate {
            Fate::Goes | Fate::Moves { .. } | Fate::Lands => self.carries > Carries::Suspended,
            Fate::Stays(because) => because == Because::ClusterLeft,
        }
    }

    /// What happens to it, in words that follow its name.
    #[must_use]
    pub fn words(&self) -> String {
        let flux = |owner: &Option<String>| match owner {
            Some(owner) => owner.clone(),
            None => "the cluster's own".to_owned(),
        };
        match &self.fate {
            Fate::Goes => format!("goes{}", self.carries.words()),
            Fate::Moves { to } => {
                let (from, to) = (flux(&self.owner), flux(to));
                format!(
                    "moves from {from} to {to}, and may be pruned on the way{}",
                    self.carries.words()
                )
            }
            Fate::Lands => {
                "puts what it brings into another namespace or under another name: what is there goes first"
                    .to_owned()
            }
            Fate::Stays(because) => format!("stays on the cluster: {because}"),
        }
    }

    /// What happens to it in one word, for machines.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.fate {
            Fate::Goes => "goes",
            Fate::Moves { .. } => "moves",
            Fate::Lands => "lands-elsewhere",
            Fate::Stays(_) => "stays",
        }
    }
}

/// What becomes of the objects of one view in the other, cluster by cluster, sorted. `left` are clusters that are described no more.
#[must_use]
pub fn changes(before: &View<'_>, after: &View<'_>, left: &BTreeSet<&ClusterName>) -> Vec<Change> {
    let after = after.on_clusters();
    let mut changes = Vec::new();
    for (cluster, found) in before.on_clusters() {
        if left.contains(cluster) {
            let stay = |found: &Found<'_>| told(cluster, found, Fate::Stays(Because::ClusterLeft));
            changes.extend(found.iter().map(stay));
            continue;
        }
        let after: HashMap<&Identity, &Found<'_>> = after
            .get(cluster)
            .into_iter()
            .flatten()
            .map(|found| (&found.object.identity, found))
            .collect();
        let before: BTreeMap<&Identity, &Found<'_>> =
            found.iter().map(|found| (&found.object.identity, found)).collect();
        let one = Cluster { before: &before, after: &after };
        changes.extend(
            before.values().filter_map(|found| Some(told(cluster, found, one.fate(found)?))),
        );
    }
    changes.sort_by(|a, b| (&a.cluster, &a.object).cmp(&(&b.cluster, &b.object)));
    changes
}

fn told(cluster: &ClusterName, found: &Found<'_>, fate: Fate) -> Change {
    Change {
        cluster: cluster.clone(),
        object: found.object.identity.clone(),
        file: found.file.clone(),
        entity: None,
        owner: owner(found),
        fate,
        carries: Carries::of(found.object),
    }
}

fn owner(found: &Found<'_>) -> Option<String> {
    let Identity { namespace, name, .. } = &found.owner?.identity;
    Some(format!("{namespace}/{name}"))
}

/// One cluster before and after.
struct Cluster<'a, 'v> {
    before: &'a BTreeMap<&'v Identity, &'v Found<'v>>,
    after: &'a HashMap<&'v Identity, &'v Found<'v>>,
}

impl Cluster<'_, '_> {
    /// What becomes of an object; nothing if it is applied as before.
    fn fate(&self, found: &Found<'_>) -> Option<Fate> {
        let next = self.after.get(&found.object.identity);
        if let Some(next) = next.filter(|next| owner(next) == owner(found)) {
            return (next.object.target != found.object.target).then_some(Fate::Lands);
        }
        let moves = next.map(|next| Fate::Moves { to: owner(next) });
        match self.because(found) {
            Some(because) => Some(Fate::Stays(because)),
            None => Some(moves.unwrap_or(Fate::Goes)),
        }
    }

    /// Why the Flux Kustomization that applied an object does not prune it.
    fn because(&self, found: &Found<'_>) -> Option<Because> {
        if !found.pruned {
            return Some(Because::NotPruned);
        }
        let owner = found.owner?;
        let lead = owner.lead.as_ref()?;
        match self.after.get(&owner.identity) {
            Some(still) => match &still.object.lead {
                Some(lead) if !lead.prunes => Some(Because::NotPruned),
                Some(lead) if lead.suspended => Some(Because::Suspended),
                _ => None,
            },
            None if lead.orphans => Some(Because::Orphaned),
            None if lead.suspended => Some(Because::Suspended),
            None if !lead.prunes => Some(Because::NotPruned),
            None => {
                let fate = self.before.get(&owner.identity).and_then(|owner| self.fate(owner));
                matches!(fate, Some(Fate::Stays(_))).then_some(Because::OwnerStays)
            }
        }
    }
}
