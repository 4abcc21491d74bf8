//! What differs between the layout as it was copied, as it is, and as it would be.

use std::collections::BTreeSet;

use super::{Held, Upgrade};
use crate::diagnostic::Diagnostic;
use crate::files::Files;
use crate::layout;
use crate::path::RepoPath;
use crate::sync::{Bases, BlobId};
use crate::tree::Tree;

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: RepoPath,
    /// What it says before.
    pub before: Side,
    /// What it says after.
    pub after: Side,
}

/// What a file says on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// There is no such file.
    Absent,
    /// These bytes.
    Says(Vec<u8>),
    /// Something that is not to be had any more.
    Lost,
}

impl Side {
    fn of(bytes: Option<Vec<u8>>) -> Self {
        bytes.map_or(Self::Absent, Self::Says)
    }
}

/// What people made of the layout since it was copied: files that they changed, took away, and added to its folder.
///
/// # Errors
/// A file that cannot be read.
pub fn yours(
    files: &dyn Files,
    held: &Held,
    bases: &dyn Bases,
) -> Result<Vec<Difference>, Vec<Diagnostic>> {
    let folder = RepoPath::new(layout::FOLDER).ok();
    let there = files.list(folder.as_ref()).map_err(|error| vec![error.diagnostic()])?;
    let copied = held.lock.iter().map(|(path, _)| path.clone());
    let mut differences = Vec::new();
    for path in there.into_iter().chain(copied).collect::<BTreeSet<_>>() {
        let ours = files.read(&path).map_err(|error| vec![error.diagnostic()])?;
        let pristine = held.lock.get(&path).map(|entry| entry.id);
        if ours.as_deref().map(BlobId::of) == pristine {
            continue;
        }
        let before = match pristine {
            Some(id) => bases.content(id).map_or(Side::Lost, Side::Says),
            None if held.lock.is_empty() => Side::Lost,
            None => Side::Absent,
        };
        differences.push(Difference { path, before, after: Side::of(ours) });
    }
    Ok(differences)
}

/// What another version of the layout says otherwise than the one that was copied.
///
/// # Errors
/// A file that cannot be read.
pub fn newer(
    files: &dyn Files,
    held: &Held,
    to: &Tree,
    bases: &dyn Bases,
) -> Result<Vec<Difference>, Vec<Diagnostic>> {
    let copied = held.lock.iter().map(|(path, _)| path.clone());
    let all: BTreeSet<RepoPath> = copied.chain(to.iter().map(|(path, _)| path.clone())).collect();
    let mut differences = Vec::new();
    for path in all {
        let theirs = to.get(path.as_str()).map(|file| file.bytes.clone());
        let pristine = held.lock.get(&path).map(|entry| entry.id);
        if theirs.as_deref().map(BlobId::of) == pristine {
            continue;
        }
        let before = match pristine {
            Some(id) => {
                let ours = files.read(&path).map_err(|error| vec![error.diagnostic()])?;
                let ours = ours.filter(|bytes| BlobId::of(bytes) == id);
                ours.or_else(|| bases.content(id)).map_or(Side::Lost, Side::Says)
            }
            None if held.lock.is_empty() => Side::Lost,
            None => Side::Absent,
        };
        differences.push(Difference { path, before, after: Side::of(theirs) });
    }
    Ok(differences)
}

impl Upgrade {
    /// What it changes in the files of the layout and of the description, sorted.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn differences(&self, files: &dyn Files) -> Result<Vec<Difference>, Vec<Diagnostic>> {
        let written = self.plan.written(&self.tree);
        let written = written.map(|(path, bytes)| (path, bytes.map(<[u8]>::to_vec)));
        let described = self.migrated.texts.iter();
        let described = described.map(|(path, text)| (path, Some(text.clone().into_bytes())));
        let mut differences = Vec::new();
        for (path, after) in written.chain(described) {
            let before = files.read(path).map_err(|error| vec![error.diagnostic()])?;
            if before != after {
                let (before, after) = (Side::of(before), Side::of(after));
                differences.push(Difference { path: path.clone(), before, after });
            }
        }
        differences.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(differences)
    }
}
