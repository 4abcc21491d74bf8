//! Names of others: clusters in placements, environments and clusters of overrides, components that others wait for.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::{At, Names};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::spec::Override;
use crate::spec::description::placed;
use crate::spec::entity::{Entity, EntityKind, Scope};
use crate::spec::tenant::{Placement, Tenant};
use crate::spec::text::{ClusterName, ComponentName, EnvironmentName};
use crate::spec::typed::{escape, listed};

pub(super) fn check(names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let platform = names.platform;
    for (name, component) in &platform.components {
        let at = At::new(platform, EntityKind::Component, component, Scope::Base);
        overrides(names, &at, &component.base.environments, &component.base.clusters, found);
        for (scope, it) in component.variants() {
            let at = At::new(platform, EntityKind::Component, component, scope);
            for (index, other) in it.depends_on.iter().enumerate() {
                if !names.exists(EntityKind::Component, other.as_str()) {
                    let known: Vec<&str> = platform
                        .components
                        .keys()
                        .filter(|other| *other != name)
                        .map(AsRef::as_ref)
                        .collect();
                    let place = at.value(&format!("/dependsOn/{index}"));
                    found.push(names.unknown("component", other.as_str(), known, place));
                }
            }
        }
    }
    component_layers(names, found);
    component_order(names, found);
    for tenant in platform.tenants.values() {
        let at = At::new(platform, EntityKind::Tenant, tenant, Scope::Base);
        overrides(names, &at, &tenant.base.environments, &tenant.base.clusters, found);
        placement(names, &at, tenant, found);
    }
}

/// The names that overrides are for.
fn overrides(
    names: &Names<'_>,
    at: &At<'_>,
    environments: &IndexMap<EnvironmentName, Override>,
    clusters: &IndexMap<ClusterName, Override>,
    found: &mut Vec<Diagnostic>,
) {
    for name in environments.keys() {
        if names.platform.environment(name).is_none() {
            let known: Vec<&str> = names.platform.environments().map(AsRef::as_ref).collect();
            let place = at.key(&format!("/environments/{name}"));
            found.push(names.unknown("environment", name.as_str(), known, place));
        }
    }
    for name in clusters.keys() {
        if !names.exists(EntityKind::Cluster, name.as_str()) {
            let known: Vec<&str> = names.platform.clusters.keys().map(AsRef::as_ref).collect();
            let place = at.key(&format!("/clusters/{name}"));
            found.push(names.unknown("cluster", name.as_str(), known, place));
        }
    }
}

fn placement(names: &Names<'_>, at: &At<'_>, tenant: &Entity<Tenant>, found: &mut Vec<Diagnostic>) {
    let clusters = &names.platform.clusters;
    match &tenant.base.placement {
        Placement::All => {}
        Placement::Clusters(list) => {
            let mut seen = BTreeSet::new();
            for (index, name) in list.iter().enumerate() {
                let place = || at.value(&format!("/placement/{index}"));
                if !names.exists(EntityKind::Cluster, name.as_str()) {
                    let known: Vec<&str> = clusters.keys().map(AsRef::as_ref).collect();
                    found.push(names.unknown("cluster", name.as_str(), known, place()));
                } else if !seen.insert(name) {
                    let message = format!("the cluster `{name}` stands twice");
                    found.push(super::contradiction(message, place()).help("keep one of the two"));
                }
            }
        }
        placement @ Placement::Labels(selector) => {
            if !placed(placement, clusters).is_empty() || !names.all_read(EntityKind::Cluster) {
                return;
            }
            let mut help = "there is no cluster with these labels".to_owned();
            for (key, value) in &selector.match_labels {
                let values: BTreeSet<&str> = clusters
                    .values()
                    .filter_map(|cluster| match cluster.base.labels.get(key) {
                        Some(value) => Some(value.as_str()),
                        None if key.as_str() == "environment" => {
                            Some(cluster.base.environment.as_str())
                        }
                        None => None,
                    })
                    .collect();
                if !values.contains(value.as_str()) {
                    let known = values.iter().copied();
                    let none = format!("no cluster has the label `{key}`");
                    help = crate::spec::typed::suggestion(value.as_str(), known, &none);
                    let place =
                        at.value(&format!("/placement/matchLabels/{}", escape(key.as_str())));
                    found.push(empty_placement(place, &help));
                    return;
                }
            }
            found.push(empty_placement(at.value("/placement"), &help));
        }
    }
}

fn empty_placement(place: Place, help: &str) -> Diagnostic {
    Diagnostic::error(Code::EmptyPlacement, "this placement matches no cluster")
        .at(place)
        .label("matches nothing")
        .help(help)
}

