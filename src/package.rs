//! The OCI artifacts that a platform is shipped as, where its layout says that clusters pull such in the place of the repository.
//!
//! In go the description and the layout's rules; out comes which artifacts there are, where they lie, what is in each and in which
//! order they are to be pushed. Files keep the paths that they have in the repository, so that a Flux Kustomization says one
//! `spec.path` wherever its files come from. Nothing here packs a file or talks to a registry.

use std::collections::BTreeSet;
use std::sync::Arc;

use globset::{GlobSet, GlobSetBuilder};

use crate::files::Files;
use crate::flux::Part;
use crate::layout::{self, Layout, Loop, Member, glob};
use crate::path::RepoPath;
use crate::spec::text::ComponentName;
use crate::spec::{self, Platform};
use crate::tree::LoopValues;

/// An artifact.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name below the platform's folder of the registry, `components/cert-manager` say. It is what the annotation
    /// [`crate::flux::ARTIFACT`] of its source says.
    pub name: String,
    /// Where it lies, without a tag: `oci://ghcr.io/acme/fleet/components/cert-manager`.
    pub url: String,
    /// The component that it is; none for what belongs to all.
    pub component: Option<ComponentName>,
    /// Patterns over the paths of its files.
    files: GlobSet,
    /// Folders that a component names itself.
    folders: BTreeSet<RepoPath>,
}

