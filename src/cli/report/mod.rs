//! Turns outcomes and failures into what people, scripts and code scanners read.
//!
//! In go an [`Outcome`] or a [`Failure`]; out come bytes on standard output (results) and standard error (messages). Nothing here
//! judges or decides.

mod json;
mod position;
mod sarif;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::{EnumValueParser, PathBufValueParser, TypedValueParser};

use super::failure::Failure;
use super::outcome::Outcome;
use super::ui::Ui;
use crate::diagnostic::{Code, Diagnostic, Texts};

/// The form of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One versioned envelope for all commands.
    Json,
    /// The data of the envelope as YAML.
    Yaml,
    /// A line `kind/name` a thing.
    Name,
    /// The diagnostics as SARIF 2.1.0.
    Sarif,
    /// Of `diff`: for a comment on a pull request.
    #[value(hide = true)]
    Markdown,
    /// Of `graph`: a Mermaid flowchart.
    #[value(hide = true)]
    Mermaid,
    /// Of `graph`: Graphviz.
    #[value(hide = true)]
    Dot,
    /// Of `graph`: an image.
    #[value(hide = true)]
    Svg,
    /// Of `graph`: a page.
    #[value(hide = true)]
    Html,
}

/// What `--output` says: the form of results, and after `build` where they go.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    /// The form.
    Form(Format),
    /// A file or a folder.
    To(PathBuf),
}

impl Output {
    /// Reads the form of results.
    pub(crate) fn forms() -> impl TypedValueParser<Value = Self> {
        EnumValueParser::<Format>::new().map(Self::Form)
    }

    /// Reads a path, whatever it is named.
    pub(crate) fn paths() -> impl TypedValueParser<Value = Self> {
        PathBufValueParser::new().map(Self::To)
    }

    /// The form of results.
    pub(crate) fn form(&self) -> Format {
        match self {
            Self::Form(form) => *form,
            Self::To(_) => Format::Text,
        }
    }
}

impl Default for Output {
    fn default() -> Self {
        Self::Form(Format::Text)
    }
}

impl Format {
    /// As it is written on the command line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Name => "name",
            Self::Sarif => "sarif",
            Self::Markdown => "markdown",
            Self::Mermaid => "mermaid",
            Self::Dot => "dot",
            Self::Svg => "svg",
            Self::Html => "html",
        }
    }
}

/// Writes what came of a command.
///
/// # Errors
/// When standard output or standard error cannot be written.
pub(crate) fn write(ui: &Ui, command: &str, result: Result<Outcome, Failure>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut err = io::stderr().lock();
    let (outcome, failure) = match result {
        Ok(outcome) => (Some(outcome), None),
        Err(failure) => (None, Some(failure)),
    };
    let no_diagnostics = (Vec::new(), Texts::default());
    let from_failure = failure.as_ref().map_or(no_diagnostics, Failure::diagnostics);
    let (own, texts): (&[Diagnostic], &Texts) = match &outcome {
        Some(outcome) => (&outcome.diagnostics, &outcome.texts),
        None => (&from_failure.0, &from_failure.1),
    };
    let mut diagnostics = ui.warnings();
    diagnostics.extend_from_slice(own);
    let diagnostics = &*diagnostics;
    match ui.format {
        Format::Json => {
            let ok = outcome.as_ref().is_some_and(|outcome| outcome.exit == super::Exit::Done);
            let data = outcome.as_ref().map(|outcome| &outcome.data);
            let envelope = json::envelope(command, ok, data, diagnostics, texts);
            serde_json::to_writer_pretty(&mut out, &envelope)?;
            writeln!(out)?;
        }
        Format::Sarif => {
            serde_json::to_writer_pretty(&mut out, &sarif::log(diagnostics, texts))?;
            writeln!(out)?;
        }
        _ => {
            if let Some(outcome) = &outcome {
                match ui.format {
                    Format::Yaml => {
                        out.write_all(super::commands::yaml(&outcome.data).as_bytes())?;
                    }
                    Format::Name => {
                        for name in &outcome.names {
                            writeln!(out, "{name}")?;
                        }
                    }
                    _ if outcome.asked_for || !ui.quiet => {
                        out.write_all(outcome.text.as_bytes())?;
                    }
                    _ => {}
                }
            }
            out.flush()?;
            let failed = outcome.as_ref().is_none_or(|outcome| {
                !matches!(outcome.exit, super::Exit::Done | super::Exit::Found)
            });
            // What a run that was cut off did to somebody's files is told to whoever wants to hear nothing, too.
            let told = |one: &&Diagnostic| !ui.quiet || failed || one.code == Code::CutOffRun;
            let told: Vec<Diagnostic> = diagnostics.iter().filter(told).cloned().collect();
            if !told.is_empty() {
                err.write_all(text::diagnostics(ui, &told, texts).as_bytes())?;
            }
        }
    }
    Ok(())
}
