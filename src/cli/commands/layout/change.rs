//! `tenantry layout use` and `tenantry layout upgrade`.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::clusters;
use super::source::{self, Wanted};
use crate::check::fit::Fit;
use crate::check::objects::Objects;
use crate::cli::change::{Change, Planned};
use crate::cli::commands::Writing;
use crate::cli::dialogue::Dialogue;
use crate::cli::failure::Failure;
use crate::cli::live::Live;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::step::thrown_away;
use crate::cli::ui::Ui;
use crate::generate::{self, Generated, generate};
use crate::layout::Shipped;
use crate::path::RepoPath;
use crate::sync::{Moves, Paths, Plan, Wishes};
use crate::tree::Tree;
use crate::upgrade::{self, Held, Title, Upgrade, UpgradeError};

/// What is said where conflicts keep the rest from being generated.
const NOT_GENERATED: &str = "Nothing is generated until the conflicts in the layout are resolved; then `tenantry generate` does the rest.\n";

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

    /// Bring files of the layout to what the new version says, whatever you did to them: deleted ones come back.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    reset: Vec<String>,

    /// Write over files of your own that lie where the new version has one; all of them without a PATH.
    #[arg(long, value_name = "PATH", num_args = 0..)]
    take_over: Option<Vec<String>>,

    /// Delete files that you changed and that the new version has no more; all of them without a PATH.
    #[arg(long, value_name = "PATH", num_args = 0..)]
    discard_edits: Option<Vec<String>>,

    #[command(flatten)]
    writing: Writing,
}

/// Give the repository another layout, or its first one, and regenerate
///
/// The files of the layout take the place of those in `.tenantry/layout`; what you changed there stands against it unless you say
/// `--discard-edits`. Files of your own stay. For a later version of the same layout, `upgrade` keeps your changes.
///
/// Where it is another layout than before, what clusters would apply is compared with what they apply now, object by object, and shown:
/// what comes, goes, differs, and what another Flux Kustomization applies from then on. What Flux would prune is refused without
/// `--confirm`.
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

    /// Write over files of your own that lie where the layout has one; all of them without a PATH.
    #[arg(long, value_name = "PATH", num_args = 0..)]
    take_over: Option<Vec<String>>,

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
        let upgrade = upgrade(&repository, &held, &to, &self.wishes(ui, &repository)?)?;
        let held = Some(&held);
        let step =
            Next { command: "layout upgrade", held, to: &to, upgrade, discarded: Vec::new() };
        step.carry_out(ui, &repository, &self.writing)
    }
}

impl UpgradeArgs {
    fn wishes(&self, ui: &Ui, repository: &Repository) -> Result<Wishes, Failure> {
        Ok(Wishes {
            reset: repository.paths(ui, "--reset", &self.reset)?,
            take_over: some(ui, repository, "--take-over", self.take_over.as_deref())?,
            discard_edits: some(ui, repository, "--discard-edits", self.discard_edits.as_deref())?,
        })
    }
}

/// The paths of a flag that means all of them where it names none.
fn some(
    ui: &Ui,
    repository: &Repository,
    flag: &'static str,
    typed: Option<&[String]>,
) -> Result<Paths, Failure> {
    match typed {
        None => Ok(Paths::default()),
        Some([]) => Ok(Paths::all()),
        Some(typed) => repository.paths(ui, flag, typed),
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
        let held = held.as_ref();
        let discarded = held.map(|held| self.admit(&repository, held, &to)).transpose()?;
        let wishes = Wishes {
            take_over: some(ui, &repository, "--take-over", self.take_over.as_deref())?,
            ..Wishes::default()
        };
        let Repository { root, disk, .. } = &repository;
        let upgrade = upgrade::exchange(root, disk, held, &to, &wishes)
            .map_err(|diagnostics| repository.faults(diagnostics))?;
        let discarded = discarded.unwrap_or_default();
        let step = Next { command: "layout use", held, to: &to, upgrade, discarded };
        step.carry_out(ui, &repository, &self.writing)
    }
}

impl UseArgs {
    /// The edits of the layout that is there, which stand against it unless they are to be thrown away.
    fn admit(
        &self,
        repository: &Repository,
        held: &Held,
        to: &Shipped,
    ) -> Result<Vec<RepoPath>, Failure> {
        let same = held.title.name == to.manifest.name;
        if same {
            upgrade::admit(held, to, self.allow_downgrade)?;
        }
        let paths = upgrade::edited(&repository.disk, held)
            .map_err(|diagnostics| repository.faults(diagnostics))?;
        if self.discard_edits || paths.is_empty() {
            return Ok(paths);
        }
        Err(UpgradeError::Edited { paths, same }.into())
    }
}

/// The layout that a repository holds.
pub(super) fn held(repository: &Repository) -> Result<Option<Held>, Failure> {
    let held = upgrade::held(&repository.disk, &repository.copied_layout()?);
    Ok(held.map_err(|diagnostics| repository.faults(diagnostics))?)
}

