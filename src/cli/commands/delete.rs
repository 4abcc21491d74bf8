//! `tenantry delete`.

use serde_json::json;

use crate::cli::assignment::Assignment;
use crate::cli::change::{Change, Kind, existing};
use crate::cli::commands::Writing;
use crate::cli::dialogue::Dialogue;
use crate::cli::failure::Failure;
use crate::cli::live::{Live, type_name};
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::stage::{self, assignment};
use crate::cli::ui::Ui;
use crate::diagnostic::{Code, Diagnostic};
use crate::files::Laid;
use crate::generate::{Generated, generate};
use crate::spec::tenant::Tenant;
use crate::spec::text::ClusterName;
use crate::spec::{Faults, Platform, edit};
use crate::sync::Wishes;
use crate::{git, spec};

/// Take a tenant, a cluster, a component or a patch out of the description
///
/// What goes is listed first, object by object on each cluster, and the name must be said again. What others still refer to is not
/// deleted: each reference is an error with its place.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum DeleteCommand {
    /// Delete a tenant
    ///
    /// What it has is pruned, except for its namespaces and what Flux may not take from them.
    Tenant(DeleteTenant),
    /// Delete a cluster
    Cluster(DeleteArgs),
    /// Delete a component
    Component(DeleteArgs),
    /// Delete a patch
    ///
    /// What it changed is as it was without it; what is said in an entity's own `patches` is taken out there, by `tenantry set`.
    Patch(DeleteArgs),
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

/// What is deleted, and what becomes of it.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DeleteTenant {
    #[command(flatten)]
    of: DeleteArgs,

    /// Leave the namespaces and everything in them as they are. It takes two commits, and this makes the first one until clusters have it.
    #[arg(long, conflicts_with = "namespaces")]
    keep_data: bool,

    /// Take the namespaces too, with everything in them. It takes two commits, and this makes the first one until clusters have it.
    #[arg(long)]
    namespaces: bool,
}

/// What becomes of what an entity has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// It is pruned.
    Prune,
    /// It stays.
    KeepData,
    /// It is pruned, namespaces too.
    Namespaces,
}

impl DeleteCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "delete tenant",
            Self::Cluster(_) => "delete cluster",
            Self::Component(_) => "delete component",
            Self::Patch(_) => "delete patch",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::Tenant(args) => {
                let mode = match (args.keep_data, args.namespaces) {
                    (true, _) => Mode::KeepData,
                    (_, true) => Mode::Namespaces,
                    (false, false) => Mode::Prune,
                };
                args.of.run(ui, Kind::Tenant, mode)
            }
            Self::Cluster(args) => args.run(ui, Kind::Cluster, Mode::Prune),
            Self::Component(args) => args.run(ui, Kind::Component, Mode::Prune),
            Self::Patch(args) => args.run(ui, Kind::Patch, Mode::Prune),
        }
    }
}

impl DeleteArgs {
    fn run(self, ui: &Ui, kind: Kind, mode: Mode) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.writing.dry_run)?;
        let mut dialogue = Dialogue::new(ui);
        let before = generate(&repository.disk)?;
        let file = existing(&before.platform, kind, &self.entity)?;
        refuse_references(&before, kind, &self.entity)?;
        let change = Change::delete(&repository, file, kind, &self.entity)?;
        let edits = self.discard_edits.as_deref();
        let wishes = Wishes {
            discard_edits: repository.some_paths(ui, "--discard-edits", edits)?,
            ..Wishes::default()
        };
        let mut planned = change.planned_with(&wishes)?;
        if let Some(first) =
            self.first(ui, &mut dialogue, &repository, &before.platform, kind, mode, &planned.live)?
        {
            return Ok(first);
        }
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
        let clusters = planned.live.clusters();
        let mut outcome = change.write(ui, &mut dialogue, &self.writing, planned, &confirmed)?;
        outcome.data["objects"] = objects;
        if let Some(tenant) = before
            .platform
            .tenants
            .get(&*self.entity)
            .filter(|_| kind == Kind::Tenant && !clusters.is_empty() && !self.writing.dry_run)
        {
            outcome.text.push_str(&afterwards(&self.entity, &tenant.base, mode, &clusters));
        }
        Ok(outcome)
    }

    /// The first of two changes, where it takes two; nothing where the entity can go.
    #[allow(clippy::too_many_arguments)]
    fn first(
        &self,
        ui: &Ui,
        dialogue: &mut Dialogue<'_>,
        repository: &Repository,
        platform: &Platform,
        kind: Kind,
        mode: Mode,
        live: &Live,
    ) -> Result<Option<Outcome>, Failure> {
        let name = &*self.entity;
        let then = |flag: &str| format!("tenantry delete {kind} {name}{flag} --confirm {name}");
        let (set, unset, purpose, flag) = match mode {
            _ if live.is_empty() => return Ok(None),
            Mode::KeepData if live.wants_word_of(kind, name) => {
                let set =
                    vec![assignment("deletionPolicy", "Orphan"), assignment("suspend", "true")];
                (set, Vec::new(), "keep what it has on clusters", " --keep-data")
            }
            Mode::Namespaces if live.keeps_namespaces() => {
                let (mut set, unset) = resumed(repository, platform, kind, name)?;
                set.push(assignment("deletionPolicy", "Delete"));
                (set, unset, "take its namespaces along", " --namespaces")
            }
            Mode::Prune | Mode::Namespaces if matches!(kind, Kind::Tenant | Kind::Component) => {
                let (set, unset) = resumed(repository, platform, kind, name)?;
                if set.is_empty() && unset.is_empty() {
                    if was_suspended(repository, platform, kind, name)? {
                        let file = existing(platform, kind, name)?.to_string();
                        return Err(Failure::FirstNotCommitted { file, then: then("") });
                    }
                    return Ok(None);
                }
                (set, unset, "run again, so that Flux prunes what it has", "")
            }
            _ => return Ok(None),
        };
        stage::first(
            ui,
            dialogue,
            repository,
            (kind, name),
            (&set, &unset),
            purpose,
            &then(flag),
            &self.writing,
        )
        .map(Some)
    }
}

