//! Why a layout is not brought to another one.

use super::Title;
use crate::diagnostic::{Code, Diagnostic};
use crate::path::RepoPath;

/// Why a layout is not brought to another one. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// The repository has no layout.
    #[error("the repository has no layout")]
    NoLayout,
    /// The other one has another name.
    #[error("`{to}` is another layout than `{}`, which the repository has", from.name)]
    Another {
        /// The repository's.
        from: Title,
        /// The other one's name.
        to: String,
    },
    /// The other one is of an earlier version.
    #[error("{to} is of an earlier version than the repository's {from}")]
    Older {
        /// The repository's.
        from: Title,
        /// The other one.
        to: Title,
    },
    /// People changed files that would be replaced.
    #[error("{} of the repository's layout {} edited by hand, and would be replaced: {}",
        count(.paths.len()), if .paths.len() == 1 { "was" } else { "were" }, list(.paths))]
    Edited {
        /// The files.
        paths: Vec<RepoPath>,
        /// Whether the other one is the same layout.
        same: bool,
    },
    /// The folder of the other one is the repository's own.
    #[error("`{0}` is the repository's own copy of its layout")]
    Own(String),
}

fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

fn list(paths: &[RepoPath]) -> String {
    const SHOWN: usize = 10;
    let mut names: Vec<&str> = paths.iter().take(SHOWN).map(RepoPath::as_str).collect();
    let more = format!("and {} more", paths.len().saturating_sub(SHOWN));
    if paths.len() > SHOWN {
        names.push(&more);
    }
    names.join(", ")
}

impl UpgradeError {
    /// The error in the words of the field.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match self {
            Self::NoLayout => (
                Code::NoLayout,
                "`tenantry layout use NAME` brings one in; `tenantry layout list` names those that this tenantry carries",
            ),
            Self::Another { .. } => (
                Code::AnotherLayout,
                "`tenantry layout use` puts it in the place of the repository's",
            ),
            Self::Older { .. } => (
                Code::OlderLayout,
                "use a later tenantry, or say `--allow-downgrade`: what later versions changed in the description is not changed back",
            ),
            Self::Edited { same: true, .. } => (
                Code::EditedByHand,
                "`tenantry layout upgrade` merges them, and `tenantry layout diff --yours` shows the edits; `--discard-edits` throws them away",
            ),
            Self::Edited { same: false, .. } => (
                Code::EditedByHand,
                "`tenantry layout diff --yours` shows the edits; `--discard-edits` throws them away",
            ),
            Self::Own(_) => (Code::WrongUsage, "name the folder of the layout as it is shipped"),
        };
        Diagnostic::error(code, self.to_string()).help(help)
    }
}
