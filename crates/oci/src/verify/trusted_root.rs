//! The [trusted root](https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto): which authorities and logs are
//! believed, and when they were good. Sigstore's public one comes by TUF (`cosign trusted-root`, `gh attestation trusted-root`); a private
//! one is made with `cosign trusted-root create`.

use serde::Deserialize;
use x509_cert::der::DateTime;

use crate::signature::bundle::{Bytes, Chain, LogId};
use crate::signature::key::{PublicKey, PublicKeyError};
use crate::signature::sha256;

/// Why a file is no trusted root.
#[derive(Debug, thiserror::Error)]
pub enum TrustedRootError {
    /// No JSON, or other fields.
    #[error("it is no trusted root of Sigstore: {0}")]
    Json(#[from] serde_json::Error),
    /// Another kind of document.
    #[error("it is a `{0}`, and no trusted root of Sigstore")]
    MediaType(String),
    /// A key of a log.
    #[error("the key of the log {log}: {source}")]
    Key {
        /// The log's address.
        log: String,
        /// Why not.
        source: PublicKeyError,
    },
    /// A time.
    #[error("`{0}` is no time in RFC 3339 and UTC")]
    Time(String),
    /// Neither authorities nor logs.
    #[error("it names neither a certificate authority nor a transparency log")]
    Empty,
}

/// What is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedRoot {
    /// Who may issue certificates.
    pub(crate) authorities: Vec<Authority>,
    /// Rekor.
    pub(crate) logs: Vec<Log>,
    /// Logs of certificates.
    pub(crate) certificate_logs: Vec<Log>,
}

/// A certificate authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    /// DER; each is issued by the next, the last is the root.
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) validity: Validity,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    /// How entries name it: the SHA-256 of its key.
    pub(crate) id: Vec<u8>,
    pub(crate) key: PublicKey,
    pub(crate) validity: Validity,
}

/// Seconds since 1970 between which something was good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validity {
    start: Option<i64>,
    end: Option<i64>,
}

impl Validity {
    pub(crate) fn contains(self, time: i64) -> bool {
        self.start.is_none_or(|start| start <= time) && self.end.is_none_or(|end| time <= end)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: String,
    #[serde(default)]
    tlogs: Vec<DocumentLog>,
    #[serde(default)]
    certificate_authorities: Vec<DocumentAuthority>,
    #[serde(default)]
    ctlogs: Vec<DocumentLog>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentAuthority {
    cert_chain: Chain,
    #[serde(default)]
    valid_for: DocumentValidity,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentLog {
    #[serde(default)]
    base_url: String,
    public_key: DocumentKey,
    #[serde(default)]
    log_id: Option<LogId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentKey {
    raw_bytes: Bytes,
    #[serde(default)]
    valid_for: DocumentValidity,
}

#[derive(Default, Deserialize)]
struct DocumentValidity {
    start: Option<String>,
    end: Option<String>,
}

impl TrustedRoot {
    /// Reads `trusted_root.json`.
    pub fn from_json(text: &str) -> Result<Self, TrustedRootError> {
        let document: Document = serde_json::from_str(text)?;
        if !document.media_type.starts_with("application/vnd.dev.sigstore.trustedroot") {
            return Err(TrustedRootError::MediaType(document.media_type));
        }
        let authorities = document
            .certificate_authorities
            .into_iter()
            .map(|authority| {
                let chain = authority.cert_chain.certificates;
                Ok(Authority {
                    chain: chain.into_iter().map(|certificate| certificate.raw_bytes.0).collect(),
                    validity: authority.valid_for.seconds()?,
                })
            })
            .collect::<Result<Vec<_>, TrustedRootError>>()?;
        let logs = |logs: Vec<DocumentLog>| {
            logs.into_iter().map(DocumentLog::read).collect::<Result<Vec<_>, TrustedRootError>>()
        };
        let root = Self {
            authorities,
            logs: logs(document.tlogs)?,
            certificate_logs: logs(document.ctlogs)?,
        };
        match root.authorities.is_empty() && root.logs.is_empty() {
            true => Err(TrustedRootError::Empty),
            false => Ok(root),
        }
    }
}

impl DocumentLog {
    fn read(self) -> Result<Log, TrustedRootError> {
        let spki = self.public_key.raw_bytes.0;
        let key = PublicKey::from_spki(&spki)
            .map_err(|source| TrustedRootError::Key { log: self.base_url, source })?;
        let id = self.log_id.map_or_else(|| sha256(&spki).to_vec(), |id| id.key_id.0);
        Ok(Log { id, key, validity: self.public_key.valid_for.seconds()? })
    }
}

impl DocumentValidity {
    fn seconds(&self) -> Result<Validity, TrustedRootError> {
        let read = |text: &Option<String>| text.as_deref().map(seconds).transpose();
        Ok(Validity { start: read(&self.start)?, end: read(&self.end)? })
    }
}

/// Seconds since 1970 of `2021-03-07T03:20:29.000Z`.
fn seconds(text: &str) -> Result<i64, TrustedRootError> {
    let wrong = || TrustedRootError::Time(text.to_owned());
    // Fractions of a second are no part of what `DateTime` reads.
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.ends_with('Z') => format!("{whole}Z"),
        _ => text.to_owned(),
    };
    let time: DateTime = whole.parse().map_err(|_| wrong())?;
    i64::try_from(time.unix_duration().as_secs()).map_err(|_| wrong())
}
