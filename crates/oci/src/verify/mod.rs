//! Verification: whether a signature is of a manifest, by whom it must be, and says what it must say.
//!
//! What is judged here is bytes; what fetches them from a registry is above. Each way in which a signature may be wrong is an error of its own.

mod certificate;
mod fetch;
mod identity;
mod transparency;
mod trusted_root;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use self::certificate::CertificateError;
use self::certificate::Leaf;
pub use self::fetch::{Found, Report, VerifyError, find, verify};
pub use self::identity::Expectation;
use self::transparency::Expected;
pub use self::transparency::LogError;
pub use self::trusted_root::{TrustedRoot, TrustedRootError};
use crate::manifest::Annotations;
use crate::reference::Digest;
use crate::signature::bundle::{
    Bundle, Bytes, InclusionPromise, KindVersion, LogEntry, LogId, Number,
};
use crate::signature::key::PublicKey;
use crate::signature::payload::{Payload, PayloadError};
use crate::signature::statement::{
    PAYLOAD_TYPE, PREDICATE_TYPE, Statement, StatementError, pre_authentication,
};
use crate::signature::stored::{self, TagSignature};
use crate::signature::{Format, from_hex};

/// What a signature must be.
#[derive(Clone, Debug)]
pub struct Policy {
    /// By whom.
    pub trust: Trust,
    /// What it must say besides the digest; it may say more.
    pub annotations: Annotations,
}

/// By whom a signature must be.
#[derive(Clone, Debug)]
pub enum Trust {
    /// By a key.
    Key {
        /// The key.
        key: PublicKey,
        /// The logs that must have it. Without, no log is asked, as Flux's source-controller asks none for keys.
        log: Option<TrustedRoot>,
    },
    /// By an identity that an OIDC issuer vouched for.
    Identity {
        /// The certificate's subject alternative name.
        subject: Expectation,
        /// The issuer of the token.
        issuer: Expectation,
        /// The authorities and the logs.
        root: TrustedRoot,
    },
}

/// A signature that holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// How it is stored.
    pub format: Format,
    /// Who signed.
    pub signer: Signer,
    /// What the signature says besides the digest.
    pub annotations: Map<String, Value>,
    /// Where a log has it, when one was asked.
    pub logged: Option<Logged>,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// A key, by its fingerprint.
    Key(String),
    /// An identity.
    Identity {
        /// A mail address or a URI, such as that of a workflow.
        subject: String,
        /// Who vouched for it.
        issuer: String,
    },
}

/// An entry of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its index.
    pub index: i64,
    /// When the log took it, in seconds since 1970.
    pub time: i64,
}

/// Why a signature does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A signature of another key, or of other bytes.
    #[error("it is not made by the key {0}, or what it signs was changed")]
    WrongKey(String),
    /// A signature that is not made by the key of its own certificate.
    #[error("it is not made by the key of its certificate, or what it signs was changed")]
    NotByCertificate,
    /// A right signature of something else.
    #[error("it is a signature of {signed}, not of this artifact")]
    OtherDigest {
        /// What it is of.
        signed: String,
    },
    /// An annotation that is not there, or says something else.
    #[error("{}", match found {
        Some(found) => format!("it says {key}={found}, not {key}={wanted}"),
        None => format!("it does not say {key}={wanted}"),
    })]
    Annotation {
        /// Which.
        key: String,
        /// What it must say.
        wanted: String,
        /// What it says.
        found: Option<String>,
    },
    /// A signature by certificate where a key was asked for, or the reverse.
    #[error("it is made {found}, and {wanted} was asked for")]
    OtherKind {
        /// How it is made.
        found: &'static str,
        /// How it should be.
        wanted: &'static str,
    },
    /// Somebody else's.
    #[error("it is by `{subject}`, for whom `{issuer}` vouches; {wanted} was asked for")]
    OtherIdentity {
        /// Who signed.
        subject: String,
        /// Who vouches.
        issuer: String,
        /// Who was asked for.
        wanted: String,
    },
    /// The payload was replaced after it was signed.
    #[error("its payload has the digest {found}, not the {expected} that its manifest says")]
    OtherPayload {
        /// What the manifest says.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A document that cannot be read.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// An attestation, which says something of the artifact and is no signature of it.
    #[error("it is an attestation `{0}`, and no signature")]
    Attestation(String),
    /// The payload.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// What a signature consists of, whatever the format.
struct Parts<'a> {
    /// The bytes over which the signature is.
    message: &'a [u8],
    /// What they say, of which logs keep the hash.
    payload: &'a [u8],
    signature: &'a [u8],
    /// DER.
    certificate: Option<&'a [u8]>,
    entry: Option<&'a LogEntry>,
}

