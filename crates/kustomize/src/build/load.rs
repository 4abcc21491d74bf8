//! Which files a kustomization may read, and which folders it may build on.

use std::borrow::Cow;
use std::io;

use super::Context;
use super::remote::{is_remote_file, is_repository};
use crate::allowance::{Allowance, Excess};
use crate::files::{Files, Found, is_within, join, join_within};
use crate::source::Sources;
use crate::yaml::{SourceId, Span};

/// The names of a kustomization file.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadRestrictor {
    /// Those in its folder and below, links followed (`LoadRestrictionsRootOnly`).
    #[default]
    RootOnly,
    /// All that the view of files has (`LoadRestrictionsNone`).
    None,
    /// All that the view of files has, whose root is a folder somewhere, as Flux builds: there is nothing above it, and nothing
    /// at an absolute path.
    WithinView,
}

/// Why a path cannot be read or built on.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Nothing is there.
    #[error("there is no `{path}`")]
    Missing {
        /// The path as it was written.
        path: String,
    },
    /// A folder where a file is wanted.
    #[error("`{path}` is a folder, where a file is wanted")]
    IsFolder {
        /// The path as it was written.
        path: String,
    },
    /// A file where a folder is wanted.
    #[error("`{path}` is a file, where the folder of a kustomization is wanted")]
    IsFile {
        /// The path as it was written.
        path: String,
    },
    /// A file outside the folder of its kustomization.
    #[error("`{path}` lies outside `{root}`, the folder of the kustomization that names it")]
    Outside {
        /// Where the path leads.
        path: String,
        /// The folder.
        root: String,
    },
    /// Something elsewhere.
    #[error("`{address}` is elsewhere, and a build reads what is here")]
    Remote {
        /// The address.
        address: String,
    },
    /// A folder that builds on itself.
    #[error("`{path}` leads back to `{visited}`, which is being built")]
    Cycle {
        /// The path as it was written.
        path: String,
        /// The folder on the way.
        visited: String,
    },
    /// An absolute path of a folder.
    #[error("`{path}` is absolute; a folder is named from where the kustomization lies")]
    Absolute {
        /// The path as it was written.
        path: String,
    },
    /// A path with `..` within a name.
    #[error(
        "`{path}` has `..` in the middle of a name, as two entries of a list that ran together do"
    )]
    Ambiguous {
        /// The path as it was written.
        path: String,
    },
    /// No path at all.
    #[error("the path is empty")]
    Empty,
    /// A folder without a kustomization file.
    #[error("there is no kustomization.yaml in `{folder}`")]
    NoKustomization {
        /// The folder.
        folder: String,
    },
    /// A folder with more than one.
    #[error("`{folder}` has more than one kustomization file: {}", .names.join(", "))]
    SeveralKustomizations {
        /// The folder.
        folder: String,
        /// The files.
        names: Vec<&'static str>,
    },
    /// A file that is too much.
    #[error(transparent)]
    Excess(#[from] Excess),
    /// The view of files failed.
    #[error("`{path}` cannot be read: {error}")]
    Unreadable {
        /// The path as it was written.
        path: String,
        /// Why.
        error: io::Error,
    },
}

impl LoadError {
    fn from_io(path: &str, error: io::Error) -> LoadError {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => LoadError::Missing { path },
            _ => LoadError::Unreadable { path, error },
        }
    }
}

/// A file that was read.
pub(crate) struct Loaded<'c> {
    pub(crate) source: SourceId,
    pub(crate) bytes: Cow<'c, [u8]>,
}

/// What a path of `resources` leads to.
pub(crate) enum Leads<'c> {
    File(Loaded<'c>),
    Folder(Loader<'c>),
}

/// The folder of a kustomization, with those that led to it.
pub(crate) struct Loader<'c> {
    files: &'c dyn Files,
    sources: &'c Sources,
    restrictor: LoadRestrictor,
    allowance: &'c Allowance,
    /// Links resolved.
    root: String,
    referrer: Option<&'c Loader<'c>>,
}

