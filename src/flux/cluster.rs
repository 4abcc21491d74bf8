//! What one cluster applies: who applies something, and what.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kustomize::Place;

use super::artifact::Artifact;
use super::build::{Built, Object};
use super::identity::Identity;
use super::kustomization::{Kustomization, Name, SourceName};
use super::resource_set::ResourceSet;
use super::source::Source;
use super::substitution::Variables;
use crate::build::Finding;

/// What one cluster applies.
pub struct Cluster<'f> {
    /// Its name.
    pub name: String,
    /// Its folder in the repository, from its root.
    pub folder: String,
    /// Those that apply something, each behind the one that applies it; the first is the cluster's own.
    pub appliers: Vec<Applier<'f>>,
    /// The sources, by name.
    pub sources: BTreeMap<SourceName, Source>,
    /// What was found, whoever it concerns.
    pub findings: Vec<(Option<usize>, Finding)>,
    /// The Kustomizations among the appliers.
    pub(super) by_name: HashMap<Name, usize>,
}

/// Something that applies objects.
pub struct Applier<'f> {
    /// What it is.
    pub what: What,
    /// Who applies it itself, among [`Cluster::appliers`]; nobody for the cluster's own.
    pub owner: Option<usize>,
    /// Which of its owner's objects it is.
    pub own: Option<usize>,
    /// Where it was written, in the artifact of its owner.
    pub place: Option<Place>,
    /// What its variables are; none of a ResourceSet.
    pub variables: Variables,
    /// What it applies.
    pub content: Content<'f>,
}

/// What applies objects.
#[derive(Debug)]
pub enum What {
    /// A Flux Kustomization.
    Kustomization(Box<Kustomization>),
    /// A ResourceSet of flux-operator.
    ResourceSet(Name, Arc<ResourceSet>),
}

impl What {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        match self {
            Self::Kustomization(it) => &it.name,
            Self::ResourceSet(name, _) => name,
        }
    }

    /// Its kind, as Kubernetes has it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Kustomization(_) => "Kustomization",
            Self::ResourceSet(..) => "ResourceSet",
        }
    }

    /// The Flux Kustomization, if it is one.
    #[must_use]
    pub fn kustomization(&self) -> Option<&Kustomization> {
        match self {
            Self::Kustomization(it) => Some(it),
            Self::ResourceSet(..) => None,
        }
    }
}

/// What something applies.
pub enum Content<'f> {
    /// It was built, or could not be.
    Built {
        /// From what.
        artifact: Arc<Artifact<'f>>,
        /// What came of it.
        built: Arc<Built>,
    },
    /// Its source is elsewhere, or nothing here says where.
    Elsewhere,
    /// Its inputs come from elsewhere: a ResourceSet with providers that ask other systems.
    Asks(String),
}

impl<'f> Applier<'f> {
    /// The objects that it applies, as far as they are known.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        match &self.content {
            Content::Built { built, .. } => &built.objects,
            Content::Elsewhere | Content::Asks(_) => &[],
        }
    }

    /// From what it was built.
    #[must_use]
    pub fn artifact(&self) -> Option<&Arc<Artifact<'f>>> {
        match &self.content {
            Content::Built { artifact, .. } => Some(artifact),
            Content::Elsewhere | Content::Asks(_) => None,
        }
    }

    /// Whether its objects go to another cluster, which `spec.kubeConfig` names.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.what.kustomization().is_some_and(|it| it.spec.kube_config.is_some())
    }

    /// Whether it is suspended: what it would apply is not applied.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.what.kustomization().is_some_and(|it| it.spec.suspend)
    }
}

impl<'f> Cluster<'f> {
    /// Every object with who applies it.
    pub fn objects(&self) -> impl Iterator<Item = (&Applier<'f>, &Object)> {
        self.appliers.iter().flat_map(|one| one.objects().iter().map(move |object| (one, object)))
    }

    /// Who applies an applier, outermost first, itself last.
    #[must_use]
    pub fn chain(&self, at: usize) -> Vec<usize> {
        let mut chain = vec![at];
        let mut next = self.appliers[at].owner;
        while let Some(owner) = next.filter(|owner| !chain.contains(owner)) {
            chain.push(owner);
            next = self.appliers[owner].owner;
        }
        chain.reverse();
        chain
    }

    /// The object that an applier is itself, as its owner applies it; the cluster's own is nobody's.
    #[must_use]
    pub fn own_object(&self, at: usize) -> Option<&Object> {
        let Applier { owner, own, .. } = &self.appliers[at];
        self.appliers[(*owner)?].objects().get((*own)?)
    }

    /// Whether an applier is suspended, or its source is: what it applies stays as it is. Those that it applies go on by themselves.
    #[must_use]
    pub fn is_suspended(&self, at: usize) -> bool {
        let applier = &self.appliers[at];
        let source = applier.what.kustomization().map(Kustomization::source);
        let source = source.and_then(|name| self.sources.get(&name));
        applier.is_suspended() || source.is_some_and(|source| source.suspended)
    }

    /// The Kustomization of a name.
    #[must_use]
    pub fn find(&self, name: &Name) -> Option<usize> {
        self.by_name.get(name).copied()
    }
}

/// Which objects there are on the cluster itself, and who applies each.
pub(super) fn owners<'c>(
    cluster: &'c Cluster<'_>,
) -> HashMap<&'c Identity, Vec<(usize, &'c Object)>> {
    let mut owners: HashMap<&Identity, Vec<(usize, &Object)>> = HashMap::new();
    let here = cluster.appliers.iter().enumerate().filter(|(_, applier)| !applier.is_remote());
    for (at, applier) in here {
        for object in applier.objects() {
            owners.entry(&object.identity).or_default().push((at, object));
        }
    }
    owners
}
