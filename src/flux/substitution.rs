//! Variables in what a Flux Kustomization builds, and what becomes of values on the way through text.
//!
//! Flux prints each object, substitutes in the text, and reads it again
//! ([post build variable substitution](https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution)).
//! [`Variables`] are what a Kustomization has by name, [`Substitution`] is that step over one object. Found are variables without a
//! value, text that is no substitution, and values that are something else afterwards: a quoted text that became a number, say.

use std::collections::{BTreeMap, BTreeSet};

use kustomize::yaml::{Budget, Mapping, Node, SourceId, Span, Value};
use kustomize::{Files as _, Found, Place, object_from_text, objects_to_yaml};

use super::artifact::Artifact;
use super::kustomization::{Kustomization, Name, PostBuild};
use super::substitute::{EvaluateError, Template, is_name};
use crate::build::Finding;
use crate::diagnostic::{Code, Severity};

/// From here on a `float64` has no number of its own for each whole number.
const EXACT: u64 = 1 << 53;

/// An object whose data variables are taken from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataName {
    /// Whether it is a Secret; otherwise a ConfigMap.
    pub secret: bool,
    /// Which one.
    pub name: Name,
}

/// The data of ConfigMaps and Secrets by which variables are found.
#[derive(Debug, Default)]
pub struct Data {
    /// Of objects: those that the cluster applies, and those that somebody said live there.
    pub objects: BTreeMap<DataName, Values>,
    /// Values that count where an object is not known.
    pub given: BTreeMap<String, String>,
}

/// What an object brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// By name.
    pub values: BTreeMap<String, String>,
    /// The names of those that are secret: all of a Secret, and of a ConfigMap what was made of a Secret's.
    pub secret: BTreeSet<String>,
}

/// What stands for a secret value where objects are shown. It is the same in capitals, and is neither a number nor another piece of YAML.
pub const PLACEHOLDER: &str = "SECRET";

/// What the variables of one Flux Kustomization are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Variables {
    /// By name, without line breaks.
    values: BTreeMap<String, String>,
    /// The names whose values come from a Secret.
    secret: BTreeSet<String>,
    /// What should bring values and is not known.
    missing: Vec<DataName>,
    /// Whether a variable must have a value (`StrictPostBuildSubstitutions`).
    pub strict: bool,
}

impl Variables {
    /// Gathers those of a Kustomization: what `substituteFrom` names in its order, and `substitute` over it.
    #[must_use]
    pub fn of(kustomization: &Kustomization, data: &Data, strict: bool) -> Self {
        let mut this = Self { strict, ..Self::default() };
        let Some(PostBuild { substitute, substitute_from, .. }) = &kustomization.spec.post_build
        else {
            return this;
        };
        for from in substitute_from {
            let name = Name::new(&kustomization.name.namespace, &from.name);
            let secret = match from.kind.as_str() {
                "ConfigMap" => false,
                "Secret" => true,
                _ => continue,
            };
            let name = DataName { secret, name };
            let given = |this: &mut Self| {
                this.add(&data.given, |_| name.secret);
            };
            match data.objects.get(&name) {
                Some(Values { values, secret }) => this.add(values, |key| secret.contains(key)),
                None if from.optional => given(&mut this),
                None => {
                    given(&mut this);
                    this.missing.extend(data.given.is_empty().then_some(name));
                }
            }
        }
        this.add(substitute, |key| kustomization.secret.contains(key));
        this
    }

    fn add(&mut self, values: &BTreeMap<String, String>, is_secret: impl Fn(&String) -> bool) {
        for (name, value) in values {
            self.values.insert(name.clone(), value.replace('\n', ""));
            if is_secret(name) {
                self.secret.insert(name.clone());
            } else {
                self.secret.remove(name);
            }
        }
    }

    /// What should bring values and is not known.
    #[must_use]
    pub fn missing(&self) -> &[DataName] {
        &self.missing
    }

    /// What is wrong with them, whatever they are put into.
    pub(super) fn faults(&self) -> Vec<Finding> {
        let missing = self.missing.iter().map(|DataName { secret, name }| {
            let kind = if *secret { "Secret" } else { "ConfigMap" };
            let message = format!(
                "variables come from {kind} `{name}`, which is nowhere here, and Flux waits for it"
            );
            let help = "add it, say `optional: true`, or say what lives on the cluster alone with `--variables FILE`";
            finding(Code::MissingVariables, Severity::Error, message, None, help)
        });
        let names = self.values.keys().filter(|name| !is_name(name)).map(|name| {
            let message =
                format!("`{name}` is no name of a variable, and Flux refuses all of them");
            finding(
                Code::InvalidSubstitution,
                Severity::Error,
                message,
                None,
                "names have letters, digits and `_`, and begin with no digit",
            )
        });
        missing.chain(names).collect()
    }
}

