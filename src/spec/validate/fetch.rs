//! What is fetched from elsewhere: authentication, verification, and what the platform's policies demand of it.

use super::{At, contradiction, invalid, pattern_fault};
use crate::diagnostic::{Code, Diagnostic};
use crate::spec::platform::{Policies, RequiredVerification};
use crate::spec::source::{Auth, CloudProvider, OciVerification, Verify, anchored};

/// What kind of thing is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fetched<'a> {
    /// A Git repository at an address.
    Git(&'a str),
    Oci,
    Bucket,
    /// A Helm repository with an index.
    HelmIndex,
    /// An image, to look at its tags.
    Image,
}

impl Fetched<'_> {
    fn what(self) -> &'static str {
        match self {
            Self::Git(_) => "a Git repository",
            Self::Oci => "an OCI artifact",
            Self::Bucket => "a bucket",
            Self::HelmIndex => "a Helm repository over HTTP",
            Self::Image => "an image repository",
        }
    }
}

/// Checks how clusters authenticate. `pointer` is that of the `auth`.
pub(super) fn auth(
    at: &At<'_>,
    pointer: &str,
    auth: &Auth,
    fetched: Fetched<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let said: Vec<&str> = [
        ("secretRef", auth.secret_ref.is_some()),
        ("deployKey", auth.deploy_key.is_some()),
        ("githubApp", auth.github_app.is_some()),
        ("workloadIdentity", auth.workload_identity.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, said)| said.then_some(name))
    .collect();
    exactly_one(
        at,
        pointer,
        &said,
        "`secretRef`, `deployKey`, `githubApp` or `workloadIdentity`",
        found,
    );
    let scheme = match fetched {
        Fetched::Git(url) => url.split_once("://").map(|(scheme, _)| scheme),
        _ => None,
    };
    if auth.deploy_key.is_some() && scheme != Some("ssh") {
        let help = match fetched {
            Fetched::Git(_) => "write the address as `ssh://git@HOST/PATH`, or use a `secretRef`",
            _ => "use a `secretRef`",
        };
        found.push(
            contradiction(
                "a deploy key is an SSH key, and this is not fetched over SSH",
                at.key(&format!("{pointer}/deployKey")),
            )
            .label(format!("for {}", fetched.what()))
            .help(help),
        );
    }
    if auth.github_app.is_some() && scheme != Some("https") {
        found.push(
            contradiction(
                "a GitHub App authenticates at Git repositories over HTTPS",
                at.key(&format!("{pointer}/githubApp")),
            )
            .label(format!("for {}", fetched.what()))
            .help("write the address as `https://github.com/…`, or authenticate another way"),
        );
    }
    if let Some(identity) = &auth.workload_identity {
        let refused = match (fetched, identity.provider) {
            (Fetched::HelmIndex, _) => Some("use an `oci://` repository, or a `secretRef`"),
            (Fetched::Git(_), CloudProvider::Gcp) => {
                Some("Flux knows `aws` and `azure` for Git repositories; use another way")
            }
            (Fetched::Git(_), _) if scheme != Some("https") => {
                Some("write the address as `https://…`")
            }
            _ => None,
        };
        if let Some(help) = refused {
            found.push(
                contradiction(
                    format!("Flux cannot use this cloud identity for {}", fetched.what()),
                    at.key(&format!("{pointer}/workloadIdentity")),
                )
                .help(help),
            );
        }
        if identity.service_account.as_str() == "default" {
            found.push(
                invalid(
                    "every pod carries the account `default`, so it must not have a cloud identity",
                    at.value(&format!("{pointer}/workloadIdentity/serviceAccount")),
                )
                .help("take another name, or leave it out"),
            );
        }
    }
}

