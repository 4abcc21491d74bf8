//! What the tool does with git: find or make the repository, and commit exactly what a run wrote.
//!
//! Everything here is local; the network is left to the person's own `git`. Paths are those of the
//! platform, whose root may be a folder of a larger repository. A commit consists of the given paths
//! alone: what the person had staged stays staged and uncommitted. What git would have done and this
//! does not (hooks, signatures) is said, never passed over.

mod error;

use std::path::{Path, PathBuf};

use git2::{Index, RepositoryState};

pub use error::GitError;

use crate::path::RepoPath;

/// A repository with a work tree, seen from the root of a platform in it.
pub struct Repository {
    inner: git2::Repository,
    /// The platform's root on the disk.
    root: PathBuf,
    /// The platform's root from the repository's, empty or with a `/` at its end.
    prefix: String,
}

/// Who commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// `user.name`, or `GIT_AUTHOR_NAME`.
    pub name: String,
    /// `user.email`, or `GIT_AUTHOR_EMAIL`.
    pub email: String,
}

/// A commit that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id, 40 hexadecimal digits.
    pub id: String,
    /// The branch that it is on; none with a detached HEAD.
    pub branch: Option<String>,
    /// The paths that it changes, from the root of the platform.
    pub paths: Vec<RepoPath>,
    /// What `git commit` would have done otherwise.
    pub notes: Vec<Note>,
}

/// What a commit made here is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// `commit.gpgsign` asks for a signature.
    #[error(
        "the commit is not signed, although `commit.gpgsign` is set; `git commit --amend --no-edit` signs it"
    )]
    NotSigned,
    /// Hooks are there that `git commit` would have run.
    #[error("git hooks were not run: {}; `git commit --amend --no-edit` runs them", .0.join(", "))]
    HooksNotRun(Vec<String>),
    /// The commit is on no branch.
    #[error("HEAD is detached: the commit is on no branch; `git switch -c NAME` gives it one")]
    Detached,
    /// Paths that git ignores were left out.
    #[error("ignored by git and not committed: {}", list(.0))]
    Ignored(Vec<RepoPath>),
}

