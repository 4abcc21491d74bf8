//! The regular expressions of targets: Go's syntax, matched as kustomize does, against the whole of a
//! name.
//!
//! kustomize puts the pattern between `^(?:` and `)$` as a text and compiles that, so that `a)|(?:b`
//! is a pattern too. Go's syntax is read by [`syntax`] and written anew for the `regex` crate, which
//! like Go's engine needs time linear in the name. Most patterns are names or groups, with a dot or
//! `.*` at most: these are compared without that crate, since compiling takes longer than all the
//! comparing.

mod class;
mod syntax;
mod unicode;
mod wildcard;

use wildcard::Wildcard;

/// How large a compiled pattern may be, in bytes.
const SIZE_LIMIT: usize = 10 << 20;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Regex {
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    Literal(Box<str>),
    Wildcard(Wildcard),
    Regex(regex::bytes::Regex),
}

/// A pattern that Go's `regexp` does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no regular expression: {fault}")]
pub(crate) struct RegexError {
    /// The pattern.
    pub(crate) pattern: String,
    /// What is wrong with it.
    pub(crate) fault: RegexFault,
}

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RegexFault {
    /// `\y`, or a backslash at the end.
    #[error("there is no escape `{escape}`; a backslash by itself is `\\\\`")]
    Escape {
        /// The escape.
        escape: String,
    },
    /// `[z-a]`, or a class that does not exist.
    #[error("there is no class or range `{range}`")]
    Class {
        /// The class or the range.
        range: String,
    },
    /// `[` without `]`.
    #[error("a `[` has no `]`; a `[` by itself is `\\[`")]
    OpenClass,
    /// `(` without `)`.
    #[error("a `(` has no `)`; a `(` by itself is `\\(`")]
    OpenGroup,
    /// `)` without `(`.
    #[error("a `)` has no `(`; a `)` by itself is `\\)`")]
    UnexpectedClose,
    /// `(?=`, `(?<!` and the like.
    #[error("`{group}` is nothing that Go's regular expressions have")]
    Group {
        /// How the group starts.
        group: String,
    },
    /// `*` at the start.
    #[error(
        "`{operator}` has nothing before it to repeat; `*` by itself is `\\*`, any text is `.*`"
    )]
    NothingToRepeat {
        /// The operator.
        operator: String,
    },
    /// `**`
    #[error("`{operator}` repeats what is repeated already")]
    RepeatedRepeat {
        /// The operator.
        operator: String,
    },
    /// `{1001}`, also in steps.
    #[error("`{operator}` repeats more than 1000 times, or the wrong way round")]
    RepeatCount {
        /// The operator.
        operator: String,
    },
    /// Nested too deep.
    #[error("it is nested more than {limit} levels deep")]
    TooDeep {
        /// How deep it may be.
        limit: usize,
    },
    /// Too large when it is compiled.
    #[error("it is too large when it is compiled")]
    TooLarge,
}

impl Regex {
    /// Compiles a pattern. An empty one matches everything, as a part of a target that is not there.
    ///
    /// # Errors
    ///
    /// What Go does not compile, and what is too large or nested too deep to be meant well.
    pub(crate) fn new(pattern: &str) -> Result<Regex, RegexError> {
        let matcher = if pattern.is_empty() {
            Matcher::Wildcard(Wildcard::everything())
        } else if syntax::is_literal(pattern) {
            Matcher::Literal(pattern.into())
        } else if let Some(wildcard) = Wildcard::parse(pattern) {
            Matcher::Wildcard(wildcard)
        } else {
            let anchored = Regex::unanchored(&format!("^(?:{pattern})$"));
            anchored.map_err(|error| RegexError { pattern: pattern.to_owned(), ..error })?.matcher
        };
        Ok(Regex { matcher })
    }

    /// Compiles a pattern that matches wherever a text has it.
    ///
    /// # Errors
    ///
    /// As [`Regex::new`].
    pub(crate) fn unanchored(pattern: &str) -> Result<Regex, RegexError> {
        let fault = |fault| RegexError { pattern: pattern.to_owned(), fault };
        let translated = syntax::translate(pattern).map_err(fault)?;
        let regex = regex::bytes::RegexBuilder::new(&translated)
            .size_limit(SIZE_LIMIT)
            .nest_limit(4 * syntax::MAX_DEPTH as u32 + 8)
            .build()
            .map_err(|_| fault(RegexFault::TooLarge))?;
        Ok(Regex { matcher: Matcher::Regex(regex) })
    }

    /// Whether the whole text matches.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match &self.matcher {
            Matcher::Literal(literal) => **literal == *text,
            Matcher::Wildcard(wildcard) => wildcard.is_match(text),
            Matcher::Regex(regex) => regex.is_match(text.as_bytes()),
        }
    }

    /// The one text that matches, if the pattern is a plain text.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match &self.matcher {
            Matcher::Literal(literal) => Some(literal),
            Matcher::Wildcard(_) | Matcher::Regex(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
