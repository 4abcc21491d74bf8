//! What Flux lays over a folder before it is built: the kustomization file that it makes where there is none, and the fields of
//! the Flux Kustomization that it adds to one.
//!
//! In go an artifact, the folder and the Flux Kustomization; out comes a build of the engine. The order and the details are those of
//! [`Generator`](https://pkg.go.dev/github.com/fluxcd/pkg/kustomize#Generator) of github.com/fluxcd/pkg/kustomize v1.35, which Flux 2.9 has.

use std::sync::atomic::{AtomicUsize, Ordering};

use kustomize::kustomization as file;
use kustomize::kustomization::{Placed, Text};
use kustomize::yaml::{Budget, SourceId, Span, quote_scalar};
use kustomize::{
    ApiVersion, Build, FILE_NAMES, Failure, LoadRestrictor, Observer, Options, Order,
    build_completed, build_observed, read_objects,
};

use super::artifact::{Artifact, Reads, Watched, join, join_within, parent};
use super::kustomization::{Image, Patch, Selector, Spec};

/// The namespace that Flux names where a folder holds nothing, since a kustomization has to say something.
const PLACEHOLDER: &str = "_placeholder";

/// Why a folder is not built.
#[derive(Debug, thiserror::Error)]
pub enum GeneratorError {
    /// The folder is not there.
    #[error("there is no folder `{path}` in the source")]
    NoFolder {
        /// From the root of the source.
        path: String,
    },
    /// A manifest in a folder without a kustomization that is no Kubernetes object.
    #[error("`{path}` holds something else than Kubernetes objects: {reason}")]
    NoManifest {
        /// From the root of the source.
        path: String,
        /// Where it is wrong.
        span: Option<Span>,
        /// What is wrong.
        reason: String,
    },
    /// A path of `spec.components` that leads elsewhere.
    #[error("the component `{path}` must be a relative path of the same source")]
    RemoteComponent {
        /// As it was written.
        path: String,
    },
    /// A folder where Flux writes the kustomization that it makes.
    #[error("`{path}` is a folder, and Flux cannot write its kustomization there")]
    FolderInTheWay {
        /// From the root of the source.
        path: String,
    },
    /// The engine refused it.
    #[error(transparent)]
    Build(Box<Failure>),
}

/// What there is to know of a build besides its outcome.
pub(super) struct Generated {
    /// What it depends on.
    pub reads: Reads,
    /// The file that Flux makes for the build; it is in no repository.
    pub made: Option<String>,
    /// The folder.
    pub folder: String,
    /// How many patches the folder's own kustomization has, before those that the Flux Kustomization adds.
    pub own_patches: usize,
}

/// How kustomize-controller builds.
#[must_use]
pub fn options() -> Options {
    let mut options = Options::default();
    options.load_restrictor = LoadRestrictor::WithinView;
    // The controller hands kustomize options without an order, and itself applies namespaces and definitions first.
    options.order = Order::None;
    options.version = ApiVersion::V0_21_1;
    // Images of the controller are built without the history that Go takes the version from.
    options.managed_by = "(devel)".to_owned();
    options
}

/// Builds the folder of a Flux Kustomization.
pub(super) fn generate(
    artifact: &Artifact<'_>,
    spec: &Spec,
    observer: Option<&dyn Observer>,
) -> (Result<Build, GeneratorError>, Generated) {
    let folder = join("", &spec.path);
    let mut reads = Reads::default();
    reads.asked.insert(folder.clone().into());
    let failed = |error, reads| {
        (Err(error), Generated { reads, made: None, folder: folder.clone(), own_patches: 0 })
    };
    if !artifact.has_folder(&folder) {
        return failed(GeneratorError::NoFolder { path: folder.clone() }, reads);
    }
    let own = FILE_NAMES.iter().any(|name| artifact.has_file(&join(&folder, name)));
    let mut made = None;
    if !own {
        reads.listed = Some(folder.clone().into());
        let path = join(&folder, FILE_NAMES[0]);
        if artifact.has_folder(&path) {
            return failed(GeneratorError::FolderInTheWay { path }, reads);
        }
        match scan(artifact, &folder) {
            Ok(resources) => made = Some((path, write(&resources))),
            Err(error) => return failed(error, reads),
        }
    }
    let mut components = Vec::new();
    for component in &spec.components {
        if !is_local(component) {
            return failed(GeneratorError::RemoteComponent { path: component.clone() }, reads);
        }
        let path = join_within(&folder, component);
        let there =
            path.as_ref().is_some_and(|path| artifact.has_folder(path) || artifact.has_file(path));
        reads.asked.extend(path.map(Into::into));
        if there || !spec.ignore_missing_components {
            components.push(component.clone());
        }
    }
    let path = made.as_ref().map(|(path, _)| path.clone());
    let watched = Watched::new(artifact, made);
    let own_patches = AtomicUsize::new(0);
    let complete = |kustomization: &mut file::Kustomization, place: Span| {
        if own && kustomization.resources.is_empty() {
            // Flux says something where a file might say nothing.
            kustomization.build_metadata = vec![Text::new("originAnnotations".to_owned(), place)];
        }
        own_patches.store(kustomization.patches.len(), Ordering::Relaxed);
        add(spec, &components, kustomization, place);
    };
    let build = match observer {
        None => build_completed(&watched, &folder, &options(), &complete),
        Some(observer) => build_observed(&watched, &folder, &options(), Some(&complete), observer),
    };
    reads.asked.extend(watched.into_asked());
    let own_patches = own_patches.into_inner();
    (build.map_err(GeneratorError::Build), Generated { reads, made: path, folder, own_patches })
}

