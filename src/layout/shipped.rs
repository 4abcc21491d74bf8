//! A layout as it is shipped, before anybody changed it: what is copied into a repository.

use std::collections::BTreeMap;

use super::{FOLDER, Layout, MANIFEST, Manifest, embedded, files_of, load};
use crate::diagnostic::{Code, Diagnostic};
use crate::files::{Files, Memory};
use crate::path::RepoPath;

/// A layout with all its files.
#[derive(Clone, Debug)]
pub struct Shipped {
    /// What it says about itself.
    pub manifest: Manifest,
    /// Its files, the manifest among them, by their paths below the layout's folder.
    pub files: BTreeMap<RepoPath, Vec<u8>>,
}

impl Shipped {
    /// One that the binary carries.
    #[must_use]
    pub fn embedded(name: &str) -> Option<Self> {
        let manifest = embedded().into_iter().find(|one| one.manifest.name == name)?.manifest;
        Some(Self { manifest, files: files_of(name)?.into_iter().collect() })
    }

    /// The same, ready to be rendered.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn layout(&self) -> Result<Layout, Vec<Diagnostic>> {
        let unsafe_path = |error: crate::path::RepoPathError| {
            vec![Diagnostic::error(Code::UnsafePath, error.to_string())]
        };
        let mut files = Memory::new();
        for (path, bytes) in &self.files {
            let path = RepoPath::new(&format!("{FOLDER}/{path}")).map_err(unsafe_path)?;
            files.insert(path, bytes.as_slice());
        }
        load(&files, &RepoPath::new(FOLDER).map_err(unsafe_path)?)
    }

    /// One that lies in a folder. It has to be whole: every template of it compiles.
    ///
    /// # Errors
    /// Everything that is wrong with it, a symbolic link in it among others.
    pub fn read(files: &dyn Files, folder: &RepoPath) -> Result<Self, Vec<Diagnostic>> {
        let unreadable = |error: crate::files::FilesError| vec![error.diagnostic()];
        let manifest = RepoPath::new(&format!("{folder}/{MANIFEST}"))
            .map_err(|error| vec![Diagnostic::error(Code::UnsafePath, error.to_string())])?;
        if files.read(&manifest).map_err(unreadable)?.is_none() {
            let message = format!("`{folder}` is no layout: there is no `{MANIFEST}` in it");
            return Err(vec![Diagnostic::error(Code::NoLayout, message)]);
        }
        let layout = load(files, folder)?;
        let mut shipped = BTreeMap::new();
        for file in files.list(Some(folder)).map_err(unreadable)? {
            let below = file.as_str()[folder.as_str().len() + 1..].to_owned();
            if let (Ok(below), Some(bytes)) =
                (RepoPath::new(&below), files.read(&file).map_err(unreadable)?)
            {
                shipped.insert(below, bytes);
            }
        }
        Ok(Self { manifest: layout.manifest, files: shipped })
    }
}
