//! Writes a plan to the work tree.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::folder::{Folder, Obstacle};
use super::plan::Deed as Planned;
use super::survey::{Branch, branches};
use super::{BlobId, Plan};
use crate::path::RepoPath;
use crate::tree::Tree;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// New files, sorted.
    pub created: Vec<RepoPath>,
    /// Files that say something else now, sorted.
    pub updated: Vec<RepoPath>,
    /// Files that are gone, sorted.
    pub deleted: Vec<RepoPath>,
    /// Files of the lock that were written or are gone, sorted.
    pub lock: Vec<RepoPath>,
}

impl Report {
    /// How many files of the tree were written or deleted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.created.len() + self.updated.len() + self.deleted.len()
    }

    /// Whether no file of the tree was touched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Why a plan was not written in full. What was written stays; the lock was not, and the next run
/// goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The root of the platform cannot be opened.
    #[error("the folder `{}` cannot be opened: {source}", root.display())]
    Root {
        /// The folder.
        root: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
    /// A file cannot be written or deleted.
    #[error(
        "`{path}` cannot be {action}: {source} ({done} files were done before; run it again to go on)"
    )]
    Write {
        /// The file, or a folder on the way to it.
        path: String,
        /// `written` or `deleted`.
        action: &'static str,
        /// The operating system's own words.
        source: io::Error,
        /// How many files were written or deleted before.
        done: usize,
    },
    /// A file was changed after the plan was made.
    #[error(
        "`{path}` was changed meanwhile, and was left alone ({done} files were done before; run it again to go on)"
    )]
    ChangedMeanwhile {
        /// The file, or a folder on the way to it.
        path: String,
        /// How many files were written or deleted before.
        done: usize,
    },
    /// The plan was made for another tree.
    #[error("the plan writes `{path}`, which the tree does not have")]
    AnotherTree {
        /// The file.
        path: RepoPath,
    },
}

/// What is done to one path.
struct Step<'a> {
    path: &'a RepoPath,
    deed: Deed<'a>,
}

#[derive(Clone, Copy)]
enum Deed<'a> {
    /// Write a file where there is none.
    Create(&'a [u8]),
    /// Write it in the place of one that says this.
    Replace(&'a [u8], Option<BlobId>),
    /// Write it, whatever is there.
    Put(&'a [u8]),
    /// Delete one that says this.
    Delete(Option<BlobId>),
    /// Delete it, whatever it says.
    Drop,
}

impl Deed<'_> {
    fn deletes(self) -> bool {
        matches!(self, Self::Delete(_) | Self::Drop)
    }
}

/// Writes what a plan says: the files first, then the lock. New files never replace anything, others
/// are replaced by renaming, and what was changed since the plan was made is left alone. Folders that
/// a deletion leaves empty go.
///
/// # Errors
/// See [`SyncError`]. Nothing that a person wrote is lost by any of them.
pub fn apply(plan: &Plan, tree: &Tree, root: &Path) -> Result<Report, SyncError> {
    let root =
        Folder::open(root).map_err(|source| SyncError::Root { root: root.to_owned(), source })?;
    let mut steps = Vec::new();
    for action in plan.actions.iter().filter(|action| action.touches_disk()) {
        let path = &action.path;
        let bytes = || match (&action.content, tree.get(path.as_str())) {
            (Some(content), _) => Ok(content.as_slice()),
            (None, Some(file)) => Ok(&*file.bytes),
            (None, None) => Err(SyncError::AnotherTree { path: path.clone() }),
        };
        let deed = match action.deed {
            Planned::Nothing => continue,
            Planned::Create => Deed::Create(bytes()?),
            Planned::Replace => Deed::Replace(bytes()?, action.ours),
            Planned::Delete => Deed::Delete(action.ours),
        };
        steps.push(Step { path, deed });
    }
    // First of all: what a merge was made of must not be lost when it is written.
    run(&root, &puts(&plan.base_files), 0)?;
    run(&root, &steps, 0)?;
    run(&root, &puts(&plan.lock_files), steps.len())?;
    let of = |deed| {
        let actions = plan.actions.iter().filter(|action| action.deed == deed);
        actions.map(|action| action.path.clone()).collect()
    };
    Ok(Report {
        created: of(Planned::Create),
        updated: of(Planned::Replace),
        deleted: of(Planned::Delete),
        lock: plan.lock_files.keys().cloned().collect(),
    })
}

/// Writes files as they are given, or deletes those without bytes, whatever was there before: for what
/// a command has read, changed and proven itself, such as the description. A folder that a deletion
/// leaves empty goes.
///
/// # Errors
/// See [`SyncError`]. No symbolic link is followed.
pub fn write(root: &Path, files: &BTreeMap<RepoPath, Option<Vec<u8>>>) -> Result<(), SyncError> {
    let root = super::plan::open(root)?;
    run(&root, &puts(files), 0)
}

fn puts(files: &BTreeMap<RepoPath, Option<Vec<u8>>>) -> Vec<Step<'_>> {
    files
        .iter()
        .map(|(path, bytes)| Step { path, deed: bytes.as_deref().map_or(Deed::Drop, Deed::Put) })
        .collect()
}

