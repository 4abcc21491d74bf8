//! What no single Kustomization can know: who waits for whom, and what two of them claim.
//!
//! In goes a cluster with everything that it applies, out come findings in it. Nothing here builds.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Apply;
use super::cluster::{Cluster, Content, owners};
use crate::build::Finding;
use crate::diagnostic::{Code, Severity};

/// How many of those that wait for each other are named.
const LONGEST: usize = 8;

/// Looks at a cluster as a whole, and adds what each of its appliers tells.
pub(super) fn judge(cluster: &mut Cluster<'_>) {
    let mut findings = Vec::new();
    for (at, applier) in cluster.appliers.iter().enumerate() {
        if let Content::Built { built, .. } = &applier.content {
            findings.extend(built.findings.iter().map(|finding| (Some(at), finding.clone())));
        }
    }
    dependencies(cluster, &mut findings);
    two_owners(cluster, &mut findings);
    cluster.findings.extend(findings);
}

type Findings = Vec<(Option<usize>, Finding)>;

/// Those that wait for something that is not there, or for each other.
fn dependencies(cluster: &Cluster<'_>, findings: &mut Findings) {
    let mut waits: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, applier) in cluster.appliers.iter().enumerate() {
        let Some(kustomization) = applier.what.kustomization() else { continue };
        for name in kustomization.dependencies() {
            match cluster.find(&name) {
                Some(other) => waits.entry(at).or_default().push(other),
                None => findings.push((
                    Some(at),
                    Finding {
                        code: Code::UnknownDependency,
                        severity: Severity::Warning,
                        message: format!(
                            "the Kustomization `{}` waits for `{name}`, which nothing here applies",
                            kustomization.name
                        ),
                        place: applier.place.clone(),
                        label: None,
                        related: Vec::new(),
                        help: Some(
                            "take it out of `dependsOn`, or add it; Flux waits for ever otherwise"
                                .to_owned(),
                        ),
                    },
                )),
            }
        }
    }
    for circle in circles(&waits) {
        let name = |at: &usize| cluster.appliers[*at].what.name();
        let mut names: Vec<String> =
            circle.iter().take(LONGEST).map(|at| format!("`{}`", name(at))).collect();
        if circle.len() > LONGEST {
            names.push(format!("{} more", circle.len() - LONGEST));
        }
        names.extend(circle.first().map(|at| format!("`{}`", name(at))));
        let mut places = circle.iter().take(LONGEST).filter_map(|at| {
            let words = format!("`{}` waits", name(at));
            Some((cluster.appliers[*at].place.clone()?, words))
        });
        let place = places.next().map(|(place, _)| place);
        findings.push((
            circle.first().copied(),
            Finding {
                code: Code::DependencyCycle,
                severity: Severity::Error,
                message: format!("Kustomizations wait for each other: {}", names.join(" -> ")),
                place,
                label: None,
                related: places.collect(),
                help: Some(
                    "take one out of the `dependsOn` of another: none of them is ever applied"
                        .to_owned(),
                ),
            },
        ));
    }
}

/// Circles, each once, from its first member on.
fn circles(waits: &BTreeMap<usize, Vec<usize>>) -> Vec<Vec<usize>> {
    let mut circles = Vec::new();
    let mut done = BTreeSet::new();
    for start in waits.keys() {
        // The way there, each with the number of its successors that were looked at.
        let mut way: Vec<(usize, usize)> = vec![(*start, 0)];
        while let Some((at, next)) = way.last_mut() {
            let at = *at;
            let following = waits.get(&at).and_then(|all| all.get(*next)).copied();
            *next += 1;
            match following {
                None => {
                    done.insert(at);
                    way.pop();
                }
                Some(other) if done.contains(&other) => {}
                Some(other) => match way.iter().position(|(one, _)| *one == other) {
                    Some(from) => {
                        circles.push(way[from..].iter().map(|(at, _)| *at).collect());
                        // Its members are told of: what else leads there has the same cause.
                        done.extend(way[from..].iter().map(|(at, _)| *at));
                    }
                    None => way.push((other, 0)),
                },
            }
        }
    }
    circles
}

/// Objects that two of them apply: each takes it from the other again and again.
fn two_owners(cluster: &Cluster<'_>, findings: &mut Findings) {
    let owners = owners(cluster);
    let mut claimed: Vec<_> = owners.into_iter().filter(|(_, owners)| owners.len() > 1).collect();
    claimed.sort_by_key(|(identity, _)| *identity);
    for (identity, owners) in claimed {
        let shares =
            |apply: Apply| matches!(apply, Apply::Merge | Apply::Never | Apply::IfNotPresent);
        let fighting: Vec<_> = owners.iter().filter(|(_, object)| !shares(object.apply)).collect();
        let [(first, object), (second, other), ..] = fighting.as_slice() else { continue };
        if first == second {
            continue;
        }
        let name = |at: &usize| {
            let what = &cluster.appliers[*at].what;
            format!("{} `{}`", what.kind(), what.name())
        };
        let related = object.place.clone().map(|place| (place, format!("by {}", name(first))));
        findings.push((
            Some(*second),
            Finding {
                code: Code::TwoOwners,
                severity: Severity::Error,
                message: format!(
                    "{identity} is applied by {} and by {}: each takes it from the other, and prunes it where it goes",
                    name(first),
                    name(second)
                ),
                place: other.place.clone(),
                label: Some("again here"),
                related: related.into_iter().collect(),
                help: Some(
                    "leave it to one of them, or let the other only add fields: annotation `kustomize.toolkit.fluxcd.io/ssa: Merge`"
                        .to_owned(),
                ),
            },
        ));
    }
}
