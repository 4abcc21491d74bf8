//! How commands come to a key or an identity that signs: the flags that they share, and the password.

use std::path::PathBuf;

use flux_oci::environment::Environment;
use flux_oci::manifest::Annotations;
use flux_oci::reference::is_loopback;
use flux_oci::sign::{By, FULCIO, REKOR, TokenSource};
use flux_oci::signature::Format;

use super::commands::Pair;
use super::failure::Failure;
use super::ui::Ui;
use crate::signing::{KeyReference, Signing};

/// How signatures are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Formats {
    /// In both ways.
    #[default]
    Both,
    /// As a manifest with the tag `sha256-….sig`: cosign since its beginning, and every Flux.
    Tag,
    /// As a Sigstore bundle that refers to the artifact: cosign 3, and Flux 2.8 and later.
    Bundle,
}

impl Formats {
    /// Each of them.
    pub(crate) fn all(self) -> Vec<Format> {
        match self {
            Self::Both => vec![Format::Tag, Format::Bundle],
            Self::Tag => vec![Format::Tag],
            Self::Bundle => vec![Format::Bundle],
        }
    }
}

/// By whom and how artifacts are signed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Signing")]
pub(crate) struct SigningArgs {
    /// Sign with the private key in this file, as `cosign generate-key-pair` makes it, or in a variable.
    ///
    /// Its password comes from the variable COSIGN_PASSWORD, or is asked for. Without a key the identity of the job signs, where there is
    /// one: by the token in SIGSTORE_ID_TOKEN, or by that of GitHub Actions with `permissions: id-token: write`.
    #[arg(long, value_name = "FILE|env://NAME")]
    key: Option<KeyReference>,

    /// How the signatures are stored.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Formats,

    /// Put signatures of a key into the transparency log, too, as those of identities always are. The log is public.
    #[arg(long)]
    tlog: bool,

    /// The authority that certifies identities.
    #[arg(long, value_name = "URL", env = "SIGSTORE_FULCIO_URL", default_value = FULCIO)]
    fulcio_url: String,

    /// The transparency log.
    #[arg(long, value_name = "URL", env = "SIGSTORE_REKOR_URL", default_value = REKOR)]
    rekor_url: String,
}

impl SigningArgs {
    /// Whether a key is named.
    pub(crate) fn names_key(&self) -> bool {
        self.key.is_some()
    }

    /// Who signs, ready to: the key is read and its password taken. The annotations are what signatures say besides the digest.
    pub(crate) fn signing(&self, ui: &Ui, annotations: Annotations) -> Result<Signing, Failure> {
        let environment = Environment::default();
        let by = match &self.key {
            Some(key) => {
                let rekor = self.tlog.then(|| url("--rekor-url", &self.rekor_url)).transpose()?;
                let key = key.clone().from(|path| ui.path(path));
                By::Key { key: key.private(&environment, || password(ui, &key))?, rekor }
            }
            None => {
                let token = TokenSource::of(&environment).ok_or_else(|| {
                    Failure::Usage(
                        "nothing says who signs: name a private key with `--key FILE`, or run where the environment has a token of the \
                         job's identity (SIGSTORE_ID_TOKEN, or GitHub Actions with `permissions: id-token: write`)"
                            .to_owned(),
                    )
                })?;
                let fulcio = url("--fulcio-url", &self.fulcio_url)?;
                By::Identity { token, fulcio, rekor: url("--rekor-url", &self.rekor_url)? }
            }
        };
        Ok(Signing { by, formats: self.format.all(), annotations })
    }
}

/// Annotations of the command line.
pub(crate) fn annotations(said: &[Pair]) -> Result<Annotations, Failure> {
    let mut annotations = Annotations::new();
    for Pair { key, value } in said {
        if annotations.insert(key.clone(), value.clone()).is_some() {
            let reason = format!("`{key}` is said twice");
            return Err(Failure::BadAnswer { flag: "--annotation", reason });
        }
    }
    Ok(annotations)
}

/// The address of a service: tokens go there, so it is HTTPS, but for this machine.
fn url(flag: &'static str, text: &str) -> Result<String, Failure> {
    let host = |rest: &str| rest.split(['/', '?']).next().unwrap_or_default().to_owned();
    let right = match text.split_once("://") {
        Some(("https", rest)) => !host(rest).is_empty(),
        Some(("http", rest)) => is_loopback(&host(rest)),
        _ => false,
    };
    match right {
        true => Ok(text.to_owned()),
        false => Err(Failure::BadAnswer {
            flag,
            reason: format!(
                "`{text}` is no address with `https://`; `http://` is for this machine alone"
            ),
        }),
    }
}

/// The password of a private key: from the variable that cosign takes it from, even if it is empty, or by a question.
fn password(ui: &Ui, key: &KeyReference) -> Result<Vec<u8>, Failure> {
    match std::env::var_os("COSIGN_PASSWORD") {
        Some(password) => Ok(password.into_encoded_bytes()),
        None if ui.interactive => Ok(dialoguer::Password::new()
            .with_prompt("Password of the private key")
            .allow_empty_password(true)
            .interact()?
            .into_bytes()),
        None => Err(Failure::Usage(format!(
            "{key} wants its password, and there is no terminal to ask on: put it into the variable COSIGN_PASSWORD"
        ))),
    }
}

/// By whom an artifact must be signed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Signer")]
pub(crate) struct SignerArgs {
    /// The public key of a pair.
    #[arg(long, value_name = "FILE|env://NAME", conflicts_with_all = ["certificate_identity", "certificate_identity_regexp"])]
    pub key: Option<KeyReference>,

    /// The identity of a keyless signature, such as `https://github.com/acme/fleet/.github/workflows/push.yaml@refs/heads/main`.
    #[arg(long, value_name = "IDENTITY", conflicts_with = "certificate_identity_regexp")]
    pub certificate_identity: Option<String>,

    /// The same by a regular expression, which is found anywhere in the identity unless `^` and `$` say otherwise, as Flux's
    /// `matchOIDCIdentity` does it.
    #[arg(long, value_name = "REGEX")]
    pub certificate_identity_regexp: Option<String>,

    /// Who vouched for the identity, such as `https://token.actions.githubusercontent.com`.
    #[arg(long, value_name = "ISSUER", conflicts_with_all = ["key", "certificate_oidc_issuer_regexp"])]
    pub certificate_oidc_issuer: Option<String>,

    /// The same by a regular expression.
    #[arg(long, value_name = "REGEX", conflicts_with = "key")]
    pub certificate_oidc_issuer_regexp: Option<String>,

    /// The authorities and logs that are believed, as `trusted_root.json` of Sigstore.
    #[arg(long, value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,

    /// Ask that a transparency log has signatures of a key, too.
    #[arg(long, requires_all = ["key", "trusted_root"])]
    pub tlog: bool,
}