/// Checks what clusters verify. `pointer` is that of the `verify`.
pub(super) fn verify(
    at: &At<'_>,
    pointer: &str,
    verify: &Verify,
    fetched: Fetched<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let not_for = |field: &str, help: &str| {
        contradiction(
            format!("`{field}` means nothing for {}", fetched.what()),
            at.key(&format!("{pointer}/{field}")),
        )
        .help(help.to_owned())
    };
    match fetched {
        Fetched::Bucket | Fetched::HelmIndex | Fetched::Image => found.push(
            contradiction(format!("Flux cannot verify {}", fetched.what()), at.key(pointer))
                .help("take `verify` out, or use an OCI artifact"),
        ),
        Fetched::Git(_) => {
            if verify.provider.is_some() {
                found.push(not_for("provider", "take it out: `mode` says what must be signed"));
            }
            if !verify.identities.is_empty() {
                found.push(not_for("identities", "say the `secretRef` with the public keys"));
            }
            if verify.secret_ref.is_none() {
                found.push(
                    Diagnostic::error(
                        Code::MissingField,
                        "verification of a Git repository needs public keys",
                    )
                    .at(at.key(pointer))
                    .help("add `secretRef: …`, the Secret that holds them"),
                );
            }
        }
        Fetched::Oci => {
            if verify.mode.is_some() {
                found.push(not_for("mode", "take it out: `provider` says the signature's format"));
            }
            let notation = verify.provider == Some(OciVerification::Notation);
            match (verify.secret_ref.is_some(), verify.identities.is_empty()) {
                (true, false) => found.push(
                    contradiction(
                        "keys and identities are both said",
                        at.key(&format!("{pointer}/identities")),
                    )
                    .help("say `secretRef` for keys, or `identities` without keys"),
                ),
                (false, false) if notation => found.push(
                    contradiction(
                        "notation verifies with certificates, not with identities",
                        at.key(&format!("{pointer}/identities")),
                    )
                    .help("say the `secretRef` with the trust policy, or use cosign"),
                ),
                (false, true) => found.push(
                    Diagnostic::error(
                        Code::MissingField,
                        "this verification would accept anybody's signature",
                    )
                    .at(at.key(pointer))
                    .help("say `identities` (who may have signed) or a `secretRef` (with keys)"),
                ),
                _ => {}
            }
        }
    }
}

/// A finding unless exactly one of some fields is said.
pub(super) fn exactly_one(
    at: &At<'_>,
    pointer: &str,
    said: &[&str],
    choice: &str,
    found: &mut Vec<Diagnostic>,
) {
    match said {
        [] => found.push(
            Diagnostic::error(Code::MissingField, format!("one of {choice} must be said"))
                .at(at.key(pointer))
                .help(format!("add one of {choice}")),
        ),
        [_] => {}
        [first, more @ ..] => at_most_one(at, pointer, first, more, found),
    }
}

/// A finding for every field said besides the first.
pub(super) fn at_most_one(
    at: &At<'_>,
    pointer: &str,
    first: &str,
    more: &[&str],
    found: &mut Vec<Diagnostic>,
) {
    for other in more {
        let help = "keep one of the two; in an override, null takes away what was said before";
        found.push(
            contradiction(
                format!("`{first}` and `{other}` exclude each other"),
                at.key(&format!("{pointer}/{other}")),
            )
            .label(format!("besides `{first}`"))
            .related(at.key(&format!("{pointer}/{first}")), format!("`{first}` is said here"))
            .help(help),
        );
    }
}

/// A finding for a regular expression that does not compile.
pub(super) fn pattern(at: &At<'_>, pointer: &str, text: &str, found: &mut Vec<Diagnostic>) {
    if let Some(fault) = pattern_fault(text) {
        found.push(
            invalid(format!("`{text}` is not a regular expression: {fault}"), at.value(pointer))
                .help("write a regular expression of RE2, with `\\` before what is meant to the letter"),
        );
    }
}

/// What the platform's policies demand of what tenants fetch, compiled.
pub(super) struct Policy<'a> {
    patterns: Vec<regex::Regex>,
    shown: Vec<String>,
    verify: Option<&'a RequiredVerification>,
}

impl<'a> Policy<'a> {
    pub(super) fn new(policies: &'a Policies) -> Self {
        let patterns = policies.sources.iter();
        Self {
            patterns: patterns
                .clone()
                .filter_map(|pattern| regex::Regex::new(&anchored(pattern.as_str())).ok())
                .collect(),
            shown: patterns.map(|pattern| format!("`{pattern}`")).collect(),
            verify: policies.verify.as_ref(),
        }
    }

