//! A component as templates see it: where it comes from and its values, computed for the base, an
//! environment or a cluster.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::source::SourceObject;
use super::tenant::{AccountContext, pod_security, pod_security_labels};
use super::values;
use crate::diagnostic::{Code, Diagnostic};
use crate::files::Files;
use crate::patches::text::PatchContext;
use crate::path::RepoPath;
use crate::spec::component::{Component, CrdPolicy, Helm, Layer};
use crate::spec::source::WorkloadIdentity;
use crate::spec::text::{ComponentName, LabelKey, NamespaceName};
use crate::spec::{Platform, Scope};

/// Namespaces that Kubernetes or Flux bring along; nobody generates them.
const GIVEN_NAMESPACES: [&str; 5] =
    ["default", "flux-system", "kube-node-lease", "kube-public", "kube-system"];

/// A component: `component` in templates of a path with `{component}`. In an overlay's base the values
/// are the base's, elsewhere those of the environment or cluster.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComponentContext {
    /// What clusters know it by; its file's name, unless it was renamed.
    pub name: String,
    /// What it is: `helm`, `manifests`, `git` or `oci`.
    pub kind: &'static str,
    /// The namespace that it is installed into.
    pub namespace: String,
    /// The Namespace object that it brings along; null if Kubernetes, Flux, its own manifests or another
    /// component bring it.
    pub namespace_object: Option<NamespaceObject>,
    /// The chart; null unless `kind` is `helm`.
    pub helm: Option<HelmContext>,
    /// The ServiceAccount in `flux-system` that it brings along, whose identity at the cloud reads its source; null if
    /// there is none, or another component brings it.
    pub account_object: Option<AccountContext>,
    /// Where its manifests come from; null unless `kind` is `git` or `oci`.
    pub source: Option<SourceObject>,
    /// Whether its manifests are plain files of this repository: a folder that no kustomization can stand on, and that
    /// Flux applies as it is.
    pub plain: bool,
    /// The folder that is applied: of its source for `git` and `oci` (as `spec.path`), of this repository for
    /// `manifests`; null for `helm`.
    pub path: Option<String>,
    /// The folder of this repository with what configures it, applied when it is ready; null for none.
    pub configs: Option<String>,
    /// The layer that it belongs to: `crds`; null for none.
    pub layer: Option<&'static str>,
    /// The components that must be ready first and are enabled there: those that it names, and for one without a layer those
    /// of the layer `crds`.
    pub depends_on: Vec<String>,
    /// Those of them that have `configs` there, which must be applied first as well.
    pub depends_on_configs: Vec<String>,
    /// `spec.ref` of the OCIRepository of its own artifact as Flux takes it, such as `{tag: v1.2.0}`; null where it is the one that
    /// the platform's `artifacts` say.
    pub artifact: Option<IndexMap<&'static str, String>>,
    /// `spec.healthChecks` as Flux takes it; may be empty.
    pub health_checks: Vec<HealthCheckContext>,
    /// Whether the cluster's variables are substituted in it.
    pub substitute: bool,
    /// How often it is reconciled.
    pub interval: String,
    /// How long an installation may take.
    pub timeout: String,
    /// `spec.patches` of the Kustomization that applies its source: the description's patches for what that ships; may be empty.
    pub source_patches: Vec<PatchContext>,
    /// `spec.deletionPolicy` of its Flux Kustomizations: `Delete` or `Orphan`; null for Flux's default.
    pub deletion_policy: Option<&'static str>,
    /// Whether it is left as it is.
    pub suspend: bool,
    /// Labels of its Flux objects.
    pub labels: BTreeMap<String, String>,
    /// Annotations of its Flux objects.
    pub annotations: BTreeMap<String, String>,
}

/// A Namespace of a component.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceObject {
    /// Its name.
    pub name: String,
    /// Its labels: the pod security level, if one is said.
    pub labels: BTreeMap<String, String>,
}

/// A Helm chart.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelmContext {
    /// Whether the chart comes over OCI.
    pub oci: bool,
    /// The chart's name.
    pub chart: String,
    /// The chart's exact version; over OCI as the tag is written.
    pub version: String,
    /// The name of the release.
    pub release_name: String,
    /// The HelmRepository, or over OCI the OCIRepository of the chart itself; its fields stand beside these.
    #[serde(flatten)]
    pub object: SourceObject,
    /// What `install.crds` says.
    pub install_crds: &'static str,
    /// What `upgrade.crds` says.
    pub upgrade_crds: &'static str,
    /// The values, files and inline ones merged; may be empty.
    pub values: Map<String, Value>,
}

/// An object that must be healthy, as Flux takes it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheckContext {
    /// Its API version.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
}

