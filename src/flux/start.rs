//! Where a cluster begins: the Kustomization that applies its folder.
//!
//! In go the files and a folder; out comes what `flux bootstrap` or a FluxInstance says of it, or would say. Nothing here is built.

use kustomize::yaml::{Budget, Node, SourceId};
use kustomize::{Place, read_objects};

use super::artifact::{Artifact, join};
use super::kustomization::{Kustomization, Name, SourceName, Spec, name_of};
use super::source::{Root, Source};

/// What `flux bootstrap` puts into the arguments of a kustomize-controller that is strict about variables.
const STRICT: &[u8] = b"StrictPostBuildSubstitutions=true";

/// Where a cluster begins.
pub(super) struct Start {
    pub kustomization: Kustomization,
    pub root: Root,
    pub place: Option<Place>,
    /// Whether no file says so.
    pub is_guessed: bool,
    /// The source that flux-operator makes of a FluxInstance, which no file says.
    pub source: Option<Source>,
    /// The path of another folder that the cluster's own Kustomization applies, as in the copy of a cluster.
    pub elsewhere: Option<(Place, String)>,
    /// Whether variables must have a value.
    pub strict: bool,
}

/// Finds the Kustomization that applies the folder of a cluster: in a file of `flux bootstrap`, in a FluxInstance, or, where
/// somebody else installs Flux, as `flux bootstrap` would name it.
pub(super) fn find(artifact: &Artifact<'_>, folder: &str) -> Start {
    let mut root = Root::bootstrapped();
    let mut found: Option<(Kustomization, Option<Place>)> = None;
    let mut sources = Vec::new();
    let mut strict = false;
    let mut made = None;
    let mut elsewhere = None;
    // Where somebody else installs Flux, what reads the source that the cluster begins with says of which kind it is.
    let mut kind = None;
    // The nearest files first: a component may bring a Kustomization of another cluster's.
    let own = join(folder, "flux-system");
    let below = artifact.below(folder);
    let mut paths: Vec<&str> = below.iter().map(String::as_str).collect();
    paths.sort_by_key(|path| (!path.starts_with(&own), path.matches('/').count()));
    for path in paths.iter().filter(|path| path.ends_with(".yaml") || path.ends_with(".yml")) {
        let Ok(bytes) = artifact.bytes(path) else { continue };
        let says = |text: &[u8]| memchr::memmem::find(&bytes, text).is_some();
        strict |= says(STRICT);
        if found.is_some() && !path.starts_with(&own) {
            break;
        }
        if !says(b"toolkit.fluxcd.io") && !says(b"FluxInstance") {
            continue;
        }
        let Ok(objects) = read_objects(SourceId(0), &bytes, &Budget::default()) else { continue };
        for object in &objects {
            let node = object.node();
            let place = Place { path: (*path).to_owned(), range: node.span.range() };
            if let Some(source) = Source::read(node, Some(&place)) {
                sources.push(source);
            }
            if found.is_some() {
                continue;
            }
            let read = Kustomization::read(node);
            if let Some(Ok(other)) = &read
                && let source = other.source()
                && source.name == root.source.name
                && (kind.is_none() || source.kind == root.source.kind)
            {
                kind = Some(source.kind);
            }
            if let Some(Ok(other)) = &read
                && path.starts_with(&own)
                && other.name.name == "flux-system"
                && join("", &other.spec.path) != *folder
            {
                elsewhere = Some((place.clone(), other.spec.path.clone()));
            }
            if let Some(Ok(kustomization)) = read
                && join("", &kustomization.spec.path) == *folder
            {
                root.source = kustomization.source();
                found = Some((kustomization, Some(place)));
            } else if let Some(kustomization) = of_instance(node, folder, &mut root) {
                made = Some(Source {
                    name: root.source.clone(),
                    url: root.url.clone(),
                    revision: root.revision.clone(),
                    ignore: None,
                    artifact: None,
                    suspended: false,
                    place: Some(place.clone()),
                });
                found = Some((kustomization, Some(place)));
            }
        }
    }
    let is_guessed = found.is_none();
    if is_guessed && let Some(kind) = kind {
        root.source.kind = kind;
    }
    if let Some(source) = sources.iter().find(|source| source.name == root.source) {
        root.url.clone_from(&source.url);
        root.revision.clone_from(&source.revision);
        root.ignore.clone_from(&source.ignore);
    }
    let (kustomization, place) = found.unwrap_or_else(|| {
        let name = Name::new("flux-system", "flux-system");
        let spec = Spec { path: format!(".{folder}"), prune: true, ..Spec::default() };
        (Kustomization { name, spec, ..Kustomization::default() }, None)
    });
    let mut kustomization = kustomization;
    // It is the same source, also where only the FluxInstance says so.
    kustomization.spec.source_ref.kind.clone_from(&root.source.kind);
    kustomization.spec.source_ref.name.clone_from(&root.source.name.name);
    kustomization.spec.source_ref.namespace = Some(root.source.name.namespace.clone());
    Start { kustomization, root, place, is_guessed, source: made, elsewhere, strict }
}

/// The Kustomization that flux-operator makes of the `sync` of a FluxInstance, if it is for this folder.
fn of_instance(node: &Node, folder: &str, root: &mut Root) -> Option<Kustomization> {
    let text = |pointer: &str| node.pointer(pointer).and_then(Node::text);
    if text("/kind") != Some("FluxInstance") || join("", text("/spec/sync/path")?) != folder {
        return None;
    }
    let namespace = name_of(node).namespace;
    let name = Name::new(&namespace, text("/spec/sync/name").unwrap_or(&namespace));
    let kind = text("/spec/sync/kind").unwrap_or("GitRepository").to_owned();
    root.source = SourceName { kind, name: name.clone() };
    root.url = text("/spec/sync/url").unwrap_or_default().to_owned();
    // A FluxInstance says a reference where a source says a branch or a tag.
    let reference = text("/spec/sync/ref").unwrap_or_default();
    root.revision = match reference.split_once("refs/heads/").or(reference.split_once("refs/tags/"))
    {
        Some((_, branch)) if reference.starts_with("refs/heads/") => format!("branch {branch}"),
        Some((_, tag)) => format!("tag {tag}"),
        None => reference.to_owned(),
    };
    let path = text("/spec/sync/path").unwrap_or_default().to_owned();
    let spec = Spec { path, prune: true, ..Spec::default() };
    Some(Kustomization { name, spec, ..Kustomization::default() })
}
