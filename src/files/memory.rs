//! A view of files held in memory.

use std::collections::BTreeMap;

use super::{Files, FilesError, Listing, lies_below};
use crate::path::RepoPath;

/// A view of files held in memory: what a new repository will say before it is on any disk, and what
/// tests set up.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<RepoPath, Vec<u8>>,
}

impl Memory {
    /// A view without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more file, or with another text in it.
    #[must_use]
    pub fn with(mut self, path: RepoPath, bytes: impl Into<Vec<u8>>) -> Self {
        self.insert(path, bytes);
        self
    }

    /// Adds a file, or replaces what it says.
    pub fn insert(&mut self, path: RepoPath, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path, bytes.into());
    }

    /// Every file with what it says, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&RepoPath, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path, bytes.as_slice()))
    }
}

impl FromIterator<(RepoPath, Vec<u8>)> for Memory {
    fn from_iter<I: IntoIterator<Item = (RepoPath, Vec<u8>)>>(files: I) -> Self {
        Self { files: files.into_iter().collect() }
    }
}

impl Files for Memory {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, FilesError> {
        Ok(self.files.get(path).cloned())
    }

    fn survey(&self, folder: Option<&RepoPath>) -> Listing {
        let files = self.files.keys().filter(|path| lies_below(path, folder)).cloned().collect();
        Listing { files, faults: Vec::new() }
    }
}
