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
