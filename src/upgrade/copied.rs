//! What lies in a repository because of its layout, as it is when it was just copied.

use crate::layout::{self, Shipped};
use crate::path::RepoPath;
use crate::spec::schema;
use crate::sync::{Bases, BlobId, Lock, Part, Skipped};
use crate::tree::{LoopValues, Ownership, Tree, TreeFile};

/// The copy of a layout, and the schemas that a description's first lines name.
#[must_use]
pub fn copied(layout: &Shipped) -> Tree {
    let mut tree = Tree::default();
    let files = layout.files.iter().filter_map(|(path, bytes)| {
        let path = RepoPath::new(&format!("{}/{path}", layout::FOLDER)).ok()?;
        Some((path, bytes.clone()))
    });
    let schemas = schema::paths().zip(schema::all());
    let schemas = schemas.map(|(path, (_, schema))| (path, format!("{schema:#}\n").into_bytes()));
    for (path, bytes) in files.chain(schemas) {
        let file = TreeFile {
            bytes,
            ownership: Ownership::Managed,
            template: path.clone(),
            entity: None,
            loops: LoopValues::default(),
        };
        tree.insert(path, file);
    }
    tree
}

/// What the lock says of it.
#[must_use]
pub fn lock(copied: &Tree) -> Lock {
    let mut lock = Lock::of(Part::Layout);
    for (path, file) in copied.iter() {
        lock.record_managed(path.clone(), &file.bytes, None);
    }
    lock
}

/// What this program carries for repositories, besides what somebody else remembers: a pristine layout is at hand as long as it
/// is the one that was copied, even before anything was committed.
#[derive(Clone, Copy, Debug)]
pub struct Carried<B>(pub B);

impl<B: Bases> Bases for Carried<B> {
    fn content(&self, id: BlobId) -> Option<Vec<u8>> {
        self.0.content(id).or_else(|| {
            let layouts = layout::embedded();
            let layouts = layouts.iter().filter_map(|one| Shipped::embedded(&one.manifest.name));
            layouts.flat_map(|layout| copied(&layout)).find_map(|(_, file)| {
                let found = BlobId::of(&file.bytes) == id;
                found.then_some(file.bytes)
            })
        })
    }

    fn help(&self, id: BlobId) -> Option<String> {
        self.0.help(id)
    }

    fn skipped(&self, path: &RepoPath) -> Option<Skipped> {
        self.0.skipped(path)
    }
}
