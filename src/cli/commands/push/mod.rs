//! `tenantry push`.

mod packages;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flux_oci::manifest::{Annotations, Artifact};
use flux_oci::reference::{Reference, Tag};
use serde_json::json;

use super::sign::{shown, signer};
use crate::artifact::{Content, Origin, Said, artifact};
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::packages::address;
use crate::cli::registry::{RegistryArgs, Transfer, count, size, tag};
use crate::cli::signing::SigningArgs;
use crate::cli::ui::Ui;
use crate::diagnostic::{Code, Diagnostic};
use crate::path::RepoPath;
use crate::signing::Signing;

/// Push to a registry
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum PushCommand {
    Artifact(Box<PushArtifact>),
}

/// Push a folder, or what the platform is shipped as, as artifacts of Flux's
///
/// The artifact is that of the commit: its source, revision and time are in it, so that whoever pushes the same commit pushes the same
/// bytes. What `.sourceignore` leaves out is not pushed. What the registry has already is not sent again, and nothing is where the tag has
/// the same artifact.
///
/// In a platform whose layout ships artifacts, `--all` pushes each of them, components behind those that they depend on, as far as something
/// in it is another than under the tag: what only another commit made is the same. A name, such as `components/cert-manager`, pushes that
/// one. Where one of the tags has the same content already, the others get that artifact.
///
/// Examples:
///
///     tenantry push artifact oci://ghcr.io/acme/fleet:v1.2.0 --path deploy --tag latest
///     tenantry push artifact --all
///     tenantry push artifact --all --tag v1.2.0 --tag latest-stable --tag-ish
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct PushArtifact {
    /// Where to push to, such as `oci://ghcr.io/acme/fleet:v1.2.0`, `latest` without a tag; or the name of one of the platform's artifacts.
    #[arg(value_name = "ADDRESS|NAME", required_unless_present = "all")]
    address: Option<String>,

    /// Push every artifact of the platform that is another than in the registry.
    #[arg(long, conflicts_with_all = ["address", "path", "ignore_paths"])]
    all: bool,

    /// The folder, or the one file, that is pushed. The platform's own artifacts have theirs from the layout.
    #[arg(short = 'f', long, value_name = "PATH")]
    path: Option<PathBuf>,

    /// Another tag for it; for the platform's own artifacts the tag, `latest` by default. Can be said several times.
    #[arg(long = "tag", value_name = "TAG", value_parser = tag)]
    tags: Vec<Tag>,

    /// Where the content comes from. Default: the address of the repository's remote, without credentials.
    #[arg(long, value_name = "URL")]
    source: Option<String>,

    /// Which state of its source it is. Default: `BRANCH@sha1:COMMIT` of the repository.
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,

    /// Name the revision by the commit's tag, where it has one, instead of by the branch.
    #[arg(long, conflicts_with = "revision")]
    tag_ish: bool,

    /// Another annotation. Can be said several times.
    #[arg(short = 'a', long = "annotations", value_name = "KEY=VALUE")]
    annotations: Vec<String>,

    /// Leave out what these patterns match, in the form of a `.gitignore`; stronger than `.sourceignore`.
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    ignore_paths: Vec<String>,

    /// Push what no commit has, too; the revision then ends in `-dirty`.
    #[arg(long)]
    allow_dirty: bool,

    /// Say what would be pushed, and its digest. Only for the platform's own artifacts the registry is asked: what it has.
    #[arg(long)]
    dry_run: bool,

    /// Sign it, too, as `tenantry sign artifact` does: with `--key`, or by the identity of the job. What is the same as before is signed
    /// unless it has this signature already.
    #[arg(long)]
    sign: bool,

    #[command(flatten)]
    signing: SigningArgs,

    #[command(flatten)]
    registry: RegistryArgs,
}

impl PushCommand {
    pub(super) fn name(&self) -> &'static str {
        "push artifact"
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let Self::Artifact(args) = self;
        args.run(ui)
    }
}

