//! Everything that a cluster applies, from its folder on.
//!
//! In go a view of the repository and the folder of a cluster; out comes a [`Cluster`]: its own Kustomization, every other one that
//! follows from it, and their objects, each with who applies it. What comes from elsewhere is named and not followed. One
//! [`Fleet`] builds what several clusters apply alike once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use kustomize::Place;
use rayon::prelude::*;

use super::artifact::{Artifact, join};
use super::build::{self, Built, Object};
use super::cluster::{Applier, Cluster, Content, What};
use super::data::brought;
use super::judge;
use super::kustomization::{Kustomization, Name, name_of};
use super::resource_set::{self, InputProvider, ResourceSet};
use super::source::{Artifacts, Part, Root, Source, SourcePattern};
use super::start;
use super::substitution::{Data, DataName, Variables};
use crate::build::Finding;
use crate::diagnostic::{Code, Severity};
use crate::files::{Files, FilesError};

/// The clusters of one state of a repository.
pub struct Fleet<'f> {
    artifacts: Artifacts<'f>,
    data: Data,
    memo: Memo,
    /// What was built of an earlier or later state, and what changed since.
    other: Option<(&'f Memo, &'f BTreeSet<Box<str>>)>,
}

/// What was built, by what it was built from.
#[derive(Debug, Default)]
pub struct Memo {
    built: Mutex<HashMap<Key, Arc<Built>>>,
}

/// What decides what a Kustomization builds: the artifact, by what its source leaves out or what stands in its place, the
/// Kustomization itself and its variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    artifact: String,
    kustomization: Kustomization,
    variables: Variables,
}

impl<'f> Fleet<'f> {
    /// The clusters of a view of files: of a whole repository, or of one folder of it.
    #[must_use]
    pub fn new(files: &'f dyn Files, folder: Option<String>) -> Self {
        let artifacts = Artifacts::new(files, folder);
        Self { artifacts, data: Data::default(), memo: Memo::default(), other: None }
    }

    /// The same with files in the place of a source.
    ///
    /// # Errors
    /// Where they cannot be listed.
    pub fn with(mut self, source: SourcePattern, files: &'f dyn Files) -> Result<Self, FilesError> {
        self.artifacts.with(source, files)?;
        Ok(self)
    }

    /// The same where parts of the repository are artifacts of their own.
    #[must_use]
    pub fn shipped(mut self, parts: Vec<Part>) -> Self {
        self.artifacts.ship(parts);
        self
    }

    /// The same with values that live on clusters alone.
    #[must_use]
    pub fn with_data(mut self, data: Data) -> Self {
        self.data = data;
        self
    }

    /// The same beside another state of the repository: what does not depend on the paths that changed is as it was there.
    #[must_use]
    pub fn beside(mut self, other: &'f Memo, changed: &'f BTreeSet<Box<str>>) -> Self {
        self.other = Some((other, changed));
        self
    }

    /// What was put in the place of sources that no Kustomization asked for until now.
    pub fn unused(&self) -> impl Iterator<Item = &SourcePattern> {
        self.artifacts.unused()
    }

    /// What was built until now.
    #[must_use]
    pub fn memo(&self) -> &Memo {
        &self.memo
    }

    /// What was built until now, when nothing more is built.
    #[must_use]
    pub fn into_memo(self) -> Memo {
        self.memo
    }

    /// Everything that a cluster applies. `folder` is its folder, from the root of the repository.
    ///
    /// # Errors
    /// Where the files cannot be listed.
    pub fn cluster(&self, name: &str, folder: &str) -> Result<Cluster<'f>, FilesError> {
        let folder = join("", folder);
        let start = start::find(&*self.artifacts.own(None)?, &folder);
        let mut walk = Walk {
            fleet: self,
            cluster: Cluster {
                name: name.to_owned(),
                folder,
                appliers: Vec::new(),
                sources: BTreeMap::new(),
                findings: Vec::new(),
                by_name: HashMap::new(),
            },
            root: start.root,
            strict: start.strict,
            data: HashMap::new(),
            known: BTreeSet::new(),
            providers: Vec::new(),
        };
        walk.cluster.sources.extend(start.source.map(|source| (source.name.clone(), source)));
        walk.add(What::Kustomization(Box::new(start.kustomization)), None, start.place);
        if start.is_guessed
            && let Some((place, path)) = start.elsewhere
        {
            walk.cluster.findings.push((Some(0), leads_elsewhere(place, &path)));
        }
        walk.run()?;
        let mut cluster = walk.cluster;
        judge::judge(&mut cluster);
        Ok(cluster)
    }
}

