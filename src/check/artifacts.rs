//! Whether description and layout agree that clusters pull OCI artifacts.

use crate::diagnostic::{Code, Diagnostic};
use crate::layout::Layout;
use crate::spec::Platform;

pub(super) fn check(platform: &Platform, layout: &Layout) -> Vec<Diagnostic> {
    let name = &layout.manifest.name;
    match (&platform.settings.artifacts, layout.artifacts.is_empty()) {
        (None, false) => vec![
            Diagnostic::error(
                Code::MissingField,
                format!("clusters of the layout `{name}` pull OCI artifacts, and no registry is said"),
            )
            .at(platform.place(""))
            .help("add `artifacts: { url: oci://HOST/PATH }` to platform.yaml"),
        ],
        (Some(_), true) => vec![
            Diagnostic::warning(
                Code::Contradiction,
                format!("the layout `{name}` ships no artifacts: its clusters read the repository"),
            )
            .at(platform.place("/artifacts"))
            .label("nothing pulls these")
            .help("take `artifacts` out, or use a layout that ships them; `tenantry layout list` names those that there are"),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::diagnostic::Severity;
    use crate::files::Memory;
    use crate::path::RepoPath;
    use crate::{layout, spec};

    /// What is found of a platform, with or without a registry, in a layout that ships artifacts or none.
    fn found(says: bool, ships: bool) -> Vec<Diagnostic> {
        let mut files = Memory::new();
        let mut write = |file: &str, text: String| files.insert(RepoPath::new(file).unwrap(), text);
        let registry = if says { "artifacts: { url: oci://ghcr.io/acme/fleet }\n" } else { "" };
        write(
            "platform.yaml",
            format!(
                "apiVersion: tenantry.dev/v1\nname: acme\nrepository: {{ url: https://github.com/acme/fleet }}\n\
                 environments: [{{ name: production }}]\nflux: {{ version: 2.9.4 }}\n{registry}"
            ),
        );
        write("platform/clusters/prod.yaml", "environment: production\n".to_owned());
        let rules =
            if ships { "artifacts: [{ name: all, paths: [\"clusters/**\"] }]\n" } else { "" };
        write(
            "small/layout.yaml",
            format!(
                "name: small\nversion: 1.0.0\nsummary: A small layout\ncontext: 1\n\
                 roles: {{ tenant: [tenant], groups: [edit, view] }}\n{rules}"
            ),
        );
        let platform = spec::load(&files).map_err(|faults| faults.diagnostics).unwrap();
        let layout = layout::load(&files, &RepoPath::new("small").unwrap()).unwrap();
        check(&platform, &layout)
    }

    #[test]
    fn a_layout_that_ships_artifacts_wants_a_registry() {
        let found = found(false, true);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].code, found[0].severity), (Code::MissingField, Severity::Error));
        assert!(found[0].message.contains("`small`"), "{}", found[0].message);
    }

    #[test]
    fn a_registry_for_a_layout_that_ships_nothing_is_only_told() {
        let found = found(true, false);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].code, found[0].severity), (Code::Contradiction, Severity::Warning));
        assert!(found[0].message.contains("`small`"), "{}", found[0].message);
    }

    #[test]
    fn what_fits_is_not_told() {
        assert_eq!(found(true, true), []);
        assert_eq!(found(false, false), []);
    }
}
