//! Lock, plan and application to the work tree.
//!
//! [`Plan::new`] looks at what is generated now (the tree), what was generated last time (the lock) and
//! what is on disk, and decides file by file; where a person's work would be lost, it refuses as a
//! whole, with every finding at once. [`check()`] is the same decision, told as what is off.
//! [`Writes`] brings a plan, and whatever else a command writes, to the disk through one journal: files
//! first, the lock last, so that a run that was cut off is finished by the next one ([`finish`]).
//!
//! ```text
//!  Tree ──┐
//!  Lock ──┼─► Plan ──► Writes ─► journal ──► work tree, lock
//!  disk ──┘     └────► check ──► deviations
//! ```
//!
//! Nothing here knows what a file means, where a tree comes from, or git. No step follows a symbolic
//! link: folders are opened one in the other, and each refuses to be one.

mod apply;
mod base;
mod blob;
mod check;
mod fault;
mod folder;
mod journal;
mod judge;
mod left_alone;
mod list;
mod lock;
mod meaning;
pub mod merge;
mod moves;
mod plan;
mod run_lock;
mod sides;
mod survey;
mod wishes;
mod writes;

pub use apply::{Report, SyncError, apply, write};
pub use base::{Bases, FOLDER as BASE_FOLDER, NoBases, Remembered, Skipped};
pub use blob::{BlobId, BlobIdError};
pub use check::{Deviation, Reason, check};
pub use journal::{FILE as JOURNAL_FILE, JournalError};
pub use judge::BESIDE;
pub use lock::{FOLDER as LOCK_FOLDER, Lock, LockEntry, Part, Recorded};
pub use moves::Moves;
pub use plan::{Action, Because, Change, Plan};
pub use run_lock::{Attempt, Holder, RunLock};
pub use wishes::{Paths, PathsError, Wishes};
pub use writes::{Finished, Pending, Writes, finish, pending};

#[cfg(test)]
pub(crate) use fault::VARIABLE as CUT_OFF_AFTER;
#[cfg(test)]
mod tests;
