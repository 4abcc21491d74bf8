//! Names that other objects refer to: when an object's name has changed, so do the references to it.
//!
//! In go all objects and the field specs that say where references stand; out come the objects with
//! their references updated. Who is meant is decided as kustomize does: by an earlier name, by kind, by
//! namespace, and by the prefixes and suffixes that both were given.

use std::borrow::Cow;

use foldhash::{HashMap, HashSet};

use super::fieldspec::{FieldPath, WalkError};
use super::{TransformError, each};
use crate::config::NameBackReferences;
use crate::field::{FieldError, is_null, set_entry, set_scalar};
use crate::kustomization::Gvk;
use crate::resource::{Id, Identity, NOT_NAMESPACED, Resource, ResourceMap, is_empty};
use crate::schema::Schemas;
use crate::yaml::{Node, Settled, Span, Value};

/// Why a reference cannot be updated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// A mapping that should name an object and does not.
    #[error("`{path}` leads to a mapping without a `name`, so there is nothing to update")]
    NoName {
        /// The field path.
        path: String,
        /// The mapping.
        span: Span,
    },
    /// What is neither a name nor a mapping with one.
    #[error("a reference is a name or a mapping with one, not {found}")]
    NoReference {
        /// What it is.
        found: &'static str,
        /// Where.
        span: Span,
    },
    /// A name that more than one object had.
    #[error("`{name}` may mean {}", .candidates.join(" or "))]
    Ambiguous {
        /// The name.
        name: String,
        /// The objects.
        candidates: Vec<String>,
        /// The reference.
        span: Span,
    },
    /// A subject of a role binding that is no mapping.
    #[error("this subject is {found}, not a mapping")]
    Subject {
        /// What it is.
        found: &'static str,
        /// Where.
        span: Span,
    },
    /// A subject of a role binding with a kind that is no string.
    #[error("the kind of this subject is {found}, not a string")]
    SubjectKind {
        /// What it is.
        found: &'static str,
        /// Where.
        span: Span,
    },
    /// A service account of a role binding with a namespace that is no string.
    #[error("the namespace of this service account is {found}, not a string")]
    SubjectNamespace {
        /// What it is.
        found: &'static str,
        /// Where.
        span: Span,
    },
    /// An object whose earlier names cannot be told apart.
    #[error(
        "the earlier names, namespaces and kinds of {id} do not fit together: one of them was empty, or had a comma"
    )]
    TornHistory {
        /// The object.
        id: Id,
        /// Where it stands.
        span: Span,
    },
    /// An API version that kustomize cannot put together again.
    #[error("`{api_version}` is no API version")]
    ApiVersion {
        /// What stands there.
        api_version: String,
        /// The object.
        span: Span,
    },
}

impl ReferenceError {
    /// Where the fault is.
    pub fn span(&self) -> Span {
        match self {
            ReferenceError::NoName { span, .. }
            | ReferenceError::NoReference { span, .. }
            | ReferenceError::Ambiguous { span, .. }
            | ReferenceError::Subject { span, .. }
            | ReferenceError::SubjectKind { span, .. }
            | ReferenceError::SubjectNamespace { span, .. }
            | ReferenceError::TornHistory { span, .. }
            | ReferenceError::ApiVersion { span, .. } => *span,
        }
    }
}

/// What can be wrong at one reference.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

/// Updates all references.
pub(crate) fn update(
    resources: &mut ResourceMap,
    references: &[NameBackReferences],
    schemas: &Schemas,
) -> Result<(), TransformError> {
    let mut histories =
        resources.list().iter().map(|resource| (resource, resource.identity(schemas)));
    if let Some((resource, identity)) = histories.find(|(_, identity)| identity.is_torn) {
        let (id, span) = (identity.current.clone(), resource.span());
        return Err(ReferenceError::TornHistory { id, span }.into());
    }
    let targets = Targets::of(resources, schemas);
    let specs = specs_by_kind(resources, references, schemas);
    each(resources.list_mut(), |resource| {
        let identity = resource.identity(schemas).clone();
        let specs = specs.get(&identity.original().gvk);
        let Some(specs) = specs.filter(|specs| !specs.is_empty()) else {
            return Ok(());
        };
        let api_version = resource.api_version();
        let is_null = resource.node().get("apiVersion").is_some_and(Node::is_null);
        if api_version.starts_with('/') || (is_null && !api_version.is_empty()) {
            let (api_version, span) = (api_version.to_owned(), resource.span());
            return Err(ReferenceError::ApiVersion { api_version, span }.into());
        }
        let referrer = Referrer::new(resource, identity)?;
        for (path, target) in specs {
            let reference = Reference { referrer: &referrer, path, target, targets: &targets };
            let node = resource.node_mut();
            match path.walk(node, None, &mut |node: &mut Node| reference.update(node)) {
                Ok(()) => {}
                Err(WalkError::Set(Fault::Reference(error))) => return Err(error.into()),
                Err(WalkError::Set(Fault::Field(error))) => return Err(error.into()),
                Err(WalkError::Field { path, source }) => {
                    return Err(WalkError::Field { path, source }.into());
                }
                Err(WalkError::EmptyPart { path, span }) => {
                    return Err(WalkError::EmptyPart { path, span }.into());
                }
            }
        }
        resource.written(false);
        // Whoever comes next needs it, and here it is found on all cores.
        resource.identity(schemas);
        Ok(())
    })
}

