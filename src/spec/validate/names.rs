//! Names that cannot be had twice: namespaces, and what shares a namespace with others.

use std::collections::{BTreeMap, BTreeSet};

use super::{At, Names, contradiction};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::spec::entity::{EntityKind, Scope};
use crate::spec::text::NamespaceName;

pub(super) fn check(names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let platform = names.platform;
    let of_components = component_namespaces(names);
    let mut claims: BTreeMap<&NamespaceName, (&str, usize)> = BTreeMap::new();
    for (name, tenant) in &platform.tenants {
        let at = At::new(platform, EntityKind::Tenant, tenant, Scope::Base);
        let mut own = BTreeSet::new();
        for (index, namespace) in tenant.base.namespaces.iter().enumerate() {
            let place = || at.value(&format!("/namespaces/{index}"));
            if !own.insert(namespace) {
                found.push(
                    contradiction(format!("the namespace `{namespace}` stands twice"), place())
                        .help("keep one of the two"),
                );
                continue;
            }
            if let Some(why) = reserved(names, namespace, &of_components) {
                let (why, related) = why;
                let mut diagnostic = Diagnostic::error(
                    Code::ReservedNamespace,
                    format!("the namespace `{namespace}` {why}"),
                )
                .at(place())
                .label("not for tenants")
                .help(format!("give it a name of its own, such as `{name}-{namespace}`"));
                if let Some(related) = related {
                    diagnostic = diagnostic.related(related, "said here");
                }
                found.push(diagnostic);
            }
            if let Some((other, other_index)) = claims.get(namespace) {
                let mut diagnostic = Diagnostic::error(
                    Code::NamespaceClaimedTwice,
                    format!(
                        "the tenants `{other}` and `{name}` both claim the namespace `{namespace}`"
                    ),
                )
                .at(place())
                .label(format!("claimed by `{name}`"))
                .help(format!(
                    "a namespace belongs to one tenant; name this one `{name}-{namespace}`, say"
                ));
                if let Some(other_tenant) = platform.tenants.get(*other) {
                    let place = At::new(platform, EntityKind::Tenant, other_tenant, Scope::Base)
                        .value(&format!("/namespaces/{other_index}"));
                    diagnostic = diagnostic.related(place, format!("claimed by `{other}`"));
                }
                found.push(diagnostic);
            } else {
                claims.insert(namespace, (name.as_str(), index));
            }
        }
        if let Some(component) = platform.components.get(name.as_str()) {
            found.push(
                Diagnostic::error(
                    Code::NameCollision,
                    format!("the tenant `{name}` and the component `{name}` have one name"),
                )
                .at(Place { file: tenant.file.clone(), range: None })
                .label("their Flux Kustomizations would share it in `flux-system`")
                .related(Place { file: component.file.clone(), range: None }, "the component")
                .help(format!("rename the tenant's file, to `team-{name}.yaml`, say")),
            );
        }
    }
    releases(names, found);
}

/// The namespaces of components in all their forms, with the component.
fn component_namespaces<'a>(names: &Names<'a>) -> BTreeMap<&'a str, (&'a str, Place)> {
    let mut all = BTreeMap::new();
    for (name, component) in &names.platform.components {
        for (scope, it) in component.variants() {
            let at = At::new(names.platform, EntityKind::Component, component, scope);
            let namespace = it.namespace.as_ref().map_or(it.known_as(name.as_str()), AsRef::as_ref);
            all.entry(namespace).or_insert_with(|| (name.as_str(), at.value("/namespace")));
        }
    }
    all
}

/// Why no tenant may have a namespace, and where that is said.
fn reserved(
    names: &Names<'_>,
    namespace: &NamespaceName,
    of_components: &BTreeMap<&str, (&str, Place)>,
) -> Option<(String, Option<Place>)> {
    let text = namespace.as_str();
    if text.starts_with("kube-") || text == "default" {
        return Some(("is Kubernetes' own".to_owned(), None));
    }
    if text == "flux-system" {
        return Some(("is Flux's own".to_owned(), None));
    }
    if let Some((component, place)) = of_components.get(text) {
        return Some((format!("is the component `{component}`'s"), Some(place.clone())));
    }
    let at = names
        .platform
        .settings
        .tenants
        .reserved_namespaces
        .iter()
        .position(|name| name == namespace)?;
    let place = super::in_platform(names.platform, &format!("/tenants/reservedNamespaces/{at}"));
    Some(("is reserved by the platform".to_owned(), Some(place)))
}

/// Helm releases of one name in one namespace.
fn releases(names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let mut all: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (name, component) in &names.platform.components {
        let Some(helm) = &component.base.helm else { continue };
        let release = helm.release_name.as_ref().map_or(name.as_str(), AsRef::as_ref);
        let known_as = component.base.known_as(name.as_str());
        let namespace = component.base.namespace.as_ref().map_or(known_as, AsRef::as_ref);
        if let Some(other) = all.insert((namespace, release), name.as_str()) {
            let at = At::new(names.platform, EntityKind::Component, component, Scope::Base);
            let mut diagnostic = Diagnostic::error(
                Code::NameCollision,
                format!("the components `{other}` and `{name}` are both the release `{release}` in `{namespace}`"),
            )
            .at(at.value("/helm/releaseName"))
            .help("give one of them another `releaseName` or another `namespace`");
            if let Some(other) = names.platform.components.get(other) {
                let place = At::new(names.platform, EntityKind::Component, other, Scope::Base)
                    .value("/helm/releaseName");
                diagnostic = diagnostic.related(place, "the other one");
            }
            found.push(diagnostic);
        }
    }
}
