//! What is done with git, against the real `git`.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::commit::{Commit, Note, Ready, Wishes};
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

    fn ready(&self) -> Ready {
        self.open().ready(Wishes::default()).unwrap()
    }

    fn commit(&self, names: &[&str]) -> Option<Commit> {
        self.ready().commit(&paths(names), "Generate").unwrap()
    }

    fn refused(&self, wishes: Wishes) -> GitError {
        self.open().ready(wishes).err().unwrap()
    }

    fn hook(&self, name: &str, script: &str) -> &Self {
        let hook = format!(".git/hooks/{name}");
        self.write(&hook, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(self.at().join(hook), fs::Permissions::from_mode(0o755)).unwrap();
        self
    }
}

fn to_branch(name: &str) -> Wishes {
    Wishes { branch: Some(name.to_owned()), ..Wishes::default() }
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
    let ready = fleet.ready(Wishes::default()).unwrap();
    ready.commit(&paths(&["platform.yaml"]), "Fleet").unwrap();
    assert_eq!(scratch.git(&["ls-files"]), "fleet/platform.yaml\n");
    let fleet = Repository::open(&scratch.at().join("fleet")).unwrap();
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
    let commit = {
        let ready = Repository::open(&at).unwrap().ready(Wishes::default()).unwrap();
        ready.commit(&paths(&["b"]), "Side").unwrap().unwrap()
    };
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
    let commit = scratch.ready().commit(&asked, "Some").unwrap().unwrap();
    assert_eq!(commit.paths, paths(&["a", "tracked.tmp"]));
    let notes: Vec<String> = commit.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["ignored by git and not committed: b.tmp, secrets/key"]);
}

