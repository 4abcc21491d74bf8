//! The objects that a tree puts on each cluster, by their identities, and who applies each.
//!
//! A cluster applies what the Flux Kustomizations of its own files lead to: folders of the tree, with kustomize's `resources` followed and,
//! where a folder has no kustomization, every manifest in it, as
//! [kustomize-controller does](https://fluxcd.io/flux/components/kustomize/kustomizations/#generate-kustomizationyaml). Patches are not
//! applied here, except that an object which a `$patch: delete` takes away is not there.
//!
//! Each file is read once ([`Objects::read`]); following them again, for another state of the repository in which a few files say
//! something else ([`View::with`]), reads nothing twice.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;

use rayon::prelude::*;

use kustomize::PatchTarget;
use kustomize::kustomization::{Gvk, Selector};
use kustomize::yaml::{Budget, Node, SourceId, parse};

pub use crate::flux::Identity;
use crate::flux::own_artifact;
use crate::path::RepoPath;
use crate::spec::Platform;
use crate::spec::text::ClusterName;
use crate::tree::{Tree, TreeFile};

/// An object as a file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub identity: Identity,
    /// Whether it may be pruned: an annotation can keep it.
    pub pruned: bool,
    /// What it applies, for a Flux Kustomization and for a FluxInstance.
    pub lead: Option<Lead>,
    /// Where what it applies or installs lands, and under which name: with another one, all of that goes and comes again.
    pub target: Option<String>,
}

/// What a Flux Kustomization applies, and what becomes of that when it goes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// `spec.path`, where that is a path of the platform's own repository.
    path: Option<String>,
    /// `spec.prune`.
    pub prunes: bool,
    /// `spec.deletionPolicy: Orphan`.
    pub orphans: bool,
    /// `spec.suspend`.
    pub suspended: bool,
    /// What its `spec.patches` take away, as far as groups, kinds, names and namespaces say it.
    deletes: Vec<Selector>,
}

impl Lead {
    /// Whether its patches take an object away.
    fn takes_away(&self, object: &Identity) -> bool {
        self.deletes.iter().any(|selector| {
            PatchTarget::new(selector).is_ok_and(|target| {
                let Identity { namespace, kind, name, group } = object;
                target.selects_named([group, "", kind], name, namespace)
            })
        })
    }
}

/// What the patches of a Flux Kustomization take away.
fn deletes(spec: Option<&Node>) -> Vec<Selector> {
    let patches = spec.and_then(|spec| spec.get("patches")?.as_sequence()).unwrap_or_default();
    let deletes = |patch: &&Node| {
        let text = patch.get("patch").and_then(Node::as_str).unwrap_or_default();
        text.contains("$patch")
            && parse(SourceId(0), text.as_bytes(), &Budget::default()).is_ok_and(|documents| {
                let says = |document: &kustomize::yaml::Document| {
                    document.root.get("$patch").and_then(Node::as_str) == Some("delete")
                };
                documents.iter().any(says)
            })
    };
    let selector = |patch: &Node| {
        let target = patch.get("target")?;
        let text =
            |field: &str| target.get(field).and_then(Node::text).unwrap_or_default().to_owned();
        let gvk = Gvk { group: text("group"), version: String::new(), kind: text("kind") };
        Some(Selector {
            gvk,
            name: text("name"),
            namespace: text("namespace"),
            ..Selector::default()
        })
    };
    patches.iter().filter(deletes).filter_map(selector).collect()
}

impl Object {
    fn path(&self) -> Option<&str> {
        self.lead.as_ref()?.path.as_deref()
    }
}

/// An object on a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The object.
    pub object: &'a Object,
    /// The file that says it.
    pub file: &'a RepoPath,
    /// The Flux Kustomization that applies it; none for what the cluster's own one applies.
    pub owner: Option<&'a Object>,
    /// Whether it may be pruned.
    pub pruned: bool,
}

