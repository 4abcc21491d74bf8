//! `tenantry get`.

mod edits;
mod flux;
mod patches;

use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::change::{Kind, existing};
use crate::cli::commands::yaml;
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::table::{draw, list};
use crate::cli::ui::Ui;
use crate::spec::text::{ClusterName, EnvironmentName};
use crate::spec::{Entity, Platform, Scope};

/// Show what is described: tables, or one thing with everything it says
///
/// `--output yaml` of one tenant, cluster, component or patch is its description, which `create --from -` takes.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum GetCommand {
    /// Show the platform
    Platform,
    /// List the environments in the order of promotion
    #[command(visible_alias = "environments")]
    Environment,
    /// List the clusters, or show one
    #[command(visible_alias = "clusters")]
    Cluster(GetCluster),
    /// List the components, or show one
    #[command(visible_alias = "components")]
    Component(GetEntity),
    /// List the tenants, or show one
    #[command(visible_alias = "tenants")]
    Tenant(GetEntity),
    /// List the patches, those that entities, environments and clusters say too, weak ones first; or show one
    #[command(visible_alias = "patches")]
    Patch(patches::GetPatch),
    /// List the generated files that were edited by hand
    ///
    /// What differs in white space and quoting alone is no edit. Whether an edit was merged with what is generated, stays, or is
    /// forbidden is told by `tenantry generate` and its `--check`.
    #[command(visible_alias = "edit")]
    Edits(edits::GetEdits),
    /// List the Flux Kustomizations that follow from each cluster's own
    #[command(visible_alias = "kustomizations")]
    Kustomization(flux::GetFlux),
    /// List the sources of Flux on each cluster, and whether they are this repository
    #[command(visible_alias = "sources")]
    Source(flux::GetFlux),
    /// List the Helm releases on each cluster
    #[command(visible_alias = "releases")]
    Release(flux::GetFlux),
    /// List the images of containers, and where each runs
    ///
    /// What Helm charts bring, clusters alone know.
    #[command(visible_alias = "images")]
    Image(flux::GetFlux),
}

/// Which clusters.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GetCluster {
    /// Only this one.
    #[arg(value_name = "NAME")]
    entity: Option<String>,
}

/// Which entities, and as they are where.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GetEntity {
    /// Only this one.
    #[arg(value_name = "NAME")]
    entity: Option<String>,

    /// As they are on this cluster, with all defaults and overrides; only those that are there.
    #[arg(long, value_name = "CLUSTER", conflicts_with = "environment")]
    cluster: Option<ClusterName>,

    /// As they are in this environment, with all defaults and overrides.
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<EnvironmentName>,
}

impl GetCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Platform => "get platform",
            Self::Environment => "get environment",
            Self::Cluster(_) => "get cluster",
            Self::Component(_) => "get component",
            Self::Tenant(_) => "get tenant",
            Self::Patch(_) => "get patch",
            Self::Edits(_) => "get edits",
            Self::Kustomization(_) => "get kustomization",
            Self::Source(_) => "get source",
            Self::Release(_) => "get release",
            Self::Image(_) => "get image",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find(ui)?;
        match self {
            Self::Platform => Ok(get_platform(&repository.load()?)),
            Self::Environment => Ok(environments(&repository.load()?)),
            Self::Cluster(GetCluster { entity: None }) => Ok(clusters(&repository.load()?)),
            Self::Cluster(GetCluster { entity: Some(name) }) => {
                one(&repository, &repository.load()?, Kind::Cluster, &name, None)
            }
            Self::Component(args) => {
                let platform = repository.load()?;
                let scope = args.scope(&platform)?;
                match &args.entity {
                    None => Ok(components(&platform, scope)),
                    Some(name) => one(&repository, &platform, Kind::Component, name, scope),
                }
            }
            Self::Tenant(args) => {
                let platform = repository.load()?;
                let scope = args.scope(&platform)?;
                match &args.entity {
                    None => Ok(tenants(&platform, scope)),
                    Some(name) => one(&repository, &platform, Kind::Tenant, name, scope),
                }
            }
            Self::Patch(args) => args.run(&repository),
            Self::Edits(args) => args.run(&repository),
            Self::Kustomization(args) => args.run(ui, repository, flux::Listed::Kustomizations),
            Self::Source(args) => args.run(ui, repository, flux::Listed::Sources),
            Self::Release(args) => args.run(ui, repository, flux::Listed::Releases),
            Self::Image(args) => args.run(ui, repository, flux::Listed::Images),
        }
    }
}

