//! The questions of `init`, and the description that the answers make.

use std::path::Path;

use super::forge::{Forge, address, host, organisation, placeholder};
use crate::catalogue;
use crate::cli::commands::create::{Document, Pair, TenantArgs, with_schema_line};
use crate::cli::dialogue::{Choice, Dialogue, any, ask};
use crate::cli::failure::{Failure, nearest};
use crate::cli::repository;
use crate::git::Repository;
use crate::layout;
use crate::path::RepoPath;
use crate::spec::EntityKind;
use crate::spec::platform::{Ci, Install, PolicyEngine};
use crate::spec::text::{
    ClusterName, ComponentName, EnvironmentName, ExactVersion, GitRef, GitUrl, OciUrl, Owner,
    PlatformName, SourcePattern, TenantName,
};

/// The layout that a new repository gets unless another is asked for.
pub(super) const DEFAULT_LAYOUT: &str = "multi-tenancy";

/// The version of Flux that a new description says unless another is asked for.
const FLUX_VERSION: &str = "2.9.4";

/// The version of flux-operator's chart, where it installs Flux and no other is asked for.
const OPERATOR_VERSION: &str = "0.55.0";

/// The arguments that contradict `--demo`.
pub(super) const FLAGS: [&str; 17] = [
    "name",
    "repository",
    "branch",
    "environment",
    "cluster",
    "flux_version",
    "flux_install",
    "operator_version",
    "policy_engine",
    "allow_source",
    "ci",
    "artifacts",
    "component",
    "owner",
    "tenant",
    "tenant_owner",
    "tenant_git_url",
];

/// Everything that `init` asks.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Answers {
    /// The platform's name. Default: the folder's.
    #[arg(long, value_name = "NAME")]
    name: Option<PlatformName>,

    /// The address of the platform's own repository, as clusters reach it.
    ///
    /// Default: the remote `origin` where there is one, else a placeholder below github.com/acme to be replaced before Flux is installed.
    #[arg(long, value_name = "URL")]
    pub(super) repository: Option<GitUrl>,

    /// The branch that clusters follow. Default: the one that is checked out, or main.
    #[arg(long, value_name = "BRANCH")]
    branch: Option<GitRef>,

    /// An environment, in the order of promotion. Default: staging, production.
    #[arg(long, value_name = "ENVIRONMENT", value_delimiter = ',')]
    environment: Vec<EnvironmentName>,

    /// A cluster and its environment, such as `prod-eu=production`. Default: one for each environment.
    #[arg(long, value_name = "CLUSTER=ENVIRONMENT", value_delimiter = ',')]
    cluster: Vec<Pair>,

    /// The exact version of Flux.
    #[arg(long, value_name = "VERSION")]
    flux_version: Option<ExactVersion>,

    /// Who installs Flux: `components` (as `flux bootstrap` does), `operator` or `external`. Default: components.
    #[arg(long, value_name = "WHO", value_parser = install)]
    flux_install: Option<Install>,

    /// The exact version of flux-operator's chart, for `--flux-install operator`. Default: one that is known to fit.
    #[arg(long, value_name = "VERSION")]
    operator_version: Option<ExactVersion>,

    /// What evaluates policies: `admission` (Kubernetes' own), `kyverno` or `none`. Default: admission.
    #[arg(long, value_name = "ENGINE", value_parser = engine)]
    policy_engine: Option<PolicyEngine>,

    /// Sources that tenants may use, such as `github.com/acme/**`. Default: those of the repository's organisation.
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    allow_source: Vec<SourcePattern>,

    /// The pipeline to write: `github`, `gitlab` or `none`. Default: by the repository's address.
    #[arg(long, value_name = "CI", value_parser = ci)]
    ci: Option<Ci>,

    /// The layout; `tenantry layout list` names them. Default: multi-tenancy.
    #[arg(long, value_name = "LAYOUT")]
    pub(super) layout: Option<String>,

    /// Where the platform's OCI artifacts lie, for a layout whose clusters pull such: a folder of a registry, as `oci://HOST/PATH`. Default:
    /// the registry of GitHub or of GitLab, under the repository's path.
    #[arg(long, value_name = "URL")]
    artifacts: Option<OciUrl>,

    /// A component of the catalogue; what it depends on comes along.
    #[arg(long, value_name = "COMPONENT", value_delimiter = ',')]
    component: Vec<ComponentName>,

    /// Who owns the platform: `@user`, `@organisation/team` or an e-mail address.
    #[arg(long, value_name = "OWNER", value_delimiter = ',')]
    owner: Vec<Owner>,

    /// A first tenant, on all clusters; `tenantry create tenant` says more.
    #[arg(long, value_name = "NAME", requires = "tenant_owner")]
    tenant: Option<TenantName>,

    /// Who owns the first tenant.
    #[arg(long, value_name = "OWNER", requires = "tenant", value_delimiter = ',')]
    tenant_owner: Vec<Owner>,

    /// The Git repository of the first tenant.
    #[arg(long, value_name = "URL", requires = "tenant")]
    tenant_git_url: Option<GitUrl>,
}

