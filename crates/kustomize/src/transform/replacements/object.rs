//! What replacements need of an object.

use std::borrow::Cow;

use super::super::fieldspec::group_and_version;
use crate::field::{is_null, is_null_or_empty};
use crate::yaml::Node;

/// What an object is, or was, called. The namespace is the one that stands there, empty for none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "Kubernetes' names")]
pub(crate) struct Id<'o> {
    pub group: Cow<'o, str>,
    pub version: Cow<'o, str>,
    pub kind: Cow<'o, str>,
    pub name: Cow<'o, str>,
    pub namespace: Cow<'o, str>,
}

/// An object among the others.
pub(crate) trait Object {
    /// The object.
    fn node(&self) -> &Node;

    /// The object, to change it.
    fn node_mut(&mut self) -> &mut Node;

    /// Called after each write.
    fn written(&mut self) {}

    /// What it was called before names, namespaces and kinds were changed: kind, name and namespace, the
    /// first first.
    fn previous(&self) -> impl Iterator<Item = (&str, &str, &str)>;
}

/// What an object is called by what stands in it now.
pub(crate) fn current_id(object: &Node) -> Id<'_> {
    let api_version = object.get("apiVersion").filter(|version| !is_null(version));
    let (group, version) = match api_version.map(Node::key_text).unwrap_or_default() {
        Cow::Borrowed(text) => {
            let (group, version) = group_and_version(text);
            (Cow::Borrowed(group), Cow::Borrowed(version))
        }
        Cow::Owned(text) => {
            let (group, version) = group_and_version(&text);
            (Cow::Owned(group.to_owned()), Cow::Owned(version.to_owned()))
        }
    };
    let metadata = object.get("metadata").filter(|metadata| !is_null_or_empty(metadata));
    let of_metadata = |name| {
        metadata.and_then(|metadata| metadata.get(name)).filter(|field| !is_null_or_empty(field))
    };
    Id {
        group,
        version,
        kind: object.get("kind").map(Node::key_text).unwrap_or_default(),
        name: of_metadata("name").map(Node::key_text).unwrap_or_default(),
        namespace: of_metadata("namespace").map(Node::key_text).unwrap_or_default(),
    }
}

/// Whether any of an object's ids is the one that is meant.
pub(super) fn any_id<O: Object>(object: &O, is_meant: impl Fn(&Id<'_>) -> bool) -> bool {
    let mut id = current_id(object.node());
    if is_meant(&id) {
        return true;
    }
    object.previous().any(|(kind, name, namespace)| {
        id.kind = kind.into();
        id.name = name.into();
        id.namespace = namespace.into();
        is_meant(&id)
    })
}

/// An object for people: `Deployment web`.
pub(super) fn named(object: &Node) -> String {
    let id = current_id(object);
    format!("{} {}", id.kind, id.name)
}
