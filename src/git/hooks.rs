//! The hooks of a commit, run by `git hook run` so that they run as they always do.

use std::path::{Path, PathBuf};

use super::program::{Call, text};
use super::{GitError, Repository};

/// The hooks that `git commit` runs, in its order.
pub(super) const COMMIT: [&str; 4] =
    ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"];

/// What a hook is told.
#[derive(Default)]
pub(super) struct Told<'a> {
    /// The index that is to become the commit.
    pub index: Option<&'a Path>,
    /// The file with the message, and whatever else.
    pub arguments: Vec<&'a std::ffi::OsStr>,
}

impl Repository {
    /// The hooks of a commit that are there.
    pub(super) fn hooks(&self) -> Result<Vec<&'static str>, GitError> {
        let settings = self.settings()?;
        let folder = match settings.get("core.hookspath") {
            Some(path) => self.workdir().join(expand(path)),
            None => self.inner.commondir().join("hooks"),
        };
        // Since git 2.54 hooks may stand in the configuration: `hook.<name>.event`.
        let configured = |hook: &str| {
            settings.iter().any(|(key, value)| {
                key.starts_with("hook.") && key.ends_with(".event") && value == hook
            })
        };
        let there = |hook: &&str| is_executable(&folder.join(hook)) || configured(hook);
        Ok(COMMIT.into_iter().filter(there).collect())
    }

    /// Whether there is a `git` that can run them: since 2.36.
    pub(super) fn can_run_hooks(&self) -> Result<bool, GitError> {
        let output = match Call::new(self.workdir(), "running hooks").args(["version"]).output() {
            Err(GitError::NoProgram { .. }) => return Ok(false),
            output => output?,
        };
        let version = text(&output.stdout);
        let mut numbers = version.split_whitespace().nth(2).unwrap_or_default().split('.');
        let mut next = || numbers.next().and_then(|number| number.parse().ok()).unwrap_or(0);
        Ok((next(), next()) >= (2, 36))
    }

    /// Runs a hook; gives back what it said.
    ///
    /// # Errors
    /// [`GitError::Hook`]: it refused.
    pub(super) fn run_hook(&self, hook: &'static str, told: &Told<'_>) -> Result<String, GitError> {
        let mut call = Call::as_they_are(self.workdir(), "running hooks")
            .args(["hook", "run", "--ignore-missing", hook, "--"])
            .args(&told.arguments)
            .env("GIT_EDITOR", ":");
        if let Some(index) = told.index {
            call = call.env("GIT_INDEX_FILE", index);
        }
        let output = call.output()?;
        let words = text(&output.stdout) + &text(&output.stderr);
        let words = self.redaction().apply(words.trim_end());
        if output.status.success() { Ok(words) } else { Err(GitError::Hook { hook, words }) }
    }
}

/// With the person's own folder in place of a leading `~`.
fn expand(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}
