//! What comes last, for the outermost kustomization alone: hashes, references, vars, order, and the end of
//! what kustomize kept in annotations.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;

use super::accumulate::Accumulator;
use super::failure::Error;
use super::target::Target;
use super::{Context, Order};
use crate::notice::Notice;
use crate::print;
use crate::resource::{Id, Resource, ResourceMap, annotation, is_empty, meta};
use crate::schema::Schemas;
use crate::trace::{ObjectId, StepKind};
use crate::transform::fieldspec::ReadySpec;
use crate::transform::{TransformError, hash, labels, references, sort, vars};
use crate::yaml::{Node, Span};

/// The label of `buildMetadata: [managedByLabel]`.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Makes of what was gathered what is printed.
pub(crate) fn finish(
    context: &Context<'_>,
    target: &Target<'_>,
    gathered: Accumulator,
) -> Result<(Vec<Resource>, Vec<Notice>), Box<Error>> {
    let schemas = context.schemas();
    let Accumulator { mut resources, config, vars, mut notices } = gathered;
    let file = &target.file;
    let fail = |error: TransformError| Error::new(error, target.whole);
    let look = |kind: StepKind, resources: &mut ResourceMap| {
        if let Some(watch) = &context.watch {
            let step = target.step(kind, Span::default());
            watch.look(&step, resources.list_mut_keeping_ids());
        }
    };
    hash::add_hashes(&mut resources, &schemas).map_err(|error| fail(error.into()))?;
    look(StepKind::Hash, &mut resources);
    references::update(&mut resources, &config.name_reference, &schemas).map_err(fail)?;
    look(StepKind::Reference, &mut resources);
    vars::resolve(&mut resources, &vars, config.var_reference.ready(), &mut notices)
        .map_err(fail)?;
    look(StepKind::Var, &mut resources);
    let before = context.watch.as_ref().map(|_| traced(resources.list()));
    drop_local(&mut resources, &schemas).map_err(fail)?;
    if let (Some(watch), Some(before)) = (&context.watch, before) {
        let left: HashSet<ObjectId> = traced(resources.list()).into_iter().collect();
        let step = target.step(StepKind::Finish, Span::default());
        before.iter().filter(|id| !left.contains(id)).for_each(|id| watch.gone(&step, *id));
    }
    match &file.sort_options {
        Some(options) => sort::sort(&mut resources, Some(options), &schemas)
            .map_err(|error| fail(error.into()))?,
        None if context.options.order == Order::Legacy => {
            sort::sort_by_kind(&mut resources, None, &schemas);
        }
        None => {}
    }
    let asks_for = |what: &str| file.build_metadata.iter().any(|option| option.value == what);
    if asks_for("managedByLabel") {
        let value = format!("kustomize-{}", context.options.managed_by);
        let spec = ReadySpec::creating("metadata/labels");
        labels::set_pairs(&mut resources, [(MANAGED_BY, value.as_str())].into_iter(), &[spec])
            .map_err(fail)?;
    }
    let keep_origin = asks_for("originAnnotations");
    let keep_transformations = asks_for("transformerAnnotations");
    let mut list = resources.into_list();
    let print = |resource: &mut Resource| {
        clean(resource, keep_origin, keep_transformations);
        print::finish(resource.node_mut()).map_err(|error| Error::new(error, target.whole))
    };
    if list.len() < 128 {
        list.iter_mut().try_for_each(print)?;
    } else {
        let faults: Vec<_> = list
            .par_chunks_mut(64)
            .filter_map(|chunk| chunk.iter_mut().try_for_each(print).err())
            .collect();
        if let Some(fault) = faults.into_iter().next() {
            return Err(fault);
        }
    }
    if let Some(watch) = &context.watch {
        watch.look(&target.step(StepKind::Finish, Span::default()), &mut list);
    }
    Ok((list, notices))
}

/// Which objects these are to whoever watches.
fn traced(resources: &[Resource]) -> Vec<ObjectId> {
    resources.iter().filter_map(Resource::traced).collect()
}

