//! What `platform.yaml` and the clusters say of themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::{Names, contradiction, in_platform, invalid};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::schemas;
use crate::spec::entity::place_in_file;
use crate::spec::platform::{Controller, Flux, Install, PolicyEngine};
use crate::spec::text::KubernetesVersion;

pub(super) fn check(names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let platform = names.platform;
    let settings = &platform.settings;
    let place = |pointer: &str| in_platform(platform, pointer);

    let mut seen = BTreeSet::new();
    for (at, environment) in settings.environments.iter().enumerate() {
        if !seen.insert(&environment.name) {
            let message = format!("the environment `{}` stands twice", environment.name);
            found.push(
                contradiction(message, place(&format!("/environments/{at}/name")))
                    .label("the second one")
                    .help("keep one of the two"),
            );
        }
    }
    for (at, name) in settings.policies.enforce.iter().enumerate() {
        if platform.environment(name).is_none() {
            let known = platform.environments().map(AsRef::as_ref).collect::<Vec<&str>>();
            let place = place(&format!("/policies/enforce/{at}"));
            found.push(names.unknown("environment", name.as_str(), known, place));
        }
    }
    if settings.policies.engine != PolicyEngine::Kyverno && !settings.policies.images.is_empty() {
        found.push(
            contradiction("image signatures need Kyverno", place("/policies/images"))
                .label("nothing would verify these")
                .help("write `engine: kyverno` beside it, or take `images` out"),
        );
    }
    if settings.policies.engine == PolicyEngine::None && !settings.policies.enforce.is_empty() {
        found.push(
            contradiction(
                "nothing evaluates policies that are to be enforced",
                place("/policies/enforce"),
            )
            .label("`engine` is `none`")
            .help("write `engine: kyverno` or `engine: admission`, or take `enforce` out"),
        );
    }
    for (at, pattern) in settings.edits.iter().flat_map(|edits| &edits.forbid).enumerate() {
        if let Err(error) = globset::Glob::new(pattern) {
            let message = format!("`{pattern}` is not a pattern over paths: {}", error.kind());
            found.push(
                invalid(message, place(&format!("/edits/forbid/{at}")))
                    .help("write a path with `*` and `**`, such as `tenants/**/rbac.yaml`"),
            );
        }
    }

    super::events::platform(names, found);
    flux(&settings.flux, &|pointer| place(&format!("/flux{pointer}")), found);
    for (at, environment) in settings.environments.iter().enumerate() {
        if !environment.flux.is_empty() {
            let there = |pointer: &str| {
                let own = format!("/environments/{at}/flux{pointer}");
                match written(names, &own) {
                    true => place(&own),
                    false => place(&format!("/flux{pointer}")),
                }
            };
            flux(platform.flux_in(&environment.name), &there, found);
        }
    }
    let mut versions = BTreeMap::new();
    for (at, environment) in settings.environments.iter().enumerate() {
        let place = || place(&format!("/environments/{at}/kubernetes"));
        if let Some(version) = &environment.kubernetes {
            versions.entry(version).or_insert_with(place);
        }
    }
    if let Some(version) = &settings.kubernetes {
        versions.entry(version).or_insert_with(|| place("/kubernetes"));
    }
    for (name, cluster) in &platform.clusters {
        let at =
            |pointer: &str| place_in_file(&platform.texts, cluster.source, &cluster.file, pointer);
        let environment = &cluster.base.environment;
        if platform.environment(environment).is_none() {
            let known = platform.environments().map(AsRef::as_ref).collect::<Vec<&str>>();
            found.push(names.unknown(
                "environment",
                environment.as_str(),
                known,
                at("/environment"),
            ));
        }
        if let Some(version) = &cluster.base.kubernetes {
            versions.entry(version).or_insert_with(|| at("/kubernetes"));
        }
        let label = cluster.base.labels.get("environment");
        if let Some(label) = label.filter(|label| label.as_str() != environment.as_str()) {
            let message = format!(
                "the label `environment` of `{name}` is `{label}`, and its environment is `{environment}`"
            );
            found.push(
                contradiction(message, at("/labels/environment"))
                    .help("take the label out: a cluster's environment counts as one"),
            );
        }
        if let Some(secrets) = &cluster.base.secrets {
            super::secrets::check(secrets, &|pointer| at(&format!("/secrets{pointer}")), found);
        }
        if !cluster.base.flux.is_empty() {
            flux(platform.flux_at(name), &|pointer| at(&format!("/flux{pointer}")), found);
        }
    }
    found.extend(
        versions.into_iter().filter_map(|(version, place)| unknown_kubernetes(version, place)),
    );
}

/// A version of Kubernetes of which there are no schemas.
fn unknown_kubernetes(version: &KubernetesVersion, place: Place) -> Option<Diagnostic> {
    let known = schemas::KUBERNETES;
    if known.contains(&version.as_str()) {
        return None;
    }
    let near = schemas::nearest_version(version.as_str());
    let message = format!("this tenantry has no schemas of Kubernetes {version}");
    let known = known.map(|version| format!("`{version}`")).join(", ");
    Some(
        Diagnostic::warning(Code::UnknownKubernetes, message)
            .at(place)
            .help(format!("there are those of {known}; objects are held against those of {near}")),
    )
}

/// Whether `platform.yaml` says something at a pointer itself.
fn written(names: &Names<'_>, pointer: &str) -> bool {
    let source = kustomize::yaml::SourceId(0);
    names
        .platform
        .texts
        .bytes(source)
        .and_then(|bytes| crate::spec::entity::read_root(source, bytes))
        .is_some_and(|root| root.pointer(pointer).is_some())
}

fn flux(flux: &Flux, place: &dyn Fn(&str) -> Place, found: &mut Vec<Diagnostic>) {
    if flux.install == Install::Operator && flux.operator.is_none() {
        found.push(
            Diagnostic::error(
                Code::MissingField,
                "`install: operator` needs the version of the operator",
            )
            .at(place("/install"))
            .label("which one?")
            .help("add `operator: { version: … }` beside it"),
        );
    }
    for controller in [Controller::SourceController, Controller::KustomizeController] {
        if !flux.components.contains(&controller) {
            let message = format!("without `{}` nothing is applied", controller.as_str());
            found.push(
                contradiction(message, place("/components"))
                    .help(format!("add `{}`", controller.as_str())),
            );
        }
    }
    for controller in flux.concurrency.keys() {
        if !flux.components.contains(controller) {
            let message =
                format!("`{}` is given a concurrency and does not run", controller.as_str());
            found.push(
                contradiction(message, place(&format!("/concurrency/{}", controller.as_str())))
                    .help("add it to `components`, or take it out here"),
            );
        }
    }
    let mut seen = BTreeSet::new();
    for (at, shard) in flux.shards.iter().enumerate() {
        if !seen.insert(shard) {
            found.push(
                contradiction(
                    format!("the shard `{shard}` stands twice"),
                    place(&format!("/shards/{at}")),
                )
                .help("keep one of the two"),
            );
        }
    }
}
