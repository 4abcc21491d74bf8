//! Finding the signatures of an artifact in its registry, in both formats, and judging all of them.

use std::io::Read as _;

use super::{Fault, Policy, Verified};
use crate::manifest::{Descriptor, Manifest};
use crate::reference::{Digest, Reference};
use crate::registry::{Registry, RegistryError};
use crate::signature::Format;
use crate::signature::bundle::Bundle;
use crate::signature::stored::{self, TagSignature};

/// A signature is small; what is larger is something else.
const LARGEST: u64 = 1 << 20;
/// So many signatures are looked at. Whoever may push could add any number.
const MOST: usize = 100;

/// Why an artifact is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A manifest of other bytes than its digest says.
    #[error("{reference} was changed: {registry} gives other bytes than its digest says")]
    Changed {
        /// The artifact.
        reference: String,
        /// Who gives them.
        registry: String,
    },
    /// No signature in any of the formats.
    #[error("{reference} has no signature")]
    NoSignature {
        /// The artifact, by its digest.
        reference: String,
    },
    /// Signatures, none of which holds.
    #[error("no signature of {reference} holds")]
    NoneHolds {
        /// The artifact, by its digest.
        reference: String,
        /// Why each of them does not.
        faults: Vec<(Format, Fault)>,
    },
}

impl VerifyError {
    /// Whether the registry failed, and nothing is known of signatures.
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Registry(_))
    }
}

/// What came of a verification.
#[derive(Debug)]
pub struct Report {
    /// What was verified.
    pub digest: Digest,
    /// The signatures that hold; one at least.
    pub verified: Vec<Verified>,
    /// Those that do not, which does no harm: others may sign, too.
    pub faults: Vec<(Format, Fault)>,
}

/// Verifies an artifact: at least one of its signatures must be what the policy says.
///
/// # Errors
/// See [`VerifyError`].
pub fn verify(
    registry: &Registry,
    reference: &Reference,
    formats: &[Format],
    policy: &Policy,
) -> Result<Report, VerifyError> {
    // The manifest itself, not what the registry says of it: its digest is made from its bytes.
    let digest = match registry.manifest(reference) {
        Ok(manifest) => manifest.digest,
        Err(error) => {
            return Err(match error.last() {
                RegistryError::WrongDigest { registry, .. } => {
                    let (reference, registry) = (reference.to_string(), registry.clone());
                    VerifyError::Changed { reference, registry }
                }
                _ => error.into(),
            });
        }
    };
    let reference = reference.with_digest(digest.clone());
    let (mut verified, mut faults) = (Vec::new(), Vec::new());
    let found = find(registry, &reference, &digest, formats)?;
    for one in &found {
        match one.check(policy, &digest) {
            Ok(right) => verified.push(right),
            Err(fault) => faults.push((one.format(), fault)),
        }
    }
    // An attestation is no signature: where there is nothing else, there is none.
    let signed = faults.iter().any(|(_, fault)| !matches!(fault, Fault::Attestation(_)));
    match (verified.is_empty(), signed) {
        (false, _) => Ok(Report { digest, verified, faults }),
        (true, true) => Err(VerifyError::NoneHolds { reference: reference.to_string(), faults }),
        (true, false) => Err(VerifyError::NoSignature { reference: reference.to_string() }),
    }
}

/// A signature as it lies in a registry.
#[derive(Debug)]
pub enum Found {
    /// In the tag format.
    Tag(TagSignature),
    /// In the bundle format: JSON.
    Bundle(Vec<u8>),
    /// One that cannot be judged.
    Unreadable(Format, String),
}

impl Found {
    /// How it is stored.
    pub fn format(&self) -> Format {
        match self {
            Self::Tag(_) => Format::Tag,
            Self::Bundle(_) => Format::Bundle,
            Self::Unreadable(format, _) => *format,
        }
    }

