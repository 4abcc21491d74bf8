//! The payload of the tag format: [simple signing](https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md), JSON that says which
//! manifest is meant.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::manifest::Annotations;
use crate::reference::Digest;

/// The media type of the payload's layer.
pub const MEDIA_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const TYPE: &str = "cosign container image signature";

/// Why bytes are no payload.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// No JSON, or other fields.
    #[error("the payload is no simple signing payload: {0}")]
    Json(#[from] serde_json::Error),
    /// A payload for something else.
    #[error("the payload is of the type `{0}`, and not a signature of cosign")]
    Type(String),
}

/// What was signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// The repository that the signer meant, such as `ghcr.io/acme/fleet`. A claim, which nothing compares: an artifact may be copied.
    pub repository: String,
    /// The digest of the manifest, `sha256:<hex>`.
    pub digest: String,
    /// What else the signer says. Others may write any JSON; only text is compared with what is asked for.
    pub annotations: serde_json::Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct Document {
    critical: Critical,
    optional: Option<serde_json::Map<String, Value>>,
}

#[derive(Deserialize, Serialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize, Serialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    docker_reference: String,
}

#[derive(Deserialize, Serialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    docker_manifest_digest: String,
}

impl Payload {
    /// For a manifest.
    pub fn new(repository: &str, digest: &Digest, annotations: &Annotations) -> Self {
        let annotations = annotations
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
            .collect();
        Self { repository: repository.to_owned(), digest: digest.to_string(), annotations }
    }

    /// The bytes that are signed; the same bytes for the same payload.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        let document = Document {
            critical: Critical {
                identity: Identity { docker_reference: self.repository.clone() },
                image: Image { docker_manifest_digest: self.digest.clone() },
                kind: TYPE.to_owned(),
            },
            optional: (!self.annotations.is_empty()).then(|| self.annotations.clone()),
        };
        Ok(serde_json::to_vec(&document)?)
    }

    /// Reads what was signed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError> {
        let document: Document = serde_json::from_slice(bytes)?;
        if document.critical.kind != TYPE {
            return Err(PayloadError::Type(document.critical.kind));
        }
        Ok(Self {
            repository: document.critical.identity.docker_reference,
            digest: document.critical.image.docker_manifest_digest,
            annotations: document.optional.unwrap_or_default(),
        })
    }
}
