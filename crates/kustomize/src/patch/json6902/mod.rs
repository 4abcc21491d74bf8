//! JSON patches ([RFC 6902](https://www.rfc-editor.org/rfc/rfc6902)) as kustomize applies them, which
//! is as `gopkg.in/evanphx/json-patch.v4` does.
//!
//! A patch is decoded once ([`JsonPatch::from_json`], [`JsonPatch::from_yaml`]) and applied to as many
//! resources as its target selects ([`JsonPatch::apply`]). kustomize writes the resource as JSON,
//! patches that and reads it again; here the same is done to the nodes in place, so that what the way
//! through JSON does to a resource (numbers become floats, dates text, styles go) is done as well.
//! Which resources a patch is for, and their names, are the caller's business.
//!
//! Where the RFC and that library differ, the library counts:
//!
//! - `replace` of a key that is missing adds it; so does `add` without a value, with null. `copy` of a
//!   key that is missing copies null.
//! - Indices may be negative, have a sign and leading zeros.
//! - What stands before the first `/` of a path does not count; a path without any is no place at all.
//! - `test` compares the texts of numbers and strings: `1.0` in a JSON patch is not `1`, and `"<"` in a
//!   JSON patch is not `<` in a resource (`"\u003c"` is).

mod annotations;
mod apply;
mod container;
mod decode;
mod document;
mod equal;
mod error;
#[cfg(test)]
mod tests;

pub(crate) use annotations::{AnnotationsError, internal_annotations, rewrite_annotations};
pub(crate) use apply::Observe;
pub(crate) use error::DecodeFault;
pub use error::{DecodeError, Fault, JsonPatchError};

use crate::allowance::weight;
use crate::yaml::{Node, Span};

/// A JSON patch, ready to be applied.
#[derive(Clone, Debug)]
pub(crate) struct JsonPatch {
    operations: Vec<Operation>,
    /// The patch was `null`: it is none at all to kustomize.
    null: bool,
    /// Whether the document has to keep what JSON says of it until all operations are done, because
    /// one of them compares texts. If not, values and document get their last form at once.
    staged: bool,
}

impl JsonPatch {
    /// Whether there is no operation. Even such a patch sends a resource through JSON.
    pub(crate) fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// About how many bytes its values need.
    pub(crate) fn weight(&self) -> u64 {
        let values = self.operations.iter().map(|operation| match &operation.value {
            OperationValue::Node(value, _) => weight(value),
            OperationValue::Missing | OperationValue::Null => 0,
        });
        values.sum()
    }

    /// The operations.
    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Whether the document has another form until all operations are done.
    pub(crate) fn is_staged(&self) -> bool {
        self.staged
    }

    /// Where it stands.
    pub(crate) fn span(&self) -> Span {
        self.operations.first().map(|operation| operation.span).unwrap_or_default()
    }

    /// Whether the patch is `null`, which kustomize does not apply at all.
    pub(crate) fn is_null(&self) -> bool {
        self.null
    }
}

/// One operation. What it lacks is found out when it is applied, as kustomize does.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    name: Member,
    path: Member,
    from: Member,
    value: OperationValue,
    span: Span,
}

impl Operation {
    /// Where it stands.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// Its path and where it stands, for whoever wants to know what it changes; nothing for `test`.
    pub(crate) fn part(&self) -> Option<(String, Span)> {
        let is_test = matches!(&self.name, Member::Text(name, _) if name == "test");
        let path = self.path.text("path").ok().filter(|_| !is_test)?;
        Some((path.to_owned(), self.span))
    }
}

/// A member of an operation that should be a string.
#[derive(Clone, Debug)]
enum Member {
    /// It is not there, or null.
    Missing,
    /// It is something else.
    NotText(Span),
    Text(String, Span),
}

/// The member `value`.
#[derive(Clone, Debug)]
enum OperationValue {
    Missing,
    /// `null`, which is not the same as a null within a value: see [`container::Null`].
    Null,
    /// Anything else, with the number of levels that it has.
    Node(Node, usize),
}

/// What a patch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The operations that changed nothing, in order.
    pub(crate) unchanged: Vec<Unchanged>,
    /// How many bytes the copies have that it made.
    pub(crate) copied: u64,
}

/// An operation that changed nothing: the value is there already. (`test` is meant to change
/// nothing and is never one.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unchanged {
    /// Which operation, counted from 0.
    pub(crate) index: usize,
    /// `add`, `replace`, `copy` or `move`.
    pub(crate) operation: &'static str,
    /// Its path.
    pub(crate) path: String,
    /// Where the operation stands in the patch.
    pub(crate) span: Span,
}
