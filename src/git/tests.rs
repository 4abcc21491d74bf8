//! What is done with git, against the real `git`.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::*;

struct Scratch {
    folder: tempfile::TempDir,
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn paths(texts: &[&str]) -> Vec<RepoPath> {
    texts.iter().map(|text| path(text)).collect()
}

impl Scratch {
    /// A repository with an author, and nothing committed.
    fn new() -> Self {
        let scratch = Self { folder: tempfile::tempdir().unwrap() };
        Repository::init(scratch.at(), "main").unwrap();
        scratch.git(&["config", "user.name", "Ada"]);
        scratch.git(&["config", "user.email", "ada@acme.example"]);
        scratch.git(&["config", "commit.gpgsign", "false"]);
        scratch.git(&["config", "core.hooksPath", ".git/hooks"]);
        scratch
    }

    fn at(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").current_dir(self.at()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        let at = self.at().join(name);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, text).unwrap();
        self
    }

    fn open(&self) -> Repository {
        Repository::open(self.at()).unwrap()
    }

    fn commit(&self, names: &[&str]) -> Option<Commit> {
        self.open().commit(&paths(names), "Generate").unwrap()
    }
}

#[test]
fn a_new_repository_gets_its_branch_and_a_first_commit() {
    let scratch = Scratch::new();
    assert!(!scratch.open().has_commits());
    assert_eq!(scratch.open().branch().as_deref(), Some("main"));
    scratch.write("a/b", "1").write("other", "o");
    let commit = scratch.commit(&["a/b"]).unwrap();
    assert_eq!(commit.branch.as_deref(), Some("main"));
    assert_eq!(commit.notes, []);
    assert_eq!(scratch.git(&["log", "--format=%an <%ae> %s"]), "Ada <ada@acme.example> Generate\n");
    assert_eq!(scratch.git(&["status", "--short"]), "?? other\n");
    assert_eq!(scratch.git(&["rev-parse", "HEAD"]).trim(), commit.id);
    scratch.git(&["fsck", "--strict"]);
    let again = Repository::init(scratch.at(), "main").err().unwrap();
    assert!(matches!(again, GitError::Exists { .. }), "{again}");
    assert!(matches!(Repository::init(scratch.at(), "a b"), Err(GitError::InvalidBranch { .. })));
}

#[test]
fn what_was_staged_stays_staged_and_uncommitted() {
    let scratch = Scratch::new();
    scratch.write("kept", "1").write("gone", "1").write("mine", "1");
    scratch.commit(&["kept", "gone", "mine"]).unwrap();
    scratch.write("mine", "staged").write("new", "staged").git(&["add", "mine", "new"]);
    scratch.write("mine", "edited").write("kept", "2").write("sub/made", "1");
    fs::remove_file(scratch.at().join("gone")).unwrap();
    let commit = scratch.commit(&["gone", "kept", "sub/made"]).unwrap();
    assert_eq!(commit.paths, paths(&["gone", "kept", "sub/made"]));
    assert_eq!(
        scratch.git(&["show", "--no-renames", "--name-status", "--format="]),
        "D\tgone\nM\tkept\nA\tsub/made\n"
    );
    assert_eq!(scratch.git(&["status", "--short"]), "MM mine\nA  new\n");
    assert_eq!(scratch.git(&["show", ":mine"]), "staged");
}

#[test]
fn a_file_that_becomes_a_folder_is_committed() {
    let scratch = Scratch::new();
    scratch.write("a", "1").commit(&["a"]).unwrap();
    fs::remove_file(scratch.at().join("a")).unwrap();
    scratch.write("a/b", "1").commit(&["a", "a/b"]).unwrap();
    assert_eq!(scratch.git(&["ls-tree", "-r", "--name-only", "HEAD"]), "a/b\n");
    assert_eq!(scratch.git(&["status", "--short"]), "");
}

#[test]
fn without_a_difference_there_is_no_commit() {
    let scratch = Scratch::new();
    assert_eq!(scratch.commit(&[]), None);
    scratch.write("a", "1").commit(&["a"]).unwrap();
    assert_eq!(scratch.commit(&["a", "never-there"]), None);
}

#[test]
fn a_platform_may_be_a_folder_of_a_larger_repository() {
    let scratch = Scratch::new();
    scratch.write("fleet/platform.yaml", "p").write("app/main", "m");
    let fleet = Repository::open(&scratch.at().join("fleet")).unwrap();
    assert_eq!(fleet.folder(), Some("fleet"));
    assert_eq!(fleet.uncommitted().unwrap(), paths(&["platform.yaml"]));
    fleet.commit(&paths(&["platform.yaml"]), "Fleet").unwrap();
    assert_eq!(scratch.git(&["ls-files"]), "fleet/platform.yaml\n");
    assert_eq!(fleet.uncommitted().unwrap(), []);
}

#[test]
fn a_linked_work_tree_commits_to_its_own_branch() {
    let scratch = Scratch::new();
    scratch.write("a", "1").commit(&["a"]).unwrap();
    let other = tempfile::tempdir().unwrap();
    let at = other.path().join("tree");
    scratch.git(&["worktree", "add", "-q", "-b", "side", at.to_str().unwrap()]);
    fs::write(at.join("b"), "1").unwrap();
    let commit = Repository::open(&at).unwrap().commit(&paths(&["b"]), "Side").unwrap().unwrap();
    assert_eq!(commit.branch.as_deref(), Some("side"));
    assert_eq!(scratch.git(&["status", "--short"]), "");
    assert_eq!(scratch.git(&["ls-tree", "--name-only", "side"]), "a\nb\n");
}

#[test]
fn ignored_paths_are_left_out_and_named() {
    let scratch = Scratch::new();
    scratch.write(".gitignore", "*.tmp\n/secrets/\n").write("a", "1").write("b.tmp", "1");
    scratch.write("tracked.tmp", "1").git(&["add", "-f", "tracked.tmp"]);
    let repository = scratch.open();
    let asked = paths(&["a", "b.tmp", "secrets/key", "tracked.tmp"]);
    assert_eq!(repository.ignored(&asked).unwrap(), paths(&["b.tmp", "secrets/key"]));
    let commit = repository.commit(&asked, "Some").unwrap().unwrap();
    assert_eq!(commit.paths, paths(&["a", "tracked.tmp"]));
    let notes: Vec<String> = commit.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["ignored by git and not committed: b.tmp, secrets/key"]);
}

