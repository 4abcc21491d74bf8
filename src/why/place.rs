//! The place of a step: which lines of which file made a field what it is.
//!
//! In go the history of an object and a field; out come places in files. What a Flux Kustomization adds is written where that
//! Kustomization is, which may itself have been made by several steps: then it is asked of its own history.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use kustomize::yaml::{Node, Span, Value};
use kustomize::{Files as _, Found, Place, StepKind};

use super::field::{FieldPath, Segment, child, same};
use crate::flux::artifact::Artifact;
use crate::flux::kustomization::GROUP;
use crate::flux::trace::{Kind, Made, Trace, Written};
use crate::flux::{Cluster, DataName, Identity, Name, What};

/// How far a place is followed through Flux Kustomizations that make each other.
const DEEP: usize = 8;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file, from the root of the repository that is looked at, or of its source where it is of another one.
    pub file: String,
    /// The folder that stands for the source, where it is not the repository that is looked at.
    pub source: Option<String>,
    /// The bytes.
    pub range: Range<usize>,
    /// The line, from 1.
    pub line: usize,
}

/// The histories of what a cluster applies, each made when it is first asked for.
pub(super) struct Histories<'c, 'f> {
    pub cluster: &'c Cluster<'f>,
    traces: RefCell<HashMap<usize, Rc<Trace>>>,
}

/// A step and the field that it changed: where the field is afterwards, and where it was.
#[derive(Clone, Copy)]
pub(super) struct Changed<'a> {
    pub made: &'a Made,
    pub before: Option<&'a Node>,
    pub path: &'a FieldPath,
    pub was: Option<&'a FieldPath>,
}

impl<'a> Changed<'a> {
    fn old(&self) -> Option<&'a Node> {
        self.was?.of(self.before?)
    }
}

impl<'c, 'f> Histories<'c, 'f> {
    pub(super) fn new(cluster: &'c Cluster<'f>) -> Self {
        Self { cluster, traces: RefCell::default() }
    }

    /// What an applier did; nothing for a ResourceSet, and for what is not here.
    pub(super) fn trace(&self, at: usize) -> Option<Rc<Trace>> {
        if let Some(trace) = self.traces.borrow().get(&at) {
            return Some(Rc::clone(trace));
        }
        let applier = &self.cluster.appliers[at];
        let kustomization = applier.what.kustomization()?;
        let trace = Rc::new(Trace::of(applier.artifact()?, kustomization, &applier.variables));
        self.traces.borrow_mut().insert(at, Rc::clone(&trace));
        Some(trace)
    }

    /// Where a step of an applier is written, as far as it is about a field.
    pub(super) fn places(&self, at: usize, trace: &Trace, changed: Changed<'_>) -> Vec<Spot> {
        self.places_within(at, trace, changed, DEEP)
    }

    fn places_within(
        &self,
        at: usize,
        trace: &Trace,
        changed: Changed<'_>,
        depth: usize,
    ) -> Vec<Spot> {
        let Some(artifact) = self.cluster.appliers[at].artifact() else { return Vec::new() };
        let said = |keys: &[&str]| self.of_flux(at, &FieldPath::of_keys(keys), None, depth);
        match changed.made.kind {
            Kind::Kustomize(kind) => {
                let span = narrow(kind, &changed);
                match trace.written(span, artifact) {
                    Written::File(place) => {
                        let own = spot(artifact, &place);
                        // What the file says of an image, Flux adds to.
                        let flux = match kind {
                            StepKind::Image => self.of_image(at, &changed, depth),
                            _ => None,
                        };
                        own.into_iter().chain(flux).collect()
                    }
                    Written::Flux(part) => {
                        let field: FieldPath = match kind {
                            StepKind::Namespace => FieldPath::of_keys(&["spec", "targetNamespace"]),
                            StepKind::NamePrefix => FieldPath::of_keys(&["spec", "namePrefix"]),
                            StepKind::NameSuffix => FieldPath::of_keys(&["spec", "nameSuffix"]),
                            StepKind::Image => {
                                return self.of_image(at, &changed, depth).into_iter().collect();
                            }
                            _ => FieldPath(vec![
                                Segment::Key("spec".to_owned()),
                                Segment::Key("patches".to_owned()),
                                Segment::Item(changed.made.entry),
                                Segment::Key("patch".to_owned()),
                            ]),
                        };
                        self.of_flux(at, &field, part, depth).into_iter().collect()
                    }
                    Written::Nowhere => Vec::new(),
                }
            }
            Kind::Substitution => {
                let names = changed.old().map(variables).unwrap_or_default();
                names.iter().filter_map(|name| self.of_variable(at, name, depth)).collect()
            }
            Kind::Owner => said(&["metadata", "name"]).into_iter().collect(),
            Kind::CommonMetadata => {
                let map = match changed.path.0.get(1) {
                    Some(Segment::Key(map)) if map == "annotations" => "annotations",
                    _ => "labels",
                };
                let key = changed.path.0.get(2).and(changed.path.last_key());
                let entry = key.and_then(|key| said(&["spec", "commonMetadata", map, key]));
                entry.or_else(|| said(&["spec", "commonMetadata"])).into_iter().collect()
            }
        }
    }

