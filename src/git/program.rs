//! The person's own `git`, run as a process.
//!
//! It alone knows all of their configuration, their ssh, their credential helpers, their proxies, and how they sign. Where there is
//! none, the local part works without it.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::GitError;

/// Variables that would lead git to another repository than the one that is worked on, as a hook or `git rebase --exec` sets them.
const ELSEWHERE: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_IMPLICIT_WORK_TREE",
];

/// A call of `git` in a folder.
pub(super) struct Call {
    command: Command,
    what: &'static str,
}

impl Call {
    /// `git` in a folder, speaking English; `what` says for a message what it is for.
    pub(super) fn new(folder: &Path, what: &'static str) -> Self {
        // Its words are read here and there; they are still UTF-8.
        let mut call = Self::as_they_are(folder, what);
        call.command.env("LC_ALL", "C.UTF-8").env_remove("LANGUAGE");
        call
    }

    /// `git` in a folder, in the person's own language.
    pub(super) fn as_they_are(folder: &Path, what: &'static str) -> Self {
        let mut command = Command::new("git");
        command.current_dir(folder).stdin(Stdio::null());
        for name in ELSEWHERE {
            command.env_remove(name);
        }
        Self { command, what }
    }

    /// The same with arguments.
    pub(super) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// The same with a variable.
    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The same with the terminal's input, for what git or ssh ask there.
    pub(super) fn on_terminal(mut self) -> Self {
        self.command.stdin(Stdio::inherit());
        self
    }

    /// Runs it to its end, whatever that is.
    ///
    /// # Errors
    /// [`GitError::NoProgram`]; it cannot be started.
    pub(super) fn output(mut self) -> Result<Output, GitError> {
        self.command.output().map_err(|source| failed(self.what, source))
    }

    /// The same with something on its standard input.
    ///
    /// # Errors
    /// As [`Self::output`].
    pub(super) fn output_with(mut self, input: &[u8]) -> Result<Output, GitError> {
        let what = self.what;
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|source| failed(what, source))?;
        if let Some(mut stdin) = child.stdin.take() {
            match stdin.write_all(input) {
                // It has read enough, and says why when it ends.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                written => written.map_err(|source| failed(what, source))?,
            }
        }
        child.wait_with_output().map_err(|source| failed(what, source))
    }
}

fn failed(what: &'static str, source: io::Error) -> GitError {
    if source.kind() == io::ErrorKind::NotFound {
        GitError::NoProgram { what }
    } else {
        GitError::Start { source }
    }
}

/// What a process wrote, as text.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
