//! Files that were generated under another path last time: what a person did to them goes along.
//!
//! An untouched file needs none of this: the new one is written, and the old one deleted. Nothing here knows why a path changed.

use std::collections::BTreeMap;

use super::folder::{Folder, Found};
use super::judge::{Item, Refusal, Sight, Verdict, judge};
use super::plan::Deed;
use super::{BlobId, Change, Lock};
use crate::path::RepoPath;
use crate::tree::Tree;

/// Paths of last time, each with the path of now.
pub type Moves = BTreeMap<RepoPath, RepoPath>;

/// What became of the files that moved.
#[derive(Default)]
pub(super) struct Moved<'a> {
    /// What happens at the paths of now.
    pub(super) verdicts: Vec<(Item<'a>, Verdict)>,
    /// The paths of last time with what they say; they go.
    pub(super) gone: Vec<(RepoPath, BlobId)>,
    /// The paths of last time that nothing is on.
    pub(super) absent: Vec<RepoPath>,
    pub(super) refusals: Vec<Refusal>,
}

impl Moved<'_> {
    /// Whether all is said about a path.
    pub(super) fn holds(&self, path: &RepoPath) -> bool {
        self.verdicts.iter().any(|(item, _)| item.path == path)
            || self.gone.iter().any(|(gone, _)| gone == path)
            || self.absent.contains(path)
    }
}

/// Decides over the files that moved and that a person edited or deleted.
pub(super) fn moved<'a>(
    root: &Folder,
    tree: &'a Tree,
    lock: &'a Lock,
    moves: &Moves,
    sight: Sight<'_>,
) -> Moved<'a> {
    let mut moved = Moved::default();
    for (old, new) in moves {
        let (Some(base), None, None) = (lock.get(old), lock.get(new), tree.get(old.as_str()))
        else {
            continue;
        };
        let (Some(path), Some(theirs)) = (tree.path_of(new.as_str()), tree.get(new.as_str()))
        else {
            continue;
        };
        if !matches!(look(root, new, None), Found::Absent) {
            continue;
        }
        let item = Item { path, theirs: Some(theirs), base: Some(base), other: None };
        let found = look(root, old, Some(&theirs.bytes));
        let ours = match &found {
            Found::Absent => None,
            Found::Other(bytes) if BlobId::of(bytes) != base.id => Some(bytes.clone()),
            _ => continue,
        };
        let mut verdict = match judge(item, found, sight) {
            Ok(verdict) => verdict,
            Err(why) => {
                moved.refusals.push(Refusal::of(old, why));
                continue;
            }
        };
        let Some(ours) = ours else {
            moved.absent.push(old.clone());
            moved.verdicts.push((item, verdict));
            continue;
        };
        if matches!(verdict.change, Change::Unchanged | Change::Adopt | Change::Update) {
            verdict.change = Change::Create;
        }
        let id = BlobId::of(&ours);
        if verdict.change != Change::Create && verdict.content.is_none() {
            verdict.content = Some(ours);
        }
        verdict.deed = Deed::Create;
        verdict.ours = None;
        moved.gone.push((old.clone(), id));
        moved.verdicts.push((item, verdict));
    }
    moved
}

fn look(root: &Folder, path: &RepoPath, expected: Option<&[u8]>) -> Found {
    let mut inner: Option<Folder> = None;
    for name in path.parent().into_iter().flat_map(|folder| folder.split('/')) {
        match inner.as_ref().unwrap_or(root).enter(name) {
            Ok(Some(folder)) => inner = Some(folder),
            Ok(None) => return Found::Absent,
            Err(obstacle) => return Found::Obstacle(obstacle),
        }
    }
    inner.as_ref().unwrap_or(root).look(path.file_name(), expected)
}
