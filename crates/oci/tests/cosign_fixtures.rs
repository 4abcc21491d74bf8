//! What cosign made: keys that it encrypted, and signatures in both formats. See `fixtures/cosign/README.md`.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use flux_oci::manifest::Manifest;
use flux_oci::reference::Digest;
use flux_oci::signature::Format;
use flux_oci::signature::key::{KeyKind, PublicKey, PublicKeyError};
use flux_oci::signature::private_key::{PrivateKey, PrivateKeyError};
use flux_oci::signature::stored::TagSignature;
use flux_oci::verify::{Fault, Policy, Signer, Trust};

fn file(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cosign");
    std::fs::read_to_string(format!("{folder}/{name}")).unwrap()
}

fn key(name: &str) -> PublicKey {
    PublicKey::from_pem(&file(name)).unwrap()
}

fn policy(key: PublicKey, annotations: &[(&str, &str)]) -> Policy {
    let annotations = annotations.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Policy { trust: Trust::Key { key, log: None }, annotations }
}

fn signed() -> Digest {
    Digest::of(file("manifest.json").as_bytes())
}

fn tag_signature(manifest: &str, payload: &str, at: usize) -> TagSignature {
    let manifest = serde_json::from_str::<Manifest>(&file(manifest)).unwrap();
    let payload = file(payload).into_bytes();
    assert_eq!(manifest.layers[at].digest, Digest::of(&payload));
    TagSignature { payload, annotations: manifest.layers[at].annotations.clone().unwrap() }
}

#[test]
fn a_key_of_cosign_opens_with_its_password_alone() {
    let pem = file("cosign.key");
    let private = PrivateKey::from_pem(&pem, b"throwaway").unwrap();
    assert_eq!(private.public(), &key("cosign.pub"));
    assert_eq!(private.public().to_pem(), file("cosign.pub"));
    assert!(!format!("{private:?}").contains("throwaway"));
    let older = pem.replace("SIGSTORE", "COSIGN");
    assert_eq!(PrivateKey::from_pem(&older, b"throwaway").unwrap().public(), private.public());
    assert!(matches!(
        PrivateKey::from_pem(&pem, b"other").unwrap_err(),
        PrivateKeyError::WrongPassword
    ));
    let rsa = PrivateKey::from_pem(&file("rsa.key"), b"throwaway").unwrap();
    assert_eq!(rsa.public(), &key("rsa.pub"));
    assert_eq!(rsa.public().kind(), KeyKind::Rsa);
    let signature = rsa.sign(b"text").unwrap();
    assert!(rsa.public().verifies(b"text", &signature));
    assert!(!rsa.public().verifies(b"texts", &signature));
}

#[test]
fn what_is_no_private_key_of_cosign_is_told_apart() {
    let of = |pem: &str| PrivateKey::from_pem(pem, b"throwaway").unwrap_err();
    assert!(matches!(of(&file("cosign.pub")), PrivateKeyError::Public));
    assert!(matches!(of("text"), PrivateKeyError::NotPem(_)));
    assert!(matches!(of(&file("ed25519.key")), PrivateKeyError::Kind));
    let plain = file("cosign.key").replace("ENCRYPTED SIGSTORE PRIVATE", "PRIVATE");
    assert!(matches!(of(&plain), PrivateKeyError::NotCosign(tag) if tag == "PRIVATE KEY"));
    let sealed = |json: &str| {
        let block = pem::Pem::new("ENCRYPTED SIGSTORE PRIVATE KEY", json.as_bytes());
        of(&pem::encode(&block))
    };
    assert!(matches!(sealed("{}"), PrivateKeyError::Damaged(_)));
    let json = |n: u64, nonce: &str| {
        format!(
            r#"{{"kdf":{{"name":"scrypt","params":{{"N":{n},"r":8,"p":1}},"salt":"AAAA"}},
            "cipher":{{"name":"nacl/secretbox","nonce":"{nonce}"}},"ciphertext":"AAAA"}}"#
        )
    };
    assert!(matches!(sealed(&json(1 << 30, "AAAA")), PrivateKeyError::Derivation(_)));
    assert!(matches!(sealed(&json(1 << 15, "AAAA")), PrivateKeyError::Damaged(_)));
    assert!(matches!(sealed(&json(1 << 15, &"A".repeat(32))), PrivateKeyError::WrongPassword));
}

