//! Where the description's patches go: into the Flux Kustomization of a cluster that applies what they are for.
//!
//! A template that mentions `specPatches` is rendered without any first; what its Flux Kustomization would apply is built from what
//! was rendered so far, and the patches that select something of it are what the template sees then. That is the same for every
//! layout, and nothing here knows one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Bound;

use kustomize::read_objects;
use kustomize::yaml::{Budget, Node, SourceId};

use super::Made;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::files::{Files, FilesError};
use crate::flux::artifact::{Artifact, Origin};
use crate::flux::build::build_unowned;
use crate::flux::{Data, Identity, Kustomization, Variables};
use crate::patches::text::{Named, PatchContext, entry, entry_for};
use crate::patches::{Held, Patches, clusters_of};
use crate::path::RepoPath;
use crate::spec::text::ClusterName;
use crate::spec::{EntityKind, Platform, nearest};
use crate::tree::{EntityRef, TreeFile};

/// How many names are told of what there is.
const TOLD: usize = 12;

/// What finds the objects that patches are for.
pub(crate) struct Patching<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) patches: &'a Patches,
    /// The repository, for components whose manifests are files of it.
    pub(crate) files: &'a dyn Files,
}

/// The patches that a rendered file has in its Flux Kustomization.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The file.
    pub file: RepoPath,
    /// The cluster that it is for.
    pub cluster: ClusterName,
    /// The entries of `spec.patches` that come from the description, in their order: the number of the patch among the description's.
    pub entries: Vec<usize>,
    /// The same entries as they are written.
    pub contexts: Vec<PatchContext>,
    /// What each of the patches selects, and whose it is.
    pub selected: BTreeMap<usize, Vec<Selected>>,
}

/// An object that a patch selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// What it is.
    pub identity: Identity,
    /// The entity that it belongs to.
    pub owner: Option<EntityRef>,
}

/// What was found for one Flux Kustomization.
#[derive(Default)]
pub(super) struct Found {
    pub(super) contexts: Vec<PatchContext>,
    pub(super) entries: Vec<usize>,
    pub(super) selected: BTreeMap<usize, Vec<Selected>>,
    /// What it applies cannot be built, which is for the proof to tell.
    pub(super) unknown: bool,
    /// Objects of the kinds that patches look for in vain.
    pub(super) others: Others,
}

/// Kinds with names.
pub(super) type Others = BTreeSet<(String, String)>;

/// Files that were rendered, over those of the repository where these count.
pub(super) struct Rendered<'m> {
    files: BTreeMap<&'m str, &'m TreeFile>,
    below: Option<&'m dyn Files>,
}

impl<'m> Rendered<'m> {
    pub(super) fn new(made: &'m [Made], below: Option<&'m dyn Files>) -> Self {
        Self { files: made.iter().map(|(path, file)| (path.as_str(), file)).collect(), below }
    }

    fn starting<'s>(&'s self, start: &'s str) -> impl Iterator<Item = &'m str> + use<'s, 'm> {
        let range = self.files.range::<str, _>((Bound::Included(start), Bound::Unbounded));
        range.map(|(path, _)| *path).take_while(move |path| path.starts_with(start))
    }
}

/// The same, shared by reference with an artifact.
struct View<'v, 'm>(&'v Rendered<'m>);

impl Origin for View<'_, '_> {
    fn read(&self, path: &RepoPath) -> io::Result<Cow<'_, [u8]>> {
        let Self(view) = self;
        if let Some(file) = view.files.get(path.as_str()) {
            return Ok(Cow::Borrowed(&file.bytes));
        }
        if view.starting(&format!("{path}/")).next().is_some() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let Some(below) = view.below else { return Err(io::ErrorKind::NotFound.into()) };
        match below.read(path) {
            Ok(Some(bytes)) => Ok(Cow::Owned(bytes)),
            // A view that is no disk knows folders by what lies in them alone.
            Ok(None) => match below.survey(Some(path)).files.is_empty() {
                true => Err(io::ErrorKind::NotFound.into()),
                false => Err(io::ErrorKind::IsADirectory.into()),
            },
            Err(FilesError::NotAFile { .. }) => Err(io::ErrorKind::IsADirectory.into()),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }

    fn below(&self, folder: Option<&RepoPath>) -> Vec<RepoPath> {
        let Self(view) = self;
        let start = folder.map(|folder| format!("{folder}/")).unwrap_or_default();
        let mut all: BTreeSet<RepoPath> =
            view.starting(&start).filter_map(|path| RepoPath::new(path).ok()).collect();
        all.extend(view.below.into_iter().flat_map(|below| below.survey(folder).files));
        all.into_iter().collect()
    }
}

