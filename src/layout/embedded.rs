//! The layouts that the binary carries: every folder of `templates/` with a `layout.yaml`, together with the
//! parts that it shares with others. They are copied into a repository by `init`; what is rendered is always
//! the repository's own copy.

use include_dir::{Dir, include_dir};

use super::MANIFEST;
use super::manifest::{Manifest, read};
use super::parts::compose;
use crate::path::RepoPath;

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A layout that the binary carries.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// What it says about itself.
    pub manifest: Manifest,
    /// The name of its folder in `templates/`.
    folder: &'static str,
}

/// Every embedded layout, sorted by name. One whose manifest is wrong is left out.
#[must_use]
pub fn embedded() -> Vec<Embedded> {
    let mut layouts: Vec<Embedded> = TEMPLATES
        .dirs()
        .filter_map(|dir| {
            let folder = dir.path().to_str()?;
            let file = RepoPath::new(&format!("{folder}/{MANIFEST}")).ok()?;
            let manifest = read(&file, dir.get_file(file.as_str())?.contents()).ok()?.manifest;
            Some(Embedded { manifest, folder })
        })
        .collect();
    layouts.sort_by(|a, b| a.manifest.name.cmp(&b.manifest.name));
    layouts
}

/// The files of an embedded layout, those of its parts among them, by their paths below the layout's folder,
/// sorted; nothing if there is no layout of this name.
#[must_use]
pub fn files_of(name: &str) -> Option<Vec<(RepoPath, Vec<u8>)>> {
    let layout = embedded().into_iter().find(|layout| layout.manifest.name == name)?;
    Some(compose(&TEMPLATES, layout.folder).ok()?.into_iter().collect())
}

#[cfg(test)]
#[path = "embedded_tests.rs"]
mod tests;
