//! Fulcio, Rekor and the token service of GitHub Actions.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD as BASE64_URL};
use flux_oci::signature::key::PublicKey;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType,
    SerialNumber,
};
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::asn1::OctetString;
use x509_cert::der::{Decode as _, Encode as _};

use super::{Asked, Response, serve};

/// What a job shows to get a token.
pub(crate) const REQUEST_TOKEN: &str = "stand-in-request-token";
pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";
pub(crate) const IDENTITY: &str =
    "https://github.com/acme/fleet/.github/workflows/push.yaml@refs/heads/main";
const SUBJECT: &str = "repo:acme/fleet:ref:refs/heads/main";
const ORIGIN: &str = "rekor.stand-in - 1193050959916656506";

/// A log's key.
struct LogKey(EcdsaKeyPair);

impl LogKey {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    fn spki(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        der.as_ref().to_vec()
    }

    fn id(&self) -> Vec<u8> {
        sha256(&self.spki())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }
}

/// What the stand-in does otherwise than it should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// Certificates for another key.
    OtherKey,
    /// Certificates that are long over.
    Expired,
    /// Certificates without a timestamp of a log.
    NoTimestamp,
    /// Certificates for servers.
    OtherUsage,
    /// Promises that are signed by somebody else.
    WrongPromise,
    /// Proofs that lead to another root.
    WrongProof,
    /// Entries of another signature.
    OtherEntry,
    /// The log says that it has the entry already.
    Conflict,
    /// Fulcio refuses.
    Refused,
    /// Rekor answers 500 once, and then as it should.
    Once,
    /// Rekor always answers 500.
    Down,
}

struct State {
    root: Vec<u8>,
    intermediate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
    rekor: LogKey,
    certificates: LogKey,
    entries: Vec<Vec<u8>>,
    fault: Fault,
}

/// All three services under one address.
#[derive(Clone)]
pub(crate) struct Sigstore {
    /// `http://127.0.0.1:<port>`: of Fulcio and of Rekor.
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

struct ForeignKey(Vec<u8>);

impl PublicKeyData for ForeignKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "stand-in");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

impl Sigstore {
    pub(crate) fn start() -> Self {
        let root_key = KeyPair::generate().unwrap();
        let root = authority("stand-in root").self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(authority("stand-in root"), root_key);
        let mut params = authority("stand-in intermediate");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        let key = KeyPair::generate().unwrap();
        let intermediate = params.signed_by(&key, &root_issuer).unwrap();
        let state = Arc::new(Mutex::new(State {
            root: root.der().to_vec(),
            intermediate: intermediate.der().to_vec(),
            issuer: Issuer::new(params, key),
            rekor: LogKey::new(),
            certificates: LogKey::new(),
            entries: Vec::new(),
            fault: Fault::None,
        }));
        let shared = Arc::clone(&state);
        let address = serve(move |request| shared.lock().unwrap().answer(request));
        Self { url: format!("http://{address}"), state }
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.state.lock().unwrap().fault = fault;
    }

    /// What a job's environment has.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2.0", self.url)),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN.to_owned()),
        ]
    }

    /// A token without asking for it.
    pub(crate) fn token() -> String {
        let claims = json!({
            "iss": ISSUER, "sub": SUBJECT, "aud": "sigstore", "exp": now() + 600, "iat": now(),
            "job_workflow_ref": IDENTITY.trim_start_matches("https://github.com/"),
        });
        let part = |json: Value| BASE64_URL.encode(json.to_string());
        format!(
            "{}.{}.{}",
            part(json!({ "alg": "RS256", "typ": "JWT" })),
            part(claims),
            BASE64_URL.encode("stand-in")
        )
    }

    /// `trusted_root.json`.
    pub(crate) fn trusted_root(&self) -> Value {
        let state = self.state.lock().unwrap();
        let start = json!({ "start": "2020-01-01T00:00:00.000Z" });
        let log = |key: &LogKey| {
            json!({
                "baseUrl": self.url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": BASE64.encode(key.spki()), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": start,
                },
                "logId": { "keyId": BASE64.encode(key.id()) },
            })
        };
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(&state.rekor)],
            "certificateAuthorities": [{
                "subject": { "organization": "stand-in", "commonName": "stand-in root" },
                "uri": self.url,
                "certChain": { "certificates": [
                    { "rawBytes": BASE64.encode(&state.intermediate) }, { "rawBytes": BASE64.encode(&state.root) },
                ] },
                "validFor": start,
            }],
            "ctlogs": [log(&state.certificates)],
        })
    }
}

