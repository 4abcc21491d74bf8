//! The layouts that the binary carries, for tests of what has to hold in every one of them. No test here knows where a layout
//! has its files: it finds them by what they are for, or by the objects in them.
#![allow(clippy::unwrap_used, dead_code)]

use kustomize::yaml::{Budget, SourceId, parse};
use serde_json::Value as Json;
use tenantry::files::Memory;
use tenantry::layout::{self, Layout};
use tenantry::path::RepoPath;
use tenantry::tree::{Tree, TreeFile};

/// Their names.
pub(crate) fn names() -> Vec<String> {
    layout::embedded().into_iter().map(|layout| layout.manifest.name).collect()
}

/// The files of one as a repository has them.
pub(crate) fn files(name: &str) -> Memory {
    let mut files = Memory::new();
    for (file, bytes) in layout::files_of(name).unwrap() {
        files.insert(path(&format!(".tenantry/layout/{file}")), bytes);
    }
    files
}

/// One of them, ready to be rendered.
pub(crate) fn load(name: &str) -> Layout {
    layout::load(&files(name), &path(".tenantry/layout")).unwrap()
}

/// `platform.yaml` as a layout needs it: where its clusters pull artifacts, it says where these lie.
pub(crate) fn settings(layout: &Layout, text: &str) -> String {
    match layout.artifacts.is_empty() || text.contains("\nartifacts:") {
        true => text.to_owned(),
        false => format!("{text}artifacts: {{ url: oci://registry.acme.example/fleet }}\n"),
    }
}

/// The objects of a generated file.
pub(crate) fn objects(bytes: &[u8]) -> Vec<Json> {
    let documents = parse(SourceId(0), bytes, &Budget::default()).unwrap();
    documents.iter().map(|document| document.root.to_json()).collect()
}

/// The file with what holds of a tenant or a component everywhere, by the end of its path.
pub(crate) fn base<'t>(tree: &'t Tree, entity: &str, end: &str) -> Option<&'t TreeFile> {
    let mut files = tree.iter().filter(|(path, file)| {
        let of = file.loops.tenant.as_ref().or(file.loops.component.as_ref());
        of.is_some_and(|of| **of == *entity)
            && file.loops.environment.is_none()
            && path.as_str().ends_with(&format!("/{end}"))
    });
    files.next().map(|(_, file)| file)
}

/// The Flux Kustomization of a name that a cluster applies: its own one, else the one of its environment.
pub(crate) fn applied(tree: &Tree, cluster: &str, name: &str) -> Option<Json> {
    let environment = tree.iter().find_map(|(_, file)| {
        let of = file.loops.cluster.as_ref().is_some_and(|of| **of == *cluster);
        of.then(|| file.loops.environment.clone()).flatten()
    });
    let own = |file: &TreeFile| file.loops.cluster.as_ref().is_some_and(|of| **of == *cluster);
    let shared =
        |file: &TreeFile| file.loops.cluster.is_none() && file.loops.environment == environment;
    let find = |wanted: &dyn Fn(&TreeFile) -> bool| {
        let files = tree.iter().filter(|(path, file)| {
            path.as_str().ends_with(".yaml")
                && !path.as_str().contains("/flux-system/")
                && wanted(file)
        });
        files.flat_map(|(_, file)| objects(&file.bytes)).find(|object| {
            object["kind"] == "Kustomization"
                && object["metadata"]["name"] == name
                && object["metadata"]["namespace"] == "flux-system"
        })
    };
    find(&own).or_else(|| find(&shared))
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}
