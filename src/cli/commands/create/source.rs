//! The flags that say where manifests come from, how clusters authenticate there, and what they verify.

use serde_json::{Value, json};

use super::Document;
use crate::cli::dialogue::{Choice, Dialogue, any, ask};
use crate::cli::failure::Failure;
use crate::spec::source::{CloudProvider, GitVerification};
use crate::spec::text::{
    Endpoint, GitCommit, GitRef, GitUrl, ItemName, NamespaceName, ObjectName, OciDigest, OciTag,
    OciUrl, SemverRange, SourcePath, TenantName,
};

/// A source of a tenant.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Source")]
pub(crate) struct SourceArgs {
    /// The name of the source in the description. Default: app.
    #[arg(long, value_name = "NAME")]
    pub source: Option<ItemName>,

    /// A Git repository.
    #[arg(long, value_name = "URL", conflicts_with_all = ["oci_url", "bucket"])]
    pub git_url: Option<GitUrl>,

    /// An OCI artifact, without its tag.
    #[arg(long, value_name = "URL", conflicts_with = "bucket")]
    pub oci_url: Option<OciUrl>,

    /// A bucket, by its name.
    #[arg(long, value_name = "NAME", requires = "endpoint")]
    pub bucket: Option<ObjectName>,

    /// The bucket's server, without a scheme.
    #[arg(long, value_name = "HOST", requires = "bucket")]
    pub endpoint: Option<Endpoint>,

    /// The bucket's region.
    #[arg(long, value_name = "REGION", requires = "bucket")]
    pub region: Option<String>,

    /// For Git: a branch. Default: main.
    #[arg(long, value_name = "BRANCH", requires = "git_url", conflicts_with_all = ["tag", "semver"])]
    pub git_branch: Option<GitRef>,

    /// For Git and OCI: a tag.
    #[arg(long, value_name = "TAG", conflicts_with = "semver")]
    pub tag: Option<String>,

    /// For Git and OCI: a range of versions among the tags.
    #[arg(long, value_name = "RANGE")]
    pub semver: Option<SemverRange>,

    /// For Git: a commit.
    #[arg(long = "commit-id", value_name = "SHA", requires = "git_url")]
    pub commit_id: Option<GitCommit>,

    /// For OCI: a digest.
    #[arg(long, value_name = "SHA256", requires = "oci_url", conflicts_with_all = ["tag", "semver"])]
    pub digest: Option<OciDigest>,

    /// The folder in the source that is applied. Default: ./
    #[arg(long, value_name = "PATH")]
    pub path: Option<SourcePath>,

    /// The tenant's namespace where the source lives and that it fills. Default: the first.
    #[arg(long, value_name = "NAMESPACE")]
    pub source_namespace: Option<NamespaceName>,

    /// How clusters authenticate: `none`, `secret=NAME`, `deploy-key[=NAME]`, `github-app=NAME`, `workload-identity=aws|azure|gcp`.
    ///
    /// NAME is a Secret in the source's namespace. No secret is ever written into the repository.
    #[arg(long, value_name = "HOW")]
    pub auth: Option<AuthChoice>,

    /// With `--auth deploy-key`: make the key at once, with these host keys of the Git server, as `ssh-keyscan` prints them.
    ///
    /// Without it, `tenantry create deploy-key` makes the key later.
    #[arg(long, value_name = "FILE")]
    pub known_hosts: Option<std::path::PathBuf>,

    /// What of a Git source must be signed: `head`, `tag` or `both`; for an OCI source `cosign` or `notation`.
    #[arg(long, value_name = "WHAT")]
    pub verify: Option<VerifyChoice>,

    /// The Secret with the public keys that `--verify` checks against.
    #[arg(long, value_name = "NAME", requires = "verify")]
    pub verify_secret: Option<ObjectName>,

    /// Keyless: who may have signed, as `ISSUER,SUBJECT`.
    #[arg(long, value_name = "ISSUER,SUBJECT", requires = "verify")]
    pub verify_identity: Vec<Identity>,
}

/// How clusters authenticate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AuthChoice {
    /// Not at all.
    None,
    /// A Secret that somebody puts there.
    Secret(ObjectName),
    /// A generated SSH key.
    DeployKey(Option<ObjectName>),
    /// A GitHub App.
    GithubApp(ObjectName),
    /// A cloud's identity.
    WorkloadIdentity(CloudProvider),
}

impl std::str::FromStr for AuthChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (how, value) =
            text.split_once('=').map_or((text, None), |(how, value)| (how, Some(value)));
        let name = |value: Option<&str>| match value {
            Some(value) => ObjectName::new(value).map_err(|error| error.to_string()),
            None => Err(format!("`{how}` wants the name of a Secret: `{how}=NAME`")),
        };
        match how {
            "none" if value.is_none() => Ok(Self::None),
            "secret" => name(value).map(Self::Secret),
            "deploy-key" if value.is_none() => Ok(Self::DeployKey(None)),
            "deploy-key" => name(value).map(|name| Self::DeployKey(Some(name))),
            "github-app" => name(value).map(Self::GithubApp),
            "workload-identity" => match value {
                Some("aws") => Ok(Self::WorkloadIdentity(CloudProvider::Aws)),
                Some("azure") => Ok(Self::WorkloadIdentity(CloudProvider::Azure)),
                Some("gcp") => Ok(Self::WorkloadIdentity(CloudProvider::Gcp)),
                _ => Err("it is `workload-identity=aws`, `=azure` or `=gcp`".to_owned()),
            },
            _ => Err(format!(
                "`{text}` is none of `none`, `secret=NAME`, `deploy-key`, `github-app=NAME` and `workload-identity=aws|azure|gcp`"
            )),
        }
    }
}

