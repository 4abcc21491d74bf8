//! What the platform is shipped as, pushed as far as it is another than in the registry.

use std::fmt::Write as _;

use flux_oci::manifest::Artifact;
use flux_oci::reference::{Digest, Reference, Tag};
use flux_oci::registry::Registry;
use flux_oci::sign::{By, Outcome as Signed, is_signed};
use serde_json::{Value, json};

use super::{PushArtifact, annotations, signature, signed_by, tell};
use crate::artifact::{Origin, artifact, parts};
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::packages::Packages;
use crate::cli::registry::{Transfer, size};
use crate::cli::ui::Ui;
use crate::package::Package;
use crate::path::RepoPath;
use crate::signing::Signing;

/// What becomes of an artifact.
enum Done {
    /// Its content is under every tag.
    Same,
    /// Its content was under one of the tags, and is under the others now.
    Tagged(Vec<Tag>),
    /// It was pushed; so many bytes were sent.
    Pushed(u64),
}

/// An artifact that is ready to be pushed.
struct Ready<'a> {
    package: &'a Package,
    artifact: Artifact,
    targets: Vec<Reference>,
    files: usize,
}

/// Pushes all of them, or the one of a name.
pub(super) fn push(args: &PushArtifact, ui: &Ui, name: Option<&str>) -> Result<Outcome, Failure> {
    let packages = Packages::find(ui)?;
    let (name, tag) = match name.map(|name| name.split_once(':').unwrap_or((name, ""))) {
        Some((name, "")) => (Some(name), None),
        Some((name, tag)) => (Some(name), Some(tag.parse::<Tag>().map_err(Failure::Address)?)),
        None => (None, None),
    };
    let mut tags: Vec<Tag> = tag.into_iter().chain(args.tags.iter().cloned()).collect();
    if tags.is_empty() {
        tags.push("latest".parse().map_err(Failure::Address)?);
    }
    let chosen: Vec<&Package> = match name {
        Some(name) => vec![packages.named(name)?],
        None => packages.all.iter().collect(),
    };
    let spinner = ui.spinner("Packing");
    let ready = pack(args, ui, &packages, &chosen, &tags);
    spinner.finish_and_clear();
    let ready = ready?;
    let signing = args.signing(ui)?;
    let registry = args.registry.connect()?;
    let bytes = ready.iter().map(|one| one.artifact.layer.size()).sum();
    let transfer = Transfer::new(ui, "Pushing", bytes);
    let (mut text, mut data, mut named) = (String::new(), Vec::new(), Vec::new());
    let (mut pushed, mut same) = (0, 0);
    for one in &ready {
        let told = |bytes| transfer.told(bytes);
        let (digest, done, signature_made) =
            ship(&registry, one, signing.as_ref(), args.dry_run, &told)?;
        let shown: Vec<&str> = tags.iter().map(Tag::as_str).collect();
        let (word, state) = match &done {
            Done::Same => ("is the same".to_owned(), "same"),
            Done::Tagged(tags) => {
                let tags: Vec<&str> = tags.iter().map(Tag::as_str).collect();
                let word = if args.dry_run { "would be tagged" } else { "tagged" };
                (format!("{word} {}, with the same content", tags.join(", ")), "tagged")
            }
            Done::Pushed(_) if args.dry_run => {
                (format!("would be pushed as {}", shown.join(", ")), "pushed")
            }
            Done::Pushed(sent) => {
                (format!("pushed as {}, {} sent", shown.join(", "), size(*sent)), "pushed")
            }
        };
        if matches!(done, Done::Same) {
            same += 1;
        } else {
            pushed += 1;
        }
        let mut entry = entry(one, &digest, state, &tags);
        let mut signed = String::new();
        if let Some(outcome) = signature_made {
            signed = format!("; {}", signed_by(&outcome));
            entry["signature"] = signature(&outcome);
        }
        let _ = writeln!(text, "{}: {word}{signed}", one.package.name);
        data.push(entry);
        named.push(one.targets[0].with_digest(digest).to_string());
    }
    drop(transfer);
    let verb = if args.dry_run { "to push" } else { "pushed" };
    let _ = writeln!(text, "{pushed} {verb}, {same} unchanged");
    let outcome = Outcome {
        asked_for: true,
        ..Outcome::message(text, json!({ "artifacts": data, "dryRun": args.dry_run }))
    };
    Ok(outcome.named(named))
}

