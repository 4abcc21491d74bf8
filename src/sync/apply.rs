//! Brings what a journal says to the disk, for the first time or again.
//!
//! Deletions come first, so that a file can make room for a folder; then what is new or changed; then
//! the lock. Each step looks at what is there: what is as it was before is written, what is as it is to
//! be is passed over, and everything else was changed by somebody meanwhile and is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::folder::{Folder, Found, Obstacle};
use super::journal::JournalError;
use super::survey::{Branch, branches};
use super::writes::{Write, Writes, is_base, is_lock};
use super::{BlobId, Plan, left_alone};
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
    /// Files of the lock and bases that were written or are gone, sorted.
    pub lock: Vec<RepoPath>,
    /// Files that somebody changed meanwhile, sorted: they are as they were.
    pub left_alone: Vec<RepoPath>,
}

impl Report {
    /// How many files were written or deleted, those of the lock left out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.created.len() + self.updated.len() + self.deleted.len()
    }

    /// Whether no file was touched, those of the lock left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn done(&self) -> usize {
        self.len() + self.lock.len()
    }
}

/// Why not everything was written.
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
    /// A file cannot be read.
    #[error(transparent)]
    Files(#[from] crate::files::FilesError),
    /// The journal.
    #[error(transparent)]
    Journal(JournalError),
    /// A file cannot be written or deleted. The journal stays, and the next run writes the rest.
    #[error(
        "`{path}` cannot be {action}: {source} ({done} of {all} files were done before; the rest is in the journal, and the next run writes it)"
    )]
    Write {
        /// The file, or a folder on the way to it.
        path: String,
        /// `written`, `deleted` or `read`.
        action: &'static str,
        /// The operating system's own words.
        source: io::Error,
        /// How many files were written or deleted before.
        done: usize,
        /// How many were to be.
        all: usize,
    },
    /// Files were changed after the plan was made; everything else was written.
    #[error(
        "{} changed meanwhile and left alone: {}; {done} files were written",
        were(paths),
        named(paths)
    )]
    ChangedMeanwhile {
        /// The files.
        paths: Vec<RepoPath>,
        /// How many files were written or deleted.
        done: usize,
    },
    /// The plan was made for another tree.
    #[error("the plan writes `{path}`, which the tree does not have")]
    AnotherTree {
        /// The file.
        path: RepoPath,
    },
}

fn were(paths: &[RepoPath]) -> &'static str {
    if paths.len() == 1 { "a file was" } else { "files were" }
}

fn named(paths: &[RepoPath]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    names.join(", ")
}

/// Writes what a plan says, through a journal.
///
/// # Errors
/// See [`Writes::carry_out`].
pub fn apply(plan: &Plan, tree: &Tree, root: &Path) -> Result<Report, SyncError> {
    let mut writes = Writes::of("generate");
    writes.add_plan(plan, tree)?;
    writes.carry_out(root)
}

/// Writes files as they are given, or deletes those without bytes, whatever was there before. A folder
/// that a deletion leaves empty goes.
///
/// # Errors
/// See [`Writes::carry_out`]. No symbolic link is followed.
pub fn write(root: &Path, files: &BTreeMap<RepoPath, Option<Vec<u8>>>) -> Result<(), SyncError> {
    let mut writes = Writes::of("write");
    writes.put_over(root, files)?;
    writes.carry_out(root)?;
    Ok(())
}

/// What is done to one path.
#[derive(Clone, Copy)]
struct Step<'a> {
    path: &'a RepoPath,
    before: Option<BlobId>,
    after: Option<&'a [u8]>,
}

impl<'a> Step<'a> {
    /// Whether a content may be replaced or deleted.
    fn expects(&self, found: &[u8]) -> bool {
        is_base(self.path) || self.before == Some(BlobId::of(found))
    }

    fn of((path, write): (&'a RepoPath, &'a Write<'_>)) -> Self {
        Self { path, before: write.before, after: write.after.as_deref() }
    }
}

/// What all steps have in common.
struct Run<'a> {
    writes: &'a Writes<'a>,
    /// Whether an earlier run may have done some of it.
    again: bool,
    /// Whether a step failed, so that no other one begins.
    stop: AtomicBool,
}

