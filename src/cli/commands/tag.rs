//! `tenantry tag`.

use std::fmt::Write as _;

use flux_oci::reference::Tag;
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::packages::{Packages, address};
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
/// In a platform whose layout ships artifacts, `--all` tags each of them by what is under `--from`, and changes none before it has found all.
///
/// Examples:
///
///     tenantry tag artifact oci://ghcr.io/acme/fleet:v1.2.0 --tag stable
///     tenantry tag artifact --all --from v1.2.0 --tag latest-stable
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct TagArtifact {
    /// The artifact, by tag or by digest: an address, or the name of one of the platform's, such as `components/cert-manager:latest`.
    #[arg(value_name = "ADDRESS|NAME", required_unless_present = "all")]
    address: Option<String>,

    /// Every artifact of the platform.
    #[arg(long, conflicts_with = "address", requires = "from")]
    all: bool,

    /// Under which tag they are.
    #[arg(long, value_name = "TAG", requires = "all", value_parser = tag)]
    from: Option<Tag>,

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
        let references = match (&self.address, &self.from) {
            (Some(text), _) => vec![address(ui, text)?],
            (None, from) => Packages::find(ui)?
                .all
                .iter()
                .map(|package| {
                    let reference = package.reference()?;
                    Ok(from.iter().fold(reference, |it, tag| it.with_tag(tag.clone())))
                })
                .collect::<Result<Vec<_>, Failure>>()?,
        };
        let registry = self.registry.connect()?;
        let spinner = ui.spinner("Tagging");
        // One that is missing is told before the others are changed.
        let found = references
            .into_iter()
            .map(|one| Ok(one.with_digest(registry.manifest(&one)?.digest)))
            .collect::<Result<Vec<_>, Failure>>()?;
        let (mut text, mut data, mut names) = (String::new(), Vec::new(), Vec::new());
        for reference in &found {
            for tag in &self.tags {
                let (digest, changed) = registry.tag(reference, tag)?;
                let target = reference.with_tag(tag.clone());
                let state = if changed { "tagged" } else { "is so already" };
                let _ = writeln!(text, "{target}@{digest}: {state}");
                data.push(
                    json!({ "url": format!("oci://{target}"), "digest": digest, "changed": changed }),
                );
                names.push(target.to_string());
            }
        }
        spinner.finish_and_clear();
        Ok(Outcome::message(text, json!({ "tags": data })).named(names))
    }
}
