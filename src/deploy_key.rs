//! Deploy keys: a fresh SSH key pair and the Secret that carries it to a cluster.
//!
//! The Secret is written below `.tenantry/secrets/`, which git must ignore, readable by its owner
//! alone; from there it goes to a cluster or into an encrypted store. The private half appears in that
//! file and nowhere else. The Secret's fields are those that Flux reads:
//! <https://fluxcd.io/flux/components/source/gitrepositories/#ssh-authentication>.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use kustomize::yaml::quote_scalar;
use ssh_key::rand_core::OsRng;
use ssh_key::{Algorithm, LineEnding, PrivateKey};

use crate::git::{GitError, Repository};
use crate::path::{RepoPath, RepoPathError};

/// The folder that the Secrets are written to, from the root of the platform. Git must ignore it.
pub const FOLDER: &str = ".tenantry/secrets";

/// An ed25519 key pair. Neither `Debug` nor any message shows its private half.
pub struct DeployKey {
    key: PrivateKey,
}

/// The Secret that a key goes into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret<'a> {
    /// The tenant that it is for: the folder that its file lies in.
    pub tenant: &'a str,
    /// `metadata.name`, and the name of its file.
    pub name: &'a str,
    /// `metadata.namespace`
    pub namespace: &'a str,
    /// The host keys of the git server, as `ssh-keyscan` prints them.
    pub known_hosts: &'a str,
}

/// Why a deploy key was not made or not written. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum DeployKeyError {
    /// The operating system gave no randomness, or the key cannot be encoded.
    #[error("no key can be made: {0}")]
    Key(#[from] ssh_key::Error),
    /// Flux refuses an SSH source without the server's host keys.
    #[error(
        "the host keys of the git server are missing; `ssh-keyscan HOST` prints them, and the server's documentation confirms them"
    )]
    NoKnownHosts,
    /// A line that names no host key.
    #[error(
        "line {line} of the known hosts is no host key: a host, a type such as `ssh-ed25519`, and a key"
    )]
    InvalidKnownHosts {
        /// The line, from 1.
        line: usize,
    },
    /// Git would commit the private key.
    #[error(
        "git does not ignore `{path}`, so the private key would be committed; add the line `/{FOLDER}/` to `.gitignore`"
    )]
    NotIgnored {
        /// The file.
        path: RepoPath,
    },
    /// There is a key already, which something may be using.
    #[error("`{path}` is there already; delete it if a new key is to replace it")]
    Exists {
        /// The file.
        path: RepoPath,
    },
    /// A symbolic link on the way.
    #[error("`{path}` is a symbolic link; a private key is not written through it")]
    Symlink {
        /// The link.
        path: String,
    },
    /// A name that makes no path.
    #[error(transparent)]
    Name(#[from] RepoPathError),
    /// Git cannot say what it ignores.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The file cannot be written.
    #[error("`{path}` cannot be written: {source}")]
    Write {
        /// The file or folder.
        path: String,
        /// The operating system's own words.
        source: io::Error,
    },
}

impl fmt::Debug for DeployKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeployKey")
            .field("public", &self.key.public_key().to_openssh().unwrap_or_default())
            .field("private", &"redacted")
            .finish()
    }
}

impl DeployKey {
    /// Makes a new key; the comment ends its public line.
    ///
    /// # Errors
    /// [`DeployKeyError::Key`]: the operating system has no randomness to give.
    pub fn generate(comment: &str) -> Result<Self, DeployKeyError> {
        let mut key = PrivateKey::random(&mut OsRng, Algorithm::Ed25519)?;
        key.set_comment(comment);
        Ok(Self { key })
    }

    /// The public half as one line, for the git server: `ssh-ed25519 AAAA... comment`.
    ///
    /// # Errors
    /// [`DeployKeyError::Key`]: the comment cannot be encoded.
    pub fn public_line(&self) -> Result<String, DeployKeyError> {
        Ok(self.key.public_key().to_openssh()?)
    }

    /// Writes the Secret with this key, and says where: `.tenantry/secrets/TENANT/NAME.yaml`, readable
    /// by its owner alone, in a folder that only its owner enters.
    ///
    /// # Errors
    /// See [`DeployKeyError`].
    pub fn write(
        &self,
        secret: &Secret<'_>,
        root: &Path,
        repository: &Repository,
    ) -> Result<RepoPath, DeployKeyError> {
        check_known_hosts(secret.known_hosts)?;
        let path = RepoPath::new(&format!("{FOLDER}/{}/{}.yaml", secret.tenant, secret.name))?;
        if !repository.is_ignored(&path)? {
            return Err(DeployKeyError::NotIgnored { path });
        }
        make_folders(root, &path)?;
        let manifest = self.manifest(secret)?;
        let failed = |source| DeployKeyError::Write { path: path.to_string(), source };
        let file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path.below(root));
        let mut file = match file {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(DeployKeyError::Exists { path });
            }
            Err(source) => return Err(failed(source)),
        };
        file.write_all(manifest.as_bytes()).map_err(|source| {
            // Half a key is worth nothing; the first error is the one worth telling.
            let _ = fs::remove_file(path.below(root));
            failed(source)
        })?;
        Ok(path)
    }

    fn manifest(&self, secret: &Secret<'_>) -> Result<String, DeployKeyError> {
        let private = self.key.to_openssh(LineEnding::LF)?;
        let public = self.public_line()?;
        let hosts = format!("{}\n", secret.known_hosts.trim());
        Ok(format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n  namespace: {}\ntype: Opaque\n\
             stringData:\n  identity: {}\n  identity.pub: {}\n  known_hosts: {}\n",
            quote_scalar(secret.name),
            quote_scalar(secret.namespace),
            quote_scalar(&private),
            quote_scalar(&public),
            quote_scalar(&hosts),
        ))
    }
}

