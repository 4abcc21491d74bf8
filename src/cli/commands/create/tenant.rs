//! `tenantry create tenant`.

use indexmap::IndexMap;
use serde_json::json;

use super::source::SourceArgs;
use super::{Document, NewEntity, Pair};
use crate::cli::change::{Change, Kind};
use crate::cli::dialogue::{Choice, Dialogue, any, ask};
use crate::cli::failure::{Failure, nearest};
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::generate::load_layout;
use crate::spec::Platform;
use crate::spec::tenant::{NetworkMode, PodSecurity};
use crate::spec::text::{
    ClusterName, GitUrl, ItemName, LabelKey, LabelValue, NamespaceName, ObjectName, Owner,
    Quantity, ResourceName, RoleName, TenantName,
};

/// Add a tenant: a team with its namespaces, its sources, its rights and its limits
///
/// Examples:
///
///     tenantry create tenant
///     tenantry create tenant team-a --owner @acme/team-a --placement all \
///       --git-url ssh://git@github.com/acme/team-a --auth secret=team-a-git --quota cpu=20,memory=64Gi
///     tenantry create tenant team-a --from team-a.yaml
#[derive(Clone, Debug, Default, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct TenantArgs {
    /// The tenant's name; also its file's.
    #[arg(value_name = "NAME")]
    pub name: Option<TenantName>,

    /// Who owns it: `@user`, `@organisation/team` or an e-mail address.
    #[arg(long, value_name = "OWNER", value_delimiter = ',')]
    pub owner: Vec<Owner>,

    /// A namespace of it; unique in the fleet. Default: the tenant's name.
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',')]
    pub namespace: Vec<NamespaceName>,

    /// `all` for every cluster, those to come included.
    #[arg(long, value_name = "all", value_enum, conflicts_with_all = ["cluster", "match_labels"])]
    pub placement: Option<Everywhere>,

    /// A cluster where it is.
    #[arg(long, value_name = "CLUSTER", value_delimiter = ',', conflicts_with = "match_labels")]
    pub cluster: Vec<ClusterName>,

    /// Labels of the clusters where it is; `environment` counts as a label of each cluster.
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = ',')]
    pub match_labels: Vec<Pair>,

    #[command(flatten)]
    pub source: SourceArgs,

    /// The role of its service account, one of the layout's.
    #[arg(long, value_name = "ROLE", help_heading = "Rights and limits")]
    pub role: Option<RoleName>,

    /// A group of people and the layout's role for them, such as `edit=acme:team-a`.
    #[arg(long, value_name = "ROLE=GROUP", help_heading = "Rights and limits")]
    pub group: Vec<Pair>,

    /// The service account that applies its manifests. Default: flux.
    #[arg(long, value_name = "NAME", help_heading = "Rights and limits")]
    pub service_account: Option<ObjectName>,

    /// The quota of each of its namespaces, such as `cpu=20,memory=64Gi`.
    #[arg(
        long,
        value_name = "RESOURCE=QUANTITY",
        value_delimiter = ',',
        help_heading = "Rights and limits"
    )]
    pub quota: Vec<Pair>,

    /// Whether its network is restricted. Default: isolate.
    #[arg(long, value_name = "MODE", value_parser = network_mode, help_heading = "Rights and limits")]
    pub network_policy: Option<NetworkMode>,

    /// The pod security level of its namespaces. Default: restricted.
    #[arg(long, value_name = "LEVEL", value_parser = pod_security, help_heading = "Rights and limits")]
    pub pod_security: Option<PodSecurity>,

    /// A label of its namespaces.
    #[arg(long, value_name = "KEY=VALUE")]
    pub label: Vec<Pair>,

    /// An annotation of its namespaces.
    #[arg(long, value_name = "KEY=VALUE")]
    pub annotation: Vec<Pair>,

    /// Start suspended.
    #[arg(long)]
    pub suspend: bool,

    #[command(flatten)]
    pub new: NewEntity,
}

/// `all` and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Everywhere {
    /// Every cluster.
    All,
}

fn network_mode(text: &str) -> Result<NetworkMode, String> {
    match text {
        "isolate" => Ok(NetworkMode::Isolate),
        "none" => Ok(NetworkMode::None),
        _ => Err("it is `isolate` or `none`".to_owned()),
    }
}

pub(super) fn pod_security(text: &str) -> Result<PodSecurity, String> {
    match text {
        "privileged" => Ok(PodSecurity::Privileged),
        "baseline" => Ok(PodSecurity::Baseline),
        "restricted" => Ok(PodSecurity::Restricted),
        _ => Err("it is `privileged`, `baseline` or `restricted`".to_owned()),
    }
}