impl ComponentContext {
    /// Computes what templates see of a component from its effective values in a scope.
    ///
    /// # Errors
    /// Files with values that do not exist, cannot be read or hold no values.
    pub fn new(
        platform: &Platform,
        name: &ComponentName,
        component: &Component,
        scope: Scope<'_>,
        files: &dyn Files,
    ) -> Result<Self, Vec<Diagnostic>> {
        let known_as = component.known_as(name.as_str());
        let namespace =
            component.namespace.as_ref().map_or_else(|| known_as.to_owned(), ToString::to_string);
        let version = component.version.as_ref();
        let (kind, source, path) = if let Some(git) = &component.git {
            let path = git.path.as_ref().map_or_else(|| "./".to_owned(), ToString::to_string);
            ("git", Some(SourceObject::of_git_manifests(git, version)), Some(path))
        } else if let Some(oci) = &component.oci {
            let path = oci.path.as_ref().map_or_else(|| "./".to_owned(), ToString::to_string);
            ("oci", Some(SourceObject::of_oci_manifests(oci, version)), Some(path))
        } else if let Some(manifests) = &component.manifests {
            ("manifests", None, Some(manifests.path.to_string()))
        } else {
            ("helm", None, None)
        };
        let values = merged_values(platform, name, component, files)?;
        let plain = match &component.manifests {
            Some(manifests) => {
                !holds_kustomization(platform, name, &manifests.path, "/manifests/path", files)?
            }
            None => false,
        };
        if let Some(configs) = &component.configs {
            holds_kustomization(platform, name, &configs.path, "/configs/path", files)?;
        }
        Ok(Self {
            name: known_as.to_owned(),
            kind,
            namespace_object: namespace_object(platform, name, component, &namespace),
            account_object: account_object(platform, name, component),
            helm: component.helm.as_ref().map(|helm| helm_of(known_as, component, helm, values)),
            source,
            plain,
            path,
            configs: component.configs.as_ref().map(|configs| configs.path.to_string()),
            depends_on: depends_on(platform, name, scope, |_| true),
            depends_on_configs: depends_on(platform, name, scope, |it| it.configs.is_some()),
            artifact: component.artifact.as_ref().and_then(|artifact| {
                let tag = artifact.tag.as_ref().map(|tag| ("tag", tag.to_string()));
                let digest = artifact.digest.as_ref().map(|digest| ("digest", digest.to_string()));
                Some(IndexMap::from([digest.or(tag)?]))
            }),
            layer: component.layer.map(|Layer::Crds| "crds"),
            health_checks: component
                .health_checks
                .iter()
                .map(|check| HealthCheckContext {
                    api_version: check.api_version.to_string(),
                    kind: check.kind.to_string(),
                    name: check.name.to_string(),
                    namespace: check
                        .namespace
                        .as_ref()
                        .map_or_else(|| namespace.clone(), NamespaceName::to_string),
                })
                .collect(),
            namespace,
            substitute: component.substitute,
            interval: component.interval.as_ref().map_or("1h", |interval| interval.as_str()).into(),
            timeout: component.timeout.as_ref().map_or("5m", |timeout| timeout.as_str()).into(),
            source_patches: Vec::new(),
            deletion_policy: component.deletion_policy.said(),
            suspend: component.suspend,
            labels: component
                .labels
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect(),
            annotations: component
                .annotations
                .iter()
                .map(|(key, value): (&LabelKey, _)| (key.to_string(), value.clone()))
                .collect(),
        })
    }
}

fn helm_of(
    name: &str,
    component: &Component,
    helm: &Helm,
    values: Map<String, Value>,
) -> HelmContext {
    let repository = helm.repository.as_str();
    let oci = repository.starts_with("oci://");
    let version = component
        .version
        .as_ref()
        .or(helm.version.as_ref())
        .map(ToString::to_string)
        .unwrap_or_default();
    let (install_crds, upgrade_crds) = match component.crds {
        None | Some(CrdPolicy::CreateReplace) => ("CreateReplace", "CreateReplace"),
        Some(CrdPolicy::Create) => ("Create", "Create"),
        Some(CrdPolicy::Skip) => ("Skip", "Skip"),
    };
    let kind = if oci { "OCIRepository" } else { "HelmRepository" };
    let url = if oci {
        format!("{}/{}", repository.trim_end_matches('/'), helm.chart)
    } else {
        repository.to_owned()
    };
    let object = SourceObject { kind, url: Some(url), ..SourceObject::default() }
        .authenticated(helm.auth.as_ref())
        .verified(helm.verify.as_ref().filter(|_| oci));
    HelmContext {
        oci,
        chart: helm.chart.to_string(),
        // A tag cannot hold a `+`; Helm writes `_` for it.
        version: if oci { version.replace('+', "_") } else { version },
        release_name: helm.release_name.as_ref().map_or(name, ComponentName::as_str).to_owned(),
        object,
        install_crds,
        upgrade_crds,
        values,
    }
}

