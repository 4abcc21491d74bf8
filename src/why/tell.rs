//! The history of an object as steps that a person reads.
//!
//! In goes what was taken down of each step; out come [`Step`]s with their places, what they changed, and what the description says of
//! them. Which object is meant is known by then.

use kustomize::StepKind;
use kustomize::yaml::Node;
use serde_json::Value as Json;

use super::field::{self, FieldPath, FieldText, same};
use super::place::{self, Changed, Histories, Spot, before};
use super::shown::Shown;
use super::{Change, Said, Step, Told, What, object};
use crate::flux::diff::{Field, between};
use crate::flux::trace::{Kind, Made, Trace, Written};

/// What one that applies an object did; nothing if the object never had the field.
pub(super) fn tell(
    histories: &Histories<'_, '_>,
    one: &object::Place,
    field: Option<&FieldText>,
    said: &Said<'_>,
) -> Option<Told> {
    let applier = &histories.cluster.appliers[one.applier];
    let mut told = Told {
        kind: applier.what.kind(),
        name: applier.what.name().clone(),
        applied: one.applied,
        suspended: histories.cluster.is_suspended(one.applier),
        field: None,
        value: None,
        steps: Vec::new(),
    };
    let Some(trace) = histories.trace(one.applier) else {
        return of_set(histories, one, field, said, told);
    };
    let history = one.history(&trace)?;
    let shown = Shown::of(histories.cluster);
    let telling = Telling { histories, at: one.applier, trace: &trace, history, said, shown };
    match field {
        None => told.steps = telling.whole(),
        Some(field) => {
            let (last, path) = (0..history.len())
                .rev()
                .find_map(|at| Some((at, field.find(history[at].node.as_deref()?)?)))?;
            let end = history.last()?;
            told.value = telling.value(end, &path).filter(|_| last + 1 == history.len());
            told.steps = telling.of_field(last, &path);
            told.field = Some(path);
        }
    }
    Some(told)
}

/// What a ResourceSet makes, it makes at once.
fn of_set(
    histories: &Histories<'_, '_>,
    one: &object::Place,
    field: Option<&FieldText>,
    said: &Said<'_>,
    mut told: Told,
) -> Option<Told> {
    let object = histories.cluster.appliers[one.applier].objects().get(one.number)?;
    let places: Vec<Spot> = histories.template(one.applier).into_iter().collect();
    let shown = Shown::of(histories.cluster);
    let mut change = Change::Made;
    if let Some(field) = field {
        let path = field.find(&object.node)?;
        told.value = shown.value(&object.node, object.shown(), &path);
        change = Change::Value(None, told.value.clone());
        told.field = Some(path);
    }
    told.steps.push(Step {
        what: What::ResourceSet,
        by_flux: true,
        component: false,
        about: Vec::new(),
        template: places.first().and_then(|place| said.template(place)),
        said: Vec::new(),
        places,
        change,
    });
    Some(told)
}

/// The history of an object, and what it takes to tell it.
struct Telling<'t, 'c, 'f> {
    histories: &'t Histories<'c, 'f>,
    at: usize,
    trace: &'t Trace,
    history: &'t [Made],
    said: &'t Said<'t>,
    shown: Shown,
}

