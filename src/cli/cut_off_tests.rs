//! Real commands, killed before each single operation on the disk, and the next command that finishes them.
//!
//! This test binary runs itself: with a variable set that kills it after so many operations, one ignored test of this file is the
//! command. Nothing is synced between two operations, so what a kill leaves is what the next process sees.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::sync::CUT_OFF_AFTER as VARIABLE;

const ARGUMENTS: &str = "TENANTRY_TEST_ARGUMENTS";

const PLATFORM: &[(&str, &str)] = &[
    (
        "platform.yaml",
        "apiVersion: tenantry.dev/v1\nname: acme-fleet\nrepository: { url: https://github.com/acme/fleet }\n\
         environments:\n  - name: production\nflux: { version: 2.9.4 }\n",
    ),
    ("platform/clusters/prod.yaml", "environment: production\n"),
    ("platform/tenants/shop.yaml", "owner: [\"@acme/shop\"]\nnamespaces: [shop]\nplacement: all\n"),
    ("platform/tenants/gone.yaml", "owner: [\"@acme/gone\"]\nnamespaces: [gone]\nplacement: all\n"),
    (
        ".tenantry/layout/layout.yaml",
        "name: small\nversion: 1.0.0\nsummary: A small layout\ncontext: 1\n\
         roles: { tenant: [tenant], groups: [edit, view] }\n",
    ),
    (
        ".tenantry/layout/tenants/{tenant}/notes.md.tera",
        "# {{ tenant.name }}\n\nBelongs to\n{% for owner in tenant.owner %}- {{ owner }}\n{% endfor %}\n\
         Here\nis\nmore\n",
    ),
    (".tenantry/layout/tenants/{tenant}/more.md.tera", "{{ tenant.name }}\n"),
];

/// What lies in a folder: each file by its path, with its bytes.
type Files = BTreeMap<String, String>;

/// The command that a test of this file is in another process.
#[test]
#[ignore = "is the command that the tests of this file run"]
fn command() {
    let words = std::env::var(ARGUMENTS).unwrap();
    let words = std::iter::once("tenantry").chain(words.split(' ')).map(Into::into);
    let code = super::main(words);
    // Nothing of the test itself is of interest.
    let failed = format!("{code:?}") != format!("{:?}", std::process::ExitCode::SUCCESS);
    assert!(!failed, "the command failed");
}

/// Runs a command; killed after some operations, or to its end. Says whether it came there.
fn run(folder: &Path, words: &str, operations: Option<usize>) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["cli::cut_off_tests::command", "--exact", "--ignored", "--nocapture"])
        .current_dir(folder)
        .env_remove(VARIABLE)
        .env(ARGUMENTS, words)
        // One after the other, so that the count tells which one was the last.
        .env("RAYON_NUM_THREADS", "1");
    if let Some(operations) = operations {
        command.env(VARIABLE, operations.to_string());
    }
    let output = command.output().unwrap();
    let killed = output.status.code().is_none();
    assert!(
        output.status.success() || killed,
        "`{words}` failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    !killed
}

fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn write(root: &Path, files: &Files) {
    for (name, text) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn read(root: &Path) -> Files {
    fn gather(root: &Path, folder: &Path, files: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(root, &path, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, String::from_utf8(fs::read(path).unwrap()).unwrap());
            }
        }
    }
    let mut files = Files::new();
    gather(root, root, &mut files);
    files
}

/// The platform, generated, with another folder's files beside it.
fn generated() -> Files {
    let root = folder();
    let files = PLATFORM.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    write(root.path(), &files.collect());
    assert!(run(root.path(), "generate --quiet", None));
    read(root.path())
}

/// Kills a command before each of its operations; `next` then finishes what was begun. Gives the files before and afterwards.
fn kill_everywhere(before: &Files, words: &str, next: &str, edits: &[&str]) {
    let whole = folder();
    write(whole.path(), before);
    assert!(run(whole.path(), words, None));
    let after = read(whole.path());
    assert_ne!(&after, before);
    let mut finished = 0;
    let mut operations = 0;
    loop {
        let root = folder();
        write(root.path(), before);
        if run(root.path(), words, Some(operations)) {
            break;
        }
        let pending = root.path().join(".tenantry/journal").exists();
        let began = pending || finished > 0;
        // What a person does in between: another line at the end of a file.
        let edit = edits.get(operations % (edits.len() + 1));
        let edited = edit.filter(|name| pending && root.path().join(name).is_file());
        if let Some(name) = edited {
            let path = root.path().join(name);
            let text = fs::read_to_string(&path).unwrap() + "# mine\n";
            fs::write(path, text).unwrap();
        }
        assert!(run(root.path(), next, None));
        let found = read(root.path());
        let what = format!("`{words}`, killed after {operations} operations");
        match edited {
            Some(name) => {
                assert!(found[*name].contains("# mine\n"), "{what}: {name} lost an edit");
                let others = |files: &Files| -> Files {
                    let of_edit = |path: &str| {
                        path == *name
                            || path.starts_with(".tenantry/lock/")
                            || path.starts_with(".tenantry/base/")
                    };
                    files
                        .iter()
                        .filter(|(path, _)| !of_edit(path))
                        .map(|(path, text)| (path.clone(), text.clone()))
                        .collect()
                };
                assert_eq!(others(&found), others(&after), "{what}, {name} edited");
            }
            None if began || next == words => assert_eq!(found, after, "{what}"),
            None => assert_eq!(&found, before, "{what}"),
        }
        finished += usize::from(pending);
        operations += 1;
    }
    assert!(finished > 10, "only {finished} of {operations} operations were after the journal");
}

#[test]
fn a_new_tenant() {
    let mut before = generated();
    let web = "owner: [\"@acme/web\"]\nnamespaces: [web]\nplacement: all\n";
    before.insert("web.yaml".to_owned(), web.to_owned());
    let edits = ["platform/tenants/web.yaml", "tenants/web/notes.md", "tenants/shop/notes.md"];
    kill_everywhere(&before, "create tenant --from web.yaml --quiet", "generate --quiet", &edits);
}

#[test]
fn a_changed_field() {
    let words = "set tenant shop owner=[\"@acme/other\"] --quiet";
    kill_everywhere(&generated(), words, "generate --quiet", &["tenants/gone/notes.md"]);
}

#[test]
fn a_generation_that_merges_writes_and_deletes() {
    let mut before = generated();
    // An edit that the next generation is merged with, whose base is kept.
    before.get_mut("tenants/shop/notes.md").unwrap().push_str("and mine\n");
    let root = folder();
    write(root.path(), &before);
    assert!(run(root.path(), "generate --quiet", None));
    let mut before = read(root.path());
    assert!(before.keys().any(|name| name.starts_with(".tenantry/base/")));
    before.remove("platform/tenants/gone.yaml");
    let shop = before.get_mut("platform/tenants/shop.yaml").unwrap();
    *shop = shop.replace("@acme/shop", "@acme/other");
    let words = "generate --quiet";
    kill_everywhere(
        &before,
        words,
        words,
        &["platform/clusters/prod.yaml", "tenants/shop/more.md"],
    );
}

#[test]
fn a_deleted_tenant() {
    let words = "delete tenant gone --confirm gone --quiet";
    kill_everywhere(&generated(), words, "generate --quiet", &["tenants/shop/notes.md"]);
}
