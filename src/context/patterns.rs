//! Paths as patterns of gitignore, which CODEOWNERS and `.sourceignore` share.

use std::collections::BTreeSet;

use crate::path::RepoPath;
use crate::spec::Platform;

/// A path as a pattern that matches it alone, from the folder of the file with the patterns on. For a character that
/// ends a line somewhere, and so cannot stand in the file, the pattern has a `?`.
pub(crate) fn exact(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len() + 1);
    pattern.push('/');
    for c in path.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            pattern.push('?');
            continue;
        }
        if matches!(c, ' ' | '#' | '!' | '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The lines that let the folders of components' own manifests through behind a `/*`. A folder inside another that
/// is left out can only be let through one step after the other.
pub(crate) fn manifests(platform: &Platform) -> Vec<String> {
    let mut folders = BTreeSet::new();
    for component in platform.components.values() {
        let mut add = |component: &crate::spec::component::Component| {
            if component.enabled {
                let named = [&component.manifests, &component.configs];
                folders.extend(named.into_iter().flatten().map(|manifests| manifests.path.clone()));
            }
        };
        for cluster in platform.clusters.keys() {
            add(component.at_cluster(cluster));
        }
        for environment in platform.environments() {
            add(component.at_environment(environment));
        }
        add(&component.base);
    }
    let_through(&folders)
}

fn let_through(folders: &BTreeSet<RepoPath>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut opened: BTreeSet<&str> = BTreeSet::new();
    for folder in folders.iter().map(RepoPath::as_str) {
        let parents: Vec<&str> = folder.match_indices('/').map(|(at, _)| &folder[..at]).collect();
        if parents.iter().any(|parent| folders.iter().any(|other| other.as_str() == *parent)) {
            continue;
        }
        for parent in parents {
            if opened.insert(parent) {
                lines.push(format!("!{}/", exact(parent)));
                lines.push(format!("{}/*", exact(parent)));
            }
        }
        lines.push(format!("!{}/", exact(folder)));
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn lines(folders: &[&str]) -> Vec<String> {
        let_through(&folders.iter().map(|folder| RepoPath::new(folder).unwrap()).collect())
    }

    #[test]
    fn a_nested_folder_is_let_through_step_by_step() {
        assert_eq!(
            lines(&["apps", "manifests/a", "manifests/b/c"]),
            [
                "!/apps/",
                "!/manifests/",
                "/manifests/*",
                "!/manifests/a/",
                "!/manifests/b/",
                "/manifests/b/*",
                "!/manifests/b/c/",
            ]
        );
    }

    #[test]
    fn a_folder_below_one_that_is_let_through_needs_no_line() {
        assert_eq!(lines(&["a", "a/b", "a/b/c", "a-b"]), ["!/a/", "!/a-b/"]);
    }

    #[test]
    fn characters_of_patterns_stand_for_themselves() {
        assert_eq!(exact("a b/[c]*?#!.yaml"), "/a\\ b/\\[c\\]\\*\\?\\#\\!.yaml");
    }

    #[test]
    fn a_character_that_would_end_the_line_is_any_character() {
        assert_eq!(exact("a\u{2028}b/c"), "/a?b/c");
    }
}
