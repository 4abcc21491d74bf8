//! `tenantry rename`.

use std::collections::BTreeMap;

use serde_json::json;

use crate::cli::change::{Change, Kind, existing};
use crate::cli::commands::Writing;
use crate::cli::dialogue::Dialogue;
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::stage::{self, known_as};
use crate::cli::ui::Ui;
use crate::moves::Renamed;
use crate::path::RepoPath;
use crate::spec::text::{ClusterName, ComponentName, ItemName, TenantName, TextError};
use crate::spec::{Platform, edit};
use crate::tree::EntityRef;

/// Give a tenant, a cluster, a component or a patch another name; what runs does not notice
///
/// The file of the description gets the new name, everything that names the entity follows, and what was edited by hand in generated
/// files goes along. What clusters know it by (the name of its Flux Kustomization, its labels, a cluster's folder) stays, and is
/// written into the file as `name`.
///
/// Examples:
///
///     tenantry rename tenant shop store
///     tenantry rename tenant shop store --names --commit
#[derive(Clone, Debug, clap::Subcommand)]
#[command(verbatim_doc_comment)]
pub(crate) enum RenameCommand {
    /// Rename a tenant
    Tenant(RenameArgs),
    /// Rename a cluster
    Cluster(RenameArgs),
    /// Rename a component
    Component(RenameArgs),
    /// Rename a patch; clusters know nothing of its name
    Patch(RenameArgs),
}

/// What is renamed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RenameArgs {
    /// Its name.
    old: String,

    /// The name that it gets.
    new: String,

    /// Rename what clusters know it by, too. Where that would take live objects away, it is done by two commits, and this makes the first
    /// one until clusters have it.
    #[arg(long)]
    names: bool,

    #[command(flatten)]
    writing: Writing,
}

impl RenameCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "rename tenant",
            Self::Cluster(_) => "rename cluster",
            Self::Component(_) => "rename component",
            Self::Patch(_) => "rename patch",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::Tenant(args) => args.run(ui, Kind::Tenant),
            Self::Cluster(args) => args.run(ui, Kind::Cluster),
            Self::Component(args) => args.run(ui, Kind::Component),
            Self::Patch(args) => args.run(ui, Kind::Patch),
        }
    }
}

