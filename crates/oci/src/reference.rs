//! The addresses of artifacts, and digests.
//!
//! The forms are those of the [distribution specification](https://github.com/opencontainers/distribution-spec/blob/main/spec.md), with
//! Flux's `oci://` before them or without. A registry is always named: nothing is taken to be Docker Hub's.

use std::fmt;
use std::str::FromStr;

/// Why a text is no address or no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing but blanks.
    #[error("an address is missing")]
    Empty,
    /// Another scheme than `oci://`.
    #[error("`{0}` is no OCI address: it begins with `oci://`, or with the registry")]
    Scheme(String),
    /// There is no registry in it.
    #[error("`{0}` names no registry")]
    NoRegistry(String),
    /// The registry is no host.
    #[error("`{0}` is no host, with a port or without")]
    Registry(String),
    /// A user or a password in it.
    #[error("the address has a user or a password in it")]
    Credentials,
    /// The repository's name is none.
    #[error("`{name}` is no repository's name: {reason}")]
    Repository {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The tag is none.
    #[error(
        "`{0}` is no tag: a tag has letters, digits, `_`, `.` and `-`, begins with none of `.` and `-`, and has 128 characters at most"
    )]
    Tag(String),
    /// The digest is none.
    #[error("`{0}` is no digest: it is `sha256:` and 64 hexadecimal digits, in small letters")]
    Digest(String),
}

impl ReferenceError {
    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Credentials => {
                "say the user with `--username` and the password with `--password-stdin`".to_owned()
            }
            Self::Tag(_) => "such as `v1.2.0`, `latest` or a commit's first digits".to_owned(),
            Self::Digest(_) => "`tenantry list artifacts ADDRESS` shows the digests there are".to_owned(),
            Self::Repository { .. } => {
                "such as `oci://ghcr.io/acme/fleet`: small letters, digits, and `.`, `_` or `-` between them".to_owned()
            }
            _ => "such as `oci://ghcr.io/acme/fleet:v1.2.0`".to_owned(),
        }
    }
}

/// A SHA-256 digest, as `sha256:` and 64 hexadecimal digits.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// Of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_hash(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref())
    }

    pub(crate) fn from_hash(hash: &[u8]) -> Self {
        Self(format!("sha256:{}", hex(hash)))
    }

    /// With `sha256:`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hexadecimal digits alone.
    #[must_use]
    pub fn hex(&self) -> &str {
        self.0.strip_prefix("sha256:").unwrap_or(&self.0)
    }
}

/// Bytes as hexadecimal digits, in small letters.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl FromStr for Digest {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("sha256:").unwrap_or_default();
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.len() == 64 && digits.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ReferenceError::Digest(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tag of a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        let begins = text.bytes().next().is_some_and(|byte| !matches!(byte, b'.' | b'-'));
        if begins && text.len() <= 128 && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ReferenceError::Tag(text.to_owned()))
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An address: a registry, a repository in it, and a tag or a digest or both or none. With both, the digest counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

impl Reference {
    /// The registry's host, with a port where one was said.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository's name in the registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag that was said.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest that was said.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The repository alone, such as `ghcr.io/acme/fleet`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// What a manifest is asked for by: the digest, or else the tag, or else `latest`.
    #[must_use]
    pub fn selector(&self) -> &str {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.as_str(),
            (None, Some(tag)) => tag.as_str(),
            (None, None) => "latest",
        }
    }

    /// The same repository, with a tag.
    #[must_use]
    pub fn with_tag(&self, tag: Tag) -> Self {
        Self { tag: Some(tag), digest: None, ..self.clone() }
    }

    /// The same repository, with a digest.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }

    /// Whether the registry is on this machine, where plain HTTP is spoken.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.registry)
    }
}

