//! What the binary carries can be loaded.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::files::Memory;
use crate::layout::{FOLDER, load};

#[test]
fn every_embedded_layout_loads() {
    let names: Vec<_> = embedded().into_iter().map(|layout| layout.manifest.name).collect();
    assert_eq!(names.len(), TEMPLATES.dirs().count(), "a manifest is wrong: only {names:?}");
    for name in names {
        let mut files = Memory::new();
        for (path, bytes) in files_of(&name).unwrap() {
            files.insert(RepoPath::new(&format!("{FOLDER}/{path}")).unwrap(), bytes);
        }
        let loaded = load(&files, &RepoPath::new(FOLDER).unwrap());
        assert!(loaded.is_ok(), "{name}: {:#?}", loaded.err());
    }
}