impl RenameArgs {
    fn run(self, ui: &Ui, kind: Kind) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.writing.dry_run)?;
        let mut dialogue = Dialogue::new(ui);
        let platform = repository.load()?;
        let file = existing(&platform, kind, &self.old)?;
        self.admit(&platform, kind)?;
        let change = self.change(&repository, &platform, kind, &file)?;
        let planned = change.planned()?;
        if planned.live.wants_word_of(kind, &self.old) && self.names && kind != Kind::Cluster {
            let then = format!("tenantry rename {kind} {} {} --names", self.old, self.new);
            return stage::orphan(
                ui,
                &mut dialogue,
                &repository,
                kind,
                &self.old,
                &then,
                &self.writing,
            );
        }
        let clusters = planned.live.clusters();
        let known_as = known_as(&platform, kind, &self.old).to_owned();
        let mut confirmed = self.writing.confirm.clone();
        if kind == Kind::Cluster && self.names {
            // That its folder moves is what was asked for, and prunes nothing.
            confirmed.push(known_as.clone());
        }
        let mut outcome = change.write(ui, &mut dialogue, &self.writing, planned, &confirmed)?;
        outcome.data["renamed"] = json!({ "from": self.old, "to": self.new, "names": self.names });
        if self.names && !self.writing.dry_run {
            outcome.text.push_str(&self.afterwards(&platform, kind, &known_as, &clusters));
        }
        Ok(outcome)
    }

    /// Whether the new name is one, and free.
    fn admit(&self, platform: &Platform, kind: Kind) -> Result<(), Failure> {
        let named: Result<(), TextError> = match kind {
            Kind::Platform => Ok(()),
            Kind::Cluster => ClusterName::new(&*self.new).map(drop),
            Kind::Component => ComponentName::new(&*self.new).map(drop),
            Kind::Tenant => TenantName::new(&*self.new).map(drop),
            Kind::Patch => ItemName::new(&*self.new).map(drop),
        };
        named.map_err(|error| Failure::BadAnswer { flag: "NEW", reason: error.to_string() })?;
        match platform.file_of(kind, &self.new) {
            Some(file) => Err(Failure::Exists {
                kind: kind.as_str(),
                name: self.new.clone(),
                file: file.to_string(),
            }),
            None => Ok(()),
        }
    }

    fn change<'a>(
        &self,
        repository: &'a Repository,
        platform: &Platform,
        kind: Kind,
        file: &RepoPath,
    ) -> Result<Change<'a>, Failure> {
        let (old, new) = (&self.old, &self.new);
        let folder = file.parent().unwrap_or_default();
        let path = RepoPath::new(&format!("{folder}/{new}.yaml"))
            .map_err(|error| Failure::BadAnswer { flag: "NEW", reason: error.to_string() })?;
        let known_as = known_as(platform, kind, old);
        let text = self.text(repository, platform, kind, file, known_as)?;
        let mut files = BTreeMap::from([(file.clone(), None), (path, Some(text))]);
        for mention in platform.references_to(kind, old) {
            let text = match files.remove(&mention.file) {
                Some(text) => text.unwrap_or_default(),
                None => repository.text(&mention.file)?,
            };
            let field = mention.field();
            // An item of a list is a name; an entry of a map has one.
            let edited = if field.ends_with(']') {
                edit::set(&text, &field, Some(&json!(new)))
            } else {
                edit::rename(&text, &field, new)
            };
            let edited = edited
                .map_err(|source| Failure::Edit { file: mention.file.to_string(), source })?;
            files.insert(mention.file, Some(edited));
        }
        let entity = |name: &str| EntityRef { kind, name: name.into() };
        let renamed = match kind {
            Kind::Cluster if !self.names => None,
            // No generated file is a patch's own.
            Kind::Patch => None,
            Kind::Cluster => Some(Renamed { entity: entity(new), from: known_as.to_owned() }),
            _ => Some(Renamed { entity: entity(new), from: old.clone() }),
        };
        let title = format!("Rename {kind} {old} to {new}");
        Ok(Change::rename(repository, title, format!("{kind}/{new}"), files, renamed))
    }

    /// The file of the entity under its new name.
    fn text(
        &self,
        repository: &Repository,
        platform: &Platform,
        kind: Kind,
        file: &RepoPath,
        known_as: &str,
    ) -> Result<String, Failure> {
        if kind == Kind::Patch {
            return repository.text(file);
        }
        let failed = |source| Failure::Edit { file: file.to_string(), source };
        let set = |text: String, field: &str, value: Option<&str>| {
            edit::set(&text, field, value.map(|value| json!(value)).as_ref()).map_err(failed)
        };
        let mut text = set(repository.text(file)?, "moved", None)?;
        let pinned = Some(known_as).filter(|known_as| !self.names && *known_as != self.new);
        text = set(text, "name", pinned)?;
        // A release keeps its name and its namespace: under others it would be installed a second time.
        if self.names
            && kind == Kind::Component
            && let Some(component) = platform.components.get(&*self.old)
            && let Some(helm) = &component.base.helm
        {
            if component.base.namespace.is_none() {
                text = set(text, "namespace", Some(known_as))?;
            }
            if helm.release_name.is_none() {
                text = set(text, "helm.releaseName", Some(known_as))?;
            }
        }
        Ok(text)
    }

    /// What is left to be done where clusters know it by another name from now on.
    fn afterwards(&self, platform: &Platform, kind: Kind, before: &str, on: &[String]) -> String {
        let (old, new) = (&self.old, &self.new);
        if kind == Kind::Cluster {
            let folder = platform.settings.repository.path.as_ref();
            let root = folder
                .and_then(|path| path.below_root())
                .map_or_else(|| ".".to_owned(), |folder| format!("./{folder}"));
            return format!(
                "\nThe cluster follows {root}/clusters/{before} until it is told otherwise. When this is pushed, Flux there fails and \
                 prunes nothing; then let what `flux bootstrap` left in the new folder name that one, and say on the cluster:\n\n    kubectl -n flux-system patch kustomization flux-system --type merge \\\n      \
                 -p '{{\"spec\":{{\"path\":\"{root}/clusters/{new}\"}}}}'\n"
            );
        }
        if on.is_empty() {
            return String::new();
        }
        format!(
            "\nWhen {} applied this, what stayed under the name {old} is left to be taken away by hand where nothing applies it any \
             more, and then:\n\n    tenantry set {kind} {new} --unset deletionPolicy\n",
            stage::have(on)
        )
    }
}
