//! Variables in texts, as Flux replaces them.
//!
//! In go a text and what gives values to names; out comes the text with every `${name}` replaced, or
//! the first place where Flux refuses the text. [`Template::references`] tells which variables a text
//! asks for. Nothing here knows where texts and values come from.
//!
//! The language is that of `envsubst` in Flux 2.9, byte for byte and with its peculiarities, see
//! <https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>:
//!
//! - `${name:-text}`, `:=`, `:?`, `:+` and `=` all do the same: they give `text` if the value is empty.
//!   What is in `text` is evaluated always, so that in strict mode an unset variable there is an error
//!   even if the text is not used. `-`, `?` and `+` without a colon are errors.
//! - `$$` stands for `$` in the text itself and in both parts of a replacement, nowhere else.
//! - Lengths and offsets count bytes, and `?` in a pattern may take one byte of a character. An offset
//!   from the end comes from a variable only: `${name:-2}` is a default.
//! - The pattern of a replacement reaches to the next `/`, over any `}`, and is no glob.
//! - Letters and digits of any script may be in a name, and a digit may come first.
//! - A NUL character ends the text.

mod error;
mod evaluate;
pub(in crate::flux) mod glob;
mod letters;
mod parse;
mod transform;
pub(in crate::flux) mod work;

use std::ops::Range;

pub use self::error::{EvaluateError, NotSet, SyntaxError, SyntaxErrorKind};
use self::parse::{Step, Variable};

/// A text with variables, read once.
#[derive(Clone, Debug)]
pub struct Template<'t> {
    steps: Vec<Step<'t>>,
    /// In the order in which they begin.
    variables: Vec<Variable<'t>>,
}

/// One `${...}` of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'t> {
    /// The name of the variable.
    pub name: &'t str,
    /// Where all of it stands in the text, from `${` to `}`.
    pub range: Range<usize>,
    /// The operator as it is written; nothing in `${name}`, and `#` in `${#name}` too.
    pub operator: &'t str,
    /// Whether its form has a text for when the variable is not set, if only an empty one.
    pub has_default: bool,
}

impl<'t> Template<'t> {
    /// Reads a text, in time linear in its length and however deep its variables are nested.
    ///
    /// # Errors
    /// The first place that Flux does not understand.
    pub fn parse(text: &'t str) -> Result<Self, SyntaxError> {
        let (steps, variables) = parse::parse(text)?;
        Ok(Self { steps, variables })
    }

    /// Every variable of the text, also those within others, in the order in which they begin.
    pub fn references(&self) -> impl Iterator<Item = Reference<'t>> + '_ {
        self.variables.iter().map(|variable| Reference {
            name: variable.name,
            range: variable.range.clone(),
            operator: variable.written,
            has_default: variable.operator.has_default(),
        })
    }

    /// The text with the values that the lookup gives. What is not set is empty, or an error in strict
    /// mode (the feature gate `StrictPostBuildSubstitutions`) unless its form has a default.
    ///
    /// # Errors
    /// In strict mode every variable that is not set; a length below nothing, over which Flux
    /// crashes; a result that is not UTF-8; work beyond a bound that no true text comes near.
    pub fn evaluate<'v>(
        &self,
        lookup: &dyn Fn(&str) -> Option<&'v str>,
        strict: bool,
    ) -> Result<String, EvaluateError> {
        evaluate::evaluate(&self.steps, &self.variables, lookup, strict)
    }
}

/// Whether Flux takes a variable of this name: letters, digits and `_` of ASCII, no digit first. It
/// refuses to build if one that it is given has another, although texts may ask for more.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests;