fn finding(
    code: Code,
    severity: Severity,
    message: String,
    place: Option<Place>,
    help: &str,
) -> Finding {
    Finding {
        code,
        severity,
        message,
        place,
        label: None,
        related: Vec::new(),
        help: Some(help.to_owned()),
    }
}

/// The substitution of one Kustomization.
pub(super) struct Substitution<'v> {
    pub variables: &'v Variables,
    /// Whether text is substituted also where there is no variable at all.
    pub always: bool,
}

impl Substitution<'_> {
    /// Substitutes in an object.
    /// Substitutes in an object; comes back with what it may be shown as, where that is another one.
    pub(super) fn apply(
        &self,
        node: &mut Node,
        shown: &mut Option<Box<Node>>,
        artifact: &Artifact<'_>,
        at: &dyn Fn(Span) -> Option<Place>,
    ) -> Vec<Finding> {
        if self.variables.values.is_empty() && !self.always {
            return Vec::new();
        }
        let has_dollar = mentions(node);
        if !has_dollar && !has_large_number(node) {
            return Vec::new();
        }
        let text = objects_to_yaml([&*node]);
        let template = match Template::parse(&text) {
            Ok(template) => template,
            Err(error) => {
                let culprit = first(node, &|text| Template::parse(text).is_err());
                return vec![finding(
                    Code::InvalidSubstitution,
                    Severity::Error,
                    format!("this is no substitution that Flux understands: {error}"),
                    at(culprit.unwrap_or(node.span)),
                    "write `$${...}` for a text that stays, or `kustomize.toolkit.fluxcd.io/substitute: disabled` in the annotations of the object",
                )];
            }
        };
        if let Some(culprit) = first(node, &|text| Template::parse(text).is_err()) {
            // It ends in another text, and would take all that stands between with it.
            return vec![finding(
                Code::InvalidSubstitution,
                Severity::Error,
                "a `${` here ends in another value: Flux substitutes in the text of the whole object"
                    .to_owned(),
                at(culprit),
                "close it with `}`, or write `$${` for a text that stays",
            )];
        }
        let mut findings = self.unset(&template, node, at);
        let lookup = |name: &str| self.variables.values.get(name).map(String::as_str);
        let substituted = match template.evaluate(&lookup, self.variables.strict) {
            Ok(text) => text,
            // That is told already, each with its place.
            Err(EvaluateError::NotSet(_)) if !findings.is_empty() => return findings,
            Err(error) => {
                findings.push(finding(
                    Code::InvalidSubstitution,
                    Severity::Error,
                    format!("variables cannot be substituted: {error}"),
                    at(node.span),
                    "see https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution",
                ));
                return findings;
            }
        };
        match object_from_text(SourceId(0), substituted.as_bytes(), &Budget::default()) {
            Ok(mut after) => {
                *shown = self.shown(&template, node, &after);
                let mut looking = Comparison {
                    typed: is_typed(node),
                    findings: &mut findings,
                    variables: self.variables,
                    artifact,
                    at,
                };
                looking.compare(node, &mut after, &mut Vec::new());
                after.span = node.span;
                *node = after;
            }
            Err(error) => {
                let names: BTreeSet<String> =
                    template.references().map(|one| format!("`{}`", one.name)).collect();
                let names: Vec<String> = names.into_iter().collect();
                let culprit = first(node, &|text| self.breaks(text));
                findings.push(finding(
                    Code::SubstitutionBreaksYaml,
                    Severity::Error,
                    format!(
                        "with the values of {} this is no YAML any more: {error}",
                        names.join(", ")
                    ),
                    at(culprit.unwrap_or(node.span)),
                    QUOTES,
                ));
            }
        }
        findings
    }

    /// What an object is shown as where secret values would stand in it.
    fn shown(&self, template: &Template<'_>, before: &Node, after: &Node) -> Option<Box<Node>> {
        let is_secret = |name: &str| self.variables.secret.contains(name);
        if !template.references().any(|one| is_secret(one.name)) {
            return None;
        }
        let lookup = |name: &str| match is_secret(name) {
            true => Some(PLACEHOLDER),
            false => self.variables.values.get(name).map(String::as_str),
        };
        let shown = template.evaluate(&lookup, false).ok().and_then(|text| {
            object_from_text(SourceId(0), text.as_bytes(), &Budget::default()).ok()
        });
        // Where the placeholder does not fit, nothing of the object is shown.
        let shown = shown.unwrap_or_else(|| masked(before));
        (!shown.same_meaning(after)).then(|| Box::new(shown))
    }

    /// The variables without a value, each once, at the first text that asks for it.
    fn unset(
        &self,
        template: &Template,
        node: &Node,
        at: &dyn Fn(Span) -> Option<Place>,
    ) -> Vec<Finding> {
        let unset: BTreeSet<&str> = template
            .references()
            .filter(|one| !one.has_default && !self.variables.values.contains_key(one.name))
            .map(|one| one.name)
            .collect();
        let unset = unset.into_iter().map(|name| {
            let asks = |text: &str| {
                Template::parse(text).is_ok_and(|template| {
                    template.references().any(|one| one.name == name && !one.has_default)
                })
            };
            let place = at(first(node, &asks).unwrap_or(node.span));
            let (severity, what) = match self.variables.strict {
                true => (Severity::Error, "and Flux is strict here: it applies nothing"),
                false => (Severity::Warning, "and Flux puts nothing in its place"),
            };
            let help = format!(
                "give it a value in `spec.postBuild`, or write a default: `${{{name}:-...}}`; a text that is meant as it stands is written `$${{{name}}}`"
            );
            finding(Code::UnknownVariable, severity, format!("the variable `{name}` has no value, {what}"), place, &help)
        });
        unset.collect()
    }

    /// Whether a value alone is no YAML of its own after substitution.
    fn breaks(&self, text: &str) -> bool {
        if !text.contains('$') {
            return false;
        }
        let lookup = |name: &str| self.variables.values.get(name).map(String::as_str);
        let alone = Node::string(text);
        let printed =
            objects_to_yaml([&Node::new([("a", alone)].into_iter().collect::<Mapping>())]);
        let substituted =
            Template::parse(&printed).ok().and_then(|one| one.evaluate(&lookup, false).ok());
        substituted.is_none_or(|text| {
            object_from_text(SourceId(0), text.as_bytes(), &Budget::default())
                .map_or(true, |node| node.as_mapping().is_none_or(|fields| fields.len() != 1))
        })
    }
}