impl GetEntity {
    /// Where they are looked at, which must exist.
    fn scope(&self, platform: &Platform) -> Result<Option<Scope<'_>>, Failure> {
        if let Some(cluster) = &self.cluster {
            existing(platform, Kind::Cluster, cluster.as_str())?;
            return Ok(Some(Scope::Cluster(cluster)));
        }
        if let Some(environment) = &self.environment {
            if platform.environment(environment).is_none() {
                let known = platform.environments().map(ToString::to_string).collect();
                return Err(Failure::Unknown {
                    kind: "environment",
                    name: environment.to_string(),
                    known,
                });
            }
            return Ok(Some(Scope::Environment(environment)));
        }
        Ok(None)
    }
}

/// One entity: what its file says, or what it effectively is somewhere.
pub(super) fn one(
    repository: &Repository,
    platform: &Platform,
    kind: Kind,
    name: &str,
    scope: Option<Scope<'_>>,
) -> Result<Outcome, Failure> {
    let file = existing(platform, kind, name)?;
    let (text, data) = match (scope, kind) {
        (Some(scope), Kind::Tenant) => effective(platform.tenants.get(name), scope),
        (Some(scope), Kind::Component) => effective(platform.components.get(name), scope),
        _ => {
            let data = Value::Object(repository.written(&file)?.0);
            (format!("# {file}\n{}", repository.text(&file)?), data)
        }
    };
    Ok(Outcome::answer(text, data).named([format!("{kind}/{name}")]))
}

/// An entity as it is somewhere, without what differs elsewhere.
fn effective<T: Serialize>(entity: Option<&Entity<T>>, scope: Scope<'_>) -> (String, Value) {
    let mut data =
        entity.and_then(|entity| serde_json::to_value(entity.at(scope)).ok()).unwrap_or_default();
    if let Some(fields) = data.as_object_mut() {
        fields.shift_remove("environments");
        fields.shift_remove("clusters");
    }
    (yaml(&data), data)
}

fn get_platform(platform: &Platform) -> Outcome {
    let settings = &platform.settings;
    let flux = &settings.flux;
    let rows = vec![vec![
        settings.name.to_string(),
        list(platform.environments()),
        platform.clusters.len().to_string(),
        platform.components.len().to_string(),
        platform.tenants.len().to_string(),
        flux.version.to_string(),
        settings.repository.url.to_string(),
    ]];
    let header =
        ["NAME", "ENVIRONMENTS", "CLUSTERS", "COMPONENTS", "TENANTS", "FLUX", "REPOSITORY"];
    let data = serde_json::to_value(settings).unwrap_or_default();
    Outcome::answer(draw(&header, &rows, ""), data).named([format!("platform/{}", settings.name)])
}

fn environments(platform: &Platform) -> Outcome {
    let enforced = &platform.settings.policies.enforce;
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for name in platform.environments() {
        let clusters: Vec<&str> = platform.clusters_in(name).map(ClusterName::as_str).collect();
        let flux = &platform.flux_in(name).version;
        let policies = if enforced.contains(name) { "enforced" } else { "audited" };
        rows.push(vec![name.to_string(), list(&clusters), flux.to_string(), policies.to_owned()]);
        data.push(
            json!({ "name": name, "clusters": clusters, "flux": flux, "policies": policies }),
        );
    }
    Outcome::answer(
        draw(&["NAME", "CLUSTERS", "FLUX", "POLICIES"], &rows, "No environments."),
        Value::Array(data),
    )
    .named(platform.environments().map(|name| format!("environment/{name}")))
}

fn clusters(platform: &Platform) -> Outcome {
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for (name, entity) in &platform.clusters {
        let cluster = &entity.base;
        let flux = &platform.flux_at(name).version;
        let tenants = platform.tenants_on(name);
        let components = platform.components_on(name);
        let kubernetes = cluster.kubernetes.as_ref().map_or("-".to_owned(), ToString::to_string);
        rows.push(vec![
            name.to_string(),
            cluster.environment.to_string(),
            cluster.wave.to_string(),
            list(cluster.labels.iter().map(|(key, value)| format!("{key}={value}"))),
            kubernetes,
            flux.to_string(),
            tenants.len().to_string(),
            components.len().to_string(),
        ]);
        data.push(json!({
            "name": name,
            "file": entity.file,
            "environment": cluster.environment,
            "wave": cluster.wave,
            "labels": cluster.labels,
            "kubernetes": cluster.kubernetes,
            "flux": flux,
            "tenants": tenants,
            "components": components,
        }));
    }
    let header =
        ["NAME", "ENVIRONMENT", "WAVE", "LABELS", "KUBERNETES", "FLUX", "TENANTS", "COMPONENTS"];
    Outcome::answer(draw(&header, &rows, "No clusters."), Value::Array(data))
        .named(platform.clusters.keys().map(|name| format!("cluster/{name}")))
}

