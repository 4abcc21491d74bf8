//! The behaviour of plan, check and apply, row by row, on real folders.

#![allow(clippy::unwrap_used)]

mod cut_off;
mod edited;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::files::{Disk, Files as _};
use crate::path::RepoPath;
use crate::spec::EntityKind;
use crate::tree::{EntityRef, LoopValues, Ownership, Tree, TreeFile};

/// A platform in a folder of its own.
struct Platform {
    folder: tempfile::TempDir,
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

/// A tree of `path: text`; what lies below a folder `tenants/NAME` belongs to that tenant.
fn tree(files: &[(&str, &str)]) -> Tree {
    owned(Ownership::Managed, files)
}

fn owned(ownership: Ownership, files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::default();
    for (name, text) in files {
        let tenant = name.strip_prefix("tenants/").and_then(|rest| rest.split('/').next());
        let entity = tenant.map(|name| EntityRef { kind: EntityKind::Tenant, name: name.into() });
        let file = TreeFile {
            bytes: text.as_bytes().to_vec(),
            ownership,
            template: path("template.tera"),
            entity,
            loops: LoopValues::default(),
        };
        tree.insert(path(name), file);
    }
    tree
}

impl Platform {
    fn empty() -> Self {
        // A disk in memory where there is one: each journal is synced.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self { folder: folder.unwrap() }
    }

    /// A platform where a tree was generated before.
    fn generated(tree: &Tree) -> Self {
        let platform = Self::empty();
        platform.generate(tree).unwrap();
        platform
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        fs::write(self.at(name), text).unwrap();
        self
    }

    fn delete(&self, name: &str) -> &Self {
        fs::remove_file(self.at(name)).unwrap();
        self
    }

    fn text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.at(name)).ok()
    }

    /// Every file but the lock's, each with its text.
    fn files(&self) -> String {
        let disk = Disk::new(self.folder.path());
        let mut text = String::new();
        for path in disk.survey(None).files {
            if !path.as_str().starts_with(".tenantry/") {
                let bytes = disk.read(&path).unwrap().unwrap();
                writeln!(text, "{path}: {}", String::from_utf8(bytes).unwrap()).unwrap();
            }
        }
        text
    }

    fn lock(&self) -> Lock {
        Lock::load(&Disk::new(self.folder.path())).unwrap()
    }

    fn plan(&self, tree: &Tree) -> Result<Plan, Vec<Diagnostic>> {
        Plan::new(tree, self.folder.path(), &self.lock(), &NoBases, &Wishes::default())
    }

    fn apply(&self, plan: &Plan, tree: &Tree) -> Result<Report, SyncError> {
        apply(plan, tree, self.folder.path())
    }

    fn generate(&self, tree: &Tree) -> Result<Plan, Vec<Diagnostic>> {
        let plan = self.plan(tree)?;
        apply(&plan, tree, self.folder.path()).unwrap();
        Ok(plan)
    }

    /// `change path` a line, without what is unchanged.
    fn changes(&self, tree: &Tree) -> String {
        let plan = self.generate(tree).unwrap();
        let actions = plan.actions.iter().filter(|action| action.change != Change::Unchanged);
        actions.map(|action| format!("{} {}\n", action.change.as_str(), action.path)).collect()
    }

    /// `reason path` a line.
    fn check(&self, tree: &Tree) -> String {
        let deviations = check(tree, self.folder.path(), &self.lock(), &NoBases).unwrap();
        deviations.iter().map(|each| format!("{} {}\n", each.reason.as_str(), each.path)).collect()
    }

    /// The messages of a refusal, after which every file is as before.
    fn refusal(&self, tree: &Tree) -> String {
        let before = (self.files(), self.lock());
        let refusals = self.plan(tree).unwrap_err();
        assert_eq!((self.files(), self.lock()), before);
        refusals.iter().map(|each| format!("{}: {}\n", each.code, each.message)).collect()
    }
}

