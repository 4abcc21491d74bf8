//! `tenantry init`.

mod answers;
mod demo;
mod forge;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use self::answers::Answers;
use crate::cli::commands::create::{Commits, Writing};
use crate::cli::delivery::Delivery;
use crate::cli::dialogue::{Dialogue, any, ask};
use crate::cli::failure::Failure;
use crate::cli::message::wrapped;
use crate::cli::outcome::Outcome;
use crate::cli::repository::{self, PLATFORM_FILE, Repository};
use crate::cli::ui::Ui;
use crate::files::{Disk, Files, Laid};
use crate::generate::{beside, generate};
use crate::git::{self, GitError};
use crate::layout;
use crate::path::RepoPath;
use crate::sync::Writes;

/// Make a new platform repository
///
/// Asks for what no flag says, renders everything in memory, then writes the description (`platform.yaml`, `platform/`), the layout
/// (`.tenantry/layout`) and the repository that the two mean, makes a Git repository of it unless it lies in one, and commits.
///
/// Examples:
///
///     tenantry init my-fleet
///     tenantry init my-fleet --demo
///     tenantry init my-fleet --yes --repository ssh://git@github.com/acme/fleet \
///       --environment staging,production --cluster staging-1=staging --cluster prod-eu=production
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct InitArgs {
    /// The folder; it is made if it is not there.
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Make a complete demo fleet and ask nothing.
    #[arg(long, conflicts_with_all = answers::FLAGS)]
    demo: bool,

    /// Do not commit.
    #[arg(long)]
    no_commit: bool,

    /// Push the first commit with your own git, to origin. A new repository gets its `--repository` as origin.
    #[arg(long, conflicts_with_all = ["no_commit", "dry_run", "demo"])]
    push: bool,

    /// The remote to push to, where there are several.
    #[arg(long, value_name = "REMOTE", requires = "push")]
    remote: Option<String>,

    /// Leave out the git hooks pre-commit, commit-msg and pre-push.
    #[arg(long, conflicts_with_all = ["no_commit", "dry_run"])]
    no_verify: bool,

    /// Show what would be written and write nothing.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    answers: Answers,
}

impl InitArgs {
    pub(super) fn run(mut self, ui: &Ui) -> Result<Outcome, Failure> {
        let mut dialogue = Dialogue::new(ui);
        if self.folder.is_none() && !self.demo && dialogue.interactive() {
            let here = Some(".".to_owned());
            self.folder = dialogue.text(None, ask("DIR", "Folder"), here, any)?.map(PathBuf::from);
        }
        let folder = ui.path(self.folder.as_deref().unwrap_or(Path::new(".")));
        let root = std::path::absolute(&folder)
            .map_err(|source| Failure::Read { path: folder.clone(), source })?;
        if let Some(other) = repository::above(&root) {
            if !self.dry_run && crate::sync::pending(other)?.is_some() {
                // An `init` that was cut off here is finished, and this one comes too late.
                Repository::at(other).hold(ui)?;
            }
            return Err(Failure::PlatformExists { folder, file: other.join(PLATFORM_FILE) });
        }
        let enclosing = git::Repository::discover(there(&root))?;
        if self.push
            && enclosing.is_none()
            && self.answers.repository.is_none()
            && !dialogue.interactive()
        {
            return Err(Failure::Missing { flags: vec!["--repository"] });
        }
        let inside = enclosing.as_ref().and_then(|outer| below(outer.workdir(), &root));
        let description = if self.demo {
            demo::files(inside.as_ref(), self.answers.ships_artifacts())?
        } else {
            let answers =
                self.answers.complete(&mut dialogue, &root, enclosing.as_ref(), inside)?;
            answers.files()?
        };
        let mut files: BTreeMap<RepoPath, Vec<u8>> =
            description.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
        let layout = self.answers.layout.as_deref().unwrap_or(answers::DEFAULT_LAYOUT);
        let Some(beside) = beside(layout) else {
            let known = layout::embedded().into_iter().map(|layout| layout.manifest.name).collect();
            return Err(Failure::Unknown { kind: "layout", name: layout.to_owned(), known });
        };
        files.extend(beside);
        self.write(ui, &dialogue, &root, &files, enclosing.is_some())
    }

