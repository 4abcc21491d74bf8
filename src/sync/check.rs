//! What is off between the work tree and what is generated, by hashes alone.

use std::fmt;
use std::path::Path;

use super::base::Kept;
use super::judge::{Sight, Why};
use super::plan::{Because, items, labels, open};
use super::survey::{Intent, survey};
use super::{Bases, Change, Lock, Plan, SyncError, Wishes};
use crate::path::RepoPath;
use crate::tree::Tree;

/// Something on disk that is not what is generated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deviation {
    /// The file, or a folder on the way to it.
    pub path: RepoPath,
    /// What is off.
    pub reason: Reason,
}

/// What is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It is to be there and is not.
    Missing,
    /// It says what was generated before.
    Stale,
    /// It is there, and is generated no more.
    Orphan,
    /// A person edited it, and something else is generated now, or nothing.
    EditedAndStale,
    /// Markers of an unresolved merge stand in it.
    ConflictMarkers,
    /// A person edited it, and what is generated still lies beside it.
    Beside,
    /// The lock does not say what was generated.
    LockStale,
    /// Something that was not generated lies in its place.
    InTheWay,
    /// A symbolic link lies in its place.
    Symlink,
    /// It cannot be read.
    Unreadable,
    /// A person edited or deleted it, and nobody may. `sync` itself does not know what is forbidden.
    Forbidden,
    /// A person edited it, and nothing is generated for it any more.
    EditedAndGone,
    /// A person edited it, and what is generated is as it was. Nothing is wrong.
    Edited,
    /// What was generated before a person edited it is not kept yet. Nothing is wrong.
    BaseNotKept,
    /// A person deleted it. Nothing is wrong.
    Deleted,
}

impl Reason {
    /// Whether a check fails on it; the others are told for information.
    #[must_use]
    pub fn fails(self) -> bool {
        !matches!(self, Self::Edited | Self::BaseNotKept | Self::Deleted)
    }

    /// The reason in one word, for machines: `conflict-markers`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Orphan => "orphan",
            Self::EditedAndStale => "edited-and-stale",
            Self::ConflictMarkers => "conflict-markers",
            Self::Beside => "beside",
            Self::EditedAndGone => "edited-and-gone",
            Self::BaseNotKept => "base-not-kept",
            Self::LockStale => "lock-stale",
            Self::InTheWay => "in-the-way",
            Self::Symlink => "symlink",
            Self::Unreadable => "unreadable",
            Self::Forbidden => "forbidden",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is missing",
            Self::Stale => "is not what the description means any more",
            Self::Orphan => "is generated no more",
            Self::EditedAndStale => "was edited, and something else is generated now",
            Self::ConflictMarkers => "carries the markers of an unresolved merge",
            Self::Beside => "was edited by hand, and what is generated lies beside it",
            Self::EditedAndGone => "was edited by hand, and is generated no more",
            Self::BaseNotKept => "was edited by hand, and what it comes from is not kept yet",
            Self::LockStale => "is not recorded in the lock as it is",
            Self::InTheWay => "lies where something is to be generated",
            Self::Symlink => "is a symbolic link",
            Self::Unreadable => "cannot be read",
            Self::Forbidden => "was edited or deleted by hand, which is forbidden",
            Self::Edited => "was edited by hand",
            Self::Deleted => "was deleted by hand",
        })
    }
}

/// What is off in the folder `root`, sorted by path; nothing is written, and the folder need not be
/// writable.
///
/// # Errors
/// [`SyncError::Root`]: the folder itself cannot be opened.
pub fn check(
    tree: &Tree,
    root: &Path,
    lock: &Lock,
    bases: &dyn Bases,
) -> Result<Vec<Deviation>, SyncError> {
    let folder = open(root)?;
    let items = items(tree, lock);
    let kept = Kept::load(&folder, lock.part);
    let wishes = Wishes::default();
    let sight = Sight {
        bases,
        kept: &kept,
        wishes: &wishes,
        intent: Intent::Compare,
        labels: labels(lock.part),
    };
    let mut survey = survey(&folder, &items, 0, sight);
    let refusals = std::mem::take(&mut survey.refusals);
    let mut deviations: Vec<Deviation> = refusals
        .into_iter()
        .filter_map(|refusal| {
            let reason = match refusal.why {
                Why::NotOurs
                | Why::FolderInTheWay
                | Why::FileForFolder
                | Why::SpecialInTheWay
                | Why::CaseOnly(_)
                | Why::List(_) => Reason::InTheWay,
                Why::Symlink => Reason::Symlink,
                Why::EditedAndGone => Reason::EditedAndGone,
                Why::Beside(_) => Reason::Beside,
                Why::OthersAndGone => Reason::Orphan,
                Why::ConflictMarkers => Reason::ConflictMarkers,
                Why::ReadOnly(_) | Why::Unreadable(_) => Reason::Unreadable,
            };
            Some(Deviation { path: RepoPath::new(&refusal.path).ok()?, reason })
        })
        .collect();
    let plan = Plan::from_survey(survey, lock, &kept);
    let unkept = plan.actions.iter().filter(|action| {
        let id = plan.lock.get(&action.path).filter(|_| action.change == Change::Kept);
        id.is_some_and(|entry| !kept.has(entry.id))
    });
    deviations.extend(
        unkept.map(|action| Deviation { path: action.path.clone(), reason: Reason::BaseNotKept }),
    );
    deviations.extend(plan.actions.into_iter().filter_map(|action| {
        let reason = match action.change {
            Change::Create => Reason::Missing,
            Change::Update => Reason::Stale,
            Change::Delete => Reason::Orphan,
            Change::Merged | Change::Conflict | Change::Beside => Reason::EditedAndStale,
            Change::Skipped if action.because == Some(Because::LeftOut) => Reason::Stale,
            Change::Adopt | Change::Forgotten | Change::Left => Reason::LockStale,
            Change::Kept => Reason::Edited,
            Change::StaysDeleted => Reason::Deleted,
            Change::Unchanged
            | Change::Untouched
            | Change::Skipped
            | Change::Reset
            | Change::TakeOver
            | Change::Discard => return None,
        };
        Some(Deviation { path: action.path, reason })
    }));
    let unresolved = lock
        .unresolved()
        .map(|path| Deviation { path: path.clone(), reason: Reason::ConflictMarkers });
    deviations.extend(unresolved);
    // Where files are off, the lock is too; where none is, it must be as it would be written.
    if !deviations.iter().any(|deviation| deviation.reason.fails()) {
        let files = plan.lock_files.into_keys();
        deviations.extend(files.map(|path| Deviation { path, reason: Reason::LockStale }));
    }
    deviations.sort();
    Ok(deviations)
}
