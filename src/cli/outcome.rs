//! What a command gives back when it did what it was asked for.

use std::process::ExitCode;

use crate::diagnostic::{Diagnostic, Texts};

/// The exit codes; stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or in sync.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// A check found something.
    Found = 3,
    /// Conflicts were left in files.
    Conflicts = 4,
    /// Something outside failed; a retry may help.
    Outside = 5,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What came of a command: one content in each form that it can be asked for.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// For people; ends with a line break unless it is empty.
    pub text: String,
    /// For machines.
    pub data: serde_json::Value,
    /// `kind/name` of what it is about, for `--output name`.
    pub names: Vec<String>,
    /// What was found on the way.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that the diagnostics point into.
    pub texts: Texts,
    /// The exit code.
    pub exit: Exit,
    /// Whether the text is what was asked for (a table, a schema) and not a message, so that `--quiet` keeps it.
    pub asked_for: bool,
}

impl Outcome {
    /// A message for people with its data for machines.
    pub(crate) fn message(text: impl Into<String>, data: serde_json::Value) -> Self {
        Self {
            text: text.into(),
            data,
            names: Vec::new(),
            diagnostics: Vec::new(),
            texts: Texts::default(),
            exit: Exit::Done,
            asked_for: false,
        }
    }

    /// What was asked for, with its data for machines.
    pub(crate) fn answer(text: impl Into<String>, data: serde_json::Value) -> Self {
        Self { asked_for: true, ..Self::message(text, data) }
    }

    /// The same with names.
    pub(crate) fn named(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.names.extend(names);
        self
    }

    /// The same with warnings.
    pub(crate) fn with_diagnostics(mut self, diagnostics: Vec<Diagnostic>, texts: Texts) -> Self {
        self.diagnostics = diagnostics;
        self.texts = texts;
        self
    }

    /// The same with another exit code.
    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}
