//! What can go wrong with a registry: one variant for every reason, with what it said and what to do.

use std::time::Duration;

use crate::auth::AuthError;
use crate::http::HttpError;
use crate::reference::Digest;

/// Why a registry did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Plain HTTP is for this machine.
    #[error("{host} would be asked over plain HTTP, which is for this machine alone")]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// It is down, or not there.
    #[error("{registry} cannot be reached: {reason}")]
    Down {
        /// The registry, or who gives tokens for it.
        registry: String,
        /// Why not.
        reason: String,
        /// Whether a retry may help.
        may_pass: bool,
    },
    /// Its certificate, or what else TLS wants.
    #[error("{registry} is not trusted: {reason}")]
    Tls {
        /// The registry.
        registry: String,
        /// Why not.
        reason: String,
    },
    /// Nothing came.
    #[error("{registry} is too slow: nothing came for {time:?} while {doing}")]
    Slow {
        /// The registry.
        registry: String,
        /// What was done.
        doing: String,
        /// For so long.
        time: Duration,
    },
    /// The connection ended early.
    #[error("{registry} closed the connection while {doing}: {reason}")]
    Cut {
        /// The registry.
        registry: String,
        /// What was done.
        doing: String,
        /// What is known of it.
        reason: String,
    },
    /// 401.
    #[error("{registry} does not accept {who}{}", said(words))]
    Unauthorized {
        /// The registry, or who gives tokens for it.
        registry: String,
        /// Which credentials it was shown.
        who: String,
        /// Whether there were none.
        anonymous: bool,
        /// What it said.
        words: String,
    },
    /// 403.
    #[error("{registry} forbids {doing} with {who}{}", said(words))]
    Forbidden {
        /// The registry.
        registry: String,
        /// What was done.
        doing: String,
        /// Which credentials it was shown.
        who: String,
        /// Whether there were none.
        anonymous: bool,
        /// What it said.
        words: String,
    },
    /// 404.
    #[error("{registry} has no {what}{}", said(words))]
    NotFound {
        /// The registry.
        registry: String,
        /// What was asked for.
        what: String,
        /// Whether it was asked for to push.
        push: bool,
        /// What it said.
        words: String,
    },
    /// 429.
    #[error("{registry} wants fewer requests{}{}", after.map(|after| format!(", and none for {after:?}")).unwrap_or_default(), said(words))]
    TooMany {
        /// The registry.
        registry: String,
        /// When to come again.
        after: Option<Duration>,
        /// What it said.
        words: String,
    },
    /// No room is left, or no quota.
    #[error("{registry} has no room for {what} ({status}){}", said(words))]
    Full {
        /// The registry.
        registry: String,
        /// What was pushed.
        what: String,
        /// The status.
        status: u16,
        /// What it said.
        words: String,
    },
    /// 413.
    #[error("{registry} takes nothing so large as {what}{}", said(words))]
    TooLarge {
        /// The registry.
        registry: String,
        /// What was pushed.
        what: String,
        /// What it said.
        words: String,
    },
    /// Another status of 4xx.
    #[error("{registry} refuses {doing} ({status}){}", said(words))]
    Refused {
        /// The registry.
        registry: String,
        /// What was done.
        doing: String,
        /// The status.
        status: u16,
        /// What it said.
        words: String,
    },
    /// 5xx.
    #[error("{registry} failed while {doing} ({status}){}", said(words))]
    Failed {
        /// The registry.
        registry: String,
        /// What was done.
        doing: String,
        /// The status.
        status: u16,
        /// What it said.
        words: String,
        /// When to come again.
        after: Option<Duration>,
    },
    /// Other bytes than their digest says.
    #[error("{registry} gives other bytes than {what}: {}", match found { Some(found) => format!("their digest is {found}"), None => "they are more or fewer".to_owned() })]
    WrongDigest {
        /// The registry.
        registry: String,
        /// What was asked for.
        what: String,
        /// What came.
        found: Option<Digest>,
    },
    /// What came is not what the specification says.
    #[error("{registry} does not speak as a registry does: {reason}")]
    Protocol {
        /// The registry.
        registry: String,
        /// What was expected.
        reason: String,
    },
    /// What came is no manifest that can be used.
    #[error("{what} is no artifact: {reason}")]
    NoArtifact {
        /// The address.
        what: String,
        /// Why not.
        reason: String,
    },
    /// Something here.
    #[error("{doing} failed here: {source}")]
    Local {
        /// What was done.
        doing: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// No credentials.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// It did not pass.
    #[error("{last}; it was tried {attempts} times")]
    GaveUp {
        /// How often it was tried.
        attempts: u32,
        /// What the last attempt said.
        last: Box<Self>,
    },
}

fn said(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

/// Whether, and when, to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    Soon,
    After(Duration),
}