fn merged_values(
    platform: &Platform,
    name: &ComponentName,
    component: &Component,
    files: &dyn Files,
) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let mut merged = Map::new();
    let mut faults = Vec::new();
    for (at, path) in component.values_files.iter().enumerate() {
        match values::read(path, files) {
            Ok(read) => values::lay_over(&mut merged, &read),
            Err(fault) => {
                if let Some(entity) = platform.components.get(name) {
                    let pointer = format!("/valuesFiles/{at}");
                    faults.push(fault.diagnostic(entity.place(&platform.texts, &pointer)));
                }
            }
        }
    }
    values::lay_over(&mut merged, &component.values);
    if faults.is_empty() { Ok(merged) } else { Err(faults) }
}

/// Whether a folder of this repository has a kustomization at its top.
fn holds_kustomization(
    platform: &Platform,
    name: &ComponentName,
    folder: &RepoPath,
    pointer: &str,
    files: &dyn Files,
) -> Result<bool, Vec<Diagnostic>> {
    let fault = |code, message: String| {
        let place =
            platform.components.get(name).map(|entity| entity.place(&platform.texts, pointer));
        let diagnostic = Diagnostic::error(code, message);
        vec![match place {
            Some(place) => diagnostic.at(place),
            None => diagnostic,
        }]
    };
    let found =
        files.list(Some(folder)).map_err(|error| fault(Code::UnreadableFile, error.to_string()))?;
    if found.is_empty() {
        return Err(fault(Code::UnknownReference, format!("there are no files in `{folder}`")));
    }
    Ok(found.iter().any(|file| {
        file.parent() == Some(folder.as_str())
            && ["kustomization.yaml", "kustomization.yml", "Kustomization"]
                .contains(&file.file_name())
    }))
}

fn depends_on(
    platform: &Platform,
    name: &ComponentName,
    scope: Scope<'_>,
    counts: fn(&Component) -> bool,
) -> Vec<String> {
    let known_as = |name: &ComponentName| {
        let component = platform.components.get(name)?.at(scope);
        counts(component).then(|| component.known_as(name.as_str()).to_owned())
    };
    platform.needs_of(name, scope).into_iter().filter_map(known_as).collect()
}

/// The Namespace that a component brings along. Of several components in one namespace it is the first
/// that depends on none of the others, so that two Flux Kustomizations never own one object.
fn namespace_object(
    platform: &Platform,
    name: &ComponentName,
    component: &Component,
    namespace: &str,
) -> Option<NamespaceObject> {
    if GIVEN_NAMESPACES.contains(&namespace)
        || (component.helm.is_none() && component.namespace.is_none())
        || first_in_namespace(platform, namespace) != Some(name)
    {
        return None;
    }
    let labels = component
        .pod_security
        .map(|level| pod_security_labels(pod_security(level)).collect())
        .unwrap_or_default();
    Some(NamespaceObject { name: namespace.to_owned(), labels })
}

/// The ServiceAccount that a component brings along: the first component that names an account brings it, with what
/// all that name it say about it.
fn account_object(
    platform: &Platform,
    name: &ComponentName,
    component: &Component,
) -> Option<AccountContext> {
    let account = &workload_identity(component)?.service_account;
    let mut annotations = BTreeMap::new();
    let mut first = None;
    for (other, entity) in &platform.components {
        let of = if other == name { component } else { &entity.base };
        if let Some(identity) = workload_identity(of).filter(|of| of.service_account == *account) {
            first.get_or_insert(other);
            for (key, value) in &identity.annotations {
                annotations.insert(key.to_string(), value.clone());
            }
        }
    }
    (first == Some(name)).then(|| AccountContext { name: account.to_string(), annotations })
}

fn workload_identity(component: &Component) -> Option<&WorkloadIdentity> {
    let auth = component
        .helm
        .as_ref()
        .and_then(|helm| helm.auth.as_ref())
        .or_else(|| component.git.as_ref().and_then(|git| git.auth.as_ref()))
        .or_else(|| component.oci.as_ref().and_then(|oci| oci.auth.as_ref()));
    auth.and_then(|auth| auth.workload_identity.as_ref())
}

fn first_in_namespace<'a>(platform: &'a Platform, namespace: &str) -> Option<&'a ComponentName> {
    let inside = |name: &ComponentName| {
        platform.components.get(name).is_some_and(|entity| {
            let base = &entity.base;
            match &base.namespace {
                Some(said) => said.as_str() == namespace,
                None => base.helm.is_some() && base.known_as(name.as_str()) == namespace,
            }
        })
    };
    platform
        .components
        .keys()
        .filter(|name| inside(name))
        .find(|name| !platform.needs_of(name, Scope::Base).into_iter().any(inside))
}
