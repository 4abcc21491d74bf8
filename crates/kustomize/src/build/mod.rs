//! The build of a kustomization: reading, gathering from the inside out, transforming, and what has to
//! come last.
//!
//! In go a view of files, a folder and [`Options`]; out comes a [`Build`], or a [`Failure`] that says
//! where. What transformers and generators do is theirs; this module knows in which order they come.

mod accumulate;
mod failure;
mod finish;
mod load;
mod origin;
mod plugins;
mod remote;
mod step;
mod target;

use std::sync::{Arc, Mutex, PoisonError};

pub use accumulate::AccumulateError;
pub use failure::{Error, ErrorKind, Failure, Frame};
pub(crate) use load::Loader;
pub use load::{FILE_NAMES, LoadError, LoadRestrictor};

use crate::allowance::Allowance;
use crate::files::Files;
use crate::kustomization::Kustomization;
use crate::notice::{Notice, NoticeKind};
use crate::print;
use crate::resource::Resource;
use crate::schema::Schemas;
use crate::source::Sources;
use crate::trace::{Observer, Watch};
use crate::version::ApiVersion;
use crate::yaml::{Budget, Node, Span};

/// How a build is made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Which files a kustomization may read.
    pub load_restrictor: LoadRestrictor,
    /// In which order objects come where the kustomization does not say it (`--reorder`).
    pub order: Order,
    /// Whose build it is where versions of kustomize's API differ.
    pub version: ApiVersion,
    /// What is read of one file.
    pub budget: Budget,
    /// How many bytes a build may read and make of what it reads, all files and objects together.
    pub limit: u64,
    /// What stands in the label that `buildMetadata: [managedByLabel]` adds, after `kustomize-`.
    pub managed_by: String,
}

impl Default for Options {
    /// As `kustomize build` v5.8.2 has them.
    fn default() -> Options {
        Options {
            load_restrictor: LoadRestrictor::RootOnly,
            order: Order::Legacy,
            version: ApiVersion::default(),
            budget: Budget { bytes: 64 << 20, depth: 128, nodes: 4_000_000 },
            limit: 512 << 20,
            managed_by: "v5.8.2".to_owned(),
        }
    }
}

/// The order of objects where the kustomization does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By kind, namespaces first and webhooks last.
    #[default]
    Legacy,
    /// As they were gathered.
    None,
}

/// What a kustomization builds.
#[derive(Debug)]
pub struct Build {
    resources: Vec<Resource>,
    notices: Vec<Notice>,
    sources: Sources,
}

impl Build {
    /// The objects in the order in which they are printed.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// What a person should know of the build, in the order in which it was found.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The texts that were read, to find places in.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The objects as trees, for whoever goes on with them; what is left has none.
    pub fn take_nodes(&mut self) -> Vec<Node> {
        std::mem::take(&mut self.resources).into_iter().map(Resource::into_node).collect()
    }

    /// The objects as `kustomize build` prints them.
    pub fn to_yaml(&self) -> String {
        finish::to_yaml(&self.resources)
    }

    /// The objects as `kustomize build --output DIR` writes them: a file name and its text each.
    pub fn to_files(&self) -> Vec<(String, String)> {
        finish::to_files(&self.resources)
    }
}

/// Builds the kustomization in a folder of a view of files.
///
/// # Errors
///
/// What `kustomize build` refuses, and what cannot be had without a network or without running foreign
/// code.
///
/// # Example
///
/// ```
/// use kustomize::{MemoryFiles, Options, build};
///
/// let mut files = MemoryFiles::new();
/// files.insert("/app/kustomization.yaml", "namePrefix: acme-\nresources: [cm.yaml]\n");
/// files.insert("/app/cm.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n");
/// let built = build(&files, "/app", &Options::default())?;
/// assert_eq!(
///     built.to_yaml(),
///     "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: acme-a\n"
/// );
/// # Ok::<(), Box<kustomize::Failure>>(())
/// ```
pub fn build(files: &dyn Files, folder: &str, options: &Options) -> Result<Build, Box<Failure>> {
    run(files, folder, options, None, None)
}

