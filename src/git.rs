//! What the tool does with git: find or make the repository, commit exactly what a run wrote, and push it where that is asked for.
//!
//! Files, objects and branches are libgit2's work, and need no `git` on the machine. What only the person's own `git` knows is left to it,
//! run as a process: all of their configuration, signatures, hooks, and the network. Paths are those of the platform, whose root may be
//! a folder of a larger repository. A commit consists of the given paths alone: what the person had staged stays staged and
//! uncommitted. What git would have done and this does not is said, never passed over; credentials never are.

mod commit;
mod error;
mod filter;
mod head;
mod hooks;
mod identity;
mod objects;
mod program;
mod push;
mod redact;
mod revision;
mod settings;
mod sparse;
mod unignored;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use git2::Index;

pub use commit::{Commit, Note, Ready, Wishes};
pub use error::GitError;
pub use head::Tip;
pub use identity::Author;
pub use objects::Objects;
pub use push::{PushFailure, Pushed};
pub use redact::{redact, without_credentials};
pub use revision::Revision;
pub use unignored::Unignored;

use self::redact::Redaction;
use self::settings::Settings;
use crate::path::RepoPath;

/// A repository with a work tree, seen from the root of a platform in it.
pub struct Repository {
    inner: git2::Repository,
    /// The platform's root on the disk.
    root: PathBuf,
    /// The platform's root from the repository's, empty or with a `/` at its end.
    prefix: String,
    settings: OnceCell<Settings>,
}

impl Repository {
    /// Finds the repository that a folder lies in; nothing if it lies in none.
    ///
    /// # Errors
    /// The repository has no work tree, belongs to somebody else, or cannot be read.
    pub fn discover(root: &Path) -> Result<Option<Self>, GitError> {
        match git2::Repository::discover(root) {
            Ok(inner) => Self::at(inner, root).map(Some),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(GitError::opening(root, error)),
        }
    }

    /// Opens the repository that a folder lies in.
    ///
    /// # Errors
    /// As [`Self::discover`]; and [`GitError::NotARepository`].
    pub fn open(root: &Path) -> Result<Self, GitError> {
        Self::discover(root)?.ok_or_else(|| GitError::NotARepository { root: root.to_owned() })
    }

    /// Makes a new repository in a folder, with a branch that has no commit yet.
    ///
    /// # Errors
    /// The name is no branch's, the folder is a repository already, or it cannot be written.
    pub fn init(root: &Path, branch: &str) -> Result<Self, GitError> {
        if !git2::Branch::name_is_valid(branch).unwrap_or(false) {
            return Err(GitError::InvalidBranch { name: branch.to_owned() });
        }
        let mut options = git2::RepositoryInitOptions::new();
        options.initial_head(branch).no_reinit(true);
        let inner = git2::Repository::init_opts(root, &options)
            .map_err(|error| GitError::opening(root, error))?;
        Self::at(inner, root)
    }

    fn at(inner: git2::Repository, root: &Path) -> Result<Self, GitError> {
        let Some(workdir) = inner.workdir() else {
            return Err(GitError::Bare { path: inner.path().to_owned() });
        };
        let real = |path: &Path| {
            path.canonicalize()
                .map_err(|source| GitError::Unreadable { path: path.to_owned(), source })
        };
        let (real_root, workdir) = (real(root)?, real(workdir)?);
        let below = real_root
            .strip_prefix(&workdir)
            .map_err(|_| GitError::NotARepository { root: root.to_owned() })?;
        let mut prefix =
            below.to_str().ok_or_else(|| GitError::NotUtf8 { path: below.to_owned() })?.to_owned();
        if !prefix.is_empty() {
            prefix.push('/');
        }
        Ok(Self { inner, root: real_root, prefix, settings: OnceCell::new() })
    }