type Specs<'r> = HashMap<Gvk, Vec<(&'r FieldPath, &'r Gvk)>>;

/// Where references stand in each kind of object that is there.
fn specs_by_kind<'r>(
    resources: &ResourceMap,
    references: &'r [NameBackReferences],
    schemas: &Schemas,
) -> Specs<'r> {
    let mut specs = Specs::default();
    for resource in resources.list() {
        let gvk = &resource.identity(schemas).original().gvk;
        if specs.contains_key(gvk) {
            continue;
        }
        let of_kind = references.iter().flat_map(|reference| {
            let referrers = reference.referrers.ready().iter();
            referrers
                .filter(|spec| gvk.is_selected_by(spec.gvk()))
                .map(|spec| (spec.path(), &reference.gvk))
        });
        specs.insert(gvk.clone(), of_kind.collect());
    }
    specs
}

/// What objects may be referred to, as they are before any reference is updated.
struct Targets {
    list: Vec<Target>,
    /// The objects that had a name, in order.
    by_previous_name: HashMap<String, Namesakes>,
    /// In which namespaces the objects are now that were in one at first.
    original_namespaces: HashMap<String, Homes>,
}

/// The objects that had one name, in order: all, and by the namespace where they are now and were at first.
#[derive(Default)]
struct Namesakes {
    all: Vec<usize>,
    now: HashMap<String, Vec<usize>>,
    at_first: HashMap<String, Vec<usize>>,
}

/// Namespaces as they count in comparisons, and as they stand there.
#[derive(Default)]
struct Homes {
    effective: HashSet<String>,
    raw: HashSet<String>,
}

struct Target {
    identity: Identity,
    name: String,
    namespace: String,
    is_service_account: bool,
}

impl Targets {
    fn of(resources: &ResourceMap, schemas: &Schemas) -> Targets {
        let mut targets = Targets {
            list: Vec::new(),
            by_previous_name: HashMap::default(),
            original_namespaces: HashMap::default(),
        };
        let was_renamed = |resource: &Resource| !resource.identity(schemas).previous.is_empty();
        if !resources.list().iter().any(was_renamed) {
            return targets;
        }
        for resource in resources.list().iter().filter(|resource| !is_empty(resource.node())) {
            let identity = resource.identity(schemas);
            let current = identity.current.effective_namespace().to_owned();
            let raw = resource.namespace().to_owned();
            let original = identity.original().effective_namespace().to_owned();
            let homes = targets.original_namespaces.entry(original.clone()).or_default();
            homes.effective.insert(current.clone());
            homes.raw.insert(raw.clone());
            if identity.previous.is_empty() {
                // What has never changed its name is not looked for.
                continue;
            }
            let at = targets.list.len();
            for id in &identity.previous {
                let known = targets.by_previous_name.entry(id.name.clone()).or_default();
                if known.all.last() != Some(&at) {
                    known.all.push(at);
                    known.now.entry(current.clone()).or_default().push(at);
                    known.at_first.entry(original.clone()).or_default().push(at);
                }
            }
            targets.list.push(Target {
                identity: identity.clone(),
                name: resource.name().to_owned(),
                namespace: raw,
                is_service_account: resource.kind() == "ServiceAccount",
            });
        }
        targets
    }
}

/// The object whose references are updated.
struct Referrer {
    identity: Identity,
    /// The namespaces of a role binding's service accounts.
    subjects: HashSet<String>,
    role: Option<Gvk>,
}

