//! Which objects of a cluster belong to which tenant.
//!
//! In goes a cluster with what it applies; out comes the tenant of an object, of a namespace or of an applier, as Flux's own label says
//! it. Nothing here knows of the description.

use std::collections::BTreeMap;

use kustomize::yaml::Node;

use super::build::Object;
use super::cluster::Cluster;
use super::identity::Identity;

/// Which objects belong to which tenant: those in its namespaces, and those of Kustomizations with its label.
#[derive(Clone, Debug)]
pub struct Tenants {
    /// The tenant of each namespace.
    namespaces: BTreeMap<String, String>,
}

/// The label by which Flux knows what belongs to a tenant.
const TENANT: &str = "toolkit.fluxcd.io/tenant";

impl Tenants {
    /// The tenants of a cluster.
    #[must_use]
    pub fn of(cluster: &Cluster<'_>) -> Self {
        let namespaces = cluster.objects().filter(|(_, object)| {
            object.identity.kind == "Namespace" && object.identity.group.is_empty()
        });
        let namespaces = namespaces.filter_map(|(_, object)| {
            Some((object.identity.name.clone(), label(&object.node)?.to_owned()))
        });
        Self { namespaces: namespaces.collect() }
    }

    /// The tenant that an object belongs to.
    #[must_use]
    pub fn owner<'t>(&'t self, object: &'t Object) -> Option<&'t str> {
        self.tenant(&object.identity, &object.node)
    }

    /// The same, by what an object says.
    #[must_use]
    pub fn tenant<'t>(&'t self, identity: &Identity, node: &'t Node) -> Option<&'t str> {
        label(node).or_else(|| self.namespaces.get(&identity.namespace).map(String::as_str))
    }

    /// The tenant that a namespace belongs to.
    #[must_use]
    pub fn of_namespace(&self, namespace: &str) -> Option<&str> {
        self.namespaces.get(namespace).map(String::as_str)
    }

    /// The tenant that an applier belongs to: its own object says so, or the namespace that it lies in.
    #[must_use]
    pub fn of_applier<'t>(&'t self, cluster: &'t Cluster<'_>, at: usize) -> Option<&'t str> {
        self.owner(cluster.own_object(at)?)
    }

    /// The tenants that there are.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.namespaces.values().map(String::as_str)
    }
}

fn label(node: &Node) -> Option<&str> {
    node.get("metadata")?.get("labels")?.get(TENANT)?.text()
}
