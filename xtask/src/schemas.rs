//! The schemas that the program carries, from what projects publish: `schemas/shapes.zst` and `schemas/words.zst`.
//!
//! Kubernetes' and most custom resources come from Go modules, by `go mod download`; what no module has comes from the project's
//! repository, by `git clone`. `zstd` (the program) compresses. `schemas/README.md` says what is in it, and is written here, too.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kustomize::yaml::{Budget, Node, SourceId, parse};
use tenantry::schemas::{Builder, Library, Schemas, Source, is_definition};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The releases of Kubernetes, newest first.
const KUBERNETES: [&str; 5] = ["1.37.2", "1.36.3", "1.35.4", "1.34.4", "1.33.13"];

/// Where a project's files are had from.
enum Place {
    /// A Go module.
    Module(&'static str),
    /// A repository on GitHub.
    Repository(&'static str),
}

/// A project with custom resources.
struct Project {
    name: &'static str,
    place: Place,
    version: &'static str,
    /// Of the version.
    tag: &'static str,
    licence: &'static str,
    /// Files and folders with its CustomResourceDefinitions, or with JSON schemas named `<kind>_<version>.json` in a folder that is named
    /// after their group.
    paths: &'static [&'static str],
}

const APACHE: &str = "Apache-2.0";
const BASES: &[&str] = &["config/crd/bases"];

const FLUX: &[Project] = &[
    flux("source-controller", Place::Module("github.com/fluxcd/source-controller"), "v1.9.4"),
    flux("kustomize-controller", Place::Module("github.com/fluxcd/kustomize-controller"), "v1.9.4"),
    flux("helm-controller", Place::Repository("fluxcd/helm-controller"), "v1.6.3"),
    flux("notification-controller", Place::Repository("fluxcd/notification-controller"), "v1.9.3"),
    flux(
        "image-reflector-controller",
        Place::Repository("fluxcd/image-reflector-controller"),
        "v1.2.0",
    ),
    flux(
        "image-automation-controller",
        Place::Repository("fluxcd/image-automation-controller"),
        "v1.2.1",
    ),
    flux("source-watcher", Place::Repository("fluxcd/source-watcher"), "v2.2.1"),
];

const OTHERS: &[Project] = &[
    // The operator's own repository is under another licence; the Flux project publishes its schemas under this one.
    Project {
        name: "flux-operator",
        place: Place::Repository("fluxcd/flux-schema"),
        version: "v0.53.0",
        tag: "v0.9.0",
        licence: APACHE,
        paths: &["catalog/latest/fluxcd.controlplane.io"],
    },
    module("gateway-api", "sigs.k8s.io/gateway-api", "v1.6.1", &["config/crd/standard"]),
    module("cert-manager", "github.com/cert-manager/cert-manager", "v1.21.1", &["deploy/crds"]),
    module(
        "kyverno",
        "github.com/kyverno/kyverno",
        "v1.18.2",
        &["config/crds/kyverno", "config/crds/policies.kyverno.io"],
    ),
    module(
        "external-secrets",
        "github.com/external-secrets/external-secrets",
        "v1.3.2",
        BASES_OF_SECRETS,
    ),
    module("keda", "github.com/kedacore/keda/v2", "v2.20.2", BASES),
    module("istio", "istio.io/api", "v1.30.3", &["kubernetes"]),
    module(
        "prometheus-operator",
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        &["example/prometheus-operator-crd"],
    ),
    module(
        "sealed-secrets",
        "github.com/bitnami-labs/sealed-secrets",
        "v0.40.0",
        &["helm/sealed-secrets/crds"],
    ),
    module("karpenter", "sigs.k8s.io/karpenter", "v1.14.1", &["pkg/apis/crds"]),
    module("velero", "github.com/vmware-tanzu/velero", "v1.18.3", &["config/crd/v1/bases"]),
    module("trust-manager", "github.com/cert-manager/trust-manager", "v0.24.0", &["deploy/crds"]),
    Project {
        name: "traefik",
        place: Place::Module("github.com/traefik/traefik/v3"),
        version: "v3.7.13",
        tag: "v3.7.13",
        licence: "MIT",
        paths: &["docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml"],
    },
    module(
        "vertical-pod-autoscaler",
        "k8s.io/autoscaler/vertical-pod-autoscaler",
        "v1.8.1",
        &["deploy/vpa-v1-crd-gen.yaml"],
    ),
    module("flagger", "github.com/fluxcd/flagger", "v1.36.1", &["artifacts/flagger/crd.yaml"]),
    module(
        "cilium",
        "github.com/cilium/cilium",
        "v1.20.1",
        &["pkg/k8s/apis/cilium.io/client/crds/v2", "pkg/k8s/apis/cilium.io/client/crds/v2alpha1"],
    ),
];

const BASES_OF_SECRETS: &[&str] = &["config/crds/bases"];

const fn flux(name: &'static str, place: Place, version: &'static str) -> Project {
    Project { name, place, version, tag: version, licence: APACHE, paths: BASES }
}

const fn module(
    name: &'static str,
    module: &'static str,
    version: &'static str,
    paths: &'static [&'static str],
) -> Project {
    Project { name, place: Place::Module(module), version, tag: version, licence: APACHE, paths }
}

