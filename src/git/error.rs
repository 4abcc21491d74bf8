//! Why git cannot do what it was asked.

use std::io;
use std::path::{Path, PathBuf};

use super::PushFailure;
use super::redact::redact;
use crate::path::RepoPath;

/// Why git cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// A folder that lies in no repository.
    #[error("`{}` is not in a git repository; `git init` makes one", root.display())]
    NotARepository {
        /// The folder.
        root: PathBuf,
    },
    /// A repository without a work tree.
    #[error("`{}` is a bare repository: it has no files to work on; clone it first", path.display())]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// A repository that belongs to another user, which git refuses to trust.
    #[error(
        "the repository of `{0}` belongs to another user, and git does not trust it; if you do: \
         git config --global --add safe.directory {0}",
        root.display()
    )]
    NotOwned {
        /// The folder.
        root: PathBuf,
    },
    /// A revision that is none, or not here.
    #[error("there is no revision `{name}` here: {}", redact(reason))]
    NoRevision {
        /// As it was asked for.
        name: String,
        /// git's own words.
        reason: String,
        /// Whether the clone is shallow, so that it may be elsewhere.
        shallow: bool,
    },
    /// A folder that is a repository already, where a new one was to be made.
    #[error("`{}` is a git repository already", root.display())]
    Exists {
        /// The folder.
        root: PathBuf,
    },
    /// A repository in a form that libgit2 does not read.
    #[error(
        "the git repository of `{}` cannot be worked with: {what}; commit with `git` yourself, or make the repository anew with \
         `git init --object-format=sha1 --ref-format=files`",
        root.display()
    )]
    Unsupported {
        /// The folder.
        root: PathBuf,
        /// What is not known of it.
        what: String,
    },
    /// A repository that cannot be opened or made.
    #[error("the git repository of `{}` cannot be opened: {}", root.display(), redact(source.message()))]
    Open {
        /// The folder.
        root: PathBuf,
        /// git's own words.
        source: git2::Error,
    },
    /// A name that git does not take for a branch.
    #[error("`{name}` is not the name of a branch")]
    InvalidBranch {
        /// The name.
        name: String,
    },
    /// A folder that cannot be resolved.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
    /// A folder whose name is not UTF-8.
    #[error("the folder `{}` has a name that is not UTF-8", path.display())]
    NotUtf8 {
        /// The folder, from the root of the repository.
        path: PathBuf,
    },
    /// Git does not know whom to name as the author.
    #[error(
        "git does not know who you are; tell it with\n  \
         git config --global user.name \"Your Name\"\n  \
         git config --global user.email you@example.com"
    )]
    NoIdentity {
        /// git's own words.
        words: String,
    },
    /// Something is half done in the repository.
    #[error("a {what} is under way in the repository; finish or abort it before committing")]
    Unfinished {
        /// What it is, such as `merge`.
        what: &'static str,
    },
    /// Another git works on the index.
    #[error(
        "another git is at work in the repository (its `index.lock` is there); try again when it is done"
    )]
    Locked,
    /// A branch that is there, with other commits or in another work tree.
    #[error(
        "there is a branch `{name}` already, and it is not where you are; name another one, or `git switch {name}` first"
    )]
    BranchElsewhere {
        /// The branch.
        name: String,
    },
    /// A branch whose name is the folder of another, or the other way round.
    #[error(
        "there is a branch `{other}`, and git has no room for `{name}` beside it; name another one"
    )]
    NoRoom {
        /// The branch.
        name: String,
        /// The one that is there.
        other: String,
    },
    /// There is no `git` on the PATH.
    #[error("there is no `git` on the PATH, and {what} takes one; install it")]
    NoProgram {
        /// What it is wanted for.
        what: &'static str,
    },
    /// The `git` on the PATH cannot be started.
    #[error("`git` cannot be started: {source}")]
    Start {
        /// The operating system's own words.
        source: io::Error,
    },
    /// A temporary file cannot be written.
    #[error("a temporary file for git cannot be written: {source}")]
    Temporary {
        /// The operating system's own words.
        source: io::Error,
    },
    /// There is no remote to push to.
    #[error("{}", no_remote(remote.as_deref(), known))]
    NoRemote {
        /// The remote that was named.
        remote: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// HEAD is on no branch.
    #[error("HEAD is detached: there is no branch to push; `--branch` makes one")]
    NothingToPush,
    /// A hook refused the commit.
    #[error("the hook `{hook}` refused the commit{}", said(words))]
    Hook {
        /// Its name.
        hook: &'static str,
        /// What it said.
        words: String,
    },
    /// Hooks left no message.
    #[error("hooks left nothing of the commit's message")]
    NoMessage,
    /// The signature that `commit.gpgsign` asks for was not made.
    #[error("the commit cannot be signed{}", said(words))]
    NotSigned {
        /// The words of git and of the program that signs.
        words: String,
    },
    /// A filter of `.gitattributes` failed.
    #[error("a filter of `.gitattributes` fails on `{path}`{}", said(words))]
    Filter {
        /// The file.
        path: RepoPath,
        /// git's own words.
        words: String,
    },
    /// A push that failed.
    #[error("{}{}", not_pushed(*failure, remote, url, branch), said(words))]
    Push {
        /// In which way.
        failure: PushFailure,
        /// The remote.
        remote: String,
        /// Its address, without credentials.
        url: String,
        /// The branch.
        branch: String,
        /// The words of git, ssh and the remote, without credentials.
        words: String,
    },
    /// A file cannot be taken into a commit.
    #[error("`{path}` cannot be committed: {}", redact(source.message()))]
    Stage {
        /// The file.
        path: RepoPath,
        /// git's own words.
        source: git2::Error,
    },
    /// The repository cannot be read.
    #[error("the git repository cannot be read: {}", redact(source.message()))]
    Read {
        /// git's own words.
        source: git2::Error,
    },
    /// The repository cannot be written.
    #[error("the git repository cannot be written: {}", redact(source.message()))]
    Write {
        /// git's own words.
        source: git2::Error,
    },
}

