//! The engine of the policies runs wherever policies are.

use crate::diagnostic::{Code, Diagnostic};
use crate::spec::Platform;
use crate::spec::platform::PolicyEngine;

/// The component that carries Kyverno.
const KYVERNO: &str = "kyverno";

/// With Kyverno as the engine, every cluster has the component.
pub(super) fn check(platform: &Platform) -> Vec<Diagnostic> {
    if platform.settings.policies.engine != PolicyEngine::Kyverno {
        return Vec::new();
    }
    let Some(kyverno) = platform.components.get(KYVERNO) else {
        return vec![
            Diagnostic::error(
                Code::UnknownReference,
                "`policies.engine` is `kyverno`, and there is no component `kyverno` that runs it",
            )
            .at(platform.place("/policies/engine"))
            .help(
                "add it with `tenantry create component kyverno`, or take the engine `admission`",
            ),
        ];
    };
    platform
        .clusters
        .keys()
        .filter(|cluster| !kyverno.at_cluster(cluster).enabled)
        .map(|cluster| {
            Diagnostic::error(
                Code::Contradiction,
                format!("`policies.engine` is `kyverno`, and its component is not enabled on `{cluster}`"),
            )
            .at(kyverno.place(&platform.texts, &format!("/clusters/{cluster}/enabled")))
            .help("enable it there, or take the engine `admission`")
        })
        .collect()
}