/// Writes the blobs and their README into a folder.
pub(crate) fn write(folder: &Path) -> Result<String> {
    let scratch = tempfile::tempdir()?;
    let mut builder = Builder::default();
    for release in KUBERNETES {
        let root = module_folder(scratch.path(), "k8s.io/kubernetes", &format!("v{release}"))?;
        let specs = files(&root.join("api/openapi-spec/v3"), &["json"])?;
        let documents = specs.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
        let documents: Vec<Node> = documents.into_iter().flatten().collect();
        let lists = files(&root.join("api/discovery"), &["json"])?;
        let lists = lists.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
        let discovery: Vec<Node> = lists.into_iter().flatten().collect();
        let minor = release.rsplit_once('.').map_or(release, |(minor, _)| minor);
        builder.kubernetes(minor, release, &documents, &discovery);
    }
    for project in FLUX.iter().chain(OTHERS) {
        builder.source(Source {
            name: project.name.to_owned(),
            version: project.version.to_owned(),
            licence: project.licence.to_owned(),
            is_flux: FLUX.iter().any(|one| one.name == project.name),
        });
        let root = match project.place {
            Place::Module(name) => module_folder(scratch.path(), name, project.tag)?,
            Place::Repository(name) => clone(scratch.path(), name, project.tag)?,
        };
        for path in project.paths {
            add(&mut builder, &root.join(path))?;
        }
    }
    let library = std::sync::Arc::new(Library::of(&builder)?);
    let schemas = Schemas::new(&library, None)?;
    let (shapes, words) = (builder.shapes(), builder.words());
    let sizes = [("shapes.zst", shapes), ("words.zst", words)].map(|(name, bytes)| {
        let packed = compress(&bytes)?;
        fs::write(folder.join(name), &packed)?;
        Ok(format!("`{name}` {} KB ({} KB unpacked)", packed.len() / 1024, bytes.len() / 1024))
    });
    let sizes = sizes.into_iter().collect::<Result<Vec<String>>>()?.join(", ");
    fs::write(folder.join("README.md"), readme(&schemas, &sizes))?;
    Ok(sizes)
}

fn add(builder: &mut Builder, path: &Path) -> Result<()> {
    let files = if path.is_dir() { files(path, &["yaml", "json"])? } else { vec![path.to_owned()] };
    for file in files {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        for document in read(&file)? {
            if is_definition(&document) {
                builder.definition_of_custom_resource(&document)?;
            } else if let (Some((kind, version)), Some(group)) =
                (stem.split_once('_'), path.file_name().and_then(|name| name.to_str()))
                && document.get("properties").is_some()
            {
                builder.custom_resource(group, version, &kind_of(kind)?, &document);
            }
        }
    }
    Ok(())
}