/// What one file says to those who follow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    objects: Vec<Object>,
    /// What a kustomization builds on: `resources`, and after them `bases` and `components`.
    resources: Option<Vec<String>>,
    /// Whether it is a component, which is built as a part of something else alone.
    component: bool,
    /// Whether it reads something of another folder besides what it builds on: a patch, say.
    reaches_out: bool,
    /// Whether it says nothing but what it builds on.
    only_gathers: bool,
    /// What `$patch: delete` takes away.
    deleted: Vec<Identity>,
    /// Whether a kustomization annotates everything so that it is not pruned.
    keeps: bool,
}

/// What the files of a tree say.
#[derive(Debug, Default)]
pub struct Objects {
    files: BTreeMap<RepoPath, Said>,
    /// The clusters, each with the files that are rendered for it alone.
    clusters: BTreeMap<ClusterName, Vec<RepoPath>>,
    /// The folder of the platform in its repository, as the beginning of a path.
    prefix: String,
}

impl Objects {
    /// Reads every manifest of a tree, and has each object in it judged; out comes what was found, with the files that clusters apply it from.
    #[must_use]
    pub fn read<T: Send>(
        platform: &Platform,
        tree: &Tree,
        judge: impl Fn(&TreeFile, &Node) -> Vec<T> + Sync,
    ) -> (Self, Vec<(RepoPath, T)>) {
        // Reading is what takes time; following is not.
        let files: Vec<_> = tree.iter().filter(|(path, _)| is_yaml(path.as_str())).collect();
        let read: Vec<(RepoPath, Said, Vec<T>)> = files
            .into_par_iter()
            .map(|(path, file)| {
                let mut found = Vec::new();
                let said = Said::judged(&file.bytes, |object| found.extend(judge(file, object)));
                (path.clone(), said, found)
            })
            .collect();
        let mut files = BTreeMap::new();
        let mut found = Vec::new();
        for (path, said, misfits) in read {
            found.extend(misfits.into_iter().map(|misfit| (path.clone(), misfit)));
            files.insert(path, said);
        }
        let mut clusters: BTreeMap<ClusterName, Vec<RepoPath>> =
            platform.clusters.keys().map(|name| (known_as(platform, name), Vec::new())).collect();
        for (path, file) in tree.iter() {
            let own = file.loops.cluster.as_deref().and_then(|name| clusters.get_mut(name));
            if let Some(own) = own {
                own.push(path.clone());
            }
        }
        let folder = platform.settings.repository.path.as_ref();
        let prefix = folder
            .and_then(|path| path.below_root())
            .map_or_else(String::new, |path| format!("{path}/"));
        let objects = Self { files, clusters, prefix };
        if !found.is_empty() {
            let built_on: HashSet<String> = objects.built_on().collect();
            found.retain(|(path, _)| {
                built_on.contains(path.as_str()) || !objects.has_kustomization_above(path)
            });
        }
        (objects, found)
    }

    /// Every file and folder that a kustomization builds on.
    fn built_on(&self) -> impl Iterator<Item = String> {
        self.files.iter().flat_map(|(path, said)| said.names(path.parent().unwrap_or_default()))
    }

    /// Whether what is in a file's folder is a kustomization's to name: what none names is a patch, or some configuration.
    fn has_kustomization_above(&self, path: &RepoPath) -> bool {
        let mut folder = path.parent();
        loop {
            let file = join(folder.unwrap_or_default(), "kustomization.yaml");
            if self.files.contains_key(file.as_str()) {
                return true;
            }
            match folder {
                None | Some("") => return false,
                Some(inner) => folder = inner.rsplit_once('/').map(|(outer, _)| outer),
            }
        }
    }

    /// What one file says.
    #[must_use]
    pub fn said(&self, path: &RepoPath) -> Option<&Said> {
        self.files.get(path)
    }

    /// The files as they are.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        let own = |paths: &'_ [RepoPath]| paths.iter().cloned().collect();
        View {
            files: self.files.iter().map(|(path, said)| (path.as_str(), (path, said))).collect(),
            clusters: self.clusters.iter().map(|(name, paths)| (name, own(paths))).collect(),
            prefix: &self.prefix,
        }
    }
}

