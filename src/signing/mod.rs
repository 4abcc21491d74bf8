//! Who signs artifacts and who must have signed them, as people say it: keys by file or variable, identities, trusted roots.
//!
//! In go words of the command line, out come a [`Signing`] and what trusts them. How signatures are made and judged is `flux_oci`'s business.

mod key;

use std::path::{Path, PathBuf};

use flux_oci::manifest::Annotations;
use flux_oci::reference::Reference;
use flux_oci::registry::Registry;
use flux_oci::sign::{By, Outcome, Request, SignError, sign};
use flux_oci::signature::Format;
use flux_oci::signature::key::PublicKeyError;
use flux_oci::signature::private_key::PrivateKeyError;
use flux_oci::verify::{TrustedRoot, TrustedRootError};

pub use self::key::KeyReference;

/// Why nothing can be signed or verified with what was said.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// A key that lies where keys are not taken from.
    #[error("keys in `{0}://` cannot be used; name a file, or a variable as `env://NAME`")]
    Scheme(String),
    /// A variable without a value.
    #[error("the variable `{0}` is not set, or empty")]
    Variable(String),
    /// A file that cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that is too large for what it should be.
    #[error("`{}` is too large for a key or a trusted root", .0.display())]
    TooLarge(PathBuf),
    /// A private key that cannot be used.
    #[error("{key} cannot sign: {source}")]
    Private {
        /// The key.
        key: KeyReference,
        /// Why not.
        source: PrivateKeyError,
    },
    /// A public key that cannot be used.
    #[error("{key} cannot verify: {source}")]
    Public {
        /// The key.
        key: KeyReference,
        /// Why not.
        source: PublicKeyError,
    },
    /// A trusted root that cannot be used.
    #[error("`{}` cannot be trusted: {source}", path.display())]
    Root {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: TrustedRootError,
    },
}

impl SigningError {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Variable(name) => format!("put the key in PEM into `{name}`, or name its file"),
            Self::Private { source, .. } => match source {
                PrivateKeyError::WrongPassword => {
                    "the password comes from the variable COSIGN_PASSWORD, or is asked for on a terminal".to_owned()
                }
                PrivateKeyError::Public => {
                    "`--key` takes the private half, `cosign.key`; the public one is for `tenantry verify artifact`".to_owned()
                }
                PrivateKeyError::NotCosign(_) => {
                    "`cosign import-key-pair --key FILE` protects it with a password".to_owned()
                }
                PrivateKeyError::NotPem(_) | PrivateKeyError::Kind | PrivateKeyError::Derivation(_) => {
                    "`cosign generate-key-pair` makes a key pair".to_owned()
                }
                _ => return None,
            },
            Self::Public { source: PublicKeyError::Private, .. } => {
                "`--key` takes the public half here, `cosign.pub`; `cosign public-key --key FILE` prints it".to_owned()
            }
            Self::Public { .. } => "`cosign public-key --key FILE` prints a public key".to_owned(),
            Self::Root { .. } => {
                "`cosign trusted-root create` makes one of your own services; Sigstore's is at https://github.com/sigstore/root-signing".to_owned()
            }
            Self::Scheme(_) | Self::Read { .. } | Self::TooLarge(_) => return None,
        })
    }
}

/// How artifacts are signed in a run: of all of them, by one key or one identity.
#[derive(Debug)]
pub struct Signing {
    /// By whom.
    pub by: By,
    /// In which formats.
    pub formats: Vec<Format>,
    /// What the signatures say besides the digest.
    pub annotations: Annotations,
}

impl Signing {
    /// Signs an artifact and pushes the signatures beside it. A tag is resolved once; where there is a digest, that is what is signed.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn sign(&self, registry: &Registry, reference: &Reference) -> Result<Outcome, SignError> {
        let Self { by, formats, annotations } = self;
        sign(registry, &Request { reference, by, formats, annotations })
    }
}

/// Reads a trusted root.
///
/// # Errors
/// When the file cannot be read, or is none.
pub fn trusted_root(path: &Path) -> Result<TrustedRoot, SigningError> {
    TrustedRoot::from_json(&key::text(path)?)
        .map_err(|source| SigningError::Root { path: path.to_owned(), source })
}
