//! `tenantry generate`.

use std::fmt::Write as _;

use serde_json::json;

use super::Writing;
use crate::check::edits::Forbidden;
use crate::cli::delivery::Delivery;
use crate::cli::dialogue::Dialogue;
use crate::cli::failure::Failure;
use crate::cli::live::{Live, leftover};
use crate::cli::outcome::{Exit, Outcome};
use crate::cli::repository::Repository;
use crate::cli::step::{Step, conflicts, show, steps_of, thrown_away};
use crate::cli::ui::Ui;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::generate::{Generated, deviations, generate, meant};
use crate::path::RepoPath;
use crate::sync::{Deviation, Reason, Wishes, Writes};

/// Bring the repository to what the description means, or say whether it is there
///
/// What is generated is a pure function of `platform.yaml`, `platform/` and `.tenantry/layout/`. What a person edited in a generated file is
/// kept, and merged with what changes in it; where the two contradict each other, both are in the file, between marks, and the command
/// ends with exit code 4. What a person deleted stays deleted. A file that tenantry did not write, or that was edited and is generated no more, is
/// never touched: the command refuses and names it, and writes nothing at all. The flags below are the word that changes that.
///
/// Paths may be files, folders with all that is in them, and globs in quotes: `*` stays in its folder, `**` does not.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    /// Write nothing, and exit with 3 if anything is not what the description means. For CI.
    #[arg(long, conflicts_with_all = ["dry_run", "commits", "message", "confirm", "reset", "take_over", "discard_edits"])]
    check: bool,

    /// With `--check`: also fail on what a person edited or deleted, although the description still means the same.
    #[arg(long, requires = "check")]
    strict: bool,

    /// Bring these files to what is generated: what was deleted by hand comes back, what was edited loses the edit.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    reset: Vec<String>,

    /// Write over files that lie where one is to be generated, and were not generated; all of them without a PATH.
    #[arg(long, value_name = "PATH", num_args = 0..)]
    take_over: Option<Vec<String>>,

    /// Delete edited files that are generated no more; all of them without a PATH.
    #[arg(long, value_name = "PATH", num_args = 0..)]
    discard_edits: Option<Vec<String>>,

    #[command(flatten)]
    writing: Writing,
}

impl GenerateArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        if self.check {
            return check(ui, &Repository::find(ui)?, self.strict);
        }
        let repository = Repository::find_to_write(ui, self.writing.dry_run)?;
        if !self.writing.dry_run {
            repository.hold(ui)?;
        }
        let wishes = self.wishes(ui, &repository)?;
        write(ui, &repository, &wishes, &self.writing)
    }

    fn wishes(&self, ui: &Ui, repository: &Repository) -> Result<Wishes, Failure> {
        Ok(Wishes {
            reset: repository.paths(ui, "--reset", &self.reset)?,
            take_over: repository.some_paths(ui, "--take-over", self.take_over.as_deref())?,
            discard_edits: repository.some_paths(
                ui,
                "--discard-edits",
                self.discard_edits.as_deref(),
            )?,
        })
    }
}

fn check(ui: &Ui, repository: &Repository, strict: bool) -> Result<Outcome, Failure> {
    let generated = meant(&repository.disk)?;
    let found = deviations(&generated, &repository.disk, &repository.root)?;
    let files = generated.tree.len();
    let fails = |deviation: &&Deviation| {
        deviation.reason.fails()
            || (strict && matches!(deviation.reason, Reason::Edited | Reason::Deleted))
    };
    let (wrong, kept): (Vec<_>, Vec<_>) = found.iter().partition(fails);
    // Half of what a command writes is not what anything means; that it was cut off is told as a warning already.
    let in_sync = wrong.is_empty() && !ui.warned(Code::CutOffRun);
    let forbidden = Forbidden::new(&generated.platform, &generated.layout);
    let mut diagnostics: Vec<Diagnostic> = wrong
        .iter()
        .map(|deviation| match deviation.reason {
            Reason::Forbidden => {
                let Generated { platform, tree, .. } = &generated;
                forbidden.diagnostic(
                    platform,
                    tree,
                    &deviation.path,
                    "was edited or deleted by hand",
                )
            }
            _ => diagnostic(deviation),
        })
        .collect();
    if wrong.is_empty() {
        diagnostics.extend(leftover(&generated.platform, &[]));
    }
    diagnostics.splice(0..0, generated.platform.warnings);
    let data = json!({
        "files": files,
        "inSync": in_sync,
        "deviations": found
            .iter()
            .map(|one| json!({ "path": one.path, "reason": one.reason.as_str(), "fails": fails(&one) }))
            .collect::<Vec<_>>(),
    });
    let mut text = String::new();
    let unkept = |path: &RepoPath| {
        kept.iter().any(|one| one.path == *path && one.reason == Reason::BaseNotKept)
    };
    for deviation in kept.iter().filter(|one| one.reason != Reason::BaseNotKept) {
        let more = match unkept(&deviation.path) {
            true => "; `tenantry generate` keeps what it comes from",
            false => "",
        };
        let _ = writeln!(text, "  {} {}{more}", deviation.path, deviation.reason);
    }
    text.push_str(&match wrong.len() {
        0 if in_sync => format!("In sync: {files} files are what the description means.\n"),
        0 => format!("{files} files are what the description means, and a run was cut off.\n"),
        1 => "1 file is not what the description means.\n".to_owned(),
        count => format!("{count} files are not what the description means.\n"),
    });
    let exit = if in_sync { Exit::Done } else { Exit::Found };
    let texts = generated.platform.texts;
    // The process ends here: to give back every file of the tree would take longer than to compare it did.
    std::mem::forget((generated.tree, generated.platform.tenants));
    Ok(Outcome::message(text, data).with_diagnostics(diagnostics, texts).exit(exit))
}

