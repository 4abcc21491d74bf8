//! Rekor's entries: whether the log took an entry, when, and whether the entry is of the signature at hand.
//!
//! Entries of Rekor's first version: `hashedrekord` and `dsse`, both 0.0.1. The promise is the log's signature over the entry and its time
//! ([signed entry timestamp](https://github.com/sigstore/rekor/blob/main/openapi.yaml)); the proof is RFC 6962's way to a root that the log
//! signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::trusted_root::{Log, TrustedRoot};
use crate::signature::bundle::{InclusionProof, LogEntry};
use crate::signature::{from_hex, hex, sha256};

/// Why an entry does not stand for a signature.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// No entry.
    #[error("the signature has no entry of a transparency log")]
    Missing,
    /// A log that the root does not name.
    #[error("the entry is of the log {0}, which the trusted root does not name")]
    UnknownLog(String),
    /// A time at which the log's key was not good.
    #[error("the log took the entry at {0} s, when its key was not valid")]
    KeyNotValid(i64),
    /// Nothing that the log signed.
    #[error("the entry has no signed entry timestamp, so nothing says when it was made")]
    NoPromise,
    /// A signature that is not the log's.
    #[error("the log did not sign the entry's timestamp")]
    WrongPromise,
    /// A proof that leads elsewhere.
    #[error("the proof that the log has the entry is wrong: {0}")]
    WrongProof(&'static str),
    /// An entry of another kind.
    #[error(
        "the entry is of the kind `{0}`, which is not known; `hashedrekord` and `dsse`, both 0.0.1, are"
    )]
    UnknownKind(String),
    /// An entry that cannot be read.
    #[error("the entry is damaged: {0}")]
    Damaged(String),
    /// An entry of another signature.
    #[error("the entry is of something else: its {0} is another one")]
    OtherEntry(&'static str),
}

/// What the entry must be about.
pub(super) struct Expected<'a> {
    /// The signature.
    pub(super) signature: &'a [u8],
    /// The key's SubjectPublicKeyInfo or the certificate, in DER.
    pub(super) verifier: &'a [u8],
    /// What was signed: the payload of the tag format, or that of the envelope.
    pub(super) payload: &'a [u8],
}

/// Checks an entry; gives back when the log took it, in seconds since 1970.
pub(super) fn check(
    entry: &LogEntry,
    expected: &Expected<'_>,
    root: &TrustedRoot,
) -> Result<i64, LogError> {
    let id = &entry.log_id.key_id.0;
    let log =
        root.logs.iter().find(|log| log.id == *id).ok_or_else(|| LogError::UnknownLog(hex(id)))?;
    let time = entry.integrated_time.0;
    if !log.validity.contains(time) {
        return Err(LogError::KeyNotValid(time));
    }
    promised(entry, log)?;
    if let Some(proof) = &entry.inclusion_proof {
        proven(&entry.canonicalized_body.0, proof, log)?;
    }
    compare(&entry.canonicalized_body.0, expected)?;
    Ok(time)
}

/// What the log signs, in canonical JSON: the fields are in their order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Promise {
    body: String,
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: i64,
}

/// The bytes that the log signs for an entry.
pub(crate) fn promise(entry: &LogEntry) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Promise {
        body: BASE64.encode(&entry.canonicalized_body.0),
        integrated_time: entry.integrated_time.0,
        log_id: hex(&entry.log_id.key_id.0),
        log_index: entry.log_index.0,
    })
}

fn promised(entry: &LogEntry, log: &Log) -> Result<(), LogError> {
    let signature =
        &entry.inclusion_promise.as_ref().ok_or(LogError::NoPromise)?.signed_entry_timestamp.0;
    let message = promise(entry).map_err(|error| LogError::Damaged(error.to_string()))?;
    match log.key.verifies(&message, signature) {
        true => Ok(()),
        false => Err(LogError::WrongPromise),
    }
}

fn proven(body: &[u8], proof: &InclusionProof, log: &Log) -> Result<(), LogError> {
    let index = u64::try_from(proof.log_index.0)
        .map_err(|_| LogError::WrongProof("its index is negative"))?;
    let size = u64::try_from(proof.tree_size.0)
        .map_err(|_| LogError::WrongProof("its size is negative"))?;
    let hashes: Vec<&[u8]> = proof.hashes.iter().map(|hash| hash.0.as_slice()).collect();
    let root = root_of(body, index, size, &hashes)
        .ok_or(LogError::WrongProof("it has too few or too many hashes"))?;
    if root[..] != proof.root_hash.0[..] {
        return Err(LogError::WrongProof("it does not lead to the root"));
    }
    // A signed note: the text, an empty line, and lines of signatures.
    let note = &proof.checkpoint.envelope;
    let split =
        note.rfind("\n\n").ok_or(LogError::WrongProof("the checkpoint is no signed note"))?;
    let (text, signatures) = (&note[..=split], &note[split + 2..]);
    let lines: Vec<&str> = text.lines().collect();
    if lines.get(1) != Some(&size.to_string().as_str())
        || lines.get(2).and_then(|hash| BASE64.decode(hash).ok()).as_deref() != Some(&root)
    {
        return Err(LogError::WrongProof("the checkpoint is of another root"));
    }
    // The first four bytes tell the key, which is known here.
    let signed = signatures
        .lines()
        .filter_map(|line| line.strip_prefix("\u{2014} ")?.split_once(' '))
        .filter_map(|(_, signature)| BASE64.decode(signature).ok())
        .any(|signature| signature.len() > 4 && log.key.verifies(text.as_bytes(), &signature[4..]));
    match signed {
        true => Ok(()),
        false => Err(LogError::WrongProof("the log did not sign the checkpoint")),
    }
}