fn pack<'a>(
    args: &PushArtifact,
    ui: &Ui,
    packages: &'a Packages,
    chosen: &[&'a Package],
    tags: &[Tag],
) -> Result<Vec<Ready<'a>>, Failure> {
    let annotations = annotations(&args.annotations)?;
    let holds: Vec<_> =
        chosen.iter().map(|package| |path: &RepoPath| package.holds(path)).collect();
    let contents = parts(&packages.root, packages.folder.as_deref(), &packages.files, &holds)?;
    let of_all = || contents.iter().flatten();
    let files: Vec<RepoPath> = of_all().flat_map(|content| content.files.clone()).collect();
    let Some(folder) = of_all().map(|content| content.folder.clone()).next() else {
        return Err(Failure::Usage(
            "there is nothing to push yet: `tenantry generate` writes it".to_owned(),
        ));
    };
    let origin = Origin::of_files(&folder, &files, &args.said())?;
    let links: Vec<RepoPath> = of_all().flat_map(|content| content.links.clone()).collect();
    tell(ui, &links, &origin);
    let mut ready = Vec::new();
    for (package, content) in chosen.iter().zip(contents) {
        // A component that is nowhere enabled has no files.
        let Some(content) = content else { continue };
        let reference = package.reference()?;
        let files = content.files.len();
        ready.push(Ready {
            package,
            artifact: artifact(content, &origin, &annotations),
            targets: tags.iter().map(|tag| reference.with_tag(tag.clone())).collect(),
            files,
        });
    }
    Ok(ready)
}

/// Brings an artifact under its tags; tells the digest that is there then. Where it is signed, that comes before it has a tag: who
/// follows the tag never meets it unsigned.
fn ship(
    registry: &Registry,
    one: &Ready<'_>,
    signing: Option<&Signing>,
    dry_run: bool,
    told: &dyn Fn(u64),
) -> Result<(Digest, Done, Option<Signed>), Failure> {
    let mut there = None;
    let mut missing = Vec::new();
    for target in &one.targets {
        match registry.layer_digest(target)? {
            Some(layer) if layer == *one.artifact.layer_digest() => {
                there.get_or_insert(target);
            }
            _ => missing.extend(target.tag().cloned()),
        }
    }
    let is_new = there.is_none();
    let digest = match there {
        Some(there) => registry.resolve(there)?.digest,
        None => one.artifact.digest(),
    };
    let by_digest = one.targets[0].with_digest(digest.clone());
    let sent = match is_new && !dry_run {
        true => registry.push(&by_digest, &one.artifact, told)?.sent,
        false => 0,
    };
    // An identity signs anew each time: what was pushed before was signed before it had its tags.
    let settled = missing.is_empty()
        && signing.is_some_and(|signing| matches!(signing.by, By::Identity { .. }))
        && is_signed(registry, &one.targets[0], &digest)?;
    let signing = signing.filter(|_| !settled);
    let signed = signing.map(|signing| signing.sign(registry, &by_digest)).transpose()?;
    for tag in missing.iter().filter(|_| !dry_run) {
        registry.tag(&by_digest, tag)?;
    }
    let done = match is_new {
        true => Done::Pushed(sent),
        false if missing.is_empty() => Done::Same,
        false => Done::Tagged(missing),
    };
    Ok((digest, done, signed))
}

fn entry(one: &Ready<'_>, digest: &Digest, state: &str, tags: &[Tag]) -> Value {
    json!({
        "name": one.package.name,
        "component": one.package.component,
        "url": format!("oci://{}", one.targets[0].with_digest(digest.clone())),
        "tags": tags.iter().map(Tag::as_str).collect::<Vec<_>>(),
        "digest": digest,
        "state": state,
        "files": one.files,
        "layer": { "digest": one.artifact.layer_digest(), "size": one.artifact.layer.size() },
    })
}
