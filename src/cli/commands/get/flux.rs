//! `tenantry get kustomization|source|release|image`: what clusters would have, from the repository.

use std::collections::{BTreeMap, BTreeSet};

use kustomize::yaml::{Node, Value as Yaml};
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::fleet::{self, Elsewhere, FleetFolder, Tenants};
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::table::{draw, list};
use crate::cli::ui::Ui;
use crate::diagnostic::Severity;
use crate::flux::release::Release;
use crate::flux::{Applier, Cluster, Content, tell};

/// Of which clusters.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GetFlux {
    /// Only this cluster. May be given several times.
    #[arg(long, value_name = "CLUSTER")]
    cluster: Vec<String>,

    /// Only what belongs to this tenant.
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,

    #[command(flatten)]
    elsewhere: Elsewhere,
}

/// What is listed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Listed {
    Kustomizations,
    Sources,
    Releases,
    Images,
}

/// A line of a table, and the same for machines.
struct Line {
    cells: Vec<String>,
    data: Value,
    name: String,
}

impl GetFlux {
    pub(super) fn run(
        self,
        ui: &Ui,
        repository: Repository,
        listed: Listed,
    ) -> Result<Outcome, Failure> {
        let place = FleetFolder::of(ui, repository, &self.elsewhere)?;
        let folders = place.select(&place.files, &self.cluster)?;
        let fleet = place.fleet(&place.files)?;
        let clusters = fleet::build(&fleet, &folders)?;
        fleet::warn_of_unused(ui, &fleet);
        let (header, nothing, lines): (&[&str], _, Vec<Line>) = match listed {
            Listed::Kustomizations => (
                &["CLUSTER", "KUSTOMIZATION", "PATH", "SOURCE", "OBJECTS", "DEPENDS ON", "STATE"],
                "No Kustomizations.",
                self.each(&clusters, Self::kustomizations),
            ),
            Listed::Sources => (
                &["CLUSTER", "SOURCE", "URL", "REVISION", "STATE"],
                "No sources.",
                self.each(&clusters, Self::sources),
            ),
            Listed::Releases => (
                &["CLUSTER", "RELEASE", "CHART", "VERSION", "SOURCE", "STATE"],
                "No Helm releases.",
                self.each(&clusters, Self::releases),
            ),
            Listed::Images => {
                (&["IMAGE", "CLUSTERS", "OBJECTS"], "No images.", self.images(&clusters))
            }
        };
        if let Some(tenant) = self.tenant.as_ref().filter(|_| lines.is_empty()) {
            let all = clusters.iter().map(Tenants::of);
            let mut known: Vec<String> =
                all.flat_map(|all| all.names().map(str::to_owned).collect::<Vec<_>>()).collect();
            known.sort();
            known.dedup();
            if !known.contains(tenant) {
                return Err(Failure::Unknown { kind: "tenant", name: tenant.clone(), known });
            }
        }
        // A list of what there is, is no judgement: what is broken is told, and the rest is listed.
        let (mut diagnostics, texts) = tell(&clusters, &|_, _| true);
        diagnostics.retain(|one| one.severity == Severity::Error);
        for one in &mut diagnostics {
            one.severity = Severity::Warning;
        }
        let rows: Vec<Vec<String>> = lines.iter().map(|line| line.cells.clone()).collect();
        let names = lines.iter().map(|line| line.name.clone());
        let data: Vec<Value> = lines.iter().map(|line| line.data.clone()).collect();
        Ok(Outcome::answer(draw(header, &rows, nothing), data.into())
            .named(names)
            .with_diagnostics(diagnostics, texts))
    }

