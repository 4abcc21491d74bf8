//! Watching a build: what each step makes of each object.
//!
//! Somebody who wants to know why an object is what it is hands an [`Observer`] to
//! [`build_observed`](crate::build_observed), and is told of every object after every step that may have changed it. Nothing is kept
//! here, and nothing compared: that is for whoever watches. A build that nobody watches costs nothing for it, and makes
//! the same.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::resource::{Resource, annotation, is_empty};
use crate::yaml::{Node, Span};

/// Which object of a build, whatever it is called on the way. Equal for no two objects of one build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(NonZeroU32);

/// What watches a build.
///
/// What is told of one object is told in the order in which it happens; bases are built at once, so what is told of several objects is
/// not.
pub trait Observer: Sync {
    /// How an object is after a step; nothing where the step took it away. It is told as well where the step left it as it was.
    ///
    /// The object is without what kustomize keeps in annotations while it builds.
    fn after(&self, step: &Step<'_>, object: ObjectId, node: Option<&Node>);
}

/// A step of a build.
#[derive(Clone, Copy, Debug)]
pub struct Step<'s> {
    /// What it is.
    pub kind: StepKind,
    /// Where it is written: the object of a resource, the document of a patch, the operation, the entry of the kustomization file.
    /// The default span for what is not written anywhere.
    pub span: Span,
    /// Which entry of its field it is in the kustomization file, from 0.
    pub entry: usize,
    /// The folder of the kustomization that makes the step.
    pub folder: &'s str,
    /// Whether that is a component.
    pub component: bool,
    /// What is merged into the object, if that is what the step does.
    pub merge: Option<&'s Node>,
    /// Parts of the step that have places of their own: labels by their keys, operations by their paths, what a generator takes its
    /// values from by name, and the targets of replacements by their field paths. Of others it is what
    /// they say: a namespace, the name and the number of replicas, or the name of an image and what it gets.
    pub parts: &'s [(String, Span)],
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepKind {
    /// The object was read from a file.
    Resource,
    /// A generator made or changed it: an entry of `configMapGenerator`, `secretGenerator` or `generators`.
    Generator,
    /// A patch that is merged.
    Merge,
    /// An operation of a JSON patch; or all of one with `test`, since the object has no form of its own until they are done.
    Operation,
    /// The whole of a patch, after its documents or operations were told of, one by one, of the objects that it is for.
    Patch,
    /// `namespace`
    Namespace,
    /// `namePrefix`
    NamePrefix,
    /// `nameSuffix`
    NameSuffix,
    /// `labels` or `commonLabels`
    Labels,
    /// `commonAnnotations`
    Annotations,
    /// `replicas`
    Replicas,
    /// `images`
    Image,
    /// `replacements`
    Replacement,
    /// A transformer that is an object itself and is none of the others.
    Transformer,
    /// The hash behind the name of what was generated.
    Hash,
    /// A name that another object was given, where this one refers to it.
    Reference,
    /// `vars`
    Var,
    /// The end of the build: what is for kustomize alone goes, and values get the form in which they are printed.
    Finish,
}

impl Step<'_> {
    /// A step of which nothing is known but what it is, and by which kustomization.
    pub(crate) fn new(kind: StepKind, span: Span, folder: &str) -> Step<'_> {
        Step { kind, span, entry: 0, folder, component: false, merge: None, parts: &[] }
    }
}

/// What hands out numbers and tells the observer.
pub(crate) struct Watch<'o> {
    observer: &'o dyn Observer,
    last: AtomicU32,
}

impl<'o> Watch<'o> {
    pub(crate) fn new(observer: &'o dyn Observer) -> Watch<'o> {
        Watch { observer, last: AtomicU32::new(0) }
    }

    /// Tells how these objects are after a step. Those that are new get a number.
    pub(crate) fn look(&self, step: &Step<'_>, resources: &mut [Resource]) {
        for resource in resources {
            self.look_at(step, resource);
        }
    }

    /// The same of one object.
    pub(crate) fn look_at(&self, step: &Step<'_>, resource: &mut Resource) {
        let id = match resource.traced {
            Some(id) => id,
            None => {
                let number = self.last.fetch_add(1, Ordering::Relaxed).saturating_add(1);
                ObjectId(NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX))
            }
        };
        resource.traced = Some(id);
        self.tell(step, id, resource.node());
    }

    /// Tells how an object is after a step.
    pub(crate) fn tell(&self, step: &Step<'_>, id: ObjectId, node: &Node) {
        if is_empty(node) {
            return self.observer.after(step, id, None);
        }
        if let Some(plain) = without_internal(node) {
            return self.observer.after(step, id, Some(&plain));
        }
        self.observer.after(step, id, Some(node));
    }

    /// Tells that a step took an object away.
    pub(crate) fn gone(&self, step: &Step<'_>, id: ObjectId) {
        self.observer.after(step, id, None);
    }
}

/// An object without what kustomize keeps in its annotations, if it has any of that.
fn without_internal(node: &Node) -> Option<Node> {
    let is_internal =
        |key: &str| annotation::BUILD.contains(&key) || key == annotation::TRANSFORMATIONS;
    let annotations = node.get("metadata")?.get("annotations")?.as_mapping()?;
    if !annotations.keys().any(|key| is_internal(&key.key_text())) {
        return None;
    }
    let mut plain = node.clone();
    let metadata = plain.get_mut("metadata")?.as_mapping_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_mapping_mut()?;
    for key in annotation::BUILD.into_iter().chain([annotation::TRANSFORMATIONS]) {
        annotations.remove(key);
    }
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    Some(plain)
}
