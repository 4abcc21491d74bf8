//! What of a test does not hold, told at its lines.
//!
//! What is shown of an object is masked: values of Secrets are compared, and never said.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compare::{Gap, GapKind, gaps, same};
use super::format::{Expectation, Field, Selector};
use super::load::{Suite, Test};
use super::objects::Place;
use super::told::{LINES, Miss, clipped, difference, few, grouped, inline, yaml};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::flux::Cluster;
use crate::flux::build::Object;
use crate::flux::diff::MASK;
use crate::spec::text::ClusterName;
use crate::spec::{Faults, Platform, typed};

/// What is expected of clusters and does not hold. `clusters` are all that the test looks at, by the names that the description gives them.
#[must_use]
pub fn judge(
    suite: &Suite,
    test: &Test,
    platform: &Platform,
    clusters: &[(ClusterName, Cluster<'_>)],
) -> Vec<Diagnostic> {
    let places = places(test, platform, clusters);
    if places.is_empty() {
        let diagnostic = Diagnostic::error(Code::ExpectationFailed, "the test looks at no cluster")
            .at(suite.place(test, "/on"))
            .help("what `on` says narrows down: a cluster has to fit all of it");
        return vec![diagnostic];
    }
    let mut told = Vec::new();
    for (at, expectation) in test.case.expect.iter().enumerate() {
        let at = format!("/expect/{at}");
        if !expectation.is_absent() && expectation.count.is_none() {
            told.extend(nothing_meant(
                suite,
                test,
                &expectation.object,
                &places,
                &format!("{at}/object"),
            ));
        }
        let misses = places.iter().flat_map(|place| misses(expectation, place, &at));
        told.extend(grouped(suite, test, misses.collect()));
    }
    told
}

/// What does not hold of a change that is to be refused. `outcome` is why `generate` refuses it, if it does.
#[must_use]
pub fn refused(suite: &Suite, test: &Test, outcome: Option<&Faults>) -> Option<Diagnostic> {
    let code = test.case.refused?.0;
    let is_error = |one: &&Diagnostic| one.severity == Severity::Error;
    let errors: Vec<&Diagnostic> = outcome
        .map(|faults| faults.diagnostics.iter().filter(is_error).collect())
        .unwrap_or_default();
    if errors.iter().any(|one| one.code == code) {
        return None;
    }
    let message = match outcome {
        None => format!("the change is accepted, and `{code}` was expected to refuse it"),
        Some(_) => format!("the change is refused, but not by `{code}`"),
    };
    let diagnostic = Diagnostic::error(Code::ExpectationFailed, message)
        .at(suite.place(test, "/refused"))
        .label("this does not happen");
    Some(match outcome {
        None => diagnostic.help(format!("`{code}`: {}", code.description())),
        Some(_) => diagnostic.help(listed(&errors)),
    })
}

/// That a change is refused without which nothing can be looked at.
#[must_use]
pub fn not_accepted(suite: &Suite, test: &Test, faults: &Faults) -> Diagnostic {
    let errors = faults.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    let message = "the change is refused, so that no cluster applies anything of it";
    Diagnostic::error(Code::ExpectationFailed, message)
        .at(suite.place(test, "/given"))
        .help(listed(&errors.collect::<Vec<_>>()))
}

/// Diagnostics a line each.
fn listed(diagnostics: &[&Diagnostic]) -> String {
    let shown = diagnostics.iter().take(LINES / 4).map(|one| {
        let place = one.place.as_ref().map(|place| format!("{}: ", place.file));
        let help = one.help.as_ref().map(|help| format!(" ({help})"));
        format!(
            "{}{}: {}{}",
            place.unwrap_or_default(),
            one.code,
            one.message,
            help.unwrap_or_default()
        )
    });
    let mut lines: Vec<String> = shown.collect();
    if diagnostics.len() > lines.len() {
        lines.push(format!("and {} more", diagnostics.len() - lines.len()));
    }
    lines.join("\n")
}

/// The clusters where a test looks.
pub(super) fn places<'c, 'f>(
    test: &Test,
    platform: &Platform,
    clusters: &'c [(ClusterName, Cluster<'f>)],
) -> Vec<Place<'c, 'f>> {
    let wanted = test.clusters(platform);
    let wanted = clusters.iter().filter(|(name, _)| wanted.contains(name));
    wanted.map(|(name, cluster)| Place::of(test, platform, name, cluster)).collect()
}