impl Policy {
    /// Checks a signature of the tag format of the manifest with this digest.
    pub fn check_tag(&self, signature: &TagSignature, digest: &Digest) -> Result<Verified, Fault> {
        let annotation = |key: &str| signature.annotations.get(key).map(String::as_str);
        let damaged =
            |what: &str, error: &dyn std::fmt::Display| Fault::Damaged(format!("{what}: {error}"));
        let bytes = BASE64
            .decode(annotation(stored::SIGNATURE).unwrap_or_default())
            .map_err(|error| damaged("the signature", &error))?;
        let certificate = annotation(stored::CERTIFICATE)
            .filter(|text| !text.is_empty())
            .map(|text| pem::parse(text).map_err(|error| damaged("the certificate", &error)))
            .transpose()?;
        let entry = annotation(stored::BUNDLE).map(tag_entry).transpose()?;
        let (signer, logged) = self.made(&Parts {
            message: &signature.payload,
            payload: &signature.payload,
            signature: &bytes,
            certificate: certificate.as_ref().map(pem::Pem::contents),
            entry: entry.as_ref(),
        })?;
        let payload = Payload::from_bytes(&signature.payload)?;
        if payload.digest != digest.as_str() {
            return Err(Fault::OtherDigest { signed: payload.digest });
        }
        self.says(&payload.annotations)?;
        Ok(Verified { format: Format::Tag, signer, annotations: payload.annotations, logged })
    }

    /// Checks a signature of the bundle format, in JSON, of the manifest with this digest.
    pub fn check_bundle(&self, json: &[u8], digest: &Digest) -> Result<Verified, Fault> {
        let bundle: Bundle =
            serde_json::from_slice(json).map_err(|error| Fault::Damaged(error.to_string()))?;
        let envelope = bundle
            .dsse_envelope
            .ok_or_else(|| Fault::Damaged("it has no DSSE envelope".to_owned()))?;
        if envelope.payload_type != PAYLOAD_TYPE {
            return Err(Fault::Damaged(format!("its payload is a `{}`", envelope.payload_type)));
        }
        let [signature] = envelope.signatures.as_slice() else {
            let count = envelope.signatures.len();
            return Err(Fault::Damaged(format!("its envelope has {count} signatures, not one")));
        };
        let payload = &envelope.payload.0;
        let (signer, logged) = self.made(&Parts {
            message: &pre_authentication(&envelope.payload_type, payload),
            payload,
            signature: &signature.sig.0,
            certificate: bundle.verification_material.certificate(),
            entry: bundle.verification_material.tlog_entries.first(),
        })?;
        let mut statement = Statement::from_bytes(payload)?;
        if statement.predicate_type != PREDICATE_TYPE {
            return Err(Fault::Attestation(statement.predicate_type));
        }
        let Some(at) = statement.position_of(digest) else {
            let of = |(algorithm, hex): (&String, &String)| format!("{algorithm}:{hex}");
            let signed: Vec<String> = statement
                .subject
                .iter()
                .flat_map(|subject| subject.digest.iter().map(of))
                .collect();
            return Err(Fault::OtherDigest { signed: signed.join(", ") });
        };
        let annotations = statement.subject.swap_remove(at).annotations;
        self.says(&annotations)?;
        Ok(Verified { format: Format::Bundle, signer, annotations, logged })
    }

