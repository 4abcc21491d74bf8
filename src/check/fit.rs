//! Whether objects fit the schemas of their kinds, told at the line of the description that they come from.
//!
//! [`Fit`] is what the clusters of a platform know: a version of Kubernetes each, and the CustomResourceDefinitions that the platform applies
//! itself. Objects go in, as files say them or as they were built, and out come [`Misfit`]s; [`Misfit::told`] makes diagnostics of those.
//!
//! Of custom resources the embedded schemas are those of one version, and a cluster may run another. So a field that they do not have counts
//! only where it is nearly one that they have, unless it is Flux's and the version is known to be no newer one, or the
//! repository has the definition itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use kustomize::yaml::{Budget, Node, SourceId, Value, parse};

use crate::build::{Finding, first_lines};
use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::files::Files;
use crate::flux::Identity;
use crate::path::RepoPath;
use crate::schemas::{self, Fault, FaultKind, Library, Origin, Schemas, is_definition};
use crate::spec::text::{ExactVersion, KubernetesVersion};
use crate::spec::{EntityKind, Platform};
use crate::tree::{LoopValues, Tree, TreeFile};

/// How many misfits of one kind are told of the files of one template: a thousand tenants have the same.
const TOLD: usize = 3;

/// What the API servers of a platform's clusters know.
#[derive(Debug, Default)]
pub struct Fit {
    /// One for each version of Kubernetes that there is.
    schemas: Vec<Schemas>,
    /// Which of them clusters have, by what they know themselves by.
    clusters: BTreeMap<String, usize>,
    environments: BTreeMap<String, Vec<usize>>,
    /// Whether somebody said which version of Kubernetes it is.
    said: bool,
    /// Whether no cluster has a Flux that is newer than the embedded schemas.
    knows_flux: bool,
}

/// An object that does not fit.
#[derive(Clone, Debug)]
pub struct Misfit {
    /// Which object.
    pub identity: Identity,
    /// What the API server would refuse.
    pub fault: Fault,
    /// The value that is wrong, or the mapping that lacks something.
    value: Node,
    /// Whose schema it is, in words.
    of: String,
    /// Whether it is a schema that the repository can replace by its own.
    replaceable: bool,
}

impl Fit {
    /// What a platform's clusters know. `files` are those of the repository, where components' own manifests may hold definitions.
    #[must_use]
    pub fn of(platform: &Platform, tree: &Tree, files: &dyn Files) -> Self {
        let Ok(library) = Library::embedded().map(Arc::new) else { return Self::default() };
        let definitions = definitions(platform, tree, files);
        let mut versions: Vec<Option<String>> = Vec::new();
        let mut number = |version: Option<&KubernetesVersion>| {
            let version =
                version.map(|version| schemas::nearest_version(version.as_str()).to_owned());
            versions.iter().position(|known| *known == version).unwrap_or_else(|| {
                versions.push(version);
                versions.len() - 1
            })
        };
        let mut clusters = BTreeMap::new();
        let mut environments: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (name, cluster) in &platform.clusters {
            let at = number(cluster.base.kubernetes.as_ref());
            clusters.insert(platform.known_as(name).to_owned(), at);
            let there = environments.entry(cluster.base.environment.to_string()).or_default();
            if !there.contains(&at) {
                there.push(at);
            }
        }
        if platform.clusters.is_empty() {
            number(platform.settings.kubernetes.as_ref());
        }
        let schemas = versions.iter().filter_map(|version| {
            let schemas = Schemas::new(&library, version.as_deref()).ok()?;
            Some(schemas.with_definitions(&definitions))
        });
        let mut fluxes = platform.clusters.keys().map(|name| platform.flux_at(name));
        Self {
            schemas: schemas.collect(),
            clusters,
            environments,
            said: versions.iter().all(Option::is_some),
            knows_flux: fluxes.all(|flux| is_known(&flux.version)),
        }
    }

    /// What the API server of a cluster knows, by what the cluster knows itself by; nothing for a cluster that there is not.
    #[must_use]
    pub fn at(&self, cluster: &str) -> Option<&Schemas> {
        self.schemas.get(*self.clusters.get(cluster)?)
    }

    /// What the API servers would refuse of an object that is applied where `loops` says.
    #[must_use]
    pub fn judge(&self, loops: &LoopValues, object: &Node) -> Vec<Misfit> {
        // What is encrypted is another object once it is decrypted.
        if object.get("sops").is_some() {
            return Vec::new();
        }
        let cluster = loops.cluster.as_deref().and_then(|name| self.clusters.get(name));
        let environment = loops.environment.as_deref().and_then(|name| self.environments.get(name));
        match (cluster, environment) {
            (Some(at), _) => self.judged(&[*at], object),
            (None, Some(several)) => self.judged(several, object),
            (None, None) => self.judged(&(0..self.schemas.len()).collect::<Vec<_>>(), object),
        }
    }

