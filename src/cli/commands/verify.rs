//! `tenantry verify`.

use std::fmt::Write as _;

use flux_oci::environment::Environment;
use flux_oci::signature::Format;
use flux_oci::time::rfc3339;
use flux_oci::verify::{Expectation, Fault, Logged, Policy, Report, Trust, VerifyError, verify};
use serde_json::{Value, json};

use super::Pair;
use super::sign::{shown, signer};
use crate::cli::failure::Failure;
use crate::cli::outcome::{Exit, Outcome};
use crate::cli::packages::address;
use crate::cli::registry::RegistryArgs;
use crate::cli::signing::{Formats, SignerArgs, annotations};
use crate::cli::ui::Ui;
use crate::diagnostic::{Code, Diagnostic, Texts};
use crate::signing::trusted_root;

/// Verify what is in a registry
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum VerifyCommand {
    Artifact(Box<VerifyArtifact>),
}

/// Verify that an artifact is signed by a key or an identity
///
/// One signature that is as asked for is enough, whatever others there are. Exits with 3 if there is none, and with 5 if the registry fails.
///
/// Examples:
///
///     tenantry verify artifact oci://ghcr.io/acme/fleet:v1.2.0 --key cosign.pub -a env=production
///     tenantry verify artifact oci://ghcr.io/acme/fleet:v1.2.0 --trusted-root trusted_root.json \
///       --certificate-identity-regexp '^https://github\.com/acme/fleet/.*$' \
///       --certificate-oidc-issuer https://token.actions.githubusercontent.com
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct VerifyArtifact {
    /// The artifact, by tag or by digest.
    #[arg(value_name = "ADDRESS")]
    address: String,

    #[command(flatten)]
    signer: SignerArgs,

    /// Something that the signature must say; it may say more. Can be said several times.
    #[arg(short = 'a', long = "annotation", value_name = "KEY=VALUE")]
    annotations: Vec<Pair>,

    /// Where signatures are looked for; with `both`, one of either is enough.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Formats,

    #[command(flatten)]
    registry: RegistryArgs,
}

impl VerifyCommand {
    pub(super) fn name(&self) -> &'static str {
        "verify artifact"
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let Self::Artifact(args) = self;
        args.run(ui)
    }
}

impl VerifyArtifact {
    fn run(&self, ui: &Ui) -> Result<Outcome, Failure> {
        let reference = address(ui, &self.address)?;
        let policy =
            Policy { trust: self.trust(ui)?, annotations: annotations(&self.annotations)? };
        let registry = self.registry.connect()?;
        let spinner = ui.spinner("Verifying");
        let verified = verify(&registry, &reference, &self.format.all(), &policy);
        spinner.finish_and_clear();
        match verified {
            Ok(report) => {
                Ok(right(&reference.with_digest(report.digest.clone()).to_string(), &report))
            }
            Err(VerifyError::Registry(error)) => Err(error.into()),
            Err(error) => Ok(wrong(&error)),
        }
    }

    fn trust(&self, ui: &Ui) -> Result<Trust, Failure> {
        let said = &self.signer;
        let root =
            said.trusted_root.as_ref().map(|path| trusted_root(&ui.path(path))).transpose()?;
        if let Some(key) = &said.key {
            let key = key.clone().from(|path| ui.path(path)).public(&Environment::default())?;
            return Ok(Trust::Key { key, log: root.filter(|_| said.tlog) });
        }
        let subject = expectation(
            ui,
            said.certificate_identity.as_ref(),
            said.certificate_identity_regexp.as_ref(),
            "--certificate-identity-regexp",
        )?;
        let issuer = expectation(
            ui,
            said.certificate_oidc_issuer.as_ref(),
            said.certificate_oidc_issuer_regexp.as_ref(),
            "--certificate-oidc-issuer-regexp",
        )?;
        match (subject, issuer, root) {
            (None, None, _) => Err(Failure::Usage(
                "nothing says who must have signed: name a public key with `--key FILE`, or an identity with `--certificate-identity` and \
                 `--certificate-oidc-issuer`"
                    .to_owned(),
            )),
            (Some(_), None, _) => Err(Failure::Usage(
                "`--certificate-identity` needs `--certificate-oidc-issuer`: any issuer could vouch for a name".to_owned(),
            )),
            (None, Some(_), _) => Err(Failure::Usage(
                "`--certificate-oidc-issuer` needs `--certificate-identity`: an issuer vouches for everybody it knows".to_owned(),
            )),
            (Some(_), Some(_), None) => Err(Failure::Usage(
                "an identity needs `--trusted-root FILE`, which says whose certificates and logs are believed".to_owned(),
            )),
            (Some(subject), Some(issuer), Some(root)) => Ok(Trust::Identity { subject, issuer, root }),
        }
    }
}

