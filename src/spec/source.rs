//! Where manifests come from, how clusters authenticate there, and what they verify.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{
    Duration, Endpoint, GitCommit, GitRef, GitUrl, ItemName, LabelKey, NamespaceName, ObjectName,
    OciDigest, OciTag, OciUrl, SemverRange, SourcePath, some_text,
};

/// A source of a tenant and what is applied from it. Exactly one of `git`, `oci` and `bucket` is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Source {
    /// A Git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<Git>,
    /// An OCI artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oci: Option<Oci>,
    /// A bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Bucket>,
    /// How clusters authenticate. Default: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// What clusters verify before they apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
    /// The folder in the source that is applied.
    #[serde(default = "root_path")]
    pub path: SourcePath,
    /// The tenant's namespace where it lives and that it fills. Default: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<NamespaceName>,
    /// Other sources of the tenant, in the same namespace, that must be applied first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<ItemName>,
    /// How often the source is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// How long an application may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Whether what disappears from the source disappears from the cluster.
    #[serde(default = "yes")]
    pub prune: bool,
    /// Whether to wait until everything applied is ready.
    #[serde(default)]
    pub wait: bool,
    /// What of the source is not downloaded, as lines of a `.gitignore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore: Option<String>,
}

fn yes() -> bool {
    true
}

fn root_path() -> SourcePath {
    SourcePath::new("./").unwrap_or_else(|_| unreachable!("`./` is a path"))
}

impl Source {
    /// The kind of the Flux object, by what is said.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.git.is_some() {
            "GitRepository"
        } else if self.oci.is_some() {
            "OCIRepository"
        } else {
            "Bucket"
        }
    }

    /// The address without its scheme and user, as the platform's allow-list sees it: `host/path`.
    #[must_use]
    pub fn address(&self) -> String {
        let url = match (&self.git, &self.oci, &self.bucket) {
            (Some(git), _, _) => git.url.as_str().to_owned(),
            (_, Some(oci), _) => oci.url.as_str().to_owned(),
            (_, _, Some(bucket)) => format!("{}/{}", bucket.endpoint, bucket.bucket_name),
            (None, None, None) => String::new(),
        };
        let url = url.split_once("://").map_or(&*url, |(_, rest)| rest);
        let (host, path) = url.split_once('/').unwrap_or((url, ""));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        format!("{host}/{path}")
    }
}

/// A Git repository. At most one of `branch`, `tag`, `semver` and `name` is said; none means the branch `main`.
/// `commit` may stand alone or beside `branch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Git {
    /// Its address.
    pub url: GitUrl,
    /// A branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<GitRef>,
    /// A tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<GitRef>,
    /// A range of tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semver: Option<SemverRange>,
    /// A commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<GitCommit>,
    /// A full reference, such as `refs/pull/420/head`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<GitRef>,
    /// Whether submodules come along.
    #[serde(default)]
    pub recurse_submodules: bool,
    /// The folders to download; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sparse_checkout: Vec<SourcePath>,
}

/// An OCI artifact. At most one of `tag`, `semver` and `digest` is said; none means the tag `latest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Oci {
    /// Its address, without a tag.
    pub url: OciUrl,
    /// A tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<OciTag>,
    /// A range of tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semver: Option<SemverRange>,
    /// A regular expression that tags must match before `semver` chooses among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semver_filter: Option<String>,
    /// A digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<OciDigest>,
    /// Plain HTTP.
    #[serde(default)]
    pub insecure: bool,
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Bucket {
    /// The server, without a scheme.
    pub endpoint: Endpoint,
    /// The bucket's name.
    pub bucket_name: ObjectName,
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Only what begins so is downloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Plain HTTP.
    #[serde(default)]
    pub insecure: bool,
}

/// How clusters authenticate at a source. Exactly one is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Auth {
    /// A Secret in the source's namespace that somebody puts there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<ObjectName>,
    /// An SSH key that `tenantry` generates; its private half never enters the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy_key: Option<DeployKey>,
    /// A GitHub App.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github_app: Option<GithubApp>,
    /// The identity of a service account at a cloud provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_identity: Option<WorkloadIdentity>,
}

/// A generated SSH key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DeployKey {
    /// The Secret that holds it, in the source's namespace.
    pub secret_name: ObjectName,
}

