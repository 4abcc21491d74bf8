//! `tenantry tag`.

use std::fmt::Write as _;

use flux_oci::reference::Tag;
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::packages::address;
use crate::cli::registry::{RegistryArgs, tag};
use crate::cli::ui::Ui;

/// Give what is in a registry another name
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum TagCommand {
    Artifact(TagArtifact),
}

/// Put an artifact under another tag of its repository
///
/// The tag means the same artifact, by the same digest; no content is sent. A tag that means it already stays as it is.
///
/// Example: `tenantry tag artifact oci://ghcr.io/acme/fleet:v1.2.0 --tag stable`
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct TagArtifact {
    /// The artifact, by tag or by digest.
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// The tag. Can be said several times.
    #[arg(long = "tag", value_name = "TAG", required = true, value_parser = tag)]
    tags: Vec<Tag>,

    #[command(flatten)]
    registry: RegistryArgs,
}

impl TagCommand {
    pub(super) fn name(&self) -> &'static str {
        "tag artifact"
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let Self::Artifact(args) = self;
        args.run(ui)
    }
}

impl TagArtifact {
    fn run(&self, ui: &Ui) -> Result<Outcome, Failure> {
        let reference = address(ui, &self.address)?;
        let registry = self.registry.connect()?;
        let spinner = ui.spinner("Tagging");
        let (mut text, mut data, mut names) = (String::new(), Vec::new(), Vec::new());
        for tag in &self.tags {
            let (digest, changed) = registry.tag(&reference, tag)?;
            let target = reference.with_tag(tag.clone());
            let state = if changed { "tagged" } else { "is so already" };
            let _ = writeln!(text, "{target}@{digest}: {state}");
            data.push(
                json!({ "url": format!("oci://{target}"), "digest": digest, "changed": changed }),
            );
            names.push(target.to_string());
        }
        spinner.finish_and_clear();
        Ok(Outcome::message(text, json!({ "tags": data })).named(names))
    }
}
