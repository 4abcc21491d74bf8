//! What changes objects: each transformer apart, over nodes alone or over the objects of a
//! kustomization.
//!
//! A transformer knows neither files nor how objects are accumulated; what it reads from files is given to
//! it.

pub mod fieldspec;
pub(crate) mod hash;
pub(crate) mod images;
pub(crate) mod labels;
pub(crate) mod names;
pub(crate) mod namespace;
pub(crate) mod patches;
pub(crate) mod references;
pub(crate) mod replacements;
pub(crate) mod replicas;
pub(crate) mod sort;
pub(crate) mod value_add;
pub(crate) mod vars;

pub(crate) use patches::Target;
pub use patches::{PatchError, SelectorFault};

use rayon::prelude::*;

use self::fieldspec::WalkError;
use crate::allowance::Excess;
use crate::build::AccumulateError;
use crate::field::FieldError;
use crate::resource::{Collision, Resource, is_empty};
use crate::yaml::Span;

/// Why a transformer fails.
#[derive(Debug, thiserror::Error)]
pub enum TransformError {
    /// An object that does not fit a field spec.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// An object that a field path cannot go through.
    #[error("{error}")]
    Walk {
        /// Why.
        error: Box<WalkError<FieldError>>,
        /// The object.
        object: Span,
    },
    /// Two objects with one id.
    #[error(transparent)]
    Accumulate(#[from] AccumulateError),
    /// A number of replicas for what is not there.
    #[error("there is no object `{name}` whose replicas can be set")]
    NoReplicas {
        /// The name.
        name: String,
        /// The entry of `replicas`.
        span: Span,
    },
    /// The name of an image that is no regular expression.
    #[error("the image name `{name}` is no regular expression, as kustomize reads it")]
    ImageName {
        /// The name.
        name: String,
        /// The entry of `images`.
        span: Span,
    },
    /// A patch.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// A name that another object refers to.
    #[error(transparent)]
    Reference(#[from] references::ReferenceError),
    /// A replacement.
    #[error(transparent)]
    Replacement(#[from] replacements::Error),
    /// A var.
    #[error(transparent)]
    Var(#[from] vars::Error),
    /// A hash.
    #[error(transparent)]
    Hash(#[from] hash::HashError),
    /// An order.
    #[error(transparent)]
    Sort(#[from] sort::SortError),
    /// More than a build may make.
    #[error(transparent)]
    Excess(#[from] Excess),
    /// Labels or annotations that are a sequence.
    #[error("the {map} of this object are a sequence, not a mapping")]
    NoMap {
        /// `labels` or `annotations`
        map: &'static str,
        /// The object.
        span: Span,
    },
    /// An object that comes out of a transformer without what makes it one.
    #[error("after all patches this object has no {missing}")]
    Incomplete {
        /// What is missing.
        missing: &'static str,
        /// The object.
        span: Span,
    },
}

impl TransformError {
    /// Where the fault is.
    pub fn span(&self) -> Option<Span> {
        match self {
            TransformError::Field(error) => error.span(),
            TransformError::Walk { error, object } => match &**error {
                WalkError::Field { source, .. } => source.span(),
                WalkError::EmptyPart { span, .. } => Some(*span),
                WalkError::Set(error) => error.span(),
            }
            .filter(|span| *span != Span::default())
            .or(Some(*object)),
            TransformError::Accumulate(error) => Some(error.span()),
            TransformError::NoReplicas { span, .. }
            | TransformError::ImageName { span, .. }
            | TransformError::NoMap { span, .. }
            | TransformError::Incomplete { span, .. } => Some(*span),
            TransformError::Patch(error) => Some(error.span()),
            TransformError::Reference(error) => Some(error.span()),
            TransformError::Replacement(error) => Some(error.span()),
            TransformError::Var(error) => Some(error.span()),
            TransformError::Hash(error) => Some(error.span()),
            TransformError::Sort(error) => Some(error.span()),
            TransformError::Excess(error) => Some(error.span),
        }
    }
}

impl From<WalkError<FieldError>> for TransformError {
    fn from(error: WalkError<FieldError>) -> TransformError {
        TransformError::Walk { error: Box::new(error), object: Span::default() }
    }
}

impl From<Box<Collision>> for TransformError {
    fn from(collision: Box<Collision>) -> TransformError {
        TransformError::Accumulate(collision.into())
    }
}

/// As many objects as are worth another thread.
const SHARE: usize = 64;

/// Changes every object that is not empty, several at once where there are many; of several errors the
/// first object's is given back.
pub(crate) fn each(
    resources: &mut [Resource],
    change: impl Fn(&mut Resource) -> Result<(), TransformError> + Sync,
) -> Result<(), TransformError> {
    let change = |resource: &mut Resource| {
        if is_empty(resource.node()) {
            return Ok(());
        }
        change(resource).map_err(|error| match error {
            TransformError::Walk { error, .. } => {
                TransformError::Walk { error, object: resource.span() }
            }
            error => error,
        })
    };
    if resources.len() < 2 * SHARE {
        return resources.iter_mut().try_for_each(change);
    }
    let faults: Vec<_> = resources
        .par_chunks_mut(SHARE)
        .filter_map(|chunk| chunk.iter_mut().try_for_each(change).err())
        .collect();
    faults.into_iter().next().map_or(Ok(()), Err)
}