impl Patching<'_> {
    /// The cluster that knows itself by a name.
    pub(super) fn cluster(&self, known_as: &str) -> Option<ClusterName> {
        self.platform.cluster_known_as(known_as).cloned()
    }

    /// Whether any patch may be for objects of an entity on a cluster, whose files say these kinds.
    pub(super) fn concerns(
        &self,
        entity: &EntityRef,
        cluster: &ClusterName,
        kinds: &Kinds<'_>,
    ) -> bool {
        self.patches.for_objects_of(Some(entity)).any(|(_, held)| {
            held.is_of_this_repository()
                && held.holds(Some(entity), cluster)
                && literal(&held.said.target.kind).is_none_or(|kind| kinds.may_have(kind))
        })
    }

    /// The patches for what the Flux Kustomization of a file applies. Objects belong to `owner`, or to the entity of the file that says
    /// them.
    pub(super) fn find(
        &self,
        bytes: &[u8],
        cluster: &ClusterName,
        owner: Option<&EntityRef>,
        rendered: &Rendered<'_>,
    ) -> Found {
        let mut found = Found::default();
        let documents = read_objects(SourceId(0), bytes, &Budget::default()).unwrap_or_default();
        let mut kustomizations =
            documents.iter().filter_map(|object| Kustomization::read(object.node())?.ok());
        let Some(mut kustomization) = kustomizations.next() else { return found };
        let spec = &mut kustomization.spec;
        // Patches come before all of these, and select what was there before them.
        spec.post_build = None;
        spec.target_namespace = None;
        spec.common_metadata = None;
        (spec.name_prefix, spec.name_suffix) = (None, None);
        let folder = self.platform.settings.repository.path.as_ref();
        let folder = folder.and_then(|path| path.below_root()).map(ToString::to_string);
        let artifact = Artifact::of("\n".to_owned(), View(rendered), folder.as_deref());
        if !artifact.has_folder(&crate::flux::artifact::join("", &spec.path)) {
            return found;
        }
        let variables = Variables::of(&kustomization, &Data::default(), false);
        let built = build_unowned(&artifact, &kustomization, &variables);
        if built.findings.iter().any(|finding| finding.severity == Severity::Error) {
            found.unknown = true;
            return found;
        }
        let owner_of = |place: Option<&kustomize::Place>| {
            let path = place.and_then(|place| artifact.inner(&place.path));
            let said = path.and_then(|path| rendered.files.get(path.as_str())?.entity.clone());
            owner.cloned().or(said)
        };
        for (number, held) in self.patches.for_objects_of(owner) {
            if !held.is_of_this_repository() || !held.clusters.contains(cluster) {
                continue;
            }
            let selected = built.objects.iter().filter(|object| held.selects(&object.node));
            let (mut own, mut all) = (Vec::new(), true);
            for object in selected {
                let owner = owner_of(object.place.as_ref());
                if held.holds(owner.as_ref(), cluster) {
                    own.push((&object.node, Selected { identity: object.identity.clone(), owner }));
                } else {
                    all = false;
                }
            }
            let Some((first, _)) = own.first() else {
                let kind = &held.said.target.kind;
                let alike = built.objects.iter().filter(|one| one.identity.kind == *kind);
                found.others.extend(alike.map(|one| (kind.clone(), one.identity.name.clone())));
                continue;
            };
            if all {
                found.contexts.push(entry(held, Some(&Named::of(first))));
                found.entries.push(number);
            } else {
                for (node, _) in &own {
                    found.contexts.push(entry_for(held, &Named::of(node)));
                    found.entries.push(number);
                }
            }
            found.selected.insert(number, own.into_iter().map(|(_, selected)| selected).collect());
        }
        found
    }

    /// What is wrong with patches whose targets are not where they hold.
    pub(super) fn without_targets(
        &self,
        placed: &[Placed],
        unknown: &BTreeSet<ClusterName>,
        made: &[Made],
        others: &Others,
        supported: bool,
    ) -> Vec<Diagnostic> {
        let mut selected: Vec<Vec<(&ClusterName, &Selected)>> =
            vec![Vec::new(); self.patches.all().len()];
        for one in placed {
            for (number, objects) in &one.selected {
                if let Some(of) = selected.get_mut(*number) {
                    of.extend(objects.iter().map(|object| (&one.cluster, object)));
                }
            }
        }
        let mut found = Vec::new();
        for (held, selected) in self.patches.all().iter().zip(&selected) {
            if held.is_of_this_repository() {
                let search = Search { patching: self, held, selected, unknown, others };
                found.extend(search.run(made, supported));
            } else if held.clusters.is_empty() {
                found.push(self.nowhere(held));
            }
        }
        found
    }

    fn nowhere(&self, held: &Held) -> Diagnostic {
        Diagnostic::error(Code::PatchMatchedNothing, format!("patch {held} holds on no cluster"))
            .at(held.place(self.platform, "/scope"))
            .label("no cluster is in this scope")
            .help("name clusters that are there, or an environment that has some")
    }
}

