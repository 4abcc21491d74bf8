//! Rekor: an entry of the transparency log for a signature, by the log's
//! [first interface](https://github.com/sigstore/rekor/blob/main/openapi.yaml).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::SignError;
use super::service::Service;
use crate::http::{Payload, Request};
use crate::registry::Registry;
use crate::signature::bundle::{
    Bytes, Checkpoint, Envelope, InclusionPromise, InclusionProof, KindVersion, LogEntry, LogId,
    Number,
};
use crate::signature::{from_hex, hex, sha256};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    body: Bytes,
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: i64,
    verification: Verification,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verification {
    inclusion_proof: Option<Proof>,
    signed_entry_timestamp: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    checkpoint: String,
    hashes: Vec<String>,
    log_index: i64,
    root_hash: String,
    tree_size: i64,
}

/// What an entry is asked for by: a signature over a payload, with the key or the certificate in PEM.
pub(super) fn hashed(payload: &[u8], signature: &[u8], verifier: &str) -> Value {
    json!({
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": { "hash": { "algorithm": "sha256", "value": hex(&sha256(payload)) } },
            "signature": {
                "content": BASE64.encode(signature),
                "publicKey": { "content": BASE64.encode(verifier) },
            },
        },
    })
}

/// The same of an envelope.
pub(super) fn enveloped(envelope: &Envelope, verifier: &str) -> Result<Value, serde_json::Error> {
    Ok(json!({
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "proposedContent": {
                "envelope": serde_json::to_string(envelope)?,
                "verifiers": [BASE64.encode(verifier)],
            },
        },
    }))
}

/// Has the log take an entry; the entry of before, if it has it already.
pub(super) fn add(registry: &Registry, url: &str, entry: &Value) -> Result<LogEntry, SignError> {
    let service = Service::new("Rekor", url);
    let url = url.trim_end_matches('/');
    let body = entry.to_string();
    let request = Request::new(ureq::http::Method::POST, format!("{url}/api/v1/log/entries"))
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .payload(Payload::Bytes(body.as_bytes()));
    let response = service.ask(registry, &request)?;
    let there = response.header("location").filter(|_| response.status == 409).map(str::to_owned);
    let entries: BTreeMap<String, Entry> = match there {
        None => service.read(response, &[200, 201])?,
        Some(location) => {
            let address = match location.starts_with('/') {
                true => format!("{url}{location}"),
                false => location,
            };
            if !address.starts_with(&format!("{url}/")) {
                return Err(service.odd("it leads to another host".to_owned()));
            }
            service.json(
                registry,
                &Request::get(address).header("accept", "application/json"),
                &[200],
            )?
        }
    };
    let entry =
        entries.into_values().next().ok_or_else(|| service.odd("it has no entry".to_owned()))?;
    entry.read().ok_or_else(|| service.odd("its entry is damaged".to_owned()))
}

impl Entry {
    fn read(self) -> Option<LogEntry> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Kind {
            kind: String,
            api_version: String,
        }
        let kind: Kind = serde_json::from_slice(&self.body.0).ok()?;
        let proof = match self.verification.inclusion_proof {
            Some(proof) => Some(proof.read()?),
            None => None,
        };
        Some(LogEntry {
            log_index: Number(self.log_index),
            log_id: LogId { key_id: Bytes(from_hex(&self.log_id)?) },
            kind_version: KindVersion { kind: kind.kind, version: kind.api_version },
            integrated_time: Number(self.integrated_time),
            inclusion_promise: Some(InclusionPromise {
                signed_entry_timestamp: self.verification.signed_entry_timestamp,
            }),
            inclusion_proof: proof,
            canonicalized_body: self.body,
        })
    }
}

impl Proof {
    fn read(self) -> Option<InclusionProof> {
        let hashes: Option<Vec<Bytes>> =
            self.hashes.iter().map(|hash| from_hex(hash).map(Bytes)).collect();
        Some(InclusionProof {
            log_index: Number(self.log_index),
            root_hash: Bytes(from_hex(&self.root_hash)?),
            tree_size: Number(self.tree_size),
            hashes: hashes?,
            checkpoint: Checkpoint { envelope: self.checkpoint },
        })
    }
}
