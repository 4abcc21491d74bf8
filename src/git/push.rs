//! Pushing a branch: the person's own `git`, with their ssh, their credential helpers and their proxies.

use std::process::Output;

use super::program::{Call, text};
use super::redact::without_credentials;
use super::{GitError, Ready, Repository};

/// Where a branch is pushed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Push {
    /// The remote.
    pub remote: String,
    /// The branch here.
    pub branch: String,
    /// The reference there.
    pub to: String,
    /// The address, without credentials.
    pub url: String,
    /// Whether the branch has no upstream yet.
    pub first: bool,
}

/// A branch that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The remote.
    pub remote: String,
    /// Its address, without credentials.
    pub url: String,
    /// The branch there.
    pub branch: String,
    /// Whether it was there already.
    pub up_to_date: bool,
    /// Where the forge offers to open a pull request.
    pub pull_request: Option<String>,
    /// What the remote and hooks said.
    pub words: String,
}

/// Why a branch was not pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushFailure {
    /// The remote has commits that are not here.
    Behind,
    /// A hook or a rule of the remote refused.
    Refused,
    /// The person's own `pre-push` hook refused.
    Hook,
    /// The remote does not let the person in.
    Credentials,
    /// The remote's key is not known, or another one than before.
    HostKey,
    /// There is no such repository, or the person may not see it.
    NoRepository,
    /// The remote is not reached, or the connection broke.
    Unreachable,
}

impl PushFailure {
    /// Whether something outside failed, so that trying again may help.
    #[must_use]
    pub fn is_outside(self) -> bool {
        match self {
            Self::Behind | Self::Refused | Self::Hook => false,
            Self::Credentials | Self::HostKey | Self::NoRepository | Self::Unreachable => true,
        }
    }
}

impl Repository {
    /// Where a branch would be pushed to.
    pub(super) fn push_of(
        &self,
        branch: Option<String>,
        remote: Option<&str>,
    ) -> Result<Push, GitError> {
        let settings = self.settings()?;
        if !settings.by_git {
            return Err(GitError::NoProgram { what: "pushing" });
        }
        let branch = branch.ok_or(GitError::NothingToPush)?;
        let upstream = settings.get(&format!("branch.{branch}.remote"));
        let remotes = settings.remotes();
        let remote = remote
            .or_else(|| settings.get(&format!("branch.{branch}.pushremote")))
            .or_else(|| settings.get("remote.pushdefault"))
            .or(upstream.filter(|remote| *remote != "."))
            .or_else(|| remotes.iter().copied().find(|remote| *remote == "origin"))
            .or(match &*remotes {
                [only] => Some(only),
                _ => None,
            })
            .map(str::to_owned);
        let known = || remotes.iter().map(|remote| (*remote).to_owned()).collect();
        let Some(remote) = remote else {
            return Err(GitError::NoRemote { remote, known: known() });
        };
        if !remotes.contains(&&*remote) {
            return Err(GitError::NoRemote { remote: Some(remote), known: known() });
        }
        let url = Call::new(self.workdir(), "pushing")
            .args(["remote", "get-url", "--push", "--", &remote])
            .output()?;
        let url = self.redaction().apply(&without_credentials(text(&url.stdout).trim()));
        // A branch has one name on both sides, unless the person has said that its upstream is what is pushed to.
        let merge = settings.get(&format!("branch.{branch}.merge"));
        let tracking = matches!(settings.get("push.default"), Some("upstream" | "tracking"));
        let to = match merge {
            Some(merge) if tracking && upstream == Some(&*remote) => merge.to_owned(),
            _ => format!("refs/heads/{branch}"),
        };
        Ok(Push { remote, first: upstream.is_none(), branch, to, url })
    }
}

