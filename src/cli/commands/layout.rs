//! `tenantry layout`.

use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::table;
use crate::cli::ui::Ui;
use crate::layout::{self, Manifest};
use crate::path::RepoPath;

/// Show the layouts: reference architectures as data
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum LayoutCommand {
    /// List the layouts that this tenantry carries
    List,
    Show(ShowArgs),
}

/// Show a layout: its variables, roles and files
///
/// Without a name it is the repository's own, in `.tenantry/layout`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// One that this tenantry carries.
    #[arg(value_name = "NAME")]
    layout: Option<String>,
}

impl LayoutCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::List => "layout list",
            Self::Show(_) => "layout show",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::List => Ok(list()),
            Self::Show(args) => show(ui, args.layout),
        }
    }
}

fn list() -> Outcome {
    let layouts = layout::embedded();
    let rows: Vec<Vec<String>> = layouts
        .iter()
        .map(|layout| {
            let Manifest { name, version, summary, .. } = &layout.manifest;
            vec![name.clone(), version.clone(), summary.clone()]
        })
        .collect();
    let data = layouts
        .iter()
        .map(|layout| {
            let Manifest { name, version, summary, .. } = &layout.manifest;
            json!({ "name": name, "version": version, "summary": summary })
        })
        .collect();
    Outcome::answer(table::draw(&["NAME", "VERSION", "SUMMARY"], &rows, "No layouts."), data)
        .named(layouts.iter().map(|layout| format!("layout/{}", layout.manifest.name)))
}

fn show(ui: &Ui, name: Option<String>) -> Result<Outcome, Failure> {
    let (manifest, files) = match name {
        Some(name) => {
            let layouts = layout::embedded();
            let known = layouts.iter().map(|layout| layout.manifest.name.clone()).collect();
            let Some(found) = layouts.into_iter().find(|layout| layout.manifest.name == name)
            else {
                return Err(Failure::Unknown { kind: "layout", name, known });
            };
            let files = layout::files_of(&name).unwrap_or_default();
            (found.manifest, files.into_iter().map(|(path, _)| path).collect::<Vec<RepoPath>>())
        }
        None => {
            let repository = Repository::find(ui)?;
            let folder = RepoPath::new(layout::FOLDER)
                .map_err(|error| crate::cli::repository::unusable(&error))?;
            let layout = crate::generate::layout(&repository.disk)?;
            let files = crate::files::Files::list(&repository.disk, Some(&folder))?;
            (layout.manifest, files)
        }
    };
    let mut text = format!("{} {}\n{}\n", manifest.name, manifest.version, manifest.summary);
    text.push_str(&format!("\nroles of tenants: {}\n", table::list(&manifest.roles.tenant)));
    text.push_str(&format!("roles of groups:  {}\n\n", table::list(&manifest.roles.groups)));
    let rows: Vec<Vec<String>> = manifest
        .variables
        .iter()
        .map(|(name, variable)| {
            let default = variable.default.as_ref().map_or("-".to_owned(), ToString::to_string);
            vec![name.clone(), default, variable.description.clone()]
        })
        .collect();
    text.push_str(&table::draw(
        &["VARIABLE", "DEFAULT", "DESCRIPTION"],
        &rows,
        "It has no variables.",
    ));
    text.push_str("\nfiles:\n");
    for file in &files {
        text.push_str(&format!("  {file}\n"));
    }
    let variables: serde_json::Map<String, serde_json::Value> = manifest
        .variables
        .iter()
        .map(|(name, variable)| {
            (
                name.clone(),
                json!({ "default": variable.default, "description": variable.description }),
            )
        })
        .collect();
    let data = json!({
        "name": manifest.name,
        "version": manifest.version,
        "summary": manifest.summary,
        "roles": { "tenant": manifest.roles.tenant, "groups": manifest.roles.groups },
        "variables": variables,
        "files": files,
    });
    Ok(Outcome::answer(text, data).named([format!("layout/{}", manifest.name)]))
}
