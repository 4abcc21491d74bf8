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
