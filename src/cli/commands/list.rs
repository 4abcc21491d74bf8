//! `tenantry list`.

use flux_oci::manifest::{CREATED, FLUX_CONFIG, REVISION, SOURCE};
use serde_json::json;

use crate::artifact::Filter;
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::packages::address;
use crate::cli::registry::RegistryArgs;
use crate::cli::table::draw;
use crate::cli::ui::Ui;

/// List what is in a registry
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum ListCommand {
    #[command(visible_alias = "artifact")]
    Artifacts(ListArtifacts),
}

/// List the artifacts of a repository: their tags, digests and revisions
///
/// The newest versions come first, and then other tags by name. Tags of signatures are left out.
///
/// Example: `tenantry list artifacts oci://ghcr.io/acme/fleet --filter-semver '>=1.0.0 <2.0.0'`
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ListArtifacts {
    /// The repository.
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// Only tags that are versions of this range.
    #[arg(long, value_name = "RANGE")]
    filter_semver: Option<String>,

    /// Only tags that this regular expression matches.
    #[arg(long, value_name = "REGEX")]
    filter_regex: Option<String>,

    /// No more than so many.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,

    #[command(flatten)]
    registry: RegistryArgs,
}

impl ListCommand {
    pub(super) fn name(&self) -> &'static str {
        "list artifacts"
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let Self::Artifacts(args) = self;
        args.run(ui)
    }
}

impl ListArtifacts {
    fn run(&self, ui: &Ui) -> Result<Outcome, Failure> {
        let reference = address(ui, &self.address)?;
        if reference.tag().is_some() || reference.digest().is_some() {
            return Err(Failure::Usage(format!(
                "what is listed is a repository: leave `{}` out",
                self.address
                    .trim()
                    .rsplit_once(reference.repository())
                    .map_or("", |(_, rest)| rest)
            )));
        }
        let filter = Filter::new(self.filter_semver.as_deref(), self.filter_regex.as_deref());
        let filter = filter.map_err(|error| Failure::Usage(error.to_string()))?;
        let registry = self.registry.connect()?;
        let spinner = ui.spinner("Listing");
        let mut tags = registry.tags(&reference)?;
        tags.retain(|tag| filter.takes(tag.as_str()));
        tags.sort_by_cached_key(|tag| {
            let version = crate::artifact::version(tag.as_str());
            std::cmp::Reverse((version, tag.as_str().to_owned()))
        });
        let all = tags.len();
        tags.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        let (mut rows, mut data, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for tag in &tags {
            let tagged = reference.with_tag(tag.clone());
            let raw = match registry.manifest(&tagged) {
                Ok(raw) => raw,
                // Deleted since it was listed.
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(error.into()),
            };
            let manifest = serde_json::from_slice::<flux_oci::manifest::Manifest>(&raw.bytes).ok();
            let flux = manifest.as_ref().is_some_and(|it| it.config.media_type == FLUX_CONFIG);
            let said = |name: &str| {
                manifest.as_ref().and_then(|it| it.annotation(name)).unwrap_or_default().to_owned()
            };
            rows.push(vec![
                tag.to_string(),
                raw.digest.to_string(),
                if flux { said(REVISION) } else { "(no artifact of Flux's)".to_owned() },
                said(CREATED),
            ]);
            data.push(json!({
                "tag": tag.as_str(),
                "digest": raw.digest,
                "url": format!("oci://{tagged}"),
                "flux": flux,
                "source": said(SOURCE),
                "revision": said(REVISION),
                "created": said(CREATED),
            }));
            names.push(tagged.to_string());
        }
        spinner.finish_and_clear();
        let nothing = match (&self.filter_semver, &self.filter_regex) {
            (None, None) => "No artifacts.",
            _ => "No artifacts with such a tag.",
        };
        let mut text = draw(&["TAG", "DIGEST", "REVISION", "CREATED"], &rows, nothing);
        if all > tags.len() {
            text.push_str(&format!("… and {} more; `--limit {all}` shows all\n", all - tags.len()));
        }
        Ok(Outcome::answer(text, json!({ "artifacts": data, "total": all })).named(names))
    }
}
