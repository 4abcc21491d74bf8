//! The [Sigstore bundle](https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto): a signature with all that is
//! needed to verify it, in the JSON form of its protocol buffers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The media type that is written; a manifest's `artifactType`, and its layer's.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Whether a media type is that of a bundle of some version.
pub fn is_bundle(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.dev.sigstore.bundle")
}

/// Bytes, in base64 when written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
    }
}

/// A 64-bit number, which protocol buffers write as text in JSON, and others as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub i64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(i64),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(number) => Ok(Self(number)),
            Form::Text(text) => text.parse().map(Self).map_err(serde::de::Error::custom),
        }
    }
}

/// A bundle.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// Which version it is of.
    pub media_type: String,
    /// Who signed, and what the log says of it.
    pub verification_material: Material,
    /// What was signed. A bundle of a file has a `messageSignature` in its place, which no image has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dsse_envelope: Option<Envelope>,
}

/// Who signed: one of the first three is there.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Material {
    /// A key that the verifier has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<KeyHint>,
    /// The certificate of a keyless signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// The same in bundles before version 0.3; the first is the signer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x509_certificate_chain: Option<Chain>,
    /// Entries of a transparency log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tlog_entries: Vec<LogEntry>,
}

impl Material {
    /// The certificate of a keyless signature in DER.
    pub fn certificate(&self) -> Option<&[u8]> {
        let first =
            || self.x509_certificate_chain.as_ref().and_then(|chain| chain.certificates.first());
        self.certificate
            .as_ref()
            .or_else(first)
            .map(|certificate| certificate.raw_bytes.0.as_slice())
    }
}

/// How a signer tells which of a verifier's keys is meant.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
pub struct KeyHint {
    /// Free text; cosign writes the SHA-256 of the key in base64.
    #[serde(default)]
    pub hint: String,
}

/// An X.509 certificate.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// DER.
    pub raw_bytes: Bytes,
}

/// Certificates, each issued by the next.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Chain {
    /// The certificates.
    #[serde(default)]
    pub certificates: Vec<Certificate>,
}

/// An entry of Rekor.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct LogEntry {
    /// Its index in the whole log.
    pub log_index: Number,
    /// Which log.
    pub log_id: LogId,
    /// What kind of entry.
    pub kind_version: KindVersion,
    /// When the log took it, in seconds since 1970.
    pub integrated_time: Number,
    /// The log's signature that it took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inclusion_promise: Option<InclusionPromise>,
    /// The way from the entry to a signed root of the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inclusion_proof: Option<InclusionProof>,
    /// The entry, in the log's own canonical JSON.
    pub canonicalized_body: Bytes,
}

/// A log by its key.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct LogId {
    /// The SHA-256 of its key's SubjectPublicKeyInfo.
    pub key_id: Bytes,
}

/// The kind of an entry, such as `dsse` and `0.0.1`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
pub struct KindVersion {
    /// The kind.
    pub kind: String,
    /// Its version.
    pub version: String,
}

/// A promise.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct InclusionPromise {
    /// The log's signature.
    pub signed_entry_timestamp: Bytes,
}

/// A proof.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct InclusionProof {
    /// Its index in the tree, which may be a shard of the log.
    pub log_index: Number,
    /// The root of the tree.
    pub root_hash: Bytes,
    /// How many entries the tree had.
    pub tree_size: Number,
    /// The siblings on the way from the entry to the root.
    pub hashes: Vec<Bytes>,
    /// The root, signed by the log.
    pub checkpoint: Checkpoint,
}

/// A [signed note](https://c2sp.org/signed-note).
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
pub struct Checkpoint {
    /// The note.
    pub envelope: String,
}

/// A [DSSE envelope](https://github.com/secure-systems-lab/dsse/blob/master/envelope.md).
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// What was signed.
    pub payload: Bytes,
    /// Its media type.
    pub payload_type: String,
    /// Who signed it.
    pub signatures: Vec<EnvelopeSignature>,
}

/// A signature of an envelope.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct EnvelopeSignature {
    /// The signature.
    pub sig: Bytes,
    /// Free text that tells the key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub keyid: String,
}