    fn judged(&self, versions: &[usize], object: &Node) -> Vec<Misfit> {
        let mut found: Vec<Misfit> = Vec::new();
        for schemas in versions.iter().filter_map(|at| self.schemas.get(*at)) {
            for fault in schemas.validate(object).into_iter().flatten() {
                if !found.iter().any(|one| one.fault.pointer == fault.pointer) {
                    found.extend(self.misfit(schemas, object, fault));
                }
            }
        }
        found
    }

    fn misfit(&self, schemas: &Schemas, object: &Node, fault: Fault) -> Option<Misfit> {
        let text = |key: &str| object.get(key).and_then(Node::as_str).unwrap_or_default();
        let kind = schemas.kind(text("apiVersion"), text("kind"));
        let (of, replaceable) = match kind.map(|kind| schemas.origin(kind)) {
            None if !self.said => return None,
            None => (format!("Kubernetes {}", schemas.version()), false),
            Some(Origin::Kubernetes(_)) => (format!("Kubernetes {}", schemas.version()), false),
            Some(Origin::Repository) => ("the repository's own definition".to_owned(), false),
            Some(Origin::Project(source)) => {
                let certain = source.is_flux && self.knows_flux;
                let is_slip = fault.meant.is_some();
                if !certain && fault.kind == FaultKind::UnknownField && !is_slip {
                    return None;
                }
                (format!("{} {}", source.name, source.version), !certain)
            }
        };
        let value = match fault.kind {
            FaultKind::MissingField => {
                let outer = fault.pointer.rsplit_once('/').map_or("", |(outer, _)| outer);
                object.pointer(outer)
            }
            _ => object.pointer(&fault.pointer),
        };
        let value = value.cloned().unwrap_or_default();
        Some(Misfit { identity: Identity::of(object), fault, value, of, replaceable })
    }
}

/// Whether the embedded schemas of Flux are no older than a version of Flux.
fn is_known(version: &ExactVersion) -> bool {
    let minor = |text: &str| {
        let mut parts = text.trim_start_matches('v').split('.').map(str::parse::<u32>);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    };
    minor(version.as_str()) <= minor(schemas::FLUX)
}

/// The CustomResourceDefinitions that a platform applies itself: those of its tree, and of components' own manifests.
fn definitions(platform: &Platform, tree: &Tree, files: &dyn Files) -> Vec<Node> {
    let mut found = Vec::new();
    let mut look = |bytes: &[u8]| {
        if memchr::memmem::find(bytes, b"kind: CustomResourceDefinition").is_some()
            && let Ok(documents) = parse(SourceId(0), bytes, &Budget::default())
        {
            let roots = documents.into_iter().map(|document| document.root);
            found.extend(roots.filter(is_definition));
        }
    };
    tree.iter().for_each(|(_, file)| look(&file.bytes));
    let own = platform.components.values().flat_map(|entity| entity.variants());
    let mut folders: Vec<&RepoPath> = own
        .flat_map(|(_, one)| [&one.manifests, &one.configs].into_iter().flatten())
        .map(|manifests| &manifests.path)
        .collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        for path in files.survey(Some(folder)).files {
            if (path.as_str().ends_with(".yaml") || path.as_str().ends_with(".yml"))
                && let Ok(Some(bytes)) = files.read(&path)
            {
                look(&bytes);
            }
        }
    }
    found
}