impl<'c> Loader<'c> {
    /// The loader of the folder that is built.
    pub(crate) fn new(context: &'c Context<'_>, folder: &str) -> Result<Loader<'c>, LoadError> {
        let Context { files, sources, allowance, options, .. } = context;
        let (files, restrictor) = (*files, options.load_restrictor);
        if is_repository(folder) {
            return Err(LoadError::Remote { address: folder.to_owned() });
        }
        let root = match files.open(&join("/", folder)) {
            Ok(Found::Folder { path }) => path,
            Ok(Found::File { .. }) => return Err(LoadError::IsFile { path: folder.to_owned() }),
            Err(error) => return Err(LoadError::from_io(folder, error)),
        };
        Ok(Loader { files, sources, restrictor, allowance, root, referrer: None })
    }

    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    pub(crate) fn sources(&self) -> &'c Sources {
        self.sources
    }

    /// Reads a file.
    pub(crate) fn file(&self, path: &str) -> Result<Loaded<'c>, LoadError> {
        match self.open(path)? {
            Found::File { path, bytes } => {
                Ok(Loaded { source: self.sources.add_file(&path), bytes })
            }
            Found::Folder { .. } => Err(LoadError::IsFolder { path: path.to_owned() }),
        }
    }

    /// Where a path leads.
    fn join(&self, path: &str) -> Result<String, LoadError> {
        if self.restrictor == LoadRestrictor::WithinView {
            return join_within(&self.root, path)
                .ok_or_else(|| LoadError::Missing { path: path.to_owned() });
        }
        Ok(join(&self.root, path))
    }

    /// Opens a path; a file has to be one that may be read.
    fn open(&self, path: &str) -> Result<Found<'c>, LoadError> {
        if is_remote_file(path) {
            return Err(LoadError::Remote { address: path.to_owned() });
        }
        let found = self.files.open(&self.join(path)?);
        let found = found.map_err(|error| LoadError::from_io(path, error))?;
        if let Found::File { path, .. } = &found
            && self.restrictor == LoadRestrictor::RootOnly
            && !is_within(path, &self.root)
        {
            return Err(LoadError::Outside { path: path.clone(), root: self.root.clone() });
        }
        if let Found::File { bytes, .. } = &found {
            self.allowance.spend(bytes.len() as u64, Span::default())?;
        }
        Ok(found)
    }

    /// What an entry of `resources` leads to: a file, or the folder of another kustomization.
    pub(crate) fn follow<'n>(&'n self, path: &str) -> Result<Leads<'n>, LoadError> {
        match self.open(path) {
            Ok(Found::File { path, bytes }) => {
                Ok(Leads::File(Loaded { source: self.sources.add_file(&path), bytes }))
            }
            Ok(Found::Folder { path: root }) => {
                check_folder_path(path)?;
                self.folder_at(path, root).map(Leads::Folder)
            }
            Err(error @ (LoadError::Outside { .. } | LoadError::Excess(_))) => Err(error),
            Err(_) => self.folder(path).map(Leads::Folder),
        }
    }

    /// The loader of another kustomization's folder.
    pub(crate) fn folder<'n>(&'n self, path: &str) -> Result<Loader<'n>, LoadError> {
        check_folder_path(path)?;
        match self.files.open(&self.join(path)?) {
            Ok(Found::Folder { path: root }) => self.folder_at(path, root),
            Ok(Found::File { .. }) => Err(LoadError::IsFile { path: path.to_owned() }),
            Err(error) => Err(LoadError::from_io(path, error)),
        }
    }

    /// The loader of a folder that was found at a path.
    fn folder_at<'n>(&'n self, path: &str, root: String) -> Result<Loader<'n>, LoadError> {
        let mut visited = Some(self);
        while let Some(loader) = visited {
            if is_within(&loader.root, &root) {
                let visited = loader.root.clone();
                return Err(LoadError::Cycle { path: path.to_owned(), visited });
            }
            visited = loader.referrer;
        }
        let Loader { files, sources, restrictor, allowance, .. } = *self;
        Ok(Loader { files, sources, restrictor, allowance, root, referrer: Some(self) })
    }

    /// Reads the kustomization file of the folder; its name comes along.
    pub(crate) fn kustomization(&self) -> Result<(Loaded<'c>, &'static str), LoadError> {
        let mut found = Vec::new();
        let mut fault = None;
        for name in FILE_NAMES {
            match self.open(name) {
                Ok(Found::File { path, bytes }) => found.push((name, path, bytes)),
                Ok(Found::Folder { .. }) | Err(LoadError::Missing { .. }) => {}
                // One that cannot be read is none, unless there is no other.
                Err(error) => fault = Some(error),
            }
        }
        if found.len() > 1 {
            let names = found.iter().map(|(name, ..)| *name).collect();
            return Err(LoadError::SeveralKustomizations { folder: self.root.clone(), names });
        }
        match found.pop() {
            Some((name, path, bytes)) => {
                Ok((Loaded { source: self.sources.add_file(&path), bytes }, name))
            }
            None => {
                Err(fault
                    .unwrap_or_else(|| LoadError::NoKustomization { folder: self.root.clone() }))
            }
        }
    }
}

/// Whether a path may be that of another kustomization's folder.
fn check_folder_path(path: &str) -> Result<(), LoadError> {
    if path.is_empty() {
        return Err(LoadError::Empty);
    }
    if is_repository(path) || is_remote_file(path) {
        return Err(LoadError::Remote { address: path.to_owned() });
    }
    if path.starts_with('/') {
        return Err(LoadError::Absolute { path: path.to_owned() });
    }
    let ambiguous = |name: &str| !matches!(name, "" | "." | "..") && name.contains("..");
    if path.split('/').any(ambiguous) {
        return Err(LoadError::Ambiguous { path: path.to_owned() });
    }
    Ok(())
}
