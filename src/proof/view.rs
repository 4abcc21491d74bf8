//! The work tree as a plan leaves it behind, for the engine to read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;

use kustomize::Found;

use crate::check::objects::Said;
use crate::files::{Files, FilesError};
use crate::flux::artifact::{Origin, ignore_file};
use crate::flux::ignore::Ignore;
use crate::package::Package;
use crate::path::RepoPath;
use crate::sync::{Change, Plan};
use crate::tree::Tree;

/// Files as they are once a plan is carried out: `/` is the folder of the platform.
///
/// A file that is left with the marks of a conflict counts as what is generated, and so does one that a person deleted or that is
/// not checked out: what is proven is what the description means, as far as no person says otherwise.
pub(super) struct View<'a> {
    /// What the plan knows of; nothing for what goes, and for what is on disk as it is.
    planned: BTreeMap<&'a str, Planned<'a>>,
    files: &'a dyn Files,
}

enum Planned<'a> {
    Says(&'a [u8]),
    AsOnDisk,
    Gone,
}

impl<'a> View<'a> {
    pub(super) fn new(tree: &'a Tree, plan: &'a Plan, files: &'a dyn Files) -> Self {
        let planned = plan.actions.iter().map(|action| {
            let generated = tree.get(action.path.as_str()).map(|file| file.bytes.as_slice());
            let planned = match (action.change, action.content().or(generated)) {
                // An edit that moves along with its entity is written where it was not.
                (Change::Kept, _) => action.content().map_or(Planned::AsOnDisk, Planned::Says),
                (Change::Untouched | Change::Left, _) => Planned::AsOnDisk,
                (Change::Conflict | Change::Beside, _) => {
                    generated.map_or(Planned::Gone, Planned::Says)
                }
                (_, Some(bytes)) => Planned::Says(bytes),
                (_, None) => Planned::Gone,
            };
            (action.path.as_str(), planned)
        });
        Self { planned: planned.collect(), files }
    }

    /// What a file says, if it is there.
    pub(super) fn bytes(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        match kustomize::Files::open(self, &format!("/{path}")) {
            Ok(Found::File { bytes, .. }) => Some(bytes),
            _ => None,
        }
    }

    /// What a file says to those who follow it.
    pub(super) fn said(&self, path: &RepoPath) -> Said {
        self.bytes(path.as_str()).map_or_else(Said::default, |bytes| Said::read(&bytes))
    }

    /// Whether a file holds nothing but comments.
    pub(super) fn says_nothing(&self, path: &str) -> bool {
        let Some(bytes) = self.bytes(path) else { return false };
        let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines.all(|line| line.is_empty() || line.starts_with(b"#") || line == b"---")
    }

    /// What is planned and stays, below a folder or at all.
    fn planned_below<'v>(&'v self, below: &'v str) -> impl Iterator<Item = &'v str> {
        self.planned
            .range::<str, _>((Bound::Included(below), Bound::Unbounded))
            .take_while(move |(file, _)| file.starts_with(below))
            .filter(|(_, planned)| !matches!(planned, Planned::Gone))
            .map(|(file, _)| *file)
    }

    fn is_planned_folder(&self, path: &str) -> bool {
        if path.is_empty() {
            return true;
        }
        self.planned_below(&format!("{path}/")).next().is_some()
    }
}

impl kustomize::Files for View<'_> {
    fn open(&self, path: &str) -> io::Result<Found<'_>> {
        let found = |bytes| Found::File { path: path.to_owned(), bytes };
        let relative = path.trim_start_matches('/');
        match self.planned.get(relative) {
            Some(Planned::Says(bytes)) => return Ok(found(Cow::Borrowed(*bytes))),
            Some(Planned::Gone) => return Err(io::ErrorKind::NotFound.into()),
            Some(Planned::AsOnDisk) => {}
            None if self.is_planned_folder(relative) => {
                return Ok(Found::Folder { path: path.to_owned() });
            }
            None => {}
        }
        let relative = RepoPath::new(relative)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))?;
        match self.files.read(&relative) {
            Ok(Some(bytes)) => Ok(found(Cow::Owned(bytes))),
            Ok(None) => Err(io::ErrorKind::NotFound.into()),
            Err(FilesError::NotAFile { .. }) => Ok(Found::Folder { path: path.to_owned() }),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }
}

/// The same as the artifact of a source: without what `.sourceignore` leaves out.
pub(super) struct Left<'v, 'a> {
    view: &'v View<'a>,
    /// The folder of the repository that the platform is, as the beginning of a path.
    prefix: String,
    ignore: Ignore,
    /// The artifact that it is, where that is not the whole repository.
    package: Option<&'v Package>,
}

impl<'v, 'a> Left<'v, 'a> {
    pub(super) fn new(
        view: &'v View<'a>,
        folder: Option<&str>,
        package: Option<&'v Package>,
    ) -> Self {
        let prefix = folder.map(|folder| format!("{folder}/")).unwrap_or_default();
        // That of the root; those of folders are a person's, and leave out what only that person's Kustomizations apply.
        let file = RepoPath::new(".sourceignore").ok();
        let ignored = file.and_then(|path| {
            let bytes = view.bytes(path.as_str())?;
            Some(ignore_file(&prefix, &path, &bytes))
        });
        let ignored: Vec<(String, String)> = ignored.into_iter().collect();
        Self { view, ignore: Ignore::new(&ignored, None), prefix, package }
    }

    fn leaves_out(&self, path: &RepoPath) -> bool {
        self.package.is_some_and(|package| !package.holds(path))
            || self.ignore.leaves_out(&format!("{}{path}", self.prefix), false)
    }
}

impl Origin for Left<'_, '_> {
    fn read(&self, path: &RepoPath) -> io::Result<Cow<'_, [u8]>> {
        match kustomize::Files::open(self.view, &format!("/{path}"))? {
            Found::Folder { .. } => Err(io::ErrorKind::IsADirectory.into()),
            Found::File { .. } if self.leaves_out(path) => Err(io::ErrorKind::NotFound.into()),
            Found::File { bytes, .. } => Ok(bytes),
        }
    }

    fn below(&self, folder: Option<&RepoPath>) -> Vec<RepoPath> {
        let start = folder.map(|folder| format!("{folder}/")).unwrap_or_default();
        let planned = self.view.planned_below(&start).filter_map(|path| RepoPath::new(path).ok());
        let on_disk = self.view.files.survey(folder).files.into_iter();
        let on_disk = on_disk.filter(|path| !self.view.planned.contains_key(path.as_str()));
        let mut all: Vec<RepoPath> =
            planned.chain(on_disk).filter(|path| !self.leaves_out(path)).collect();
        all.sort_unstable();
        all
    }
}
