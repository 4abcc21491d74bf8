//! What of an entity moves as one: fields that mean something only together, such as a branch that is null and the tag beside it.

use serde_json::{Map, Value};

use super::PromoteError;
use crate::spec::EntityKind;
use crate::spec::edit::{Path, Step};

/// The fields of a component's source of each kind that say its version.
const COMPONENT: [(&str, &[&str]); 3] =
    [("helm", &["version"]), ("git", &["tag", "branch"]), ("oci", &["digest", "tag"])];
/// The fields of a tenant's source of each kind that say its reference.
const SOURCE: [(&str, &[&str]); 2] = [
    ("git", &["branch", "tag", "semver", "commit", "name"]),
    ("oci", &["digest", "semver", "semverFilter", "tag"]),
];
/// A commit or a digest is shown with this many of its letters.
const SHOWN: usize = 19;

/// Fields that move as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// As [`super::Move::what`].
    pub what: String,
    /// The fields, as keys from the entity's top.
    pub fields: Vec<Vec<String>>,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// A version that stands at the component's top or in its source of this kind.
    Component(&'static str),
    /// The reference of a source of this kind.
    Source(&'static str, Vec<String>),
    /// Any other field.
    Field(Vec<String>),
}

impl Part {
    /// A component's version, by what it is; nothing if it has none.
    pub(super) fn of_component(it: &Value) -> Option<Self> {
        let kind = component_kind(it)?;
        let (kind, fields) = *COMPONENT.iter().find(|(one, _)| *one == kind)?;
        let mut all = vec![vec!["version".to_owned()]];
        all.extend(fields.iter().map(|field| vec![kind.to_owned(), (*field).to_owned()]));
        Some(Self { what: String::new(), fields: all, shape: Shape::Component(kind) })
    }

    /// The reference of a tenant's source; nothing for a bucket.
    pub(super) fn of_source(it: &Value, name: &str) -> Option<Self> {
        let kind = source_kind(it.get("sources")?.get(name)?)?;
        let (kind, fields) = *SOURCE.iter().find(|(one, _)| *one == kind)?;
        let at = vec!["sources".to_owned(), name.to_owned(), kind.to_owned()];
        let below = |field: &&str| [&*at, &[(*field).to_owned()]].concat();
        Some(Self {
            what: name.to_owned(),
            fields: fields.iter().map(below).collect(),
            shape: Shape::Source(kind, at),
        })
    }

    /// A field that was named; of a mapping, everything that one of these says below it.
    pub(super) fn of_field(path: &str, all: &[&Value]) -> Result<Self, PromoteError> {
        let parsed: Path = path.parse()?;
        let keys: Vec<String> = parsed
            .steps()
            .iter()
            .map(|step| match step {
                Step::Key(key) => Ok(key.clone()),
                // A list is replaced as a whole, so no item of it can differ by itself.
                _ => Err(PromoteError::NotOverridable(path.to_owned())),
            })
            .collect::<Result<_, _>>()?;
        let values: Vec<&Value> = all.iter().filter_map(|value| at(value, &keys)).collect();
        if values.is_empty() {
            return Err(PromoteError::UnknownField(path.to_owned()));
        }
        let mut fields = Vec::new();
        leaves(&values, &keys, &mut fields);
        Ok(Self { what: path.to_owned(), fields, shape: Shape::Field(keys) })
    }

    /// What it says in words; equal words mean the same to a cluster.
    pub(super) fn words(&self, it: &Value) -> String {
        let text = |keys: &[&str]| {
            let value = keys.iter().try_fold(it, |value, key| value.get(key));
            value.and_then(Value::as_str).map(str::to_owned)
        };
        match &self.shape {
            Shape::Component("helm") => text(&["version"]).or_else(|| text(&["helm", "version"])),
            Shape::Component("git") => text(&["version"])
                .or_else(|| text(&["git", "tag"]))
                .or_else(|| Some(format!("branch {}", text(&["git", "branch"])?))),
            Shape::Component(_) => text(&["oci", "digest"])
                .map(|digest| short(&digest))
                .or_else(|| text(&["version"]))
                .or_else(|| text(&["oci", "tag"])),
            Shape::Source(kind, keys) => {
                let source = at(it, keys);
                let said: Vec<String> = SOURCE
                    .iter()
                    .filter(|(one, _)| one == kind)
                    .flat_map(|(_, fields)| *fields)
                    .filter_map(|field| Some((field, source?.get(field)?.as_str()?)))
                    .map(|(field, value)| format!("{field} {}", short(value)))
                    .collect();
                match (said.is_empty(), *kind) {
                    (false, _) => Some(said.join(", ")),
                    (true, "git") => Some("branch main".to_owned()),
                    (true, _) => Some("tag latest".to_owned()),
                }
            }
            Shape::Field(keys) => at(it, keys).map(ToString::to_string),
        }
        .unwrap_or_else(|| "nothing".to_owned())
    }

    /// Whether two mean the same to a cluster.
    pub(super) fn same(&self, one: &Value, other: &Value) -> bool {
        match &self.shape {
            Shape::Field(keys) => at(one, keys) == at(other, keys),
            // Long ones are shown in short, so words alone would not do.
            _ => {
                self.words(one) == self.words(other)
                    && self
                        .fields
                        .iter()
                        .filter(|keys| keys.last().is_some_and(|key| is_long(key)))
                        .all(|keys| at(one, keys) == at(other, keys))
            }
        }
    }

    /// What it is fetched as somewhere, where that must be the same: a chart's version means nothing to a Git repository.
    pub(super) fn origin(&self, it: &Value) -> Option<(&'static str, Option<&'static str>)> {
        match &self.shape {
            Shape::Component(kind) => Some((kind, component_kind(it))),
            Shape::Source(kind, keys) => Some((kind, at(it, &keys[..2]).and_then(source_kind))),
            Shape::Field(_) => None,
        }
    }

    /// Whether it stays what it is until the description changes: a version, a tag, a commit or a digest, and no branch or range.
    pub(super) fn is_fixed(&self, it: &Value) -> bool {
        match &self.shape {
            Shape::Component("git") => {
                it.get("version").is_some() || it.pointer("/git/tag").is_some()
            }
            Shape::Component(_) | Shape::Field(_) => true,
            Shape::Source(_, keys) => at(it, keys).is_some_and(|source| {
                ["tag", "commit", "digest"]
                    .iter()
                    .any(|field| source.get(field).is_some_and(|value| value != "latest"))
            }),
        }
    }

    /// Whether an override says one of its fields, or unsays what holds them.
    pub(super) fn said_in(&self, layer: &Value) -> bool {
        self.fields.iter().any(|keys| says(layer, keys))
    }

    /// The fields that have to be said as well by an override that stays, so that it means the same when what it lies over
    /// becomes something else.
    pub(super) fn to_hold<'a>(
        &'a self,
        it: &Value,
        layer: &Value,
        then: &Value,
    ) -> Vec<&'a Vec<String>> {
        let leaks = |keys: &&Vec<String>| !says(layer, keys) && at(it, keys) != at(then, keys);
        let leaking: Vec<&Vec<String>> = self.fields.iter().filter(leaks).collect();
        let mut after = it.clone();
        for keys in &leaking {
            put(&mut after, keys, at(then, keys));
        }
        if self.same(&after, it) { Vec::new() } else { leaking }
    }
}

