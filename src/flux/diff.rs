//! What would change on a cluster between two states of a repository.
//!
//! In go two [`Cluster`]s, before and after; out come the objects that come, go, move or differ, field by field, and what becomes of
//! those that go: whether Flux prunes them. Values of Secrets, and of variables that come from Secrets, are masked here already.
//! How it is shown, and to whom an object belongs, is for others.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use kustomize::yaml::{Node, Value};
use serde_json::Value as Json;

use super::build::{Apply, Object, is_encrypted};
use super::cluster::{Applier, Cluster, Content, What};
use super::identity::Identity;
use super::kustomization::{GROUP, Kustomization, Name, may_select_secrets};

/// What is shown instead of a secret value.
pub const MASK: &str = "***";

/// The difference of one object.
#[derive(Clone, Debug)]
pub struct Difference<'c> {
    /// Which object, as it may be shown.
    pub identity: Identity,
    /// Who applies it: afterwards, or before where it goes.
    pub applier: &'c Name,
    /// The object as it may be shown: as it is afterwards, or was where it goes.
    pub node: &'c Node,
    /// What becomes of it.
    pub change: Change<'c>,
    /// Why it does not happen on the cluster now, or perhaps not, if so.
    pub held: Option<Held>,
}

impl Difference<'_> {
    /// Whether something is deleted from the cluster by it, or may be with more than comes back.
    #[must_use]
    pub fn is_loud(&self) -> bool {
        match &self.change {
            Change::Removed(fate) => *fate == Fate::Pruned,
            Change::Moved { at_risk, .. } => {
                *at_risk && (self.held == Some(Held::Suspended) || self.takes_more_along())
            }
            Change::Added | Change::Changed(_) => false,
        }
    }

    /// Whether other objects go with it.
    #[must_use]
    pub fn takes_more_along(&self) -> bool {
        matches!(self.identity.kind.as_str(), "Namespace" | "CustomResourceDefinition")
    }
}

/// What becomes of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<'c> {
    /// It is new.
    Added,
    /// Fields of it change.
    Changed(Vec<Field>),
    /// It is no longer applied.
    Removed(Fate),
    /// Somebody else applies it, perhaps with other fields.
    Moved {
        /// Who did.
        from: &'c Name,
        /// What differs besides.
        fields: Vec<Field>,
        /// Whether it is deleted if the one that did looks before the other one has taken it over.
        at_risk: bool,
    },
}

/// What becomes of an object that is no longer applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// Flux deletes it.
    Pruned,
    /// It stays, since its Kustomization prunes nothing.
    StaysUnpruned,
    /// It stays, since its annotations say so.
    StaysKept,
    /// It stays, since its Kustomization goes and leaves behind what it applied (`deletionPolicy: Orphan`).
    StaysOrphaned,
    /// It stays, since its Kustomization goes while it is suspended.
    StaysSuspended,
    /// Its Kustomization takes its content from elsewhere now, and nobody here knows what that is.
    Unknown,
}

/// Why a difference is not felt on the cluster yet, or perhaps not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Held {
    /// Its Kustomization is suspended, or the source of that.
    Suspended,
    /// It is applied only where there is none yet.
    IfNotPresent,
    /// It is not applied at all.
    Ignored,
    /// Its Kustomization took its content from elsewhere before: it may be there already.
    FromElsewhere,
}

/// The difference of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The way there: `spec.template.spec.containers[app].image`, where items are named by their `name`, and by their number otherwise.
    pub path: String,
    /// What it was; nothing where it was not there.
    pub before: Option<Json>,
    /// What it is; nothing where it is gone.
    pub after: Option<Json>,
    /// Whether the values are masked.
    pub secret: bool,
}

impl Field {
    /// One that differs in what is secret.
    pub(crate) fn masked(path: String) -> Self {
        let mask = || Some(Json::from(MASK));
        Self { path, before: mask(), after: mask(), secret: true }
    }
}