/// What must be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum VerifyChoice {
    /// Git: the commit.
    Head,
    /// Git: the tag.
    Tag,
    /// Git: both.
    Both,
    /// OCI: Sigstore's cosign.
    Cosign,
    /// OCI: Notary's notation.
    Notation,
}

/// Who may have signed without a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Identity {
    issuer: String,
    subject: String,
}

impl std::str::FromStr for Identity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(',') {
            Some((issuer, subject)) if !issuer.is_empty() && !subject.is_empty() => {
                Ok(Self { issuer: issuer.to_owned(), subject: subject.to_owned() })
            }
            _ => Err("it is of the form ISSUER,SUBJECT".to_owned()),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum SourceKind {
    Git,
    Oci,
    Bucket,
    Later,
}

impl SourceArgs {
    fn said(&self) -> bool {
        self.git_url.is_some() || self.oci_url.is_some() || self.bucket.is_some()
    }

    /// Asks for what no flag says.
    pub(super) fn converse(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        tenant: Option<&TenantName>,
    ) -> Result<(), Failure> {
        if !dialogue.interactive() {
            return Ok(());
        }
        if !self.said() {
            let kinds = [
                Choice::new(SourceKind::Git, "", "a Git repository"),
                Choice::new(SourceKind::Oci, "", "an OCI artifact"),
                Choice::new(SourceKind::Bucket, "", "a bucket"),
                Choice::new(SourceKind::Later, "", "nowhere yet"),
            ];
            let kind =
                dialogue.choose(None, ask("", "Where its manifests come from"), &kinds, None)?;
            match kind {
                Some(SourceKind::Git) => {
                    self.git_url = dialogue.text(
                        None,
                        ask("--git-url", "Its URL (ssh://git@… or https://…)"),
                        None,
                        any,
                    )?;
                    if self.tag.is_none() && self.semver.is_none() && self.commit_id.is_none() {
                        let main = GitRef::new("main").ok();
                        self.git_branch = dialogue.text(
                            self.git_branch.take(),
                            ask("--git-branch", "Branch"),
                            main,
                            any,
                        )?;
                    }
                }
                Some(SourceKind::Oci) => {
                    self.oci_url = dialogue.text(
                        None,
                        ask("--oci-url", "Its URL (oci://…, without a tag)"),
                        None,
                        any,
                    )?;
                    if self.semver.is_none() && self.digest.is_none() {
                        let check = |tag: &String| {
                            OciTag::new(&**tag).map(drop).map_err(|error| error.to_string())
                        };
                        let latest = Some("latest".to_owned());
                        self.tag =
                            dialogue.text(self.tag.take(), ask("--tag", "Tag"), latest, check)?;
                    }
                }
                Some(SourceKind::Bucket) => {
                    self.bucket =
                        dialogue.text(None, ask("--bucket", "The bucket's name"), None, any)?;
                    self.endpoint = dialogue.text(
                        None,
                        ask("--endpoint", "Its server, without a scheme"),
                        None,
                        any,
                    )?;
                }
                Some(SourceKind::Later) | None => return Ok(()),
            }
        }
        let root = SourcePath::new("./").ok();
        self.path = dialogue.text(
            self.path.take(),
            ask("--path", "Folder in it that is applied"),
            root,
            any,
        )?;
        self.ask_auth(dialogue, tenant)
    }

