//! What each step made of each object that a Flux Kustomization applies.
//!
//! In goes what [`build`](super::build::build) takes; out comes a [`Trace`]: the history of each of its objects, from the file that it
//! was read from to what the controller hands to the API server. Steps carry the places that the engine knows; which field came
//! from where, and how that is told, is for others (`why`).

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use kustomize::yaml::{Node, Span};
use kustomize::{Build, ObjectId, Observer, Place, Step, StepKind};

use super::artifact::Artifact;
use super::build::{self, Built};
use super::generator::{self, Generated};
use super::kustomization::Kustomization;
use super::substitution::Variables;

/// What the steps of a Flux Kustomization made of its objects.
pub struct Trace {
    /// What is applied.
    pub built: Built,
    /// The history of each object that is applied, in the order of [`Built::objects`].
    pub histories: Vec<Vec<Made>>,
    /// The histories of those that a step took away.
    pub gone: Vec<Vec<Made>>,
    /// The engine's build, whose texts places are found in; nothing where it failed.
    kept: Option<(Build, Generated)>,
}

/// What a step made of an object.
#[derive(Clone, Debug)]
pub struct Made {
    /// What the step is.
    pub kind: Kind,
    /// Where it is written, as the engine knows it: see [`Trace::written`].
    pub span: Span,
    /// Which entry of its field it is; of patches that the Flux Kustomization adds, which of its own.
    pub entry: usize,
    /// Whether a component makes it.
    pub component: bool,
    /// What was merged into the object.
    pub merge: Option<Node>,
    /// Parts of the step with places of their own, as [`Step::parts`] has them.
    pub parts: Vec<(String, Span)>,
    /// The object after it; nothing where it took it away.
    pub node: Option<Arc<Node>>,
    /// What the object may be shown as, where values of Secrets were put into it.
    pub shown: Option<Arc<Node>>,
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A step of kustomize's.
    Kustomize(StepKind),
    /// Variables are substituted (`spec.postBuild`).
    Substitution,
    /// The controller adds the labels by which it knows its own.
    Owner,
    /// `spec.commonMetadata`
    CommonMetadata,
}

/// Where a step is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// In a file of the artifact.
    File(Place),
    /// In the Flux Kustomization itself, for a patch with the text of the patch and which part of it.
    Flux(Option<(Arc<str>, Range<usize>)>),
    /// In no file.
    Nowhere,
}

impl Trace {
    /// Builds what one Flux Kustomization applies, and keeps what each step made of it.
    #[must_use]
    pub fn of(
        artifact: &Artifact<'_>,
        kustomization: &Kustomization,
        variables: &Variables,
    ) -> Self {
        let recorder = Recorder::default();
        let built = build::build_traced(artifact, kustomization, variables, Some(&recorder));
        let Recorded { mut histories, order, kept } =
            recorder.recorded.into_inner().unwrap_or_else(PoisonError::into_inner);
        let of_applied = order.iter().map(|id| histories.remove(id).unwrap_or_default()).collect();
        let mut gone: Vec<(ObjectId, Vec<Made>)> = histories.into_iter().collect();
        gone.retain(|(_, history)| history.last().is_some_and(|made| made.node.is_none()));
        gone.sort_by_key(|(id, _)| *id);
        let gone = gone.into_iter().map(|(_, history)| history).collect();
        Self { built, histories: of_applied, gone, kept }
    }

    /// Where a span of a step, or of an object as a step left it, is written.
    #[must_use]
    pub fn written(&self, span: Span, artifact: &Artifact<'_>) -> Written {
        let Some((build, generated)) = &self.kept else { return Written::Nowhere };
        let Some(place) = build.sources().place(span, artifact) else { return Written::Nowhere };
        if generator::is_added(&place, generated) {
            return Written::Flux(build.sources().inline(span).map(|text| (text, span.range())));
        }
        if generated.made.as_ref() == Some(&place.path) {
            return Written::Nowhere;
        }
        Written::File(place)
    }
}

/// What records the steps of a build.
#[derive(Default)]
pub(super) struct Recorder {
    recorded: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    histories: HashMap<ObjectId, Vec<Made>>,
    /// The objects that are applied.
    order: Vec<ObjectId>,
    kept: Option<(Build, Generated)>,
}

impl Recorder {
    fn with(&self, then: impl FnOnce(&mut Recorded)) {
        then(&mut self.recorded.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes down which objects there are at the end of kustomize's build.
    pub(super) fn order(&self, build: &Build) {
        let order = build.resources().iter().filter_map(kustomize::Resource::traced);
        self.with(|recorded| recorded.order = order.collect());
    }

    /// Takes down what a step of Flux's made of one of them.
    pub(super) fn flux(&self, at: usize, kind: Kind, node: &Node, shown: Option<&Node>) {
        self.with(|recorded| {
            let Some(history) =
                recorded.order.get(at).and_then(|id| recorded.histories.get_mut(id))
            else {
                return;
            };
            let before = history.last().and_then(|made| made.node.as_ref());
            if before.is_some_and(|before| before.same_meaning(node)) {
                return;
            }
            history.push(Made {
                kind,
                span: Span::default(),
                entry: 0,
                component: false,
                merge: None,
                parts: Vec::new(),
                node: Some(Arc::new(node.clone())),
                shown: shown.map(|shown| Arc::new(shown.clone())),
            });
        });
    }

    /// Keeps the build for the places of its steps.
    pub(super) fn keep(&self, build: Build, generated: Generated) {
        self.with(|recorded| {
            // What the file says itself comes before what Flux adds.
            for made in recorded.histories.values_mut().flatten() {
                if matches!(
                    made.kind,
                    Kind::Kustomize(StepKind::Merge | StepKind::Operation | StepKind::Patch)
                ) && build
                    .sources()
                    .place(made.span, &kustomize::MemoryFiles::new())
                    .is_some_and(|place| generator::is_added(&place, &generated))
                {
                    made.entry = made.entry.saturating_sub(generated.own_patches);
                }
            }
            recorded.kept = Some((build, generated));
        });
    }
}

impl Observer for Recorder {
    fn after(&self, step: &Step<'_>, object: ObjectId, node: Option<&Node>) {
        self.with(|recorded| {
            let history = recorded.histories.entry(object).or_default();
            let before = history.last().and_then(|made| made.node.clone());
            let after = match (&before, node) {
                (Some(before), Some(node)) if before.same_meaning(node) => Some(Arc::clone(before)),
                (_, node) => node.map(|node| Arc::new(node.clone())),
            };
            let unchanged = match (&before, &after) {
                (Some(before), Some(after)) => Arc::ptr_eq(before, after),
                (before, after) => before.is_none() && after.is_none(),
            };
            // What is said once more is worth knowing: without the one before it nothing would change.
            let is_for_it = matches!(
                step.kind,
                StepKind::Merge
                    | StepKind::Operation
                    | StepKind::Namespace
                    | StepKind::Labels
                    | StepKind::Annotations
                    | StepKind::Replicas
                    | StepKind::Image
            );
            if unchanged && (!is_for_it || history.is_empty()) {
                return;
            }
            history.push(Made {
                kind: Kind::Kustomize(step.kind),
                span: step.span,
                entry: step.entry,
                component: step.component,
                merge: step.merge.cloned(),
                parts: step.parts.to_vec(),
                node: after,
                shown: None,
            });
        });
    }
}
