//! What the layout needs for itself: names of entities and environments, and namespaces.

use crate::diagnostic::{Code, Diagnostic};
use crate::layout::Manifest;
use crate::path::RepoPath;
use crate::spec::Platform;

/// Names and namespaces of the description against what the layout reserves.
pub(super) fn check(platform: &Platform, manifest: &Manifest) -> Vec<Diagnostic> {
    let reserved = &manifest.reserved;
    let mut findings = Vec::new();
    let trusting = |namespace: &str| {
        reserved.namespaces_of.iter().find(|name| {
            let said = platform.settings.layout.variables.get(*name);
            said.or_else(|| manifest.variables.get(*name)?.default.as_ref())
                .and_then(|value| value.as_array())
                .is_some_and(|values| values.iter().any(|value| value == namespace))
        })
    };
    let has = |names: &[String], name: &str| names.iter().any(|one| one == name);
    let name_taken = |kind: &str, name: &str, file: &RepoPath| {
        Diagnostic::error(
            Code::ReservedName,
            format!("the layout needs the name `{name}` for itself"),
        )
        .at(crate::diagnostic::Place { file: file.clone(), range: None })
        .help(format!("give the {kind} another name, which is its file's"))
    };
    for (name, tenant) in &platform.tenants {
        let both = [name.as_str(), tenant.base.known_as(name.as_str())];
        if let Some(name) = first(&reserved.names, both) {
            findings.push(name_taken("tenant", name, &tenant.file));
        }
        for (at, namespace) in tenant.base.namespaces.iter().enumerate() {
            if has(&reserved.namespaces, namespace.as_str()) {
                findings.push(
                    Diagnostic::error(
                        Code::ReservedNamespace,
                        format!("the namespace `{namespace}` belongs to the layout"),
                    )
                    .at(tenant.place(&platform.texts, &format!("/namespaces/{at}")))
                    .help("give the tenant a namespace of its own"),
                );
            } else if let Some(variable) = trusting(namespace.as_str()) {
                findings.push(
                    Diagnostic::error(
                        Code::ReservedNamespace,
                        format!(
                            "the layout trusts the namespace `{namespace}`: it is one of its \
                             `{variable}`"
                        ),
                    )
                    .at(tenant.place(&platform.texts, &format!("/namespaces/{at}")))
                    .help(format!(
                        "give the tenant a namespace of its own, or take this one out of \
                         `layout.variables.{variable}` in `platform.yaml`"
                    )),
                );
            }
        }
    }
    for (name, component) in &platform.components {
        let both = [name.as_str(), component.base.known_as(name.as_str())];
        if let Some(name) = first(&reserved.names, both) {
            findings.push(name_taken("component", name, &component.file));
        }
    }
    let clusters =
        platform.clusters.values().map(|cluster| (&cluster.base.environment, &cluster.file));
    for (at, name) in platform.environments().enumerate() {
        if has(&reserved.environments, name.as_str()) {
            let place = platform.place(&format!("/environments/{at}/name"));
            let mut finding = name_taken("environment", name.as_str(), &place.file)
                .at(place)
                .help("give the environment another name, here and in its clusters");
            for (_, file) in clusters.clone().filter(|(environment, _)| *environment == name) {
                let place = crate::diagnostic::Place { file: file.clone(), range: None };
                finding = finding.related(place, "this cluster is in it");
            }
            findings.push(finding);
        }
    }
    findings
}

/// The first of two names that is reserved: the file's, and what clusters know it by.
fn first<'a>(names: &[String], of: [&'a str; 2]) -> Option<&'a str> {
    of.into_iter().find(|name| names.iter().any(|one| one == name))
}
