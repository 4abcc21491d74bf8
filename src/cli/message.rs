//! What a commit says of a change: a short subject, and below it what each cluster gets, loses or has otherwise.
//!
//! It looks at the description before and after, as it is on each cluster with all defaults and overrides, and knows nothing
//! of files or of git.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::spec::component::Component;
use crate::spec::source::Source;
use crate::spec::tenant::Tenant;
use crate::spec::text::ClusterName;
use crate::spec::{EntityKind, Platform};

/// Where lines of a body end, as git's own do.
const WIDTH: usize = 72;

/// More lines than this are counted: whoever wants all of them looks at the commit.
const LINES: usize = 60;

/// The whole message of a change of one thing, which is named `kind/name` and was named `was` before. Without a description before,
/// everything is new.
pub(crate) fn message(
    title: &str,
    name: &str,
    was: Option<&str>,
    before: Option<&Platform>,
    after: &Platform,
) -> String {
    let (kind, name) = name.split_once('/').unwrap_or((name, ""));
    let kind = EntityKind::ALL.into_iter().find(|known| known.as_str() == kind);
    let was = was.unwrap_or(name);
    let body = match kind {
        Some(EntityKind::Tenant) => tenant((was, before), (name, after)),
        Some(EntityKind::Component) => component((was, before), (name, after)),
        Some(EntityKind::Cluster) => cluster(name, before, after),
        Some(EntityKind::Platform) => before.map_or_else(Vec::new, |before| {
            changes(&flat(&before.settings), &flat(&after.settings))
        }),
        Some(EntityKind::Patch) => patch((was, before), (name, after)),
        None => Vec::new(),
    };
    wrapped(title, &body)
}

/// A subject and lines as a message.
pub(crate) fn wrapped(title: &str, body: &[String]) -> String {
    let mut out = format!("{title}\n");
    if !body.is_empty() {
        out.push('\n');
    }
    for line in body.iter().take(LINES) {
        let hanging = if line.starts_with("- ") { "  " } else { "" };
        let options = textwrap::Options::new(WIDTH)
            .subsequent_indent(hanging)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .word_separator(textwrap::WordSeparator::AsciiSpace);
        let _ = writeln!(out, "{}", textwrap::fill(line, options));
    }
    if body.len() > LINES {
        let _ = writeln!(out, "- and {} more", body.len() - LINES);
    }
    out
}

fn tenant(
    (was, before): (&str, Option<&Platform>),
    (name, after): (&str, &Platform),
) -> Vec<String> {
    let of = |platform: &Platform, name: &str| -> BTreeMap<ClusterName, Tenant> {
        let Some((name, entity)) = platform.tenants.get_key_value(name) else {
            return BTreeMap::new();
        };
        let clusters = platform.clusters_of(name).into_iter();
        clusters.map(|cluster| (cluster.clone(), entity.at_cluster(cluster).clone())).collect()
    };
    let mut body = Vec::new();
    if before.is_none_or(|before| !before.tenants.contains_key(was))
        && let Some(entity) = after.tenants.get(name)
    {
        body.extend([format!("Owned by {}", and(&entity.base.owner)), String::new()]);
    }
    let before = before.map(|before| of(before, was)).unwrap_or_default();
    body.extend(by_cluster(before, of(after, name), after, facts_of_tenant));
    body
}

fn component(
    (was, before): (&str, Option<&Platform>),
    (name, after): (&str, &Platform),
) -> Vec<String> {
    let of = |platform: &Platform, name: &str| -> BTreeMap<ClusterName, Component> {
        let Some(entity) = platform.components.get(name) else { return BTreeMap::new() };
        let clusters = platform.clusters.keys();
        let there = clusters.map(|cluster| (cluster.clone(), entity.at_cluster(cluster).clone()));
        there.filter(|(_, component)| component.enabled).collect()
    };
    let facts = |component: &Component| facts_of_component(name, component);
    let before = before.map(|before| of(before, was)).unwrap_or_default();
    by_cluster(before, of(after, name), after, facts)
}