/// Adds what a Flux Kustomization says to a kustomization file.
fn add(spec: &Spec, components: &[String], file: &mut file::Kustomization, place: Span) {
    let text = |value: &String| Text::new(value.clone(), place);
    let replace = |field: &mut Option<Text>, value: &Option<String>| {
        // What is empty is as good as not said.
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            *field = Some(text(value));
        }
    };
    replace(&mut file.namespace, &spec.target_namespace);
    replace(&mut file.name_prefix, &spec.name_prefix);
    replace(&mut file.name_suffix, &spec.name_suffix);
    file.patches.extend(spec.patches.iter().map(|patch| patch_of(patch, place)));
    file.components.extend(components.iter().map(text));
    for image in &spec.images {
        add_image(image, &mut file.images, place);
    }
    if !spec.build_metadata.is_empty() {
        file.build_metadata = spec.build_metadata.iter().map(text).collect();
    }
}

fn patch_of(patch: &Patch, place: Span) -> file::Patch {
    let Patch { patch, target } = patch;
    let selector = |target: &Selector| file::Selector {
        gvk: file::Gvk {
            group: target.group.clone(),
            version: target.version.clone(),
            kind: target.kind.clone(),
        },
        name: target.name.clone(),
        namespace: target.namespace.clone(),
        annotation_selector: target.annotation_selector.clone(),
        label_selector: target.label_selector.clone(),
        span: place,
    };
    file::Patch {
        patch: (!patch.is_empty()).then(|| Placed::new(patch.clone(), place)),
        target: target.as_ref().map(selector),
        span: place,
        ..file::Patch::default()
    }
}

/// A tag and a digest are one choice: to say one takes the other away.
fn add_image(image: &Image, images: &mut Vec<file::Image>, place: Span) {
    let Some(there) = images.iter_mut().find(|there| there.name == image.name) else {
        images.push(file::Image {
            name: image.name.clone(),
            new_name: image.new_name.clone(),
            new_tag: image.new_tag.clone(),
            digest: image.digest.clone(),
            span: place,
            ..file::Image::default()
        });
        return;
    };
    if !image.new_name.is_empty() {
        there.new_name.clone_from(&image.new_name);
    }
    if !image.new_tag.is_empty() || !image.digest.is_empty() {
        there.new_tag.clone_from(&image.new_tag);
        there.digest.clone_from(&image.digest);
    }
}

/// What the generated kustomization of a folder names: every manifest in it and below, and of a folder below with a kustomization
/// of its own that folder alone.
fn scan(artifact: &Artifact<'_>, folder: &str) -> Result<Vec<String>, GeneratorError> {
    let mut found: Vec<String> = Vec::new();
    let has_own =
        |folder: &str| FILE_NAMES.iter().any(|name| artifact.has_file(&join(folder, name)));
    for path in &artifact.below(folder) {
        // The outermost folder on the way with a kustomization takes the place of all that is in it.
        let mut outermost = None;
        let mut above = parent(path);
        while above != folder && above != "/" {
            if has_own(above) {
                outermost = Some(above.to_owned());
            }
            above = parent(above);
        }
        if let Some(outermost) = outermost {
            if !found.contains(&outermost) {
                found.push(outermost);
            }
            continue;
        }
        if path.ends_with(".yaml") || path.ends_with(".yml") {
            check_manifest(artifact, path)?;
            found.push(path.to_owned());
        }
    }
    // `filepath.Walk` goes by the names of each folder, in which a `/` is no character.
    found.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    let start = if folder == "/" { "" } else { folder };
    Ok(found.iter().map(|path| format!(".{}", &path[start.len()..])).collect())
}

/// Flux reads each manifest before it names it.
fn check_manifest(artifact: &Artifact<'_>, path: &str) -> Result<(), GeneratorError> {
    let fault = |span, reason| GeneratorError::NoManifest { path: path.to_owned(), span, reason };
    let bytes = artifact.bytes(path).map_err(|error| fault(None, error.to_string()))?;
    match read_objects(SourceId(0), &bytes, &Budget::default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(fault(error.span(), error.to_string())),
    }
}

/// The text of the kustomization that Flux makes.
fn write(resources: &[String]) -> Vec<u8> {
    let mut text =
        String::from("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n");
    if resources.is_empty() {
        text.push_str("namespace: ");
        text.push_str(PLACEHOLDER);
        text.push('\n');
    } else {
        text.push_str("resources:\n");
    }
    for resource in resources {
        text.push_str("- ");
        text.push_str(&quote_scalar(resource));
        text.push('\n');
    }
    text.into_bytes()
}

/// Whether a path of a component is one of the same source.
fn is_local(path: &str) -> bool {
    const ELSEWHERE: [&str; 8] =
        ["git::", "gh:", "ssh://", "https://", "http://", "git@", "github.com:", "github.com/"];
    let lower = path.to_lowercase();
    let absolute = |path: &str| path.starts_with('/');
    !ELSEWHERE.iter().any(|start| lower.len() > start.len() && lower.starts_with(start))
        && !absolute(path)
        && !absolute(lower.strip_prefix("file://").unwrap_or(&lower))
}

/// Where a finding is about what the Flux Kustomization adds, and not about a file: the place that everything added has.
pub(super) fn is_added(place: &kustomize::Place, generated: &Generated) -> bool {
    parent(&place.path) == generated.folder
        && place.range == (0..0)
        && FILE_NAMES.iter().any(|name| place.path.ends_with(name))
}