fn check_known_hosts(text: &str) -> Result<(), DeployKeyError> {
    let mut keys = 0;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        ssh_key::known_hosts::KnownHosts::new(line)
            .next()
            .and_then(Result::ok)
            .ok_or(DeployKeyError::InvalidKnownHosts { line: at + 1 })?;
        keys += 1;
    }
    if keys == 0 { Err(DeployKeyError::NoKnownHosts) } else { Ok(()) }
}

/// Makes the folders of a path, those of the secrets for their owner alone.
fn make_folders(root: &Path, path: &RepoPath) -> Result<(), DeployKeyError> {
    let text = path.as_str();
    for (end, _) in text.match_indices('/') {
        let (folder, at) = (&text[..end], root.join(&text[..end]));
        let mode = if folder.starts_with(FOLDER) { 0o700 } else { 0o777 };
        match fs::symlink_metadata(&at) {
            Ok(data) if data.is_symlink() => {
                return Err(DeployKeyError::Symlink { path: folder.to_owned() });
            }
            Ok(_) => continue,
            Err(_) => {}
        }
        fs::DirBuilder::new()
            .mode(mode)
            .create(&at)
            .map_err(|source| DeployKeyError::Write { path: folder.to_owned(), source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use kustomize::yaml::{self, Budget, SourceId};

    use super::*;

    const HOSTS: &str = "# git.acme.example\ngit.acme.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n";
    const SECRET: Secret<'_> =
        Secret { tenant: "team-a", name: "app-key", namespace: "apps", known_hosts: HOSTS };

    fn scratch(ignore: &str) -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path(), "main").unwrap();
        fs::write(folder.path().join(".gitignore"), ignore).unwrap();
        (folder, repository)
    }

    #[test]
    fn the_secret_is_readable_by_its_owner_alone_and_holds_the_pair() {
        let (folder, repository) = scratch("/.tenantry/secrets/\n");
        let key = DeployKey::generate("tenantry team-a/app").unwrap();
        let path = key.write(&SECRET, folder.path(), &repository).unwrap();
        assert_eq!(path.as_str(), ".tenantry/secrets/team-a/app-key.yaml");
        let mode = |path: &str| folder.path().join(path).metadata().unwrap().permissions().mode();
        assert_eq!(mode(path.as_str()) & 0o777, 0o600);
        assert_eq!(mode(".tenantry/secrets") & 0o777, 0o700);
        assert_eq!(mode(".tenantry/secrets/team-a") & 0o777, 0o700);

        let bytes = fs::read(path.below(folder.path())).unwrap();
        let documents = yaml::parse(SourceId(0), &bytes, &Budget::default()).unwrap();
        let field = |pointer| documents[0].root.pointer(pointer).unwrap().as_str().unwrap();
        assert_eq!((field("/metadata/name"), field("/metadata/namespace")), ("app-key", "apps"));
        let read = PrivateKey::from_openssh(field("/stringData/identity")).unwrap();
        assert_eq!(read.public_key().to_openssh().unwrap(), key.public_line().unwrap());
        assert_eq!(field("/stringData/identity.pub"), key.public_line().unwrap());
        assert_eq!(field("/stringData/known_hosts"), HOSTS);
        assert!(key.public_line().unwrap().ends_with(" tenantry team-a/app"));
        assert!(matches!(
            key.write(&SECRET, folder.path(), &repository),
            Err(DeployKeyError::Exists { .. })
        ));
    }

    #[test]
    fn the_private_half_is_not_shown() {
        let key = DeployKey::generate("c").unwrap();
        let private = key.key.to_openssh(LineEnding::LF).unwrap();
        let shown = format!("{key:?}");
        assert!(shown.contains("redacted") && shown.contains("ssh-ed25519"), "{shown}");
        let secret_lines = private.lines().filter(|line| !line.starts_with('-'));
        for line in secret_lines {
            assert!(!shown.contains(line));
        }
        assert_ne!(
            *private,
            *DeployKey::generate("c").unwrap().key.to_openssh(LineEnding::LF).unwrap()
        );
    }

    #[test]
    fn a_key_that_git_would_commit_is_not_written() {
        let (folder, repository) = scratch("*.tmp\n");
        let key = DeployKey::generate("c").unwrap();
        let error = key.write(&SECRET, folder.path(), &repository).unwrap_err();
        assert!(matches!(error, DeployKeyError::NotIgnored { .. }), "{error}");
        assert!(!folder.path().join(".tenantry").exists());
    }

    #[test]
    fn a_key_is_not_written_through_a_link() {
        let (folder, repository) = scratch("/.tenantry/secrets\n/.tenantry/secrets/\n");
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".tenantry")).unwrap();
        symlink(outside.path(), folder.path().join(FOLDER)).unwrap();
        let key = DeployKey::generate("c").unwrap();
        let error = key.write(&SECRET, folder.path(), &repository).unwrap_err();
        assert!(matches!(error, DeployKeyError::Symlink { .. }), "{error}");
        assert_eq!(outside.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn host_keys_are_demanded_and_looked_at() {
        assert!(matches!(check_known_hosts(" \n# none\n"), Err(DeployKeyError::NoKnownHosts)));
        let odd = check_known_hosts(&format!("{HOSTS}git.acme.example\n"));
        assert!(matches!(odd, Err(DeployKeyError::InvalidKnownHosts { line: 3 })), "{odd:?}");
    }
}
