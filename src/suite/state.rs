//! The description as it is, or as a test would have it, and the files that follow from it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kustomize::yaml::{Budget, Mapping, Node, SourceId, parse};
use serde_json::Value;

use super::format::Given;
use super::load::{Suite, Test};
use crate::diagnostic::{Code, Diagnostic};
use crate::files::{Files, Laid};
use crate::generate::{carried_out, generate, plan};
use crate::path::RepoPath;
use crate::spec::merge::{Shape, lay};
use crate::spec::{EntityKind, Faults, Platform, described, edit, typed};
use crate::sync::Wishes;

/// What a test gives, as the files of the description that say something else then, or are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    files: BTreeMap<RepoPath, Option<Vec<u8>>>,
}

impl Change {
    /// That of a test; `files` are those of the description.
    ///
    /// # Errors
    /// An entity that is to go and is not there, and a file that cannot be read.
    pub fn of(suite: &Suite, test: &Test, files: &dyn Files) -> Result<Self, Faults> {
        let Some(given) = &test.case.given else { return Ok(Self::default()) };
        let there = described(files).map_err(|diagnostic| suite.faults(vec![*diagnostic]))?;
        let mut change = Self::default();
        let mut wrong = Vec::new();
        for (kind, name, gone) in entities(given) {
            let pointer = match kind {
                EntityKind::Platform => "/given/platform".to_owned(),
                _ => format!("/given/{}/{name}", folder(kind)),
            };
            let known = there.iter().filter(|(other, _)| *other == kind);
            let mut known = known.map(|(_, file)| (stem(file), file));
            let home = match kind {
                EntityKind::Platform => known.next().map(|(_, file)| file.clone()),
                _ => known.find(|(stem, _)| *stem == name).map(|(_, file)| file.clone()),
            };
            if gone && home.is_none() {
                let names = there.iter().filter(|(other, _)| *other == kind);
                let names: Vec<&str> = names.map(|(_, file)| stem(file)).collect();
                let none = format!("there is no {kind} yet");
                wrong.push(
                    Diagnostic::error(
                        Code::UnknownReference,
                        format!("there is no {kind} `{name}` that could go"),
                    )
                    .at(suite.place(test, &pointer))
                    .help(typed::suggestion(
                        &name,
                        names.iter().copied(),
                        &none,
                    )),
                );
                continue;
            }
            let new = || RepoPath::new(&format!("{}/{name}.yaml", kind.folder().unwrap_or(".")));
            let Some(file) = home.clone().or_else(|| new().ok()) else { continue };
            if gone {
                change.files.insert(file, None);
                continue;
            }
            let mut said = match home {
                Some(home) => match files.read(&home) {
                    Ok(bytes) => root(&bytes.unwrap_or_default()),
                    Err(error) => {
                        wrong.push(error.diagnostic());
                        continue;
                    }
                },
                None => Node::new(Mapping::new()),
            };
            if let Some(top) = suite.node(test, &pointer) {
                lay(&mut said, top, Shape::of(kind));
            }
            if let Value::Object(fields) = said.to_json() {
                let text = edit::write(kind, &file, &fields);
                change.files.insert(file, Some(text.into_bytes()));
            }
        }
        if wrong.is_empty() { Ok(change) } else { Err(suite.faults(wrong)) }
    }

    /// Whether nothing is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(super) fn lay_over(&self, files: &mut Laid<'_>) {
        for (path, bytes) in &self.files {
            match bytes {
                Some(bytes) => files.write(path.clone(), bytes.clone()),
                None => files.remove(path.clone()),
            }
        }
    }
}

impl Suite {
    fn faults(&self, diagnostics: Vec<Diagnostic>) -> Faults {
        Faults { diagnostics, texts: self.texts.clone() }
    }
}

/// What is given, each with its kind, its name, and whether it is to be gone.
fn entities(given: &Given) -> Vec<(EntityKind, String, bool)> {
    let Given { platform, clusters, components, tenants, patches } = given;
    let platform = platform.iter().map(|_| (EntityKind::Platform, "platform".to_owned(), false));
    let clusters =
        clusters.iter().map(|(it, change)| (EntityKind::Cluster, it.to_string(), change));
    let components =
        components.iter().map(|(it, change)| (EntityKind::Component, it.to_string(), change));
    let tenants = tenants.iter().map(|(it, change)| (EntityKind::Tenant, it.to_string(), change));
    let patches = patches.iter().map(|(it, change)| (EntityKind::Patch, it.to_string(), change));
    let named = clusters.chain(components).chain(tenants).chain(patches);
    platform.chain(named.map(|(kind, name, change)| (kind, name, change.is_none()))).collect()
}

/// The folder of a kind's files, below `platform/`, by which a test names them, too.
fn folder(kind: EntityKind) -> &'static str {
    let folder = kind.folder().unwrap_or_default();
    folder.rsplit_once('/').map_or(folder, |(_, last)| last)
}

/// The name of an entity, by its file.
fn stem(file: &RepoPath) -> &str {
    file.file_name().strip_suffix(".yaml").unwrap_or(file.file_name())
}

/// What a file of the description says; nothing where it is none, which loading it tells.
fn root(bytes: &[u8]) -> Node {
    let documents = parse(SourceId(0), bytes, &Budget::default()).unwrap_or_default();
    let root = documents.into_iter().next().map(|document| document.root);
    root.filter(|root| root.as_mapping().is_some()).unwrap_or_else(|| Node::new(Mapping::new()))
}

/// A description that was accepted, and the repository as it would be then, with what people edited in it.
pub struct State<'a> {
    /// The description.
    pub platform: Platform,
    /// The files.
    pub files: Laid<'a>,
}

impl<'a> State<'a> {
    /// Goes the whole way of `generate` with a change, and writes nothing. `described` are the files that `generate` reads at `root`,
    /// and `applied` those of them that clusters see.
    ///
    /// # Errors
    /// Why `generate` refuses it.
    pub fn of(
        root: &Path,
        described: &dyn Files,
        applied: &'a dyn Files,
        change: &Change,
    ) -> Result<Self, Faults> {
        let mut changed = Laid::over(described);
        change.lay_over(&mut changed);
        let mut generated = generate(&changed)?;
        let plan = plan(&mut generated, &changed, root, &Wishes::default())?;
        let mut files = carried_out(applied, &generated, &plan);
        change.lay_over(&mut files);
        Ok(Self { platform: generated.platform, files })
    }

    /// The paths that say something else here than in another state over the same files.
    #[must_use]
    pub fn changed_from(&self, other: &Self) -> BTreeSet<RepoPath> {
        let (own, others) = (self.files.changes(), other.files.changes());
        let paths: BTreeSet<&RepoPath> = own.keys().chain(others.keys()).collect();
        paths.into_iter().filter(|path| own.get(*path) != others.get(*path)).cloned().collect()
    }
}