/// That clusters have none of the objects that are meant, with those that were probably meant.
pub(super) fn nothing_meant(
    suite: &Suite,
    test: &Test,
    selector: &Selector,
    places: &[Place<'_, '_>],
    at: &str,
) -> Vec<Diagnostic> {
    let (with, without): (Vec<&Place<'_, '_>>, Vec<_>) =
        places.iter().partition(|place| !place.selected(selector).is_empty());
    if without.is_empty() {
        return Vec::new();
    }
    let names = |places: &[&Place<'_, '_>]| {
        let names: Vec<String> = places.iter().map(|place| place.name.to_string()).collect();
        typed::listed(&names, "and")
    };
    let objects: Vec<&Object> = without.iter().flat_map(|place| place.objects()).collect();
    let kinds: BTreeSet<&str> =
        objects.iter().map(|object| object.identity.kind.as_str()).collect();
    let of_kind = objects
        .iter()
        .filter(|object| selector.kind.as_ref().is_none_or(|it| it.fits(&object.identity.kind)))
        .collect::<Vec<_>>();
    let (message, help) = match (&selector.kind, &selector.name) {
        _ if !with.is_empty() => (
            format!("no {} on {}", selector.words(), names(&without)),
            format!("{} {} one", names(&with), if with.len() == 1 { "has" } else { "have" }),
        ),
        (Some(kind), _) if of_kind.is_empty() => (
            format!("no cluster has a {}", selector.words()),
            match typed::suggestion(kind.as_str(), kinds, "nothing is applied there at all") {
                help if help.starts_with("did you mean") => help,
                help => format!("of kinds, {help}"),
            },
        ),
        (_, Some(name)) => {
            let known: BTreeSet<&str> =
                of_kind.iter().map(|object| object.identity.name.as_str()).collect();
            let help = match known.contains(name.as_str()) {
                true => {
                    let fits = of_kind.iter().filter(|it| name.fits(&it.identity.name));
                    let fits: BTreeSet<String> = fits.map(|it| shown_identity(it)).collect();
                    format!("there is {}", fits.into_iter().collect::<Vec<_>>().join(", "))
                }
                false => typed::suggestion(name.as_str(), known, "there is none of the kind"),
            };
            (format!("no cluster has a {}", selector.words()), help)
        }
        _ => (
            format!("no cluster has a {}", selector.words()),
            format!("{} of the kind are there, and none of them fits", of_kind.len()),
        ),
    };
    let diagnostic = Diagnostic::error(Code::ExpectationFailed, message)
        .at(suite.place(test, at))
        .label("nothing fits this")
        .help(help);
    vec![diagnostic]
}

fn shown_identity(object: &Object) -> String {
    match &object.shown {
        Some(shown) => crate::flux::Identity::of(shown).to_string(),
        None => object.identity.to_string(),
    }
}

/// What of an expectation does not hold on a cluster, but for that there is nothing at all.
fn misses(expectation: &Expectation, place: &Place<'_, '_>, at: &str) -> Vec<Miss> {
    let objects = place.selected(&expectation.object);
    let cluster = place.name.to_string();
    let mut misses = Vec::new();
    let mut miss = |at: String, words: String, help: Option<String>, object: Option<&Object>| {
        let object = object.map(shown_identity);
        misses.push(Miss { at, words, help, object, cluster: cluster.clone() });
    };
    if expectation.is_absent() {
        for object in &objects {
            let words = "is there, and is not to be".to_owned();
            miss(format!("{at}/object"), words, None, Some(object));
        }
    }
    if let Some(count) = expectation.count.filter(|count| !count.holds(objects.len())) {
        let words = format!(
            "{} {}, and {count} expected",
            objects.len(),
            match objects.len() {
                1 => "fits",
                _ => "fit",
            }
        );
        let names: Vec<String> = objects.iter().map(|object| shown_identity(object)).collect();
        let help = (!names.is_empty()).then(|| few(&names, LINES / 2).join("\n"));
        miss(format!("{at}/count"), words, help, None);
    }
    if expectation.contains.is_none() && expectation.fields.is_empty() {
        return misses;
    }
    for object in objects {
        let found = Found::of(object);
        if let Some(part) = &expectation.contains {
            let part = Value::Object(part.clone());
            for gap in gaps(&part, &found.value) {
                let (words, help) = found.gap(&part, &gap);
                miss(format!("{at}/contains{}", gap.expected_at), words, help, Some(object));
            }
        }
        for (pointer, field) in &expectation.fields {
            if let Some((way, words, help)) = found.field(pointer, field) {
                let at = format!("{at}/fields/{}/{way}", typed::escape(pointer));
                miss(at, words, help, Some(object));
            }
        }
    }
    misses
}

