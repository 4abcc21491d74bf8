//! What git calls a file's content.

use std::fmt;
use std::str::FromStr;

use sha1::{Digest as _, Sha1};

/// The id that git gives to a content: the SHA-1 of `blob `, the length, a zero byte and the bytes,
/// whatever filters a repository has. `git cat-file blob ID` brings the content back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 20]);

/// A text that is not 40 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a blob id: 40 hexadecimal digits in lower case")]
pub struct BlobIdError(String);

impl BlobId {
    /// The id of a content.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = Sha1::new();
        hash.update(format!("blob {}\0", bytes.len()));
        hash.update(bytes);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 40];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for BlobId {
    type Err = BlobIdError;

    fn from_str(text: &str) -> Result<Self, BlobIdError> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut id = [0; 20];
        if text.len() != 40 {
            return Err(BlobIdError(text.to_owned()));
        }
        for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            match (digit(pair[0]), digit(pair[1])) {
                (Some(high), Some(low)) => *byte = high << 4 | low,
                _ => return Err(BlobIdError(text.to_owned())),
            }
        }
        Ok(Self(id))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_id_is_gits() {
        // `printf 'hello\n' | git hash-object --stdin`
        let id = BlobId::of(b"hello\n");
        assert_eq!(id.to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(id.to_string().parse::<BlobId>().unwrap(), id);
    }

    #[test]
    fn only_forty_lower_case_digits_are_an_id() {
        for odd in ["", "ce01", "CE013625030ba8dba906f756967f9e9ca394464a", &"é".repeat(20)] {
            assert!(odd.parse::<BlobId>().is_err(), "{odd:?} was accepted");
        }
    }
}
