//! A commit of exactly the given paths, on this branch or a new one.
//!
//! What can be known before anything is written is found out by [`Repository::ready`]; what is left to fail afterwards are hooks, a
//! signature, the disk and the remote. The branch moves last.

use std::path::Path;

use git2::{ErrorCode, Index, IndexEntry, Oid, RepositoryState, Signature};

use super::hooks::Told;
use super::program::{Call, text};
use super::push::Push;
use super::{GitError, Repository};
use crate::path::RepoPath;

/// What is to be done with what a run writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The branch to commit to, which is made; none for the one that is checked out.
    pub branch: Option<String>,
    /// Whether it is pushed.
    pub push: bool,
    /// The remote to push to; none for the branch's own.
    pub remote: Option<String>,
    /// Whether `pre-commit`, `commit-msg` and `pre-push` are left out.
    pub no_verify: bool,
    /// Whether somebody can answer what git asks on the terminal.
    pub interactive: bool,
}

/// A commit that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id, 40 hexadecimal digits.
    pub id: String,
    /// The branch that it is on; none with a detached HEAD.
    pub branch: Option<String>,
    /// The paths that it changes, from the root of the platform.
    pub paths: Vec<RepoPath>,
    /// Its message, as hooks left it.
    pub message: String,
    /// What hooks said.
    pub words: String,
    /// What is to be known of it.
    pub notes: Vec<Note>,
}

/// What a commit made here is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Hooks are there that `git commit` would have run.
    #[error("git hooks were not run, which takes git 2.36 or later: {}; `git commit --amend --no-edit` runs them", .0.join(", "))]
    HooksNotRun(Vec<String>),
    /// A hook that runs after the commit failed.
    #[error("the hook `{hook}` failed after the commit: {words}")]
    HookFailed {
        /// Its name.
        hook: &'static str,
        /// What it said.
        words: String,
    },
    /// The commit is on no branch.
    #[error("HEAD is detached: the commit is on no branch; `git switch -c NAME` gives it one")]
    Detached,
    /// Paths that git ignores were left out.
    #[error("ignored by git and not committed: {}", list(.0))]
    Ignored(Vec<RepoPath>),
}

fn list(paths: &[RepoPath]) -> String {
    paths.iter().map(RepoPath::as_str).collect::<Vec<_>>().join(", ")
}

/// Where the commit goes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// The branch that is checked out, or a detached HEAD.
    Head,
    /// A branch to be made, or one that is where HEAD is.
    Branch(String),
}

/// A repository that a commit can be made in: nothing that can be known speaks against it.
pub struct Ready {
    pub(super) repository: Repository,
    pub(super) wishes: Wishes,
    target: Target,
    pub(super) push: Option<Push>,
    author: Signature<'static>,
    committer: Signature<'static>,
}

impl Repository {
    /// Finds out, before anything is written, whether a commit can be made and pushed.
    ///
    /// # Errors
    /// Nobody to commit as, a merge or rebase under way, an index that another git holds, a branch that is elsewhere, no remote to
    /// push to, or no `git` where one is needed.
    pub fn ready(self, wishes: Wishes) -> Result<Ready, GitError> {
        match self.inner.state() {
            RepositoryState::Clean => {}
            state => return Err(GitError::Unfinished { what: unfinished(state) }),
        }
        if self.inner.path().join("index.lock").exists() {
            return Err(GitError::Locked);
        }
        self.head()?;
        let author = self.signature("GIT_AUTHOR_IDENT")?;
        let committer = self.signature("GIT_COMMITTER_IDENT")?;
        let settings = self.settings()?;
        if settings.flag("commit.gpgsign") && !settings.by_git {
            return Err(GitError::NoProgram { what: "signing, which `commit.gpgsign` asks for" });
        }
        let target = match &wishes.branch {
            Some(name) => self.target(name)?,
            None => Target::Head,
        };
        let push = if wishes.push {
            let branch = match &target {
                Target::Branch(name) => Some(name.clone()),
                Target::Head => self.branch(),
            };
            Some(self.push_of(branch, wishes.remote.as_deref())?)
        } else {
            None
        };
        Ok(Ready { repository: self, wishes, target, push, author, committer })
    }

