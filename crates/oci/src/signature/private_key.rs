//! Private keys: cosign's own encrypted PEM, and keys that live for one signature.
//!
//! The PEM holds JSON: how the password becomes a key (scrypt), and the PKCS #8 key that nacl's secretbox sealed with it. The format is
//! that of [go-securesystemslib](https://github.com/secure-systems-lab/go-securesystemslib/blob/main/encrypted/encrypted.go).

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crypto_secretbox::aead::{Aead as _, KeyInit as _};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::key::{PublicKey, PublicKeyError};

/// The parameters of scrypt that cosign takes: whoever writes others wants memory or time, not a key.
const SCRYPT: [(u64, u32, u32); 3] = [(1 << 15, 8, 1), (1 << 16, 8, 1), (1 << 17, 8, 1)];

/// Why a private key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrivateKeyError {
    /// No PEM.
    #[error("it is no private key in PEM: {0}")]
    NotPem(String),
    /// The public half of a key pair.
    #[error("it is a public key, which cannot sign")]
    Public,
    /// A private key that no password protects, or another program's.
    #[error("it is a `{0}`, and not the encrypted private key of cosign")]
    NotCosign(String),
    /// JSON or bytes that are no such key.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Parameters that nobody who writes keys uses.
    #[error("its password is derived in a way that is not known: {0}")]
    Derivation(String),
    /// The password does not open it.
    #[error("the password does not open it")]
    WrongPassword,
    /// A kind that does not sign here.
    #[error(
        "keys of its kind do not sign; ECDSA P-256, as `cosign generate-key-pair` makes it, and RSA do"
    )]
    Kind,
    /// The system gave no key or no signature.
    #[error("the signature cannot be made: {0}")]
    Failed(&'static str),
    /// Its public half.
    #[error(transparent)]
    PublicHalf(#[from] PublicKeyError),
}

enum Signer {
    P256(EcdsaKeyPair),
    Rsa(Box<rsa::KeyPair>),
}

/// A private key, which signs. It is never shown.
pub struct PrivateKey {
    signer: Signer,
    public: PublicKey,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the private key of {:?}", self.public)
    }
}

/// A private key that a password protects.
pub struct SealedKey(Vec<u8>);

#[derive(Deserialize)]
struct Sealed {
    kdf: Derivation,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Derivation {
    name: String,
    params: Parameters,
    salt: String,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

impl PrivateKey {
    /// Reads a key in cosign's PEM with its password; see [`SealedKey`].
    ///
    /// # Errors
    /// See [`PrivateKeyError`].
    pub fn from_pem(text: &str, password: &[u8]) -> Result<Self, PrivateKeyError> {
        SealedKey::from_pem(text)?.open(password)
    }

    /// Reads a PKCS #8 key in DER.
    fn from_pkcs8(der: &[u8]) -> Result<Self, PrivateKeyError> {
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der) {
            return Self::p256(pair);
        }
        let pair = rsa::KeyPair::from_pkcs8(der).map_err(|_| PrivateKeyError::Kind)?;
        let spki: PublicKeyX509Der<'_> =
            pair.public_key().as_der().map_err(|_| PrivateKeyError::Kind)?;
        let public = PublicKey::from_spki(spki.as_ref())?;
        Ok(Self { signer: Signer::Rsa(Box::new(pair)), public })
    }

    /// Makes an ECDSA P-256 key that is written nowhere: the key of one keyless signature.
    pub fn generate() -> Result<Self, PrivateKeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)
            .map_err(|_| PrivateKeyError::Failed("no key could be generated"))?;
        Self::p256(pair)
    }

    fn p256(pair: EcdsaKeyPair) -> Result<Self, PrivateKeyError> {
        let spki: PublicKeyX509Der<'_> =
            pair.public_key().as_der().map_err(|_| PrivateKeyError::Kind)?;
        let public = PublicKey::from_spki(spki.as_ref())?;
        Ok(Self { signer: Signer::P256(pair), public })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message: ECDSA with SHA-256 in ASN.1 DER, or RSA PKCS #1 v1.5 with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PrivateKeyError> {
        let failed = |_| PrivateKeyError::Failed("the key signs nothing");
        let random = SystemRandom::new();
        match &self.signer {
            Signer::P256(pair) => {
                Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec())
            }
            Signer::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

impl SealedKey {
    /// Reads cosign's PEM: `ENCRYPTED SIGSTORE PRIVATE KEY`, or the older `ENCRYPTED COSIGN PRIVATE KEY`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_pem(text: &str) -> Result<Self, PrivateKeyError> {
        let block = pem::parse(text).map_err(|error| PrivateKeyError::NotPem(error.to_string()))?;
        match block.tag() {
            "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => {
                Ok(Self(block.into_contents()))
            }
            tag if tag.ends_with("PUBLIC KEY") => Err(PrivateKeyError::Public),
            tag => Err(PrivateKeyError::NotCosign(tag.to_owned())),
        }
    }

    /// Opens it. Takes about a tenth of a second and 64 MB, as its derivation wants.
    ///
    /// # Errors
    /// When the password is another one, or what it seals is damaged or of another kind.
    pub fn open(&self, password: &[u8]) -> Result<PrivateKey, PrivateKeyError> {
        PrivateKey::from_pkcs8(&open(&self.0, password)?)
    }
}

/// Unseals what the PEM holds.
fn open(json: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
    let sealed: Sealed = serde_json::from_slice(json)
        .map_err(|error| PrivateKeyError::Damaged(error.to_string()))?;
    if sealed.kdf.name != "scrypt" || sealed.cipher.name != "nacl/secretbox" {
        let both = format!("{} and {}", sealed.kdf.name, sealed.cipher.name);
        return Err(PrivateKeyError::Derivation(both));
    }
    let Parameters { n, r, p } = sealed.kdf.params;
    if !SCRYPT.contains(&(n, r, p)) {
        return Err(PrivateKeyError::Derivation(format!("scrypt with N={n}, r={r}, p={p}")));
    }
    let decode = |field: &str, text: &str| {
        BASE64.decode(text).map_err(|error| PrivateKeyError::Damaged(format!("{field}: {error}")))
    };
    let salt = decode("kdf.salt", &sealed.kdf.salt)?;
    let nonce = decode("cipher.nonce", &sealed.cipher.nonce)?;
    let ciphertext = decode("ciphertext", &sealed.ciphertext)?;
    if nonce.len() != 24 {
        return Err(PrivateKeyError::Damaged(format!(
            "a nonce of {} bytes, not of 24",
            nonce.len()
        )));
    }
    let mut key = Zeroizing::new([0; 32]);
    let derivation = |error: String| PrivateKeyError::Derivation(error);
    let log_n = u8::try_from(n.ilog2()).map_err(|error| derivation(error.to_string()))?;
    let parameters = scrypt::Params::new(log_n, r, p, key.len())
        .map_err(|error| derivation(error.to_string()))?;
    scrypt::scrypt(password, &salt, &parameters, key.as_mut())
        .map_err(|error| derivation(error.to_string()))?;
    XSalsa20Poly1305::new(Key::from_slice(key.as_ref()))
        .decrypt(Nonce::from_slice(&nonce), ciphertext.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| PrivateKeyError::WrongPassword)
}
