//! What is to happen to every file, decided before anything is written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::folder::Folder;
use super::judge::{Item, Refusal, Why};
use super::survey::{Intent, Survey, survey};
use super::{BlobId, Lock, LockEntry, SyncError, lock};
use crate::diagnostic::{Code, Diagnostic};
use crate::path::RepoPath;
use crate::tree::{EntityRef, Ownership, Tree};

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It is new.
    Create,
    /// It is as it was generated, and is written anew.
    Update,
    /// It is as it was generated, and is generated no more.
    Delete,
    /// It is as it is generated.
    Unchanged,
    /// It is as it is generated, and only the lock learns it.
    Adopt,
    /// A person edited it, and what is generated is as it was: the edit stays.
    Kept,
    /// A person deleted it: it stays away.
    StaysDeleted,
    /// It is the user's or another tool's since it was written: nobody looks into it.
    Untouched,
    /// It is generated no more, and is the user's or another tool's: it stays where it is.
    Left,
    /// It is generated no more, and was deleted by hand before.
    Forgotten,
}

impl Change {
    /// Whether a file is written or deleted.
    #[must_use]
    pub fn touches_disk(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Delete)
    }

    /// The change in one word, for people and machines: `create`, `stays-deleted`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Unchanged => "unchanged",
            Self::Adopt => "adopt",
            Self::Kept => "kept",
            Self::StaysDeleted => "stays-deleted",
            Self::Untouched => "untouched",
            Self::Left => "left",
            Self::Forgotten => "forgotten",
        }
    }
}

/// What happens to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The file.
    pub path: RepoPath,
    /// What happens to it.
    pub change: Change,
    /// What it says on disk, where that is replaced or deleted.
    pub(super) ours: Option<BlobId>,
    /// What is written, where that is not what the tree says.
    pub(super) content: Option<Vec<u8>>,
}

/// What is to happen to every file of the tree and of the lock.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Sorted by path.
    pub actions: Vec<Action>,
    /// The lock as it is afterwards.
    pub lock: Lock,
    /// The files of the lock that are written, or deleted where there is no text.
    pub lock_files: BTreeMap<RepoPath, Option<Vec<u8>>>,
}

impl Plan {
    /// Decides what is to happen so that the folder `root` holds `tree`. Nothing is written.
    ///
    /// # Errors
    /// Everything that stands against it, sorted by path: an edit that would be lost, something else in
    /// the way, a symbolic link, a folder that cannot be written.
    pub fn new(tree: &Tree, root: &Path, lock: &Lock) -> Result<Self, Vec<Diagnostic>> {
        let folder = open(root)
            .map_err(|error| vec![Diagnostic::error(Code::UnreadableFile, error.to_string())])?;
        let items = items(tree, lock);
        let mut survey = survey(&folder, &items, 0, Intent::Write);
        if survey.refusals.is_empty()
            && let Some(refusal) = lock_folder_refusal(&folder)
        {
            survey.refusals.push(refusal);
        }
        if !survey.refusals.is_empty() {
            survey.refusals.sort_by(|a, b| a.path.cmp(&b.path));
            return Err(survey.refusals.iter().map(Refusal::diagnostic).collect());
        }
        Ok(Self::from_survey(survey, lock))
    }

    pub(super) fn from_survey(survey: Survey<'_>, before: &Lock) -> Self {
        let mut verdicts = survey.verdicts;
        verdicts.sort_unstable_by_key(|(item, _)| item.path);
        let mut homes: BTreeMap<Option<&EntityRef>, Arc<RepoPath>> = BTreeMap::new();
        let mut plan = Self { actions: Vec::with_capacity(verdicts.len()), ..Self::default() };
        plan.lock = Lock::of(before.part);
        for (item, verdict) in verdicts {
            let entity = item.theirs.and_then(|theirs| theirs.entity.as_ref());
            if let Some((id, recorded)) = verdict.record {
                let home = homes.get(&entity).cloned().or_else(|| {
                    let home = Arc::new(before.part.home(entity)?);
                    homes.insert(entity, Arc::clone(&home));
                    Some(home)
                });
                if let Some(home) = home {
                    plan.lock.record(item.path.clone(), LockEntry { id, recorded, home });
                }
            }
            plan.actions.push(Action {
                path: item.path.clone(),
                change: verdict.change,
                ours: verdict.ours,
                content: verdict.content,
            });
        }
        plan.lock_files = plan.lock.changes_since(before);
        plan
    }

