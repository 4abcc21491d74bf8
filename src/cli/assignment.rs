//! `PATH=VALUE` on the command line, with the value as the field's type wants it.

use serde_json::Value;

use crate::spec::EntityKind;
use crate::spec::edit::{self, EditError};

/// One `PATH=VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assignment {
    /// The path, such as `quota.cpu`.
    pub path: String,
    /// The value as it was written.
    pub text: String,
}

impl std::str::FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match split(text) {
            Some((path, value)) if !path.is_empty() => {
                Ok(Self { path: path.to_owned(), text: value.to_owned() })
            }
            _ => Err(format!("`{text}` is not of the form PATH=VALUE")),
        }
    }
}

/// Splits at the first `=` outside of quotes and brackets, in which a label's key may stand.
fn split(text: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut depth) = (false, 0_usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '=' if !quoted && depth == 0 => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

impl Assignment {
    /// The value as the field takes it, so that `quota.cpu=40` says `"40"`.
    pub(crate) fn value(&self, kind: EntityKind) -> Result<Value, EditError> {
        edit::value(kind, &self.path, &self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_equals_sign_of_a_quoted_key_does_not_end_the_path() {
        assert_eq!(split("labels.\"a=b\"=c"), Some(("labels.\"a=b\"", "c")));
        assert_eq!(split("labels[a=b]=c=d"), Some(("labels[a=b]", "c=d")));
        assert_eq!(split("labels"), None);
    }
}
