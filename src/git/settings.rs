//! Git's configuration as `git` itself reads it.
//!
//! libgit2 knows the usual files, but neither `GIT_CONFIG_GLOBAL`, `GIT_CONFIG_SYSTEM` and `GIT_CONFIG_COUNT` nor
//! `includeIf.hasconfig`. So `git config --list` is asked, and what it says is given to libgit2 as well. Without a `git` there is
//! libgit2's reading.

use std::io::Write as _;
use std::path::Path;

use super::GitError;
use super::program::{Call, text};

/// Keys with their values, the weakest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    entries: Vec<(String, String)>,
    /// Whether there is a `git` that said so.
    pub(super) by_git: bool,
}

impl Settings {
    /// What holds in a repository.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub(super) fn read(repository: &git2::Repository, folder: &Path) -> Result<Self, GitError> {
        let call = Call::new(folder, "reading its configuration");
        let output = match call.args(["config", "--null", "--list"]).output() {
            Ok(output) if output.status.success() => output,
            // A `git` that fails here does not trust the repository or has a broken file: libgit2 says so in its own words.
            Ok(_) | Err(GitError::NoProgram { .. }) => return Self::of_libgit2(repository),
            Err(error) => return Err(error),
        };
        let entries = text(&output.stdout)
            .split_terminator('\0')
            .map(|entry| match entry.split_once('\n') {
                Some((key, value)) => (key.to_owned(), value.to_owned()),
                // A key without `=` is a yes.
                None => (entry.to_owned(), "true".to_owned()),
            })
            .collect();
        Ok(Self { entries, by_git: true })
    }

    fn of_libgit2(repository: &git2::Repository) -> Result<Self, GitError> {
        let config = repository.config().map_err(GitError::reading)?;
        let mut entries = Vec::new();
        let all = config.entries(None).map_err(GitError::reading)?;
        all.for_each(|entry| {
            if let Ok(name) = entry.name() {
                let value =
                    if entry.has_value() { entry.value().unwrap_or_default() } else { "true" };
                entries.push((name.to_owned(), value.to_owned()));
            }
        })
        .map_err(GitError::reading)?;
        Ok(Self { entries, by_git: false })
    }

    #[cfg(test)]
    pub(super) fn of(entries: &[(&str, &str)]) -> Self {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Self { entries: entries.iter().map(owned).collect(), by_git: true }
    }

    /// All of it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The strongest value of a key, whose section and name are in small letters.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.iter().filter(|(name, _)| *name == key).last().map(|(_, value)| value)
    }

    /// The weakest value of a key: the address that a remote is fetched from.
    pub(super) fn first(&self, key: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The names of the remotes.
    pub(super) fn remotes(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .iter()
            .filter_map(|(key, _)| key.strip_prefix("remote.")?.strip_suffix(".url"))
            .collect();
        names.dedup();
        names
    }

    /// Whether a key says yes.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| {
            let number = || value.parse::<i64>().is_ok_and(|number| number != 0);
            ["true", "yes", "on"].iter().any(|yes| value.eq_ignore_ascii_case(yes)) || number()
        })
    }

    /// Gives it to libgit2, so that ignored files and line endings are those of `git`.
    ///
    /// # Errors
    /// There is no room for a temporary file.
    pub(super) fn give_to(&self, repository: &git2::Repository) -> Result<(), GitError> {
        if !self.by_git {
            return Ok(());
        }
        let temporary = |source| GitError::Temporary { source };
        let mut file = tempfile::NamedTempFile::new().map_err(temporary)?;
        file.write_all(self.as_file().as_bytes()).map_err(temporary)?;
        let mut config = git2::Config::new().map_err(GitError::reading)?;
        config.add_file(file.path(), git2::ConfigLevel::Local, false).map_err(GitError::reading)?;
        // Read once: the file may go.
        let config = config.snapshot().map_err(GitError::reading)?;
        repository.set_config(&config).map_err(GitError::reading)
    }

    /// What libgit2 needs of it, as a file of git's: how files are read and whom reflogs name, and nothing with a credential in it.
    fn as_file(&self) -> String {
        let mut out = String::new();
        for (key, value) in self.iter() {
            let Some((section @ ("core" | "extensions" | "index" | "user"), name)) =
                key.split_once('.')
            else {
                continue;
            };
            let value = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n")
                .replace('\t', "\\t");
            out.push_str(&format!("[{section}]\n\t{name} = \"{value}\"\n"));
        }
        out
    }
}
