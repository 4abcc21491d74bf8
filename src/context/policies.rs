//! What the platform's policies demand, as the expressions that evaluate it need it.
//!
//! Policies are written in CEL. What comes from the description stands in them as literals that are
//! written here, so that no text of the description can become code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::source::IdentityObject;
use crate::spec::Platform;
use crate::spec::platform::PolicyEngine;
use crate::spec::source::{OidcIdentity, Verify, anchored};
use crate::spec::text::{ObjectName, SourcePattern};

/// The platform's policies: `platform.policies`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoliciesContext {
    /// What evaluates them: `kyverno`, `admission` or `none`.
    pub engine: &'static str,
    /// Whether there is anything to evaluate.
    pub present: bool,
    /// The patterns that tenants' sources must match; may be empty.
    pub patterns: Vec<String>,
    /// The patterns compiled; null if any source is allowed.
    pub sources: Option<AllowedSources>,
    /// Required signatures; null if none is required.
    pub verify: Option<RequiredSignatures>,
    /// The names of the Secrets with the public keys that tenants' sources verify with, as a CEL list literal; null if
    /// there is none. A key that its tenant can write protects nothing, so nobody but the platform may write Secrets
    /// of these names in tenants' namespaces.
    pub keys: Option<String>,
    /// Required signatures of container images, for Kyverno.
    pub images: Vec<ImagePolicyContext>,
}

/// Which sources are allowed, kind by kind: each a CEL string literal with an anchored RE2 expression.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowedSources {
    /// Over `spec.url` of a GitRepository.
    pub git: String,
    /// Over `spec.url` of an OCIRepository.
    pub oci: String,
    /// Over `spec.url` of a HelmRepository.
    pub helm: String,
    /// Over `spec.endpoint + "/" + spec.bucketName` of a Bucket.
    pub bucket: String,
    /// Over `spec.image` of an ImageRepository.
    pub image: String,
    /// What no address may hold, whatever it matches: parts that lead up, escapes, a query.
    pub forbidden: String,
}

/// Which signatures tenants' sources must have.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequiredSignatures {
    /// Whether Git repositories must verify, with a key that the description names.
    pub git: bool,
    /// Whether OCI artifacts must verify.
    pub oci: bool,
    /// The identities as a CEL list literal of maps with `issuer` and `subject`, as sources write them: those that
    /// the platform requires, and those of tenants' sources in the description that are narrower.
    pub identities: String,
}

/// Which signature a set of container images must have.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImagePolicyContext {
    /// Its name.
    pub name: String,
    /// The images as Kyverno's globs, in which `*` stands for anything, `/` included: they match what the
    /// patterns match, and rather more than less.
    pub globs: Vec<String>,
    /// Who may have signed them, as anchored regular expressions.
    pub identities: Vec<IdentityObject>,
}

impl PoliciesContext {
    /// Compiles the platform's policies.
    #[must_use]
    pub fn new(platform: &Platform) -> Self {
        let policies = &platform.settings.policies;
        let engine = match policies.engine {
            PolicyEngine::Kyverno => "kyverno",
            PolicyEngine::Admission => "admission",
            PolicyEngine::None => "none",
        };
        let verify = policies.verify.as_ref().filter(|verify| verify.git || !verify.oci.is_empty());
        let images: Vec<ImagePolicyContext> = policies
            .images
            .iter()
            .filter(|_| policies.engine == PolicyEngine::Kyverno)
            .map(|(name, rule)| ImagePolicyContext {
                name: name.to_string(),
                globs: rule.images.iter().flat_map(globs).collect(),
                identities: rule.identities.iter().map(identity).collect(),
            })
            .collect();
        Self {
            engine,
            present: policies.engine != PolicyEngine::None
                && (!policies.sources.is_empty() || verify.is_some() || !images.is_empty()),
            patterns: policies.sources.iter().map(ToString::to_string).collect(),
            sources: (!policies.sources.is_empty()).then(|| allowed(&policies.sources)),
            verify: verify.map(|verify| RequiredSignatures {
                git: verify.git,
                oci: !verify.oci.is_empty(),
                identities: cel_literal(&identities(platform, &verify.oci)),
            }),
            keys: Some(keys(platform)).filter(|keys| !keys.is_empty()).map(|k| cel_literal(&k)),
            images,
        }
    }
}

/// A pattern as globs over an image with its tag or digest.
fn globs(pattern: &SourcePattern) -> Vec<String> {
    let glob = pattern.as_str().replace("**", "*");
    if glob.ends_with('*') {
        return vec![glob];
    }
    vec![format!("{glob}:*"), format!("{glob}@*"), glob]
}

fn identity(identity: &OidcIdentity) -> IdentityObject {
    IdentityObject { issuer: identity.issuer_pattern(), subject: identity.subject_pattern() }
}

/// What tenants' sources verify, anywhere.
fn verifications(platform: &Platform) -> impl Iterator<Item = &Verify> {
    platform
        .tenants
        .values()
        .flat_map(|tenant| tenant.variants().flat_map(|(_, tenant)| tenant.sources.values()))
        .filter_map(|source| source.verify.as_ref())
}