#[test]
fn hooks_see_exactly_what_is_committed_and_may_refuse_it() {
    let scratch = Scratch::new();
    scratch.write("kept", "1").write("mine", "1").commit(&["kept", "mine"]).unwrap();
    scratch.write("mine", "staged").git(&["add", "mine"]);
    scratch
        .hook("pre-commit", "git diff --cached --name-only >.git/seen\necho no good >&2\nexit 1");
    scratch.write("kept", "2");
    let error = scratch.ready().commit(&paths(&["kept"]), "x").unwrap_err();
    assert_eq!(error.to_string(), "the hook `pre-commit` refused the commit\n  no good");
    assert_eq!(fs::read_to_string(scratch.at().join(".git/seen")).unwrap(), "kept\n");
    assert_eq!(scratch.git(&["status", "--short"]), " M kept\nM  mine\n");
    assert_eq!(scratch.git(&["rev-list", "--count", "HEAD"]), "1\n");

    let unverified = Wishes { no_verify: true, ..Wishes::default() };
    scratch.open().ready(unverified).unwrap().commit(&paths(&["kept"]), "x").unwrap().unwrap();
    assert_eq!(scratch.git(&["status", "--short"]), "M  mine\n");
    let left: Vec<_> = fs::read_dir(scratch.at().join(".git"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("tenantry"))
        .collect();
    assert_eq!(left, [""; 0], "nothing is left behind");
}

#[test]
fn what_a_hook_adds_is_committed_and_staged_and_what_the_person_staged_is_kept() {
    let scratch = Scratch::new();
    scratch.write("kept", "1").write("mine", "1").commit(&["kept", "mine"]).unwrap();
    scratch.hook("pre-commit", "echo formatted >kept\necho made >made\ngit add kept made");
    scratch.write("mine", "staged").git(&["add", "mine"]);
    scratch.write("mine", "edited").write("kept", "2");
    let commit = scratch.commit(&["kept"]).unwrap();
    assert_eq!(commit.paths, paths(&["kept", "made"]));
    assert_eq!(scratch.git(&["show", "HEAD:kept", "HEAD:made"]), "formatted\nmade\n");
    assert_eq!(scratch.git(&["status", "--short"]), "MM mine\n");
    assert_eq!(scratch.git(&["show", ":mine"]), "staged");
}

#[test]
fn hooks_may_write_the_message_and_are_heard() {
    let scratch = Scratch::new();
    scratch
        .hook("prepare-commit-msg", "echo \"$2\" >>\"$1\"")
        .hook("commit-msg", "echo 'Signed-off-by: Ada' >>\"$1\"; echo checked")
        .hook("post-commit", "git rev-parse HEAD >.git/after; exit 1")
        .write("a", "1");
    let commit = scratch.commit(&["a"]).unwrap();
    assert_eq!(scratch.git(&["log", "--format=%B"]), "Generate\nmessage\nSigned-off-by: Ada\n\n");
    assert_eq!((commit.words.as_str(), commit.message.lines().count()), ("checked\n", 3));
    assert_eq!(commit.notes, [Note::HookFailed { hook: "post-commit", words: String::new() }]);
    assert_eq!(fs::read_to_string(scratch.at().join(".git/after")).unwrap().trim(), commit.id);
    scratch.hook("commit-msg", ": >\"$1\"").write("a", "2");
    let error = scratch.ready().commit(&paths(&["a"]), "x").unwrap_err();
    assert!(matches!(error, GitError::NoMessage), "{error}");
}

#[test]
fn hooks_of_another_folder_and_of_a_linked_work_tree_run() {
    let scratch = Scratch::new();
    scratch.write("a", "1").commit(&["a"]).unwrap();
    scratch.git(&["config", "--unset", "core.hooksPath"]);
    scratch.hook("pre-commit", "echo common");
    let other = tempfile::tempdir().unwrap();
    let at = other.path().join("tree");
    scratch.git(&["worktree", "add", "-q", "-b", "side", at.to_str().unwrap()]);
    fs::write(at.join("b"), "1").unwrap();
    let ready = Repository::open(&at).unwrap().ready(Wishes::default()).unwrap();
    assert_eq!(ready.commit(&paths(&["b"]), "Side").unwrap().unwrap().words, "common\n");
    scratch.git(&["config", "core.hooksPath", "tools"]);
    scratch.write("tools/pre-commit", "#!/bin/sh\necho own\n").write("a", "2");
    let hook = scratch.at().join("tools/pre-commit");
    fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(scratch.commit(&["a"]).unwrap().words, "own\n");
}

#[test]
fn a_new_branch_takes_the_commit_and_leaves_the_work_tree_alone() {
    let scratch = Scratch::new();
    scratch.write("a", "1").write("mine", "1").commit(&["a", "mine"]).unwrap();
    scratch.write("mine", "staged").git(&["add", "mine"]);
    scratch.write("mine", "edited").write("a", "2").write("new", "1");
    let ready = scratch.open().ready(to_branch("tenantry/a")).unwrap();
    let commit = ready.commit(&paths(&["a"]), "A").unwrap().unwrap();
    assert_eq!(commit.branch.as_deref(), Some("tenantry/a"));
    assert_eq!(scratch.git(&["symbolic-ref", "HEAD"]), "refs/heads/tenantry/a\n");
    assert_eq!(scratch.git(&["rev-parse", "HEAD~1"]), scratch.git(&["rev-parse", "main"]));
    assert_eq!(scratch.git(&["status", "--short"]), "MM mine\n?? new\n");
    assert_eq!(scratch.git(&["reflog", "-1", "--format=%gn %gs", "tenantry/a"]), "Ada commit: A\n");
    scratch.git(&["fsck", "--strict"]);
}

#[test]
fn a_branch_that_is_elsewhere_or_has_no_room_is_refused() {
    let scratch = Scratch::new();
    scratch.write("a", "1").commit(&["a"]).unwrap();
    scratch.git(&["branch", "here"]);
    scratch.git(&["branch", "old"]);
    scratch.write("a", "2").commit(&["a"]).unwrap();
    for (name, words) in [
        (
            "old",
            "there is a branch `old` already, and it is not where you are; name another one, or `git switch old` first",
        ),
        (
            "old/new",
            "there is a branch `old`, and git has no room for `old/new` beside it; name another one",
        ),
        ("a b", "`a b` is not the name of a branch"),
    ] {
        assert_eq!(scratch.refused(to_branch(name)).to_string(), words);
    }
    scratch.git(&["branch", "-f", "here"]);
    scratch.write("a", "3");
    let ready = scratch.open().ready(to_branch("here")).unwrap();
    assert_eq!(ready.commit(&paths(&["a"]), "x").unwrap().unwrap().branch.as_deref(), Some("here"));
    let other = tempfile::tempdir().unwrap();
    let at = other.path().join("tree");
    scratch.git(&["worktree", "add", "-q", "-b", "side", at.to_str().unwrap()]);
    assert!(matches!(scratch.refused(to_branch("side")), GitError::BranchElsewhere { .. }));
}

#[test]
fn the_first_commit_may_be_on_a_new_branch() {
    let scratch = Scratch::new();
    scratch.write("a", "1");
    let ready = scratch.open().ready(to_branch("first")).unwrap();
    ready.commit(&paths(&["a"]), "x").unwrap().unwrap();
    assert_eq!(scratch.git(&["log", "--all", "--format=%D"]), "HEAD -> first\n");
}

#[test]
fn configuration_that_only_git_reads_is_honoured() {
    let scratch = Scratch::new();
    scratch.git(&["remote", "add", "origin", "https://git.acme.example/fleet"]);
    scratch.write(".git/excluded", "*.tmp\n").write(
        ".git/elsewhere",
        &format!(
            "[user]\n\tname = Grace\n[core]\n\texcludesFile = {}\n",
            scratch.at().join(".git/excluded").display()
        ),
    );
    scratch.git(&[
        "config",
        "includeIf.hasconfig:remote.*.url:https://git.acme.example/**.path",
        "elsewhere",
    ]);
    scratch.write("a", "1").write("b.tmp", "1");
    let commit = scratch.commit(&["a", "b.tmp"]).unwrap();
    assert_eq!(commit.notes, [Note::Ignored(paths(&["b.tmp"]))]);
    assert_eq!(scratch.git(&["log", "--format=%an %cn"]), "Grace Grace\n");
}

#[test]
fn filters_are_applied_so_that_nothing_is_committed_in_the_clear() {
    let scratch = Scratch::new();
    scratch.git(&["config", "filter.rot.clean", "tr a-z n-za-m"]);
    scratch
        .write(".gitattributes", "secret filter=rot\n")
        .write("secret", "abc")
        .write("open", "abc");
    scratch.commit(&["open", "secret"]).unwrap();
    assert_eq!(scratch.git(&["show", "HEAD:secret"]), "nop");
    assert_eq!(scratch.git(&["show", "HEAD:open"]), "abc");
    assert_eq!(scratch.git(&["status", "--short"]), "?? .gitattributes\n");
    scratch.git(&["config", "filter.rot.clean", "false"]);
    scratch.git(&["config", "filter.rot.required", "true"]);
    let error = scratch.write("secret", "d").ready().commit(&paths(&["secret"]), "x").unwrap_err();
    assert!(matches!(error, GitError::Filter { .. }), "{error}");
}

#[test]
fn without_a_remote_or_a_branch_nothing_can_be_pushed() {
    let scratch = Scratch::new();
    let push = Wishes { push: true, ..Wishes::default() };
    assert_eq!(
        scratch.refused(push.clone()).to_string(),
        "there is no remote to push to: `git remote add origin URL` adds one"
    );
    scratch.git(&["remote", "add", "one", "/nowhere"]);
    scratch.git(&["remote", "add", "two", "/nowhere"]);
    assert_eq!(
        scratch.refused(push.clone()).to_string(),
        "there is no remote to push to: there is one, two; `--remote` names it"
    );
    let three = Wishes { remote: Some("three".to_owned()), ..push.clone() };
    assert_eq!(
        scratch.refused(three).to_string(),
        "there is no remote `three` to push to: there is one, two; `--remote` names it"
    );
    scratch.write("a", "1").commit(&["a"]).unwrap();
    scratch.git(&["checkout", "-q", "--detach"]);
    assert!(matches!(scratch.refused(push), GitError::NothingToPush));
}

#[test]
fn a_branch_is_pushed_and_gets_its_upstream() {
    let scratch = Scratch::new();
    let bare = tempfile::tempdir().unwrap();
    git2::Repository::init_bare(bare.path()).unwrap();
    scratch.git(&["remote", "add", "origin", bare.path().to_str().unwrap()]);
    scratch.write("a", "1");
    let wishes = Wishes { push: true, ..to_branch("tenantry/a") };
    let ready = scratch.open().ready(wishes).unwrap();
    let commit = ready.commit(&paths(&["a"]), "x").unwrap().unwrap();
    let pushed = ready.push().unwrap().unwrap();
    assert_eq!((pushed.branch.as_str(), pushed.up_to_date), ("tenantry/a", false));
    assert_eq!(scratch.git(&["rev-parse", "@{upstream}"]).trim(), commit.id);
    assert!(ready.push().unwrap().unwrap().up_to_date);

    // Somebody else was faster.
    scratch.git(&["push", "-q", "origin", "HEAD:refs/heads/other"]);
    let theirs = scratch.git(&["commit-tree", "-m", "theirs", "HEAD^{tree}"]);
    scratch.git(&[
        "push",
        "-q",
        "-f",
        "origin",
        &format!("{}:refs/heads/tenantry/a", theirs.trim()),
    ]);
    let error = ready.push().unwrap_err();
    assert!(matches!(error, GitError::Push { failure: PushFailure::Behind, .. }), "{error}");
    scratch.hook("pre-push", "echo not today >&2; exit 1");
    let error = ready.push().unwrap_err();
    assert!(matches!(error, GitError::Push { failure: PushFailure::Hook, .. }), "{error}");
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
    let error = scratch.refused(Wishes::default());
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
    let error = scratch.refused(Wishes::default());
    assert_eq!(
        error.to_string(),
        "a merge is under way in the repository; finish or abort it before committing"
    );
}

#[test]
fn an_index_that_another_git_holds_is_said_to_be_held() {
    let scratch = Scratch::new();
    scratch.write("a", "1").write(".git/index.lock", "");
    let error = scratch.refused(Wishes::default());
    assert!(matches!(error, GitError::Locked), "{error:?}");
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
