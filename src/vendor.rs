//! Files of others that the repository carries: Flux's own components.
//!
//! `gotk-components.yaml` is what `flux install --export` prints. It comes from a file, from a `flux` on
//! the PATH or from Flux's release on GitHub, is proven to be that version with those controllers, and
//! is placed where the layout left a place for it. From then on it belongs to whoever runs Flux: it is
//! replaced only while nobody has changed it. Which clusters want it is the caller's to say.

mod fetch;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use kustomize::yaml::{self, Budget, Node, SourceId};

pub use fetch::{fetch, release_url};

use crate::files::{Files, FilesError};
use crate::path::RepoPath;
use crate::spec::platform::Controller;
use crate::sync::{BlobId, Lock};
use crate::tree::{Ownership, Tree};

/// The name of the file, as `flux bootstrap` gives it.
pub const FILE_NAME: &str = "gotk-components.yaml";

/// The label that says which version of Flux an object is of.
const VERSION_LABEL: &str = "app.kubernetes.io/version";
/// The label that says which controller an object belongs to.
const COMPONENT_LABEL: &str = "app.kubernetes.io/component";

/// Where manifests came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file that the person named.
    File(PathBuf),
    /// `flux install --export` of a `flux` on the PATH.
    Flux,
    /// Flux's release, by this address.
    Release(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Flux => f.write_str("`flux install --export`"),
            Self::Release(url) => f.write_str(url),
        }
    }
}

/// Manifests that were proven to be a version of Flux with the controllers that were asked for.
#[derive(Clone, Debug)]
pub struct Manifests {
    /// Where they came from.
    pub origin: Origin,
    text: String,
}

/// What is wrong with a file that is to be Flux's manifests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It is not YAML.
    #[error("it is not YAML: {0}")]
    NotYaml(String),
    /// A document that is no Kubernetes object.
    #[error("its document {0} is not a Kubernetes object")]
    NotAnObject(usize),
    /// The namespace that Flux lives in is not made.
    #[error("it has no Namespace `flux-system`")]
    NoNamespace,
    /// No object says its version.
    #[error("no object in it has the label `{VERSION_LABEL}`: its version cannot be told")]
    NoVersion,
    /// Objects are of another version.
    #[error("it is Flux {found}, and {wanted} is wanted")]
    OtherVersion {
        /// What the labels say, without the `v`.
        found: String,
        /// What was asked for, without the `v`.
        wanted: String,
    },
    /// A controller's Deployment is missing.
    #[error("it has no Deployment `{0}`")]
    NoController(&'static str),
    /// A controller is there without the definitions of its objects.
    #[error("it has no CustomResourceDefinition for `{0}`")]
    NoDefinitions(&'static str),
}

/// Why Flux's manifests were not placed.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// The file that was named cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
    /// The file that was named is too large to be Flux's.
    #[error("`{}` has {size} bytes; Flux's manifests have less than {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// What is read at most, in bytes.
        limit: u64,
    },
    /// The `flux` on the PATH failed.
    #[error("`flux {arguments}` failed: {words}; `--from FILE` takes manifests that you have")]
    Flux {
        /// What it was called with.
        arguments: String,
        /// What it said.
        words: String,
    },
    /// A program cannot be started.
    #[error("`{program}` cannot be started: {source}")]
    Start {
        /// Its name.
        program: &'static str,
        /// The operating system's own words.
        source: io::Error,
    },
    /// Neither a `flux` nor a `curl` is on the PATH.
    #[error(
        "there is neither a `flux` nor a `curl` on the PATH: download {url} yourself and say `--from FILE`"
    )]
    NoTool {
        /// Where the manifests lie.
        url: String,
    },
    /// The download failed.
    #[error(
        "{url} cannot be downloaded: {words}; where there is no network, `--from FILE` takes what \
         `flux install --export` printed elsewhere"
    )]
    Download {
        /// Where the manifests lie.
        url: String,
        /// What `curl` said.
        words: String,
    },
    /// What was found is not what was asked for.
    #[error("{origin} is not what was asked for:{}", faults.iter().map(|fault| format!("\n  {fault}")).collect::<String>())]
    Unfit {
        /// Where it came from.
        origin: Origin,
        /// Everything that is wrong with it.
        faults: Vec<Unfit>,
    },
    /// Something else than what was placed before lies there.
    #[error("`{path}` was not placed by this program, or was changed since; `--force` replaces it")]
    Changed {
        /// The file.
        path: RepoPath,
    },
    /// What lies there cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
}

impl VendorError {
    /// Whether something outside of the repository failed, so that trying again may help.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Download { .. } | Self::Flux { .. })
    }
}

/// What is to be done with a place for the manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// They are there already.
    Unchanged,
    /// Nothing is there yet, or what is may be replaced: these bytes are to be written.
    Write(Vec<u8>),
}

impl Manifests {
    /// Proves that a file is Flux `version` (with or without `v`) with these controllers.
    ///
    /// # Errors
    /// [`VendorError::Unfit`], with everything that is wrong.
    pub fn prove(
        origin: Origin,
        bytes: Vec<u8>,
        version: &str,
        controllers: &[Controller],
    ) -> Result<Self, VendorError> {
        match examine(bytes, version, controllers) {
            Ok(text) => Ok(Self { origin, text }),
            Err(faults) => Err(VendorError::Unfit { origin, faults }),
        }
    }

