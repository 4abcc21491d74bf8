//! `tenantry set`.

use crate::cli::assignment::Assignment;
use crate::cli::change::{Change, Kind, existing};
use crate::cli::commands::Writing;
use crate::cli::dialogue::Dialogue;
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;

/// Change fields of what is described; comments and everything else stay as they are
///
/// Doing it twice changes nothing.
///
/// Examples:
///
///     tenantry set tenant team-a quota.cpu=40
///     tenantry set tenant team-a clusters.prod-eu.sources.app.git.branch=stable
///     tenantry set component cert-manager helm.version=v1.20.0 --unset environments.staging.version
///     tenantry set platform flux.version=2.9.5
#[derive(Clone, Debug, clap::Subcommand)]
#[command(verbatim_doc_comment)]
pub(crate) enum SetCommand {
    /// Change fields of `platform.yaml`
    Platform(SetPlatform),
    /// Change fields of a cluster
    Cluster(SetEntity),
    /// Change fields of a component
    Component(SetEntity),
    /// Change fields of a tenant
    Tenant(SetEntity),
    /// Change fields of a patch
    Patch(SetEntity),
}

/// Fields of `platform.yaml`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SetPlatform {
    #[command(flatten)]
    fields: Fields,
}

/// Fields of an entity.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SetEntity {
    /// Its name.
    #[arg(value_name = "NAME")]
    entity: String,

    #[command(flatten)]
    fields: Fields,
}

#[derive(Clone, Debug, clap::Args)]
struct Fields {
    /// A field and its value as YAML, such as `quota.cpu=40` or `labels."app.kubernetes.io/part-of"=shop`.
    #[arg(value_name = "PATH=VALUE", required_unless_present = "unset")]
    set: Vec<Assignment>,

    /// Take a field away, so that it is as if nobody had said it.
    #[arg(long, value_name = "PATH")]
    unset: Vec<String>,

    #[command(flatten)]
    writing: Writing,
}

impl SetCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Platform(_) => "set platform",
            Self::Cluster(_) => "set cluster",
            Self::Component(_) => "set component",
            Self::Tenant(_) => "set tenant",
            Self::Patch(_) => "set patch",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let (kind, name, fields) = match self {
            Self::Platform(args) => (Kind::Platform, None, args.fields),
            Self::Cluster(args) => (Kind::Cluster, Some(args.entity), args.fields),
            Self::Component(args) => (Kind::Component, Some(args.entity), args.fields),
            Self::Tenant(args) => (Kind::Tenant, Some(args.entity), args.fields),
            Self::Patch(args) => (Kind::Patch, Some(args.entity), args.fields),
        };
        let name = name.unwrap_or_default();
        let title = match kind {
            Kind::Platform => "Change the platform".to_owned(),
            _ => format!("Change {kind} {name}"),
        };
        set(ui, kind, &name, title, &fields.set, &fields.unset, &fields.writing)
    }
}

/// Sets and takes away fields of an entity.
pub(super) fn set(
    ui: &Ui,
    kind: Kind,
    name: &str,
    title: String,
    set: &[Assignment],
    unset: &[String],
    writing: &Writing,
) -> Result<Outcome, Failure> {
    let repository = Repository::find_to_write(ui, writing.dry_run)?;
    let mut dialogue = Dialogue::new(ui);
    let file = existing(&repository.load()?, kind, name)?;
    Change::set(&repository, file, kind, name, title, set, unset)?.carry_out(
        ui,
        &mut dialogue,
        writing,
    )
}
