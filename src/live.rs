//! What applying a plan does to what is on clusters.
//!
//! What is on them is what the last commit holds. The proof has read every file of the new tree; only those
//! that the plan changes are read here, before and after.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use crate::check::live::{self, Change};
use crate::check::objects::Said;
use crate::files::{Files, FilesError};
use crate::generate::Generated;
use crate::git::Repository;
use crate::layout::{self, PathPattern};
use crate::path::RepoPath;
use crate::spec::EntityKind;
use crate::spec::text::ClusterName;
use crate::sync::{Lock, Part, Plan};
use crate::tree::{EntityRef, LoopValues};

/// What applying a plan does to objects that are on clusters. What is on them is what the last commit says: what was never committed, no
/// cluster can have. Without a repository it is what the files say. Only the files that the plan changes are read.
///
/// # Errors
/// A file that cannot be read.
pub fn changes(
    generated: &Generated,
    plan: &Plan,
    files: &dyn Files,
    git: Option<&Repository>,
) -> Result<Vec<Change>, FilesError> {
    let Generated { platform, layout, tree, objects, .. } = generated;
    let mut head = git.map(Repository::last_commit);
    let mut touched = Vec::new();
    for action in plan.actions.iter().filter(|action| action.touches_disk()) {
        if action.path.as_str().ends_with("ml") {
            let there = match &mut head {
                Some(head) => head.read(&action.path),
                None => files.read(&action.path)?,
            };
            touched.push((action, there));
        }
    }
    // Where nothing is replaced or deleted, nothing that is on clusters changes.
    if touched.iter().all(|(_, there)| there.is_none()) {
        return Ok(Vec::new());
    }
    let mut changed: BTreeMap<&RepoPath, (Option<Said>, Option<Said>)> = touched
        .into_par_iter()
        .map(|(action, there)| {
            // What a conflict comes to is not known yet: what is generated is the nearest.
            let next = match action.content().filter(|_| !action.is_conflict()) {
                Some(content) => Some(Said::read(content)),
                None => tree.get(action.path.as_str()).map(|file| Said::read(&file.bytes)),
            };
            (&action.path, (there.map(|bytes| Said::read(&bytes)), next))
        })
        .collect();
    // Most changes are of what objects say, and of none of the objects.
    changed.retain(|_, (there, next)| there != next);
    if changed.values().all(|(there, _)| there.is_none()) {
        return Ok(Vec::new());
    }
    // What goes may have come from a template that goes with it, or that was deleted by hand.
    let recorded = Lock::load_part(files, Part::Layout).unwrap_or_default();
    let recorded = recorded.iter().map(|(path, _)| path.clone());
    let there = files.survey(Some(&layout.folder)).files.into_iter();
    let before: Vec<PathPattern> =
        there.chain(recorded).filter_map(|file| layout::target(&file, &layout.folder)).collect();
    let loops: BTreeMap<&RepoPath, LoopValues> = changed
        .keys()
        .filter(|path| tree.get(path.as_str()).is_none())
        .filter_map(|path| {
            let now = layout.templates.iter().map(|template| &template.target);
            Some((*path, now.chain(&before).find_map(|pattern| pattern.read(path))?))
        })
        .collect();
    let names: BTreeMap<&RepoPath, ClusterName> = loops
        .iter()
        .filter_map(|(path, loops)| {
            Some((*path, ClusterName::new(loops.cluster.as_deref()?).ok()?))
        })
        .collect();
    let (mut before, mut after) = (objects.view(), objects.view());
    for (path, (there, next)) in &changed {
        before.with(path, there.as_ref());
        after.with(path, next.as_ref());
    }
    for (path, cluster) in &names {
        before.own(cluster, path);
    }
    let left: BTreeSet<&ClusterName> =
        names.values().filter(|name| platform.cluster_known_as(name.as_str()).is_none()).collect();
    let mut changes = live::changes(&before, &after, &left);
    let mut known: HashMap<RepoPath, bool> = HashMap::new();
    changes.retain(|change| match &mut head {
        Some(head) => *known.entry(change.file.clone()).or_insert_with(|| head.holds(&change.file)),
        None => true,
    });
    for change in &mut changes {
        change.entity = match tree.get(change.file.as_str()) {
            _ if left.contains(&change.cluster) => {
                let name = change.cluster.as_str().into();
                Some(EntityRef { kind: EntityKind::Cluster, name })
            }
            Some(file) => file.entity.clone(),
            None => loops.get(&change.file).and_then(LoopValues::entity),
        };
    }
    Ok(changes)
}