    /// What becomes of the files in git; without a push it is no failure that nobody is there to commit as.
    fn delivery(&self, ui: &Ui, folder: &Path) -> Result<Result<Delivery, GitError>, Failure> {
        let writing = Writing {
            commits: Commits { commit: true, push: self.push, branch: None },
            remote: self.remote.clone(),
            no_verify: self.no_verify,
            ..Writing::default()
        };
        match Delivery::prepare(ui, folder, &writing, "init") {
            Err(Failure::Git(nobody @ GitError::NoIdentity { .. })) if !self.push => {
                Ok(Err(nobody))
            }
            prepared => Ok(Ok(prepared?)),
        }
    }

    fn write(
        &self,
        ui: &Ui,
        dialogue: &Dialogue<'_>,
        root: &Path,
        files: &BTreeMap<RepoPath, Vec<u8>>,
        in_repository: bool,
    ) -> Result<Outcome, Failure> {
        let disk = Disk::new(root);
        refuse_what_is_there(&disk, root, files)?;
        let mut laid = Laid::over(&disk);
        for (path, bytes) in files {
            laid.write(path.clone(), bytes.clone());
        }
        let mut generated = generate(&laid).inspect_err(|_| dialogue.keep_answers("init"))?;
        let name = generated.platform.settings.name.to_string();
        let counts = format!(
            "{}, {}, {}, {}: {}",
            counted(generated.platform.settings.environments.len(), "environment"),
            counted(generated.platform.clusters.len(), "cluster"),
            counted(generated.platform.components.len(), "component"),
            counted(generated.platform.tenants.len(), "tenant"),
            counted(files.len() + generated.tree.len(), "file"),
        );
        let data = json!({
            "name": name,
            "root": root,
            "description": files.keys().filter(|path| !path.as_str().starts_with(".tenantry/")).collect::<Vec<_>>(),
            "generated": generated.tree.iter().map(|(path, _)| path).collect::<Vec<_>>(),
            "written": !self.dry_run,
        });
        if self.dry_run {
            let mut text = format!("{name}: {counts}\n");
            for path in files.keys().chain(generated.tree.iter().map(|(path, _)| path)) {
                let _ = writeln!(text, "  + {path}");
            }
            return Ok(Outcome::answer(text, data).named([format!("platform/{name}")]));
        }
        if dialogue.interactive() {
            let paths = files.keys().chain(generated.tree.iter().map(|(path, _)| path));
            ui.note(&format!("\n{}{name}: {counts}", by_folder(paths)));
            if !dialogue.confirm(&format!("Write it to {}?", root.display()), true)? {
                return Err(Failure::Declined);
            }
        }
        dialogue.writing();
        // In a repository that is there, what speaks against a commit is known before anything is written.
        let mut delivery = match in_repository && !self.no_commit {
            true => Some(self.delivery(ui, there(root))?),
            false => None,
        };
        let made = made_folders(&root.join(".tenantry"))?;
        let mut plan_alone = || {
            let repository = Repository::at(root);
            repository.hold(ui)?;
            // Another `init` may have been here first.
            refuse_what_is_there(&disk, root, files)?;
            let plan = repository.plan(&mut generated)?;
            Ok((repository, plan))
        };
        let (repository, plan) = plan_alone().inspect_err(|_: &Failure| unmake(&made))?;
        let mut writes = Writes::of("init");
        for (path, bytes) in files {
            writes.put(path.clone(), None, Some(bytes.as_slice()));
        }
        writes.add_plan(&plan, &generated.tree)?;
        repository.carry_out(&writes)?;
        let branch = generated.platform.settings.repository.branch.as_str();
        if !in_repository {
            let new = git::Repository::init(root, branch)?;
            if self.push {
                let remote = self.remote.as_deref().unwrap_or("origin");
                new.add_remote(remote, generated.platform.settings.repository.url.as_str())?;
            }
            if !self.no_commit {
                delivery = Some(self.delivery(ui, root)?);
            }
        }
        let text = format!("{name}: {counts}\n");
        let mut outcome = Outcome::message(text, data)
            .named([format!("platform/{name}")])
            .with_diagnostics(generated.platform.warnings, generated.platform.texts);
        match delivery {
            Some(Ok(delivery)) => {
                let mut paths: Vec<RepoPath> = files.keys().cloned().collect();
                paths.extend(plan.touched());
                let message = wrapped(&format!("Describe the platform {name}"), &[counts]);
                delivery.carry_out(ui, &paths, &message, &mut outcome);
            }
            // Everything is written and right; only the author is missing.
            Some(Err(nobody)) => {
                let _ = writeln!(outcome.text, "Not committed: {nobody}");
                let _ = writeln!(outcome.text, "and then\n  git add -A && git commit");
                outcome.data["commit"] = json!({ "id": null, "notes": [nobody.to_string()] });
            }
            None => {}
        }
        if let Some(command) = dialogue.command_line("init") {
            let _ = writeln!(outcome.text, "\nThe same without questions:\n\n    {command}");
            outcome.data["command"] = json!(command);
        }
        outcome.text.push_str(&next_steps(self.folder.as_deref()));
        Ok(outcome)
    }
}

