//! What can be wrong with a JSON patch, by itself and on a document.

use crate::go::json::{JsonSyntaxError, Unsayable};
use crate::yaml::{Span, TabError};

/// A text that is no JSON patch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct DecodeError {
    /// What is wrong.
    pub(crate) fault: DecodeFault,
    /// Where.
    pub(crate) span: Span,
}

/// What is wrong with a text that should be a JSON patch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeFault {
    /// It starts with `[` and is no JSON.
    #[error(transparent)]
    Syntax(JsonSyntaxError),
    /// It is no YAML.
    #[error(transparent)]
    Yaml(crate::yaml::Error),
    /// It is something else than a list.
    #[error("a JSON patch is a list of operations, not {found}")]
    NotAList {
        /// What was found, such as `a mapping`.
        found: &'static str,
    },
    /// An item of the list is something else than a mapping.
    #[error("an operation is a mapping such as `{{op: add, path: /a/b, value: c}}`, not {found}")]
    NotAnOperation {
        /// What was found.
        found: &'static str,
    },
    /// A key that cannot become one in JSON.
    #[error("{found} cannot be a key in JSON: write it in quotes")]
    Key {
        /// What was found.
        found: &'static str,
    },
    /// A value that JSON does not know.
    #[error(transparent)]
    Value(Unsayable),
}

/// A JSON patch that cannot be applied to a document, which is left as it was halfway through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonPatchError {
    /// An operation failed.
    #[error("operation {} (`{operation}`{}) failed: {fault}", index + 1, on(path))]
    Operation {
        /// Which one, counted from 0.
        index: usize,
        /// What it is called, such as `add`.
        operation: String,
        /// Its path, if it has one.
        path: Option<String>,
        /// Where it stands in the patch.
        span: Span,
        /// What is wrong.
        fault: Fault,
    },
    /// The document cannot be said in JSON.
    #[error("the resource cannot be patched: {0}")]
    Document(Unsayable),
    /// The document cannot be read again after it was written.
    #[error(transparent)]
    Tab(TabError),
    /// Nothing but a mapping is a resource.
    #[error("the patch turns the whole resource into a list")]
    NotAMapping {
        /// The patch.
        span: Span,
    },
    /// A number in the document is beyond what a `float64` holds.
    #[error("the number `{text}` is too large")]
    NumberTooLarge {
        /// The number.
        text: String,
        /// Where it came from.
        span: Span,
    },
}

impl JsonPatchError {
    /// Where the fault is: an operation of the patch, or a value of either file.
    pub(crate) fn span(&self) -> Span {
        match self {
            JsonPatchError::Document(error) => error.span(),
            JsonPatchError::Tab(error) => error.span,
            JsonPatchError::Operation { span, .. }
            | JsonPatchError::NotAMapping { span }
            | JsonPatchError::NumberTooLarge { span, .. } => *span,
        }
    }
}

/// Why an operation failed. No value of the document or the patch is ever in it: it may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no `op`, or it is no string.
    #[error("it has no `op`: one of {OPERATIONS}")]
    NoName,
    /// An `op` that does not exist; capitals count.
    #[error("there is no such operation: `op` is one of {OPERATIONS}")]
    UnknownName,
    /// A member that the operation needs is not there.
    #[error("it has no `{member}`")]
    NoMember {
        /// `path` or `from`.
        member: &'static str,
    },
    /// A member that should be a string is something else.
    #[error("`{member}` is not a string: write it in quotes")]
    MemberNotText {
        /// `path` or `from`.
        member: &'static str,
    },
    /// A path without any `/`.
    #[error("the path `{path}` is no place in a resource: a path starts with `/`")]
    NoSlash {
        /// The path.
        path: String,
    },
    /// The empty path, which only `replace` and `test` take.
    #[error("an empty path is the whole resource, which only `replace` and `test` can have")]
    WholeDocument,
    /// Something on the way is not there.
    #[error("the resource has no `{parent}`{}", if *null { ": it is null; add it as a whole" } else { "; add it first, or as a whole" })]
    NoParent {
        /// The path of the first thing that is not there.
        parent: String,
        /// Whether it is there, but null.
        null: bool,
    },
    /// Something on the way is a scalar.
    #[error("`{parent}` is {found}, so that there is nothing below it")]
    NotAContainer {
        /// The path of it.
        parent: String,
        /// What it is.
        found: &'static str,
    },
    /// A key that is not there.
    #[error("`{parent}` has no key `{key}`")]
    NoKey {
        /// The path of the mapping.
        parent: String,
        /// The key.
        key: String,
    },
    /// Something else than a number where a list wants one.
    #[error("`{parent}` is a list, and `{key}` is not the number of an item{}", dash(key))]
    NotAnIndex {
        /// The path of the list.
        parent: String,
        /// What stands there.
        key: String,
    },
    /// An item that is not there.
    #[error("`{parent}` has {}, so that there is no item {index} (they are counted from 0)", items(*len))]
    NoItem {
        /// The path of the list.
        parent: String,
        /// The number as it was given.
        index: i64,
        /// How many items there are.
        len: usize,
    },
    /// `replace` of the whole document by something that is none.
    #[error("the whole resource can only be replaced by a mapping")]
    NoDocument,
    /// `test` found something else.
    #[error("the value there is not the one that it tests for")]
    TestFailed,
    /// `test` without a value where there is one.
    #[error("it has no `value`, and there is a value")]
    NothingToTest,
    /// Nested deeper than anything is read.
    #[error("this would be nested more than {limit} levels deep")]
    TooDeep {
        /// How deep it may be.
        limit: usize,
    },
    /// Copies of copies.
    #[error("the patch copies more than {} MiB", .limit >> 20)]
    TooMuchCopied {
        /// How many bytes it may copy.
        limit: u64,
    },
}

const OPERATIONS: &str = "`add`, `remove`, `replace`, `move`, `copy` and `test`";

fn on(path: &Option<String>) -> String {
    path.as_ref().map(|path| format!(" on `{path}`")).unwrap_or_default()
}

fn dash(key: &str) -> &'static str {
    if key == "-" { "; only what is added can go to the end by `-`" } else { "" }
}

fn items(len: usize) -> String {
    match len {
        0 => "no items".to_owned(),
        1 => "one item".to_owned(),
        len => format!("{len} items"),
    }
}