/// What a cluster knows itself by, which is the name of its files.
fn known_as(platform: &Platform, name: &ClusterName) -> ClusterName {
    ClusterName::new(platform.known_as(name)).unwrap_or_else(|_| name.clone())
}

/// What files say, those of [`Objects`] or some of them otherwise.
#[derive(Debug)]
pub struct View<'a> {
    files: BTreeMap<&'a str, (&'a RepoPath, &'a Said)>,
    clusters: BTreeMap<&'a ClusterName, BTreeSet<RepoPath>>,
    prefix: &'a str,
}

impl<'a> View<'a> {
    /// The same with a file that says something else, or is not there.
    pub fn with(&mut self, path: &'a RepoPath, said: Option<&'a Said>) {
        match said {
            Some(said) if is_yaml(path.as_str()) => {
                self.files.insert(path.as_str(), (path, said));
            }
            _ => drop(self.files.remove(path.as_str())),
        }
    }

    /// Counts a file among those that are for a cluster alone.
    pub fn own(&mut self, cluster: &'a ClusterName, path: &RepoPath) {
        self.clusters.entry(cluster).or_default().insert(path.clone());
    }

    /// The objects of each cluster, each with every file that says it.
    #[must_use]
    pub fn on_clusters(&self) -> BTreeMap<&'a ClusterName, Vec<Found<'a>>> {
        let mut folders: BTreeMap<&str, Vec<&'a RepoPath>> = BTreeMap::new();
        for (path, _) in self.files.values() {
            folders.entry(path.parent().unwrap_or_default()).or_default().push(path);
        }
        let clusters: Vec<_> = self.clusters.iter().collect();
        clusters
            .into_par_iter()
            .map(|(cluster, own)| {
                let mut walk = Walk {
                    view: self,
                    folders: &folders,
                    owner: None,
                    seen: HashSet::new(),
                    found: Vec::new(),
                };
                walk.cluster(own);
                (*cluster, walk.found)
            })
            .collect()
    }

    fn file(&self, path: &str) -> Option<(&'a RepoPath, &'a Said)> {
        self.files.get(path).copied()
    }

    /// A path of the repository as one of the platform.
    fn inside(&self, path: &str) -> Option<String> {
        let path = normal("", path);
        match self.prefix {
            "" => Some(path),
            prefix => path.strip_prefix(prefix).map(str::to_owned),
        }
    }
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

struct Walk<'a, 'r> {
    view: &'r View<'a>,
    folders: &'r BTreeMap<&'r str, Vec<&'a RepoPath>>,
    /// Whose folders are walked.
    owner: Option<&'a Object>,
    seen: HashSet<String>,
    found: Vec<Found<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// Everything that a cluster applies: what its own Flux Kustomization leads to first, and then what that leads to.
    fn cluster(&mut self, own: &BTreeSet<RepoPath>) {
        let own: Vec<(&'a RepoPath, &'a Said)> =
            own.iter().filter_map(|path| self.view.file(path.as_str())).collect();
        let leads = |said: &'a Said| said.objects.iter().filter_map(Object::path);
        for (path, said) in &own {
            for lead in leads(said) {
                let folder = self.view.inside(lead);
                if let Some(folder) = folder.filter(|folder| is_below(path.as_str(), folder)) {
                    self.folder(&folder, true);
                }
            }
        }
        // Where somebody else installs Flux, nothing here says what the cluster's own Kustomization is.
        for (path, said) in &own {
            if leads(said).next().is_some() {
                self.file(path, true);
            }
        }
        let mut at = 0;
        while let Some(found) = self.found.get(at) {
            at += 1;
            let object = found.object;
            let folder = object.path().and_then(|path| self.view.inside(path));
            if let Some(folder) = folder {
                self.owner = Some(object);
                let before = self.found.len();
                self.folder(&folder, true);
                if let Some(lead) = object.lead.as_ref().filter(|lead| !lead.deletes.is_empty()) {
                    let mut number = 0;
                    self.found.retain(|found| {
                        number += 1;
                        number <= before || !lead.takes_away(&found.object.identity)
                    });
                }
            }
        }
        self.owner = None;
        for (path, _) in own {
            self.file(path, true);
        }
    }

