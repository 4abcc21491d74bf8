//! What is known about the terminal and about how the person wants to be spoken to.

use std::cell::RefCell;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::Global;
use super::report::Format;
use crate::diagnostic::{Code, Diagnostic};

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to speak.
#[derive(Clone, Debug)]
pub(crate) struct Ui {
    /// The words of the command line after the program's name.
    pub arguments: Vec<String>,
    /// The folder that the command runs in.
    pub directory: PathBuf,
    /// The words of the command, such as `create tenant`.
    pub command: &'static str,
    /// The form of results.
    pub format: Format,
    /// Whether standard error takes colours and box drawing.
    pub color_errors: bool,
    /// Whether messages are left out.
    pub quiet: bool,
    /// Whether nothing is asked and defaults are taken.
    pub yes: bool,
    /// Whether questions can be asked: standard input and standard error are terminals.
    pub interactive: bool,
    /// Whether standard error is a terminal, so that progress can be drawn.
    pub errors_on_terminal: bool,
    /// What is to be told besides what the command itself says.
    warnings: RefCell<Vec<Diagnostic>>,
}

impl Ui {
    /// From the arguments, the environment and the terminal.
    pub(crate) fn new(global: &Global, arguments: Vec<String>) -> Self {
        let errors_on_terminal = std::io::stderr().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let color = |terminal: bool| match global.color {
            ColorChoice::Auto => terminal && !plain,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        let color_errors = color(errors_on_terminal);
        console::set_colors_enabled_stderr(color_errors);
        console::set_colors_enabled(color(std::io::stdout().is_terminal()));
        Self {
            arguments,
            directory: global.directory.clone().unwrap_or_else(|| ".".into()),
            command: "",
            format: global.output.form(),
            color_errors,
            quiet: global.quiet,
            yes: global.yes,
            interactive: errors_on_terminal && std::io::stdin().is_terminal() && !global.yes,
            errors_on_terminal,
            warnings: RefCell::default(),
        }
    }

    /// Something that is to be told whatever comes of the command.
    pub(crate) fn warn(&self, warning: Diagnostic) {
        self.warnings.borrow_mut().push(warning);
    }

    /// Whether such a thing is to be told.
    pub(crate) fn warned(&self, code: Code) -> bool {
        self.warnings.borrow().iter().any(|warning| warning.code == code)
    }

    /// What is to be told besides.
    pub(crate) fn warnings(&self) -> Vec<Diagnostic> {
        self.warnings.take()
    }

    /// A path of the command line, from the folder that the command runs in.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        if self.directory == Path::new(".") { path.to_owned() } else { self.directory.join(path) }
    }

    /// The width that messages are wrapped to: the terminal's, and 100 where there is none, so that logs and tests do not
    /// depend on the machine.
    pub(crate) fn width(&self) -> usize {
        if self.errors_on_terminal {
            usize::from(console::Term::stderr().size().1).clamp(60, 120)
        } else {
            100
        }
    }

    /// Shows a line about what goes on, on standard error.
    #[expect(clippy::print_stderr, reason = "the commands are what speaks to people")]
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// A spinner for work that may take a while; invisible unless standard error is a terminal.
    pub(crate) fn spinner(&self, what: &'static str) -> indicatif::ProgressBar {
        if !self.errors_on_terminal || self.quiet || self.format != Format::Text {
            return indicatif::ProgressBar::hidden();
        }
        let bar = indicatif::ProgressBar::new_spinner().with_message(what);
        // Drawn only when the work takes longer than a person waits without wondering.
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        bar
    }

    /// A bar for bytes that move; invisible where a spinner is.
    pub(crate) fn transfer(&self, what: &'static str, bytes: u64) -> indicatif::ProgressBar {
        if !self.errors_on_terminal || self.quiet || self.format != Format::Text {
            return indicatif::ProgressBar::hidden();
        }
        let template = "{msg} [{bar:24}] {binary_bytes}/{binary_total_bytes}";
        let bar = indicatif::ProgressBar::new(bytes).with_message(what);
        match indicatif::ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style.progress_chars("=> ")),
            Err(_) => bar,
        }
    }
}