/// A GitHub App.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GithubApp {
    /// The Secret with the App's id, installation and private key.
    pub secret_ref: ObjectName,
}

/// A service account's identity at a cloud provider: object-level workload identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WorkloadIdentity {
    /// Whose identity.
    pub provider: CloudProvider,
    /// The service account that carries it, in the source's namespace; it has no rights on the cluster.
    #[serde(default = "sources_account")]
    pub service_account: ObjectName,
    /// Annotations of the account that name the cloud's identity, such as `eks.amazonaws.com/role-arn`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub annotations: IndexMap<LabelKey, String>,
}

fn sources_account() -> ObjectName {
    ObjectName::new("flux-sources").unwrap_or_else(|_| unreachable!("it is a name"))
}

/// A cloud provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CloudProvider {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Cloud.
    Gcp,
}

/// What clusters verify before they apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Verify {
    /// For Git: what must be signed. Default: `HEAD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<GitVerification>,
    /// For OCI: the format of the signature. Default: cosign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<OciVerification>,
    /// The Secret with the public keys: for Git always, for OCI unless keyless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<ObjectName>,
    /// For OCI, keyless: who may have signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<OidcIdentity>,
}

/// What of a Git repository must be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GitVerification {
    /// The commit.
    #[serde(rename = "HEAD")]
    Head,
    /// The tag.
    Tag,
    /// Both.
    #[serde(rename = "TagAndHEAD")]
    TagAndHead,
}

/// The format of an OCI artifact's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OciVerification {
    /// Sigstore's cosign.
    Cosign,
    /// Notary's notation.
    Notation,
}

/// Who may have signed without a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OidcIdentity {
    /// The issuer's address, to the letter.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "some_text")]
    pub issuer: String,
    /// The subject: `*` stands for anything but `/`, `**` for anything; all else is meant to the letter.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "some_text")]
    pub subject: String,
}

impl OidcIdentity {
    /// The issuer as an anchored regular expression.
    #[must_use]
    pub fn issuer_pattern(&self) -> String {
        format!("^{}$", regex::escape(&self.issuer))
    }

    /// The subject as an anchored regular expression.
    #[must_use]
    pub fn subject_pattern(&self) -> String {
        anchored(&self.subject)
    }

    /// Whether whatever another identity matches, this one matches as well. A character that stands in no subject takes
    /// the place of the other's wildcards: it can be met by a wildcard only.
    #[must_use]
    pub fn covers(&self, narrow: &Self) -> bool {
        let any = "\u{0}/".repeat(64) + "\u{0}";
        let sample = narrow.subject.replace("**", &any).replace('*', "\u{0}");
        self.issuer == narrow.issuer
            && regex::Regex::new(&self.subject_pattern()).is_ok_and(|wide| wide.is_match(&sample))
    }
}

/// A pattern with `*` and `**` as an anchored regular expression in which all else is escaped.
#[must_use]
pub fn anchored(pattern: &str) -> String {
    let body: Vec<String> = pattern
        .split("**")
        .map(|part| part.split('*').map(regex::escape).collect::<Vec<_>>().join("[^/]*"))
        .collect();
    format!("^{}$", body.join(".*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_anchored_and_escaped() {
        let identity = OidcIdentity {
            issuer: "https://token.actions.githubusercontent.com".into(),
            subject: "https://github.com/acme/*/.github/workflows/release.yml@refs/tags/**".into(),
        };
        assert_eq!(identity.issuer_pattern(), r"^https://token\.actions\.githubusercontent\.com$");
        assert_eq!(
            identity.subject_pattern(),
            r"^https://github\.com/acme/[^/]*/\.github/workflows/release\.yml@refs/tags/.*$"
        );
    }

    #[test]
    fn an_identity_covers_what_is_narrower_only() {
        let identity = |subject: &str| OidcIdentity {
            issuer: "https://issuer.example".into(),
            subject: subject.into(),
        };
        let wide = identity("https://host/acme/**");
        assert!(wide.covers(&identity("https://host/acme/app//ci.yml@refs/tags/*")));
        assert!(wide.covers(&wide));
        assert!(!wide.covers(&identity("https://host/other/app")));
        assert!(!wide.covers(&identity("https://host/**")));
        assert!(!identity("https://host/acme/*/ci").covers(&identity("https://host/acme/**/ci")));
    }
}