/// An object that is looked at, as it is and as it may be shown.
struct Found<'o> {
    object: &'o Object,
    value: Value,
    masked: Value,
}

impl<'o> Found<'o> {
    fn of(object: &'o Object) -> Self {
        Self { object, value: object.node.to_json(), masked: object.masked().to_json() }
    }

    /// What may be shown of a place.
    fn shown(&self, pointer: &str) -> Value {
        self.masked.pointer(pointer).cloned().unwrap_or_else(|| Value::from(MASK))
    }

    fn gap(&self, part: &Value, gap: &Gap) -> (String, Option<String>) {
        let at = &gap.found_at;
        let expected = part.pointer(&gap.expected_at).unwrap_or(&Value::Null);
        match gap.kind {
            GapKind::Missing => match inline(expected) {
                Some(expected) => (format!("`{at}` is not there, and `{expected}` expected"), None),
                None => (format!("`{at}` is not there"), None),
            },
            GapKind::Extra => (format!("`{at}` is there, and is not to be"), None),
            GapKind::NoItem => {
                let help = format!("`{at}` is\n{}", clipped(&yaml(&self.shown(at))));
                (format!("no item of `{at}` contains this"), Some(help))
            }
            GapKind::Differs => self.differs(at, expected),
        }
    }

    /// What is said of a value that is another one.
    fn differs(&self, at: &str, expected: &Value) -> (String, Option<String>) {
        let found = self.shown(at);
        let help = match (&found, expected) {
            (Value::String(text), Value::Number(_) | Value::Bool(_))
                if is_written(expected, text) =>
            {
                Some(format!("it is text: write `\"{text}\"`"))
            }
            (Value::Number(_) | Value::Bool(_), Value::String(text))
                if is_written(&found, text) =>
            {
                Some(format!("it is no text: write `{text}` without quotes"))
            }
            _ => None,
        };
        match (inline(&found), inline(expected)) {
            (Some(found), Some(expected)) => {
                (format!("`{at}` is `{found}`, and `{expected}` expected"), help)
            }
            _ => {
                let difference = difference(&yaml(expected), &yaml(&found));
                (format!("`{at}` is another value"), Some(difference))
            }
        }
    }

    /// What of a field does not hold: by which word, and how.
    fn field(&self, at: &str, field: &Field) -> Option<(&'static str, String, Option<String>)> {
        let Field { equals, matches, present, absent } = field;
        let there = self.value.pointer(at).filter(|value| !value.is_null());
        let missing = || format!("`{at}` is not there");
        if let Some(equals) = equals {
            return match there {
                None => {
                    let expected = inline(equals).map(|it| format!(", and `{it}` expected"));
                    Some(("equals", missing() + &expected.unwrap_or_default(), None))
                }
                Some(value) if same(value, equals) => None,
                Some(_) => {
                    let (words, help) = self.differs(at, equals);
                    Some(("equals", words, help))
                }
            };
        }
        if let Some(pattern) = matches {
            let scalar = self.object.node.pointer(at).filter(|_| there.is_some_and(is_scalar));
            return match (there, scalar) {
                (None, _) => Some(("matches", missing(), None)),
                (_, Some(node)) if pattern.fits(&node.key_text()) => None,
                (_, Some(_)) => {
                    let shown = inline(&self.shown(at)).unwrap_or_else(|| "a long text".to_owned());
                    Some((
                        "matches",
                        format!("`{at}` is `{shown}`, which `{pattern}` does not fit"),
                        None,
                    ))
                }
                (Some(_), None) => {
                    Some(("matches", format!("`{at}` is no text that a pattern could fit"), None))
                }
            };
        }
        let absent = *absent == Some(true) || *present == Some(false);
        match (absent, there) {
            (true, Some(_)) => {
                let shown = inline(&self.shown(at)).map(|shown| format!(" (`{shown}`)"));
                let words =
                    format!("`{at}` is there{}, and is not to be", shown.unwrap_or_default());
                Some((if present.is_some() { "present" } else { "absent" }, words, None))
            }
            (false, None) => {
                Some((if present.is_some() { "present" } else { "absent" }, missing(), None))
            }
            _ => None,
        }
    }
}

/// Whether a number or a boolean is written like a text.
fn is_written(value: &Value, text: &str) -> bool {
    let written = value.to_string();
    written == text
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}