    fn ask_auth(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        tenant: Option<&TenantName>,
    ) -> Result<(), Failure> {
        #[derive(Clone, Copy, PartialEq)]
        enum How {
            None,
            Secret,
            DeployKey,
            GithubApp,
            Aws,
            Azure,
            Gcp,
        }
        if self.auth.is_some() {
            return Ok(());
        }
        let git = self.git_url.is_some();
        let ssh = self.git_url.as_ref().is_some_and(|url| url.as_str().starts_with("ssh://"));
        let mut choices = Vec::new();
        if !ssh {
            choices.push(Choice::new(How::None, "none", "it is public"));
        }
        choices.push(Choice::new(How::Secret, "", "a Secret in the tenant's namespace"));
        if ssh {
            choices.push(Choice::new(
                How::DeployKey,
                "deploy-key",
                "an SSH key that is generated for it",
            ));
        }
        if git && !ssh {
            choices.push(Choice::new(How::GithubApp, "", "a GitHub App, its key in a Secret"));
        }
        if !ssh {
            choices.push(Choice::new(
                How::Aws,
                "workload-identity=aws",
                "the identity of a service account",
            ));
            choices.push(Choice::new(
                How::Azure,
                "workload-identity=azure",
                "the identity of a service account",
            ));
            choices.push(Choice::new(
                How::Gcp,
                "workload-identity=gcp",
                "the identity of a service account",
            ));
        }
        let how = dialogue.choose(
            None,
            ask("--auth", "How clusters authenticate there"),
            &choices,
            None,
        )?;
        let default =
            tenant.map(|tenant| format!("{tenant}-{}", if git { "git" } else { "source" }));
        let mut secret = |how: &str| {
            dialogue.qualified(ask("--auth", "Name of the Secret"), how, default.clone())
        };
        self.auth = match how {
            Some(How::None) => Some(AuthChoice::None),
            Some(How::Secret) => secret("secret")?.map(AuthChoice::Secret),
            Some(How::DeployKey) => Some(AuthChoice::DeployKey(None)),
            Some(How::GithubApp) => secret("github-app")?.map(AuthChoice::GithubApp),
            Some(How::Aws) => Some(AuthChoice::WorkloadIdentity(CloudProvider::Aws)),
            Some(How::Azure) => Some(AuthChoice::WorkloadIdentity(CloudProvider::Azure)),
            Some(How::Gcp) => Some(AuthChoice::WorkloadIdentity(CloudProvider::Gcp)),
            None => None,
        };
        Ok(())
    }

    /// Says what the flags say, as one source.
    pub(super) fn add_to(&self, document: &mut Document) -> Result<(), Failure> {
        let name = self.source_name()?;
        let source = |field: &[&'static str]| {
            let mut path = vec!["sources", name.as_str()];
            path.extend(field);
            path
        };
        if let Some(url) = &self.git_url {
            document.put(&source(&["git", "url"]), url);
            document.put(&source(&["git", "branch"]), &self.git_branch);
            document.put(&source(&["git", "tag"]), self.typed_tag::<GitRef>()?);
            document.put(&source(&["git", "semver"]), &self.semver);
            document.put(&source(&["git", "commit"]), &self.commit_id);
        } else if let Some(url) = &self.oci_url {
            document.put(&source(&["oci", "url"]), url);
            document.put(&source(&["oci", "tag"]), self.typed_tag::<OciTag>()?);
            document.put(&source(&["oci", "semver"]), &self.semver);
            document.put(&source(&["oci", "digest"]), &self.digest);
        } else if let Some(bucket) = &self.bucket {
            document.put(&source(&["bucket", "endpoint"]), &self.endpoint);
            document.put(&source(&["bucket", "bucketName"]), bucket);
            document.put(&source(&["bucket", "region"]), &self.region);
        } else if self.auth.is_some()
            || self.path.is_some()
            || self.tag.is_some()
            || self.verify.is_some()
        {
            if !document.has(&source(&[])) {
                return Err(Failure::Missing { flags: vec!["--git-url, --oci-url or --bucket"] });
            }
        } else {
            return Ok(());
        }
        document.put(&source(&["auth"]), self.auth_value(&name));
        document.put(&source(&["path"]), &self.path);
        document.put(&source(&["namespace"]), &self.source_namespace);
        if let Some(verify) = self.verify {
            match verify {
                VerifyChoice::Head => {
                    document.put(&source(&["verify", "mode"]), GitVerification::Head);
                }
                VerifyChoice::Tag => {
                    document.put(&source(&["verify", "mode"]), GitVerification::Tag);
                }
                VerifyChoice::Both => {
                    document.put(&source(&["verify", "mode"]), GitVerification::TagAndHead);
                }
                VerifyChoice::Cosign => document.put(&source(&["verify", "provider"]), "cosign"),
                VerifyChoice::Notation => {
                    document.put(&source(&["verify", "provider"]), "notation");
                }
            }
            document.put(&source(&["verify", "secretRef"]), &self.verify_secret);
            let identities: Vec<Value> = self
                .verify_identity
                .iter()
                .map(|identity| json!({ "issuer": identity.issuer, "subject": identity.subject }))
                .collect();
            document.put(&source(&["verify", "identities"]), identities);
        }
        Ok(())
    }

    fn typed_tag<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
    ) -> Result<Option<T>, Failure> {
        self.tag
            .as_deref()
            .map(T::from_str)
            .transpose()
            .map_err(|error| Failure::BadAnswer { flag: "--tag", reason: error.to_string() })
    }

    fn auth_value(&self, source: &ItemName) -> Value {
        match &self.auth {
            None | Some(AuthChoice::None) => Value::Null,
            Some(AuthChoice::Secret(name)) => json!({ "secretRef": name }),
            Some(AuthChoice::DeployKey(None)) => {
                json!({ "deployKey": { "secretName": format!("{source}-deploy-key") } })
            }
            Some(AuthChoice::DeployKey(Some(name))) => {
                json!({ "deployKey": { "secretName": name } })
            }
            Some(AuthChoice::GithubApp(name)) => json!({ "githubApp": { "secretRef": name } }),
            Some(AuthChoice::WorkloadIdentity(provider)) => {
                json!({ "workloadIdentity": { "provider": provider } })
            }
        }
    }
}