fn components(platform: &Platform, scope: Option<Scope<'_>>) -> Outcome {
    let (mut rows, mut data, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (name, entity) in &platform.components {
        let component = entity.at(scope.unwrap_or(Scope::Base));
        if matches!(scope, Some(Scope::Cluster(_))) && !component.enabled {
            continue;
        }
        let (kind, origin, version) =
            match (&component.helm, &component.git, &component.oci, &component.manifests) {
                (Some(helm), ..) => (
                    "helm",
                    helm.repository.to_string(),
                    helm.version.as_ref().map(ToString::to_string),
                ),
                (_, Some(git), ..) => {
                    ("git", git.url.to_string(), git.tag.as_ref().map(ToString::to_string))
                }
                (_, _, Some(oci), _) => {
                    ("oci", oci.url.to_string(), oci.tag.as_ref().map(ToString::to_string))
                }
                (_, _, _, Some(manifests)) => ("manifests", manifests.path.to_string(), None),
                (None, None, None, None) => ("-", "-".to_owned(), None),
            };
        let version = component.version.as_ref().map(ToString::to_string).or(version);
        let clusters: Vec<&str> = platform
            .clusters
            .keys()
            .filter(|cluster| entity.at_cluster(cluster).enabled)
            .map(ClusterName::as_str)
            .collect();
        let namespace =
            component.namespace.as_ref().map_or(name.as_str(), |namespace| namespace.as_str());
        rows.push(vec![
            name.to_string(),
            kind.to_owned(),
            version.clone().unwrap_or_else(|| "-".to_owned()),
            namespace.to_owned(),
            list(&component.depends_on),
            where_it_is(&clusters, platform),
            component.suspend.to_string(),
        ]);
        data.push(json!({
            "name": name,
            "file": entity.file,
            "kind": kind,
            "origin": origin,
            "version": version,
            "namespace": namespace,
            "dependsOn": component.depends_on,
            "clusters": clusters,
            "suspended": component.suspend,
        }));
        names.push(format!("component/{name}"));
    }
    let header = ["NAME", "KIND", "VERSION", "NAMESPACE", "DEPENDS ON", "CLUSTERS", "SUSPENDED"];
    Outcome::answer(draw(&header, &rows, "No components."), Value::Array(data)).named(names)
}

fn tenants(platform: &Platform, scope: Option<Scope<'_>>) -> Outcome {
    let (mut rows, mut data, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (name, entity) in &platform.tenants {
        let tenant = entity.at(scope.unwrap_or(Scope::Base));
        let clusters: Vec<&str> =
            platform.clusters_of(name).into_iter().map(ClusterName::as_str).collect();
        if let Some(Scope::Cluster(cluster)) = scope
            && !clusters.contains(&cluster.as_str())
        {
            continue;
        }
        rows.push(vec![
            name.to_string(),
            list(&tenant.owner),
            list(&tenant.namespaces),
            where_it_is(&clusters, platform),
            list(tenant.sources.keys()),
            tenant.role.to_string(),
            tenant.suspend.to_string(),
        ]);
        let sources: Vec<Value> = tenant
            .sources
            .iter()
            .map(|(name, source)| json!({ "name": name, "kind": source.kind(), "address": source.address() }))
            .collect();
        data.push(json!({
            "name": name,
            "file": entity.file,
            "owner": tenant.owner,
            "namespaces": tenant.namespaces,
            "clusters": clusters,
            "sources": sources,
            "role": tenant.role,
            "suspended": tenant.suspend,
        }));
        names.push(format!("tenant/{name}"));
    }
    let header = ["NAME", "OWNER", "NAMESPACES", "CLUSTERS", "SOURCES", "ROLE", "SUSPENDED"];
    Outcome::answer(draw(&header, &rows, "No tenants."), Value::Array(data)).named(names)
}

/// The clusters in a cell: `all` where there are several and it is all of them.
fn where_it_is(clusters: &[&str], platform: &Platform) -> String {
    if clusters.len() > 1 && clusters.len() == platform.clusters.len() {
        "all".to_owned()
    } else {
        list(clusters)
    }
}