    /// The entry of `spec.images` of a Flux Kustomization by which an image was set.
    fn of_image(&self, at: usize, changed: &Changed<'_>, depth: usize) -> Option<Spot> {
        let (name, _) = changed.made.parts.first()?;
        let spec = &self.cluster.appliers[at].what.kustomization()?.spec;
        let entry = spec.images.iter().position(|image| image.name == *name)?;
        let field = FieldPath(vec![
            Segment::Key("spec".to_owned()),
            Segment::Key("images".to_owned()),
            Segment::Item(entry),
        ]);
        self.of_flux(at, &field, None, depth)
    }

    /// Where the value of a variable is written, if that is in a file.
    fn of_variable(&self, at: usize, name: &str, depth: usize) -> Option<Spot> {
        let kustomization = self.cluster.appliers[at].what.kustomization()?;
        let post_build = kustomization.spec.post_build.as_ref()?;
        if post_build.substitute.contains_key(name) {
            let field = FieldPath::of_keys(&["spec", "postBuild", "substitute", name]);
            return self.of_flux(at, &field, None, depth);
        }
        let namespace = &kustomization.name.namespace;
        post_build.substitute_from.iter().rev().find_map(|from| {
            let data =
                DataName { secret: from.kind == "Secret", name: Name::new(namespace, &from.name) };
            self.of_data(&data, name, depth)
        })
    }

    /// Where the value of a variable of an applier is written, if that is in a file.
    pub(super) fn value_of(&self, at: usize, name: &str) -> Option<Spot> {
        self.of_variable(at, name, DEEP)
    }

    /// A variable of an applier in words, with where its value comes from.
    pub(super) fn variable(&self, at: usize, name: &str) -> String {
        let kustomization = self.cluster.appliers[at].what.kustomization();
        let post_build = kustomization.and_then(|it| it.spec.post_build.as_ref());
        let Some((it, post_build)) = kustomization.zip(post_build) else { return name.to_owned() };
        if post_build.substitute.contains_key(name) {
            return format!("{name} from spec.postBuild.substitute");
        }
        let source = post_build.substitute_from.iter().rev().find(|from| {
            let data = Name::new(&it.name.namespace, &from.name);
            let data = DataName { secret: from.kind == "Secret", name: data };
            self.of_data(&data, name, DEEP).is_some()
        });
        match source {
            Some(from) => format!("{name} from {} {}/{}", from.kind, it.name.namespace, from.name),
            None if !post_build.substitute_from.is_empty() => {
                format!("{name} from what lives on the cluster alone, or its default")
            }
            None => format!("{name}, which has no value"),
        }
    }

    /// Where a ConfigMap or a Secret says a value.
    fn of_data(&self, data: &DataName, key: &str, depth: usize) -> Option<Spot> {
        let kind = if data.secret { "Secret" } else { "ConfigMap" };
        let is_it = |identity: &Identity| {
            identity.kind == kind
                && identity.group.is_empty()
                && identity.name == data.name.name
                && identity.namespace == data.name.namespace
        };
        let mut all = self.cluster.appliers.iter().enumerate();
        let (at, number) = all.find_map(|(at, applier)| {
            Some((at, applier.objects().iter().position(|object| is_it(&object.identity))?))
        })?;
        ["stringData", "data"].iter().find_map(|map| {
            self.of_object(at, number, &FieldPath::of_keys(&[map, key]), None, depth)
        })
    }

    /// Where a field of an applier's own object is written. `part` is a part of its text.
    fn of_flux(
        &self,
        at: usize,
        field: &FieldPath,
        part: Option<(Arc<str>, Range<usize>)>,
        depth: usize,
    ) -> Option<Spot> {
        let applier = &self.cluster.appliers[at];
        let own = match (applier.owner, applier.own) {
            (Some(owner), Some(own)) => Some((owner, own)),
            // The cluster's own applies itself.
            _ => {
                let name = applier.what.name();
                let mine = applier.objects().iter().position(|object| {
                    let Identity { kind, group, name: own, namespace } = &object.identity;
                    kind == applier.what.kind()
                        && group == GROUP
                        && *own == name.name
                        && *namespace == name.namespace
                });
                mine.map(|own| (at, own))
            }
        };
        let found = own.and_then(|(owner, own)| self.of_object(owner, own, field, part, depth));
        found.or_else(|| {
            let owner = applier.owner.unwrap_or(at);
            spot(self.cluster.appliers[owner].artifact()?, applier.place.as_ref()?)
        })
    }