/// What there is of a target's kind in the repository.
struct Candidates {
    names: Vec<String>,
    /// One that the target selects and that the cluster's own Kustomization applies.
    own_root: Option<String>,
    /// The entities whose objects the target selects.
    owners: BTreeSet<EntityRef>,
}

/// A search for where a patch's target is missing.
struct Search<'s> {
    patching: &'s Patching<'s>,
    held: &'s Held,
    /// The objects that it selects, and the clusters that have them.
    selected: &'s [(&'s ClusterName, &'s Selected)],
    unknown: &'s BTreeSet<ClusterName>,
    others: &'s Others,
}

impl Search<'_> {
    fn run(&self, made: &[Made], supported: bool) -> Option<Diagnostic> {
        let Self { patching, held, selected, unknown, .. } = self;
        if held.clusters.is_empty() {
            return Some(patching.nowhere(held));
        }
        // The entities that have such an object somewhere, and the clusters where each has one.
        let mut on: BTreeSet<&ClusterName> = BTreeSet::new();
        let mut owners: BTreeMap<Option<&EntityRef>, BTreeSet<&ClusterName>> = BTreeMap::new();
        for (cluster, object) in *selected {
            on.insert(cluster);
            owners.entry(object.owner.as_ref()).or_default().insert(cluster);
        }
        if let Some(members) = &held.members {
            for member in members {
                let present: Vec<ClusterName> = clusters_of(patching.platform, member)
                    .into_iter()
                    .filter(|cluster| held.clusters.contains(cluster))
                    .collect();
                let has = owners.get(&Some(member));
                let missing = |cluster: &&ClusterName| {
                    !unknown.contains(*cluster) && has.is_none_or(|on| !on.contains(*cluster))
                };
                if present.is_empty() {
                    return Some(self.not_there(member));
                }
                let missing: Vec<&ClusterName> = present.iter().filter(missing).collect();
                if !missing.is_empty() {
                    return Some(self.missing(&missing, Some(member), made, supported));
                }
            }
            return None;
        }
        let missing = held.clusters.iter().filter(|cluster| {
            !on.contains(*cluster)
                && !unknown.contains(*cluster)
                // Where what has such an object elsewhere is not, nothing is missing.
                && (owners.is_empty()
                    || owners.keys().any(|owner| {
                        owner.is_none_or(|owner| {
                            clusters_of(patching.platform, owner).contains(cluster)
                        })
                    }))
        });
        let missing: Vec<&ClusterName> = missing.collect();
        (!missing.is_empty()).then(|| self.missing(&missing, None, made, supported))
    }

    fn not_there(&self, member: &EntityRef) -> Diagnostic {
        let Self { patching, held, .. } = self;
        let all = clusters_of(patching.platform, member);
        let there = match &*all {
            [] if member.kind == EntityKind::Component => {
                format!("{member} is enabled on no cluster")
            }
            [] => format!("{member} is on no cluster"),
            all => format!("{member} is on {}", listed(all.iter())),
        };
        Diagnostic::error(
            Code::PatchMatchedNothing,
            format!("patch {held} holds for {member} where that is not"),
        )
        .at(held.place(patching.platform, "/scope"))
        .label(there)
        .help("widen `scope`, or delete the patch: it changes nothing")
    }

    fn missing(
        &self,
        clusters: &[&ClusterName],
        member: Option<&EntityRef>,
        made: &[Made],
        supported: bool,
    ) -> Diagnostic {
        let Self { patching, held, .. } = self;
        let target = &held.said.target;
        let what = match &target.name {
            Some(name) => format!("{} `{name}`", target.kind),
            None => format!("any {}", target.kind),
        };
        let of = member.map(|member| format!(" of {member}")).unwrap_or_default();
        let message =
            format!("patch {held} is for {what}{of}, and there is none on {}", listed(clusters));
        let diagnostic = Diagnostic::error(Code::PatchMatchedNothing, message)
            .at(held.place(patching.platform, "/target"))
            .label("selects no object");
        if !supported {
            return diagnostic.help(
                "the repository's layout does not take patches: `tenantry layout upgrade` brings it to one that does",
            );
        }
        let Candidates { names, own_root, owners } = self.candidates(made);
        if let Some(name) = own_root {
            return diagnostic.help(format!(
                "{name} is what the cluster's own Kustomization applies: change it where it is described, not by a patch"
            ));
        }
        // Nothing is misspelt where it is elsewhere.
        let elsewhere = owners.iter().find_map(|owner| {
            let on = clusters_of(patching.platform, owner);
            let is_here = clusters.iter().any(|cluster| on.contains(*cluster));
            (!is_here && !on.is_empty())
                .then(|| format!("{owner} has it, and is on {} alone", listed(on)))
        });
        if let Some(elsewhere) = elsewhere {
            return diagnostic
                .label(elsewhere)
                .help("name clusters that have it, or delete the patch: it changes nothing");
        }
        diagnostic.help(match (&target.name, &*names) {
            (_, []) => format!(
                "no {} is in this repository; one that a source ships is named with `source` in `target`, beside the component or tenant in `scope`",
                target.kind
            ),
            (Some(name), names) => match nearest(name, names.iter().map(String::as_str)) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("there are: {}", some(names)),
            },
            (None, names) => format!("there are: {}", some(names)),
        })
    }

    fn candidates(&self, made: &[Made]) -> Candidates {
        let Self { held, .. } = self;
        let kind = &held.said.target.kind;
        let of_kind = self.others.iter().filter(|(other, _)| other == kind);
        let mut names: BTreeSet<String> = of_kind.map(|(_, name)| name.clone()).collect();
        let mut own_root = None;
        let mut owners = BTreeSet::new();
        let says = literal(kind).unwrap_or_default().as_bytes();
        for (path, file) in made.iter().filter(|(_, file)| holds(&file.bytes, says)) {
            let Ok(objects) = read_objects(SourceId(0), &file.bytes, &Budget::default()) else {
                continue;
            };
            for object in &objects {
                let node: &Node = object.node();
                if object.kind() != kind.as_str() || path.file_name() == "kustomization.yaml" {
                    continue;
                }
                names.insert(object.name().to_owned());
                if !held.selects(node) {
                    continue;
                }
                match file.loops.cluster {
                    Some(_) => own_root = Some(Identity::of(node).to_string()),
                    None => owners.extend(file.entity.clone()),
                }
            }
        }
        Candidates { names: names.into_iter().collect(), own_root, owners }
    }
}

