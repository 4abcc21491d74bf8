//! The objects that a tree puts on each cluster, by their identities.
//!
//! A cluster applies what the Flux Kustomizations of its own files lead to: folders of the tree, with kustomize's `resources` followed and,
//! where a folder has no kustomization, every manifest in it, as
//! [kustomize-controller does](https://fluxcd.io/flux/components/kustomize/kustomizations/#generate-kustomizationyaml). Patches are not
//! applied here, except that an object which a `$patch: delete` takes away is not there.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use rayon::prelude::*;

use kustomize::yaml::{Budget, Node, SourceId, parse};

use crate::path::RepoPath;
use crate::spec::text::ClusterName;
use crate::tree::{Tree, TreeFile};

/// What makes an object one on a cluster: two of the same identity are the same object. The version of its API does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The namespace; empty for an object of the cluster, or where none is said.
    pub namespace: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The API group; empty for the core.
    pub group: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, kind, name, group } = self;
        write!(f, "{kind}")?;
        if group.contains('.') {
            write!(f, ".{group}")?;
        }
        if namespace.is_empty() { write!(f, " {name}") } else { write!(f, " {namespace}/{name}") }
    }
}

/// An object and the file of the tree that says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found<'a> {
    /// What it is.
    pub identity: Identity,
    /// The file.
    pub file: &'a RepoPath,
    /// Whether Flux takes it off the cluster when it is generated no more; an annotation can keep it.
    pub pruned: bool,
}

/// What one file of the tree says to those who follow it.
#[derive(Debug, Default)]
struct Said {
    objects: Vec<(Identity, bool)>,
    /// Paths of Flux Kustomizations over the platform's own repository.
    leads: Vec<String>,
    /// `resources` of a kustomization.
    resources: Option<Vec<String>>,
    /// What `$patch: delete` takes away.
    deleted: Vec<Identity>,
}

/// The objects of each cluster, each with every file that says it.
pub fn files_on_clusters(tree: &Tree) -> BTreeMap<ClusterName, Vec<Found<'_>>> {
    let folders = folders(tree);
    // Reading is what takes time; following is not.
    let files: Vec<_> = tree.iter().filter(|(path, _)| is_yaml(path.as_str())).collect();
    let mut read: HashMap<&str, Said> =
        files.into_par_iter().map(|(path, file)| (path.as_str(), read(file))).collect();
    clusters(tree)
        .into_iter()
        .map(|(cluster, own)| {
            let mut walk = Walk {
                tree,
                folders: &folders,
                read: &mut read,
                seen: BTreeSet::new(),
                found: Vec::new(),
            };
            walk.cluster(&own);
            let mut found = walk.found;
            found.sort();
            found.dedup();
            (cluster, found)
        })
        .collect()
}

/// The identities of the objects of each cluster, and whether Flux takes each off when it is generated no more.
#[must_use]
pub fn on_clusters(tree: &Tree) -> BTreeMap<ClusterName, BTreeMap<Identity, bool>> {
    files_on_clusters(tree)
        .into_iter()
        .map(|(cluster, found)| {
            (cluster, found.into_iter().map(|found| (found.identity, found.pruned)).collect())
        })
        .collect()
}

/// The files that are rendered for a cluster itself.
fn clusters(tree: &Tree) -> BTreeMap<ClusterName, Vec<&RepoPath>> {
    let mut clusters: BTreeMap<ClusterName, Vec<&RepoPath>> = BTreeMap::new();
    for (path, file) in tree.iter() {
        if let Some(cluster) =
            file.loops.cluster.as_deref().and_then(|name| ClusterName::new(name).ok())
        {
            clusters.entry(cluster).or_default().push(path);
        }
    }
    clusters
}

