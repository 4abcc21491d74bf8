//! Manifests, descriptors, and Flux's media types.
//!
//! See the [image specification](https://github.com/opencontainers/image-spec/blob/main/manifest.md) and Flux's
//! [cheat sheet](https://fluxcd.io/flux/cheatsheets/oci-artifacts/).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::blob::Blob;
use crate::reference::Digest;

/// An image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A list of manifests.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Docker's form of an image manifest.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker's form of a list of manifests.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// The configuration of Flux's artifacts.
pub const FLUX_CONFIG: &str = "application/vnd.cncf.flux.config.v1+json";
/// The layer of Flux's artifacts.
pub const FLUX_CONTENT: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";

/// When an artifact was made: RFC 3339.
pub const CREATED: &str = "org.opencontainers.image.created";
/// Where its content comes from.
pub const SOURCE: &str = "org.opencontainers.image.source";
/// Which state of the source it is, such as `main@sha1:<commit>`.
pub const REVISION: &str = "org.opencontainers.image.revision";

/// Names and values that say something of a manifest or a blob; sorted, so that they have one form.
pub type Annotations = BTreeMap<String, String>;

/// What a manifest says of a blob or of another manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Its kind.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// What kind of artifact it is, in lists of referrers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// What is said of it besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
}

impl Descriptor {
    /// Of a blob.
    #[must_use]
    pub fn of(media_type: &str, blob: &Blob) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: blob.digest().clone(),
            size: blob.size(),
            artifact_type: None,
            annotations: None,
        }
    }

    /// Of bytes.
    #[must_use]
    pub fn of_bytes(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            artifact_type: None,
            annotations: None,
        }
    }
}

/// An image manifest, which is what artifacts have too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// [`MANIFEST`], or Docker's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What kind of artifact it is, where its configuration does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The configuration.
    pub config: Descriptor,
    /// The layers, in order.
    #[serde(default)]
    pub layers: Vec<Descriptor>,
    /// The manifest that this one is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// What is said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
}

impl Manifest {
    /// A value of [`Self::annotations`].
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(name).map(String::as_str)
    }

    /// The layer that Flux takes: the first.
    #[must_use]
    pub fn content(&self) -> Option<&Descriptor> {
        self.layers.first()
    }

    /// As it is pushed: the bytes that its digest is of.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Text, numbers and maps with texts as keys always have a form as JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A list of manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// [`INDEX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The manifests.
    #[serde(default)]
    pub manifests: Vec<Descriptor>,
    /// What is said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
}

/// An artifact as it is to be pushed.
#[derive(Debug)]
pub struct Artifact {
    /// The configuration's bytes.
    pub config: Vec<u8>,
    /// The layer.
    pub layer: Blob,
    /// The manifest.
    pub manifest: Manifest,
}

/// What an image's configuration says of an artifact. The fields, and that they are there, are as `flux push artifact` has them.
#[derive(Serialize)]
struct Config<'a> {
    architecture: &'a str,
    created: &'a str,
    os: &'a str,
    rootfs: RootFs<'a>,
    config: Empty,
}

#[derive(Serialize)]
struct RootFs<'a> {
    r#type: &'a str,
    diff_ids: [&'a Digest; 1],
}

#[derive(Serialize)]
struct Empty {}

impl Artifact {
    /// A layer of files (and the digest of its archive before compression) with what is said of it. `created` is RFC 3339 and goes into
    /// the annotations too, unless they have one.
    #[must_use]
    pub fn new(layer: Blob, archive: &Digest, created: &str, mut annotations: Annotations) -> Self {
        let created = annotations.entry(CREATED.to_owned()).or_insert_with(|| created.to_owned());
        let config = Config {
            architecture: "",
            created,
            os: "",
            rootfs: RootFs { r#type: "layers", diff_ids: [archive] },
            config: Empty {},
        };
        let config = serde_json::to_vec(&config).unwrap_or_default();
        let manifest = Manifest {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: None,
            config: Descriptor::of_bytes(FLUX_CONFIG, &config),
            layers: vec![Descriptor::of(FLUX_CONTENT, &layer)],
            subject: None,
            annotations: Some(annotations),
        };
        Self { config, layer, manifest }
    }

    /// The digest of the manifest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.manifest.to_bytes())
    }

    /// The digest of the layer: what says whether files changed.
    #[must_use]
    pub fn layer_digest(&self) -> &Digest {
        self.layer.digest()
    }
}
