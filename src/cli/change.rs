//! A change of the description: proven, shown, confirmed, written, committed.
//!
//! Every command that changes what is described goes through here. The change is laid over the disk first, and the whole platform is
//! rendered and checked with it; only when that holds, and the person agrees, the description's files and the generated ones are
//! written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::commands::{Document, NewEntity, Writing};
use super::delivery::Delivery;
use super::dialogue::Dialogue;
use super::failure::Failure;
use super::live::Live;
use super::message::message;
use super::outcome::{Exit, Outcome};
use super::repository::Repository;
use super::step::{Step, conflicts, show, steps_of, thrown_away};
use super::ui::Ui;
use crate::files::Laid;
use crate::generate::{Generated, generate};
use crate::moves::{self, Renamed};
use crate::path::RepoPath;
pub(crate) use crate::spec::EntityKind as Kind;
use crate::spec::{Platform, edit};
use crate::sync::{self, Plan, Wishes, Writes};

/// A change of the description's files.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    repository: &'a Repository,
    /// What it does, as the first line of a commit says it.
    title: String,
    /// `kind/name` of what it is about.
    name: String,
    /// The command that it comes from, such as `create tenant`.
    command: &'static str,
    /// The files; `None` goes.
    files: BTreeMap<RepoPath, Option<String>>,
    /// Entities that have another name with it, whose edited files move along.
    renamed: Vec<Renamed>,
}

impl<'a> Change<'a> {
    /// A new entity, or with `--from` an existing one brought to what the document says.
    ///
    /// # Errors
    /// [`Failure::Exists`] without `--from`; a path or a value that cannot be said.
    pub(crate) fn create(
        repository: &'a Repository,
        platform: &Platform,
        kind: Kind,
        name: &str,
        document: &Document,
        new: &NewEntity,
    ) -> Result<Self, Failure> {
        let existing = platform.file_of(kind, name).cloned();
        let (path, text) = match existing {
            Some(path) if new.from.is_some() => {
                let old = repository.text(&path)?;
                let text = edit::replace_entity(&old, &document.0)
                    .map_err(|source| Failure::Edit { file: path.to_string(), source })?;
                (path, text)
            }
            Some(path) => {
                return Err(Failure::Exists {
                    kind: kind.as_str(),
                    name: name.to_owned(),
                    file: path.to_string(),
                });
            }
            None => {
                let path = new_path(kind, name, new.folder.as_deref())?;
                let text = document.text(kind, &path);
                (path, text)
            }
        };
        Self::create_text(repository, kind, name, path, text, new)
    }

    /// A new file with its text.
    ///
    /// # Errors
    /// A path or a value that cannot be said.
    pub(crate) fn create_text(
        repository: &'a Repository,
        kind: Kind,
        name: &str,
        path: RepoPath,
        text: String,
        new: &NewEntity,
    ) -> Result<Self, Failure> {
        let text = assign(&path, kind, text, &new.set, &[])?;
        let command = match kind {
            Kind::Platform | Kind::Cluster => "create cluster",
            Kind::Component => "create component",
            Kind::Tenant => "create tenant",
            Kind::Patch => "create patch",
        };
        Ok(Self {
            repository,
            title: format!("Create {kind} {name}"),
            name: format!("{kind}/{name}"),
            command,
            files: BTreeMap::from([(path, Some(text))]),
            renamed: Vec::new(),
        })
    }

    /// An existing file with some of its fields set or taken away.
    ///
    /// # Errors
    /// A path or a value that cannot be said.
    pub(crate) fn set(
        repository: &'a Repository,
        path: RepoPath,
        kind: Kind,
        name: &str,
        title: String,
        set: &[super::assignment::Assignment],
        unset: &[String],
    ) -> Result<Self, Failure> {
        let text = assign(&path, kind, repository.text(&path)?, set, unset)?;
        let name = if name.is_empty() { kind.to_string() } else { format!("{kind}/{name}") };
        Ok(Self {
            repository,
            title,
            name,
            command: "set",
            files: BTreeMap::from([(path, Some(text))]),
            renamed: Vec::new(),
        })
    }