impl TenantArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.new.writing.dry_run)?;
        let platform = repository.load()?;
        let mut dialogue = Dialogue::new(ui);
        let new = self.new.clone();
        let (name, document) =
            match super::from::read(ui, &new, self.name.as_ref().map(TenantName::as_str))? {
                Some((name, document)) => (parse_name(&name)?, self.add_to(document)?),
                None => self.clone().converse(&mut dialogue, &repository, &platform)?,
            };
        // Read before anything is written, so that a file that is not there stops it.
        let known_hosts = match &self.source.known_hosts {
            Some(file) => Some(super::from::text(ui, file)?),
            None => None,
        };
        let source = document.has(&["sources"]);
        let change =
            Change::create(&repository, &platform, Kind::Tenant, name.as_str(), &document, &new)?;
        let mut outcome = change.carry_out(ui, &mut dialogue, &new.writing)?;
        if !source && outcome.exit == crate::cli::Exit::Done {
            outcome.text.push_str("The tenant has no source yet: its namespaces and rights are there, nothing is applied into them.\n");
        }
        if outcome.data["written"] == true {
            finish_deploy_key(&repository, &name, known_hosts.as_deref(), &mut outcome)?;
        }
        Ok(outcome)
    }

    /// Asks for what no flag says.
    fn converse(
        mut self,
        dialogue: &mut Dialogue<'_>,
        repository: &Repository,
        platform: &Platform,
    ) -> Result<(TenantName, Document), Failure> {
        let new_name = |name: &TenantName| match platform.tenants.get(name) {
            Some(tenant) => Err(format!("there is a tenant `{name}` already, in {}", tenant.file)),
            None => Ok(()),
        };
        // Where nobody can be asked, an existing tenant is an error of its own with its own help, later.
        let checked = dialogue.interactive();
        let name = dialogue.text(self.name.clone(), ask("NAME", "Tenant"), None, |name| {
            if checked { new_name(name) } else { Ok(()) }
        })?;
        self.owner = dialogue.list(
            self.owner,
            ask("--owner", "Owners (@user, @organisation/team or e-mail)"),
            &[],
            1,
            any,
        )?;
        let own = name.as_ref().and_then(|name| NamespaceName::new(name.as_str()).ok());
        self.namespace = dialogue.list(
            self.namespace,
            ask("--namespace", "Namespaces"),
            own.as_slice(),
            1,
            |namespace| match platform
                .tenants
                .iter()
                .find(|(_, tenant)| tenant.base.namespaces.contains(namespace))
            {
                Some((other, _)) => {
                    Err(format!("the namespace `{namespace}` is the tenant `{other}`'s"))
                }
                None => Ok(()),
            },
        )?;
        self.ask_placement(dialogue, platform)?;
        self.source.converse(dialogue, name.as_ref())?;
        if dialogue.more("Rights, quota and network: change the defaults?", false)?
            || self.must_say_quota(platform)
        {
            self.ask_limits(dialogue, repository, platform)?;
        }
        dialogue.done()?;
        let Some(name) = name else { return Err(Failure::Missing { flags: vec!["NAME"] }) };
        let document = self.add_to(Document::default())?;
        Ok((name, document))
    }

    /// With a limit on quotas, a tenant must say one; a default of the platform says it, too.
    fn must_say_quota(&self, platform: &Platform) -> bool {
        let limited =
            platform.settings.limits.as_ref().is_some_and(|limits| !limits.quota.is_empty());
        limited
            && self.quota.is_empty()
            && !platform.settings.defaults.tenant.0.contains_key("quota")
    }

    fn ask_placement(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        platform: &Platform,
    ) -> Result<(), Failure> {
        if self.placement.is_some() || !self.cluster.is_empty() || !self.match_labels.is_empty() {
            for cluster in &self.cluster {
                if !platform.clusters.contains_key(cluster) {
                    let known: Vec<String> =
                        platform.clusters.keys().map(ToString::to_string).collect();
                    let hint = nearest(cluster.as_str(), &known)
                        .map(|near| format!("; did you mean `{near}`?"))
                        .unwrap_or_default();
                    let reason = format!("there is no cluster `{cluster}`{hint}");
                    return Err(Failure::BadAnswer { flag: "--cluster", reason });
                }
            }
            return Ok(());
        }
        #[derive(Clone, PartialEq)]
        enum How {
            All,
            Clusters,
            Labels,
        }
        let choices = [
            Choice::new(How::All, "all", "every cluster, those to come included"),
            Choice::new(How::Clusters, "", "clusters that you choose"),
            Choice::new(How::Labels, "", "clusters with certain labels"),
        ];
        match dialogue.choose(None, ask("--placement", "On which clusters"), &choices, None)? {
            Some(How::All) => self.placement = Some(Everywhere::All),
            Some(How::Clusters) => {
                let clusters: Vec<_> = platform
                    .clusters
                    .iter()
                    .map(|(name, cluster)| {
                        Choice::new(name.clone(), name.as_str(), cluster.base.environment.as_str())
                    })
                    .collect();
                self.cluster =
                    dialogue.choose_many(Vec::new(), ask("--cluster", "Clusters"), &clusters, 1)?;
            }
            Some(How::Labels) => {
                let words =
                    format!("Labels as key=value (there are: {})", labels_of(platform).join(", "));
                self.match_labels = dialogue.list(
                    Vec::new(),
                    ask("--match-labels", &words),
                    &[],
                    1,
                    |pair: &Pair| {
                        let selected = platform.clusters.values().any(|cluster| {
                            (pair.key == "environment"
                                && cluster.base.environment.as_str() == pair.value)
                                || cluster.base.labels.iter().any(|(key, value)| {
                                    key.as_str() == pair.key && value.as_str() == pair.value
                                })
                        });
                        if selected {
                            Ok(())
                        } else {
                            Err(format!("no cluster has the label {pair}"))
                        }
                    },
                )?;
            }
            None => {}
        }
        Ok(())
    }

    fn ask_limits(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        repository: &Repository,
        platform: &Platform,
    ) -> Result<(), Failure> {
        self.quota = dialogue.list(
            std::mem::take(&mut self.quota),
            ask("--quota", "Quota of each namespace, such as cpu=20, memory=64Gi"),
            &[],
            usize::from(self.must_say_quota(platform)),
            |pair| quantity(pair).map(drop),
        )?;
        if !dialogue.interactive() {
            return Ok(());
        }
        let modes = [
            Choice::new(
                NetworkMode::Isolate,
                "isolate",
                "its own namespaces, ingress, scraping, DNS, the internet",
            ),
            Choice::new(NetworkMode::None, "none", "nothing is restricted"),
        ];
        let mode = default_of(platform, "networkPolicy").and_then(|text| network_mode(text).ok());
        let mode = mode.unwrap_or_default();
        self.network_policy = dialogue.choose(
            self.network_policy,
            ask("--network-policy", "Network"),
            &modes,
            Some(&mode),
        )?;
        let levels = [
            Choice::new(PodSecurity::Restricted, "restricted", "current best practice"),
            Choice::new(PodSecurity::Baseline, "baseline", "known escalations are prevented"),
            Choice::new(PodSecurity::Privileged, "privileged", "anything goes"),
        ];
        let level = default_of(platform, "podSecurity").and_then(|text| pod_security(text).ok());
        let level = level.unwrap_or_default();
        self.pod_security = dialogue.choose(
            self.pod_security,
            ask("--pod-security", "Pod security"),
            &levels,
            Some(&level),
        )?;
        // A layout that cannot be read is told of when the whole is proven.
        let roles = load_layout(&repository.disk).map(|layout| layout.manifest.roles.groups).ok();
        self.group = dialogue.list(
            std::mem::take(&mut self.group),
            ask("--group", "Groups of people, such as edit=acme:team-a (none: empty)"),
            &[],
            0,
            |pair: &Pair| match &roles {
                Some(roles) if !roles.contains(&pair.key) => Err(format!(
                    "the layout has no role `{}` for groups of people, only {}",
                    pair.key,
                    roles.join(", ")
                )),
                _ => Ok(()),
            },
        )?;
        Ok(())
    }

    /// A first tenant on all clusters, as `init` makes it.
    pub(in crate::cli) fn first(
        name: &TenantName,
        owner: &[Owner],
        git_url: Option<&GitUrl>,
    ) -> Result<Document, Failure> {
        let namespace = NamespaceName::new(name.as_str())
            .map_err(|error| Failure::BadAnswer { flag: "--tenant", reason: error.to_string() })?;
        let source = SourceArgs { git_url: git_url.cloned(), ..SourceArgs::default() };
        let tenant = Self {
            owner: owner.to_vec(),
            namespace: vec![namespace],
            placement: Some(Everywhere::All),
            source,
            ..Self::default()
        };
        tenant.add_to(Document::default())
    }

    /// Says what the flags say.
    pub(in crate::cli) fn add_to(&self, mut document: Document) -> Result<Document, Failure> {
        document.put(&["owner"], &self.owner);
        document.put(&["namespaces"], &self.namespace);
        match self.placement {
            Some(Everywhere::All) => document.put(&["placement"], "all"),
            None if !self.cluster.is_empty() => document.put(&["placement"], &self.cluster),
            None => {
                let labels = labels(&self.match_labels, "--match-labels")?;
                if !labels.is_empty() {
                    document.put(&["placement"], json!({ "matchLabels": labels }));
                }
            }
        }
        self.source.add_to(&mut document)?;
        document.put(&["role"], &self.role);
        let mut groups: IndexMap<&str, Vec<&str>> = IndexMap::new();
        for pair in &self.group {
            groups.entry(&pair.key).or_default().push(&pair.value);
        }
        document.put(&["groups"], groups);
        if let Some(account) = &self.service_account {
            document.put(&["serviceAccount", "name"], account);
        }
        let mut quota = IndexMap::new();
        for pair in &self.quota {
            let (resource, amount) =
                quantity(pair).map_err(|reason| Failure::BadAnswer { flag: "--quota", reason })?;
            quota.insert(resource, amount);
        }
        document.put(&["quota"], quota);
        document.put(&["networkPolicy"], self.network_policy);
        document.put(&["podSecurity"], self.pod_security);
        document.put(&["labels"], labels(&self.label, "--label")?);
        let annotations: IndexMap<&str, &str> =
            self.annotation.iter().map(|pair| (&*pair.key, &*pair.value)).collect();
        document.put(&["annotations"], annotations);
        if self.suspend {
            document.put(&["suspend"], true);
        }
        Ok(document)
    }
}

