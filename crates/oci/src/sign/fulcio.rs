//! Fulcio: a certificate for a key that lives for one signature, in exchange for a token.
//!
//! Its [second interface](https://github.com/sigstore/fulcio/blob/main/fulcio.proto): the public key, and the proof that its private half is
//! here, which is a signature over the token's subject.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::json;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

use super::SignError;
use super::service::Service;
use super::token::Token;
use crate::http::{Payload, Request};
use crate::registry::Registry;
use crate::signature::private_key::PrivateKey;

/// A key with the certificate that says whose it is.
#[derive(Debug)]
pub(super) struct Certified {
    pub(super) key: PrivateKey,
    /// DER.
    pub(super) certificate: Vec<u8>,
    /// DER; each issued by the next.
    pub(super) chain: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(alias = "signedCertificateDetachedSct")]
    signed_certificate_embedded_sct: Option<Signed>,
}

#[derive(Deserialize)]
struct Signed {
    chain: Chain,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<String>,
}

/// Makes a key and has it certified.
pub(super) fn certify(
    registry: &Registry,
    url: &str,
    token: &Token,
) -> Result<Certified, SignError> {
    let key = PrivateKey::generate()?;
    let proof = key.sign(token.subject()?.as_bytes())?;
    let body = json!({
        "publicKeyRequest": {
            "publicKey": { "algorithm": "ECDSA", "content": key.public().to_pem() },
            "proofOfPossession": BASE64.encode(proof),
        },
    })
    .to_string();
    let request = Request::new(
        ureq::http::Method::POST,
        format!("{}/api/v2/signingCert", url.trim_end_matches('/')),
    )
    .header("authorization", format!("Bearer {}", token.secret()))
    .header("content-type", "application/json")
    .payload(Payload::Bytes(body.as_bytes()));
    let service = Service::new("Fulcio", url);
    let answer: Answer = service.json(registry, &request, &[200, 201])?;
    let certificates = answer
        .signed_certificate_embedded_sct
        .map(|signed| signed.chain.certificates)
        .unwrap_or_default();
    let mut chain = certificates
        .iter()
        .map(|text| {
            Ok(pem::parse(text).map_err(|error| service.odd(error.to_string()))?.into_contents())
        })
        .collect::<Result<Vec<_>, SignError>>()?;
    if chain.is_empty() {
        return Err(service.odd("it has no certificate".to_owned()));
    }
    let certificate = chain.remove(0);
    let certified = Certificate::from_der(&certificate)
        .and_then(|parsed| parsed.tbs_certificate.subject_public_key_info.to_der())
        .map_err(|error| service.odd(error.to_string()))?;
    if certified != key.public().spki() {
        return Err(service.odd("its certificate is for another key".to_owned()));
    }
    Ok(Certified { key, certificate, chain })
}