fn is_long(key: &str) -> bool {
    key == "digest" || key == "commit"
}

fn component_kind(it: &Value) -> Option<&'static str> {
    ["helm", "git", "oci", "manifests"].into_iter().find(|kind| it.get(kind).is_some())
}

fn source_kind(source: &Value) -> Option<&'static str> {
    ["git", "oci", "bucket"].into_iter().find(|kind| source.get(kind).is_some())
}

/// What stands at a way of keys.
pub(super) fn at<'a>(value: &'a Value, keys: &[String]) -> Option<&'a Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

/// Whether an override says a field, or unsays what holds it.
fn says(layer: &Value, keys: &[String]) -> bool {
    let mut value = layer;
    for key in keys {
        match value.get(key) {
            Some(next) => value = next,
            None => return value.is_null(),
        }
    }
    true
}

/// Puts a value at a way of keys, or takes away what stands there.
fn put(value: &mut Value, keys: &[String], new: Option<&Value>) {
    let Some((last, way)) = keys.split_last() else { return };
    let mut value = value;
    for key in way {
        let Some(fields) = value.as_object_mut() else { return };
        value = fields.entry(key).or_insert_with(|| Value::Object(Map::new()));
    }
    let Some(fields) = value.as_object_mut() else { return };
    match new {
        Some(new) => drop(fields.insert(last.clone(), new.clone())),
        None => drop(fields.shift_remove(last)),
    }
}

/// Commits and digests as far as people read them.
fn short(value: &str) -> String {
    let hexadecimal = value.rsplit(':').next().unwrap_or(value);
    if hexadecimal.len() >= 40 && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        value.chars().take(SHOWN).collect()
    } else {
        value.to_owned()
    }
}

/// The fields below some values that are no mappings.
fn leaves(values: &[&Value], keys: &[String], found: &mut Vec<Vec<String>>) {
    let mappings: Vec<_> = values.iter().filter_map(|value| value.as_object()).collect();
    if mappings.len() < values.len() {
        found.push(keys.to_vec());
        return;
    }
    let mut names: Vec<&String> = mappings.iter().flat_map(|mapping| mapping.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let below: Vec<&Value> = mappings.iter().filter_map(|mapping| mapping.get(name)).collect();
        leaves(&below, &[keys, std::slice::from_ref(name)].concat(), found);
    }
}

/// Keys as a command line names them.
pub(super) fn dotted(keys: &[String]) -> String {
    let key = |key: &String| {
        if key.contains(['.', '[', '"']) { format!("\"{key}\"") } else { key.clone() }
    };
    keys.iter().map(key).collect::<Vec<_>>().join(".")
}

/// Whether a null below these keys is somebody else's word, and not "as if nobody had said it".
pub(super) fn keeps_null(kind: EntityKind, keys: &[String]) -> bool {
    kind == EntityKind::Component
        && keys.first().is_some_and(|key| key == "values")
        && keys.len() > 1
}