/// The folder, or what there is of it.
fn there(root: &Path) -> &Path {
    root.ancestors().find(|folder| folder.exists()).unwrap_or(root)
}

/// What is written where, a line for each file and folder at the top.
fn by_folder<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths {
        let top = match path.as_str().split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => path.to_string(),
        };
        *counts.entry(top).or_default() += 1;
    }
    let mut text = String::new();
    for (top, count) in counts {
        let _ = match top.ends_with('/') {
            true => writeln!(text, "  + {top} {}", counted(count, "file")),
            false => writeln!(text, "  + {top}"),
        };
    }
    text
}

fn next_steps(folder: Option<&Path>) -> String {
    let mut text = String::from("\nNext:\n\n");
    if let Some(folder) = folder.filter(|folder| *folder != Path::new(".")) {
        let _ = writeln!(text, "    cd {}", folder.display());
    }
    text.push_str("    tenantry create tenant\n    tenantry generate --check\n");
    text
}

/// What lies where the description and the layout go.
fn refuse_what_is_there(
    disk: &Disk,
    root: &Path,
    files: &BTreeMap<RepoPath, Vec<u8>>,
) -> Result<(), Failure> {
    if !root.exists() {
        return Ok(());
    }
    let mut in_the_way: Vec<String> = Vec::new();
    for path in files.keys() {
        if disk.read(path)?.is_some() {
            in_the_way.push(path.to_string());
        }
    }
    if in_the_way.is_empty() {
        return Ok(());
    }
    Err(Failure::FolderInUse { folder: root.to_owned(), files: in_the_way })
}

/// Makes the folder with what is missing above it; gives back what was made, the innermost first.
fn made_folders(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let missing: Vec<PathBuf> =
        root.ancestors().take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
    std::fs::create_dir_all(root)
        .map_err(|source| Failure::Write { path: root.to_owned(), source })?;
    Ok(missing)
}

/// Takes the folders away again; one that is not empty stays.
fn unmake(made: &[PathBuf]) {
    for folder in made {
        let _ = std::fs::remove_dir(folder);
    }
}

/// Where the platform lies in a larger repository; none if it is its root.
fn below(outer: &Path, root: &Path) -> Option<RepoPath> {
    let outer = outer.canonicalize().ok()?;
    // The folder may not be there yet: what is there of it is resolved, the rest is kept.
    let there = root.ancestors().find(|folder| folder.exists())?;
    let root = there.canonicalize().ok()?.join(root.strip_prefix(there).ok()?);
    RepoPath::new(root.strip_prefix(outer).ok()?.to_str()?).ok()
}

fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
