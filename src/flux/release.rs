//! Helm releases, which are named here and rendered on clusters.
//!
//! In goes an object, out come the chart and where it is from, as
//! [Flux's HelmRelease](https://fluxcd.io/flux/components/helm/helmreleases/) says it.

use kustomize::yaml::Node;

use super::kustomization::{Name, SourceName, name_of};

/// A Helm release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its name.
    pub name: Name,
    /// The chart; empty where a source is a chart itself.
    pub chart: String,
    /// The version or the range of versions; empty where the source says it.
    pub version: String,
    /// Where the chart comes from.
    pub source: Option<SourceName>,
    /// The releases that it waits for.
    pub depends_on: Vec<Name>,
    /// `spec.suspend`.
    pub suspended: bool,
}

impl Release {
    /// Reads an object; nothing if it is no HelmRelease of Flux's.
    #[must_use]
    pub fn read(node: &Node) -> Option<Self> {
        let text = |pointer: &str| node.pointer(pointer).and_then(Node::text);
        let group = text("/apiVersion")?.split_once('/').map(|(group, _)| group);
        if text("/kind") != Some("HelmRelease") || group != Some("helm.toolkit.fluxcd.io") {
            return None;
        }
        let name = name_of(node);
        let source = |reference: &str| {
            let field = |field: &str| text(&format!("{reference}/{field}"));
            let namespace = field("namespace").unwrap_or(&name.namespace);
            Some(SourceName {
                kind: field("kind")?.to_owned(),
                name: Name::new(namespace, field("name")?),
            })
        };
        let waits = node.pointer("/spec/dependsOn").and_then(Node::as_sequence);
        let waits = waits.into_iter().flatten().filter_map(|one| {
            let namespace = one.get("namespace").and_then(Node::text).unwrap_or(&name.namespace);
            Some(Name::new(namespace, one.get("name")?.text()?))
        });
        Some(Self {
            depends_on: waits.collect(),
            chart: text("/spec/chart/spec/chart").unwrap_or_default().to_owned(),
            version: text("/spec/chart/spec/version").unwrap_or_default().to_owned(),
            source: source("/spec/chartRef").or_else(|| source("/spec/chart/spec/sourceRef")),
            suspended: node.pointer("/spec/suspend").and_then(Node::as_bool).unwrap_or_default(),
            name,
        })
    }
}
