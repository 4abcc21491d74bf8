//! `tenantry create cluster`.

use indexmap::IndexMap;

use super::tenant::{label, labels};
use super::{Document, NewEntity, Pair};
use crate::cli::change::{Change, Kind};
use crate::cli::dialogue::{Choice, Dialogue, ask};
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::spec::Platform;
use crate::spec::text::{ClusterName, EnvironmentName, KubernetesVersion, VariableName};

/// Add a cluster to an environment
///
/// Examples:
///
///     tenantry create cluster prod-us --environment production --label region=us-east-1
///     tenantry create cluster prod-us --like prod-eu
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ClusterArgs {
    /// The cluster's name; also its file's.
    #[arg(value_name = "NAME")]
    name: Option<ClusterName>,

    /// The environment that it belongs to.
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<EnvironmentName>,

    /// Take the description of another cluster; flags then change it.
    ///
    /// What tenants and components say about that cluster by name (`clusters:`, a list in `placement`) is not copied.
    #[arg(long, value_name = "CLUSTER")]
    like: Option<ClusterName>,

    /// A label that placements select by.
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = ',')]
    label: Vec<Pair>,

    /// A value for components that ask for substitution. Not for secrets.
    #[arg(long, value_name = "NAME=VALUE")]
    variable: Vec<Pair>,

    /// The version of its API server, such as `1.36`.
    #[arg(long, value_name = "VERSION")]
    kubernetes: Option<KubernetesVersion>,

    /// When a promotion reaches it: the clusters of an environment get it wave by wave, the lowest number first.
    #[arg(long, value_name = "N")]
    wave: Option<u32>,

    #[command(flatten)]
    new: NewEntity,
}

impl ClusterArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.new.writing.dry_run)?;
        let platform = repository.load()?;
        let mut dialogue = Dialogue::new(ui);
        let new = self.new.clone();
        let (name, document) =
            match super::from::read(ui, &new, self.name.as_ref().map(ClusterName::as_str))? {
                Some((name, document)) => (name, self.add_to(document)?),
                None => self.converse(&mut dialogue, &repository, &platform)?,
            };
        let name = ClusterName::new(name)
            .map_err(|error| Failure::BadAnswer { flag: "NAME", reason: error.to_string() })?;
        Change::create(&repository, &platform, Kind::Cluster, name.as_str(), &document, &new)?
            .carry_out(ui, &mut dialogue, &new.writing)
    }

    fn converse(
        mut self,
        dialogue: &mut Dialogue<'_>,
        repository: &Repository,
        platform: &Platform,
    ) -> Result<(String, Document), Failure> {
        let interactive = dialogue.interactive();
        let name =
            dialogue.text(
                self.name.clone(),
                ask("NAME", "Cluster"),
                None,
                |name| match platform.clusters.get(name) {
                    Some(cluster) if interactive => {
                        Err(format!("there is a cluster `{name}` already, in {}", cluster.file))
                    }
                    _ => Ok(()),
                },
            )?;
        if self.like.is_none()
            && self.environment.is_none()
            && !platform.clusters.is_empty()
            && interactive
        {
            let mut choices = vec![Choice::new(None, "", "no other")];
            choices.extend(platform.clusters.iter().map(|(name, cluster)| {
                Choice::new(Some(name.clone()), name.as_str(), cluster.base.environment.as_str())
            }));
            self.like = dialogue
                .choose(None, ask("--like", "Like which other cluster"), &choices, Some(&None))?
                .flatten();
        }
        let document = match &self.like {
            Some(other) => {
                let Some(cluster) = platform.clusters.get(other) else {
                    let known = platform.clusters.keys().map(ToString::to_string).collect();
                    return Err(Failure::Unknown {
                        kind: "cluster",
                        name: other.to_string(),
                        known,
                    });
                };
                repository.written(&cluster.file)?
            }
            None => {
                let choices: Vec<_> = platform
                    .settings
                    .environments
                    .iter()
                    .map(|one| Choice::new(one.name.clone(), one.name.as_str(), ""))
                    .collect();
                self.environment = dialogue.choose(
                    self.environment,
                    ask("--environment", "Environment"),
                    &choices,
                    None,
                )?;
                Document::default()
            }
        };
        if self.like.is_none() {
            self.label = dialogue.list(
                self.label,
                ask("--label", "Labels as key=value (none: empty)"),
                &[],
                0,
                |pair| label(pair).map(drop),
            )?;
            if interactive {
                self.kubernetes = dialogue.optional(
                    self.kubernetes,
                    ask("--kubernetes", "Kubernetes version, such as 1.36 (unknown: empty)"),
                )?;
            }
        }
        dialogue.done()?;
        let name = name.map(|name| name.to_string()).unwrap_or_default();
        Ok((name, self.add_to(document)?))
    }

    /// Says what the flags say.
    fn add_to(&self, mut document: Document) -> Result<Document, Failure> {
        document.put(&["environment"], &self.environment);
        for (key, value) in labels(&self.label, "--label")? {
            document.put(&["labels", key.as_str()], value);
        }
        let mut variables = IndexMap::new();
        for pair in &self.variable {
            let name = VariableName::new(&*pair.key).map_err(|error| Failure::BadAnswer {
                flag: "--variable",
                reason: error.to_string(),
            })?;
            variables.insert(name, &pair.value);
        }
        for (name, value) in variables {
            document.put(&["variables", name.as_str()], value);
        }
        document.put(&["wave"], self.wave);
        document.put(&["kubernetes"], &self.kubernetes);
        Ok(document)
    }
}
