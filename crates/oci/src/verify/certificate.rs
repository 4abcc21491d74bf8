//! The certificate of a keyless signature: who it is for, who issued it, and whether the trusted root stands for it.
//!
//! Fulcio's extensions are in its [list of object identifiers](https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md).

use std::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, OctetString, Utf8StringRef};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::trusted_root::{Authority, TrustedRoot};
use crate::signature::key::{PublicKey, PublicKeyError};
use crate::signature::sha256;

const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const ISSUER_V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.1");
const ISSUER_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.8");
const USERNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.7");
const TIMESTAMPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2");
/// `id-kp-codeSigning`, 1.3.6.1.5.5.7.3.3, in DER without its header.
const CODE_SIGNING: [u8; 8] = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];

/// Why a certificate does not stand for a signer.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Bytes that are no certificate.
    #[error("the certificate is damaged: {0}")]
    Damaged(String),
    /// Its key.
    #[error("the certificate's key: {0}")]
    Key(#[from] PublicKeyError),
    /// No authority of the root issued it, or not for signing, or not for this time.
    #[error("no authority of the trusted root stands for the certificate: {0}")]
    Untrusted(String),
    /// Nobody's certificate.
    #[error("the certificate says no identity")]
    NoIdentity,
    /// No log of certificates has it.
    #[error("no certificate transparency log of the trusted root vouches for the certificate")]
    NotLogged,
}

/// The certificate of a signer.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    der: Vec<u8>,
    parsed: Certificate,
    pub(super) key: PublicKey,
    /// Mail addresses and URIs; Fulcio writes one.
    pub(super) identities: Vec<String>,
    /// The OIDC issuer.
    pub(super) issuer: String,
}

impl Leaf {
    pub(super) fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let damaged = |error: x509_cert::der::Error| CertificateError::Damaged(error.to_string());
        let parsed = Certificate::from_der(der).map_err(damaged)?;
        let spki = parsed.tbs_certificate.subject_public_key_info.to_der().map_err(damaged)?;
        let key = PublicKey::from_spki(&spki)?;
        let mut leaf =
            Self { der: der.to_vec(), parsed, key, identities: Vec::new(), issuer: String::new() };
        leaf.identities = leaf.read_identities().map_err(damaged)?;
        if leaf.identities.is_empty() {
            return Err(CertificateError::NoIdentity);
        }
        leaf.issuer = leaf.read_issuer();
        Ok(leaf)
    }

    fn extension(&self, id: ObjectIdentifier) -> Option<&Extension> {
        self.parsed.tbs_certificate.extensions.as_ref()?.iter().find(|one| one.extn_id == id)
    }

    fn read_identities(&self) -> Result<Vec<String>, x509_cert::der::Error> {
        let Some(extension) = self.extension(SUBJECT_ALT_NAME) else { return Ok(Vec::new()) };
        let names = SubjectAltName::from_der(extension.extn_value.as_bytes())?;
        let read = |name: &GeneralName| match name {
            GeneralName::Rfc822Name(text) | GeneralName::DnsName(text) => Some(text.to_string()),
            GeneralName::UniformResourceIdentifier(text) => Some(text.to_string()),
            GeneralName::OtherName(other) if other.type_id == USERNAME => {
                Some(other.value.decode_as::<Utf8StringRef<'_>>().ok()?.to_string())
            }
            _ => None,
        };
        Ok(names.0.iter().filter_map(read).collect())
    }

    /// The newer extension is UTF-8 in DER, the older one is the text itself.
    fn read_issuer(&self) -> String {
        if let Some(extension) = self.extension(ISSUER_V2)
            && let Ok(text) = Utf8StringRef::from_der(extension.extn_value.as_bytes())
        {
            return text.to_string();
        }
        self.extension(ISSUER_V1)
            .map(|extension| String::from_utf8_lossy(extension.extn_value.as_bytes()).into_owned())
            .unwrap_or_default()
    }

    /// Whether an authority of the root issued it for signing code, both valid at that time, and a log of certificates vouches for it.
    pub(super) fn check(&self, time: i64, root: &TrustedRoot) -> Result<(), CertificateError> {
        let mut reason = "the trusted root names none for this time".to_owned();
        for authority in root.authorities.iter().filter(|one| one.validity.contains(time)) {
            match self.issued_by(authority, time) {
                Ok(()) => return self.logged(authority, root),
                Err(error) => reason = error.to_string(),
            }
        }
        Err(CertificateError::Untrusted(reason))
    }

    fn issued_by(&self, authority: &Authority, time: i64) -> Result<(), webpki::Error> {
        let chain: Vec<CertificateDer<'_>> =
            authority.chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let Some((root, intermediates)) = chain.split_last() else {
            return Err(webpki::Error::UnknownIssuer);
        };
        let anchors = [anchor_from_trusted_cert(root)?];
        let der = CertificateDer::from(self.der.as_slice());
        let seconds = u64::try_from(time).map_err(|_| webpki::Error::BadDerTime)?;
        EndEntityCert::try_from(&der)?.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            intermediates,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            KeyUsage::required(&CODE_SIGNING),
            None,
            None,
        )?;
        Ok(())
    }

    /// Whether a log signed that it took the certificate ([RFC 6962](https://www.rfc-editor.org/rfc/rfc6962#section-3.2)).
    fn logged(&self, authority: &Authority, root: &TrustedRoot) -> Result<(), CertificateError> {
        let timestamps = self
            .extension(TIMESTAMPS)
            .and_then(|extension| OctetString::from_der(extension.extn_value.as_bytes()).ok())
            .and_then(|list| read_timestamps(list.as_bytes()))
            .ok_or(CertificateError::NotLogged)?;
        // What the log signed is the certificate before the timestamps went into it.
        let mut before = self.parsed.tbs_certificate.clone();
        if let Some(extensions) = &mut before.extensions {
            extensions.retain(|one| one.extn_id != TIMESTAMPS);
        }
        let before =
            before.to_der().map_err(|error| CertificateError::Damaged(error.to_string()))?;
        let issuers = authority.chain.iter().filter_map(|der| {
            let issuer = Certificate::from_der(der).ok()?;
            Some(sha256(&issuer.tbs_certificate.subject_public_key_info.to_der().ok()?))
        });
        for issuer in issuers {
            for timestamp in &timestamps {
                let seconds = i64::try_from(timestamp.milliseconds / 1000).unwrap_or(i64::MAX);
                let signed = root
                    .certificate_logs
                    .iter()
                    .filter(|log| log.id == timestamp.log && log.validity.contains(seconds))
                    .any(|log| {
                        log.key.verifies(&timestamp.message(&issuer, &before), &timestamp.signature)
                    });
                if signed {
                    return Ok(());
                }
            }
        }
        Err(CertificateError::NotLogged)
    }
}