/// A text that a regular expression stands for, if it is one.
fn literal(pattern: &str) -> Option<&str> {
    pattern.chars().all(|one| one.is_ascii_alphanumeric()).then_some(pattern)
}

/// The kinds of the objects that files say.
pub(super) struct Kinds<'m> {
    said: BTreeSet<&'m [u8]>,
    /// There are files that do not show it line by line.
    opaque: bool,
}

impl<'m> Kinds<'m> {
    /// Of rendered files; nothing is known of what is read from the repository besides.
    pub(super) fn of(made: &'m [Made], besides: bool) -> Self {
        let mut kinds = Self { said: BTreeSet::new(), opaque: besides };
        for (_, file) in made {
            for line in file.bytes.split(|byte| *byte == b'\n') {
                match line.strip_prefix(b"kind:") {
                    Some(kind) => drop(kinds.said.insert(kind.trim_ascii())),
                    // An object on one line.
                    None => kinds.opaque |= line.starts_with(b"{") || line.starts_with(b"\""),
                }
            }
        }
        // A list of objects; quotes, a comment.
        kinds.opaque |= kinds
            .said
            .iter()
            .any(|kind| kind.ends_with(b"List") || !kind.iter().all(u8::is_ascii_alphanumeric));
        kinds
    }

    fn may_have(&self, kind: &str) -> bool {
        self.opaque || self.said.contains(kind.as_bytes())
    }
}

/// Whether bytes hold others.
fn holds(bytes: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(bytes, text).is_some()
}

fn some(names: &[String]) -> String {
    let told = names.iter().take(TOLD).map(|name| format!("`{name}`")).collect::<Vec<_>>();
    match names.len().saturating_sub(TOLD) {
        0 => told.join(", "),
        more => format!("{}, and {more} more", told.join(", ")),
    }
}

fn listed<T: std::fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
