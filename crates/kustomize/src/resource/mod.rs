//! Kubernetes objects as a build changes them: a tree with an identity that is kept while the name
//! changes.
//!
//! In goes what files say ([`read`]); out comes the tree, for whoever transforms or prints it. This
//! module knows what kustomize keeps in an object's metadata, and no transformer.

pub(crate) mod annotation;
mod identity;
mod map;
pub(crate) mod meta;
pub(crate) mod read;
mod shared;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::OnceLock;

pub use identity::{Id, Identity};
pub(crate) use identity::{NOT_NAMESPACED, is_empty};
pub(crate) use map::{Collision, ResourceMap};
pub use read::ReadError;
pub use read::objects as read_objects;

use crate::schema::Schemas;
use crate::trace::ObjectId;
use crate::yaml::{Node, Shared, Span};

/// What a generator does when the object that it makes is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// It may not be there.
    Create,
    Replace,
    Merge,
}

/// An object of a build.
#[derive(Debug)]
pub struct Resource {
    node: Node,
    identity: OnceLock<Box<Identity>>,
    /// The names of the vars that take their value from here.
    pub(crate) vars: Vec<String>,
    /// Which object it is to whoever watches the build; nothing where nobody does.
    pub(crate) traced: Option<ObjectId>,
    /// How many groups of scalars that are one and the same there are: see [`Shared`].
    groups: u32,
    has_shared: bool,
}

impl Clone for Resource {
    fn clone(&self) -> Resource {
        Resource { vars: self.vars.clone(), ..Resource::new(self.node.clone()) }
    }
}

impl Resource {
    pub(crate) fn new(node: Node) -> Resource {
        Resource {
            node,
            identity: OnceLock::new(),
            vars: Vec::new(),
            traced: None,
            groups: 0,
            has_shared: false,
        }
    }

    /// A mark for scalars that are about to be added in several places as one.
    pub(crate) fn new_group(&mut self) -> Shared {
        self.groups += 1;
        Shared { group: NonZeroU32::new(self.groups).unwrap_or(NonZeroU32::MIN), writes: 0 }
    }

    /// To be called when scalars may have been written: what was written to one of several that are one
    /// goes to the others. `shared` says that some were added just now.
    pub(crate) fn written(&mut self, shared: bool) {
        self.has_shared |= shared;
        if self.has_shared {
            shared::spread(&mut self.node);
        }
    }

    /// The object. Once a build is done its keys are sorted and its values are what is printed.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The object, to change it.
    pub(crate) fn node_mut(&mut self) -> &mut Node {
        self.identity = OnceLock::new();
        &mut self.node
    }

    pub(crate) fn into_node(self) -> Node {
        self.node
    }

    /// Which object it is to whoever watched the build; nothing where nobody did.
    pub fn traced(&self) -> Option<ObjectId> {
        self.traced
    }

    /// Where the object was written.
    pub fn span(&self) -> Span {
        self.node.span
    }

    pub(crate) fn identity(&self, schemas: &Schemas) -> &Identity {
        self.identity.get_or_init(|| Box::new(Identity::of(&self.node, schemas)))
    }

    pub(crate) fn id(&self, schemas: &Schemas) -> &Id {
        &self.identity(schemas).current
    }

    /// The text of a field at the root; empty for mappings and sequences.
    fn text(&self, field: &str) -> &str {
        self.node.get(field).and_then(Node::text).unwrap_or_default()
    }

    /// `kind`; empty where it is missing.
    pub fn kind(&self) -> &str {
        self.text("kind")
    }

    /// `apiVersion`; empty where it is missing.
    pub fn api_version(&self) -> &str {
        self.text("apiVersion")
    }

    /// `metadata.name`; empty where it is missing.
    pub fn name(&self) -> &str {
        meta::text(&self.node, "name")
    }

    /// `metadata.namespace`; empty where it is missing.
    pub fn namespace(&self) -> &str {
        meta::text(&self.node, "namespace")
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        meta::set_field(meta::metadata_mut(self.node_mut()), "name", Node::untagged(name));
    }

