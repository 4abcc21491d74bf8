//! What must hold between the parts of a description, a folder of rules by family.
//!
//! In comes a platform whose files are each right by themselves, out go findings. An entity is judged in every form
//! that it has somewhere ([`Entity::variants`]), so that a wrong override is found even where the entity is not; a
//! finding points at the word that was written, in whichever file ([`At`]).

mod artifacts;
mod components;
mod events;
mod fetch;
mod limits;
mod names;
mod patches;
mod platform;
mod references;
mod secrets;
mod tenants;

use std::collections::BTreeSet;

use kustomize::yaml::{Node, SourceId};
use rayon::prelude::*;

use super::cluster::Cluster;
use super::description::Platform;
use super::entity::{Entity, EntityKind, Scope, read_root};
use super::text::EnvironmentName;
use super::typed::{suggestion, unescape};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::path::RepoPath;

/// Checks a description whose files are each right by themselves. `broken` are the entities whose files are not: what
/// refers to them is not judged.
pub(super) fn validate(
    platform: &Platform,
    broken: &BTreeSet<(EntityKind, String)>,
) -> Vec<Diagnostic> {
    let names = Names { platform, broken };
    let mut found = Vec::new();
    platform::check(&names, &mut found);
    artifacts::check(&names, &mut found);
    names::check(&names, &mut found);
    references::check(&names, &mut found);
    for (name, component) in &platform.components {
        components::check(&names, name, component, &mut found);
    }
    patches::check(&names, &mut found);
    let tenants: Vec<_> = platform.tenants.iter().collect();
    let policy = fetch::Policy::new(&platform.settings.policies);
    found.par_extend(tenants.into_par_iter().flat_map_iter(|(name, tenant)| {
        let mut found = Vec::new();
        tenants::check(&names, &policy, name, tenant, &mut found);
        limits::check(&names, name, tenant, &mut found);
        found
    }));
    found
}

/// What there is by name, files that could not be read included.
struct Names<'a> {
    platform: &'a Platform,
    broken: &'a BTreeSet<(EntityKind, String)>,
}

impl Names<'_> {
    /// Whether an entity of the name may be there: its file is, right or wrong.
    fn exists(&self, kind: EntityKind, name: &str) -> bool {
        let there = match kind {
            EntityKind::Platform => true,
            EntityKind::Cluster => self.platform.clusters.contains_key(name),
            EntityKind::Component => self.platform.components.contains_key(name),
            EntityKind::Tenant => self.platform.tenants.contains_key(name),
            EntityKind::Patch => self.platform.patches.contains_key(name),
        };
        there || self.broken.contains(&(kind, name.to_owned()))
    }

    /// Whether every file of a kind could be read.
    fn all_read(&self, kind: EntityKind) -> bool {
        self.broken.iter().all(|(other, _)| *other != kind)
    }

    /// A finding at a name that nothing has.
    fn unknown<'b>(
        &self,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'b str> + Clone,
        place: Place,
    ) -> Diagnostic {
        let message = format!("there is no {what} `{name}`");
        Diagnostic::error(Code::UnknownReference, message)
            .at(place)
            .label("nothing has this name")
            .help(suggestion(name, known, &format!("there is no {what} yet")))
    }
}

/// Where things are said of an entity, as it is somewhere.
struct At<'a> {
    platform: &'a Platform,
    kind: EntityKind,
    file: &'a RepoPath,
    source: SourceId,
    scope: Scope<'a>,
    /// Where it is said, from strong to weak, where that is not found from the rest.
    said: Option<Vec<(SourceId, String)>>,
}

impl<'a> At<'a> {
    fn new<T>(
        platform: &'a Platform,
        kind: EntityKind,
        entity: &'a Entity<T>,
        scope: Scope<'a>,
    ) -> Self {
        Self { platform, kind, file: &entity.file, source: entity.source, scope, said: None }
    }

    /// Where things are said of a section of `platform.yaml`, as it is in an environment or on a cluster that say something else
    /// of it.
    fn section(
        platform: &'a Platform,
        file: &'a RepoPath,
        field: &str,
        environment: Option<&EnvironmentName>,
        cluster: Option<&Entity<Cluster>>,
    ) -> Self {
        let own = cluster.map(|cluster| (cluster.source, format!("/{field}")));
        let at = environment.and_then(|name| platform.environments().position(|it| it == name));
        let said = own
            .into_iter()
            .chain(at.map(|at| (SourceId(0), format!("/environments/{at}/{field}"))))
            .chain([(SourceId(0), format!("/{field}"))])
            .collect();
        let (kind, scope) = (EntityKind::Platform, Scope::Base);
        Self { platform, kind, file, source: SourceId(0), scope, said: Some(said) }
    }

