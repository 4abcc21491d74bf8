//! The files of a work tree as a source would have them once all is committed: without what git ignores.

use std::collections::HashSet;
use std::path::Path;

use crate::files::{Disk, Files, FilesError, Listing, lies_below};
use crate::path::RepoPath;

/// The files of a work tree without those that git ignores; outside of a repository, all of them. They are listed once.
pub struct Unignored {
    disk: Disk,
    files: Vec<RepoPath>,
}

impl Unignored {
    /// Lists the files of a folder.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        let disk = Disk::new(root);
        let mut files = disk.survey(None).files;
        if let Ok(repository) = git2::Repository::discover(root)
            && let Some(prefix) = prefix(&repository, root)
        {
            let index = repository.index().ok();
            let tracked: HashSet<Vec<u8>> =
                index.iter().flat_map(|index| index.iter()).map(|entry| entry.path).collect();
            files.retain(|path| {
                let path = format!("{prefix}{path}");
                tracked.contains(path.as_bytes())
                    || !repository.is_path_ignored(&path).unwrap_or_default()
            });
        }
        Self { disk, files }
    }
}

/// A folder of a repository, as the beginning of paths in it.
fn prefix(repository: &git2::Repository, root: &Path) -> Option<String> {
    let workdir = repository.workdir()?.canonicalize().ok()?;
    let root = root.canonicalize().ok()?;
    let below = root.strip_prefix(&workdir).ok()?.to_str()?;
    Some(if below.is_empty() { String::new() } else { format!("{below}/") })
}

impl Files for Unignored {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, FilesError> {
        self.disk.read(path)
    }

    fn survey(&self, folder: Option<&RepoPath>) -> Listing {
        let files = self.files.iter().filter(|path| lies_below(path, folder));
        Listing { files: files.cloned().collect(), faults: Vec::new() }
    }
}