impl Misfit {
    /// As what a build finds: it is told there, and then [`Self::told`] at its line of the description.
    #[must_use]
    pub fn finding(&self, place: Option<kustomize::Place>) -> Finding {
        Finding {
            code: Code::SchemaViolation,
            severity: Severity::Error,
            message: format!("{}: {}", self.identity, self.fault.message),
            place,
            label: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// The diagnostic, at the line of the description that the object comes from where that can be found. `place` is where the object was
    /// written or generated; `file` is the file of the tree that it is in, if it is in one.
    #[must_use]
    pub fn told(
        &self,
        platform: &Platform,
        file: Option<&TreeFile>,
        place: Option<Place>,
    ) -> Diagnostic {
        let Self { identity, fault, of, .. } = self;
        let message = format!("{identity}: {}", fault.message);
        let mut help = fault.help.clone();
        if self.replaceable {
            let more = format!(
                "this is the schema of {of}; a CustomResourceDefinition in the repository counts before it"
            );
            help = Some(help.map_or(more.clone(), |help| format!("{help}; {more}")));
        }
        let mut diagnostic = Diagnostic::error(Code::SchemaViolation, message);
        let is_value = !matches!(fault.kind, FaultKind::UnknownField | FaultKind::MissingField);
        diagnostic.label = Some(match is_value || file.is_none() {
            true => format!("{of} does not take it"),
            false => "it comes from here".to_owned(),
        });
        diagnostic.help = help;
        let Some(file) = file else {
            diagnostic.place = place;
            return diagnostic;
        };
        let said = self.said(platform, file);
        let home = match &file.entity {
            Some(entity) => platform.file_of(entity.kind, &entity.name),
            None => platform.file_of(EntityKind::Platform, ""),
        };
        let whole = |path: &RepoPath| Place { file: path.clone(), range: None };
        let is_found = said.is_some();
        diagnostic.place = said.or_else(|| home.map(whole));
        if !is_found {
            diagnostic.label = None;
        }
        if let Some(place) = place {
            diagnostic.related.push((place, "generated here".to_owned()));
        }
        diagnostic
            .related
            .push((whole(&file.template), "the template that this is rendered from".to_owned()));
        diagnostic
    }

    /// Where the description says what is wrong: the same value under the same names, of which as many count as are the same.
    fn said(&self, platform: &Platform, file: &TreeFile) -> Option<Place> {
        let own = file.entity.as_ref().and_then(|one| platform.file_of(one.kind, &one.name));
        let cluster = file.loops.cluster.as_deref();
        let cluster = cluster.and_then(|name| platform.file_of(EntityKind::Cluster, name));
        let root = platform.file_of(EntityKind::Platform, "");
        let mut names: Vec<&str> = self.fault.pointer.split('/').skip(1).collect();
        if self.fault.kind == FaultKind::MissingField {
            names.pop();
        }
        own.into_iter().chain(cluster).chain(root).find_map(|file| {
            let bytes = platform.texts.get(file)?;
            let root = parse(SourceId(0), bytes, &Budget::default()).ok()?.into_iter().next()?.root;
            let mut best = Best { wanted: &self.value, names: &names, found: None };
            best.look(&root, &mut Vec::new());
            let (_, range) = best.found?;
            Some(Place { file: file.clone(), range: Some(first_lines(bytes, range)) })
        })
    }
}

/// The search for a value in a description.
struct Best<'a> {
    wanted: &'a Node,
    names: &'a [&'a str],
    /// How much speaks for it, and where it is.
    found: Option<((bool, usize), std::ops::Range<usize>)>,
}

impl<'a> Best<'a> {
    fn look(&mut self, node: &'a Node, way: &mut Vec<String>) {
        let alike = way.iter().rev().zip(self.names.iter().rev());
        let alike = alike.take_while(|(own, name)| own == *name).count();
        let same = node.same_meaning(self.wanted);
        let telling = match &node.value {
            Value::String(text) => text.len() >= 3,
            Value::Mapping(fields) => !fields.is_empty(),
            _ => false,
        };
        let counts = match same {
            true => alike > 0 || telling,
            false => alike > 1,
        };
        if counts && self.found.as_ref().is_none_or(|(best, _)| *best < (same, alike)) {
            self.found = Some(((same, alike), node.span.range()));
        }
        match &node.value {
            Value::Mapping(fields) => {
                for (key, value) in fields.iter() {
                    way.push(key.key_text().into_owned());
                    self.look(value, way);
                    way.pop();
                }
            }
            Value::Sequence(items) => {
                for (at, item) in items.iter().enumerate() {
                    way.push(at.to_string());
                    self.look(item, way);
                    way.pop();
                }
            }
            _ => {}
        }
    }
}

/// Misfits of a tree's files as diagnostics, a few of each template.
#[must_use]
pub fn tell(platform: &Platform, tree: &Tree, misfits: &[(RepoPath, Misfit)]) -> Vec<Diagnostic> {
    let mut counts: BTreeMap<(&RepoPath, FaultKind, String), (usize, usize)> = BTreeMap::new();
    let mut told: Vec<Diagnostic> = Vec::new();
    for (path, misfit) in misfits {
        let Some(file) = tree.get(path.as_str()) else { continue };
        let field: String =
            misfit.fault.field.chars().filter(|letter| !letter.is_ascii_digit()).collect();
        let (count, last) = counts.entry((&file.template, misfit.fault.kind, field)).or_default();
        *count += 1;
        if *count <= TOLD {
            // What stands around it in a Secret is nobody's to read.
            let range =
                Some(misfit.fault.span.range()).filter(|_| misfit.identity.kind != "Secret");
            let place = Place { file: path.clone(), range };
            *last = told.len();
            told.push(misfit.told(platform, Some(file), Some(place)));
        }
    }
    for (count, last) in counts.into_values().filter(|(count, _)| *count > TOLD) {
        let more = count - TOLD;
        told[last].message.push_str(&format!(", and {more} more from the same template"));
    }
    told
}
