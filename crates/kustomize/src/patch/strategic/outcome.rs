//! What comes of a merge, and what can go wrong with it.

use crate::yaml::Span;

/// What came of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Whether the target is to be deleted.
    pub(crate) deleted: bool,
    /// Whether the target means something else than before; its kind, its name and its namespace, which kustomize
    /// takes back unless they may change, do not count.
    pub(crate) changed: bool,
    /// Whether `kind` is another one.
    pub(crate) kind_changed: bool,
    /// Whether `metadata.name` is another one.
    pub(crate) name_changed: bool,
    /// What in the patch does not do what it says.
    pub(crate) idle: Vec<Idle>,
}

/// A part of a patch that does not do what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Idle {
    pub(crate) kind: IdleKind,
    /// Where it stands in the patch.
    pub(crate) span: Span,
}

/// Why a part of a patch does not do what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdleKind {
    /// `$patch: delete` for what is not there.
    NothingToDelete,
    /// null for a field that is not there.
    NullForNothing,
    /// `$patch: replace` for the whole object, or for an item that the target has: kustomize leaves
    /// both as they were.
    ReplaceIgnored,
    /// An item that kustomize loses: it lacks one of the list's merge keys, or comes a second time.
    ItemLost,
    /// A directive that kustomize does not obey here and leaves in the object.
    LeftInPlace,
}

/// Why a patch cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what each is, and the fields are what they name")]
pub enum MergeError {
    #[error(
        "the patch has {found} where the target has {expected}, and kustomize cannot merge the two: \
         write {expected}, or set the field to null in a patch before this one"
    )]
    WrongKind { expected: &'static str, found: &'static str, span: Span },
    #[error(
        "this list is merged by the key `{key}` of its items, so each must be a mapping, and this is {found}"
    )]
    WrongItem { key: String, found: &'static str, span: Span },
    #[error(
        "the items of this list are merged by their text, so each must be a scalar, and this is {found}"
    )]
    NoScalar { found: &'static str, span: Span },
    #[error("`$patch: {found}` is no directive: write `delete`, `merge` or `replace`")]
    UnknownDirective { found: String, span: Span },
    #[error("kustomize cannot merge a mapping that has an empty key")]
    EmptyKey { span: Span },
    #[error(
        "this list has {items} items, some of them without its merge keys or twice, which is too many to be \
         merged: give each item its own keys"
    )]
    TooManyItems { items: usize, span: Span },
}

impl MergeError {
    /// The place at fault: in the patch, or in the target where that is at fault.
    pub(crate) fn span(&self) -> Span {
        match self {
            MergeError::WrongKind { span, .. }
            | MergeError::WrongItem { span, .. }
            | MergeError::NoScalar { span, .. }
            | MergeError::UnknownDirective { span, .. }
            | MergeError::EmptyKey { span }
            | MergeError::TooManyItems { span, .. } => *span,
        }
    }
}