    /// The manifests with no controllers but these: objects that a label gives to another one are left
    /// out, and everything else is kept byte by byte.
    #[must_use]
    pub fn only(&self, controllers: &[Controller]) -> Vec<u8> {
        let wanted: BTreeSet<&str> = controllers.iter().map(|each| each.as_str()).collect();
        let mut kept = String::with_capacity(self.text.len());
        for part in documents(&self.text) {
            let parsed = yaml::parse(SourceId(0), part.as_bytes(), &Budget::default());
            let foreign = parsed.ok().is_some_and(|documents| {
                documents.iter().filter_map(|document| label(&document.root, COMPONENT_LABEL)).any(
                    |component| {
                        Controller::ALL.iter().any(|known| known.as_str() == component)
                            && !wanted.contains(component)
                    },
                )
            });
            if !foreign {
                kept.push_str(part);
            }
        }
        kept.into_bytes()
    }
}

/// The place that the layout left for a cluster's manifests; nothing if somebody else installs Flux.
#[must_use]
pub fn place<'t>(tree: &'t Tree, cluster: &str) -> Option<&'t RepoPath> {
    let wanted = |(path, file): &(&'t RepoPath, &crate::tree::TreeFile)| {
        path.file_name() == FILE_NAME
            && file.ownership == Ownership::Foreign
            && file.loops.cluster.as_deref() == Some(cluster)
    };
    tree.iter().find(wanted).map(|(path, _)| path)
}

/// Decides whether manifests may be written to a place: when nothing is there, when what is there is a
/// placeholder without an object in it, when the lock says that nobody changed it since it was placed,
/// or by `force`.
///
/// # Errors
/// [`VendorError::Changed`], and what lies there cannot be read.
pub fn placement(
    files: &dyn Files,
    lock: &Lock,
    path: &RepoPath,
    bytes: Vec<u8>,
    force: bool,
) -> Result<Placement, VendorError> {
    let Some(there) = files.read(path)? else { return Ok(Placement::Write(bytes)) };
    if there == bytes {
        return Ok(Placement::Unchanged);
    }
    let unchanged = lock.get(path).is_some_and(|entry| entry.id == BlobId::of(&there));
    if unchanged || force || is_placeholder(&there) {
        return Ok(Placement::Write(bytes));
    }
    Err(VendorError::Changed { path: path.clone() })
}

/// Whether a file holds nothing but comments: Flux is pending.
#[must_use]
pub fn is_placeholder(bytes: &[u8]) -> bool {
    yaml::parse(SourceId(0), bytes, &Budget::default())
        .is_ok_and(|documents| documents.iter().all(|document| document.root.is_null()))
}

fn examine(
    bytes: Vec<u8>,
    version: &str,
    controllers: &[Controller],
) -> Result<String, Vec<Unfit>> {
    let text = String::from_utf8(bytes).map_err(|_| vec![Unfit::NotUtf8])?;
    let parsed =
        yaml::parse(SourceId(0), text.as_bytes(), &Budget::default()).map_err(|errors| {
            errors.iter().map(|error| Unfit::NotYaml(error.to_string())).collect::<Vec<_>>()
        })?;
    let objects: Vec<&Node> =
        parsed.iter().map(|document| &document.root).filter(|root| !root.is_null()).collect();
    let mut faults = Vec::new();
    let odd = |object: &&Node| kind(object).is_none() || name(object).is_none();
    if let Some(at) = objects.iter().position(odd) {
        faults.push(Unfit::NotAnObject(at + 1));
    }
    let has = |wanted_kind: &str, test: &dyn Fn(&Node) -> bool| {
        objects.iter().any(|object| kind(object) == Some(wanted_kind) && test(object))
    };
    if !has("Namespace", &|object| name(object) == Some("flux-system")) {
        faults.push(Unfit::NoNamespace);
    }
    let wanted = version.strip_prefix('v').unwrap_or(version);
    let versions: BTreeSet<&str> = objects
        .iter()
        .filter_map(|object| label(object, VERSION_LABEL))
        .map(|found| found.strip_prefix('v').unwrap_or(found))
        .collect();
    if versions.is_empty() {
        faults.push(Unfit::NoVersion);
    }
    faults.extend(versions.iter().filter(|found| **found != wanted).map(|found| {
        Unfit::OtherVersion { found: (*found).to_owned(), wanted: wanted.to_owned() }
    }));
    for controller in controllers.iter().map(|each| each.as_str()) {
        if !has("Deployment", &|object| name(object) == Some(controller)) {
            faults.push(Unfit::NoController(controller));
        }
        if !has("CustomResourceDefinition", &|object| {
            label(object, COMPONENT_LABEL) == Some(controller)
        }) {
            faults.push(Unfit::NoDefinitions(controller));
        }
    }
    if faults.is_empty() { Ok(text) } else { Err(faults) }
}

fn kind(object: &Node) -> Option<&str> {
    object.get("kind")?.as_str()
}

fn name(object: &Node) -> Option<&str> {
    object.get("metadata")?.get("name")?.as_str()
}

fn label<'n>(object: &'n Node, label: &str) -> Option<&'n str> {
    object.get("metadata")?.get("labels")?.get(label)?.as_str()
}

/// The documents of a file, each with the line that begins it.
fn documents(text: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && line.trim_end() == "---" {
            starts.push(at);
        }
        at += line.len();
    }
    starts.push(text.len());
    starts.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect()
}

#[cfg(test)]
mod tests;
