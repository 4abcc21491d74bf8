//! The commands. Everything that prints, prompts or knows about a terminal lives here and nowhere else.
//!
//! A command is a file in `commands`: an argument struct whose doc comments are the help, and a
//! `run` that takes what the library offers and gives back an `Outcome` or a `Failure`. Neither is
//! printed there: one place, `main`, turns both into what people, scripts and code scanners read
//! (`report`) and into the exit code (`Exit`).

mod assignment;
mod change;
mod commands;
#[cfg(test)]
mod cut_off_tests;
mod delivery;
mod dialogue;
mod failure;
mod fleet;
mod interrupt;
mod live;
mod message;
mod outcome;
mod packages;
mod reference;
mod registry;
mod report;
mod repository;
mod signing;
mod stage;
mod step;
mod table;
mod ui;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::commands::Command;
use self::failure::Failure;
use self::outcome::Exit;
pub use self::reference::markdown as reference;
use self::report::{Format, Output};
use self::ui::{ColorChoice, Ui};

/// Scaffolds multi-tenant Flux platform repositories and keeps them true to a small description.
///
/// A platform is described in `platform.yaml` and `platform/`; tenantry generates the Flux repository from it,
/// and says whether the two still agree. Nothing is written before it is known to be right, a file that a person edited is
/// never overwritten, and nothing is pushed that was not asked for.
///
/// Exit codes: 0 done, or in sync; 1 failed; 2 wrong usage; 3 `generate --check`, `test`, `diff` or `verify` found something; 4 conflicts were left in files;
/// 5 something outside failed and a retry may help; 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "tenantry", version, propagate_version = true, max_term_width = 100)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Run as if started in this folder.
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    directory: Option<PathBuf>,

    /// How results are written: for people, or for machines.
    ///
    /// `json` is one versioned envelope for all commands, `yaml` its data alone, `name` a line a thing, `sarif` the diagnostics
    /// for code scanning.
    #[arg(short, long, value_name = "FORMAT", value_parser = Output::forms(), default_value = "text", global = true)]
    output: Output,

    /// When colours are used; `auto` follows the terminal and NO_COLOR.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    color: ColorChoice,

    /// Say nothing but errors, what was asked for, and that a run was cut off.
    #[arg(short, long, global = true)]
    quiet: bool,

    /// Ask nothing: take defaults where there are some, and go on where a confirmation is wanted.
    #[arg(short, long, global = true)]
    yes: bool,
}

/// Parses the arguments, runs the command, prints what came of it, and gives back the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let words: Vec<String> =
        arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            if let Some(format) = machine_format(&words).filter(|_| exit == Exit::Usage) {
                let global = Global { output: Output::Form(format), ..Global::default() };
                let ui = Ui::new(&global, words);
                let failure = Failure::Usage(one_message(&error));
                let _ = report::write(&ui, "tenantry", Err(failure));
                return exit.into();
            }
            // Help goes to a pipe that may be closed; there is nobody left to tell.
            let _ = error.print();
            return exit.into();
        }
    };
    let name = cli.command.name();
    let mut ui = Ui::new(&cli.global, words);
    ui.command = name;
    ui.format = cli.command.form().unwrap_or(ui.format);
    let supported = cli.command.formats();
    let result = if supported.contains(&ui.format) {
        cli.command.run(&ui)
    } else {
        Err(Failure::Format { command: name, format: ui.format, supported })
    };
    let exit = match &result {
        Ok(outcome) => outcome.exit,
        Err(failure) => failure.exit(),
    };
    match report::write(&ui, name, result) {
        // Whoever read has enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Exit::Failed.into(),
        _ => exit.into(),
    }
}

/// The form for machines that a command line asks for which is wrong otherwise: who reads JSON reads it of errors, too.
fn machine_format(words: &[String]) -> Option<Format> {
    let after = |at: usize, prefix: &str| match words[at].strip_prefix(prefix)? {
        "" => words.get(at + 1).map(String::as_str),
        rest => Some(rest.trim_start_matches('=')),
    };
    let value = (0..words.len())
        .find_map(|at| ["--output", "-o", "--format"].iter().find_map(|flag| after(at, flag)))?;
    [Format::Json, Format::Sarif].into_iter().find(|format| format.as_str() == value)
}

/// What clap says of an error, without its frame.
fn one_message(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.split("\n\nUsage:").next().unwrap_or_default();
    let text = text.split("\n\nFor more information").next().unwrap_or_default();
    text.trim_start_matches("error: ").trim_end().to_owned()
}

/// The whole command line, for completion, manual pages and the reference.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_flags_of_a_command_have_one_name() {
        super::command().debug_assert();
    }
}