/// Does everything that a journal says.
///
/// # Errors
/// [`SyncError::Write`], at the first step that fails.
pub(super) fn execute(
    root: &Folder,
    writes: &Writes<'_>,
    again: bool,
) -> Result<Report, SyncError> {
    let run = Run { writes, again, stop: AtomicBool::new(false) };
    let (last, files): (Vec<_>, Vec<_>) =
        writes.iter().partition(|(path, write)| write.is_last(path));
    let (deletions, others): (Vec<Step<'_>>, _) =
        files.into_iter().map(Step::of).partition(|step| step.after.is_none());
    let mut outcome = Outcome::default();
    for steps in [deletions, others] {
        outcome = outcome.join(run.in_folder(root, &steps, 0));
        outcome = outcome.checked(writes.iter().len())?;
    }
    // A new file that an earlier run may have written already was generated, and carries an edit now. Where this run is the
    // first, it was not.
    let not_generated = |path: &&RepoPath| !again || writes.expects_file(path);
    let left_alone = outcome.left_alone.iter().filter(not_generated).map(RepoPath::as_str);
    let kept = keep_in_lock(root, &last, &left_alone.collect())?;
    let last: Vec<Step<'_>> = last
        .into_iter()
        .filter_map(|(path, write)| match kept.get(path) {
            Some(Kept::Base) => None,
            Some(Kept::Lock(after)) => {
                Some(Step { path, before: write.before, after: after.as_deref() })
            }
            None => Some(Step::of((path, write))),
        })
        .collect();
    outcome = outcome.join(run.in_folder(root, &last, 0)).checked(writes.iter().len())?;
    Ok(report(writes, outcome.left_alone))
}

fn report(writes: &Writes<'_>, mut left_alone: Vec<RepoPath>) -> Report {
    left_alone.sort();
    let mut report = Report { left_alone, ..Report::default() };
    for (path, write) in writes.iter() {
        if report.left_alone.binary_search(path).is_ok() {
            continue;
        }
        let list = match (write.before, &write.after) {
            _ if is_lock(path) || is_base(path) => &mut report.lock,
            (None, Some(_)) => &mut report.created,
            (Some(_), Some(_)) => &mut report.updated,
            (_, None) => &mut report.deleted,
        };
        list.push(path.clone());
    }
    report
}

/// What of the last steps is done otherwise because files were left alone.
enum Kept {
    /// A file of the lock says this.
    Lock(Option<Vec<u8>>),
    /// The base of such a file stays.
    Base,
}

fn keep_in_lock<'a>(
    root: &Folder,
    last: &[(&'a RepoPath, &Write<'_>)],
    left_alone: &BTreeSet<&str>,
) -> Result<BTreeMap<&'a RepoPath, Kept>, SyncError> {
    let mut kept = BTreeMap::new();
    if left_alone.is_empty() {
        return Ok(kept);
    }
    let mut bases = BTreeSet::new();
    for (path, write) in last.iter().filter(|(path, _)| is_lock(path)) {
        let on_disk = root.read_below(path.as_str()).map_err(|source| SyncError::Write {
            path: path.to_string(),
            action: "read",
            source,
            done: 0,
            all: last.len(),
        })?;
        let text = left_alone::keep(on_disk.as_deref(), write.after.as_deref(), left_alone);
        bases.extend(on_disk.iter().flat_map(|text| left_alone::ids(text, left_alone)));
        kept.insert(*path, Kept::Lock(text));
    }
    for (path, _) in last {
        if path.file_name().parse::<BlobId>().is_ok_and(|id| bases.contains(&id)) {
            kept.insert(*path, Kept::Base);
        }
    }
    Ok(kept)
}

/// What became of steps.
#[derive(Default)]
struct Outcome {
    done: usize,
    left_alone: Vec<RepoPath>,
    /// What went wrong first, by path.
    failure: Option<Failure>,
}

struct Failure {
    path: String,
    action: &'static str,
    source: io::Error,
}

impl Outcome {
    fn done() -> Self {
        Self { done: 1, ..Self::default() }
    }

    fn left_alone<'a>(paths: impl IntoIterator<Item = &'a RepoPath>) -> Self {
        Self { left_alone: paths.into_iter().cloned().collect(), ..Self::default() }
    }

    fn failed(path: impl Into<String>, action: &'static str, source: io::Error) -> Self {
        let failure = Some(Failure { path: path.into(), action, source });
        Self { failure, ..Self::default() }
    }

    fn join(mut self, mut other: Self) -> Self {
        self.done += other.done;
        self.left_alone.append(&mut other.left_alone);
        self.failure = match (self.failure, other.failure) {
            (Some(one), Some(two)) => Some(if one.path <= two.path { one } else { two }),
            (one, two) => one.or(two),
        };
        self
    }

    fn checked(self, all: usize) -> Result<Self, SyncError> {
        match self.failure {
            None => Ok(self),
            Some(Failure { path, action, source }) => {
                Err(SyncError::Write { path, action, source, done: self.done, all })
            }
        }
    }
}

