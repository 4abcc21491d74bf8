//! `tenantry pull`.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use flux_oci::manifest::{CREATED, REVISION, SOURCE};
use flux_oci::unpack::{Budget, list, unpack};
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::packages::address;
use crate::cli::registry::{RegistryArgs, Transfer, count};
use crate::cli::ui::Ui;

/// Pull from a registry
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum PullCommand {
    Artifact(PullArtifact),
}

/// Pull an artifact of Flux's into a folder
///
/// All bytes are proven against their digests before a file is written. Links, devices and paths that lead out of the folder are refused,
/// and so is what unpacks to more than `--max-size`.
///
/// Example: `tenantry pull artifact oci://ghcr.io/acme/fleet:v1.2.0 --into fleet`
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PullArtifact {
    /// What to pull, by tag or by digest.
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// The folder to unpack into; it is made where there is none.
    #[arg(long, value_name = "DIR")]
    into: PathBuf,

    /// Write into a folder that has something, over files of the same names. Other files stay.
    #[arg(long)]
    overwrite: bool,

    /// How many MiB the artifact may unpack to.
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    max_size: u64,

    #[command(flatten)]
    registry: RegistryArgs,
}

impl PullCommand {
    pub(super) fn name(&self) -> &'static str {
        "pull artifact"
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let Self::Artifact(args) = self;
        args.run(ui)
    }
}

impl PullArtifact {
    fn run(&self, ui: &Ui) -> Result<Outcome, Failure> {
        let reference = address(ui, &self.address)?;
        let into = ui.path(&self.into);
        let exists = self.is_fit(&into)?;
        let registry = self.registry.connect()?;
        let spinner = ui.spinner("Looking for the artifact");
        let (manifest, raw) = registry.artifact(&reference)?;
        spinner.finish_and_clear();
        let bytes = manifest.content().map_or(0, |layer| layer.size);
        let transfer = Transfer::new(ui, "Pulling", bytes);
        // By digest: a tag may move meanwhile.
        let exact = reference.with_digest(raw.digest.clone());
        let layer = registry.pull_content(&exact, &manifest, &|bytes| transfer.told(bytes))?;
        drop(transfer);
        let failed = |source| Failure::Write { path: into.clone(), source };
        let budget = Budget { bytes: self.max_size << 20, ..Budget::default() };
        // Once without writing, so that a layer that is refused leaves nothing behind.
        let refused = |error| Failure::Unpack { what: reference.to_string(), error };
        list(layer.reader().map_err(failed)?, budget).map_err(refused)?;
        if !exists {
            fs::create_dir_all(&into).map_err(failed)?;
        }
        let entries = unpack(layer.reader().map_err(failed)?, &into, budget).map_err(refused)?;
        let files: Vec<&str> =
            entries.iter().filter(|entry| entry.size.is_some()).map(|entry| &*entry.path).collect();
        let said = |name: &str| manifest.annotation(name).unwrap_or_default();
        let mut text = String::new();
        let _ = writeln!(
            text,
            "Pulled {} into `{}`: {}{}",
            reference,
            into.display(),
            count(files.len()),
            match said(REVISION) {
                "" => String::new(),
                revision => format!(", {}", crate::cli::table::one_line(revision)),
            }
        );
        let _ = writeln!(text, "{exact}");
        let data = json!({
            "url": format!("oci://{exact}"),
            "digest": raw.digest,
            "source": said(SOURCE),
            "revision": said(REVISION),
            "created": said(CREATED),
            "annotations": manifest.annotations,
            "into": into,
            "files": files,
        });
        Ok(Outcome::message(text, data).named([exact.to_string()]))
    }

    /// Whether the folder exists; an error where it must not be written into.
    fn is_fit(&self, into: &Path) -> Result<bool, Failure> {
        let failed = |source| Failure::Read { path: into.to_owned(), source };
        match fs::metadata(into) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(failed(source)),
            Ok(metadata) if !metadata.is_dir() => {
                return Err(Failure::Usage(format!("`{}` is no folder", into.display())));
            }
            Ok(_) => {}
        }
        if self.overwrite {
            return Ok(true);
        }
        let there = fs::read_dir(into).map_err(failed)?;
        let mut there: Vec<String> = there
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        if there.is_empty() {
            return Ok(true);
        }
        there.sort();
        Err(Failure::PullInTheWay { folder: into.to_owned(), files: there })
    }
}