/// Compares what a cluster applies before and after, in the order of the appliers afterwards, and those that are gone last.
#[must_use]
pub fn diff<'c>(before: &'c Cluster<'_>, after: &'c Cluster<'_>) -> Vec<Difference<'c>> {
    let unchanged = unchanged(before, after);
    let old = objects(before, &unchanged);
    let new = objects(after, &unchanged);
    let states = States { before, after, fates: RefCell::default(), held: RefCell::default() };
    let mut differences = Vec::new();
    for applier in after.appliers.iter().filter(|one| !is_in(one, &unchanged)) {
        for object in applier.objects() {
            let place = match new.get(&object.identity) {
                // Of two that apply it, the one that comes last is told of.
                Some(place) if std::ptr::eq(place.object, object) => place,
                _ => continue,
            };
            let was = old.get(&object.identity);
            let change = match was {
                None => Change::Added,
                Some(was) => {
                    let fields = fields(was.object, object);
                    let from = was.applier.what.name();
                    match from == place.applier.what.name() {
                        true if fields.is_empty() => continue,
                        true => Change::Changed(fields),
                        false => {
                            let at_risk = states.fate(was, true) == Fate::Pruned;
                            Change::Moved { from, fields, at_risk }
                        }
                    }
                }
            };
            differences.push(Difference {
                identity: shown_identity(object),
                applier: applier.what.name(),
                node: object.shown(),
                change,
                held: states.held(place, was.is_some()),
            });
        }
    }
    let mut gone: Vec<&Place<'_, '_>> = old
        .iter()
        .filter(|(identity, _)| !new.contains_key(*identity))
        .map(|(_, place)| place)
        .collect();
    gone.sort_by_key(|place| (place.at, place.number));
    differences.extend(gone.into_iter().map(|place| {
        let now = after.find(place.applier.what.name());
        let suspended = now.is_some_and(|at| after.is_suspended(at));
        Difference {
            identity: shown_identity(place.object),
            applier: place.applier.what.name(),
            node: place.object.shown(),
            change: Change::Removed(states.fate(place, false)),
            held: suspended.then_some(Held::Suspended),
        }
    }));
    differences
}

fn shown_identity(object: &Object) -> Identity {
    match &object.shown {
        Some(shown) => Identity::of(shown),
        None => object.identity.clone(),
    }
}

/// The appliers that apply the very same before and after.
fn unchanged(before: &Cluster<'_>, after: &Cluster<'_>) -> HashSet<(&'static str, Name)> {
    let old: HashMap<_, _> =
        before.appliers.iter().map(|one| ((one.what.kind(), one.what.name()), one)).collect();
    let is_same = |one: &&Applier<'_>| {
        let Content::Built { built, .. } = &one.content else { return false };
        match old.get(&(one.what.kind(), one.what.name())).map(|old| &old.content) {
            Some(Content::Built { built: old, .. }) => Arc::ptr_eq(built, old),
            _ => false,
        }
    };
    let same = after.appliers.iter().filter(is_same);
    same.map(|one| (one.what.kind(), one.what.name().clone())).collect()
}

fn is_in(applier: &Applier<'_>, set: &HashSet<(&'static str, Name)>) -> bool {
    // To look one up, a name has to be one.
    !set.is_empty() && set.contains(&(applier.what.kind(), applier.what.name().clone()))
}

/// An object with who applies it.
struct Place<'c, 'f> {
    at: usize,
    number: usize,
    applier: &'c Applier<'f>,
    object: &'c Object,
}

fn objects<'c, 'f>(
    cluster: &'c Cluster<'f>,
    unchanged: &HashSet<(&'static str, Name)>,
) -> HashMap<&'c Identity, Place<'c, 'f>> {
    let appliers = cluster.appliers.iter().enumerate();
    let appliers = appliers.filter(|(_, one)| !is_in(one, unchanged));
    let places = appliers.flat_map(|(at, applier)| {
        let objects = applier.objects().iter().enumerate();
        objects
            .map(move |(number, object)| (&object.identity, Place { at, number, applier, object }))
    });
    places.collect()
}

/// The two states of a cluster, with what was found out of their appliers.
struct States<'c, 'f> {
    before: &'c Cluster<'f>,
    after: &'c Cluster<'f>,
    /// Why what an applier no longer applies stays, if it does, by its number before.
    fates: RefCell<BTreeMap<usize, Option<Fate>>>,
    /// Whether an applier does nothing now, by its number afterwards.
    held: RefCell<BTreeMap<usize, bool>>,
}