    /// Where a field of an object that an applier applies is written.
    fn of_object(
        &self,
        at: usize,
        number: usize,
        field: &FieldPath,
        part: Option<(Arc<str>, Range<usize>)>,
        depth: usize,
    ) -> Option<Spot> {
        let depth = depth.checked_sub(1)?;
        let applier = &self.cluster.appliers[at];
        let Some(trace) = self.trace(at) else {
            // What a ResourceSet makes is written in it.
            return match applier.what {
                What::ResourceSet(..) => self.of_template(at, depth),
                What::Kustomization(_) => None,
            };
        };
        let history = trace.histories.get(number)?;
        let (last, path) = origin(history, field)?;
        let artifact = applier.artifact()?;
        if part.is_some()
            && let Some(node) = history[last].node.as_deref().and_then(|node| path.of(node))
            && let Written::File(place) = trace.written(node.span, artifact)
        {
            return part_of(artifact, &place, part);
        }
        let (before, was) = before(history, last, &path);
        let changed = Changed { made: &history[last], before, path: &path, was: was.as_ref() };
        self.places_within(at, &trace, changed, depth).into_iter().next()
    }

    /// Where the templates of a ResourceSet are written.
    fn of_template(&self, at: usize, depth: usize) -> Option<Spot> {
        let field = |name: &str| FieldPath::of_keys(&["spec", name]);
        let own = self.cluster.own_object(at)?;
        let name = ["resources", "resourcesTemplate"]
            .into_iter()
            .find(|name| field(name).of(&own.node).is_some())?;
        self.of_flux(at, &field(name), None, depth)
    }

    /// The same of a ResourceSet, as far as anybody follows.
    pub(super) fn template(&self, at: usize) -> Option<Spot> {
        self.of_template(at, DEEP)
    }
}

/// The object before a step of its history, and where a field was in it.
pub(super) fn before<'h>(
    history: &'h [Made],
    at: usize,
    path: &FieldPath,
) -> (Option<&'h Node>, Option<FieldPath>) {
    let before = at.checked_sub(1).and_then(|at| history[at].node.as_deref());
    let was = match (before, history[at].node.as_deref()) {
        (Some(before), Some(after)) => path.before(after, before),
        (Some(_), None) => Some(path.clone()),
        (None, _) => None,
    };
    (before, was)
}

/// Which step of a history a field has its value from, and where the field was after it.
pub(super) fn origin(history: &[Made], field: &FieldPath) -> Option<(usize, FieldPath)> {
    let mut path = field.clone();
    for at in (0..history.len()).rev() {
        let after = history[at].node.as_deref().and_then(|node| path.of(node));
        let (before, was) = before(history, at, &path);
        let old = before.zip(was.as_ref()).and_then(|(node, was)| was.of(node));
        let is_same = match (old, after) {
            (Some(old), Some(after)) => same(old, after),
            (old, after) => old.is_none() && after.is_none(),
        };
        if !is_same {
            return Some((at, path));
        }
        path = was?;
    }
    None
}

/// The variables that a value names, in their order.
pub(super) fn variables(node: &Node) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    fn look(node: &Node, names: &mut Vec<String>) {
        match &node.value {
            Value::String(text) => {
                let Ok(template) = crate::flux::substitute::Template::parse(text) else { return };
                for one in template.references() {
                    if !names.iter().any(|name| name == one.name) {
                        names.push(one.name.to_owned());
                    }
                }
            }
            Value::Sequence(items) => items.iter().for_each(|item| look(item, names)),
            Value::Mapping(fields) => fields.iter().for_each(|(key, value)| {
                look(key, names);
                look(value, names);
            }),
            _ => {}
        }
    }
    look(node, &mut names);
    names
}

/// The span of the part of a step that is about a field.
fn narrow(kind: StepKind, changed: &Changed<'_>) -> Span {
    let made = changed.made;
    let found = match kind {
        StepKind::Resource => made.node.as_deref().and_then(|node| deepest(node, changed.path)),
        StepKind::Merge => of_merge(changed),
        StepKind::Operation | StepKind::Patch => of_operation(changed),
        StepKind::Generator | StepKind::Labels | StepKind::Annotations => {
            let key = changed.path.last_key();
            let is = |name: &str| made.parts.iter().rev().find(|(part, _)| part == name);
            let in_data = matches!(changed.path.0.first(), Some(Segment::Key(key)) if key == "data" || key == "binaryData");
            let rest = if in_data { is("*") } else { None };
            key.and_then(is).or(rest).map(|(_, span)| *span)
        }
        StepKind::Replacement => of_replacement(changed),
        _ => None,
    };
    found.filter(|span| !span.is_empty()).unwrap_or(made.span)
}

