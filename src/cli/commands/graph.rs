//! `tenantry graph`.

use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::fleet::{self, ClusterFolder, Elsewhere, FleetFolder, Tenants};
use crate::cli::outcome::Outcome;
use crate::cli::report::Format;
use crate::cli::repository::PLATFORM_FILE;
use crate::cli::ui::Ui;
use crate::diagnostic::Severity;
use crate::files::Files;
use crate::flux::release::Release;
use crate::flux::{Applier, Cluster, Content, Name, SourceName, What, tell};
use crate::graph::{self, Edge, EdgeKind, Graph, Node, NodeKind, State};

/// The forms in which it can answer.
pub(super) const FORMS: &[Format] =
    &[Format::Text, Format::Mermaid, Format::Dot, Format::Svg, Format::Html, Format::Json];

/// Draw the fleet: clusters, components and their order, tenants and their sources, with what blocks what
///
/// `--output mermaid` (which is what comes without it) is for a README or a wiki, `dot` for Graphviz, `svg` is an image, `html` one page that needs
/// nothing else, with search and folding. Of many tenants that are alike, all but the page draw one.
#[derive(Debug, clap::Args)]
pub(crate) struct GraphArgs {
    /// Only this cluster. May be given several times.
    #[arg(long, value_name = "CLUSTER")]
    cluster: Vec<String>,

    #[command(flatten)]
    elsewhere: Elsewhere,
}

impl GraphArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let place = FleetFolder::find(ui, &self.elsewhere)?;
        let folders = place.select(&place.files, &self.cluster)?;
        let fleet = place.fleet(&place.files)?;
        let clusters = fleet::build(&fleet, &folders)?;
        fleet::warn_of_unused(ui, &fleet);
        let graph = Graph {
            title: title(&place.files),
            clusters: clusters
                .iter()
                .zip(&folders)
                .map(|(cluster, folder)| draw(cluster, environment(&place.files, folder)))
                .collect(),
        };
        // A picture of what is broken shows it; so what is wrong is told, and does not keep it from being drawn.
        let (mut diagnostics, texts) = tell(&clusters, &|_, _| true);
        diagnostics.retain(|one| one.severity == Severity::Error);
        for one in &mut diagnostics {
            one.severity = Severity::Warning;
        }
        let text = match ui.format {
            Format::Dot => graph::dot(&graph),
            Format::Svg => graph::svg(&graph),
            Format::Html => graph::html(&graph),
            _ => graph::mermaid(&graph),
        };
        let data = match ui.format {
            Format::Json => json!(graph),
            _ => serde_json::Value::Null,
        };
        Ok(Outcome::answer(text, data).with_diagnostics(diagnostics, texts))
    }
}

fn title(files: &dyn Files) -> String {
    fleet::said(files, PLATFORM_FILE, "/name").unwrap_or_else(|| "fleet".to_owned())
}

fn environment(files: &dyn Files, cluster: &ClusterFolder) -> Option<String> {
    fleet::said(files, &format!("platform/clusters/{}.yaml", cluster.name), "/environment")
}

/// What is drawn of a cluster.
fn draw(cluster: &Cluster<'_>, environment: Option<String>) -> graph::Cluster {
    let tenants = Tenants::of(cluster);
    let broken: Vec<usize> = cluster
        .findings
        .iter()
        .filter(|(_, finding)| finding.severity == Severity::Error)
        .filter_map(|(at, _)| *at)
        .collect();
    let own = cluster.appliers.first().and_then(|one| one.what.kustomization());
    let own = own.map(crate::flux::Kustomization::source);
    let mut drawn = Drawn { nodes: Vec::new(), edges: Vec::new() };
    for (at, applier) in cluster.appliers.iter().enumerate() {
        let tenant = tenants.of_applier(cluster, at);
        drawn.applier(cluster, at, applier, tenant, broken.contains(&at), own.as_ref());
    }
    for (name, source) in &cluster.sources {
        let mut facts = vec![("namespace".to_owned(), name.name.namespace.clone())];
        facts.push(("url".to_owned(), source.url.clone()));
        facts.push(("revision".to_owned(), source.revision.clone()));
        drawn.nodes.push(Node {
            id: source_id(name),
            kind: NodeKind::Source,
            label: name.name.name.clone(),
            group: match tenants.of_namespace(&name.name.namespace) {
                Some(tenant) => Some(tenant.to_owned()),
                // The repository itself belongs to nobody.
                None => (own.as_ref() != Some(name)).then(|| INFRASTRUCTURE.to_owned()),
            },
            facts: filled(facts),
            state: if source.suspended { State::Suspended } else { State::Active },
        });
    }
    for (at, applier) in cluster.appliers.iter().enumerate() {
        for object in applier.objects() {
            if let Some(release) = Release::read(&object.node) {
                let group = tenants.owner(object).map(str::to_owned);
                drawn.release(&release, group.or_else(|| infrastructure(at)), applier);
            }
        }
    }
    graph::Cluster {
        name: cluster.name.clone(),
        environment,
        nodes: drawn.nodes,
        edges: drawn.edges,
    }
}

