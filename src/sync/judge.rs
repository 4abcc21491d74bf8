//! What is to happen to one file: the table of base, ours and theirs.
//!
//! *Base* is what was generated last time, *ours* what is on disk, *theirs* what is generated now. No
//! file is touched here.

use std::io;

use super::folder::{Found, Obstacle};
use super::list::{self, ListFault};
use super::sides::{Sides, sides};
use super::{BlobId, Change, LockEntry, Recorded};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::path::RepoPath;
use crate::tree::{Ownership, TreeFile};

/// One file, before anybody looked at the disk.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) theirs: Option<&'a TreeFile>,
    pub(super) base: Option<&'a LockEntry>,
    /// What the other side of an unresolved merge generated last time, where it is not the base.
    pub(super) other: Option<BlobId>,
}

impl Item<'_> {
    /// Whether all that a file says was generated, on one branch or the other: then no word of a person's is in it.
    fn is_generated(&self, bytes: &[u8]) -> bool {
        let (Some(base), Some(other)) = (self.base, self.other) else { return false };
        let known = |bytes: &[u8]| {
            let id = BlobId::of(bytes);
            id == base.id || id == other || self.theirs.is_some_and(|now| now.bytes == bytes)
        };
        known(bytes)
            || sides(bytes).is_some_and(|Sides { ours, theirs }| known(&ours) && known(&theirs))
    }
}

/// What is to happen to it.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) change: Change,
    /// What the lock says of it afterwards.
    pub(super) record: Option<(BlobId, Recorded)>,
    /// What is on disk, where that is to be replaced or deleted.
    pub(super) ours: Option<BlobId>,
    /// What is to be written, where that is not what was generated.
    pub(super) content: Option<Vec<u8>>,
}

/// Why a file cannot be brought to what is generated.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The file, or the folder on the way to it.
    pub(super) path: String,
    pub(super) why: Why,
}

/// Why a file or folder stops a plan.
#[derive(Debug)]
pub(super) enum Why {
    /// A file that was not generated lies where one is to be.
    NotOurs,
    /// A folder lies where a file is to be.
    FolderInTheWay,
    /// A file lies where a folder is to be.
    FileForFolder,
    /// A socket, a pipe, a device.
    SpecialInTheWay,
    /// A symbolic link.
    Symlink,
    /// Something of the same name but for its case.
    CaseOnly(String),
    /// Edited, and something else is generated now.
    EditedAndChanged,
    /// Edited, and nothing is generated any more.
    EditedAndGone,
    /// Somebody else's, and nothing is generated any more that it goes with.
    OthersAndGone,
    /// Markers of an unresolved merge.
    ConflictMarkers,
    /// A list whose marks are gone.
    List(ListFault),
    /// The folder cannot be written.
    ReadOnly(io::Error),
    /// It cannot be read.
    Unreadable(io::Error),
}

impl Refusal {
    pub(super) fn of(path: &RepoPath, why: Why) -> Self {
        Self { path: path.to_string(), why }
    }