/// The place of a field in a tree that was read from a file: its key and its value, or those of the last part of the way that is
/// there.
fn deepest(node: &Node, path: &FieldPath) -> Option<Span> {
    let mut node = node;
    let mut place = None;
    for segment in &path.0 {
        let (span, child) = match (segment, &node.value) {
            (Segment::Key(key), Value::Mapping(fields)) => {
                let Some((key, value)) = fields.iter().find(|(own, _)| own.key_text() == *key)
                else {
                    break;
                };
                (key.span.to(value.span), value)
            }
            (Segment::Item(at), Value::Sequence(items)) => match items.get(*at) {
                Some(item) => (item.span, item),
                None => break,
            },
            _ => break,
        };
        place = Some(span);
        node = child;
    }
    place
}

/// Where a merge says what a field is, or takes it away.
fn of_merge(changed: &Changed<'_>) -> Option<Span> {
    let mut merge = changed.made.merge.as_ref()?;
    let mut after = changed.made.node.as_deref();
    let mut before = changed.before;
    let mut was = changed.was.map(|was| was.0.iter());
    let mut place = merge.get("$patch").map(|directive| directive.span);
    for segment in &changed.path.0 {
        let old = was.as_mut().and_then(Iterator::next).unwrap_or(segment);
        after = after.and_then(|node| child(node, segment));
        before = before.and_then(|node| child(node, old));
        match (segment, &merge.value) {
            (Segment::Key(key), Value::Mapping(fields)) => {
                let Some((key, value)) = fields.iter().find(|(own, _)| own.key_text() == *key)
                else {
                    break;
                };
                place = Some(key.span.to(value.span));
                merge = value;
            }
            (Segment::Item(_), Value::Sequence(items)) => {
                let is_like = |item: &&Node| {
                    [after, before].into_iter().flatten().any(|node| is_alike(item, node))
                };
                let Some(item) = items.iter().find(is_like) else { break };
                place = Some(item.span);
                merge = item;
            }
            _ => break,
        }
    }
    place
}

/// Whether an item of a merge is for an item of an object: they have a name in common, or all scalars that the merge says.
fn is_alike(merge: &Node, item: &Node) -> bool {
    let (Some(said), Some(_)) = (merge.as_mapping(), item.as_mapping()) else {
        return same(merge, item);
    };
    if let (Some(said), Some(has)) = (merge.get("name"), item.get("name")) {
        return same(said, has);
    }
    said.iter().any(|(key, value)| item.get(&key.key_text()).is_some_and(|has| same(value, has)))
}

/// The last operation of a JSON patch that is about a field.
fn of_operation(changed: &Changed<'_>) -> Option<Span> {
    let names = changed.path.names();
    let covers = |path: &str| {
        let parts: Vec<String> = path
            .split('/')
            .skip(1)
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .collect();
        parts.iter().zip(&names).all(|(part, name)| part == name || part == "-")
    };
    changed.made.parts.iter().rev().find(|(path, _)| covers(path)).map(|(_, span)| *span)
}

/// The target of a replacement that is about a field.
fn of_replacement(changed: &Changed<'_>) -> Option<Span> {
    let keys: Vec<String> = changed
        .path
        .0
        .iter()
        .filter_map(|segment| match segment {
            Segment::Key(key) => Some(key.clone()),
            Segment::Item(_) => None,
        })
        .collect();
    let fits = |path: &str| {
        let parts = path.split('.').filter(|part| {
            !part.starts_with('[') && *part != "*" && part.parse::<usize>().is_err()
        });
        parts.zip(&keys).all(|(part, key)| part == key)
    };
    changed.made.parts.iter().rev().find(|(path, _)| fits(path)).map(|(_, span)| *span)
}

/// A place of an artifact as a person finds it.
fn spot(artifact: &Artifact<'_>, place: &Place) -> Option<Spot> {
    let Found::File { bytes, .. } = artifact.open(&place.path).ok()? else { return None };
    let start = place.range.start.min(bytes.len());
    let line = bytes[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
    let own = artifact.name().starts_with('\n');
    let inner = artifact.inner(&place.path).filter(|_| own).map(|path| path.to_string());
    Some(Spot {
        file: inner.unwrap_or_else(|| place.path.trim_start_matches('/').to_owned()),
        source: (!own).then(|| artifact.name().to_owned()),
        range: place.range.clone(),
        line,
    })
}

/// A part of a text that stands at a place; the place itself where its lines are not those of the text.
fn part_of(
    artifact: &Artifact<'_>,
    place: &Place,
    part: Option<(Arc<str>, Range<usize>)>,
) -> Option<Spot> {
    let inner = part.and_then(|(text, range)| match artifact.open(&place.path).ok()? {
        Found::File { bytes, .. } => place.part(&bytes, &text, range),
        Found::Folder { .. } => None,
    });
    spot(artifact, &inner.unwrap_or_else(|| place.clone()))
}
