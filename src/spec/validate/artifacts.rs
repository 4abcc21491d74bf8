//! Where the platform's OCI artifacts lie, and which of them clusters pull.

use super::fetch::{self, Fetched};
use super::{At, Names, contradiction};
use crate::diagnostic::{Code, Diagnostic};
use crate::spec::entity::EntityKind;
use crate::spec::platform::Artifacts;

pub(super) fn check(names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let platform = names.platform;
    let settings = &platform.settings;
    let Some(file) = platform.file_of(EntityKind::Platform, "") else { return };
    if let Some(artifacts) = &settings.artifacts {
        section(&At::section(platform, file, "artifacts", None, None), artifacts, found);
    }
    for environment in &settings.environments {
        if environment.artifacts.is_empty() {
            continue;
        }
        let at = At::section(platform, file, "artifacts", Some(&environment.name), None);
        over(&at, settings.artifacts.as_ref(), &environment.artifacts, found);
        if let Some(artifacts) = platform.artifacts_in(&environment.name) {
            section(&at, artifacts, found);
        }
    }
    for (name, cluster) in &platform.clusters {
        if cluster.base.artifacts.is_empty() {
            continue;
        }
        let environment = Some(&cluster.base.environment);
        let at = At::section(platform, &cluster.file, "artifacts", environment, Some(cluster));
        over(&at, settings.artifacts.as_ref(), &cluster.base.artifacts, found);
        if let Some(artifacts) = platform.artifacts_at(name) {
            section(&at, artifacts, found);
        }
    }
    for component in platform.components.values() {
        for (scope, it) in component.variants() {
            let Some(artifact) = &it.artifact else { continue };
            let at = At::new(platform, EntityKind::Component, component, scope);
            if settings.artifacts.is_none() {
                found.push(nothing_is_shipped(at.key("/artifact")));
            }
            if artifact.tag.is_some() && artifact.digest.is_some() {
                fetch::at_most_one(&at, "/artifact", "tag", &["digest"], found);
            }
        }
    }
}

/// What an environment or a cluster says of artifacts, which may be nothing that it can say.
fn over(
    at: &At<'_>,
    artifacts: Option<&Artifacts>,
    said: &crate::spec::Override,
    found: &mut Vec<Diagnostic>,
) {
    if artifacts.is_none() {
        let first = said.0.keys().next().map(String::as_str).unwrap_or_default();
        found.push(nothing_is_shipped(at.key(&format!("/{first}"))));
    } else if said.0.get("url").is_some() {
        found.push(
            contradiction("all clusters pull from one registry", at.key("/url"))
                .label("another one than the platform's")
                .help("take `url` out: it is said in `artifacts` of platform.yaml alone"),
        );
    }
}

fn nothing_is_shipped(place: crate::diagnostic::Place) -> Diagnostic {
    Diagnostic::error(Code::MissingField, "the platform does not say where its artifacts lie")
        .at(place)
        .label("which registry?")
        .help("add `artifacts: { url: oci://HOST/PATH }` to platform.yaml")
}

fn section(at: &At<'_>, artifacts: &Artifacts, found: &mut Vec<Diagnostic>) {
    if let Some(auth) = &artifacts.auth {
        fetch::auth(at, "/auth", auth, Fetched::Oci, found);
    }
    if let Some(verify) = &artifacts.verify {
        fetch::verify(at, "/verify", verify, Fetched::Oci, found);
    }
}