struct Walk<'w, 'f> {
    fleet: &'w Fleet<'f>,
    cluster: Cluster<'f>,
    root: Root,
    strict: bool,
    /// The ConfigMaps and Secrets that were met, with where they are among the appliers' objects.
    data: HashMap<DataName, (usize, usize)>,
    /// Those that apply something and were met.
    known: BTreeSet<(&'static str, Name)>,
    /// What ResourceSets may take their inputs from, with where each is.
    providers: Vec<InputProvider>,
}

/// One that is ready to be built.
struct Ready<'f> {
    at: usize,
    artifact: Arc<Artifact<'f>>,
    key: Key,
}

impl<'f> Walk<'_, 'f> {
    fn add(&mut self, what: What, owner: Option<(usize, usize)>, place: Option<Place>) {
        if self.known.insert((what.kind(), what.name().clone())) {
            let (owner, own) = owner.unzip();
            let content = Content::Elsewhere;
            if let What::Kustomization(it) = &what {
                self.cluster.by_name.insert(it.name.clone(), self.cluster.appliers.len());
            }
            let variables = Variables::default();
            self.cluster.appliers.push(Applier { what, owner, own, place, variables, content });
        }
    }

    fn run(&mut self) -> Result<(), FilesError> {
        let mut waiting: Vec<usize> = vec![0];
        let mut patient = true;
        while !waiting.is_empty() {
            let met = self.cluster.appliers.len();
            let mut ready = Vec::new();
            let mut later = Vec::new();
            let mut sets = Vec::new();
            for at in waiting {
                match self.prepare(at, patient)? {
                    Prepared::Ready(one) => ready.push(*one),
                    Prepared::Set(set) => sets.push((at, set)),
                    Prepared::Later => later.push(at),
                    Prepared::Never => {}
                }
            }
            patient = !ready.is_empty() || !sets.is_empty();
            self.build(ready);
            for (at, set) in sets {
                self.build_set(at, &set);
            }
            waiting = later;
            waiting.extend(met..self.cluster.appliers.len());
        }
        Ok(())
    }

    /// Looks whether everything is known that one needs. Who is not `patient` takes what there is.
    fn prepare(&self, at: usize, patient: bool) -> Result<Prepared<'f>, FilesError> {
        let kustomization = match &self.cluster.appliers[at].what {
            What::Kustomization(kustomization) => kustomization,
            What::ResourceSet(_, set) => {
                // Its providers may come from those that are built later.
                let known = |name: &String| self.providers.iter().any(|one| one.name == *name);
                let waits = patient && !set.inputs_from().iter().all(known);
                return Ok(if waits { Prepared::Later } else { Prepared::Set(Arc::clone(set)) });
            }
        };
        let name = kustomization.source();
        let source = self.cluster.sources.get(&name);
        let Some(artifact) = self.fleet.artifacts.find(&name, source, &self.root) else {
            let known = source.is_some() || !patient;
            return Ok(if known { Prepared::Never } else { Prepared::Later });
        };
        let artifact = artifact?;
        if !artifact.shows(&join("", &kustomization.spec.path)) {
            // Beside the folder that is looked at, in the same repository.
            return Ok(Prepared::Never);
        }
        let variables = self.variables(kustomization);
        if patient && !variables.missing().is_empty() {
            return Ok(Prepared::Later);
        }
        let key = Key {
            artifact: artifact.name().to_owned(),
            kustomization: (**kustomization).clone(),
            variables,
        };
        Ok(Prepared::Ready(Box::new(Ready { at, artifact, key })))
    }

    fn variables(&self, kustomization: &Kustomization) -> Variables {
        let asks = kustomization.spec.post_build.as_ref();
        let from = asks.map(|post_build| &*post_build.substitute_from).unwrap_or_default();
        if from.is_empty() {
            return Variables::of(kustomization, &Data::default(), self.strict);
        }
        let mut data = Data { given: self.fleet.data.given.clone(), ..Data::default() };
        for from in from {
            let name = Name::new(&kustomization.name.namespace, &from.name);
            let name = DataName { secret: from.kind == "Secret", name };
            // What a person says of a cluster is what lives there, whatever is applied first.
            let values = match self.fleet.data.objects.get(&name) {
                Some(values) => Some(values.clone()),
                None => self.data.get(&name).map(|(applier, object)| {
                    let object = &self.cluster.appliers[*applier].objects()[*object];
                    brought(&object.node, object.shown.as_deref())
                }),
            };
            data.objects.extend(values.map(|values| (name, values)));
        }
        Variables::of(kustomization, &data, self.strict)
    }

    fn build(&mut self, ready: Vec<Ready<'f>>) {
        let fleet = self.fleet;
        let appliers = &self.cluster.appliers;
        let one = |Ready { at, artifact, key }: Ready<'f>| {
            let What::Kustomization(kustomization) = &appliers[at].what else {
                return (at, Variables::default(), Content::Elsewhere);
            };
            let variables = key.variables.clone();
            let built = fleet.built(&artifact, kustomization, key);
            (at, variables, Content::Built { artifact, built })
        };
        let built: Vec<(usize, Variables, Content<'f>)> = match ready.len() {
            0..4 => ready.into_iter().map(one).collect(),
            _ => ready.into_par_iter().map(one).collect(),
        };
        for (at, variables, content) in built {
            self.cluster.appliers[at].variables = variables;
            self.cluster.appliers[at].content = content;
            self.register(at);
        }
    }

    /// Takes notice of what an applier brings that others are about.
    fn register(&mut self, at: usize) {
        let Content::Built { built, .. } = &self.cluster.appliers[at].content else { return };
        let built = Arc::clone(built);
        for (number, object) in built.objects.iter().enumerate() {
            let Object { identity, node, place, shown, encrypted, .. } = object;
            match identity.kind.as_str() {
                // Of what is encrypted nobody here knows the values.
                "ConfigMap" | "Secret" if identity.group.is_empty() && !encrypted => {
                    let name = name_of(node);
                    let name = DataName { secret: identity.kind == "Secret", name };
                    self.data.entry(name).or_insert((at, number));
                }
                "Kustomization" => match Kustomization::read(node) {
                    Some(Ok(it)) if it.missing().is_some() => {
                        let field = it.missing().unwrap_or_default();
                        self.refuse(at, object, &format!("`{field}` is missing"));
                    }
                    Some(Ok(mut it)) => {
                        if let Some(Some(Ok(shown))) = shown.as_deref().map(Kustomization::read) {
                            it.secret = secret_variables(&it, &shown);
                        }
                        self.add(
                            What::Kustomization(Box::new(it)),
                            Some((at, number)),
                            place.clone(),
                        );
                    }
                    Some(Err(error)) => self.refuse(at, object, &error.reason),
                    None => {}
                },
                "ResourceSet" if identity.group == resource_set::GROUP => {
                    match ResourceSet::read(&node.to_json()) {
                        Ok(set) => {
                            let what = What::ResourceSet(name_of(node), Arc::new(set));
                            self.add(what, Some((at, number)), place.clone());
                        }
                        Err(error) => self.refuse(at, object, &error.to_string()),
                    }
                }
                "ResourceSetInputProvider" if identity.group == resource_set::GROUP => {
                    match InputProvider::read(&node.to_json()) {
                        Ok(provider) => self.providers.push(provider),
                        Err(error) => self.refuse(at, object, &error.to_string()),
                    }
                }
                _ => {
                    if let Some(source) = Source::read(node, place.as_ref()) {
                        self.cluster.sources.entry(source.name.clone()).or_insert(source);
                    }
                }
            }
        }
    }

    /// Makes of a ResourceSet what flux-operator would apply.
    fn build_set(&mut self, at: usize, set: &ResourceSet) {
        let applier = &self.cluster.appliers[at];
        let owner =
            applier.owner.and_then(|owner| self.cluster.appliers[owner].artifact()).cloned();
        let Some(artifact) = owner else { return };
        let place = applier.place.clone();
        if self.is_disabled(at) {
            return;
        }
        let content = match set.build(&self.providers) {
            Ok(objects) => {
                let built = Arc::new(build::of_set(objects, place.as_ref()));
                Content::Built { artifact, built }
            }
            Err(error) if error.is_outside() => Content::Asks(error.to_string()),
            Err(error) => {
                let finding = Finding {
                    code: Code::ResourceSetFailed,
                    severity: Severity::Error,
                    message: error.to_string(),
                    place: None,
                    label: None,
                    related: Vec::new(),
                    help: Some("see https://fluxoperator.dev/docs/crd/resourceset/".to_owned()),
                };
                self.cluster.findings.push((Some(at), finding));
                return;
            }
        };
        self.cluster.appliers[at].content = content;
        self.register(at);
    }

    /// Whether the annotations of an applier's own object keep flux-operator from it.
    fn is_disabled(&self, at: usize) -> bool {
        const RECONCILE: &str = "fluxcd.controlplane.io/reconcile";
        let own = self.cluster.own_object(at);
        let annotations = own.and_then(|own| own.node.get("metadata")?.get("annotations"));
        annotations.and_then(|all| all.get(RECONCILE)?.text()) == Some("disabled")
    }

    fn refuse(&mut self, at: usize, object: &Object, reason: &str) {
        let Object { identity, place, .. } = object;
        let finding = Finding {
            code: Code::InvalidFluxObject,
            severity: Severity::Error,
            message: format!("{identity} is none that Flux takes: {reason}"),
            place: place.clone(),
            label: None,
            related: Vec::new(),
            help: Some(
                "see https://fluxcd.io/flux/components/kustomize/kustomizations/".to_owned(),
            ),
        };
        self.cluster.findings.push((Some(at), finding));
    }
}

