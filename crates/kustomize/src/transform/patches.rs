//! Patches over the objects of a kustomization: whom a patch is for, and what is kept of an object
//! whatever a patch says.
//!
//! The patches themselves are [`strategic`](crate::patch::strategic) and
//! [`json6902`](crate::patch::json6902).

use std::collections::BTreeMap;

use super::TransformError;
use crate::allowance::{Allowance, weight};
use crate::kustomization::Selector;
use crate::notice::{Notice, NoticeKind};
use crate::patch::json6902::{
    AnnotationsError, DecodeError, JsonPatch, JsonPatchError, Observe, Operation,
    internal_annotations, rewrite_annotations,
};
use crate::patch::strategic::{self, IdleKind, MergeError};
use crate::resource::{Id, Resource, ResourceMap, annotation, is_empty};
use crate::schema::Schemas;
use crate::selector::{LabelSelector, LabelSelectorError, Regex, RegexError};
use crate::trace::{Step, StepKind, Watch};
use crate::yaml::{Node, Span};

/// Why a patch cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// A merge for an object that is not there.
    #[error("there is no {id} for this patch")]
    NoTarget {
        /// What the patch is for.
        id: Id,
        /// The patch.
        span: Span,
    },
    /// A merge that could be for more than one object.
    #[error("this patch may be for {count} objects: {id} is, or was, the name of each")]
    SeveralTargets {
        /// What the patch is for.
        id: Id,
        /// How many.
        count: usize,
        /// The patch.
        span: Span,
    },
    /// A JSON patch without a target.
    #[error("a JSON patch needs a `target`: it does not say itself what it is for")]
    JsonWithoutTarget {
        /// The patch.
        span: Span,
    },
    /// More than one merge for one target.
    #[error("a patch with a `target` is one document; this one has {count}")]
    SeveralDocuments {
        /// How many.
        count: usize,
        /// The patch.
        span: Span,
    },
    /// A selector that is none.
    #[error(transparent)]
    Selector(#[from] SelectorFault),
    /// A merge that fails.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// A JSON patch that fails.
    #[error("{error}, in {id}")]
    Json {
        /// Why.
        error: Box<JsonPatchError>,
        /// The object.
        id: Box<Id>,
    },
    /// A JSON patch that cannot be read.
    #[error(transparent)]
    Decode(#[from] Box<DecodeError>),
    /// Annotations that are left in a form that they cannot have.
    #[error(transparent)]
    Annotations(#[from] AnnotationsError),
}

/// A selector that is none, and where.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{fault}")]
pub struct SelectorFault {
    fault: SelectorProblem,
    /// Where.
    pub span: Span,
}

#[derive(Clone, Debug, thiserror::Error)]
enum SelectorProblem {
    #[error(transparent)]
    Pattern(#[from] RegexError),
    #[error(transparent)]
    Labels(#[from] LabelSelectorError),
}

impl PatchError {
    /// Where the fault is.
    pub fn span(&self) -> Span {
        match self {
            PatchError::NoTarget { span, .. }
            | PatchError::SeveralTargets { span, .. }
            | PatchError::JsonWithoutTarget { span }
            | PatchError::SeveralDocuments { span, .. } => *span,
            PatchError::Selector(fault) => fault.span,
            PatchError::Merge(error) => error.span(),
            PatchError::Json { error, .. } => error.span(),
            PatchError::Decode(error) => error.span,
            PatchError::Annotations(error) => error.span,
        }
    }
}

/// A patch that was read.
#[derive(Debug)]
pub(crate) enum Loaded {
    /// Objects that are merged into those that they name, or into the target.
    Merge(Vec<Resource>),
    /// Operations on the target.
    Json(JsonPatch),
    /// A text that says nothing.
    Nothing,
}

/// What a patch applies to, as a selector whose parts are regular expressions.
pub(crate) struct Target {
    selector: Selector,
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Result<LabelSelector, LabelSelectorError>,
    annotations: Result<LabelSelector, LabelSelectorError>,
}

impl Target {
    pub(crate) fn new(selector: &Selector) -> Result<Target, SelectorFault> {
        let span = selector.span;
        let regex = |pattern: &str| {
            if pattern.is_empty() {
                return Ok(None);
            }
            Regex::new(pattern)
                .map(Some)
                .map_err(|error| SelectorFault { fault: error.into(), span })
        };
        Ok(Target {
            selector: selector.clone(),
            group: regex(&selector.gvk.group)?,
            version: regex(&selector.gvk.version)?,
            kind: regex(&selector.gvk.kind)?,
            name: regex(&selector.name)?,
            namespace: regex(&selector.namespace)?,
            // These are looked at only when an object gets that far.
            labels: LabelSelector::parse(&selector.label_selector),
            annotations: LabelSelector::parse(&selector.annotation_selector),
        })
    }

    /// The positions of the objects that are selected, in order.
    pub(crate) fn select(
        &self,
        resources: &mut ResourceMap,
        schemas: &Schemas,
    ) -> Result<Vec<usize>, SelectorFault> {
        let namespace = self.namespace.as_ref().and_then(Regex::as_literal);
        let mut selected = Vec::new();
        for at in resources.candidates(self.literal_name(), namespace, schemas) {
            if self.matches(&resources.list()[at], schemas)? {
                selected.push(at);
            }
        }
        Ok(selected)
    }

    fn matches(&self, resource: &Resource, schemas: &Schemas) -> Result<bool, SelectorFault> {
        if is_empty(resource.node()) {
            return Ok(false);
        }
        let identity = resource.identity(schemas);
        let (original, current) = (identity.original(), &identity.current);
        let fits = |regex: &Option<Regex>, text: &str| {
            regex.as_ref().is_none_or(|regex| regex.is_match(text))
        };
        let matched = (fits(&self.namespace, original.effective_namespace())
            || fits(&self.namespace, current.effective_namespace()))
            && (fits(&self.name, &original.name) || fits(&self.name, &current.name))
            && fits(&self.group, &current.gvk.group)
            && fits(&self.version, &current.gvk.version)
            && fits(&self.kind, &current.gvk.kind);
        if !matched {
            return Ok(false);
        }
        Ok(self.selects(&self.labels, &resource.labels())?
            && self.selects(&self.annotations, &resource.annotations())?)
    }

    /// The one name that is selected, if it is one.
    pub(crate) fn literal_name(&self) -> Option<&str> {
        self.name.as_ref().and_then(Regex::as_literal)
    }

    /// Whether anything is said of ids.
    pub(crate) fn selects_ids(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace]
            .into_iter()
            .any(Option::is_some)
    }

    /// Whether the parts of an id are selected, each as it stands there.
    pub(crate) fn matches_id(&self, gvk: [&str; 3], name: &str, namespace: &str) -> bool {
        let [group, version, kind] = gvk;
        let parts = [
            (&self.group, group),
            (&self.version, version),
            (&self.kind, kind),
            (&self.name, name),
            (&self.namespace, namespace),
        ];
        parts
            .into_iter()
            .all(|(regex, text)| regex.as_ref().is_none_or(|regex| regex.is_match(text)))
    }

    /// The selectors of labels and of annotations, if they are any.
    pub(crate) fn marks(&self) -> Result<(&LabelSelector, &LabelSelector), SelectorFault> {
        match (&self.labels, &self.annotations) {
            (Ok(labels), Ok(annotations)) => Ok((labels, annotations)),
            (Err(error), _) | (_, Err(error)) => {
                Err(SelectorFault { fault: error.clone().into(), span: self.selector.span })
            }
        }
    }

    fn selects(
        &self,
        selector: &Result<LabelSelector, LabelSelectorError>,
        map: &BTreeMap<String, String>,
    ) -> Result<bool, SelectorFault> {
        match selector {
            Ok(selector) => Ok(selector.matches(|key| map.get(key).map(String::as_str))),
            Err(error) => {
                Err(SelectorFault { fault: error.clone().into(), span: self.selector.span })
            }
        }
    }
}

/// What patches need to know apart from objects.
#[derive(Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) schemas: &'c Schemas,
    pub(crate) allowance: &'c Allowance,
    /// Who watches, and the step that the patch is.
    pub(crate) watch: Option<(&'c Watch<'c>, Step<'c>)>,
}

/// Applies an entry of `patches`.
pub(crate) fn apply(
    resources: &mut ResourceMap,
    patch: Loaded,
    target: Option<&Selector>,
    span: Span,
    context: Context<'_>,
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    let schemas = context.schemas;
    let target = target.map(|selector| Target::new(selector).map_err(PatchError::from));
    match (patch, target) {
        (Loaded::Merge(patches), None) => {
            for patch in patches {
                let at = find(resources, &patch, schemas)?;
                merge_into(resources, at, patch, context, notices)?;
            }
            Ok(())
        }
        (Loaded::Merge(patches), Some(target)) => {
            let [patch] = &patches[..] else {
                let count = patches.len();
                return Err(PatchError::SeveralDocuments { count, span }.into());
            };
            let target = target?;
            let selected = target.select(resources, schemas).map_err(PatchError::from)?;
            note_unmatched(&selected, &target, span, notices);
            merge_into_all(resources, &selected, patch, context, notices)
        }
        (Loaded::Json(_), None) => Err(PatchError::JsonWithoutTarget { span }.into()),
        (Loaded::Nothing, _) => {
            notices.push(Notice { kind: NoticeKind::PatchEmpty, span });
            Ok(())
        }
        (Loaded::Json(patch), Some(target)) => {
            let target = target?;
            let selected = target.select(resources, schemas).map_err(PatchError::from)?;
            note_unmatched(&selected, &target, span, notices);
            for at in selected {
                resources.change(at, schemas, |resource| {
                    resource.store_id(schemas);
                    apply_json(resource, &patch, context, notices)
                })?;
            }
            Ok(())
        }
    }
}

/// Applies an entry of `patchesStrategicMerge`.
pub(crate) fn apply_strategic_merge(
    resources: &mut ResourceMap,
    patches: &[Resource],
    context: Context<'_>,
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    for patch in patches {
        let at = find(resources, patch, context.schemas)?;
        merge_into_all(resources, &[at], patch, context, notices)?;
    }
    Ok(())
}

/// Applies an entry of `patchesJson6902`.
pub(crate) fn apply_json6902(
    resources: &mut ResourceMap,
    patch: &JsonPatch,
    target: &Selector,
    context: Context<'_>,
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    let schemas = context.schemas;
    let target = Target::new(target).map_err(PatchError::from)?;
    let selected = target.select(resources, schemas).map_err(PatchError::from)?;
    note_unmatched(&selected, &target, target.selector.span, notices);
    for at in selected {
        resources.change(at, schemas, |resource| apply_json(resource, patch, context, notices))?;
    }
    Ok(())
}

fn note_unmatched(selected: &[usize], target: &Target, span: Span, notices: &mut Vec<Notice>) {
    if selected.is_empty() {
        let kind = NoticeKind::PatchMatchedNothing { selector: describe(&target.selector) };
        notices.push(Notice { kind, span });
    }
}

/// A selector in words: `kind Deployment, name web`.
pub(crate) fn describe(selector: &Selector) -> String {
    let parts = [
        ("group", &selector.gvk.group),
        ("version", &selector.gvk.version),
        ("kind", &selector.gvk.kind),
        ("name", &selector.name),
        ("namespace", &selector.namespace),
        ("labels", &selector.label_selector),
        ("annotations", &selector.annotation_selector),
    ];
    let parts = parts.iter().filter(|(_, value)| !value.is_empty());
    let parts: Vec<String> = parts.map(|(part, value)| format!("{part} `{value}`")).collect();
    if parts.is_empty() { "there is none".to_owned() } else { parts.join(", ") }
}

/// The one object that a merge is for.
fn find(
    resources: &mut ResourceMap,
    patch: &Resource,
    schemas: &Schemas,
) -> Result<usize, PatchError> {
    let id = patch.identity(schemas).original();
    let found = resources.positions_ever(id, schemas);
    match found[..] {
        [at] => Ok(at),
        [] => Err(PatchError::NoTarget { id: id.clone(), span: patch.span() }),
        _ => Err(PatchError::SeveralTargets {
            id: id.clone(),
            count: found.len(),
            span: patch.span(),
        }),
    }
}

/// Merges a patch into selected objects. It takes on their API version and, as kustomize has it, its
/// labels and annotations become strings.
fn merge_into_all(
    resources: &mut ResourceMap,
    selected: &[usize],
    patch: &Resource,
    context: Context<'_>,
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    let Context { schemas, allowance, .. } = context;
    allowance.spend_times(weight(patch.node()), selected.len(), patch.span())?;
    let mut copy = patch.clone();
    copy.take_metadata_of(patch);
    for at in selected {
        let mut copy = copy.clone();
        let api_version = resources.list()[*at].id(schemas).gvk.api_version();
        copy.set_api_version(&api_version);
        merge_into(resources, *at, copy, context, notices)?;
    }
    // Two objects may have come to one id before.
    Ok(resources.check_all(schemas)?)
}

/// Merges a patch into an object, whose kind, name and namespace stay unless the patch may change them.
fn merge_into(
    resources: &mut ResourceMap,
    at: usize,
    patch: Resource,
    Context { schemas, watch, .. }: Context<'_>,
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    let merge = watch.map(|_| patch.node().clone());
    resources.change(at, schemas, |resource| {
        let id = resource.id(schemas).clone();
        let (kind, name) = (resource.kind().to_owned(), resource.name().to_owned());
        let namespace = resource.namespace().to_owned();
        let may_rename = patch.is_enabled(annotation::ALLOW_NAME_CHANGE);
        let may_change_kind = patch.is_enabled(annotation::ALLOW_KIND_CHANGE);
        if may_rename || may_change_kind {
            resource.store_id(schemas);
        }
        let span = patch.span();
        let outcome = strategic::merge(patch.into_node(), resource.node_mut(), schemas);
        let outcome = outcome.map_err(PatchError::from)?;
        resource.written(false);
        if !outcome.changed {
            let kind = NoticeKind::PatchChangedNothing { id };
            notices.push(Notice { kind, span });
        } else {
            for idle in outcome.idle {
                let kind =
                    NoticeKind::PatchPartIdle { problem: problem(idle.kind), id: id.clone() };
                notices.push(Notice { kind, span: idle.span });
            }
        }
        if outcome.deleted || is_empty(resource.node()) {
            *resource.node_mut() = Node::default();
            tell_of_merge(watch, span, merge.as_ref(), resource);
            return Ok(());
        }
        if !may_change_kind {
            resource.set_kind(&kind);
        }
        if !may_rename {
            resource.set_name(&name);
        }
        resource.set_namespace(&namespace);
        tell_of_merge(watch, span, merge.as_ref(), resource);
        Ok(())
    })
}

fn tell_of_merge(
    watch: Option<(&Watch<'_>, Step<'_>)>,
    span: Span,
    merge: Option<&Node>,
    resource: &mut Resource,
) {
    if let Some((watch, step)) = watch {
        watch.look_at(&Step { span, merge, kind: StepKind::Merge, ..step }, resource);
    }
}

/// What a part of a merge does not do.
fn problem(kind: IdleKind) -> &'static str {
    match kind {
        IdleKind::NothingToDelete => "`$patch: delete` finds nothing to delete",
        IdleKind::NullForNothing => "null takes away a field that is not there",
        IdleKind::ReplaceIgnored => {
            "`$patch: replace` replaces nothing here, as kustomize reads it"
        }
        IdleKind::ItemLost => "this item has not all of the list's merge keys, and is lost",
        IdleKind::LeftInPlace => "this directive is not obeyed here, and stays in the object",
    }
}

/// Applies a JSON patch to an object; what kustomize keeps in its annotations outlives the patch.
fn apply_json(
    resource: &mut Resource,
    patch: &JsonPatch,
    Context { schemas, allowance, watch }: Context<'_>,
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    let id = resource.id(schemas).clone();
    let kept = internal_annotations(resource.node());
    let mut tell = watch.zip(resource.traced).map(|((watch, step), traced)| {
        move |operation: &Operation, document: &Node| {
            let parts: Vec<_> = operation.part().into_iter().collect();
            let kind = StepKind::Operation;
            let step = Step { kind, span: operation.span(), parts: &parts, ..step };
            watch.tell(&step, traced, document);
        }
    });
    let observe = tell.as_mut().map(|tell| tell as &mut Observe<'_>);
    let outcome = patch.apply(resource.node_mut(), observe).map_err(|error| {
        let (error, id) = (Box::new(error), Box::new(id.clone()));
        PatchError::Json { error, id }
    })?;
    allowance.spend(patch.weight() + outcome.copied, patch.span())?;
    for idle in outcome.unchanged {
        let kind = NoticeKind::OperationChangedNothing {
            index: idle.index,
            operation: format!("{} {}", idle.operation, idle.path),
            id: id.clone(),
        };
        notices.push(Notice { kind, span: idle.span });
    }
    rewrite_annotations(resource.node_mut(), &kept).map_err(PatchError::from)?;
    if let Some((watch, step)) = watch.filter(|_| patch.is_staged()) {
        let step = Step { kind: StepKind::Operation, span: patch.span(), ..step };
        watch.look_at(&step, resource);
    }
    Ok(())
}