    /// The last commit; nothing on a branch without one.
    fn head(&self) -> Result<Option<git2::Commit<'_>>, GitError> {
        match self.inner.head() {
            Ok(head) => head.peel_to_commit().map(Some).map_err(GitError::reading),
            Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
            Err(error) => Err(GitError::reading(error)),
        }
    }

    fn target(&self, name: &str) -> Result<Target, GitError> {
        if !git2::Branch::name_is_valid(name).unwrap_or(false) {
            return Err(GitError::InvalidBranch { name: name.to_owned() });
        }
        if self.branch().as_deref() == Some(name) {
            return Ok(Target::Head);
        }
        match self.inner.find_branch(name, git2::BranchType::Local) {
            Ok(branch) => {
                let at = branch.get().peel_to_commit().map_err(GitError::reading)?.id();
                let here = self.head()?.map(|commit| commit.id());
                if Some(at) != here || branch.get().name().is_ok_and(|name| self.elsewhere(name)) {
                    return Err(GitError::BranchElsewhere { name: name.to_owned() });
                }
            }
            Err(error) if error.code() == ErrorCode::NotFound => {
                // A branch `a` leaves no room for `a/b`, nor the other way round.
                let above = name.match_indices('/').map(|(at, _)| name[..at].to_owned());
                let below = self.inner.references_glob(&format!("refs/heads/{name}/*"));
                let mut below = below.map_err(GitError::reading)?;
                let taken = above
                    .into_iter()
                    .find(|above| self.inner.find_branch(above, git2::BranchType::Local).is_ok())
                    .or_else(|| {
                        let found = below.names().next()?.ok()?.to_owned();
                        Some(found.trim_start_matches("refs/heads/").to_owned())
                    });
                if let Some(other) = taken {
                    return Err(GitError::NoRoom { name: name.to_owned(), other });
                }
            }
            Err(error) => return Err(GitError::reading(error)),
        }
        Ok(Target::Branch(name.to_owned()))
    }

    /// Whether a branch is checked out in another work tree.
    fn elsewhere(&self, reference: &str) -> bool {
        let folders = std::fs::read_dir(self.inner.commondir().join("worktrees"));
        let linked = folders.into_iter().flatten().flatten().map(|entry| entry.path());
        let line = format!("ref: {reference}");
        linked.chain([self.inner.commondir().to_owned()]).any(|folder| {
            std::fs::read_to_string(folder.join("HEAD")).is_ok_and(|head| head.trim_end() == line)
        })
    }
}