/// A layout merged over the one that a repository holds.
pub(super) fn upgrade(
    repository: &Repository,
    held: &Held,
    to: &Shipped,
    wishes: &Wishes,
) -> Result<Upgrade, Failure> {
    let bases = repository.copied_layout()?;
    let upgrade = upgrade::upgrade(&repository.root, &repository.disk, held, to, &bases, wishes);
    Ok(upgrade.map_err(|diagnostics| repository.faults(diagnostics))?)
}

/// A layout that comes into a repository.
struct Next<'a> {
    command: &'static str,
    held: Option<&'a Held>,
    to: &'a Shipped,
    upgrade: Upgrade,
    /// The files whose edits are thrown away with the layout that was there.
    discarded: Vec<RepoPath>,
}

impl Next<'_> {
    /// Proves it with everything that is generated from it, shows it, asks, writes and commits.
    fn carry_out(
        self,
        ui: &Ui,
        repository: &Repository,
        writing: &Writing,
    ) -> Result<Outcome, Failure> {
        let Self { command, held, to, upgrade, discarded } = self;
        let mut dialogue = Dialogue::new(ui);
        let title = Title::from(&to.manifest);
        let head = head(held, &title, &upgrade);
        let conflicts = upgrade.plan.has_conflicts();
        let message = match held {
            Some(held) if held.title.name == title.name && held.title != title => {
                format!("Upgrade the layout {} to {}", title.name, title.version)
            }
            _ => format!("Use the layout {title}"),
        };
        let name = format!("layout/{}", title.name);
        let texts = upgrade.migrated.texts.clone();
        let change = Change::layout(repository, message, name, command, texts)?;
        let spinner = ui.spinner("Rendering and checking the platform");
        let proven = proven(repository, to, &upgrade);
        spinner.finish_and_clear();
        let (mut generated, mut plan) = proven?;
        let live = Live::of(repository, &generated, &plan)?;
        let clusters = match held.filter(|held| held.title.name != title.name && !conflicts) {
            Some(held) => {
                let names = (held.title.to_string(), title.to_string());
                let spinner = ui.spinner("Comparing what the clusters apply");
                let compared = clusters::compare(ui, &generated, &plan, &names);
                spinner.finish_and_clear();
                Some(compared?)
            }
            None => None,
        };
        let Upgrade { tree, plan: of_layout, migrated } = upgrade;
        plan.join(of_layout);
        generated.tree.extend(tree);
        let steps: Vec<_> = migrated
            .steps
            .iter()
            .map(|(file, step)| {
                let (field, renamed) = (step.field(), step.renamed());
                json!({ "file": file, "field": field, "renamed": renamed, "change": step.to_string() })
            })
            .collect();
        let (compared, clusters) = clusters.unzip();
        let head = match compared {
            Some(compared) => format!("{head}{compared}\n"),
            None => head,
        };
        if dialogue.interactive() && !writing.dry_run {
            ui.note(&format!("\n{}", head.trim_end()));
        }
        let thrown = match writing.dry_run {
            true => String::new(),
            false => repository.remember(thrown_away(&plan).chain(&discarded))?,
        };
        let planned = Planned { generated, plan, live, told: false };
        let mut outcome = change.write(ui, &mut dialogue, writing, planned, &writing.confirm)?;
        if !dialogue.interactive() || writing.dry_run {
            outcome.text.insert_str(0, &head);
        }
        outcome.text.push_str(&thrown);
        if conflicts {
            outcome.text.push_str(NOT_GENERATED);
        }
        let named = |title: &Title| json!({ "name": title.name, "version": title.version });
        outcome.data["layout"] = json!({
            "from": held.map(|held| named(&held.title)),
            "to": named(&title),
            "migrations": steps,
            "generated": !conflicts,
        });
        if let Some(clusters) = clusters {
            outcome.data["clusters"] = clusters;
        }
        Ok(outcome)
    }
}

/// What the repository means afterwards, and what happens to generated files. Templates with marks of a conflict in them mean
/// nothing: then only the description is checked, and what is generated waits until they are resolved.
fn proven(
    repository: &Repository,
    to: &Shipped,
    upgrade: &Upgrade,
) -> Result<(Generated, Plan), Failure> {
    let afterwards = upgrade.over(&repository.disk);
    if upgrade.plan.has_conflicts() {
        let layout = to.layout().map_err(|diagnostics| repository.faults(diagnostics))?;
        let platform = crate::spec::load(&afterwards)?;
        let (tree, objects, moves) = (Tree::default(), Objects::default(), Moves::new());
        let (placed, fit) = (Vec::new(), Fit::default());
        let generated = Generated { platform, layout, tree, placed, objects, fit, moves };
        return Ok((generated, Plan::default()));
    }
    let mut generated = generate(&afterwards)?;
    let plan =
        generate::plan(&mut generated, &repository.disk, &repository.root, &Wishes::default())?;
    Ok((generated, plan))
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