/// A kind whose schema does not name it.
fn kind_of(lower: &str) -> Result<String> {
    let known = ["FluxInstance", "FluxReport", "ResourceSet", "ResourceSetInputProvider"];
    let kind = known.iter().find(|kind| kind.to_lowercase() == lower);
    Ok((*kind.ok_or_else(|| format!("nobody knows how to write the kind {lower}"))?).to_owned())
}

fn files(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| {
        let extension = file.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| extensions.contains(&extension))
    });
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<Node>> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let budget = Budget { bytes: bytes.len(), nodes: bytes.len(), ..Budget::default() };
    let documents = parse(SourceId(0), &bytes, &budget)
        .map_err(|faults| format!("{}: {faults:?}", file.display()))?;
    Ok(documents.into_iter().map(|document| document.root).collect())
}

fn module_folder(scratch: &Path, module: &str, version: &str) -> Result<PathBuf> {
    let output = Command::new("go")
        .args(["mod", "download", "-json", &format!("{module}@{version}")])
        .current_dir(scratch)
        .stderr(Stdio::inherit())
        .output()?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let folder = answer["Dir"].as_str().ok_or_else(|| format!("{module}@{version}: {answer}"))?;
    Ok(PathBuf::from(folder))
}

fn clone(scratch: &Path, repository: &str, tag: &str) -> Result<PathBuf> {
    let folder = scratch.join(repository.replace('/', "+"));
    let url = format!("https://github.com/{repository}");
    let status = Command::new("git")
        .args(["-c", "advice.detachedHead=false", "clone", "--quiet", "--depth", "1", "--branch"])
        .args([tag, &url])
        .arg(&folder)
        .status()?;
    if !status.success() {
        return Err(format!("{url} has no tag {tag}").into());
    }
    Ok(folder)
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut input = tempfile::NamedTempFile::new()?;
    std::io::Write::write_all(&mut input, bytes)?;
    let output = Command::new("zstd")
        .args(["--ultra", "-22", "--quiet", "--stdout"])
        .arg(input.path())
        .stderr(Stdio::inherit())
        .output()?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err("zstd failed".into()),
    }
}

fn readme(schemas: &Schemas, sizes: &str) -> String {
    let mut page = format!(
        "# Schemas of Kubernetes and of custom resources\n\n\
         What `tenantry` holds objects against and explains: {sizes}. The first part is types, patterns and bounds, the second descriptions and\n\
         rules. Each schema is there once, however many versions have it.\n\n\
         Written by `cargo run -p xtask -- schemas`, which needs `go`, `git` and `zstd`, and says where each file is from. This page, too.\n\n\
         | project | version | had from | licence | kinds |\n|---|---|---|---|---|\n"
    );
    for release in KUBERNETES {
        let _ = writeln!(
            page,
            "| Kubernetes | {release} | Go module `k8s.io/kubernetes` | {APACHE} | its own |"
        );
    }
    for project in FLUX.iter().chain(OTHERS) {
        let place = match project.place {
            Place::Module(name) => format!("Go module `{name}`"),
            Place::Repository(name) => format!("repository `{name}`"),
        };
        let is_own = |kind: &&tenantry::schemas::Kind| matches!(schemas.origin(kind), tenantry::schemas::Origin::Project(source) if source.name == project.name);
        let mut kinds: Vec<String> =
            schemas.kinds().filter(is_own).map(|kind| kind.kind.clone()).collect();
        kinds.sort();
        kinds.dedup();
        let Project { name, version, licence, .. } = project;
        let _ =
            writeln!(page, "| {name} | {version} | {place} | {licence} | {} |", kinds.join(", "));
    }
    page.push_str(
        "\nThe schemas of flux-operator are those that the Flux project publishes, which have no descriptions: its own repository is under another\n\
         licence. Where a controller's newest release could not be had, the release before it in the same minor version is taken.\n",
    );
    page
}
