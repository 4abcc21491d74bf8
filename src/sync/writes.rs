//! Everything that one command writes, and the way it gets to the disk.
//!
//! A command gathers its writes here: files of the description, generated ones, bases, the lock. They
//! go through one journal, so that a run that is cut off anywhere either had no effect or is finished
//! by the next one. Each write says what is expected on disk, and what somebody changed meanwhile is
//! left alone.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;

use super::folder::Folder;
use super::journal::{self, JournalError};
use super::plan::Deed;
use super::{BlobId, Plan, Report, SyncError, apply, base, lock};
use crate::files::{Disk, Files as _};
use crate::path::RepoPath;
use crate::tree::Tree;

/// What happens to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Write<'a> {
    /// What it says before; nothing if it is not there.
    pub(super) before: Option<BlobId>,
    /// What it says afterwards; nothing if it goes.
    pub(super) after: Option<Cow<'a, [u8]>>,
}

/// Everything that one command writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writes<'a> {
    command: String,
    files: BTreeMap<RepoPath, Write<'a>>,
}

/// A run that was cut off, and what its completion did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The command that was cut off, such as `create tenant shop`.
    pub command: String,
    /// What it was about to write, all of it.
    pub report: Report,
}

/// A run that was cut off and is not finished yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The command that was cut off.
    pub command: String,
    /// How many files it writes or deletes in all.
    pub files: usize,
}

impl<'a> Writes<'a> {
    /// Nothing yet; the command is named to whoever finishes it after it was cut off.
    #[must_use]
    pub fn of(command: impl Into<String>) -> Self {
        // The journal says it on one line.
        let command = command.into().replace(char::is_control, " ");
        Self { command, files: BTreeMap::new() }
    }

    /// A file that is to say something else, or to go. `before` is what it says now.
    pub fn put(
        &mut self,
        path: RepoPath,
        before: Option<&[u8]>,
        after: Option<impl Into<Cow<'a, [u8]>>>,
    ) {
        let after = after.map(Into::into);
        if before != after.as_deref() {
            self.insert(path, before.map(BlobId::of), after);
        }
    }

    /// The same for files that are given as they are to be, whatever they say now.
    ///
    /// # Errors
    /// A file that cannot be read, or that is not one.
    pub fn put_over(
        &mut self,
        root: &Path,
        files: &'a BTreeMap<RepoPath, Option<Vec<u8>>>,
    ) -> Result<(), SyncError> {
        let disk = Disk::new(root);
        for (path, after) in files {
            self.put(path.clone(), disk.read(path)?.as_deref(), after.as_deref());
        }
        Ok(())
    }

    /// Everything that a plan says, with the bases that are kept and the lock.
    ///
    /// # Errors
    /// [`SyncError::AnotherTree`]: the plan was made for another one.
    pub fn add_plan(&mut self, plan: &'a Plan, tree: &'a Tree) -> Result<(), SyncError> {
        for action in plan.actions.iter().filter(|action| action.touches_disk()) {
            let path = &action.path;
            let after = match (action.deed, &action.content, tree.get(path.as_str())) {
                (Deed::Delete, ..) => None,
                (_, Some(content), _) => Some(Cow::Borrowed(&**content)),
                (_, None, Some(file)) => Some(Cow::Borrowed(&*file.bytes)),
                (_, None, None) => return Err(SyncError::AnotherTree { path: path.clone() }),
            };
            self.insert(path.clone(), action.ours, after);
        }
        for (path, bytes) in &plan.base_files {
            let id = path.file_name().parse().ok().filter(|_| bytes.is_none());
            self.insert(path.clone(), id, bytes.as_deref().map(Cow::Borrowed));
        }
        for (path, text) in &plan.lock_files {
            let before = plan.lock_before.get(path).copied();
            self.insert(path.clone(), before, text.as_deref().map(Cow::Borrowed));
        }
        Ok(())
    }

