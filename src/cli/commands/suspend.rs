//! `tenantry suspend` and `tenantry resume`.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::assignment::Assignment;
use crate::cli::change::Kind;
use crate::cli::commands::{Writing, set};
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::ui::Ui;
use crate::spec::text::{ClusterName, EnvironmentName};

/// Leave what is on the clusters as it is: Flux stops to reconcile it
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum SuspendCommand {
    /// Suspend a tenant: its sources and Flux Kustomizations, image automation, alerts and receivers
    Tenant(Suspended),
    /// Suspend a component
    Component(Suspended),
    /// Suspend every tenant and component of a cluster that does not say otherwise itself
    Cluster(SuspendedCluster),
}

/// Let Flux reconcile again
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum ResumeCommand {
    /// Resume a tenant
    Tenant(Suspended),
    /// Resume a component
    Component(Suspended),
    /// Resume a cluster's tenants and components
    Cluster(SuspendedCluster),
}

/// What is suspended or resumed, and where.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Suspended {
    /// Its name.
    #[arg(value_name = "NAME")]
    entity: String,

    /// On this cluster only.
    #[arg(long, value_name = "CLUSTER", conflicts_with = "environment")]
    cluster: Option<ClusterName>,

    /// In this environment only.
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<EnvironmentName>,

    #[command(flatten)]
    writing: Writing,
}

/// A cluster whose tenants and components are suspended or resumed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SuspendedCluster {
    /// Its name.
    #[arg(value_name = "NAME")]
    entity: String,

    #[command(flatten)]
    writing: Writing,
}

impl SuspendCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "suspend tenant",
            Self::Component(_) => "suspend component",
            Self::Cluster(_) => "suspend cluster",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::Tenant(args) => args.run(ui, Kind::Tenant, true),
            Self::Component(args) => args.run(ui, Kind::Component, true),
            Self::Cluster(args) => args.run(ui, true),
        }
    }
}

impl ResumeCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "resume tenant",
            Self::Component(_) => "resume component",
            Self::Cluster(_) => "resume cluster",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::Tenant(args) => args.run(ui, Kind::Tenant, false),
            Self::Component(args) => args.run(ui, Kind::Component, false),
            Self::Cluster(args) => args.run(ui, false),
        }
    }
}

impl Suspended {
    fn run(self, ui: &Ui, kind: Kind, suspend: bool) -> Result<Outcome, Failure> {
        let (field, place) = match (&self.cluster, &self.environment) {
            (Some(cluster), _) => (format!("clusters.{cluster}.suspend"), format!(" on {cluster}")),
            (None, Some(environment)) => {
                (format!("environments.{environment}.suspend"), format!(" in {environment}"))
            }
            (None, None) => ("suspend".to_owned(), String::new()),
        };
        let anywhere = place.is_empty();
        let title = format!("{} {kind} {}{place}", verb(suspend), self.entity);
        // What nobody suspends runs; in one place it may have to be said against what is said for all.
        let (fields, unset) = if suspend || !anywhere {
            (vec![Assignment { path: field, text: suspend.to_string() }], Vec::new())
        } else {
            (Vec::new(), vec![field])
        };
        let outcome = set::set(ui, kind, &self.entity, title, &fields, &unset, &self.writing)?;
        Ok(if suspend { goes_on(outcome, kind) } else { outcome })
    }
}

/// Says what a suspension does not stop.
fn goes_on(mut outcome: Outcome, kind: Kind) -> Outcome {
    let (stops, goes_on): (&str, &[&str]) = match kind {
        Kind::Tenant => (
            "its sources, its Flux Kustomizations, its image automation, alerts and receivers",
            &[
                "what runs in its namespaces",
                "what its repository brought for Flux to do, such as HelmReleases: suspend that there",
                "the platform's objects for it: namespaces, rights, quotas and network policies are kept as they are described",
            ],
        ),
        Kind::Component => (
            "its Flux Kustomization and what that applies for it",
            &["what is installed", "what depends on it, as long as it was ready before"],
        ),
        Kind::Cluster | Kind::Platform | Kind::Patch => (
            "the tenants and components of the cluster that do not say otherwise",
            &["what runs", "the platform's own objects: rights, policies, and Flux itself"],
        ),
    };
    outcome.data["stops"] = json!(stops);
    outcome.data["goesOn"] = json!(goes_on);
    let _ = write!(outcome.text, "\nIt stops {stops}. What goes on:\n\n");
    for one in goes_on {
        let _ = writeln!(outcome.text, "  - {one}");
    }
    outcome
}

impl SuspendedCluster {
    fn run(self, ui: &Ui, suspend: bool) -> Result<Outcome, Failure> {
        let paths = ["defaults.tenant.suspend", "defaults.component.suspend"];
        let title = format!("{} cluster {}", verb(suspend), self.entity);
        let (fields, unset) = if suspend {
            let fields =
                paths.map(|path| Assignment { path: path.to_owned(), text: "true".to_owned() });
            (fields.to_vec(), Vec::new())
        } else {
            (Vec::new(), paths.map(str::to_owned).to_vec())
        };
        let outcome =
            set::set(ui, Kind::Cluster, &self.entity, title, &fields, &unset, &self.writing)?;
        Ok(if suspend { goes_on(outcome, Kind::Cluster) } else { outcome })
    }
}

fn verb(suspend: bool) -> &'static str {
    if suspend { "Suspend" } else { "Resume" }
}
