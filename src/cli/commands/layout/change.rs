//! `tenantry layout use` and `tenantry layout upgrade`.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::source::{self, Wanted};
use crate::cli::change::{Change, Planned};
use crate::cli::commands::Writing;
use crate::cli::dialogue::Dialogue;
use crate::cli::failure::Failure;
use crate::cli::live::Live;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::generate::generate;
use crate::layout::Shipped;
use crate::sync::NoBases;
use crate::upgrade::{self, Held, Title, Upgrade, UpgradeError};

/// Merge a later version of the repository's layout into its copy, and regenerate
///
/// The copy in `.tenantry/layout` is merged in three ways, as generated files are: what nobody changed is brought to the new version,
/// what you changed keeps your changes, what you deleted stays deleted, and files of your own stay. Where both changed the same lines, the
/// conflict is marked in the file and the command exits with 4; nothing is generated then until it is resolved. What the new version says
/// otherwise in the description (renamed variables, for example) is changed there, comments kept. Then everything is generated anew, as one
/// change: when something of it does not hold, nothing is written.
///
/// Examples:
///
///     tenantry layout diff
///     tenantry layout upgrade --dry-run
///     tenantry layout upgrade --from ../layouts/acme --commit
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct UpgradeArgs {
    /// The new version: a folder with a `layout.yaml`, or the name of a layout that this tenantry carries; without it, the carried one
    /// of the same name.
    #[arg(long, value_name = "DIR|NAME")]
    from: Option<String>,

    /// Take an earlier version, too.
    #[arg(long)]
    allow_downgrade: bool,

    #[command(flatten)]
    writing: Writing,
}

/// Give the repository another layout, or its first one, and regenerate
///
/// The files of the layout take the place of those in `.tenantry/layout`; what you changed there stands against it unless you say
/// `--discard-edits`. Files of your own stay. For a later version of the same layout, `upgrade` keeps your changes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct UseArgs {
    /// A layout that this tenantry carries.
    #[arg(value_name = "NAME", required_unless_present = "from")]
    layout: Option<String>,

    /// A folder with a `layout.yaml` to take it from.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,

    /// Throw away what was changed in the layout that is there.
    #[arg(long)]
    discard_edits: bool,

    /// Take an earlier version of the same layout, too.
    #[arg(long)]
    allow_downgrade: bool,

    #[command(flatten)]
    writing: Writing,
}

impl UpgradeArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.writing.dry_run)?;
        let held = held(&repository)?.ok_or(UpgradeError::NoLayout)?;
        let wanted = Wanted::of(ui, self.from.as_deref(), &held.title.name);
        let to = source::read(&repository, &wanted)?;
        upgrade::admit(&held, &to, self.allow_downgrade)?;
        let upgrade = upgrade(&repository, &held, &to)?;
        carry_out(ui, &repository, "layout upgrade", Some(&held), &to, upgrade, &self.writing)
    }
}

impl UseArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.writing.dry_run)?;
        let held = held(&repository)?;
        let wanted = match (&self.from, &self.layout) {
            (Some(folder), _) => Wanted::Folder(ui.path(folder)),
            (None, name) => Wanted::Carried(name.clone().unwrap_or_default()),
        };
        let to = source::read(&repository, &wanted)?;
        if let Some(name) = self.layout.as_ref().filter(|name| **name != to.manifest.name) {
            let reason = format!("the layout there is `{}`, not `{name}`", to.manifest.name);
            return Err(Failure::BadAnswer { flag: "--from", reason });
        }
        if let Some(held) = &held {
            self.admit(&repository, held, &to)?;
        }
        let upgrade =
            upgrade::exchange(&repository.root, &repository.disk, held.as_ref(), &to, &NoBases)
                .map_err(|diagnostics| repository.faults(diagnostics))?;
        carry_out(ui, &repository, "layout use", held.as_ref(), &to, upgrade, &self.writing)
    }
}

impl UseArgs {
    /// What of the layout that is there stands against it.
    fn admit(&self, repository: &Repository, held: &Held, to: &Shipped) -> Result<(), Failure> {
        let same = held.title.name == to.manifest.name;
        if same {
            upgrade::admit(held, to, self.allow_downgrade)?;
        }
        if self.discard_edits {
            return Ok(());
        }
        let paths = upgrade::edited(&repository.disk, held)
            .map_err(|diagnostics| repository.faults(diagnostics))?;
        if paths.is_empty() { Ok(()) } else { Err(UpgradeError::Edited { paths, same }.into()) }
    }
}

/// The layout that a repository holds.
pub(super) fn held(repository: &Repository) -> Result<Option<Held>, Failure> {
    let held = upgrade::held(&repository.disk, &|id| repository.remembered(id));
    Ok(held.map_err(|diagnostics| repository.faults(diagnostics))?)
}

/// A layout merged over the one that a repository holds.
pub(super) fn upgrade(
    repository: &Repository,
    held: &Held,
    to: &Shipped,
) -> Result<Upgrade, Failure> {
    let upgrade = upgrade::upgrade(&repository.root, &repository.disk, held, to, &NoBases);
    Ok(upgrade.map_err(|diagnostics| repository.faults(diagnostics))?)
}

/// Proves it with everything that is generated from it, shows it, asks, writes and commits.
fn carry_out(
    ui: &Ui,
    repository: &Repository,
    command: &'static str,
    held: Option<&Held>,
    to: &Shipped,
    upgrade: Upgrade,
    writing: &Writing,
) -> Result<Outcome, Failure> {
    let mut dialogue = Dialogue::new(ui);
    let title = Title::from(&to.manifest);
    let head = head(held, &title, &upgrade);
    let spinner = ui.spinner("Rendering and checking the platform");
    let proven = generate(&upgrade.over(&repository.disk));
    spinner.finish_and_clear();
    let mut generated = proven?;
    let mut plan = repository.plan(&generated)?;
    let live = Live::of(repository, &generated, &plan)?;
    let Upgrade { tree, plan: of_layout, migrated } = upgrade;
    plan.join(of_layout);
    generated.tree.extend(tree);
    let message = match held {
        Some(held) if held.title.name == title.name && held.title != title => {
            format!("Upgrade the layout {} to {}", title.name, title.version)
        }
        _ => format!("Use the layout {title}"),
    };
    let steps: Vec<_> = migrated
        .steps
        .iter()
        .map(|(file, step)| json!({ "file": file, "change": step.to_string() }))
        .collect();
    let name = format!("layout/{}", title.name);
    let change = Change::layout(repository, message, name, command, migrated.texts);
    if dialogue.interactive() && !writing.dry_run {
        ui.note(&format!("\n{}", head.trim_end()));
    }
    let planned = Planned { generated, plan, live, told: false };
    let mut outcome = change.write(ui, &mut dialogue, writing, planned, &writing.confirm)?;
    if !dialogue.interactive() || writing.dry_run {
        outcome.text.insert_str(0, &head);
    }
    let named = |title: &Title| json!({ "name": title.name, "version": title.version });
    outcome.data["layout"] = json!({
        "from": held.map(|held| named(&held.title)),
        "to": named(&title),
        "migrations": steps,
    });
    Ok(outcome)
}

/// From what to what, and what changes in the description for it.
fn head(held: Option<&Held>, to: &Title, upgrade: &Upgrade) -> String {
    let mut text = match held {
        Some(held) if held.title == *to => format!("{to}, as before\n"),
        Some(held) => format!("{} → {to}\n", held.title),
        None => format!("{to}\n"),
    };
    for (file, step) in &upgrade.migrated.steps {
        let _ = writeln!(text, "  {file}: {step}");
    }
    text
}
