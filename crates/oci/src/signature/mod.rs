//! What signatures are made of: keys, and the two formats in which cosign stores a signature beside what it signs.
//!
//! - The *tag* format: a simple signing payload a signature, layers of one manifest with the tag `sha256-<hex>.sig`.
//! - The *bundle* format: an in-toto statement in a DSSE envelope in a Sigstore bundle, one manifest a signature, which refers to what is
//!   signed.
//!
//! Everything here is bytes to values and back. Registries, services and files belong to `sign` and `verify`.

pub mod bundle;
pub mod key;
pub mod payload;
pub mod private_key;
pub mod statement;
pub mod stored;

pub(crate) use crate::reference::hex;

/// How a signature is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A layer of the manifest with the tag `sha256-<hex>.sig`.
    Tag,
    /// A Sigstore bundle that refers to what is signed.
    Bundle,
}

impl Format {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Bundle => "bundle",
        }
    }
}

/// The SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    sum
}

/// What lower-case or upper-case hexadecimal stands for.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits?;
    digits
        .len()
        .is_multiple_of(2)
        .then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