    fn each(
        &self,
        clusters: &[Cluster<'_>],
        lines: fn(&Self, &Cluster<'_>, &Tenants) -> Vec<Line>,
    ) -> Vec<Line> {
        clusters.iter().flat_map(|cluster| lines(self, cluster, &Tenants::of(cluster))).collect()
    }

    fn wants(&self, tenant: Option<&str>) -> bool {
        self.tenant.is_none() || self.tenant.as_deref() == tenant
    }

    fn kustomizations(&self, cluster: &Cluster<'_>, tenants: &Tenants) -> Vec<Line> {
        let all = cluster.appliers.iter().enumerate();
        let line = |(at, applier): (usize, &Applier<'_>)| {
            let kustomization = applier.what.kustomization()?;
            let tenant = tenants.of_applier(cluster, at);
            if !self.wants(tenant) {
                return None;
            }
            let name = applier.what.name();
            let waits: Vec<String> =
                kustomization.dependencies().map(|name| name.to_string()).collect();
            let broken = cluster
                .findings
                .iter()
                .any(|(of, finding)| *of == Some(at) && finding.severity == Severity::Error);
            let state = match &applier.content {
                _ if broken => "broken",
                _ if cluster.is_suspended(at) => "suspended",
                Content::Elsewhere | Content::Asks(_) => "elsewhere",
                Content::Built { .. } => "here",
            };
            let objects = match &applier.content {
                Content::Built { built, .. } => Some(built.objects.len()),
                _ => None,
            };
            let source = kustomization.source();
            let path = &kustomization.spec.path;
            Some(Line {
                cells: vec![
                    cluster.name.clone(),
                    name.to_string(),
                    if path.is_empty() { "./".to_owned() } else { path.clone() },
                    source.to_string(),
                    objects.map_or_else(|| "-".to_owned(), |count| count.to_string()),
                    list(&waits),
                    state.to_owned(),
                ],
                data: json!({
                    "cluster": cluster.name,
                    "namespace": name.namespace,
                    "name": name.name,
                    "path": path,
                    "source": source,
                    "objects": objects,
                    "dependsOn": waits,
                    "tenant": tenant,
                    "prune": kustomization.spec.prune,
                    "state": state,
                }),
                name: format!("kustomization/{name}"),
            })
        };
        all.filter_map(line).collect()
    }

    fn sources(&self, cluster: &Cluster<'_>, tenants: &Tenants) -> Vec<Line> {
        let here: BTreeSet<_> = cluster
            .appliers
            .iter()
            .filter(|one| matches!(one.content, Content::Built { .. }))
            .filter_map(|one| Some(one.what.kustomization()?.source()))
            .collect();
        let all = cluster
            .sources
            .values()
            .filter(|source| self.wants(tenants.of_namespace(&source.name.name.namespace)));
        let line = |source: &crate::flux::Source| {
            let state = match (source.suspended, here.contains(&source.name)) {
                (true, _) => "suspended",
                (false, true) => "here",
                (false, false) => "elsewhere",
            };
            let dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
            Line {
                cells: vec![
                    cluster.name.clone(),
                    source.name.to_string(),
                    dash(&source.url),
                    dash(&source.revision),
                    state.to_owned(),
                ],
                data: json!({
                    "cluster": cluster.name,
                    "kind": source.name.kind,
                    "namespace": source.name.name.namespace,
                    "name": source.name.name.name,
                    "url": source.url,
                    "revision": source.revision,
                    "tenant": tenants.of_namespace(&source.name.name.namespace),
                    "state": state,
                }),
                name: format!("{}/{}", source.name.kind.to_lowercase(), source.name.name),
            }
        };
        all.map(line).collect()
    }

    fn releases(&self, cluster: &Cluster<'_>, tenants: &Tenants) -> Vec<Line> {
        let all = cluster.objects().filter(|(_, object)| self.wants(tenants.owner(object)));
        let line = |(_, object): (&Applier<'_>, &crate::flux::build::Object)| {
            let release = Release::read(&object.node)?;
            let dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
            let source = release.source.as_ref().map(ToString::to_string).unwrap_or_default();
            let state = if release.suspended { "suspended" } else { "active" };
            Some(Line {
                cells: vec![
                    cluster.name.clone(),
                    release.name.to_string(),
                    dash(&release.chart),
                    dash(&release.version),
                    dash(&source),
                    state.to_owned(),
                ],
                data: json!({
                    "cluster": cluster.name,
                    "namespace": release.name.namespace,
                    "name": release.name.name,
                    "chart": release.chart,
                    "version": release.version,
                    "source": release.source,
                    "tenant": tenants.owner(object),
                    "dependsOn": release.depends_on.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "state": state,
                }),
                name: format!("helmrelease/{}", release.name),
            })
        };
        all.filter_map(line).collect()
    }

    /// The images of containers, each with where it runs. What charts bring, clusters alone know.
    fn images(&self, clusters: &[Cluster<'_>]) -> Vec<Line> {
        let mut images: BTreeMap<String, (BTreeSet<&str>, BTreeSet<String>)> = BTreeMap::new();
        for cluster in clusters {
            let tenants = Tenants::of(cluster);
            for (_, object) in cluster.objects() {
                if self.wants(tenants.owner(object)) {
                    gather(&object.node, &mut |image| {
                        let (names, objects) = images.entry(image.to_owned()).or_default();
                        names.insert(&cluster.name);
                        objects.insert(object.identity.to_string());
                    });
                }
            }
        }
        let lines = images.into_iter().map(|(image, (clusters, objects))| Line {
            cells: vec![image.clone(), list(clusters.iter()), list(objects.iter())],
            data: json!({ "image": image, "clusters": clusters, "objects": objects }),
            name: image,
        });
        lines.collect()
    }
}

/// The images of the containers of an object, however deep its pod template lies.
fn gather<'n>(node: &'n Node, found: &mut dyn FnMut(&'n str)) {
    match &node.value {
        Yaml::Mapping(fields) => {
            for (key, value) in fields.iter() {
                let containers = matches!(
                    key.as_str(),
                    Some("containers" | "initContainers" | "ephemeralContainers")
                );
                for item in value.as_sequence().filter(|_| containers).unwrap_or_default() {
                    if let Some(image) = item.get("image").and_then(Node::as_str) {
                        found(image);
                    }
                }
                gather(value, found);
            }
        }
        Yaml::Sequence(items) => items.iter().for_each(|item| gather(item, found)),
        _ => {}
    }
}