fn install(text: &str) -> Result<Install, String> {
    match text {
        "components" => Ok(Install::Components),
        "operator" => Ok(Install::Operator),
        "external" => Ok(Install::External),
        _ => Err("it is `components`, `operator` or `external`".to_owned()),
    }
}

fn engine(text: &str) -> Result<PolicyEngine, String> {
    match text {
        "admission" => Ok(PolicyEngine::Admission),
        "kyverno" => Ok(PolicyEngine::Kyverno),
        "none" => Ok(PolicyEngine::None),
        _ => Err("it is `admission`, `kyverno` or `none`".to_owned()),
    }
}

fn ci(text: &str) -> Result<Ci, String> {
    match text {
        "github" => Ok(Ci::Github),
        "gitlab" => Ok(Ci::Gitlab),
        "none" => Ok(Ci::None),
        _ => Err("it is `github`, `gitlab` or `none`".to_owned()),
    }
}

/// What was answered, and where the platform lies in a larger repository.
#[derive(Debug)]
pub(super) struct Complete {
    answers: Answers,
    inside: Option<RepoPath>,
}

impl Answers {
    /// Asks for what no flag says. Without a terminal it is `--yes` that takes the defaults.
    pub(super) fn complete(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        root: &Path,
        outer: Option<&Repository>,
        inside: Option<RepoPath>,
    ) -> Result<Complete, Failure> {
        let defaults = dialogue.takes_defaults();
        self.name = dialogue.text(
            self.name.take(),
            ask("--name", "Platform"),
            name_of(root).filter(|_| defaults),
            any,
        )?;
        let origin = outer.and_then(|outer| outer.remote("origin"));
        let url = origin.as_deref().and_then(address).or_else(|| placeholder(self.name.as_ref()));
        self.repository = dialogue.text(
            self.repository.take(),
            ask("--repository", "Its repository, as clusters reach it"),
            url.filter(|_| defaults),
            any,
        )?;
        let branch = outer.and_then(Repository::branch).unwrap_or_else(|| "main".to_owned());
        let branch = GitRef::new(branch).ok();
        self.branch = dialogue.text(self.branch.take(), ask("--branch", "Branch"), branch, any)?;
        let stages: Vec<_> = ["staging", "production"]
            .into_iter()
            .filter_map(|name| EnvironmentName::new(name).ok())
            .collect();
        self.environment = dialogue.list(
            std::mem::take(&mut self.environment),
            ask("--environment", "Environments, in the order of promotion"),
            if defaults { &stages } else { &[] },
            1,
            any,
        )?;
        self.ask_clusters(dialogue, defaults)?;
        self.ask_flux_and_policies(dialogue)?;
        self.ask_rest(dialogue)?;
        dialogue.done()?;
        Ok(Complete { answers: self.clone(), inside })
    }

