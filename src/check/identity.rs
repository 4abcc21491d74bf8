//! No two files say the same object on one cluster: one would overwrite the other, and Flux would apply them in turn for ever.

use std::collections::BTreeSet;

use super::objects::{Found, Identity, files_on_clusters};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::path::RepoPath;
use crate::spec::{EntityKind, Platform};
use crate::tree::Tree;

/// Objects that two files say on one cluster, told once for all clusters.
pub(super) fn check(platform: &Platform, tree: &Tree) -> Vec<Diagnostic> {
    let mut told: BTreeSet<(Identity, &RepoPath, &RepoPath)> = BTreeSet::new();
    let mut findings = Vec::new();
    for (cluster, found) in files_on_clusters(tree) {
        for pair in found.windows(2) {
            let [
                Found { identity: one, file: first, .. },
                Found { identity: other, file: second, .. },
            ] = pair
            else {
                continue;
            };
            if one != other || !told.insert((one.clone(), first, second)) {
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
    let file = match entity.kind {
        EntityKind::Platform => return None,
        EntityKind::Cluster => &platform.clusters.get(&*entity.name)?.file,
        EntityKind::Component => &platform.components.get(&*entity.name)?.file,
        EntityKind::Tenant => &platform.tenants.get(&*entity.name)?.file,
    };
    Some(Place { file: file.clone(), range: None })
}
