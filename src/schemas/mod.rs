//! What Kubernetes' objects may look like: schemas of a version of Kubernetes and of custom resources, embedded and from the repository.
//!
//! [`Library`] is what the program carries (what that is and where it is from stands in `schemas/README.md`; `cargo run -p xtask -- schemas`
//! makes it). [`Schemas`] is a library seen from one version of Kubernetes, with the
//! CustomResourceDefinitions of a repository over it. An object goes in, and out come [`Fault`]s: what the API server would refuse with
//! `fieldValidation=Strict`, each with a JSON pointer and a sentence. A kind that nobody knows has none.
//!
//! Rules in CEL are kept and shown, and not evaluated. This module knows nothing of descriptions, layouts or files.

mod blob;
mod bytes;
mod fault;
mod field;
mod format;
mod kind;
mod read;
mod shape;
#[cfg(test)]
mod tests;
mod validate;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use kustomize::yaml::Node;

pub use self::fault::{Fault, FaultKind};
pub use self::field::{Field, WalkError};
pub use self::kind::{Kind, Source};
pub use self::read::ReadError;
pub use self::shape::Builder;

use self::blob::{Read, Shapes, Words};
use self::shape::{ShapeId, Text, Type, Word};

/// Why the embedded schemas cannot be had: the program was built wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the embedded schemas are damaged: this program was not built right")]
pub struct Damaged;

/// A version of Kubernetes of which there are no schemas.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no schemas of Kubernetes {wanted}: there are those of {}", known.join(", "))]
pub struct UnknownVersion {
    /// Which one was wanted.
    pub wanted: String,
    /// Those that there are, newest first.
    pub known: Vec<String>,
}

/// Schemas of several versions of Kubernetes and of custom resources.
#[derive(Debug)]
pub struct Library {
    shapes: Shapes,
    words: OnceLock<Words>,
    /// The words, compressed or as they are.
    packed: Cow<'static, [u8]>,
}

/// The parts of the embedded blob.
const SHAPES: &[u8] = include_bytes!("../../schemas/shapes.zst");
const WORDS: &[u8] = include_bytes!("../../schemas/words.zst");

/// The versions of Kubernetes whose schemas are embedded, newest first.
pub const KUBERNETES: [&str; 5] = ["1.37", "1.36", "1.35", "1.34", "1.33"];

/// The minor version of Flux whose schemas are embedded.
pub const FLUX: &str = "2.9";

/// The embedded version of Kubernetes that is nearest to another one, such as `1.36`: the newest for those that are newer.
#[must_use]
pub fn nearest_version(version: &str) -> &'static str {
    let minor = |text: &str| text.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
    let wanted = minor(version).unwrap_or(u32::MAX);
    let [newest, ..] = KUBERNETES;
    let near = KUBERNETES.into_iter();
    near.min_by_key(|known| minor(known).unwrap_or_default().abs_diff(wanted)).unwrap_or(newest)
}

impl Library {
    /// What the program carries. It is unpacked here, which takes some milliseconds; shapes are read when they are first used.
    ///
    /// # Errors
    /// When the program was not built right.
    pub fn embedded() -> Result<Self, Damaged> {
        let shapes = unpacked(SHAPES).and_then(Shapes::of).ok_or(Damaged)?;
        Ok(Self { shapes, words: OnceLock::new(), packed: Cow::Borrowed(WORDS) })
    }

    /// What was read from schemas of others.
    ///
    /// # Errors
    /// When it is too large for its own form.
    pub fn of(builder: &Builder) -> Result<Self, Damaged> {
        let shapes = Shapes::of(builder.shapes()).ok_or(Damaged)?;
        let words = OnceLock::from(Words::of(builder.words()).ok_or(Damaged)?);
        Ok(Self { shapes, words, packed: Cow::Borrowed(&[]) })
    }

    /// The releases of Kubernetes that the schemas are from, such as `1.36.3`, newest first.
    pub fn releases(&self) -> impl Iterator<Item = &str> {
        self.shapes.kept.versions.iter().map(|version| version.exact.as_str())
    }

    /// The projects whose custom resources it knows.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.shapes.kept.sources
    }

    fn word(&self, word: Word) -> &str {
        let words = self
            .words
            .get_or_init(|| unpacked(&self.packed).and_then(Words::of).unwrap_or_default());
        words.get(word)
    }
}

fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ruzstd::decoding::StreamingDecoder::new(packed).ok()?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut bytes).ok()?;
    Some(bytes)
}

/// Where a kind stands: in the library's version, among its custom resources, or in the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    Kubernetes(usize),
    Library(usize),
    Repository(usize),
}