    /// Files of components or tenants with what was promoted to them; `name` is `kind/name`, or the kind where there are several.
    pub(crate) fn promote(
        repository: &'a Repository,
        title: String,
        name: String,
        files: BTreeMap<RepoPath, String>,
    ) -> Self {
        let command =
            if name.starts_with("tenant") { "promote tenant" } else { "promote component" };
        let files = files.into_iter().map(|(path, text)| (path, Some(text))).collect();
        Self { repository, title, name, command, files, renamed: Vec::new() }
    }

    /// A file that goes.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub(crate) fn delete(
        repository: &'a Repository,
        path: RepoPath,
        kind: Kind,
        name: &str,
    ) -> Result<Self, Failure> {
        repository.text(&path)?;
        Ok(Self {
            repository,
            title: format!("Delete {kind} {name}"),
            name: format!("{kind}/{name}"),
            command: "delete",
            files: BTreeMap::from([(path, None)]),
            renamed: Vec::new(),
        })
    }

    /// Files of the description as another layout wants them.
    ///
    /// # Errors
    /// One cannot be read any more.
    pub(crate) fn layout(
        repository: &'a Repository,
        title: String,
        name: String,
        command: &'static str,
        texts: BTreeMap<RepoPath, String>,
    ) -> Result<Self, Failure> {
        for path in texts.keys() {
            repository.text(path)?;
        }
        let files = texts.into_iter().map(|(path, text)| (path, Some(text))).collect();
        Ok(Self { repository, title, name, command, files, renamed: Vec::new() })
    }

    /// An entity under another name: its file goes, and these come or change.
    pub(crate) fn rename(
        repository: &'a Repository,
        title: String,
        name: String,
        files: BTreeMap<RepoPath, Option<String>>,
        renamed: Option<Renamed>,
    ) -> Self {
        let renamed = renamed.into_iter().collect();
        Self { repository, title, name, command: "rename", files, renamed }
    }

    /// The same with another file of the description.
    pub(crate) fn with(mut self, path: RepoPath, text: String) -> Self {
        self.files.insert(path, Some(text));
        self
    }

    /// What a file of the description says with it, if it is one of those that change.
    pub(crate) fn text(&self, path: &RepoPath) -> Option<&String> {
        self.files.get(path)?.as_ref()
    }

    /// What the description means with it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn prove(&self) -> Result<Generated, Failure> {
        let mut laid = Laid::over(&self.repository.disk);
        for (path, text) in &self.files {
            match text {
                Some(text) => laid.write(path.clone(), text.as_bytes()),
                None => laid.remove(path.clone()),
            }
        }
        let mut generated = generate(&laid)?;
        let moves = moves::paths(&generated.layout, &generated.tree, &self.renamed);
        generated.moves.extend(moves);
        Ok(generated)
    }

    /// Proves it, shows the plan, asks, writes and commits.
    ///
    /// # Errors
    /// Everything that is wrong with it; [`Failure::Declined`].
    pub(crate) fn carry_out(
        self,
        ui: &Ui,
        dialogue: &mut Dialogue<'_>,
        writing: &Writing,
    ) -> Result<Outcome, Failure> {
        let spinner = ui.spinner("Rendering and checking the platform");
        let proven = self.planned();
        spinner.finish_and_clear();
        let planned = proven.inspect_err(|_| dialogue.keep_answers(self.command))?;
        self.write(ui, dialogue, writing, planned, &writing.confirm)
    }

    /// Proves it, and looks at what it does to files and to what is on clusters.
    ///
    /// # Errors
    /// Everything that is wrong with it, and what is in the way.
    pub(crate) fn planned(&self) -> Result<Planned, Failure> {
        self.planned_with(&Wishes::default())
    }

    /// The same with what was asked for besides.
    ///
    /// # Errors
    /// As [`Self::planned`], and wishes that concern no file.
    pub(crate) fn planned_with(&self, wishes: &Wishes) -> Result<Planned, Failure> {
        let mut generated = self.prove()?;
        let plan = self.repository.plan_with(&mut generated, wishes)?;
        let live = Live::of(self.repository, &generated, &plan)?;
        Ok(Planned { generated, plan, live, told: false })
    }

    /// Shows the plan, asks, writes and commits. `confirmed` are the names of entities whose objects may go.
    ///
    /// # Errors
    /// [`Failure::Declined`], objects that would go without a word, and what keeps files from being written.
    pub(crate) fn write(
        self,
        ui: &Ui,
        dialogue: &mut Dialogue<'_>,
        writing: &Writing,
        planned: Planned,
        confirmed: &[String],
    ) -> Result<Outcome, Failure> {
        let Planned { mut generated, plan, live, mut told } = planned;
        let mut steps = self.steps();
        steps.extend(steps_of(&plan));
        generated.platform.warnings.extend(live.leftover(&generated.platform));
        let mut data = json!({
            "entity": self.name,
            "changes": steps.iter().map(Step::data).collect::<Vec<_>>(),
            "written": false,
        });
        let delivery = Delivery::prepare(ui, &self.repository.root, writing, &self.what())?;
        if steps.is_empty() {
            let mut outcome = Outcome::message("Nothing to do: it is so already.\n", data);
            delivery.carry_on(ui, &mut outcome);
            return Ok(outcome.named([self.name]));
        }
        let list = if live.is_empty() { String::new() } else { live.list() };
        if !live.is_empty() {
            data["objects"] = live.data();
        }
        let conflicts = conflicts(&plan, writing.dry_run);
        let exit = if conflicts.is_empty() { Exit::Done } else { Exit::Conflicts };
        generated.platform.warnings.extend(conflicts);
        if writing.dry_run {
            return Ok(Outcome::answer(list + &show(&steps), data)
                .named([self.name])
                .with_diagnostics(generated.platform.warnings, generated.platform.texts)
                .exit(exit));
        }
        told |= live.confirmed(ui, dialogue, &generated, confirmed)?;
        let shown = if told { show(&steps) } else { list + &show(&steps) };
        if dialogue.interactive() {
            ui.note(&format!("\n{}", shown.trim_end()));
            if !dialogue.confirm("Write this?", true)? {
                return Err(Failure::Declined);
            }
        }
        self.repository.hold(ui)?;
        self.still_as_read().inspect_err(|_| dialogue.keep_answers(self.command))?;
        // Without a description that can be read there is none to compare with: it is the one that is mended.
        let before = self.repository.load().ok();
        let was = self.renamed.first().map(|renamed| renamed.from.as_str());
        let message = message(&self.title, &self.name, was, before.as_ref(), &generated.platform);
        dialogue.writing();
        let verb = self.command.split(' ').next().unwrap_or_default();
        let mut writes = Writes::of(format!("{verb} {}", self.name.replace('/', " ")));
        for (path, text) in &self.files {
            let before = self.repository.first_read(path);
            writes.put(path.clone(), before.as_deref(), text.as_deref().map(str::as_bytes));
        }
        writes.add_plan(&plan, &generated.tree)?;
        let thrown = self.repository.remember(thrown_away(&plan))?;
        self.repository.carry_out(&writes)?;
        data["written"] = json!(true);
        let text = if dialogue.interactive() { "Written.\n" } else { &*shown };
        let text = format!("{text}{thrown}");
        let mut outcome = Outcome::message(text, data)
            .named([self.name.clone()])
            .with_diagnostics(generated.platform.warnings, generated.platform.texts)
            .exit(exit);
        let mut paths: Vec<RepoPath> = self.files.keys().cloned().collect();
        paths.extend(plan.touched());
        delivery.carry_out(ui, &paths, &message, &mut outcome);
        if let Some(command) = dialogue.command_line(self.command) {
            let _ = writeln!(outcome.text, "\nThe same without questions:\n\n    {command}");
            outcome.data["command"] = json!(command);
        }
        Ok(outcome)
    }

    /// The command and what it is about, such as `create tenant team-a`.
    fn what(&self) -> String {
        match self.name.split_once('/') {
            Some((kind, name)) if self.command.ends_with(kind) => {
                format!("{} {name}", self.command)
            }
            Some((kind, name)) => format!("{} {kind} {name}", self.command),
            None => format!("{} {}", self.command, self.name),
        }
    }

    /// What it does to the description's files.
    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (path, text) in &self.files {
            let old = self.repository.first_read(path);
            let change = match (old, text) {
                (None, Some(_)) => sync::Change::Create,
                (Some(old), Some(text)) if old == text.as_bytes() => continue,
                (Some(_), Some(_)) => sync::Change::Update,
                (Some(_), None) => sync::Change::Delete,
                (None, None) => continue,
            };
            steps.push(Step::new(path, change));
        }
        steps
    }

    /// Whether the description's files are what the change was made from: at a question a person may wait for long, and others go on.
    fn still_as_read(&self) -> Result<(), Failure> {
        let mut paths = Vec::new();
        for (path, text) in &self.files {
            let found = self.repository.bytes(path)?;
            let is_so_already = found.as_deref() == text.as_deref().map(str::as_bytes);
            if !is_so_already && found != self.repository.first_read(path) {
                paths.push(path.to_string());
            }
        }
        if paths.is_empty() { Ok(()) } else { Err(Failure::ChangedMeanwhile { paths }) }
    }
}

