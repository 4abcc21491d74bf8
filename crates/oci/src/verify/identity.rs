//! Who must have signed: an identity and its OIDC issuer, exactly or by pattern.

use std::fmt;

use regex::Regex;

/// What text must be.
#[derive(Clone, Debug)]
pub enum Expectation {
    /// This text.
    Exact(String),
    /// Text in which this pattern is found, as cosign's flags and Flux's `matchOIDCIdentity` take it: anywhere in the text, unless `^` and `$`
    /// say otherwise.
    Pattern(Regex),
}

impl Expectation {
    /// Whether it is met.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(expected) => expected == text,
            Self::Pattern(pattern) => pattern.is_match(text),
        }
    }

    /// Whether a longer text than the one that was meant would do, too: a pattern without `^` in front or `$` at the end.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Exact(_) => false,
            Self::Pattern(pattern) => {
                let text = pattern.as_str();
                let starts = text.starts_with('^') || text.starts_with("\\A");
                let ends = (text.ends_with('$') && !text.ends_with("\\$")) || text.ends_with("\\z");
                !(starts && ends)
            }
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(text) => write!(f, "`{text}`"),
            Self::Pattern(pattern) => write!(f, "what `{pattern}` matches"),
        }
    }
}
