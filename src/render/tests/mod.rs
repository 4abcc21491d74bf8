//! Small layouts in memory, rendered for a small fleet.
#![allow(clippy::unwrap_used)]

mod budget;
mod description;
mod loops;
mod overlays;
mod quoting;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tera::Value;

use super::{At, Fleet, Output, render_fleet};
use crate::diagnostic::Diagnostic;
use crate::files::Memory;
use crate::layout::{self, Member};
use crate::path::RepoPath;
use crate::tree::Tree;

pub(super) fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

/// A fleet whose contexts are what a test says: two environments, three clusters.
#[derive(Default)]
pub(super) struct Sample {
    platform: Json,
    /// By kind and name: base values, and what differs by place.
    members: BTreeMap<(Member, String), (Json, BTreeMap<String, Json>)>,
}

impl Sample {
    pub(super) fn new() -> Self {
        Self { platform: json!({ "name": "acme" }), ..Self::default() }
    }

    pub(super) fn platform(mut self, value: Json) -> Self {
        self.platform = value;
        self
    }

    pub(super) fn tenant(self, name: &str, value: Json) -> Self {
        self.member(Member::Tenant, name, value, &[])
    }

    pub(super) fn member(
        mut self,
        kind: Member,
        name: &str,
        mut value: Json,
        differs: &[(&str, Json)],
    ) -> Self {
        value["name"] = json!(name);
        let differs = differs
            .iter()
            .map(|(at, other)| {
                let mut other = other.clone();
                other["name"] = json!(name);
                ((*at).to_owned(), other)
            })
            .collect();
        self.members.insert((kind, name.to_owned()), (value, differs));
        self
    }
}

const CLUSTERS: [(&str, &str); 3] =
    [("dev-1", "staging"), ("prod-1", "production"), ("prod-2", "production")];

impl Fleet for Sample {
    fn environments(&self) -> Vec<Arc<str>> {
        vec!["staging".into(), "production".into()]
    }

    fn clusters(&self) -> Vec<(Arc<str>, Arc<str>)> {
        CLUSTERS.iter().map(|&(name, environment)| (name.into(), environment.into())).collect()
    }

    fn members(&self, member: Member) -> Vec<Arc<str>> {
        let names = self.members.keys().filter(|(kind, _)| *kind == member);
        names.map(|(_, name)| name.as_str().into()).collect()
    }

    fn placed_on(&self, _: Member, _: &str) -> Vec<Arc<str>> {
        CLUSTERS.iter().map(|&(name, _)| name.into()).collect()
    }

    fn differs(&self, member: Member, name: &str, at: At<'_>) -> bool {
        let (_, differs) = &self.members[&(member, name.to_owned())];
        match at {
            At::Base => false,
            At::Environment(place) | At::Cluster(place) => differs.contains_key(place),
        }
    }

    fn platform(&self) -> Result<Value, Vec<Diagnostic>> {
        Ok(Value::from_serializable(&self.platform))
    }

    fn variables(&self) -> Result<Value, Vec<Diagnostic>> {
        Ok(Value::from_serializable(&json!({ "colour": "green" })))
    }

    fn environment(&self, name: &str) -> Result<Value, Vec<Diagnostic>> {
        Ok(Value::from_serializable(&json!({ "name": name })))
    }

    fn cluster(&self, name: &str) -> Result<Value, Vec<Diagnostic>> {
        Ok(Value::from_serializable(&json!({ "name": name })))
    }

    fn member(&self, member: Member, name: &str, at: At<'_>) -> Result<Value, Vec<Diagnostic>> {
        let (base, differs) = &self.members[&(member, name.to_owned())];
        Ok(Value::from_serializable(match at {
            At::Base => base,
            At::Environment(place) | At::Cluster(place) => &differs[place],
        }))
    }
}

pub(super) const MANIFEST: &str =
    "name: small\nversion: 1.0.0\nsummary: A layout for tests.\ncontext: 1\n";

/// Loads a layout of these files beside a manifest and renders it.
pub(super) fn try_render(
    fleet: &Sample,
    manifest: &str,
    files: &[(&str, &str)],
) -> Result<Tree, Vec<Diagnostic>> {
    let manifest = format!("{MANIFEST}{manifest}");
    let mut memory = Memory::new().with(path(".tenantry/layout/layout.yaml"), manifest);
    for (name, text) in files {
        memory.insert(path(&format!(".tenantry/layout/{name}")), *text);
    }
    render_fleet(fleet, &layout::load(&memory, &path(layout::FOLDER))?, Output::Parsed)
        .map(|rendered| rendered.tree)
}

pub(super) fn render(fleet: &Sample, manifest: &str, files: &[(&str, &str)]) -> Tree {
    try_render(fleet, manifest, files).unwrap_or_else(|faults| panic!("{}", told(&faults, files)))
}

pub(super) fn paths(tree: &Tree) -> Vec<&str> {
    tree.iter().map(|(path, _)| path.as_str()).collect()
}

pub(super) fn text(tree: &Tree, path: &str) -> String {
    let file = tree.get(path).unwrap_or_else(|| panic!("no {path} in {:?}", paths(tree)));
    String::from_utf8(file.bytes.clone()).unwrap()
}

/// Diagnostics as a few lines each, with the words that they point at.
pub(super) fn told(faults: &[Diagnostic], files: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for fault in faults {
        out.push_str(&format!("{}: {}\n", fault.code, fault.message));
        let places = fault.place.iter().map(|place| (place, "at"));
        let related = fault.related.iter().map(|(place, words)| (place, words.as_str()));
        for (place, words) in places.chain(related) {
            out.push_str(&format!("  {words} {}", place.file));
            let name = place.file.as_str().strip_prefix(".tenantry/layout/").unwrap_or_default();
            if let (Some(range), Some((_, text))) =
                (&place.range, files.iter().find(|(file, _)| *file == name))
            {
                let line = text[..range.start].lines().count().max(1)
                    + usize::from(text[..range.start].ends_with('\n'));
                out.push_str(&format!(":{line} `{}`", &text[range.clone()]));
            }
            out.push('\n');
        }
        if let Some(help) = &fault.help {
            out.push_str(&format!("  help: {help}\n"));
        }
    }
    out
}

/// What goes wrong, told.
pub(super) fn faults(fleet: &Sample, manifest: &str, files: &[(&str, &str)]) -> String {
    match try_render(fleet, manifest, files) {
        Ok(tree) => panic!("it renders {:?}", paths(&tree)),
        Err(faults) => told(&faults, files),
    }
}
