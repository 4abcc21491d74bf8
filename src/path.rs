//! Paths inside the repository: relative, with `/`, never leaving it.
//!
//! What a path may be is decided here once. Nothing here touches a disk.

use std::borrow::Borrow;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A path relative to the root of the platform: UTF-8, separated by `/`, without a leading `/`,
/// without `.`, `..`, empty parts, backslashes or control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RepoPath(String);

/// Why a text is not a [`RepoPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepoPathError {
    /// Nothing was written.
    #[error("the path is empty")]
    Empty,
    /// An absolute path.
    #[error("the path `{0}` is absolute; write it relative to the root of the platform")]
    Absolute(String),
    /// A part is `..`.
    #[error("the path `{0}` leaves the repository with `..`")]
    Parent(String),
    /// A part is `.git`.
    #[error("the path `{0}` lies in git's own folder")]
    Git(String),
    /// A backslash, a control character or an empty part.
    #[error("the path `{0}` has {1}")]
    Part(String, &'static str),
}

impl RepoPath {
    /// Takes a path as people write it: `./` at the front and `/` at the end are dropped.
    ///
    /// # Errors
    /// See [`RepoPathError`].
    pub fn new(text: &str) -> Result<Self, RepoPathError> {
        if text.starts_with('/') {
            return Err(RepoPathError::Absolute(text.to_owned()));
        }
        let mut parts = Vec::new();
        for part in text.strip_suffix('/').unwrap_or(text).split('/') {
            match part {
                "." => {}
                "" if text.is_empty() => return Err(RepoPathError::Empty),
                "" => return Err(RepoPathError::Part(text.to_owned(), "an empty part")),
                ".." => return Err(RepoPathError::Parent(text.to_owned())),
                // Some file systems do not tell `.GIT` from `.git`.
                _ if part.eq_ignore_ascii_case(".git") => {
                    return Err(RepoPathError::Git(text.to_owned()));
                }
                _ if part.contains('\\') => {
                    return Err(RepoPathError::Part(text.to_owned(), "a backslash"));
                }
                _ if part.chars().any(char::is_control) => {
                    return Err(RepoPathError::Part(text.to_owned(), "a control character"));
                }
                _ => parts.push(part),
            }
        }
        if parts.is_empty() {
            return Err(RepoPathError::Empty);
        }
        Ok(Self(parts.join("/")))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path below a folder of the disk.
    #[must_use]
    pub fn below(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }

    /// The folder that holds it, if it is not at the root.
    #[must_use]
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(folder, _)| folder)
    }

    /// The last part.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, name)| name)
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for RepoPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for RepoPath {
    type Err = RepoPathError;

    fn from_str(text: &str) -> Result<Self, RepoPathError> {
        Self::new(text)
    }
}

impl Borrow<str> for RepoPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for RepoPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for RepoPath {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RepoPath".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A path relative to the root of the platform, with `/`, without `..`.",
            "type": "string",
            "minLength": 1,
            "not": { "pattern": r"^/|//|(^|/)\.\.(/|$)|\\|[\x00-\x1f\x7f-\x9f]|^(\./)*\.?$|(^|/)\.[gG][iI][tT](/|$)" }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_normalised() {
        assert_eq!(RepoPath::new("./a/b/").map(|path| path.to_string()), Ok("a/b".to_owned()));
    }

    #[test]
    fn a_path_cannot_leave_the_repository() {
        assert_eq!(RepoPath::new("a/../b"), Err(RepoPathError::Parent("a/../b".to_owned())));
        assert_eq!(RepoPath::new("/etc"), Err(RepoPathError::Absolute("/etc".to_owned())));
        assert_eq!(
            RepoPath::new("a/.Git/hooks"),
            Err(RepoPathError::Git("a/.Git/hooks".to_owned()))
        );
        assert!(RepoPath::new(".github/CODEOWNERS").is_ok());
        for odd in ["", ".", "a//b", "a\\b", "a\nb"] {
            assert!(RepoPath::new(odd).is_err(), "{odd:?} was accepted");
        }
    }
}
