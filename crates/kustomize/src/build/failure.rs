//! Why a build fails, and where.

use super::{AccumulateError, LoadError};
use crate::allowance::Excess;
use crate::config::{ConfigError, Conflict, CrdError, MergeError};
use crate::generate::GenerateError;
use crate::kustomization::{KustomizationError, PluginError, ReplacementError};
use crate::print::PrintError;
use crate::resource::ReadError;
use crate::schema::SchemaError;
use crate::source::Sources;
use crate::transform::TransformError;
use crate::yaml::Span;

/// A build that failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    /// Why.
    pub error: Error,
    /// The texts that were read, to find places in.
    pub sources: Sources,
}

/// Why a build failed, and on which way it got there.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// Why.
    pub kind: ErrorKind,
    /// Where; the default span where nothing was written.
    pub span: Span,
    /// The kustomizations on the way, the innermost first.
    pub way: Vec<Frame>,
}

/// A kustomization on the way to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its folder.
    pub folder: String,
    /// The entry that names the next one.
    pub entry: Span,
}

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A path.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A kustomization file: every fault of it.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Kustomization(Vec<KustomizationError>),
    /// A file of objects.
    #[error(transparent)]
    Resource(#[from] ReadError),
    /// Annotations that are no mapping, where kustomize would add one of its own.
    #[error(transparent)]
    Annotations(#[from] crate::field::FieldError),
    /// What was gathered.
    #[error(transparent)]
    Accumulate(#[from] AccumulateError),
    /// A configuration of transformers: every fault of it.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Config(Vec<ConfigError>),
    /// A file of `crds`: every fault of it.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Crds(Vec<CrdError>),
    /// Configurations that exclude each other.
    #[error(transparent)]
    MergeConfig(#[from] MergeError),
    /// Fields of labels that exclude each other.
    #[error("these labels do not go together with the configuration: {0}")]
    Labels(Conflict),
    /// An OpenAPI document.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// An OpenAPI document that is no YAML.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    OpenApi(Vec<crate::yaml::Error>),
    /// An OpenAPI document that begins as JSON does, and is not JSON, or that is empty.
    #[error("an OpenAPI document that is empty or begins with `{{` must be JSON: {0}")]
    SchemaJson(String),
    /// A version of OpenAPI that is not built in.
    #[error("`openapi.version` is `v1.21.2`, the only one that kustomize has, not `{version}`")]
    SchemaVersion {
        /// What stands there.
        version: String,
    },
    /// A version and a document of OpenAPI.
    #[error("`openapi` has a `version` or a `path`, not both")]
    SchemaTwice,
    /// A generator.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// A transformer.
    #[error(transparent)]
    Transform(#[from] TransformError),
    /// A patch that is neither a merge nor a JSON patch.
    #[error("this is no patch: as a merge, {merge}; as a JSON patch, {json}")]
    NoPatch {
        /// Why it is no merge.
        merge: String,
        /// Why it is no JSON patch.
        json: String,
    },
    /// A patch that is both.
    #[error("this is a merge and a JSON patch at once")]
    TwoPatches,
    /// A patch that says nothing.
    #[error("this patch is empty")]
    EmptyPatch,
    /// An entry of `patches` with neither a patch nor a path, or with both.
    #[error("a patch has either `patch` or `path`{}", if *.both { "; this one has both" } else { "" })]
    PatchSource {
        /// Whether it has both.
        both: bool,
    },
    /// An entry of `patchesJson6902` without a target, or whose target has no name.
    #[error("an entry of `patchesJson6902` needs a `target` with a `name`")]
    Json6902Target,
    /// A replacement file.
    #[error("an entry of `replacements` has either a `path` or a replacement, not both")]
    ReplacementSource,
    /// A file of replacements: every fault of it.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Replacements(Vec<ReplacementError>),
    /// What would run foreign code.
    #[error("{what} would run other programs, which a build does not do")]
    ForeignCode {
        /// What.
        what: String,
    },
    /// An object named as a generator, a transformer or a validator that is none.
    #[error("there is no built-in {wanted} `{kind}`")]
    NoPlugin {
        /// `generator` or `transformer`
        wanted: &'static str,
        /// What stands there.
        kind: String,
    },
    /// The configuration of a built-in generator or transformer: every fault of it.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Plugin(Vec<PluginError>),
    /// A validator that changes what it validates.
    #[error("a validator changes nothing, and this one changes {object}")]
    Validator {
        /// The object.
        object: String,
    },
    /// A component named as a base.
    #[error("this is a component: it is named under `components`")]
    IsComponent,
    /// A kustomization named as a component.
    #[error("this is no component: it has not `kind: Component`")]
    IsNoComponent,
    /// An object that cannot be printed.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// Too much of everything.
    #[error(transparent)]
    Excess(#[from] Excess),
    /// Kustomizations that build on kustomizations without an end in sight.
    #[error("kustomizations are nested more than {limit} levels deep")]
    TooDeep {
        /// How deep they may be.
        limit: usize,
    },
    /// Bases have to be built one after the other.
    #[error("bases have to be built one after the other")]
    OrderMatters,
}

impl ErrorKind {
    /// Where the fault is, if what is wrong knows it.
    fn span(&self) -> Option<Span> {
        match self {
            ErrorKind::Kustomization(errors) => errors.first().map(KustomizationError::span),
            ErrorKind::Resource(error) => error.span(),
            ErrorKind::Accumulate(error) => Some(error.span()),
            ErrorKind::Config(errors) => errors.first().map(ConfigError::span),
            ErrorKind::Crds(errors) => errors.first().map(CrdError::span),
            ErrorKind::Schema(error) => Some(error.span()),
            ErrorKind::Generate(error) => Some(error.span()),
            ErrorKind::Transform(error) => error.span(),
            ErrorKind::Plugin(errors) => errors.first().map(PluginError::span),
            ErrorKind::Replacements(errors) => errors.first().map(ReplacementError::span),
            ErrorKind::OpenApi(errors) => errors.first().map(|error| error.span),
            ErrorKind::Print(error) => Some(error.span()),
            ErrorKind::Excess(error) => Some(error.span),
            _ => None,
        }
    }

    /// What is wrong with a path, if that is what is wrong.
    pub fn path(&self) -> Option<&LoadError> {
        match self {
            ErrorKind::Load(error) | ErrorKind::Generate(GenerateError::Load { error, .. }) => {
                Some(error)
            }
            _ => None,
        }
    }

    /// Every fault of a file, each with its place, where a file was read to its end; none where there is
    /// one fault, which is this error.
    pub fn faults(&self) -> Vec<(String, Span)> {
        fn each<E: std::fmt::Display>(
            errors: &[E],
            span: impl Fn(&E) -> Span,
        ) -> Vec<(String, Span)> {
            errors.iter().map(|error| (error.to_string(), span(error))).collect()
        }
        match self {
            ErrorKind::Kustomization(errors) => each(errors, KustomizationError::span),
            ErrorKind::Config(errors) => each(errors, ConfigError::span),
            ErrorKind::Crds(errors) => each(errors, CrdError::span),
            ErrorKind::Plugin(errors) => each(errors, PluginError::span),
            ErrorKind::Replacements(errors) => each(errors, ReplacementError::span),
            ErrorKind::OpenApi(errors) | ErrorKind::Resource(ReadError::Yaml(errors)) => {
                each(errors, |error| error.span)
            }
            _ => Vec::new(),
        }
    }

    /// A name for it that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            ErrorKind::Load(error) => load_code(error),
            ErrorKind::Generate(GenerateError::Load { error, .. }) => load_code(error),
            ErrorKind::Kustomization(_)
            | ErrorKind::Config(_)
            | ErrorKind::Crds(_)
            | ErrorKind::MergeConfig(_)
            | ErrorKind::Labels(_)
            | ErrorKind::Schema(_)
            | ErrorKind::SchemaVersion { .. }
            | ErrorKind::SchemaTwice
            | ErrorKind::NoPlugin { .. }
            | ErrorKind::OpenApi(_)
            | ErrorKind::SchemaJson(_)
            | ErrorKind::IsComponent
            | ErrorKind::IsNoComponent => "invalid-kustomization",
            ErrorKind::Resource(_) | ErrorKind::Annotations(_) => "invalid-resource",
            ErrorKind::Accumulate(AccumulateError::Collision { .. }) => "duplicate-object",
            ErrorKind::Transform(TransformError::Accumulate(_)) => "duplicate-object",
            ErrorKind::NoPatch { .. }
            | ErrorKind::TwoPatches
            | ErrorKind::EmptyPatch
            | ErrorKind::PatchSource { .. }
            | ErrorKind::Json6902Target
            | ErrorKind::Transform(TransformError::Patch(_)) => "patch-failed",
            ErrorKind::ReplacementSource
            | ErrorKind::Replacements(_)
            | ErrorKind::Transform(TransformError::Replacement(_)) => "replacement-failed",
            ErrorKind::ForeignCode { .. } => "foreign-code",
            ErrorKind::Plugin(errors) => match errors.first() {
                Some(PluginError::Foreign { .. } | PluginError::Helm { .. }) => "foreign-code",
                _ => "invalid-kustomization",
            },
            ErrorKind::Excess(_) | ErrorKind::Transform(TransformError::Excess(_)) => "too-large",
            ErrorKind::TooDeep { .. } => "kustomization-cycle",
            _ => "cannot-build",
        }
    }
}

fn load_code(error: &LoadError) -> &'static str {
    match error {
        LoadError::Outside { .. } => "outside-root",
        LoadError::Remote { .. } => "remote-resource",
        LoadError::Cycle { .. } => "kustomization-cycle",
        LoadError::NoKustomization { .. } => "no-kustomization",
        LoadError::Excess(_) => "too-large",
        LoadError::SeveralKustomizations { .. } => "invalid-kustomization",
        _ => "missing-resource",
    }
}

impl Error {
    /// An error at a place, unless what is wrong knows a better one.
    pub(crate) fn new(kind: impl Into<ErrorKind>, span: Span) -> Box<Error> {
        let kind = kind.into();
        let span = kind.span().filter(|span| *span != Span::default()).unwrap_or(span);
        Box::new(Error { kind, span, way: Vec::new() })
    }
}
