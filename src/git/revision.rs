//! Revisions: the files that a commit holds, and what differs between two states.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::{GitError, Repository};
use crate::files::{Files, FilesError, Listing, lies_below};
use crate::path::RepoPath;

/// The files of a commit below the root of the platform, as a view.
pub struct Revision {
    /// What it was asked for by.
    name: String,
    commit: git2::Oid,
    git_dir: std::path::PathBuf,
    files: BTreeMap<RepoPath, git2::Oid>,
    faults: Vec<Left>,
    /// One for each thread that reads at a time: libgit2's are for one thread.
    open: Mutex<Vec<git2::Repository>>,
}

/// What lies in a commit and can be no file of a view.
enum Left {
    Symlink(RepoPath),
    Name(String),
}

impl Repository {
    /// The files of a revision: anything that `git rev-parse` understands and that is a commit.
    ///
    /// # Errors
    /// [`GitError::NoRevision`], and what cannot be read.
    pub fn revision(&self, name: &str) -> Result<Revision, GitError> {
        let missing = |error: git2::Error| self.no_revision(name, &error);
        let commit = self.inner.revparse_single(name).and_then(|object| object.peel_to_commit());
        let commit = commit.map_err(missing)?;
        let tree = commit.tree().map_err(missing)?;
        let mut files = BTreeMap::new();
        let mut faults = Vec::new();
        let walked = tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            let Ok(name) = entry.name() else { return git2::TreeWalkResult::Skip };
            let path = format!("{folder}{name}");
            if entry.kind() == Some(git2::ObjectType::Tree) {
                // Folders beside that of the platform are not gone into.
                let within = format!("{path}/");
                let leads = within.starts_with(&self.prefix) || self.prefix.starts_with(&within);
                return match leads {
                    true => git2::TreeWalkResult::Ok,
                    false => git2::TreeWalkResult::Skip,
                };
            }
            let Some(path) = path.strip_prefix(&self.prefix) else {
                return git2::TreeWalkResult::Ok;
            };
            match (RepoPath::new(path), entry.filemode()) {
                (Ok(path), 0o120_000) => faults.push(Left::Symlink(path)),
                (Ok(path), _) if entry.kind() == Some(git2::ObjectType::Blob) => {
                    files.insert(path, entry.id());
                }
                (Ok(_), _) => {}
                (Err(_), _) => faults.push(Left::Name(path.to_owned())),
            }
            git2::TreeWalkResult::Ok
        });
        walked.map_err(missing)?;
        Ok(Revision {
            name: name.to_owned(),
            commit: commit.id(),
            git_dir: self.inner.path().to_owned(),
            files,
            faults,
            open: Mutex::default(),
        })
    }

    fn no_revision(&self, name: &str, error: &git2::Error) -> GitError {
        let reason = match error.code() {
            _ if !self.has_commits() => "there is no commit yet".to_owned(),
            git2::ErrorCode::NotFound => "git knows nothing of this name".to_owned(),
            git2::ErrorCode::Peel | git2::ErrorCode::InvalidSpec => "this is no commit".to_owned(),
            git2::ErrorCode::Ambiguous => "several objects have ids that begin so".to_owned(),
            _ => error.message().to_owned(),
        };
        GitError::NoRevision { name: name.to_owned(), reason, shallow: self.inner.is_shallow() }
    }

    /// The commit where two revisions went apart.
    ///
    /// # Errors
    /// [`GitError::NoRevision`] where one is not there, or they have nothing in common.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<String, GitError> {
        let id = |name: &str| {
            let found = self.inner.revparse_single(name).and_then(|it| it.peel_to_commit());
            found.map(|commit| commit.id()).map_err(|error| self.no_revision(name, &error))
        };
        let base = self.inner.merge_base(id(one)?, id(other)?);
        base.map(|id| id.to_string()).map_err(|_| GitError::NoRevision {
            name: format!("{one}...{other}"),
            reason: "the two have no commit in common".to_owned(),
            shallow: self.inner.is_shallow(),
        })
    }

    /// The files of the platform that are otherwise in the work tree than in a revision, with those that are in one of them alone;
    /// what git ignores is passed over.
    ///
    /// # Errors
    /// Where the two cannot be compared.
    pub fn changed_since(&self, revision: &Revision) -> Result<BTreeSet<RepoPath>, GitError> {
        let mut options = git2::DiffOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).include_typechange(true);
        let tree = self.inner.find_commit(revision.commit).and_then(|commit| commit.tree());
        let diff = tree
            .and_then(|tree| {
                self.inner.diff_tree_to_workdir_with_index(Some(&tree), Some(&mut options))
            })
            .map_err(|error| self.no_revision(&revision.name, &error))?;
        let paths = diff.deltas().flat_map(|delta| {
            [delta.old_file().path_bytes(), delta.new_file().path_bytes()]
                .map(|path| path.map(|path| String::from_utf8_lossy(path).into_owned()))
        });
        let below =
            paths.flatten().filter_map(|path| RepoPath::new(path.strip_prefix(&self.prefix)?).ok());
        Ok(below.collect())
    }
}

impl Revision {
    /// The id of its commit.
    #[must_use]
    pub fn commit(&self) -> String {
        self.commit.to_string()
    }

    /// The files that differ from those of another revision, or are in one of them alone.
    #[must_use]
    pub fn changed_to(&self, other: &Self) -> BTreeSet<RepoPath> {
        let differ = |a: &Self, b: &Self| -> Vec<RepoPath> {
            let differs = |(path, id): &(&RepoPath, &git2::Oid)| b.files.get(*path) != Some(*id);
            a.files.iter().filter(differs).map(|(path, _)| path.clone()).collect()
        };
        differ(self, other).into_iter().chain(differ(other, self)).collect()
    }
}

impl Files for Revision {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, FilesError> {
        let Some(id) = self.files.get(path) else {
            let below = format!("{path}/");
            let is_folder = self
                .files
                .range(path.clone()..)
                .map(|(path, _)| path.as_str())
                .find(|one| *one > below.as_str())
                .is_some_and(|one| one.starts_with(&below));
            return match is_folder {
                true => Err(FilesError::NotAFile { path: path.clone() }),
                false => Ok(None),
            };
        };
        let fail = |error: &git2::Error| FilesError::Io {
            path: path.to_string(),
            source: std::io::Error::other(error.message().to_owned()),
        };
        let spare = self.open.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repository = match spare {
            Some(repository) => repository,
            None => git2::Repository::open(&self.git_dir).map_err(|error| fail(&error))?,
        };
        let bytes = repository.find_blob(*id).map(|blob| blob.content().to_vec());
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(repository);
        bytes.map(Some).map_err(|error| fail(&error))
    }

    fn survey(&self, folder: Option<&RepoPath>) -> Listing {
        let below = |path: &RepoPath| lies_below(path, folder);
        let faults = self.faults.iter().map(|fault| match fault {
            Left::Symlink(path) => FilesError::Symlink { path: path.clone() },
            Left::Name(lossy) => FilesError::NotUtf8 { lossy: lossy.clone() },
        });
        Listing {
            files: self.files.keys().filter(|path| below(path)).cloned().collect(),
            faults: faults.collect(),
        }
    }
}
