//! `tenantry create`: new entities, by questions, by flags, or from a document.

mod cluster;
mod component;
mod deploy_key;
mod document;
mod from;
mod patch;
mod source;
mod tenant;

use std::path::PathBuf;

pub(in crate::cli) use self::component::with_schema_line;
pub(in crate::cli) use self::document::{Document, yaml};
pub(in crate::cli) use self::tenant::TenantArgs;
use crate::cli::assignment::Assignment;
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::ui::Ui;

/// Add a tenant, a cluster, a component or a patch, by questions or by flags
///
/// The new file of the description is proven first: the whole platform is rendered and checked with it, and the plan is shown. Where a
/// terminal is there, what no flag says is asked for; elsewhere a missing answer is an error that names the flag.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CreateCommand {
    Tenant(Box<TenantArgs>),
    Cluster(Box<cluster::ClusterArgs>),
    Component(Box<component::ComponentArgs>),
    Patch(Box<patch::PatchArgs>),
    DeployKey(deploy_key::DeployKeyArgs),
}

impl CreateCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "create tenant",
            Self::Cluster(_) => "create cluster",
            Self::Component(_) => "create component",
            Self::Patch(_) => "create patch",
            Self::DeployKey(_) => "create deploy-key",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::Tenant(args) => args.run(ui),
            Self::Cluster(args) => args.run(ui),
            Self::Component(args) => args.run(ui),
            Self::Patch(args) => args.run(ui),
            Self::DeployKey(args) => args.run(ui),
        }
    }
}

/// What all kinds of entities take when they are made.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct NewEntity {
    /// Set any other field, such as `--set limitRange.max.cpu=4`; the value is YAML.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Assignment>,

    /// Take the whole description from a YAML file, or from standard input with `-`.
    ///
    /// If the entity is there already, its file is brought to what this one says, and what it says already is left alone, comments
    /// included; doing it twice changes nothing. Other flags add to what the file says. The name is the file's unless NAME says another.
    #[arg(long, value_name = "FILE|-")]
    pub from: Option<PathBuf>,

    /// The folder below `platform/tenants` (or `clusters`, `components`, `patches`) to put the file into, such as `emea`.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,

    #[command(flatten)]
    pub writing: Writing,
}

/// How a change of the description is written.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Writing {
    /// Show the plan and write nothing. Exits with 4 if it would leave conflicts in files.
    #[arg(long, conflicts_with = "commits")]
    pub dry_run: bool,

    #[command(flatten)]
    pub commits: Commits,

    /// The message of the commit. Default: what the change does, in words.
    #[arg(long, value_name = "TEXT", requires = "commits")]
    pub message: Option<String>,

    /// The remote to push to. Default: the branch's own, or origin.
    #[arg(long, value_name = "REMOTE", requires = "push")]
    pub remote: Option<String>,

    /// Leave out the git hooks pre-commit, commit-msg and pre-push.
    #[arg(long, requires = "commits")]
    pub no_verify: bool,

    /// What may go from clusters or move there: the tenant, cluster or component whose objects these are; the platform's name for all
    /// of them. `--yes` does not stand for it.
    #[arg(long, value_name = "NAME")]
    pub confirm: Vec<String>,
}

/// What is done in git with what was written.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(id = "commits", multiple = true)]
pub(crate) struct Commits {
    /// Commit what was written, these files and no others.
    #[arg(long)]
    pub commit: bool,

    /// Commit to a new branch and stay on it. Without a name it has one after the command, such as tenantry/create-tenant-team-a.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub branch: Option<String>,

    /// Commit, and push the branch with your own git.
    #[arg(long)]
    pub push: bool,
}

/// `KEY=VALUE` on the command line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pair {
    /// Before the first `=`.
    pub key: String,
    /// After it.
    pub value: String,
}

impl std::str::FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Self { key: key.trim().to_owned(), value: value.trim().to_owned() })
            }
            _ => Err(format!("`{text}` is not of the form KEY=VALUE")),
        }
    }
}

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}