/// A change with everything that it does, before anything is written.
#[derive(Debug)]
pub(crate) struct Planned {
    /// What the description means with it.
    pub generated: Generated,
    /// What happens to files.
    pub plan: Plan,
    /// What happens to what is on clusters.
    pub live: Live,
    /// Whether a person was told of that.
    pub told: bool,
}

/// The file of an entity that must be there.
///
/// # Errors
/// [`Failure::Unknown`] with the names there are.
pub(crate) fn existing(platform: &Platform, kind: Kind, name: &str) -> Result<RepoPath, Failure> {
    platform.file_of(kind, name).cloned().ok_or_else(|| {
        let known = match kind {
            Kind::Platform => Vec::new(),
            Kind::Cluster => platform.clusters.keys().map(ToString::to_string).collect(),
            Kind::Component => platform.components.keys().map(ToString::to_string).collect(),
            Kind::Tenant => platform.tenants.keys().map(ToString::to_string).collect(),
            Kind::Patch => platform.patches.keys().map(ToString::to_string).collect(),
        };
        Failure::Unknown { kind: kind.as_str(), name: name.to_owned(), known }
    })
}

/// Where a new entity's file goes.
pub(crate) fn new_path(kind: Kind, name: &str, folder: Option<&str>) -> Result<RepoPath, Failure> {
    let bad = |error: crate::path::RepoPathError| Failure::BadAnswer {
        flag: "--folder",
        reason: error.to_string(),
    };
    let base = kind.folder().unwrap_or_default();
    let below = match folder {
        Some(folder) => format!("{}/", RepoPath::new(folder).map_err(bad)?),
        None => String::new(),
    };
    RepoPath::new(&format!("{base}/{below}{name}.yaml")).map_err(bad)
}

/// The text with fields set and taken away.
fn assign(
    path: &RepoPath,
    kind: Kind,
    mut text: String,
    set: &[super::assignment::Assignment],
    unset: &[String],
) -> Result<String, Failure> {
    if set.is_empty() && unset.is_empty() {
        return Ok(text);
    }
    let failed = |source| Failure::Edit { file: path.to_string(), source };
    for assignment in set {
        let value = assignment.value(kind).map_err(failed)?;
        text = edit::set(&text, &assignment.path, Some(&value)).map_err(failed)?;
    }
    for field in unset {
        text = edit::set(&text, field, None).map_err(failed)?;
    }
    Ok(text)
}