/// The root of a tree of `size` entries whose entry at `index` is `body`, by
/// [RFC 9162](https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.2).
fn root_of(body: &[u8], index: u64, size: u64, hashes: &[&[u8]]) -> Option<[u8; 32]> {
    if index >= size {
        return None;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut root = sha256(&[&[0], body].concat());
    for hash in hashes {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            root = sha256(&[&[1], *hash, &root].concat());
            while at.is_multiple_of(2) && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            root = sha256(&[&[1], root.as_slice(), hash].concat());
        }
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some(root)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    kind: String,
    api_version: String,
    spec: serde_json::Value,
}

#[derive(Deserialize)]
struct HashedRekord {
    data: Data,
    signature: HashedSignature,
}

#[derive(Deserialize)]
struct Data {
    hash: Hash,
}

#[derive(Deserialize)]
struct Hash {
    algorithm: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HashedSignature {
    content: String,
    public_key: Content,
}

#[derive(Deserialize)]
struct Content {
    content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dsse {
    payload_hash: Hash,
    signatures: Vec<DsseSignature>,
}

#[derive(Deserialize)]
struct DsseSignature {
    signature: String,
    verifier: String,
}

/// Whether an entry is of the signature, by the key, over the payload.
pub(super) fn compare(body: &[u8], expected: &Expected<'_>) -> Result<(), LogError> {
    let damaged = |error: serde_json::Error| LogError::Damaged(error.to_string());
    let body: Body = serde_json::from_slice(body).map_err(damaged)?;
    let (hash, signature, verifier) = match (body.kind.as_str(), body.api_version.as_str()) {
        ("hashedrekord", "0.0.1") => {
            let spec: HashedRekord = serde_json::from_value(body.spec).map_err(damaged)?;
            (spec.data.hash, spec.signature.content, spec.signature.public_key.content)
        }
        ("dsse", "0.0.1") => {
            let mut spec: Dsse = serde_json::from_value(body.spec).map_err(damaged)?;
            let one = spec.signatures.pop().filter(|_| spec.signatures.is_empty());
            let one = one.ok_or(LogError::OtherEntry("number of signatures"))?;
            (spec.payload_hash, one.signature, one.verifier)
        }
        (kind, version) => return Err(LogError::UnknownKind(format!("{kind} {version}"))),
    };
    if hash.algorithm != "sha256"
        || from_hex(&hash.value).as_deref() != Some(&sha256(expected.payload))
    {
        return Err(LogError::OtherEntry("payload"));
    }
    if BASE64.decode(signature).ok().as_deref() != Some(expected.signature) {
        return Err(LogError::OtherEntry("signature"));
    }
    let verifier = BASE64
        .decode(verifier)
        .ok()
        .and_then(|text| pem::parse(text).ok())
        .ok_or_else(|| LogError::Damaged("its key is no PEM".to_owned()))?;
    match verifier.contents() == expected.verifier {
        true => Ok(()),
        false => Err(LogError::OtherEntry("key")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The hash of a tree, as RFC 9162 defines it.
    fn tree(entries: &[Vec<u8>]) -> [u8; 32] {
        match entries {
            [one] => sha256(&[&[0], one.as_slice()].concat()),
            _ => {
                let split = entries.len().next_power_of_two() / 2;
                let (left, right) = (tree(&entries[..split]), tree(&entries[split..]));
                sha256(&[&[1], &left[..], &right[..]].concat())
            }
        }
    }

    /// The way from an entry to the root, from below.
    fn path(entries: &[Vec<u8>], index: usize) -> Vec<[u8; 32]> {
        if entries.len() == 1 {
            return Vec::new();
        }
        let split = entries.len().next_power_of_two() / 2;
        if index < split {
            let mut way = path(&entries[..split], index);
            way.push(tree(&entries[split..]));
            way
        } else {
            let mut way = path(&entries[split..], index - split);
            way.push(tree(&entries[..split]));
            way
        }
    }

    #[test]
    fn a_proof_leads_from_every_entry_of_every_tree_to_its_root_and_from_no_other() {
        for size in 1..20_usize {
            let entries: Vec<Vec<u8>> =
                (0..size).map(|at| vec![u8::try_from(at).unwrap()]).collect();
            let root = tree(&entries);
            for index in 0..size {
                let way = path(&entries, index);
                let hashes: Vec<&[u8]> = way.iter().map(<[u8; 32]>::as_slice).collect();
                let of =
                    |body: &[u8], index: usize| root_of(body, index as u64, size as u64, &hashes);
                assert_eq!(of(&entries[index], index), Some(root), "{index} of {size}");
                assert_ne!(of(b"another", index), Some(root), "{index} of {size}");
                assert_eq!(of(&entries[index], size), None);
                let longer = [hashes.as_slice(), &[&root]].concat();
                assert_eq!(root_of(&entries[index], index as u64, size as u64, &longer), None);
            }
        }
    }
}
