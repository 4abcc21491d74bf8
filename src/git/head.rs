//! What the last commit holds.

use std::path::Path;

use super::Repository;
use crate::path::RepoPath;

impl Repository {
    /// What the last commit says in a file; nothing if it holds none, or there is no commit.
    #[must_use]
    pub fn committed(&self, path: &RepoPath) -> Option<Vec<u8>> {
        let tree = self.inner.head().and_then(|head| head.peel_to_tree()).ok()?;
        let entry = tree.get_path(Path::new(&self.full(path))).ok()?;
        Some(self.inner.find_blob(entry.id()).ok()?.content().to_vec())
    }

    /// Whether the last commit holds a file; no commit holds any.
    #[must_use]
    pub fn is_committed(&self, path: &RepoPath) -> bool {
        let tree = self.inner.head().and_then(|head| head.peel_to_tree());
        tree.is_ok_and(|tree| tree.get_path(Path::new(&self.full(path))).is_ok())
    }
}