fn keys(platform: &Platform) -> BTreeSet<&str> {
    verifications(platform)
        .filter_map(|verify| verify.secret_ref.as_ref())
        .map(ObjectName::as_str)
        .collect()
}

fn identities(platform: &Platform, required: &[OidcIdentity]) -> BTreeSet<IdentityObject> {
    let narrower = verifications(platform)
        .flat_map(|verify| &verify.identities)
        .filter(|own| required.iter().any(|wide| wide.covers(own)));
    required.iter().chain(narrower).map(identity).collect()
}

fn allowed(patterns: &[SourcePattern]) -> AllowedSources {
    let any = alternatives(patterns);
    AllowedSources {
        git: cel_string(&format!("^(https?://|ssh://([A-Za-z0-9._~-]+@)?)({any})$")),
        oci: cel_string(&format!("^oci://({any})$")),
        helm: cel_string(&format!("^(https?|oci)://({any})$")),
        bucket: cel_string(&format!("^({any})$")),
        image: cel_string(&format!("^({any})$")),
        forbidden: cel_string(r"(^|/)\.{1,2}(/|$)|[^:]//|[\s%?#\\]"),
    }
}

/// The patterns as alternatives of one expression, without anchors.
fn alternatives(patterns: &[SourcePattern]) -> String {
    let expressions: Vec<String> = patterns
        .iter()
        .map(|pattern| {
            let expression = anchored(pattern.as_str());
            let inner = expression.strip_prefix('^').unwrap_or(&expression);
            inner.strip_suffix('$').unwrap_or(inner).to_owned()
        })
        .collect();
    expressions.join("|")
}

/// A text as a CEL string literal in printable ASCII on one line: raw, so that an expression is read as it is, where
/// the text allows it.
///
/// CEL's escapes ([spec](https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values))
/// include those of JSON, but no surrogate pairs.
fn cel_string(text: &str) -> String {
    if text.chars().all(|character| matches!(character, ' '..='~') && character != '\'') {
        return format!("r'{text}'");
    }
    cel_literal(&text)
}

/// A value as a CEL literal: JSON is one, once everything beyond ASCII is escaped.
pub(super) fn cel_literal<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_string(value).unwrap_or_else(|_| unreachable!("texts are JSON"));
    let mut literal = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            ' '..='~' => literal.push(character),
            _ if u32::from(character) <= 0xffff => {
                let _ = write!(literal, "\\u{:04x}", u32::from(character));
            }
            _ => {
                let _ = write!(literal, "\\U{:08x}", u32::from(character));
            }
        }
    }
    literal
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn unquoted(literal: &str) -> regex::Regex {
        let expression =
            literal.strip_prefix("r'").and_then(|rest| rest.strip_suffix('\'')).unwrap();
        regex::Regex::new(expression).unwrap()
    }

    fn patterns() -> AllowedSources {
        allowed(&[
            SourcePattern::new("github.com/acme/**").unwrap(),
            SourcePattern::new("ghcr.io/acme/*").unwrap(),
        ])
    }

    #[test]
    fn a_git_url_is_matched_from_its_scheme_to_its_end() {
        let git = unquoted(&patterns().git);
        for good in [
            "https://github.com/acme/app",
            "ssh://git@github.com/acme/team/app.git",
            "ssh://github.com/acme/app",
        ] {
            assert!(git.is_match(good), "{good}");
        }
        for bad in [
            "https://github.com/acme",
            "https://github.com/acme-evil/app",
            "https://github.com.evil.example/acme/app",
            "https://githubXcom/acme/app",
            "https://evil.example/github.com/acme/app",
            "https://github.com@evil.example/acme/app",
            "https://x@github.com/acme/app",
            "ssh://a/b@github.com/acme/app",
            "oci://github.com/acme/app",
        ] {
            assert!(!git.is_match(bad), "{bad}");
        }
    }

    #[test]
    fn one_star_stays_within_one_part() {
        let oci = unquoted(&patterns().oci);
        assert!(oci.is_match("oci://ghcr.io/acme/app"));
        assert!(!oci.is_match("oci://ghcr.io/acme/app/deeper"));
    }

    #[test]
    fn an_address_that_leads_up_or_hides_something_is_forbidden() {
        let forbidden = unquoted(&patterns().forbidden);
        for bad in [
            "https://github.com/acme/../evil/app",
            "https://github.com/acme/..",
            "https://github.com/acme/./app",
            "https://github.com/acme//app",
            "https://github.com/acme/%2e%2e/evil",
            "https://github.com/acme/app?x",
            "https://github.com/acme/app#x",
            "https://github.com/acme\\evil",
            "https://github.com/acme/a b",
        ] {
            assert!(forbidden.is_match(bad), "{bad}");
        }
        for good in
            ["https://github.com/acme/a..b", "ssh://git@github.com/acme/.github", "s3.acme/x"]
        {
            assert!(!forbidden.is_match(good), "{good}");
        }
    }

    #[test]
    fn no_text_leaves_its_literal() {
        assert_eq!(
            cel_string("'a\"b\\c\nd\u{85}\u{2028}ü\u{1f980}\u{7f}'"),
            r#""'a\"b\\c\nd\u0085\u2028\u00fc\U0001f980\u007f'""#
        );
    }
}
