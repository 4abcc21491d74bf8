//! An entity of the description with its overrides resolved: what it is, and what it is where.
//!
//! What an override says is merged and typed once, when the description is loaded, and kept only where it makes a
//! difference.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use kustomize::yaml::{Budget, Node, SourceId, Span, parse};

use super::text::{ClusterName, EnvironmentName};
use crate::diagnostic::{Place, Texts};
use crate::path::RepoPath;

/// The kinds of files of a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// `platform.yaml`.
    Platform,
    /// `platform/clusters/**/<name>.yaml`.
    Cluster,
    /// `platform/components/**/<name>.yaml`.
    Component,
    /// `platform/tenants/**/<name>.yaml`.
    Tenant,
    /// `platform/patches/**/<name>.yaml`.
    Patch,
}

impl EntityKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Platform, Self::Cluster, Self::Component, Self::Tenant, Self::Patch];

    /// Its name in commands and in the names of schemas.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Cluster => "cluster",
            Self::Component => "component",
            Self::Tenant => "tenant",
            Self::Patch => "patch",
        }
    }

    /// The folder that holds the files of this kind; `platform.yaml` lies in none.
    #[must_use]
    pub const fn folder(self) -> Option<&'static str> {
        match self {
            Self::Platform => None,
            Self::Cluster => Some("platform/clusters"),
            Self::Component => Some("platform/components"),
            Self::Tenant => Some("platform/tenants"),
            Self::Patch => Some("platform/patches"),
        }
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where on the way from the platform's defaults to a single cluster a value is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Without anything that differs somewhere.
    Base,
    /// In an environment.
    Environment(&'a EnvironmentName),
    /// On a cluster.
    Cluster(&'a ClusterName),
}

impl fmt::Display for Scope<'_> {
    /// As the end of a sentence: nothing for the base, ` in production`, ` on prod-eu`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => Ok(()),
            Self::Environment(name) => write!(f, " in `{name}`"),
            Self::Cluster(name) => write!(f, " on `{name}`"),
        }
    }
}

/// A cluster, a component or a tenant, with what it is in each environment and on each cluster.
#[derive(Clone, Debug)]
pub struct Entity<T> {
    /// Its file.
    pub file: RepoPath,
    /// What it is unless an environment or a cluster says otherwise: the platform's defaults under its own fields.
    pub base: T,
    pub(super) source: SourceId,
    pub(super) environments: BTreeMap<EnvironmentName, T>,
    pub(super) clusters: BTreeMap<ClusterName, T>,
    pub(super) stages: Arc<BTreeMap<ClusterName, EnvironmentName>>,
}

impl<T> Entity<T> {
    /// What it is in an environment.
    #[must_use]
    pub fn at_environment(&self, environment: &EnvironmentName) -> &T {
        self.environments.get(environment).unwrap_or(&self.base)
    }

    /// What it is on a cluster.
    #[must_use]
    pub fn at_cluster(&self, cluster: &ClusterName) -> &T {
        match (self.clusters.get(cluster), self.stages.get(cluster)) {
            (Some(there), _) => there,
            (None, Some(environment)) => self.at_environment(environment),
            (None, None) => &self.base,
        }
    }

    /// What it is somewhere.
    #[must_use]
    pub fn at(&self, scope: Scope<'_>) -> &T {
        match scope {
            Scope::Base => &self.base,
            Scope::Environment(environment) => self.at_environment(environment),
            Scope::Cluster(cluster) => self.at_cluster(cluster),
        }
    }

    /// Whether it is another in the environment than its base.
    #[must_use]
    pub fn differs_in(&self, environment: &EnvironmentName) -> bool {
        self.environments.contains_key(environment)
    }

    /// Whether it is another on the cluster than in the cluster's environment.
    #[must_use]
    pub fn differs_on(&self, cluster: &ClusterName) -> bool {
        self.clusters.contains_key(cluster)
    }

    /// The base and everything that differs from it, in order: what has to be looked at to have seen everything.
    pub fn variants(&self) -> impl Iterator<Item = (Scope<'_>, &T)> {
        [(Scope::Base, &self.base)]
            .into_iter()
            .chain(self.environments.iter().map(|(name, it)| (Scope::Environment(name), it)))
            .chain(self.clusters.iter().map(|(name, it)| (Scope::Cluster(name), it)))
    }

    /// Where its own file says a field; the nearest that holds it if it does not say it, and the file as a whole if it
    /// says nothing of the kind.
    ///
    /// `pointer` is a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)), such as `/sources/app/git`.
    #[must_use]
    pub fn place(&self, texts: &Texts, pointer: &str) -> Place {
        place_in_file(texts, self.source, &self.file, pointer)
    }
}

/// The place of a pointer in a file, or of the nearest that holds it.
pub(super) fn place_in_file(
    texts: &Texts,
    source: SourceId,
    file: &RepoPath,
    pointer: &str,
) -> Place {
    let whole = Place { file: file.clone(), range: None };
    let Some(root) = texts.bytes(source).and_then(|bytes| read_root(source, bytes)) else {
        return whole;
    };
    let mut pointer = pointer;
    loop {
        match (root.pointer(pointer), pointer.rfind('/')) {
            (Some(_), None) | (None, None) => return whole,
            (Some(node), Some(_)) => return texts.place(shown(node)).unwrap_or(whole),
            (None, Some(at)) => pointer = &pointer[..at],
        }
    }
}

/// The first document of a file that has been read before.
pub(super) fn read_root(source: SourceId, bytes: &[u8]) -> Option<Node> {
    let documents = parse(source, bytes, &Budget::default()).ok()?;
    documents.into_iter().next().map(|document| document.root)
}

/// The bytes of a node that are worth pointing at.
pub(super) fn shown(node: &Node) -> Span {
    node.span
}
