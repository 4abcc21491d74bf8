//! The fleet as the description has it, for a README.
//!
//! In goes the description, out comes a Mermaid flowchart: clusters, their components and the order of these. Tenants are one box a
//! cluster: a picture that changed with each of them would be where two branches that add one do not merge. What clusters really
//! apply, sources included, `tenantry graph` draws.

use crate::graph::{self, Cluster, Edge, EdgeKind, Graph, Node, NodeKind, State};
use crate::spec::platform::PolicyEngine;
use crate::spec::text::ClusterName;
use crate::spec::{Platform, Scope};

/// The box of all tenants of a cluster.
const TENANTS: &str = "tenants";

/// Draws the clusters of a platform.
pub(super) fn mermaid(platform: &Platform) -> String {
    let clusters = platform.clusters.keys().map(|name| cluster(platform, name)).collect();
    graph::mermaid(&Graph { title: platform.settings.name.to_string(), clusters })
}

fn cluster(platform: &Platform, name: &ClusterName) -> Cluster {
    let mut nodes = Vec::new();
    let mut edges = Vec::new();
    let node = |label: &str, kind| Node {
        id: label.to_owned(),
        kind,
        label: label.to_owned(),
        group: None,
        facts: Vec::new(),
        state: State::Active,
    };
    let waits = |from: &str, to: &str| Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        kind: EdgeKind::DependsOn,
    };
    for (component, entity) in &platform.components {
        let here = entity.at_cluster(name);
        if !here.enabled {
            continue;
        }
        nodes.push(node(component.as_str(), NodeKind::Component));
        let needs = platform.needs_of(component, Scope::Cluster(name));
        edges.extend(needs.into_iter().map(|other| waits(component.as_str(), other.as_str())));
    }
    let mut before = Vec::new();
    if platform.settings.policies.engine != PolicyEngine::None {
        nodes.push(node("policies", NodeKind::Component));
        before.push("policies");
        if platform.settings.policies.engine == PolicyEngine::Kyverno {
            edges.push(waits("policies", "kyverno"));
        }
    }
    nodes.push(node("tenancy", NodeKind::Component));
    before.push("tenancy");
    // Also where there is none yet, so that the first one does not change the picture either.
    nodes.push(node(TENANTS, NodeKind::Tenant));
    edges.extend(before.into_iter().map(|other| waits(TENANTS, other)));
    let entity = &platform.clusters[name].base;
    Cluster {
        name: platform.known_as(name).to_owned(),
        environment: Some(entity.environment.to_string()),
        nodes,
        edges,
    }
}