    /// The place of the value at a JSON pointer, or of the nearest that holds it.
    fn value(&self, pointer: &str) -> Place {
        self.find(pointer, false)
    }

    /// The place of the last key of a JSON pointer.
    fn key(&self, pointer: &str) -> Place {
        self.find(pointer, true)
    }

    fn find(&self, pointer: &str, key: bool) -> Place {
        let layers: Vec<(SourceId, Option<Node>, String)> = self
            .layers()
            .into_iter()
            .map(|(source, prefix)| {
                let root =
                    self.platform.texts.bytes(source).and_then(|bytes| read_root(source, bytes));
                (source, root, prefix)
            })
            .collect();
        let mut pointer = pointer;
        while let Some((parent, last)) = pointer.rsplit_once('/') {
            for (_, root, prefix) in &layers {
                let Some(root) = root else { continue };
                let Some(node) = root.pointer(&format!("{prefix}{pointer}")) else { continue };
                let of_key = root
                    .pointer(&format!("{prefix}{parent}"))
                    .and_then(Node::as_mapping)
                    .and_then(|mapping| mapping.get_key_span(&unescape(last)));
                let span = match of_key {
                    Some(span) if key || node.span.is_empty() => span,
                    _ => node.span,
                };
                if let Some(place) = self.platform.texts.place(span) {
                    return place;
                }
            }
            pointer = parent;
        }
        Place { file: self.file.clone(), range: None }
    }

    /// The files and pointers that say something of the entity here, from strong to weak.
    fn layers(&self) -> Vec<(SourceId, String)> {
        if let Some(said) = &self.said {
            return said.clone();
        }
        let mut layers = Vec::new();
        let (cluster, environment) = match self.scope {
            Scope::Base => (None, None),
            Scope::Environment(environment) => (None, Some(environment)),
            Scope::Cluster(cluster) => (Some(cluster), self.platform.environment_of(cluster)),
        };
        if let Some(cluster) = cluster {
            layers.push((self.source, format!("/clusters/{cluster}")));
        }
        if let Some(environment) = environment {
            layers.push((self.source, format!("/environments/{environment}")));
        }
        layers.push((self.source, String::new()));
        let kind = self.kind;
        if let Some(cluster) = cluster.and_then(|cluster| self.platform.clusters.get(cluster)) {
            layers.push((cluster.source, format!("/defaults/{kind}")));
        }
        let at = environment
            .and_then(|name| self.platform.environments().position(|other| other == name));
        if let Some(at) = at {
            layers.push((SourceId(0), format!("/environments/{at}/defaults/{kind}")));
        }
        layers.push((SourceId(0), format!("/defaults/{kind}")));
        layers
    }
}

impl Platform {
    /// Where a field of an entity is said, as it is somewhere: in its own file, in its overrides, or among the defaults of a
    /// cluster, an environment or the platform. The nearest that holds it if nobody says it; nothing for an entity that there is not.
    #[must_use]
    pub fn place_of(
        &self,
        kind: EntityKind,
        name: &str,
        scope: Scope<'_>,
        pointer: &str,
    ) -> Option<Place> {
        Some(match kind {
            EntityKind::Platform => self.place(pointer),
            EntityKind::Cluster => self.clusters.get(name)?.place(&self.texts, pointer),
            EntityKind::Patch => self.patches.get(name)?.place(&self.texts, pointer),
            EntityKind::Component => {
                At::new(self, kind, self.components.get(name)?, scope).value(pointer)
            }
            EntityKind::Tenant => {
                At::new(self, kind, self.tenants.get(name)?, scope).value(pointer)
            }
        })
    }
}

/// The place of a JSON pointer in `platform.yaml`.
fn in_platform(platform: &Platform, pointer: &str) -> Place {
    platform.place(pointer)
}

/// A finding that two statements exclude each other.
fn contradiction(message: impl Into<String>, place: Place) -> Diagnostic {
    Diagnostic::error(Code::Contradiction, message).at(place)
}

/// A finding that a value is not one that the field takes.
fn invalid(message: impl Into<String>, place: Place) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, message).at(place)
}

/// A regular expression that does not compile, in one line.
fn pattern_fault(pattern: &str) -> Option<String> {
    let error = regex::Regex::new(pattern).err()?;
    let text = error.to_string();
    Some(text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

#[cfg(test)]
mod tests;