const QUOTES: &str = "quotes around a variable do not survive: kustomize prints the object anew before Flux substitutes; let the value itself \
                      carry them (`\"'...'\"`), or leave the value out of the substitution";

/// An object of which nothing is said but what it is.
fn masked(node: &Node) -> Node {
    let said =
        ["apiVersion", "kind"].into_iter().filter_map(|key| Some((key, node.get(key)?.clone())));
    said.collect::<Mapping>().into()
}

/// Whether there is a `$` in any text.
fn mentions(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains('$'),
        Value::Sequence(items) => items.iter().any(mentions),
        Value::Mapping(fields) => {
            fields.iter().any(|(key, value)| mentions(key) || mentions(value))
        }
        _ => false,
    }
}

fn has_large_number(node: &Node) -> bool {
    match &node.value {
        Value::Int(value) => value.unsigned_abs() > EXACT,
        Value::UInt(value) => *value > EXACT,
        Value::Sequence(items) => items.iter().any(has_large_number),
        Value::Mapping(fields) => fields.iter().any(|(_, value)| has_large_number(value)),
        _ => false,
    }
}

/// The place of the first text of which something holds.
fn first(node: &Node, holds: &dyn Fn(&str) -> bool) -> Option<Span> {
    match &node.value {
        Value::String(text) => (text.contains('$') && holds(text)).then_some(node.span),
        Value::Sequence(items) => items.iter().find_map(|item| first(item, holds)),
        Value::Mapping(fields) => {
            fields.iter().find_map(|(key, value)| first(key, holds).or_else(|| first(value, holds)))
        }
        _ => None,
    }
}

/// An object beside what became of it.
struct Comparison<'c, 'a, 'f> {
    findings: &'c mut Vec<Finding>,
    variables: &'c Variables,
    /// Whether the object is of a kind of Kubernetes' own, which the controller knows by its fields.
    typed: bool,
    artifact: &'a Artifact<'f>,
    at: &'c dyn Fn(Span) -> Option<Place>,
}

