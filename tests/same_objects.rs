//! A description means the same objects on clusters in every layout, applied by the same Flux Kustomizations: who goes from one
//! layout to another changes where files lie and how they come to clusters, and nothing else.
//!
//! How they come is left out of the comparison, for there layouts are meant to differ: the source that a cluster begins with, the
//! sources of the platform's own artifacts, and in what reads them the path and the source that it names. Everything else of
//! these Flux Kustomizations is compared: names, order, accounts, patches, variables.
#![allow(clippy::unwrap_used)]

mod layouts;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};
use tenantry::files::{Disk, Files, Memory};
use tenantry::flux::{ARTIFACT, Fleet};
use tenantry::package::{packages, parts};
use tenantry::path::RepoPath;
use tenantry::{render, spec};

/// What people write of an example. Of the platform's artifacts it says the registry alone: how they are pulled and verified is
/// told to those clusters that pull them.
fn description(example: &str) -> Memory {
    let disk = Disk::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example));
    let mut files = Memory::new();
    for file in disk.list(None).unwrap() {
        let path = file.as_str();
        if path.starts_with("platform/")
            || path.starts_with("manifests/")
            || path.starts_with("components/") && path.contains("/configs/")
        {
            files.insert(file.clone(), disk.read(&file).unwrap().unwrap());
        }
    }
    let settings = RepoPath::new("platform.yaml").unwrap();
    let mut said = layouts::objects(&disk.read(&settings).unwrap().unwrap()).remove(0);
    said["artifacts"] = json!({ "url": "oci://registry.acme.example/fleet" });
    for environment in said["environments"].as_array_mut().unwrap() {
        environment.as_object_mut().unwrap().shift_remove("artifacts");
    }
    files.insert(settings, said.to_string());
    files
}

/// Takes from an object how the platform's files come to a cluster, or says that it is nothing else.
fn is_compared(object: &mut Json) -> bool {
    const OF_PLATFORM: &str = "flux-system";
    let is_own = object["metadata"]["namespace"] == OF_PLATFORM;
    let is_first = is_own && object["metadata"]["name"] == OF_PLATFORM;
    let annotations = object["metadata"].get_mut("annotations").and_then(Json::as_object_mut);
    let is_artifact = annotations.is_some_and(|all| all.shift_remove(ARTIFACT).is_some());
    if object.pointer("/metadata/annotations") == Some(&json!({})) {
        object["metadata"].as_object_mut().unwrap().shift_remove("annotations");
    }
    // What takes the source out of a copy of what the cluster begins with says its kind.
    let source = object.pointer("/spec/sourceRef/kind").and_then(Json::as_str).map(str::to_owned);
    let patches = object.pointer_mut("/spec/patches").and_then(Json::as_array_mut);
    if let (Some(source), true) = (source, is_own) {
        for patch in patches.into_iter().flatten() {
            if let Some(Json::String(kinds)) = patch.pointer_mut("/target/kind") {
                *kinds = kinds.replace(&source, "Source");
            }
        }
    }
    let fields = match object["kind"].as_str().unwrap() {
        "GitRepository" | "OCIRepository" if is_first || is_artifact => return false,
        "Kustomization" if is_own => {
            let of_platform = object["spec"]["sourceRef"]["name"] == OF_PLATFORM;
            // What it names is what its annotation says; any other source is told by its name alone.
            if of_platform || is_artifact { &["path", "sourceRef"][..] } else { &[] }
        }
        "FluxInstance" if is_own => {
            let sync = object["spec"]["sync"].as_object_mut().unwrap();
            for field in ["kind", "url", "ref", "pullSecret"] {
                sync.shift_remove(field);
            }
            &[]
        }
        _ => &[],
    };
    for field in fields {
        assert!(object["spec"].as_object_mut().unwrap().shift_remove(*field).is_some(), "{object}");
    }
    true
}

/// Every object of every cluster, with the Flux Kustomization that applies it.
fn applied(description: &Memory, layout: &str) -> BTreeMap<String, Json> {
    let mut files = description.clone();
    let platform = spec::load(&files).map_err(|faults| faults.diagnostics).unwrap();
    let name = layout;
    let layout = layouts::load(layout);
    let tree = render::render(&platform, &layout, &files);
    let tree = tree.unwrap_or_else(|faults| panic!("{name}: {faults:?}")).tree;
    // Where an artifact is all of a component's folder, what it names may draw on what lies beside that; a repository that clusters read
    // shows them the named folders alone.
    let draws = |path: &RepoPath| {
        let holds = |text: &str| text.contains("../");
        let bytes = description.read(path).unwrap().unwrap();
        path.file_name() == "kustomization.yaml" && holds(&String::from_utf8_lossy(&bytes))
    };
    let draws = description.list(None).unwrap().iter().any(draws);
    for (path, file) in tree.iter().filter(|(path, _)| !draws || path.as_str() != ".sourceignore") {
        files.insert(path.clone(), file.bytes.clone());
    }
    let folder = platform.settings.repository.path.as_ref();
    let folder = folder.and_then(|path| path.below_root()).map(RepoPath::to_string);
    let root = folder.as_ref().map(|folder| format!("{folder}/")).unwrap_or_default();
    let fleet = Fleet::new(&files, folder).shipped(parts(packages(&platform, &layout)));
    let mut found = BTreeMap::new();
    for cluster in platform.clusters.keys() {
        let cluster = platform.known_as(cluster);
        let built = fleet.cluster(cluster, &format!("{root}clusters/{cluster}")).unwrap();
        assert!(built.findings.is_empty(), "{name}: {:?}", built.findings);
        for (applier, object) in built.objects() {
            let mut json = object.node.to_json();
            if !is_compared(&mut json) {
                continue;
            }
            let key = format!("{} of {} on {cluster}", object.identity, applier.what.name());
            assert!(found.insert(key.clone(), json).is_none(), "{name}: {key} stands twice");
        }
    }
    found
}

#[test]
fn a_description_means_the_same_objects_in_every_layout() {
    let names = layouts::names();
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
