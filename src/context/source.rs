//! Sources as templates see them: the kind of the Flux object, its reference, authentication and
//! verification already in the words of Flux's API.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::spec::component::{GitManifests, OciManifests};
use crate::spec::source::{
    Auth, Bucket, CloudProvider, Git, GitVerification, Oci, OciVerification, Source, Verify,
};
use crate::spec::text::ExactVersion;

/// A source of Flux's: a GitRepository, an OCIRepository or a Bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceObject {
    /// `GitRepository`, `OCIRepository` or `Bucket`.
    pub kind: &'static str,
    /// `spec.url`; null for a bucket.
    pub url: Option<String>,
    /// `spec.ref` as Flux takes it, such as `{branch: main}`; null for a bucket.
    #[serde(rename = "ref")]
    pub reference: Option<IndexMap<&'static str, String>>,
    /// `spec.endpoint` of a bucket.
    pub endpoint: Option<String>,
    /// `spec.bucketName` of a bucket.
    pub bucket_name: Option<String>,
    /// `spec.region` of a bucket.
    pub region: Option<String>,
    /// `spec.prefix` of a bucket.
    pub prefix: Option<String>,
    /// `spec.insecure`: plain HTTP.
    pub insecure: bool,
    /// `spec.recurseSubmodules` of a Git repository.
    pub recurse_submodules: bool,
    /// `spec.sparseCheckout` of a Git repository.
    pub sparse_checkout: Vec<String>,
    /// `spec.provider`, if it is not the default: `github`, `aws`, `azure` or `gcp`.
    pub provider: Option<&'static str>,
    /// The name for `spec.secretRef`, if a Secret authenticates.
    pub secret_ref: Option<String>,
    /// `spec.serviceAccountName`, if a cloud identity authenticates.
    pub service_account: Option<String>,
    /// `spec.verify` as Flux takes it.
    pub verify: Option<VerifyObject>,
}

/// `spec.verify` as Flux takes it; what does not apply is left out, so it can be written as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyObject {
    /// Git: what must be signed, `HEAD`, `Tag` or `TagAndHEAD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<&'static str>,
    /// OCI: `cosign` or `notation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<&'static str>,
    /// OCI without a key: who may have signed, as anchored regular expressions.
    #[serde(rename = "matchOIDCIdentity", skip_serializing_if = "Vec::is_empty")]
    pub match_oidc_identity: Vec<IdentityObject>,
    /// The Secret with the public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretReference>,
}

/// A reference to a Secret, as Flux takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SecretReference {
    /// The Secret's name.
    pub name: String,
}

/// An identity as Flux takes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct IdentityObject {
    /// An anchored regular expression over the issuer.
    pub issuer: String,
    /// An anchored regular expression over the subject.
    pub subject: String,
}

impl SourceObject {
    /// The source of a tenant.
    pub(super) fn of_source(source: &Source) -> Self {
        let object = match (&source.git, &source.oci, &source.bucket) {
            (Some(git), _, _) => Self::of_git(git),
            (None, Some(oci), _) => Self::of_oci(oci),
            (None, None, Some(bucket)) => Self::of_bucket(bucket),
            (None, None, None) => Self::default(),
        };
        object.authenticated(source.auth.as_ref()).verified(source.verify.as_ref())
    }

    /// The Git source of a component.
    pub(super) fn of_git_manifests(git: &GitManifests, version: Option<&ExactVersion>) -> Self {
        let reference = match (version, &git.tag, &git.branch) {
            (Some(version), _, _) => ("tag", version.to_string()),
            (None, Some(tag), _) => ("tag", tag.to_string()),
            (None, None, Some(branch)) => ("branch", branch.to_string()),
            (None, None, None) => ("branch", "main".to_owned()),
        };
        Self {
            kind: "GitRepository",
            url: Some(git.url.to_string()),
            reference: Some(IndexMap::from([reference])),
            ..Self::default()
        }
        .authenticated(git.auth.as_ref())
        .verified(git.verify.as_ref())
    }

    /// The OCI source of a component.
    pub(super) fn of_oci_manifests(oci: &OciManifests, version: Option<&ExactVersion>) -> Self {
        let reference = match (&oci.digest, version, &oci.tag) {
            (Some(digest), _, _) => ("digest", digest.to_string()),
            (None, Some(version), _) => ("tag", version.to_string()),
            (None, None, Some(tag)) => ("tag", tag.to_string()),
            (None, None, None) => ("tag", "latest".to_owned()),
        };
        Self {
            kind: "OCIRepository",
            url: Some(oci.url.to_string()),
            reference: Some(IndexMap::from([reference])),
            ..Self::default()
        }
        .authenticated(oci.auth.as_ref())
        .verified(oci.verify.as_ref())
    }

