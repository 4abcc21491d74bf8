//! What can be wrong with the text of a file. The message has no position in it: the span has, and
//! the caller shows it.

use super::Span;

/// A fault in a YAML text and its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where.
    pub span: Span,
}

/// What is wrong with a YAML text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not UTF-8. The span is the first byte at fault.
    #[error("this is not valid UTF-8 text (byte 0x{byte:02x})")]
    InvalidUtf8 {
        /// The byte at fault.
        byte: u8,
    },
    /// A character that YAML does not allow in a file, such as NUL or another control character.
    #[error("the control character U+{:04X} is not allowed in YAML", u32::from(*character))]
    ControlCharacter {
        /// The character.
        character: char,
    },
    /// The text breaks YAML's grammar.
    #[error("{problem}")]
    Syntax {
        /// What the grammar wants, as a sentence.
        problem: String,
    },
    /// A mapping has a key twice. The span is the later key.
    #[error("the key `{key}` is already set in this mapping")]
    DuplicateKey {
        /// The key.
        key: String,
        /// The place of the earlier key.
        first: Span,
    },
    /// A mapping or a sequence stands where a key is expected. Text such as `{{ name }}` without
    /// quotes is the usual reason.
    #[error(
        "{found} cannot be a key of a mapping; if this is meant to be text, write it in quotes"
    )]
    KeyNotScalar {
        /// What was found, such as `a mapping`.
        found: &'static str,
    },
    /// `*name` without an earlier `&name`.
    #[error("there is no anchor `&{anchor}` before this alias")]
    UnknownAlias {
        /// The name.
        anchor: String,
    },
    /// `*name` inside what `&name` marks.
    #[error("the alias `*{anchor}` stands inside the value that it repeats")]
    RecursiveAlias {
        /// The name.
        anchor: String,
    },
    /// A key that cannot be the name of a field in JSON: null, or a number that does not fit.
    #[error("{found} cannot be a key here; if this is meant to be text, write it in quotes")]
    KeyNotText {
        /// What was found, such as `null`.
        found: &'static str,
    },
    /// `.inf` or `.nan` in what becomes JSON, which has no such numbers.
    #[error("`{text}` is no number that can be used here")]
    NotFinite {
        /// What it is.
        text: &'static str,
    },
    /// The value of a merge key `<<` is neither a mapping nor a sequence of mappings.
    #[error("a merge key `<<` takes a mapping or a sequence of mappings, not {found}")]
    InvalidMerge {
        /// What was found.
        found: &'static str,
    },
    /// A tag such as `!!int` on text that is no such thing.
    #[error("`{text}` cannot be read as {tag}")]
    TagMismatch {
        /// The tag in its short form.
        tag: String,
        /// The text.
        text: String,
    },
    /// The file, after its aliases are expanded, has more nodes than the budget allows.
    #[error("this has more than {limit} values{}", if *aliases { " when its aliases are expanded" } else { "" })]
    TooManyNodes {
        /// [`Budget::nodes`](super::Budget::nodes).
        limit: usize,
        /// Whether aliases made it so.
        aliases: bool,
    },
    /// Mappings and sequences are nested deeper than the budget allows.
    #[error("this is nested more than {limit} levels deep")]
    TooDeep {
        /// [`Budget::depth`](super::Budget::depth).
        limit: usize,
    },
    /// The file has more bytes than the budget allows; it was not read.
    #[error("the file has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// The size of the file.
        size: usize,
        /// [`Budget::bytes`](super::Budget::bytes).
        limit: usize,
    },
    /// There were more errors than are worth reporting; always the last of a list.
    #[error("there are more than {limit} errors; the rest is left out")]
    TooManyErrors {
        /// How many were reported.
        limit: usize,
    },
}