    /// The refusal in the words of the field.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        let path = &self.path;
        let (code, message, help) = match &self.why {
            Why::NotOurs => (
                Code::FileInTheWay,
                format!("`{path}` lies where a file is to be generated, and was not generated"),
                "move it away, or delete it; the same bytes would simply be taken over".to_owned(),
            ),
            Why::FolderInTheWay => (
                Code::FileInTheWay,
                format!("`{path}` is a folder where a file is to be generated"),
                "move the folder away".to_owned(),
            ),
            Why::FileForFolder => (
                Code::FileInTheWay,
                format!("`{path}` is a file where a folder is to be"),
                "move the file away".to_owned(),
            ),
            Why::SpecialInTheWay => (
                Code::FileInTheWay,
                format!("`{path}` is neither a file nor a folder"),
                "move it away".to_owned(),
            ),
            Why::Symlink => (
                Code::SymlinkInTheWay,
                format!("`{path}` is a symbolic link; nothing is written through it"),
                "put a real file or folder in its place, or delete it".to_owned(),
            ),
            Why::CaseOnly(other) => (
                Code::FileInTheWay,
                format!("`{path}` is to be generated, and `{other}` differs from it in case only"),
                "rename one of the two: many disks cannot hold both".to_owned(),
            ),
            Why::EditedAndChanged => (
                Code::EditedByHand,
                format!("`{path}` was edited by hand, and something else is generated for it now"),
                "say the edit in the description and restore the file (`git checkout`), \
                 or delete the file so that it stays away"
                    .to_owned(),
            ),
            Why::EditedAndGone => (
                Code::EditedByHand,
                format!("`{path}` was edited by hand, and nothing is generated for it any more"),
                "delete it, or move what is to stay to a file of your own".to_owned(),
            ),
            Why::OthersAndGone => (
                Code::EditedByHand,
                format!(
                    "`{path}` is somebody else's, and what is generated around it goes; a cluster that still \
                     reads the folder would apply it without that"
                ),
                "see to it that no cluster needs it any more, and delete it first".to_owned(),
            ),
            Why::ConflictMarkers => (
                Code::ConflictMarkers,
                format!("`{path}` carries the markers of an unresolved merge"),
                "resolve it first".to_owned(),
            ),
            Why::List(fault) => (Code::FileInTheWay, format!("`{path}`: {fault}"), fault.help()),
            Why::ReadOnly(error) => (
                Code::ReadOnlyFolder,
                format!("nothing can be written to the folder `{path}`: {error}"),
                "nothing was written anywhere; make the folder writable and run it again"
                    .to_owned(),
            ),
            Why::Unreadable(error) => (
                Code::UnreadableFile,
                format!("`{path}` cannot be read: {error}"),
                "nothing was written; make it readable and run it again".to_owned(),
            ),
        };
        let diagnostic = Diagnostic::error(code, message).help(help);
        match RepoPath::new(path) {
            Ok(file) => diagnostic.at(Place { file, range: None }),
            Err(_) => diagnostic,
        }
    }
}

impl From<Obstacle> for Why {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::Symlink => Self::Symlink,
            Obstacle::File => Self::FileForFolder,
            Obstacle::Folder => Self::FolderInTheWay,
            Obstacle::Special => Self::SpecialInTheWay,
            Obstacle::Unreadable(error) => Self::Unreadable(error),
        }
    }
}

/// Whether a line is one that a merge leaves behind. `=======` alone is none: it underlines headings.
pub(super) fn is_conflict_marker(line: &str) -> bool {
    ["<<<<<<< ", ">>>>>>> ", "||||||| "].iter().any(|marker| line.starts_with(marker))
}

fn has_conflict_markers(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| {
        [b"<<<<<<< ", b">>>>>>> ", b"||||||| "].iter().any(|marker| line.starts_with(*marker))
    })
}

/// Decides over one file.
pub(super) fn judge(item: Item<'_>, found: Found) -> Result<Verdict, Why> {
    match item.theirs {
        None => no_longer_generated(item, found),
        Some(theirs) => match theirs.ownership {
            Ownership::Managed => managed(theirs, item, found),
            Ownership::Once => once(theirs, item.base, found),
            Ownership::Foreign => foreign(theirs, item.base, found),
            Ownership::List => listed(theirs, found),
        },
    }
}

fn verdict(change: Change, record: Option<(BlobId, Recorded)>) -> Verdict {
    Verdict { change, record, ours: None, content: None }
}

