//! A change laid over another view.

use std::collections::BTreeMap;

use super::{Files, FilesError, Listing, lies_below};
use crate::path::RepoPath;

/// Another view as it would be after a change: what a command is about to write is loaded, rendered
/// and proven through it first.
pub struct Laid<'a> {
    below: &'a dyn Files,
    changes: BTreeMap<RepoPath, Option<Vec<u8>>>,
}

impl<'a> Laid<'a> {
    /// The view as it is.
    #[must_use]
    pub fn over(below: &'a dyn Files) -> Self {
        Self { below, changes: BTreeMap::new() }
    }

    /// The same with a file that says this.
    #[must_use]
    pub fn with(mut self, path: RepoPath, bytes: impl Into<Vec<u8>>) -> Self {
        self.write(path, bytes);
        self
    }

    /// The same without a file.
    #[must_use]
    pub fn without(mut self, path: RepoPath) -> Self {
        self.remove(path);
        self
    }

    /// Adds a file, or replaces what it says.
    pub fn write(&mut self, path: RepoPath, bytes: impl Into<Vec<u8>>) {
        self.changes.insert(path, Some(bytes.into()));
    }

    /// Takes a file away.
    pub fn remove(&mut self, path: RepoPath) {
        self.changes.insert(path, None);
    }

    /// What was changed, by path: the new bytes, or nothing for a file that is gone.
    #[must_use]
    pub fn changes(&self) -> &BTreeMap<RepoPath, Option<Vec<u8>>> {
        &self.changes
    }
}

impl Files for Laid<'_> {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, FilesError> {
        match self.changes.get(path) {
            Some(change) => Ok(change.clone()),
            None => self.below.read(path),
        }
    }

    fn survey(&self, folder: Option<&RepoPath>) -> Listing {
        let mut listing = self.below.survey(folder);
        listing.files.retain(|path| !self.changes.contains_key(path));
        let written = self
            .changes
            .iter()
            .filter(|(path, change)| change.is_some() && lies_below(path, folder));
        listing.files.extend(written.map(|(path, _)| path.clone()));
        listing.files.sort_unstable();
        listing
    }
}