/// Builds a folder whose kustomization file is completed before, as [Flux's generator] does it: it reads the file as
/// `sigs.k8s.io/yaml` does, which passes over fields that it does not know, adds what a Flux Kustomization says, and writes it again.
///
/// `complete` is handed the file and the place that what it adds gets: the beginning of the file. What `bases` and `imageTags`
/// say is still in these fields then, and neither among the resources nor among the images.
///
/// ```
/// use kustomize::kustomization::Text;
/// use kustomize::{MemoryFiles, Options, build_completed};
///
/// let mut files = MemoryFiles::new();
/// files.insert("/app/kustomization.yaml", "resources: [cm.yaml]\n");
/// files.insert("/app/cm.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n");
/// let built = build_completed(&files, "/app", &Options::default(), &|file, place| {
///     file.namespace = Some(Text::new("acme".to_owned(), place));
/// })?;
/// assert_eq!(built.resources()[0].namespace(), "acme");
/// # Ok::<(), Box<kustomize::Failure>>(())
/// ```
///
/// # Errors
///
/// As [`build`].
///
/// [Flux's generator]: https://pkg.go.dev/github.com/fluxcd/pkg/kustomize#Generator
pub fn build_completed(
    files: &dyn Files,
    folder: &str,
    options: &Options,
    complete: &Complete<'_>,
) -> Result<Build, Box<Failure>> {
    run(files, folder, options, Some(complete), None)
}

/// The same as [`build`], or as [`build_completed`] where something completes the file, while somebody watches. What is built is the
/// same.
///
/// # Errors
///
/// As [`build`]. What was told until then is of no use.
pub fn build_observed(
    files: &dyn Files,
    folder: &str,
    options: &Options,
    complete: Option<&Complete<'_>>,
    observer: &dyn Observer,
) -> Result<Build, Box<Failure>> {
    run(files, folder, options, complete, Some(observer))
}

/// What completes a kustomization file, given the place of what is added.
pub type Complete<'f> = dyn Fn(&mut Kustomization, Span) + Sync + 'f;

fn run(
    files: &dyn Files,
    folder: &str,
    options: &Options,
    complete: Option<&Complete<'_>>,
    observer: Option<&dyn Observer>,
) -> Result<Build, Box<Failure>> {
    let mut sequential = false;
    loop {
        let context = Context {
            files,
            options,
            complete,
            sources: Sources::default(),
            allowance: Allowance::new(options.limit),
            schemas: Mutex::new(Arc::new(Schemas::builtin())),
            refused_schema: Mutex::default(),
            sequential,
            watch: observer.map(Watch::new),
        };
        let built = target::build(&context, folder);
        match context.look_at_schema(built) {
            Ok((resources, notices)) => {
                return Ok(Build { resources, notices, sources: context.sources });
            }
            // A schema that counts from a certain base on: what comes first matters.
            Err(error) if matches!(error.kind, ErrorKind::OrderMatters) && !sequential => {
                sequential = true;
            }
            Err(error) => {
                return Err(Box::new(Failure { error: *error, sources: context.sources }));
            }
        }
    }
}

/// What all kustomizations of a build share.
pub(crate) struct Context<'f> {
    pub(crate) files: &'f dyn Files,
    pub(crate) options: &'f Options,
    /// What completes the outermost kustomization file.
    complete: Option<&'f Complete<'f>>,
    pub(crate) sources: Sources,
    pub(crate) allowance: Allowance,
    schemas: Mutex<Arc<Schemas>>,
    /// What is wrong with the OpenAPI document that counts.
    refused_schema: Mutex<Option<Box<Error>>>,
    /// Whether bases are built one after the other.
    pub(crate) sequential: bool,
    /// Who watches.
    pub(crate) watch: Option<Watch<'f>>,
}

impl Context<'_> {
    pub(crate) fn schemas(&self) -> Arc<Schemas> {
        Arc::clone(&self.schemas.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_schemas(&self, schemas: Schemas) {
        *self.schemas.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(schemas);
    }

    /// Keeps what is wrong with an OpenAPI document until it is known whether anything needs it.
    pub(crate) fn refuse_schema(&self, error: Box<Error>) {
        self.set_schemas(Schemas::chosen_builtin());
        *self.refused_schema.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    /// Fails what needed an OpenAPI document that is wrong; anything else a person is told of it.
    fn look_at_schema(&self, built: Result<Built, Box<Error>>) -> Result<Built, Box<Error>> {
        let mut refused = self.refused_schema.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(error) = refused.take() else { return built };
        if self.schemas().is_consulted() {
            return Err(error);
        }
        let (resources, mut notices) = built?;
        let fault = error.kind.to_string();
        notices.push(Notice { kind: NoticeKind::SchemaNotNeeded { fault }, span: error.span });
        Ok((resources, notices))
    }
}

/// The objects of a build, and what there is to know of it.
type Built = (Vec<Resource>, Vec<Notice>);

/// The text of objects that are finished.
fn documents(resources: &[Resource]) -> String {
    // About as much as an object takes, so that the text is seldom moved.
    let mut out = String::with_capacity(256 * resources.len());
    print::documents(resources.iter().map(Resource::node), &mut out);
    out
}
