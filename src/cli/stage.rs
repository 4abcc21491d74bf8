//! Changes that take two commits: the first one makes what runs safe, and the second one waits until clusters have it.
//!
//! What is in between is in the description, so that who runs the command again, on whatever machine, goes on from there.

use serde_json::json;

use super::assignment::Assignment;
use super::change::{Change, Kind, existing};
use super::commands::Writing;
use super::dialogue::Dialogue;
use super::failure::Failure;
use super::outcome::Outcome;
use super::repository::Repository;
use super::ui::Ui;
use crate::git;
use crate::spec::Platform;

/// The first of two: the entity's objects stay when it goes. `then` is the command that makes the second.
///
/// # Errors
/// As a change of the description; and the first one is there and not committed.
pub(crate) fn orphan(
    ui: &Ui,
    dialogue: &mut Dialogue<'_>,
    repository: &Repository,
    kind: Kind,
    name: &str,
    then: &str,
    writing: &Writing,
) -> Result<Outcome, Failure> {
    let set = [assignment("deletionPolicy", "Orphan")];
    first(
        ui,
        dialogue,
        repository,
        (kind, name),
        (&set, &[]),
        "keep what it has on clusters",
        then,
        writing,
    )
}

/// `field=value`.
pub(crate) fn assignment(field: &str, value: &str) -> Assignment {
    Assignment { path: field.to_owned(), text: value.to_owned() }
}

/// The first of two, as fields that are set and taken away.
///
/// # Errors
/// As a change of the description; and the first one is there and not committed.
#[allow(clippy::too_many_arguments)]
pub(crate) fn first(
    ui: &Ui,
    dialogue: &mut Dialogue<'_>,
    repository: &Repository,
    (kind, name): (Kind, &str),
    (set, unset): (&[Assignment], &[String]),
    purpose: &str,
    then: &str,
    writing: &Writing,
) -> Result<Outcome, Failure> {
    let platform = repository.load()?;
    let file = existing(&platform, kind, name)?;
    let before = repository.text(&file)?;
    let title = format!("Let {kind} {name} {purpose}");
    let change = Change::set(repository, file.clone(), kind, name, title, set, unset)?;
    if change.text(&file) == Some(&before) && !is_committed(repository, &file, &before) {
        return Err(Failure::FirstNotCommitted { file: file.to_string(), then: then.to_owned() });
    }
    let policy = set.iter().find(|field| field.path == "deletionPolicy");
    let policy = policy.map(|field| field.text.clone());
    let mut outcome = change.carry_out(ui, dialogue, writing)?;
    if writing.dry_run {
        return Ok(outcome);
    }
    let clusters = clusters(&platform, kind, name);
    let known_as = known_as(&platform, kind, name);
    let revision = "{.status.lastAppliedRevision}";
    let (fields, says) = match &policy {
        Some(policy) => (
            format!("{{.spec.deletionPolicy}} {revision}"),
            format!("`{policy}` and this commit or a later one"),
        ),
        None => (revision.to_owned(), "this commit or a later one".to_owned()),
    };
    let check =
        format!("kubectl -n flux-system get kustomization {known_as} -o jsonpath='{fields}'");
    outcome.text.push_str(&format!(
        "\nThis is the first of two changes. When it is pushed and {} applied it, make the second:\n\n    {then}\n\n\
         A cluster has applied it when this says {says} there:\n\n    {check}\n",
        have(&clusters)
    ));
    outcome.data["stage"] = json!({ "made": 1, "of": 2, "clusters": clusters, "check": check, "says": says, "then": then });
    Ok(outcome)
}

fn is_committed(repository: &Repository, file: &crate::path::RepoPath, text: &str) -> bool {
    match git::Repository::discover(&repository.root).ok().flatten() {
        Some(git) => git.last_commit().read(file).as_deref() == Some(text.as_bytes()),
        None => true,
    }
}

/// "prod-eu has", "prod-eu and staging-eu have".
pub(crate) fn have(clusters: &[String]) -> String {
    match clusters.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last} have", rest.join(", ")),
        Some((last, _)) => format!("{last} has"),
        None => "no cluster has".to_owned(),
    }
}

/// The clusters where an entity is.
pub(crate) fn clusters(platform: &Platform, kind: Kind, name: &str) -> Vec<String> {
    let clusters = platform.clusters.keys();
    match kind {
        Kind::Tenant => match platform.tenants.get_key_value(name) {
            Some((name, _)) => {
                platform.clusters_of(name).into_iter().map(ToString::to_string).collect()
            }
            None => Vec::new(),
        },
        Kind::Component => match platform.components.get(name) {
            Some(component) => clusters
                .filter(|cluster| component.at_cluster(cluster).enabled)
                .map(ToString::to_string)
                .collect(),
            None => Vec::new(),
        },
        Kind::Cluster | Kind::Platform | Kind::Patch => Vec::new(),
    }
}

/// What clusters know a tenant or a component by.
pub(crate) fn known_as<'a>(platform: &'a Platform, kind: Kind, name: &'a str) -> &'a str {
    match kind {
        Kind::Platform | Kind::Patch => name,
        Kind::Cluster => platform.clusters.get(name).map_or(name, |it| it.base.known_as(name)),
        Kind::Component => platform.components.get(name).map_or(name, |it| it.base.known_as(name)),
        Kind::Tenant => platform.tenants.get(name).map_or(name, |it| it.base.known_as(name)),
    }
}