/// Drops what is for kustomize alone, and looks whether all that is left are objects still.
fn drop_local(resources: &mut ResourceMap, schemas: &Schemas) -> Result<(), TransformError> {
    for resource in resources.list() {
        if is_empty(resource.node()) {
            continue;
        }
        let span = resource.span();
        let metadata = resource.node().get("metadata");
        for map in ["labels", "annotations"] {
            let items = metadata.and_then(|metadata| metadata.get(map)?.as_sequence());
            // kyaml takes items for keys and values in turn, and ends badly where a value is missing.
            if items.is_some_and(|items| items.len() % 2 == 1) {
                return Err(TransformError::NoMap { map, span });
            }
        }
        if resource.kind().is_empty() {
            return Err(TransformError::Incomplete { missing: "kind", span });
        }
        if !resource.kind().ends_with("List") && resource.name().is_empty() {
            return Err(TransformError::Incomplete { missing: "metadata.name", span });
        }
    }
    let stays = |resource: &Resource| {
        !is_empty(resource.node())
            && resource.annotation(annotation::LOCAL_CONFIG).is_none_or(|local| local == "false")
    };
    let (staying, local): (Vec<_>, Vec<_>) =
        resources.list().iter().partition(|resource| stays(resource));
    if !local.is_empty() {
        // kustomize takes them away by their ids, so one stays that has the id of another object.
        let ids: HashSet<Id> =
            staying.iter().map(|resource| resource.id(schemas).clone()).collect();
        resources.retain(|resource| {
            stays(resource) || (!is_empty(resource.node()) && ids.contains(resource.id(schemas)))
        });
    }
    Ok(resources.check(schemas)?)
}

/// Takes away what kustomize kept in annotations.
fn clean(resource: &mut Resource, keep_origin: bool, keep_transformations: bool) {
    let annotations = meta::map(resource.node(), "annotations");
    let mut left = annotations;
    let had_any = !left.is_empty();
    for key in annotation::BUILD {
        left.remove(key);
    }
    if !keep_origin {
        left.remove(annotation::ORIGIN);
    }
    if !keep_transformations {
        left.remove(annotation::TRANSFORMATIONS);
    }
    if had_any || !keep_origin || !keep_transformations {
        resource.set_annotations(&left);
    }
}

/// The text of objects that are finished.
pub(super) fn to_yaml(resources: &[Resource]) -> String {
    const SHARE: usize = 128;
    if resources.len() < 2 * SHARE {
        return super::documents(resources);
    }
    let parts: Vec<String> = resources.par_chunks(SHARE).map(super::documents).collect();
    let mut text = String::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            text.push_str("---\n");
        }
        text.push_str(part);
    }
    text
}

/// A file for each object, named after its type and its name, and its namespace where there is more than
/// one.
pub(super) fn to_files(resources: &[Resource]) -> Vec<(String, String)> {
    let schemas = Schemas::builtin();
    let namespaces: BTreeSet<&str> = resources
        .iter()
        .map(|resource| resource.id(&schemas))
        .filter(|id| !id.cluster_scoped)
        .map(|id| id.effective_namespace())
        .collect();
    // Of two with one name the later one stays.
    let mut files = BTreeMap::new();
    for resource in resources {
        let id = resource.id(&schemas);
        let gvk = &id.gvk;
        let parts = [&gvk.group, &gvk.version, &gvk.kind];
        let parts: Vec<&str> =
            parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let mut name = String::new();
        if !id.cluster_scoped && namespaces.len() > 1 {
            name = format!("{}_", id.effective_namespace().to_lowercase());
        }
        name += &format!("{}_{}.yaml", parts.join("_").to_lowercase(), id.name.to_lowercase());
        let mut text = String::new();
        print::write(resource.node(), &mut text);
        files.insert(name, text);
    }
    files.into_iter().collect()
}

/// Whether two trees are the very same, places and styles included.
pub(super) fn is_identical(a: &Node, b: &Node) -> bool {
    use crate::yaml::Value;
    let same_value = match (&a.value, &b.value) {
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_identical(a, b))
        }
        (Value::Mapping(a), Value::Mapping(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b.iter())
                    .all(|((ak, av), (bk, bv))| is_identical(ak, bk) && is_identical(av, bv))
        }
        _ => a.same_meaning(b),
    };
    same_value && a.span == b.span && a.style == b.style && a.tag == b.tag
}
