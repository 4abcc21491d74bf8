//! A run that is cut off before each single operation on the disk, and the next one that finishes it.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::fault::Faults;
use super::*;

/// What a command writes here: a new file of the description, another one that changes and one that goes, and what is
/// generated from them, with new folders and one that is left empty.
const BEFORE: &[(&str, &str)] = &[
    ("README.md", "r1"),
    ("infra/kept", "k"),
    ("tenants/a/one", "1"),
    ("tenants/a/two", "2"),
    ("tenants/gone/one", "g"),
    ("was-file", "f"),
    ("was-folder/one", "f"),
];
const DESCRIBED_BEFORE: &[(&str, &str)] = &[("platform.yaml", "p1"), ("platform/gone.yaml", "g")];
const DESCRIBED_AFTER: &[(&str, Option<&str>)] = &[
    ("platform.yaml", Some("p2")),
    ("platform/gone.yaml", None),
    ("platform/tenants/b.yaml", Some("b")),
];

const LOCK_OF_GONE: &str = ".tenantry/lock/tenants/gone.lock";

/// The last file is longer than what is written at once.
fn after() -> Tree {
    let long = "long\n".repeat(2000);
    tree(&[
        ("README.md", "r2"),
        ("infra/kept", "k"),
        ("tenants/a/one", "new"),
        ("tenants/a/two", "2"),
        ("tenants/b/deep/one", "b"),
        ("tenants/b/long", &long),
        ("was-file/one", "f"),
        ("was-folder", "f"),
    ])
}

fn platform() -> Platform {
    let platform = Platform::generated(&tree(BEFORE));
    for (name, text) in DESCRIBED_BEFORE {
        platform.write(name, text);
    }
    platform
}

