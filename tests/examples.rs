//! The examples are whole repositories: description and everything generated, committed beside each other. Nothing in them
//! may differ from what the description means today. `cargo run -p xtask -- examples` writes them anew.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tenantry::files::{Disk, Files};
use tenantry::generate::{Generated, beside, deviations, generate};
use tenantry::layout;

/// What of an example people write.
fn is_written(path: &str) -> bool {
    let configures = || {
        let mut names = path.split('/');
        names.next() == Some("components") && names.nth(1) == Some("configs")
    };
    path == "platform.yaml"
        || path.starts_with("platform/")
        || path.starts_with("manifests/")
        || configures()
}

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut examples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("platform.yaml").is_file())
        .collect();
    examples.sort();
    examples
}

#[test]
fn examples_are_what_their_descriptions_mean() {
    let examples = examples();
    assert!(examples.len() >= 3, "where are the examples? {examples:?}");
    for example in examples {
        let disk = Disk::new(&example);
        let generated = generate(&disk).unwrap();
        let mut meant: BTreeMap<String, Vec<u8>> = generated
            .tree
            .iter()
            .map(|(path, file)| (path.to_string(), file.bytes.to_vec()))
            .chain(
                beside(&generated.layout.manifest.name)
                    .unwrap()
                    .into_iter()
                    .map(|(path, bytes)| (path.to_string(), bytes)),
            )
            .collect();
        for path in disk.list(None).unwrap() {
            let generated = path.as_str().starts_with(".tenantry/lock/")
                && !path.as_str().ends_with("/layout.lock");
            if is_written(path.as_str()) || generated {
                continue;
            }
            let meant = meant.remove(path.as_str());
            let meant =
                meant.unwrap_or_else(|| panic!("{} has {path} for no reason", example.display()));
            let there = disk.read(&path).unwrap().unwrap();
            assert!(there == meant, "{} differs in {path}", example.display());
        }
        assert!(meant.is_empty(), "{} lacks {:?}", example.display(), meant.keys());
        assert_eq!(
            deviations(&generated, &disk, &example).unwrap(),
            [],
            "the lock of {}",
            example.display()
        );
        assert_eq!(generated.platform.warnings, [], "{}", example.display());
    }
}

#[test]
fn the_tests_of_examples_pass() {
    for example in examples() {
        let run = assert_cmd::Command::new(env!("CARGO_BIN_EXE_tenantry"))
            .arg("test")
            .current_dir(&example)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
        assert!(run.status.success(), "{}:\n{told}", example.display());
    }
}

#[test]
fn every_layout_has_an_example_that_is_grown() {
    let mut grown = BTreeSet::new();
    for example in examples() {
        let Generated { platform, layout, placed, .. } = generate(&Disk::new(&example)).unwrap();
        let is_grown = platform.clusters.len() >= 4
            && platform.settings.environments.len() >= 2
            && platform.tenants.len() >= 6
            && platform.components.len() >= 8
            && !placed.is_empty()
            && example.join("platform/tests").is_dir();
        if is_grown {
            grown.insert(layout.manifest.name);
        }
    }
    let all = layout::embedded().into_iter().map(|layout| layout.manifest.name);
    assert_eq!(grown, all.collect());
}
