//! The regular expressions in list selectors, which match anywhere in the text.
//!
//! A stand-in: what Go's syntax has and the crate `regex` has not is to come from the selectors' module.

use super::FieldError;

/// A regular expression, or plain text that needs none.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Plain(String),
    Regex(Box<regex::Regex>),
}

impl Pattern {
    /// Compiles the value of the selector that a part of a path is.
    pub(super) fn new(part: &str, value: &str) -> Result<Pattern, FieldError> {
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b' ');
        if value.bytes().all(plain) {
            return Ok(Pattern::Plain(value.to_owned()));
        }
        match regex::Regex::new(value) {
            Ok(regex) => Ok(Pattern::Regex(Box::new(regex))),
            Err(error) => Err(FieldError::Pattern {
                part: part.to_owned(),
                problem: error.to_string().lines().last().unwrap_or_default().to_owned(),
            }),
        }
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        match self {
            Pattern::Plain(plain) => text.contains(plain.as_str()),
            Pattern::Regex(regex) => regex.is_match(text),
        }
    }
}
