//! `tenantry man`.

use std::fs;
use std::path::PathBuf;

use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::ui::Ui;

/// Print the manual page, or write one page a command into a folder
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// The folder to write `tenantry.1`, `tenantry-init.1`, … into; without it the first of them is printed.
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl ManArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let mut command = crate::cli::command();
        command.build();
        let Some(folder) = self.folder else {
            return Ok(Outcome::answer(page(&command), serde_json::Value::Null));
        };
        let folder = ui.directory.join(folder);
        fs::create_dir_all(&folder)
            .map_err(|source| Failure::Write { path: folder.clone(), source })?;
        let mut pages = Vec::new();
        collect(&command, "tenantry", &mut pages);
        for (name, text) in &pages {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|source| Failure::Write { path, source })?;
        }
        Ok(Outcome::message(
            format!("{} pages written to {}\n", pages.len(), folder.display()),
            serde_json::Value::Null,
        ))
    }
}

fn collect(command: &clap::Command, name: &str, pages: &mut Vec<(String, String)>) {
    pages.push((format!("{name}.1"), page(&command.clone().name(name.to_owned()))));
    for sub in command.get_subcommands() {
        collect(sub, &format!("{name}-{}", sub.get_name()), pages);
    }
}

fn page(command: &clap::Command) -> String {
    let mut page = Vec::new();
    // Writing into memory does not fail.
    let _ = clap_mangen::Man::new(command.clone()).render(&mut page);
    String::from_utf8_lossy(&page).into_owned()
}
