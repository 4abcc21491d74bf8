//! What identifies an object: now, and before each change of its name, namespace or kind.

use crate::kustomization::Gvk;
use crate::schema::Schemas;
use crate::yaml::{Node, Value};

use super::annotation;

/// The namespace that stands for none in kustomize's comparisons of objects that have none.
pub(crate) const NOT_NAMESPACED: &str = "_non_namespaceable_";

/// Group, version, kind, name and namespace of an object (`resid.ResId`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Id {
    /// Group, version and kind.
    pub gvk: Gvk,
    /// `metadata.name`
    pub name: String,
    /// `metadata.namespace`, empty where there is none.
    pub namespace: String,
    /// Whether its kind is known to have no namespace.
    pub cluster_scoped: bool,
}

impl Id {
    /// The namespace that counts in comparisons: none for what is cluster-scoped, `default` where
    /// none is said.
    pub fn effective_namespace(&self) -> &str {
        if self.cluster_scoped {
            NOT_NAMESPACED
        } else if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }

    /// Whether two ids are the same, an empty namespace being `default`.
    pub fn same(&self, other: &Id) -> bool {
        self.name == other.name
            && self.gvk == other.gvk
            && self.effective_namespace() == other.effective_namespace()
    }
}

impl std::fmt::Display for Id {
    /// `apps/v1 Deployment shop/web`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Gvk { group, version, kind } = &self.gvk;
        if !group.is_empty() {
            write!(f, "{group}/")?;
        }
        if !version.is_empty() {
            write!(f, "{version} ")?;
        }
        write!(f, "{}", if kind.is_empty() { "(any kind)" } else { kind })?;
        write!(f, " ")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        write!(f, "{}", if self.name.is_empty() { "(any name)" } else { &self.name })
    }
}

impl Gvk {
    /// From an `apiVersion` and a kind.
    pub fn new(api_version: &str, kind: &str) -> Gvk {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Gvk { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
    }

    /// `group/version`, or the version alone in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether a selector's parts, where they are not empty, are those of this one.
    pub fn is_selected_by(&self, selector: &Gvk) -> bool {
        (selector.group.is_empty() || selector.group == self.group)
            && (selector.version.is_empty() || selector.version == self.version)
            && (selector.kind.is_empty() || selector.kind == self.kind)
    }
}

/// What an object is called now and was called before.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Now.
    pub current: Id,
    /// Before each change, the oldest first.
    pub previous: Vec<Id>,
    /// The prefixes that its name was given, the first first.
    pub prefixes: Vec<String>,
    /// The suffixes that its name was given, the first first.
    pub suffixes: Vec<String>,
    /// Whether what is kept of its previous names, namespaces and kinds does not fit together: one of them was
    /// empty, or had a comma.
    pub(crate) is_torn: bool,
}

impl Identity {
    /// Reads the identity of an object. Previous ids do not count where they do not fit together.
    pub(crate) fn of(node: &Node, schemas: &Schemas) -> Identity {
        let api_version = text_field(node, "apiVersion");
        let kind = text_field(node, "kind");
        let metadata = node.get("metadata").filter(|node| !is_empty(node));
        let meta_field = |name: &str| {
            metadata
                .and_then(|node| node.get(name))
                .filter(|node| !is_empty(node))
                .map_or_else(String::new, |node| node.key_text().into_owned())
        };
        let cluster_scoped = |kind: &str| schemas.is_cluster_scoped(&api_version, kind);
        let current = Id {
            gvk: Gvk::new(&api_version, &kind),
            name: meta_field("name"),
            namespace: meta_field("namespace"),
            cluster_scoped: cluster_scoped(&kind),
        };
        let mut identity = Identity { current, ..Identity::default() };
        let Some(annotations) = metadata.and_then(|node| node.get("annotations")) else {
            return identity;
        };
        let list = |name: &str| annotations.get(name).map(|node| node.key_text());
        if let Some(names) = list(annotation::PREVIOUS_NAMES) {
            let namespaces = list(annotation::PREVIOUS_NAMESPACES).unwrap_or_default();
            let kinds = list(annotation::PREVIOUS_KINDS).unwrap_or_default();
            let count = names.split(',').count();
            identity.is_torn =
                namespaces.split(',').count() != count || kinds.split(',').count() != count;
            if !identity.is_torn {
                let parts = names.split(',').zip(namespaces.split(',')).zip(kinds.split(','));
                identity.previous = parts
                    .map(|((name, namespace), kind)| Id {
                        gvk: Gvk { kind: kind.to_owned(), ..identity.current.gvk.clone() },
                        name: name.to_owned(),
                        namespace: namespace.to_owned(),
                        // kustomize does not look this up for previous ids.
                        cluster_scoped: false,
                    })
                    .collect();
            }
        }
        let words = |text: Option<std::borrow::Cow<'_, str>>| {
            text.map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default()
        };
        identity.prefixes = words(list(annotation::PREFIXES));
        identity.suffixes = words(list(annotation::SUFFIXES));
        identity
    }

    /// The oldest id.
    pub fn original(&self) -> &Id {
        self.previous.first().unwrap_or(&self.current)
    }

    /// All ids: the previous ones, and the current one last.
    pub fn all(&self) -> impl Iterator<Item = &Id> {
        self.previous.iter().chain(std::iter::once(&self.current))
    }
}

fn text_field(node: &Node, name: &str) -> String {
    node.get(name).map_or_else(String::new, |node| node.key_text().into_owned())
}

/// Whether kyaml takes a node for nothing: null, `{}` or `[]`.
pub(crate) fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Mapping(mapping) => mapping.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => false,
    }
}
