//! The demo fleet: two environments, three clusters, four components of the catalogue, two tenants.

use crate::catalogue;
use crate::cli::commands::create::with_schema_line;
use crate::cli::failure::Failure;
use crate::path::RepoPath;
use crate::spec::edit;

/// The files that are written out; components come from the catalogue.
const FILES: [(&str, &str); 6] = [
    ("platform.yaml", include_str!("demo/platform.yaml")),
    ("platform/clusters/staging.yaml", include_str!("demo/clusters/staging.yaml")),
    ("platform/clusters/prod-eu.yaml", include_str!("demo/clusters/prod-eu.yaml")),
    ("platform/clusters/prod-us.yaml", include_str!("demo/clusters/prod-us.yaml")),
    ("platform/tenants/shop.yaml", include_str!("demo/tenants/shop.yaml")),
    ("platform/tenants/payments.yaml", include_str!("demo/tenants/payments.yaml")),
];

const COMPONENTS: [&str; 4] = ["cert-manager", "ingress-nginx", "kyverno", "metrics-server"];

/// Where the artifacts of the demo fleet lie.
const ARTIFACTS: &str = "oci://ghcr.io/acme/fleet";

/// The description of the demo fleet, with the folder of a larger repository that it lies in, and with a registry where its clusters pull
/// artifacts.
///
/// # Errors
/// A folder that the description cannot say.
pub(super) fn files(
    inside: Option<&RepoPath>,
    ships_artifacts: bool,
) -> Result<Vec<(RepoPath, String)>, Failure> {
    let written = FILES
        .iter()
        .filter_map(|(path, text)| Some((RepoPath::new(path).ok()?, (*text).to_owned())));
    let copied = COMPONENTS.iter().filter_map(|name| catalogue::get(name)).filter_map(|entry| {
        let path = RepoPath::new(&format!("platform/components/{}.yaml", entry.name)).ok()?;
        let text = with_schema_line(&entry.text, &path);
        Some((path, text))
    });
    let mut files: Vec<(RepoPath, String)> = written.chain(copied).collect();
    if let (Some(inside), Some((file, platform))) = (inside, files.first_mut()) {
        let folder = serde_json::Value::from(inside.as_str());
        *platform = edit::set(platform, "repository.path", Some(&folder))
            .map_err(|source| Failure::Edit { file: file.to_string(), source })?;
    }
    if let (true, Some((file, platform))) = (ships_artifacts, files.first_mut()) {
        *platform = edit::set(platform, "artifacts.url", Some(&ARTIFACTS.into()))
            .map_err(|source| Failure::Edit { file: file.to_string(), source })?;
    }
    Ok(files)
}
