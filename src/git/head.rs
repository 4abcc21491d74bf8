//! What the last commit holds.

use std::collections::HashMap;
use std::path::Path;

use super::Repository;
use crate::path::RepoPath;

/// The files of the last commit. Each folder is looked up once, however many of its files are asked for.
pub struct Head<'a> {
    repository: &'a Repository,
    /// The root's tree; none without a commit.
    root: Option<git2::Tree<'a>>,
    folders: HashMap<String, Option<git2::Tree<'a>>>,
}

impl Repository {
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
