//! What can be wrong with a text and with its values.

use std::ops::Range;

/// A text that Flux does not understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where in the text, in bytes.
    pub at: usize,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxErrorKind {
    /// No name follows `${` or `${#`.
    #[error(
        "`${{` needs the name of a variable after it; write `$${{` for the characters themselves"
    )]
    Name,
    /// What follows a name is neither `}` nor an operator.
    #[error(
        "after the name of a variable Flux knows `}}` and the operators `:=`, `:-`, `:?`, `:+`, `=`, `:`, \
         `^`, `,`, `#`, `%` and `/`, nothing else"
    )]
    Operator,
    /// Nothing that an operator could take follows it.
    #[error("the operator needs a text after it")]
    Argument,
    /// The pattern of a replacement does not end.
    #[error("the pattern of a replacement ends with `/`, as in `${{name/pattern/text}}`")]
    Slash,
    /// Something else stands where `}` has to.
    #[error("`}}` is missing here: this operator takes one text, or one `${{...}}`, not both")]
    Brace,
    /// The text ends before its `}`; the place is that of its `${`.
    #[error("`${{` is not closed by `}}`")]
    Unclosed,
}

/// Values that cannot be put into a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// Variables without a value, in strict mode, in the order of the text.
    #[error("not set: {}", names(.0))]
    NotSet(Vec<NotSet>),
    /// A part of a value whose end comes before its beginning.
    #[error("the part of the value of `{name}` ends before it begins, over which Flux crashes")]
    EndBeforeBegin {
        /// The variable.
        name: String,
        /// Where it stands in the text.
        range: Range<usize>,
    },
    /// The result is not UTF-8, because a character of a value was cut in two.
    #[error("a character in the value of `{name}` is cut in two: Flux counts bytes")]
    NotUtf8 {
        /// The variable.
        name: String,
        /// Where it stands in the text.
        range: Range<usize>,
    },
    /// The patterns or the result are too long.
    #[error("too much work: the values and patterns are too long")]
    TooMuch {
        /// The place in the text where the bound was met.
        range: Range<usize>,
    },
}

/// A variable that is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSet {
    /// Its name.
    pub name: String,
    /// Where all of its `${...}` stands in the text.
    pub range: Range<usize>,
}

fn names(variables: &[NotSet]) -> String {
    let mut names: Vec<String> = Vec::new();
    for variable in variables {
        let name = format!("`{}`", variable.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}