impl RegistryError {
    pub(super) fn of(error: HttpError, registry: &str, doing: &str) -> Self {
        let registry = registry.to_owned();
        let doing = doing.to_owned();
        match error {
            HttpError::Plain(host) => Self::PlainHttp { host },
            HttpError::Connect(reason) => Self::Down { registry, reason, may_pass: true },
            HttpError::NoHost => {
                Self::Down { registry, reason: HttpError::NoHost.to_string(), may_pass: false }
            }
            HttpError::Tls(reason) => Self::Tls { registry, reason },
            HttpError::Slow(time) => Self::Slow { registry, doing, time },
            HttpError::Cut(reason) => Self::Cut { registry, doing, reason },
            HttpError::Local(source) => Self::Local { doing, source },
            HttpError::Protocol(reason) => Self::Protocol { registry, reason },
        }
    }

    pub(super) fn again(&self) -> Again {
        match self {
            Self::Down { may_pass: true, .. } | Self::Slow { .. } | Self::Cut { .. } => Again::Soon,
            Self::TooMany { after, .. } | Self::Failed { after, .. } => {
                after.map_or(Again::Soon, Again::After)
            }
            // A proxy that caches may have kept half of it.
            Self::WrongDigest { .. } => Again::Soon,
            Self::Auth(error) if error.is_outside() => Again::Soon,
            _ => Again::Never,
        }
    }

    /// The error without how often it was tried.
    #[must_use]
    pub fn last(&self) -> &Self {
        match self {
            Self::GaveUp { last, .. } => last.last(),
            other => other,
        }
    }

    /// Whether something outside failed, and a run at another time may help.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        match self.last() {
            Self::Down { .. }
            | Self::Slow { .. }
            | Self::Cut { .. }
            | Self::TooMany { .. }
            | Self::Full { .. }
            | Self::Failed { .. } => true,
            Self::Auth(error) => error.is_outside(),
            _ => false,
        }
    }

    /// Whether it is that something is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.last(), Self::NotFound { .. })
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self.last() {
            Self::PlainHttp { .. } => {
                "give the registry a certificate; one on 127.0.0.1, ::1 or localhost needs none".to_owned()
            }
            Self::Down { may_pass: false, registry, .. } => {
                format!("see whether `{registry}` is written as it should be, and whether this machine has a network")
            }
            Self::Down { .. } => {
                "see whether it runs and whether a proxy is needed (HTTPS_PROXY), then run it again: what is there already is not sent again".to_owned()
            }
            Self::Tls { .. } => {
                "if its certificate is from an authority of your own, add that to the machine's store or name it with SSL_CERT_FILE".to_owned()
            }
            Self::Slow { .. } | Self::Cut { .. } => {
                "run it again: what is there already is not sent again; `--timeout` waits longer".to_owned()
            }
            Self::Unauthorized { anonymous: true, registry, .. }
            | Self::Forbidden { anonymous: true, registry, .. } => format!(
                "log in with `docker login {registry}`, say `--username` and `--password-stdin`, or `--provider` in a cloud"
            ),
            Self::Unauthorized { registry, .. } => {
                format!("log in again: `docker login {registry}`; tokens expire")
            }
            Self::Forbidden { .. } => {
                "the registry knows who asks: whoever administers it must give the right to this repository (pull, or pull and push); some registries say so of a repository that does not exist".to_owned()
            }
            Self::NotFound { push: true, .. } => {
                "see whether the repository's name is right: some registries make none on the first push, and some say so where a right is missing".to_owned()
            }
            Self::NotFound { what, .. } if what.starts_with("repository") => {
                "see whether its name is right; some registries say so where credentials are missing".to_owned()
            }
            Self::NotFound { .. } => {
                "`tenantry list artifacts ADDRESS` shows the tags there are; some registries say so where credentials are missing".to_owned()
            }
            Self::TooMany { .. } => {
                "wait, and run it again: what is there already is not sent again; whoever is logged in may ask more often".to_owned()
            }
            Self::Full { .. } => {
                "have room made, or the quota raised, and run it again: what is there already is not sent again".to_owned()
            }
            Self::TooLarge { .. } => {
                "leave out what clusters do not need (`--ignore-paths`, `.sourceignore`), or have the limit raised: often a proxy's before the registry".to_owned()
            }
            Self::Failed { .. } => {
                "look at the registry's own log; run it again: what is there already is not sent again".to_owned()
            }
            Self::WrongDigest { .. } => {
                "nothing was taken of it; a proxy or the registry's storage is damaged, or somebody tampers".to_owned()
            }
            Self::Protocol { .. } => {
                "see whether the address is a registry's, and what stands before it: a login page, a proxy".to_owned()
            }
            Self::Auth(error) => return error.help(),
            Self::Refused { status: 405, .. } => "the registry may be for reading alone".to_owned(),
            Self::Refused { .. } | Self::NoArtifact { .. } | Self::Local { .. } | Self::GaveUp { .. } => {
                return None;
            }
        })
    }
}
