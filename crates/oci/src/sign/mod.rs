//! Signing: with the private key of a pair, or keyless, with a key that lives for one signature and a certificate that says whose it was.
//!
//! What is made here is bytes; what pushes them is `push`. Services are asked for keyless signatures and, when wanted, for an entry in the log.

mod fulcio;
mod push;
mod rekor;
mod service;
mod token;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;

use self::fulcio::Certified;
pub use self::push::{Outcome, Request, sign};
pub use self::token::{Token, TokenSource};
use crate::manifest::Annotations;
use crate::reference::{Digest, Reference};
use crate::registry::{Registry, RegistryError};
use crate::signature::bundle::{
    self, Bundle, Bytes, Envelope, EnvelopeSignature, KeyHint, LogEntry, Material,
};
use crate::signature::payload::{Payload, PayloadError};
use crate::signature::private_key::{PrivateKey, PrivateKeyError};
use crate::signature::statement::{PAYLOAD_TYPE, Statement, StatementError, pre_authentication};
use crate::signature::stored::{self, TagSignature};
use crate::signature::{hex, key::PublicKey};
use crate::verify::{Fault, LogError, Signer, identity_of};

/// The public Fulcio.
pub const FULCIO: &str = "https://fulcio.sigstore.dev";
/// The public Rekor.
pub const REKOR: &str = "https://rekor.sigstore.dev";

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The key.
    #[error(transparent)]
    Key(#[from] PrivateKeyError),
    /// The payload.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A document that could not be written.
    #[error("the signature cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    /// The tag's name.
    #[error(transparent)]
    Reference(#[from] crate::reference::ReferenceError),
    /// What was signed is read back, and is not right.
    #[error("what was signed does not verify: {0}")]
    Unverified(#[from] Fault),
    /// What the environment gives is no token.
    #[error("the environment gives no token that can be read")]
    NoToken,
    /// A mail address that nobody verified.
    #[error("the issuer of the token did not verify the mail address `{0}`")]
    MailNotVerified(String),
    /// A service says no.
    #[error("{service} refuses ({reason})")]
    Refused {
        /// Which.
        service: &'static str,
        /// What it says.
        reason: String,
    },
    /// A service does not answer.
    #[error("{service} at {url} fails: {reason}")]
    Unreachable {
        /// Which.
        service: &'static str,
        /// Where.
        url: String,
        /// What happened.
        reason: String,
    },
    /// A service answers something else.
    #[error("the answer of {service} is not what its specification says: {reason}")]
    OddAnswer {
        /// Which.
        service: &'static str,
        /// What is odd.
        reason: String,
    },
}

impl SignError {
    /// Whether a registry or a service failed, so that a retry may help.
    pub fn is_outside(&self) -> bool {
        match self {
            Self::Registry(error) => error.is_outside(),
            Self::Unreachable { .. } => true,
            _ => false,
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Registry(error) => return error.help(),
            Self::NoToken => "SIGSTORE_ID_TOKEN holds a JSON Web Token whose audience is `sigstore`".to_owned(),
            Self::MailNotVerified(_) => "verify it with the issuer, or sign with `--key`".to_owned(),
            Self::Refused { service: "Fulcio", .. } => {
                "Fulcio takes fresh tokens with the audience `sigstore` of the issuers that it knows".to_owned()
            }
            Self::Refused { service: "Rekor", .. } => "sign with `--key` to do without the log".to_owned(),
            Self::Refused { .. } => "give the job `permissions: id-token: write`".to_owned(),
            Self::Unreachable { .. } => "what is signed already stays; run it again".to_owned(),
            _ => return None,
        })
    }
}

impl From<LogError> for SignError {
    fn from(error: LogError) -> Self {
        Self::OddAnswer { service: "Rekor", reason: error.to_string() }
    }
}

/// By whom is signed.
#[derive(Debug)]
pub enum By {
    /// By a key, which is in no log unless one is named.
    Key {
        /// The key.
        key: PrivateKey,
        /// The address of a Rekor.
        rekor: Option<String>,
    },
    /// By the identity that the environment's token says.
    Identity {
        /// Where the token comes from.
        token: TokenSource,
        /// The address of a Fulcio.
        fulcio: String,
        /// The address of a Rekor.
        rekor: String,
    },
}

/// Whether something beside an artifact is a signature, whosoever: in either format.
///
/// # Errors
/// The registry's.
pub fn is_signed(
    registry: &Registry,
    reference: &Reference,
    digest: &Digest,
) -> Result<bool, RegistryError> {
    let tagged = match stored::tag(digest) {
        Ok(tag) => match registry.resolve(&reference.with_tag(tag)) {
            Ok(_) => true,
            Err(error) if error.is_not_found() => false,
            Err(error) => return Err(error),
        },
        Err(_) => false,
    };
    Ok(tagged || !registry.referrers(reference, digest, None)?.is_empty())
}

/// Whoever signs, ready to: with the certificate, if there is one.
struct Signatory<'a> {
    registry: &'a Registry,
    credential: Credential<'a>,
    rekor: Option<&'a str>,
}

enum Credential<'a> {
    Key(&'a PrivateKey),
    Certified(Box<Certified>),
}