impl Ready {
    /// Whether the branch that was asked for is the one that is checked out.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.branch() == self.repository.branch()
    }

    /// Whether a branch is to be pushed.
    #[must_use]
    pub fn pushes(&self) -> bool {
        self.push.is_some()
    }

    /// Pushes the branch, where that was wished for.
    ///
    /// # Errors
    /// [`GitError::Push`]; the commit stays.
    pub fn push(&self) -> Result<Option<Pushed>, GitError> {
        let Some(push) = &self.push else { return Ok(None) };
        let output = self.call(push).output()?;
        let redaction = self.repository.redaction();
        let (report, said) = (text(&output.stdout), redaction.apply(&text(&output.stderr)));
        if !output.status.success() {
            let failure = self.why(&output, push, &report, &said);
            return Err(GitError::Push {
                failure,
                remote: push.remote.clone(),
                url: push.url.clone(),
                branch: push.branch.clone(),
                words: words_of_failure(&redaction.apply(&report), &said),
            });
        }
        Ok(Some(Pushed {
            remote: push.remote.clone(),
            url: push.url.clone(),
            branch: push.to.trim_start_matches("refs/heads/").to_owned(),
            up_to_date: report.lines().any(|line| line.starts_with('=')),
            pull_request: pull_request(&said),
            words: remote_words(&said),
        }))
    }

    fn call(&self, push: &Push) -> Call {
        let mut call =
            Call::new(self.repository.workdir(), "pushing").args(["push", "--porcelain"]);
        if self.wishes.no_verify {
            call = call.args(["--no-verify"]);
        }
        if push.first {
            call = call.args(["--set-upstream"]);
        }
        if self.wishes.interactive {
            call = call.on_terminal();
        } else {
            call = call.env("GIT_TERMINAL_PROMPT", "0").env("GCM_INTERACTIVE", "never");
            // Somebody else's ssh command may not know the option.
            let own =
                ["GIT_SSH_COMMAND", "GIT_SSH"].iter().any(|name| std::env::var_os(name).is_some());
            let settings = self.repository.settings().ok();
            if !own && settings.is_none_or(|settings| settings.get("core.sshcommand").is_none()) {
                call = call.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
            }
        }
        call.args(["--", &push.remote, &format!("refs/heads/{}:{}", push.branch, push.to)])
    }

    fn why(&self, output: &Output, push: &Push, report: &str, said: &str) -> PushFailure {
        let refused = report.lines().filter(|line| line.starts_with('!'));
        let mut refused = refused.filter(|line| line.contains(&push.to));
        if let Some(line) = refused.next() {
            return match line {
                _ if line.contains("[remote rejected]") => PushFailure::Refused,
                _ if line.contains("[rejected]") => PushFailure::Behind,
                _ => PushFailure::Unreachable,
            };
        }
        let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
        if says(&["Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED"]) {
            return PushFailure::HostKey;
        }
        if says(&[
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "Permission denied",
            "Invalid username or",
            "requested URL returned error: 401",
            "requested URL returned error: 403",
            "HTTP Basic: Access denied",
        ]) {
            return PushFailure::Credentials;
        }
        if says(&[
            "does not appear to be a git repository",
            "Repository not found",
            "repository not found",
            "could not be found",
            "requested URL returned error: 404",
        ]) || (said.contains("repository '") && said.contains("' not found"))
        {
            return PushFailure::NoRepository;
        }
        // Before anything was said to or by the remote: a hook of the person's own.
        if output.status.code() == Some(1) && !said.contains("fatal:") && !said.contains("remote:")
        {
            return PushFailure::Hook;
        }
        PushFailure::Unreachable
    }
}

/// What tells why, without what says that.
fn words_of_failure(report: &str, said: &str) -> String {
    let refused = report.lines().filter(|line| line.starts_with('!'));
    let refused = refused.filter_map(|line| line.rsplit('\t').next());
    let said = said.lines().filter(|line| {
        !line.starts_with("error: failed to push some refs")
            && !line.starts_with("hint:")
            && !line.starts_with("To ")
            && !is_progress(line)
            && !line.trim().is_empty()
    });
    said.chain(refused).map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// What the remote said.
fn remote_words(said: &str) -> String {
    let remote = said.lines().filter_map(|line| line.strip_prefix("remote:"));
    let lines: Vec<_> = remote
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .filter(|line| !is_progress(line))
        .collect();
    lines.join("\n").trim().to_owned()
}

fn is_progress(line: &str) -> bool {
    let line = line.strip_prefix("remote:").unwrap_or(line).trim_start();
    [
        "Enumerating objects",
        "Counting objects",
        "Compressing objects",
        "Writing objects",
        "Resolving deltas",
        "Delta compression",
        "Total ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

/// Where the forge offers to open a pull request.
fn pull_request(said: &str) -> Option<String> {
    let words = remote_words(said);
    let mut asked = false;
    for line in words.lines() {
        let small = line.to_ascii_lowercase();
        asked |= small.contains("pull request") || small.contains("merge request");
        let url = line.split_whitespace().find(|word| {
            (word.starts_with("https://") || word.starts_with("http://"))
                && word.bytes().all(|byte| byte.is_ascii_graphic())
        });
        if let Some(url) = url.filter(|_| asked) {
            return Some(url.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offer_of_each_forge_is_found() {
        for (said, url) in [
            (
                "remote: \nremote: Create a pull request for 'a' on GitHub by visiting:        \nremote:      https://github.com/acme/fleet/pull/new/a        \nremote: \n",
                Some("https://github.com/acme/fleet/pull/new/a"),
            ),
            (
                "remote: To create a merge request for a, visit:\nremote:   https://gitlab.com/acme/fleet/-/merge_requests/new?merge_request%5Bsource_branch%5D=a\n",
                Some(
                    "https://gitlab.com/acme/fleet/-/merge_requests/new?merge_request%5Bsource_branch%5D=a",
                ),
            ),
            (
                "remote: Create a new pull request for 'a':\nremote:   https://git.acme.example/acme/fleet/compare/main...a\n",
                Some("https://git.acme.example/acme/fleet/compare/main...a"),
            ),
            ("remote: Read https://acme.example/news\n", None),
            ("remote: Create a pull request: javascript:alert(1)\n", None),
        ] {
            assert_eq!(pull_request(said).as_deref(), url);
        }
    }
}