/// Components of a layer that wait for what comes after it.
fn component_layers(names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let platform = names.platform;
    for (name, component) in platform.components.iter().filter(|(_, it)| it.base.layer.is_some()) {
        for (scope, it) in component.variants() {
            let at = At::new(platform, EntityKind::Component, component, scope);
            for (index, other) in it.depends_on.iter().enumerate() {
                let later = platform.components.get(other).filter(|it| it.base.layer.is_none());
                if later.is_some() && other != name {
                    let message =
                        format!("`{name}` waits for `{other}`, which comes after its layer");
                    let place = at.value(&format!("/dependsOn/{index}"));
                    found.push(
                        super::contradiction(message, place)
                            .label("waits for the layer itself")
                            .help(format!(
                                "say `layer: crds` in `{other}` too, or take it out of `{name}`"
                            )),
                    );
                }
            }
        }
    }
}

/// Components that wait for each other, or for one that does not come.
fn component_order(names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let platform = names.platform;
    let scopes = [Scope::Base]
        .into_iter()
        .chain(platform.clusters.keys().map(Scope::Cluster))
        .collect::<Vec<_>>();
    let mut reported = BTreeSet::new();
    for scope in scopes {
        let needs: BTreeMap<&ComponentName, &[ComponentName]> = platform
            .components
            .iter()
            .map(|(name, component)| (name, component.at(scope)))
            .filter(|(_, component)| component.enabled)
            .map(|(name, component)| (name, &*component.depends_on))
            .collect();
        let place = |name: &ComponentName, other: &ComponentName| {
            let component = platform.components.get(name)?;
            let index = component.at(scope).depends_on.iter().position(|it| it == other)?;
            let at = At::new(platform, EntityKind::Component, component, scope);
            Some(at.value(&format!("/dependsOn/{index}")))
        };
        for cycle in cycles(&needs) {
            if reported.insert(cycle.clone()) {
                found.extend(cycle_fault("components", &cycle, &place));
            }
        }
        if scope == Scope::Base {
            continue;
        }
        for (name, others) in &needs {
            for other in others.iter().filter(|other| !needs.contains_key(other)) {
                if let (true, Some(place)) =
                    (platform.components.contains_key(other), place(name, other))
                {
                    let message = format!("`{name}` waits for `{other}`, which is disabled{scope}");
                    found.push(
                        super::contradiction(message, place)
                            .label("never comes")
                            .help(format!("enable `{other}` there, disable `{name}` too, or override its `dependsOn`")),
                    );
                }
            }
        }
    }
}

/// The cycles among names that wait for others, each once, from its first name on.
pub(super) fn cycles<'a, N: Ord>(needs: &BTreeMap<&'a N, &'a [N]>) -> Vec<Vec<&'a N>> {
    fn visit<'a, N: Ord>(
        name: &'a N,
        needs: &BTreeMap<&'a N, &'a [N]>,
        done: &mut BTreeSet<&'a N>,
        way: &mut Vec<&'a N>,
        found: &mut Vec<Vec<&'a N>>,
    ) {
        if let Some(at) = way.iter().position(|other| *other == name) {
            let mut cycle = way[at..].to_vec();
            let first =
                cycle.iter().enumerate().min_by_key(|(_, name)| **name).map_or(0, |(at, _)| at);
            cycle.rotate_left(first);
            found.push(cycle);
            return;
        }
        if done.contains(name) {
            return;
        }
        way.push(name);
        for other in needs.get(name).copied().unwrap_or_default() {
            visit(other, needs, done, way, found);
        }
        way.pop();
        done.insert(name);
    }
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for &name in needs.keys() {
        visit(name, needs, &mut done, &mut Vec::new(), &mut found);
    }
    found
}

/// A cycle as a finding, with the place of each of its steps.
pub(super) fn cycle_fault<N: AsRef<str>>(
    what: &str,
    cycle: &[&N],
    place: &dyn Fn(&N, &N) -> Option<Place>,
) -> Option<Diagnostic> {
    let first = *cycle.first()?;
    let mut way: Vec<String> = cycle.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    let message = if way.len() == 1 {
        format!("`{}` waits for itself", first.as_ref())
    } else {
        let listed = listed(&way, "and");
        way.push(format!("`{}`", first.as_ref()));
        format!("the {what} {listed} wait for each other: {}", way.join(" -> "))
    };
    let next = cycle.get(1).copied().unwrap_or(first);
    let mut diagnostic = Diagnostic::error(Code::DependencyCycle, message)
        .at(place(first, next)?)
        .label(format!("`{}` waits for `{}`", first.as_ref(), next.as_ref()))
        .help("take one of them out of `dependsOn`");
    for (at, name) in cycle.iter().enumerate().skip(1) {
        let next = cycle.get(at + 1).copied().unwrap_or(first);
        if let Some(place) = place(name, next) {
            let words = format!("`{}` waits for `{}`", name.as_ref(), next.as_ref());
            diagnostic = diagnostic.related(place, words);
        }
    }
    Some(diagnostic)
}
