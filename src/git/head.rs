//! What the last commit holds.

use std::collections::HashMap;
use std::path::Path;

use super::{GitError, Repository};
use crate::path::RepoPath;

/// The files of the last commit. Each folder is looked up once, however many of its files are asked for.
pub struct Head<'a> {
    repository: &'a Repository,
    /// The root's tree; none without a commit.
    root: Option<git2::Tree<'a>>,
    folders: HashMap<String, Option<git2::Tree<'a>>>,
}

/// The last commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its id.
    pub id: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// A tag that names it: the highest version, or else the last by name.
    pub tag: Option<String>,
}

impl Repository {
    /// The last commit; none before the first.
    ///
    /// # Errors
    /// It, or the tags, cannot be read.
    pub fn tip(&self) -> Result<Option<Tip>, GitError> {
        let Ok(head) = self.inner.head() else { return Ok(None) };
        let commit = head.peel_to_commit().map_err(GitError::reading)?;
        let mut tags = Vec::new();
        for reference in self.inner.references_glob("refs/tags/*").map_err(GitError::reading)? {
            let reference = reference.map_err(GitError::reading)?;
            if reference.peel_to_commit().is_ok_and(|tagged| tagged.id() == commit.id())
                && let Ok(name) = reference.shorthand()
            {
                tags.push(name.to_owned());
            }
        }
        let version = |tag: &str| semver::Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok();
        let tag =
            tags.into_iter().max_by(|a, b| version(a).cmp(&version(b)).then_with(|| a.cmp(b)));
        Ok(Some(Tip { id: commit.id().to_string(), time: commit.time().seconds(), tag }))
    }

    /// The files of the last commit.
    #[must_use]
    pub fn last_commit(&self) -> Head<'_> {
        let root = self.inner.head().and_then(|head| head.peel_to_tree()).ok();
        Head { repository: self, root, folders: HashMap::new() }
    }
}

impl Head<'_> {
    /// What it says in a file; nothing if it holds none, or there is no commit.
    #[must_use]
    pub fn read(&mut self, path: &RepoPath) -> Option<Vec<u8>> {
        let id = self.id(path)?;
        Some(self.repository.inner.find_blob(id).ok()?.content().to_vec())
    }

    /// Whether it holds a file; no commit holds any.
    #[must_use]
    pub fn holds(&mut self, path: &RepoPath) -> bool {
        self.id(path).is_some()
    }

    fn id(&mut self, path: &RepoPath) -> Option<git2::Oid> {
        let full = self.repository.full(path);
        let Some((folder, name)) = full.rsplit_once('/') else {
            return Some(self.root.as_ref()?.get_name(&full)?.id());
        };
        if !self.folders.contains_key(folder) {
            let tree = self.root.as_ref().and_then(|root| {
                let entry = root.get_path(Path::new(folder)).ok()?;
                self.repository.inner.find_tree(entry.id()).ok()
            });
            self.folders.insert(folder.to_owned(), tree);
        }
        Some(self.folders.get(folder)?.as_ref()?.get_name(name)?.id())
    }
}