    fn ask_clusters(&mut self, dialogue: &mut Dialogue<'_>, defaults: bool) -> Result<(), Failure> {
        let environments = self.environment.clone();
        let known = |pair: &Pair| {
            ClusterName::new(&*pair.key).map_err(|error| error.to_string())?;
            if environments.iter().any(|one| one.as_str() == pair.value) {
                return Ok(());
            }
            let names: Vec<String> = environments.iter().map(ToString::to_string).collect();
            Err(match nearest(&pair.value, &names) {
                Some(near) => {
                    format!("there is no environment `{}`; did you mean `{near}`?", pair.value)
                }
                None => {
                    format!("there is no environment `{}`, only {}", pair.value, names.join(", "))
                }
            })
        };
        let one_each: Vec<Pair> = environments
            .iter()
            .map(|name| Pair { key: format!("{name}-1"), value: name.to_string() })
            .collect();
        self.cluster = dialogue.list(
            std::mem::take(&mut self.cluster),
            ask("--cluster", "Clusters, as name=environment"),
            if defaults { &one_each } else { &[] },
            1,
            known,
        )?;
        Ok(())
    }

    fn ask_flux_and_policies(&mut self, dialogue: &mut Dialogue<'_>) -> Result<(), Failure> {
        let version = ExactVersion::new(FLUX_VERSION).ok();
        self.flux_version = dialogue.text(
            self.flux_version.take(),
            ask("--flux-version", "Version of Flux"),
            version,
            any,
        )?;
        let installs = [
            Choice::new(
                Install::Components,
                "components",
                "the manifests that `flux bootstrap` writes",
            ),
            Choice::new(Install::Operator, "operator", "flux-operator, by a FluxInstance"),
            Choice::new(Install::External, "external", "somebody else installs it"),
        ];
        let first = Install::Components;
        self.flux_install = dialogue.choose(
            self.flux_install,
            ask("--flux-install", "Who installs Flux"),
            &installs,
            Some(&first),
        )?;
        if self.flux_install == Some(Install::Operator) {
            self.operator_version = dialogue.text(
                self.operator_version.take(),
                ask("--operator-version", "Version of flux-operator"),
                ExactVersion::new(OPERATOR_VERSION).ok(),
                any,
            )?;
        } else if self.operator_version.is_some() {
            let reason = "only `--flux-install operator` has an operator".to_owned();
            return Err(Failure::BadAnswer { flag: "--operator-version", reason });
        }
        let engines = [
            Choice::new(
                PolicyEngine::Admission,
                "admission",
                "Kubernetes' own ValidatingAdmissionPolicy",
            ),
            Choice::new(
                PolicyEngine::Kyverno,
                "kyverno",
                "Kyverno, which comes along as a component",
            ),
            Choice::new(PolicyEngine::None, "none", "nothing"),
        ];
        let first = PolicyEngine::Admission;
        self.policy_engine = dialogue.choose(
            self.policy_engine,
            ask("--policy-engine", "Policies"),
            &engines,
            Some(&first),
        )?;
        if self.policy_engine != Some(PolicyEngine::None) {
            let own: Vec<SourcePattern> =
                self.repository.as_ref().and_then(organisation).into_iter().collect();
            self.allow_source = dialogue.list(
                std::mem::take(&mut self.allow_source),
                ask("--allow-source", "Sources that tenants may use"),
                &own,
                0,
                any,
            )?;
        }
        Ok(())
    }

