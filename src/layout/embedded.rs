//! The layouts that the binary carries: every folder of `templates/` with a `layout.yaml`. They are
//! copied into a repository by `init`; what is rendered is always the repository's own copy.

use include_dir::{Dir, include_dir};

use super::MANIFEST;
use super::manifest::{Manifest, read};
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

/// The files of an embedded layout, by their paths below the layout's folder, sorted; nothing if
/// there is no layout of this name.
#[must_use]
pub fn files_of(name: &str) -> Option<Vec<(RepoPath, &'static [u8])>> {
    let layout = embedded().into_iter().find(|layout| layout.manifest.name == name)?;
    let mut files = Vec::new();
    gather(TEMPLATES.get_dir(layout.folder)?, layout.folder, &mut files);
    files.sort();
    Some(files)
}

fn gather(dir: &Dir<'static>, root: &str, files: &mut Vec<(RepoPath, &'static [u8])>) {
    for file in dir.files() {
        let path = file.path().to_str().and_then(|path| path.strip_prefix(root));
        let path = path.and_then(|path| RepoPath::new(path.trim_start_matches('/')).ok());
        if let Some(path) = path {
            files.push((path, file.contents()));
        }
    }
    for dir in dir.dirs() {
        gather(dir, root, files);
    }
}

#[cfg(test)]
#[path = "embedded_tests.rs"]
mod tests;
