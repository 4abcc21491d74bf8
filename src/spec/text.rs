//! The small texts of a description: names, versions, addresses, durations, quantities.
//!
//! Each is a type of its own that cannot hold a wrong value: the check stands once, in [`Rule`], and
//! serves deserialization, the JSON Schemas and the dialogue. What Kubernetes or Flux would refuse is
//! refused here, with a sentence that says what to write instead.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// Why a text is not what a field takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: {rule}")]
pub struct TextError {
    /// What was written.
    pub text: String,
    /// What it should have been, such as "a tenant's name".
    pub what: &'static str,
    /// What holds for it.
    pub rule: &'static str,
}

/// What a kind of text must look like.
#[derive(Debug)]
pub struct Rule {
    /// With its article: "a namespace's name".
    pub what: &'static str,
    /// The rule in words.
    pub rule: &'static str,
    /// The rule as a regular expression that JSON Schema understands too.
    pub pattern: &'static str,
    /// The longest text, in characters.
    pub max: usize,
}

impl Rule {
    fn check(&self, compiled: &OnceLock<regex::Regex>, text: &str) -> Result<(), TextError> {
        let regex = compiled.get_or_init(|| {
            regex::Regex::new(self.pattern)
                .unwrap_or_else(|_| unreachable!("the pattern of {} compiles", self.what))
        });
        if text.chars().count() <= self.max && regex.is_match(text) {
            Ok(())
        } else {
            Err(TextError { text: text.to_owned(), what: self.what, rule: self.rule })
        }
    }
}

/// Reads a list that says something.
pub(crate) fn some<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list = Vec::deserialize(deserializer)?;
    if list.is_empty() {
        return Err(serde::de::Error::custom("the list is empty, and at least one must be said"));
    }
    Ok(list)
}

/// Reads a text that says something.
pub(crate) fn some_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Err(serde::de::Error::custom("the text is empty"));
    }
    Ok(text)
}

/// The kind of text that a [`TextError`]'s message is about, and its rule.
pub(super) fn rule_of(message: &str) -> Option<(&'static str, &'static str)> {
    RULES
        .iter()
        .find(|rule| {
            message
                .strip_suffix(rule.rule)
                .and_then(|rest| rest.strip_suffix(": "))
                .and_then(|rest| rest.strip_suffix(rule.what))
                .is_some_and(|rest| rest.ends_with("` is not "))
        })
        .map(|rule| (rule.what, rule.rule))
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $what:literal, $pattern:literal, max $max:literal, $rule:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What such a text must look like.
            pub const RULE: Rule = Rule { what: $what, rule: $rule, pattern: $pattern, max: $max };

            /// Checks a text.
            ///
            /// # Errors
            /// When it does not follow [`Self::RULE`].
            pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
                static COMPILED: OnceLock<regex::Regex> = OnceLock::new();
                let text = text.into();
                Self::RULE.check(&COMPILED, &text)?;
                Ok(Self(text))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": Self::RULE.rule,
                    "type": "string",
                    "pattern": Self::RULE.pattern,
                    "maxLength": Self::RULE.max
                })
            }
        }
    )*

        const RULES: &[Rule] = &[$($name::RULE,)*];
    };
}