    fn ask_rest(&mut self, dialogue: &mut Dialogue<'_>) -> Result<(), Failure> {
        let pipelines = [
            Choice::new(Ci::Github, "github", "GitHub Actions"),
            Choice::new(Ci::Gitlab, "gitlab", "GitLab CI"),
            Choice::new(Ci::None, "none", "no pipeline"),
        ];
        let host = self.repository.as_ref().map(host).unwrap_or_default();
        let likely = match () {
            () if host.contains("github") => Ci::Github,
            () if host.contains("gitlab") => Ci::Gitlab,
            () => Ci::None,
        };
        self.ci = dialogue.choose(self.ci, ask("--ci", "Pipeline"), &pipelines, Some(&likely))?;
        let layouts: Vec<_> = layout::embedded()
            .into_iter()
            .map(|layout| {
                let name = layout.manifest.name;
                Choice::new(name.clone(), name, layout.manifest.summary)
            })
            .collect();
        if layouts.len() > 1 {
            let first = DEFAULT_LAYOUT.to_owned();
            self.layout = dialogue.choose(
                self.layout.take(),
                ask("--layout", "Layout"),
                &layouts,
                Some(&first),
            )?;
        }
        self.ask_artifacts(dialogue)?;
        if dialogue.interactive() && self.component.is_empty() {
            let choices: Vec<_> = catalogue::list()
                .into_iter()
                .map(|entry| Choice::new(entry.name.clone(), entry.name.as_str(), entry.summary))
                .collect();
            self.component =
                dialogue.choose_many(Vec::new(), ask("--component", "Components"), &choices, 0)?;
        }
        self.owner = dialogue.list(
            std::mem::take(&mut self.owner),
            ask("--owner", "Owners of the platform (@organisation/team; none: empty)"),
            &[],
            0,
            any,
        )?;
        if self.tenant.is_none() && dialogue.more("Add a first tenant?", false)? {
            self.tenant = dialogue.text(None, ask("--tenant", "Tenant"), None, any)?;
            self.tenant_owner = dialogue.list(
                Vec::new(),
                ask("--tenant-owner", "Owners of the tenant"),
                &[],
                1,
                any,
            )?;
            self.tenant_git_url = dialogue
                .optional(None, ask("--tenant-git-url", "Its Git repository (none yet: empty)"))?;
        }
        Ok(())
    }
}

impl Answers {
    /// Whether clusters of the layout pull artifacts.
    pub(super) fn ships_artifacts(&self) -> bool {
        let chosen = self.layout.as_deref().unwrap_or(DEFAULT_LAYOUT);
        let mut layouts = layout::embedded().into_iter().map(|layout| layout.manifest);
        layouts.any(|layout| layout.name == chosen && !layout.artifacts.is_empty())
    }

    /// Where artifacts lie, if the layout ships some.
    fn ask_artifacts(&mut self, dialogue: &mut Dialogue<'_>) -> Result<(), Failure> {
        let chosen = self.layout.as_deref().unwrap_or(DEFAULT_LAYOUT);
        if self.ships_artifacts() {
            let own =
                self.repository.as_ref().and_then(Forge::of).and_then(|forge| forge.registry());
            self.artifacts = dialogue.text(
                self.artifacts.take(),
                ask("--artifacts", "Where its OCI artifacts lie (oci://HOST/PATH)"),
                own,
                any,
            )?;
        } else if self.artifacts.is_some() {
            let reason = format!("clusters of the layout `{chosen}` read the repository");
            return Err(Failure::BadAnswer { flag: "--artifacts", reason });
        }
        Ok(())
    }
}

impl Complete {
    /// Whose signatures clusters ask for: those that the pipeline makes on the branch, or when a release is tagged.
    fn identities(&self, reference: &str) -> Option<Vec<serde_json::Value>> {
        let forge = self.answers.repository.as_ref().and_then(Forge::of)?;
        let signs = self.answers.artifacts.is_some() && self.answers.ci == Some(forge.ci);
        signs.then(|| vec![forge.identity(self.inside.as_ref(), reference)])
    }

