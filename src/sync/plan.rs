//! What is to happen to every file, decided before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::base::Kept;
use super::folder::Folder;
use super::judge::{Item, Keep, Refusal, Sight, Verdict, Why, beside};
use super::merge::Labels;
use super::moves::{Moves, moved};
use super::survey::{Intent, Survey, survey};
use super::{Bases, BlobId, Lock, LockEntry, Part, SyncError, Wishes, lock};
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
    /// A person edited it, and what is generated changed: both are in it.
    Merged,
    /// As [`Self::Merged`], but the two contradict each other: both are in it, with marks.
    Conflict,
    /// As [`Self::Conflict`], but they cannot stand in one file: the edit stays, and what is generated is written beside it.
    Beside,
    /// A person deleted it: it stays away.
    StaysDeleted,
    /// It is the user's or another tool's since it was written: nobody looks into it.
    Untouched,
    /// It is generated no more, and is the user's or another tool's: it stays where it is.
    Left,
    /// It is generated no more, and was deleted by hand before.
    Forgotten,
    /// It is not on disk on purpose, and is left out here, too.
    Skipped,
    /// It is brought to what is generated, as was asked for.
    Reset,
    /// It lay in the way and is written over, as was asked for.
    TakeOver,
    /// It was edited and is generated no more, and is deleted, as was asked for.
    Discard,
}

/// What is done on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Nothing.
    Nothing,
    /// A file is written where there is none.
    Create,
    /// A file is written in the place of another.
    Replace,
    /// A file is deleted.
    Delete,
}

/// Why something is so, where the change alone does not say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// Both sides changed the same lines, so many times.
    SameLines(usize),
    /// What was generated before is not to be had; with why, and how it could be.
    BaseLost(Option<String>),
    /// The lines go together, and what they say then does not: in words.
    Meaning(String),
    /// The file is binary.
    Binary,
    /// What is on disk is no YAML.
    NotYaml,
    /// Something is to be done to a file that is not on disk on purpose.
    LeftOut,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameLines(1) => f.write_str("both changed the same lines"),
            Self::SameLines(count) => write!(f, "both changed the same lines in {count} places"),
            Self::BaseLost(help) => {
                f.write_str("what was generated before the edit is not to be had")?;
                help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
            }
            Self::Meaning(what) => f.write_str(what),
            Self::Binary => f.write_str("it is no text"),
            Self::NotYaml => f.write_str("as it was edited it is no YAML"),
            Self::LeftOut => f.write_str("git leaves it out of the checkout"),
        }
    }
}

impl Change {
    /// The change in one word, for machines: `created`, `stays-deleted`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Update => "written",
            Self::Delete => "deleted",
            Self::Unchanged => "unchanged",
            Self::Adopt => "adopted",
            Self::Kept => "kept",
            Self::StaysDeleted => "stays-deleted",
            Self::Untouched => "untouched",
            Self::Left => "left",
            Self::Forgotten => "forgotten",
            Self::Merged => "merged",
            Self::Conflict => "conflict",
            Self::Beside => "beside",
            Self::Skipped => "skipped",
            Self::Reset => "reset",
            Self::TakeOver => "taken-over",
            Self::Discard => "discarded",
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
    /// Why, where the change alone does not say it.
    pub because: Option<Because>,
    /// What it says on disk, where that is replaced or deleted.
    pub ours: Option<BlobId>,
    /// What is done on the disk.
    pub(super) deed: Deed,
    /// What is written, where that is not what the tree says.
    pub(super) content: Option<Vec<u8>>,
}

impl Action {
    /// Whether the file is written or deleted.
    #[must_use]
    pub fn touches_disk(&self) -> bool {
        self.deed != Deed::Nothing
    }

    /// Whether a person's work is left to be put together with what is generated.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self.change, Change::Conflict | Change::Beside)
    }

    fn of(path: &RepoPath, verdict: Verdict) -> Self {
        let Verdict { change, because, ours, deed, content, .. } = verdict;
        Self { path: path.clone(), change, because, ours, deed, content }
    }

    /// What is written, where that is not what the tree says.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }
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
    /// The bases that are kept from now on, or no more, as they are written below [`super::BASE_FOLDER`].
    pub base_files: BTreeMap<RepoPath, Option<Vec<u8>>>,
    /// What those files of the lock say now that are there.
    pub(super) lock_before: BTreeMap<RepoPath, BlobId>,
}

impl Plan {
    /// Decides what is to happen so that the folder `root` holds `tree`, with what people edited in it. Nothing is
    /// written.
    ///
    /// # Errors
    /// Everything that stands against it, sorted by path: an edited file that is generated no more, an unresolved
    /// conflict, something else in the way, a symbolic link, a folder that cannot be written. And wishes that concern
    /// no file.
    pub fn new(
        tree: &Tree,
        root: &Path,
        lock: &Lock,
        bases: &dyn Bases,
        wishes: &Wishes,
    ) -> Result<Self, Vec<Diagnostic>> {
        Self::with_moves(tree, root, lock, bases, wishes, &Moves::new())
    }

