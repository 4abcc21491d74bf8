//! Replacements over the objects of a kustomization.

use std::sync::Arc;

use super::{Error, Id, Idle, MakeError, Object, Replacement, Selects, apply};
use crate::ApiVersion;
use crate::kustomization::{self, Selector};
use crate::notice::{Notice, NoticeKind};
use crate::resource::{Resource, ResourceMap, annotation, meta};
use crate::transform::TransformError;
use crate::transform::patches::{Context, PatchError, SelectorFault, Target};
use crate::yaml::Node;

/// An object with what it was called before.
struct Named<'r> {
    resource: &'r mut Resource,
    previous: Vec<(String, String, String)>,
}

impl Object for Named<'_> {
    fn node(&self) -> &Node {
        self.resource.node()
    }

    fn node_mut(&mut self) -> &mut Node {
        self.resource.node_mut()
    }

    fn written(&mut self) {
        self.resource.written(false);
        // What is kept of it stands in its annotations, which may be what was written to.
        if self.resource.annotation(annotation::PREVIOUS_NAMES).is_none() {
            self.previous.clear();
        }
    }

    fn previous(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.previous
            .iter()
            .map(|(kind, name, namespace)| (kind.as_str(), name.as_str(), namespace.as_str()))
    }
}

/// Carries out the replacements of a kustomization.
pub(crate) fn replace(
    resources: &mut ResourceMap,
    replacements: &[kustomization::Replacement],
    version: ApiVersion,
    Context { schemas, allowance, .. }: Context<'_>,
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    let ready = replacements.iter().map(|replacement| {
        Replacement::new(replacement, selects).map_err(|error| match error {
            MakeError::Replacement(error) => TransformError::Replacement(error),
            MakeError::Selector(fault) => PatchError::from(fault).into(),
        })
    });
    let ready: Vec<Replacement> = ready.collect::<Result<_, _>>()?;
    let mut objects: Vec<Named<'_>> = resources
        .list_mut()
        .iter_mut()
        .map(|resource| {
            let previous = resource.identity(schemas).previous.iter();
            let previous = previous
                .map(|id| (id.gvk.kind.clone(), id.name.clone(), id.namespace.clone()))
                .collect();
            Named { resource, previous }
        })
        .collect();
    let idle = apply(&ready, &mut objects, version, allowance).map_err(|error| match error {
        Error::Excess(excess) => TransformError::Excess(excess),
        error => error.into(),
    })?;
    for idle in idle {
        let (kind, span) = match idle {
            Idle::NothingSelected { span } => (NoticeKind::ReplacementMatchedNothing, span),
            Idle::NothingChanged { path, span } => {
                (NoticeKind::ReplacementChangedNothing { path }, span)
            }
            Idle::Lost { path, span } => (NoticeKind::ReplacementLost { path }, span),
        };
        notices.push(Notice { kind, span });
    }
    Ok(())
}

/// A selector as predicates over ids and over labels and annotations.
fn selects(selector: &Selector) -> Result<Selects, SelectorFault> {
    let target = Arc::new(Target::new(selector)?);
    let mut selects =
        Selects { name: target.literal_name().map(str::to_owned), ..Selects::default() };
    let (labels, annotations) = target.marks()?;
    if !labels.is_empty() || !annotations.is_empty() {
        let (labels, annotations) = (labels.clone(), annotations.clone());
        selects.marks = Some(Box::new(move |node: &Node| {
            labels.matches(|key| meta::entry(node, "labels", key))
                && annotations.matches(|key| meta::entry(node, "annotations", key))
        }));
    }
    if target.selects_ids() {
        selects.id = Some(Box::new(move |id: &Id<'_>| {
            target.matches_id([&id.group, &id.version, &id.kind], &id.name, &id.namespace)
        }));
    }
    Ok(selects)
}