fn list(paths: &[RepoPath]) -> String {
    paths.iter().map(RepoPath::as_str).collect::<Vec<_>>().join(", ")
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
        Ok(Self { inner, root: real_root, prefix })
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

    /// The address of a remote, such as `origin`.
    #[must_use]
    pub fn remote(&self, name: &str) -> Option<String> {
        let remote = self.inner.find_remote(name).ok()?;
        remote.url().ok().map(str::to_owned)
    }

    /// Who commits, from git's configuration and environment.
    ///
    /// # Errors
    /// [`GitError::NoIdentity`].
    pub fn author(&self) -> Result<Author, GitError> {
        let author = self.inner.author_from_env().map_err(GitError::identity)?;
        let text = |text: Result<&str, git2::Error>| text.unwrap_or_default().to_owned();
        Ok(Author { name: text(author.name()), email: text(author.email()) })
    }

    /// Whether git leaves a path out. A path that is tracked is never ignored.
    ///
    /// # Errors
    /// The rules or the index cannot be read.
    pub fn is_ignored(&self, path: &RepoPath) -> Result<bool, GitError> {
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

    /// Commits these paths as they are on disk, those that are gone as deletions, and nothing else.
    /// Without a difference to the last commit there is no commit.
    ///
    /// # Errors
    /// Nobody to commit as, a merge or rebase under way, an index that another git holds, or something
    /// that cannot be read or written. The branch has not moved then.
    pub fn commit(&self, paths: &[RepoPath], message: &str) -> Result<Option<Commit>, GitError> {
        if self.inner.state() != RepositoryState::Clean {
            return Err(GitError::Unfinished { what: unfinished(self.inner.state()) });
        }
        let author = self.inner.author_from_env().map_err(GitError::identity)?;
        let committer = self.inner.committer_from_env().map_err(GitError::identity)?;
        let parent = match self.inner.head() {
            Ok(head) => Some(head.peel_to_commit().map_err(GitError::reading)?),
            Err(error) if error.code() == git2::ErrorCode::UnbornBranch => None,
            Err(error) => return Err(GitError::reading(error)),
        };
        let before = parent.as_ref().map(git2::Commit::tree).transpose();
        let before = before.map_err(GitError::reading)?;

        // Two indexes: the person's, which learns of these paths, and one that is the new commit.
        let mut staged = self.inner.index().map_err(GitError::reading)?;
        let mut next = Index::new().map_err(GitError::reading)?;
        if let Some(tree) = &before {
            next.read_tree(tree).map_err(GitError::reading)?;
        }
        let (mut taken, mut ignored) = (Vec::new(), Vec::new());
        for path in paths {
            if self.ignored_by(path, &staged)? {
                ignored.push(path.clone());
                continue;
            }
            if self.stage(path, &mut staged, &mut next)? {
                taken.push(path.clone());
            }
        }
        let tree = next.write_tree_to(&self.inner).map_err(GitError::writing)?;
        if before.as_ref().map(git2::Tree::id) == Some(tree)
            || (before.is_none() && taken.is_empty())
        {
            return Ok(None);
        }
        let tree = self.inner.find_tree(tree).map_err(GitError::reading)?;
        let parents: Vec<_> = parent.iter().collect();
        // Before the branch moves: another git that holds the index stops it here.
        staged.write().map_err(GitError::writing)?;
        let id = self
            .inner
            .commit(Some("HEAD"), &author, &committer, message, &tree, &parents)
            .map_err(GitError::writing)?;
        Ok(Some(Commit {
            id: id.to_string(),
            branch: self.branch(),
            paths: taken,
            notes: self.notes(ignored)?,
        }))
    }

    /// Takes a path from the disk into both indexes; says whether that changed the commit.
    fn stage(
        &self,
        path: &RepoPath,
        staged: &mut Index,
        next: &mut Index,
    ) -> Result<bool, GitError> {
        let full = self.full(path);
        let full = Path::new(&full);
        let before = next.get_path(full, 0).map(|entry| (entry.id, entry.mode));
        if path.below(&self.root).symlink_metadata().is_ok_and(|data| !data.is_dir()) {
            staged.add_path(full).map_err(|error| GitError::staging(path, error))?;
            let Some(entry) = staged.get_path(full, 0) else { return Ok(false) };
            let after = (entry.id, entry.mode);
            if before == Some(after) {
                return Ok(false);
            }
            next.add(&entry).map_err(|error| GitError::staging(path, error))?;
            return Ok(true);
        }
        for index in [staged, next] {
            if index.get_path(full, 0).is_some() {
                index.remove_path(full).map_err(|error| GitError::staging(path, error))?;
            }
        }
        Ok(before.is_some())
    }

    fn notes(&self, ignored: Vec<RepoPath>) -> Result<Vec<Note>, GitError> {
        let config = self.inner.config().map_err(GitError::reading)?;
        let mut notes = Vec::new();
        if config.get_bool("commit.gpgsign").unwrap_or(false) {
            notes.push(Note::NotSigned);
        }
        let hooks = self.hooks(&config);
        if !hooks.is_empty() {
            notes.push(Note::HooksNotRun(hooks));
        }
        if self.inner.head_detached().unwrap_or(false) {
            notes.push(Note::Detached);
        }
        if !ignored.is_empty() {
            notes.push(Note::Ignored(ignored));
        }
        Ok(notes)
    }

    /// The hooks that `git commit` would run here.
    fn hooks(&self, config: &git2::Config) -> Vec<String> {
        let folder = match config.get_path("core.hooksPath") {
            Ok(path) => self.workdir().join(path),
            Err(_) => self.inner.commondir().join("hooks"),
        };
        ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"]
            .into_iter()
            .filter(|name| is_executable(&folder.join(name)))
            .map(str::to_owned)
            .collect()
    }

    fn full(&self, path: &RepoPath) -> String {
        format!("{}{path}", self.prefix)
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

fn unfinished(state: RepositoryState) -> &'static str {
    match state {
        RepositoryState::Merge => "merge",
        RepositoryState::Revert | RepositoryState::RevertSequence => "revert",
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => "cherry-pick",
        RepositoryState::Bisect => "bisection",
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => "`git am`",
        RepositoryState::Clean
        | RepositoryState::Rebase
        | RepositoryState::RebaseInteractive
        | RepositoryState::RebaseMerge => "rebase",
    }
}

#[cfg(test)]
mod tests;
