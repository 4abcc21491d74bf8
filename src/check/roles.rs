//! Roles that the description names are roles that the layout ships.

use super::{nearest, quoted};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::layout::Roles;
use crate::spec::Platform;
use crate::spec::text::RoleName;

/// The roles of tenants and of their groups, everywhere, and those that the platform's limits name.
pub(super) fn check(platform: &Platform, roles: &Roles) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut judge = |role: &RoleName, known: &[String], what: &str, place: &dyn Fn() -> Place| {
        if known.iter().any(|one| one == role.as_str()) {
            return;
        }
        let finding =
            Diagnostic::error(Code::UnknownReference, format!("the layout has no {what} `{role}`"))
                .at(place())
                .help(match nearest(role.as_str(), known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has {}", quoted(known)),
                });
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    };
    for tenant in platform.tenants.values() {
        for (_, variant) in tenant.variants() {
            let place = || tenant.place(&platform.texts, "/role");
            judge(&variant.role, &roles.tenant, "role for tenants", &place);
            for role in variant.groups.keys() {
                let place = || tenant.place(&platform.texts, &format!("/groups/{role}"));
                judge(role, &roles.groups, "role for groups of people", &place);
            }
        }
    }
    let limited = platform.settings.limits.iter().flat_map(|limits| &limits.roles);
    for (at, role) in limited.enumerate() {
        let place = || platform.place(&format!("/limits/roles/{at}"));
        judge(role, &roles.tenant, "role for tenants", &place);
    }
    findings
}
