//! `tenantry vendor`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::Writing;
use crate::cli::delivery::Delivery;
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::generate::generate;
use crate::path::RepoPath;
use crate::spec::platform::{Controller, Install};
use crate::spec::text::{ClusterName, ExactVersion};
use crate::sync::{Lock, Writes};
use crate::vendor::{self, Placement};

/// Bring other people's files into the repository
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum VendorCommand {
    Flux(FluxArgs),
}

/// Bring in Flux's own manifests, `gotk-components.yaml`
///
/// They come from a file, from a `flux` on the PATH, or from Flux's release, and are proven to be the version and to have the controllers
/// that the description says for each cluster. Until then the repository says that Flux is pending. `flux bootstrap` does the same.
#[derive(Clone, Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(crate) struct FluxArgs {
    /// The version. Default: what the description says for each cluster; with it, only clusters of that version are served.
    #[arg(long = "version", value_name = "VERSION")]
    exact: Option<ExactVersion>,

    /// Take this file, as `flux install --export` prints it.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    /// Only this cluster.
    #[arg(long, value_name = "CLUSTER", value_delimiter = ',')]
    cluster: Vec<ClusterName>,

    /// Replace a file that somebody else put there or changed.
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    writing: Writing,
}

impl VendorCommand {
    pub(super) fn name(&self) -> &'static str {
        "vendor flux"
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let Self::Flux(args) = self;
        args.run(ui)
    }
}

impl FluxArgs {
    fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.writing.dry_run)?;
        if !self.writing.dry_run {
            repository.hold(ui)?;
        }
        let generated = generate(&repository.disk)?;
        let platform = &generated.platform;
        for cluster in &self.cluster {
            crate::cli::change::existing(
                platform,
                crate::cli::change::Kind::Cluster,
                cluster.as_str(),
            )?;
        }
        // One fetch a version, with every controller that some cluster of it runs.
        let mut versions: BTreeMap<String, (Vec<Controller>, Vec<&ClusterName>)> = BTreeMap::new();
        for cluster in platform.clusters.keys() {
            let flux = platform.flux_at(cluster);
            let version = flux.version.as_str().trim_start_matches('v');
            let wanted = self
                .exact
                .as_ref()
                .is_none_or(|exact| exact.as_str().trim_start_matches('v') == version);
            let chosen = self.cluster.is_empty() || self.cluster.contains(cluster);
            if flux.install != Install::Components || !wanted || !chosen {
                continue;
            }
            let (controllers, clusters) = versions.entry(version.to_owned()).or_default();
            for controller in &flux.components {
                if !controllers.contains(controller) {
                    controllers.push(*controller);
                }
            }
            clusters.push(cluster);
        }
        if versions.is_empty() {
            return Err(Failure::Usage(
                "no cluster of the description installs this version of Flux with `install: components`".to_owned(),
            ));
        }
        if self.from.is_some() && versions.len() > 1 {
            let names: Vec<&str> = versions.keys().map(String::as_str).collect();
            return Err(Failure::Usage(format!(
                "clusters run Flux {}; say which one the file is with `--version`",
                names.join(" and ")
            )));
        }
        let lock = Lock::load(&repository.disk).map_err(|diagnostics| crate::spec::Faults {
            diagnostics,
            texts: crate::diagnostic::Texts::default(),
        })?;
        let (mut writes, mut text, mut placed) =
            (Writes::of("vendor flux"), String::new(), Vec::new());
        for (version, (controllers, clusters)) in &versions {
            let from = self.from.as_ref().map(|file| ui.path(file));
            let spinner = ui.spinner("Getting Flux's manifests");
            let manifests = vendor::fetch(version, controllers, from.as_deref())?;
            spinner.finish_and_clear();
            for cluster in clusters {
                let Some(path) = vendor::place(&generated.tree, platform.known_as(cluster)) else {
                    continue;
                };
                let bytes = manifests.only(&platform.flux_at(cluster).components);
                let placement =
                    vendor::placement(&repository.disk, &lock, path, bytes, self.force)?;
                let state = if placement == Placement::Unchanged { "unchanged" } else { "written" };
                let _ = writeln!(text, "  {path}: Flux {version}, {state}");
                placed.push(
                    json!({ "path": path, "version": version, "changed": state == "written" }),
                );
                if let Placement::Write(bytes) = placement {
                    let before = repository.bytes(path)?;
                    writes.put(path.clone(), before.as_deref(), Some(bytes));
                }
            }
            let _ = writeln!(text, "Flux {version} from {}", manifests.origin);
        }
        let data = json!({ "files": placed, "written": !self.writing.dry_run });
        if self.writing.dry_run {
            return Ok(Outcome::answer(text, data));
        }
        let delivery = Delivery::prepare(ui, &repository.root, &self.writing, "vendor flux")?;
        repository.carry_out(&writes)?;
        let mut outcome = Outcome::message(text, data);
        let paths: Vec<RepoPath> = writes.paths().cloned().collect();
        delivery.carry_out(ui, &paths, "Bring in Flux's manifests", &mut outcome);
        Ok(outcome)
    }
}