const OLD: &[(&str, &str)] = &[("README.md", "r1"), ("tenants/a/one", "1"), ("tenants/a/two", "2")];
const NEW: &[(&str, &str)] =
    &[("README.md", "r1"), ("tenants/a/one", "new"), ("tenants/a/two", "2")];

#[test]
fn a_tree_is_written_to_an_empty_folder_and_is_in_sync() {
    let platform = Platform::empty();
    assert_eq!(
        platform.check(&tree(OLD)),
        "missing README.md\nmissing tenants/a/one\nmissing tenants/a/two\n"
    );
    let plan = platform.plan(&tree(OLD)).unwrap();
    let report = apply(&plan, &tree(OLD), platform.folder.path()).unwrap();
    assert_eq!(report.created.len(), 3);
    assert_eq!(
        report.lock,
        [path(".tenantry/lock/platform.lock"), path(".tenantry/lock/tenants/a.lock")]
    );
    assert_eq!(platform.files(), "README.md: r1\ntenants/a/one: 1\ntenants/a/two: 2\n");
    assert_eq!(platform.check(&tree(OLD)), "");
    assert!(platform.plan(&tree(OLD)).unwrap().is_empty());
}

#[test]
fn an_unedited_file_is_written_anew_and_keeps_its_mode() {
    let platform = Platform::generated(&tree(OLD));
    fs::set_permissions(platform.at("tenants/a/one"), fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(platform.check(&tree(NEW)), "stale tenants/a/one\n");
    assert_eq!(platform.changes(&tree(NEW)), "written tenants/a/one\n");
    assert_eq!(platform.text("tenants/a/one").unwrap(), "new");
    let mode = fs::metadata(platform.at("tenants/a/one")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
    assert_eq!(platform.check(&tree(NEW)), "");
}

#[test]
fn the_lock_learns_what_is_already_as_generated() {
    let platform = Platform::generated(&tree(OLD));
    platform.write("tenants/a/one", "new");
    assert_eq!(platform.check(&tree(NEW)), "lock-stale tenants/a/one\n");
    assert_eq!(platform.changes(&tree(NEW)), "adopted tenants/a/one\n");
    assert_eq!(platform.check(&tree(NEW)), "");
}

#[test]
fn an_edit_stays_while_the_same_is_generated() {
    let platform = Platform::generated(&tree(OLD));
    platform.write("tenants/a/one", "mine");
    assert_eq!(platform.check(&tree(OLD)), "edited tenants/a/one\nbase-not-kept tenants/a/one\n");
    assert_eq!(platform.changes(&tree(OLD)), "kept tenants/a/one\n");
    assert_eq!(platform.check(&tree(OLD)), "edited tenants/a/one\n");
    assert_eq!(platform.text("tenants/a/one").unwrap(), "mine");
    assert!(!Reason::Edited.fails());
}

#[test]
fn an_edit_whose_base_is_lost_is_a_conflict() {
    let platform = Platform::generated(&tree(OLD));
    platform.write("tenants/a/one", "mine");
    assert_eq!(platform.check(&tree(NEW)), "edited-and-stale tenants/a/one\n");
    assert_eq!(platform.changes(&tree(NEW)), "conflict tenants/a/one\n");
    insta::assert_snapshot!(platform.text("tenants/a/one").unwrap(), @"
    <<<<<<< edited by hand
    mine
    =======
    new
    >>>>>>> generated now
    ");
    assert_eq!(platform.check(&tree(NEW)), "conflict-markers tenants/a/one\n");
}

#[test]
fn what_was_deleted_by_hand_stays_deleted() {
    let platform = Platform::generated(&tree(OLD));
    platform.delete("tenants/a/one");
    for tree in [tree(OLD), tree(NEW)] {
        assert_eq!(platform.check(&tree), "deleted tenants/a/one\n");
        assert_eq!(platform.changes(&tree), "stays-deleted tenants/a/one\n");
        assert_eq!(platform.text("tenants/a/one"), None);
    }
    assert_eq!(
        platform.changes(&tree(&OLD[..1])),
        "forgotten tenants/a/one\ndeleted tenants/a/two\n"
    );
    assert_eq!(platform.check(&tree(&OLD[..1])), "");
}

#[test]
fn what_is_generated_no_more_goes_with_its_empty_folders() {
    let platform = Platform::generated(&tree(OLD));
    platform.write("tenants/mine", "m");
    assert_eq!(platform.check(&tree(&OLD[..1])), "orphan tenants/a/one\norphan tenants/a/two\n");
    assert_eq!(
        platform.changes(&tree(&OLD[..1])),
        "deleted tenants/a/one\ndeleted tenants/a/two\n"
    );
    assert!(!platform.at("tenants/a").exists());
    assert!(!platform.at(".tenantry/lock/tenants").exists());
    assert_eq!(platform.files(), "README.md: r1\ntenants/mine: m\n");
}

#[test]
fn an_edited_file_that_is_generated_no_more_is_refused() {
    let platform = Platform::generated(&tree(OLD));
    platform.write("tenants/a/one", "mine");
    insta::assert_snapshot!(platform.refusal(&tree(&OLD[..1])), @"edited-by-hand: `tenants/a/one` was edited by hand, and nothing is generated for it any more");
}

#[test]
fn a_file_that_was_not_generated_is_in_the_way_unless_it_says_the_same() {
    let platform = Platform::empty();
    platform.write("README.md", "mine").write("tenants/a/two", "2");
    insta::assert_snapshot!(platform.refusal(&tree(OLD)), @"file-in-the-way: `README.md` lies where a file is to be generated, and was not generated");
    assert_eq!(
        platform.check(&tree(OLD)),
        "in-the-way README.md\nmissing tenants/a/one\nlock-stale tenants/a/two\n"
    );
    platform.write("README.md", "r1");
    assert_eq!(
        platform.changes(&tree(OLD)),
        "adopted README.md\ncreated tenants/a/one\nadopted tenants/a/two\n"
    );
}

#[test]
fn markers_of_a_conflict_are_refused() {
    let platform = Platform::generated(&tree(OLD));
    platform.write("tenants/a/one", "<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> other\n");
    for tree in [tree(OLD), tree(NEW), tree(&OLD[..1])] {
        assert!(platform.refusal(&tree).starts_with("conflict-markers: `tenants/a/one`"));
        assert!(platform.check(&tree).contains("conflict-markers tenants/a/one\n"));
    }
    assert!(Reason::ConflictMarkers.fails());
}

#[test]
fn everything_that_stands_against_a_plan_is_told_at_once() {
    let platform = Platform::generated(&tree(OLD));
    platform
        .write("tenants/a/one", "<<<<<<< a\n")
        .write("other", "o")
        .write("folder/in", "")
        .write("file", "");
    symlink("/", platform.at("out")).unwrap();
    symlink("README.md", platform.at("link")).unwrap();
    fs::create_dir_all(platform.at("Case")).unwrap();
    let mut files = NEW.to_vec();
    files.extend([
        ("other", "x"),
        ("folder", "x"),
        ("file/below", "x"),
        ("file/too", "x"),
        ("out/etc/motd", "x"),
        ("out/tmp/x", "x"),
        ("link", "x"),
        ("case/new", "x"),
        ("readme.md", "x"),
    ]);
    insta::assert_snapshot!(platform.refusal(&tree(&files)), @r"
    file-in-the-way: `case` is to be generated, and `Case` differs from it in case only
    file-in-the-way: `file` is a file where a folder is to be
    file-in-the-way: `folder` is a folder where a file is to be generated
    symlink-in-the-way: `link` is a symbolic link; nothing is written through it
    file-in-the-way: `other` lies where a file is to be generated, and was not generated
    symlink-in-the-way: `out` is a symbolic link; nothing is written through it
    file-in-the-way: `readme.md` is to be generated, and `README.md` differs from it in case only
    conflict-markers: `tenants/a/one` carries the markers of an unresolved merge
    ");
}

#[test]
fn nothing_is_read_written_or_deleted_through_a_link() {
    let outside = Platform::empty();
    outside.write("one", "1").write("two", "2");
    let platform = Platform::generated(&tree(OLD));
    fs::remove_dir_all(platform.at("tenants/a")).unwrap();
    symlink(outside.folder.path(), platform.at("tenants/a")).unwrap();
    for tree in [tree(OLD), tree(NEW), tree(&OLD[..1])] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(platform.refusal(&tree), @"symlink-in-the-way: `tenants/a` is a symbolic link; nothing is written through it");
        }
        assert!(platform.check(&tree).contains("symlink tenants/a\n"));
    }
    assert_eq!(outside.files(), "one: 1\ntwo: 2\n");
}

#[test]
fn a_link_that_appears_after_planning_is_not_followed() {
    let outside = Platform::empty();
    let platform = Platform::empty();
    let plan = platform.plan(&tree(OLD)).unwrap();
    symlink(outside.folder.path(), platform.at("tenants")).unwrap();
    let error = apply(&plan, &tree(OLD), platform.folder.path()).unwrap_err();
    insta::assert_snapshot!(error, @"files were changed meanwhile and left alone: `tenants/a/one`, `tenants/a/two`; 3 files were written");
    assert_eq!(outside.files(), "");
    assert_eq!(platform.lock().iter().count(), 1, "the lock knows what was written");
}

#[test]
fn an_edit_after_planning_is_left_alone_and_the_next_run_goes_on() {
    let platform = Platform::generated(&tree(OLD));
    let gone = &[("tenants/a/one", "new"), ("tenants/a/two", "2")];
    let plan = platform.plan(&tree(gone)).unwrap();
    platform.write("tenants/a/one", "mine");
    let error = apply(&plan, &tree(gone), platform.folder.path()).unwrap_err();
    insta::assert_snapshot!(error, @"a file was changed meanwhile and left alone: `tenants/a/one`; 3 files were written");
    assert_eq!(platform.files(), "tenants/a/one: mine\ntenants/a/two: 2\n");
    assert_eq!(platform.check(&tree(gone)), "edited-and-stale tenants/a/one\n");
    platform.write("tenants/a/one", "1");
    platform.generate(&tree(gone)).unwrap();
    assert_eq!(platform.files(), "tenants/a/one: new\ntenants/a/two: 2\n");
    assert_eq!(platform.check(&tree(gone)), "");
}

#[test]
fn a_file_that_appears_after_planning_is_not_overwritten() {
    let platform = Platform::empty();
    let plan = platform.plan(&tree(OLD)).unwrap();
    platform.write("README.md", "mine");
    assert!(apply(&plan, &tree(OLD), platform.folder.path()).is_err());
    assert_eq!(platform.text("README.md").unwrap(), "mine");
}

#[test]
fn a_run_that_was_cut_off_is_completed_by_the_next() {
    let platform = Platform::generated(&tree(OLD));
    // As if killed in the middle: one file written, one new file there, the lock as before, and the
    // file that was to be renamed left beside its target.
    platform.write("tenants/a/one", "new").write("tenants/b/one", "b");
    platform.write("tenants/a/.two.tenantry-new", "ha");
    let new = &[("tenants/a/one", "new"), ("tenants/a/two", "2b"), ("tenants/b/one", "b")];
    assert_eq!(
        platform.changes(&tree(new)),
        "deleted README.md\nadopted tenants/a/one\nwritten tenants/a/two\nadopted tenants/b/one\n"
    );
    assert_eq!(platform.files(), "tenants/a/one: new\ntenants/a/two: 2b\ntenants/b/one: b\n");
    assert_eq!(platform.check(&tree(new)), "");
}

#[test]
fn a_file_that_is_written_once_is_the_users_afterwards() {
    let first = owned(Ownership::Once, &[("README.md", "one")]);
    let second = owned(Ownership::Once, &[("README.md", "two")]);
    let platform = Platform::generated(&first);
    assert_eq!(platform.changes(&second), "untouched README.md\n");
    platform.write("README.md", "mine");
    assert_eq!(platform.changes(&second), "untouched README.md\n");
    assert_eq!(platform.check(&second), "");
    platform.delete("README.md");
    assert_eq!(platform.changes(&second), "stays-deleted README.md\n");

    let users = Platform::empty();
    users.write("README.md", "mine");
    assert_eq!(users.changes(&first), "untouched README.md\n");
    assert_eq!(users.changes(&tree(&[])), "left README.md\n");
    assert_eq!(users.text("README.md").unwrap(), "mine");
}

#[test]
fn a_file_of_another_tool_is_written_where_it_is_missing_and_never_fought_over() {
    let first = owned(Ownership::Foreign, &[("gotk", "pending")]);
    let second = owned(Ownership::Foreign, &[("gotk", "other")]);
    let platform = Platform::generated(&first);
    assert_eq!(platform.changes(&second), "untouched gotk\n");
    platform.write("gotk", "bootstrap's");
    assert_eq!(platform.changes(&second), "untouched gotk\n");
    assert_eq!(platform.check(&second), "");
    let refusal = platform.refusal(&tree(&[]));
    assert!(refusal.starts_with("foreign-file: `gotk` was written by another tool"), "{refusal}");
    assert_eq!(platform.check(&tree(&[])), "orphan gotk\n");
    assert_eq!(platform.text("gotk").unwrap(), "bootstrap's");

    let unedited = Platform::generated(&first);
    assert_eq!(unedited.changes(&tree(&[])), "deleted gotk\n");
}

#[test]
fn a_file_that_was_managed_begins_anew_where_it_becomes_another_tool_s() {
    let managed = tree(&[("gotk", "artifact")]);
    let foreign = owned(Ownership::Foreign, &[("gotk", "git")]);
    let platform = Platform::generated(&managed);
    assert_eq!(platform.check(&foreign), "stale gotk\n");
    assert_eq!(platform.changes(&foreign), "written gotk\n");
    assert_eq!(platform.text("gotk").unwrap(), "git");
    assert_eq!(platform.check(&foreign), "");

    let edited = Platform::generated(&managed);
    edited.write("gotk", "mine");
    assert_eq!(edited.changes(&foreign), "untouched gotk\n");
}

#[test]
fn a_list_keeps_what_stands_outside_of_its_block() {
    let list = |lines| owned(Ownership::List, &[("CODEOWNERS", lines)]);
    let platform = Platform::generated(&list("# begin\n/a @a\n# end\n"));
    assert!(platform.lock().is_empty(), "lists are left out of the lock");
    platform.write("CODEOWNERS", "* @mine\n# begin\n/a @a\n# end\n");
    let two = list("# begin\n/a @a\n/b @b\n# end\n");
    assert_eq!(platform.check(&two), "stale CODEOWNERS\n");
    assert_eq!(platform.changes(&two), "written CODEOWNERS\n");
    assert_eq!(platform.text("CODEOWNERS").unwrap(), "* @mine\n# begin\n/a @a\n/b @b\n# end\n");
    platform.write("CODEOWNERS", "* @mine\n");
    insta::assert_snapshot!(platform.refusal(&two), @"file-in-the-way: `CODEOWNERS`: the file was not generated: it has no line `# begin`");
}

#[test]
fn a_pipe_in_the_way_is_named_rather_than_waited_for() {
    let platform = Platform::empty();
    let made = std::process::Command::new("mkfifo").arg(platform.at("README.md")).status();
    assert!(made.unwrap().success());
    insta::assert_snapshot!(platform.refusal(&tree(OLD)), @"file-in-the-way: `README.md` is neither a file nor a folder");
}

#[test]
fn the_lock_of_an_entity_that_is_gone_goes_too() {
    let platform = Platform::generated(&tree(OLD));
    platform.generate(&tree(&OLD[..1])).unwrap();
    assert!(!platform.at(".tenantry/lock/tenants/a.lock").exists());
    platform.delete(".tenantry/lock/platform.lock");
    assert_eq!(platform.check(&tree(&OLD[..1])), "lock-stale README.md\n");
    assert_eq!(platform.changes(&tree(&OLD[..1])), "adopted README.md\n");
}

#[test]
fn a_lock_behind_a_link_is_refused() {
    let outside = Platform::empty();
    let platform = Platform::empty();
    fs::create_dir(platform.at(".tenantry")).unwrap();
    symlink(outside.folder.path(), platform.at(".tenantry/lock")).unwrap();
    let lock = Lock::load(&Disk::new(platform.folder.path())).unwrap_err();
    assert_eq!(lock[0].code, crate::diagnostic::Code::InvalidLock);
    assert!(
        Plan::new(
            &tree(OLD),
            platform.folder.path(),
            &Lock::default(),
            &NoBases,
            &Wishes::default()
        )
        .is_err()
    );
    assert_eq!(outside.files(), "");
}

#[test]
fn given_files_are_written_and_deleted_but_never_through_a_link() {
    let outside = Platform::empty();
    let platform = Platform::empty();
    platform.write("platform/tenants/a.yaml", "a").write("platform.yaml", "old");
    let change = |name: &str, text: Option<&str>| (path(name), text.map(|text| text.into()));
    let changes = [
        change("platform.yaml", Some("new")),
        change("platform/clusters/c.yaml", Some("c")),
        change("platform/tenants/a.yaml", None),
        change("platform/tenants/never.yaml", None),
    ];
    write(platform.folder.path(), &changes.into()).unwrap();
    assert_eq!(platform.files(), "platform.yaml: new\nplatform/clusters/c.yaml: c\n");
    assert!(!platform.at("platform/tenants").exists());

    symlink(outside.folder.path(), platform.at("out")).unwrap();
    symlink(outside.at("x"), platform.at("file")).unwrap();
    assert!(write(platform.folder.path(), &[change("out/x", Some("x"))].into()).is_err());
    assert!(write(platform.folder.path(), &[change("file", Some("x"))].into()).is_err());
    assert_eq!(outside.files(), "");
    assert!(!platform.at(JOURNAL_FILE).exists());
}

#[test]
fn a_placed_file_of_another_tool_counts_as_ours_until_it_is_changed() {
    let pending = owned(Ownership::Foreign, &[("gotk", "pending")]);
    let platform = Platform::generated(&pending);
    let before = platform.lock();
    let mut after = before.clone();
    after.record_foreign(&path("gotk"), b"vendored", None);
    let mut changes = after.changes_since(&before);
    changes.insert(path("gotk"), Some(b"vendored".to_vec()));
    write(platform.folder.path(), &changes).unwrap();
    assert_eq!(platform.check(&pending), "");
    assert_eq!(platform.changes(&pending), "untouched gotk\n");
    assert_eq!(platform.changes(&tree(&[])), "deleted gotk\n");
}

#[test]
fn a_file_becomes_a_folder_and_a_folder_a_file() {
    let file = &[("a", "1"), ("a.b", "2"), ("b", "3")];
    let folder = &[("a/deep/one", "1"), ("a/two", "2"), ("a.b", "2"), ("b/c", "3")];
    let platform = Platform::generated(&tree(file));
    assert_eq!(
        platform.check(&tree(folder)),
        "orphan a\nmissing a/deep/one\nmissing a/two\norphan b\nmissing b/c\n"
    );
    platform.generate(&tree(folder)).unwrap();
    assert_eq!(platform.files(), "a.b: 2\na/deep/one: 1\na/two: 2\nb/c: 3\n");
    assert_eq!(platform.check(&tree(folder)), "");
    platform.generate(&tree(file)).unwrap();
    assert_eq!(platform.files(), "a: 1\na.b: 2\nb: 3\n");
    assert_eq!(platform.check(&tree(file)), "");
}

#[test]
fn what_a_person_wrote_does_not_make_room() {
    let file = &[("a", "1")];
    let folder = &[("a/deep/one", "1")];
    let platform = Platform::generated(&tree(file));
    platform.write("a", "mine");
    assert!(platform.refusal(&tree(folder)).contains("edited-by-hand: `a`"));

    let platform = Platform::generated(&tree(folder));
    platform.write("a/deep/mine", "m");
    insta::assert_snapshot!(platform.refusal(&tree(file)), @"file-in-the-way: `a` is a folder where a file is to be generated");
    platform.delete("a/deep/mine");
    fs::create_dir(platform.at("a/empty")).unwrap();
    assert!(platform.refusal(&tree(file)).contains("file-in-the-way: `a`"));
    platform.write("a/deep/one", "mine");
    assert!(platform.refusal(&tree(file)).contains("edited-by-hand: `a/deep/one`"));
}

/// Runs an ignored test of this file as a user whom permissions hold. Fails where that is impossible.
fn as_ordinary_user(test: &str) {
    use std::process::Command;
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    let binary = std::env::current_exe().unwrap();
    let name = format!("sync::tests::{test}");
    let arguments = [&*name, "--exact", "--ignored", "--test-threads=1"];
    let output = if id == b"0\n" {
        // The binary may lie where only root can go.
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let copy = folder.path().join("tests");
        fs::copy(binary, &copy).unwrap();
        Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
            .arg(copy)
            .args(arguments)
            .current_dir("/")
            .envs([("INSTA_UPDATE", "no"), ("INSTA_WORKSPACE_ROOT", "/")])
            .output()
    } else {
        Command::new(binary).args(arguments).output()
    };
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{output:?}");
}

#[test]
fn a_read_only_folder_is_named_before_anything_is_written() {
    as_ordinary_user("read_only_folder_as_ordinary_user");
}

#[test]
#[ignore = "run by a_read_only_folder_is_named_before_anything_is_written"]
fn read_only_folder_as_ordinary_user() {
    let mode = |platform: &Platform, name: &str, mode| {
        fs::set_permissions(platform.at(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    let platform = Platform::generated(&tree(OLD));
    mode(&platform, "tenants/a", 0o555);
    let mut more = NEW.to_vec();
    more.extend([("new", "n"), ("tenants/a/deep/er", "d")]);
    insta::assert_snapshot!(platform.refusal(&tree(&more)), @"read-only-folder: nothing can be written to the folder `tenants/a`: Permission denied (os error 13)");
    insta::assert_snapshot!(platform.refusal(&tree(&OLD[..1])), @"read-only-folder: nothing can be written to the folder `tenants/a`: Permission denied (os error 13)");
    assert_eq!(
        platform.check(&tree(NEW)),
        "stale tenants/a/one\n",
        "comparing needs no right to write"
    );
    mode(&platform, "tenants/a", 0o755);

    let plan = platform.plan(&tree(NEW)).unwrap();
    mode(&platform, "tenants/a", 0o555);
    let error = apply(&plan, &tree(NEW), platform.folder.path()).unwrap_err();
    mode(&platform, "tenants/a", 0o755);
    insta::assert_snapshot!(error, @"`tenants/a/one` cannot be written: Permission denied (os error 13) (0 of 2 files were done before; the rest is in the journal, and the next run writes it)");
    assert!(matches!(
        platform.apply(&plan, &tree(NEW)),
        Err(SyncError::Journal(JournalError::Pending))
    ));
    assert_eq!(pending(platform.folder.path()).unwrap().unwrap().files, 2);
    let finished = finish(platform.folder.path()).unwrap().unwrap();
    assert_eq!(finished.report.updated, [path("tenants/a/one")]);
    assert_eq!(platform.check(&tree(NEW)), "");

    mode(&platform, ".tenantry/lock", 0o555);
    let refusal = platform.refusal(&tree(&[]));
    mode(&platform, ".tenantry/lock", 0o755);
    insta::assert_snapshot!(refusal, @"read-only-folder: nothing can be written to the folder `.tenantry/lock`: Permission denied (os error 13)");

    platform.write("tenants/a/two", "secret");
    mode(&platform, "tenants/a/two", 0o000);
    let refusals = platform.plan(&tree(NEW)).unwrap_err();
    insta::assert_snapshot!(refusals[0].message, @"`tenants/a/two` cannot be read: Permission denied (os error 13)");
}