impl State {
    fn answer(&mut self, request: &Asked) -> Response {
        let path = request.path.split('?').next().unwrap_or_default();
        match (request.method.as_str(), path) {
            ("GET", "/token") => {
                let asked = request.path.contains("api-version=2.0&audience=sigstore");
                let shown = request.headers.get("authorization").map(String::as_str);
                match asked && shown == Some(&format!("bearer {REQUEST_TOKEN}")) {
                    true => Response::json(200, &json!({ "value": Sigstore::token() })),
                    false => Response::new(401),
                }
            }
            ("POST", "/api/v1/signingCert" | "/api/v2/signingCert") => self.certify(request),
            ("POST", "/api/v1/log/entries") => self.add(&request.body),
            ("GET", path) => match path.strip_prefix("/api/v1/log/entries/") {
                Some(index) => Response::json(200, &self.entry(index.parse().unwrap())),
                None => Response::new(404),
            },
            _ => Response::new(404),
        }
    }

    fn certify(&mut self, request: &Asked) -> Response {
        let refuse = |message: &str| Response::json(400, &json!({ "code": 3, "message": message }));
        let token = request.headers.get("authorization").and_then(|it| it.strip_prefix("Bearer "));
        let claims: Option<Value> = token
            .and_then(|token| token.split('.').nth(1))
            .and_then(|part| BASE64_URL.decode(part).ok())
            .and_then(|json| serde_json::from_slice(&json).ok());
        let Some(claims) = claims else {
            return refuse("There was an error processing the identity token");
        };
        if self.fault == Fault::Refused {
            return refuse("There was an error processing the identity token");
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        // Fulcio's first interface has other names for the same, and the PEM in base64; cosign still asks by it.
        let first = request.path.contains("/v1/");
        let (key, proof) = match first {
            true => (&body["publicKey"]["content"], &body["signedEmailAddress"]),
            false => {
                let wanted = &body["publicKeyRequest"];
                (&wanted["publicKey"]["content"], &wanted["proofOfPossession"])
            }
        };
        let key = key.as_str().unwrap_or_default();
        let key = match first {
            true => String::from_utf8(BASE64.decode(key).unwrap_or_default()).unwrap_or_default(),
            false => key.to_owned(),
        };
        let Ok(key) = PublicKey::from_pem(&key) else { return refuse("The public key is damaged") };
        let proof = BASE64.decode(proof.as_str().unwrap_or_default()).unwrap_or_default();
        if !key.verifies(claims["sub"].as_str().unwrap_or_default().as_bytes(), &proof) {
            return refuse("The signature supplied in the request could not be verified");
        }
        let der = match self.fault {
            Fault::OtherKey => LogKey::new().spki(),
            _ => key.spki().to_vec(),
        };
        let pem = |der: &[u8]| {
            let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
            pem::encode_config(&pem::Pem::new("CERTIFICATE", der), config)
        };
        let leaf = self.leaf(&der, &claims);
        let chain = [pem(&leaf), pem(&self.intermediate), pem(&self.root)];
        if first {
            return Response::new(201)
                .header("content-type", "application/pem-certificate-chain")
                .body(chain.concat());
        }
        Response::json(
            200,
            &json!({ "signedCertificateEmbeddedSct": { "chain": { "certificates": chain } } }),
        )
    }

    fn leaf(&self, spki: &[u8], claims: &Value) -> Vec<u8> {
        let identity =
            format!("https://github.com/{}", claims["job_workflow_ref"].as_str().unwrap());
        let issuer = claims["iss"].as_str().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.serial_number = Some(SerialNumber::from(vec![1; 16]));
        params.subject_alt_names = vec![SanType::URI(identity.as_str().try_into().unwrap())];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = match self.fault {
            Fault::OtherUsage => vec![ExtendedKeyUsagePurpose::ServerAuth],
            _ => vec![ExtendedKeyUsagePurpose::CodeSigning],
        };
        params.use_authority_key_identifier_extension = true;
        let from = match self.fault {
            Fault::Expired => now() - 7200,
            _ => now() - 60,
        };
        let time = |seconds: u64| (UNIX_EPOCH + std::time::Duration::from_secs(seconds)).into();
        (params.not_before, params.not_after) = (time(from), time(from + 660));
        let utf8 = x509_cert::der::asn1::Utf8StringRef::new(issuer).unwrap().to_der().unwrap();
        params.custom_extensions = vec![
            CustomExtension::from_oid_content(
                &[1, 3, 6, 1, 4, 1, 57264, 1, 1],
                issuer.as_bytes().to_vec(),
            ),
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 57264, 1, 8], utf8),
        ];
        let parsed = x509_cert::spki::SubjectPublicKeyInfoOwned::from_der(spki).unwrap();
        let key = ForeignKey(parsed.subject_public_key.as_bytes().unwrap().to_vec());
        let before = params.clone().signed_by(&key, &self.issuer).unwrap();
        if self.fault == Fault::NoTimestamp {
            return before.der().to_vec();
        }
        let list = self.timestamps(before.der());
        params
            .custom_extensions
            .push(CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], list));
        params.signed_by(&key, &self.issuer).unwrap().der().to_vec()
    }

    /// The certificate log's timestamp of a certificate, as an extension has it.
    fn timestamps(&self, before: &[u8]) -> Vec<u8> {
        let tbs = Certificate::from_der(before).unwrap().tbs_certificate.to_der().unwrap();
        let issuer = Certificate::from_der(&self.intermediate).unwrap();
        let issuer_key = sha256(&issuer.tbs_certificate.subject_public_key_info.to_der().unwrap());
        let milliseconds = now() * 1000;
        let mut message = vec![0, 0];
        message.extend(milliseconds.to_be_bytes());
        message.extend([0, 1]);
        message.extend(issuer_key);
        message.extend(&u32::try_from(tbs.len()).unwrap().to_be_bytes()[1..]);
        message.extend(&tbs);
        message.extend([0, 0]);
        let signature = self.certificates.sign(&message);
        let vector = |bytes: &[u8]| {
            let mut vector = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
            vector.extend(bytes);
            vector
        };
        let mut one = vec![0];
        one.extend(self.certificates.id());
        one.extend(milliseconds.to_be_bytes());
        one.extend([0, 0, 4, 3]);
        one.extend(vector(&signature));
        OctetString::new(vector(&vector(&one))).unwrap().to_der().unwrap()
    }

    fn add(&mut self, body: &[u8]) -> Response {
        match self.fault {
            Fault::Down => return Response::new(500),
            Fault::Once => {
                self.fault = Fault::None;
                return Response::new(503);
            }
            _ => {}
        }
        let wanted: Value = serde_json::from_slice(body).unwrap();
        let mut entry = match wanted["kind"].as_str() {
            Some("hashedrekord") => {
                // Of what cosign sends, the canonical form has these alone.
                let spec = &wanted["spec"];
                json!({
                    "apiVersion": "0.0.1",
                    "kind": "hashedrekord",
                    "spec": {
                        "data": { "hash": spec["data"]["hash"] },
                        "signature": {
                            "content": spec["signature"]["content"],
                            "publicKey": { "content": spec["signature"]["publicKey"]["content"] },
                        },
                    },
                })
            }
            Some("dsse") => {
                let proposed = &wanted["spec"]["proposedContent"];
                let text = proposed["envelope"].as_str().unwrap();
                let envelope: Value = serde_json::from_str(text).unwrap();
                let payload = BASE64.decode(envelope["payload"].as_str().unwrap()).unwrap();
                let hash =
                    |bytes: &[u8]| json!({ "algorithm": "sha256", "value": hex(&sha256(bytes)) });
                json!({
                    "apiVersion": "0.0.1",
                    "kind": "dsse",
                    "spec": {
                        "envelopeHash": hash(text.as_bytes()),
                        "payloadHash": hash(&payload),
                        "signatures": [{
                            "signature": envelope["signatures"][0]["sig"], "verifier": proposed["verifiers"][0],
                        }],
                    },
                })
            }
            _ => return Response::new(400),
        };
        if self.fault == Fault::OtherEntry {
            let other = json!(BASE64.encode("another"));
            match entry["kind"].as_str() {
                Some("dsse") => entry["spec"]["signatures"][0]["signature"] = other,
                _ => entry["spec"]["signature"]["content"] = other,
            }
        }
        self.entries.push(entry.to_string().into_bytes());
        let index = self.entries.len() - 1;
        let location = format!("/api/v1/log/entries/{index}");
        match self.fault {
            Fault::Conflict => Response::json(
                409,
                &json!({ "code": 409, "message": "an equivalent entry already exists" }),
            )
            .header("location", location),
            _ => Response::json(201, &self.entry(index))
                .header("location", location)
                .header("etag", format!("{index:080}")),
        }
    }

    fn entry(&self, index: usize) -> Value {
        let body = &self.entries[index];
        let time = now();
        // Logs have shards: an entry's index in its tree is less than that in the log.
        let log_index = 1000 + index;
        let promise = format!(
            r#"{{"body":"{}","integratedTime":{time},"logID":"{}","logIndex":{log_index}}}"#,
            BASE64.encode(body),
            hex(&self.rekor.id()),
        );
        let signer = match self.fault {
            Fault::WrongPromise => &self.certificates,
            _ => &self.rekor,
        };
        let mut root = tree(&self.entries);
        let hashes: Vec<String> = path(&self.entries, index).iter().map(|hash| hex(hash)).collect();
        if self.fault == Fault::WrongProof {
            root[0] ^= 1;
        }
        let text = format!("{ORIGIN}\n{}\n{}\n", self.entries.len(), BASE64.encode(&root));
        let note = [&self.rekor.id()[..4], &self.rekor.sign(text.as_bytes())].concat();
        let checkpoint = format!("{text}\n\u{2014} rekor.stand-in {}\n", BASE64.encode(note));
        json!({
            format!("{index:080}"): {
                "body": BASE64.encode(body),
                "integratedTime": time,
                "logID": hex(&self.rekor.id()),
                "logIndex": log_index,
                "verification": {
                    "inclusionProof": {
                        "checkpoint": checkpoint,
                        "hashes": hashes,
                        "logIndex": index,
                        "rootHash": hex(&root),
                        "treeSize": self.entries.len(),
                    },
                    "signedEntryTimestamp": BASE64.encode(signer.sign(promise.as_bytes())),
                },
            },
        })
    }
}

/// The root of a tree, by RFC 9162.
fn tree(entries: &[Vec<u8>]) -> Vec<u8> {
    match entries {
        [one] => sha256(&[&[0], one.as_slice()].concat()),
        _ => {
            let (left, right) = entries.split_at(entries.len().next_power_of_two() / 2);
            sha256(&[&[1], tree(left).as_slice(), tree(right).as_slice()].concat())
        }
    }
}

/// The siblings on the way from an entry to the root, from below.
fn path(entries: &[Vec<u8>], index: usize) -> Vec<Vec<u8>> {
    if entries.len() == 1 {
        return Vec::new();
    }
    let split = entries.len().next_power_of_two() / 2;
    let (left, right) = entries.split_at(split);
    let (mut way, sibling) = match index < split {
        true => (path(left, index), right),
        false => (path(right, index - split), left),
    };
    way.push(tree(sibling));
    way
}