    fn folder(&mut self, folder: &str, pruned: bool) {
        if !self.seen.insert(folder.to_owned()) {
            return;
        }
        let kustomization = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
            .iter()
            .find_map(|name| self.view.file(&join(folder, name)));
        let Some((_, said)) = kustomization else {
            let mut inner: Vec<(&str, Vec<&'a RepoPath>)> = Vec::new();
            for (one, paths) in
                self.folders.range::<str, _>((Bound::Included(folder), Bound::Unbounded))
            {
                if is_below(one, folder) {
                    inner.push((one, paths.clone()));
                } else if !one.starts_with(folder) {
                    break;
                }
            }
            for (one, paths) in inner {
                let has_own = self.view.file(&join(one, "kustomization.yaml")).is_some();
                if has_own && one != folder {
                    self.folder(one, pruned);
                    continue;
                }
                for path in paths {
                    self.file(path, pruned);
                }
            }
            return;
        };
        let before = self.found.len();
        let pruned = pruned && !said.keeps;
        for resource in said.resources.iter().flatten().filter(|resource| !resource.contains("://"))
        {
            let target = normal(folder, resource);
            match self.view.file(&target) {
                Some((file, _)) => self.file(file, pruned),
                None => self.folder(&target, pruned),
            }
        }
        if !said.deleted.is_empty() {
            let mut at = 0;
            self.found.retain(|found| {
                at += 1;
                at <= before || !said.deleted.contains(&found.object.identity)
            });
        }
    }

    fn file(&mut self, path: &RepoPath, pruned: bool) {
        let Some((path, said)) = self.view.file(path.as_str()) else { return };
        if self.seen.insert(path.as_str().to_owned()) {
            let owner = self.owner;
            self.found.extend(said.objects.iter().map(|object| Found {
                object,
                file: path,
                owner,
                pruned: pruned && object.pruned,
            }));
        }
    }
}

/// Whether a text of a value may be a path that leads out of a folder.
fn leads_up(node: &Node) -> bool {
    match (node.as_str(), node.as_sequence(), node.as_mapping()) {
        (Some(text), ..) => !text.contains('\n') && text.contains("../"),
        (_, Some(items), _) => items.iter().any(leads_up),
        (.., Some(fields)) => fields.iter().any(|(_, value)| leads_up(value)),
        _ => false,
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

/// The API group of Flux Kustomizations.
const FLUX: &str = "kustomize.toolkit.fluxcd.io";

/// The annotation that keeps an object from being pruned, as a step of a JSON pointer.
const PRUNE: &str = "kustomize.toolkit.fluxcd.io~1prune";

impl Said {
    /// What a file says; nothing where it cannot be read as YAML.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        Self::judged(bytes, |_| ())
    }

    /// The same; each object in it is shown to somebody else, too.
    fn judged(bytes: &[u8], mut judge: impl FnMut(&Node)) -> Self {
        let mut said = Self::default();
        let Ok(documents) = parse(SourceId(0), bytes, &Budget::default()) else { return said };
        for document in &documents {
            said.document(&document.root);
            judge(&document.root);
        }
        said
    }

    /// What a kustomization in a folder builds on: files and folders, from the root of the platform.
    pub fn names(&self, folder: &str) -> impl Iterator<Item = String> {
        self.resources.iter().flatten().map(move |name| normal(folder, name))
    }

    /// The folders that Flux Kustomizations in it apply, from the root of the repository.
    pub fn leads(&self) -> impl Iterator<Item = &str> {
        self.objects.iter().filter(|object| object.identity.group == FLUX).filter_map(Object::path)
    }

    /// Whether it is a component.
    #[must_use]
    pub fn is_component(&self) -> bool {
        self.component
    }

    /// Whether it says nothing but what it builds on, so that it builds to the same as that.
    #[must_use]
    pub fn only_gathers(&self) -> bool {
        self.only_gathers
    }

    /// Whether it reads something of another folder besides what it builds on.
    #[must_use]
    pub fn reaches_out(&self) -> bool {
        self.reaches_out
    }

    fn document(&mut self, root: &Node) {
        let text = |pointer: &str| root.pointer(pointer).and_then(Node::as_str);
        let (Some(api_version), Some(kind)) = (text("/apiVersion"), text("/kind")) else {
            // A kustomization need not say what it is.
            if root.get("resources").is_some() {
                self.kustomization(root);
            }
            return;
        };
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        if group == "kustomize.config.k8s.io" {
            self.kustomization(root);
            return;
        }
        let Some(name) = text("/metadata/name") else { return };
        let yes = |pointer: &str| root.pointer(pointer).and_then(Node::as_bool);
        let lead = match kind {
            "Kustomization" if group == FLUX => Some(Lead {
                path: (text("/spec/sourceRef/name") == Some("flux-system")
                    || own_artifact(root).is_some())
                .then(|| text("/spec/path").unwrap_or_default().to_owned()),
                prunes: yes("/spec/prune").unwrap_or_default(),
                orphans: text("/spec/deletionPolicy") == Some("Orphan"),
                suspended: yes("/spec/suspend").unwrap_or_default(),
                deletes: deletes(root.get("spec")),
            }),
            "FluxInstance" => text("/spec/sync/path").map(|path| Lead {
                path: Some(path.to_owned()),
                prunes: true,
                orphans: false,
                suspended: false,
                deletes: Vec::new(),
            }),
            _ => None,
        };
        let target = |fields: &[&str]| {
            let said = fields.iter().map(|field| text(field).unwrap_or_default());
            Some(said.collect::<Vec<_>>().join(" "))
        };
        let target = match (kind, group) {
            ("HelmRelease", "helm.toolkit.fluxcd.io") => {
                target(&["/spec/targetNamespace", "/spec/storageNamespace", "/spec/releaseName"])
            }
            ("Kustomization", FLUX) => {
                target(&["/spec/targetNamespace", "/spec/namePrefix", "/spec/nameSuffix"])
            }
            _ => None,
        };
        let identity = Identity {
            namespace: text("/metadata/namespace").unwrap_or_default().to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            group: group.to_owned(),
        };
        let pruned = text(&format!("/metadata/annotations/{PRUNE}")) != Some("disabled");
        self.objects.push(Object { identity, pruned, lead, target });
    }

    fn kustomization(&mut self, root: &Node) {
        let list = |key: &str| root.get(key).and_then(Node::as_sequence).unwrap_or_default();
        let built_on = ["resources", "bases", "components"];
        let names = built_on.iter().flat_map(|key| list(key)).filter_map(Node::as_str);
        self.resources = Some(names.map(str::to_owned).collect());
        self.component = root.get("kind").and_then(Node::as_str) == Some("Component");
        let fields = || root.as_mapping().into_iter().flat_map(|fields| fields.iter());
        self.only_gathers = !self.component
            && fields().all(|(key, _)| {
                key.as_str().is_some_and(|key| ["apiVersion", "kind", "resources"].contains(&key))
            });
        self.reaches_out = fields()
            .filter(|(key, _)| !key.as_str().is_some_and(|key| built_on.contains(&key)))
            .any(|(_, value)| leads_up(value));
        let common = root.pointer(&format!("/commonAnnotations/{PRUNE}"));
        self.keeps = common.and_then(Node::as_str) == Some("disabled");
        for patch in
            list("patches").iter().filter_map(|patch| patch.get("patch").and_then(Node::as_str))
        {
            let Ok(documents) = parse(SourceId(0), patch.as_bytes(), &Budget::default()) else {
                continue;
            };
            for document in &documents {
                if document.root.get("$patch").and_then(Node::as_str) == Some("delete") {
                    let mut deleted = Self::default();
                    deleted.document(&document.root);
                    self.deleted.extend(deleted.objects.into_iter().map(|object| object.identity));
                }
            }
        }
    }
}