/// A signed certificate timestamp.
struct Timestamp {
    log: Vec<u8>,
    milliseconds: u64,
    extensions: Vec<u8>,
    signature: Vec<u8>,
}

impl Timestamp {
    /// What the log signed: the timestamp and the certificate without its timestamps.
    fn message(&self, issuer_key: &[u8; 32], certificate: &[u8]) -> Vec<u8> {
        let mut message = vec![0, 0];
        message.extend(self.milliseconds.to_be_bytes());
        message.extend([0, 1]);
        message.extend(issuer_key);
        message.extend(&(certificate.len() as u32).to_be_bytes()[1..]);
        message.extend(certificate);
        message.extend((self.extensions.len() as u16).to_be_bytes());
        message.extend(&self.extensions);
        message
    }
}

/// Reads a list of timestamps; those of another version are left out.
fn read_timestamps(list: &[u8]) -> Option<Vec<Timestamp>> {
    let mut list = Reader(list);
    let mut all = Reader(list.vector()?);
    let mut timestamps = Vec::new();
    while !all.0.is_empty() {
        let mut one = Reader(all.vector()?);
        if one.take(1)? != [0] {
            continue;
        }
        let log = one.take(32)?.to_vec();
        let milliseconds = u64::from_be_bytes(one.take(8)?.try_into().ok()?);
        let extensions = one.vector()?.to_vec();
        // The algorithm; the log's key says it, too.
        one.take(2)?;
        timestamps.push(Timestamp {
            log,
            milliseconds,
            extensions,
            signature: one.vector()?.to_vec(),
        });
    }
    Some(timestamps)
}

/// TLS's notation: what has a variable length says it in two bytes before.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn vector(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
        self.take(usize::from(length))
    }
}
