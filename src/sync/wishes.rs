//! What a person asks for beyond the table: words without which nothing of theirs is thrown away.

use globset::{GlobBuilder, GlobMatcher};

use crate::diagnostic::{Code, Diagnostic};
use crate::path::RepoPath;

/// What may be done to files that would be left alone or refused without it.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Files that are brought to what is generated: what was deleted by hand comes back, what was edited loses the edit.
    pub reset: Paths,
    /// Files that lie in the way, and become generated ones.
    pub take_over: Paths,
    /// Edited files that are generated no more, and are deleted.
    pub discard_edits: Paths,
}

/// Paths as they are named on a command line: files, folders with all that is in them, and globs, where `*` stays in its
/// folder and `**` does not.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    all: bool,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    glob: GlobMatcher,
}

/// A glob that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern of paths: {reason}")]
pub struct PathsError {
    /// What was written.
    pub pattern: String,
    /// Why not.
    pub reason: String,
}

impl Paths {
    /// Every path.
    #[must_use]
    pub fn all() -> Self {
        Self { all: true, patterns: Vec::new() }
    }

    /// Those that any of the patterns matches; they start at the root of the platform.
    ///
    /// # Errors
    /// A pattern that is none.
    pub fn of<T: AsRef<str>>(patterns: &[T]) -> Result<Self, PathsError> {
        let patterns = patterns.iter().map(|text| {
            let text = text.as_ref().trim_end_matches('/').to_owned();
            let glob = GlobBuilder::new(&text).literal_separator(true).build();
            let glob = glob.map_err(|error| PathsError {
                pattern: text.clone(),
                reason: error.kind().to_string(),
            })?;
            Ok(Pattern { text, glob: glob.compile_matcher() })
        });
        Ok(Self { all: false, patterns: patterns.collect::<Result<_, _>>()? })
    }

    /// Whether a path is meant.
    #[must_use]
    pub fn holds(&self, path: &RepoPath) -> bool {
        self.all || self.patterns.iter().any(|pattern| pattern.holds(path))
    }

    /// Whether a path is meant by its own name, and not only by a folder's or by a glob.
    #[must_use]
    pub fn names(&self, path: &RepoPath) -> bool {
        self.patterns.iter().any(|pattern| pattern.text == path.as_str())
    }

    /// The patterns that match none of these paths, as they were written.
    pub(super) fn idle(&self, paths: &[&RepoPath]) -> Vec<&str> {
        let idle =
            self.patterns.iter().filter(|pattern| !paths.iter().any(|path| pattern.holds(path)));
        idle.map(|pattern| pattern.text.as_str()).collect()
    }
}

impl Pattern {
    fn holds(&self, path: &RepoPath) -> bool {
        let text = path.as_str();
        let ends = text.match_indices('/').map(|(at, _)| at).chain([text.len()]);
        ends.into_iter().any(|end| self.text == text[..end] || self.glob.is_match(&text[..end]))
    }
}

impl Wishes {
    /// What was asked for and concerns no file, for each flag with the files that it concerned.
    pub(super) fn idle(
        &self,
        reset: &[&RepoPath],
        taken: &[&RepoPath],
        discarded: &[&RepoPath],
    ) -> Vec<Diagnostic> {
        let flags = [
            ("--reset", &self.reset, reset, "no generated file that was edited or deleted by hand"),
            (
                "--take-over",
                &self.take_over,
                taken,
                "no file that lies where one is to be generated",
            ),
            (
                "--discard-edits",
                &self.discard_edits,
                discarded,
                "no edited file that is generated no more",
            ),
        ];
        let idle = flags.into_iter().flat_map(|(flag, paths, concerned, what)| {
            paths.idle(concerned).into_iter().map(move |pattern| {
                Diagnostic::error(
                    Code::NothingMatched,
                    format!("`{flag} {pattern}` concerns {what}"),
                )
                .help("`tenantry generate --check` names what is off; nothing was written")
            })
        });
        idle.collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn holds(pattern: &str, path: &str) -> bool {
        Paths::of(&[pattern]).unwrap().holds(&RepoPath::new(path).unwrap())
    }

    #[test]
    fn files_folders_and_globs_are_meant() {
        assert!(holds("a/b.yaml", "a/b.yaml"));
        assert!(holds("a", "a/b/c.yaml") && holds("a/", "a/b"));
        assert!(holds("a/*.yaml", "a/b.yaml") && !holds("a/*.yaml", "a/b/c.yaml"));
        assert!(holds("**/b.yaml", "a/b.yaml") && holds("**/rbac.yaml", "rbac.yaml"));
        assert!(holds("tenants/*/shop", "tenants/base/shop/sync.yaml"));
        assert!(!holds("a", "ab") && !holds("b.yaml", "a/b.yaml"));
        assert!(Paths::all().holds(&RepoPath::new("a").unwrap()));
        assert!(!Paths::default().holds(&RepoPath::new("a").unwrap()));
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        assert_eq!(Paths::of(&["a/[b"]).unwrap_err().pattern, "a/[b");
    }

    #[test]
    fn patterns_that_match_nothing_are_named() {
        let paths = Paths::of(&["a", "b"]).unwrap();
        assert_eq!(paths.idle(&[&RepoPath::new("a/x").unwrap()]), ["b"]);
    }
}