impl Run<'_> {
    fn in_folder(&self, folder: &Folder, steps: &[Step<'_>], depth: usize) -> Outcome {
        branches(steps, depth, |step| step.path.as_str())
            .into_par_iter()
            .with_min_len(4)
            .map(|branch| {
                if self.stop.load(Ordering::Relaxed) {
                    return Outcome::default();
                }
                let outcome = match branch {
                    Branch::File(name, step) => self.on_file(folder, name, step),
                    Branch::Folder(name, steps) => self.below(folder, name, steps, depth),
                };
                if outcome.failure.is_some() {
                    self.stop.store(true, Ordering::Relaxed);
                }
                outcome
            })
            .reduce(Outcome::default, Outcome::join)
    }

    fn below(&self, folder: &Folder, name: &str, steps: &[Step<'_>], depth: usize) -> Outcome {
        let path = || {
            let parent = steps.first().map_or("", |step| &step.path.as_str()[..depth]);
            format!("{parent}{name}")
        };
        let writes = steps.iter().any(|step| step.after.is_some());
        let inner = if writes { folder.enter_or_make(name).map(Some) } else { folder.enter(name) };
        let inner = match inner {
            Ok(Some(inner)) => inner,
            // Nothing is left to be deleted.
            Ok(None) => return Outcome { done: steps.len(), ..Outcome::default() },
            Err(Obstacle::File) if !writes => {
                return Outcome { done: steps.len(), ..Outcome::default() };
            }
            Err(Obstacle::Unreadable(error)) => return Outcome::failed(path(), "written", error),
            Err(_) => return Outcome::left_alone(steps.iter().map(|step| step.path)),
        };
        let outcome = self.in_folder(&inner, steps, depth + name.len() + 1);
        if outcome.failure.is_none()
            && !writes
            && !self.writes.writes_below(&path())
            && let Err(error) = folder.remove_if_empty(name)
        {
            return Outcome::failed(path(), "deleted", error);
        }
        outcome
    }

    fn on_file(&self, folder: &Folder, name: &str, step: &Step<'_>) -> Outcome {
        let failed = |action, error| Outcome::failed(step.path.as_str(), action, error);
        if self.again {
            // A file that was about to take this name.
            if let Err(error) = folder.sweep(name) {
                return failed("deleted", error);
            }
        } else if let (None, Some(bytes)) = (step.before, step.after) {
            // The usual case needs no look.
            match folder.create(name, bytes) {
                Ok(()) => return Outcome::done(),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return failed("written", error),
            }
        }
        let (action, result) = match (folder.look(name, step.after), step.before, step.after) {
            (Found::Same, ..) | (Found::Absent, _, None) => return Outcome::done(),
            // A folder in its place: the file itself is gone.
            (Found::Obstacle(Obstacle::Folder), _, None) => return Outcome::done(),
            (Found::Absent, None, Some(bytes)) => ("written", folder.create(name, bytes)),
            (Found::Other(found), before, Some(bytes))
                if step.expects(&found) || is_torn(&found, bytes, before) =>
            {
                ("written", folder.replace(name, bytes))
            }
            (Found::Other(found), _, None) if step.expects(&found) => {
                ("deleted", folder.remove(name))
            }
            (Found::Obstacle(Obstacle::Unreadable(error)), ..) => return failed("read", error),
            _ => return Outcome::left_alone([step.path]),
        };
        match result {
            Ok(()) => Outcome::done(),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Outcome::left_alone([step.path])
            }
            Err(error) => failed(action, error),
        }
    }
}

/// Whether a file is what a cut-off run left of what it was writing, and nothing that anybody wrote. A new
/// file is then there up to where a page of memory ends. A changed one is whole, since it is renamed. On
/// a machine that crashed, either may have zero bytes in the place of what did not reach the disk.
fn is_torn(found: &[u8], wanted: &[u8], before: Option<BlobId>) -> bool {
    const PAGE: usize = 4096;
    let cut = before.is_none() && found.len().is_multiple_of(PAGE);
    let same = || found.iter().zip(wanted).all(|(found, wanted)| found == wanted || *found == 0);
    found.len() <= wanted.len() && (cut || found.contains(&0)) && same()
}