texts! {
    /// The name of the platform.
    PlatformName: "a platform's name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max 63,
        "at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit";
    /// The name of an environment.
    EnvironmentName: "an environment's name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max 63,
        "at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit";
    /// The name of a cluster.
    ClusterName: "a cluster's name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max 63,
        "at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit";
    /// The name of a component.
    ComponentName: "a component's name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max 53,
        "at most 53 of `a-z`, `0-9` and `-` (Helm's limit for a release), beginning and ending with a letter or a digit";
    /// The name of a tenant.
    TenantName: "a tenant's name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max 63,
        "at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit";
    /// The name of a namespace: an RFC 1123 label.
    NamespaceName: "a namespace's name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max 63,
        "at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit";
    /// The name of something inside an entity: a source, a provider, an alert.
    ItemName: "a name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max 63,
        "at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit";
    /// The name of an object that lies on the cluster: an RFC 1123 subdomain.
    ObjectName: "an object's name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", max 253,
        "at most 253 of `a-z`, `0-9`, `-` and `.`, each part beginning and ending with a letter or a digit";
    /// A place in an object: a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)).
    JsonPointer: "a place in an object", r"^(/([^~]|~[01])*)+$", max 4096,
        "a JSON pointer such as `/spec/replicas`, with `~1` for a `/` and `~0` for a `~` in a key";
    /// The name of a role that the layout ships.
    RoleName: "a role's name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max 63,
        "at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit";
    /// The kind of a Kubernetes object.
    Kind: "a kind", r"^[A-Z][A-Za-z0-9]*$", max 63, "letters and digits, beginning with a capital, such as `Deployment`";
    /// The API version of a Kubernetes object, with its group.
    ObjectApiVersion: "an API version", r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9]+((alpha|beta)[0-9]+)?$", max 253,
        "a group and a version, such as `apps/v1`, or `v1`";
    /// A label's or an annotation's key.
    LabelKey: "a label's key", r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$", max 317,
        "an optional DNS name and `/`, then at most 63 letters, digits, `-`, `_` and `.`";
    /// A label's value.
    LabelValue: "a label's value", r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", max 63,
        "at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or a digit";
    /// A variable's name for Flux's substitution.
    VariableName: "a variable's name", r"^[_A-Za-z][_A-Za-z0-9]*$", max 253,
        "letters, digits and `_`, not beginning with a digit";
    /// A duration as Flux takes it, such as `10m` or `1h30m`.
    Duration: "a duration", r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$", max 32,
        "numbers with `h`, `m`, `s` or `ms`, such as `10m` or `1h30m`";
    /// A quantity as Kubernetes takes it, such as `500m` or `64Gi`.
    Quantity: "a quantity", r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][-+]?[0-9]{1,2})?$", max 32,
        "a number with an optional unit, in quotes where it is a bare number, such as `\"20\"`, `500m` or `64Gi`";
    /// A resource that a quota or a limit counts, such as `cpu`, `requests.memory` or `count/jobs.batch`.
    ResourceName: "a resource's name", r"^[a-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?$", max 253,
        "such as `cpu`, `memory`, `pods` or `requests.storage`";
    /// An exact version: no range, no `latest`.
    ExactVersion: "an exact version", r"^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$", max 64,
        "three numbers and no range, such as `1.27.1`";
    /// A Kubernetes version: major and minor.
    KubernetesVersion: "a Kubernetes version", r"^1\.[0-9]{1,3}$", max 6,
        "major and minor in quotes, such as `\"1.36\"`";
    /// A range of versions as SemVer.
    SemverRange: "a range of versions", r"^[0-9A-Za-z<>=~^*|&., +v-]+$", max 256,
        "a SemVer range, such as `>=1.0.0 <2.0.0` or `1.x`";
    /// The address of a Git repository.
    GitUrl: "a Git URL", r"^(https?|ssh)://[^\s/?#\\]+/[^\s?#\\]+$", max 2048,
        "`https://HOST/PATH`, `http://HOST/PATH` or `ssh://USER@HOST/PATH` (write `ssh://git@host/path` for `git@host:path`)";
    /// The address of an OCI repository, without a tag.
    OciUrl: "an OCI URL", r"^oci://[^\s/?#\\@]+(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$", max 2048,
        "`oci://HOST/PATH` without a tag or digest, the path in lower case";
    /// The address of a Helm repository, over HTTP or OCI.
    HelmUrl: "a Helm repository's URL", r"^(https?|oci)://[^\s?#\\]+$", max 2048,
        "`https://…` or `oci://…`";
    /// The address of a bucket's server, without a scheme.
    Endpoint: "a bucket's endpoint", r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$", max 253,
        "a host and an optional port, without a scheme, such as `s3.eu-west-1.amazonaws.com`";
    /// A Git branch, tag or full reference.
    GitRef: "a branch or tag", r"^[^\s~^:?*\[\\\x00-\x1f\x7f/.-]([^\s~^:?*\[\\\x00-\x1f\x7f]*[^\s~^:?*\[\\\x00-\x1f\x7f/.])?$", max 255,
        "a name that `git check-ref-format` accepts";
    /// A Git commit.
    GitCommit: "a commit", r"^([0-9a-f]{40}|[0-9a-f]{64})$", max 64, "40 or 64 hexadecimal digits";
    /// A tag of an OCI artifact.
    OciTag: "an OCI tag", r"^[A-Za-z0-9_][A-Za-z0-9._-]*$", max 128,
        "letters, digits, `.`, `_` and `-`";
    /// A digest of an OCI artifact.
    OciDigest: "a digest", r"^sha256:[0-9a-f]{64}$", max 71, "`sha256:` and 64 hexadecimal digits";
    /// A container image without a tag.
    ImageName: "an image", r"^[a-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$", max 255,
        "`HOST/PATH` without a tag, such as `ghcr.io/acme/app`";
    /// A word of confirmation: an entity whose objects may go from clusters, and a number that stands for these objects.
    Confirmation: "a confirmation", r"^((tenant|component|cluster)/[a-z0-9]([-a-z0-9]*[a-z0-9])?|platform)#[0-9a-f]{8}$", max 83,
        "as `generate` prints it, such as `tenant/team-a#1f2e3d4c`";
    /// An owner as CODEOWNERS takes it.
    Owner: "an owner", r"^(@[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9._-]+)*|[^\s@#,]+@[^\s@#,]+\.[^\s@#,]+)$", max 255,
        "`@user`, `@organisation/team` or an e-mail address";
    /// A path inside a source, as Flux takes it.
    SourcePath: "a path in a source", r"^[^/\x00-\x1f\x7f\\][^\x00-\x1f\x7f\\]*$", max 1024,
        "a path without a leading `/`, such as `./deploy`";
    /// A pattern over addresses: `*` stands for anything but `/`, `**` for anything.
    SourcePattern: "a pattern over sources", r"^[a-z0-9*]([A-Za-z0-9._:*-]*[A-Za-z0-9*])?(/[A-Za-z0-9._~*-]+)*$", max 1024,
        "a host and a path without a scheme, `*` for one part and `**` for any, such as `github.com/acme/**`";
    /// An address range.
    Cidr: "an address range", r"^([0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*/[0-9]{1,3})$", max 64,
        "an address and a prefix length, such as `10.0.0.0/8`";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_is_anchored() {
        for rule in RULES {
            assert!(regex::Regex::new(rule.pattern).is_ok(), "{}", rule.what);
            assert!(rule.pattern.starts_with('^') && rule.pattern.ends_with('$'), "{}", rule.what);
        }
    }

    #[test]
    fn a_name_follows_rfc_1123() {
        for good in ["a", "team-a", "0"] {
            assert!(TenantName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "Team", "a_b", "a.b", "a\n", &"a".repeat(64)] {
            assert!(TenantName::new(bad).is_err(), "{bad:?}");
        }
    }
}