#[test]
fn hooks_and_signatures_that_did_not_happen_are_said() {
    let scratch = Scratch::new();
    scratch.git(&["config", "commit.gpgsign", "true"]);
    scratch.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n").write("a", "1");
    let hook = scratch.at().join(".git/hooks/pre-commit");
    fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    let notes = scratch.commit(&["a"]).unwrap().notes;
    assert_eq!(notes, [Note::NotSigned, Note::HooksNotRun(vec!["pre-commit".to_owned()])]);
}

#[test]
fn a_commit_on_a_detached_head_is_said_to_be_on_no_branch() {
    let scratch = Scratch::new();
    scratch.write("a", "1").commit(&["a"]).unwrap();
    scratch.git(&["checkout", "-q", "--detach"]);
    let commit = scratch.write("a", "2").commit(&["a"]).unwrap();
    assert_eq!((commit.branch, commit.notes), (None, vec![Note::Detached]));
}

#[test]
fn without_an_author_nothing_is_committed_and_the_remedy_is_named() {
    let scratch = Scratch::new();
    scratch.git(&["config", "user.name", ""]);
    scratch.write("a", "1");
    let error = scratch.open().commit(&paths(&["a"]), "x").unwrap_err();
    assert!(error.to_string().contains("git config --global user.name"), "{error}");
    assert_eq!(scratch.git(&["status", "--short"]), "?? a\n");
}

#[test]
fn a_merge_under_way_is_not_committed_over() {
    let scratch = Scratch::new();
    scratch.write("a", "1").commit(&["a"]).unwrap();
    scratch.git(&["switch", "-q", "-c", "side"]);
    scratch.write("a", "2").commit(&["a"]).unwrap();
    scratch.git(&["switch", "-q", "main"]);
    scratch.write("a", "3").commit(&["a"]).unwrap();
    let merge = Command::new("git").current_dir(scratch.at()).args(["merge", "side"]).output();
    assert!(!merge.unwrap().status.success());
    let error = scratch.open().commit(&paths(&["a"]), "x").unwrap_err();
    assert_eq!(
        error.to_string(),
        "a merge is under way in the repository; finish or abort it before committing"
    );
}

#[test]
fn an_index_that_another_git_holds_is_said_to_be_held() {
    let scratch = Scratch::new();
    scratch.write("a", "1").write(".git/index.lock", "");
    let error = scratch.open().commit(&paths(&["a"]), "x").unwrap_err();
    assert!(matches!(error, GitError::Locked { .. }), "{error:?}");
    fs::remove_file(scratch.at().join(".git/index.lock")).unwrap();
    assert!(!scratch.open().has_commits(), "nothing was committed");
}

#[test]
fn a_folder_outside_of_any_repository_and_a_bare_one_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Repository::discover(folder.path()).unwrap().is_none());
    assert!(matches!(Repository::open(folder.path()), Err(GitError::NotARepository { .. })));
    git2::Repository::init_bare(folder.path()).unwrap();
    let error = Repository::open(folder.path()).err().unwrap();
    assert!(error.to_string().contains("is a bare repository"), "{error}");
}