    /// Whether applying it writes nothing, not even the lock.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock_files.is_empty()
            && !self.actions.iter().any(|action| action.change.touches_disk())
    }

    /// The files with a change, sorted.
    pub fn of(&self, change: Change) -> impl Iterator<Item = &RepoPath> {
        self.actions.iter().filter(move |action| action.change == change).map(|action| &action.path)
    }

    /// What the files say afterwards that applying it writes or deletes; nothing for one that goes. `tree` is the one that it
    /// was made for. The lock is left out.
    pub fn written<'a>(
        &'a self,
        tree: &'a Tree,
    ) -> impl Iterator<Item = (&'a RepoPath, Option<&'a [u8]>)> {
        let touched = self.actions.iter().filter(|action| action.change.touches_disk());
        touched.map(|action| {
            let theirs = || tree.get(action.path.as_str()).map(|file| &*file.bytes);
            let bytes = match action.change {
                Change::Delete => None,
                _ => action.content.as_deref().or_else(theirs),
            };
            (&action.path, bytes)
        })
    }

    /// Takes in a plan for other paths with another part of the lock, so that both are applied as one, with a tree that
    /// holds the files of both. The lock itself stays its own.
    pub fn join(&mut self, other: Self) {
        let Self { actions, lock: _, lock_files } = other;
        self.actions.extend(actions);
        self.actions.sort_by(|a, b| a.path.cmp(&b.path));
        self.lock_files.extend(lock_files);
    }

    /// Every path that applying it writes or deletes, the files of the lock included: what a commit of
    /// it consists of.
    #[must_use]
    pub fn touched(&self) -> Vec<RepoPath> {
        let files = self.actions.iter().filter(|action| action.change.touches_disk());
        let files = files.map(|action| &action.path);
        files.chain(self.lock_files.keys()).cloned().collect()
    }
}

/// Everything that is generated now or was last time, sorted by path.
pub(super) fn items<'a>(tree: &'a Tree, lock: &'a Lock) -> Vec<Item<'a>> {
    let mut items = Vec::with_capacity(tree.len());
    let mut recorded = lock.iter().peekable();
    for (path, theirs) in tree.iter() {
        while let Some((gone, base)) = recorded.next_if(|(other, _)| *other < path) {
            items.push(Item {
                path: gone,
                theirs: None,
                base: Some(base),
                other: lock.other(gone),
            });
        }
        let base = recorded.next_if(|(other, _)| *other == path).map(|(_, base)| base);
        let base = base.filter(|_| theirs.ownership != Ownership::List);
        items.push(Item { path, theirs: Some(theirs), base, other: lock.other(path) });
    }
    items.extend(recorded.map(|(path, base)| {
        let other = lock.other(path);
        Item { path, theirs: None, base: Some(base), other }
    }));
    items
}

pub(super) fn open(root: &Path) -> Result<Folder, SyncError> {
    Folder::open(root).map_err(|source| SyncError::Root { root: root.to_owned(), source })
}

/// What would stop the lock from being written.
fn lock_folder_refusal(root: &Folder) -> Option<Refusal> {
    let mut at = String::new();
    let mut inner: Option<Folder> = None;
    for name in lock::FOLDER.split('/').chain([""]) {
        let folder = inner.as_ref().unwrap_or(root);
        if name.is_empty() {
            let error = folder.writable().err()?;
            return Some(Refusal { path: at, why: Why::ReadOnly(error) });
        }
        match folder.enter(name) {
            Ok(Some(next)) => {
                if !at.is_empty() {
                    at.push('/');
                }
                at.push_str(name);
                inner = Some(next);
            }
            Ok(None) => {
                let error = folder.writable().err()?;
                let path = if at.is_empty() { ".".to_owned() } else { at };
                return Some(Refusal { path, why: Why::ReadOnly(error) });
            }
            Err(obstacle) => {
                let path = if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
                return Some(Refusal { path, why: obstacle.into() });
            }
        }
    }
    None
}