/// What went wrong first, by path, and how much went well.
#[derive(Default)]
struct Outcome {
    done: usize,
    failure: Option<(String, Failure)>,
}

enum Failure {
    Io(&'static str, io::Error),
    ChangedMeanwhile,
}

impl Outcome {
    fn failed(path: String, failure: Failure) -> Self {
        Self { done: 0, failure: Some((path, failure)) }
    }

    fn join(self, other: Self) -> Self {
        let failure = match (self.failure, other.failure) {
            (Some(one), Some(two)) => Some(if one.0 <= two.0 { one } else { two }),
            (one, two) => one.or(two),
        };
        Self { done: self.done + other.done, failure }
    }
}

fn run(root: &Folder, steps: &[Step<'_>], before: usize) -> Result<(), SyncError> {
    let stop = AtomicBool::new(false);
    let Outcome { done, failure } = in_folder(root, steps, 0, &stop);
    let done = done + before;
    match failure {
        None => Ok(()),
        Some((path, Failure::ChangedMeanwhile)) => Err(SyncError::ChangedMeanwhile { path, done }),
        Some((path, Failure::Io(action, source))) => {
            Err(SyncError::Write { path, action, source, done })
        }
    }
}

fn in_folder(folder: &Folder, steps: &[Step<'_>], depth: usize, stop: &AtomicBool) -> Outcome {
    branches(steps, depth, |step| step.path.as_str())
        .into_par_iter()
        .with_min_len(4)
        .map(|branch| {
            if stop.load(Ordering::Relaxed) {
                return Outcome::default();
            }
            let outcome = match branch {
                Branch::File(name, step) => on_file(folder, name, step),
                Branch::Folder(name, steps) => below(folder, name, steps, depth, stop),
            };
            if outcome.failure.is_some() {
                stop.store(true, Ordering::Relaxed);
            }
            outcome
        })
        .reduce(Outcome::default, Outcome::join)
}

fn below(
    folder: &Folder,
    name: &str,
    steps: &[Step<'_>],
    depth: usize,
    stop: &AtomicBool,
) -> Outcome {
    let path = || {
        let parent = steps.first().map_or("", |step| &step.path.as_str()[..depth]);
        format!("{parent}{name}")
    };
    let writes = steps.iter().any(|step| !step.deed.deletes());
    let inner = if writes { folder.enter_or_make(name).map(Some) } else { folder.enter(name) };
    let inner = match inner {
        Ok(Some(inner)) => inner,
        Ok(None) => return Outcome::default(), // nothing to delete
        Err(Obstacle::Unreadable(error)) => {
            return Outcome::failed(path(), Failure::Io("written", error));
        }
        Err(_) => return Outcome::failed(path(), Failure::ChangedMeanwhile),
    };
    let outcome = in_folder(&inner, steps, depth + name.len() + 1, stop);
    if outcome.failure.is_none()
        && !writes
        && let Err(error) = folder.remove_if_empty(name)
    {
        return Outcome::failed(path(), Failure::Io("deleted", error));
    }
    outcome
}

fn on_file(folder: &Folder, name: &str, step: &Step<'_>) -> Outcome {
    let failed = |failure| Outcome::failed(step.path.to_string(), failure);
    let expected = match step.deed {
        Deed::Replace(_, id) | Deed::Delete(id) => id,
        _ => None,
    };
    if expected.is_some() {
        match folder.id_of(name) {
            Ok(found) if found == expected => {}
            Ok(_) => return failed(Failure::ChangedMeanwhile),
            Err(error) => return failed(Failure::Io("read", error)),
        }
    }
    let (action, result) = match step.deed {
        Deed::Create(bytes) => ("written", folder.create(name, bytes)),
        Deed::Replace(bytes, _) | Deed::Put(bytes) => ("written", folder.replace(name, bytes)),
        Deed::Delete(_) | Deed::Drop => ("deleted", folder.remove(name)),
    };
    match result {
        Ok(()) => Outcome { done: 1, failure: None },
        Err(error)
            if matches!(step.deed, Deed::Drop) && error.kind() == io::ErrorKind::NotFound =>
        {
            Outcome { done: 1, failure: None }
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            failed(Failure::ChangedMeanwhile)
        }
        Err(error) => failed(Failure::Io(action, error)),
    }
}
