//! Two runs at once, and a run that was cut off.

use std::fs::{self, File};

use insta::assert_snapshot;

use crate::scratch::Test;

/// What another run leaves while it is under way: its lock, held until the file is dropped.
fn held(test: &Test) -> File {
    let text = "process 4711\nhost build-1\nsince 0\ncommand create tenant\n";
    test.write(".tenantry/run.lock", text);
    let file = File::open(test.at(".tenantry/run.lock")).unwrap();
    file.lock().unwrap();
    file
}

/// The age of a run that began in 1970 grows.
fn masked(text: &str) -> String {
    regex::Regex::new("[0-9]+ years").unwrap().replace_all(text, "[n] years").into_owned()
}

/// The journal of a run that was cut off before it wrote anything.
fn cut_off(test: &Test) {
    journal(test, "write - 4 a/new\nnew\n\ndelete - a/never\n");
}

/// A journal with these entries, as it is written.
fn journal(test: &Test, entries: &str) {
    use sha1::{Digest as _, Sha1};
    let body = format!("tenantry journal 1\ncommand set tenant shop\n{entries}");
    let sum: String = Sha1::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    test.write(".tenantry/journal", format!("{body}end {sum}\n"));
}

#[test]
fn a_second_run_waits_and_then_says_who_holds_the_platform() {
    let test = Test::generated().edit("platform/tenants/shop.yaml", "branch: main", "branch: next");
    let lock = held(&test);
    assert_snapshot!(masked(&test.refuses("generate")), @"
    Waiting for `tenantry create tenant`, process 4711 on build-1, which began [n] years ago
    another-run

      x `tenantry create tenant`, process 4711 on build-1, which began [n] years ago holds the platform
      help: nothing was written; run it again when that is done
    ");
    drop(lock);
    test.does("generate");
    assert!(!test.at(".tenantry/run.lock").exists());
}

#[test]
fn a_run_waits_for_another_one_that_is_soon_over() {
    let test = Test::generated().edit("platform/tenants/shop.yaml", "branch: main", "branch: next");
    let lock = held(&test);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| test.run("generate"));
        std::thread::sleep(std::time::Duration::from_millis(100));
        drop(lock);
        assert_eq!(run.join().unwrap().code, 0);
    });
}