#[test]
fn what_is_no_public_key_is_told_apart() {
    let of = |pem: &str| PublicKey::from_pem(pem).unwrap_err();
    assert!(matches!(of(&file("cosign.key")), PublicKeyError::Private));
    assert!(matches!(of("text"), PublicKeyError::NotPem(_)));
    let certificate = file("cosign.pub").replace("PUBLIC KEY", "CERTIFICATE");
    assert!(matches!(of(&certificate), PublicKeyError::NotPem(_)));
    let damaged = pem::encode(&pem::Pem::new("PUBLIC KEY", &b"text"[..]));
    assert!(matches!(of(&damaged), PublicKeyError::Malformed(_)));
}

#[test]
fn a_signature_of_cosign_holds_in_both_formats() {
    let key = key("cosign.pub");
    let policy = policy(key.clone(), &[("env", "production")]);
    let tag = tag_signature("tag-manifest.json", "payload.json", 0);
    let verified = policy.check_tag(&tag, &signed()).unwrap();
    assert_eq!((verified.format, &verified.signer), (Format::Tag, &Signer::Key(key.fingerprint())));
    assert_eq!(verified.annotations["env"], "production");
    let verified = policy.check_bundle(file("bundle.json").as_bytes(), &signed()).unwrap();
    assert_eq!(
        (verified.format, &verified.signer),
        (Format::Bundle, &Signer::Key(key.fingerprint()))
    );
    assert_eq!(verified.annotations["env"], "production");
    assert_eq!(verified.logged, None);
}

#[test]
fn every_way_to_be_wrong_is_an_error_of_its_own() {
    let right = policy(key("cosign.pub"), &[]);
    let tag = tag_signature("tag-manifest.json", "payload.json", 0);
    let bundle = file("bundle.json");
    let other = Digest::of(b"another");

    let both = |policy: &Policy, digest: &Digest| {
        [
            policy.check_tag(&tag, digest).unwrap_err(),
            policy.check_bundle(bundle.as_bytes(), digest).unwrap_err(),
        ]
    };
    for fault in both(&right, &other) {
        assert!(matches!(fault, Fault::OtherDigest { signed: of } if of == signed().as_str()));
    }
    for fault in both(&policy(key("rsa.pub"), &[]), &signed()) {
        assert!(matches!(fault, Fault::WrongKey(_)));
    }
    for fault in both(&policy(key("cosign.pub"), &[("env", "staging")]), &signed()) {
        assert_eq!(fault.to_string(), "it says env=production, not env=staging");
    }
    for fault in both(&policy(key("cosign.pub"), &[("team", "a")]), &signed()) {
        assert_eq!(fault.to_string(), "it does not say team=a");
    }
    // The payload says another digest than the one that was signed.
    let text =
        String::from_utf8(tag.payload.clone()).unwrap().replace(signed().as_str(), other.as_str());
    let changed = TagSignature { payload: text.into_bytes(), ..tag.clone() };
    assert!(matches!(right.check_tag(&changed, &other).unwrap_err(), Fault::WrongKey(_)));
    let mut json: serde_json::Value = serde_json::from_str(&bundle).unwrap();
    json["dsseEnvelope"]["payload"] = "e30=".into();
    let fault = right.check_bundle(json.to_string().as_bytes(), &signed()).unwrap_err();
    assert!(matches!(fault, Fault::WrongKey(_)));
    // No signature at all, and no bundle at all.
    let none = TagSignature { annotations: BTreeMap::new(), ..tag };
    assert!(matches!(right.check_tag(&none, &signed()).unwrap_err(), Fault::WrongKey(_)));
    assert!(matches!(right.check_bundle(b"{}", &signed()).unwrap_err(), Fault::Damaged(_)));
    assert!(matches!(right.check_bundle(b"", &signed()).unwrap_err(), Fault::Damaged(_)));
}

#[test]
fn keys_of_other_kinds_verify_what_they_signed() {
    for (at, kind, expected) in
        [(0, "rsa", KeyKind::Rsa), (1, "p384", KeyKind::P384), (2, "p521", KeyKind::P521)]
    {
        let key = key(&format!("{kind}.pub"));
        assert_eq!(key.kind(), expected);
        let policy = policy(key, &[]);
        let tag = tag_signature("kinds-manifest.json", "kinds-payload.json", at);
        policy.check_tag(&tag, &signed()).unwrap();
        policy.check_bundle(file(&format!("{kind}-bundle.json")).as_bytes(), &signed()).unwrap();
    }
    // cosign signs with Ed25519ph, which is another algorithm.
    let policy = policy(key("ed25519.pub"), &[]);
    let bundle = file("ed25519-bundle.json");
    assert!(matches!(
        policy.check_bundle(bundle.as_bytes(), &signed()).unwrap_err(),
        Fault::WrongKey(_)
    ));
}