    /// Checks an address (`host/path`, without scheme and user) as admission will check it on the cluster: to the
    /// letter.
    pub(super) fn address(
        &self,
        at: &At<'_>,
        pointer: &str,
        address: &str,
        found: &mut Vec<Diagnostic>,
    ) {
        if self.shown.is_empty() {
            return;
        }
        let place = || at.value(pointer);
        let tricky = address.contains(['%', '@'])
            || address.contains("//")
            || address.split('/').any(|part| part == "." || part == "..");
        if tricky {
            found.push(
                Diagnostic::error(
                    Code::SourceNotAllowed,
                    format!("`{address}` has parts that servers read in more than one way"),
                )
                .at(place())
                .help("write the address without `..`, `%`, `@` and empty parts"),
            );
        } else if !self.patterns.iter().any(|pattern| pattern.is_match(address)) {
            let near = plain(address);
            let allowed = crate::spec::typed::listed(&self.shown, "and");
            let help = if near != address
                && self.patterns.iter().any(|pattern| pattern.is_match(&near))
            {
                format!(
                    "write it as `{near}`: the platform's `policies.sources` are meant to the letter"
                )
            } else {
                format!("allowed is {allowed}; the platform's owners can add to `policies.sources`")
            };
            found.push(
                Diagnostic::error(
                    Code::SourceNotAllowed,
                    format!("the platform does not allow the source `{address}`"),
                )
                .at(place())
                .label("outside `policies.sources`")
                .related(
                    super::in_platform(at.platform, "/policies/sources"),
                    "what the platform allows",
                )
                .help(help),
            );
        }
    }

    /// Checks that what must be verified is.
    pub(super) fn verification(
        &self,
        at: &At<'_>,
        pointer: &str,
        fetched: Fetched<'_>,
        verify: Option<&Verify>,
        found: &mut Vec<Diagnostic>,
    ) {
        let Some(required) = self.verify.filter(|verify| verify.git || !verify.oci.is_empty())
        else {
            return;
        };
        let related = || super::in_platform(at.platform, "/policies/verify");
        let refused = |message: String, place, help: &str| {
            Diagnostic::error(Code::SourceNotAllowed, message)
                .at(place)
                .related(related(), "what the platform demands")
                .help(help.to_owned())
        };
        match fetched {
            Fetched::Git(_) if required.git && verify.is_none() => found.push(refused(
                "the platform demands verified commits or tags, and this source verifies none"
                    .into(),
                at.key(pointer),
                "add `verify: { secretRef: … }`, the Secret with the public keys",
            )),
            Fetched::Oci if !required.oci.is_empty() => match verify {
                None => found.push(refused(
                    "the platform demands signed artifacts, and this source verifies none".into(),
                    at.key(pointer),
                    "add `verify: { identities: … }`",
                )),
                Some(verify) if verify.identities.is_empty() => found.push(refused(
                    "the platform demands signatures of known identities".into(),
                    at.key(&format!("{pointer}/verify")),
                    "say `identities` in place of keys",
                )),
                Some(verify) => {
                    for (index, own) in verify.identities.iter().enumerate() {
                        if !required.oci.iter().any(|wide| wide.covers(own)) {
                            found.push(refused(
                                format!(
                                    "the platform does not accept signatures of `{}`",
                                    own.subject
                                ),
                                at.value(&format!("{pointer}/verify/identities/{index}")),
                                "write an identity that one of the platform's covers",
                            ));
                        }
                    }
                }
            },
            Fetched::Bucket => found.push(refused(
                "the platform demands verified sources, and a bucket cannot be verified".into(),
                at.key(pointer),
                "use an OCI artifact or a Git repository",
            )),
            _ => {}
        }
    }
}

/// An address as people mean it: the host in lower case, without the schemes' own ports and without `.git`.
fn plain(address: &str) -> String {
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let host = host.to_lowercase();
    let host = host.strip_suffix(":443").or_else(|| host.strip_suffix(":22")).unwrap_or(&host);
    let path = path.trim_end_matches('/');
    format!("{host}/{}", path.strip_suffix(".git").unwrap_or(path))
}