impl GitError {
    /// Whether something outside of the repository failed, so that trying again may help.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Push { failure, .. } if failure.is_outside())
    }

    /// What to do about it, where the message does not say.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Push { failure, remote, branch, .. } => Some(match failure {
                PushFailure::Behind => format!(
                    "the commit is on `{branch}` here: `git pull --rebase {remote} {branch}`, `tenantry generate`, then `git push {remote} {branch}`"
                ),
                PushFailure::Refused => format!(
                    "the commit is on `{branch}` here; do as the remote says, or push another branch: `git push {remote} {branch}:NAME`"
                ),
                PushFailure::Hook => format!(
                    "the commit is on `{branch}` here; mend what the hook says, then `git push {remote} {branch}`"
                ),
                PushFailure::Credentials => format!(
                    "the commit is on `{branch}` here; tell git how to sign in (a credential helper, a key in your ssh agent), then `git push {remote} {branch}`"
                ),
                PushFailure::HostKey => format!(
                    "the commit is on `{branch}` here; connect with `ssh` once and compare the key's fingerprint with what the host publishes, then `git push {remote} {branch}`"
                ),
                PushFailure::NoRepository => format!(
                    "the commit is on `{branch}` here; `git remote set-url {remote} URL` mends the address, then `git push {remote} {branch}`"
                ),
                PushFailure::Unreachable => format!(
                    "the commit is on `{branch}` here; try again with `git push {remote} {branch}`"
                ),
            }),
            Self::Hook { .. } => Some(
                "the files are written and not committed; mend what the hook says and `git commit`, or leave the hooks out with `--no-verify`"
                    .to_owned(),
            ),
            Self::NoRevision { shallow: true, .. } => Some(
                "the clone is shallow: `git fetch --unshallow` brings what is older (in a pipeline, check out with the whole history)"
                    .to_owned(),
            ),
            Self::NoRevision { .. } => Some(
                "name a branch, a tag or a commit; `git fetch` brings what the remote has".to_owned(),
            ),
            Self::NotSigned { .. } => Some(
                "the files are written and not committed; mend git's signing (`user.signingKey`, `gpg.format`), then `git commit`".to_owned(),
            ),
            _ => None,
        }
    }

    pub(super) fn opening(root: &Path, source: git2::Error) -> Self {
        let root = root.to_owned();
        match source.code() {
            git2::ErrorCode::Owner => Self::NotOwned { root },
            git2::ErrorCode::Exists => Self::Exists { root },
            _ if [
                "unknown object format",
                "unsupported extension",
                "unsupported repository version",
            ]
            .iter()
            .any(|words| source.message().contains(words)) =>
            {
                Self::Unsupported { root, what: source.message().to_owned() }
            }
            _ => Self::Open { root, source },
        }
    }

    pub(super) fn staging(path: &RepoPath, source: git2::Error) -> Self {
        Self::Stage { path: path.clone(), source }
    }

    pub(super) fn reading(source: git2::Error) -> Self {
        Self::Read { source }
    }

    pub(super) fn writing(source: git2::Error) -> Self {
        match source.code() {
            git2::ErrorCode::Locked => Self::Locked,
            _ => Self::Write { source },
        }
    }
}

/// Somebody else's words below ours.
fn said(words: &str) -> String {
    words.lines().map(|line| format!("\n  {line}")).collect()
}

fn no_remote(remote: Option<&str>, known: &[String]) -> String {
    let there = match known {
        [] => "`git remote add origin URL` adds one".to_owned(),
        known => format!("there is {}; `--remote` names it", known.join(", ")),
    };
    match remote {
        Some(remote) => format!("there is no remote `{remote}` to push to: {there}"),
        None => format!("there is no remote to push to: {there}"),
    }
}

fn not_pushed(failure: PushFailure, remote: &str, url: &str, branch: &str) -> String {
    let why = match failure {
        PushFailure::Behind => "has commits on it that are not here",
        PushFailure::Refused => "refused it",
        PushFailure::Hook => {
            return format!("`{branch}` was not pushed: the hook `pre-push` refused it");
        }
        PushFailure::Credentials => "does not let you in",
        PushFailure::HostKey => "has a key that ssh does not know",
        PushFailure::NoRepository => "has no such repository, or not for you",
        PushFailure::Unreachable => "was not reached, or the connection broke",
    };
    format!("`{branch}` was not pushed: `{remote}` ({url}) {why}")
}