#[test]
fn who_only_reads_is_not_kept_out() {
    let test = Test::generated();
    let lock = held(&test);
    test.answers("generate --check");
    test.answers("generate --dry-run");
    cut_off(&test);
    assert_snapshot!(masked(&test.unchanged("generate --check", 0).stderr), @"
    another-run

      ! `tenantry create tenant`, process 4711 on build-1, which began [n] years ago is writing right
      | now
      help: run it again when that is done
    ");
    drop(lock);
}

#[test]
fn a_run_that_was_cut_off_is_told_by_readers_and_finished_by_writers() {
    let test = Test::generated();
    cut_off(&test);
    assert_snapshot!(test.unchanged("get tenants", 0).stderr, @"
    cut-off-run

      ! a run of `tenantry set tenant shop` was cut off before it had written all of its 2 files
      help: `tenantry generate` finishes it, as every command does that writes
    ");
    assert_snapshot!(test.finds("generate --check"), @"
    39 files are what the description means, and a run was cut off.
    cut-off-run

      ! a run of `tenantry set tenant shop` was cut off before it had written all of its 2 files
      help: `tenantry generate` finishes it, as every command does that writes
    ");
    let json = test.unchanged("generate --check --output json", 3).stdout;
    let envelope: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(envelope["data"]["inSync"], false);
    assert_eq!(envelope["diagnostics"][0]["code"], "cut-off-run");
    test.unchanged("set tenant shop quota.cpu=9 --dry-run", 0);
    assert_snapshot!(test.does("generate"), @"
    Nothing to do: 39 files are what the description means.
    cut-off-run

      ! a run of `tenantry set tenant shop` had been cut off; what it had yet to write is written
    ");
    assert_eq!(test.read("a/new"), "new\n");
    test.answers("generate --check");
}

#[test]
fn what_somebody_changed_since_is_left_alone_and_named() {
    let test = Test::generated().file("a/new", "mine\n");
    cut_off(&test);
    assert_snapshot!(test.does("generate"), @"
    Nothing to do: 39 files are what the description means.
    cut-off-run

      ! a run of `tenantry set tenant shop` had been cut off; what it had yet to write is written, but
      | for what was changed since:
      |   a/new
      help: these files are as they were left; `tenantry generate` tells what is off
    ");
    assert_eq!(test.read("a/new"), "mine\n");
}

#[test]
fn who_wants_to_hear_nothing_hears_of_files_that_were_left_alone() {
    let test = Test::generated().file("a/new", "mine\n");
    cut_off(&test);
    let told = test.unchanged("get tenants --quiet", 0).stderr;
    assert!(told.contains("was cut off before it had written all of its 2 files"), "{told}");
    assert_snapshot!(test.does("generate --quiet"), @"
    cut-off-run

      ! a run of `tenantry set tenant shop` had been cut off; what it had yet to write is written, but
      | for what was changed since:
      |   a/new
      help: these files are as they were left; `tenantry generate` tells what is off
    ");
    assert_eq!(test.does("generate --quiet"), "");
}

/// A journal may lie there while another branch is checked out: it is no part of any.
#[test]
fn a_journal_that_outlives_a_branch_switch_writes_nothing_over_what_the_branch_has() {
    const SHOP: &str = "platform/tenants/shop.yaml";
    const NOTES: &str = "notes.md";
    let test = Test::generated().file(NOTES, "main\n").committed();
    test.git("", "switch --quiet --create other");
    test.write(NOTES, "other\n");
    let theirs = test.read(SHOP).replace("branch: main", "branch: next");
    test.write(SHOP, &theirs);
    test.does("generate");
    test.git("", "add --all");
    test.git("", "commit --quiet --message other");
    test.git("", "switch --quiet main");
    let shop = test.read(SHOP);
    let blob = |text: &str| {
        test.write("../blob", text);
        test.git("", "hash-object ../blob").trim().to_owned()
    };
    let (mine, same) = (shop.replace("branch: main", "branch: mine"), test.read(".gitattributes"));
    let more = format!("{same}# more\n");
    let entry = |path: &str, before: &str, after: &str| {
        format!("write {} {} {path}\n{after}\n", blob(before), after.len())
    };
    let entries = [
        entry(".gitattributes", &same, &more),
        entry(NOTES, "main\n", "mine\n"),
        entry(SHOP, &shop, &mine),
    ];
    journal(&test, &entries.concat());
    test.git("", "switch --quiet other");
    let told = test.does("generate");
    assert!(told.contains("for what was changed since:"), "{told}");
    assert!(told.contains(NOTES) && told.contains(SHOP), "{told}");
    assert!(!told.contains("  .gitattributes"), "{told}");
    assert_eq!(test.read(NOTES), "other\n");
    assert_eq!(test.read(SHOP), theirs);
    assert_eq!(test.read(".gitattributes"), more);
    test.answers("generate --check");
}

#[test]
fn a_journal_that_is_not_whole_is_dropped() {
    let test = Test::generated().file(".tenantry/journal", "tenantry journal 1\ncommand set");
    test.answers("generate --check");
    test.does("generate");
    assert!(!test.at(".tenantry/journal").exists());
    let later = test.file(".tenantry/journal", "tenantry journal 2\n");
    assert_snapshot!(later.refuses("generate"), @"
    cannot-write

      x `.tenantry/journal` is of version 2, and this program reads 1: the tenantry that wrote it
      | finishes it
    ");
    assert_snapshot!(later.refuses("get tenants"), @"
    cannot-write

      x `.tenantry/journal` is of version 2, and this program reads 1: the tenantry that wrote it
      | finishes it
    ");
}

#[test]
fn neither_journal_nor_lock_is_ever_committed() {
    let test = Test::generated().without(".tenantry/.gitignore").committed();
    test.write(".tenantry/journal.new", "torn");
    let lock = held(&test);
    drop(lock);
    test.does("set tenant shop quota.cpu=9 --commit");
    let (_, paths) = test.last_commit();
    assert!(paths.iter().all(|path| !path.contains("journal") && !path.contains("run.lock")));
    assert!(fs::read_dir(test.at(".tenantry")).unwrap().all(|entry| {
        let name = entry.unwrap().file_name();
        name != "journal" && name != "journal.new" && name != "run.lock"
    }));
}
