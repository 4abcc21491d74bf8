//! Sources: where Flux Kustomizations take their content from.
//!
//! In go objects and what a person says of folders on this machine; out comes which artifact a source stands for. Only the
//! repository that is looked at is here by itself; everything else is elsewhere, unless a folder is put in its place.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kustomize::Place;
use kustomize::yaml::Node;

use super::artifact::Artifact;
use super::kustomization::{Name, SourceName, name_of};
use crate::files::{Files, FilesError};
use crate::path::RepoPath;

/// The API group of sources.
const GROUP: &str = "source.toolkit.fluxcd.io";

/// The annotation of a source, and of the Flux Kustomizations that read it, that says which of the platform's own artifacts it is: what
/// it holds is in this repository, under the same paths.
pub const ARTIFACT: &str = "tenantry.dev/artifact";

/// The kinds that a Flux Kustomization can take its content from.
const KINDS: [&str; 4] = ["GitRepository", "OCIRepository", "Bucket", "ExternalArtifact"];

/// A source as an object says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Which one.
    pub name: SourceName,
    /// `spec.url`, or the bucket and its endpoint.
    pub url: String,
    /// The branch, tag, version, commit or digest, as `branch main`.
    pub revision: String,
    /// `spec.ignore`.
    pub ignore: Option<String>,
    /// Which of the platform's own artifacts it is ([`ARTIFACT`]).
    pub artifact: Option<String>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// Where it was written.
    pub place: Option<Place>,
}

impl Source {
    /// Reads an object; nothing if it is no source of Flux's.
    #[must_use]
    pub fn read(node: &Node, place: Option<&Place>) -> Option<Self> {
        let text = |pointer: &str| node.pointer(pointer).and_then(Node::text).map(str::to_owned);
        let kind = text("/kind")?;
        let group = text("/apiVersion")?;
        let group = group.split_once('/').map(|(group, _)| group)?;
        let of_flux = group == GROUP
            && (kind.ends_with("Repository")
                || kind == "Bucket"
                || kind == "ExternalArtifact"
                || kind == "HelmChart");
        if !of_flux {
            return None;
        }
        let url = text("/spec/url")
            .or_else(|| Some(format!("{}/{}", text("/spec/endpoint")?, text("/spec/bucketName")?)));
        let revision = ["commit", "digest", "name", "semver", "tag", "branch"]
            .iter()
            .find_map(|by| Some(format!("{by} {}", text(&format!("/spec/ref/{by}"))?)));
        Some(Self {
            name: SourceName { kind, name: name_of(node) },
            url: url.unwrap_or_default(),
            revision: revision.unwrap_or_default(),
            ignore: text("/spec/ignore"),
            artifact: own_artifact(node),
            suspended: node.pointer("/spec/suspend").and_then(Node::as_bool).unwrap_or_default(),
            place: place.cloned(),
        })
    }

    /// Whether a Flux Kustomization can take its content from it.
    #[must_use]
    pub fn has_manifests(&self) -> bool {
        KINDS.contains(&self.name.kind.as_str())
    }
}

/// Which of the platform's own artifacts an object names.
pub(crate) fn own_artifact(node: &Node) -> Option<String> {
    let annotations = node.pointer("/metadata/annotations")?;
    annotations.get(ARTIFACT).and_then(Node::text).map(str::to_owned)
}

/// A folder that is put in the place of a source: `--with SOURCE=DIR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct With {
    /// What is written before the `=`.
    pub source: SourcePattern,
    /// What is written behind it.
    pub folder: String,
}

/// Which sources are meant: by name, by namespace and name, by kind besides, or by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePattern {
    /// `NAME`, `NAMESPACE/NAME` or `KIND/NAMESPACE/NAME`.
    Name {
        /// The kind, in any case.
        kind: Option<String>,
        /// The namespace.
        namespace: Option<String>,
        /// The name.
        name: String,
    },
    /// An address, `https://...` say; how git writes it does not matter.
    Address(String),
}

impl SourcePattern {
    fn matches(&self, name: &SourceName, source: Option<&Source>) -> bool {
        match self {
            Self::Name { kind, namespace, name: wanted } => {
                kind.as_ref().is_none_or(|kind| kind.eq_ignore_ascii_case(&name.kind))
                    && namespace.as_ref().is_none_or(|namespace| *namespace == name.name.namespace)
                    && *wanted == name.name.name
            }
            Self::Address(address) => {
                source.is_some_and(|source| same_address(&source.url, address))
            }
        }
    }
}