fn diagnostic(deviation: &Deviation) -> Diagnostic {
    let (code, help) = match deviation.reason {
        Reason::Missing | Reason::Stale | Reason::Orphan | Reason::LockStale => {
            (Code::OutOfSync, "`tenantry generate` brings it there")
        }
        Reason::EditedAndStale => (Code::OutOfSync, "`tenantry generate` merges the two"),
        Reason::EditedAndGone => (
            Code::EditedByHand,
            "move what is to stay to a file of your own; `--discard-edits` deletes it",
        ),
        Reason::Edited | Reason::BaseNotKept | Reason::Deleted | Reason::Forbidden => (
            Code::EditedByHand,
            "say it in the description, and bring the file back with `tenantry generate --reset`",
        ),
        Reason::ConflictMarkers => (Code::ConflictMarkers, "resolve the merge"),
        Reason::Beside => (
            Code::ConflictMarkers,
            "take over what you want of the file whose name ends with `.tenantry-theirs`, and delete that",
        ),
        Reason::InTheWay | Reason::Unreadable => (Code::FileInTheWay, "move it away"),
        Reason::Symlink => (Code::SymlinkInTheWay, "put a real file or folder in its place"),
    };
    Diagnostic::error(code, format!("`{}` {}", deviation.path, deviation.reason))
        .at(Place { file: deviation.path.clone(), range: None })
        .help(help)
}

fn write(
    ui: &Ui,
    repository: &Repository,
    wishes: &Wishes,
    writing: &Writing,
) -> Result<Outcome, Failure> {
    let spinner = ui.spinner("Rendering and checking the platform");
    let mut generated = generate(&repository.disk)?;
    let plan = repository.plan_with(&mut generated, wishes)?;
    let live = Live::of(repository, &generated, &plan)?;
    spinner.finish_and_clear();
    generated.platform.warnings.extend(live.leftover(&generated.platform));
    let steps = steps_of(&plan);
    let mut data = json!({
        "files": generated.tree.len(),
        "changes": steps.iter().map(Step::data).collect::<Vec<_>>(),
        "written": !writing.dry_run,
    });
    let list = if live.is_empty() { String::new() } else { live.list() };
    if !live.is_empty() {
        data["objects"] = live.data();
    }
    let conflicts = conflicts(&plan, writing.dry_run);
    let exit = if conflicts.is_empty() { Exit::Done } else { Exit::Conflicts };
    generated.platform.warnings.extend(conflicts);
    if writing.dry_run {
        let text =
            if steps.is_empty() { "Nothing to do.\n".to_owned() } else { list + &show(&steps) };
        return Ok(Outcome::answer(text, data)
            .with_diagnostics(generated.platform.warnings, generated.platform.texts)
            .exit(exit));
    }
    let asked = live.confirmed(ui, &mut Dialogue::new(ui), &generated, &writing.confirm)?;
    let delivery = Delivery::prepare(ui, &repository.root, writing, "generate")?;
    let thrown = repository.remember(thrown_away(&plan))?;
    let mut writes = Writes::of("generate");
    writes.add_plan(&plan, &generated.tree)?;
    repository.carry_out(&writes)?;
    let mut text = if steps.is_empty() {
        format!("Nothing to do: {} files are what the description means.\n", generated.tree.len())
    } else if asked {
        show(&steps)
    } else {
        list + &show(&steps)
    };
    text.push_str(&thrown);
    let mut outcome = Outcome::message(text, data)
        .with_diagnostics(generated.platform.warnings, generated.platform.texts)
        .exit(exit);
    match plan.is_empty() {
        true => delivery.carry_on(ui, &mut outcome),
        false => {
            delivery.carry_out(ui, &plan.touched(), "Generate the repository", &mut outcome);
        }
    }
    Ok(outcome)
}