/// Text that must be there exactly, or by a pattern.
fn expectation(
    ui: &Ui,
    exact: Option<&String>,
    pattern: Option<&String>,
    flag: &'static str,
) -> Result<Option<Expectation>, Failure> {
    let Some(pattern) = pattern else { return Ok(exact.cloned().map(Expectation::Exact)) };
    let pattern = regex::Regex::new(pattern).map_err(|error| {
        let reason = error.to_string();
        // The last line says what is wrong; those before draw where.
        let reason =
            reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Failure::BadAnswer {
            flag,
            reason: format!("`{pattern}` is no regular expression: {reason}"),
        }
    })?;
    let expectation = Expectation::Pattern(pattern);
    if expectation.is_open() {
        let message = format!("{flag}: longer text matches {expectation}, too");
        let mut warning = Diagnostic::warning(Code::OpenPattern, message);
        warning.help = Some("begin it with `^` and end it with `$`".to_owned());
        ui.warn(warning);
    }
    Ok(Some(expectation))
}

fn right(named: &str, report: &Report) -> Outcome {
    let mut text = format!("{named}: verified\n");
    for one in &report.verified {
        let said: Vec<String> = one
            .annotations
            .iter()
            .map(|(key, value)| {
                format!(
                    ", {key}={}",
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
                )
            })
            .collect();
        let logged = match one.logged {
            Some(Logged { index, time }) => format!(", logged {} as entry {index}", rfc3339(time)),
            None => String::new(),
        };
        let _ = writeln!(
            text,
            "  {}: by {}{logged}{}",
            one.format.as_str(),
            shown(&one.signer),
            said.concat()
        );
    }
    let signatures: Vec<Value> = report
        .verified
        .iter()
        .map(|one| {
            json!({
                "format": one.format,
                "signer": signer(&one.signer),
                "annotations": one.annotations,
                "log": one.logged.map(|logged| json!({ "index": logged.index, "time": rfc3339(logged.time) })),
            })
        })
        .collect();
    let data = json!({
        "verified": true,
        "url": format!("oci://{named}"),
        "digest": report.digest,
        "signatures": signatures,
        "faults": faults(&report.faults),
    });
    Outcome::answer(text, data).named([named.to_owned()])
}

fn wrong(error: &VerifyError) -> Outcome {
    let none = Vec::new();
    let (found, help) = match error {
        VerifyError::NoneHolds { faults, .. } => (faults, None),
        VerifyError::NoSignature { .. } => {
            (&none, Some("`tenantry sign artifact` signs it, if it is what you mean to trust"))
        }
        _ => (
            &none,
            Some("do not use it; push it again from its source, and find out who changed it"),
        ),
    };
    let mut message = error.to_string();
    for (at, (format, fault)) in found.iter().enumerate() {
        let _ =
            write!(message, "{}\n  {}: {fault}", if at == 0 { ":" } else { "" }, format.as_str());
    }
    let mut diagnostic = Diagnostic::error(Code::NotVerified, message);
    diagnostic.help = help.map(str::to_owned);
    let data = json!({ "verified": false, "faults": faults(found) });
    Outcome::answer("", data).with_diagnostics(vec![diagnostic], Texts::default()).exit(Exit::Found)
}

fn faults(faults: &[(Format, Fault)]) -> Vec<Value> {
    faults
        .iter()
        .map(|(format, fault)| json!({ "format": format, "reason": fault.to_string() }))
        .collect()
}