/// Who vouches for a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// This release of Kubernetes.
    Kubernetes(&'a str),
    /// A version of another project, which need not be the one that a cluster runs.
    Project(&'a Source),
    /// A CustomResourceDefinition of the repository.
    Repository,
}

/// What one cluster's API server knows.
#[derive(Debug)]
pub struct Schemas {
    library: Arc<Library>,
    own: Option<Library>,
    /// Which of the library's versions of Kubernetes.
    version: usize,
    /// What is referred to, by the number of its name; most texts are no such name.
    definitions: Vec<Option<ShapeId>>,
    metadata: ShapeId,
    /// By kind, and then by `apiVersion`; the first one that has both counts.
    kinds: HashMap<String, Vec<(String, Home)>>,
}

/// A shape with the shapes that its numbers mean, and whose rules hold for it.
#[derive(Clone, Copy, Debug)]
struct Seen<'a> {
    shapes: &'a Shapes,
    library: &'a Library,
    read: &'a Read,
    /// Whether it is decoded into one of Go's types, where null means nothing at all.
    decoded: bool,
}

impl Schemas {
    /// A library as the API server of a version of Kubernetes sees it, such as `1.36`; the newest one without.
    ///
    /// # Errors
    /// When there is no such version.
    pub fn new(library: &Arc<Library>, version: Option<&str>) -> Result<Self, UnknownVersion> {
        let versions = &library.shapes.kept.versions;
        let at = match version {
            None => 0,
            Some(wanted) => {
                versions.iter().position(|one| one.minor == wanted).ok_or_else(|| {
                    let known = versions.iter().map(|one| one.minor.clone()).collect();
                    UnknownVersion { wanted: wanted.to_owned(), known }
                })?
            }
        };
        let mut schemas = Self {
            library: Arc::clone(library),
            own: None,
            version: at,
            definitions: Vec::new(),
            metadata: ShapeId::default(),
            kinds: HashMap::new(),
        };
        if let Some(version) = versions.get(at) {
            for (name, id) in &version.definitions {
                let at = name.0 as usize;
                if schemas.definitions.len() <= at {
                    schemas.definitions.resize(at + 1, None);
                }
                schemas.definitions[at] = Some(*id);
            }
            let metadata = version.definitions.iter();
            let metadata =
                metadata.filter(|(name, _)| library.shapes.text(*name) == read::METADATA);
            schemas.metadata = metadata.map(|(_, id)| *id).next().unwrap_or_default();
            let kinds = version.kinds.iter().enumerate();
            schemas.learn(kinds.map(|(at, kind)| (kind, Home::Kubernetes(at))));
        }
        let custom = library.shapes.kept.kinds.iter().enumerate();
        schemas.learn(custom.map(|(at, kind)| (kind, Home::Library(at))));
        Ok(schemas)
    }