fn managed(theirs: &TreeFile, item: Item<'_>, found: Found) -> Result<Verdict, Why> {
    let new = BlobId::of(&theirs.bytes);
    let record = |id| Some((id, Recorded::Managed));
    match (found, item.base) {
        (Found::Absent, None) => Ok(verdict(Change::Create, record(new))),
        (Found::Absent, Some(base)) => Ok(verdict(Change::StaysDeleted, record(base.id))),
        (Found::Same, Some(base)) if base.id == new => Ok(verdict(Change::Unchanged, record(new))),
        (Found::Same, _) => Ok(verdict(Change::Adopt, record(new))),
        (Found::Other(_), None) => Err(Why::NotOurs),
        (Found::Other(bytes), Some(base)) => {
            let ours = BlobId::of(&bytes);
            if ours == base.id || item.is_generated(&bytes) {
                Ok(Verdict { ours: Some(ours), ..verdict(Change::Update, record(new)) })
            } else if has_conflict_markers(&bytes) {
                Err(Why::ConflictMarkers)
            } else if base.id == new {
                Ok(verdict(Change::Kept, record(new)))
            } else {
                Err(Why::EditedAndChanged)
            }
        }
        (Found::Obstacle(obstacle), _) => Err(obstacle.into()),
    }
}

fn once(theirs: &TreeFile, base: Option<&LockEntry>, found: Found) -> Result<Verdict, Why> {
    let id = base.map_or_else(|| BlobId::of(&theirs.bytes), |base| base.id);
    let record = Some((id, Recorded::Once));
    match (found, base) {
        (Found::Absent, None) => Ok(verdict(Change::Create, record)),
        (Found::Absent, Some(_)) => Ok(verdict(Change::StaysDeleted, record)),
        // Even a link: it is the user's file, and nothing is written to it.
        (Found::Same | Found::Other(_) | Found::Obstacle(Obstacle::Symlink), _) => {
            Ok(verdict(Change::Untouched, record))
        }
        (Found::Obstacle(obstacle), _) => Err(obstacle.into()),
    }
}

fn foreign(theirs: &TreeFile, base: Option<&LockEntry>, found: Found) -> Result<Verdict, Why> {
    let new = Some((BlobId::of(&theirs.bytes), Recorded::Foreign));
    let old = base.map(|base| (base.id, Recorded::Foreign));
    match found {
        Found::Absent => Ok(verdict(Change::Create, new)),
        Found::Same => Ok(verdict(Change::Untouched, new)),
        Found::Other(_) | Found::Obstacle(Obstacle::Symlink) => Ok(verdict(Change::Untouched, old)),
        Found::Obstacle(obstacle) => Err(obstacle.into()),
    }
}

fn listed(theirs: &TreeFile, found: Found) -> Result<Verdict, Why> {
    match found {
        Found::Absent => Ok(verdict(Change::Create, None)),
        Found::Same => Ok(verdict(Change::Unchanged, None)),
        Found::Other(bytes) => match list::renew(&bytes, &theirs.bytes).map_err(Why::List)? {
            None => Ok(verdict(Change::Unchanged, None)),
            Some(content) if has_conflict_markers(&content) => Err(Why::ConflictMarkers),
            Some(content) => Ok(Verdict {
                ours: Some(BlobId::of(&bytes)),
                content: Some(content),
                ..verdict(Change::Update, None)
            }),
        },
        Found::Obstacle(obstacle) => Err(obstacle.into()),
    }
}

fn no_longer_generated(item: Item<'_>, found: Found) -> Result<Verdict, Why> {
    let Some(base) = item.base else { return Ok(verdict(Change::Untouched, None)) };
    match found {
        // A folder in its place: the file itself was deleted by hand.
        Found::Absent | Found::Same | Found::Obstacle(Obstacle::Folder) => {
            Ok(verdict(Change::Forgotten, None))
        }
        Found::Other(bytes) => {
            let ours = BlobId::of(&bytes);
            if ours == base.id || item.is_generated(&bytes) {
                Ok(Verdict { ours: Some(ours), ..verdict(Change::Delete, None) })
            } else if base.recorded == Recorded::Foreign {
                Err(Why::OthersAndGone)
            } else if base.recorded == Recorded::Once {
                Ok(verdict(Change::Left, None))
            } else if has_conflict_markers(&bytes) {
                Err(Why::ConflictMarkers)
            } else {
                Err(Why::EditedAndGone)
            }
        }
        Found::Obstacle(obstacle) => Err(obstacle.into()),
    }
}
