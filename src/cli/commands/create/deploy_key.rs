//! `tenantry create deploy-key`.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::change::{Kind, existing};
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::deploy_key::{DeployKey, Secret};
use crate::git;
use crate::spec::Platform;
use crate::spec::text::{ClusterName, ItemName, TenantName};

/// Make the SSH key of a tenant's Git source
///
/// The source says `auth: { deployKey: … }`. The public half is printed, for the Git server; the private half goes into a Secret below
/// `.tenantry/secrets/`, which Git must ignore, and nowhere else: put it on the clusters and delete it.
///
/// Examples:
///
///     ssh-keyscan github.com | tenantry create deploy-key team-a --known-hosts -
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct DeployKeyArgs {
    /// The tenant.
    #[arg(value_name = "TENANT")]
    tenant: TenantName,

    /// The source. Default: the only one with a deploy key.
    #[arg(long, value_name = "NAME")]
    source: Option<ItemName>,

    /// The host keys of the Git server, as `ssh-keyscan` prints them; `-` is standard input.
    #[arg(long, value_name = "FILE|-")]
    known_hosts: PathBuf,
}

impl DeployKeyArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find(ui)?;
        let platform = repository.load()?;
        let hosts = super::from::text(ui, &self.known_hosts)?;
        let (text, data) =
            make(&repository, &platform, &self.tenant, self.source.as_ref(), &hosts)?;
        Ok(Outcome::answer(text, data).named([format!("tenant/{}", self.tenant)]))
    }
}

/// Makes the key of a tenant's source and writes its Secret; says what is to be done with both halves.
pub(super) fn make(
    repository: &Repository,
    platform: &Platform,
    tenant: &TenantName,
    source: Option<&ItemName>,
    known_hosts: &str,
) -> Result<(String, Value), Failure> {
    existing(platform, Kind::Tenant, tenant.as_str())?;
    let Some(entity) = platform.tenants.get(tenant) else {
        return Err(Failure::Unknown {
            kind: "tenant",
            name: tenant.to_string(),
            known: Vec::new(),
        });
    };
    let keyed: Vec<_> = entity
        .base
        .sources
        .iter()
        .filter_map(|(name, one)| Some((name, one, one.auth.as_ref()?.deploy_key.as_ref()?)))
        .filter(|(name, ..)| source.is_none_or(|wanted| wanted == *name))
        .collect();
    let (name, one, key) = match keyed.as_slice() {
        [only] => *only,
        [] => {
            return Err(Failure::Usage(match source {
                Some(source) => {
                    format!("tenant `{tenant}` has no source `{source}` with `auth.deployKey`")
                }
                None => format!("tenant `{tenant}` has no source with `auth.deployKey`"),
            }));
        }
        several => {
            let names: Vec<&str> = several.iter().map(|(name, ..)| name.as_str()).collect();
            return Err(Failure::Usage(format!(
                "several sources of tenant `{tenant}` have a deploy key ({}); say which with `--source`",
                names.join(", ")
            )));
        }
    };
    let namespace = one.namespace.as_ref().or(entity.base.namespaces.first());
    let secret = Secret {
        tenant: tenant.as_str(),
        name: key.secret_name.as_str(),
        namespace: namespace.map(AsRef::as_ref).unwrap_or_default(),
        known_hosts,
    };
    let key = DeployKey::generate(&format!("{} {tenant}/{name}", platform.settings.name))?;
    let git = git::Repository::open(&repository.root)?;
    let file = key.write(&secret, &repository.root, &git)?;
    let public = key.public_line()?;
    let clusters: Vec<&str> =
        platform.clusters_of(tenant).into_iter().map(ClusterName::as_str).collect();
    let url = one.git.as_ref().map_or("the repository", |git| git.url.as_str());
    // Writing into a string does not fail.
    let mut text = String::new();
    let _ = writeln!(text, "Add this deploy key, read-only, to {url}:\n\n    {public}\n");
    let _ = writeln!(
        text,
        "Its private half is in {file}, which Git ignores. Put it on {}, then delete the file:\n\n    \
         kubectl apply -f {file}",
        clusters.join(", ")
    );
    let data = json!({ "publicKey": public, "secretFile": file, "clusters": clusters });
    Ok((text, data))
}