/// Makes the deploy key of a new tenant where the host keys are at hand, and says how to make it where they are not.
fn finish_deploy_key(
    repository: &Repository,
    tenant: &TenantName,
    known_hosts: Option<&str>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let platform = repository.load()?;
    let keyed = platform.tenants.get(tenant).is_some_and(|entity| {
        let mut auths = entity.base.sources.values().filter_map(|source| source.auth.as_ref());
        auths.any(|auth| auth.deploy_key.is_some())
    });
    match known_hosts {
        Some(hosts) => {
            let (text, data) = super::deploy_key::make(repository, &platform, tenant, None, hosts)?;
            outcome.text.push('\n');
            outcome.text.push_str(&text);
            outcome.data["deployKey"] = data;
        }
        None if keyed => outcome.text.push_str(&format!(
            "Its deploy key is not made yet: `tenantry create deploy-key {tenant} --known-hosts FILE` makes it, with what \
             `ssh-keyscan HOST` prints.\n"
        )),
        None => {}
    }
    Ok(())
}

fn parse_name(name: &str) -> Result<TenantName, Failure> {
    TenantName::new(name)
        .map_err(|error| Failure::BadAnswer { flag: "NAME", reason: error.to_string() })
}

fn quantity(pair: &Pair) -> Result<(ResourceName, Quantity), String> {
    let resource = ResourceName::new(&*pair.key).map_err(|error| error.to_string())?;
    let amount = Quantity::new(&*pair.value).map_err(|error| error.to_string())?;
    Ok((resource, amount))
}