    pub(super) fn insert(
        &mut self,
        path: RepoPath,
        before: Option<BlobId>,
        after: Option<Cow<'a, [u8]>>,
    ) {
        self.files.insert(path, Write { before, after });
    }

    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Every file that is written or deleted, sorted: what a commit of it consists of.
    pub fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        self.files.keys()
    }

    /// The command.
    pub(super) fn command(&self) -> &str {
        &self.command
    }

    /// The files, sorted by path.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&RepoPath, &Write<'a>)> {
        self.files.iter()
    }

    /// Whether a file is expected to be there before.
    pub(super) fn expects_file(&self, path: &RepoPath) -> bool {
        self.files.get(path).is_some_and(|write| write.before.is_some())
    }

    /// Whether something is written below a folder.
    pub(super) fn writes_below(&self, folder: &str) -> bool {
        let from = format!("{folder}/");
        self.files
            .range::<str, _>((Bound::Included(&*from), Bound::Unbounded))
            .take_while(|(path, _)| path.as_str().starts_with(&from))
            .any(|(_, write)| write.after.is_some())
    }

    /// Writes all of it: the journal, deletions, new and changed files, the lock; then the journal goes.
    ///
    /// # Errors
    /// [`SyncError::Journal`]: nothing was written. [`SyncError::Write`]: something is missing, and the
    /// journal stays, so that [`finish`] writes the rest. [`SyncError::ChangedMeanwhile`]: everything
    /// was written but these files. Nothing that a person wrote is lost by any of them.
    pub fn carry_out(&self, root: &Path) -> Result<Report, SyncError> {
        if self.is_empty() {
            return Ok(Report::default());
        }
        let root = super::plan::open(root)?;
        journal::write(&root, self).map_err(SyncError::Journal)?;
        let report = apply::execute(&root, self, false)?;
        journal::remove(&root).map_err(SyncError::Journal)?;
        if report.left_alone.is_empty() {
            return Ok(report);
        }
        Err(SyncError::ChangedMeanwhile { done: report.done(), paths: report.left_alone })
    }
}

impl Write<'_> {
    /// Whether it comes after everything else: the lock, and bases that nothing needs any more.
    pub(super) fn is_last(&self, path: &RepoPath) -> bool {
        is_lock(path) || (self.after.is_none() && is_base(path))
    }
}

/// Whether a file belongs to the lock.
pub(super) fn is_lock(path: &RepoPath) -> bool {
    lies_below(path, lock::FOLDER)
}

/// Whether a file is a base that is kept. What lies there is nobody's work.
pub(super) fn is_base(path: &RepoPath) -> bool {
    lies_below(path, base::FOLDER)
}

fn lies_below(path: &RepoPath, folder: &str) -> bool {
    path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Finishes a run that was cut off, if there is one: each file that is as it was before is brought to
/// what that run was about to write. What somebody changed since is left alone and reported; the lock
/// then says of it what it said before.
///
/// # Errors
/// As [`Writes::carry_out`]; the journal stays where something cannot be written.
pub fn finish(root: &Path) -> Result<Option<Finished>, SyncError> {
    let root = super::plan::open(root)?;
    journal::sweep(&root).map_err(SyncError::Journal)?;
    let Some(bytes) = journal::read(&root).map_err(SyncError::Journal)? else { return Ok(None) };
    let writes = match journal::decode(&bytes) {
        Ok(writes) => writes,
        // It was never whole, so nothing was written yet.
        Err(JournalError::Torn) => Writes::of(""),
        Err(error) => return Err(SyncError::Journal(error)),
    };
    let report = apply::execute(&root, &writes, true)?;
    journal::remove(&root).map_err(SyncError::Journal)?;
    Ok(Some(Finished { command: writes.command, report }))
}

/// Whether a run was cut off here and is not finished yet.
///
/// # Errors
/// The journal cannot be read, or is of a later version.
pub fn pending(root: &Path) -> Result<Option<Pending>, SyncError> {
    let root =
        Folder::open(root).map_err(|source| SyncError::Root { root: root.to_owned(), source })?;
    let Some(bytes) = journal::read(&root).map_err(SyncError::Journal)? else { return Ok(None) };
    match journal::decode(&bytes) {
        Ok(writes) => Ok(Some(Pending { files: writes.files.len(), command: writes.command })),
        Err(JournalError::Torn) => Ok(None),
        Err(error) => Err(SyncError::Journal(error)),
    }
}
