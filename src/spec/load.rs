//! From files to a [`Platform`]: finds the files, reads them in parallel, merges overrides, and has everything checked.
//!
//! All faults of all files come out of one run. What a fault hides is not guessed at: a reference to an entity whose
//! file is broken is no unknown reference.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use kustomize::yaml::{Budget, ErrorKind, Mapping, Node, SourceId, Value, parse};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::cluster::Cluster;
use super::description::Platform;
use super::entity::{Entity, EntityKind};
use super::merge::{Shape, said};
use super::patch::Patch;
use super::platform::Settings;
use super::resolve::Layers;
use super::text::{ClusterName, ItemName, TextError};
use super::{survey, typed, validate};
use crate::diagnostic::{Code, Diagnostic, Place, Severity, Texts};
use crate::files::Files;
use crate::path::RepoPath;

/// Why a description was refused: everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct Faults {
    /// The findings, in order of their places; at least one is an error.
    pub diagnostics: Vec<Diagnostic>,
    /// The files, for their places.
    pub texts: Texts,
}

/// Reads, merges and checks the description.
///
/// # Errors
/// All faults of all files.
pub fn load(files: &dyn Files) -> Result<Platform, Faults> {
    let mut texts = Texts::default();
    let found = match survey::survey(files, &mut texts) {
        Ok(found) => found,
        Err(diagnostic) => return Err(Faults { diagnostics: vec![*diagnostic], texts }),
    };
    let mut diagnostics = found.diagnostics;
    let read: Vec<Result<Read, Vec<Diagnostic>>> =
        found.files.into_par_iter().map(|file| Read::new(file, &texts)).collect();
    let mut broken = BTreeSet::new();
    let mut by_kind: BTreeMap<EntityKind, Vec<Read>> = BTreeMap::new();
    for (result, (kind, name)) in read.into_iter().zip(found.names) {
        match result {
            Ok(file) => by_kind.entry(kind).or_default().push(file),
            Err(faults) => {
                diagnostics.extend(faults);
                broken.insert((kind, name));
            }
        }
    }
    let mut take = |kind| by_kind.remove(&kind).unwrap_or_default();
    let platform_file = take(EntityKind::Platform).pop();
    let cluster_files = take(EntityKind::Cluster);
    let component_files = take(EntityKind::Component);
    let tenant_files = take(EntityKind::Tenant);
    let patch_files = take(EntityKind::Patch);

    let settings = platform_file.as_ref().and_then(|file| {
        let own = said(&file.root, Shape::PLATFORM);
        typed::read::<Settings>(&own, "a platform", &texts)
            .map_err(|faults| diagnostics.extend(faults))
            .ok()
    });
    let mut typing = Typing { texts: &texts, diagnostics: &mut diagnostics, broken: &mut broken };
    let mut clusters: BTreeMap<ClusterName, Entity<Cluster>> =
        typing.read(&cluster_files, EntityKind::Cluster, Shape::CLUSTER, "a cluster");
    let patches: BTreeMap<ItemName, Entity<Patch>> =
        typing.read(&patch_files, EntityKind::Patch, Shape::PATCH, "a patch");
    if let Some(settings) = &settings {
        inherit_kubernetes(&mut clusters, settings);
    }
    let layers = Layers::new(platform_file.as_ref(), settings.as_ref(), &cluster_files);
    let components =
        layers.resolve(component_files, &clusters, &texts, &mut diagnostics, &mut broken);
    let tenants = layers.resolve(tenant_files, &clusters, &texts, &mut diagnostics, &mut broken);
    let (flux_in, flux_at) =
        layers.section("flux", "Flux's settings", &clusters, &texts, &mut diagnostics);
    let (artifacts_in, artifacts_at) =
        layers.section("artifacts", "the artifacts", &clusters, &texts, &mut diagnostics);

    if let Some(settings) = settings {
        let platform = Platform {
            settings,
            clusters,
            components,
            tenants,
            patches,
            warnings: Vec::new(),
            texts,
            flux_in,
            flux_at,
            artifacts_in,
            artifacts_at,
        };
        diagnostics.extend(validate::validate(&platform, &broken));
        finish(platform, diagnostics)
    } else {
        Err(Faults { diagnostics: in_order(diagnostics), texts })
    }
}

fn finish(mut platform: Platform, diagnostics: Vec<Diagnostic>) -> Result<Platform, Faults> {
    let diagnostics = in_order(diagnostics);
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(Faults { diagnostics, texts: platform.texts });
    }
    platform.warnings = diagnostics;
    Ok(platform)
}

/// Findings in order of their places, each once: a fault of a default shows in everything that inherits it.
fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    fn key(diagnostic: &Diagnostic) -> (&str, usize, Code, &str) {
        let place = diagnostic.place.as_ref();
        (
            place.map_or("", |place| place.file.as_str()),
            place.and_then(|place| place.range.as_ref()).map_or(0, |range| range.start),
            diagnostic.code,
            &diagnostic.message,
        )
    }
    diagnostics.sort_by(|a, b| key(a).cmp(&key(b)));
    diagnostics.dedup_by(|a, b| key(a) == key(b));
    diagnostics
}

/// A file of the description, read.
pub(super) struct Read {
    pub(super) file: RepoPath,
    pub(super) name: String,
    pub(super) source: SourceId,
    pub(super) root: Node,
}

/// What to do about a file with several documents, and about one with none.
const HELPS: [&str; 2] =
    ["write one entity a file", "write the entity's fields, or delete the file"];

impl Read {
    fn new(file: survey::Found, texts: &Texts) -> Result<Self, Vec<Diagnostic>> {
        let survey::Found { file, name, source } = file;
        let root = root_mapping(&file, source, HELPS, texts)?;
        Ok(Self { file, name, source, root })
    }