impl Referrer {
    fn new(resource: &Resource, identity: Identity) -> Result<Referrer, ReferenceError> {
        let node = resource.node();
        let text = |node: &Node, field: &str| {
            node.get(field).filter(|node| !is_null(node)).map(|node| node.key_text().into_owned())
        };
        let mut subjects = HashSet::default();
        if resource.kind() == "RoleBinding" && !identity.current.cluster_scoped {
            let list = node.get("subjects").and_then(Node::as_sequence).unwrap_or_default();
            for subject in list {
                // kustomize panics.
                let Some(fields) = subject.as_mapping() else {
                    let (found, span) = (subject.kind(), subject.span);
                    return Err(ReferenceError::Subject { found, span });
                };
                let (Some(namespace), Some(kind)) = (fields.get("namespace"), fields.get("kind"))
                else {
                    continue;
                };
                match kind.settled() {
                    Ok(Some(Settled::String(kind))) if kind == "ServiceAccount" => {}
                    Ok(Some(Settled::String(_))) => continue,
                    _ => {
                        let (found, span) = (kind.kind(), kind.span);
                        return Err(ReferenceError::SubjectKind { found, span });
                    }
                }
                match namespace.settled() {
                    Ok(Some(Settled::String(namespace))) => {
                        subjects.insert(namespace.into_owned());
                    }
                    _ => {
                        let (found, span) = (namespace.kind(), namespace.span);
                        return Err(ReferenceError::SubjectNamespace { found, span });
                    }
                }
            }
        }
        let role = node.get("roleRef").and_then(|role| {
            Some(Gvk {
                group: text(role, "apiGroup")?,
                version: String::new(),
                kind: text(role, "kind")?,
            })
        });
        Ok(Referrer { identity, subjects, role })
    }

    /// Whether one of several objects may be referred to from here at all.
    fn reaches_any(&self, homes: &Homes) -> bool {
        let id = &self.identity.current;
        id.cluster_scoped
            || homes.effective.contains(NOT_NAMESPACED)
            || homes.effective.contains(id.effective_namespace())
            || self.subjects.iter().any(|namespace| homes.raw.contains(namespace))
    }

    /// Whether an object may be referred to from here at all.
    fn reaches(&self, current_namespace: &str, raw_namespace: &str, cluster_scoped: bool) -> bool {
        let id = &self.identity.current;
        id.cluster_scoped
            || cluster_scoped
            || id.effective_namespace() == current_namespace
            || self.subjects.contains(raw_namespace)
    }
}

/// One field of one object.
struct Reference<'u> {
    referrer: &'u Referrer,
    path: &'u FieldPath,
    /// The kind of object that is referred to.
    target: &'u Gvk,
    targets: &'u Targets,
}

