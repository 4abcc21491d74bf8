//! What kustomize refuses in a kustomization file and in what is read like one.

use crate::yaml::{self, Span};

use super::FieldError;

/// A fault of a kustomization file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KustomizationError {
    /// The file is not YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// A field that does not fit.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The file says nothing at all, or nothing but `apiVersion` and `kind`.
    #[error("this kustomization is empty: it needs at least one field, such as `resources`")]
    Empty {
        /// The document.
        span: Span,
    },
    /// A `kind` that is none of a kustomization file.
    #[error("the kind must be `Kustomization` or `Component`")]
    Kind {
        /// The kind.
        span: Span,
    },
    /// An `apiVersion` that does not go with the kind.
    #[error("the apiVersion of a {kind} must be `{expected}`")]
    ApiVersion {
        /// The kind.
        kind: String,
        /// The version that goes with it.
        expected: &'static str,
        /// The version that stands there.
        span: Span,
    },
}

impl KustomizationError {
    /// Where it is.
    pub fn span(&self) -> Span {
        match self {
            KustomizationError::Yaml(error) => error.span,
            KustomizationError::Field(error) => error.span(),
            KustomizationError::Empty { span }
            | KustomizationError::Kind { span }
            | KustomizationError::ApiVersion { span, .. } => *span,
        }
    }
}

/// A fault of a file of replacements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplacementError {
    /// The file is not YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// A field that does not fit.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The file holds neither a replacement nor a list of them.
    #[error("expected a replacement or a list of replacements, found {found}")]
    NeitherOneNorMany {
        /// What it holds.
        found: &'static str,
        /// The document.
        span: Span,
    },
    /// An entry that names a file and is a replacement, too.
    #[error("a replacement is either in the file that `path` names or here: take one away")]
    PathAndReplacement {
        /// The entry.
        span: Span,
    },
}

impl ReplacementError {
    /// Where it is.
    pub fn span(&self) -> Span {
        match self {
            ReplacementError::Yaml(error) => error.span,
            ReplacementError::Field(error) => error.span(),
            ReplacementError::NeitherOneNorMany { span, .. }
            | ReplacementError::PathAndReplacement { span } => *span,
        }
    }
}