impl fmt::Display for SourcePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { kind, namespace, name } => {
                for part in [kind, namespace].into_iter().flatten() {
                    write!(f, "{part}/")?;
                }
                f.write_str(name)
            }
            Self::Address(address) => f.write_str(address),
        }
    }
}

impl FromStr for With {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write SOURCE=DIR, where SOURCE is NAME, NAMESPACE/NAME, KIND/NAMESPACE/NAME or an address";
        // An address may have a `=` of its own.
        let (source, folder) = text.rsplit_once('=').ok_or(FORM)?;
        if source.is_empty() || folder.is_empty() {
            return Err(FORM.to_owned());
        }
        let folder = folder.to_owned();
        if source.contains("://") || source.contains('@') {
            return Ok(Self { source: SourcePattern::Address(source.to_owned()), folder });
        }
        let mut parts = source.rsplit('/').map(str::to_owned);
        let (name, namespace, kind) = (parts.next(), parts.next(), parts.next());
        match (name, parts.next()) {
            (Some(name), None) if !name.is_empty() => {
                Ok(Self { source: SourcePattern::Name { kind, namespace, name }, folder })
            }
            _ => Err(FORM.to_owned()),
        }
    }
}

/// Whether two addresses are of one repository, however each is written: by ssh or https, with `.git` or without.
fn same_address(a: &str, b: &str) -> bool {
    let plain = |address: &str| {
        let address = address.trim_end_matches('/').trim_end_matches(".git");
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
        // `git@host:path` is `ssh://git@host/path`.
        let rest =
            if address.contains("://") { rest.to_owned() } else { rest.replacen(':', "/", 1) };
        let (host, path) = rest.split_once('/').unwrap_or((&rest, ""));
        let host = host.split_once(':').map_or(host, |(host, _)| host);
        format!("{}/{path}", host.to_lowercase())
    };
    plain(a) == plain(b)
}

/// An artifact that is packed from a part of the repository.
#[derive(Clone)]
pub struct Part {
    /// What [`ARTIFACT`] says of its sources; nothing for what clusters begin with.
    pub name: Option<String>,
    /// Which files are in it.
    pub holds: Arc<dyn Fn(&RepoPath) -> bool + Send + Sync>,
}

/// The artifacts that are here.
pub(super) struct Artifacts<'f> {
    files: &'f dyn Files,
    folder: Option<String>,
    /// That of the repository, by what a source of it leaves out besides.
    own: Mutex<HashMap<OwnKey, Arc<Artifact<'f>>>>,
    /// Where the platform is shipped in parts.
    parts: Vec<Part>,
    with: Vec<Replaced<'f>>,
}

/// What a source leaves out besides, and which part of the repository it is; nothing for all of it.
type OwnKey = (Option<String>, Option<usize>);

/// A source in whose place a folder stands.
struct Replaced<'f> {
    source: SourcePattern,
    artifact: Arc<Artifact<'f>>,
    /// Whether any source was meant.
    used: AtomicBool,
}

impl<'f> Artifacts<'f> {
    pub(super) fn new(files: &'f dyn Files, folder: Option<String>) -> Self {
        Self { files, folder, own: Mutex::default(), parts: Vec::new(), with: Vec::new() }
    }

    /// Says which parts of the repository are artifacts of their own.
    pub(super) fn ship(&mut self, parts: Vec<Part>) {
        self.parts = parts;
    }

    /// Puts the files of a view in the place of a source.
    pub(super) fn with(
        &mut self,
        source: SourcePattern,
        files: &'f dyn Files,
    ) -> Result<(), FilesError> {
        let name = source.to_string();
        let artifact = Arc::new(Artifact::new(name, files, None, None, &|_| true)?);
        self.with.push(Replaced { source, artifact, used: AtomicBool::new(false) });
        Ok(())
    }

    /// What was put in the place of a source that nobody asked for.
    pub(super) fn unused(&self) -> impl Iterator<Item = &SourcePattern> {
        let unused = self.with.iter().filter(|with| !with.used.load(Ordering::Relaxed));
        unused.map(|with| &with.source)
    }

