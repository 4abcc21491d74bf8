//! `tenantry delete`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::check::objects::{Identity, on_clusters};
use crate::cli::change::{Change, Kind, existing};
use crate::cli::commands::Writing;
use crate::cli::dialogue::{Dialogue, ask};
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::diagnostic::{Code, Diagnostic};
use crate::generate::{Generated, generate};
use crate::spec::Faults;
use crate::spec::text::ClusterName;

/// More objects of a cluster than this are counted, not listed, where a person reads.
const SHOWN: usize = 30;

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

    /// The name once more; `--yes` does not stand for it.
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,

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
        let repository = Repository::find(ui)?;
        let mut dialogue = Dialogue::new(ui);
        let before = generate(&repository.disk)?;
        let file = existing(&before.platform, kind, &self.entity)?;
        refuse_references(&before, kind, &self.entity)?;
        let change = Change::delete(&repository, file, kind, &self.entity);
        let after = change.prove()?;
        let going = difference(&on_clusters(&before.tree), &on_clusters(&after.tree));
        let list = list(&going);
        let mut shown = false;
        if !self.writing.dry_run {
            match &self.confirm {
                Some(name) if *name == self.entity => {}
                None if dialogue.interactive() => {
                    ui.note(list.trim_end());
                    shown = true;
                    let words = format!("Type `{}` to delete it", self.entity);
                    dialogue.text(None, ask("--confirm", &words), None, |text: &String| {
                        if *text == self.entity {
                            Ok(())
                        } else {
                            Err(format!("it is not `{}`", self.entity))
                        }
                    })?;
                }
                _ => {
                    return Err(Failure::NotConfirmed {
                        kind: kind.as_str(),
                        name: self.entity,
                        list,
                    });
                }
            }
        }
        let plan = repository.plan(&after)?;
        let mut outcome = change.write(ui, &dialogue, &self.writing, after, &plan)?;
        if !shown {
            outcome.text.insert_str(0, &list);
        }
        let objects: BTreeMap<&str, Vec<_>> = going
            .iter()
            .map(|(cluster, objects)| {
                let objects = objects
                    .iter()
                    .map(|(object, pruned)| json!({ "object": object.to_string(), "pruned": pruned }))
                    .collect();
                (cluster.as_str(), objects)
            })
            .collect();
        outcome.data["objects"] = json!(objects);
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

type Objects = BTreeMap<ClusterName, BTreeMap<Identity, bool>>;

/// What is on the clusters before and not after.
fn difference(before: &Objects, after: &Objects) -> Objects {
    let nothing = BTreeMap::new();
    before
        .iter()
        .map(|(cluster, objects)| {
            let left = after.get(cluster).unwrap_or(&nothing);
            let gone = objects.iter().filter(|(identity, _)| !left.contains_key(*identity));
            (cluster.clone(), gone.map(|(identity, pruned)| (identity.clone(), *pruned)).collect())
        })
        .filter(|(_, objects): &(_, BTreeMap<_, _>)| !objects.is_empty())
        .collect()
}

fn list(going: &Objects) -> String {
    if going.is_empty() {
        return "No object goes from any cluster.\n".to_owned();
    }
    let mut out = String::from("These objects go:\n");
    for (cluster, objects) in going {
        let _ = writeln!(out, "\n{cluster}:");
        for (object, pruned) in objects.iter().take(SHOWN) {
            let stays =
                if *pruned { "" } else { " (stays on the cluster: its pruning is disabled)" };
            let _ = writeln!(out, "  - {object}{stays}");
        }
        if objects.len() > SHOWN {
            let _ = writeln!(out, "  … and {} more", objects.len() - SHOWN);
        }
    }
    out.push('\n');
    out
}
