//! Putting signatures beside what they sign, once: a signature by the same key that says the same is not made again.

use std::time::UNIX_EPOCH;

use super::{By, Credential, SignError, Signatory};
use crate::blob::Blob;
use crate::manifest::{Annotations, Manifest};
use crate::reference::{Digest, Reference};
use crate::registry::{Registry, RegistryError};
use crate::signature::Format;
use crate::signature::key::PublicKey;
use crate::signature::stored::{self, Stored};
use crate::time::rfc3339;
use crate::verify::{Policy, Signer, Trust};

/// What is to be signed, and how.
#[derive(Debug)]
pub struct Request<'a> {
    /// The artifact; a tag is resolved once.
    pub reference: &'a Reference,
    /// By whom.
    pub by: &'a By,
    /// In which formats, in this order.
    pub formats: &'a [Format],
    /// What the signature says besides the digest.
    pub annotations: &'a Annotations,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What was signed.
    pub digest: Digest,
    /// Who signed.
    pub signer: Signer,
    /// In which formats a signature was added.
    pub added: Vec<Format>,
    /// In which formats there was an equal one already.
    pub there: Vec<Format>,
}

/// Signs an artifact and pushes the signatures.
///
/// # Errors
/// See [`SignError`]. Formats come one after the other: when one fails, those before it are pushed, and a rerun adds the rest.
pub fn sign(registry: &Registry, request: &Request<'_>) -> Result<Outcome, SignError> {
    let subject = registry.resolve(request.reference)?;
    let digest = subject.digest.clone();
    let reference = request.reference.with_digest(digest.clone());
    let (mut added, mut there) = (Vec::new(), Vec::new());
    let mut missing = Vec::new();
    for format in request.formats {
        match request.by {
            By::Key { key, .. }
                if is_there(registry, &reference, &digest, *format, key.public(), request)? =>
            {
                there.push(*format);
            }
            _ => missing.push(*format),
        }
    }
    if let By::Key { key, .. } = request.by
        && missing.is_empty()
    {
        let signer = Signer::Key(key.public().fingerprint());
        return Ok(Outcome { digest, signer, added, there });
    }
    let signatory = Signatory::new(request.by, registry)?;
    for format in missing {
        match format {
            Format::Tag => {
                let signature = signatory.tag(&reference.name(), &digest, request.annotations)?;
                check(&signatory, |policy| policy.check_tag(&signature, &digest).map(drop))?;
                // Read again, late: somebody else may have signed meanwhile.
                let tagged = request.reference.with_tag(stored::tag(&digest)?);
                let stored = stored::appended(signatures(registry, &tagged)?, &signature);
                push_blobs(registry, &reference, &stored)?;
                let media_type = stored.manifest.media_type.clone().unwrap_or_default();
                registry.put_manifest(&tagged, &stored.manifest.to_bytes(), &media_type)?;
            }
            Format::Bundle => {
                let bundle = signatory.bundle(&digest, request.annotations)?;
                check(&signatory, |policy| policy.check_bundle(&bundle, &digest).map(drop))?;
                let stored = stored::referring(bundle, subject.clone(), &now(registry));
                push_blobs(registry, &reference, &stored)?;
                registry.push_referrer(&reference, &stored.manifest)?;
            }
        }
        added.push(format);
    }
    Ok(Outcome { digest, signer: signatory.signer()?, added, there })
}

/// Nothing is pushed that would not verify. Whom the certificate and the log stand for, only a trusted root can tell.
fn check(
    signatory: &Signatory<'_>,
    check: impl Fn(&Policy) -> Result<(), crate::verify::Fault>,
) -> Result<(), SignError> {
    match &signatory.credential {
        Credential::Key(key) => Ok(check(&by_key(key.public(), &Annotations::new()))?),
        Credential::Certified(_) => Ok(()),
    }
}

fn by_key(key: &PublicKey, annotations: &Annotations) -> Policy {
    Policy { trust: Trust::Key { key: key.clone(), log: None }, annotations: annotations.clone() }
}

/// Whether there is a signature by this key that says this and nothing else.
fn is_there(
    registry: &Registry,
    reference: &Reference,
    digest: &Digest,
    format: Format,
    key: &PublicKey,
    request: &Request<'_>,
) -> Result<bool, SignError> {
    let wants_log = matches!(request.by, By::Key { rekor: Some(_), .. });
    let policy = by_key(key, request.annotations);
    let found = crate::verify::find(registry, reference, digest, &[format])?;
    Ok(found.iter().any(|one| {
        one.check(&policy, digest)
            .is_ok_and(|verified| verified.annotations.len() == request.annotations.len())
            && one.has_log_entry() >= wants_log
    }))
}

/// The manifest of the tag format's signatures, if there are any.
fn signatures(registry: &Registry, tagged: &Reference) -> Result<Option<Manifest>, RegistryError> {
    match registry.artifact(tagged) {
        Ok((manifest, _)) => Ok(Some(manifest)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn push_blobs(
    registry: &Registry,
    reference: &Reference,
    stored: &Stored,
) -> Result<(), RegistryError> {
    for blob in &stored.blobs {
        registry.push_blob(reference, &Blob::of(blob.clone()), None, &|_| ())?;
    }
    Ok(())
}

/// The time in RFC 3339.
fn now(registry: &Registry) -> String {
    let since = registry.settings().clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    rfc3339(i64::try_from(since.as_secs()).unwrap_or_default())
}