impl Reference<'_> {
    fn update(&self, node: &mut Node) -> Result<(), Fault> {
        if is_null(node) {
            return Ok(());
        }
        match &mut node.value {
            Value::Mapping(_) => self.update_mapping(node),
            Value::Sequence(items) => {
                for item in items.iter_mut().filter(|item| !is_null(item)) {
                    match &item.value {
                        Value::Mapping(_) => self.update_mapping(item)?,
                        Value::Sequence(_) => {
                            let (found, span) = (item.kind(), item.span);
                            return Err(ReferenceError::NoReference { found, span }.into());
                        }
                        _ => self.update_scalar(item)?,
                    }
                }
                Ok(())
            }
            _ => self.update_scalar(node),
        }
    }

    fn update_scalar(&self, node: &mut Node) -> Result<(), Fault> {
        let old = node.key_text().into_owned();
        let same = |a: &Target, b: &Target| a.name == b.name;
        let Some(target) = self.select(&old, None, same, node.span)? else {
            return Ok(());
        };
        if target.name != old {
            set_scalar(node, &mut Node::untagged(&*target.name))?;
        }
        Ok(())
    }

    fn update_mapping(&self, node: &mut Node) -> Result<(), Fault> {
        let Some(name) = node.get("name") else {
            let path = self.path.as_str().to_owned();
            return Err(ReferenceError::NoName { path, span: node.span }.into());
        };
        let text = |node: &Node| {
            if node.is_scalar() { node.key_text().into_owned() } else { String::new() }
        };
        let old = text(name);
        let namespace = node.get("namespace").map(text);
        let same = |a: &Target, b: &Target| a.name == b.name && a.namespace == b.namespace;
        let Some(target) = self.select(&old, namespace.as_deref(), same, node.span)? else {
            return Ok(());
        };
        if target.name == old && target.namespace.is_empty() {
            return Ok(());
        }
        set_entry(node, "name", &mut Node::untagged(&*target.name))?;
        if !target.namespace.is_empty() {
            set_entry(node, "namespace", &mut Node::untagged(&*target.namespace))?;
        }
        Ok(())
    }

    /// The object that a name means; none where nothing has to be updated.
    fn select(
        &self,
        name: &str,
        namespace: Option<&str>,
        same: impl Fn(&Target, &Target) -> bool,
        span: Span,
    ) -> Result<Option<&Target>, ReferenceError> {
        let Some(named) = self.targets.by_previous_name.get(name) else {
            return Ok(None);
        };
        let namespace = namespace.map(|namespace| (namespace, self.means_original(namespace)));
        let in_namespace = |target: &Target| {
            namespace.is_none_or(|(namespace, by_original)| {
                let identity = &target.identity;
                let id = if by_original { identity.original() } else { &identity.current };
                namespace != NOT_NAMESPACED && id.effective_namespace() == namespace
            })
        };
        let mut candidates: Vec<&Target> = self
            .narrowed(named, namespace)
            .iter()
            .map(|at| &self.targets.list[*at])
            .filter(|target| self.may_mean(target) && in_namespace(target))
            .collect();
        if let [target] = candidates[..] {
            return Ok(Some(target));
        }
        candidates.retain(|target| self.same_affixes(target, true));
        if candidates.len() > 1 {
            candidates.retain(|target| self.same_affixes(target, false));
        }
        let Some(first) = candidates.first().copied() else {
            return Ok(None);
        };
        if candidates.iter().all(|target| same(first, target)) {
            return Ok(Some(first));
        }
        Err(ReferenceError::Ambiguous {
            name: name.to_owned(),
            candidates: candidates.iter().map(|t| t.identity.current.to_string()).collect(),
            span,
        })
    }

    /// Whether a namespace beside the name is the one in which an object was at first; if there is none, it is
    /// the one in which it is now.
    fn means_original(&self, namespace: &str) -> bool {
        let homes = self.targets.original_namespaces.get(namespace);
        namespace != NOT_NAMESPACED && homes.is_some_and(|homes| self.referrer.reaches_any(homes))
    }

    /// The objects with a name that are worth a look: where thousands have it, those in the namespaces that
    /// can be meant.
    fn narrowed<'n>(
        &self,
        named: &'n Namesakes,
        namespace: Option<(&str, bool)>,
    ) -> Cow<'n, [usize]> {
        const FEW: usize = 16;
        let none = || Cow::Borrowed(&[][..]);
        if named.all.len() < FEW {
            return Cow::Borrowed(&named.all);
        }
        if let Some((namespace, by_original)) = namespace {
            let places = if by_original { &named.at_first } else { &named.now };
            return places.get(namespace).map_or_else(none, |places| Cow::Borrowed(&places[..]));
        }
        let id = &self.referrer.identity.current;
        if id.cluster_scoped {
            return Cow::Borrowed(&named.all);
        }
        let subjects = self.referrer.subjects.iter();
        let subjects = subjects.map(|name| if name.is_empty() { "default" } else { name });
        let mut places: Vec<usize> = [id.effective_namespace(), NOT_NAMESPACED]
            .into_iter()
            .chain(subjects)
            .filter_map(|namespace| named.now.get(namespace))
            .flatten()
            .copied()
            .collect();
        places.sort_unstable();
        places.dedup();
        Cow::Owned(places)
    }

    fn may_mean(&self, target: &Target) -> bool {
        let current = &target.identity.current;
        let referrer = &self.referrer.identity.current;
        let previous =
            |gvk: &Gvk| target.identity.previous.iter().any(|id| id.gvk.is_selected_by(gvk));
        let role = if self.path.as_str().ends_with("roleRef/name") {
            self.referrer.role.as_ref()
        } else {
            None
        };
        self.referrer.reaches(
            current.effective_namespace(),
            &target.namespace,
            current.cluster_scoped,
        ) && previous(self.target)
            && role.is_none_or(previous)
            && (referrer.cluster_scoped
                || current.cluster_scoped
                || target.is_service_account
                || referrer.effective_namespace() == current.effective_namespace())
    }

    fn same_affixes(&self, target: &Target, empty_fits: bool) -> bool {
        let fits = |a: &[String], b: &[String]| {
            (empty_fits && (a.is_empty() || b.is_empty())) || same_ending(a, b)
        };
        let referrer = &self.referrer.identity;
        fits(&target.identity.prefixes, &referrer.prefixes)
            && fits(&target.identity.suffixes, &referrer.suffixes)
    }
}

/// Whether the shorter list is the end of the longer one; an empty list is the end of an empty one only.
fn same_ending(a: &[String], b: &[String]) -> bool {
    if a.is_empty() || b.is_empty() {
        return a.is_empty() && b.is_empty();
    }
    let common = a.len().min(b.len());
    a[a.len() - common..] == b[b.len() - common..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_the_same_ending() {
        let list = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        assert!(same_ending(&list(&["a", "b"]), &list(&["b"])));
        assert!(!same_ending(&list(&["a", "b"]), &list(&["a"])));
        assert!(same_ending(&[], &[]) && !same_ending(&list(&["a"]), &[]));
    }
}