/// Whether a host, with a port or without, is this machine by its address or as `localhost`.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.trim();
        if address.is_empty() {
            return Err(ReferenceError::Empty);
        }
        let rest = address.strip_prefix("oci://").unwrap_or(address);
        if let Some((scheme, _)) = rest.split_once("://") {
            return Err(ReferenceError::Scheme(format!("{scheme}://…")));
        }
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) if rest.contains('/') => (rest, Some(digest.parse()?)),
            Some(_) => return Err(ReferenceError::Credentials),
            None => (rest, None),
        };
        let Some((registry, rest)) = rest.split_once('/') else {
            return Err(ReferenceError::NoRegistry(address.to_owned()));
        };
        let named =
            registry.contains(['.', ':', '[']) || registry.eq_ignore_ascii_case("localhost");
        if !named {
            return Err(ReferenceError::NoRegistry(address.to_owned()));
        }
        if !is_host(registry) {
            return Err(ReferenceError::Registry(registry.to_owned()));
        }
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag.parse()?)),
            None => (rest, None),
        };
        is_repository(repository)
            .map_err(|reason| ReferenceError::Repository { name: repository.to_owned(), reason })?;
        Ok(Self {
            registry: registry.to_ascii_lowercase(),
            repository: repository.to_owned(),
            tag,
            digest,
        })
    }
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            ("", port.strip_prefix(':').or(port.is_empty().then_some("443")))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, Some("443")),
        },
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (host.is_empty() && text.starts_with('[') || host.split('.').all(label))
        && port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn is_repository(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if name.len() > 255 {
        return Err("it is longer than 255 characters");
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("it has capital letters");
    }
    for part in name.split('/') {
        if part.is_empty() {
            return Err("a part between two `/` is empty");
        }
        let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !part.bytes().all(|byte| alphanumeric(&byte) || matches!(byte, b'.' | b'_' | b'-')) {
            return Err("it has characters that a name has not");
        }
        let ends = part.bytes().next().iter().chain(part.bytes().last().iter()).all(alphanumeric);
        let runs = part.split(|char: char| char.is_ascii_alphanumeric());
        if !ends
            || runs.into_iter().any(|run| {
                !matches!(run, "" | "." | "_" | "__") && !run.bytes().all(|byte| byte == b'-')
            })
        {
            return Err("`.`, `_` and `-` stand alone between letters or digits");
        }
    }
    Ok(())
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_the_scheme() {
        let digest = Digest::of(b"");
        for (text, shown, selector) in [
            ("oci://ghcr.io/acme/fleet:v1", "ghcr.io/acme/fleet:v1".to_owned(), "v1"),
            ("ghcr.io/acme/fleet", "ghcr.io/acme/fleet".to_owned(), "latest"),
            ("LOCALHOST:5000/a", "localhost:5000/a".to_owned(), "latest"),
            ("[::1]:5000/a/b-c__d.e:x", "[::1]:5000/a/b-c__d.e:x".to_owned(), "x"),
            (&format!("ghcr.io/a:t@{digest}"), format!("ghcr.io/a:t@{digest}"), digest.as_str()),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!((reference.to_string(), reference.selector()), (shown, selector), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_said() {
        for (text, expected) in [
            ("", "an address is missing"),
            ("https://ghcr.io/a", "`https://…` is no OCI address"),
            ("acme/fleet", "`acme/fleet` names no registry"),
            ("ghcr.io", "`ghcr.io` names no registry"),
            ("me:secret@ghcr.io/a", "the address has a user"),
            ("ghcr..io/a", "`ghcr..io` is no host"),
            ("ghcr.io:99999/a", "`ghcr.io:99999` is no host"),
            ("ghcr.io/Acme", "`Acme` is no repository's name: it has capital"),
            ("ghcr.io/a//b", "`a//b` is no repository's name: a part"),
            ("ghcr.io/a..b", "`a..b` is no repository's name: `.`"),
            ("ghcr.io/a:-x", "`-x` is no tag"),
            ("ghcr.io/a@sha256:12", "`sha256:12` is no digest"),
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
            assert!(!error.contains("secret"));
        }
    }

    #[test]
    fn this_machine_is_known() {
        for host in ["localhost", "localhost:1", "127.0.0.1:5000", "127.9.9.9", "[::1]", "[::1]:1"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["ghcr.io", "localhost.example.com", "10.0.0.1:5000", "[::2]", "127.0.0.1.nip.io"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