    /// The description that the answers make.
    pub(super) fn files(&self) -> Result<Vec<(RepoPath, String)>, Failure> {
        let path = |text: &str| RepoPath::new(text).map_err(|error| repository::unusable(&error));
        let answers = &self.answers;
        let file = path(repository::PLATFORM_FILE)?;
        let text = self.platform().text(EntityKind::Platform, &file);
        let mut files = vec![(file, text)];
        for pair in &answers.cluster {
            let mut cluster = Document::default();
            cluster.put(&["environment"], &pair.value);
            let file = path(&format!("platform/clusters/{}.yaml", pair.key))?;
            let text = cluster.text(EntityKind::Cluster, &file);
            files.push((file, text));
        }
        for entry in self.components()? {
            let file = path(&format!("platform/components/{}.yaml", entry.name))?;
            let text = with_schema_line(&entry.text, &file);
            files.push((file, text));
        }
        if let Some(name) = &answers.tenant {
            let tenant =
                TenantArgs::first(name, &answers.tenant_owner, answers.tenant_git_url.as_ref())?;
            let file = path(&format!("platform/tenants/{name}.yaml"))?;
            let text = tenant.text(EntityKind::Tenant, &file);
            files.push((file, text));
        }
        Ok(files)
    }

    fn platform(&self) -> Document {
        let answers = &self.answers;
        let mut platform = Document::default();
        platform.put(&["apiVersion"], "tenantry.dev/v1");
        platform.put(&["name"], &answers.name);
        platform.put(&["owners"], &answers.owner);
        platform.put(&["repository", "url"], &answers.repository);
        platform.put(&["repository", "branch"], &answers.branch);
        platform.put(&["repository", "path"], &self.inside);
        let branch = answers.branch.as_ref().map_or("main", GitRef::as_str);
        platform.put(&["artifacts", "url"], &answers.artifacts);
        let newest = self.identities(&format!("refs/heads/{branch}"));
        platform.put(&["artifacts", "verify", "identities"], newest);
        let mut environments: Vec<_> =
            answers.environment.iter().map(|name| serde_json::json!({ "name": name })).collect();
        if environments.len() > 1
            && let Some(last) = environments.last_mut()
            && let Some(released) = self.identities("refs/tags/v*")
        {
            last["artifacts"] = serde_json::json!({ "verify": { "identities": released } });
        }
        platform.put(&["environments"], environments);
        platform.put(&["flux", "version"], &answers.flux_version);
        platform.put(&["flux", "install"], answers.flux_install);
        if answers.flux_install == Some(Install::Operator) {
            let version =
                answers.operator_version.as_ref().map_or(OPERATOR_VERSION, ExactVersion::as_str);
            platform.put(&["flux", "operator", "version"], version);
        }
        platform.put(&["policies", "engine"], answers.policy_engine);
        platform.put(&["policies", "sources"], &answers.allow_source);
        if answers.policy_engine != Some(PolicyEngine::None) {
            // Where promotion ends, violations are refused; before, they are audited.
            let last: Vec<&EnvironmentName> = answers.environment.last().into_iter().collect();
            platform.put(&["policies", "enforce"], last);
        }
        platform.put(&["ci"], answers.ci);
        platform
    }

    /// The components with what they depend on, and the policies' engine.
    fn components(&self) -> Result<Vec<catalogue::Entry>, Failure> {
        let engine =
            (self.answers.policy_engine == Some(PolicyEngine::Kyverno)).then_some("kyverno");
        let mut entries: Vec<catalogue::Entry> = Vec::new();
        for name in self.answers.component.iter().map(ComponentName::as_str).chain(engine) {
            let Some(entry) = catalogue::get(name) else {
                let known = catalogue::names().map(str::to_owned).collect();
                return Err(Failure::Unknown {
                    kind: "component of the catalogue",
                    name: name.to_owned(),
                    known,
                });
            };
            for one in entry.dependencies().into_iter().chain([entry]) {
                if entries.iter().all(|other| other.name != one.name) {
                    entries.push(one);
                }
            }
        }
        Ok(entries)
    }
}

/// The folder's name as a platform's.
fn name_of(root: &Path) -> Option<PlatformName> {
    let name = root.file_name()?.to_str()?.to_lowercase();
    let name: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    PlatformName::new(name.trim_matches('-')).ok()
}