/// The group of what is neither a tenant's nor the first that a cluster has.
const INFRASTRUCTURE: &str = "infrastructure";

/// The group of an applier that is no tenant's.
fn infrastructure(at: usize) -> Option<String> {
    (at > 0).then(|| INFRASTRUCTURE.to_owned())
}

fn applier_id(what: &What) -> String {
    format!("{}/{}", what.kind().to_lowercase(), what.name())
}

fn source_id(name: &SourceName) -> String {
    format!("source/{name}")
}

/// Facts without those that say nothing.
fn filled(facts: Vec<(String, String)>) -> Vec<(String, String)> {
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

struct Drawn {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

impl Drawn {
    fn edge(&mut self, from: &str, to: String, kind: EdgeKind) {
        self.edges.push(Edge { from: from.to_owned(), to, kind });
    }

    fn applier(
        &mut self,
        cluster: &Cluster<'_>,
        at: usize,
        applier: &Applier<'_>,
        tenant: Option<&str>,
        broken: bool,
        own: Option<&SourceName>,
    ) {
        let id = applier_id(&applier.what);
        let name = applier.what.name();
        let fact = |name: &str, value: String| (name.to_owned(), value);
        let mut facts = vec![fact("namespace", name.namespace.clone())];
        if let Some(kustomization) = applier.what.kustomization() {
            let source = kustomization.source();
            facts.push(fact("path", kustomization.spec.path.clone()));
            facts.push(fact("source", source.to_string()));
            facts.push(fact("prune", kustomization.spec.prune.to_string()));
            for name in kustomization.dependencies() {
                self.edge(&id, format!("kustomization/{name}"), EdgeKind::DependsOn);
            }
            // That everything comes from the repository itself, goes without saying.
            if own != Some(&source) {
                self.edge(&id, source_id(&source), EdgeKind::Source);
            }
        }
        if matches!(applier.content, Content::Built { .. }) {
            facts.push(fact("objects", applier.objects().len().to_string()));
        }
        if let Some(owner) = applier.owner {
            let owner = applier_id(&cluster.appliers[owner].what);
            self.edge(&owner, id.clone(), EdgeKind::Applies);
        }
        let at_top = applier.owner == Some(0);
        let (kind, group) = match (&applier.what, tenant) {
            (What::ResourceSet(..), tenant) => {
                (NodeKind::ResourceSet, tenant.map(str::to_owned).or_else(|| infrastructure(at)))
            }
            (_, Some(tenant)) if at_top => (NodeKind::Tenant, Some(tenant.to_owned())),
            (_, Some(tenant)) => (NodeKind::Kustomization, Some(tenant.to_owned())),
            (_, None) if at_top => (NodeKind::Component, infrastructure(at)),
            (_, None) => (NodeKind::Kustomization, infrastructure(at)),
        };
        let state = match &applier.content {
            _ if broken => State::Broken,
            _ if applier.is_suspended() => State::Suspended,
            Content::Elsewhere | Content::Asks(_) => State::Elsewhere,
            Content::Built { .. } => State::Active,
        };
        self.nodes.push(Node {
            id,
            kind,
            label: name.name.clone(),
            group,
            facts: filled(facts),
            state,
        });
    }

    fn release(&mut self, release: &Release, group: Option<String>, applier: &Applier<'_>) {
        let Name { namespace, name } = &release.name;
        let id = format!("helmrelease/{}", release.name);
        let facts = vec![
            ("namespace".to_owned(), namespace.clone()),
            ("chart".to_owned(), release.chart.clone()),
            ("version".to_owned(), release.version.clone()),
            (
                "source".to_owned(),
                release.source.as_ref().map(ToString::to_string).unwrap_or_default(),
            ),
        ];
        self.edge(&applier_id(&applier.what), id.clone(), EdgeKind::Applies);
        if let Some(source) = &release.source {
            self.edge(&id, source_id(source), EdgeKind::Source);
        }
        for name in &release.depends_on {
            self.edge(&id, format!("helmrelease/{name}"), EdgeKind::DependsOn);
        }
        self.nodes.push(Node {
            id,
            kind: NodeKind::HelmRelease,
            label: name.clone(),
            group,
            facts: filled(facts),
            state: if release.suspended { State::Suspended } else { State::Active },
        });
    }
}