impl States<'_, '_> {
    /// What keeps an object from being applied now.
    fn held(&self, place: &Place<'_, '_>, exists: bool) -> Option<Held> {
        if self.waits(place.at) {
            return Some(Held::Suspended);
        }
        match place.object.apply {
            Apply::Never => return Some(Held::Ignored),
            Apply::IfNotPresent if exists => return Some(Held::IfNotPresent),
            _ => {}
        }
        let was = self.before.find(place.applier.what.name());
        let was = was.map(|at| &self.before.appliers[at].content);
        (!exists && matches!(was, Some(Content::Elsewhere))).then_some(Held::FromElsewhere)
    }

    /// Whether an applier does nothing now: it is suspended, or new below one that is.
    fn waits(&self, at: usize) -> bool {
        if let Some(known) = self.held.borrow().get(&at) {
            return *known;
        }
        // Against circles.
        self.held.borrow_mut().insert(at, false);
        let applier = &self.after.appliers[at];
        let is_new = || self.before.find(applier.what.name()).is_none();
        let waits = self.after.is_suspended(at)
            || applier.owner.is_some_and(|owner| is_new() && self.waits(owner));
        self.held.borrow_mut().insert(at, waits);
        waits
    }

    /// What becomes of an object that its applier no longer applies. One that `moves` is taken over by somebody.
    fn fate(&self, place: &Place<'_, '_>, moves: bool) -> Fate {
        if place.object.kept {
            return Fate::StaysKept;
        }
        match self.stays(place.at) {
            // Whoever takes it over, has it.
            Some(Fate::Unknown) if moves => Fate::Pruned,
            Some(fate) => fate,
            None => Fate::Pruned,
        }
    }

    /// Why what an applier no longer applies stays, if it does.
    fn stays(&self, at: usize) -> Option<Fate> {
        if let Some(known) = self.fates.borrow().get(&at) {
            return *known;
        }
        // Against circles.
        self.fates.borrow_mut().insert(at, None);
        let found = match &self.before.appliers[at].what {
            What::ResourceSet(..) => None,
            What::Kustomization(was) => match self.after.find(&was.name) {
                Some(now) => {
                    let now = &self.after.appliers[now];
                    let prunes = now.what.kustomization().is_some_and(|now| now.prunes());
                    match &now.content {
                        _ if !prunes => Some(Fate::StaysUnpruned),
                        Content::Elsewhere | Content::Asks(_) => Some(Fate::Unknown),
                        Content::Built { .. } => None,
                    }
                }
                None if was.spec.suspend => Some(Fate::StaysSuspended),
                None => self.of_its_own_object(at).or(was.orphans().then_some(Fate::StaysOrphaned)),
            },
        };
        self.fates.borrow_mut().insert(at, found);
        found
    }

    /// Why an applier that is no longer applied stays itself.
    fn of_its_own_object(&self, at: usize) -> Option<Fate> {
        let own = self.before.own_object(at)?;
        if own.kept {
            return Some(Fate::StaysKept);
        }
        self.stays(self.before.appliers[at].owner?)
    }
}

/// Every field in which two objects differ, as they may be shown. The labels that say who applies them do not count.
fn fields(before: &Object, after: &Object) -> Vec<Field> {
    let mut fields = between(before.shown(), after.shown(), false);
    let has_secrets = before.shown.is_some() || after.shown.is_some();
    if fields.is_empty() && has_secrets && !before.node.same_meaning(&after.node) {
        fields.push(Field::masked("values of Secrets in it".to_owned()));
    }
    fields
}

/// Every field in which two states of an object differ, each as it may be shown. `owner` says whether the labels count by which a
/// controller knows its own.
pub(crate) fn between(before: &Node, after: &Node, owner: bool) -> Vec<Field> {
    let mut comparing = Comparing {
        fields: Vec::new(),
        path: String::new(),
        masks: false,
        masks_patches: false,
        owner,
    };
    let (Some(was), Some(is)) = (before.as_mapping(), after.as_mapping()) else {
        return Vec::new();
    };
    let keys = was.keys().chain(is.keys().filter(|key| !was.contains_key(&key.key_text())));
    for key in keys {
        let key = key.key_text();
        comparing.masks = hides(before, &key) || hides(after, &key);
        comparing.masks_patches =
            key == "spec" && (patches_secrets(before) || patches_secrets(after));
        comparing.step(&key, |this| this.compare(was.get(&key), is.get(&key)));
    }
    comparing.fields
}

