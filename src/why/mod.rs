//! Why an object is what it is: which files, overlays, substitutions and patches made it and a field of it, in order.
//!
//! In go a cluster as [`flux`](crate::flux) sees it, an object and perhaps a field; out comes an [`Answer`]: for each Kustomization that
//! applies the object the steps from its origin to what the API server is handed, each with the places where it is written and what it
//! changed. What was written into these places by the description is looked up in [`Said`]. Values of Secrets are masked here already.
//!
//! - [`field`]: fields as people write them, and followed through the steps;
//! - `object`: which object is meant;
//! - `place`: the lines of a step;
//! - `said`: where the description says what a generated line says.

pub mod field;
mod object;
mod place;
mod said;
mod shown;

use kustomize::StepKind;
use kustomize::yaml::Node;
use serde_json::Value as Json;

pub use self::object::{Unknown, Wanted, WantedError};
pub use self::place::Spot;
pub use self::said::Said;

use self::field::{FieldPath, FieldText, same};
use self::object::Found;
use self::place::{Changed, Histories, before};
use self::shown::Shown;
use crate::flux::diff::{Field, between};
use crate::flux::trace::{Kind, Made, Trace, Written};
use crate::flux::{Cluster, Identity, Name};

/// Why an object is what it is.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The object.
    pub object: Identity,
    /// What each one did that applies it, in the order in which Flux comes to them.
    pub told: Vec<Told>,
}

/// What one Kustomization, or one ResourceSet, did to an object.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: Name,
    /// Whether it applies the object at last; otherwise the last step took it away.
    pub applied: bool,
    /// Whether nothing of it is applied now, since it is suspended.
    pub suspended: bool,
    /// The field that was asked for, where it is.
    pub field: Option<FieldPath>,
    /// What the field is at last; nothing where it is not there.
    pub value: Option<Json>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A step on the way of an object.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is.
    pub what: What,
    /// Whether the Flux Kustomization says it, and not a file of kustomize's.
    pub by_flux: bool,
    /// Whether a component of kustomize's does it.
    pub component: bool,
    /// What it is about: the path of an operation, or variables with where their values come from.
    pub about: Vec<String>,
    /// Where it is written. Variables may be written in several places.
    pub places: Vec<Spot>,
    /// Where the description says what is written there.
    pub said: Vec<Spot>,
    /// The template that the file is rendered from.
    pub template: Option<String>,
    /// What it changed.
    pub change: Change,
}

/// What a step changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is where the object comes from.
    Made,
    /// It took the object away.
    Removed,
    /// These fields, of the whole object.
    Fields(Vec<Field>),
    /// The field that was asked for: what it was, and what it is; nothing where it is not there.
    Value(Option<Json>, Option<Json>),
    /// Nothing: it says of the field what is there already.
    Again(Json),
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "named after kustomize's and Flux's fields")]
pub enum What {
    Resource,
    Generator,
    Merge,
    Operation,
    Namespace,
    NamePrefix,
    NameSuffix,
    Labels,
    Annotations,
    Replicas,
    Image,
    Replacement,
    Transformer,
    Hash,
    Reference,
    Var,
    End,
    Substitution,
    OwnerLabels,
    CommonMetadata,
    ResourceSet,
}

impl What {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Substitution => Self::Substitution,
            Kind::Owner => Self::OwnerLabels,
            Kind::CommonMetadata => Self::CommonMetadata,
            Kind::Kustomize(kind) => match kind {
                StepKind::Resource => Self::Resource,
                StepKind::Generator => Self::Generator,
                StepKind::Merge => Self::Merge,
                StepKind::Operation | StepKind::Patch => Self::Operation,
                StepKind::Namespace => Self::Namespace,
                StepKind::NamePrefix => Self::NamePrefix,
                StepKind::NameSuffix => Self::NameSuffix,
                StepKind::Labels => Self::Labels,
                StepKind::Annotations => Self::Annotations,
                StepKind::Replicas => Self::Replicas,
                StepKind::Image => Self::Image,
                StepKind::Replacement => Self::Replacement,
                StepKind::Hash => Self::Hash,
                StepKind::Reference => Self::Reference,
                StepKind::Var => Self::Var,
                StepKind::Finish => Self::End,
                _ => Self::Transformer,
            },
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Generator => "generator",
            Self::Merge => "merge patch",
            Self::Operation => "JSON patch",
            Self::Namespace => "namespace",
            Self::NamePrefix => "name prefix",
            Self::NameSuffix => "name suffix",
            Self::Labels => "labels",
            Self::Annotations => "annotations",
            Self::Replicas => "replicas",
            Self::Image => "image",
            Self::Replacement => "replacement",
            Self::Transformer => "transformer",
            Self::Hash => "hash of the content",
            Self::Reference => "name of another object",
            Self::Var => "var",
            Self::End => "end of the build",
            Self::Substitution => "substitution",
            Self::OwnerLabels => "labels of the controller",
            Self::CommonMetadata => "common metadata",
            Self::ResourceSet => "template of a ResourceSet",
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyError {
    /// No object is meant, or several are.
    #[error(transparent)]
    Object(#[from] Unknown),
    /// A field that the object does not have and never had.
    #[error(
        "{object} has no field `{field}`, and no step gave it one: there is no `{missing}` in {within}"
    )]
    UnknownField {
        /// What was asked for.
        field: String,
        /// The object.
        object: Identity,
        /// The first part that is not there.
        missing: String,
        /// Where it is not.
        within: String,
        /// What there is instead, as it would be asked for.
        known: Vec<String>,
    },
}