fn patch(
    (was, before): (&str, Option<&Platform>),
    (name, after): (&str, &Platform),
) -> Vec<String> {
    let of = |platform: &Platform, name: &str| platform.patches.get(name).map(|it| it.base.clone());
    let before = before.and_then(|before| of(before, was)).map(|patch| flat(&patch));
    let after = of(after, name).map(|patch| flat(&patch));
    changes(&before.unwrap_or_default(), &after.unwrap_or_default())
}

fn cluster(name: &str, before: Option<&Platform>, after: &Platform) -> Vec<String> {
    let of = |platform: &Platform| platform.clusters.get(name).map(|cluster| cluster.base.clone());
    let is = |platform: &Platform| {
        let Some((name, cluster)) = platform.clusters.get_key_value(name) else {
            return Vec::new();
        };
        let labels: Vec<String> =
            cluster.base.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let lists = [
            ("Labels", labels),
            ("Components", strings(&platform.components_on(name))),
            ("Tenants", strings(&platform.tenants_on(name))),
        ];
        let mut lines = vec![format!("Environment: {}", cluster.base.environment)];
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        lines.extend(lists.map(|(what, list)| format!("{what}: {}", list.join(", "))));
        lines
    };
    match (before.and_then(of), of(after)) {
        (Some(old), Some(new)) => changes(&flat(&old), &flat(&new)),
        (None, Some(_)) => is(after),
        (Some(_), None) => before.map(is).unwrap_or_default(),
        (None, None) => Vec::new(),
    }
}

