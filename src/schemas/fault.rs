//! What an API server would refuse of an object.

use std::fmt;

use kustomize::yaml::Span;

/// What kind of fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// A field that the schema does not have.
    UnknownField,
    /// A field that must be there and is not.
    MissingField,
    /// A value of another type.
    WrongType,
    /// A value of the right type that is not taken.
    InvalidValue,
    /// Two items of a list that are one and the same.
    Duplicate,
    /// A kind or a version of one that Kubernetes does not serve.
    UnknownKind,
}

/// What an API server would refuse of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault it is.
    pub kind: FaultKind,
    /// Where, as a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)). For a field that is missing, where it would be.
    pub pointer: String,
    /// The same as people write it: `spec.containers[0].image`.
    pub field: String,
    /// What is wrong there, in one sentence that names the field.
    pub message: String,
    /// What to write instead, where that can be told.
    pub help: Option<String>,
    /// The name or the value that was probably meant.
    pub meant: Option<String>,
    /// Where the value (or the field's name, or the mapping that lacks it) was written, if the object was read from a text.
    pub span: Span,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// A way into an object, step by step from the inside out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'a> {
    pub(super) outer: Option<&'a Path<'a>>,
    pub(super) step: Step<'a>,
}

/// One step into an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    Root,
    Field(&'a str),
    Item(usize),
}

impl<'a> Path<'a> {
    pub(super) const ROOT: Path<'static> = Path { outer: None, step: Step::Root };

    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Path { outer: Some(self), step: Step::Field(name) }
    }

    pub(super) fn item(&'a self, at: usize) -> Self {
        Path { outer: Some(self), step: Step::Item(at) }
    }

    fn steps(&self) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        let mut here = Some(self);
        while let Some(path) = here {
            steps.push(path.step);
            here = path.outer;
        }
        steps.reverse();
        steps
    }

    /// As a JSON pointer.
    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in self.steps() {
            match step {
                Step::Root => {}
                Step::Field(name) => {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                Step::Item(at) => pointer.push_str(&format!("/{at}")),
            }
        }
        pointer
    }

    /// As people write it; empty for the whole.
    pub(super) fn dotted(&self) -> String {
        let mut dotted = String::new();
        for step in self.steps() {
            match step {
                Step::Root => {}
                Step::Item(at) => dotted.push_str(&format!("[{at}]")),
                Step::Field(name) if name.contains(['.', '/', '[']) => {
                    dotted.push_str(&format!("[\"{name}\"]"));
                }
                Step::Field(name) => {
                    if !dotted.is_empty() {
                        dotted.push('.');
                    }
                    dotted.push_str(name);
                }
            }
        }
        dotted
    }
}
