//! What the last commit holds.

use std::path::Path;

use super::Repository;
use crate::path::RepoPath;

impl Repository {
    /// Whether the last commit holds a file; no commit holds none.
    #[must_use]
    pub fn is_committed(&self, path: &RepoPath) -> bool {
        let tree = self.inner.head().and_then(|head| head.peel_to_tree());
        tree.is_ok_and(|tree| tree.get_path(Path::new(&self.full(path))).is_ok())
    }
}
