//! `tenantry delete`.

use crate::cli::change::{Change, Kind, existing};
use crate::cli::commands::Writing;
use crate::cli::dialogue::Dialogue;
use crate::cli::failure::Failure;
use crate::cli::live::type_name;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::diagnostic::{Code, Diagnostic};
use crate::generate::{Generated, generate};
use crate::spec::Faults;
use crate::sync::Wishes;

/// Take a tenant, a cluster or a component out of the description
///
/// What goes is listed first, object by object on each cluster, and the name must be said again. What others still refer to is not
/// deleted: each reference is an error with its place.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum DeleteCommand {
    /// Delete a tenant
    Tenant(DeleteArgs),
    /// Delete a cluster
    Cluster(DeleteArgs),
    /// Delete a component
    Component(DeleteArgs),
}

/// What is deleted.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DeleteArgs {
    /// Its name.
    #[arg(value_name = "NAME")]
    entity: String,

    /// Delete files that were generated for it and edited by hand, too; all of them without a PATH.
    #[arg(long, value_name = "PATH", num_args = 0..)]
    discard_edits: Option<Vec<String>>,

    #[command(flatten)]
    writing: Writing,
}

impl DeleteCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "delete tenant",
            Self::Cluster(_) => "delete cluster",
            Self::Component(_) => "delete component",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::Tenant(args) => args.run(ui, Kind::Tenant),
            Self::Cluster(args) => args.run(ui, Kind::Cluster),
            Self::Component(args) => args.run(ui, Kind::Component),
        }
    }
}

impl DeleteArgs {
    fn run(self, ui: &Ui, kind: Kind) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.writing.dry_run)?;
        let mut dialogue = Dialogue::new(ui);
        let before = generate(&repository.disk)?;
        let file = existing(&before.platform, kind, &self.entity)?;
        refuse_references(&before, kind, &self.entity)?;
        let change = Change::delete(&repository, file, kind, &self.entity);
        let edits = self.discard_edits.as_deref();
        let wishes = Wishes {
            discard_edits: repository.some_paths(ui, "--discard-edits", edits)?,
            ..Wishes::default()
        };
        let mut planned = change.planned_with(&wishes)?;
        let list = planned.live.list();
        let mut confirmed = self.writing.confirm.clone();
        if !self.writing.dry_run && !confirmed.contains(&self.entity) {
            if !dialogue.interactive() || !confirmed.is_empty() {
                let name = self.entity;
                return Err(Failure::NotConfirmed { kind: kind.as_str(), name, list });
            }
            ui.note(list.trim_end());
            planned.told = true;
            type_name(&mut dialogue, &self.entity)?;
            confirmed.push(self.entity.clone());
        }
        let objects = planned.live.data();
        let mut outcome = change.write(ui, &mut dialogue, &self.writing, planned, &confirmed)?;
        outcome.data["objects"] = objects;
        Ok(outcome)
    }
}

/// What others still name is not deleted: each place is told.
fn refuse_references(generated: &Generated, kind: Kind, name: &str) -> Result<(), Failure> {
    let diagnostics: Vec<Diagnostic> = generated
        .platform
        .references_to(kind, name)
        .into_iter()
        .map(|mention| {
            Diagnostic::error(
                Code::UnknownReference,
                format!("{kind} `{name}` cannot go: it is named in {}", mention.file),
            )
            .at(mention.place)
            .label("here")
            .help("take it out there first")
        })
        .collect();
    if diagnostics.is_empty() {
        return Ok(());
    }
    Err(Faults { diagnostics, texts: generated.platform.texts.clone() }.into())
}
