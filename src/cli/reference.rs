//! The whole command line as one Markdown page: `docs/cli.md`.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command};

/// The reference of all commands, made from their help.
#[must_use]
pub fn markdown() -> String {
    let mut command = super::command();
    command.build();
    let mut out = String::from(
        "# The command line\n\nThis page is generated: `cargo run -p xtask -- docs`.\n",
    );
    let global: Vec<&Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).collect();
    section(&command, "tenantry", &mut out);
    out.push_str("\n**Global options**, which every command takes:\n\n");
    for arg in global {
        argument(arg, &mut out);
    }
    for sub in command.get_subcommands() {
        walk(sub, "tenantry", &mut out);
    }
    out
}

fn walk(command: &Command, parent: &str, out: &mut String) {
    let name = format!("{parent} {}", command.get_name());
    section(command, &name, out);
    for sub in command.get_subcommands() {
        walk(sub, &name, out);
    }
}

fn section(command: &Command, name: &str, out: &mut String) {
    // Writing into a string does not fail.
    let _ = write!(out, "\n## `{name}`\n\n");
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        let _ = writeln!(out, "{about}");
    }
    let subs: Vec<&Command> = command.get_subcommands().collect();
    if subs.is_empty() {
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ");
        let _ = write!(out, "\n```text\n{usage}\n```\n");
    } else {
        out.push('\n');
        for sub in subs {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            let anchor = format!("{name} {}", sub.get_name()).replace(' ', "-");
            let _ = writeln!(out, "- [`{name} {}`](#{anchor}): {about}", sub.get_name());
        }
    }
    let arguments: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| {
            !arg.is_global_set()
                && !arg.is_hide_set()
                && !matches!(arg.get_id().as_str(), "help" | "version")
        })
        .collect();
    if !arguments.is_empty() {
        out.push('\n');
        for arg in arguments {
            argument(arg, out);
        }
    }
}

fn argument(arg: &Arg, out: &mut String) {
    let values = arg.get_value_names().unwrap_or_default();
    let value = values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let mut names = Vec::new();
    if let Some(short) = arg.get_short() {
        names.push(format!("-{short}"));
    }
    if let Some(long) = arg.get_long() {
        names.push(format!("--{long}"));
    }
    let mut head = if names.is_empty() { value.clone() } else { names.join(", ") };
    if !names.is_empty() && takes_value {
        head = format!("{head} {value}");
    }
    let _ = write!(out, "- `{head}`");
    if matches!(arg.get_action(), ArgAction::Append) {
        out.push_str(" (may be repeated)");
    }
    if let Some(help) = arg.get_long_help().or(arg.get_help()) {
        let help = help.to_string().replace("\n\n", " ").replace('\n', " ");
        let _ = write!(out, ": {}.", help.trim_end_matches('.'));
    }
    let choices: Vec<String> =
        arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if takes_value && !choices.is_empty() {
        let _ = write!(out, " One of {}.", choices.join(", "));
    }
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    if takes_value && !defaults.is_empty() {
        let _ = write!(out, " Default: {}.", defaults.join(", "));
    }
    out.push('\n');
}
