//! The platform that a command works on.

use std::path::{Path, PathBuf};

use std::fs;
use std::io::Write as _;

use super::commands::Document;
use super::failure::Failure;
use super::ui::Ui;
use crate::diagnostic::{Diagnostic, Texts};
use crate::files::{Disk, Files};
use crate::generate::Generated;
use crate::path::{RepoPath, RepoPathError};
use crate::spec::{Faults, Platform};
use crate::sync::{BlobId, Plan};
use crate::{generate, spec};

/// The name of the file that makes a folder a platform.
pub(crate) const PLATFORM_FILE: &str = "platform.yaml";

/// A platform on the disk.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The folder with `platform.yaml`.
    pub root: PathBuf,
    /// Its files.
    pub disk: Disk,
}

impl Repository {
    /// The platform that the command was started in: `platform.yaml` here or above.
    ///
    /// # Errors
    /// [`Failure::NoPlatform`].
    pub(crate) fn find(ui: &Ui) -> Result<Self, Failure> {
        let here = std::path::absolute(&ui.directory)
            .map_err(|source| Failure::Read { path: ui.directory.clone(), source })?;
        if !here.is_dir() {
            return Err(Failure::NoFolder(ui.directory.clone()));
        }
        match above(&here) {
            Some(root) => Ok(Self { root: root.to_owned(), disk: Disk::new(root) }),
            None => Err(Failure::NoPlatform(here)),
        }
    }

    /// What is described.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn load(&self) -> Result<Platform, Failure> {
        Ok(spec::load(&self.disk)?)
    }

    /// What is to be done so that the work tree is what was generated.
    ///
    /// # Errors
    /// What is in the way.
    pub(crate) fn plan(&self, generated: &Generated) -> Result<Plan, Failure> {
        Ok(generate::plan(generated, &self.disk, &self.root)?)
    }

    /// The content of a blob, if this program carries it.
    pub(crate) fn remembered(&self, id: BlobId) -> Option<Vec<u8>> {
        crate::upgrade::carried(id)
    }

    /// Diagnostics with the texts that they point into.
    pub(crate) fn faults(&self, diagnostics: Vec<Diagnostic>) -> Faults {
        generate::faults(&self.disk, diagnostics, Texts::default())
    }

    /// What a file says; nothing if there is none.
    ///
    /// # Errors
    /// A symbolic link, or a file that cannot be read.
    pub(crate) fn bytes(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.disk.read(path)?)
    }

    /// The text of a file of the description, which was read before.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub(crate) fn text(&self, path: &RepoPath) -> Result<String, Failure> {
        let bytes = self.bytes(path)?.unwrap_or_default();
        String::from_utf8(bytes).map_err(|error| Failure::Read {
            path: path.below(&self.root),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, error),
        })
    }

    /// The fields that a file of the description says.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub(crate) fn written(&self, path: &RepoPath) -> Result<Document, Failure> {
        Document::read(&self.text(path)?)
            .map_err(|reason| Failure::BadDocument { file: path.below(&self.root), reason })
    }

    /// Writes a file of the description, by a new file that takes its name; or deletes it, with folders left empty.
    ///
    /// # Errors
    /// A symbolic link on the way, or what the operating system says.
    pub(crate) fn write(&self, path: &RepoPath, bytes: Option<&[u8]>) -> Result<(), Failure> {
        // Refuses links on the way, and tells whether there is something to do.
        if self.disk.read(path)?.as_deref() == bytes {
            return Ok(());
        }
        let file = path.below(&self.root);
        let failed = |source| Failure::Write { path: file.clone(), source };
        let folder = file.parent().unwrap_or(&self.root);
        let Some(bytes) = bytes else {
            fs::remove_file(&file).map_err(failed)?;
            for folder in folder.ancestors().take_while(|folder| *folder != self.root) {
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
            return Ok(());
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let permissions = fs::metadata(&file).map(|there| there.permissions()).ok();
        let mut new = tempfile::Builder::new()
            .prefix(".tenantry-")
            .permissions(permissions.unwrap_or_else(readable_by_all))
            .tempfile_in(folder)
            .map_err(failed)?;
        new.write_all(bytes).map_err(failed)?;
        new.persist(&file).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// The permissions of a new file before the umask.
fn readable_by_all() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(0o666)
}

/// A path that was made here and is none: a name with something odd in it.
pub(crate) fn unusable(error: &RepoPathError) -> Failure {
    Failure::BadAnswer { flag: "NAME", reason: error.to_string() }
}

/// The nearest folder with a `platform.yaml`, from a folder upwards.
pub(crate) fn above(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(PLATFORM_FILE).symlink_metadata().is_ok())
}