impl Comparison<'_, '_, '_> {
    /// Tells what is something else now, and gives what is the same its place again.
    fn compare<'n>(&mut self, before: &'n Node, after: &mut Node, path: &mut Vec<&'n str>) {
        after.span = before.span;
        match (&before.value, &mut after.value) {
            (Value::Mapping(before), Value::Mapping(after)) => {
                for (key, before) in before.iter() {
                    let Some(name) = key.as_str() else { continue };
                    // A key that is substituted is another one now.
                    let Some(after) = after.get_mut(name) else { continue };
                    path.push(name);
                    self.compare(before, after, path);
                    path.pop();
                }
            }
            (Value::Sequence(before), Value::Sequence(after)) => {
                for (before, after) in before.iter().zip(after) {
                    path.push("-");
                    self.compare(before, after, path);
                    path.pop();
                }
            }
            (Value::String(text), now) if text.contains('$') => {
                let now = match now {
                    Value::String(now) => return self.compare_text(text, now, before.span),
                    Value::Mapping(_) => "a mapping",
                    Value::Sequence(_) => "a list",
                    Value::Null => "null",
                    Value::Bool(_) => "a boolean",
                    Value::Int(_) | Value::UInt(_) | Value::Float(_) => "a number",
                };
                if now == "null" && self.typed && self.is_nothing(text) && !is_of_metadata(path) {
                    // Flux's typed objects take nothing for an empty text.
                    return;
                }
                if self.asks_for_unset(text) && !is_of_metadata(path) {
                    // That is told already.
                    return;
                }
                let is_whole = matches!(now, "a mapping" | "a list");
                let place = (self.at)(before.span);
                if !is_whole && !takes_text_alone(path) && !self.is_quoted(place.as_ref()) {
                    // Without quotes a number may well be meant.
                    return;
                }
                let message = format!("the text `{text}` is {now} once variables are substituted");
                self.findings.push(finding(
                    Code::SubstitutionChangesType,
                    Severity::Error,
                    message,
                    place,
                    QUOTES,
                ));
            }
            _ => {}
        }
    }

    /// Whether nothing is left of a text.
    fn is_nothing(&self, text: &str) -> bool {
        let lookup = |name: &str| self.variables.values.get(name).map(String::as_str);
        let template = Template::parse(text);
        template.is_ok_and(|one| one.evaluate(&lookup, false).is_ok_and(|text| text.is_empty()))
    }

    /// Whether a variable of a text has no value.
    fn asks_for_unset(&self, text: &str) -> bool {
        Template::parse(text).is_ok_and(|template| {
            template
                .references()
                .any(|one| !one.has_default && !self.variables.values.contains_key(one.name))
        })
    }

    /// Tells of a text of which YAML took something away: quotes, or what it holds for a comment.
    fn compare_text(&mut self, text: &str, now: &str, span: Span) {
        let lookup = |name: &str| self.variables.values.get(name).map(String::as_str);
        let template = Template::parse(text);
        let alone = template.map(|one| one.evaluate(&lookup, false));
        let Ok(Ok(alone)) = alone else { return };
        // Whoever puts quotes into a value wants it to stay text, and them to go.
        let carries_quotes = ['"', '\'']
            .iter()
            .any(|quote| alone.len() > 1 && alone.starts_with(*quote) && alone.ends_with(*quote));
        if alone == now || carries_quotes || self.asks_for_unset(text) {
            return;
        }
        let is_secret = Template::parse(text).is_ok_and(|template| {
            template.references().any(|one| self.variables.secret.contains(one.name))
        });
        let message = match is_secret {
            true => format!("the text `{text}` loses something once variables are substituted"),
            false => format!(
                "the text `{text}` comes out as `{now}` once variables are substituted, not as `{alone}`"
            ),
        };
        let place = (self.at)(span);
        self.findings.push(finding(
            Code::SubstitutionChangesType,
            Severity::Error,
            message,
            place,
            QUOTES,
        ));
    }

    fn is_quoted(&self, place: Option<&Place>) -> bool {
        place.is_some_and(|place| match self.artifact.open(&place.path) {
            Ok(Found::File { bytes, .. }) => {
                matches!(bytes.get(place.range.start), Some(b'"' | b'\'' | b'|' | b'>'))
            }
            _ => false,
        })
    }
}

/// Whether an object is of a kind of Kubernetes' own.
fn is_typed(node: &Node) -> bool {
    let version = node.get("apiVersion").and_then(Node::text).unwrap_or_default();
    version
        .split_once('/')
        .is_none_or(|(group, _)| !group.contains('.') || group.ends_with(".k8s.io"))
}

/// Whether a path is that of a name, or one of a label or of an annotation.
fn is_of_metadata(path: &[&str]) -> bool {
    matches!(
        path,
        ["metadata", "name" | "namespace"] | [.., "metadata", "labels" | "annotations", _]
    )
}

/// Whether Kubernetes takes nothing but text at a path.
fn takes_text_alone(path: &[&str]) -> bool {
    matches!(
        path,
        ["metadata", "name" | "namespace"]
            | ["data" | "stringData", _]
            | [.., "metadata", "labels" | "annotations", _]
            | [.., "env", "-", "value"]
            | [.., "args" | "command", "-"]
    )
}
