//! What was generated last time, to merge over: the contents behind the ids of the lock.
//!
//! A file that carries edits has its base in `.tenantry/base/`, under its blob id, so that neither a squashed nor a shallow
//! history can lose it, and branches that each keep some merge without a conflict. Every other base comes from whoever
//! remembers contents, by [`Bases`]: git does, and nothing here knows git. What lies under an id and says something else
//! is not taken for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::folder::{Folder, Found};
use super::lock::Part;
use super::plan::open;
use super::{BlobId, Lock, LockEntry, SyncError};
use crate::files::{Files, FilesError};
use crate::path::RepoPath;

/// Where bases are kept, from the root of the platform.
pub const FOLDER: &str = ".tenantry/base";

/// What is remembered of the repository besides the disk and the lock.
pub trait Bases: Sync {
    /// The content of a blob, if it can be had.
    fn content(&self, id: BlobId) -> Option<Vec<u8>>;

    /// Why a content cannot be had and what to do so that it can, in words; nothing if it is simply not there.
    fn help(&self, id: BlobId) -> Option<String> {
        let _ = id;
        None
    }

    /// What is said of a path that is not on disk on purpose, as in a sparse checkout; nothing of any other.
    fn skipped(&self, path: &RepoPath) -> Option<Skipped> {
        let _ = path;
        None
    }
}

/// A path that is left out of the work tree on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// There is a file, and it says this.
    Tracked(BlobId),
    /// There is none.
    Unknown,
}

/// Nobody remembers anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBases;

impl Bases for NoBases {
    fn content(&self, _: BlobId) -> Option<Vec<u8>> {
        None
    }
}

/// What is remembered for a part of the lock: bases that are kept on disk, and those that somebody else remembers.
#[derive(Debug)]
pub struct Remembered<B> {
    kept: Kept,
    elsewhere: B,
}

impl<B: Bases> Remembered<B> {
    /// That of the platform in the folder `root`.
    ///
    /// # Errors
    /// [`SyncError::Root`]: the folder cannot be opened.
    pub fn of(root: &Path, part: Part, elsewhere: B) -> Result<Self, SyncError> {
        Ok(Self { kept: Kept::load(&open(root)?, part), elsewhere })
    }

    /// The bases to keep from now on of files that carry edits and whose base is not kept yet, as they are written below
    /// [`FOLDER`]. What nobody remembers any more cannot be kept.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn to_keep(
        &self,
        files: &dyn Files,
        lock: &Lock,
    ) -> Result<BTreeMap<RepoPath, Option<Vec<u8>>>, FilesError> {
        let mut keep = BTreeMap::new();
        for (path, LockEntry { id, .. }) in
            lock.iter().filter(|(_, entry)| !self.kept.has(entry.id))
        {
            let edited = files.read(path)?.is_some_and(|bytes| BlobId::of(&bytes) != *id);
            if let (true, Some(place)) = (edited, self.kept.path(*id))
                && let Some(base) = self.content(*id)
            {
                keep.insert(place, Some(base));
            }
        }
        Ok(keep)
    }
}

impl<B: Bases> Bases for Remembered<B> {
    fn content(&self, id: BlobId) -> Option<Vec<u8>> {
        self.kept.content(id, &self.elsewhere)
    }

    fn help(&self, id: BlobId) -> Option<String> {
        self.elsewhere.help(id)
    }

    fn skipped(&self, path: &RepoPath) -> Option<Skipped> {
        self.elsewhere.skipped(path)
    }
}

impl<B: Bases + ?Sized> Bases for &B {
    fn content(&self, id: BlobId) -> Option<Vec<u8>> {
        (**self).content(id)
    }

    fn help(&self, id: BlobId) -> Option<String> {
        (**self).help(id)
    }

    fn skipped(&self, path: &RepoPath) -> Option<Skipped> {
        (**self).skipped(path)
    }
}

/// The bases that are kept on disk.
#[derive(Debug)]
pub(super) struct Kept {
    place: String,
    folder: Option<Folder>,
    ids: BTreeSet<BlobId>,
}

impl Kept {
    /// Those that belong to a part of the lock. A folder that is no folder, or that cannot be read, holds none.
    pub(super) fn load(root: &Folder, part: Part) -> Self {
        let place = match part {
            Part::Generated => FOLDER.to_owned(),
            Part::Layout => format!("{FOLDER}/layout"),
        };
        let mut folder = None;
        for name in place.split('/') {
            match folder.as_ref().unwrap_or(root).enter(name) {
                Ok(Some(inner)) => folder = Some(inner),
                Ok(None) | Err(_) => return Self { place, folder: None, ids: BTreeSet::new() },
            }
        }
        let names = folder.as_ref().and_then(|folder| folder.names().ok()).unwrap_or_default();
        let ids = names.iter().filter_map(|name| name.parse().ok()).collect();
        Self { place, folder, ids }
    }

    /// The base of an id, kept here or remembered elsewhere.
    pub(super) fn content(&self, id: BlobId, elsewhere: &dyn Bases) -> Option<Vec<u8>> {
        self.own(id).or_else(|| elsewhere.content(id).filter(|bytes| BlobId::of(bytes) == id))
    }

    fn own(&self, id: BlobId) -> Option<Vec<u8>> {
        let folder = self.folder.as_ref().filter(|_| self.ids.contains(&id))?;
        let Found::Other(bytes) = folder.look(&id.to_string(), None) else { return None };
        if BlobId::of(&bytes) == id {
            return Some(bytes);
        }
        // As a checkout with Windows line ends leaves it.
        let text = String::from_utf8(bytes).ok()?.replace("\r\n", "\n").into_bytes();
        (BlobId::of(&text) == id).then_some(text)
    }

    /// Whether a base of this id is kept.
    pub(super) fn has(&self, id: BlobId) -> bool {
        self.ids.contains(&id)
    }

    /// The ids that are kept, sorted.
    pub(super) fn ids(&self) -> impl Iterator<Item = BlobId> {
        self.ids.iter().copied()
    }

    /// Where the base of an id is kept.
    pub(super) fn path(&self, id: BlobId) -> Option<RepoPath> {
        RepoPath::new(&format!("{}/{id}", self.place)).ok()
    }
}
