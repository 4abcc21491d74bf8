//! The manifests that hold signatures in a registry: the tag format's, and a bundle's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{bundle, hex, payload, sha256, statement};

/// The media type of an image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// The annotation of a layer that holds the signature, in base64.
pub const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// The certificate of a keyless signature, in PEM.
pub const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
/// The certificates above it, in PEM.
pub const CHAIN: &str = "dev.sigstore.cosign/chain";
/// What the transparency log promises, in JSON.
pub const BUNDLE: &str = "dev.sigstore.cosign/bundle";

/// Why a manifest cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the manifest of the signatures is damaged: {0}")]
pub struct ManifestError(#[from] serde_json::Error);

/// The tag beside a manifest that holds its signatures: `sha256-<hex>.sig`.
pub fn tag(digest: &str) -> String {
    format!("{}.sig", digest.replacen(':', "-", 1))
}

/// `sha256:<hex>` of bytes.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&sha256(bytes)))
}

/// A signature in the tag format: its payload, and what the layer's annotations say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TagSignature {
    /// The bytes that were signed.
    pub payload: Vec<u8>,
    /// [`SIGNATURE`] and perhaps [`CERTIFICATE`], [`CHAIN`], [`BUNDLE`].
    pub annotations: BTreeMap<String, String>,
}

/// A layer of the tag format's manifest.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// [`payload::MEDIA_TYPE`], or something of others.
    pub media_type: String,
    /// `sha256:<hex>` of the payload.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// What belongs to the signature.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What others wrote besides.
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// The tag format's manifest: all signatures of one manifest.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub struct Signatures {
    /// One layer a signature.
    #[serde(default)]
    pub layers: Vec<Layer>,
    /// What others wrote at the manifest.
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl Signatures {
    /// Reads a manifest.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ManifestError> {
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Adds a signature after those that are there.
    pub fn push(&mut self, signature: &TagSignature) {
        self.layers.push(Layer {
            media_type: payload::MEDIA_TYPE.to_owned(),
            digest: digest(&signature.payload),
            size: signature.payload.len() as u64,
            annotations: signature.annotations.clone(),
            other: Map::new(),
        });
    }

    /// The manifest and the configuration that it refers to. Nothing in them is a time, so the same signatures are the same bytes.
    pub fn to_bytes(&self) -> Result<Written, ManifestError> {
        let layers: Vec<&str> = self.layers.iter().map(|layer| layer.digest.as_str()).collect();
        let config = serde_json::to_vec(&json!({
            "architecture": "",
            "config": {},
            "os": "",
            "rootfs": { "type": "layers", "diff_ids": layers },
        }))?;
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "size": config.len(), "digest": digest(&config) },
            "layers": self.layers,
        });
        if !self.annotations.is_empty() {
            manifest["annotations"] = serde_json::to_value(&self.annotations)?;
        }
        Ok(Written { manifest: serde_json::to_vec(&manifest)?, blobs: vec![config] })
    }
}

/// A manifest that is to be put into a registry, and the blobs that must be there before.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The manifest, of the media type [`MANIFEST`].
    pub manifest: Vec<u8>,
    /// The blobs.
    pub blobs: Vec<Vec<u8>>,
}

/// What a bundle is a signature of, as its manifest refers to it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// The media type of the manifest.
    pub media_type: String,
    /// `sha256:<hex>` of it.
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

/// The manifest of a bundle: an artifact of the type of bundles that refers to what is signed. `created` is RFC 3339.
pub fn of_bundle(
    bundle: &[u8],
    subject: &Subject,
    created: &str,
) -> Result<Written, ManifestError> {
    let config = b"{}".to_vec();
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": bundle::MEDIA_TYPE,
        "config": { "mediaType": EMPTY, "size": config.len(), "digest": digest(&config) },
        "layers": [{ "mediaType": bundle::MEDIA_TYPE, "size": bundle.len(), "digest": digest(bundle) }],
        "subject": subject,
        "annotations": {
            "org.opencontainers.image.created": created,
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": statement::PREDICATE_TYPE,
        },
    }))?;
    Ok(Written { manifest, blobs: vec![config, bundle.to_vec()] })
}
