//! A repository's layout, brought to another version or exchanged: a second tree beside the generated one.
//!
//! `.tenantry/layout/` and the editor's schemas are a copy that people change. What they were when they were copied is in a
//! part of the lock of their own, so that a later version is merged over them as generated files are ([`sync`](crate::sync)).
//! What the description has to say otherwise for it ([`mod@migrate`]) goes along.
//!
//! In go the work tree, a layout as it is shipped, and bases; out come plans and texts. Nothing is written here, and nothing
//! is rendered: the command lays the outcome over the work tree and generates from that.

mod copied;
mod diff;
mod error;
mod held;
pub mod migrate;

use std::collections::BTreeMap;
use std::path::Path;

pub use copied::{Carried, copied, lock};
pub use diff::{Difference, Side, newer, yours};
pub use error::UpgradeError;
pub use held::{Held, Title, held};
use migrate::{CONTEXT, Migrated, Written, migrate};

use crate::diagnostic::{Code, Diagnostic};
use crate::files::{Files, Laid};
use crate::layout::Shipped;
use crate::path::RepoPath;
use crate::sync::{Bases, BlobId, Lock, NoBases, Part, Plan, Remembered, Wishes};
use crate::tree::Tree;

/// A layout brought to another one: what happens to its files, and to the description.
#[derive(Debug)]
pub struct Upgrade {
    /// The files of the new layout, as they are shipped.
    pub tree: Tree,
    /// What happens to those of the repository.
    pub plan: Plan,
    /// What the description says otherwise.
    pub migrated: Migrated,
}

impl Upgrade {
    /// A view of files as it is afterwards, but for what is generated.
    #[must_use]
    pub fn over<'a>(&self, files: &'a dyn Files) -> Laid<'a> {
        let mut laid = Laid::over(files);
        for (path, bytes) in self.plan.written(&self.tree) {
            match bytes {
                Some(bytes) => laid.write(path.clone(), bytes),
                None => laid.remove(path.clone()),
            }
        }
        for (path, text) in &self.migrated.texts {
            laid.write(path.clone(), text.as_bytes());
        }
        laid
    }
}

/// Whether a layout can be merged over the one that a repository holds.
///
/// # Errors
/// [`UpgradeError::Another`]; [`UpgradeError::Older`] unless that is allowed.
pub fn admit(held: &Held, to: &Shipped, older: bool) -> Result<(), UpgradeError> {
    let title = Title::from(&to.manifest);
    if held.title.name != title.name {
        return Err(UpgradeError::Another { from: held.title.clone(), to: title.name });
    }
    if held.title.is_later_than(&title) && !older {
        return Err(UpgradeError::Older { from: held.title.clone(), to: title });
    }
    Ok(())
}

/// Merges a layout over the one that a repository holds.
///
/// # Errors
/// What stands against it: nothing of a person's is overwritten.
pub fn upgrade(
    root: &Path,
    files: &dyn Files,
    held: &Held,
    to: &Shipped,
    bases: &dyn Bases,
    wishes: &Wishes,
) -> Result<Upgrade, Vec<Diagnostic>> {
    let tree = copied(to);
    let lock = held.lock_for(&tree, files)?;
    let plan = Plan::new(&tree, root, &lock, bases, wishes)?;
    let from = Written { context: held.title.context, version: held.title.semantic_version() };
    let migrated = migrate(files, &from, &to.manifest, CONTEXT)?;
    Ok(Upgrade { tree, plan, migrated })
}

/// Puts a layout in the place of the one that a repository holds, if it holds one. Files of the old one go, with the edits
/// that they carry: who calls it has asked for that, or knows by [`edited`] that there are none. Files of people's own stay.
///
/// # Errors
/// What stands against it: something else in the way.
pub fn exchange(
    root: &Path,
    files: &dyn Files,
    held: Option<&Held>,
    to: &Shipped,
    wishes: &Wishes,
) -> Result<Upgrade, Vec<Diagnostic>> {
    let tree = copied(to);
    let mut lock = held.map_or_else(|| Lock::of(Part::Layout), |held| held.lock.clone());
    for path in held.map(|held| held.files(files)).transpose()?.unwrap_or_default() {
        // What is on disk counts as what was copied; what was deleted by hand is of no account for another layout.
        match files.read(&path).map_err(|error| vec![error.diagnostic()])? {
            Some(bytes) => lock.record_managed(path, &bytes, None),
            None => lock.forget(&path),
        }
    }
    let plan = Plan::new(&tree, root, &lock, &NoBases, wishes)?;
    let migrated = match held {
        Some(held) if held.title.name == to.manifest.name => {
            let from =
                Written { context: held.title.context, version: held.title.semantic_version() };
            migrate(files, &from, &to.manifest, CONTEXT)?
        }
        _ => Migrated::default(),
    };
    Ok(Upgrade { tree, plan, migrated })
}

/// What is to be written beside what is generated so that a later upgrade finds what was copied: the bases of files that carry
/// edits, which a squashed or shallow history may lose, and the lock where there is none yet and the program still carries
/// what it has to say.
///
/// # Errors
/// A lock that is none, and files that cannot be read.
pub fn upkeep(
    root: &Path,
    files: &dyn Files,
    bases: &dyn Bases,
) -> Result<Upkeep, Vec<Diagnostic>> {
    let remembered = Remembered::of(root, Part::Layout, Carried(bases))
        .map_err(|error| vec![Diagnostic::error(Code::UnreadableFile, error.to_string())])?;
    let Some(held) = held(files, &remembered)? else { return Ok(Upkeep::default()) };
    let base_files =
        remembered.to_keep(files, &held.lock).map_err(|error| vec![error.diagnostic()])?;
    let lock_files = match held.recorded {
        true => BTreeMap::new(),
        false => held.lock.changes_since(&Lock::of(Part::Layout)),
    };
    Ok(Upkeep { base_files, lock_files })
}

/// What is written so that a later upgrade finds what was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Bases, as in a [`Plan`].
    pub base_files: BTreeMap<RepoPath, Option<Vec<u8>>>,
    /// The lock, as in a [`Plan`].
    pub lock_files: BTreeMap<RepoPath, Option<Vec<u8>>>,
}

/// The files of a repository's layout that people changed or deleted, sorted. Where it is not known what was copied, all of
/// them count as changed.
///
/// # Errors
/// A file that cannot be read.
pub fn edited(files: &dyn Files, held: &Held) -> Result<Vec<RepoPath>, Vec<Diagnostic>> {
    let mut edited = Vec::new();
    for path in held.files(files)? {
        let bytes = files.read(&path).map_err(|error| vec![error.diagnostic()])?;
        if bytes.map(|bytes| BlobId::of(&bytes)) != held.lock.get(&path).map(|entry| entry.id) {
            edited.push(path);
        }
    }
    Ok(edited)
}
