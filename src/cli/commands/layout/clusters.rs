//! What clusters would apply under another layout, compared with what they apply now.

use serde_json::{Value, json};

use crate::cli::commands::diff::shown::{self, ClusterDifference};
use crate::cli::commands::diff::text;
use crate::cli::failure::Failure;
use crate::cli::fleet::{self, ClusterFolder, Elsewhere, FleetFolder};
use crate::cli::ui::Ui;
use crate::diagnostic::Severity;
use crate::files::Files;
use crate::flux::{Cluster, Fleet, tell};
use crate::generate::{Generated, carried_out};
use crate::git;
use crate::package::packages;
use crate::spec::Faults;
use crate::sync::Plan;

/// The comparison for people and for machines. What clusters apply now is what the last commit says; without one, what the files say.
///
/// # Errors
/// Where what they would apply cannot be built.
pub(super) fn compare(
    ui: &Ui,
    generated: &Generated,
    plan: &Plan,
    names: &(String, String),
) -> Result<(String, Value), Failure> {
    let place = FleetFolder::find(ui, &Elsewhere::default())?;
    let head = git::Repository::open(&place.root).and_then(|git| git.revision("HEAD")).ok();
    let before_files: &dyn Files = match &head {
        Some(head) => head,
        None => &place.files,
    };
    let after_files = carried_out(&place.files, generated, plan);
    let fleet_before = place.fleet(before_files)?;
    let packages = packages(&generated.platform, &generated.layout);
    let fleet_after = place.fleet_of(&after_files, packages)?;
    let before = built(&place, &fleet_before, before_files)?;
    let after = built(&place, &fleet_after, &after_files)?;
    let (mut diagnostics, texts) = tell(&after, &|_, _| true);
    diagnostics.retain(|one| one.severity == Severity::Error);
    if !diagnostics.is_empty() {
        return Err(Faults { diagnostics, texts }.into());
    }
    let differences = shown::clusters(&before, &after);
    let data: Vec<Value> = differences.iter().map(ClusterDifference::data).collect();
    Ok((text::write(names, &differences), json!(data)))
}

fn built<'f>(
    place: &FleetFolder,
    fleet: &Fleet<'f>,
    files: &dyn Files,
) -> Result<Vec<Cluster<'f>>, Failure> {
    let folders: Vec<ClusterFolder> = place.clusters(files)?;
    fleet::build(fleet, &folders)
}