    /// The repository, as a source of it has it.
    pub(super) fn own(&self, ignore: Option<&str>) -> Result<Arc<Artifact<'f>>, FilesError> {
        self.own_part(ignore, None)
    }

    /// A part of the repository by the name that its sources say, and the whole of it where nobody knows the part.
    fn own_named(
        &self,
        ignore: Option<&str>,
        name: Option<&str>,
    ) -> Result<Arc<Artifact<'f>>, FilesError> {
        self.own_part(ignore, self.parts.iter().position(|part| part.name.as_deref() == name))
    }

    fn own_part(
        &self,
        ignore: Option<&str>,
        at: Option<usize>,
    ) -> Result<Arc<Artifact<'f>>, FilesError> {
        let key = (ignore.map(str::to_owned), at);
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(artifact) = own.get(&key) {
            return Ok(Arc::clone(artifact));
        }
        let mut name = format!("\n{}", ignore.unwrap_or_default());
        let part = at.and_then(|at| self.parts.get(at));
        if let Some(part) = part {
            name = format!("{name}\n{}", part.name.as_deref().unwrap_or_default());
        }
        let holds = |path: &RepoPath| part.is_none_or(|part| (part.holds)(path));
        let artifact = Artifact::new(name, self.files, self.folder.as_deref(), ignore, &holds)?;
        let artifact = Arc::new(artifact);
        own.insert(key, Arc::clone(&artifact));
        Ok(artifact)
    }

    /// What a source stands for, where that is here. `root` is the source of the cluster's own Kustomization.
    pub(super) fn find(
        &self,
        name: &SourceName,
        source: Option<&Source>,
        root: &Root,
    ) -> Option<Result<Arc<Artifact<'f>>, FilesError>> {
        if let Some(with) = self.with.iter().find(|with| with.source.matches(name, source)) {
            with.used.store(true, Ordering::Relaxed);
            return Some(Ok(Arc::clone(&with.artifact)));
        }
        if *name == root.source {
            return Some(self.own_named(root.ignore.as_deref(), None));
        }
        let source = source?;
        if let Some(name) = &source.artifact {
            return Some(self.own_named(source.ignore.as_deref(), Some(name)));
        }
        let same = same_address(&source.url, &root.url) && source.revision == root.revision;
        (same && !root.url.is_empty()).then(|| self.own(source.ignore.as_deref()))
    }
}

/// What a cluster knows of the repository that it is bootstrapped from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Root {
    pub source: SourceName,
    pub url: String,
    pub revision: String,
    pub ignore: Option<String>,
}

impl Root {
    /// What `flux bootstrap` names.
    pub(super) fn bootstrapped() -> Self {
        let name = Name::new("flux-system", "flux-system");
        Self {
            source: SourceName { kind: "GitRepository".to_owned(), name },
            url: String::new(),
            revision: String::new(),
            ignore: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_repository_are_the_same() {
        for (a, b, same) in [
            ("ssh://git@github.com/acme/fleet", "https://github.com/acme/fleet.git", true),
            ("git@github.com:acme/fleet.git", "ssh://git@github.com:22/acme/fleet", true),
            ("https://GitHub.com/acme/fleet/", "https://github.com/acme/fleet", true),
            ("https://github.com/acme/fleet", "https://github.com/acme/Fleet", false),
            ("https://github.com/acme/fleet", "https://gitlab.com/acme/fleet", false),
        ] {
            assert_eq!(same_address(a, b), same, "{a} {b}");
        }
    }

    #[test]
    fn a_folder_is_put_in_the_place_of_a_source() {
        let with =
            |text: &str| text.parse::<With>().map(|with| (with.source.to_string(), with.folder));
        let of = |source: &str, folder: &str| Ok((source.to_owned(), folder.to_owned()));
        assert_eq!(with("app=../app"), of("app", "../app"));
        assert_eq!(with("GitRepository/apps/app=."), of("GitRepository/apps/app", "."));
        assert_eq!(with("https://host/x?a=b=dir"), of("https://host/x?a=b", "dir"));
        for wrong in ["app", "=dir", "app=", "a/b/c/d=dir"] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
    }
}
