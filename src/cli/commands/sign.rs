//! `tenantry sign`.

use std::fmt::Write as _;

use flux_oci::signature::Format;
use flux_oci::verify::Signer;
use serde_json::{Value, json};

use super::Pair;
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::packages::address;
use crate::cli::registry::RegistryArgs;
use crate::cli::signing::{SigningArgs, annotations};
use crate::cli::ui::Ui;

/// Sign what is in a registry
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum SignCommand {
    Artifact(Box<SignArtifact>),
}

/// Sign an artifact, with a key or by the identity of the job
///
/// What is signed is the digest; a tag is resolved once. The signatures are those of cosign, and lie beside the artifact in its repository.
/// Signatures of others stay, and one by the same key that says the same is not made twice.
///
/// Example: `tenantry sign artifact oci://ghcr.io/acme/fleet:v1.2.0 --key cosign.key -a env=production`
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SignArtifact {
    /// The artifact, by tag or by digest.
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// Something that the signature says besides the digest. Can be said several times.
    #[arg(short = 'a', long = "annotation", value_name = "KEY=VALUE")]
    annotations: Vec<Pair>,

    #[command(flatten)]
    signing: SigningArgs,

    #[command(flatten)]
    registry: RegistryArgs,
}

impl SignCommand {
    pub(super) fn name(&self) -> &'static str {
        "sign artifact"
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let Self::Artifact(args) = self;
        args.run(ui)
    }
}

impl SignArtifact {
    fn run(&self, ui: &Ui) -> Result<Outcome, Failure> {
        let reference = address(ui, &self.address)?;
        let signing = self.signing.signing(ui, annotations(&self.annotations)?)?;
        let registry = self.registry.connect()?;
        let spinner = ui.spinner("Signing");
        let outcome = signing.sign(&registry, &reference)?;
        spinner.finish_and_clear();
        let named = reference.with_digest(outcome.digest.clone());
        let mut text = String::new();
        if reference.digest().is_none() {
            let _ = writeln!(text, "`{}` is {}", reference.selector(), outcome.digest);
        }
        let by = shown(&outcome.signer);
        if !outcome.added.is_empty() {
            let _ = writeln!(text, "{named}: signed by {by} ({})", listed(&outcome.added));
        }
        if !outcome.there.is_empty() {
            let _ = writeln!(text, "{named}: signed already by {by} ({})", listed(&outcome.there));
        }
        let data = json!({
            "url": format!("oci://{named}"),
            "digest": outcome.digest,
            "signer": signer(&outcome.signer),
            "annotations": signing.annotations,
            "added": outcome.added,
            "there": outcome.there,
        });
        Ok(Outcome::message(text, data).named([named.to_string()]))
    }
}

/// A signer for people.
pub(super) fn shown(signer: &Signer) -> String {
    match signer {
        Signer::Key(fingerprint) => format!("the key {fingerprint}"),
        Signer::Identity { subject, issuer } => format!("{subject} ({issuer})"),
    }
}

/// A signer for machines.
pub(super) fn signer(signer: &Signer) -> Value {
    match signer {
        Signer::Key(fingerprint) => json!({ "key": fingerprint }),
        Signer::Identity { subject, issuer } => json!({ "identity": subject, "issuer": issuer }),
    }
}

fn listed(formats: &[Format]) -> String {
    let names: Vec<&str> = formats.iter().map(|format| format.as_str()).collect();
    names.join(", ")
}
