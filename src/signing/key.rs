//! Keys by their names: a file, or a variable.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use flux_oci::environment::Environment;
use flux_oci::signature::key::PublicKey;
use flux_oci::signature::private_key::{PrivateKey, SealedKey};

use super::SigningError;

/// No key and no trusted root is larger.
const LARGEST: u64 = 1 << 20;

/// Where a key is: a file, or `env://NAME`, as cosign names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyReference {
    /// A file in PEM.
    File(PathBuf),
    /// An environment variable that holds the PEM.
    Variable(String),
}

impl FromStr for KeyReference {
    type Err = SigningError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once("://") {
            Some(("env", name)) => Ok(Self::Variable(name.to_owned())),
            Some((scheme, _)) => Err(SigningError::Scheme(scheme.to_owned())),
            None => Ok(Self::File(text.into())),
        }
    }
}

impl fmt::Display for KeyReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Variable(name) => write!(f, "`env://{name}`"),
        }
    }
}

impl KeyReference {
    /// The same, with a relative path seen from a folder.
    #[must_use]
    pub fn from(self, folder: impl Fn(&Path) -> PathBuf) -> Self {
        match self {
            Self::File(path) => Self::File(folder(&path)),
            variable => variable,
        }
    }

    /// Reads the private half of a pair. Its password is asked for when there is something that it may open.
    ///
    /// # Errors
    /// When there is none, it is damaged, of another kind, or the password is wrong; and those of the password.
    pub fn private<E: From<SigningError>>(
        &self,
        environment: &Environment,
        password: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<PrivateKey, E> {
        let unusable = |source| SigningError::Private { key: self.clone(), source };
        let sealed = SealedKey::from_pem(&self.pem(environment)?).map_err(unusable)?;
        Ok(sealed.open(&password()?).map_err(unusable)?)
    }

    /// Reads the public half of a pair.
    ///
    /// # Errors
    /// When there is none, it is damaged, or of another kind.
    pub fn public(&self, environment: &Environment) -> Result<PublicKey, SigningError> {
        PublicKey::from_pem(&self.pem(environment)?)
            .map_err(|source| SigningError::Public { key: self.clone(), source })
    }

    fn pem(&self, environment: &Environment) -> Result<String, SigningError> {
        match self {
            Self::File(path) => text(path),
            Self::Variable(name) => {
                environment.var(name).ok_or_else(|| SigningError::Variable(name.clone()))
            }
        }
    }
}

/// The text of a small file.
pub(super) fn text(path: &Path) -> Result<String, SigningError> {
    let failed = |source| SigningError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(failed)?;
    match text.len() as u64 > LARGEST {
        true => Err(SigningError::TooLarge(path.to_owned())),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_key_is_a_file_or_a_variable() {
        let read = |text: &str| text.parse::<KeyReference>();
        assert_eq!(read("keys/cosign.key").unwrap(), KeyReference::File("keys/cosign.key".into()));
        assert_eq!(
            read("env://COSIGN_KEY").unwrap(),
            KeyReference::Variable("COSIGN_KEY".to_owned())
        );
        for text in ["gcpkms://projects/acme", "k8s://flux-system/cosign"] {
            assert!(matches!(read(text).unwrap_err(), SigningError::Scheme(_)), "{text}");
        }
        let none = KeyReference::Variable("COSIGN_KEY".to_owned()).public(&Environment::of(&[]));
        assert_eq!(none.unwrap_err().to_string(), "the variable `COSIGN_KEY` is not set, or empty");
    }
}
