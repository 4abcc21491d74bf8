//! Views of files: where the description, the layout and the vendored files are read from.
//!
//! A view answers two questions: what a file says, and which files there are below a folder.
//! [`Disk`] is the work tree, [`Memory`] holds files that are nowhere yet, and [`Laid`] shows another
//! view as it would be after a change. Who reads the description knows views only, so that a change
//! is proven before anything is written.
//!
//! A view never leads out of the repository: it follows no symbolic link, wherever the link leads.
//! Nothing here knows what a file means, and nothing here writes to a disk.

mod disk;
mod error;
mod laid;
mod memory;

pub use disk::Disk;
pub use error::FilesError;
pub use laid::Laid;
pub use memory::Memory;

use crate::path::RepoPath;

/// A read-only view of files, by their paths from the root of the platform.
pub trait Files: Sync {
    /// What a file says; nothing if there is no such file.
    ///
    /// # Errors
    /// A symbolic link at the path or on the way to it, something that is not a regular file, a file
    /// beyond the view's bound, or one that cannot be read.
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, FilesError>;

    /// Every regular file below a folder (all of the view without one), and what lies there that can
    /// be none of them. A folder that does not exist is empty. `.git` is left out.
    fn survey(&self, folder: Option<&RepoPath>) -> Listing;

    /// The same for who wants regular files only.
    ///
    /// # Errors
    /// The first fault of [`Self::survey`], in the order of their paths.
    fn list(&self, folder: Option<&RepoPath>) -> Result<Vec<RepoPath>, FilesError> {
        let Listing { files, faults } = self.survey(folder);
        match faults.into_iter().next() {
            None => Ok(files),
            Some(fault) => Err(fault),
        }
    }
}

/// What lies below a folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// The regular files, sorted.
    pub files: Vec<RepoPath>,
    /// Symbolic links, names that are no [`RepoPath`], and whatever else cannot be read, sorted by
    /// path.
    pub faults: Vec<FilesError>,
}

/// Whether a path lies below a folder; everything lies below the root.
pub(crate) fn lies_below(path: &RepoPath, folder: Option<&RepoPath>) -> bool {
    folder.is_none_or(|folder| {
        path.as_str().strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    })
}