enum Prepared<'f> {
    Ready(Box<Ready<'f>>),
    Set(Arc<ResourceSet>),
    Later,
    Never,
}

impl<'f> Fleet<'f> {
    /// Builds a Kustomization, unless the same was built before.
    fn built(
        &self,
        artifact: &Artifact<'f>,
        kustomization: &Kustomization,
        key: Key,
    ) -> Arc<Built> {
        if let Some(built) = self.memo.get(&key) {
            return built;
        }
        let before = self
            .other
            .and_then(|(memo, changed)| memo.get(&key).filter(|built| !built.reads.feel(changed)));
        let built = before
            .unwrap_or_else(|| Arc::new(build::build(artifact, kustomization, &key.variables)));
        self.memo.put(key, Arc::clone(&built));
        built
    }
}

/// What is wrong with a cluster whose own Kustomization applies another folder.
fn leads_elsewhere(place: Place, path: &str) -> Finding {
    Finding {
        code: Code::Contradiction,
        severity: Severity::Warning,
        message: format!(
            "the cluster's own Kustomization applies `{path}`, and not the folder that it lies in"
        ),
        place: Some(place),
        label: None,
        related: Vec::new(),
        help: Some(
            "correct `spec.path`; until then the folder is looked at as if it were applied"
                .to_owned(),
        ),
    }
}

/// The variables of a Kustomization that are shown otherwise than they are.
fn secret_variables(it: &Kustomization, shown: &Kustomization) -> BTreeSet<String> {
    let values = |one: &'_ Kustomization| {
        one.spec.post_build.as_ref().map(|it| it.substitute.clone()).unwrap_or_default()
    };
    let shown = values(shown);
    let differs = values(it).into_iter().filter(|(name, value)| shown.get(name) != Some(value));
    differs.map(|(name, _)| name).collect()
}

impl Memo {
    fn get(&self, key: &Key) -> Option<Arc<Built>> {
        self.built.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn put(&self, key: Key, built: Arc<Built>) {
        self.built.lock().unwrap_or_else(PoisonError::into_inner).insert(key, built);
    }
}