    /// Judges it.
    pub fn check(&self, policy: &Policy, digest: &Digest) -> Result<Verified, Fault> {
        match self {
            Self::Tag(signature) => policy.check_tag(signature, digest),
            Self::Bundle(json) => policy.check_bundle(json, digest),
            Self::Unreadable(_, reason) => Err(Fault::Damaged(reason.clone())),
        }
    }

    /// Whether it says that a log has it.
    pub(crate) fn has_log_entry(&self) -> bool {
        match self {
            Self::Tag(signature) => signature.annotations.contains_key(stored::BUNDLE),
            Self::Bundle(json) => serde_json::from_slice::<Bundle>(json)
                .is_ok_and(|bundle| !bundle.verification_material.tlog_entries.is_empty()),
            Self::Unreadable(..) => false,
        }
    }
}

/// All signatures of a manifest, which the reference names by its digest.
///
/// # Errors
/// See [`RegistryError`]. What is missing in the registry, or too large, is a signature that does not hold, and no error.
pub fn find(
    registry: &Registry,
    reference: &Reference,
    digest: &Digest,
    formats: &[Format],
) -> Result<Vec<Found>, RegistryError> {
    let mut found = Vec::new();
    for format in formats {
        match format {
            Format::Tag => tagged(registry, reference, digest, &mut found)?,
            Format::Bundle => referring(registry, reference, digest, &mut found)?,
        }
    }
    found.truncate(MOST);
    Ok(found)
}

fn tagged(
    registry: &Registry,
    reference: &Reference,
    digest: &Digest,
    found: &mut Vec<Found>,
) -> Result<(), RegistryError> {
    let Ok(tag) = stored::tag(digest) else { return Ok(()) };
    let Some(manifest) = optional(registry.artifact(&reference.with_tag(tag)))? else {
        return Ok(());
    };
    let layers = manifest.0.layers.into_iter().filter(TagSignature::is_in);
    for layer in layers.take(MOST) {
        found.push(match blob(registry, reference, &layer)? {
            Ok(payload) => {
                let annotations = layer.annotations.unwrap_or_default();
                Found::Tag(TagSignature { payload, annotations })
            }
            Err(reason) => Found::Unreadable(Format::Tag, reason),
        });
    }
    Ok(())
}

fn referring(
    registry: &Registry,
    reference: &Reference,
    digest: &Digest,
    found: &mut Vec<Found>,
) -> Result<(), RegistryError> {
    for referrer in registry.referrers(reference, digest, None)?.into_iter().take(MOST) {
        let at = reference.with_digest(referrer.digest);
        let Some((manifest, _)) = optional(registry.artifact(&at))? else { continue };
        let Some(layer) = stored::bundle_of(&manifest) else { continue };
        found.push(match blob(registry, reference, layer)? {
            Ok(bundle) => Found::Bundle(bundle),
            Err(reason) => Found::Unreadable(Format::Bundle, reason),
        });
    }
    Ok(())
}

/// A blob, or why the signature that needs it cannot be judged.
fn blob(
    registry: &Registry,
    reference: &Reference,
    layer: &Descriptor,
) -> Result<Result<Vec<u8>, String>, RegistryError> {
    if layer.size > LARGEST {
        return Ok(Err(format!("it has {} bytes", layer.size)));
    }
    match registry.pull_blob(reference, layer, &|_| ()) {
        Ok(blob) => {
            let mut bytes = Vec::new();
            let read = blob.reader().and_then(|mut reader| reader.read_to_end(&mut bytes));
            Ok(read.map(|_| bytes).map_err(|error| error.to_string()))
        }
        Err(error) if error.is_not_found() => {
            Ok(Err(format!("the registry has no {}", layer.digest)))
        }
        Err(error) => match error.last() {
            RegistryError::WrongDigest { what, .. } => Ok(Err(format!("{what} was changed"))),
            _ => Err(error),
        },
    }
}

/// What is not there, or is nothing that can be a signature's, is left out.
fn optional(
    artifact: Result<(Manifest, crate::registry::RawManifest), RegistryError>,
) -> Result<Option<(Manifest, crate::registry::RawManifest)>, RegistryError> {
    match artifact {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(RegistryError::NoArtifact { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
