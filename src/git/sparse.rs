//! The patterns of a sparse checkout: which paths of a repository are on disk.
//!
//! They are read as git reads them (`git help sparse-checkout`, `git help ignore`): the last pattern that matches a path decides, and
//! where none does, the one that decides over its folder. The patterns of cone mode are such patterns, too.

use globset::{GlobBuilder, GlobMatcher};

/// What `info/sparse-checkout` says.
#[derive(Debug)]
pub(super) struct Patterns(Vec<Pattern>);

#[derive(Debug)]
struct Pattern {
    glob: GlobMatcher,
    takes: bool,
    folders_only: bool,
}

impl Patterns {
    /// Reads the file. A pattern that cannot be read matches nothing.
    pub(super) fn read(text: &str) -> Self {
        let lines = text.lines().map(str::trim_end);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.filter_map(Pattern::read).collect())
    }

    /// Whether a file is on disk.
    pub(super) fn take(&self, path: &str) -> bool {
        let folders = path.rmatch_indices('/').map(|(at, _)| (&path[..at], true));
        let decides = |(path, folder): (&str, bool)| {
            let mut matching = self.0.iter().rev();
            matching.find(|one| (folder || !one.folders_only) && one.glob.is_match(path))
        };
        let decided = std::iter::once((path, false)).chain(folders).find_map(decides);
        decided.is_some_and(|pattern| pattern.takes)
    }
}

impl Pattern {
    fn read(line: &str) -> Option<Self> {
        let (line, takes) = match line.strip_prefix('!') {
            Some(rest) => (rest, false),
            None => (line, true),
        };
        let folders_only = line.ends_with('/');
        let line = line.strip_suffix('/').unwrap_or(line);
        // Without a `/` before its end it matches a name in any folder.
        let glob = match line.strip_prefix('/') {
            Some(anchored) => anchored.to_owned(),
            None if line.contains('/') => line.to_owned(),
            None => format!("**/{line}"),
        };
        let glob = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build();
        Some(Self { glob: glob.ok()?.compile_matcher(), takes, folders_only })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cone_holds_its_folders_and_the_files_on_the_way() {
        let cone =
            Patterns::read("/*\n!/*/\n/platform/\n/tenants/\n!/tenants/*/\n/tenants/base/\n");
        for taken in ["platform.yaml", "platform/tenants/a.yaml", "tenants/x", "tenants/base/a/b"] {
            assert!(cone.take(taken), "{taken}");
        }
        for left_out in ["clusters/a/b", "tenants/production/a", "tenants/production/a/b"] {
            assert!(!cone.take(left_out), "{left_out}");
        }
    }

    #[test]
    fn other_patterns_are_read_as_in_gitignore() {
        let patterns = Patterns::read("# mine\n/*\n!clusters\n*.md\n!a/**/c\n");
        assert!(patterns.take("platform.yaml") && patterns.take("clusters/README.md"));
        assert!(!patterns.take("clusters/a/b") && !patterns.take("x/clusters/y"));
        assert!(!patterns.take("a/b/c/d") && patterns.take("a/b/d"));
        assert!(!Patterns::read("").take("a"));
    }
}