    /// The overrides of a map of this file, `environments` or `clusters`, by name.
    pub(super) fn overrides(&self, map: &str) -> impl Iterator<Item = (&Node, &Node)> {
        self.root.get(map).and_then(Node::as_mapping).into_iter().flat_map(Mapping::iter)
    }
}

/// The mapping that a file holds, which was added to `texts` as `source`. What it is there for is
/// said twice: where there are several documents, and where there is nothing.
///
/// # Errors
/// No YAML, several documents, nothing at all, or something that is no mapping.
pub(crate) fn root_mapping(
    file: &RepoPath,
    source: SourceId,
    helps: [&str; 2],
    texts: &Texts,
) -> Result<Node, Vec<Diagnostic>> {
    let whole = Place { file: file.clone(), range: None };
    let bytes = texts.bytes(source).map_or(&[][..], |bytes| &**bytes);
    let documents = parse(source, bytes, &Budget::default()).map_err(|errors| {
        errors.into_iter().map(|error| yaml_fault(&error, &whole, texts)).collect::<Vec<_>>()
    })?;
    let mut documents = documents.into_iter();
    let root = documents.next().map(|document| document.root).unwrap_or_default();
    if let Some(second) = documents.next() {
        let diagnostic =
            Diagnostic::error(Code::InvalidYaml, format!("`{file}` holds several documents"))
                .at(texts.place(second.root.span).unwrap_or(whole))
                .label("the second document")
                .help(helps[0]);
        return Err(vec![diagnostic]);
    }
    match root.value {
        Value::Mapping(_) => Ok(root),
        Value::Null => Err(vec![
            Diagnostic::error(Code::EmptyFile, format!("`{file}` says nothing"))
                .at(whole)
                .help(helps[1]),
        ]),
        _ => {
            let message = format!("`{file}` holds {} and not a mapping", root.kind());
            Err(vec![
                Diagnostic::error(Code::WrongType, message)
                    .at(texts.place(root.span).unwrap_or(whole))
                    .label("expected `field: value`"),
            ])
        }
    }
}

/// A fault of the reader as a diagnostic.
fn yaml_fault(error: &kustomize::yaml::Error, whole: &Place, texts: &Texts) -> Diagnostic {
    let code = match &error.kind {
        ErrorKind::InvalidUtf8 { .. } => Code::InvalidUtf8,
        ErrorKind::DuplicateKey { .. } => Code::DuplicateKey,
        ErrorKind::TooManyNodes { aliases: true, .. } => Code::AliasBomb,
        ErrorKind::TooManyNodes { .. } | ErrorKind::TooLarge { .. } => Code::FileTooLarge,
        _ => Code::InvalidYaml,
    };
    let place = match code {
        Code::FileTooLarge => whole.clone(),
        _ => texts.place(error.span).unwrap_or_else(|| whole.clone()),
    };
    let diagnostic = Diagnostic::error(code, error.kind.to_string()).at(place);
    match &error.kind {
        ErrorKind::DuplicateKey { first, .. } => {
            let diagnostic =
                diagnostic.label("said a second time").help("keep one of the two, or merge them");
            match texts.place(*first) {
                Some(first) => diagnostic.related(first, "said first here"),
                None => diagnostic,
            }
        }
        ErrorKind::InvalidUtf8 { .. } => diagnostic.help("save the file as UTF-8"),
        ErrorKind::TooManyNodes { aliases: true, .. } => {
            diagnostic.label("this alias is one too many").help("write out what is repeated")
        }
        ErrorKind::TooManyNodes { .. } | ErrorKind::TooLarge { .. } => {
            diagnostic.help("no file of a description needs to be this large")
        }
        _ => diagnostic.label("here"),
    }
}

/// The version of Kubernetes of clusters that do not say it: the environment's, or the platform's.
fn inherit_kubernetes(clusters: &mut BTreeMap<ClusterName, Entity<Cluster>>, settings: &Settings) {
    for cluster in clusters.values_mut().map(|entity| &mut entity.base) {
        let own = settings.environments.iter().find(|one| one.name == cluster.environment);
        let inherited =
            own.and_then(|one| one.kubernetes.as_ref()).or(settings.kubernetes.as_ref());
        cluster.kubernetes = cluster.kubernetes.take().or_else(|| inherited.cloned());
    }
}

/// What it takes to type files of entities that nothing overrides.
struct Typing<'a> {
    texts: &'a Texts,
    diagnostics: &'a mut Vec<Diagnostic>,
    broken: &'a mut BTreeSet<(EntityKind, String)>,
}

impl Typing<'_> {
    fn read<N, T>(
        &mut self,
        files: &[Read],
        kind: EntityKind,
        shape: Shape,
        thing: &str,
    ) -> BTreeMap<N, Entity<T>>
    where
        N: FromStr<Err = TextError> + Ord,
        T: DeserializeOwned + JsonSchema,
    {
        let mut entities = BTreeMap::new();
        for file in files {
            let own = said(&file.root, shape);
            match (file.name.parse::<N>(), typed::read::<T>(&own, thing, self.texts)) {
                (Ok(name), Ok(base)) => {
                    let entity = Entity {
                        file: file.file.clone(),
                        base,
                        source: file.source,
                        environments: BTreeMap::new(),
                        clusters: BTreeMap::new(),
                        stages: Arc::default(),
                    };
                    entities.insert(name, entity);
                }
                (_, result) => {
                    self.diagnostics.extend(result.err().into_iter().flatten());
                    self.broken.insert((kind, file.name.clone()));
                }
            }
        }
        entities
    }
}