impl Telling<'_, '_, '_> {
    /// A field as it may be shown, as a step left it.
    fn value(&self, made: &Made, path: &FieldPath) -> Option<Json> {
        let node = made.node.as_deref()?;
        let shown = made.shown.as_deref().unwrap_or(node);
        self.shown.value(node, shown, path)
    }

    /// Every step that changed the object.
    fn whole(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (at, made) in self.history.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| &self.history[at]);
            let old = before.and_then(|made| made.shown.as_deref().or(made.node.as_deref()));
            let new = made.shown.as_deref().or(made.node.as_deref());
            let change = match (old, new) {
                (None, _) => Change::Made,
                (Some(_), None) => Change::Removed,
                (Some(old), Some(new)) => {
                    let mut fields = between(old, new, true);
                    let before = before.and_then(|made| made.node.as_deref());
                    let is_same = before.zip(made.node.as_deref()).is_none_or(|(a, b)| same(a, b));
                    if fields.is_empty() && is_same {
                        continue;
                    }
                    if fields.is_empty() {
                        fields.push(Field::masked("values of Secrets in it".to_owned()));
                    }
                    self.shown.hide(&mut fields);
                    Change::Fields(fields)
                }
            };
            let paths = self.changed_paths(at);
            steps.push(self.step(at, &paths, change));
        }
        steps
    }

    /// The fields by whose places a step is found that is told as a whole: those that it changed, or the object itself.
    fn changed_paths(&self, at: usize) -> Vec<FieldPath> {
        let (old, new) = match (at.checked_sub(1), self.history[at].node.as_deref()) {
            (Some(before), Some(new)) => (self.history[before].node.as_deref(), new),
            _ => return vec![FieldPath::default()],
        };
        let mut paths = Vec::new();
        if let Some(old) = old {
            field::differences(old, new, &mut FieldPath::default(), &mut paths);
        }
        if paths.is_empty() {
            paths.push(FieldPath::default());
        }
        paths
    }

    /// The steps that changed a field, which was last seen at `path` after the step `last`.
    fn of_field(&self, last: usize, path: &FieldPath) -> Vec<Step> {
        let mut steps = Vec::new();
        if last + 1 < self.history.len() {
            let old = self.value(&self.history[last], path);
            let change = Change::Value(old, None);
            steps.push(self.step(last + 1, std::slice::from_ref(path), change));
        }
        let mut path = path.clone();
        for at in (0..=last).rev() {
            let made = &self.history[at];
            let (node, was) = before(self.history, at, &path);
            let old = node.zip(was.as_ref()).and_then(|(node, was)| was.of(node));
            let new = made.node.as_deref().and_then(|node| path.of(node));
            let change = match (old, new) {
                (None, None) => None,
                (Some(old), Some(new)) if same(old, new) => self
                    .says(made, &path)
                    .then(|| Change::Again(self.value(made, &path).unwrap_or_default())),
                (old, _) => {
                    let shown = old
                        .zip(was.as_ref())
                        .and_then(|(_, was)| self.value(&self.history[at.checked_sub(1)?], was));
                    Some(Change::Value(shown, self.value(made, &path)))
                }
            };
            if let Some(change) = change {
                steps.push(self.step(at, std::slice::from_ref(&path), change));
            }
            match was {
                Some(was) => path = was,
                None => break,
            }
        }
        steps.reverse();
        steps
    }

    /// Whether a step says a field, though it changed nothing of it.
    fn says(&self, made: &Made, path: &FieldPath) -> bool {
        let Some((object, value)) =
            made.node.as_deref().and_then(|object| Some((object, path.of(object)?)))
        else {
            return false;
        };
        if let Some(merge) = &made.merge {
            return path.of(merge).is_some_and(|said| same(said, value));
        }
        let Kind::Kustomize(kind) = made.kind else { return false };
        let parts = || made.parts.iter().map(|(part, _)| part.as_str());
        let text = value.key_text();
        let pointer = path.pointer();
        let key = path.last_key().unwrap_or_default();
        match kind {
            StepKind::Operation => parts().any(|part| part == pointer),
            StepKind::Namespace => pointer == "/metadata/namespace" && parts().eq([&*text]),
            StepKind::Labels | StepKind::Annotations => {
                let map = if kind == StepKind::Labels { "labels" } else { "annotations" };
                *path == FieldPath::of_keys(&["metadata", map, key])
                    && parts().any(|part| part == key)
            }
            StepKind::Replicas => {
                let name = FieldPath::of_keys(&["metadata", "name"]).of(object);
                let name = name.and_then(Node::text).unwrap_or_default();
                let is_it = parts().next().is_some_and(|part| name.contains(part));
                pointer == "/spec/replicas" && is_it && parts().nth(1) == Some(&*text)
            }
            StepKind::Image => {
                let rest = parts().next().and_then(|name| text.strip_prefix(name));
                let is_it =
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']));
                key == "image" && is_it && parts().skip(1).all(|part| text.contains(part))
            }
            _ => false,
        }
    }

    fn step(&self, at: usize, paths: &[FieldPath], change: Change) -> Step {
        let made = &self.history[at];
        let mut places: Vec<Spot> = Vec::new();
        let mut said: Vec<Spot> = Vec::new();
        let mut add = |place: Spot, found: Vec<Spot>| {
            for spot in found {
                if !said.contains(&spot) {
                    said.push(spot);
                }
            }
            if !places.contains(&place) {
                places.push(place);
            }
        };
        let of_field = matches!(change, Change::Value(..) | Change::Again(_));
        for path in paths {
            if made.kind == Kind::Substitution {
                for name in self.variables(at, path) {
                    let Some(place) = self.histories.value_of(self.at, &name) else { continue };
                    let field = FieldPath::of_keys(&[&name]);
                    let found = self.said.of(&place, &field, None);
                    add(place, found);
                }
                continue;
            }
            let (before, was) = before(self.history, at, path);
            let changed = Changed { made, before, path, was: was.as_ref() };
            for place in self.histories.places(self.at, self.trace, changed) {
                let found = match made.kind {
                    // Nobody says these.
                    Kind::Owner => Vec::new(),
                    _ if of_field => {
                        let field = operated(made).unwrap_or_else(|| path.clone());
                        let value = made.node.as_deref().and_then(|node| field.of(node));
                        self.said.of(&place, &field, value)
                    }
                    _ => self.said.home(&place),
                };
                add(place, found);
            }
        }
        let artifact = self.histories.cluster.appliers[self.at].artifact();
        let by_flux = match made.kind {
            Kind::Kustomize(_) => artifact.is_some_and(|artifact| {
                matches!(self.trace.written(made.span, artifact), Written::Flux(_))
            }),
            _ => true,
        };
        Step {
            what: What::of(made.kind),
            by_flux,
            component: made.component,
            about: self.about(at, paths),
            template: places
                .first()
                .filter(|_| made.kind != Kind::Owner)
                .and_then(|place| self.said.template(place)),
            places,
            said,
            change,
        }
    }

    /// The variables that a field named before a step.
    fn variables(&self, at: usize, path: &FieldPath) -> Vec<String> {
        let (node, was) = before(self.history, at, path);
        let old = node.zip(was).and_then(|(node, was)| was.of(node));
        old.map(place::variables).unwrap_or_default()
    }

    /// What a step is about.
    fn about(&self, at: usize, paths: &[FieldPath]) -> Vec<String> {
        let made = &self.history[at];
        match made.kind {
            Kind::Kustomize(StepKind::Operation) => {
                let one = made.parts.first().filter(|_| made.parts.len() == 1);
                one.map(|(path, _)| path.clone()).into_iter().collect()
            }
            Kind::Kustomize(StepKind::Image) => {
                made.parts.iter().map(|(name, _)| name.clone()).collect()
            }
            Kind::Substitution => {
                let mut about: Vec<String> = Vec::new();
                for name in paths.iter().flat_map(|path| self.variables(at, path)) {
                    let words = self.histories.variable(self.at, &name);
                    if !about.contains(&words) {
                        about.push(words);
                    }
                }
                about
            }
            _ => Vec::new(),
        }
    }
}

/// The field that a step is about by itself: the path of an operation, which may lie below or above the field that was asked for.
fn operated(made: &Made) -> Option<FieldPath> {
    let [(path, _)] = &made.parts[..] else { return None };
    let is_operation = made.kind == Kind::Kustomize(StepKind::Operation);
    path.parse::<FieldText>().ok().filter(|_| is_operation)?.find(made.node.as_deref()?)
}
