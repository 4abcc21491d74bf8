//! `tenantry layout`.

mod change;
mod clusters;
mod diff;
mod source;

use std::fmt::Write as _;

use serde_json::json;

use super::{CHANGES, CHECKS, TABLES};

use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::report::Format;
use crate::cli::repository::Repository;
use crate::cli::table;
use crate::cli::ui::Ui;
use crate::layout;
use crate::path::RepoPath;
use crate::upgrade::Title;

/// Show, upgrade and exchange the layout: a reference architecture as data
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum LayoutCommand {
    /// List the layouts that this tenantry carries, and which one the repository has
    List,
    Show(ShowArgs),
    Diff(diff::DiffArgs),
    Upgrade(change::UpgradeArgs),
    Use(change::UseArgs),
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
            Self::Diff(_) => "layout diff",
            Self::Upgrade(_) => "layout upgrade",
            Self::Use(_) => "layout use",
        }
    }

    pub(super) fn formats(&self) -> &'static [Format] {
        match self {
            Self::List | Self::Show(_) => TABLES,
            Self::Diff(_) => CHECKS,
            Self::Upgrade(_) | Self::Use(_) => CHANGES,
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::List => list(ui),
            Self::Show(args) => show(ui, args.layout),
            Self::Diff(args) => args.run(ui),
            Self::Upgrade(args) => args.run(ui),
            Self::Use(args) => args.run(ui),
        }
    }
}

/// A layout in the list.
struct Row {
    title: Title,
    summary: String,
    carried: bool,
    /// The version of it that the repository has.
    held: Option<Title>,
}

impl Row {
    /// Whether the repository can be brought to a later version.
    fn is_later(&self) -> bool {
        self.carried && self.held.as_ref().is_some_and(|held| self.title.is_later_than(held))
    }
}

fn list(ui: &Ui) -> Result<Outcome, Failure> {
    let mut held = match Repository::find(ui) {
        Ok(repository) => change::held(&repository)?.map(|held| held.title),
        Err(Failure::NoPlatform(_)) => None,
        Err(failure) => return Err(failure),
    };
    let mut all: Vec<Row> = layout::embedded()
        .into_iter()
        .map(|layout| Row {
            title: Title::from(&layout.manifest),
            held: held.take_if(|held| held.name == layout.manifest.name),
            summary: layout.manifest.summary,
            carried: true,
        })
        .collect();
    if let Some(title) = held {
        let summary = "This tenantry does not carry it".to_owned();
        all.push(Row { held: Some(title.clone()), title, summary, carried: false });
    }
    let version = |held: &Option<Title>| held.as_ref().map(|held| held.version.clone());
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|row| {
            let carried = if row.carried { row.title.version.as_str() } else { "-" };
            let here = version(&row.held).unwrap_or_else(|| "-".to_owned());
            vec![row.title.name.clone(), carried.to_owned(), here, row.summary.clone()]
        })
        .collect();
    let data = all
        .iter()
        .map(|row| {
            json!({
                "name": row.title.name,
                "version": row.carried.then_some(&row.title.version),
                "summary": row.summary,
                "repository": version(&row.held),
                "upgrade": row.is_later(),
            })
        })
        .collect();
    let header = ["NAME", "VERSION", "REPOSITORY", "SUMMARY"];
    let mut text = table::draw(&header, &rows, "No layouts.");
    if let Some(row) = all.iter().find(|row| row.is_later()) {
        let _ =
            writeln!(text, "\n`tenantry layout upgrade` brings the repository to {}.", row.title);
    }
    Ok(Outcome::answer(text, data)
        .named(all.iter().map(|row| format!("layout/{}", row.title.name))))
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