    /// The same with CustomResourceDefinitions of a repository, which count before what is embedded. What is no
    /// CustomResourceDefinition, or no whole one, is passed over.
    #[must_use]
    pub fn with_definitions<'n>(mut self, objects: impl IntoIterator<Item = &'n Node>) -> Self {
        let mut builder = Builder::default();
        for object in objects.into_iter().filter(|object| is_definition(object)) {
            // One that does not say what it defines has a fault of its own, as an object.
            drop(builder.definition_of_custom_resource(object));
        }
        let Ok(own) = Library::of(&builder) else { return self };
        let custom: Vec<Kind> = own.shapes.kept.kinds.clone();
        self.own = Some(own);
        for kind in &custom {
            let (name, version) = (&kind.kind, kind.api_version());
            if let Some(known) = self.kinds.get_mut(name) {
                known.retain(|(own, _)| *own != version);
            }
        }
        self.learn(custom.iter().enumerate().map(|(at, kind)| (kind, Home::Repository(at))));
        self
    }

    fn learn<'k>(&mut self, kinds: impl Iterator<Item = (&'k Kind, Home)>) {
        for (kind, home) in kinds {
            let known = self.kinds.entry(kind.kind.clone()).or_default();
            known.push((kind.api_version(), home));
        }
    }

    /// The version of Kubernetes, such as `1.36`.
    #[must_use]
    pub fn version(&self) -> &str {
        let version = self.library.shapes.kept.versions.get(self.version);
        version.map_or("", |version| version.minor.as_str())
    }

    /// A kind, by what its objects say of themselves.
    #[must_use]
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        self.home(api_version, kind).and_then(|home| self.at(home))
    }

    /// The kinds that a person may mean by a name, the most probable one first: the newest version of each, those of Kubernetes before
    /// custom resources. The name is a kind, a plural, a singular or a short name, in any case, with the group after a dot, or as
    /// `GROUP/VERSION/KIND` and `VERSION/KIND`.
    #[must_use]
    pub fn called(&self, name: &str) -> Vec<&Kind> {
        let (api_version, name) = match name.rsplit_once('/') {
            Some((api_version, name)) => (Some(api_version), name),
            None => (None, name),
        };
        let fits = |kind: &&Kind| match (api_version, name.split_once('.')) {
            (Some(version), _) => {
                kind.is_called(name)
                    && [&kind.api_version(), &kind.group, &kind.version]
                        .contains(&&version.to_owned())
            }
            (None, Some((name, group))) => kind.is_called(name) && kind.group == group,
            (None, None) => kind.is_called(name),
        };
        let mut found: Vec<(Home, &Kind)> = self.all().filter(|(_, kind)| fits(kind)).collect();
        found.sort_by_key(|(home, kind)| {
            let foreign = !matches!(home, Home::Kubernetes(_));
            let stable = kind.rank().0;
            (
                foreign,
                Reverse(stable == 3),
                self.place_of(kind),
                kind.group.clone(),
                Reverse(kind.rank()),
            )
        });
        found.into_iter().map(|(_, kind)| kind).collect()
    }

    /// Where a kind's group stands: `events` are the core's before they are `events.k8s.io`'s.
    fn place_of(&self, kind: &Kind) -> usize {
        let versions = self.library.shapes.kept.versions.get(self.version);
        let mut kinds = versions.into_iter().flat_map(|version| &version.kinds);
        match kind.group.as_str() {
            "" => 0,
            group => 1 + kinds.position(|one| one.group == group).unwrap_or(usize::MAX - 1),
        }
    }

    /// Every kind.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.all().map(|(_, kind)| kind)
    }

    /// Who vouches for a kind.
    #[must_use]
    pub fn origin(&self, kind: &Kind) -> Origin<'_> {
        match self.home(&kind.api_version(), &kind.kind) {
            Some(Home::Repository(_)) | None => Origin::Repository,
            Some(Home::Library(_)) => {
                let source = kind.source.and_then(|at| self.library.sources().get(at));
                source.map_or(Origin::Repository, Origin::Project)
            }
            Some(Home::Kubernetes(_)) => {
                let version = self.library.shapes.kept.versions.get(self.version);
                Origin::Kubernetes(version.map_or("", |version| version.exact.as_str()))
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = (Home, &Kind)> {
        let homes = self.kinds.values().flatten();
        homes.filter_map(|(_, home)| Some((*home, self.at(*home)?)))
    }

    fn home(&self, api_version: &str, kind: &str) -> Option<Home> {
        let known = self.kinds.get(kind)?;
        known.iter().find(|(version, _)| version == api_version).map(|(_, home)| *home)
    }

    fn at(&self, home: Home) -> Option<&Kind> {
        match home {
            Home::Kubernetes(at) => {
                self.library.shapes.kept.versions.get(self.version)?.kinds.get(at)
            }
            Home::Library(at) => self.library.shapes.kept.kinds.get(at),
            Home::Repository(at) => self.own.as_ref()?.shapes.kept.kinds.get(at),
        }
    }

    /// Whether the API server itself serves a group, so that what it does not know there does not exist.
    fn serves(&self, group: &str) -> bool {
        let version = self.library.shapes.kept.versions.get(self.version);
        version.is_some_and(|version| version.kinds.iter().any(|kind| kind.group == group))
    }

    fn root(&self, home: Home) -> Option<Seen<'_>> {
        let kind = self.at(home)?;
        let (library, decoded) = match home {
            Home::Repository(_) => (self.own.as_ref()?, false),
            Home::Library(_) => (&*self.library, false),
            Home::Kubernetes(_) => (&*self.library, true),
        };
        let shapes = &library.shapes;
        Some(Seen { shapes, library, read: shapes.get(kind.shape), decoded })
    }

    fn definition(&self, name: Text) -> Option<ShapeId> {
        self.definitions.get(name.0 as usize).copied().flatten()
    }

    /// A part of a shape, with what it refers to.
    fn part<'a>(&'a self, seen: Seen<'a>, id: ShapeId) -> Seen<'a> {
        self.resolved(Seen { read: seen.shapes.get(id), ..seen })
    }

    /// What a shape refers to, or the shape itself.
    fn resolved<'a>(&'a self, seen: Seen<'a>) -> Seen<'a> {
        let shape = &seen.read.shape;
        let shapes = &self.library.shapes;
        let library = &*self.library;
        if shape.of == Type::Metadata {
            return Seen { shapes, library, read: shapes.get(self.metadata), decoded: true };
        }
        let Some(id) = shape.refers.and_then(|name| self.definition(name)) else { return seen };
        let read = seen.shapes.get(id);
        // A definition that is no more than another one.
        match read.shape.refers.and_then(|name| self.definition(name)) {
            Some(id) => Seen { read: seen.shapes.get(id), decoded: true, ..seen },
            None => Seen { read, decoded: true, ..seen },
        }
    }
}

impl<'a> Seen<'a> {
    fn text(&self, text: Text) -> &'a str {
        self.shapes.text(text)
    }

    /// The shape of a field that has a name.
    fn property(&self, name: &str) -> Option<ShapeId> {
        let properties = &self.read.shape.properties;
        let at =
            properties.binary_search_by(|(own, _)| self.shapes.bytes(*own).cmp(name.as_bytes()));
        at.ok().and_then(|at| properties.get(at)).map(|(_, id)| *id)
    }
}

/// Whether an object is a CustomResourceDefinition.
#[must_use]
pub fn is_definition(object: &Node) -> bool {
    let says = |key: &str| object.get(key).and_then(Node::as_str).unwrap_or_default();
    says("kind") == "CustomResourceDefinition"
        && says("apiVersion").starts_with("apiextensions.k8s.io/")
}
