//! `tenantry completion`.

use crate::cli::outcome::Outcome;

/// Print the completion script of a shell
///
/// For bash: `tenantry completion bash > ~/.local/share/bash-completion/completions/tenantry`. For zsh, a file `_tenantry` in a
/// folder of `fpath`; for fish, `~/.config/fish/completions/tenantry.fish`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl CompletionArgs {
    pub(super) fn run(self) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut crate::cli::command(), "tenantry", &mut script);
        Outcome::answer(String::from_utf8_lossy(&script), serde_json::Value::Null)
    }
}
