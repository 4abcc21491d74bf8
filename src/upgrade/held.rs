//! The layout that a repository holds, and what it was when it was copied.

use std::fmt;

use kustomize::yaml::{Budget, Node, SourceId, parse};
use semver::Version;

use super::copied::{copied, lock};
use crate::diagnostic::{Code, Diagnostic};
use crate::files::Files;
use crate::layout::{self, MANIFEST, Manifest, Shipped};
use crate::path::RepoPath;
use crate::spec::schema;
use crate::sync::{Bases, BlobId, Lock, LockEntry, Part};
use crate::tree::Tree;

/// A layout by name and version. What else its manifest says need not be understood for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of the context that its templates need.
    pub context: u32,
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

impl From<&Manifest> for Title {
    fn from(manifest: &Manifest) -> Self {
        let Manifest { name, version, context, .. } = manifest;
        Self { name: name.clone(), version: version.clone(), context: *context }
    }
}

impl Title {
    /// That of a manifest; nothing if it does not say as much.
    #[must_use]
    pub fn read(manifest: &[u8]) -> Option<Self> {
        let documents = parse(SourceId(0), manifest, &Budget::default()).ok()?;
        let root = &documents.first()?.root;
        let text = |field| Some(root.get(field).and_then(Node::as_str)?.to_owned());
        let context = root.get("context").and_then(Node::as_i64)?;
        Some(Self {
            name: text("name")?,
            version: text("version")?,
            context: u32::try_from(context).ok()?,
        })
    }

    /// The version, where it can be compared with others.
    #[must_use]
    pub fn semantic_version(&self) -> Option<Version> {
        Version::parse(&self.version).ok()
    }

    /// Whether it is a later version than another, as far as can be told.
    #[must_use]
    pub fn is_later_than(&self, other: &Self) -> bool {
        match (self.semantic_version(), other.semantic_version()) {
            (Some(own), Some(other)) => own > other,
            _ => false,
        }
    }
}

/// The layout of a repository.
#[derive(Clone, Debug)]
pub struct Held {
    /// Which one was copied.
    pub title: Title,
    /// What was copied, as far as it is known.
    pub lock: Lock,
    /// Whether the lock says so, rather than a layout of the same name and version that this program carries.
    pub recorded: bool,
}

/// The layout of a repository, and the part of the lock that is about it; nothing if it has none.
///
/// # Errors
/// A lock that is none, and a manifest that does not say which layout it is of.
pub fn held(files: &dyn Files, bases: &dyn Bases) -> Result<Option<Held>, Vec<Diagnostic>> {
    let file = RepoPath::new(&format!("{}/{MANIFEST}", layout::FOLDER))
        .map_err(|error| vec![Diagnostic::error(Code::UnsafePath, error.to_string())])?;
    let there = files.read(&file).map_err(|error| vec![error.diagnostic()])?;
    let lock = Lock::load_part(files, Part::Layout)?;
    let copied_as = lock.get(&file).map(|entry| entry.id);
    if there.is_none() && copied_as.is_none() {
        return Ok(None);
    }
    // What people made of the manifest may be anything; which layout was copied is said by what was copied.
    let pristine = copied_as.and_then(|id| {
        there.clone().filter(|bytes| BlobId::of(bytes) == id).or_else(|| bases.content(id))
    });
    let title = pristine.as_deref().and_then(Title::read);
    let title = title.or_else(|| there.as_deref().and_then(Title::read));
    let Some(title) = title else {
        let message = format!("`{file}` does not say which layout it is of");
        return Err(vec![
            Diagnostic::error(Code::InvalidLayout, message)
                .at(crate::diagnostic::Place { file, range: None })
                .help("it has to have `name`, `version` and `context`; restore it with `git checkout`"),
        ]);
    };
    if copied_as.is_some() {
        return Ok(Some(Held { title, lock, recorded: true }));
    }
    Ok(Some(Held { lock: adopted(&title, files)?, title, recorded: false }))
}

/// What was copied into a repository that does not record it: a layout of this name and version, if the program carries it.
/// The schemas beside it are nobody's work, and count as copied just as they are.
fn adopted(title: &Title, files: &dyn Files) -> Result<Lock, Vec<Diagnostic>> {
    let carried = Shipped::embedded(&title.name);
    let Some(carried) = carried.filter(|carried| carried.manifest.version == title.version) else {
        return Ok(Lock::of(Part::Layout));
    };
    let mut lock = lock(&copied(&carried));
    for path in schemas() {
        match files.read(&path).map_err(|error| vec![error.diagnostic()])? {
            Some(bytes) => lock.record_managed(path, &bytes, None),
            None => lock.forget(&path),
        }
    }
    Ok(lock)
}

fn schemas() -> impl Iterator<Item = RepoPath> {
    schema::paths()
}

impl Held {
    /// The files that were copied; where that is not known, those that are there.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(super) fn files(&self, files: &dyn Files) -> Result<Vec<RepoPath>, Vec<Diagnostic>> {
        if !self.lock.is_empty() {
            return Ok(self.lock.iter().map(|(path, _)| path.clone()).collect());
        }
        let folder = RepoPath::new(layout::FOLDER).ok();
        let mut there = files.list(folder.as_ref()).map_err(|error| vec![error.diagnostic()])?;
        there.extend(schemas());
        Ok(there)
    }

    /// The lock to merge a tree over. Where nothing is known of what was copied, a file that says something else than the tree
    /// counts as edited, and its base as lost; a schema is nobody's work, and counts as unedited.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn lock_for(&self, tree: &Tree, files: &dyn Files) -> Result<Lock, Vec<Diagnostic>> {
        let mut lock = self.lock.clone();
        if !lock.is_empty() {
            return Ok(lock);
        }
        let lost = BlobId::of(format!("what {} said", self.title).as_bytes());
        for (path, _) in tree.iter() {
            let Some(bytes) = files.read(path).map_err(|error| vec![error.diagnostic()])? else {
                continue;
            };
            lock.record_managed(path.clone(), &bytes, None);
            let template = path.as_str().starts_with(&format!("{}/", layout::FOLDER));
            if let Some(entry) = lock.get(path).filter(|_| template).cloned() {
                lock.record(path.clone(), LockEntry { id: lost, ..entry });
            }
        }
        Ok(lock)
    }
}
