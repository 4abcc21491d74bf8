//! Why a file of a view cannot be read.

use std::io;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::path::{RepoPath, RepoPathError};

/// Why a file or a folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A symbolic link: neither read nor followed.
    #[error("`{path}` is a symbolic link; links are not followed")]
    Symlink {
        /// The link itself, which may be a folder on the way to what was asked for.
        path: RepoPath,
    },
    /// A folder, a socket, a device: nothing that says something.
    #[error("`{path}` is not a regular file")]
    NotAFile {
        /// What lies there.
        path: RepoPath,
    },
    /// A file where a folder was to be listed.
    #[error("`{path}` is a file, not a folder")]
    NotAFolder {
        /// The file.
        path: RepoPath,
    },
    /// A file beyond the bound of the view; it was not read.
    #[error("`{path}` has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// The file.
        path: RepoPath,
        /// Its size in bytes.
        size: u64,
        /// What the view reads at most, in bytes.
        limit: u64,
    },
    /// A file name that is not UTF-8.
    #[error("the name of `{lossy}` is not UTF-8")]
    NotUtf8 {
        /// The path with each wrong byte replaced.
        lossy: String,
    },
    /// A file name that no path of the repository may have.
    #[error("a file has a name that cannot be used: {reason}")]
    Name {
        /// What is wrong with it; names the path.
        #[source]
        reason: RepoPathError,
    },
    /// The operating system refused.
    #[error("`{path}` cannot be read: {source}")]
    Io {
        /// The file or folder, `.` for the root.
        path: String,
        /// The operating system's own words.
        source: io::Error,
    },
}

impl FilesError {
    /// What the order of faults goes by.
    pub(crate) fn sort_key(&self) -> &str {
        match self {
            Self::Symlink { path }
            | Self::NotAFile { path }
            | Self::NotAFolder { path }
            | Self::TooLarge { path, .. } => path.as_str(),
            Self::NotUtf8 { lossy } => lossy,
            Self::Name {
                reason:
                    RepoPathError::Absolute(path)
                    | RepoPathError::Parent(path)
                    | RepoPathError::Git(path)
                    | RepoPathError::Part(path, _),
            } => path,
            Self::Name { reason: RepoPathError::Empty } => "",
            Self::Io { path, .. } => path,
        }
    }

    /// The fault as a diagnostic about the description.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, path, help) = match self {
            Self::Symlink { path } => (
                Code::SymlinkInDescription,
                Some(path),
                "put the file itself there: what a link points at may lie outside the repository",
            ),
            Self::NotAFile { path } => {
                (Code::UnreadableFile, Some(path), "only regular files are read")
            }
            Self::NotAFolder { path } => {
                (Code::UnreadableFile, Some(path), "move the file away, its name is a folder's")
            }
            Self::TooLarge { path, .. } => {
                (Code::FileTooLarge, Some(path), "no file of a description needs to be this large")
            }
            Self::NotUtf8 { .. } => (Code::InvalidUtf8, None, "rename the file"),
            Self::Name { .. } => (Code::UnreadableFile, None, "rename the file"),
            Self::Io { path, .. } => {
                let diagnostic = Diagnostic::error(Code::UnreadableFile, self.to_string());
                return match RepoPath::new(path) {
                    Ok(file) => diagnostic.at(Place { file, range: None }),
                    Err(_) => diagnostic,
                };
            }
        };
        let diagnostic = Diagnostic::error(code, self.to_string()).help(help);
        match path {
            Some(path) => diagnostic.at(Place { file: path.clone(), range: None }),
            None => diagnostic,
        }
    }
}
