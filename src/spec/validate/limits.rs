//! What no tenant may exceed.

use std::collections::BTreeMap;

use super::{At, Names};
use crate::diagnostic::{Code, Diagnostic};
use crate::spec::entity::{Entity, EntityKind, Scope};
use crate::spec::quantity::Amount;
use crate::spec::tenant::Tenant;
use crate::spec::text::{ResourceName, TenantName};
use crate::spec::typed::{escape, listed};

pub(super) fn check(
    names: &Names<'_>,
    name: &TenantName,
    tenant: &Entity<Tenant>,
    found: &mut Vec<Diagnostic>,
) {
    let platform = names.platform;
    let Some(limits) = &platform.settings.limits else { return };
    let namespaces = tenant.base.namespaces.len();
    if let Some(most) = limits.namespaces.filter(|most| namespaces > *most as usize) {
        let at = At::new(platform, EntityKind::Tenant, tenant, Scope::Base);
        let message = format!(
            "`{name}` has {namespaces} namespaces, more than the {most} of the platform's limits"
        );
        found.push(
            Diagnostic::error(Code::OverLimit, message)
                .at(at.value("/namespaces"))
                .related(super::in_platform(platform, "/limits/namespaces"), "the limit"),
        );
    }
    for (scope, it) in tenant.variants() {
        let at = At::new(platform, EntityKind::Tenant, tenant, scope);
        if !limits.roles.is_empty() && !limits.roles.contains(&it.role) {
            let roles: Vec<String> = limits.roles.iter().map(|role| format!("`{role}`")).collect();
            let message = format!("no tenant may have the role `{}`", it.role);
            found.push(
                Diagnostic::error(Code::OverLimit, message)
                    .at(at.value("/role"))
                    .related(
                        super::in_platform(platform, "/limits/roles"),
                        "the roles that tenants may have",
                    )
                    .help(format!("write {}", listed(&roles, "or"))),
            );
        }
        for (resource, most) in &limits.quota {
            let most = Amount::of(most);
            for (said, each) in it.quota.iter().filter(|(said, _)| same(said, resource)) {
                let sum = Amount::of(each).times(namespaces);
                if sum > most {
                    let over = match namespaces {
                        1 => format!("`{name}` has a quota of {sum} of `{said}`"),
                        _ => format!(
                            "`{name}` has a quota of {each} of `{said}` in each of its {namespaces} namespaces, {sum} together"
                        ),
                    };
                    let help = match most.over(namespaces) {
                        0 => format!("the limit is for all of its namespaces together: {most}"),
                        _ => format!("write at most {}", most.share(namespaces)),
                    };
                    found.push(
                        Diagnostic::error(
                            Code::OverLimit,
                            format!("{over}, more than the {most} of the platform's limits"),
                        )
                        .at(at.value(&format!("/quota/{}", escape(said.as_str()))))
                        .related(
                            super::in_platform(
                                platform,
                                &format!("/limits/quota/{}", escape(resource.as_str())),
                            ),
                            "the limit",
                        )
                        .help(help),
                    );
                }
            }
        }
    }
    let mut missing: BTreeMap<&ResourceName, Vec<String>> = BTreeMap::new();
    let clusters = platform.clusters_of(name);
    for cluster in &clusters {
        let it = tenant.at_cluster(cluster);
        for resource in limits.quota.keys() {
            if !it.quota.keys().any(|said| same(said, resource)) {
                missing.entry(resource).or_default().push(format!("`{cluster}`"));
            }
        }
    }
    for (resource, on) in missing {
        let at = At::new(platform, EntityKind::Tenant, tenant, Scope::Base);
        let place =
            super::in_platform(platform, &format!("/limits/quota/{}", escape(resource.as_str())));
        let mut message =
            format!("`{name}` says no quota of `{resource}`, and the platform limits it");
        if on.len() < clusters.len() {
            message.push_str(&format!(" (on {})", listed(&on, "and")));
        }
        found.push(
            Diagnostic::error(Code::OverLimit, message)
                .at(at.value("/quota"))
                .related(place, "the limit")
                .help(format!(
                    "add `quota: {{ {resource}: … }}`, or say it in `defaults` of `platform.yaml`"
                )),
        );
    }
}

/// Whether two names count the same: `cpu` is short for `requests.cpu`, as `memory` is for `requests.memory`.
fn same(a: &ResourceName, b: &ResourceName) -> bool {
    let long = |name: &str| match name {
        "cpu" | "memory" | "ephemeral-storage" => format!("requests.{name}"),
        _ => name.to_owned(),
    };
    long(a.as_str()) == long(b.as_str())
}