    fn of_git(git: &Git) -> Self {
        let mut reference = IndexMap::new();
        let said = [
            ("branch", git.branch.as_ref().map(ToString::to_string)),
            ("tag", git.tag.as_ref().map(ToString::to_string)),
            ("semver", git.semver.as_ref().map(ToString::to_string)),
            ("commit", git.commit.as_ref().map(ToString::to_string)),
            ("name", git.name.as_ref().map(ToString::to_string)),
        ];
        for (key, value) in said {
            if let Some(value) = value {
                reference.insert(key, value);
            }
        }
        if reference.is_empty() {
            reference.insert("branch", "main".to_owned());
        }
        Self {
            kind: "GitRepository",
            url: Some(git.url.to_string()),
            reference: Some(reference),
            recurse_submodules: git.recurse_submodules,
            sparse_checkout: git.sparse_checkout.iter().map(ToString::to_string).collect(),
            ..Self::default()
        }
    }

    fn of_oci(oci: &Oci) -> Self {
        let mut reference = IndexMap::new();
        if let Some(digest) = &oci.digest {
            reference.insert("digest", digest.to_string());
        } else if let Some(semver) = &oci.semver {
            reference.insert("semver", semver.to_string());
            if let Some(filter) = &oci.semver_filter {
                reference.insert("semverFilter", filter.clone());
            }
        } else {
            let tag = oci.tag.as_ref().map_or_else(|| "latest".to_owned(), ToString::to_string);
            reference.insert("tag", tag);
        }
        Self {
            kind: "OCIRepository",
            url: Some(oci.url.to_string()),
            reference: Some(reference),
            insecure: oci.insecure,
            ..Self::default()
        }
    }

    fn of_bucket(bucket: &Bucket) -> Self {
        Self {
            kind: "Bucket",
            endpoint: Some(bucket.endpoint.to_string()),
            bucket_name: Some(bucket.bucket_name.to_string()),
            region: bucket.region.clone(),
            prefix: bucket.prefix.clone(),
            insecure: bucket.insecure,
            ..Self::default()
        }
    }

    /// The same with its authentication.
    pub(super) fn authenticated(mut self, auth: Option<&Auth>) -> Self {
        let Some(auth) = auth else { return self };
        if let Some(secret) = &auth.secret_ref {
            self.secret_ref = Some(secret.to_string());
        } else if let Some(key) = &auth.deploy_key {
            self.secret_ref = Some(key.secret_name.to_string());
        } else if let Some(app) = &auth.github_app {
            self.provider = Some("github");
            self.secret_ref = Some(app.secret_ref.to_string());
        } else if let Some(identity) = &auth.workload_identity {
            self.provider = Some(match identity.provider {
                CloudProvider::Aws => "aws",
                CloudProvider::Azure => "azure",
                CloudProvider::Gcp => "gcp",
            });
            self.service_account = Some(identity.service_account.to_string());
        }
        self
    }

    /// The same with its verification.
    pub(super) fn verified(mut self, verify: Option<&Verify>) -> Self {
        let Some(verify) = verify else { return self };
        let secret_ref =
            verify.secret_ref.as_ref().map(|name| SecretReference { name: name.to_string() });
        self.verify = Some(if self.kind == "GitRepository" {
            VerifyObject {
                mode: Some(match verify.mode.unwrap_or(GitVerification::Head) {
                    GitVerification::Head => "HEAD",
                    GitVerification::Tag => "Tag",
                    GitVerification::TagAndHead => "TagAndHEAD",
                }),
                secret_ref,
                ..VerifyObject::default()
            }
        } else {
            VerifyObject {
                provider: Some(match verify.provider.unwrap_or(OciVerification::Cosign) {
                    OciVerification::Cosign => "cosign",
                    OciVerification::Notation => "notation",
                }),
                match_oidc_identity: verify
                    .identities
                    .iter()
                    .map(|identity| IdentityObject {
                        issuer: identity.issuer_pattern(),
                        subject: identity.subject_pattern(),
                    })
                    .collect(),
                secret_ref,
                ..VerifyObject::default()
            }
        });
        self
    }
}