/// What clusters get, have otherwise and lose, those together that have the same.
fn by_cluster<T: Serialize>(
    mut before: BTreeMap<ClusterName, T>,
    after: BTreeMap<ClusterName, T>,
    platform: &Platform,
    facts: impl Fn(&T) -> Vec<String>,
) -> Vec<String> {
    let mut blocks: Vec<(&'static str, Vec<String>, Vec<ClusterName>)> = Vec::new();
    let mut put = |what, lines: Vec<String>, cluster| {
        if let Some(block) = blocks.iter_mut().find(|block| block.0 == what && block.1 == lines) {
            block.2.push(cluster);
        } else if !lines.is_empty() {
            blocks.push((what, lines, vec![cluster]));
        }
    };
    for (cluster, new) in after {
        match before.remove(&cluster) {
            Some(old) => put("On", changes(&flat(&old), &flat(&new)), cluster),
            None => put("New on", facts(&new), cluster),
        }
    }
    for (cluster, old) in before {
        put("Gone from", facts(&old), cluster);
    }
    let mut body = Vec::new();
    for (what, lines, clusters) in blocks {
        let named = |cluster: &ClusterName| match platform.environment_of(cluster) {
            Some(environment) if environment.as_str() != cluster.as_str() => {
                format!("{cluster} ({environment})")
            }
            _ => cluster.to_string(),
        };
        let clusters: Vec<String> = clusters.iter().map(named).collect();
        if !body.is_empty() {
            body.push(String::new());
        }
        body.push(format!("{what} {}:", and(&clusters)));
        body.extend(lines.into_iter().map(|line| format!("- {line}")));
    }
    body
}

fn facts_of_tenant(tenant: &Tenant) -> Vec<String> {
    let several = if tenant.namespaces.len() > 1 { "s" } else { "" };
    let mut facts = vec![format!("namespace{several} {}", and(&tenant.namespaces))];
    facts.extend(tenant.sources.iter().map(|(name, source)| {
        format!("source {name}: {}{}, {}", source.address(), revision(source), source.path)
    }));
    facts.push(format!("role {}", tenant.role));
    for (role, groups) in &tenant.groups {
        facts.push(format!("{role} for {}", and(groups)));
    }
    let quota: Vec<String> =
        tenant.quota.iter().map(|(resource, quantity)| format!("{resource} {quantity}")).collect();
    facts.push(match quota.is_empty() {
        true => "no quota".to_owned(),
        false => format!("quota of each namespace: {}", quota.join(", ")),
    });
    if tenant.suspend {
        facts.push("suspended".to_owned());
    }
    facts
}

fn facts_of_component(name: &str, component: &Component) -> Vec<String> {
    let version = component.version.as_ref().map(ToString::to_string);
    let at = |own: Option<String>| match version.clone().or(own) {
        Some(version) => format!(" {version}"),
        None => String::new(),
    };
    let text = |text: &Option<_>| text.as_ref().map(ToString::to_string);
    let what = if let Some(helm) = &component.helm {
        let own = helm.version.as_ref().map(ToString::to_string);
        format!("chart {}{} of {}", helm.chart, at(own), helm.repository)
    } else if let Some(git) = &component.git {
        format!("{}{}", git.url, at(text(&git.tag).or_else(|| text(&git.branch))))
    } else if let Some(oci) = &component.oci {
        format!("{}{}", oci.url, at(oci.tag.as_ref().map(ToString::to_string)))
    } else {
        "manifests of this repository".to_owned()
    };
    let namespace = component.namespace.as_ref().map_or(name, |namespace| namespace.as_str());
    let mut facts = vec![what, format!("namespace {namespace}")];
    if !component.depends_on.is_empty() {
        facts.push(format!("after {}", and(&component.depends_on)));
    }
    facts
}

fn revision(source: &Source) -> String {
    let git = source.git.as_ref();
    let oci = source.oci.as_ref();
    let says = [
        ("branch", git.and_then(|git| git.branch.as_ref()).map(ToString::to_string)),
        ("tag", git.and_then(|git| git.tag.as_ref()).map(ToString::to_string)),
        ("versions", git.and_then(|git| git.semver.as_ref()).map(ToString::to_string)),
        ("commit", git.and_then(|git| git.commit.as_ref()).map(ToString::to_string)),
        ("reference", git.and_then(|git| git.name.as_ref()).map(ToString::to_string)),
        ("tag", oci.and_then(|oci| oci.tag.as_ref()).map(ToString::to_string)),
        ("versions", oci.and_then(|oci| oci.semver.as_ref()).map(ToString::to_string)),
        ("digest", oci.and_then(|oci| oci.digest.as_ref()).map(ToString::to_string)),
    ];
    says.into_iter()
        .find_map(|(what, value)| Some(format!(" ({what} {})", value?)))
        .unwrap_or_default()
}

/// What something says, field by field; what differs somewhere is left out, as it is looked at there.
fn flat<T: Serialize>(it: &T) -> BTreeMap<String, String> {
    let mut value = serde_json::to_value(it).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for field in ["environments", "clusters"] {
            if fields.get(field).is_some_and(Value::is_object) {
                fields.remove(field);
            }
        }
    }
    let mut fields = BTreeMap::new();
    flatten("", &value, &mut fields);
    fields
}

fn flatten(path: &str, value: &Value, fields: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let key = if key.contains('.') { format!("\"{key}\"") } else { key.clone() };
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                flatten(&path, value, fields);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            fields.insert(path.to_owned(), text.clone());
        }
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            fields.insert(path.to_owned(), items.join(", "));
        }
        other => {
            fields.insert(path.to_owned(), other.to_string());
        }
    }
}

fn changes(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<String> {
    let mut lines: Vec<(&String, String)> = Vec::new();
    for (path, value) in new {
        match old.get(path) {
            Some(before) if before == value => {}
            Some(before) => lines.push((path, format!("{path}: {before} → {value}"))),
            None => lines.push((path, format!("{path}: {value}"))),
        }
    }
    let gone = old.iter().filter(|(path, _)| !new.contains_key(*path));
    lines.extend(gone.map(|(path, before)| (path, format!("{path}: no longer {before}"))));
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn strings(items: &[impl ToString]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

/// `a`, `a and b`, `a, b and c`.
fn and(items: &[impl ToString]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    match &*items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
