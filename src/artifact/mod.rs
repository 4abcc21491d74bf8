//! What is pushed to registries for Flux: which files, of which commit.
//!
//! In go a folder and what a person says of it, out comes an [`flux_oci::manifest::Artifact`] that is the same bytes for the same commit,
//! whoever makes it and when. What a registry is asked is `flux_oci`'s business, and what the description says of packages is nobody's
//! here.

mod content;
mod filter;
mod origin;

use std::path::PathBuf;

use flux_oci::manifest::{Annotations, Artifact, REVISION, SOURCE};

pub use content::{Content, parts};
pub use filter::{Filter, FilterError, version};
pub use origin::{Origin, Said};

use crate::files::FilesError;
use crate::git::GitError;

/// Why an artifact cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// Nothing lies at the path.
    #[error("there is nothing at `{}`", .0.display())]
    NoPath(PathBuf),
    /// What lies at the path is neither a file nor a folder.
    #[error("`{}` is neither a file nor a folder", .0.display())]
    NoFolder(PathBuf),
    /// Nothing is left to be pushed.
    #[error("no file of `{}` is to be pushed{}", path.display(), if *ignored == 0 { String::new() } else { format!(": {ignored} left out") })]
    Nothing {
        /// The folder.
        path: PathBuf,
        /// How many files are left out.
        ignored: usize,
    },
    /// A file that cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A file that cannot be packed.
    #[error("`{}` cannot be packed: {source}", path.display())]
    Pack {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Git cannot be asked.
    #[error(transparent)]
    Git(#[from] GitError),
    /// What is to be pushed is in no commit.
    #[error("`{}` has what no commit has: {}", path.display(), list(dirty))]
    Uncommitted {
        /// The folder.
        path: PathBuf,
        /// The files.
        dirty: Vec<String>,
    },
    /// Git does not say where the content comes from.
    #[error("{reason}, so that it is not known {unknown}")]
    Unknown {
        /// What is missing.
        reason: &'static str,
        /// What is not known: "where the content comes from".
        unknown: &'static str,
        /// The flag that says it.
        flag: &'static str,
    },
    /// `SOURCE_DATE_EPOCH` is no time.
    #[error("SOURCE_DATE_EPOCH is `{0}`, no number of seconds since 1970")]
    Epoch(String),
}

/// The first few, and how many more.
fn list(paths: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = paths.iter().take(SHOWN).map(|path| format!("`{path}`")).collect();
    match paths.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl ArtifactError {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoPath(_) | Self::NoFolder(_) => {
                "`--path` takes a folder, or one file; it is seen from where the command runs".to_owned()
            }
            Self::Nothing { ignored: 0, .. } => "symbolic links and empty folders are not pushed".to_owned(),
            Self::Nothing { .. } => "look at its `.sourceignore` and at `--ignore-paths`".to_owned(),
            Self::Uncommitted { .. } => {
                "commit them, leave them out (`.sourceignore`, `--ignore-paths`), or push them as they are with `--allow-dirty`".to_owned()
            }
            Self::Unknown { flag, .. } => format!("say it with `{flag}`"),
            Self::Epoch(_) => "unset it, or set it such as by `git log -1 --format=%ct`".to_owned(),
            Self::Git(error) => return error.help(),
            Self::Files(_) | Self::Pack { .. } => return None,
        })
    }
}

/// Content with where it comes from, as an artifact. Annotations that a person says are stronger than those that follow from the origin.
#[must_use]
pub fn artifact(content: Content, origin: &Origin, annotations: &Annotations) -> Artifact {
    let mut all = Annotations::from([
        (SOURCE.to_owned(), origin.source.clone()),
        (REVISION.to_owned(), origin.revision.clone()),
    ]);
    all.extend(annotations.clone());
    Artifact::new(content.layer.blob, &content.layer.archive, &origin.created, all)
}
