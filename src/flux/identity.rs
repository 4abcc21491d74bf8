//! What makes an object one on a cluster.

use std::fmt;

use kustomize::yaml::Node;

/// What makes an object one on a cluster: two of the same identity are the same object. The version of its API does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The namespace; empty for an object of the cluster, or where none is said.
    pub namespace: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The API group; empty for the core.
    pub group: String,
}

impl Identity {
    /// That of an object, as far as it says it.
    #[must_use]
    pub fn of(node: &Node) -> Self {
        let metadata = node.get("metadata");
        let text = |node: Option<&Node>| node.and_then(Node::text).unwrap_or_default().to_owned();
        let version = text(node.get("apiVersion"));
        Self {
            namespace: text(metadata.and_then(|data| data.get("namespace"))),
            kind: text(node.get("kind")),
            name: text(metadata.and_then(|data| data.get("name"))),
            group: version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, kind, name, group } = self;
        write!(f, "{kind}")?;
        if group.contains('.') {
            write!(f, ".{group}")?;
        }
        if namespace.is_empty() { write!(f, " {name}") } else { write!(f, " {namespace}/{name}") }
    }
}