/// What resumes an entity wherever it is suspended: fields that are set, and fields that are taken away.
fn resumed(
    repository: &Repository,
    platform: &Platform,
    kind: Kind,
    name: &str,
) -> Result<(Vec<Assignment>, Vec<String>), Failure> {
    let file = existing(platform, kind, name)?;
    let text = repository.text(&file)?;
    let said =
        |field: &str| matches!(edit::get(&text, field), Ok(Some(value)) if value == json!(true));
    let mut fields = vec!["suspend".to_owned()];
    fields.extend(platform.environments().map(|name| format!("environments.{name}.suspend")));
    fields.extend(platform.clusters.keys().map(|name| format!("clusters.{name}.suspend")));
    let unset: Vec<String> = fields.into_iter().filter(|field| said(field)).collect();
    let failed = |source| Failure::Edit { file: file.to_string(), source };
    let rest = unset.iter().try_fold(text.clone(), |text, field| edit::set(&text, field, None));
    let rest = Laid::over(&repository.disk).with(file.clone(), rest.map_err(failed)?);
    // What is left of it comes from defaults.
    let set = suspended(&spec::load(&rest)?, kind, name)
        .into_iter()
        .map(|at| assignment(&format!("clusters.{at}.suspend"), "false"))
        .collect();
    Ok((set, unset))
}

/// The clusters where an entity is suspended.
fn suspended<'a>(platform: &'a Platform, kind: Kind, name: &str) -> Vec<&'a ClusterName> {
    let on = stage::clusters(platform, kind, name);
    let at = |at: &ClusterName| match kind {
        Kind::Tenant => platform.tenants.get(name).is_some_and(|it| it.at_cluster(at).suspend),
        Kind::Component => {
            platform.components.get(name).is_some_and(|it| it.at_cluster(at).suspend)
        }
        Kind::Cluster | Kind::Platform | Kind::Patch => false,
    };
    let clusters = platform.clusters.keys();
    clusters.filter(|cluster| on.contains(&cluster.to_string()) && at(cluster)).collect()
}

/// Whether an entity is suspended in the last commit.
fn was_suspended(
    repository: &Repository,
    platform: &Platform,
    kind: Kind,
    name: &str,
) -> Result<bool, Failure> {
    let file = existing(platform, kind, name)?;
    let git = git::Repository::discover(&repository.root).ok().flatten();
    let Some(text) = git.and_then(|git| git.last_commit().read(&file)) else { return Ok(false) };
    let then = spec::load(&Laid::over(&repository.disk).with(file, text))?;
    Ok(!suspended(&then, kind, name).is_empty())
}

/// What is left on clusters, and how it is taken away.
fn afterwards(name: &str, tenant: &Tenant, mode: Mode, clusters: &[String]) -> String {
    let namespaces: Vec<&str> = tenant.namespaces.iter().map(AsRef::as_ref).collect();
    let known_as = tenant.known_as(name);
    let have = stage::have(clusters);
    match mode {
        Mode::Namespaces => String::new(),
        Mode::Prune => format!(
            "\nWhen {have} applied this, the namespaces are still there, with what Flux did not bring or could no more take away. \
             Whoever wants none of it says there:\n\n    kubectl delete namespace {}\n",
            namespaces.join(" ")
        ),
        Mode::KeepData => format!(
            "\nWhen {have} applied this, everything in the namespaces stays as it is, and nothing reconciles it. Flux's own objects of \
             the tenant are left there, suspended; deleting them takes nothing along:\n\n{}",
            namespaces
                .iter()
                .map(|namespace| format!(
                    "    kubectl -n {namespace} delete kustomizations.kustomize.toolkit.fluxcd.io,gitrepositories,ocirepositories,buckets -l toolkit.fluxcd.io/tenant={known_as}\n"
                ))
                .collect::<String>()
        ),
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