impl<'a> Signatory<'a> {
    fn new(by: &'a By, registry: &'a Registry) -> Result<Self, SignError> {
        match by {
            By::Key { key, rekor } => {
                Ok(Self { registry, credential: Credential::Key(key), rekor: rekor.as_deref() })
            }
            By::Identity { token, fulcio, rekor } => {
                let token = token.token(registry)?;
                let certified = fulcio::certify(registry, fulcio, &token)?;
                let credential = Credential::Certified(Box::new(certified));
                Ok(Self { registry, credential, rekor: Some(rekor) })
            }
        }
    }

    fn key(&self) -> &PrivateKey {
        match &self.credential {
            Credential::Key(key) => key,
            Credential::Certified(certified) => &certified.key,
        }
    }

    fn public(&self) -> &PublicKey {
        self.key().public()
    }

    /// Who signs, as those who verify will see it.
    fn signer(&self) -> Result<Signer, SignError> {
        match &self.credential {
            Credential::Key(key) => Ok(Signer::Key(key.public().fingerprint())),
            Credential::Certified(certified) => {
                identity_of(&certified.certificate).map_err(|error| SignError::OddAnswer {
                    service: "Fulcio",
                    reason: error.to_string(),
                })
            }
        }
    }

    /// How a log is told who signed: the certificate, or the key.
    fn verifier(&self) -> String {
        match &self.credential {
            Credential::Key(key) => key.public().to_pem(),
            Credential::Certified(certified) => certificate_pem(&certified.certificate),
        }
    }

    /// A signature in the tag format.
    fn tag(
        &self,
        repository: &str,
        digest: &Digest,
        annotations: &Annotations,
    ) -> Result<TagSignature, SignError> {
        let payload = Payload::new(repository, digest, annotations).to_bytes()?;
        let signature = self.key().sign(&payload)?;
        let mut annotations =
            Annotations::from([(stored::SIGNATURE.to_owned(), BASE64.encode(&signature))]);
        if let Credential::Certified(certified) = &self.credential {
            let chain: String = certified.chain.iter().map(|der| certificate_pem(der)).collect();
            annotations
                .insert(stored::CERTIFICATE.to_owned(), certificate_pem(&certified.certificate));
            annotations.insert(stored::CHAIN.to_owned(), chain);
        }
        if let Some(rekor) = self.rekor {
            let wanted = rekor::hashed(&payload, &signature, &self.verifier());
            let entry = self.logged(rekor, &wanted, &payload, &signature)?;
            annotations.insert(stored::BUNDLE.to_owned(), tag_bundle(&entry));
        }
        Ok(TagSignature { payload, annotations })
    }

    /// A signature in the bundle format.
    fn bundle(&self, digest: &Digest, annotations: &Annotations) -> Result<Vec<u8>, SignError> {
        let payload = Statement::new(digest, annotations).to_bytes()?;
        let signature = self.key().sign(&pre_authentication(PAYLOAD_TYPE, &payload))?;
        let envelope = Envelope {
            payload: Bytes(payload.clone()),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: vec![EnvelopeSignature {
                sig: Bytes(signature.clone()),
                keyid: String::new(),
            }],
        };
        let mut material = Material::default();
        match &self.credential {
            Credential::Key(_) => {
                material.public_key = Some(KeyHint { hint: self.public().hint() });
            }
            Credential::Certified(certified) => {
                material.certificate =
                    Some(bundle::Certificate { raw_bytes: Bytes(certified.certificate.clone()) });
            }
        }
        if let Some(rekor) = self.rekor {
            let wanted = rekor::enveloped(&envelope, &self.verifier())?;
            material.tlog_entries = vec![self.logged(rekor, &wanted, &payload, &signature)?];
        }
        let bundle = Bundle {
            media_type: bundle::MEDIA_TYPE.to_owned(),
            verification_material: material,
            dsse_envelope: Some(envelope),
        };
        Ok(serde_json::to_vec(&bundle)?)
    }

    /// Has the log take a signature, and looks whether it took this one.
    fn logged(
        &self,
        rekor: &str,
        wanted: &serde_json::Value,
        payload: &[u8],
        signature: &[u8],
    ) -> Result<LogEntry, SignError> {
        let entry = rekor::add(self.registry, rekor, wanted)?;
        let verifier = match &self.credential {
            Credential::Key(key) => key.public().spki(),
            Credential::Certified(certified) => &certified.certificate,
        };
        crate::verify::is_about(&entry, signature, verifier, payload)?;
        Ok(entry)
    }
}

fn certificate_pem(der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), config)
}

/// What the log promised, as an annotation of the tag format.
fn tag_bundle(entry: &LogEntry) -> String {
    let promise = entry.inclusion_promise.as_ref().map(|promise| &promise.signed_entry_timestamp);
    json!({
        "SignedEntryTimestamp": promise,
        "Payload": {
            "body": entry.canonicalized_body,
            "integratedTime": entry.integrated_time.0,
            "logIndex": entry.log_index.0,
            "logID": hex(&entry.log_id.key_id.0),
        },
    })
    .to_string()
}
