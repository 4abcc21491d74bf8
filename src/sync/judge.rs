//! What is to happen to one file: the table of base, ours and theirs.
//!
//! *Base* is what was generated last time, *ours* what is on disk, *theirs* what is generated now. No
//! file is touched here, and no base is asked for unless a file is neither.

use std::io;

use super::base::Kept;
use super::folder::{Found, Obstacle};
use super::list::{self, ListFault};
use super::lock::Part;
use super::merge::{Labels, has_conflict_markers};
use super::plan::{Because, Deed};
use super::sides::{Sides, sides};
use super::survey::Intent;
use super::{Bases, BlobId, Change, LockEntry, Recorded, Skipped, Wishes, meaning};
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

/// What is known besides the file itself.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) bases: &'a dyn Bases,
    pub(super) kept: &'a Kept,
    pub(super) wishes: &'a Wishes,
    pub(super) intent: Intent,
    pub(super) labels: Labels<'static>,
}

impl Sight<'_> {
    fn base(&self, id: BlobId) -> Option<Vec<u8>> {
        self.kept.content(id, self.bases)
    }
}

/// What is to happen to it.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) change: Change,
    pub(super) deed: Deed,
    /// Why, where the change alone does not say it.
    pub(super) because: Option<Because>,
    /// Whether the base of the lock's record is kept.
    pub(super) keep: Keep,
    /// What the lock says of it afterwards.
    pub(super) record: Option<(BlobId, Recorded)>,
    /// What is on disk, where that is to be replaced or deleted.
    pub(super) ours: Option<BlobId>,
    /// What is to be written, where that is not what was generated.
    pub(super) content: Option<Vec<u8>>,
}

