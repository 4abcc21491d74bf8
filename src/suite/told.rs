//! What does not hold, in words: each thing once, with all objects and clusters that it is so of.

use std::collections::BTreeMap;

use kustomize::yaml::{Node, emit};
use serde_json::Value;
use similar::TextDiff;

use super::load::{Suite, Test};
use crate::diagnostic::{Code, Diagnostic};
use crate::spec::typed;

/// The longest value that is said in a sentence.
const SHORT: usize = 60;

/// How many objects are named of those that something holds for.
const NAMED: usize = 3;

/// How many different things are told of one expectation: a thousand tenants may each have another.
const TOLD: usize = 10;

/// How many lines of a difference are shown.
pub(super) const LINES: usize = 40;

/// Something that does not hold.
pub(super) struct Miss {
    /// Where it is expected, from the test on.
    pub(super) at: String,
    pub(super) words: String,
    pub(super) help: Option<String>,
    /// The object, if it is about one.
    pub(super) object: Option<String>,
    pub(super) cluster: String,
}

/// What several objects have alike.
struct Alike {
    miss: Miss,
    subjects: Vec<Subject>,
}

/// Objects and the clusters that something is so of; no object where it is about the clusters.
struct Subject {
    objects: Vec<String>,
    clusters: Vec<String>,
}

/// What does not hold as diagnostics.
pub(super) fn grouped(suite: &Suite, test: &Test, misses: Vec<Miss>) -> Vec<Diagnostic> {
    let mut groups: Vec<Alike> = Vec::new();
    for miss in misses {
        let objects: Vec<String> = miss.object.iter().cloned().collect();
        let cluster = miss.cluster.clone();
        let alike = |one: &&mut Alike| {
            one.miss.at == miss.at && one.miss.words == miss.words && one.miss.help == miss.help
        };
        let subject = Subject { objects, clusters: vec![cluster] };
        let Some(group) = groups.iter_mut().find(alike) else {
            groups.push(Alike { miss, subjects: vec![subject] });
            continue;
        };
        match group.subjects.iter_mut().find(|other| other.objects == subject.objects) {
            Some(same) => same.clusters.extend(subject.clusters),
            None => group.subjects.push(subject),
        }
    }
    let mut told: Vec<Diagnostic> = Vec::new();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for group in groups {
        let (count, last) = counts.entry(group.miss.at.clone()).or_default();
        *count += 1;
        if *count <= TOLD {
            *last = told.len();
            told.push(group.diagnostic(suite, test));
        }
    }
    for (count, last) in counts.into_values().filter(|(count, _)| *count > TOLD) {
        told[last].message.push_str(&format!(", and {} more like it", count - TOLD));
    }
    told
}

impl Alike {
    fn diagnostic(self, suite: &Suite, test: &Test) -> Diagnostic {
        let mut subjects: Vec<Subject> = Vec::new();
        for one in self.subjects {
            match subjects.iter_mut().find(|other| other.clusters == one.clusters) {
                Some(same) => same.objects.extend(one.objects),
                None => subjects.push(one),
            }
        }
        let subjects: Vec<String> = subjects.iter().map(Subject::words).collect();
        let message = format!("{}: {}", few(&subjects, NAMED).join("; "), self.miss.words);
        let diagnostic = Diagnostic::error(Code::ExpectationFailed, message)
            .at(suite.place(test, &self.miss.at))
            .label("this is expected");
        match self.miss.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

impl Subject {
    fn words(&self) -> String {
        let clusters = typed::listed(&few(&self.clusters, NAMED), "and");
        match typed::listed(&few(&self.objects, NAMED), "and") {
            objects if objects.is_empty() => format!("on {clusters}"),
            objects => format!("{objects} on {clusters}"),
        }
    }
}

/// A value as it stands in a sentence, if it is short.
pub(super) fn inline(value: &Value) -> Option<String> {
    let text = value.to_string();
    (text.chars().count() <= SHORT).then_some(text)
}

pub(super) fn yaml(value: &Value) -> String {
    emit::to_string(&Node::from_json(value))
}

/// The beginning of a long text.
pub(super) fn clipped(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    match lines.len() {
        count if count > LINES => {
            format!("{}\n... {} more lines", lines[..LINES].join("\n"), count - LINES)
        }
        _ => lines.join("\n"),
    }
}

/// What differs between what is expected and what is found, as a unified difference.
pub(super) fn difference(expected: &str, found: &str) -> String {
    let diff = TextDiff::from_lines(expected, found);
    let mut unified = diff.unified_diff();
    clipped(&unified.context_radius(2).header("expected", "found").to_string())
}

/// Of names, the first ones, and how many there are besides.
pub(super) fn few(names: &[String], most: usize) -> Vec<String> {
    // Where there is one more, its name takes no more room.
    if names.len() <= most + 1 {
        return names.to_vec();
    }
    let mut shown = names[..most].to_vec();
    shown.push(format!("{} more", names.len() - most));
    shown
}
