//! What was found on clusters, told as everything here is told, each with the chain of those that led there.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use kustomize::Place;

use super::artifact::Artifact;
use super::cluster::{Applier, Cluster, What};
use crate::build::{self, Finding};
use crate::diagnostic::{Code, Diagnostic, Texts};

/// How many findings of one kind are told: a thousand tenants have the same.
const TOLD: usize = 20;

/// How many of those that led to a finding are told.
const LONGEST: usize = 8;

/// The findings of clusters as diagnostics with the texts that they point into; of the appliers for which `wanted` holds, and of clusters
/// as a whole. What several clusters have alike is told once.
#[must_use]
pub fn tell<'c, 'f: 'c>(
    clusters: impl IntoIterator<Item = &'c Cluster<'f>>,
    wanted: &dyn Fn(&Cluster<'_>, usize) -> bool,
) -> (Vec<Diagnostic>, Texts) {
    let mut seen = HashSet::new();
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    let mut told: Vec<(Option<Arc<Artifact<'_>>>, Finding)> = Vec::new();
    let mut last: BTreeMap<Code, usize> = BTreeMap::new();
    for cluster in clusters {
        let findings = cluster.findings.iter();
        for (at, finding) in findings.filter(|(at, _)| at.is_none_or(|at| wanted(cluster, at))) {
            let place = finding.place.as_ref().map(|place| (&place.path, place.range.start));
            let own = at.filter(|_| place.is_none()).map(|at| cluster.appliers[at].what.name());
            if !seen.insert((finding.code, &finding.message, place, own)) {
                continue;
            }
            let count = counts.entry(finding.code).or_default();
            *count += 1;
            if *count > TOLD {
                continue;
            }
            last.insert(finding.code, told.len());
            told.push(with_chain(cluster, *at, finding));
        }
    }
    for (code, count) in counts.into_iter().filter(|(_, count)| *count > TOLD) {
        let more = count - TOLD;
        told[last[&code]].1.message.push_str(&format!(", and {more} more like it"));
    }
    let (mut diagnostics, mut texts) = (Vec::new(), Texts::default());
    // Each finding has its artifact; nearly all have the same.
    for (artifact, finding) in &told {
        let (one, more) = match artifact {
            Some(artifact) => {
                build::tell(std::slice::from_ref(finding), &**artifact, artifact.root())
            }
            None => build::tell(std::slice::from_ref(finding), &kustomize::MemoryFiles::new(), ""),
        };
        diagnostics.extend(one);
        texts.add_missing(&more);
    }
    (diagnostics, texts)
}

/// A finding with those who led there, and from which artifact its places are. Where it has no place, that of what it is about is
/// its own.
fn with_chain<'f>(
    cluster: &Cluster<'f>,
    at: Option<usize>,
    finding: &Finding,
) -> (Option<Arc<Artifact<'f>>>, Finding) {
    let mut finding = finding.clone();
    let mut artifacts = cluster.appliers.iter().filter_map(Applier::artifact);
    let own = artifacts.find(|artifact| is_own(artifact)).cloned();
    let Some(at) = at else { return (own, finding) };
    let applier = &cluster.appliers[at];
    let owner = applier.owner.and_then(|owner| cluster.appliers[owner].artifact()).cloned();
    let owner = owner.or_else(|| own.clone());
    let artifact = match finding.place {
        Some(_) => applier.artifact().cloned().or_else(|| owner.clone()),
        None => owner,
    };
    if finding.place.is_none() {
        finding.message = match &applier.what {
            What::Kustomization(it) => format!("Kustomization `{}`: {}", it.name, finding.message),
            What::ResourceSet(name, _) => format!("ResourceSet `{name}`: {}", finding.message),
        };
        finding.place.clone_from(&applier.place);
    }
    if !artifact.as_ref().is_some_and(is_own) {
        // A path of another source is none of this repository's.
        if let (Some(artifact), Some(place)) = (&artifact, finding.place.take()) {
            let path = place.path.trim_start_matches('/').to_owned();
            finding.message.push_str(&format!(" (in `{path}` of {})", artifact.name()));
        }
        finding.related.clear();
        finding.label = None;
    }
    let known: Vec<Place> = finding.places().cloned().collect();
    for (depth, at) in cluster.chain(at).into_iter().rev().take(LONGEST).enumerate() {
        let applier = &cluster.appliers[at];
        let Some(place) = &applier.place else { continue };
        let from_own = applier.owner.and_then(|owner| cluster.appliers[owner].artifact());
        if known.contains(place) || !from_own.is_none_or(is_own) {
            continue;
        }
        let what = format!("{} `{}`", applier.what.kind(), applier.what.name());
        let words = match depth {
            0 => format!("applied by {what}"),
            _ => format!("which {what} applies"),
        };
        finding.related.push((place.clone(), words));
    }
    (own, finding)
}

/// Whether an artifact is the repository that is looked at, and nothing that stands for another source.
fn is_own(artifact: &Arc<Artifact<'_>>) -> bool {
    artifact.name().starts_with('\n')
}
