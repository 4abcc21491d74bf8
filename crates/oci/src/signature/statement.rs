//! The payload of the bundle format: an [in-toto statement](https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md) in a
//! [DSSE envelope](https://github.com/secure-systems-lab/dsse/blob/master/envelope.md).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::manifest::Annotations;
use crate::reference::Digest;

/// The media type of a statement in an envelope.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// What the statement is: a signature of an image, and nothing said about it.
pub const PREDICATE_TYPE: &str = "https://sigstore.dev/cosign/sign/v1";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// Why bytes are no statement of a signature.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// No JSON, or other fields.
    #[error("the payload is no in-toto statement: {0}")]
    Json(#[from] serde_json::Error),
    /// Another version.
    #[error("the statement is of the type `{0}`, which is not known")]
    Type(String),
}

/// What was signed.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    /// What it is about.
    pub subject: Vec<Subject>,
    /// What it says; [`PREDICATE_TYPE`] is a signature.
    pub predicate_type: String,
    #[serde(default)]
    predicate: Value,
}

/// Something that a statement is about.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Subject {
    /// An algorithm such as `sha256`, and the digest in hexadecimal.
    #[serde(default)]
    pub digest: BTreeMap<String, String>,
    /// What else the signer says.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub annotations: serde_json::Map<String, Value>,
}

impl Statement {
    /// A signature of a manifest.
    pub fn new(digest: &Digest, annotations: &Annotations) -> Self {
        let annotations = annotations
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
            .collect();
        let subject = Subject {
            digest: BTreeMap::from([("sha256".to_owned(), digest.hex().to_owned())]),
            annotations,
        };
        Self {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![subject],
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: json!({}),
        }
    }

    /// The bytes that are signed; the same bytes for the same statement.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StatementError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads what was signed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatementError> {
        let statement: Self = serde_json::from_slice(bytes)?;
        match statement.kind.as_str() {
            STATEMENT_TYPE | "https://in-toto.io/Statement/v0.1" => Ok(statement),
            _ => Err(StatementError::Type(statement.kind)),
        }
    }

    /// Which of the subjects is this manifest.
    pub fn position_of(&self, digest: &Digest) -> Option<usize> {
        let is =
            |subject: &Subject| subject.digest.get("sha256").is_some_and(|hex| hex == digest.hex());
        self.subject.iter().position(is)
    }
}

/// The bytes over which an envelope's signatures are: DSSE's
/// [pre-authentication encoding](https://github.com/secure-systems-lab/dsse/blob/master/protocol.md).
pub fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}