/// The manifests of each folder, without those of folders below it.
fn folders(tree: &Tree) -> HashMap<&str, Vec<&RepoPath>> {
    let mut folders: HashMap<&str, Vec<&RepoPath>> = HashMap::new();
    for (path, _) in tree.iter() {
        if is_yaml(path.as_str()) {
            folders.entry(path.parent().unwrap_or_default()).or_default().push(path);
        }
    }
    folders
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

struct Walk<'a, 'r> {
    tree: &'a Tree,
    folders: &'r HashMap<&'a str, Vec<&'a RepoPath>>,
    read: &'r mut HashMap<&'a str, Said>,
    seen: BTreeSet<String>,
    found: Vec<Found<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// Everything that a cluster's own Flux Kustomizations lead to.
    fn cluster(&mut self, own: &[&'a RepoPath]) {
        let mut leads = Vec::new();
        for path in own {
            leads.extend(self.said(path).leads.iter().cloned());
        }
        while let Some(lead) = leads.pop() {
            let before = self.found.len();
            self.folder(&normal("", &lead));
            let paths: BTreeSet<&RepoPath> =
                self.found[before..].iter().map(|found| found.file).collect();
            for path in paths {
                leads.extend(self.said(path).leads.iter().cloned());
            }
        }
    }

    fn folder(&mut self, folder: &str) {
        if !self.seen.insert(folder.to_owned()) {
            return;
        }
        let kustomization = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
            .iter()
            .find_map(|name| self.tree.path_of(&join(folder, name)));
        match kustomization {
            Some(path) => {
                let said = self.said(path);
                let (resources, deleted) =
                    (said.resources.clone().unwrap_or_default(), said.deleted.clone());
                let before = self.found.len();
                for resource in resources {
                    if resource.contains("://") {
                        continue;
                    }
                    let target = normal(folder, &resource);
                    match self.tree.path_of(&target) {
                        Some(file) => self.file(file),
                        None => self.folder(&target),
                    }
                }
                let mut at = before;
                while at < self.found.len() {
                    if deleted.contains(&self.found[at].identity) {
                        self.found.remove(at);
                    } else {
                        at += 1;
                    }
                }
            }
            None => {
                let mut inner: Vec<&str> =
                    self.folders.keys().copied().filter(|one| is_below(one, folder)).collect();
                inner.sort_unstable();
                for one in inner {
                    let has_own = self.tree.get(&join(one, "kustomization.yaml")).is_some();
                    if has_own && one != folder {
                        self.folder(one);
                        continue;
                    }
                    for path in self.folders.get(one).cloned().unwrap_or_default() {
                        self.file(path);
                    }
                }
            }
        }
    }

    fn file(&mut self, path: &'a RepoPath) {
        if self.seen.insert(path.as_str().to_owned()) {
            let objects = self.said(path).objects.clone();
            self.found.extend(objects.into_iter().map(|(identity, pruned)| Found {
                identity,
                file: path,
                pruned,
            }));
        }
    }

    fn said(&mut self, path: &'a RepoPath) -> &Said {
        let tree = self.tree;
        self.read
            .entry(path.as_str())
            .or_insert_with(|| tree.get(path.as_str()).map(read).unwrap_or_default())
    }
}

fn is_below(folder: &str, outer: &str) -> bool {
    outer.is_empty()
        || folder == outer
        || folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A path relative to a folder, without `.` and `..`.
fn normal(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

fn read(file: &TreeFile) -> Said {
    let mut said = Said::default();
    let Ok(documents) = parse(SourceId(0), &file.bytes, &Budget::default()) else { return said };
    for document in &documents {
        read_document(&document.root, &mut said);
    }
    said
}

fn read_document(root: &Node, said: &mut Said) {
    let text = |pointer: &str| root.pointer(pointer).and_then(Node::as_str);
    let (Some(api_version), Some(kind)) = (text("/apiVersion"), text("/kind")) else {
        // A kustomization need not say what it is.
        if root.get("resources").is_some() {
            read_kustomization(root, said);
        }
        return;
    };
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    if group == "kustomize.config.k8s.io" {
        read_kustomization(root, said);
        return;
    }
    let Some(name) = text("/metadata/name") else { return };
    if kind == "Kustomization"
        && group == "kustomize.toolkit.fluxcd.io"
        && text("/spec/sourceRef/name") == Some("flux-system")
    {
        said.leads.push(text("/spec/path").unwrap_or_default().to_owned());
    }
    if kind == "FluxInstance" {
        said.leads.extend(text("/spec/sync/path").map(str::to_owned));
    }
    let identity = Identity {
        namespace: text("/metadata/namespace").unwrap_or_default().to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        group: group.to_owned(),
    };
    let kept = text("/metadata/annotations/kustomize.toolkit.fluxcd.io~1prune") == Some("disabled");
    said.objects.push((identity, !kept));
}

fn read_kustomization(root: &Node, said: &mut Said) {
    let list = |key: &str| root.get(key).and_then(Node::as_sequence).unwrap_or_default();
    said.resources =
        Some(list("resources").iter().filter_map(Node::as_str).map(str::to_owned).collect());
    for patch in
        list("patches").iter().filter_map(|patch| patch.get("patch").and_then(Node::as_str))
    {
        let Ok(documents) = parse(SourceId(0), patch.as_bytes(), &Budget::default()) else {
            continue;
        };
        for document in &documents {
            if document.root.get("$patch").and_then(Node::as_str) == Some("delete") {
                let mut deleted = Said::default();
                read_document(&document.root, &mut deleted);
                said.deleted.extend(deleted.objects.into_iter().map(|(identity, _)| identity));
            }
        }
    }
}