impl PushArtifact {
    fn run(&self, ui: &Ui) -> Result<Outcome, Failure> {
        if self.signing.names_key() && !self.sign {
            return Err(Failure::Usage("`--key` signs, and `--sign` is not said".to_owned()));
        }
        match (&self.address, &self.path) {
            (None, _) => packages::push(self, ui, None),
            (Some(name), None) if !name.contains("://") => packages::push(self, ui, Some(name)),
            (Some(address), None) => Err(Failure::Usage(format!(
                "`{address}` is an address: say with `--path DIR` what is to be pushed there"
            ))),
            (Some(address), Some(path)) => self.push_folder(ui, address, path),
        }
    }

    /// What a person says of where content comes from.
    fn said(&self) -> Said {
        Said {
            source: self.source.clone(),
            revision: self.revision.clone(),
            by_tag: self.tag_ish,
            allow_dirty: self.allow_dirty,
            epoch: std::env::var("SOURCE_DATE_EPOCH").ok().filter(|epoch| !epoch.is_empty()),
        }
    }

    fn push_folder(&self, ui: &Ui, address: &str, path: &Path) -> Result<Outcome, Failure> {
        let targets = self.targets(ui, address)?;
        let annotations = annotations(&self.annotations)?;
        let spinner = ui.spinner("Packing");
        let content = Content::pack(&ui.path(path), &self.ignore_paths)?;
        let origin = Origin::of(&content, &self.said())?;
        spinner.finish_and_clear();
        tell(ui, &content.links, &origin);
        let files: Vec<String> = content.files.iter().map(ToString::to_string).collect();
        let ignored = content.ignored;
        let artifact = artifact(content, &origin, &annotations);
        let mut data = json!({
            "repository": targets[0].name(),
            "tags": targets.iter().map(|it| it.selector()).collect::<Vec<_>>(),
            "digest": artifact.digest(),
            "url": format!("oci://{}", targets[0].with_digest(artifact.digest())),
            "source": origin.source,
            "revision": origin.revision,
            "created": origin.created,
            "dirty": origin.dirty,
            "layer": { "digest": artifact.layer_digest(), "size": artifact.layer.size() },
            "files": files,
        });
        let named = targets[0].with_digest(artifact.digest());
        let counted = format!(
            "{}, {}, layer {} ({})",
            origin.revision,
            count(files.len()),
            artifact.layer_digest(),
            size(artifact.layer.size())
        );
        if self.dry_run {
            let mut text = String::new();
            for file in &files {
                let _ = writeln!(text, "  {file}");
            }
            let _ = writeln!(text, "{counted}, {} left out", count(ignored));
            let _ = writeln!(text, "would be {}", listed(&targets));
            let _ = writeln!(text, "{named}");
            data["pushed"] = json!(false);
            return Ok(Outcome::answer(text, data).named([named.to_string()]));
        }
        self.push(ui, &targets, &artifact, &counted, data)
    }

    /// Who signs; nobody unless it is asked for.
    fn signing(&self, ui: &Ui) -> Result<Option<Signing>, Failure> {
        (self.sign && !self.dry_run)
            .then(|| self.signing.signing(ui, Annotations::new()))
            .transpose()
    }

