//! Roles that the description names are roles that the layout ships.

use std::collections::BTreeSet;

use super::{nearest, quoted};
use crate::diagnostic::{Code, Diagnostic};
use crate::layout::Roles;
use crate::spec::text::RoleName;
use crate::spec::{Platform, Scope};

/// The roles of tenants and of their groups, everywhere, and those that the platform's limits name.
pub(super) fn check(platform: &Platform, roles: &Roles) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for tenant in platform.tenants.values() {
        // What an override inherits is told once, where it was said first.
        let mut told = BTreeSet::new();
        for (scope, variant) in tenant.variants() {
            let place = |field: &str| tenant.place(&platform.texts, &pointer(scope, field));
            let role = &variant.role;
            if !is_one_of(role, &roles.tenant) && told.insert((FOR_TENANTS, role)) {
                findings.push(unknown(role, &roles.tenant, FOR_TENANTS).at(place("role")));
            }
            for role in variant.groups.keys() {
                if !is_one_of(role, &roles.groups) && told.insert((FOR_GROUPS, role)) {
                    let place = place(&format!("groups/{role}"));
                    findings.push(unknown(role, &roles.groups, FOR_GROUPS).at(place));
                }
            }
        }
    }
    let limited = platform.settings.limits.iter().flat_map(|limits| &limits.roles);
    for (at, role) in limited.enumerate() {
        if !is_one_of(role, &roles.tenant) {
            let place = platform.place(&format!("/limits/roles/{at}"));
            findings.push(unknown(role, &roles.tenant, FOR_TENANTS).at(place));
        }
    }
    findings
}

const FOR_TENANTS: &str = "role for tenants";
const FOR_GROUPS: &str = "role for groups of people";

fn is_one_of(role: &RoleName, known: &[String]) -> bool {
    known.iter().any(|one| one == role.as_str())
}

/// Where a tenant's file says a field for a scope.
fn pointer(scope: Scope<'_>, field: &str) -> String {
    match scope {
        Scope::Base => format!("/{field}"),
        Scope::Environment(name) => format!("/environments/{name}/{field}"),
        Scope::Cluster(name) => format!("/clusters/{name}/{field}"),
    }
}

fn unknown(role: &RoleName, known: &[String], what: &str) -> Diagnostic {
    Diagnostic::error(Code::UnknownReference, format!("the layout has no {what} `{role}`")).help(
        match nearest(role.as_str(), known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", quoted(known)),
        },
    )
}
