//! Go's `text/template` as flux-operator uses it: `<<` and `>>` around actions, the functions of slim-sprig, `slugify`, `toYaml`.
//!
//! In go the text of a template and inputs that have been put on a [`Heap`]; out comes text, or a [`TemplateError`] with its place.
//! The [`lexer`] makes words of the text, the [`parser`] a tree of them, [`evaluate`] walks it, and [`functions`] is a table.
//! Nothing here knows YAML, but for `toYaml`, nor Kubernetes. What a template may cost is bounded: by the steps of the heap, which
//! count every byte that is made, and by the depth of what is nested.
//!
//! Specified by <https://pkg.go.dev/text/template> and <https://go-task.github.io/slim-sprig/>.
//!
//! # What differs on purpose
//!
//! - Texts are UTF-8: what cuts a character in two (`trunc`, `substr`, `b64dec`) is an error.
//! - `keys` and `values` are in the order of the keys; in Go that order is by chance.
//! - `sortAlpha` leaves the list that it is given as it is; in Go it sorts a list of texts where that is. `slice` does not reach
//!   into what Go keeps behind the end of a list.
//! - What `b64dec` and `b32dec` cannot read is an error; in Go it becomes the sentence of the error.
//! - `slugify` knows Latin letters only; addresses with escapes are errors.
//! - Complex numbers, hexadecimal floats and functions that depend on time or chance are errors.

mod error;
mod evaluate;
mod functions;
mod lexer;
mod literal;
mod parser;
mod print;
mod tree;
mod value;

pub use self::error::{TemplateError, TemplateErrorKind};
pub(super) use self::functions::{adler32, yaml};
pub(super) use self::value::{Heap, Map, Value};

/// What the template of the text itself is called.
const MAIN: &str = "resourceset";

/// A template that has been read.
#[derive(Debug)]
pub(super) struct Template<'a> {
    text: &'a str,
    tree: tree::Tree,
}

impl<'a> Template<'a> {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// What cannot be read, and functions and variables that there are not.
    pub(super) fn parse(text: &'a str) -> Result<Template<'a>, TemplateError> {
        Ok(Template { text, tree: parser::parse(text)? })
    }

    /// Writes the text of a template for some inputs.
    ///
    /// # Errors
    ///
    /// What a function refuses, entries that there are not, and more work than the heap has steps for.
    pub(super) fn execute(&self, inputs: Map, heap: &mut Heap) -> Result<String, TemplateError> {
        evaluate::execute(&self.tree, self.text, inputs, heap)
    }
}