    pub(crate) fn set_namespace(&mut self, namespace: &str) {
        if namespace.is_empty() {
            if let Some(metadata) = self.node_mut().get_mut("metadata") {
                meta::clear(metadata, "namespace");
            }
        } else {
            let metadata = meta::metadata_mut(self.node_mut());
            meta::set_field(metadata, "namespace", Node::untagged(namespace));
        }
    }

    pub(crate) fn set_kind(&mut self, kind: &str) {
        meta::set_field(self.node_mut(), "kind", Node::untagged(kind));
    }

    pub(crate) fn set_api_version(&mut self, api_version: &str) {
        meta::set_field(self.node_mut(), "apiVersion", Node::untagged(api_version));
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        meta::entry(&self.node, "annotations", key)
    }

    pub(crate) fn annotations(&self) -> BTreeMap<String, String> {
        meta::map(&self.node, "annotations")
    }

    pub(crate) fn labels(&self) -> BTreeMap<String, String> {
        meta::map(&self.node, "labels")
    }

    pub(crate) fn set_annotations(&mut self, annotations: &BTreeMap<String, String>) {
        meta::set_map(self.node_mut(), "annotations", annotations);
    }

    pub(crate) fn set_labels(&mut self, labels: &BTreeMap<String, String>) {
        meta::set_map(self.node_mut(), "labels", labels);
    }

    pub(crate) fn set_annotation(&mut self, key: &str, value: &str) {
        meta::set_annotation(self.node_mut(), key, value);
    }

    /// Appends a word to an annotation that is a list with commas.
    fn append_word(&mut self, key: &str, word: &str) {
        if word.is_empty() {
            return;
        }
        let value = match self.annotation(key) {
            Some(words) => format!("{words},{word}"),
            None => word.to_owned(),
        };
        self.set_annotation(key, &value);
    }

    pub(crate) fn add_prefix(&mut self, prefix: &str) {
        self.append_word(annotation::PREFIXES, prefix);
    }

    pub(crate) fn add_suffix(&mut self, suffix: &str) {
        self.append_word(annotation::SUFFIXES, suffix);
    }

    /// Keeps the id that the object has now, before it gets another.
    pub(crate) fn store_id(&mut self, schemas: &Schemas) {
        let id = self.id(schemas).clone();
        self.append_word(annotation::PREVIOUS_NAMES, &id.name);
        self.append_word(annotation::PREVIOUS_NAMESPACES, id.effective_namespace());
        self.append_word(annotation::PREVIOUS_KINDS, &id.gvk.kind);
    }

    pub(crate) fn is_enabled(&self, key: &str) -> bool {
        self.annotation(key) == Some(annotation::ENABLED)
    }

    /// Turns a switch on.
    pub(crate) fn enable(&mut self, key: &str) {
        let mut annotations = self.annotations();
        annotations.insert(key.to_owned(), annotation::ENABLED.to_owned());
        self.set_annotations(&annotations);
    }

    pub(crate) fn behavior(&self) -> Option<Behavior> {
        match self.annotation(annotation::BEHAVIOR)? {
            "create" => Some(Behavior::Create),
            "replace" => Some(Behavior::Replace),
            "merge" => Some(Behavior::Merge),
            _ => None,
        }
    }

    /// Takes over labels, annotations, name and namespace of another object; labels and annotations
    /// of this one win, what kustomize keeps of the other one stays.
    pub(crate) fn take_metadata_of(&mut self, other: &Resource) {
        let mut labels = other.labels();
        labels.extend(self.labels());
        self.set_labels(&labels);
        let own = self.annotations();
        let others = other.annotations();
        let mut annotations = others.clone();
        annotations.extend(own.clone());
        for key in annotation::BUILD {
            match others.get(key) {
                Some(value) => annotations.insert(key.to_owned(), value.clone()),
                None => annotations.remove(key),
            };
        }
        if !own.contains_key(annotation::NEEDS_HASH) {
            annotations.remove(annotation::NEEDS_HASH);
        }
        self.set_annotations(&annotations);
        let (name, namespace) = (other.name().to_owned(), other.namespace().to_owned());
        self.set_name(&name);
        self.set_namespace(&namespace);
        self.vars.clone_from(&other.vars);
    }
}