    /// Decides as [`Self::new`] does, where files were generated under other paths last time.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_moves(
        tree: &Tree,
        root: &Path,
        lock: &Lock,
        bases: &dyn Bases,
        wishes: &Wishes,
        moves: &Moves,
    ) -> Result<Self, Vec<Diagnostic>> {
        let folder = open(root)
            .map_err(|error| vec![Diagnostic::error(Code::UnreadableFile, error.to_string())])?;
        let mut items = items(tree, lock);
        let kept = Kept::load(&folder, lock.part);
        let sight =
            Sight { bases, kept: &kept, wishes, intent: Intent::Write, labels: labels(lock.part) };
        let moved = moved(&folder, tree, lock, moves, sight);
        if !moves.is_empty() {
            items.retain(|item| !moved.holds(item.path));
        }
        let mut survey = survey(&folder, &items, 0, sight);
        survey.verdicts.extend(moved.verdicts);
        survey.refusals.extend(moved.refusals);
        if survey.refusals.is_empty()
            && let Some(refusal) = lock_folder_refusal(&folder)
        {
            survey.refusals.push(refusal);
        }
        if !survey.refusals.is_empty() {
            survey.refusals.sort_by(|a, b| a.path.cmp(&b.path));
            let told = survey.refusals.iter().map(|refusal| refusal.diagnostic(lock.part));
            return Err(told.collect());
        }
        let mut plan = Self::from_survey(survey, lock, &kept);
        for (path, id) in moved.gone {
            let (change, deed) = (Change::Delete, Deed::Delete);
            plan.actions.push(Action {
                path,
                change,
                because: None,
                ours: Some(id),
                deed,
                content: None,
            });
        }
        plan.actions.sort_by(|a, b| a.path.cmp(&b.path));
        let of = |change| plan.of(change).collect::<Vec<_>>();
        let idle = wishes.idle(&of(Change::Reset), &of(Change::TakeOver), &of(Change::Discard));
        if idle.is_empty() { Ok(plan) } else { Err(idle) }
    }

    pub(super) fn from_survey(survey: Survey<'_>, before: &Lock, kept: &Kept) -> Self {
        let mut verdicts = survey.verdicts;
        verdicts.sort_unstable_by_key(|(item, _)| item.path);
        let mut homes: BTreeMap<Option<&EntityRef>, Arc<RepoPath>> = BTreeMap::new();
        let mut plan = Self { actions: Vec::with_capacity(verdicts.len()), ..Self::default() };
        plan.lock = Lock::of(before.part);
        let mut needed = BTreeSet::new();
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
            if let (Some((id, _)), Keep::Yes | Keep::Stays) = (verdict.record, verdict.keep) {
                needed.insert(id);
                if let (Keep::Yes, Some(theirs), false) = (verdict.keep, item.theirs, kept.has(id))
                    && let Some(path) = kept.path(id)
                {
                    plan.base_files.insert(path, Some(theirs.bytes.clone()));
                }
            }
            let companion = beside(item.path).filter(|_| verdict.change == Change::Beside);
            plan.actions.push(Action::of(item.path, verdict));
            if let (Some(path), Some(theirs)) = (companion, item.theirs) {
                let verdict = Verdict { content: Some(theirs.bytes.clone()), ..Verdict::create() };
                plan.actions.push(Action::of(&path, verdict));
            }
        }
        let idle = kept.ids().filter(|id| !needed.contains(id)).filter_map(|id| kept.path(id));
        plan.base_files.extend(idle.map(|path| (path, None)));
        plan.lock_files = plan.lock.changes_since(before);
        let texts = plan.lock_files.keys().filter_map(|path| Some((path, before.text(path)?)));
        plan.lock_before = texts.map(|(path, text)| (path.clone(), BlobId::of(text))).collect();
        plan
    }

    /// Whether applying it writes nothing, not even the lock.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock_files.is_empty()
            && self.base_files.is_empty()
            && !self.actions.iter().any(Action::touches_disk)
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
        let touched = self.actions.iter().filter(|action| action.touches_disk());
        touched.map(|action| {
            let theirs = || tree.get(action.path.as_str()).map(|file| &*file.bytes);
            let bytes = match action.deed {
                Deed::Delete => None,
                _ => action.content.as_deref().or_else(theirs),
            };
            (&action.path, bytes)
        })
    }

    /// Takes in a plan for other paths with another part of the lock, so that both are applied as one, with a tree that
    /// holds the files of both. The lock itself stays its own.
    pub fn join(&mut self, other: Self) {
        let Self { actions, lock: _, lock_files, lock_before, base_files } = other;
        self.actions.extend(actions);
        self.actions.sort_by(|a, b| a.path.cmp(&b.path));
        self.lock_files.extend(lock_files);
        self.lock_before.extend(lock_before);
        self.base_files.extend(base_files);
    }

    /// Whether conflicts are left to be resolved.
    #[must_use]
    pub fn has_conflicts(&self) -> bool {
        self.actions.iter().any(Action::is_conflict)
    }

    /// Every path that applying it writes or deletes, the files of the lock and the kept bases included: what a
    /// commit of it consists of.
    #[must_use]
    pub fn touched(&self) -> Vec<RepoPath> {
        let files = self.actions.iter().filter(|action| action.touches_disk());
        let files = files.map(|action| &action.path);
        files.chain(self.base_files.keys()).chain(self.lock_files.keys()).cloned().collect()
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

/// What the sides of a conflict are called.
pub(super) fn labels(part: Part) -> Labels<'static> {
    match part {
        Part::Generated => Labels::GENERATED,
        Part::Layout => Labels::LAYOUT,
    }
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
