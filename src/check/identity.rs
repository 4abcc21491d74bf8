//! No two files say the same object on one cluster: one would overwrite the other, and Flux would apply them in turn for ever.

use std::collections::{BTreeSet, HashMap};

use super::objects::{Identity, Objects};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::path::RepoPath;
use crate::spec::{EntityKind, Platform};
use crate::tree::Tree;

/// Objects that two files say on one cluster, told once for all clusters.
pub(super) fn check(platform: &Platform, tree: &Tree, objects: &Objects) -> Vec<Diagnostic> {
    let mut told: BTreeSet<(&Identity, &RepoPath, &RepoPath)> = BTreeSet::new();
    let mut findings = Vec::new();
    let view = objects.view();
    for (cluster, found) in view.on_clusters() {
        let mut seen: HashMap<&Identity, &RepoPath> = HashMap::with_capacity(found.len());
        let mut twice: Vec<(&Identity, &RepoPath, &RepoPath)> = Vec::new();
        for found in found {
            let one = &found.object.identity;
            match seen.insert(one, found.file) {
                Some(other) if other < found.file => twice.push((one, other, found.file)),
                Some(other) => twice.push((one, found.file, other)),
                None => {}
            }
        }
        twice.sort_unstable();
        for (one, first, second) in twice {
            if !told.insert((one, first, second)) {
                continue;
            }
            let mut finding = Diagnostic::error(
                Code::NameCollision,
                format!(
                    "`{one}` would be on `{cluster}` twice: from `{first}` and from `{second}`"
                ),
            )
            .help("give one of them another name");
            match (described(platform, tree, first), described(platform, tree, second)) {
                (Some(place), Some(related)) if place != related => {
                    finding = finding.at(place).related(related, "the other comes from here");
                }
                (Some(place), _) | (None, Some(place)) => finding = finding.at(place),
                (None, None) => {}
            }
            findings.push(finding);
        }
    }
    findings
}

/// The file of the description that a generated file comes from.
fn described(platform: &Platform, tree: &Tree, path: &RepoPath) -> Option<Place> {
    let entity = tree.get(path.as_str())?.entity.as_ref()?;
    if entity.kind == EntityKind::Platform {
        return None;
    }
    let file = platform.file_of(entity.kind, &entity.name)?;
    Some(Place { file: file.clone(), range: None })
}
