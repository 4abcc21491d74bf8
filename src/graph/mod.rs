//! The fleet as a picture: clusters, what runs on them and in which order, tenants and their sources.
//!
//! In go clusters with nodes and the edges between them; out comes text: Mermaid for a README, DOT for Graphviz, SVG for a wiki, and
//! a page for whoever asks what waits for what. The same graph gives the same bytes. A label is any text and is never taken for markup.
//!
//! Mermaid, DOT and SVG are pictures that somebody looks at as a whole, so what is alike is folded there ("37 tenants"), and an edge
//! that longer ways say already is left out; the page has everything. Nothing here knows where the graph comes from, or does I/O.
//!
//! An edge is drawn from what comes first to what comes after it, whatever way it is said in Flux: there is one order to read, from
//! left to right, and "blocks" is to follow it. <https://fluxcd.io/flux/components/kustomize/kustomizations/#dependencies>

mod dot;
mod fold;
mod layout;
mod mermaid;
mod order;
mod page;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

pub use self::dot::dot;
pub use self::mermaid::mermaid;
use self::order::Order;
pub use self::page::html;
pub use self::svg::svg;
pub use self::text::xml;

/// A fleet, or the part of it that is to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// What stands above the picture.
    pub title: String,
    /// The clusters, in the order in which they are shown.
    pub clusters: Vec<Cluster>,
}

/// A cluster with what is on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// The environment that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What is on it, in the order in which it is shown where nothing else decides.
    pub nodes: Vec<Node>,
    /// How that hangs together. An edge is left out if one of its nodes is not there; where that is a fault, add a node that is
    /// [`State::Broken`].
    pub edges: Vec<Edge>,
}

/// Something that Flux reconciles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Unique in its cluster: `kustomization/flux-system/tenancy`. Of two nodes with one id, edges mean the first.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// What is written on it.
    pub label: String,
    /// What it belongs to and is folded together with: a tenant, or the infrastructure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What is shown when asked: `path`, `revision`, `namespace`, `interval`, in this order.
    pub facts: Vec<(String, String)>,
    /// How it is.
    pub state: State,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// A Flux Kustomization.
    Kustomization,
    /// A package of the infrastructure.
    Component,
    /// A tenant. A group that has one is a tenant's.
    Tenant,
    /// Where content comes from: a repository, a bucket, a registry.
    Source,
    /// A Helm release.
    HelmRelease,
    /// A ResourceSet of the Flux operator.
    ResourceSet,
}

/// How a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is reconciled.
    #[default]
    Active,
    /// It is suspended: what it stands for stays as it is.
    Suspended,
    /// Its content comes from another repository, and is not shown.
    Elsewhere,
    /// It cannot become ready: what it names is missing, say.
    Broken,
}

/// How two nodes of a cluster hang together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// The id of the node that says it.
    pub from: String,
    /// The id of the node that it is said about.
    pub to: String,
    /// What is said.
    pub kind: EdgeKind,
}

/// What an edge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeKind {
    /// The content of `from` contains `to`.
    Applies,
    /// `from` waits for `to`.
    DependsOn,
    /// `from` takes its content from `to`.
    Source,
}

impl NodeKind {
    /// All of them, in the order of a legend.
    pub const ALL: [Self; 6] = [
        Self::Kustomization,
        Self::Component,
        Self::Tenant,
        Self::Source,
        Self::HelmRelease,
        Self::ResourceSet,
    ];

    /// Its name for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Kustomization => "Kustomization",
            Self::Component => "component",
            Self::Tenant => "tenant",
            Self::Source => "source",
            Self::HelmRelease => "HelmRelease",
            Self::ResourceSet => "ResourceSet",
        }
    }

    /// Its name in classes and data.
    fn key(self) -> &'static str {
        match self {
            Self::Kustomization => "kustomization",
            Self::HelmRelease => "helmrelease",
            Self::ResourceSet => "resourceset",
            Self::Component | Self::Tenant | Self::Source => self.word(),
        }
    }
}

impl State {
    /// All of them, in the order of a legend.
    pub const ALL: [Self; 4] = [Self::Active, Self::Suspended, Self::Elsewhere, Self::Broken];

    /// Its name, for people and in data.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Elsewhere => "elsewhere",
            Self::Broken => "broken",
        }
    }
}

impl Edge {
    /// The ids of what comes first and of what comes after it: a dependency before what waits for it, a source before what takes
    /// its content, what applies before what it applies.
    #[must_use]
    pub fn order(&self) -> (&str, &str) {
        match self.kind {
            EdgeKind::Applies => (&self.from, &self.to),
            EdgeKind::DependsOn | EdgeKind::Source => (&self.to, &self.from),
        }
    }
}

impl Cluster {
    /// Everything that stands still while a node is not ready, near or far, in the order of the nodes and without
    /// itself. Empty if there is no such node.
    #[must_use]
    pub fn blocks(&self, id: &str) -> Vec<&Node> {
        self.reached(id, |order| &order.after)
    }

    /// Everything that has to be ready before a node can be, near or far; as [`Cluster::blocks`] otherwise.
    #[must_use]
    pub fn waits_for(&self, id: &str) -> Vec<&Node> {
        self.reached(id, |order| &order.before)
    }

    /// The nodes that wait for each other, circle by circle: none of them can ever become ready.
    #[must_use]
    pub fn circles(&self) -> Vec<Vec<&Node>> {
        let pairs = self.pairs();
        let mut circles: BTreeMap<usize, Vec<&Node>> = BTreeMap::new();
        for (node, circle) in self.nodes.iter().zip(stuck(&self.order(&pairs), &pairs)) {
            if let Some(circle) = circle {
                circles.entry(circle).or_default().push(node);
            }
        }
        circles.into_values().collect()
    }

    fn reached(&self, id: &str, way: fn(&Order) -> &Vec<Vec<usize>>) -> Vec<&Node> {
        let Some(start) = self.nodes.iter().position(|node| node.id == id) else {
            return Vec::new();
        };
        let order = self.order(&self.pairs());
        order::reached(way(&order), start).into_iter().map(|at| &self.nodes[at]).collect()
    }

    fn order(&self, pairs: &[Pair]) -> Order {
        Order::new(self.nodes.len(), pairs.iter().map(|&(first, then, _)| (first, then)))
    }

    /// The edges as places of nodes: what comes first, what comes after it, and why.
    fn pairs(&self) -> Vec<Pair> {
        let mut places = HashMap::with_capacity(self.nodes.len());
        for (at, node) in self.nodes.iter().enumerate() {
            places.entry(node.id.as_str()).or_insert(at);
        }
        let pair = |edge: &Edge| {
            let (first, then) = edge.order();
            Some((*places.get(first)?, *places.get(then)?, edge.kind))
        };
        self.edges.iter().filter_map(pair).collect()
    }
}

/// The places of what comes first and of what comes after it, and why it does.
type Pair = (usize, usize, EdgeKind);

/// For each node the circle that it is stuck in.
fn stuck(order: &Order, pairs: &[Pair]) -> Vec<Option<usize>> {
    let waits = pairs.iter().filter(|(_, _, kind)| *kind == EdgeKind::DependsOn);
    order.stuck(waits.map(|&(first, then, _)| (first, then)))
}