    fn push(
        &self,
        ui: &Ui,
        targets: &[Reference],
        artifact: &Artifact,
        counted: &str,
        mut data: serde_json::Value,
    ) -> Result<Outcome, Failure> {
        let signing = self.signing(ui)?;
        let registry = self.registry.connect()?;
        let transfer = Transfer::new(ui, "Pushing", artifact.layer.size());
        let (mut sent, mut pushed, mut there) = (0, Vec::new(), Vec::new());
        for target in targets {
            let done = registry.push(target, artifact, &|bytes| transfer.told(bytes))?;
            sent += done.sent;
            if done.there { there.push(target.clone()) } else { pushed.push(target.clone()) }
        }
        drop(transfer);
        let mut text = String::new();
        if !pushed.is_empty() {
            let moved = match sent {
                0 => "no blob was missing".to_owned(),
                bytes => format!("{} sent", size(bytes)),
            };
            let _ = writeln!(text, "Pushed {}: {counted}; {moved}", listed(&pushed));
        }
        if !there.is_empty() {
            let _ = writeln!(text, "Already there: {}", listed(&there));
        }
        let named = targets[0].with_digest(artifact.digest());
        if let Some(signing) = signing {
            let signed = signing.sign(&registry, &named)?;
            let _ = writeln!(text, "{}", signed_by(&signed));
            data["signature"] = signature(&signed);
        }
        let _ = writeln!(text, "{named}");
        data["pushed"] = json!(!pushed.is_empty());
        data["sent"] = json!(sent);
        let outcome = Outcome { asked_for: true, ..Outcome::message(text, data) };
        Ok(outcome.named([named.to_string()]))
    }

    /// The addresses that the artifact is to be found under, one for each tag.
    fn targets(&self, ui: &Ui, text: &str) -> Result<Vec<Reference>, Failure> {
        let first = address(ui, text)?;
        if first.digest().is_some() {
            return Err(Failure::Usage(
                "what is pushed is under a tag, and its digest follows from it: leave `@sha256:…` out".to_owned(),
            ));
        }
        let mut targets = Vec::new();
        if first.tag().is_some() || self.tags.is_empty() {
            targets.push(first.clone());
        }
        for tag in &self.tags {
            let target = first.with_tag(tag.clone());
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        Ok(targets)
    }
}

/// What became of the signatures of an artifact, for people.
fn signed_by(outcome: &flux_oci::sign::Outcome) -> String {
    let by = shown(&outcome.signer);
    match outcome.added.is_empty() {
        true => format!("signed already by {by}"),
        false => format!("signed by {by}"),
    }
}

/// The same for machines.
fn signature(outcome: &flux_oci::sign::Outcome) -> serde_json::Value {
    json!({ "signer": signer(&outcome.signer), "added": outcome.added, "there": outcome.there })
}

/// What whoever pushes should know of it.
fn tell(ui: &Ui, links: &[RepoPath], origin: &Origin) {
    let few = |paths: &[String]| {
        let more =
            if paths.len() > 5 { format!(" and {} more", paths.len() - 5) } else { String::new() };
        let paths: Vec<String> = paths.iter().take(5).map(|path| format!("`{path}`")).collect();
        format!("{}{more}", paths.join(", "))
    };
    if !origin.dirty.is_empty() {
        let message = format!("what is pushed is in no commit: {}", few(&origin.dirty));
        let help = "nobody can make the same artifact from the repository; commit, and push again";
        ui.warn(Diagnostic::warning(Code::UncommittedContent, message).help(help));
    }
    if !links.is_empty() {
        let links: Vec<String> = links.iter().map(ToString::to_string).collect();
        let message = format!("symbolic links are not pushed: {}", few(&links));
        let help = "Flux has none in its artifacts; put the files themselves there, or name the links in `.sourceignore`";
        ui.warn(Diagnostic::warning(Code::LinkLeftOut, message).help(help));
    }
}

fn listed(targets: &[Reference]) -> String {
    targets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// `KEY=VALUE`, each key once.
fn annotations(said: &[String]) -> Result<Annotations, Failure> {
    let bad = |reason: String| Failure::BadAnswer { flag: "--annotations", reason };
    let mut annotations = Annotations::new();
    for text in said {
        let (key, value) = text
            .split_once('=')
            .filter(|(key, _)| !key.trim().is_empty())
            .ok_or_else(|| bad(format!("`{text}` is no KEY=VALUE")))?;
        if annotations.insert(key.trim().to_owned(), value.to_owned()).is_some() {
            return Err(bad(format!("`{key}` is said twice")));
        }
    }
    Ok(annotations)
}
