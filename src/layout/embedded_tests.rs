//! What the binary carries can be loaded, and layouts that have something in common say the same of it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::super::parts::{DECLARATION, PARTS};
use super::*;
use crate::files::Memory;
use crate::layout::{FOLDER, load};

#[test]
fn every_embedded_layout_loads() {
    let names: Vec<_> = embedded().into_iter().map(|layout| layout.manifest.name).collect();
    let folders = TEMPLATES.dirs().filter(|dir| !dir.path().ends_with(PARTS)).count();
    assert_eq!(names.len(), folders, "a manifest is wrong: only {names:?}");
    for layout in embedded() {
        let name = &layout.manifest.name;
        assert_eq!(name, layout.folder);
        let composed = compose(&TEMPLATES, layout.folder);
        let composed = composed.unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut files = Memory::new();
        for (path, bytes) in composed {
            assert_ne!(path.as_str(), DECLARATION, "{name} shows how it was put together");
            files.insert(RepoPath::new(&format!("{FOLDER}/{path}")).unwrap(), bytes);
        }
        let loaded = load(&files, &RepoPath::new(FOLDER).unwrap());
        assert!(loaded.is_ok(), "{name}: {:#?}", loaded.err());
    }
}

/// Somebody who goes from one layout to another takes `layout.variables` along.
#[test]
fn variables_of_one_name_are_the_same_in_every_layout() {
    let mut seen: BTreeMap<String, (String, String)> = BTreeMap::new();
    for layout in embedded() {
        for (name, variable) in layout.manifest.variables {
            let own = format!("{:?}", (variable.kind, variable.default, variable.description));
            let layout = layout.manifest.name.clone();
            let (first, other) = seen.entry(name.clone()).or_insert((layout.clone(), own.clone()));
            assert_eq!(own, *other, "`{name}` of {layout} is another than that of {first}");
        }
    }
}
