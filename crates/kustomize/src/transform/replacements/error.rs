//! What is wrong with a replacement, and which did nothing.

use crate::allowance::Excess;
use crate::field::FieldError;
use crate::yaml::Span;

/// Why a replacement cannot be carried out. The span is a place in the file with the replacement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(
    missing_docs,
    reason = "`span` is the place, `object` the object's kind and name, `path` the field path"
)]
pub enum Error {
    /// Neither source nor value.
    #[error("the replacement has no source; write `source` with a selector, or `sourceValue`")]
    NoSource { span: Span },
    /// Both.
    #[error("the replacement has both `source` and `sourceValue`; one of them is enough")]
    TwoSources { span: Span },
    /// No targets.
    #[error("the replacement has no `targets`; say where the value goes")]
    NoTargets { span: Span },
    /// A target that selects nothing by not saying anything.
    #[error("the target has no `select`; say which objects it means")]
    NoSelect { span: Span },
    /// No object is the source.
    #[error("no object is {selector}, the source of this replacement")]
    SourceMissing { selector: String, span: Span },
    /// More than one is.
    #[error(
        "more than one object is {selector}, the source of this replacement; say more of it, such as \
         its namespace"
    )]
    SourceAmbiguous { selector: String, span: Span },
    /// The path cannot be followed in the source.
    #[error("`{path}` cannot be followed in {object}, the source of this replacement: {source}")]
    SourcePath { path: String, object: String, source: FieldError, span: Span },
    /// The field of the source is missing, null, or empty.
    #[error("{object}, the source of this replacement, has nothing at `{path}`")]
    SourceEmpty { path: String, object: String, span: Span },
    /// A part is wanted of what is no scalar.
    #[error("`{path}` of {object} is {found}; `delimiter` splits scalars alone")]
    SourceNotScalar { path: String, object: String, found: &'static str, span: Span },
    /// The part is not there.
    #[error(
        "`{path}` of {object} has {parts} part(s) between `{delimiter}`, and so none with the index \
         {index}; the first has the index 0"
    )]
    SourceIndex {
        path: String,
        object: String,
        delimiter: String,
        index: i64,
        parts: usize,
        span: Span,
    },
    /// The path cannot be followed in a target.
    #[error("`{path}` cannot be followed in {object}: {source}")]
    TargetPath { path: String, object: String, source: FieldError, span: Span },
    /// The field of a target is missing.
    #[error(
        "{object} has no field `{path}`; `options.create: true` creates one, and `reject` leaves the \
         object out"
    )]
    TargetMissing { path: String, object: String, span: Span },
    /// A part is to be set in what is no scalar.
    #[error("`{path}` of {object} is {found}; `delimiter` sets a part of scalars alone")]
    TargetNotScalar { path: String, object: String, found: &'static str, span: Span },
    /// A value within values within values.
    #[error("with this value at `{path}`, {object} would be nested more than {limit} levels deep")]
    TooDeep { path: String, object: String, limit: usize, span: Span },
    /// More than a build may make.
    #[error(transparent)]
    Excess(#[from] Excess),
}

impl Error {
    /// The place in the file with the replacement.
    pub fn span(&self) -> Span {
        match self {
            Error::NoSource { span }
            | Error::TwoSources { span }
            | Error::NoTargets { span }
            | Error::NoSelect { span }
            | Error::SourceMissing { span, .. }
            | Error::SourceAmbiguous { span, .. }
            | Error::SourcePath { span, .. }
            | Error::SourceEmpty { span, .. }
            | Error::SourceNotScalar { span, .. }
            | Error::SourceIndex { span, .. }
            | Error::TargetPath { span, .. }
            | Error::TargetMissing { span, .. }
            | Error::TargetNotScalar { span, .. }
            | Error::TooDeep { span, .. }
            | Error::Excess(Excess { span, .. }) => *span,
        }
    }
}

/// A part of a replacement that did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "`span` is the place, `path` the field path")]
pub(crate) enum Idle {
    /// A target that selects no object.
    #[error("this target of a replacement selects no object")]
    NothingSelected { span: Span },
    /// A field that has the value in every object already.
    #[error("`{path}` has this value already in every object that the target selects")]
    NothingChanged { path: String, span: Span },
    /// What is written does not reach the object: below null, or in text that cannot be written back.
    #[error(
        "what is written to `{path}` is lost: the path leads through null, or into text that it cannot \
         change"
    )]
    Lost { path: String, span: Span },
}