/// Whether a base is kept below `.tenantry/base/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// No: the file is as it was generated.
    No,
    /// If it is already.
    Stays,
    /// Yes; it is what is generated now.
    Yes,
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
    /// The other version of an edited file lies beside it.
    Beside(RepoPath),
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
    pub(super) fn diagnostic(&self, part: Part) -> Diagnostic {
        let path = &self.path;
        let command = match part {
            Part::Generated => "tenantry generate ",
            Part::Layout => "",
        };
        let (code, message, help) = match &self.why {
            Why::NotOurs => (
                Code::FileInTheWay,
                match part {
                    Part::Generated => format!(
                        "`{path}` lies where a file is to be generated, and was not generated"
                    ),
                    Part::Layout => {
                        format!(
                            "`{path}` lies where the layout has a file, and is not the layout's"
                        )
                    }
                },
                format!("move it away; or let `{command}--take-over` write over it"),
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
            Why::Beside(theirs) => (
                Code::ConflictMarkers,
                format!(
                    "`{path}` was edited by hand, and what is generated lies beside it in `{theirs}`"
                ),
                format!("take over what you want of it, and delete `{theirs}`"),
            ),
            Why::EditedAndGone => (
                Code::EditedByHand,
                match part {
                    Part::Generated => {
                        format!(
                            "`{path}` was edited by hand, and nothing is generated for it any more"
                        )
                    }
                    Part::Layout => {
                        format!("`{path}` was edited by hand, and the layout has it no more")
                    }
                },
                "move what is to stay to a file of your own; `--discard-edits` deletes it"
                    .to_owned(),
            ),
            Why::OthersAndGone => (
                Code::ForeignFile,
                format!(
                    "`{path}` was written by another tool, and what is generated around it goes; a cluster that still \
                     reads the folder would apply it alone"
                ),
                format!(
                    "when no cluster reads the folder any more, or its owner has handed over what is in it, delete the \
                     file (`git rm {path}`), and run this again"
                ),
            ),
            Why::ConflictMarkers => (
                Code::ConflictMarkers,
                format!("`{path}` carries the markers of an unresolved merge"),
                match part {
                    Part::Generated => {
                        format!("resolve it first; `{command}--reset` takes what is generated")
                    }
                    Part::Layout => {
                        format!("resolve it first; `{command}--reset` takes what the layout says")
                    }
                },
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

/// Where the other version of a file goes that cannot be merged.
pub(super) fn beside(path: &RepoPath) -> Option<RepoPath> {
    RepoPath::new(&format!("{path}{BESIDE}")).ok()
}

/// What the name of such a file ends with.
pub const BESIDE: &str = ".tenantry-theirs";

/// Decides over one file.
pub(super) fn judge(item: Item<'_>, found: Found, sight: Sight<'_>) -> Result<Verdict, Why> {
    if matches!(found, Found::Absent)
        && let Some(skipped) = sight.bases.skipped(item.path)
        && let Some(verdict) = left_out(item, skipped)
    {
        return Ok(verdict);
    }
    match item.theirs {
        None => no_longer_generated(item, found, sight),
        Some(theirs) => match theirs.ownership {
            Ownership::Managed => managed(item, theirs, found, sight),
            Ownership::Once => once(item, theirs, found, sight),
            Ownership::Foreign => foreign(theirs, item.base, found),
            Ownership::List => listed(theirs, found),
        },
    }
}

impl Verdict {
    /// A new file that the lock does not know.
    pub(super) fn create() -> Self {
        verdict(Change::Create, None)
    }
}

fn verdict(change: Change, record: Option<(BlobId, Recorded)>) -> Verdict {
    let deed = match change {
        Change::Create => Deed::Create,
        Change::Update => Deed::Replace,
        Change::Delete => Deed::Delete,
        _ => Deed::Nothing,
    };
    Verdict { change, deed, because: None, keep: Keep::No, record, ours: None, content: None }
}

/// What is not on disk on purpose: nothing is written or deleted there, and what the lock says stays.
fn left_out(item: Item<'_>, skipped: Skipped) -> Option<Verdict> {
    let record = item.base.map(|base| (base.id, base.recorded));
    let new = item.theirs.map(|theirs| BlobId::of(&theirs.bytes));
    let managed = item.theirs.is_none_or(|theirs| theirs.ownership == Ownership::Managed);
    let off = match (skipped, record, new) {
        // Deleted by hand, wherever it is looked at.
        (Skipped::Unknown, Some(_), _) => return None,
        (Skipped::Unknown, None, _) => true,
        (Skipped::Tracked(_), _, _) if !managed => false,
        (Skipped::Tracked(_), Some((base, _)), Some(new)) => base != new,
        (Skipped::Tracked(ours), None, Some(new)) => ours != new,
        (Skipped::Tracked(_), _, None) => record.is_some(),
    };
    let record = match (skipped, record, new) {
        (Skipped::Tracked(ours), _, Some(new)) if ours == new && managed => {
            Some((new, Recorded::Managed))
        }
        _ => record,
    };
    let because = off.then_some(Because::LeftOut);
    Some(Verdict { because, keep: Keep::Stays, ..verdict(Change::Skipped, record) })
}

fn managed(
    item: Item<'_>,
    theirs: &TreeFile,
    found: Found,
    sight: Sight<'_>,
) -> Result<Verdict, Why> {
    let base = item.base;
    let new = BlobId::of(&theirs.bytes);
    let record = |id| Some((id, Recorded::Managed));
    let reset = || sight.wishes.reset.holds(item.path);
    match (found, base) {
        (Found::Absent, None) => Ok(verdict(Change::Create, record(new))),
        (Found::Absent, Some(_)) if reset() => {
            Ok(Verdict { deed: Deed::Create, ..verdict(Change::Reset, record(new)) })
        }
        (Found::Absent, Some(base)) => Ok(verdict(Change::StaysDeleted, record(base.id))),
        (Found::Same, Some(base)) if base.id == new => Ok(verdict(Change::Unchanged, record(new))),
        (Found::Same, _) => Ok(verdict(Change::Adopt, record(new))),
        (Found::Other(bytes), None) if sight.wishes.take_over.holds(item.path) => {
            Ok(written_over(Change::TakeOver, &bytes, record(new)))
        }
        (Found::Other(_), None) => Err(Why::NotOurs),
        (Found::Other(bytes), Some(base)) => {
            let ours = BlobId::of(&bytes);
            if ours == base.id || item.is_generated(&bytes) {
                Ok(Verdict { ours: Some(ours), ..verdict(Change::Update, record(new)) })
            } else if reset() {
                Ok(written_over(Change::Reset, &bytes, record(new)))
            } else if has_conflict_markers(&bytes) {
                Err(Why::ConflictMarkers)
            } else {
                edited(item.path, theirs, new, base.id, &bytes, sight)
            }
        }
        (Found::Obstacle(obstacle), _) => Err(obstacle.into()),
    }
}

fn written_over(change: Change, ours: &[u8], record: Option<(BlobId, Recorded)>) -> Verdict {
    Verdict { deed: Deed::Replace, ours: Some(BlobId::of(ours)), ..verdict(change, record) }
}

/// Decides over a file that is neither what was generated nor what is.
fn edited(
    path: &RepoPath,
    theirs: &TreeFile,
    new: BlobId,
    base: BlobId,
    ours: &[u8],
    sight: Sight<'_>,
) -> Result<Verdict, Why> {
    let record = Some((new, Recorded::Managed));
    let same = |content: &[u8]| meaning::same_but_for_layout(path, content, ours);
    if same(&theirs.bytes) {
        let change = if base == new { Change::Unchanged } else { Change::Adopt };
        let lost = sight.intent == Intent::Write && sight.bases.content(new).is_none();
        let keep = if lost { Keep::Yes } else { Keep::Stays };
        return Ok(Verdict { keep, ..verdict(change, record) });
    }
    if base == new {
        return Ok(Verdict { keep: Keep::Yes, ..verdict(Change::Kept, record) });
    }
    if sight.intent == Intent::Compare {
        return Ok(verdict(Change::Merged, record)); // what exactly does not matter: it is off
    }
    let id = Some(BlobId::of(ours));
    let content = sight.base(base);
    if content.as_deref().is_some_and(same) {
        return Ok(Verdict { ours: id, ..verdict(Change::Update, record) });
    }
    let merged = match &content {
        Some(base) => meaning::merge(path, base, ours, &theirs.bytes, sight.labels),
        None => {
            meaning::Outcome::lost(path, ours, &theirs.bytes, sight.labels, sight.bases.help(base))
        }
    };
    let after = |change| Verdict { keep: Keep::Yes, ours: id, ..verdict(change, record) };
    Ok(match merged {
        meaning::Outcome::Clean(bytes) if bytes == ours => after(Change::Kept),
        meaning::Outcome::Clean(bytes) => {
            Verdict { deed: Deed::Replace, content: Some(bytes), ..after(Change::Merged) }
        }
        meaning::Outcome::Conflict(bytes, because) => Verdict {
            deed: Deed::Replace,
            content: Some(bytes),
            because: Some(because),
            ..after(Change::Conflict)
        },
        meaning::Outcome::Unmergeable(because) => {
            Verdict { because: Some(because), ..after(Change::Beside) }
        }
    })
}

fn once(item: Item<'_>, theirs: &TreeFile, found: Found, sight: Sight<'_>) -> Result<Verdict, Why> {
    let base = item.base;
    let new = BlobId::of(&theirs.bytes);
    let record = Some((base.map_or(new, |base| base.id), Recorded::Once));
    match (found, base) {
        (Found::Absent, None) => Ok(verdict(Change::Create, record)),
        (Found::Absent, Some(_)) if sight.wishes.reset.holds(item.path) => {
            let record = Some((new, Recorded::Once));
            Ok(Verdict { deed: Deed::Create, ..verdict(Change::Reset, record) })
        }
        (Found::Absent, Some(_)) => Ok(verdict(Change::StaysDeleted, record)),
        // It is the user's: a folder's name or a glob does not mean it.
        (Found::Other(bytes), _) if sight.wishes.reset.names(item.path) => {
            Ok(written_over(Change::Reset, &bytes, Some((new, Recorded::Once))))
        }
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
        // Under another layout it was nobody else's, and it is as that layout had it.
        Found::Other(bytes)
            if base.is_some_and(|base| {
                base.recorded == Recorded::Managed && base.id == BlobId::of(&bytes)
            }) =>
        {
            Ok(written_over(Change::Update, &bytes, new))
        }
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

fn no_longer_generated(item: Item<'_>, found: Found, sight: Sight<'_>) -> Result<Verdict, Why> {
    let Some(base) = item.base else { return Ok(verdict(Change::Untouched, None)) };
    match found {
        // A folder in its place: the file itself was deleted by hand.
        Found::Absent | Found::Same | Found::Obstacle(Obstacle::Folder) => {
            Ok(verdict(Change::Forgotten, None))
        }
        Found::Other(bytes) => {
            let ours = BlobId::of(&bytes);
            let delete = Verdict { ours: Some(ours), ..verdict(Change::Delete, None) };
            if ours == base.id || item.is_generated(&bytes) {
                return Ok(delete);
            }
            match base.recorded {
                Recorded::Foreign => Err(Why::OthersAndGone),
                Recorded::Once => Ok(verdict(Change::Left, None)),
                Recorded::Managed if sight.wishes.discard_edits.holds(item.path) => {
                    let deed = Deed::Delete;
                    Ok(Verdict { ours: Some(ours), deed, ..verdict(Change::Discard, None) })
                }
                Recorded::Managed if has_conflict_markers(&bytes) => Err(Why::ConflictMarkers),
                Recorded::Managed => {
                    let same = |old: Vec<u8>| meaning::same_but_for_layout(item.path, &old, &bytes);
                    match sight.base(base.id).is_some_and(same) {
                        true => Ok(delete),
                        false => Err(Why::EditedAndGone),
                    }
                }
            }
        }
        Found::Obstacle(obstacle) => Err(obstacle.into()),
    }
}