impl WhyError {
    /// What to ask for instead.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        const SHOWN: usize = 12;
        let (asked, known) = match self {
            Self::Object(Unknown::Several { all, .. }) => {
                return Some(format!("say which one: {}", all.join(", ")));
            }
            Self::Object(Unknown::Kind { kind, known, .. }) => (kind.as_str(), known),
            Self::Object(Unknown::Object { name, known, .. }) => (name.as_str(), known),
            Self::UnknownField { missing, known, .. } => (missing.as_str(), known),
        };
        let asked = asked.to_lowercase();
        // Of a path or of `KIND/NAMESPACE/NAME` its last part is what was written wrongly.
        let last = |name: &str| {
            let name = name.trim_end_matches("\"]");
            let at = name.rfind(['/', '.', '"']).map_or(0, |at| at + 1);
            name[at..].to_lowercase()
        };
        let distance = |name: &String| {
            let whole = name.to_lowercase();
            let ends = [whole.split_once('/').map_or("", |(_, rest)| rest), &*whole, &*last(name)]
                .map(|end| strsim::damerau_levenshtein(&asked, end));
            ends.into_iter().min().unwrap_or(usize::MAX)
        };
        let near = known.iter().map(|name| (distance(name), name)).min();
        match near {
            Some((distance, name)) if distance <= 1 + asked.len() / 4 => {
                Some(format!("did you mean `{name}`?"))
            }
            None => None,
            Some(_) => {
                let mut shown: Vec<String> = known.iter().take(SHOWN).cloned().collect();
                if known.len() > SHOWN {
                    shown.push(format!("{} more", known.len() - SHOWN));
                }
                Some(format!("there is {}", shown.join(", ")))
            }
        }
    }
}

/// Tells why an object of a cluster is what it is, and of a field only what made that.
///
/// # Errors
/// No object is meant, or several are; the object has no such field.
pub fn why(
    cluster: &Cluster<'_>,
    wanted: &Wanted,
    field: Option<&FieldText>,
    said: &Said<'_>,
) -> Result<Answer, WhyError> {
    let histories = Histories::new(cluster);
    let found = object::find(&histories, wanted)?;
    let mut told = Vec::new();
    for one in &found.places {
        told.extend(tell(&histories, one, field, said));
    }
    if told.is_empty()
        && let Some(field) = field
    {
        return Err(unknown_field(&histories, &found, field));
    }
    Ok(Answer { object: found.identity, told })
}

fn unknown_field(histories: &Histories<'_, '_>, found: &Found, field: &FieldText) -> WhyError {
    let node = found.places.iter().find_map(|one| histories.last(one));
    let node = node.unwrap_or_default();
    let (way, missing) = field.nearest(&node);
    let there = way.of(&node);
    let keys = there.and_then(Node::as_mapping).into_iter().flat_map(|fields| fields.keys());
    let mut known: Vec<String> = keys
        .map(|key| {
            let mut way = way.clone();
            way.0.push(field::Segment::Key(key.key_text().into_owned()));
            way.to_string()
        })
        .collect();
    let items = there.and_then(Node::as_sequence).map_or(0, <[Node]>::len);
    known.extend((0..items).map(|at| format!("{way}[{at}]")));
    let within = match (way.0.is_empty(), there) {
        (true, _) => "it".to_owned(),
        (false, Some(node)) if node.is_scalar() => format!("`{way}`, which is {}", node.kind()),
        (false, _) => format!("`{way}`"),
    };
    let (field, object) = (field.to_string(), found.identity.clone());
    WhyError::UnknownField { field, object, missing, within, known }
}

/// What one that applies an object did; nothing if the object never had the field.
fn tell(
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