pub(super) fn labels(
    pairs: &[Pair],
    flag: &'static str,
) -> Result<IndexMap<LabelKey, LabelValue>, Failure> {
    pairs
        .iter()
        .map(label)
        .collect::<Result<_, String>>()
        .map_err(|reason| Failure::BadAnswer { flag, reason })
}

/// What `platform.yaml` says for every tenant.
fn default_of<'a>(platform: &'a Platform, field: &str) -> Option<&'a str> {
    platform.settings.defaults.tenant.0.get(field)?.as_str()
}

pub(super) fn label(pair: &Pair) -> Result<(LabelKey, LabelValue), String> {
    let key = LabelKey::new(&*pair.key).map_err(|error| error.to_string())?;
    let value = LabelValue::new(&*pair.value).map_err(|error| error.to_string())?;
    Ok((key, value))
}

fn labels_of(platform: &Platform) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for cluster in platform.clusters.values() {
        let own = cluster.base.labels.iter().map(|(key, value)| format!("{key}={value}"));
        labels.extend(own.chain([format!("environment={}", cluster.base.environment)]));
    }
    labels.sort();
    labels.dedup();
    labels
}

impl SourceArgs {
    /// The name that a tenant's source has unless a flag says another.
    pub(super) fn source_name(&self) -> Result<ItemName, Failure> {
        match &self.source {
            Some(name) => Ok(name.clone()),
            None => ItemName::new("app").map_err(|error| Failure::BadAnswer {
                flag: "--source",
                reason: error.to_string(),
            }),
        }
    }
}