impl Package {
    /// Whether a file of the platform is in it.
    #[must_use]
    pub fn holds(&self, path: &RepoPath) -> bool {
        let within = |folder: &RepoPath| {
            path.as_str()
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.files.is_match(path.as_str()) || self.folders.iter().any(within)
    }
}

/// The artifacts of a state of a repository; none where its layout ships none, or where it is no platform that can be read.
#[must_use]
pub fn shipped(files: &dyn Files) -> Vec<Package> {
    let Ok(manifest) = RepoPath::new(&format!("{}/{}", layout::FOLDER, layout::MANIFEST)) else {
        return Vec::new();
    };
    // Most layouts ship none, and then nothing more need be read.
    let ships = matches!(files.read(&manifest), Ok(Some(bytes)) if memchr::memmem::find(&bytes, b"artifacts:").is_some());
    if !ships {
        return Vec::new();
    }
    let folder = manifest.parent().and_then(|folder| RepoPath::new(folder).ok());
    let layout = folder.and_then(|folder| layout::load(files, &folder).ok());
    match (spec::load(files), layout) {
        (Ok(platform), Some(layout)) => packages(&platform, &layout),
        _ => Vec::new(),
    }
}

/// The same, as what a cluster pulls is found in the repository.
#[must_use]
pub fn parts(packages: Vec<Package>) -> Vec<Part> {
    let part = |package: Package| Part {
        name: package.component.is_some().then(|| package.name.clone()),
        holds: Arc::new(move |path| package.holds(path)),
    };
    packages.into_iter().map(part).collect()
}

/// The artifacts of a platform in the order in which they are to be pushed: components behind those that they depend on, and
/// what leads clusters to them last. None where the platform says no registry or the layout ships none.
#[must_use]
pub fn packages(platform: &Platform, layout: &Layout) -> Vec<Package> {
    let Some(artifacts) = &platform.settings.artifacts else { return Vec::new() };
    let (of_components, of_all): (Vec<_>, Vec<_>) = layout
        .artifacts
        .iter()
        .partition(|rule| rule.name.loops() == Loop::Members(Member::Component));
    let mut packages = Vec::new();
    let mut add = |name: RepoPath, component: Option<&ComponentName>, paths: &[String]| {
        let mut files = GlobSetBuilder::new();
        for text in paths {
            let text = match component {
                Some(component) => {
                    text.replace("{component}", &globset::escape(component.as_str()))
                }
                None => text.clone(),
            };
            // The manifest was refused if one of them is wrong.
            if let Ok(glob) = glob(&text) {
                files.add(glob);
            }
        }
        packages.push(Package {
            url: format!("{}/{name}", artifacts.url),
            name: name.to_string(),
            component: component.cloned(),
            files: files.build().unwrap_or_default(),
            folders: component.map(|name| folders(platform, name)).unwrap_or_default(),
        });
    };
    let runs = |component: &&ComponentName| {
        let entity = platform.components.get(*component);
        entity.is_some_and(|entity| {
            platform.clusters.keys().any(|name| entity.at_cluster(name).enabled)
        })
    };
    for component in platform.components_in_order().into_iter().filter(runs) {
        for rule in &of_components {
            let known = known_as(platform, component);
            let values = LoopValues { component: Some(known.into()), ..LoopValues::default() };
            if let Ok(name) = rule.name.fill(&values) {
                add(name, Some(component), &rule.paths);
            }
        }
    }
    for rule in of_all {
        if let Ok(name) = rule.name.fill(&LoopValues::default()) {
            add(name, None, &rule.paths);
        }
    }
    packages
}

fn known_as<'a>(platform: &'a Platform, name: &'a ComponentName) -> &'a str {
    let entity = platform.components.get(name);
    entity.map_or(name.as_str(), |entity| entity.base.known_as(name.as_str()))
}

/// The folders with manifests that a component names, wherever it is.
fn folders(platform: &Platform, name: &ComponentName) -> BTreeSet<RepoPath> {
    let Some(entity) = platform.components.get(name) else { return BTreeSet::new() };
    let of = |it: &spec::component::Component| -> Vec<RepoPath> {
        let named = [&it.manifests, &it.configs];
        named.into_iter().flatten().map(|manifests| manifests.path.clone()).collect()
    };
    entity.variants().flat_map(|(_, it)| of(it)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::files::Memory;

    const LAYOUT: &str = "name: small
version: 1.0.0
summary: A small layout
context: 1
roles: { tenant: [tenant], groups: [edit, view] }
artifacts:
  - { name: platform, paths: [\"clusters/**\", \"shared/*\"] }
  - { name: \"parts/{component}\", paths: [\"parts/{component}/**\"] }
";

    const PLATFORM: &str = "apiVersion: tenantry.dev/v1
name: acme
repository: { url: ssh://git@github.com/acme/fleet }
environments: [{ name: staging }, { name: production }]
flux: { version: 2.9.4 }
";

    const REGISTRY: &str = "artifacts: { url: oci://ghcr.io/acme/fleet }\n";

    /// A platform of two clusters with these files, in the small layout.
    fn described(more: &[(&str, &str)]) -> Memory {
        let settings = format!("{PLATFORM}{REGISTRY}");
        let all = [
            (".tenantry/layout/layout.yaml", LAYOUT),
            ("platform.yaml", settings.as_str()),
            ("platform/clusters/stage.yaml", "environment: staging\n"),
            ("platform/clusters/prod.yaml", "environment: production\n"),
        ];
        let all = all.iter().chain(more);
        all.map(|(file, text)| (path(file), text.as_bytes().to_vec())).collect()
    }

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    fn component(name: &str, more: &str) -> (String, String) {
        let text = format!(
            "helm: {{ repository: https://charts.acme.example, chart: {name}, version: 1.0.0 }}\n{more}"
        );
        (format!("platform/components/{name}.yaml"), text)
    }

    fn of(components: &[(String, String)], more: &[(&str, &str)]) -> Vec<Package> {
        let components = components.iter().map(|(file, text)| (file.as_str(), text.as_str()));
        let all: Vec<(&str, &str)> = components.chain(more.iter().copied()).collect();
        shipped(&described(&all))
    }

    fn names(packages: &[Package]) -> Vec<&str> {
        packages.iter().map(|package| package.name.as_str()).collect()
    }

    #[test]
    fn components_come_after_those_that_they_need_and_what_leads_to_them_last() {
        let packages = of(
            &[
                component("alpha", "dependsOn: [zeta]\n"),
                component("beta", ""),
                component("kinds", "layer: crds\n"),
                component("zeta", ""),
            ],
            &[],
        );
        assert_eq!(
            names(&packages),
            ["parts/kinds", "parts/zeta", "parts/alpha", "parts/beta", "platform"]
        );
        let of: Vec<Option<&str>> =
            packages.iter().map(|one| one.component.as_ref().map(ComponentName::as_str)).collect();
        assert_eq!(of, [Some("kinds"), Some("zeta"), Some("alpha"), Some("beta"), None]);
    }

    #[test]
    fn an_artifact_lies_below_the_registrys_folder() {
        let packages = of(&[component("alpha", "")], &[]);
        let urls: Vec<&str> = packages.iter().map(|package| package.url.as_str()).collect();
        assert_eq!(
            urls,
            ["oci://ghcr.io/acme/fleet/parts/alpha", "oci://ghcr.io/acme/fleet/platform"]
        );
    }

    #[test]
    fn an_artifact_holds_what_its_rule_says_and_the_folders_that_a_component_names_anywhere() {
        let more = "configs: { path: settings/alpha }\n\
                    environments: { staging: { configs: { path: settings/early } } }\n\
                    clusters: { prod: { configs: { path: settings/prod } } }\n";
        let own = [
            ("platform/components/own.yaml", "manifests: { path: mine/own }\n"),
            ("mine/own/kustomization.yaml", "resources: []\n"),
            ("settings/alpha/kustomization.yaml", "resources: []\n"),
            ("settings/early/kustomization.yaml", "resources: []\n"),
            ("settings/prod/kustomization.yaml", "resources: []\n"),
        ];
        let packages = of(&[component("alpha", more)], &own);
        let [alpha, own, platform] = &packages[..] else { panic!("{:?}", names(&packages)) };
        let all = [
            "clusters/prod/a/b.yaml",
            "shared/a.yaml",
            "shared/deep/a.yaml",
            "parts/alpha/base/a.yaml",
            "parts/alphabet/a.yaml",
            "parts/own/a.yaml",
            "settings/alpha/kustomization.yaml",
            "settings/alphabet/a.yaml",
            "settings/early/kustomization.yaml",
            "settings/prod/a/b.yaml",
            "mine/own/kustomization.yaml",
            "platform.yaml",
        ];
        let held = |package: &Package| -> Vec<&str> {
            all.into_iter().filter(|file| package.holds(&path(file))).collect()
        };
        assert_eq!(
            held(alpha),
            [
                "parts/alpha/base/a.yaml",
                "settings/alpha/kustomization.yaml",
                "settings/early/kustomization.yaml",
                "settings/prod/a/b.yaml",
            ]
        );
        assert_eq!(held(own), ["parts/own/a.yaml", "mine/own/kustomization.yaml"]);
        assert_eq!(held(platform), ["clusters/prod/a/b.yaml", "shared/a.yaml"]);
    }

    /// Clusters that follow the artifact would otherwise lose it, and what it installs.
    #[test]
    fn a_renamed_component_keeps_the_name_of_its_artifact_and_has_its_new_folder() {
        let packages = of(&[component("alpha", "name: before\n")], &[]);
        assert_eq!(names(&packages), ["parts/before", "platform"]);
        assert!(packages[0].holds(&path("parts/alpha/a.yaml")));
        assert!(!packages[0].holds(&path("parts/before/a.yaml")));
        assert_eq!(packages[0].component.as_ref().unwrap().as_str(), "alpha");
    }

    #[test]
    fn what_runs_nowhere_is_no_artifact() {
        let packages = of(
            &[
                component("off", "enabled: false\n"),
                component("some", "enabled: false\nclusters: { prod: { enabled: true } }\n"),
            ],
            &[],
        );
        assert_eq!(names(&packages), ["parts/some", "platform"]);
    }

    #[test]
    fn nothing_is_shipped_without_a_registry_by_another_layout_or_without_a_platform() {
        assert_eq!(names(&of(&[], &[])), ["platform"]);
        assert!(of(&[], &[("platform.yaml", PLATFORM)]).is_empty());
        let (without, _) = LAYOUT.split_once("artifacts:").unwrap();
        assert!(of(&[], &[(".tenantry/layout/layout.yaml", without)]).is_empty());
        assert!(of(&[], &[("platform.yaml", "name: 1\n")]).is_empty());
        assert!(shipped(&Memory::new()).is_empty());
    }

    #[test]
    fn clusters_find_a_component_by_the_name_of_its_artifact_and_begin_with_the_other() {
        let parts = parts(of(&[component("alpha", "")], &[]));
        let names: Vec<Option<&str>> = parts.iter().map(|part| part.name.as_deref()).collect();
        assert_eq!(names, [Some("parts/alpha"), None]);
        assert!((parts[0].holds)(&path("parts/alpha/a.yaml")));
        assert!((parts[1].holds)(&path("clusters/prod/a.yaml")));
    }
}
