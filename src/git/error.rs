//! Why git cannot do what it was asked.

use std::io;
use std::path::{Path, PathBuf};

use crate::path::RepoPath;

/// Why git cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// A folder that lies in no repository.
    #[error("`{}` is not in a git repository; `git init` makes one", root.display())]
    NotARepository {
        /// The folder.
        root: PathBuf,
    },
    /// A repository without a work tree.
    #[error("`{}` is a bare repository: it has no files to work on; clone it first", path.display())]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// A repository that belongs to another user, which git refuses to trust.
    #[error(
        "the repository of `{0}` belongs to another user, and git does not trust it; if you do: \
         git config --global --add safe.directory {0}",
        root.display()
    )]
    NotOwned {
        /// The folder.
        root: PathBuf,
    },
    /// A folder that is a repository already, where a new one was to be made.
    #[error("`{}` is a git repository already", root.display())]
    Exists {
        /// The folder.
        root: PathBuf,
    },
    /// A repository that cannot be opened or made.
    #[error("the git repository of `{}` cannot be opened: {}", root.display(), source.message())]
    Open {
        /// The folder.
        root: PathBuf,
        /// git's own words.
        source: git2::Error,
    },
    /// A name that git does not take for a branch.
    #[error("`{name}` is not the name of a branch")]
    InvalidBranch {
        /// The name.
        name: String,
    },
    /// A folder that cannot be resolved.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
    /// A folder whose name is not UTF-8.
    #[error("the folder `{}` has a name that is not UTF-8", path.display())]
    NotUtf8 {
        /// The folder, from the root of the repository.
        path: PathBuf,
    },
    /// Git does not know whom to name as the author.
    #[error(
        "git does not know who you are; tell it with\n  \
         git config --global user.name \"Your Name\"\n  \
         git config --global user.email you@example.com"
    )]
    NoIdentity {
        /// git's own words.
        source: git2::Error,
    },
    /// Something is half done in the repository.
    #[error("a {what} is under way in the repository; finish or abort it before committing")]
    Unfinished {
        /// What it is, such as `merge`.
        what: &'static str,
    },
    /// Another git works on the index.
    #[error(
        "another git is at work in the repository (its `index.lock` is there); try again when it is done"
    )]
    Locked {
        /// git's own words.
        source: git2::Error,
    },
    /// A file cannot be taken into a commit.
    #[error("`{path}` cannot be committed: {}", source.message())]
    Stage {
        /// The file.
        path: RepoPath,
        /// git's own words.
        source: git2::Error,
    },
    /// The repository cannot be read.
    #[error("the git repository cannot be read: {}", source.message())]
    Read {
        /// git's own words.
        source: git2::Error,
    },
    /// The repository cannot be written.
    #[error("the git repository cannot be written: {}", source.message())]
    Write {
        /// git's own words.
        source: git2::Error,
    },
}

impl GitError {
    pub(super) fn opening(root: &Path, source: git2::Error) -> Self {
        let root = root.to_owned();
        match source.code() {
            git2::ErrorCode::Owner => Self::NotOwned { root },
            git2::ErrorCode::Exists => Self::Exists { root },
            _ => Self::Open { root, source },
        }
    }

    pub(super) fn identity(source: git2::Error) -> Self {
        Self::NoIdentity { source }
    }

    pub(super) fn staging(path: &RepoPath, source: git2::Error) -> Self {
        Self::Stage { path: path.clone(), source }
    }

    pub(super) fn reading(source: git2::Error) -> Self {
        Self::Read { source }
    }

    pub(super) fn writing(source: git2::Error) -> Self {
        match source.code() {
            git2::ErrorCode::Locked => Self::Locked { source },
            _ => Self::Write { source },
        }
    }
}
