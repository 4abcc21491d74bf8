//! Paths and bytes, with where each file came from.
//!
//! A [`Tree`] is what a description and a layout mean: nothing of it is on a disk yet. `render` makes
//! it; `check` and `sync` read it. It knows neither templates nor what files say.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::path::RepoPath;
use crate::spec::EntityKind;

/// The set of files that a description and a layout mean, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<RepoPath, TreeFile>,
}

/// A file of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// What it says.
    pub bytes: Vec<u8>,
    /// Whose it is once it was written.
    pub ownership: Ownership,
    /// The layout's file that it came from.
    pub template: RepoPath,
    /// The entity that it belongs to; none for what belongs to the platform as a whole.
    pub entity: Option<EntityRef>,
    /// What the placeholders of the template's path stood for.
    pub loops: LoopValues,
}

/// Whose a generated file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// Kept true to the description.
    #[default]
    Managed,
    /// Written once, then the user's.
    Once,
    /// Somebody else's: written where it is missing, never compared and never fought over.
    Foreign,
    /// A list by nature: compared as a set of lines and left out of the lock.
    List,
}

/// An entity by its kind and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityRef {
    /// What it is.
    pub kind: EntityKind,
    /// Its name.
    pub name: Arc<str>,
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)
    }
}

/// What the placeholders of a template's path stood for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LoopValues {
    /// `{environment}`; also said where `{cluster}` is, whose environment it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Arc<str>>,
    /// `{cluster}`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Arc<str>>,
    /// `{tenant}`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Arc<str>>,
    /// `{component}`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<Arc<str>>,
}

impl LoopValues {
    /// The entity that a file of this loop belongs to: what it is about, rather than where it is.
    #[must_use]
    pub fn entity(&self) -> Option<EntityRef> {
        let of = |kind, name: &Option<Arc<str>>| Some(EntityRef { kind, name: name.clone()? });
        of(EntityKind::Tenant, &self.tenant)
            .or_else(|| of(EntityKind::Component, &self.component))
            .or_else(|| of(EntityKind::Cluster, &self.cluster))
    }
}

/// In words: "tenant `a` on cluster `b`"; empty outside of loops.
impl fmt::Display for LoopValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = match (&self.tenant, &self.component) {
            (Some(name), _) => Some(("tenant", name)),
            (None, Some(name)) => Some(("component", name)),
            (None, None) => None,
        };
        let place = match (&self.cluster, &self.environment) {
            (Some(name), _) => Some(("on ", "cluster", name)),
            (None, Some(name)) => Some(("in ", "environment", name)),
            (None, None) => None,
        };
        match (member, place) {
            (Some((kind, name)), None) => write!(f, "{kind} `{name}`"),
            (None, Some((_, what, at))) => write!(f, "{what} `{at}`"),
            (Some((kind, name)), Some((word, what, at))) => {
                write!(f, "{kind} `{name}` {word}{what} `{at}`")
            }
            (None, None) => Ok(()),
        }
    }
}

impl Tree {
    /// The number of files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// A file by its path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&TreeFile> {
        self.files.get(path)
    }

    /// The path itself, if there is a file at it.
    #[must_use]
    pub fn path_of(&self, path: &str) -> Option<&RepoPath> {
        self.files.get_key_value(path).map(|(path, _)| path)
    }

    /// The files, sorted by path.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&RepoPath, &TreeFile)> {
        self.files.iter()
    }

    /// The files below a folder, sorted by path.
    pub fn below<'a>(
        &'a self,
        folder: &'a str,
    ) -> impl Iterator<Item = (&'a RepoPath, &'a TreeFile)> {
        self.files
            .range::<str, _>((std::ops::Bound::Excluded(folder), std::ops::Bound::Unbounded))
            .take_while(move |(path, _)| path.as_str().starts_with(folder))
            .filter(move |(path, _)| {
                path.as_str().get(folder.len()..).is_some_and(|rest| rest.starts_with('/'))
            })
    }

    /// Sets a file; what was at the path is returned.
    pub fn insert(&mut self, path: RepoPath, file: TreeFile) -> Option<TreeFile> {
        self.files.insert(path, file)
    }
}

impl Extend<(RepoPath, TreeFile)> for Tree {
    fn extend<I: IntoIterator<Item = (RepoPath, TreeFile)>>(&mut self, files: I) {
        self.files.extend(files);
    }
}

impl IntoIterator for Tree {
    type Item = (RepoPath, TreeFile);
    type IntoIter = std::collections::btree_map::IntoIter<RepoPath, TreeFile>;

    fn into_iter(self) -> Self::IntoIter {
        self.files.into_iter()
    }
}
