//! Where a layout is taken from: this program, or a folder.

use std::path::{Path, PathBuf};

use crate::cli::failure::Failure;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::files::Disk;
use crate::layout::{self, MANIFEST, Shipped};
use crate::path::RepoPath;
use crate::upgrade::UpgradeError;

/// Which layout is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One that the program carries.
    Carried(String),
    /// One that lies in a folder.
    Folder(PathBuf),
}

impl Wanted {
    /// What `--from` means: a name if there is a layout of that name, else a folder. Without it, the carried one of the name.
    pub(super) fn of(ui: &Ui, from: Option<&str>, name: &str) -> Self {
        match from {
            None => Self::Carried(name.to_owned()),
            Some(word) if layout::embedded().iter().any(|one| one.manifest.name == word) => {
                Self::Carried(word.to_owned())
            }
            Some(word) => Self::Folder(ui.path(Path::new(word))),
        }
    }
}

/// The layout that is wanted, whole.
///
/// # Errors
/// There is none of the name; the folder is not there, is no layout, is broken, or is the repository's own copy.
pub(super) fn read(repository: &Repository, wanted: &Wanted) -> Result<Shipped, Failure> {
    let folder = match wanted {
        Wanted::Carried(name) => {
            return Shipped::embedded(name).ok_or_else(|| Failure::NotCarried {
                name: name.clone(),
                known: layout::embedded().into_iter().map(|one| one.manifest.name).collect(),
            });
        }
        Wanted::Folder(folder) => folder,
    };
    let failed = |source| Failure::Read { path: folder.clone(), source };
    let real = folder.canonicalize().map_err(failed)?;
    if repository.root.join(layout::FOLDER).canonicalize().is_ok_and(|own| real.starts_with(own)) {
        return Err(UpgradeError::Own(folder.display().to_string()).into());
    }
    // Seen from the folder above, so that a place in it is told with the folder's name.
    let (Some(above), Some(name)) = (real.parent(), real.file_name()) else {
        let reason = format!("`{}` is no layout: there is no `{MANIFEST}` in it", folder.display());
        return Err(Failure::BadAnswer { flag: "--from", reason });
    };
    let name = RepoPath::new(&name.to_string_lossy())
        .map_err(|error| Failure::BadAnswer { flag: "--from", reason: error.to_string() })?;
    let disk = Disk::new(above);
    Ok(Shipped::read(&disk, &name).map_err(|diagnostics| {
        crate::generate::faults(&disk, diagnostics, crate::diagnostic::Texts::default())
    })?)
}
