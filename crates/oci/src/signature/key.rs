//! Public keys: read from PEM, and asked whether a signature is theirs.

use std::fmt;

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::{hex, sha256};

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Why a public key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PublicKeyError {
    /// No PEM, or another kind of PEM.
    #[error("it is no public key in PEM: {0}")]
    NotPem(String),
    /// The private half of a key pair.
    #[error("it is a private key, which is not for verifying")]
    Private,
    /// PEM around bytes that are no key.
    #[error("its bytes are no public key: {0}")]
    Malformed(String),
    /// A key of another kind.
    #[error("a key of the kind {0} is not known; ECDSA (P-256, P-384, P-521), RSA and Ed25519 are")]
    UnknownKind(String),
}

/// The kind of a key, and so the algorithms of its signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256, what `cosign generate-key-pair` makes; SHA-256.
    P256,
    /// ECDSA on P-384; SHA-384, or SHA-256 as Flux hashes for every key.
    P384,
    /// ECDSA on P-521; SHA-512, or SHA-256 as Flux hashes for every key.
    P521,
    /// RSA with 2048 to 8192 bits; PKCS #1 v1.5 and SHA-256.
    Rsa,
    /// Ed25519 of the message itself (not the prehashed Ed25519ph).
    Ed25519,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "ECDSA P-256",
            Self::P384 => "ECDSA P-384",
            Self::P521 => "ECDSA P-521",
            Self::Rsa => "RSA",
            Self::Ed25519 => "Ed25519",
        })
    }
}

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    spki: Vec<u8>,
    raw: Vec<u8>,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.fingerprint())
    }
}

impl PublicKey {
    /// Reads a key in PEM: `PUBLIC KEY` (PKIX), as `cosign public-key` prints it, or `RSA PUBLIC KEY` (PKCS #1).
    pub fn from_pem(text: &str) -> Result<Self, PublicKeyError> {
        let block = pem::parse(text).map_err(|error| PublicKeyError::NotPem(error.to_string()))?;
        match block.tag() {
            "PUBLIC KEY" => Self::from_spki(block.contents()),
            "RSA PUBLIC KEY" => {
                let raw = block.contents().to_vec();
                let malformed =
                    |error: x509_cert::der::Error| PublicKeyError::Malformed(error.to_string());
                let spki = SubjectPublicKeyInfoOwned {
                    algorithm: AlgorithmIdentifierOwned {
                        oid: RSA,
                        parameters: Some(x509_cert::der::asn1::Null.into()),
                    },
                    subject_public_key: x509_cert::der::asn1::BitString::from_bytes(&raw)
                        .map_err(malformed)?,
                };
                Self::from_spki(&spki.to_der().map_err(malformed)?)
            }
            tag if tag.ends_with("PRIVATE KEY") => Err(PublicKeyError::Private),
            tag => Err(PublicKeyError::NotPem(format!("the block is a `{tag}`"))),
        }
    }

    /// Reads a SubjectPublicKeyInfo in DER ([RFC 5280](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)).
    pub fn from_spki(der: &[u8]) -> Result<Self, PublicKeyError> {
        let spki = SubjectPublicKeyInfoOwned::from_der(der)
            .map_err(|error| PublicKeyError::Malformed(error.to_string()))?;
        let curve = spki
            .algorithm
            .parameters
            .as_ref()
            .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
        let kind = match (spki.algorithm.oid, curve) {
            (EC, Some(P256)) => KeyKind::P256,
            (EC, Some(P384)) => KeyKind::P384,
            (EC, Some(P521)) => KeyKind::P521,
            (RSA, _) => KeyKind::Rsa,
            (ED25519, _) => KeyKind::Ed25519,
            (EC, Some(curve)) => return Err(PublicKeyError::UnknownKind(format!("ECDSA {curve}"))),
            (other, _) => return Err(PublicKeyError::UnknownKind(other.to_string())),
        };
        let raw = spki.subject_public_key.as_bytes().unwrap_or_default().to_vec();
        Ok(Self { kind, spki: der.to_vec(), raw })
    }

    /// Its kind.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The key in PEM.
    pub fn to_pem(&self) -> String {
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("PUBLIC KEY", self.spki.clone()), config)
    }

    /// `sha256:<hex>` of the SubjectPublicKeyInfo: how people tell keys apart.
    pub fn fingerprint(&self) -> String {
        format!("sha256:{}", hex(&sha256(&self.spki)))
    }

    /// What a bundle says of the key that signed it, as cosign writes it: the SHA-256 in base64.
    pub fn hint(&self) -> String {
        BASE64.encode(sha256(&self.spki))
    }

    /// Whether the signature is of this message and by this key. ECDSA signatures are in ASN.1 DER.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithms: &[&'static dyn VerificationAlgorithm] = match self.kind {
            KeyKind::P256 => &[&signature::ECDSA_P256_SHA256_ASN1],
            KeyKind::P384 => {
                &[&signature::ECDSA_P384_SHA384_ASN1, &signature::ECDSA_P384_SHA256_ASN1]
            }
            KeyKind::P521 => {
                &[&signature::ECDSA_P521_SHA512_ASN1, &signature::ECDSA_P521_SHA256_ASN1]
            }
            KeyKind::Rsa => &[&signature::RSA_PKCS1_2048_8192_SHA256],
            KeyKind::Ed25519 => &[&signature::ED25519],
        };
        algorithms.iter().any(|algorithm| {
            UnparsedPublicKey::new(*algorithm, &self.raw).verify(message, signature).is_ok()
        })
    }
}
