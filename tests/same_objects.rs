//! A description means the same objects on clusters in every layout whose clusters read the repository, applied by the same Flux Kustomizations: who goes from one
//! layout to another changes where files lie, and nothing else.
#![allow(clippy::unwrap_used)]

mod layouts;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;
use tenantry::files::{Disk, Files, Memory};
use tenantry::flux::Fleet;
use tenantry::path::RepoPath;
use tenantry::{render, spec};

/// What people write of an example.
fn description(example: &str) -> Memory {
    let disk = Disk::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example));
    let mut files = Memory::new();
    for file in disk.list(None).unwrap() {
        let path = file.as_str();
        if path == "platform.yaml"
            || path.starts_with("platform/")
            || path.starts_with("manifests/")
        {
            files.insert(file.clone(), disk.read(&file).unwrap().unwrap());
        }
    }
    files
}

/// Every object of every cluster, with the Flux Kustomization that applies it. Where in the repository a Flux Kustomization
/// looks is left out.
fn applied(description: &Memory, layout: &str) -> BTreeMap<String, Json> {
    let mut files = description.clone();
    let platform = spec::load(&files).map_err(|faults| faults.diagnostics).unwrap();
    let tree = render::render(&platform, &layouts::load(layout), &files).unwrap().tree;
    for (path, file) in tree.iter() {
        files.insert(path.clone(), file.bytes.clone());
    }
    let folder = platform.settings.repository.path.as_ref();
    let folder = folder.and_then(|path| path.below_root()).map(RepoPath::to_string);
    let root = folder.as_ref().map(|folder| format!("{folder}/")).unwrap_or_default();
    let fleet = Fleet::new(&files, folder);
    let mut found = BTreeMap::new();
    for name in platform.clusters.keys() {
        let name = platform.known_as(name);
        let cluster = fleet.cluster(name, &format!("{root}clusters/{name}")).unwrap();
        assert!(cluster.findings.is_empty(), "{layout}: {:?}", cluster.findings);
        for (applier, object) in cluster.objects() {
            let mut json = object.node.to_json();
            let of_repository = json.pointer("/spec/sourceRef/name") == Some(&"flux-system".into());
            if object.identity.kind == "Kustomization" && of_repository {
                json["spec"].as_object_mut().unwrap().shift_remove("path");
            }
            let key = format!("{} of {} on {name}", object.identity, applier.what.name());
            assert!(found.insert(key.clone(), json).is_none(), "{layout}: {key} stands twice");
        }
    }
    found
}

#[test]
fn a_description_means_the_same_objects_in_every_layout() {
    let names = layouts::of_repository();
    let mut examples = vec!["grown", "operator", "minimal"];
    let own = names.iter().map(String::as_str);
    examples.extend(own.filter(|name| Path::new("examples").join(name).is_dir()));
    for example in examples {
        let description = description(example);
        let first = applied(&description, &names[0]);
        assert!(first.len() > 20, "{example} means {} objects", first.len());
        for name in &names[1..] {
            let other = applied(&description, name);
            let keys = |of: &BTreeMap<String, Json>| of.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&first), keys(&other), "{example} in {name}");
            for (object, meant) in &first {
                assert_eq!(meant, &other[object], "{object} of {example} in {name}");
            }
        }
    }
}