/// Whether a Flux Kustomization changes values of Secrets by its patches.
fn patches_secrets(node: &Node) -> bool {
    let Some(Ok(kustomization)) = Kustomization::read(node) else { return false };
    kustomization.spec.patches.iter().any(|patch| match &patch.target {
        Some(target) => may_select_secrets(&target.kind),
        None => patch.patch.contains("Secret"),
    })
}

/// Whether what an object says in a field of its root is secret: the values of a Secret, and what SOPS encrypted.
pub(crate) fn hides(node: &Node, field: &str) -> bool {
    let text = |field: &str| node.get(field).and_then(Node::text).unwrap_or_default();
    let secret = text("kind") == "Secret" && !text("apiVersion").contains('/');
    (secret && matches!(field, "data" | "stringData"))
        || (is_encrypted(node) && !matches!(field, "apiVersion" | "kind" | "metadata"))
}

struct Comparing {
    fields: Vec<Field>,
    path: String,
    masks: bool,
    /// Whether what `spec.patches` says is masked.
    masks_patches: bool,
    /// Whether the labels count that say who applies the object.
    owner: bool,
}

impl Comparing {
    fn step(&mut self, key: &str, then: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        let plain = !key.is_empty()
            && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        match plain {
            true if self.path.is_empty() => self.path.push_str(key),
            true => {
                self.path.push('.');
                self.path.push_str(key);
            }
            false => {
                self.path.push('[');
                self.path.push_str(&Json::from(key).to_string());
                self.path.push(']');
            }
        }
        then(self);
        self.path.truncate(length);
    }

    fn item(&mut self, name: &str, then: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push('[');
        self.path.push_str(name);
        self.path.push(']');
        then(self);
        self.path.truncate(length);
    }

    fn compare(&mut self, before: Option<&Node>, after: Option<&Node>) {
        match (before.map(|node| &node.value), after.map(|node| &node.value)) {
            (Some(Value::Mapping(was)), Some(Value::Mapping(is))) => {
                let added = is.keys().filter(|key| !was.contains_key(&key.key_text()));
                for key in was.keys().chain(added) {
                    let key = key.key_text();
                    if !self.owner && self.path == "metadata.labels" && is_owner_label(&key) {
                        continue;
                    }
                    self.step(&key, |this| this.compare(was.get(&key), is.get(&key)));
                }
            }
            (Some(Value::Sequence(was)), Some(Value::Sequence(is))) => self.lists(was, is),
            (Some(_), Some(_)) if same(before, after) => {}
            (None, None) => {}
            _ => {
                let field = Field {
                    path: self.path.clone(),
                    before: before.map(|node| self.shown(node)),
                    after: after.map(|node| self.shown(node)),
                    secret: self.is_masked(),
                };
                self.fields.push(field);
            }
        }
    }

    fn lists(&mut self, was: &[Node], is: &[Node]) {
        let (Some(old), Some(new)) = (named(was), named(is)) else {
            for at in 0..was.len().max(is.len()) {
                self.item(&at.to_string(), |this| this.compare(was.get(at), is.get(at)));
            }
            return;
        };
        let name =
            |item: &'_ Node| item.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
        for before in was {
            let name = name(before);
            let after = new.get(name.as_str()).copied();
            self.item(&name, |this| this.compare(Some(before), after));
        }
        for after in is {
            let name = name(after);
            if !old.contains_key(name.as_str()) {
                self.item(&name, |this| this.compare(None, Some(after)));
            }
        }
    }

    /// A value as it may be shown.
    fn shown(&self, node: &Node) -> Json {
        if self.is_masked() { Json::from(MASK) } else { node.to_json() }
    }

    fn is_masked(&self) -> bool {
        self.masks || (self.masks_patches && self.path.starts_with("spec.patches"))
    }
}

fn same(before: Option<&Node>, after: Option<&Node>) -> bool {
    matches!((before, after), (Some(before), Some(after)) if before.same_meaning(after))
}

/// Whether a label says which Flux Kustomization applies the object.
#[must_use]
pub fn is_owner_label(key: &str) -> bool {
    key.strip_prefix(GROUP).is_some_and(|rest| matches!(rest, "/name" | "/namespace"))
}

/// The items of a list by their names, if each has one of its own.
fn named(items: &[Node]) -> Option<HashMap<&str, &Node>> {
    let named: Option<HashMap<&str, &Node>> =
        items.iter().map(|item| Some((item.get("name")?.as_str()?, item))).collect();
    named.filter(|named| named.len() == items.len())
}