impl Ready {
    /// The branch that the commit goes to; none with a detached HEAD.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        match &self.target {
            Target::Branch(name) => Some(name.clone()),
            Target::Head => self.repository.branch(),
        }
    }

    /// Commits these paths as they are on disk, those that are gone as deletions, and nothing else.
    /// Without a difference to the last commit there is no commit.
    ///
    /// # Errors
    /// A hook that refuses, a signature that fails, an index that another git holds by now, or something that cannot be read or
    /// written. The branch has not moved then.
    pub fn commit(&self, paths: &[RepoPath], message: &str) -> Result<Option<Commit>, GitError> {
        let repository = &self.repository;
        let git = &repository.inner;
        let parent = repository.head()?;
        let before = parent.as_ref().map(git2::Commit::tree).transpose();
        let before = before.map_err(GitError::reading)?;

        // Two indexes: the person's, which learns of these paths, and one that is the new commit.
        let mut staged = git.index().map_err(GitError::reading)?;
        staged.read(false).map_err(GitError::reading)?;
        let mut next = Index::new().map_err(GitError::reading)?;
        if let Some(tree) = &before {
            next.read_tree(tree).map_err(GitError::reading)?;
        }
        let (mut taken, mut ignored) = (Vec::new(), Vec::new());
        for path in paths {
            if repository.ignored_by(path, &staged)? {
                ignored.push(path.clone());
            } else if repository.stage(path, &mut staged, &mut next)? {
                taken.push(path.clone());
            }
        }
        let tree = next.write_tree_to(git).map_err(GitError::writing)?;
        if before.as_ref().map(git2::Tree::id) == Some(tree)
            || (before.is_none() && taken.is_empty())
        {
            return Ok(None);
        }
        let mut run =
            Run { message: self.clean(message), tree, words: String::new(), skipped: Vec::new() };
        let hooks = repository.hooks()?;
        if !hooks.is_empty() {
            self.before_commit(&hooks, &mut run)?;
            // Hooks take their time, and may take part.
            staged.read(true).map_err(GitError::reading)?;
            taken = repository.learn(before.as_ref(), run.tree, &taken, &next, &mut staged)?;
        }
        let tree = git.find_tree(run.tree).map_err(GitError::reading)?;
        // Before the branch moves: another git that holds the index stops it here.
        distrust(&mut staged)?;
        staged.write().map_err(GitError::writing)?;
        let id = self.write(&run.message, &tree, parent.as_ref())?;
        self.move_branch(id, parent.as_ref(), &run.message)?;
        let mut notes = Vec::new();
        self.after_commit(&hooks, &mut run, &mut notes);
        if !run.skipped.is_empty() {
            notes.push(Note::HooksNotRun(run.skipped));
        }
        if git.head_detached().unwrap_or(false) {
            notes.push(Note::Detached);
        }
        if !ignored.is_empty() {
            notes.push(Note::Ignored(ignored));
        }
        Ok(Some(Commit {
            id: id.to_string(),
            branch: repository.branch(),
            paths: taken,
            message: run.message,
            words: run.words,
            notes,
        }))
    }

    /// The message as `commit.cleanup` wants it.
    fn clean(&self, message: &str) -> String {
        let settings = self.repository.settings().ok();
        let get = |key| settings.and_then(|settings| settings.get(key));
        let comments = match get("commit.cleanup") {
            Some("verbatim") => return message.to_owned(),
            Some("strip") => match get("core.commentstring").or_else(|| get("core.commentchar")) {
                Some(mark) if mark.len() == 1 => Some(mark.as_bytes()[0]),
                Some("auto") | None => Some(b'#'),
                Some(_) => None,
            },
            _ => None,
        };
        git2::message_prettify(message, comments).unwrap_or_else(|_| message.to_owned())
    }

    fn before_commit(&self, hooks: &[&'static str], run: &mut Run) -> Result<(), GitError> {
        let repository = &self.repository;
        if !repository.can_run_hooks()? {
            run.skipped = hooks.iter().map(|hook| (*hook).to_owned()).collect();
            return Ok(());
        }
        let folder = repository.inner.path();
        let temporary = |source| GitError::Temporary { source };
        // Its folder goes with it, whatever happens.
        let scratch = tempfile::Builder::new().prefix("tenantry-").tempdir_in(folder);
        let scratch = scratch.map_err(temporary)?;
        let index = scratch.path().join("index");
        repository.index_file(&index, run.tree)?;
        let verify = !self.wishes.no_verify;
        if verify && hooks.contains(&"pre-commit") {
            let told = Told { index: Some(&index), ..Told::default() };
            run.say(&repository.run_hook("pre-commit", &told)?);
        }
        let message = scratch.path().join("COMMIT_EDITMSG");
        std::fs::write(&message, &run.message).map_err(temporary)?;
        if hooks.contains(&"prepare-commit-msg") {
            let arguments = vec![message.as_os_str(), "message".as_ref()];
            let told = Told { index: Some(&index), arguments };
            run.say(&repository.run_hook("prepare-commit-msg", &told)?);
        }
        if verify && hooks.contains(&"commit-msg") {
            let arguments = vec![message.as_os_str()];
            let told = Told { index: Some(&index), arguments };
            run.say(&repository.run_hook("commit-msg", &told)?);
        }
        let text = std::fs::read_to_string(&message).map_err(temporary)?;
        run.message = self.clean(&text);
        if run.message.trim().is_empty() {
            return Err(GitError::NoMessage);
        }
        run.tree = Index::open(&index)
            .and_then(|mut index| index.write_tree_to(&repository.inner))
            .map_err(GitError::reading)?;
        Ok(())
    }

    fn after_commit(&self, hooks: &[&'static str], run: &mut Run, notes: &mut Vec<Note>) {
        if !hooks.contains(&"post-commit") || !run.skipped.is_empty() {
            return;
        }
        match self.repository.run_hook("post-commit", &Told::default()) {
            Ok(words) => run.say(&words),
            Err(error) => {
                let words = match error {
                    GitError::Hook { words, .. } => words,
                    other => other.to_string(),
                };
                notes.push(Note::HookFailed { hook: "post-commit", words });
            }
        }
    }

    /// Writes the commit's object.
    fn write(
        &self,
        message: &str,
        tree: &git2::Tree<'_>,
        parent: Option<&git2::Commit<'_>>,
    ) -> Result<Oid, GitError> {
        let parents: Vec<_> = parent.into_iter().collect();
        if self.repository.settings()?.flag("commit.gpgsign") {
            return self.write_signed(message, tree, parent);
        }
        self.repository
            .inner
            .commit(None, &self.author, &self.committer, message, tree, &parents)
            .map_err(GitError::writing)
    }

    /// The same with a signature, which `git` makes: it knows every format and where each key comes from.
    fn write_signed(
        &self,
        message: &str,
        tree: &git2::Tree<'_>,
        parent: Option<&git2::Commit<'_>>,
    ) -> Result<Oid, GitError> {
        let mut call = Call::new(self.repository.workdir(), "signing the commit")
            // The message is UTF-8 and is not to be called anything else.
            .args(["-c", "i18n.commitEncoding=UTF-8", "commit-tree", "-S"]);
        if let Some(parent) = parent {
            call = call.args(["-p", &parent.id().to_string()]);
        }
        for (who, signature) in [("AUTHOR", &self.author), ("COMMITTER", &self.committer)] {
            let zone = signature.when().offset_minutes();
            let sign = if zone < 0 { '-' } else { '+' };
            let (hours, minutes) = (zone.abs() / 60, zone.abs() % 60);
            let date = format!("@{} {sign}{hours:02}{minutes:02}", signature.when().seconds());
            call = call
                .env(&format!("GIT_{who}_NAME"), signature.name().unwrap_or_default())
                .env(&format!("GIT_{who}_EMAIL"), signature.email().unwrap_or_default())
                .env(&format!("GIT_{who}_DATE"), date);
        }
        let output =
            call.args(["-F", "-", &tree.id().to_string()]).output_with(message.as_bytes())?;
        let id = Oid::from_str(text(&output.stdout).trim());
        match id {
            Ok(id) if output.status.success() => Ok(id),
            _ => Err(GitError::NotSigned {
                words: self.repository.redaction().apply(text(&output.stderr).trim()),
            }),
        }
    }

    /// Moves the branch to the commit, unless somebody else has moved it meanwhile.
    fn move_branch(
        &self,
        id: Oid,
        parent: Option<&git2::Commit<'_>>,
        message: &str,
    ) -> Result<(), GitError> {
        let git = &self.repository.inner;
        let subject = message.lines().next().unwrap_or_default();
        let log = match parent {
            Some(_) => format!("commit: {subject}"),
            None => format!("commit (initial): {subject}"),
        };
        let parent = parent.map_or(Oid::ZERO_SHA1, |parent| parent.id());
        let name = match &self.target {
            Target::Branch(branch) => format!("refs/heads/{branch}"),
            Target::Head => match self.repository.branch() {
                Some(branch) => format!("refs/heads/{branch}"),
                None => {
                    return git
                        .reference_matching("HEAD", id, true, parent, &log)
                        .map(drop)
                        .map_err(GitError::writing);
                }
            },
        };
        let there = git.find_reference(&name).is_ok();
        let moved = if there {
            git.reference_matching(&name, id, true, parent, &log)
        } else {
            git.reference(&name, id, false, &log)
        };
        moved.map_err(GitError::writing)?;
        match &self.target {
            Target::Branch(_) => git.set_head(&name).map_err(GitError::writing),
            Target::Head => Ok(()),
        }
    }
}

/// What hooks make of a commit.
struct Run {
    message: String,
    tree: Oid,
    words: String,
    skipped: Vec<String>,
}

impl Run {
    fn say(&mut self, words: &str) {
        if !words.is_empty() {
            self.words.push_str(words);
            self.words.push('\n');
        }
    }
}

impl Repository {
    /// Takes a path from the disk into both indexes; says whether that changed the commit.
    fn stage(
        &self,
        path: &RepoPath,
        staged: &mut Index,
        next: &mut Index,
    ) -> Result<bool, GitError> {
        let full = self.full(path);
        let full = Path::new(&full);
        let before = next.get_path(full, 0).map(|entry| (entry.id, entry.mode));
        if path.below(&self.root).symlink_metadata().is_ok_and(|data| !data.is_dir()) {
            let failed = |error| GitError::staging(path, error);
            staged.add_path(full).map_err(failed)?;
            let Some(mut entry) = staged.get_path(full, 0) else { return Ok(false) };
            if let Some(id) = self.filtered(path, full)? {
                entry.id = id;
                staged.add(&entry).map_err(failed)?;
            }
            let after = (entry.id, entry.mode);
            if before == Some(after) {
                return Ok(false);
            }
            next.add(&entry).map_err(failed)?;
            return Ok(true);
        }
        for index in [staged, next] {
            if index.get_path(full, 0).is_some() {
                index.remove_path(full).map_err(|error| GitError::staging(path, error))?;
            }
        }
        Ok(before.is_some())
    }

    /// Writes an index file of a tree, for hooks to look at.
    fn index_file(&self, path: &Path, tree: Oid) -> Result<(), GitError> {
        let read = || {
            let mut index = Index::open(path)?;
            index.read_tree(&self.inner.find_tree(tree)?)?;
            index.write()
        };
        read().map_err(GitError::writing)?;
        // What is as on the disk is known to be so: commands below porcelain only look at this.
        Call::new(self.workdir(), "preparing the index for hooks")
            .args(["update-index", "-q", "--refresh"])
            .env("GIT_INDEX_FILE", path)
            .output()
            .map(drop)
    }

    /// Stages what was written, and what hooks made of the commit. What the person had staged otherwise is theirs, and stays.
    fn learn(
        &self,
        before: Option<&git2::Tree<'_>>,
        after: Oid,
        written: &[RepoPath],
        proposed: &Index,
        staged: &mut Index,
    ) -> Result<Vec<RepoPath>, GitError> {
        let mut put = |full: &Path, entry: Option<IndexEntry>| match entry {
            Some(entry) => staged.add(&entry),
            None if staged.get_path(full, 0).is_some() => staged.remove_path(full),
            None => Ok(()),
        };
        for path in written {
            let full = self.full(path);
            let full = Path::new(&full);
            put(full, proposed.get_path(full, 0)).map_err(GitError::writing)?;
        }
        let after = self.inner.find_tree(after).map_err(GitError::reading)?;
        let mut committed = Index::new().map_err(GitError::reading)?;
        committed.read_tree(&after).map_err(GitError::reading)?;
        let diff = self.inner.diff_tree_to_tree(before, Some(&after), None);
        let diff = diff.map_err(GitError::reading)?;
        let mut changed = Vec::new();
        for delta in diff.deltas() {
            let Some(full) = delta.new_file().path().or(delta.old_file().path()) else { continue };
            let path = full.to_str().and_then(|full| full.strip_prefix(&*self.prefix));
            changed.extend(path.and_then(|path| RepoPath::new(path).ok()));
            let now = committed.get_path(full, 0);
            let had = Some(delta.old_file().id()).filter(|id| !id.is_zero());
            let has = staged.get_path(full, 0).map(|entry| entry.id);
            let meant = proposed.get_path(full, 0).map(|entry| entry.id);
            if has == now.as_ref().map(|entry| entry.id) || has != had && has != meant {
                continue;
            }
            match now {
                Some(entry) => staged.add(&entry),
                None => staged.remove_path(full),
            }
            .map_err(GitError::writing)?;
        }
        Ok(changed)
    }
}

/// Makes git look again at files that were written in the second in which they were staged: it compares whole seconds, libgit2
/// finer ones, and an edit between the two would go unseen.
fn distrust(index: &mut Index) -> Result<(), GitError> {
    use std::os::unix::fs::MetadataExt as _;
    let written = index.path().and_then(|path| path.metadata().ok()).map(|data| data.mtime());
    let Some(written) = written else { return Ok(()) };
    let young: Vec<IndexEntry> = index
        .iter()
        .filter(|entry| i64::from(entry.mtime.seconds()) >= written && entry.flags_extended == 0)
        .collect();
    for mut entry in young {
        entry.file_size = 0;
        index.add(&entry).map_err(GitError::writing)?;
    }
    Ok(())
}

fn unfinished(state: RepositoryState) -> &'static str {
    match state {
        RepositoryState::Merge => "merge",
        RepositoryState::Revert | RepositoryState::RevertSequence => "revert",
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => "cherry-pick",
        RepositoryState::Bisect => "bisection",
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => "`git am`",
        RepositoryState::Clean
        | RepositoryState::Rebase
        | RepositoryState::RebaseInteractive
        | RepositoryState::RebaseMerge => "rebase",
    }
}
