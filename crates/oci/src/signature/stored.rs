//! How signatures lie in a registry: the tag format's manifest, and the manifest of a bundle.

use std::collections::BTreeMap;

use serde_json::json;

use super::{bundle, payload, statement};
use crate::manifest::{Annotations, CREATED, Descriptor, MANIFEST, Manifest};
use crate::reference::{Digest, ReferenceError, Tag};

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

/// The tag beside a manifest that holds its signatures: `sha256-<hex>.sig`.
///
/// # Errors
/// Never for a SHA-256 digest.
pub fn tag(digest: &Digest) -> Result<Tag, ReferenceError> {
    format!("sha256-{}.sig", digest.hex()).parse()
}

/// A signature in the tag format: its payload, and what the layer's annotations say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TagSignature {
    /// The bytes that were signed.
    pub payload: Vec<u8>,
    /// [`SIGNATURE`] and perhaps [`CERTIFICATE`], [`CHAIN`], [`BUNDLE`].
    pub annotations: Annotations,
}

impl TagSignature {
    /// Whether a layer is one: its signature and its payload belong together by their digest.
    pub fn is_in(layer: &Descriptor) -> bool {
        layer.media_type == payload::MEDIA_TYPE
    }
}

/// A manifest that is to be put into a registry, and the blobs that must be there before.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The manifest.
    pub manifest: Manifest,
    /// The blobs.
    pub blobs: Vec<Vec<u8>>,
}

/// The tag format's manifest with one more signature than there were: those of others stay as they are, in front. Nothing in it is a time,
/// so the same signatures are the same bytes.
pub fn appended(before: Option<Manifest>, signature: &TagSignature) -> Stored {
    let (mut layers, annotations) =
        before.map(|manifest| (manifest.layers, manifest.annotations)).unwrap_or_default();
    let mut layer = Descriptor::of_bytes(payload::MEDIA_TYPE, &signature.payload);
    layer.annotations = Some(signature.annotations.clone());
    layers.push(layer);
    let digests: Vec<&Digest> = layers.iter().map(|layer| &layer.digest).collect();
    let config = json!({
        "architecture": "",
        "config": {},
        "os": "",
        "rootfs": { "type": "layers", "diff_ids": digests },
    })
    .to_string()
    .into_bytes();
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(MANIFEST.to_owned()),
        artifact_type: None,
        config: Descriptor::of_bytes(CONFIG, &config),
        layers,
        subject: None,
        annotations,
    };
    Stored { manifest, blobs: vec![config, signature.payload.clone()] }
}

/// The manifest of a bundle: an artifact of the type of bundles that refers to what is signed. `created` is RFC 3339.
pub fn referring(bundle: Vec<u8>, subject: Descriptor, created: &str) -> Stored {
    let config = b"{}".to_vec();
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(MANIFEST.to_owned()),
        artifact_type: Some(bundle::MEDIA_TYPE.to_owned()),
        config: Descriptor::of_bytes(EMPTY, &config),
        layers: vec![Descriptor::of_bytes(bundle::MEDIA_TYPE, &bundle)],
        subject: Some(Descriptor { artifact_type: None, annotations: None, ..subject }),
        annotations: Some(BTreeMap::from([
            (CREATED.to_owned(), created.to_owned()),
            ("dev.sigstore.bundle.content".to_owned(), "dsse-envelope".to_owned()),
            ("dev.sigstore.bundle.predicateType".to_owned(), statement::PREDICATE_TYPE.to_owned()),
        ])),
    };
    Stored { manifest, blobs: vec![config, bundle] }
}

/// The layer of a manifest that is a bundle. Its descriptor in a list says nothing: cosign writes there, for registries without a list of
/// their own, the type of the empty configuration.
pub fn bundle_of(manifest: &Manifest) -> Option<&Descriptor> {
    manifest.layers.iter().find(|layer| bundle::is_bundle(&layer.media_type))
}