    /// Who made a signature, if it is who must have.
    fn made(&self, parts: &Parts<'_>) -> Result<(Signer, Option<Logged>), Fault> {
        match &self.trust {
            Trust::Key { key, log } => {
                if parts.certificate.is_some() {
                    return Err(Fault::OtherKind {
                        found: "with a certificate",
                        wanted: "one by a key",
                    });
                }
                if !key.verifies(parts.message, parts.signature) {
                    return Err(Fault::WrongKey(key.fingerprint()));
                }
                let logged =
                    log.as_ref().map(|root| logged(parts, key.spki(), root)).transpose()?;
                Ok((Signer::Key(key.fingerprint()), logged))
            }
            Trust::Identity { subject, issuer, root } => {
                let der = parts.certificate.ok_or(Fault::OtherKind {
                    found: "by a key",
                    wanted: "one with the certificate of an identity",
                })?;
                let leaf = Leaf::from_der(der)?;
                // The log comes first: it tells the time at which the certificate must have been good.
                let logged = logged(parts, der, root)?;
                leaf.check(logged.time, root)?;
                if !leaf.key.verifies(parts.message, parts.signature) {
                    return Err(Fault::NotByCertificate);
                }
                let found = leaf.identities.iter().find(|one| subject.matches(one));
                match found.filter(|_| issuer.matches(&leaf.issuer)) {
                    Some(found) => {
                        let signer = Signer::Identity {
                            subject: found.clone(),
                            issuer: leaf.issuer.clone(),
                        };
                        Ok((signer, Some(logged)))
                    }
                    None => Err(Fault::OtherIdentity {
                        subject: leaf.identities.join(", "),
                        issuer: leaf.issuer,
                        wanted: format!("{subject} of {issuer}"),
                    }),
                }
            }
        }
    }

    /// Whether a signature says what it must.
    fn says(&self, annotations: &Map<String, Value>) -> Result<(), Fault> {
        for (key, wanted) in &self.annotations {
            let found = annotations.get(key);
            if found.and_then(Value::as_str) != Some(wanted) {
                let found = found
                    .map(|found| found.as_str().map_or_else(|| found.to_string(), str::to_owned));
                return Err(Fault::Annotation { key: key.clone(), wanted: wanted.clone(), found });
            }
        }
        Ok(())
    }
}

/// Whose certificate (DER) it is. Whether that is true, only a trusted root can tell.
pub(crate) fn identity_of(certificate: &[u8]) -> Result<Signer, CertificateError> {
    let leaf = Leaf::from_der(certificate)?;
    Ok(Signer::Identity { subject: leaf.identities.join(", "), issuer: leaf.issuer })
}

/// Whether an entry of a log is of a signature, by the key or the certificate (DER), over a payload.
pub(crate) fn is_about(
    entry: &LogEntry,
    signature: &[u8],
    verifier: &[u8],
    payload: &[u8],
) -> Result<(), LogError> {
    transparency::compare(&entry.canonicalized_body.0, &Expected { signature, verifier, payload })
}

fn logged(parts: &Parts<'_>, verifier: &[u8], root: &TrustedRoot) -> Result<Logged, LogError> {
    let entry = parts.entry.ok_or(LogError::Missing)?;
    let expected = Expected { signature: parts.signature, verifier, payload: parts.payload };
    let time = transparency::check(entry, &expected, root)?;
    Ok(Logged { index: entry.log_index.0, time })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagBundle {
    signed_entry_timestamp: Bytes,
    payload: TagBundlePayload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagBundlePayload {
    body: Bytes,
    integrated_time: i64,
    log_index: i64,
    #[serde(rename = "logID")]
    log_id: String,
}

/// The entry of a log as the tag format's annotation has it.
fn tag_entry(json: &str) -> Result<LogEntry, Fault> {
    let damaged = |error: String| Fault::Damaged(format!("the entry of its log: {error}"));
    let bundle: TagBundle =
        serde_json::from_str(json).map_err(|error| damaged(error.to_string()))?;
    let id = from_hex(&bundle.payload.log_id)
        .ok_or_else(|| damaged("its log has no hexadecimal id".to_owned()))?;
    Ok(LogEntry {
        log_index: Number(bundle.payload.log_index),
        log_id: LogId { key_id: Bytes(id) },
        kind_version: KindVersion::default(),
        integrated_time: Number(bundle.payload.integrated_time),
        inclusion_promise: Some(InclusionPromise {
            signed_entry_timestamp: bundle.signed_entry_timestamp,
        }),
        inclusion_proof: None,
        canonicalized_body: bundle.payload.body,
    })
}
