//! Who asks a registry: credentials that were given, those of Docker's configuration and of credential helpers, and those of the cloud
//! that the process runs in.
//!
//! Credentials come out; what a registry makes of them is `registry`'s business. Secrets are never shown, not even by `Debug`.

mod aws;
mod azure;
mod docker;
mod gcp;
mod metadata;
mod sigv4;

use std::fmt;
use std::path::PathBuf;

use crate::environment::{Clock, Environment};
use crate::http::Http;
use crate::reference::{Reference, is_loopback};

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text. Only for what is sent to whom it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What is shown to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    Anonymous,
    /// A user and a password, or a token in its place.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A token that others are given for, as `docker login` keeps it.
    Identity(Secret),
}

/// Credentials, and where they are from, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The credentials.
    pub credentials: Credentials,
    /// Such as "`~/.docker/config.json`".
    pub origin: String,
}

/// A cloud whose registries know the identity of what runs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Amazon's Elastic Container Registry.
    Aws,
    /// Azure's Container Registry.
    Azure,
    /// Google's Artifact Registry.
    Gcp,
}

impl Provider {
    /// Its name as Flux has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
        }
    }

    /// Whether a registry is the provider's, so that it may see a token for it. This machine may, too: somebody tests there.
    fn owns(self, registry: &str) -> bool {
        let host = registry.split(':').next().unwrap_or_default();
        is_loopback(registry)
            || match self {
                Self::Aws => aws::is_registry(host),
                Self::Azure => {
                    ["azurecr.io", "azurecr.cn", "azurecr.us"].iter().any(|end| is_below(host, end))
                }
                Self::Gcp => {
                    host == "gcr.io" || is_below(host, "gcr.io") || is_below(host, "pkg.dev")
                }
            }
    }

    /// That a registry is the provider's.
    pub(crate) fn check(self, registry: &str) -> Result<(), AuthError> {
        match self.owns(registry) {
            true => Ok(()),
            false => Err(AuthError::Foreign { provider: self, registry: registry.to_owned() }),
        }
    }

    fn registries(self) -> &'static str {
        match self {
            Self::Aws => "`ACCOUNT.dkr.ecr.REGION.amazonaws.com` and `public.ecr.aws`",
            Self::Azure => "`NAME.azurecr.io`",
            Self::Gcp => "`REGION-docker.pkg.dev` and `gcr.io`",
        }
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
}

/// Where credentials are to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// From Docker's or podman's configuration, if it has some for the registry.
    Configured,
    /// These.
    Given {
        /// The user.
        username: String,
        /// The password.
        password: Secret,
    },
    /// From a cloud.
    Provider(Provider),
}

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// A configuration that cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A configuration that is wrong.
    #[error("`{}` is no configuration of Docker's: {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A helper that is configured and not there.
    #[error("`{}` says that `docker-credential-{helper}` has the credentials of {registry}, and it cannot be started: {source}", path.display())]
    HelperMissing {
        /// The configuration.
        path: PathBuf,
        /// The helper.
        helper: String,
        /// The registry.
        registry: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A helper that failed.
    #[error("`docker-credential-{helper} get` gives no credentials of {registry}: {words}")]
    Helper {
        /// The helper.
        helper: String,
        /// The registry.
        registry: String,
        /// What it said, or what is wrong with that.
        words: String,
    },
    /// A registry of somebody else.
    #[error("{registry} is no registry of `{}`, and is shown no token of it", provider.as_str())]
    Foreign {
        /// The provider.
        provider: Provider,
        /// The registry.
        registry: String,
    },
    /// The process has no identity in the cloud.
    #[error("there is no identity of `{}` here: {reason}", provider.as_str())]
    NoIdentity {
        /// The provider.
        provider: Provider,
        /// What was looked for.
        reason: String,
    },
    /// The cloud gives no token.
    #[error("{service} gives no token: {reason}")]
    Cloud {
        /// The provider.
        provider: Provider,
        /// Who was asked.
        service: String,
        /// What it said.
        reason: String,
        /// Whether it may help to ask again.
        outside: bool,
    },
}

impl AuthError {
    /// Whether something outside failed, and a retry may help.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Cloud { outside: true, .. })
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::HelperMissing { helper, registry, .. } => format!(
                "install `docker-credential-{helper}` or put it on the PATH, or take the helper of {registry} out of the configuration and log in again"
            ),
            Self::Helper { registry, .. } => format!("log in again, such as by `docker login {registry}`"),
            Self::Config { .. } => "mend it, or log in again with `docker login`, which writes it".to_owned(),
            Self::Foreign { provider, .. } => format!(
                "`{}` has {}; elsewhere leave out `--provider`",
                provider.as_str(),
                provider.registries()
            ),
            Self::NoIdentity { provider: Provider::Aws, .. } => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where there is a role: IRSA, EKS Pod Identity, a task's role, or an instance's".to_owned()
            }
            Self::NoIdentity { provider: Provider::Azure, .. } => {
                "run with a workload identity (AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID, AZURE_TENANT_ID) or on a machine with a managed identity".to_owned()
            }
            Self::NoIdentity { provider: Provider::Gcp, .. } => {
                "run on a machine or in a pod with a service account of Google's".to_owned()
            }
            Self::Cloud { outside: true, .. } => "run it again; if it stays so, look at the cloud's status".to_owned(),
            Self::Cloud { provider, .. } => format!(
                "see whether the identity may pull from, and push to, the registry (`{}`)",
                provider.as_str()
            ),
            Self::Read { .. } => return None,
        })
    }
}

/// What finding credentials needs.
pub(crate) struct Finder<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) http: &'a Http,
}

impl Finder<'_> {
    pub(crate) fn find(&self, login: &Login, reference: &Reference) -> Result<Found, AuthError> {
        match login {
            Login::Configured => docker::find(self.environment, reference),
            Login::Given { username, password } => Ok(Found {
                credentials: Credentials::Basic {
                    username: username.clone(),
                    password: password.clone(),
                },
                origin: "the command line".to_owned(),
            }),
            Login::Provider(provider) => {
                let registry = reference.registry();
                provider.check(registry)?;
                match provider {
                    Provider::Aws => aws::find(self, registry),
                    Provider::Azure => azure::find(self, registry),
                    Provider::Gcp => gcp::find(self),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let secret = Secret::new("hunter2");
        let login = Login::Given { username: "me".to_owned(), password: secret };
        assert!(!format!("{login:?}").contains("hunter2"));
    }

    #[test]
    fn tokens_go_to_registries_of_their_provider_alone() {
        for (provider, ours, foreign) in [
            (
                Provider::Aws,
                &[
                    "012345678901.dkr.ecr.eu-west-1.amazonaws.com",
                    "public.ecr.aws",
                    "localhost:5000",
                ][..],
                &[
                    "012345678901.dkr.ecr.eu-west-1.amazonaws.com.evil.example",
                    "ecr.aws",
                    "ghcr.io",
                ][..],
            ),
            (
                Provider::Azure,
                &["acme.azurecr.io", "acme.azurecr.cn"],
                &["azurecr.io", "acmeazurecr.io"],
            ),
            (
                Provider::Gcp,
                &["europe-docker.pkg.dev", "gcr.io", "eu.gcr.io"],
                &["pkg.dev.example.com", "evilgcr.io"],
            ),
        ] {
            assert!(ours.iter().all(|host| provider.owns(host)), "{ours:?}");
            assert!(!foreign.iter().any(|host| provider.owns(host)), "{foreign:?}");
        }
    }
}
