//! What refers to a manifest, such as its signatures: by the registry's own list, or by the tag that stands for it where there is none.
//!
//! See [the specification](https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers), and what it says of
//! [registries without the list](https://github.com/opencontainers/distribution-spec/blob/main/spec.md#unavailable-referrers-api).

use super::{Asked, Registry, RegistryError, base, of_manifest, referrers_tag};
use crate::http::encoded;
use crate::manifest::{Descriptor, INDEX, Index, Manifest};
use crate::reference::{Digest, Reference};

/// Pages of a list that are read.
const PAGES: usize = 100;

impl Registry {
    /// The manifests that refer to a digest; with `artifact_type` those of one kind alone.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn referrers(
        &self,
        reference: &Reference,
        digest: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let mut found = match self.listed(reference, digest, artifact_type) {
            // 404 is how a registry says that it has no such list; others refuse what they do not know.
            Err(error)
                if error.is_not_found()
                    || matches!(
                        error.last(),
                        RegistryError::Refused { .. } | RegistryError::Protocol { .. }
                    ) =>
            {
                self.tagged(reference, digest)?.map(|index| index.manifests).unwrap_or_default()
            }
            other => other?,
        };
        if let Some(wanted) = artifact_type {
            found.retain(|it| it.artifact_type.as_deref() == Some(wanted));
        }
        Ok(found)
    }

    fn listed(
        &self,
        reference: &Reference,
        digest: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let what = format!("list of what refers to {digest}");
        let doing = format!("looking for what refers to {digest}");
        let asked = Asked { reference, doing: &doing, what: &what, push: false, from: None };
        let query = artifact_type.map(|it| format!("?artifactType={}", encoded(it)));
        let first = format!("{}/referrers/{digest}{}", base(reference), query.unwrap_or_default());
        let mut found = Vec::new();
        let mut next = Some(first);
        for _ in 0..PAGES {
            let Some(url) = next else { break };
            let (page, following) = self.page::<Index>(&asked, &url)?;
            found.extend(page.manifests);
            next = following;
        }
        Ok(found)
    }

    /// The list under the tag that stands for it.
    fn tagged(
        &self,
        reference: &Reference,
        digest: &Digest,
    ) -> Result<Option<Index>, RegistryError> {
        let tagged = reference.with_tag(tag(reference, digest)?);
        match self.manifest(&tagged) {
            Ok(raw) => serde_json::from_slice(&raw.bytes).map(Some).map_err(|error| {
                RegistryError::NoArtifact {
                    what: tagged.to_string(),
                    reason: format!("a list of manifests was expected: {error}"),
                }
            }),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Pushes a manifest that has a `subject`, by its digest, so that [`Self::referrers`] finds it: where the registry keeps no list, the one
    /// under the tag is brought up to date. Its blobs must be there.
    ///
    /// # Errors
    /// See [`RegistryError`]; a manifest without a subject is no artifact of this kind.
    pub fn push_referrer(
        &self,
        reference: &Reference,
        manifest: &Manifest,
    ) -> Result<Descriptor, RegistryError> {
        let media_type = manifest.media_type.as_deref().unwrap_or(crate::manifest::MANIFEST);
        let bytes = manifest.to_bytes();
        let mut descriptor = Descriptor::of_bytes(media_type, &bytes);
        let target = reference.with_digest(descriptor.digest.clone());
        let Some(subject) = &manifest.subject else {
            return Err(RegistryError::NoArtifact {
                what: of_manifest(&target),
                reason: "it refers to nothing".to_owned(),
            });
        };
        descriptor.artifact_type =
            manifest.artifact_type.clone().or_else(|| Some(manifest.config.media_type.clone()));
        descriptor.annotations.clone_from(&manifest.annotations);
        let (_, minded) = self.put(&target, &bytes, media_type)?;
        if minded {
            return Ok(descriptor);
        }
        let mut index = self.tagged(reference, &subject.digest)?.unwrap_or(Index {
            schema_version: 2,
            media_type: Some(INDEX.to_owned()),
            manifests: Vec::new(),
            annotations: None,
        });
        if index.manifests.iter().all(|it| it.digest != descriptor.digest) {
            index.manifests.push(descriptor.clone());
            let list = reference.with_tag(tag(reference, &subject.digest)?);
            let bytes = serde_json::to_vec(&index).unwrap_or_default();
            self.put_manifest(&list, &bytes, INDEX)?;
        }
        Ok(descriptor)
    }
}

fn tag(reference: &Reference, digest: &Digest) -> Result<crate::reference::Tag, RegistryError> {
    referrers_tag(digest).map_err(|error| RegistryError::Protocol {
        registry: reference.registry().to_owned(),
        reason: error.to_string(),
    })
}