/// Everything in a folder but what is empty: each file with its bytes.
fn everything(platform: &Platform) -> BTreeMap<String, String> {
    fn gather(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, String::from_utf8(fs::read(path).unwrap()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    gather(platform.folder.path(), platform.folder.path(), &mut found);
    found
}

fn without_lock(mut files: BTreeMap<String, String>) -> BTreeMap<String, String> {
    files.retain(|name, _| !name.starts_with(LOCK_FOLDER));
    files
}

/// Runs the command; nothing if it is cut off after this many operations.
fn run(platform: &Platform, operations: usize) -> Option<Report> {
    let after = after();
    let plan = platform.plan(&after).unwrap();
    let mut writes = Writes::of("set tenant b");
    for (name, text) in DESCRIBED_AFTER {
        let before = platform.text(name);
        writes.put(path(name), before.as_deref().map(str::as_bytes), text.map(str::as_bytes));
    }
    writes.add_plan(&plan, &after).unwrap();
    Faults::cut_off_after(operations, || writes.carry_out(platform.folder.path()).unwrap())
}

fn finished(platform: &Platform) -> Option<Finished> {
    finish(platform.folder.path()).unwrap()
}

/// Every number of operations after which the run is cut off.
fn each_cut(mut check: impl FnMut(usize, Platform)) {
    for operations in 0.. {
        let platform = platform();
        if run(&platform, operations).is_some() {
            assert!(operations > 30, "only {operations} operations were counted");
            return;
        }
        check(operations, platform);
    }
}

/// How the platform is before and after a run that nobody disturbs.
fn ends() -> [BTreeMap<String, String>; 2] {
    let platform = platform();
    let before = everything(&platform);
    run(&platform, usize::MAX).unwrap();
    let after = everything(&platform);
    assert_eq!(platform.check(&self::after()), "");
    assert!(!platform.at("tenants/gone").exists());
    [before, after]
}

#[test]
fn a_run_that_is_cut_off_anywhere_had_no_effect_or_is_finished_by_the_next() {
    let [before, after] = ends();
    let mut seen = [0, 0];
    each_cut(|operations, platform| {
        let was_pending = pending(platform.folder.path()).unwrap().is_some();
        let finished = finished(&platform);
        assert_eq!(finished.is_some(), was_pending);
        let expected = if was_pending { &after } else { &before };
        // Cut off when only the journal was left to be taken away, it is finished as well.
        assert_eq!(&everything(&platform), expected, "cut off after {operations} operations");
        assert!(finished.is_none_or(|finished| finished.report.left_alone.is_empty()));
        assert_eq!(platform.at("tenants/gone").exists(), !was_pending);
        seen[usize::from(was_pending)] += 1;
    });
    assert!(seen[0] > 3 && seen[1] > 30, "{seen:?}");
}

#[test]
fn finishing_may_be_cut_off_as_well() {
    let [_, after] = ends();
    each_cut(|operations, cut_off| {
        if pending(cut_off.folder.path()).unwrap().is_none() {
            return;
        }
        for again in 0.. {
            let platform = copy(&cut_off);
            let root = platform.folder.path();
            let whole = Faults::cut_off_after(again, || finish(root).unwrap()).is_some();
            finished(&platform);
            assert_eq!(everything(&platform), after, "cut off after {operations} and {again}");
            if whole {
                break;
            }
        }
    });
}

fn copy(platform: &Platform) -> Platform {
    let copy = Platform::empty();
    for (name, text) in everything(platform) {
        copy.write(&name, &text);
    }
    copy
}

#[test]
fn what_a_person_changes_before_a_run_is_finished_is_kept() {
    let [before, after] = ends();
    let touched: Vec<&String> = before
        .keys()
        .chain(after.keys())
        .filter(|name| before.get(*name) != after.get(*name))
        .collect();
    let mut left_alone = 0;
    each_cut(|operations, cut_off| {
        if pending(cut_off.folder.path()).unwrap().is_none() {
            return;
        }
        for name in &touched {
            if name.starts_with(LOCK_FOLDER) || name.starts_with("was-") {
                continue; // no work of a person's; not a file at every point
            }
            let what = format!("{name}, cut off after {operations} operations");
            let platform = copy(&cut_off);
            platform.write(name, "mine\n");
            let report = finished(&platform).unwrap().report;
            assert_eq!(report.left_alone, [path(name)], "{what}");
            left_alone += 1;
            let mut expected = without_lock(after.clone());
            expected.insert((*name).clone(), "mine\n".to_owned());
            assert_eq!(without_lock(everything(&platform)), expected, "{what}");
            // The next run sees it for what it is, and does not take it for what was generated.
            let forgotten = **name == "tenants/gone/one" && !platform.at(LOCK_OF_GONE).exists();
            let described = DESCRIBED_AFTER.iter().any(|(other, _)| other == name);
            let said = platform.check(&self::after());
            assert_eq!(said.is_empty(), described || forgotten, "{what}: {said}");
            let _ = platform.plan(&self::after()).map(|plan| {
                let _ = apply(&plan, &self::after(), platform.folder.path());
            });
            assert!(platform.text(name).unwrap().contains("mine\n"), "{what}");
        }
    });
    assert!(left_alone > 100);
}

#[test]
fn what_a_person_deletes_before_a_run_is_finished_is_no_obstacle() {
    let [before, after] = ends();
    each_cut(|operations, cut_off| {
        for name in before.keys().chain(after.keys()) {
            let platform = copy(&cut_off);
            if platform.text(name).is_none() || pending(platform.folder.path()).unwrap().is_none() {
                continue;
            }
            platform.delete(name);
            let report = finished(&platform).unwrap().report;
            let mut found = everything(&platform);
            let mut expected = after.clone();
            if !name.starts_with(LOCK_FOLDER) {
                // What the lock says of a file that stays deleted is another matter.
                (found, expected) = (without_lock(found), without_lock(expected));
            }
            let deleted = !found.contains_key(name);
            if deleted {
                expected.remove(name);
            }
            assert_eq!(found, expected, "{name}, cut off after {operations} operations");
            // A new file is simply there again; of another one it is told.
            assert!(
                !deleted
                    || !after.contains_key(name)
                    || !before.contains_key(name)
                    || before[name] == after[name]
                    || report.left_alone == [path(name)]
            );
        }
    });
}