    /// The platform's root from the repository's; nothing if they are the same.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        self.prefix.strip_suffix('/')
    }

    /// The root of the repository's work tree.
    #[must_use]
    pub fn workdir(&self) -> &Path {
        self.inner.workdir().unwrap_or(&self.root)
    }

    /// The branch that is checked out, with or without a commit; none with a detached HEAD.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        let head = self.inner.find_reference("HEAD").ok()?;
        let target = head.symbolic_target().ok()??;
        Some(target.strip_prefix("refs/heads/")?.to_owned())
    }

    /// Whether there is a commit to stand on.
    #[must_use]
    pub fn has_commits(&self) -> bool {
        self.inner.head().is_ok()
    }

    /// The address of a remote, such as `origin`, without credentials.
    #[must_use]
    pub fn remote(&self, name: &str) -> Option<String> {
        let settings = self.settings().ok()?;
        settings.first(&format!("remote.{name}.url")).map(without_credentials)
    }

    /// The address of the remote that is meant where none is named, without credentials: `origin`, or the only one.
    #[must_use]
    pub fn home(&self) -> Option<String> {
        self.remote("origin").or_else(|| match self.settings().ok()?.remotes().as_slice() {
            [only] => self.remote(only),
            _ => None,
        })
    }

    /// Names an address as a remote.
    ///
    /// # Errors
    /// There is such a remote, the name is none, or the configuration cannot be written.
    pub fn add_remote(&self, name: &str, url: &str) -> Result<(), GitError> {
        self.inner.remote(name, url).map(drop).map_err(GitError::writing)
    }

    /// Whether git leaves a path out. A path that is tracked is never ignored.
    ///
    /// # Errors
    /// The rules or the index cannot be read.
    pub fn is_ignored(&self, path: &RepoPath) -> Result<bool, GitError> {
        self.settings()?;
        let index = self.inner.index().map_err(GitError::reading)?;
        self.ignored_by(path, &index)
    }

    fn ignored_by(&self, path: &RepoPath, index: &Index) -> Result<bool, GitError> {
        let full = self.full(path);
        if index.get_path(Path::new(&full), 0).is_some() {
            return Ok(false);
        }
        self.inner.is_path_ignored(&full).map_err(GitError::reading)
    }

    /// Those of the paths that git leaves out: they would be written, and never committed.
    ///
    /// # Errors
    /// The rules or the index cannot be read.
    pub fn ignored(&self, paths: &[RepoPath]) -> Result<Vec<RepoPath>, GitError> {
        self.settings()?;
        let index = self.inner.index().map_err(GitError::reading)?;
        let mut ignored = Vec::new();
        for path in paths {
            if self.ignored_by(path, &index)? {
                ignored.push(path.clone());
            }
        }
        Ok(ignored)
    }

    /// What is not as in the last commit below the platform's root, staged or not, new files included.
    ///
    /// # Errors
    /// The work tree or the index cannot be read.
    pub fn uncommitted(&self) -> Result<Vec<RepoPath>, GitError> {
        self.settings()?;
        let mut options = git2::StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).exclude_submodules(true);
        if !self.prefix.is_empty() {
            options.pathspec(&*self.prefix).disable_pathspec_match(true);
        }
        let statuses = self.inner.statuses(Some(&mut options)).map_err(GitError::reading)?;
        let mut paths: Vec<RepoPath> = statuses
            .iter()
            .filter_map(|status| {
                RepoPath::new(status.path().ok()?.strip_prefix(&*self.prefix)?).ok()
            })
            .collect();
        paths.sort();
        Ok(paths)
    }

    /// The configuration as `git` reads it; libgit2 learns of it, too.
    fn settings(&self) -> Result<&Settings, GitError> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::read(&self.inner, self.workdir())?;
        settings.give_to(&self.inner)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// What is taken out of git's words before somebody reads them.
    fn redaction(&self) -> Redaction {
        self.settings().map(Redaction::of).unwrap_or_default()
    }

    fn full(&self, path: &RepoPath) -> String {
        format!("{}{path}", self.prefix)
    }
}

#[cfg(test)]
mod tests;
