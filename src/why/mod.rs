//! Why an object is what it is: which files, overlays, substitutions and patches made it and a field of it, in order.
//!
//! In go a cluster as [`flux`](crate::flux) sees it, an object and perhaps a field; out comes an [`Answer`]: for each Kustomization that
//! applies the object the steps from its origin to what the API server is handed, each with the places where it is written and what it
//! changed. What was written into these places by the description is looked up in [`Said`]. Values of Secrets are masked here already.
//!
//! - [`field`]: fields as people write them, and followed through the steps;
//! - `object`: which object is meant;
//! - `place`: the lines of a step;
//! - `said`: where the description says what a generated line says;
//! - `tell`: the history of an object as steps.

pub mod field;
mod object;
mod place;
mod said;
mod shown;
mod tell;

use kustomize::StepKind;
use kustomize::yaml::Node;
use serde_json::Value as Json;

pub use self::object::{Unknown, Wanted, WantedError};
pub use self::place::Spot;
pub use self::said::Said;

use self::field::{FieldPath, FieldText};
use self::object::Found;
use self::place::Histories;
use self::tell::tell;
use crate::flux::diff::Field;
use crate::flux::trace::Kind;
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
