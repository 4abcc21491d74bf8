//! What can be wrong with a path, or with what it leads to.

use super::NodeKind;
use crate::yaml::Span;

/// A path that cannot be followed. The span is the node where it ends, in the object; whoever knows where
/// the path was written adds that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The path goes on as if this were something else.
    #[error("the path needs {expected} here, but this is {found}")]
    WrongKind {
        /// What the path needs.
        expected: NodeKind,
        /// What there is.
        found: &'static str,
        /// The node.
        span: Span,
    },
    /// `-1` as the index of a list.
    #[error("the index {index} is below zero; the first element of a list has the index 0")]
    NegativeIndex {
        /// The index.
        index: i64,
    },
    /// An index beyond the end of a list.
    #[error("there is no element {index} in this list of {length}")]
    IndexBeyondEnd {
        /// The index.
        index: usize,
        /// How many elements there are.
        length: usize,
        /// The list.
        span: Span,
    },
    /// `-`, the last element, of an empty list.
    #[error("`-` means the last element, but this list is empty")]
    NoLastElement {
        /// The list.
        span: Span,
    },
    /// `*` where only one field can be meant.
    #[error("`*` cannot stand in this path: it must lead to one field")]
    Wildcard,
    /// Brackets without `=`.
    #[error(
        "`{part}` selects nothing from a list; write `[name=value]`, or `[=value]` for a list of scalars"
    )]
    Selector {
        /// The part of the path.
        part: String,
    },
    /// A part of a path is empty.
    #[error("the path has an empty part; two dots follow each other in it, or it ends in one")]
    EmptyPart,
    /// A selector is no regular expression.
    #[error("`{part}` in the path is not a regular expression: {problem}")]
    Pattern {
        /// The part of the path.
        part: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An element that was created for a selector is not found by it.
    #[error(
        "`{part}` does not match the element that would be created for it; write a plain value there"
    )]
    SelfMismatch {
        /// The part of the path.
        part: String,
    },
    /// The path goes on into text that is no YAML.
    #[error("the path goes on into this text, but it is no YAML: {problem}")]
    NotStructured {
        /// What is wrong with it.
        problem: String,
        /// The text.
        span: Span,
    },
    /// The path has too many parts.
    #[error("the path has {parts} parts, more than the {limit} that are followed")]
    TooLong {
        /// How many it has.
        parts: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl FieldError {
    /// The place in the object, where there is one.
    pub fn span(&self) -> Option<Span> {
        match self {
            FieldError::WrongKind { span, .. }
            | FieldError::IndexBeyondEnd { span, .. }
            | FieldError::NoLastElement { span }
            | FieldError::NotStructured { span, .. } => Some(*span),
            _ => None,
        }
    }
}
